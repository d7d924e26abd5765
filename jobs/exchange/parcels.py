"""Which rows of a night go to which platform or province, and which of their columns. Pure.

Each function takes tables of the lake and yields parcels (`kinds.Parcel`): the rows of one kind of file for
one recipient. A kind is a constant of this module, such as NOTICES; only recipients with rows get a parcel.
``platforms`` and ``provinces`` are the codes of the nation's platforms and provinces.
"""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from jobs.exchange.kinds import (
    Kind,
    Parcel,
    as_days,
    as_text,
    of,
    only,
    recipient_of_platform,
    recipient_of_region,
)
from jobs.exchange.parties import results_known
from jobs.marts.calendars import house_due
from jobs.marts.dimensions import NATION
from jobs.marts.overview.queue_signals import signal_ids
from jobs.marts.sampling.outcomes import ExitKind, Verdict
from jobs.marts.takedown_duty import FAILED, NOTICE, based_on
from jobs.marts.tracing.without_persons import public_leads, public_traces

LIFE, QUEUE, ITEM = "gold.sampling_lifecycle", "gold.work_queue", "gold.urgent_item"
LEAD_TABLE, TRACE_TABLE = "gold.enforcement_lead", "gold.source_trace"
SIGNAL = "gold.risk_signal"
NOTICES = Kind(
    "takedown_notices",
    "1.2.1",
    LIFE,
    {
        "notice_id": "",
        **of(LIFE, "sample_id plan_id"),
        **of("silver.sample", "shop_id listing_id product_name brand category_code batch_no"),
        **of(LIFE, "outcome exit_reason result_issued_on exited_on takedown_ordered_on"),
        "takedown_due": "",
        "rule_status": QUEUE,
        "citation": QUEUE,
    },
    whole=True,
    key=("notice_id",),
    about=(
        "已责令下架而尚未下架的链接，每件通知分别办理：同一链接因其他通知而下架的，不算本件已下架 | "
        "findings that the platform was ordered to take down and has not; each notice is settled apart: a "
        "takedown for another notice of the same listing does not settle it"
    ),
    own={
        "notice_id": (
            "string | 通知编号：XJ-样品编号；回执时填写 | identifier of the notice: XJ- and the sample's; "
            "named in an acknowledgement"
        ),
        "takedown_due": (
            "date | 所列条款只要求及时采取必要措施，未规定天数；平台的下架按时率按此日计算"
            "（本部署自定的期限），节假日安排未公布则为空 | the article cited only asks for it in good "
            "time and sets no number of days; the last day by which the platform's share on time is counted, "
            "a rule of this installation; null where working days are not announced"
        ),
    },
)
OVERDUE = Kind(
    "overdue_work",
    "1.0.1",
    QUEUE,
    of(
        QUEUE,
        "office_code task subject_type subject_id platform_code region_code category_code since due "
        "days_left rule rule_status citation text_zh text_en",
    ),
    whole=True,
    key=("office_code", "task", "subject_type", "subject_id"),
    about="逾期未办的事项 | what should have been done by now",
)
# What has to reach its recipient within the hour: jobs.exchange.urgent sends it, each item once.
ITEMS = Kind(
    "urgent_items",
    "1.2.0",
    ITEM,
    of(
        ITEM,
        "item_id kind roles occurred_on reason_zh reason_en platform_code shop_id listing_id sample_id "
        "item_code item_name category_code hazard_code product_name brand batch_no taken_down_on lab_id "
        "enterprise_id region_code evidence",
    ),
    whole=False,
    key=("item_id",),
    about="须在一小时内送达的事项 | what has to reach the recipient within the hour",
)
_PARTY = {
    "party_id": (
        "string | 经营者或生产者；自然人为空，见网店 | operator or producer; null of a natural person, who "
        "goes by the shop alone"
    ),
}
LEADS = Kind(
    "leads",
    "1.1.0",
    LEAD_TABLE,
    {
        **of(LEAD_TABLE, "lead_id subject_type subject_id role finding found_on is_final platform_code"),
        **of(LEAD_TABLE, "shop_id listing_id category_code"),
        "party_id": "",
        **of(LEAD_TABLE, "link_kind link_probability region_code region_basis state due days_left rule"),
        **of(LEAD_TABLE, "rule_status citation request_id request_from request_due"),
    },
    whole=True,
    key=("lead_id",),
    about="本省未办结的线索 | open leads of the province",
    own=_PARTY,
)
TRACES = Kind(
    "traces",
    "1.1.0",
    TRACE_TABLE,
    {
        **of(LEAD_TABLE, "lead_id"),
        **of(TRACE_TABLE, "subject_type subject_id hop"),
        "node_id": "",
        **of(TRACE_TABLE, "position from_hop link_kind method probability path_probability break_reason"),
        **of(TRACE_TABLE, "region_code evidence_table evidence_id evidence_on source record"),
    },
    whole=True,
    key=("lead_id", "hop", "node_id"),
    about="每条线索的溯源 | how each lead was reached",
    own={
        "node_id": (
            "string | 所到节点的编号，断链为空字符串；自然人写其网店编号，无网店则为空字符串 | identifier of "
            "what was reached, an empty text where the trace breaks; of a natural person that of the shop, "
            "or an empty text without one"
        ),
    },
)
TO_ASSIGN = Kind(
    "leads_to_assign",
    "1.0.0",
    LEAD_TABLE,
    {
        **of(LEAD_TABLE, "lead_id subject_type subject_id role finding found_on is_final platform_code"),
        **of(LEAD_TABLE, "shop_id listing_id category_code"),
        "party_id": "",
        **of(LEAD_TABLE, "link_kind link_probability region_code province_code region_basis"),
        **of(LEAD_TABLE, "unassigned_reason state state_since"),
    },
    whole=True,
    key=("lead_id",),
    own=_PARTY,
    about="被退回或没有属地、待指定管辖的线索 | leads that were returned or have no region, to be assigned",
)
SIGNALS = Kind(
    "signals_to_look_into",
    "1.1.1",
    SIGNAL,
    {
        "signal_id": "",
        **of(QUEUE, "office_code task since due days_left status"),
        **of(
            SIGNAL,
            "key_type key_code opened_on platform_code category_code hazard_code brand state last_alarm_on "
            "news news_on n_alarms reasons n_reports expected serious",
        ),
    },
    whole=True,
    key=("signal_id", "office_code"),
    about="须核查的风险信号 | risk signals to look into",
    own={
        "signal_id": (
            "string | 信号编号：代码的种类、代码和生成日期；回执时填写 | identifier of the signal: kind "
            "of key, key and day of opening; named in an acknowledgement"
        ),
    },
)
KINDS = {kind.name: kind for kind in (NOTICES, OVERDUE, LEADS, TRACES, TO_ASSIGN, SIGNALS)}


