"""What is sold and where: the frames of platforms, brands, shops, listings and laboratories, with the
columns that `world.World` lists. Rows are made in blocks: `history`, and one for each further month."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from jobs.arrays import NOTHING
from jobs.simulate.country import identities, words
from jobs.simulate.country.enterprises import category_weights
from jobs.simulate.country.goods_words import GOODS
from jobs.simulate.country.references import References
from jobs.simulate.country.streams import shared_out, skewed, stream
from jobs.simulate.country.texts import arrow, digits, joined, picked, text

N_PLATFORMS, N_LABS = 57, 12
FAMOUS = 40  # brands, the first ones, that counterfeiters copy
OWN_WORDS = 0.3  # share of a brand's goods whose noun is drawn anew, from two, and may be another


def platforms(seed: int) -> pd.DataFrame:
    """Return the 57 platforms, one row each, the largest first, with the columns of World.platforms; five
    giants have 65 % of all sales."""
    rng = stream(seed, "platforms")
    tail = (np.arange(N_PLATFORMS - len(words.GIANTS)) + 5.0) ** -1.3
    share = np.concatenate([words.GIANTS, (1 - sum(words.GIANTS)) * tail / tail.sum()])
    rows = np.arange(N_PLATFORMS)
    codes = joined("P", digits(rows + 1, 2))
    operators = identities.usccs(
        9_000_000 + rows, np.full(N_PLATFORMS, "91", object), np.full(N_PLATFORMS, "110105", object)
    )
    return pd.DataFrame(
        {
            "platform_code": codes.to_pylist(),
            "name_zh": joined("平台", digits(rows + 1, 2), words.SYNTHETIC).to_pylist(),
            "name_en": joined("Platform ", digits(rows + 1, 2), " (synthetic)").to_pylist(),
            "kind": np.concatenate(
                [words.KINDS_OF_GIANTS, picked(rng, words.KINDS, N_PLATFORMS - 5, [40, 12, 15, 15, 12, 6])]
            ),
            "family": words.FAMILIES,
            "share": share,
            "defect_factor": np.exp(rng.normal(0, 0.3, N_PLATFORMS)),
            "operator_uscc": operators,
        }
    )


def brands(seed: int, enterprises: pd.DataFrame, size: int) -> pd.DataFrame:
    """Return ``size`` brands, one row each, with the columns of World.brands; owner is the position of the
    enterprise in ``enterprises`` (World.enterprises). Each belongs to an enterprise that makes goods and is
    in no ring, and has its category. Each such enterprise owns at least one, unless there are more of them
    than brands. Names in Chinese are unique. Counterfeiters copy the first FAMOUS brands."""
    rng = stream(seed, "brands")
    producers = np.flatnonzero((enterprises.role != "trader") & (enterprises.ring < 0))
    owner = np.concatenate(
        [rng.permutation(producers), rng.choice(producers, max(0, size - len(producers)))]
    )[:size]
    name = picked(rng, words.FIRST, size) + picked(rng, words.SECOND, size)
    while (again := pd.Series(name).duplicated().to_numpy()).any():
        name[again] += picked(rng, words.SECOND, int(again.sum()))
    return pd.DataFrame(
        {
            "brand_id": joined("B", digits(np.arange(1, size + 1), 5)).to_pylist(),
            "name_zh": name + words.SYNTHETIC,
            "name_en": ["".join(words.READ[c] for c in n).capitalize() + " (synthetic)" for n in name],
            "owner": owner,
            "category_code": enterprises.category_code.to_numpy()[owner],
        }
    )


def labs(seed: int, references: References) -> pd.DataFrame:
    """Return the twelve laboratories, one row each, with the columns of World.labs. LAB02 finds 8 percentage
    points more failing goods than there are and reads values 6 % too high; LAB05 is slow. ``references``:
    gives the regions in which they are."""
    rng = stream(seed, "labs")
    codes = joined("LAB", digits(np.arange(1, N_LABS + 1), 2)).to_pylist()
    region = references.regions.region_code.to_numpy()[rng.choice(len(references.regions), N_LABS)]
    bias, speed = rng.normal(0, 0.004, N_LABS), rng.integers(7, 15, N_LABS)
    bias[1], speed[4] = 0.08, 32
    value_bias = stream(seed, "values of labs").normal(0, 0.004, N_LABS)
    value_bias[1] = 0.06
    return pd.DataFrame(
        {
            "lab_id": codes,
            "name_zh": [f"检验机构{c[3:]}{words.SYNTHETIC}" for c in codes],
            "region_code": region,
            "bias": bias,
            "value_bias": value_bias,
            "speed_days": speed,
        }
    )


def shops(
    seed: int,
    block: str,
    size: int,
    enterprises: pd.DataFrame,
    platforms_: pd.DataFrame,
    days: tuple[np.datetime64, np.datetime64],
) -> pd.DataFrame:
    """Return ``size`` shops of one block, one row each, grouped by platform, the largest first. Columns:
    platform, enterprise (its operator), name, opened_on, closed_on (NaT: open), pull (weight of its
    listings).

    ``block``: `history`, or a month as `202606`; ``days``: first and last day on which they open. In the
    history each seller has at least one shop if there are enough, and a few have many; the first shop of
    each platform opens on the first day and never closes. ``enterprises``, ``platforms_``: the frames of
    World.
    """
    rng, history = stream(seed, "shops", block), block == "history"
    sellers = np.flatnonzero((enterprises.role != "producer").to_numpy())
    once = rng.permutation(sellers)[:size] if history else sellers[:0]
    often = rng.choice(
        sellers, size - len(once), p=(w := skewed(stream(seed, "sellers"), len(sellers))) / w.sum()
    )
    enterprise = rng.permutation(np.concatenate([once, often]))
    platform = np.repeat(
        np.arange(len(platforms_)), shared_out(size, platforms_.share.to_numpy() ** 0.75, 2 if history else 0)
    )[:size]
    first = np.concatenate([[True], platform[1:] != platform[:-1]]) & history
    span = int((days[1] - days[0]).astype(int)) + 1
    opened = days[0] + (
        rng.integers(0, span, size)
        if not history
        else (span * (1 - rng.random(size) ** 1.5)).astype(np.int64) % span
    )
    opened = np.where(first, days[0], opened)
    closing = history & (rng.random(size) < 0.05) & ~first & (opened < days[1] - np.timedelta64(200, "D"))
    closed = np.where(closing, opened + rng.integers(60, 190, size), np.datetime64("NaT", "D"))
    owner = enterprises.name.to_numpy()[enterprise]
    person = (enterprises.type == "natural_person").to_numpy()[enterprise]
    own = picked(rng, words.FIRST, size) + picked(rng, words.SECOND, size)
    word = np.where(person, own, _called(owner, enterprises.city.to_numpy()[enterprise]))
    return pd.DataFrame(
        {
            "platform": platform,
            "enterprise": enterprise,
            "name": word + picked(rng, words.SHOP_WORDS, size) + words.SYNTHETIC,
            "opened_on": opened,
            "closed_on": closed,
            "pull": skewed(rng, size, 1.3, 300),
        }
    )


def _called(names: np.ndarray, cities: np.ndarray) -> list[str]:
    """What shops call their operators: the name without its city, its form and words that all have. Arrays
    of the ``names`` and ``cities`` of enterprises."""
    bare = [n.removesuffix(words.SYNTHETIC).removeprefix(c) for n, c in zip(names, cities, strict=True)]
    without = [next((n.removesuffix(end) for end in words.ENDS if n.endswith(end)), n) for n in bare]
    return [n.removesuffix("用品").removesuffix("科技") for n in without]


def listings(
    seed: int, block: str, size: int, world: dict[str, Any], days: tuple[np.datetime64, np.datetime64]
) -> pd.DataFrame:
    """Return ``size`` listings of one block, one row each, grouped by platform.

    Columns: those of World.listings except listing_id, title, barcode, certificate_no, relists and likeness,
    and `certified` (bool: it names a certificate). ``block``: as of `shops`; ``days``: first and last day on
    which they are listed, but never before their shop opens; ``world``: the frames made so far: references,
    enterprises, platforms, brands, shops.
    """
    rng, history = stream(seed, "listings", block), block == "history"
    shops_, platforms_, references = world["shops"], world["platforms"], world["references"]
    shop = _shops_of_listings(rng, size, shops_, platforms_, history)
    platform = shops_.platform.to_numpy()[shop]
    category = _categories(rng, shop, world)
    producer, counterfeit, brand = _producers(rng, shop, category, world)
    first = np.concatenate([[True], platform[1:] != platform[:-1]]) & history
    opened, closed = (
        shops_.opened_on.to_numpy("datetime64[D]")[shop],
        shops_.closed_on.to_numpy("datetime64[D]")[shop],
    )
    span = int((days[1] - days[0]).astype(int)) + 1
    listed = np.maximum(days[0] + rng.integers(0, span, size), opened)
    listed = np.where(first, opened, listed)
    taken = np.where(
        (rng.random(size) < 0.12) & ~first, listed + rng.integers(45, 500, size), np.datetime64("NaT", "D")
    )
    taken = np.where(taken > days[1], np.datetime64("NaT", "D"), taken)
    shut = np.maximum(closed, listed)  # a shop that closes takes its listings down
    taken = np.where(np.isnat(closed), taken, np.where(np.isnat(taken), shut, np.minimum(taken, shut)))
    claimed = np.where(counterfeit, world["brands"].owner.to_numpy()[brand], producer)
    own, enterprises = np.exp(rng.normal(0, 0.35, size)), world["enterprises"]
    rate = (
        enterprises.defect_rate.to_numpy()[producer]
        * platforms_.defect_factor.to_numpy()[platform]
        * own
        * np.where(counterfeit, 2.0, 1.0)
    )
    categories = references.categories.category_code.to_numpy()
    middle = np.array([words.middle_price(c) for c in categories])[category]
    middle = middle * np.where(counterfeit, 0.6, 1.0)
    return pd.DataFrame(
        {
            "shop": shop,
            "platform": platform,
            "producer": producer,
            "claimed": np.where(rng.random(size) < 0.03, -1, claimed),
            "brand": brand,
            "counterfeit": counterfeit,
            "category_code": categories[category],
            "model": _models(rng, size),
            "price": (middle * np.exp(rng.normal(0, 0.5, size))).round(2),
            "standard_no": np.where(
                stream(seed, "standards", block).random(size) < words.CITES_STANDARD,
                np.array([words.standard_of(c) for c in categories], object)[category],
                NOTHING,
            ),
            "certified": (rng.random(size) > np.where(counterfeit, 0.6, 0.03))
            & (
                stream(seed, "certified", block).random(size)
                < np.array([words.certified_share(c) for c in categories])[category]
            ),
            "listed_on": listed,
            "delisted_on": taken,
            "defect_rate": np.clip(rate, 0.001, 0.95),
            "popularity": skewed(rng, size, 1.3, 500) * np.sqrt(shops_.pull.to_numpy()[shop]),
        }
    )


def _models(rng: np.random.Generator, size: int) -> pd.Series:
    letters = picked(rng, list("ABCDEFGHK"), size), picked(rng, list("KLMNPRTX"), size)
    return text(joined(*letters, "-", digits(rng.integers(100, 10_000, size), 1)))


def _shops_of_listings(
    rng: np.random.Generator, size: int, shops_: pd.DataFrame, platforms_: pd.DataFrame, history: bool
) -> np.ndarray:
    """The shop (row) of each listing, platform by platform; in the history each shop has one if they
    suffice."""
    found = []
    at = shops_.platform.to_numpy()
    open_ = shops_.closed_on.isna().to_numpy()
    for number, many in enumerate(
        shared_out(size, platforms_.share.to_numpy() ** 0.85, 3 if history else 0)[: len(platforms_)]
    ):
        mine = np.flatnonzero(at == number)
        weight = shops_.pull.to_numpy()[mine] * open_[mine]
        once = mine[:many] if history else mine[:0]
        found.append(np.concatenate([once, rng.choice(mine, many - len(once), p=weight / weight.sum())]))
    return np.concatenate(found)


def _categories(rng: np.random.Generator, shop: np.ndarray, world: dict[str, Any]) -> np.ndarray:
    """The category (row): what the seller deals in, or anything."""
    categories, enterprises = world["references"].categories, world["enterprises"]
    row = pd.Series(range(len(categories)), categories.category_code)
    main = row.reindex(enterprises.category_code).to_numpy()[world["shops"].enterprise.to_numpy()[shop]]
    return np.where(
        rng.random(len(shop)) < 0.7,
        main,
        rng.choice(len(categories), len(shop), p=category_weights(world["references"])),
    )


def _producers(
    rng: np.random.Generator, shop: np.ndarray, category: np.ndarray, world: dict[str, Any]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The true producer (row), whether the listing is a counterfeit, the brand (row; -1 for none) of each
    listing."""
    enterprises, brands_, references = world["enterprises"], world["brands"], world["references"]
    seller = world["shops"].enterprise.to_numpy()[shop]
    makes = np.flatnonzero((enterprises.role != "trader").to_numpy())
    order = makes[np.argsort(enterprises.category_code.to_numpy()[makes], kind="stable")]
    sorted_codes = enterprises.category_code.to_numpy()[order].astype(str)
    code = references.categories.category_code.to_numpy()[category].astype(str)
    low, high = np.searchsorted(sorted_codes, code), np.searchsorted(sorted_codes, code, "right")
    producer = order[(low + (high - low) * rng.random(len(shop)) ** 1.7).astype(np.int64)]
    own = (enterprises.role == "both").to_numpy()[seller] & (
        enterprises.category_code.to_numpy()[seller].astype(str) == code
    )
    own &= rng.random(len(shop)) < 0.8
    producer = np.where(own, seller, producer)
    first_brand = (
        brands_.reset_index()
        .groupby("owner")["index"]
        .first()
        .reindex(range(len(enterprises)), fill_value=-1)
        .to_numpy()
    )
    ring = enterprises.ring.to_numpy()[seller]
    false_goods = (ring >= 0) & (rng.random(len(shop)) < 0.6)
    of_ring = enterprises.index[(enterprises.ring >= 0) & (enterprises.role != "trader")].to_numpy()
    known = rng.integers(0, min(FAMOUS, len(brands_)), len(shop))
    if len(of_ring):
        true_maker = of_ring[(ring * 2 + rng.integers(0, 2, len(shop))) % len(of_ring)]
        producer = np.where(false_goods, true_maker, producer)
    return producer, false_goods & (len(of_ring) > 0), np.where(false_goods, known, first_brand[producer])


