"""Which share of leads was verified in time: whose deadline counts, what ends it, and where it is shown."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pandas as pd
import pytest
from country_files import DAY
from reading_pages import chinese_lines, english_lines

from jobs.methods import intervals
from jobs.methods.ranges import in_chinese
from jobs.reports.gathered import Gathered, gather
from jobs.reports.lead_times import Verified, verified
from jobs.reports.numbers import span
from jobs.reports.pages.tracing import build
from jobs.reports.pages.units import page_makers
from jobs.reports.rendering import render
from jobs.reports.site import shared_context
from jobs.reports.tracing import LEADS
from jobs.reports.wording import TOO_FEW

DUE = date(2026, 5, 20)


def of_leads(known: Gathered, rows: list[dict[str, Any]]) -> Gathered:
    """The country with these leads, each like its first one."""
    one = known.night.frame(LEADS).iloc[0].to_dict()
    one |= {"due": DUE, "acted_on": None, "state": "assigned", "province_code": "330000"}
    frame = pd.DataFrame([one | {"lead_id": f"XS-J-{n}"} | row for n, row in enumerate(rows)])
    return gather(replace(known.night, tables={**known.night.tables, LEADS: frame}))


def many(met: int, late: int, **more: Any) -> list[dict[str, Any]]:
    return [{"acted_on": DUE} | more] * met + [{"acted_on": DUE + timedelta(days=1)} | more] * late


def test_met_are_leads_acted_on_by_their_day_and_all_others_whose_day_passed_are_late(
    known: Gathered,
) -> None:
    window = known.window
    assert window is not None
    rows = [
        *many(20, 9),
        {},  # open
        {"state": "accepted"},  # acknowledged alone
        {"due": DAY, "acted_on": None},  # its day has not passed
        {"due": window.start - timedelta(days=1)},  # of the time before
        {"due": None},
        {"state": "returned"},
        {"state": "unassigned", "province_code": None},
        {"finding": "violation", "role": "operator"},  # a case is to be opened
        {"finding": "violation", "role": "producer", "acted_on": DUE},
    ]
    mine = verified(of_leads(known, rows))["330000"]
    assert (mine.due, mine.met) == (32, 21)
    assert mine.share.zh == "65.6%" and mine.interval == span(*intervals.binomial(21, 32))


@pytest.mark.parametrize("due", [None, date(2020, 1, 1)])
def test_without_a_lead_that_was_due_there_is_no_share(known: Gathered, due: date | None) -> None:
    assert verified(of_leads(known, [{"due": due}])) == {}


def test_below_thirty_leads_there_is_no_share_and_the_nation_adds_all_provinces_up(known: Gathered) -> None:
    found = verified(of_leads(known, [*many(20, 9), *many(8, 1, province_code="440000")]))
    assert {code: (v.due, v.met) for code, v in found.items()} == {
        "CN": (38, 28),
        "330000": (29, 20),
        "440000": (9, 8),
    }
    assert found["330000"].share == found["440000"].share == TOO_FEW and found["CN"].share.zh == "73.7%"


def test_the_page_of_a_province_and_that_of_leads_state_the_same_share(known: Gathered) -> None:
    later = of_leads(known, many(27, 5))
    shared = shared_context(later)
    unit = next(p for part in page_makers(later) for p in part() if p.path == "regions/330000.html")
    pages = [render(page, shared).decode() for page in (unit, next(iter(build(later))))]
    stated: Verified = verified(later)["330000"]
    limits = in_chinese(stated.interval)
    for page in pages:
        (zh,) = (line for line in chinese_lines(page) if line.startswith("核查按时率："))
        (en,) = (line for line in english_lines(page) if line.startswith("Verified on time: "))
        assert f"84.4%（95%区间{limits}） · 核查期限届满的线索（条）：32，其中按时核查：27" in zh
        assert f"84.4% (95% interval {stated.interval}) · leads whose time to verify ended: 32" in en
    assert f"属地线索核查按时率：84.4%（95%区间{limits}，到期32条；" in pages[0].split('id="figures"')[0]
