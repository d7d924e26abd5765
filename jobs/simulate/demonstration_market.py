"""The made-up market of the demonstration: makers, shops and listings on three platforms."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random

from jobs.errors import UsageError
from jobs.simulate import demonstration_words as words

USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # GB 32100-2015: without I O S V Z
SHOPS = 80
ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


@dataclass(frozen=True)
class References:
    """What the market is built on: level-2 categories (code → zh, en), provinces (code → short name), their counties."""

    categories: dict[str, tuple[str, str]]
    provinces: dict[str, str]
    counties: dict[str, list[str]]


@dataclass(frozen=True)
class Maker:
    name: str
    uscc: str
    region_code: str


@dataclass(frozen=True)
class Shop:
    number: int
    platform: str
    name: str
    operator_name: str
    operator_uscc: str
    company: bool
    region_code: str
    opened_on: date


@dataclass(frozen=True)
class Listing:
    number: int
    platform: str
    shop: Shop
    brand: str
    model: str
    category_code: str
    product_name: str
    maker: Maker | None  # None: the page names no maker
    barcode: str
    price_fen: int
    listed_on: date
    updated_at: str  # local time, yyyy-MM-dd HH:mm:ss
    units_sold: int

    @property
    def title(self) -> str:
        return f"{self.brand} {self.product_name} 型号{self.model}"


@dataclass(frozen=True)
class Market:
    shops: list[Shop]
    listings: list[Listing]


def read_references(folder: Path) -> References:
    """Categories and regions in force from the reference files `product_category.csv` and `region.csv`; UsageError if absent."""
    categories = {
        row["category_code"]: (row["name_zh"], row["name_en"])
        for row in _rows(folder / "product_category.csv")
        if row["level"] == "2" and row["category_code"][:2] in words.FAILING_SHARE
    }
    regions = [row for row in _rows(folder / "region.csv") if not row.get("valid_to") and row["region_code"] < "700000"]
    provinces = {r["region_code"]: r["short_name_zh"] for r in regions if r["level"] == "province"}
    counties: dict[str, list[str]] = {code: [] for code in provinces}
    for region in regions:
        if region["level"] == "county":
            counties[region["region_code"][:2] + "0000"].append(region["region_code"])
    return References(categories, provinces, {code: sorted(found) or [code] for code, found in counties.items()})


def _rows(path: Path) -> Iterable[dict[str, str]]:
    if not path.is_file():
        raise UsageError(f"{path}: the reference file is absent")
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def uscc(region_code: str, random: Random) -> str:
    """A unified social credit code of a company with valid check characters (GB 32100-2015, GB 11714-1997)."""
    organisation = "".join(random.choice("0123456789") for _ in range(8))
    rest = 11 - sum(int(c) * w for c, w in zip(organisation, ORGANISATION_WEIGHTS)) % 11
    body = f"91{region_code}{organisation}{'0' if rest == 11 else 'X' if rest == 10 else rest}"
    total = sum(USCC_ALPHABET.index(c) * pow(3, i, 31) for i, c in enumerate(body))
    return body + USCC_ALPHABET[(31 - total % 31) % 31]


def build_market(references: References, seed: int) -> Market:
    """Makers, SHOPS shops a platform and their listings; the same seed gives the same market."""
    random = Random(f"{seed}:market")
    makers = [_maker(references, random) for _ in range(160)]
    shops: list[Shop] = []
    listings: list[Listing] = []
    for number, platform in enumerate(words.PLATFORMS, start=1):
        own = [_shop(10_000 * number + i, platform.code, references, random) for i in range(SHOPS)]
        shops += own
        for i in range(platform.listings):
            listings.append(_listing(100_000 * number + i, platform.code, random.choice(own), makers, references, random))
    return Market(shops, listings)


def pick_county(weights: dict[str, int], references: References, random: Random) -> str:
    """A county: its province by weight (1 where not named), then evenly."""
    codes = list(references.provinces)
    code = random.choices(codes, [weights.get(c[:2], 1) for c in codes])[0]
    return random.choice(references.counties[code])


def _maker(references: References, random: Random) -> Maker:
    region = pick_county(words.MAKER_PROVINCES, references, random)
    place = references.provinces[region[:2] + "0000"]
    name = f"合成{place}{random.choice(words.MAKER_WORDS)}{random.randint(1, 99)}号制造有限公司"
    return Maker(name, uscc(region, random), region)


def _shop(number: int, platform: str, references: References, random: Random) -> Shop:
    region = pick_county(words.SELLER_PROVINCES, references, random)
    place = references.provinces[region[:2] + "0000"]
    company = random.random() < 0.7
    name = f"演示{place}{random.choice(words.SHOP_WORDS)}店{number % 10_000}"
    operator = f"合成{place}{random.choice(words.MAKER_WORDS)}{'商贸有限公司' if company else '商行'}"
    opened = date(2016, 1, 1) + timedelta(days=random.randint(0, 2900))
    return Shop(number, platform, name, operator, uscc(region, random) if company else "", company, region, opened)


def _listing(number: int, platform: str, shop: Shop, makers: list[Maker], references: References, random: Random) -> Listing:
    category = random.choice(list(references.categories))
    listed = words.FIRST_DAY - timedelta(days=random.randint(0, 300))
    updated = words.FIRST_DAY + timedelta(days=random.randint(0, 500))
    return Listing(
        number=number,
        platform=platform,
        shop=shop,
        brand=random.choice(words.BRANDS),
        model=f"{random.choice('ABCDEFGHK')}{random.choice('KLMNPRTX')}-{random.randint(100, 9999)}",
        category_code=category,
        product_name=references.categories[category][0],
        maker=None if random.random() < 0.06 else random.choice(makers),
        barcode=f"69{random.randint(0, 10**11 - 1):011d}",
        price_fen=round(100 * words.MIDDLE_PRICE[category[:2]] * random.lognormvariate(0, 0.5)),
        listed_on=listed,
        updated_at=f"{updated.isoformat()} {random.randint(0, 23):02d}:{random.randint(0, 59):02d}:{random.randint(0, 59):02d}",
        units_sold=1 + int(random.lognormvariate(5, 1.3)),
    )
