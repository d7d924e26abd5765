"""Finds the open tasks on samples, cases and tests: the next step of every branch of the sampling procedure
that has not ended. Pure. The frames of tasks are described in `queue_tasks`."""

from __future__ import annotations

from functools import partial

import pandas as pd

from jobs.marts.overview.queue_tasks import dated, joined, nation_or, statutory, task
from jobs.marts.sampling.deadlines import Deadlines
from jobs.marts.sampling.outcomes import ExitKind, Verdict
from jobs.marts.sampling.procedure import NOT_APPLICABLE
from jobs.marts.takedown_duty import COUNTERFEIT, FAILED, PUBLICATION, untimed

# Columns of gold.sampling_lifecycle from which the tasks follow.
READS = [
    *"sample_id plan_id platform_code seller_region_code category_code".split(),
    *"outcome state takedown_state closed exit_kind rectification_timer".split(),
    *(
        f"{event}_on"
        for event in (
            "exited result_issued result_notified notified_by_announcement final published "
            "takedown_ordered taken_down rectification_ordered rectified recheck_organised recheck_passed "
            "recheck_failed recheck_failure_announced second_recheck_organised second_recheck_failed "
            "objected objection_rejected objection_upheld objection_overturned "
            "reinspection_requested reinspection_issued enforcement_opened enforcement_closed"
        ).split()
    ),
    *(
        f"{timer}_{column}"
        for timer in ("notice", "rectification", "recheck", "second_recheck")
        for column in ("due", "unknown", "rule", "rule_status", "citation")
    ),
]
_FIRST_TEST = "first"
DECISION = ("case_opened", "case_concluded")  # events of silver.statutory_timer


def of_samples(
    lifecycle: pd.DataFrame, sampling_plan: pd.DataFrame, enforcement_case: pd.DataFrame
) -> pd.DataFrame:
    """Return the open tasks about samples: one row per task, with COLUMNS of `queue_tasks`; a sample may have
    several tasks.

    ``lifecycle``: gold.sampling_lifecycle, one row per sample; ``sampling_plan``, ``enforcement_case``:
    silver. The authority that organised the plan notifies, decides objections and publishes; the platform
    takes goods down; the seller's region follows rectification and enforcement (SAMR order 18, arts. 40-48).
    A finding that is not closed has a task, unless it only waits for the time to object to end, or the case
    that followed a second failed recheck has ended. A sample that left before the test for a violation, and
    has no case, waits for one to be opened."""
    life = lifecycle[~lifecycle["closed"].astype(bool)]
    life = life.rename(columns={"sample_id": "id", "seller_region_code": "region_code"})
    issuers = dict(zip(sampling_plan["plan_id"], nation_or(sampling_plan["issuer_region_code"]), strict=True))
    open_ = life.assign(
        issuer=life["plan_id"].map(issuers),
        notified=dated(life, "result_notified_on", "notified_by_announcement_on"),
        case_on=_last_case(life, enforcement_case),
        failed=life["outcome"].eq(Verdict.NONCONFORMING) & ~life["state"].eq("cancelled"),
    )
    failures = open_[open_["failed"]]
    parts = [
        *_notification(failures),
        *_takedown(failures),
        *_rectification(failures),
        *_objections(open_),
        _violations(
            open_[
                open_["exit_kind"].eq(ExitKind.VIOLATION) & ~open_["id"].isin(enforcement_case["sample_id"])
            ]
        ),
    ]
    return joined(parts)


def _notification(rows: pd.DataFrame) -> list[pd.DataFrame]:
    """To notify the parties of a failure, and to publish one that is final."""
    unnotified = rows[rows["notified"].isna()]
    due = rows[rows["final_on"].notna() & rows["published_on"].isna()]
    return [
        task(
            "notify",
            unnotified,
            office=unnotified["issuer"],
            subject="sample",
            since=dated(unnotified, "result_issued_on"),
            **_timer(unnotified, "notice"),
        ),
        task(
            "publish",
            due,
            office=due["issuer"],
            subject="sample",
            since=dated(due, "final_on"),
            **untimed(PUBLICATION),
        ),
    ]


