"""Proof of gold.risk_signal on seeded countries as `quality simulate` makes them: the outbreaks that it
plants are news within three weeks, and little else is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest
from risk_country import UNTIL, Country, country

from jobs.contracts.catalog import load_catalog
from jobs.engine.embedded import Embedded
from jobs.lake.tables import Lake
from jobs.marts.risk.news import USUAL
from jobs.marts.risk.series import PAIR, pair_code, week_number
from jobs.simulate.country.hazard_words import CODES

pytestmark = pytest.mark.proof
SEEDS = range(101, 121)
RECORDS = 300_000  # the fewer, the fewer texts: larger countries are easier, and slower
SOON = timedelta(days=21)
BEFORE, INSIDE = 26, 8  # weeks that say what is usual; weeks of an outbreak from its second on
# A look of GPS is back over a quarter, so that its news of an outbreak may come so long after the end.
AFTERMATH = timedelta(days=91)


class Seen(NamedTuple):
    """Of one country. ``outbreaks``: with key_code, begins, ends, `found` (a day of news within three weeks,
    else null), `open` (its signal was news before and open still: alarms add to it, as one is open at a
    time), `usual` and `inside` (texts a week before and in it); ``false``: signals that are news of pairs
    without an outbreak; ``looks``: pairs that texts name × weeks; ``under_way``: pairs with a serious open
    signal that is news and of an outbreak under way."""

    outbreaks: pd.DataFrame
    false: pd.DataFrame
    looks: int
    under_way: int


@pytest.fixture(scope="module")
def countries(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Seen]]:
    catalog, engine = load_catalog(), Embedded(Lake(tmp_path_factory.mktemp("lake")))
    found = []
    for seed in SEEDS:
        found.append(seen(country(seed, RECORDS, catalog, engine)))
        rows = found[-1].outbreaks
        print(f"seed {seed}: {rows['found'].notna().sum()} of {len(rows)} outbreaks found")
    engine.close()
    yield found


def seen(made: Country) -> Seen:
    rows = made.world.outbreaks.reset_index(drop=True)
    rows["key_code"] = pair_code(rows["category_code"], rows["hazard"].replace(CODES))
    rows["begins"] = rows["first_month"].dt.date
    rows["ends"] = (rows["last_month"] + pd.offsets.MonthEnd(0)).dt.date
    news = made.signals[(made.signals["news"] != USUAL) & (made.signals["key_type"] == PAIR)]
    texts = made.hazard_count[made.hazard_count["stream"] == "text"]
    texts = texts.assign(
        key_code=pair_code(texts["category_code"], texts["hazard_code"]), week=week_number(texts["week"])
    )
    weekly = texts.pivot_table(index="key_code", columns="week", values="n", aggfunc="sum", fill_value=0)
    weekly = weekly.reindex(columns=range(weekly.columns.min(), weekly.columns.max() + 1), fill_value=0)
    first = week_number(rows["first_month"])
    own = [weekly.loc[key] for key in rows["key_code"]]
    rows["usual"] = [s.loc[w - BEFORE : w - 1].mean() for s, w in zip(own, first, strict=True)]
    rows["inside"] = [s.loc[w + 1 : w + INSIDE].iloc[:-1].mean() for s, w in zip(own, first, strict=True)]
    rows["found"] = [soonest(news, one.key_code, one.begins) for one in rows.itertuples()]
    rows["open"] = [was_open(news, one.key_code, one.begins) for one in rows.itertuples()]
    late = rows.assign(over=rows["ends"] + AFTERMATH)
    known = news[["key_code", "news_on"]].reset_index().merge(late, on="key_code")
    inside = known[(known["news_on"] > known["begins"]) & (known["news_on"] <= known["over"])]
    running = rows.loc[rows["ends"] >= UNTIL, "key_code"]
    open_ = news[news["serious"] & (news["state"] == "open") & news["key_code"].isin(running)]
    return Seen(rows, news.drop(index=inside["index"]), weekly.size, len(open_))


def soonest(news: pd.DataFrame, key_code: str, begins: date) -> date | None:
    """The first day within three weeks on which the pair was news."""
    days = news.loc[news["key_code"] == key_code, "news_on"]
    return min((day for day in days if begins < day <= begins + SOON), default=None)


def was_open(news: pd.DataFrame, key_code: str, day: date) -> bool:
    own = news[(news["key_code"] == key_code) & (news["news_on"] <= day)]
    return bool((own["closed_on"].isna() | (own["closed_on"] > day)).any())


def test_four_in_five_outbreaks_that_a_country_plants_are_news_within_three_weeks(
    countries: list[Seen],
) -> None:
    """News of the pair of category × hazard; that of brands and platforms is not counted."""
    rows = pd.concat([c.outbreaks for c in countries], ignore_index=True)
    late = [(day - begins).days for day, begins in zip(rows["found"], rows["begins"], strict=True) if day]
    share = float(rows["found"].notna().mean())
    print(f"planted outbreaks found within three weeks: {len(late)} of {len(rows)} = {share:.1%}, ")
    print(f"on day {np.percentile(late, [10, 50, 90]).astype(int).tolist()} (10, 50, 90 in 100)")
    missed = rows[rows["found"].isna()]
    print(f"of {len(missed)} that were not, the signal of {missed['open'].sum()} was open and news before")
    assert len(rows) >= 2 * len(countries)
    assert share >= 0.8


def test_what_is_planted_is_at_least_three_times_the_rate_of_its_pair(countries: list[Seen]) -> None:
    rows = pd.concat([c.outbreaks for c in countries], ignore_index=True)
    assert (rows["factor"] >= 3).all() and (rows["pair_factor"] >= 3).all()
    risen = (rows["inside"] >= 3 * rows["usual"]).mean()
    print(f"texts a week: usual {rows['usual'].mean():.2f}, in outbreaks {rows['inside'].mean():.2f}; ")
    print(f"at least three times as many in {risen:.0%}")
    assert risen >= 0.95


def test_little_else_is_news(countries: list[Seen]) -> None:
    false = pd.concat([c.false for c in countries], ignore_index=True)
    looks = sum(c.looks for c in countries)
    print(f"news of pairs without an outbreak: {len(false)} of {looks} pair-weeks = {len(false) / looks:.3%}")
    print(false["news"].value_counts().to_dict(), false["reasons"].explode().value_counts().to_dict())
    assert len(false) / looks <= 0.01


def test_on_its_last_day_a_country_has_an_open_serious_signal_of_an_outbreak_under_way(
    countries: list[Seen],
) -> None:
    running = [c for c in countries if (c.outbreaks["ends"] >= UNTIL).any()]
    print(
        f"countries with an outbreak under way: {len(running)}, seen: {sum(c.under_way > 0 for c in running)}"
    )
    assert len(running) >= 0.8 * len(countries)
    assert sum(c.under_way > 0 for c in running) >= 0.8 * len(running)
