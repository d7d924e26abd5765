"""Pages of platforms and provinces list who failed repeatedly: counts by design, no rate, no name of a
person."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pandas as pd
import pytest

from jobs.marts.public_names import WITHHELD
from jobs.reports import repeats
from jobs.reports.gathered import Gathered, gather
from jobs.reports.pages import search_words, searching, tracing, units
from jobs.reports.rendering import render
from jobs.reports.site import shared_context
from jobs.reports.wording import INDIVIDUAL, Text

FIRM = "91330784Y85185311U"


@pytest.fixture(scope="module")
def known(known: Gathered) -> Gathered:
    bulletin = known.night.frame("gold.bulletin")
    shops = {"S-A": "金华德程精选店", "S-B": WITHHELD}
    named = [bulletin.iloc[0].to_dict() | {"shop_id": s, "shop_name": n} for s, n in shops.items()]
    firm = {"enterprise_id": FIRM, "enterprise_type": "company", "name": "金华德程车业有限公司"}
    tables = {
        repeats.TABLE: pd.DataFrame(
            [
                row("platform", "P01", "shop", "S-A", 3),
                row("platform", "P01", "shop", "S-B", 5),
                row("region", "330000", "shop", "S-A", 3),
                row("region", "330000", "producer", FIRM, 2),
                row("region", "330000", "producer", "N-1", 6),
                row("region", "330000", "shop", "S-OLD", 9) | {"period_type": "all"},
            ]
        ),
        "gold.bulletin": pd.concat([bulletin, pd.DataFrame(named)], ignore_index=True),
        "silver.enterprise": pd.DataFrame([firm]),
    }
    return gather(replace(known.night, tables=dict(known.night.tables) | tables))


def row(dimension: str, code: str, party: str, party_id: str, failing: int) -> dict[str, object]:
    return {
        "period_type": repeats.PERIOD,
        "period_start": date(2025, 7, 1),
        "dimension_type": dimension,
        "dimension_code": code,
        "party": party,
        "party_id": party_id,
        "region_code": "330106",
        "n_failing": failing,
        "n_platforms": 1,
        "n_judged_probability": 4,
        "n_failing_probability": 1,
        "n_judged_targeted": 9,
        "n_failing_targeted": failing - 1,
        "last_failed_on": date(2026, 5, 1),
        "sample_ids": ["B1", "b2", "b3", "b4"],
    }


def test_those_with_most_failing_batches_come_first_with_their_designs_apart(known: Gathered) -> None:
    found = repeats.repeats(known, "platform", "P01")
    assert found is not None and len(found["kinds"]) == 1
    (shops,) = found["kinds"]
    assert [(r["code"], r["failing"], r["targeted"], r["probability"]) for r in shops["rows"]] == [
        ("", 5, "4 / 9", "1 / 4"),
        ("S-A", 3, "2 / 9", "1 / 4"),
    ]
    assert (
        shops["rows"][0]["batches"][0] == ("B1", "plans/TARG.html#B1")
        and len(shops["rows"][0]["batches"]) == 3
    )
    assert repeats.repeats(known, "platform", "P02") is None


def test_a_natural_person_has_no_name_and_no_code_and_all_time_is_not_the_window(known: Gathered) -> None:
    found = repeats.repeats(known, "region", "330000")
    assert found is not None
    shops, producers = found["kinds"]
    assert [r["code"] for r in shops["rows"]] == ["S-A"]
    assert [(r["code"], r["name"].zh) for r in producers["rows"]] == [
        ("", "自然人"),
        (FIRM, "金华德程车业有限公司"),
    ]
    page = next(p for p in tracing.build(known) if p.path == tracing.PATH)
    assert (
        FIRM.encode() in page.downloads[repeats.DOWNLOAD] and b"N-1" not in page.downloads[repeats.DOWNLOAD]
    )


def test_the_nation_has_one_list_of_shops_each_once_with_its_platform_and_province(known: Gathered) -> None:
    found = repeats.shops(known)
    assert [(r["code"], r["failing"], [c for c, _ in r["platforms"]]) for r in found["rows"]] == [
        ("", 5, ["P01"]),
        ("S-A", 3, ["P01"]),
    ]
    assert [r["province"] and r["province"][0] for r in found["rows"]] == [None, "330000"]
    (of_platform,) = {repeats.repeats(known, "platform", "P01")["window"]}
    assert found["all"] == 2 and found["window"] == of_platform and " (up to " in of_platform.en
    assert found["rows"][1]["batches"][0][1] and found["rows"][1]["targeted"] == "2 / 9"
    page = next(p for p in tracing.build(known) if p.path == tracing.PATH)
    shown = render(page, shared_context(known)).decode().split('<h2 id="shops">')[1].split("<h2")[0]
    assert "no rate is given" in shown and "金华德程精选店" in shown and INDIVIDUAL.en in shown
    assert "platforms/P01.html" in shown and "regions/330000.html" in shown
    without = replace(known.night, tables=dict(known.night.tables) | {repeats.TABLE: empty(known)})
    assert repeats.shops(gather(without)) == {"window": None, "all": 0, "rows": []}


def empty(known: Gathered) -> pd.DataFrame:
    return known.night.frame(repeats.TABLE).head(0)


def test_the_search_takes_the_words_by_which_readers_ask_for_the_worst_shops(known: Gathered) -> None:
    rows = [(str(r[0]), f"{r[1]} {r[2]} {r[4]}".lower()) for r in searching._lists_of_repeat_failures(known)]
    (province,) = (words for path, words in rows if path == "regions/330000.html#repeats")
    assert all(word in province for word in ("worst", "shops", "of", "zhejiang", "最差"))
    (nation,) = (f"{t.en} {more}" for path, t, more in search_words.HELP if path == "tracing.html#shops")
    assert all(word in nation for word in "which shops have most failing goods in the nation".split())


def test_search_finds_the_lists_and_the_firms_on_them_by_name_but_no_person(known: Gathered) -> None:
    files = searching.files(known, [], searching.names(known))
    assert "屡次检出不合格 · 浙江" in "".join(c.decode() for c in files.values())
    rows = searching._repeat_failures(known)
    assert {(str(r[0]), str(r[1]).split(" · ")[0]) for r in rows} == {
        ("platforms/P01.html#repeats", "金华德程精选店"),
        ("regions/330000.html#repeats", "金华德程车业有限公司"),
    }
    assert INDIVIDUAL.zh not in str(rows)


def test_the_pages_of_the_platform_and_the_province_have_the_list(known: Gathered) -> None:
    for kind, code in (("platform", "P01"), ("region", "330000")):
        (page,) = units._unit_pages(
            known, next(k for k in units.KINDS.values() if k.dimension == kind), [code]
        )
        assert page.context["repeats"] == repeats.repeats(known, kind, code) is not None


def test_an_interval_beyond_one_with_an_adjusted_p_of_chance_says_why(known: Gathered) -> None:
    spot = {
        "period_type": "all",
        "period_start": date(1900, 1, 1),
        "unit_type": "producer",
        "unit_code": FIRM,
        "region_code": "330106",
        "n_judged": 4,
        "n_failing": 2,
        "n_platforms": 1,
        "n_shops": 2,
        "n_producers": 1,
        "expected": 0.2,
        "ratio": 9.0,
        "ratio_low": 1.1,
        "ratio_high": 32.7,
        "p_value": 0.02,
        "p_adjusted": 0.2,
        "n_tested": 50,
        "named": False,
    }
    assert [tracing._spot(known, spot | p)["alone"] for p in ({}, {"ratio_low": 0.9})] == [True, False]
    assert [tracing._spot(known, spot | p)["beyond"] for p in ({}, {"p_adjusted": 0.01})] == [False, True]


def test_beside_a_name_that_is_withheld_stands_no_code(known: Gathered) -> None:
    """A shop is named by its number then; the credit code of a producer would lead to the name."""
    (shop,) = [r for r in repeats.shops(known)["rows"] if "S-B" in r["name"].zh]
    assert shop["name"] == Text("网店S-B（自然人经营者）", "shop S-B (an individual, not named)")
    assert shop["code"] == ""
    enterprise = known.night.frame("silver.enterprise").assign(name=WITHHELD)
    tables = dict(known.night.tables) | {"silver.enterprise": enterprise}
    found = repeats.repeats(gather(replace(known.night, tables=tables)), "region", "330000")
    assert found is not None
    (firm,) = [r for r in found["kinds"][1]["rows"] if r["failing"] == 2]
    assert firm["code"] == "" and firm["name"] == INDIVIDUAL
    [*shown] = repeats.parties(known)
    assert any(kind == "enterprise" for _, kind, _, _ in shown)
    [*left] = repeats.parties(gather(replace(known.night, tables=tables)))
    assert left == [party for party in shown if party[1] == "shop"]