def _takedown(rows: pd.DataFrame) -> list[pd.DataFrame]:
    """Once the parties are notified: to order that the goods are taken down, then to take them down. Neither
    is a task for a batch that no platform sells."""
    sold = rows["takedown_state"].ne(NOT_APPLICABLE).fillna(True)
    up = rows[sold & rows["notified"].notna() & rows["taken_down_on"].isna()]
    ordered = up["takedown_ordered_on"].notna()
    unordered, waiting = up[~ordered], up[ordered]
    return [
        task(
            "order_takedown",
            unordered,
            office=unordered["issuer"],
            subject="sample",
            since=unordered["notified"],
        ),
        task(
            "take_down",
            waiting,
            office=waiting["platform_code"],
            subject="sample",
            since=dated(waiting, "takedown_ordered_on"),
            **untimed(FAILED),
        ),
    ]


def _last_case(life: pd.DataFrame, enforcement_case: pd.DataFrame) -> pd.Series:
    """The day on which the newest case on each sample of ``life`` was opened, as far as it is known; NaT
    without one."""
    opened = pd.to_datetime(enforcement_case["opened_on"]).groupby(enforcement_case["sample_id"]).max()
    known = [pd.to_datetime(life["id"].map(opened)), pd.to_datetime(life["enforcement_opened_on"])]
    return pd.concat(known, axis=1).max(axis=1)


def _rectification(rows: pd.DataFrame) -> list[pd.DataFrame]:
    """The next step between the order to rectify and a recheck that is passed."""
    again = rows["second_recheck_organised_on"]
    rows = rows.assign(recheck_on=again.where(again.notna(), rows["recheck_organised_on"]))  # of the last one
    found = []
    for name, (which, since, timer) in _steps(rows).items():
        chosen = rows[which & rows["recheck_passed_on"].isna()]
        more = _timer(chosen, timer) if timer else {}
        found.append(
            task(
                name,
                chosen,
                office=chosen["region_code"],
                subject="sample",
                since=dated(chosen, *since),
                **more,
            )
        )
    return found


def _steps(rows: pd.DataFrame) -> dict[str, tuple[pd.Series, tuple[str, ...], str | None]]:
    """Return for each task of rectification, by its name, which rows have it unless a recheck was passed, the
    columns with the day since when, and the timer. A firm whose time has run out is rechecked without its
    word (art. 47), so both tasks stand then. A second recheck that failed leads to a case, in which the firm
    is to suspend business and rectify (art. 48); from then on the case is the task."""

    def on(name: str) -> pd.Series:
        return rows[f"{name}_on"].notna()

    ordered, rechecked, failed = on("rectification_ordered"), on("recheck_organised"), on("recheck_failed")
    again, failed_again = on("second_recheck_organised"), on("second_recheck_failed")
    announced = on("recheck_failure_announced")
    case = pd.to_datetime(rows["case_on"]) >= pd.to_datetime(rows["second_recheck_failed_on"])
    return {
        "order_rectification": (rows["notified"].notna() & ~ordered & ~rechecked, ("notified",), None),
        "follow_rectification": (
            ordered & ~on("rectified") & ~rechecked,
            ("rectification_ordered_on",),
            "rectification",
        ),
        "recheck": (
            ordered & ~rechecked & (on("rectified") | rows["rectification_timer"].eq("overdue")),
            ("rectified_on", "rectification_due"),
            "recheck",
        ),
        "conclude_recheck": (
            (rechecked & ~failed & ~again) | (again & ~failed_again),
            ("recheck_on",),
            None,
        ),
        "announce_recheck_failure": (failed & ~announced & ~again, ("recheck_failed_on",), None),
        "second_recheck": (announced & ~again, ("recheck_failure_announced_on",), "second_recheck"),
        "order_suspension": (failed_again & ~case, ("second_recheck_failed_on",), None),
    }


