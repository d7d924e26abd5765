"""Who makes and who sells goods: the frame of companies, individual businesses and natural persons, with
their true defect rates."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from jobs.arrays import NOTHING
from jobs.simulate.country import identities, words
from jobs.simulate.country.references import References
from jobs.simulate.country.streams import stream
from jobs.simulate.country.texts import digits, joined, picked

COMPANY, BUSINESS, PERSON = "company", "individual_business", "natural_person"
RING_TRADERS, RING_PRODUCERS = 6, 2  # members of one ring, a group that makes and sells counterfeits


def enterprises(
    seed: int,
    references: References,
    n_producers: int,
    n_traders: int,
    n_rings: int,
    start: date,
    months: int,
) -> pd.DataFrame:
    """Return all enterprises, one row each with the columns of World.enterprises, producers first. A quarter
    of the producers also sell (role `both`).

    ``references``: gives their regions, categories and clusters; ``n_producers``, ``n_traders``: how many
    rows; ``n_rings``: number of groups of counterfeiters, each of RING_PRODUCERS producers and RING_TRADERS
    traders; ``start``, ``months``: the history, in which an enterprise may be found dishonest.
    """
    size = n_producers + n_traders
    rng = stream(seed, "enterprises")
    maker = np.arange(size) < n_producers
    role = np.where(maker, np.where(rng.random(size) < 0.25, "both", "producer"), "trader").astype(object)
    kind = np.where(
        maker,
        picked(rng, [COMPANY, BUSINESS], size, [93, 7]),
        picked(rng, [COMPANY, BUSINESS, PERSON], size, [55, 30, 15]),
    )
    category, cluster, region = _trades_and_places(seed, references, maker)
    regions = references.regions
    codes = regions.region_code.to_numpy()[region]
    filed_as = np.where(kind == COMPANY, "91", "92").astype(object)
    uscc = identities.usccs(np.arange(size), filed_as, codes)
    people = stream(seed, "enterprises", "people")
    representative = _people(people, size)
    city = regions.city.to_numpy()[region]
    frame = pd.DataFrame(
        {
            "uscc": np.where(kind == PERSON, NOTHING, uscc),
            "name": np.where(
                kind == PERSON,
                representative,
                _names(seed, city, references.categories.parent_code.to_numpy()[category], kind),
            ),
            "type": kind,
            "region_code": codes,
            "city": city,
            "address": _addresses(seed, regions.place.to_numpy()[region]),
            "phone": identities.phones(np.arange(size)),
            "representative": representative,
            "person_id": identities.person_ids(
                people.random((size, 2)),
                regions.region_code.to_numpy()[people.integers(0, len(regions), size)],
            ),
            "role": role,
            "cluster_code": cluster,
            "category_code": references.categories.category_code.to_numpy()[category],
        }
    )
    frame["ring"] = _rings(seed, maker, kind, n_rings)
    frame["defect_rate"] = _defect_rates(seed, references, category, cluster, frame.ring.to_numpy())
    frame["dishonest_from"] = _dishonest(seed, frame, start, months)
    frame["registered_on"] = np.datetime64(start, "D") - stream(seed, "registered").integers(400, 9000, size)
    return frame


def _trades_and_places(
    seed: int, references: References, maker: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Main category (row), cluster code ('' for none) and region (row) of each; two thirds of the makers sit
    in clusters."""
    rng, size = stream(seed, "trades"), len(maker)
    categories, clusters, regions = references.categories, references.clusters, references.regions
    weight = category_weights(references)
    category = rng.choice(len(categories), size, p=weight)
    category[: len(categories)] = np.arange(len(categories))  # somebody makes each
    region = np.where(
        maker,
        _region(rng, regions, words.MAKER_PROVINCES, size),
        _region(rng, regions, words.SELLER_PROVINCES, size),
    )
    code = np.full(size, "", object)
    inside = maker & (rng.random(size) < 0.66) & (np.arange(size) >= len(categories))
    chosen = rng.integers(0, len(clusters), size)
    row = dict(zip(categories.category_code, range(len(categories)), strict=True))
    for number, cluster in enumerate(clusters.itertuples()):
        mine = np.flatnonzero(inside & (chosen == number))
        code[mine] = cluster.cluster_code
        region[mine] = rng.choice(cluster.regions, len(mine))
        category[mine] = rng.choice([row[c] for c in cluster.categories], len(mine))
    return category, code, region


