"""The verdict on a laboratory at the top of its page: how many tests were on time, beside its peers. Pure."""

from __future__ import annotations

from datetime import date
from typing import Any

from jobs.exchange.pages.phrases import decimal
from jobs.exchange.pages.standing_parts import NOTHING, Reason, Standing, period_of
from jobs.exchange.pages.task import Rows
from jobs.exchange.pages.todo import newest_of_lab
from jobs.exchange.pages.words import FUNNEL
from jobs.marts.sampling.reliability import FEWEST
from jobs.methods.rounding import fixed
from jobs.reports.laboratories import PERIODS
from jobs.reports.numbers import count, missing, percent, span
from jobs.reports.wording import Text, label, same


def laboratory(rows: Rows, through: date | None) -> Standing:
    """Return the verdict of one laboratory from the rows of its package, as `standing` does for all kinds of
    recipients: its figure is the share of tests that were on time. ``through``: as there."""
    newest = newest_of_lab(rows)
    if newest is None:
        return None, NOTHING, None, [], [], None
    row = newest[1]
    kind, start = row.period_type, row.period_start
    period = PERIODS["all"] if kind == "all" else period_of(kind, start, through)
    reasons = [r for r in (_against(row, *each) for each in _COMPARED) if r is not None]
    notes = [
        Text(
            f"委托{count(row.n_commissions)}，未完成{count(row.n_open)}",
            f"commissions {count(row.n_commissions)}, without a result {count(row.n_open)}",
        ),
        *_overturned(row),
    ]
    if not missing(row.ratio) and row.state != "too_few":
        state, ratio = label(FUNNEL, row.state), fixed(row.ratio, 2)
        notes.append(
            Text(
                f"不合格与期望之比{ratio}：{state.zh}；偏高偏低只是核查线索，不是结论",
                f"failures against those expected {ratio}: {state.en}; it is a reason to look, no finding",
            )
        )
    if missing(row.on_time_share):
        return None, NOTHING, None, notes, reasons, period
    ends = span(row.on_time_low, row.on_time_high)
    about = Text(
        f"按时率（95%区间{ends}，到期{count(row.n_due)}；{period.zh}）",
        f"of tests were on time (95% interval {ends}, n = {count(row.n_due)}; {period.en})",
    )
    stands = None
    if not missing(row.peers_on_time_share_low):
        quartiles = span(row.peers_on_time_share_low, row.peers_on_time_share_high)
        stands = Text(f"同类机构四分位{quartiles}", f"peers' quartiles {quartiles}")
    return same(percent(row.on_time_share)), about, stands, notes, reasons, period


# Figures of a laboratory that its page compares with its peers: name, column, whether it is a share.
_COMPARED = (
    (Text("检验用时中位数（天）", "Median days of a test"), "median_days", False),
    (Text("最慢一成的用时（天）", "Days by which 90% are done"), "p90_days", False),
    (Text("复检改判占比", "Share overturned"), "overturned_share", True),
)


def _against(row: Any, name: Text, column: str, share: bool) -> Reason | None:
    """A figure of a laboratory that is worse than those of three quarters of its peers, with their upper
    quartile; None where it is not, or is a share of fewer than FEWEST batches. ``share``: whether the figure
    is the share overturned, else it is a number of days."""
    value, worst = getattr(row, column), getattr(row, f"peers_{column}_high")
    if missing(value) or missing(worst) or value <= worst or (share and row.n_reinspected < FEWEST):
        return None
    form = percent if share else lambda v: decimal(float(v))
    n = f"{count(row.n_overturned)} / {count(row.n_reinspected)}"
    of = Text(f"（{n}批次）", f" ({n})") if share else Text("", "")
    zh = f"{form(value)}{of.zh}，同类机构上四分位数 {form(worst)}"
    return name, Text(zh, f"{form(value)}{of.en}; peers' upper quartile {form(worst)}"), Text("", "")


def _overturned(row: Any) -> list[Text]:
    """How many results of a laboratory were overturned, where any were and it is of too few for a share."""
    if not 0 < row.n_overturned <= row.n_reinspected < FEWEST:
        return []
    n = f"{count(row.n_overturned)} / {count(row.n_reinspected)}"
    zh = f"复检改判{n}批次：批次过少（不足{FEWEST}批次），不列比例，不与同类机构比较"
    return [Text(zh, f"overturned at re-inspection {n}: too few batches (below {FEWEST}) for a share")]
