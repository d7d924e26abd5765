"""What platforms are sent: how many restrictions of shops their lists held before a night, and how the list
of tasks in their package differs from the work queue."""

from __future__ import annotations

from urllib.parse import quote

import pandas as pd
import pyarrow.compute as pc

from jobs.lake.night import Snapshot
from jobs.plurals import plural
from jobs.reports.procedure import OWN_RULE
from jobs.reports.wording import Text

LOG = "ops.export_log"
RESTRICTED = "sent_lists.restricted"  # the frame of `restricted` among a night's
COLUMNS = ["platform_code", "rows"]  # of `restricted`
# Kind of file → the tasks that it adds to a platform's list (jobs.exchange.pages.todo); QUEUED: those kinds
# whose tasks gold.work_queue has too.
PLATFORM_TASKS = {
    "takedown_notices": Text("下架", "takedowns"),
    "complaints_handed_over": Text("交由平台先行处理的投诉", "complaints that the platform is to settle"),
    "restricted_operators": Text("失信惩戒", "joint restriction"),
    "counterfeit_tasks": Text(
        "假冒商品和换链接再上架的同一商品", "counterfeits and the same goods under a new number"
    ),
    "relisted_again": Text("按订单认定仍在售的反复上架商品", "goods ordered again after each takedown"),
    "standard_corrections": Text("执行标准标注", "references to standards"),
    "score_movers": Text("未报的数据", "data that were not filed"),
    "files_received": Text("被拒收或暂不采用的文件", "files refused or held"),
    "records_not_accepted": Text("未被接受的记录", "records not accepted"),
    "next_deliveries": Text("7天内到期和逾期的报送", "deliveries due within 7 days or overdue"),
}
QUEUED = ("takedown_notices",)


def restricted(snapshot: Snapshot) -> pd.DataFrame:
    """Return COLUMNS, sorted, one row per platform that was sent a list before the night's date. ``rows``:
    how many restrictions of shops its last such list held; a shop counts once for each restriction. The
    packages of the night itself are made after the site, so they are left out, and a site does not change by
    them."""
    if not snapshot.lake.exists(LOG):
        return pd.DataFrame(columns=COLUMNS)
    # The log holds the keys of all rows that were ever sent.
    lists = (pc.field("file") == "restricted_operators.csv") & (pc.field("date") < snapshot.date)
    files = snapshot.lake.frame(
        LOG,
        columns=["recipient", "rows", "sent_at"],
        where=lists,
    )
    last = files.sort_values("sent_at").drop_duplicates("recipient", keep="last")
    platforms = last["recipient"].astype(str).str.removeprefix("platform_")
    found = last.assign(platform_code=platforms)[COLUMNS]
    return found.sort_values("platform_code", ignore_index=True)


def beside_queue(*, overdue: int, takedowns: int, complaints: int, counterfeits: int) -> Text:
    """Return in words how the list of tasks that a platform is sent differs from its tasks in
    gold.work_queue, the numbers of overdue ones first. ``overdue``: of the queue; ``takedowns``,
    ``complaints``, ``counterfeits``: tasks of these kinds that are overdue in the list that is sent. Months
    without data and deliveries, which are overdue in it too, are not counted here."""
    zh = "；".join(words.zh for kind, words in PLATFORM_TASKS.items() if kind not in QUEUED)
    en = "; ".join(words.en for kind, words in PLATFORM_TASKS.items() if kind not in QUEUED)
    sent = takedowns + complaints + counterfeits
    of_zh = f"下架{takedowns:,}项、投诉{complaints:,}项、打假协作{counterfeits:,}项"
    of_en = f"takedowns {takedowns:,}, complaints {complaints:,}, counterfeits {counterfeits:,}"
    zh = (
        f"逾期：本页待办清单{overdue:,}项，发给平台的清单{sent:,}项（{of_zh}；未报数据的月份和逾期的报送另计）。"
        "下架：法律未规定天数，本页不计逾期；发给平台的清单按本项目的期限计。"
        f"发给平台的清单还列出（有则列出）：{zh}。"
    )
    en = (
        f"Overdue: {overdue:,} in the work queue here, {sent:,} in the list that the platform is sent "
        f"({of_en}; months without data and overdue deliveries come on top). "
        "Takedowns: the law names no number of days, so none is overdue here; the list that is sent goes by "
        f"this project's limit. That list also has, where there are any: {en}."
    )
    return Text(zh, en)


