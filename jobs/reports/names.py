"""Names of codes in both languages, and the paths of units' pages."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from jobs.contracts.glossary import item_names
from jobs.deployment import deployment
from jobs.reports.material import Night
from jobs.reports.numbers import minus, missing
from jobs.reports.wording import PLAN_TYPE, Text, label, same

NATION = Text(deployment().name_zh, deployment().name_en)
NATION_CODE = deployment().code
UNKNOWN = Text("不明", "Unknown")
_PLAIN = re.compile("[A-Za-z0-9_-]{1,64}")
# ISO 3166-2:CN, the letters that stand on the English tile map, where a full name has no room.
_LETTERS = (
    "110000 BJ 120000 TJ 130000 HE 140000 SX 150000 NM 210000 LN 220000 JL 230000 HL 310000 SH "
    "320000 JS 330000 ZJ 340000 AH 350000 FJ 360000 JX 370000 SD 410000 HA 420000 HB 430000 HN "
    "440000 GD 450000 GX 460000 HI 500000 CQ 510000 SC 520000 GZ 530000 YN 540000 XZ 610000 SN "
    "620000 GS 630000 QH 640000 NX 650000 XJ 710000 TW 810000 HK 820000 MO"
).split()
LETTERS = dict(zip(_LETTERS[::2], _LETTERS[1::2], strict=True))


@dataclass(frozen=True)
class Kind:
    """A dimension whose units have pages. ``folder``: of these pages below site/; ``listed``: path of the
    page that lists the units; ``one``, ``many``: what one unit and several are called; ``role``: for regions,
    whose region the rates are counted by (region_role of gold.detection_rate: seller), '' for others."""

    dimension: str
    folder: str
    listed: str
    one: Text
    many: Text
    role: str = ""


KINDS = {
    "platform": Kind(
        "platform", "platforms", "platforms.html", Text("平台", "Platform"), Text("各平台", "Platforms")
    ),
    "region": Kind(
        "region", "regions", "regions.html", Text("地区", "Region"), Text("各地区", "Regions"), "seller"
    ),
    "category": Kind(
        "category", "categories", "categories.html", Text("品类", "Category"), Text("各品类", "Categories")
    ),
    "cluster": Kind(
        "cluster",
        "clusters",
        "clusters.html",
        Text("产业集群", "Industrial cluster"),
        Text("各产业集群", "Industrial clusters"),
    ),
}

# Those whose work is supervised beside the market: pages of their own, no part of comparisons of units.
PARTIES = {
    "lab": Kind("lab", "labs", "labs.html", Text("检验机构", "Laboratory"), Text("检验检测", "Laboratories")),
    "brand": Kind("brand", "brands", "brands.html", Text("品牌", "Brand"), Text("品牌", "Brands")),
}


@dataclass(frozen=True)
class Names:
    """Names of regions, categories, platforms, clusters, plans, laboratories and brands. ``by_dimension``:
    dimension (such as `lab`) → code → name; ``paged``: dimension → codes of the units that have a page."""

    by_dimension: dict[str, dict[str, Text]]
    paged: dict[str, set[str]]

    def of(self, dimension: str, code: str) -> Text:
        """Return the name of a code; the code itself where no reference has it, 不明 / "Unknown" where it is
        missing or `unknown`, and the nation's name for the dimension `nation`."""
        if dimension == "nation":
            return NATION
        if missing(code) or code == "unknown":
            return UNKNOWN
        return self.by_dimension.get(dimension, {}).get(code, same(code))

    def href(self, dimension: str, code: str) -> str | None:
        """Return the path of the unit's page below site/, index.html for the nation; None where the unit has
        no page."""
        if dimension == "nation":
            return "index.html"
        if code not in self.paged.get(dimension, set()):
            return None
        folder = "plans" if dimension == "plan" else (KINDS | PARTIES)[dimension].folder
        return f"{folder}/{page_name(code)}"