def numbered(platform: np.ndarray, codes: np.ndarray, letter: str, width: int) -> pd.Series:
    """Return identifiers such as P07-L0000012, one per row: the platform's code, a ``letter``, and a number
    that counts from 1 within the platform in order of rows. ``platform``: platform (row) of each row;
    ``codes``: the platform codes; ``width``: least number of digits."""
    count = pd.Series(platform).groupby(platform).cumcount().to_numpy() + 1
    return text(joined(codes[platform], f"-{letter}", digits(count, width)))


def _titles(seed: int, listings_: pd.DataFrame, references: References, brands_: pd.DataFrame) -> pa.Array:
    """Brand, what the goods are called, two features and the model; one without a brand says at its end that
    it is made up. A brand promises the same of all its goods of a kind, and mostly calls them the same."""
    brand = listings_.brand.to_numpy()
    luck = stream(seed, "titles").random((len(listings_), 4))
    own = (brand < 0)[:, None] | (luck[:, 3:] < np.array([[OWN_WORDS, 0.0, 0.0]]))
    of_brand = stream(seed, "titles", "brands").random((len(brands_) + 1, 3))[brand]
    luck = np.where(own, luck[:, :3], of_brand)
    codes = listings_.category_code.to_numpy(object)
    called, promised = np.empty(len(codes), object), np.empty(len(codes), object)
    for code, name in zip(references.categories.category_code, references.categories.name_zh, strict=True):
        at = np.flatnonzero(codes == code)
        nouns, features = GOODS.get(code, ((name,), ("",)))
        first = (luck[at, 1] * len(features)).astype(int)
        second = (first + 1 + (luck[at, 2] * (len(features) - 1)).astype(int)) % len(features)
        called[at] = np.array(nouns, object)[(luck[at, 0] * len(nouns)).astype(int)]
        promised[at] = np.array([f"{a} {b}" for a in features for b in features], object)[
            first * len(features) + second
        ]
    named = np.append(brands_.name_zh.to_numpy(), "")[brand]
    end = np.where(brand < 0, words.SYNTHETIC, "")
    return joined(named, called, " ", promised, " ", listings_.model, end)


def finished(
    seed: int, listings_: pd.DataFrame, references: References, brands_: pd.DataFrame, codes: np.ndarray
) -> pd.DataFrame:
    """Return the listings of all blocks with the columns listing_id, title, barcode and certificate_no (null
    where `certified` is false) added and `certified` removed. ``listings_``: rows of `listings`, all blocks
    in order; ``references``, ``brands_``: those of World; ``codes``: the platform codes."""
    rows = np.arange(len(listings_))
    certificate = joined("2024", digits(rows % 97 + 1, 2), digits(rows + 1, 9))
    return listings_.drop(columns="certified").assign(
        listing_id=numbered(listings_.platform.to_numpy(), codes, "L", 7),
        title=text(_titles(seed, listings_, references, brands_)),
        barcode=text(identities.barcodes(rows)),
        certificate_no=text(
            arrow(np.where(listings_.certified, np.array(certificate.to_pylist(), object), NOTHING))
        ),
    )
