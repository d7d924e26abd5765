"""Which share of leads was verified in time, for the nation and each province (definitions.md#tracing). A
lead asks a region to verify the operator or the producer of a traced batch (gold.enforcement_lead)."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from jobs.marts.overview.queue_leads import for_a_case
from jobs.methods import intervals
from jobs.reports.figures import add_months, window_text
from jobs.reports.gathered import Gathered
from jobs.reports.names import NATION_CODE
from jobs.reports.numbers import DASH, SMALLEST_BASE, count, percent, span
from jobs.reports.tracing import LEADS
from jobs.reports.wording import TOO_FEW, Text, inside, same

NAME = Text("属地线索核查按时率", "leads verified on time")


@dataclass(frozen=True)
class Verified:
    """Leads whose time to verify ended in the window of the pages. ``window``: in words; ``months``: the same
    without the last day of the data; ``due``: their number; ``met``: of these, leads on which the region
    acted by that day; ``share``: met / due, or that these are too few; ``interval``: its 95% limits (Wilson),
    a dash where they are too few."""

    window: Text
    months: Text
    due: int
    met: int
    share: Text
    interval: str

    @property
    def note(self) -> Text:
        """The share in one line, with its limits and the number of leads."""
        return Text(f"{NAME.zh}：{self.dated.zh}", f"{NAME.en}: {self.dated.en}")

    @property
    def dated(self) -> Text:
        """The share as `note` has it, without its name."""
        return self._figure(self.window)

    @property
    def figure(self) -> Text:
        """The share as `dated` has it, without the last day of the data, which differs
        every night."""
        return self._figure(self.months)

    @property
    def beside(self) -> Text:
        """The share with its limits and the number of leads, beside another of the same window."""
        limits = self._limits
        return Text(
            f"{self.share.zh}（{limits.zh}到期{count(self.due)}条）",
            f"{self.share.en} ({limits.en}n = {count(self.due)})",
        )

    @property
    def _limits(self) -> Text:
        if self.interval == DASH:
            return same("")
        return Text(f"95%区间{self.interval}，", f"95% interval {self.interval}, ")

    def _figure(self, window: Text) -> Text:
        limits, window = self._limits, inside(window)
        return Text(
            f"{self.share.zh}（{limits.zh}到期{count(self.due)}条；{window.zh}）",
            f"{self.share.en} ({limits.en}n = {count(self.due)}; {window.en})",
        )


def verified(known: Gathered) -> dict[str, Verified]:
    """Return province code → the share of its leads that was verified in time (`Verified`), and that of all
    leads under the nation's code. A code without leads is left out; {} where the data have no window.

    Counted are leads whose time to verify ended in the twelve months from the start of `Gathered.window` and
    before the night's date: the day after the deadline is the first on which a lead counts. Left out are
    leads without a region, leads that a region returned, and those about the seller of a batch with a
    violation found before the test, of which a case is to be opened. Leads on which the region has not acted
    count as late. Computed once for all pages: callers share the dictionary."""
    kept: dict[str, Verified] | None = known.__dict__.get("_verified")
    if kept is not None:
        return kept
    made: dict[str, Verified] = known.__dict__.setdefault("_verified", {})
    window, named = known.window, window_text(known.window)
    months = None if window is None else window_text(replace(window, until=None))
    if window is None or named is None or months is None:
        return made
    leads = known.night.frame(LEADS)
    leads = leads[~leads["state"].isin(["returned", "unassigned"]) & leads["due"].notna()]
    leads = leads[~for_a_case(leads)]
    end = min(add_months(window.start, 12), known.night.date)
    inside = [window.start <= day < end for day in leads["due"]]
    leads = leads[np.array(inside, dtype=bool)]  # an empty list would choose no columns
    acted = pd.to_datetime(leads["acted_on"])
    leads = leads.assign(met=acted.notna() & acted.le(pd.to_datetime(leads["due"])))
    for code, mine in [(NATION_CODE, leads), *leads.groupby("province_code")]:
        if len(mine):
            made[str(code)] = _verified((named, months), len(mine), int(mine["met"].sum()))
    return made


def _verified(window: tuple[Text, Text], due: int, met: int) -> Verified:
    if due < SMALLEST_BASE:
        return Verified(*window, due, met, TOO_FEW, DASH)
    return Verified(*window, due, met, same(percent(met / due)), span(*intervals.binomial(met, due)))