def names(night: Night, met: Callable[[str], set[str]]) -> Names:
    """Return the names of all codes in the night's reference tables, and which units have a page: provinces;
    laboratories of the reference table; brands that `brands_to_read_of` returns; platforms, categories,
    clusters and plans of the reference tables or with samples, except `unknown`. ``met``: a function that
    returns the codes of a dimension that have samples."""
    region = night.frame("silver.region")
    shown_zh = region["short_name_zh"].where(region["short_name_zh"].notna(), region["name_zh"])
    known = {
        "region": _pairs(region["region_code"], shown_zh, region["name_en"]),
        "category": _named(night.frame("silver.product_category"), "category_code"),
        "platform": _named(night.frame("silver.platform"), "platform_code"),
        "cluster": _named(night.frame("silver.industrial_cluster"), "cluster_code"),
        "plan": _plans(night.frame("silver.sampling_plan")),
        "lab": _named(night.frame("silver.lab"), "lab_id"),
        "brand": _named(night.frame("silver.brand"), "brand_id"),
    }
    paged = {
        kind: (set(known[kind]) | met(kind)) - {"unknown"}
        for kind in ("platform", "category", "cluster", "plan")
    }
    parties = {"lab": set(known["lab"]), "brand": brands_to_read_of(night)}
    return Names(known, paged | parties | {"region": set(provinces(region)["region_code"])})


def brands_to_read_of(night: Night) -> set[str]:
    """Return the ids of the brands of the register (silver.brand) of which a page can say more than who owns
    them: with a report of a counterfeit, goods listed again, a batch that failed and may be public, or a rate
    of enough batches. Most brands of a large register have none of these."""
    brand, bulletin, rates = (
        night.frame(t) for t in ("silver.brand", "gold.bulletin", "gold.detection_rate")
    )
    failed = bulletin["disclosure"].isin(["published", "due"]) & (
        bulletin["final_outcome"] == "nonconforming"
    )
    reliable = rates["reliability"].notna() & (rates["reliability"] != "insufficient")  # null: not by design
    shown = (rates["dimension_type"] == "brand") & reliable
    called = {*bulletin.loc[failed, "brand"], *rates.loc[shown, "dimension_code"]}  # both have the name
    cases = [night.frame(t)["brand_id"] for t in ("gold.counterfeit_case", "gold.relisting")]
    ids = brand["brand_id"]
    return set(ids[brand["name_zh"].isin(called) | ids.isin(set().union(*cases))])


