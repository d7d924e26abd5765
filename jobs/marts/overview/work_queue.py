"""gold.work_queue: the open tasks of each office (authority, platform, laboratory), with deadlines. The
frames of tasks are described in `queue_tasks`.

KEY identifies a row: office_type, office_code, task, subject_type, subject_id. COLUMNS: the table's columns,
which schemas/gold/work_queue.odcs.yaml explains."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from jobs.marts.dimensions import NATION, UNKNOWN, province_tree
from jobs.marts.overview import queue_complaints, queue_leads, queue_refused, queue_samples, queue_signals
from jobs.marts.overview.queue_tasks import TASKS, UNDATED, joined
from jobs.marts.sampling.deadlines import Deadlines
from jobs.period import Period
from jobs.plurals import plural

KEY = ["office_type", "office_code", "task", "subject_type", "subject_id"]
COLUMNS = [
    *KEY,
    *(
        "position province_code platform_code region_code category_code since days_open status due "
        "days_left undated rule rule_status citation text_zh text_en"
    ).split(),
]
# Input of build → the columns of it that build reads; an input that is not listed comes with all its columns.
READS = {
    "sampling_lifecycle": queue_samples.READS,
    "lab_commission": "commission_id sample_id lab_id kind received_on due_on".split(),
    "conclusion": ["sample_id", "stage"],
    "shop": ["shop_id", "platform_code", "region_code"],
    "enforcement_lead": [
        *"lead_id role finding found_on platform_code category_code region_code".split(),
        *"unassigned_reason state state_since acted_on due undated rule rule_status citation".split(),
    ],
    "acknowledgement": queue_refused.READS,
    "penalty": ["case_id", "decided_on"],
}
DUE_SOON = 7  # calendar days
# Values of status, the most urgent first. What has no deadline waits for someone to think of it, so it stands
# before what is due later.
ORDER = ("overdue", "due_soon", "undated", "running")


def build(
    *,
    sampling_lifecycle: pd.DataFrame,
    sampling_plan: pd.DataFrame,
    complaint: pd.DataFrame,
    enforcement_case: pd.DataFrame,
    penalty: pd.DataFrame,
    assistance_request: pd.DataFrame,
    enforcement_lead: pd.DataFrame,
    counterfeit_report: pd.DataFrame,
    lab_commission: pd.DataFrame,
    conclusion: pd.DataFrame,
    acknowledgement: pd.DataFrame,
    risk_signal: pd.DataFrame,
    platform: pd.DataFrame,
    brand: pd.DataFrame,
    shop: pd.DataFrame,
    region: pd.DataFrame,
    statutory_timer: pd.DataFrame,
    calendar: pd.DataFrame,
    period: Period,
) -> pd.DataFrame:
    """Return the work queue: one row per open task, sorted by KEY, with COLUMNS. Arguments are the silver and
    gold tables of these names. Tasks that begin after ``period.as_of`` are left out.

    ``position`` orders the tasks of an office (`positions`); days_open and days_left count calendar days,
    days_left is negative where the task is overdue and null without a deadline; text_zh and text_en say what
    to do and by when. Days are those of the nation's time zone."""
    deadlines = Deadlines(statutory_timer, calendar)
    today = pd.Timestamp(period.as_of)
    tasks = joined(
        [
            queue_samples.of_samples(sampling_lifecycle, sampling_plan, enforcement_case),
            queue_samples.of_cases(
                enforcement_case,
                assistance_request,
                counterfeit_report,
                shop,
                sampling_lifecycle,
                penalty[pd.to_datetime(penalty["decided_on"]) <= today],
                deadlines,
            ),
            queue_samples.of_labs(lab_commission, conclusion, sampling_lifecycle),
            queue_complaints.of_complaints(complaint, shop, deadlines),
            queue_leads.of_leads(enforcement_lead, calendar),
            queue_signals.of_signals(
                risk_signal, platform, brand, region, acknowledgement, calendar, period.as_of
            ),
            queue_refused.of_refusals(acknowledgement, period),
        ]
    )
    tasks = tasks[~(pd.to_datetime(tasks["since"]) > today)]
    tasks = placed(standing(tasks, period.as_of), region)
    tasks = tasks.assign(
        position=positions(tasks), **dict(zip(("text_zh", "text_en"), words(tasks), strict=True))
    )
    for name in ("since", "due"):
        tasks[name] = tasks[name].dt.date.astype(object).where(tasks[name].notna(), None)
    return tasks.sort_values(KEY, ignore_index=True)[COLUMNS]


