"""Exact factors between units, as Chinese feeds write the units of results and limits. Only the units named
here are read, each in one meaning, so that no text becomes a unit by chance; pint knows how they convert.
Pure."""

from __future__ import annotations

import re
import unicodedata
from fractions import Fraction
from functools import lru_cache

import pint

# pint's name → spellings. A unit that is no measure of a physical quantity (grade, times, dB, ℃ …) is a
# separate dimension: it equals itself only. So a temperature is never taken for a rise of temperature, nor
# dB(A) for dB.
_SPELLINGS = {
    "t": "t 吨",
    "kg": "kg 千克 公斤",
    "g": "g 克",
    "mg": "mg 毫克",
    "ug": "μg ug 微克",
    "ng": "ng 纳克",
    "km": "km 千米 公里",
    "m": "m 米",
    "dm": "dm 分米",
    "cm": "cm 厘米",
    "mm": "mm 毫米",
    "um": "μm um 微米",
    "nm": "nm 纳米",
    "L": "L l 升",
    "dL": "dL dl 分升",
    "mL": "mL ml 毫升",
    "uL": "μL μl uL 微升",
    "s": "s 秒",
    "min": "min 分钟",
    "h": "h 小时",
    "day": "d 天 日",
    "A": "A 安",
    "mA": "mA 毫安",
    "uA": "μA uA 微安",
    "V": "V 伏",
    "mV": "mV 毫伏",
    "kV": "kV 千伏",
    "ohm": "Ω 欧 欧姆",
    "mohm": "mΩ 毫欧",
    "kohm": "kΩ 千欧",
    "Mohm": "MΩ 兆欧",
    "W": "W 瓦",
    "kW": "kW 千瓦",
    "J": "J 焦",
    "kJ": "kJ 千焦",
    "N": "N 牛",
    "kN": "kN 千牛",
    "Pa": "Pa 帕",
    "kPa": "kPa 千帕",
    "MPa": "MPa 兆帕",
    "GPa": "GPa",
    "Hz": "Hz 赫兹",
    "kHz": "kHz",
    "MHz": "MHz",
    "lm": "lm 流明",
    "lx": "lx 勒克斯",
    "cd": "cd 坎德拉",
    "mol": "mol 摩尔",
    "mmol": "mmol",
    "Bq": "Bq",
    "percent": "% 百分比",
    "permille": "‰ 千分比",
    "ppm": "ppm",
    "ppb": "ppb",
    "kelvin": "K 开",
}
_OWN = {
    "own_grade": "级",
    "own_times": "次",
    "own_piece": "个 件 只 粒 片 枚",
    "own_colony": "CFU cfu",
    "own_probable": "MPN",
    "own_decibel": "dB 分贝",
    "own_celsius": "°C 摄氏度",
    "own_activity": "IU",
    "own_turn": "r 转",
}
_NAMES = {
    text: name for table in (_SPELLINGS, _OWN) for name, texts in table.items() for text in texts.split()
}
_NONE = frozenset({"", "/", "-", "—", "--", "无", "无量纲", "1", "pH", "pH值"})
_FACTOR = re.compile(r"(?P<number>[1-9][0-9]{0,4})?(?P<atom>[^\W\d_]+|[%‰]|°C)(?:\^?(?P<power>-?[1-9]))?")
_SUPERSCRIPTS = {ord(c): f"^{n}" for n, c in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")} | {ord("⁻"): "^-"}
LONGEST = 24  # characters of a unit


class UnitError(ValueError):
    """Raised where two units cannot be compared. ``reason``: `unit_missing` (one of the two is not stated),
    `unit_unknown` (it is none of the units of this module) or `unit_incommensurable` (they measure different
    things)."""

    def __init__(self, reason: str, detail: str):
        super().__init__(f"{reason}: {detail}")
        self.reason = reason


def plain(text: str) -> str:
    """Return a text in one spelling: full-width characters as half-width, raised powers as ^3, micro and ohm
    signs as Greek letters, all minus signs and dashes as `-`, without blanks at the ends."""
    powered = text.translate(_SUPERSCRIPTS).replace("^-^", "^-")
    return (
        unicodedata.normalize("NFKC", powered)
        .translate(str.maketrans("−–—―‐‑‒", "-------"))
        .replace("⋅", "·")
        .strip()
    )


@lru_cache(maxsize=4096)
def unit_of(text: str | None) -> str:
    """Return a unit in one spelling: as `plain`, without any blanks. '' where the text states no unit; a
    missing text, `/`, a dash, `1`, `pH` and 无量纲 count as that. Unknown units are not refused."""
    form = re.sub(r"\s", "", plain(text or ""))
    return "" if form in _NONE else form


@lru_cache(maxsize=4096)
def factor(given: str | None, wanted: str | None) -> Fraction:
    """Return the exact number by which a value in the unit ``given`` is multiplied to be in the unit
    ``wanted``: from g to mg it is 1000. Either text may be spelt in any way that `unit_of` understands.

    Two units of the same text are equal, even if the unit is unknown; so are two missing ones. Mass fractions
    are one dimension: 0.1% is 1000 mg/kg. Raises UnitError where only one unit is missing, where one of two
    different units is unknown, or where they are of different dimensions (mg/kg and mg/m³, a grade and a
    count)."""
    one, other = unit_of(given), unit_of(wanted)
    if one == other:
        return Fraction(1)
    if not one or not other:
        raise UnitError("unit_missing", f"{given!r} and {wanted!r}")
    try:
        return Fraction(_quantity(one).to(_quantity(other).units).magnitude) / _quantity(other).magnitude
    except pint.DimensionalityError as error:
        raise UnitError("unit_incommensurable", f"{given!r} and {wanted!r}") from error


@lru_cache(maxsize=1)
def _registry() -> pint.UnitRegistry[Fraction]:
    registry: pint.UnitRegistry[Fraction] = pint.UnitRegistry(non_int_type=Fraction, cache_folder=None)
    for name in _OWN:
        registry.define(f"{name} = [{name}]")
    return registry


def _quantity(form: str) -> pint.Quantity[Fraction]:
    """One of the unit: factors joined by · * × or ., those after a slash below the line (g/100g, mg/(m^2·h),
    N/5cm)."""
    if len(form) > LONGEST:
        raise UnitError("unit_unknown", form[:LONGEST])
    above, *below = re.split(r"/", form)
    product = _product(above, form)
    for part in below:
        product = product / _product(
            part[1:-1] if part.startswith("(") and part.endswith(")") else part, form
        )
    return product


def _product(text: str, whole: str) -> pint.Quantity[Fraction]:
    registry = _registry()
    product = registry.Quantity(Fraction(1), registry.dimensionless)
    for piece in re.split(r"[·*×.]", text):
        found = _FACTOR.fullmatch(piece)
        name = _NAMES.get(found["atom"]) if found else None
        if found is None or name is None:
            raise UnitError("unit_unknown", whole)
        one = registry.Quantity(Fraction(int(found["number"] or 1)), registry.Unit(name))
        product = product * one ** int(found["power"] or 1)
    return product