def _objections(rows: pd.DataFrame) -> list[pd.DataFrame]:
    """While a result is not final: to decide an objection, and to have a re-inspection made that is asked
    for."""
    pending = rows["final_on"].isna()
    undecided = (
        rows[["objection_rejected_on", "objection_upheld_on", "objection_overturned_on"]].isna().all(axis=1)
    )
    objected = rows[pending & rows["objected_on"].notna() & undecided]
    asked = rows[pending & rows["reinspection_requested_on"].notna() & rows["reinspection_issued_on"].isna()]
    return [
        task(
            "decide_objection",
            objected,
            office=objected["issuer"],
            subject="sample",
            since=dated(objected, "objected_on"),
        ),
        task(
            "reinspect",
            asked,
            office=asked["issuer"],
            subject="sample",
            since=dated(asked, "reinspection_requested_on"),
        ),
    ]


def _violations(rows: pd.DataFrame) -> pd.DataFrame:
    """To open a case, where enforcement is not yet opened. ``rows``: samples that left before the test for a
    violation and have no case."""
    free = rows[rows["enforcement_opened_on"].isna()]
    return task(
        "open_enforcement", free, office=free["region_code"], subject="sample", since=dated(free, "exited_on")
    )


def _timer(rows: pd.DataFrame, name: str) -> dict[str, pd.Series]:
    """The columns of a task (`task`) that state the deadline, by the timer ``name`` of the lifecycle;
    `undated` says why there is no last day (such as calendar_unknown), else it is missing."""
    return {
        "due": rows[f"{name}_due"],
        "undated": rows[f"{name}_unknown"],
        "rule": rows[f"{name}_rule"],
        "rule_status": rows[f"{name}_rule_status"],
        "citation": rows[f"{name}_citation"],
    }


def _placed(
    rows: pd.DataFrame, key: str, *, about: pd.DataFrame, platforms: pd.Series, **own: pd.Series
) -> pd.DataFrame:
    """Rows with the id of ``key`` and the platform, category and region of their sample, their shop or
    ``own``.

    ``about``: platform, category and region by sample; ``platforms``: the platform of each shop.
    """
    sample = (
        about.reindex(rows["sample_id"]).set_axis(rows.index)
        if "sample_id" in rows
        else about.reindex(rows.index)
    )
    platform = own.get("platform_code", sample["platform_code"]).astype(object)
    platform = platform.where(platform.notna(), sample["platform_code"])
    if "shop_id" in rows:
        platform = platform.where(platform.notna(), rows["shop_id"].map(platforms))
    return rows.assign(
        id=rows[key],
        platform_code=platform,
        category_code=sample["category_code"],
        region_code=own.get("region_code", sample["seller_region_code"]),
    )


