"""Who sells and who makes what: the listings of the world with all that a sample or a complaint says of
them, their sales and their true failing rates."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from jobs.arrays import NOTHING
from jobs.simulate.country.trade import defect_rates, units_sold
from jobs.simulate.country.words import CERTIFICATE_DUE, SCOPED
from jobs.simulate.country.world import World

# Reason for which a sample is referred before the test → how likely that is for goods it applies to.
UNLAWFUL = {"suspected_counterfeit": 0.5, "no_certificate": 0.6, "no_licence": 0.015, "no_maker": 0.01}
# Level-2 categories whose goods need a licence (by their first letters).
LICENCE_DUE = ("BD05", "FC", "CM", "FD01", "FD02", "FD03")


def objects(column: pd.Series) -> np.ndarray:
    """Return a column of text as an object array with None where it is missing."""
    values = column.to_numpy(object)
    return np.where(pd.isna(values), NOTHING, values)


def goods(world: World, rows: np.ndarray) -> pd.DataFrame:
    """Return what an order page, the shop's file and the goods themselves state about listings: one row per
    entry of ``rows`` (rows of World.listings), in their order.

    Columns: listing (row) listing_id title platform_code shop_id category_code product model brand price
    (yuan) barcode standard_no seller (row of World.enterprises) seller_person (bool) seller_type
    seller_person_name seller_uscc seller_name seller_region_code producer (row of World.enterprises)
    producer_name producer_uscc producer_region_code. `product` is the category's Chinese name; a listing
    without a brand has None. A natural person sells under the name of the shop: seller_name is then the
    shop's, and seller_person_name the person's (None for others).
    """
    listings = world.listings.iloc[rows]
    shops = world.shops.iloc[listings["shop"].to_numpy()]
    sellers, makers = (
        _enterprises(world, shops["enterprise"].to_numpy()),
        _enterprises(world, listings["producer"].to_numpy()),
    )
    person = sellers["type"].to_numpy() == "natural_person"
    brands = listings["brand"].to_numpy()
    brand_names = objects(world.brands["name_zh"])
    return pd.DataFrame(
        {
            "listing": rows,
            "listing_id": objects(listings["listing_id"]),
            "title": objects(listings["title"]),
            "platform_code": objects(world.platforms["platform_code"])[listings["platform"].to_numpy()],
            "shop_id": objects(shops["shop_id"]),
            "category_code": (category := objects(listings["category_code"])),
            "product": _category_names(world).reindex(category).to_numpy(object),
            "model": objects(listings["model"]),
            "brand": np.where(brands >= 0, brand_names[np.maximum(brands, 0)], None),
            "price": listings["price"].to_numpy(float),
            "barcode": objects(listings["barcode"]),
            "standard_no": objects(listings["standard_no"]),
            "seller": shops["enterprise"].to_numpy(),
            "seller_person": person,
            "seller_type": objects(sellers["type"]),
            "seller_person_name": np.where(person, objects(sellers["name"]), NOTHING),
            "seller_uscc": objects(sellers["uscc"]),
            "seller_name": np.where(person, objects(shops["name"]), objects(sellers["name"])),
            "seller_region_code": objects(sellers["region_code"]),
            "producer": listings["producer"].to_numpy(),
            "producer_name": objects(makers["name"]),
            "producer_uscc": objects(makers["uscc"]),
            "producer_region_code": objects(makers["region_code"]),
        }
    )


def _category_names(world: World) -> pd.Series:
    """The Chinese names of the categories, which all are of level 2, by their codes. The name serves as the
    kind of product of all its listings."""
    categories = world.references.categories
    return pd.Series(categories["name_zh"].to_numpy(object), categories["category_code"].to_numpy(object))


def _enterprises(world: World, rows: np.ndarray) -> pd.DataFrame:
    return world.enterprises.iloc[rows]


def unlawful_chances(world: World) -> dict[str, np.ndarray]:
    """Return, for each reason for which a sample is referred before the test, an array over World.listings:
    the chance (0–1) that a sample of the listing is referred for it. The reasons exclude each other, so the
    chances of a listing may be added up."""
    listings = world.listings
    left: np.ndarray = np.ones(len(listings))
    chances: dict[str, np.ndarray] = {}
    counterfeit = listings["counterfeit"].to_numpy(bool)
    category = listings["category_code"]
    bares = {
        "suspected_counterfeit": counterfeit,
        # Where a certificate is for some goods alone, one without it may be lawful.
        "no_certificate": listings["certificate_no"].isna().to_numpy()
        & category.isin([c for c in CERTIFICATE_DUE if c not in SCOPED]).to_numpy(),
        "no_licence": category.str.startswith(LICENCE_DUE).to_numpy(bool),
    }
    for reason, chance in UNLAWFUL.items():
        bare = bares.get(reason, True)
        chances[reason] = left * np.where(bare, chance, 0.0)
        left = left - chances[reason]
    return chances


def _first_day(month: np.datetime64 | pd.Timestamp) -> date:
    first: date = np.asarray(month, "datetime64[M]").astype("datetime64[D]").item()
    return first


class Market:
    """The listings of a world as arrays, with the units sold and the true failing rates of each month, which
    are computed once.

    ``category`` (level 2), ``parent`` (level 1), ``province`` (the seller's): for each listing a small
    integer, the place of its code in ``categories``, ``parents``, ``provinces``; ``platform``: row of
    World.platforms.
    """

    def __init__(self, world: World):
        self.world = world
        category = objects(world.listings["category_code"])
        self.category, self.categories = pd.factorize(category, sort=True)
        parent, self.parents = pd.factorize(np.array([c[:2] for c in self.categories], object), sort=True)
        self.parent = parent[self.category]
        seller = world.shops["enterprise"].to_numpy()[world.listings["shop"].to_numpy()]
        region = np.array([c[:2] + "0000" for c in objects(world.enterprises["region_code"])], object)
        province, self.provinces = pd.factorize(region, sort=True)
        self.province = province[seller]
        self.platform = world.listings["platform"].to_numpy()
        self._units: dict[date, np.ndarray] = {}
        self._failing: dict[date, np.ndarray] = {}

    def units(self, month: np.datetime64) -> np.ndarray:
        """Return the units of each listing in the orders of a month: int array over World.listings."""
        first = _first_day(month)
        if first not in self._units:
            self._units[first] = units_sold(self.world, first)
        return self._units[first]

    def sold_from(self, month: np.datetime64, province: str | None) -> np.ndarray:
        """Return a bool array over World.listings: what was sold in a month by sellers of a province (six
        digits; None: of any). Raises IndexError for a province without enterprises."""
        sold = self.units(month) > 0
        if province is None:
            return sold
        return sold & (self.province == np.flatnonzero(self.provinces == province)[0])

    def failing(self, month: np.datetime64, rows: np.ndarray | slice = slice(None)) -> np.ndarray:
        """Return the true share (0–1) of failing units of listings in a month, before any laboratory's bias:
        one number per listing of ``rows`` (all, where not given)."""
        first = _first_day(month)
        if first not in self._failing:
            self._failing[first] = defect_rates(self.world, first)
        return self._failing[first][rows]