def takedown_notices(
    lifecycle: pd.DataFrame, sample: pd.DataFrame, calendar: pd.DataFrame, platforms: set[str]
) -> Iterator[Parcel]:
    """Yield one parcel (NOTICES) per platform of ``platforms`` (codes) with any: the samples with a finding
    whose listing it was ordered to take down and has not, one row each, sorted by notice_id.

    ``lifecycle``: gold.sampling_lifecycle; ``sample``: silver.sample; ``calendar``: silver.calendar, for the
    day by which a takedown counts as on time. A finding is a failed test or a violation before it. Outcome
    and day of a result are missing where the parties do not know of a failure (`parties.results_known`)."""
    found = lifecycle[
        (lifecycle["outcome"] == Verdict.NONCONFORMING) | (lifecycle["exit_kind"] == ExitKind.VIOLATION)
    ]
    ordered = found[
        found["takedown_ordered_on"].notna()
        & found["taken_down_on"].isna()
        & found["platform_code"].isin(platforms)
    ]
    goods = sample[["sample_id", "shop_id", "listing_id", "product_name", "brand", "batch_no"]]
    rows = (
        results_known(ordered)
        .merge(goods, on="sample_id", how="left")
        .assign(
            notice_id=lambda t: NOTICE + t["sample_id"],
            takedown_due=lambda t: as_days(house_due("takedown", t["takedown_ordered_on"], calendar)),
            **based_on(FAILED),
        )
    )
    for code, notices in rows.sort_values("notice_id").groupby("platform_code"):
        yield Parcel(recipient_of_platform(str(code)), NOTICES, only(notices, NOTICES))


def overdue_work(queue: pd.DataFrame, provinces: set[str]) -> Iterator[Parcel]:
    """Yield one parcel (OVERDUE) per province of ``provinces`` (codes) with any, and one for the nation's
    authority if it has any: the overdue tasks of their authorities, one row per task, the longest overdue
    first. ``queue``: gold.work_queue."""
    late = queue[
        (queue["office_type"] == "authority")
        & (queue["status"] == "overdue")
        & queue["province_code"].isin(provinces | {NATION})
    ]
    for code, tasks in late.sort_values(["days_left", "office_code", "task", "subject_id"]).groupby(
        "province_code"
    ):
        yield Parcel(recipient_of_region(str(code)), OVERDUE, only(tasks, OVERDUE))


