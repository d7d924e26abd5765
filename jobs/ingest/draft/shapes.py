"""Recognise the form of a column's values: days and their patterns, numbers, codes with check digits, places,
conclusions, telephone numbers. A kind is a form that a value either has or not, such as `barcode`."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import pyarrow as pa
from stdnum import ean
from stdnum.cn import uscc

from jobs.contracts.model import Column
from jobs.environment import SCHEMAS
from jobs.ingest.numbers import NUMBER
from jobs.ingest.patterns import local_days
from jobs.ingest.source_files import read_lookup, roots_of

_LONGEST = 200  # characters of a value by which its kind is judged
SAMPLED = 500  # distinct values of a column that are looked at
# Days first, then times; the first that fits most values is taken, then those that fit what is left.
DAYS = (
    *("yyyy-MM-dd", "yyyy/MM/dd", "yyyy/M/d", "yyyy-M-d", "yyyy.MM.dd", "yyyy.M.d", "yyyyMMdd"),
    *(
        "yyyy年M月d日",
        "yyyy年MM月dd日",
        "dd/MM/yyyy",
        "MM/dd/yyyy",
        "d/M/yyyy",
        "M/d/yyyy",
        "dd.MM.yyyy",
        "d MMM yyyy",
        "d-MMM-yyyy",
        "MMM d, yyyy",
        "MMMM d, yyyy",
    ),
)
TIMES = tuple(
    f"{day}{gap}{time}"
    for day in ("yyyy-MM-dd", "yyyy/MM/dd", "yyyy/M/d", "yyyy-M-d")
    for gap, time in ((" ", "HH:mm:ss"), (" ", "HH:mm"), ("'T'", "HH:mm:ss"), (" ", "H:mm:ss"), (" ", "H:mm"))
)
OUTCOMES = {
    **dict.fromkeys(
        ("合格", "符合", "未发现不合格", "所检项目合格", "所检项目未发现不合格", "符合要求"), "conforming"
    ),
    **dict.fromkeys(("不合格", "不符合", "不符合要求"), "nonconforming"),
    **dict.fromkeys(("不判定", "未判定", "/"), "not_judged"),
}
# Words for yes and no, by pairs.
BOOLEANS = (
    *(("是", "否"), ("√", "×"), ("有", "无"), ("已", "未"), ("1", "0"), ("true", "false"), ("TRUE", "FALSE")),
    *(("Y", "N"), ("y", "n"), ("Yes", "No")),
)
_SAID = frozenset(word for pair in BOOLEANS for word in pair)
_UNSURE = ("dd/MM/yyyy", "MM/dd/yyyy", "d/M/yyyy", "M/d/yyyy")
_PLATFORMS = re.compile(
    r"淘宝|天猫|京东|拼多多|苏宁|唯品会|抖音|快手|小红书|亚马逊|当当|1688|阿里巴巴|微信|美团|饿了么|得物|国美|考拉|速卖通|小米有品",
    re.IGNORECASE,
)
_PHONE = re.compile(r"(?:\+?86)?[ -]?1[3-9][0-9][ -]?[0-9]{4}[ -]?[0-9]{4}|0[0-9]{2,3}-?[0-9]{7,8}")
_ID = re.compile(r"[1-8][0-9]{16}[0-9Xx]")
_NUMBER = re.compile(r"[-+]?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]+)?")
# An amount of money: a number, in which commas may set thousands apart, and its unit before or behind it.
MONEY = re.compile(
    "(?P<before>人民币|RMB|CNY|[¥￥])? ?(?P<number>[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?P<places>[.][0-9]+)? ?"
    "(?P<unit>分|角|元|千元|万元|百万元|亿元)?"
)
_URL = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_STANDARD = re.compile(r"(?:GB|QB|FZ|HG|JB|SN|NY|DB|YY|T/|Q/|ISO|IEC|EN)[ /T0-9A-Z.]*[0-9]+.*")
# A day with its year first, somewhere in a value: group 1. RE2 looks neither ahead nor behind.
DAY = re.compile(
    "(?:^|[^0-9])((?:19|20)[0-9]{2}(?:-[0-9]{1,2}-[0-9]{1,2}|/[0-9]{1,2}/[0-9]{1,2}|[.][0-9]{1,2}[.][0-9]{1,2}"
    "|年[0-9]{1,2}月[0-9]{1,2}日))(?:[^0-9]|$)"
)
_SHORT = 60  # characters of a value that may be a day with something beside it
# Cells that usually mean that there is nothing; 无 (none) and / also are words for no and for not judged.
EMPTY = ("", "/", "-", "—", "--", "无", "N/A", "n/a")
_KINDS: Mapping[str, Callable[[str], bool]] = {
    "credit code": lambda v: len(v) == 18 and uscc.is_valid(v),
    "identity number": lambda v: bool(_ID.fullmatch(v)),
    "barcode": lambda v: v.isdecimal() and len(v) in (8, 12, 13) and ean.is_valid(v),
    "telephone": lambda v: bool(_PHONE.fullmatch(v)),
    "address of a page": lambda v: bool(_URL.match(v)),
    "standard": lambda v: bool(_STANDARD.fullmatch(v)),
    "platform": lambda v: len(v) <= 20 and bool(_PLATFORMS.search(v)),
    "conclusion": lambda v: v in OUTCOMES and v != "/",
    "yes or no": lambda v: v in _SAID,
    "number": lambda v: bool(_NUMBER.fullmatch(v)),
    "plain number": lambda v: bool(NUMBER.fullmatch(v)),
    "amount": lambda v: bool(MONEY.fullmatch(v)),
}
PERSONAL = ("telephone", "identity number")  # kinds whose values are never shown


@dataclass(frozen=True)
class Shapes:
    """The form of a column's values; all shares are 0-1.

    ``values``: different ones in the file's order, at most SAMPLED, without empty ones; ``shares``: kind →
    share of them; ``patterns``: date or time patterns, in the order in which they are tried, and ``dated``,
    the share that they fit; ``held``, ``holding``: patterns of days within longer values (`2026-01-02/A17`)
    and the share of values that hold one, only where it is greater than ``dated``.
    """

    values: tuple[str, ...] = ()
    shares: Mapping[str, float] = field(default_factory=dict)
    patterns: tuple[str, ...] = ()
    dated: float = 0.0
    held: tuple[str, ...] = ()
    holding: float = 0.0

    @property
    def certain(self) -> bool:
        """Whether one of the first two numbers of some value is above 12, so that days and months cannot be
        swapped."""
        numbers = [re.findall("[0-9]+", value)[:2] for value in self.values]
        return any(max(map(int, found)) > 12 for found in numbers if len(found) == 2)

    def share(self, kind: str) -> float:
        """The share (0–1) of the values that are of this kind; 0 for an unknown kind."""
        return self.shares.get(kind, 0.0)

    @property
    def kind(self) -> str:
        """What at least 80% of the values are: `date`, else the most frequent kind of ``shares``; `text`
        where no kind is so frequent."""
        if self.dated >= 0.8:
            return "date"
        best = max(self.shares, key=lambda kind: self.shares[kind], default="")
        return best if best and self.shares[best] >= 0.8 else "text"


@lru_cache(maxsize=1)
def region_names() -> Mapping[str, str]:
    """Name of a province or prefecture → its code of six digits, from `lookups/region_name.csv` in
    schemas/."""
    return read_lookup("region_name", roots_of([SCHEMAS]))


@lru_cache(maxsize=1)
def provinces() -> tuple[str, ...]:
    """The shortest name of each province (广东, not 广东省), to recognise an address by its beginning."""
    names: dict[str, str] = {}
    for name, code in region_names().items():
        if code.endswith("0000") and (code not in names or len(name) < len(names[code])):
            names[code] = name
    return tuple(names.values())


@lru_cache(maxsize=1)
def address() -> re.Pattern[str]:
    """A pattern for the beginning of an address: a province, or a name with the ending of a prefecture; group
    1 is the name."""
    return re.compile(f"^(?:中国)?({'|'.join(provinces())}|[^省市区县]{{2,10}}?(?:市|自治州|地区|盟))")


def place(value: str) -> str | None:
    """How a value names a region: 'code' (six digits), 'name' (one of `region_names`) or 'address' (it begins
    with a province or prefecture); None where it does not."""
    if re.fullmatch("[1-8][0-9]{5}", value):
        return "code"
    if value in region_names():
        return "name"
    begins = address().match(value)
    return "address" if begins and begins[1] in region_names() else None


def look(values: Iterable[str | None]) -> Shapes:
    """Recognise the form of a column's values, in the file's order. Nulls and signs for an empty value (`/`,
    `无` …) are left out; the first SAMPLED different values are looked at."""
    distinct: dict[str, None] = {}
    for value in values:
        text = (value or "").strip()
        if text not in EMPTY:
            distinct.setdefault(text)
            if len(distinct) >= SAMPLED:
                break
    if not distinct:
        return Shapes()
    shown = tuple(distinct)
    short = [value[:_LONGEST] for value in shown]
    shares = {kind: sum(map(is_kind, short)) / len(short) for kind, is_kind in _KINDS.items()}
    for kind in ("code", "name", "address"):
        shares[f"region {kind}"] = sum(place(v) == kind for v in short) / len(short)
    patterns, dated = _patterns(shown)
    days = [found[1] for value in shown if len(value) <= _SHORT and (found := DAY.search(value))]
    more = len(days) / len(shown) > dated
    held, fitting = _patterns(days) if more else ((), 0.0)
    kinds = {kind: share for kind, share in shares.items() if share}
    return Shapes(shown, kinds, patterns, dated, held, fitting * len(days) / len(shown))


def _patterns(values: Sequence[str]) -> tuple[tuple[str, ...], float]:
    """The fewest patterns for the values that any fits, and their share; numbers of eight digits are days
    only where all of them are."""
    left = pa.array([v for v in values if 8 <= len(v) <= _SHORT and re.search("[0-9]", v)], pa.string())
    chosen: list[str] = []
    total, dated = len(values), 0
    while len(left):
        fits = {p: ~np.isnat(local_days(left, [p])) for p in (*DAYS, *TIMES)}
        best = max(fits, key=lambda p: int(fits[p].sum()))
        if not fits[best].any() or (best == "yyyyMMdd" and fits[best].sum() < 0.8 * total and not chosen):
            break
        chosen.append(best)
        dated += int(fits[best].sum())
        left = left.filter(pa.array(~fits[best]))
    return tuple(chosen), dated / total


def fit(shapes: Shapes, column: Column) -> tuple[float | None, str]:
    """The share (0-1) of the distinct values that were looked at with the form that ``column`` needs, and the
    name of that form, as the reasons of a draft show it; (None, '') where any text will do, and (0.0, 'name')
    where a name or text is needed and most values are days, numbers or codes."""
    name, key = column.name, column.foreign_key
    if column.type in ("date", "timestamp") or (name.endswith("_on") and column.type == "string"):
        unsure = any(pattern in _UNSURE for pattern in shapes.patterns) and not shapes.certain
        return max(shapes.dated, shapes.holding), "date, day or month first?" if unsure else "date"
    if column.type == "boolean":
        return shapes.share("yes or no"), "yes or no"
    if column.type in ("int", "bigint", "double") or column.type.startswith("decimal"):
        plain = shapes.share("plain number")
        return max(plain, shapes.share("amount") if column.unit == "currency" else 0.0), "number"
    if column.credit_code:
        return shapes.share("credit code"), "credit code"
    if name == "barcode":
        return shapes.share("barcode"), "barcode"
    if key is not None and key.table == "silver.region":
        return sum(shapes.share(f"region {kind}") for kind in ("code", "name", "address")), "region"
    if name in ("outcome", "lab_verdict"):
        return shapes.share("conclusion"), "conclusion"
    if column.personal == "phone":
        return shapes.share("telephone"), "telephone"
    if name == "url":
        return shapes.share("address of a page"), "address of a page"
    if name.endswith("_name") or name in ("brand", "title", "text"):
        strange = max((shapes.dated, *(shapes.share(k) for k in ("credit code", "telephone", "number"))))
        return (0.0, "name") if strange >= 0.8 else (None, "")
    return None, ""


_ALONE = {  # kinds that say by themselves which column is meant, and how surely
    "credit code": (0.55, lambda c: c.credit_code),
    "barcode": (0.55, lambda c: c.name == "barcode"),
    "conclusion": (0.55, lambda c: c.name in ("outcome", "lab_verdict")),
    "platform": (0.55, lambda c: c.name == "platform_code"),
    "region name": (0.45, lambda c: c.foreign_key is not None and c.foreign_key.table == "silver.region"),
    "address of a page": (0.45, lambda c: c.name in ("url", "listing_id")),
    "standard": (0.5, lambda c: c.name == "standard_no"),
    "telephone": (0.5, lambda c: c.personal == "phone"),
}


def suggested(shapes: Shapes, columns: Collection[Column]) -> Iterator[tuple[str, float, str]]:
    """Yield the columns that the values alone suggest, each as its name, a score (0–1) and the reason."""
    for kind, (score, wanted) in _ALONE.items():
        if shapes.share(kind) >= 0.8:
            for column in filter(wanted, columns):
                yield column.name, score, f"values are: {kind}"