def standing(tasks: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """Return ``tasks`` with days_open, days_left and status on ``as_of``: `undated` without a deadline,
    `overdue` after it, `due_soon` with at most DUE_SOON (7) days left, else `running`. since and due become
    timestamps. ``tasks``: a frame of tasks."""
    today = pd.Timestamp(as_of)
    since, due = pd.to_datetime(tasks["since"]), pd.to_datetime(tasks["due"])
    left = (due - today).dt.days.astype("Int64")
    status = np.select(
        [
            due.isna(),
            (left < 0).fillna(False).to_numpy(bool),
            (left <= DUE_SOON).fillna(False).to_numpy(bool),
        ],
        ["undated", "overdue", "due_soon"],
        "running",
    )
    return tasks.assign(
        since=since, due=due, days_open=(today - since).dt.days.astype("Int64"), days_left=left, status=status
    )


def placed(tasks: pd.DataFrame, region: pd.DataFrame) -> pd.DataFrame:
    """Return ``tasks`` with ``province_code``: for an authority its province, or the nation's code; for other
    offices the province of the subject's region; null where unknown. ``tasks``: a frame of tasks; ``region``:
    silver."""
    tree = province_tree(region)
    at = tasks["office_code"].where(tasks["office_type"].eq("authority"), tasks["region_code"])
    known = {
        code: NATION if code == NATION else next((u for u in tree.units(code) if u in tree.shown), None)
        for code in at.dropna().unique()
    }
    return tasks.assign(province_code=at.map(known).where(at.ne(UNKNOWN)))


def positions(tasks: pd.DataFrame) -> pd.Series:
    """Return the position of each task among those of its office, 1, 2, …, by ORDER of its status: of those
    with a deadline fewest days left first (so the most overdue), equal ones by the earliest ``since``; those
    without by the earliest ``since``, an unknown one last. A series with the index of ``tasks``, which are as
    returned by `standing`."""
    order = tasks.assign(
        _status=tasks["status"].map(ORDER.index), _left=tasks["days_left"].astype(float)
    ).sort_values(["_status", "_left", "since", "task", "subject_id"], na_position="last")
    return (order.groupby(["office_type", "office_code"]).cumcount() + 1).reindex(tasks.index).astype("int64")


def words(tasks: pd.DataFrame) -> tuple[list[str], list[str]]:
    """Return two lists of texts, Chinese and English, one text per task: what the office has to do and by
    when; without a deadline, for how many days it is open, where that is known. ``tasks``: as returned by
    `standing`."""
    rows = list(
        zip(*(tasks[c] for c in ("task", "status", "due", "days_left", "undated", "days_open")), strict=True)
    )
    return [_word(*row, chinese=True) for row in rows], [_word(*row, chinese=False) for row in rows]


def _word(
    task: str, status: str, due: pd.Timestamp, left: Any, undated: str, age: Any, *, chinese: bool
) -> str:
    what = TASKS[task].zh if chinese else TASKS[task].en
    if status == "undated":
        zh, en = UNDATED[undated]
        if not pd.isna(age):
            zh, en = f"{zh}，已等待{age}天", f"{en}, open for {_days(int(age))}"
        return f"{what}（{zh}）" if chinese else f"{what} ({en})"
    days, day = abs(int(left)), f"{due:%Y-%m-%d}"
    if status == "overdue":
        return (
            f"{what}（应于{day}完成，已逾期{days}天）"
            if chinese
            else f"{what} (was due on {day}, overdue by {_days(days)})"
        )
    if days == 0:
        return f"{what}（{day}，今天到期）" if chinese else f"{what} (due today, {day})"
    return f"{what}（{day}到期，还有{days}天）" if chinese else f"{what} (due on {day}, {_days(days)} left)"


def _days(number: int) -> str:
    return plural(number, "day")
