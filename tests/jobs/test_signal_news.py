"""gold.risk_signal: which signals are news, and which say again what everybody knows of a kind of goods."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
from risk_frames import FIRST, hazards, nothing, signals, week_of

from jobs.marts.risk.evidence import COUNTS, KEY
from jobs.marts.risk.life import lives
from jobs.marts.risk.news import FIRST as FIRST_TIME
from jobs.marts.risk.news import RISEN, USUAL, of_pairs
from jobs.marts.risk.series import Series, named

LOOKS = range(12, 140, 13)  # weeks after FIRST in which pairs are looked at
SERIOUS = pd.DataFrame({"hazard_code": ["choking", "fire", "cuts"], "severity": [4, 4, 2]})


def weekly(*parts: tuple[int, int]) -> np.ndarray:
    """Reports a week: so many weeks of so many."""
    return np.concatenate([np.full(weeks, n) for weeks, n in parts])


def about(
    choking: np.ndarray, *, goods: np.ndarray | int = 1, hazard: np.ndarray | int = 1, stream: str = "alert"
) -> pd.DataFrame:
    """gold.hazard_count of five categories of which X alone chokes often; ``goods``: how many times as many
    reports of all hazards there are of X, ``hazard``: of choking in all categories."""
    goods, hazard = (np.broadcast_to(times, len(choking)) for times in (goods, hazard))
    rows = []
    for w, n in enumerate(choking):
        for category in "XYZUV":
            more = int(goods[w]) if category == "X" else 1
            rows += [(w, category, h, stream, 4 * more) for h in ("fire", "cuts")]
            rows.append((w, category, "choking", stream, int(n) if category == "X" else int(hazard[w])))
    table = hazards(rows)
    judged = {
        category: 100 * (goods if category == "X" else 1) + np.zeros(len(choking)) for category in "XYZUV"
    }
    if stream == "text":
        week = (pd.to_datetime(table["week"]) - pd.Timestamp(week_of(0))).dt.days // 7
        table["n_judged"] = [int(judged[c][w]) for c, w in zip(table["category_code"], week, strict=True)]
    return table


def above(series: Series, last: int) -> pd.DataFrame:
    """Alarms by GPS as if each pair that chokes, or that says nothing else, were above EB05 while a year has
    five reports of it."""
    rows = []
    for at, key in enumerate(series.keys.to_dict("records")):
        if key["hazard_code"] in ("fire", "cuts") or key["category_code"] in "YZUV":
            continue
        for look in [look for look in LOOKS if look <= last]:
            end = FIRST + look + 1 - series.first
            if series.counts[at, max(end - 52, 0) : end].sum() >= 5:
                rows.append({name: key[name] for name in (*KEY, "stream")} | {"week": FIRST + look})
    return pd.DataFrame(rows)


def kinds(table: pd.DataFrame, last: int) -> dict[tuple[str, int], str]:
    """What each alarm of X/choking is, by stream and week after FIRST."""
    series = named(table, FIRST + last, least=1)
    found = above(series, last)
    found = found.assign(news=of_pairs(found, series))
    found = found[found["key_code"] == "X/choking"]
    return dict(zip(zip(found["stream"], found["week"] - FIRST, strict=True), found["news"], strict=True))


def at_looks(kind: dict[tuple[str, int], str], stream: str = "alert") -> list[str | None]:
    last = max(week for _, week in kind)
    return [kind.get((stream, week)) for week in LOOKS if week <= last]


@pytest.mark.parametrize(
    ("choking", "more", "expected"),
    [
        # what everybody knows is news once, also where the data hold no year before it
        (weekly((78, 6)), {}, [FIRST_TIME, USUAL, USUAL, USUAL, USUAL, USUAL]),
        # from the week after a look on twice as often: risen at the next look, and against a year of which
        # only a quarter was like this at the one after it
        (weekly((65, 6), (26, 12)), {}, [FIRST_TIME, USUAL, USUAL, USUAL, USUAL, RISEN, RISEN]),
        # falls by half: not news, though still above its like
        (weekly((65, 12), (13, 6)), {}, [FIRST_TIME, USUAL, USUAL, USUAL, USUAL, USUAL]),
        # twice as often, as is choking of all goods: no news of X
        (
            weekly((65, 6), (13, 12)),
            {"hazard": weekly((65, 2), (13, 4))},
            [FIRST_TIME, USUAL, USUAL, USUAL, USUAL, USUAL],
        ),
        # the same, but most reports of choking are about X: they rise by what X does
        (
            weekly((65, 6), (13, 12)),
            {"hazard": weekly((65, 1), (13, 2))},
            [FIRST_TIME, USUAL, USUAL, USUAL, USUAL, RISEN],
        ),
        # twice as often, as is each hazard of X: no news of choking
        (
            weekly((65, 6), (13, 12)),
            {"goods": weekly((65, 1), (13, 2))},
            [FIRST_TIME, USUAL, USUAL, USUAL, USUAL, USUAL],
        ),
        # away, and back within a year of the last look that found it: known, but more than in that year
        (
            weekly((26, 6), (65, 0), (13, 6)),
            {},
            [FIRST_TIME, USUAL, USUAL, USUAL, USUAL, None, None, RISEN],
        ),
        # away for more than a year of looks: the first time again
        (
            weekly((26, 6), (91, 0), (13, 6)),
            {},
            [FIRST_TIME, USUAL, USUAL, USUAL, USUAL, None, None, None, None, FIRST_TIME],
        ),
    ],
)
def test_a_pair_is_news_the_first_time_in_a_year_and_when_it_rises(
    choking: np.ndarray, more: dict[str, Any], expected: list[str | None]
) -> None:
    assert at_looks(kinds(about(choking, **more), len(choking) - 1)) == expected


def test_a_pair_that_is_all_that_is_said_of_its_goods_can_rise_in_texts() -> None:
    """Of X only choking is read: among texts that name a hazard its share is 1 before and after, so that all
    texts of X have to be counted."""
    table = about(weekly((65, 6), (13, 15)), stream="text")
    table = table[(table["category_code"] != "X") | (table["hazard_code"] == "choking")]
    found = kinds(table, 77)
    assert (found["text", 64], found["text", 77]) == (USUAL, RISEN)


def test_more_texts_of_all_kinds_are_no_rise() -> None:
    doubled = weekly((65, 1), (13, 2))
    table = about(6 * doubled, goods=doubled, stream="text")
    assert kinds(table, 77)["text", 77] == USUAL


def test_each_stream_has_its_first_time() -> None:
    late = about(weekly((78, 6)), stream="text")
    late = late[pd.to_datetime(late["week"]) >= pd.Timestamp(week_of(65))]
    found = kinds(pd.concat([about(weekly((78, 6))), late], ignore_index=True), 77)
    assert (found["alert", 77], found["text", 77]) == (USUAL, FIRST_TIME)


def test_many_known_pairs_raise_the_bar() -> None:
    """11 in a quarter after 16 in a year have p = 0.01: a rise if it is the only known pair,
    none among 30 others that stay as they are."""
    rows = [(w, c, h, "alert", 2) for w in range(78) for c in "YZUV" for h in ("fire", "cuts")]
    rows += [(w, "X", h, "alert", 1) for w in range(78) for h in ("fire", "cuts")]
    rare = [(w, "X", "choking", "alert", 1) for w in [*range(13, 61, 3), *range(65, 76)]]
    others = [(w, f"G{i}", f"h{i}", "alert", 1) for i in range(30) for w in range(0, 78, 3)]
    alone, among = (kinds(hazards(rows + rare + more), 77) for more in ([], others))
    assert (alone["alert", 77], among["alert", 77]) == (RISEN, USUAL)


@pytest.mark.slow
def test_a_report_of_a_later_week_changes_no_earlier_news() -> None:
    """Many batches of W are tested for choking in the newest quarters, and none fails before the last week:
    had they counted from then on, what was usual of X would have risen half a year before."""
    more = hazards([(w, f"G{i}", "cuts", "test", 10) for w in range(93) for i in range(20)])
    tested = hazards([(w, "W", "choking", "test", 0) for w in range(93)])
    table = pd.concat([about(weekly((65, 6), (28, 8)), hazard=2, stream="text"), more.assign(n_judged=100)])
    found = []
    for late in (0, 1):
        counts = [0] * 91 + [late, 0]
        others = tested.assign(n=counts, n_home=counts, n_judged=[100] * 65 + [3000] * 28)
        every = pd.concat([table, others], ignore_index=True).assign(stream="test")
        opened = signals(nothing("risk_count"), hazard_count=every)
        found.append(opened.loc[opened["key_code"] == "X/choking", "news"].tolist())
    assert found[0] == found[1] == [FIRST_TIME, *[USUAL] * 6]


def test_the_order_of_rows_changes_nothing() -> None:
    table = about(weekly((65, 6), (26, 12)))
    series = named(table.sample(frac=1, random_state=2), FIRST + 90, least=1)
    found = above(series, 90)
    found["news"] = of_pairs(found, series)
    mixed = found.drop(columns="news").sample(frac=1, random_state=1)
    assert mixed.assign(news=of_pairs(mixed, series)).sort_index().equals(found)
    assert kinds(table, 90) == dict(
        zip(zip(found["stream"], found["week"] - FIRST, strict=True), found["news"], strict=True)
    )


@pytest.mark.slow
def test_a_usual_signal_is_not_serious_and_one_that_rose_is() -> None:
    table = about(weekly((65, 6), (28, 24)))
    found = signals(nothing("risk_count"), hazard_count=table, hazard=SERIOUS)
    found = found[found["key_code"] == "X/choking"].set_index("opened_on")
    usual = found.loc[week_of(26)]
    assert (usual["news"], bool(usual["serious"]), usual["severity"]) == (USUAL, False, 4)
    assert pd.isna(usual["news_on"])
    risen = found[found["news"] == RISEN]
    assert len(risen) and risen["serious"].all() and (risen["news_on"] >= risen.index).all()
    assert found.loc[week_of(13), ["news", "serious"]].tolist() == [FIRST_TIME, True]


def alarm(week: int, news: str, method: str = "gps", n: float = 9.0) -> dict[str, Any]:
    key = {"key_type": "category_hazard", "key_code": "X/choking", "stream": "text", "method": method}
    p = np.nan if method == "gps" else 0.01
    return key | {"week": week, "n": n, "expected": 2.0, "p_adjusted": p, "eb05": 2.5, "news": news}


def lived(last: int, *alarms: dict[str, Any]) -> list[dict[str, Any]]:
    none = pd.DataFrame(columns=[*KEY, "peers", "week", *COUNTS])
    return lives(pd.DataFrame(list(alarms)), none, FIRST + last).to_dict("records")


def test_an_alarm_that_is_news_makes_news_of_the_open_signal_that_it_meets() -> None:
    """From then on it is open for 90 days, and it says how many reports the news had."""
    given = alarm(FIRST, USUAL), alarm(FIRST + 8, RISEN, "ears_c2", n=30.0)
    (found,) = lived(13, *given)  # 90 days after the opening
    assert (found["state"], found["news"], found["opened_on"]) == ("open", RISEN, week_of(1))
    assert (found["news_on"], found["n_reports"], found["n_alarms"]) == (week_of(9), 30, 2)
    assert lived(20, *given)[0]["state"] == "open"
    (found,) = lived(21, *given)
    assert (found["state"], found["closed_on"]) == ("expired", week_of(9) + timedelta(days=90))


def test_news_after_the_end_of_a_usual_signal_opens_another() -> None:
    found = lived(14, alarm(FIRST, USUAL), alarm(FIRST + 13, FIRST_TIME))
    assert [(s["news"], s["news_on"], s["opened_on"]) for s in found] == [
        (USUAL, None, week_of(1)),
        (FIRST_TIME, week_of(14), week_of(14)),
    ]
    assert found[0]["closed_on"] == week_of(1) + timedelta(days=90)


def test_usual_alarms_take_nothing_from_news_and_give_it_no_more_time() -> None:
    found = lived(30, alarm(FIRST, FIRST_TIME), alarm(FIRST + 12, USUAL))
    assert [(s["news"], s["news_on"], s["closed_on"]) for s in found] == [
        (FIRST_TIME, week_of(1), week_of(1) + timedelta(days=90))
    ]


def test_of_several_kinds_of_news_the_newest_names_the_signal() -> None:
    (found,) = lived(6, alarm(FIRST, RISEN, "ears_c1"), alarm(FIRST + 2, FIRST_TIME), alarm(FIRST + 3, USUAL))
    assert (found["news"], found["news_on"]) == (FIRST_TIME, week_of(1))