def leads_and_traces(lead: pd.DataFrame, trace: pd.DataFrame, provinces: set[str]) -> Iterator[Parcel]:
    """Yield two parcels per province of ``provinces`` (codes) with open leads. LEADS: the leads of its
    regions that are neither closed, returned nor unassigned, one row each, those with the fewest days left
    first. TRACES: the steps (hops) by which each lead was traced, one row per lead and hop; for a lead about
    an operator they go as far as the operator, for one about a producer they are complete. ``lead``:
    gold.enforcement_lead; ``trace``: gold.source_trace. Of a natural person only the shop is given
    (definitions.md#personal-data)."""
    lead, trace = public_leads(lead), public_traces(trace)
    others = ["closed", "unassigned", "returned"]
    open_ = lead[~lead["state"].isin(others) & lead["province_code"].isin(provinces)]
    for code, leads in open_.groupby("province_code"):
        recipient = recipient_of_region(str(code))
        rows = leads.assign(days_left=leads["days_left"].astype("Int64")).sort_values(
            ["days_left", "lead_id"]
        )
        yield Parcel(recipient, LEADS, only(rows, LEADS))
        named = leads[["lead_id", "role", "subject_type", "subject_id"]]
        hops = named.merge(trace, on=["subject_type", "subject_id"]).astype({"record": "Int64"})
        hops = hops[hops["role"].eq("producer") | ~hops["hop"].isin(["producer", "cluster"])]
        yield Parcel(recipient, TRACES, only(hops.sort_values(["lead_id", "position", "node_id"]), TRACES))


def leads_to_assign(lead: pd.DataFrame) -> Iterator[Parcel]:
    """Yield one parcel (TO_ASSIGN) for the nation's authority: leads that were returned, and those whose
    region is not known, one row each, sorted by lead_id; no parcel without such leads. ``lead``:
    gold.enforcement_lead. `party_id` is None where it would identify a natural person."""
    rows = public_leads(lead[lead["state"].isin(["returned", "unassigned"])]).sort_values("lead_id")
    if len(rows):
        yield Parcel(recipient_of_region(NATION), TO_ASSIGN, only(rows, TO_ASSIGN))


def signals_to_platforms(queue: pd.DataFrame, signal: pd.DataFrame, platforms: set[str]) -> Iterator[Parcel]:
    """Yield one parcel (SIGNALS) per platform of ``platforms`` (codes) with any: the risk signals for which
    it has a task, one row per signal and office, sorted by both. ``queue``: gold.work_queue, which has the
    tasks; ``signal``: gold.risk_signal."""
    rows = queue[queue["office_type"].eq("platform") & queue["office_code"].isin(platforms)]
    yield from _signals(rows.assign(to=rows["office_code"].map(recipient_of_platform)), signal)


def signals_to_regions(queue: pd.DataFrame, signal: pd.DataFrame, provinces: set[str]) -> Iterator[Parcel]:
    """Yield one parcel (SIGNALS) per province of ``provinces`` (codes) with any, and one for the nation's
    authority if it has any: the risk signals for which their authorities have a task, one row per signal and
    office, sorted by both. ``queue``: gold.work_queue, which has the tasks; ``signal``: gold.risk_signal."""
    rows = queue[queue["office_type"].eq("authority") & queue["province_code"].isin(provinces | {NATION})]
    yield from _signals(rows.assign(to=rows["province_code"].map(recipient_of_region)), signal)


def _signals(tasks: pd.DataFrame, signal: pd.DataFrame) -> Iterator[Parcel]:
    """Yield a parcel of signals per recipient. ``tasks``: rows of gold.work_queue, with the recipient's name
    in the column ``to``; ``signal``: gold.risk_signal."""
    own = [name for name, table in SIGNALS.columns.items() if table == SIGNAL]
    about = signal[own].assign(signal_id=signal_ids(signal), reasons=as_text(signal["reasons"]))
    rows = tasks[tasks["subject_type"].eq("signal")].rename(columns={"subject_id": "signal_id"})
    shared = [name for name in own if name in rows]
    rows = rows.drop(columns=shared).merge(about, on="signal_id")
    for recipient, mine in rows.sort_values(["signal_id", "office_code"]).groupby("to"):
        yield Parcel(str(recipient), SIGNALS, only(mine, SIGNALS))
