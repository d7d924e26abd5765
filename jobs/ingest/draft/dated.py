"""The dates in a file's name: what changes from one delivery to the next. Pure."""

from __future__ import annotations

import re

_YEAR, _MONTH, _DAY = "(?:19|20)[0-9]{2}", "(?:0[1-9]|1[0-2])", "(?:0[1-9]|[12][0-9]|3[01])"
_ONE_MONTH, _ONE_DAY = "(?:1[0-2]|0?[1-9])", "(?:3[01]|[12][0-9]|0?[1-9])"  # with one digit or two
_HOUR = "(?:[01][0-9]|2[0-3])[0-5][0-9]"  # with its minute
# What a date looks like → its pattern in `delivered`, '' where that language has none for it. The first that
# fits counts, so the longest stand first.
_FORMS = [
    *((f"{_YEAR}{s}{_MONTH}{s}{_DAY}", f"yyyy{p}MM{p}dd") for p, s in (("-", "-"), ("_", "_"), (".", r"\."))),
    (f"{_YEAR}{_MONTH}{_DAY}{_HOUR}[0-5][0-9]", "yyyyMMddHHmmss"),
    (f"{_YEAR}{_MONTH}{_DAY}{_HOUR}", "yyyyMMddHHmm"),
    (f"{_YEAR}{_MONTH}{_DAY}", "yyyyMMdd"),
    (f"{_YEAR}年{_ONE_MONTH}月{_ONE_DAY}日", "yyyy年M月d日"),
    *((f"{_YEAR}{s}{_MONTH}", f"yyyy{p}MM") for p, s in (("-", "-"), ("_", "_"), (".", r"\."))),
    (f"{_YEAR}{_MONTH}", "yyyyMM"),
    (f"{_YEAR}年{_ONE_MONTH}月", "yyyy年M月"),
    (f"{_YEAR}[-_.]?(?:[Qq][1-4]|[Hh][12]|[Ww][0-5][0-9])", ""),
    (f"{_YEAR}年(?:第?[一二三四1-4]季度?|[上下]半年)", ""),
    (f"{_YEAR}年", "yyyy年"),
]
_DATE = re.compile(
    "(?<![0-9])(?:"
    + "|".join(f"({form})" for form, _ in _FORMS)
    + f")(?:[T_-]{_HOUR}(?:[0-5][0-9])?)?(?![0-9])"
)


def undated(name: str, instead: str = "") -> str:
    """Return a file's name with ``instead`` in place of each day, month, quarter, half or week of a year that
    it states, and of the time of day behind a day."""
    return _DATE.sub(lambda _: instead, name)


def named_like(name: str) -> tuple[str, str]:
    """Return the glob of the files that are named as ``name`` is but for their dates, and the `delivered` of
    such a feed: the last date of the name, '' where it has none, or one that `delivered` cannot say, such as
    a quarter. A date means its first day."""
    plain = re.sub(r"[\[\]*?{}]", "?", name)
    dates = list(_DATE.finditer(plain))
    glob = undated(plain, "*")
    pattern = "" if not dates else _FORMS[dates[-1].lastindex - 1][1]  # type: ignore[operator]  # one matched
    if not pattern:
        return glob, ""
    # At most one * may stand before the date (`compile_delivery`): it stands for all up to the date before.
    before = plain[dates[-2].end() if len(dates) > 1 else 0 : dates[-1].start()]
    return glob, f"{'*' if len(dates) > 1 else ''}{before}{{{pattern}}}"
