"""Tasks of a recipient, derived from the rows that its package sends. Pure. Recipients and kinds of files:
see `jobs.exchange.kinds`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from types import SimpleNamespace
from typing import Any

import pandas as pd

from jobs.exchange.pages.file_tasks import of_files
from jobs.exchange.pages.task import DUE_SOON, OVERDUE, Rows, Task, day_of, each_row
from jobs.exchange.pages.urgent_words import FAILURE, urgent_asks, urgent_name
from jobs.marts.takedown_duty import NOTICE
from jobs.plurals import plural
from jobs.reports.cases import ORDINARY, UNLAWFUL, level
from jobs.reports.counterfeits import TASK as COUNTERFEIT_TASK
from jobs.reports.numbers import missing
from jobs.reports.procedure import OWN_RULE, ruled
from jobs.reports.restriction_duties import must_stop
from jobs.reports.urgent import WITHDRAWN
from jobs.reports.wording import Text

URGENT = "urgent_items"  # the kind of file of urgent packages
_COMPLAINT = Text(
    "先行处理投诉，在承办单位的期限之前办结",
    "settle the complaint before the day by which its office must act",
)
_LATE_COMPLAINT = Text(
    "立即处理投诉：承办单位的期限已过",
    "settle the complaint at once: the day by which its office had to act has passed",
)
_OF_MEASURES = Text("各行“措施的依据”所列", "that of each row, “basis of the measure”")


def records(rows: pd.DataFrame) -> list[Any]:
    """Return the rows of a frame as a list of objects with the columns as attributes, in order.
    (DataFrame.itertuples would make a class for each frame, which is slow.)"""
    names, values = list(rows.columns), rows.to_numpy(dtype=object).tolist()
    return [SimpleNamespace(**dict(zip(names, row, strict=True))) for row in values]


def tasks(kind: str, rows: Rows, day: date) -> list[Task]:
    """Return the tasks of a recipient, sorted: first those that are overdue, due within a week or to be done
    at once, then the others; within both by risk, the highest first, of one risk files that were refused,
    then by the days left, but of the others those without a last day before what is due later, the longest
    open first (definitions.md#case-level). An urgent package has only the tasks of its items.

    ``kind``: kind of the recipient (`platform`, `brand` …); ``rows``: kind of file → its rows, as `records`
    returns them; ``day``: the day of the package.
    """
    if URGENT in rows:
        return sorted(_urgent(rows), key=lambda task: _order(task, day))
    found = [*_OF.get(kind, _of_failing)(rows, day), *of_files(rows, day)]
    return sorted(found, key=lambda task: _order(task, day))


def _order(task: Task, day: date) -> tuple[Any, ...]:
    pressing = task.status(day) in (OVERDUE, DUE_SOON) or task.at_once
    later = not pressing and task.due is not None
    at = task.due or task.since
    left = 9999 if at is None else (at - day).days
    return not pressing, -task.risk_level, not task.leads, later, left, task.subject


def _urgent(rows: Rows) -> Iterator[Task]:
    """Yield a task for each item of an urgent package, except notices that withdraw an item. An item of a
    kind without words here, of a table that joined by its tag, is given by its reason alone."""
    for at, row in each_row(rows, URGENT):
        if row.kind != WITHDRAWN:
            asked = urgent_asks(row)
            what = Text(row.reason_zh, row.reason_en)
            if asked is not None:
                what = Text(f"{asked.zh}：{what.zh}", f"{asked.en}: {what.en}")
            yield Task(
                what,
                row.item_id,
                at,
                level(serious=row.kind == FAILURE),
                since=day_of(row.occurred_on),
                named=urgent_name(row),
            )


def _of_platform(rows: Rows, day: date) -> Iterator[Task]:
    silent, unfiled = _moved(rows)
    found = rows.get("nonconforming_listings", ())
    serious = {r.sample_id for r in found if r.item_class == "A"}
    for at, row in each_row(rows, "takedown_notices"):
        unanswered = f"{NOTICE}{row.sample_id}" in silent
        of_case = level(serious=row.sample_id in serious, unlawful=not missing(row.exit_reason))
        yield Task(
            Text("立即下架并回执", "take the listing down at once and acknowledge")
            if unanswered
            else Text("立即下架", "take the listing down at once"),
            row.notice_id,
            at,
            of_case,
            due=day_of(row.takedown_due),
            since=day_of(row.takedown_ordered_on),
            at_once=True,
            rule=ruled(row.citation, row.rule_status),
        )
    for at, row in each_row(rows, "counterfeit_tasks"):
        yield Task(
            COUNTERFEIT_TASK[row.task],
            row.subject_id,
            at,
            UNLAWFUL,
            due=day_of(row.due),
            since=day_of(row.since),
            at_once=row.task == "take_down",
            rule=ruled(row.citation, row.rule_status),
        )
    for at, row in each_row(rows, "relisted_again"):
        own = [r for r in found if r.listing_id == row.listing_id]
        yield Task(
            Text(
                f"核查反复上架的商品链接，未整改到位的下架：共有{row.n_takedown_days}日的下架记录，"
                f"最近下架{row.last_taken_down_on}，最近订单{row.last_ordered_on}",
                "look into the listing that is on sale again after each takedown, and take it down unless it "
                f"was put right: takedowns on {plural(row.n_takedown_days, 'day')}, the last on "
                f"{row.last_taken_down_on}; last ordered on {row.last_ordered_on}",
            ),
            row.listing_id,
            at,
            level(
                serious=any(r.item_class == "A" for r in own),
                unlawful=any(not missing(r.exit_reason) for r in own),
            ),
            since=day_of(row.ordered_since),
            rule=OWN_RULE,
        )
    for at, row in each_row(rows, "complaints_handed_over"):
        due = day_of(row.due)
        yield Task(
            _COMPLAINT if due is None or due >= day else _LATE_COMPLAINT,
            row.subject_id,
            at,
            level(),  # a hazard that a complaint states is not verified
            due=due,
            since=day_of(row.since),
            rule=ruled(row.citation, row.rule_status),
        )
    for month, (at, row) in sorted(unfiled.items()):
        what = Text(f"补报该月未报的数据：{row.lacking_zh}", f"file the data of the month: {row.lacking_en}")
        yield Task(what, month[:7], at, late=True, since=date.fromisoformat(month[:10]), rule=OWN_RULE)
    yield from _lists(rows, day)


def _moved(rows: Rows) -> tuple[set[str], dict[str, tuple[str, Any]]]:
    """Return from score_movers the orders that are not acknowledged, and month → (id of its row, the row) for
    months without data."""
    silent: set[str] = set()
    unfiled: dict[str, tuple[str, Any]] = {}
    for at, row in each_row(rows, "score_movers"):
        if row.item_kind == "unacknowledged_order":
            silent.add(row.item_id)
        elif row.item_kind == "unfiled_data":
            unfiled.setdefault(row.item_id, (at, row))
    return silent, unfiled


def _lists(rows: Rows, day: date) -> Iterator[Task]:
    """Yield one task per list that a platform works through: restrictions of shops that are not acknowledged
    or whose sales are not stopped yet, and references to standards."""
    held = rows.get("restricted_operators", [])
    silent = sum(missing(r.acknowledged_on) for r in held)
    stop = sum(must_stop(r.stops_sales, r.ban_open, r.n_listings, r.last_ordered_on, day) for r in held)
    if silent or stop:
        of_zh = [f"{stop}条停售尚未落实"] * bool(stop) + [f"{silent}条须回执"] * bool(silent)
        of_en = [f"{stop} with sales not stopped yet"] * bool(stop)
        of_en += [f"{silent} to be acknowledged"] * bool(silent)
        shops = len({r.shop_id for r in held})
        yield Task(
            Text(
                f"落实网店限制：{shops}家网店的{len(held)}条中，{'，'.join(of_zh)}",
                f"carry out {plural(len(held), 'restriction')} of {plural(shops, 'shop')}: "
                f"{' and '.join(of_en)}",
            ),
            "restricted_operators",
            "restricted_operators",
            UNLAWFUL if stop else ORDINARY,
            at_once=True,
            rule=_OF_MEASURES,
        )
    cited = rows.get("standard_corrections")
    if cited:
        n = len({row.listing_id for row in cited})
        zh = f"督促网店更正{n}件商品标注的执行标准"
        en = f"have shops correct the standards that goods cite: {plural(n, 'listing')}"
        yield Task(Text(zh, en), "standard_corrections", "standard_corrections", rule=OWN_RULE)


def _of_brand(rows: Rows, day: date) -> Iterator[Task]:
    for at, row in each_row(rows, "counterfeit_cases"):
        if row.state == "awaiting_verification":
            what = Text("鉴别被举报的商品并反馈结论", "verify the reported goods and hand in the finding")
            yield Task(what, row.report_id, at, UNLAWFUL, since=day_of(row.reported_on))
    yield from _of_failing(rows, day)


def _of_lab(rows: Rows, day: date) -> Iterator[Task]:
    kept: set[str] = set()
    for at, row in each_row(rows, "failing_tests"):
        due = day_of(row.objection_due)
        if due is not None and due >= day and row.sample_id not in kept:
            kept.add(row.sample_id)
            what = Text(
                "异议期内保存备用样品和原始记录",
                "keep the reserve sample and the records while it may be objected to",
            )
            yield Task(what, row.sample_id, at, level(serious=row.item_class == "A"), due=due)
    for at, row in each_row(rows, "open_commissions"):
        what = Text(row.text_zh, row.text_en)
        yield Task(what, row.subject_id, at, due=day_of(row.due), since=day_of(row.since))
    newest = newest_of_lab(rows)
    if newest is not None:
        at, row = newest
        if row.state in ("high", "low"):
            what = Text(
                "不合格检出情况与同类机构的差异超出随机波动：核查方法、设备和样品来源",
                "its failures differ from its peers' beyond chance: look at methods, equipment and samples",
            )
            yield Task(what, "lab_performance", at, UNLAWFUL)


def newest_of_lab(rows: Rows) -> tuple[str, Any] | None:
    """Return the row of the file lab_performance about all samples that a laboratory's page starts from, as
    (`lab_performance-<n>`, row): that of the newest twelve complete months, with which the laboratory's page
    of the site begins too, else of the newest year, else of the newest quarter, else of all time; None where
    the package has no such row."""
    order = ("rolling12", "year", "quarter", "all")
    mine = [(at, row) for at, row in each_row(rows, "lab_performance") if row.design == "all"]
    return max(mine, key=lambda p: (-order.index(p[1].period_type), p[1].period_start), default=None)


def _of_failing(rows: Rows, day: date) -> Iterator[Task]:
    """What remains to be done about failing batches. A firm has to rectify until rectification or a recheck
    is on record, also where its last day has passed. Of an objection, and for a brand or cluster, no row says
    whether it was done: only deadlines that are still ahead are tasks."""
    firm = {"operator", "producer"}
    done: set[tuple[str, str]] = set()
    serious = {r.sample_id for _, r in each_row(rows, "failing_items") if r.item_class == "A"}
    for at, row in each_row(rows, "failing_items"):
        of_case = level(serious=row.sample_id in serious)
        objection, rectification = day_of(row.objection_due), day_of(row.rectification_due)
        ahead = rectification is not None and rectification >= day
        if row.role in firm:
            to_rectify = not missing(row.rectification_open) and bool(row.rectification_open)
            rectify = Text("完成改正，申请复查", "rectify, and ask for the recheck")
        else:
            to_rectify = ahead
            rectify = Text(
                "督促改正，核查同批次产品", "see that it is rectified, and look at the rest of the batch"
            )
        for name, what, open_, last in (
            (
                "object",
                Text("如有异议，提出异议或申请复检", "object, or ask for re-inspection, if you disagree"),
                objection is not None and objection >= day,
                objection,
            ),
            ("rectify", rectify, to_rectify, rectification),
        ):
            if open_ and (name, row.sample_id) not in done:
                done.add((name, row.sample_id))
                yield Task(what, row.sample_id, at, of_case, due=last)


_OF: Mapping[str, Callable[[Rows, date], Iterator[Task]]] = {
    "platform": _of_platform,
    "brand": _of_brand,
    "lab": _of_lab,
}