def provinces(regions: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of silver.region that are provinces and still exist (no valid_to), sorted by
    `place_in_lists`."""
    kept = regions[(regions["level"] == "province") & regions["valid_to"].map(missing)]
    return kept.sort_values("region_code", key=lambda codes: codes.map(place_in_lists))


def place_in_lists(code: str) -> str:
    """Return the sort key of a region: its code, but Taiwan (71) behind Hong Kong and Macao, as in official
    lists."""
    return f"83{code[2:]}" if code.startswith("71") else code


def page_name(code: str) -> str:
    """Return the file name of a unit's page: the code with .html, or a hash for an empty code, one of more
    than 64 characters, or one with other characters than letters of ASCII, digits, _ and -, as codes come
    from files."""
    return (
        f"{code}.html"
        if _PLAIN.fullmatch(code)
        else f"x-{hashlib.sha256(code.encode()).hexdigest()[:16]}.html"
    )


def english_of_brands(register: pd.DataFrame) -> dict[str, str]:
    """Return the Chinese name of a brand → its English name, of the brands whose register entries state one
    English name. ``register``: columns name_zh and name_en of silver.brand; brands of equal Chinese name with
    different English names are left out."""
    found: dict[str, set[str]] = {}
    both = register[["name_zh", "name_en"]].dropna()
    for zh, en in zip(both["name_zh"], both["name_en"], strict=True):
        found.setdefault(zh, set()).add(en)
    return {zh: next(iter(some)) for zh, some in found.items() if len(some) == 1}


def tested_item(name: str) -> Text:
    """Return the name of a tested item. ``name``: as the laboratory filed it, which is the Chinese; the
    English is that of `schemas/reference/item_name.csv`, or the filed name where the file has none."""
    return Text(name, item_names().get(name, name))


# What laboratories and standards write where nothing is measured, and units that are Chinese words.
_FILED = {
    "符合": "compliant",
    "不符合": "non-compliant",
    "合格": "passed",
    "不合格": "failed",
    "应符合要求": "shall comply",
    "应符合": "shall comply",
    "不得检出": "shall not be detected",
    "文字要求": "stated in words",
    "检出": "detected",
    "未检出": "not detected",
    "次": "cycles",
    "级": "grade",
    "批": "batches",
    "个": "pieces",
}
# The space between a figure and what stands beside it without one.
_BEFORE_SIGN = re.compile(r"(?<=[0-9]) (?=[%‰])")
_UNSPACED = re.compile(r"(?<=[0-9]) (?=[%‰\u4e00-\u9fff])")
# Half a grade of colour fastness or pilling, which test reports write as the grades on either side (GB/T 250,
# GB/T 251, GB/T 4802; ISO 105).
_HALF_GRADE = re.compile(r"([0-9])\.5")


def filed_value(*parts: str) -> Text:
    """Return a value, unit or limit as filed, its non-empty parts joined by spaces, with `minus` signs; %, ‰
    and, in the Chinese, a Chinese unit follow a figure without one: ("90", "次") → 90次 / 90 cycles. Half a
    grade stands between two: ("2.5", "级") → 2-3级 / 2-3 grade. In the English, words that laboratories
    commonly use are translated: ("合格",) → 合格 / passed."""
    shown = [minus(part) for part in parts if part]
    if shown[-1:] == ["级"]:
        shown = [_HALF_GRADE.sub(lambda half: f"{half[1]}-{int(half[1]) + 1}", part) for part in shown]
    english = " ".join(_FILED.get(part, part).replace("，", ", ") for part in shown)
    return Text(_UNSPACED.sub("", " ".join(shown)), _BEFORE_SIGN.sub("", english))


def filed_english(value: str) -> str:
    """Return the English of a value, unit or limit that is filed as a word of `_FILED`; any other unchanged,
    so that a number stays one."""
    return _FILED.get(value, value)


def finding(name: Text, value: Text) -> Text:
    """Return a tested item with its value (`filed_value`) as one phrase: "lead 120 mg/kg"; with a colon
    before a value in words, which fits a name in the plural too: "Small parts: non-compliant"."""
    in_words = bool(value.en) and not re.search(r"[0-9]", value.en)
    zh, en = ("：", ": ") if in_words else (" ", " ")
    return Text(f"{name.zh}{zh}{value.zh}".rstrip(), f"{name.en}{en}{value.en}".rstrip())


def _plans(plans: pd.DataFrame) -> dict[str, Text]:
    """Return plan_id → name as filed; a plan without an English name is called by its type, the month of its
    start and its id."""
    found = {}
    columns = ["plan_id", "name_zh", "name_en", "type", "starts_on"]
    for code, zh, en, kind, start in plans[columns].itertuples(index=False):
        words = [label(PLAN_TYPE, kind).en.capitalize()] if not missing(kind) else ["Samples"]
        words += [f"{start:%B %Y}"] if not missing(start) else []
        found[code] = Text(code if missing(zh) else zh, f"{', '.join(words)} ({code})" if missing(en) else en)
    return found


def _named(frame: pd.DataFrame, key: str) -> dict[str, Text]:
    return _pairs(frame[key], frame["name_zh"], frame["name_en"])


def _pairs(codes: pd.Series, zh: pd.Series, en: pd.Series) -> dict[str, Text]:
    return {c: Text(c if missing(z) else z, _first(e, z, c)) for c, z, e in zip(codes, zh, en, strict=True)}


def _first(*values: object) -> str:
    return next(str(v) for v in values if not missing(v))