def further_duties(
    *,
    n_stop: int = 0,
    n_silent: int = 0,
    since: str = "",
    n_citations: int = 0,
    n_checks: int = 0,
    n_back: int = 0,
    n_sent: int = 0,
    n_complaints: int = 0,
    n_late: int = 0,
) -> list[tuple[Text, str]]:
    """Return in words what a platform has to do beside its tasks in gold.work_queue, each kind with its
    number and the part of the platform's page that lists it; those of which there is none are left out.

    ``n_stop``, ``n_silent``: restrictions whose sales are still to be stopped, and whose notice is not
    acknowledged, the oldest of these since the day ``since``; ``n_citations``: listings whose citation of a
    standard is to be corrected; ``n_checks``: goods listed again that are to be checked (takedowns of
    counterfeits are in the work queue); ``n_back``: listings on sale again after each of several takedowns,
    of which the list that is sent has ``n_sent``, those that orders show; ``n_complaints``: open complaints
    that the platform is to settle first, ``n_late`` of them after the deadline of their office."""
    sent = _sent(n_back, n_sent)
    found = [
        (
            n_complaints,
            Text(
                f"先行处理投诉{n_complaints}件，其中已超过承办单位期限的{n_late}件",
                f"settle complaints first: {n_complaints}, of which {n_late} after the office's deadline",
            ),
            "#handed",
        ),
        (
            n_stop,
            Text(f"停止被限制网店的销售{n_stop}项", f"stop the sales of restricted shops: {n_stop}"),
            "#restricted",
        ),
        (
            n_silent,
            Text(
                f"对失信惩戒通知补报回执{n_silent}项，最早一项自{since}起未回执",
                f"acknowledge notices of restriction: {n_silent}, the oldest since {since}",
            ),
            "#restricted",
        ),
        (
            n_citations,
            Text(
                f"督促网店更正{n_citations}件商品标注的执行标准（{OWN_RULE.zh}，不设期限）",
                f"have shops correct the standards that goods cite: {plural(n_citations, 'listing')} "
                f"({OWN_RULE.en}, without a deadline)",
            ),
            "#standards",
        ),
        (
            n_checks,
            Text(f"核查再上架的同一商品{n_checks}项", f"check goods that are listed again: {n_checks}"),
            "#counterfeit",
        ),
        (
            n_back,
            Text(
                f"核查反复上架、仍在售的商品链接{n_back}个（{sent.zh}）",
                f"look into listings on sale again after each takedown: {n_back} ({sent.en})",
            ),
            "#repeated",
        ),
    ]
    return [(words, place) for n, words, place in found if n]


def _sent(n: int, n_sent: int) -> Text:
    """Return in words which of ``n`` listings that came back again and again the platform is sent."""
    if n_sent == n:
        return Text("均有订单为证，已列入发给平台的清单", "shown by orders, all in the list that is sent")
    if not n_sent:
        return Text(
            "须凭抽样购买认定，未列入发给平台的清单", "known only by samples, not in the list that is sent"
        )
    return Text(
        f"其中{n_sent}个由订单证明，在发给平台的清单内；其余须凭抽样购买认定，不在其中",
        f"{n_sent} of them shown by orders and in the list that is sent; the others known only by samples "
        "and not in it",
    )


def to_publish(n: int) -> tuple[Text, str]:
    """Return in words that authorities of a province have ``n`` results to publish, which are tasks of
    gold.work_queue, and the address of these on the province's page."""
    words = Text(
        f"公布本省监管部门下达计划的抽查结果{n:,}批次",
        f"publish the results of {plural(n, 'batch', 'batches')} of plans that the province issued",
    )
    return words, f"?work.find={quote('公布结果')}#work"


def to_decide(deciding: list[tuple[Text, int]]) -> tuple[Text, str]:
    """Return in words that authorities of a province have reviews of restrictions to decide, which are no
    tasks of gold.work_queue, and the address of these on the province's page. ``deciding``: (authority, how
    many reviews it decides)."""
    n = sum(own for _, own in deciding)
    zh = "、".join(f"{name.zh}{own:,}件" for name, own in deciding)
    en = ", ".join(f"{name.en} {own:,}" for name, own in deciding)
    words = Text(
        f"复核可能适用限制的名单记录和处罚{n:,}件（{zh}）",
        f"decide {plural(n, 'review')} of restrictions of shops ({en})",
    )
    return words, "#restricted"
