"""What a platform gets about counterfeits: its open tasks, the same rows that counterfeit.html shows to
offices (definitions.md#anti-counterfeit). Pure."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from jobs.exchange.kinds import Kind, Parcel, of, only, recipient_of_platform
from jobs.marts.takedown_duty import COUNTERFEIT, based_on

TABLE, QUEUE = "gold.counterfeit_task", "gold.work_queue"
# Without days_open, which changes every night, and overdue, which `due` says: `since` and `due` are enough.
TASKS = Kind(
    "counterfeit_tasks",
    "1.1.0",
    TABLE,
    {
        **of(TABLE, "subject_id task listing_id brand_id category_code since due"),
        **of(QUEUE, "rule_status citation"),
    },
    whole=True,
    key=("subject_id", "task"),
    about=(
        "应下架的假冒商品和应核查的再上架商品 | counterfeits that the platform has to take down, and "
        "relisted goods that it has to check"
    ),
)
KINDS = {TASKS.name: TASKS}


def counterfeit_tasks(task: pd.DataFrame, platforms: set[str]) -> Iterator[Parcel]:
    """Yield one parcel (TASKS) per platform of ``platforms`` (codes) that has open tasks: its rows of
    gold.counterfeit_task (``task``), one per task, those with the earliest last day first. Tasks of brand
    owners are left out: a brand owner gets its reports with the state of each, which says what it has to do.
    A takedown names the article on which it is based; the check of relisted goods is based on none."""
    mine = task[task["office_type"].eq("platform") & task["office_code"].isin(platforms)]
    basis = based_on(COUNTERFEIT).items()
    mine = mine.assign(
        **{c: pd.Series(v, mine.index).where(mine["task"].eq("take_down"), None) for c, v in basis}
    )
    ordered = mine.sort_values(["due", "since", "subject_id", "task"], kind="stable", na_position="last")
    for code, own in ordered.groupby("office_code"):
        yield Parcel(recipient_of_platform(str(code)), TASKS, only(own, TASKS))
