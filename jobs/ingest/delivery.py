"""Find out when a file was delivered: by a date in its name, else by the newest event date in it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jobs.deployment import deployment
from jobs.ingest.patterns import compile_pattern, days_of_instants, local_days, utc_instants

_DAYS = ("yyyy-MM-dd", "yyyyMMdd")
_INSTANTS = ("yyyy-MM-dd'T'HH:mm:ssXXX", "yyyy-MM-dd HH:mm:ss")


@dataclass(frozen=True)
class Delivery:
    """How to find the delivery date in a file's name. ``expression``: a regular expression with the group
    `delivered`; the text of the group, followed by ``first``, is a date that fits ``pattern``."""

    expression: str
    pattern: str
    first: str = ""  # of a name with a month or a year only: the digits of its first day

    def day(self, name: str) -> date | None:
        """The first date in ``name``, a file's name without folders, that fits; None where none does."""
        for found in re.finditer(self.expression, name):
            day = local_days(pa.array([found.group("delivered") + self.first]), [self.pattern])[0]
            if not np.isnat(day):
                found_day: date = day.item()
                return found_day
        return None


@lru_cache(maxsize=512)
def compile_delivery(text: str) -> Delivery:
    """Compile the `delivered` of a feed, such as `listings_{yyyyMMdd}`: literal text, in which * and ? are
    wildcards, around one date pattern in braces. A pattern with a month only (`{yyyyMM}`), or a year, means
    its first day. ValueError where the text is no such pattern."""
    found = re.fullmatch(r"([^{}]*)\{([^{}]+)\}([^{}]*)", text)
    if found is None:
        raise ValueError(f"{text!r} must hold one date pattern in braces, as in listings_{{yyyyMMdd}}")
    before, pattern, after = found.groups()
    if max(before.count("*"), after.count("*")) > 1:  # a name could make it take hours
        raise ValueError(f"{text!r} must hold at most one * on each side of the date")
    stated = re.sub(r"'[^']*'", "", pattern)
    unsaid = [] if "d" in stated else ["day"] if "M" in stated else ["month", "day"]
    whole = compile_pattern(pattern + "".join({"month": "MM", "day": "dd"}[field] for field in unsaid))
    expression = whole.expression.removesuffix("".join(f"(?P<{field}>[0-9]{{2}})" for field in unsaid))
    inner = re.sub(r"\(\?P<\w+>", "(?:", expression)

    def literal(part: str) -> str:
        return re.escape(part).replace(r"\*", ".*").replace(r"\?", ".")

    return Delivery(
        f"{literal(before)}(?<![0-9])(?P<delivered>{inner})(?![0-9]){literal(after)}",
        whole.text,
        "01" * len(unsaid),
    )


@lru_cache(maxsize=65536)
def day_of(delivered: str | None, file: str) -> date | None:
    """The delivery date in the last part of the path ``file``, by the feed's ``delivered``
    (`compile_delivery`); None where the feed states none or the name has no such date."""
    return compile_delivery(delivered).day(file.rsplit("/", 1)[-1]) if delivered else None


def newest_day(landed: pa.Array, not_after: date) -> date | None:
    """The newest day, in the nation's time zone, among landed event dates that is not after ``not_after``;
    None where there is none. ``landed``: an array of text, days or UTC instants; other texts do not count."""
    values = pc.unique(landed).drop_null()
    whole = pc.replace_substring_regex(values, r"\.[0-9]+Z$", "Z")
    days = local_days(values, _DAYS)
    open_ = np.isnat(days)
    days[open_] = days_of_instants(utc_instants(whole, _INSTANTS, "UTC"), deployment().timezone)[open_]
    days = days[~np.isnat(days) & (days <= np.datetime64(not_after))]
    return days.max().astype(object) if len(days) else None