def category_weights(references: References) -> np.ndarray:
    """Return the share of each level-2 category in what is made and sold: array over references.categories,
    sum 1. Within a level-1 category the earlier ones are larger."""
    parents = references.categories.parent_code
    within = 1.0 / (references.categories.groupby("parent_code").cumcount().to_numpy() + 1.5)
    total = pd.Series(within).groupby(parents.to_numpy()).transform("sum").to_numpy()
    weight = parents.map(words.CATEGORY_WEIGHTS).to_numpy() * within / total
    return weight / weight.sum()


def _region(
    rng: np.random.Generator, regions: pd.DataFrame, weights: dict[str, int], size: int
) -> np.ndarray:
    share = region_weights(regions, weights)
    return rng.choice(len(regions), size, p=share)


def region_weights(regions: pd.DataFrame, weights: dict[str, int]) -> np.ndarray:
    """Return a share for each smallest region: array over ``regions`` (References.regions), sum 1.
    ``weights``: province (two digits) → weight, 1 for others; a province's weight is divided evenly among
    its regions."""
    province = regions.province.str[:2]
    share = province.map(weights).fillna(1).to_numpy(float) / province.map(province.value_counts()).to_numpy()
    return share / share.sum()


def _people(rng: np.random.Generator, size: int) -> np.ndarray:
    one, two = picked(rng, words.GIVEN, size), picked(rng, words.GIVEN, size)
    surname = picked(rng, words.SURNAMES, size, [1 / (i + 4) for i in range(len(words.SURNAMES))])
    return surname + one + np.where(rng.random(size) < 0.7, two, "")


def _names(seed: int, city: np.ndarray, parent: np.ndarray, kind: np.ndarray) -> np.ndarray:
    """City, word, trade, form of each enterprise; no two are equal."""
    rng, size = stream(seed, "names"), len(city)
    word = picked(rng, words.FIRST, size) + picked(rng, words.SECOND, size)
    trade = np.array([words.TRADES[p] for p in parent], object)
    end = np.where(
        kind == COMPANY,
        picked(rng, words.COMPANY_ENDS, size, [80, 12, 8]),
        picked(rng, words.BUSINESS_ENDS, size),
    )
    while (again := pd.Series(city + word + trade).duplicated().to_numpy()).any():
        word[again] += picked(rng, words.SECOND, int(again.sum()))
    return city + word + trade + end + words.SYNTHETIC


def _addresses(seed: int, place: np.ndarray) -> np.ndarray:
    rng, size = stream(seed, "addresses"), len(place)
    street = picked(rng, words.STREETS, size) + picked(rng, ["路", "大道", "街", "东路", "西路"], size)
    number = joined(digits(rng.integers(1, 999, size), 1), "号")
    return place + street + np.array(number.to_pylist(), object) + picked(rng, words.BUILDINGS, size)


def _rings(seed: int, maker: np.ndarray, kind: np.ndarray, n_rings: int) -> np.ndarray:
    rng, ring = stream(seed, "rings"), np.full(len(maker), -1)
    producers = rng.permutation(np.flatnonzero(maker & (np.arange(len(maker)) > 100)))
    traders = rng.permutation(np.flatnonzero(~maker))
    for number in range(n_rings):
        ring[producers[number * RING_PRODUCERS :][:RING_PRODUCERS]] = number
        ring[traders[number * RING_TRADERS :][:RING_TRADERS]] = number
    return ring


def _defect_rates(
    seed: int, references: References, category: np.ndarray, cluster: np.ndarray, ring: np.ndarray
) -> np.ndarray:
    """Category × cluster × the enterprise's own factor; a ring's goods are three times as bad."""
    own = stream(seed, "defects").lognormal(-0.25, 0.7, len(category))
    factors = stream(seed, "defects", "clusters").lognormal(0, 0.35, len(references.clusters))
    of_cluster = dict(zip(references.clusters.cluster_code, factors, strict=True))
    base = references.categories.parent_code.map(words.DEFECTIVE_SHARE).to_numpy()[category]
    factor = np.array([of_cluster.get(c, 1.0) for c in cluster])
    return np.clip(base * factor * own * np.where(ring >= 0, 3.0, 1.0), 0.002, 0.9)


def _dishonest(seed: int, frame: pd.DataFrame, start: date, months: int) -> np.ndarray:
    """The day from which an enterprise will be found dishonest, NaT for most; the worse its goods, the
    likelier."""
    rng, size = stream(seed, "dishonest"), len(frame)
    chance = np.clip(0.12 * frame.defect_rate.to_numpy() + np.where(frame.ring >= 0, 0.4, 0), 0, 0.6)
    found = rng.random(size) < chance
    days = np.datetime64(start, "D") + rng.integers(20, 20 + 31 * months, size)
    return np.where(found, days, np.datetime64("NaT", "D"))
