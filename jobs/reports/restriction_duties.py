"""What a platform still has to do about a restriction of a shop (definitions.md#restriction). Pure."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from jobs.marts.credit.restrictions import ENDED, PENALTY
from jobs.reports.numbers import DASH, missing
from jobs.reports.wording import Text, coded

HELD = "in_effect"  # state of gold.joint_restriction
SELLS = timedelta(days=30)  # a shop whose newest order is younger counts as selling
STOP = Text("停止销售", "stop its sales")
ACKNOWLEDGE = Text("回执", "acknowledge")
RAN_OUT, REMOVED = Text("期满", "ran out"), Text("移出名单", "removed from the list")
KEEP = Text("继续执行限制", "keep it restricted")


def until(state: str, ends_on: Any, ended_on: Any, basis: str) -> tuple[str, Text | None]:
    """Return the last day of a restriction, and why it ended: while it is in effect the day to which it
    runs, None; afterwards the day on which it ended, which may be years earlier, and the name of its
    ``state``. A dash stands for a missing day. Arguments: columns of gold.joint_restriction."""
    held = state == HELD
    day = ends_on if held else ended_on
    return DASH if missing(day) else str(day), None if held else state_said(state, ends_on, ended_on, basis)


def state_said(state: str, ends_on: Any, ended_on: Any, basis: str) -> Text:
    """Return the state of a restriction in words. One that ended ran out, or its entry was removed from the
    list before its last day; a penalty is removed from none. Arguments: as `until`."""
    if state != ENDED:
        return coded("restriction_state")[state]
    removed = basis != PENALTY and (missing(ends_on) or missing(ended_on) or ended_on <= ends_on)
    return REMOVED if removed else RAN_OUT


def is_selling(last_ordered_on: Any, day: date) -> bool:
    """Return whether a shop had an order less than SELLS (30 days) before ``day``. ``last_ordered_on``: of
    gold.restriction_response, missing without one."""
    return not missing(last_ordered_on) and bool(last_ordered_on > day - SELLS)


def must_stop(stops_sales: Any, ban_open: Any, n_listings: Any, last_ordered_on: Any, day: date) -> bool:
    """Return whether a restriction that stops sales is not carried out: the platform reported no ban that
    lasts, listings are on offer, or the shop had an order in the last SELLS. False for one that does not stop
    sales. Arguments: columns of gold.joint_restriction and gold.restriction_response, missing where the
    platform reported nothing; ``day``: of the night."""
    if missing(stops_sales) or not bool(stops_sales):
        return False
    if missing(ban_open) or not bool(ban_open):
        return True
    on_offer = not missing(n_listings) and int(n_listings) > 0
    return on_offer or is_selling(last_ordered_on, day)


def duty(stop: bool, acknowledged_on: Any) -> Text:
    """Return in words what the platform has to do: to stop sales, to acknowledge, or both; KEEP where neither
    is due. ``stop``: as `must_stop` returns it; ``acknowledged_on``: the day of its acknowledgement or ban,
    missing without one."""
    due = [words for words, is_due in ((STOP, stop), (ACKNOWLEDGE, missing(acknowledged_on))) if is_due]
    if not due:
        return KEEP
    return Text("，并".join(words.zh for words in due), " and ".join(words.en for words in due))
