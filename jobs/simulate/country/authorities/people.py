"""Natural persons whom the authorities know: buyers, complainants, experts. All are made up; their numbers
belong to no one."""

from __future__ import annotations

import numpy as np
import pandas as pd

from jobs.simulate.country import words
from jobs.simulate.country.identities import person_ids, phones
from jobs.simulate.country.streams import stream
from jobs.simulate.country.texts import digits, joined, picked
from jobs.simulate.country.world import World

BUYERS = 5  # of an office


def names(rng: np.random.Generator, size: int) -> np.ndarray:
    """Return ``size`` Chinese names of persons, drawn with ``rng``, an object array."""
    return picked(rng, words.SURNAMES, size) + picked(rng, words.GIVEN, size) + picked(rng, words.GIVEN, size)


def buyers(world: World, offices: list[str]) -> pd.DataFrame:
    """Return the mystery buyers of the offices, BUYERS rows per office: office, buyer (name), account,
    address. They live in the office's province (those of the nation, `CN`, anywhere). ``offices``: `CN` and
    codes of provinces."""
    rng, size = stream(world.seed, "buyers"), BUYERS * len(offices)
    office = np.repeat(np.array(offices, object), BUYERS)
    regions = world.references.regions
    province, home = regions.province.to_numpy(object), np.empty(size, np.int64)
    for row, one in enumerate(office):
        home[row] = rng.choice(np.flatnonzero(province == one) if one != "CN" else len(regions))
    number = digits(np.arange(size) + 1, 4)
    street = picked(rng, words.STREETS, size)
    return pd.DataFrame(
        {
            "office": office,
            "buyer": names(rng, size),
            "account": joined("hc_buyer_", number).to_pylist(),
            "address": joined(
                regions.place.to_numpy(object)[home],
                street,
                "路",
                digits(rng.integers(1, 400, size), 1),
                "号",
                digits(rng.integers(1, 30, size), 1),
                "室",
            ).to_pylist(),
        }
    )


def identity_numbers(world: World, size: int, *names: object) -> np.ndarray:
    """Return ``size`` identity numbers of grown-ups from anywhere, an object array. ``names``: words that
    name the purpose; other purposes give other numbers."""
    rng, regions = (
        stream(world.seed, "identity numbers", *names),
        world.references.regions.region_code.to_numpy(object),
    )
    return (
        person_ids(rng.random((size, 2)), regions[rng.integers(0, len(regions), size)])
        if size
        else np.array([], object)
    )


def telephones(rows: np.ndarray) -> np.ndarray:
    """Return mobile numbers, one per entry of ``rows``, a number per person."""
    return phones(rows, 7)


def experts(world: World, size: int) -> pd.DataFrame:
    """Return silver.expert of the accreditation body, ``size`` rows; expert_ref is the clear name."""
    rng = stream(world.seed, "experts")
    categories, regions = world.references.categories, world.references.regions
    parents = np.array(sorted(set(categories.parent_code)), object)
    chosen = [list(rng.choice(parents, rng.integers(1, 4), replace=False)) for _ in range(size)]
    begins = np.datetime64(world.start, "D") - rng.integers(100, 900, size)
    return pd.DataFrame(
        {
            "expert_id": joined("ZJ", digits(np.arange(size) + 1, 4)).to_pylist(),
            "expert_ref": names(rng, size),
            "organisation": joined("合成研究院", digits(rng.integers(1, 40, size), 2)).to_pylist(),
            "field": picked(rng, ["电气", "化学", "纺织", "机械", "标准化"], size),
            "category_codes": chosen,
            "region_code": regions.region_code.to_numpy(object)[rng.integers(0, len(regions), size)],
            "valid_from": begins,
            "valid_to": begins + np.timedelta64(1825, "D"),
            "_known": begins,
        }
    )
