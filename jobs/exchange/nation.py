"""What the nation's authority gets besides its tasks: each province in sums, tasks that are overdue, the
quality index, open risk signals, and tables and bundles that were withdrawn. Pure. Parcels and kinds of
files: see `jobs.exchange.kinds`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd

from jobs.exchange.kinds import Kind, Parcel, as_days, as_text, of, only
from jobs.exchange.plans import NATION_OFFICE
from jobs.lake.night import Named

REPORT, QUEUE, INDEX, SIGNAL, NIGHT = (
    "gold.region_report",
    "gold.work_queue",
    "gold.quality_index",
    "gold.risk_signal",
    "ops.night",
)
PROVINCES = Kind(
    "provincial_reports",
    "1.0.0",
    REPORT,
    of(
        REPORT,
        "period_type period_start dimension_code item basis unit value low high n n_events reliable rank "
        "n_ranked better change change_low change_high",
    ),
    whole=True,
    key=("period_type", "period_start", "dimension_code", "item"),
    about="各省报告的最近一期 | the newest period of each kind of every province's report",
)
LATE = Kind(
    "overdue_by_province",
    "1.0.0",
    QUEUE,
    {**of(QUEUE, "province_code task"), "n_overdue": "", "n_open": "", "oldest_due": "", "most_days": ""},
    whole=True,
    key=("province_code", "task"),
    about="各省逾期和在办的事项 | overdue and open work of each province, by task",
    own={
        "n_overdue": "bigint | 逾期未办 | tasks that are overdue",
        "n_open": "bigint | 全部未办 | all open tasks",
        "oldest_due": "date | 最早的期限 | the earliest last day among the overdue",
        "most_days": "bigint | 逾期最长的天数 | days of the longest overdue",
    },
)
SCORES = Kind(
    "quality_index",
    "1.0.0",
    INDEX,
    of(
        INDEX,
        "period_type period_start dimension_type dimension_code score low high band tier rank rank_low "
        "rank_high coverage n_judged published reason method_version",
    ),
    whole=True,
    key=("period_type", "period_start", "dimension_type", "dimension_code"),
    about="各单位最近一期的质量指数 | the index of every unit, newest period of each kind",
)
SIGNALS = Kind(
    "open_signals",
    "1.1.1",
    SIGNAL,
    of(
        SIGNAL,
        "key_type key_code opened_on platform_code category_code hazard_code brand last_alarm_on news "
        "news_on n_alarms reasons n_reports expected eb05 severity serious n_targeted_judged "
        "n_failing_targeted",
    ),
    whole=True,
    key=("key_type", "key_code", "opened_on"),
    about="未办结的风险信号，常见组合亦在内 | open risk signals, usual ones too",
)
GONE = Kind(
    "withdrawn_tables",
    "1.0.0",
    NIGHT,
    dict.fromkeys("what name state reason_zh reason_en".split(), ""),
    whole=True,
    key=("what", "name"),
    about="本次运行未通过检查而沿用旧版或缺失的表，以及撤回的公布 | tables that are stale or absent "
    "tonight, and bundles that were withdrawn",
    own={
        "what": "string | table（表）或bundle（公布） | table or bundle",
        "name": "string | 表名，或公布的期间和修订号 | table, or period and revision of the bundle",
        "state": "string | stale（沿用旧版）、absent（缺失）或withdrawn（撤回） | stale, absent or withdrawn",
        "reason_zh": "string | 原因（中文） | reason, in Chinese",
        "reason_en": "string | 原因 | reason, in English",
    },
)
KINDS = {kind.name: kind for kind in (PROVINCES, LATE, SCORES, SIGNALS, GONE)}


def for_nation(
    *,
    report: pd.DataFrame,
    queue: pd.DataFrame,
    index: pd.DataFrame,
    signal: pd.DataFrame,
    named: Mapping[str, Named],
    bundle: pd.DataFrame,
) -> Iterator[Parcel]:
    """Yield one parcel for the nation's authority for each of PROVINCES, LATE, SCORES, SIGNALS and GONE that
    has rows; the rows are sorted by the kind's key.

    PROVINCES and SCORES hold the newest period of each kind that any unit has (`newest`), LATE the tasks of
    authorities by province, also where none of them is overdue (`overdue_by_province`), SIGNALS the open
    signals, GONE what `withdrawn` returns.

    ``report``: gold.region_report, ``index``: gold.quality_index, both without what may not be shown (the
    caller passes them through `jobs.reports.confidential.shown`); ``queue``: gold.work_queue; ``signal``:
    gold.risk_signal; ``named``: table → its state in the night; ``bundle``: ops.bundle.
    """
    open_ = signal[signal["state"].eq("open")]
    parts = (
        (PROVINCES, newest(report)),
        (LATE, overdue_by_province(queue)),
        (SCORES, newest(index)),
        (SIGNALS, open_.assign(reasons=as_text(open_["reasons"]))),
        (GONE, withdrawn(named, bundle)),
    )
    for kind, rows in parts:
        if len(rows):
            yield Parcel(NATION_OFFICE, kind, only(rows.sort_values(list(kind.key), kind="stable"), kind))


def newest(rows: pd.DataFrame) -> pd.DataFrame:
    """Return those ``rows`` whose period_start is the latest of their period_type (month, quarter …)."""
    last = rows.groupby("period_type")["period_start"].transform("max")
    return rows[rows["period_start"].eq(last)]


def overdue_by_province(queue: pd.DataFrame) -> pd.DataFrame:
    """Return the numbers of open and overdue tasks of authorities, one row per province and task, with the
    columns of LATE; oldest_due and most_days (in days) are missing where none is overdue. Tasks of no known
    province are left out. ``queue``: gold.work_queue."""
    rows = queue[queue["office_type"].eq("authority")]
    late = rows["status"].eq("overdue")
    rows = rows.assign(
        n_overdue=late.astype("int64"),
        n_open=1,
        oldest_due=pd.to_datetime(rows["due"]).where(late),
        most_days=(-rows["days_left"].astype("Int64")).where(late),
    )
    groups = rows.groupby(["province_code", "task"])
    return pd.DataFrame(
        {
            "n_overdue": groups["n_overdue"].sum(),
            "n_open": groups["n_open"].sum(),
            "oldest_due": as_days(groups["oldest_due"].min()),
            "most_days": groups["most_days"].max(),
        }
    ).reset_index()


def withdrawn(named: Mapping[str, Named], bundle: pd.DataFrame) -> pd.DataFrame:
    """Return one row per silver or gold table that is stale or absent in the night, by name, then one per
    bundle that is the last revision of its period and withdraws it: the columns of GONE.

    ``named``: table → its state in the night, with reasons; ``bundle``: ops.bundle, one row per period and
    revision.
    """
    tables = [
        ("table", table, night.state, night.reason_zh, night.reason_en)
        for table, night in sorted(named.items())
        if night.state in ("stale", "absent") and not table.startswith("ops.")
    ]
    last = bundle.sort_values(["revision", "recorded_at"], kind="stable").drop_duplicates(
        "period", keep="last"
    )
    gone = last[last["state"].eq("withdrawn")]
    bundles = [
        ("bundle", f"{row.period}/{row.revision}", "withdrawn", row.reason, row.reason)
        for row in gone.itertuples()
    ]
    return pd.DataFrame([*tables, *bundles], columns=list(GONE.columns))