def of_cases(
    enforcement_case: pd.DataFrame,
    assistance_request: pd.DataFrame,
    counterfeit_report: pd.DataFrame,
    shop: pd.DataFrame,
    lifecycle: pd.DataFrame,
    penalty: pd.DataFrame,
    deadlines: Deadlines,
) -> pd.DataFrame:
    """Return the open tasks about cases: one row per open enforcement case, unanswered request for
    assistance, and confirmed counterfeit that is still on offer, with COLUMNS of `queue_tasks`.

    ``lifecycle``: gold.sampling_lifecycle; ``deadlines``: statutory deadlines; the other arguments are silver
    tables. A request for assistance states its last day. A case without a penalty has the task
    `decide_enforcement`, due in the time of DECISION; one with a penalty is decided and has the task
    `close_enforcement`, without a last day, as counterfeits. A sample whose enforcement is open but for which
    silver has no case has the task `decide_enforcement`, with the sample as its subject."""
    shops = shop.set_index("shop_id")
    about = lifecycle.set_index("sample_id")[["platform_code", "seller_region_code", "category_code"]]
    placed = partial(_placed, about=about, platforms=shops["platform_code"])

    cases = enforcement_case[enforcement_case["closed_on"].isna()]
    cases = placed(cases, "case_id", region_code=cases["region_code"])
    punished = cases["case_id"].isin(penalty["case_id"].dropna())
    decided, undecided = cases[punished], cases[~punished]
    asked = assistance_request[assistance_request["answered_on"].isna()]
    asked = placed(asked, "request_id", region_code=asked["to_region_code"])
    fakes = counterfeit_report[
        counterfeit_report["finding"].eq("counterfeit") & counterfeit_report["taken_down_on"].isna()
    ]
    fakes = placed(fakes, "report_id", platform_code=fakes["platform_code"])
    open_ = lifecycle[lifecycle["enforcement_opened_on"].notna() & lifecycle["enforcement_closed_on"].isna()]
    open_ = open_[~open_["sample_id"].isin(enforcement_case["sample_id"])]
    unfiled = open_.assign(id=open_["sample_id"], region_code=open_["seller_region_code"])
    return joined(
        [
            _to_decide(undecided, "enforcement_case", "opened_on", deadlines),
            task(
                "close_enforcement",
                decided,
                office=decided["region_code"],
                subject="enforcement_case",
                since=dated(decided, "opened_on"),
            ),
            _to_decide(unfiled, "sample", "enforcement_opened_on", deadlines),
            task(
                "answer_assistance",
                asked,
                office=asked["to_region_code"],
                subject="assistance_request",
                since=dated(asked, "requested_on"),
                due=asked["due_on"],
            ),
            task(
                "take_down_counterfeit",
                fakes,
                office=fakes["platform_code"],
                subject="counterfeit_report",
                since=dated(fakes, "verified_on"),
                **untimed(COUNTERFEIT),
            ),
        ]
    )


def _to_decide(rows: pd.DataFrame, subject: str, opened: str, deadlines: Deadlines) -> pd.DataFrame:
    """Return the task `decide_enforcement` of each row. ``subject``: what ``id`` of the rows names;
    ``opened``: the column with the day on which the case was opened."""
    return task(
        "decide_enforcement",
        rows,
        office=rows["region_code"],
        subject=subject,
        since=dated(rows, opened),
        **statutory(DECISION, rows[opened], deadlines),
    )


def of_labs(lab_commission: pd.DataFrame, conclusion: pd.DataFrame, lifecycle: pd.DataFrame) -> pd.DataFrame:
    """Return the tests that laboratories owe: one row per first test or re-inspection that was received and
    has no conclusion, with COLUMNS of `queue_tasks`; ``due`` is the agreed last day. Samples that left the
    procedure or were cancelled are left out.

    ``lab_commission``, ``conclusion``: silver; ``lifecycle``: gold.sampling_lifecycle."""
    issued = set(zip(conclusion["sample_id"], conclusion["stage"], strict=True))
    left = set(
        lifecycle.loc[lifecycle["exited_on"].notna() | lifecycle["state"].eq("cancelled"), "sample_id"]
    )
    kinds = lab_commission["kind"].fillna(_FIRST_TEST)
    reported = pd.Series(
        [key in issued for key in zip(lab_commission["sample_id"], kinds, strict=True)],
        lab_commission.index,
        dtype=bool,
    )
    known = (
        kinds.isin([_FIRST_TEST, "reinspection"])
        & lab_commission["received_on"].notna()
        & lab_commission["sample_id"].notna()
    )
    rows = lab_commission[known & ~reported & ~lab_commission["sample_id"].isin(left)]
    about = lifecycle[lifecycle["sample_id"].isin(rows["sample_id"])].set_index("sample_id")
    about = about.reindex(rows["sample_id"]).set_axis(rows.index)
    rows = rows.assign(
        id=rows["commission_id"],
        platform_code=about["platform_code"],
        region_code=about["seller_region_code"],
        category_code=about["category_code"],
    )
    return task(
        "report_test",
        rows,
        office=rows["lab_id"],
        subject="lab_commission",
        since=dated(rows, "received_on"),
        due=rows["due_on"],
    )
