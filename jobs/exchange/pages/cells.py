"""Turns the rows of a file into rows of an HTML table, one for each. Pure. Kinds of files and keys: see
`jobs.exchange.kinds`.

The head of a page's column names the columns of the file that it shows (`data-name`). A cell that shows a
value in another form than the file has the file's value too (`data-value`), so that a program reads the same
from the page as from the file.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from jobs.contracts.catalog import Catalog
from jobs.exchange.kinds import Kind
from jobs.exchange.outbox import plain
from jobs.exchange.pages.columns import (
    BASIS,
    DAYS,
    INTERVAL,
    LIMIT,
    MEASURED,
    NAMED,
    PEERS,
    PERIOD,
    PERSON,
    PHRASE,
    RULE,
    WORDED,
    Column,
    columns,
)
from jobs.exchange.pages.phrases import decimal, escape, filed, in_both, item_phrase, phrase
from jobs.exchange.pages.references import names_by_code, unit_of
from jobs.exchange.pages.words import NEW, NO, ROLES, YES, words
from jobs.marts.public_names import WITHHELD
from jobs.marts.sampling.reliability import FEWEST
from jobs.methods.rounding import fixed
from jobs.reports import filed_limits
from jobs.reports.authorities import filed_office
from jobs.reports.citations import cited, law
from jobs.reports.confidential import PER_ORDER
from jobs.reports.figures import twelve_months_text
from jobs.reports.index_parts import estimate_text, period_text, tenth, value_text
from jobs.reports.names import filed_value
from jobs.reports.numbers import at_least_some, count, minus, missing, percent
from jobs.reports.procedure import RULE_STATUS
from jobs.reports.public_state import bulletin_period
from jobs.reports.wording import INDIVIDUAL, Text, label, numbered, ranged, same

Names = Mapping[str, Mapping[str, Text]]  # dimension → code → name
Values = Mapping[str, list[Any]]  # column → its cells
Kept = dict[tuple[str, tuple[str, ...]], list[Column]]  # (kind, columns with values) → columns of the page
DIMENSION = {  # column with a code → the dimension whose names are shown
    "platform_code": "platform",
    "category_code": "category",
    "region_code": "region",
    "authority_region_code": "region",
    "office_code": "region",
}
AUTHORITY, BRAND_NAME = "authority", "brand_name"  # names by code of a region, by the Chinese name
_FEW = Text(f"不足{FEWEST}批次，不列比例", f"below {FEWEST} batches: no share")
# The share found of all samples of a laboratory.
_POOLED = Text("两种抽样方式不合并计算比例", "designs are never pooled: no share")
_STANDARDS = ("standard_no", "current_no")  # columns of numbers of standards
_SHARE = re.compile(r"(^|_)(share|rate|agreement|on_time|found|overturned)(_low|_high|$)")
# Kind ('': each), column → the decimals of all its cells: of one measure no cell has more than another.
_PLACES = {
    ("", "score"): 1,
    ("", "index_score"): 1,
    ("", "fact_points"): 1,
    ("", "months_covered"): 1,
    ("lab_performance", "score"): 2,  # a z value
}
_PERSON = Text("自然人", "individual")
# What columns of a name with its code, and of a rule with how far it was read, end with.
_OF_NAME, _OF_RULE = ("_name", ("_code", "_id")), ("citation", "rule_status")
_REPORT_NUMBERS = ("quality_index", "complaint_rate", "takedown_days")  # of cluster_report; others are shares


@dataclass(frozen=True)
class Table:
    """The rows of a file as HTML. ``head``: the `<tr>` of column heads; ``rows``: one `<tr>` per row, in the
    order of the file; ``elements``: the number of HTML elements of each row."""

    head: str
    rows: list[str]
    elements: list[int]


def table(
    kind: Kind,
    values: Values,
    stem: str,
    catalog: Catalog,
    names: Names,
    kept: Kept,
    new: Collection[int] = (),
) -> Table:
    """Return the rows of a file as HTML. Columns without any value are left out; where all are, those of the
    key stay.

    ``values``: column → its values, for all columns of the kind, or for its key alone where rows were
    withdrawn; ``stem``: the file's name without ending: row n, from 1, gets the id `<stem>-<n>`; ``catalog``:
    contracts, for the heads; ``names``: names of codes; ``kept``: a cache of columns made for earlier tables,
    to which these are added, as hundreds of packages have the same; ``new``: numbers of the rows, from 1,
    that the package before did not have, which are marked.
    """
    filled = tuple(name for name, column in values.items() if not all(map(missing, column))) or kind.key
    if (kind.name, filled) not in kept:
        kept[kind.name, filled] = columns(kind, catalog, filled)
    shown = kept[kind.name, filled]
    made = [_column(kind, column, values, names, lead=not at) for at, column in enumerate(shown)]
    lines = [
        f'<tr id="{stem}-{n}">{_marked(cells[0]) if n in new else cells[0]}{"".join(cells[1:])}</tr>\n'
        for n, cells in enumerate(zip(*made, strict=True), start=1)
    ]
    heads = "".join(_head(column) for column in shown)
    return Table(f"<tr>{heads}</tr>", lines, [line.count("<") - line.count("</") for line in lines])


def _marked(lead: str) -> str:
    """Return the first cell of a row with the mark `new`; its data-value stays the file's value."""
    start, _, text = lead.removesuffix("</th>").partition(">")
    start = start if "data-value=" in start else f'{start} data-value="{text}"'
    return f'{start}>{text} <b class="tag">{phrase(NEW)}</b></th>'


def _head(column: Column) -> str:
    number = ' class="n"' if column.number else ""
    return f'<th scope="col"{number} data-name="{" ".join(column.parts)}">{phrase(column.head)}</th>'


def _column(kind: Kind, column: Column, given: Values, names: Names, *, lead: bool) -> list[str]:
    """The cells of one column of a page, one for each row; the cell of equal values is made once. A column
    may show several columns of the file (``column.parts``, ``column.by``), all in ``given``."""
    kept: dict[tuple[Any, ...], str] = {}
    found = []
    for values in zip(*(given[name] for name in column.shown), strict=True):
        cell = kept.get(values)
        if cell is None:
            cell = kept[values] = _cell(kind, column, values, names, lead=lead)
        found.append(cell)
    return found


def _cell(kind: Kind, column: Column, values: tuple[Any, ...], names: Names, *, lead: bool) -> str:
    own = values[: len(column.parts)]
    form = _FORMS.get(column.form)
    if form is not None:
        text = form(column, values)
    elif column.form == WORDED:
        text = _worded(kind, column, values)
    elif column.form == BASIS:
        text = " · ".join(_basis(kind, column, own, names))
    elif column.by:
        text = _by_unit(kind, column, values)
    else:
        parts = [one(kind, n, v, names) for n, v in zip(column.parts, own, strict=True) if not missing(v)]
        text = " · ".join(part for part in parts if part)
    exact = [plain(value) for value in own]
    said = json.dumps(exact, ensure_ascii=False) if len(own) > 1 else _exact(exact[0])
    exactly = escape(said)
    data = "" if exactly == text else f' data-value="{exactly}"'
    if lead:
        return f'<th scope="row"{data}>{text}</th>'
    name = "n" if column.number else "day" if column.day else "long" if column.long else ""
    return f'<td class="{name}"{data}>{text}</td>' if name else f"<td{data}>{text}</td>"


def _exact(value: Any) -> str:
    return "" if value is None else json.dumps(value) if isinstance(value, (bool, float)) else str(value)


def one(kind: Kind, name: str, value: Any, names: Names) -> str:
    """Return one value of the column ``name`` of a file as HTML in both languages, by the column and the
    value's type: a code by its name, a share (a float in a column so named) as per cent, a number with
    thousands separated, a bool as yes or no; any other text as it was filed, escaped; '' if missing.
    ``kind``: of the file; ``names``: dimension → code → name."""
    if missing(value):
        return ""
    if isinstance(value, (bool, np.bool_)):
        return phrase(YES if value else NO)
    if name in DIMENSION:
        known = names.get(DIMENSION[name], {}).get(str(value))
        return escape(value) if known is None else phrase(Text(f"{known.zh} {value}", f"{known.en} {value}"))
    if isinstance(value, date):
        return value.isoformat()[:10]
    if isinstance(value, float):
        return percent(value) if _SHARE.search(name) else _number(kind, name, value)
    if not isinstance(value, str):
        return str(value) if name.endswith("period") else count(value)
    if name == "bulletin":
        return phrase(bulletin_period(value))
    if name == "hazards":
        known_hazards = names_by_code("hazard", "hazard_code")
        found = [label(dict(known_hazards), code) for code in value.split("；")]
        return phrase(Text("、".join(h.zh for h in found), ", ".join(h.en for h in found)))
    if name == "roles":
        roles = [label(ROLES, code) for code in value.split()]
        return phrase(Text("、".join(r.zh for r in roles), ", ".join(r.en for r in roles)))
    if name == "item_name":
        return item_phrase(value)
    if name in ("value_text", "unit"):
        return _read(value)
    if name == "legal_basis":
        return in_both(law(value))
    if name == "brand":
        return in_both(names.get(BRAND_NAME, {}).get(value, same(value)))
    phrases = words(kind.name, name)
    if value in phrases:
        return phrase(phrases[value])
    if name in _STANDARDS:
        return in_both(numbered(value))
    return filed(value)


def _number(kind: Kind, name: str, value: float) -> str:
    """A number as all of its column are written, and as the site and the verdict have the measure."""
    places = _PLACES.get((kind.name, name), _PLACES.get(("", name)))
    if name in ("points_to_gain", "points_to_quartile", "expected"):
        return escape(at_least_some(value))
    return decimal(value) if places is None else minus(fixed(value, places))


def _by_unit(kind: Kind, column: Column, values: tuple[Any, ...]) -> str:
    value, by = values[0], values[-1]
    if missing(value):
        return ""
    if kind.name == "score_preview":
        # The estimate of a rate per order has two digits alone, as the sites show it.
        shown = estimate_text if column.parts == ("estimate",) and by in PER_ORDER else value_text
        return shown(value, unit_of(by))
    return _report_interval(values)


def _report_interval(values: tuple[Any, ...]) -> str:
    """A figure of a report in its limits, in the unit of its item, the last of ``values``."""
    *figures, item = values
    shown = [tenth(v) if item in _REPORT_NUMBERS else percent(v) for v in figures]
    ends = f" ({_range(*shown[1:])})" if len(shown) == 3 and not missing(figures[1]) else ""
    return f"{shown[0]}{ends}"


def _range(low: str, high: str) -> str:
    """Two limits as a range in both languages."""
    return phrase(ranged(low, high))


def _basis(kind: Kind, column: Column, values: tuple[Any, ...], names: Names) -> list[str]:
    """The legal basis of a restriction and who decided it, as the page of the site has them; the region where
    the name of the authority does not say it."""
    got = {name: str(v) for name, v in zip(column.parts, values, strict=True) if not missing(v)}
    region = got.get("authority_region_code", "")
    found = [in_both(law(got["legal_basis"]))] if "legal_basis" in got else []
    if "authority" in got:
        found.append(in_both(filed_office(got["authority"], names.get(AUTHORITY, {}).get(region))))
    if region:
        found.append(one(kind, "authority_region_code", region, names))
    return found


def _named(column: Column, values: tuple[Any, ...]) -> str:
    """A name with its code; of a natural person neither is given, and the cell says so."""
    got = dict(zip(column.parts, values, strict=True))
    if PERSON in got and not missing(got[PERSON]) and bool(got[PERSON]):
        return phrase(_PERSON)
    name, code = (next((v for n, v in got.items() if n.endswith(end)), None) for end in _OF_NAME)
    if missing(name):
        return "" if missing(code) else escape(code)
    if name == WITHHELD:
        return phrase(INDIVIDUAL)
    shown = item_phrase(str(name)) if column.parts[0] == "item_name" else filed(str(name))
    return shown if missing(code) else f"{shown} {escape(code)}"


def _measured(column: Column, values: tuple[Any, ...]) -> str:
    return in_both(filed_value(*(str(v) for v in values if not missing(v))))


def _limit(column: Column, values: tuple[Any, ...]) -> str:
    """The limits of an item in the unit of its value, the last of ``values`` where the file has it."""
    filled = {n: str(v) for n, v in zip(column.shown, values, strict=True) if not missing(v)}
    low, high = ("".join(v for n, v in filled.items() if n.endswith(end)) for end in ("_low", "_high"))
    allowed = filed_limits.limits(low, high, filled.get(column.by, ""))
    return "" if allowed is None else in_both(allowed)


def _read(value: str) -> str:
    """A reading, unit or requirement; words that laboratories write alike in both languages."""
    return in_both(filed_value(value))


def _interval(column: Column, values: tuple[Any, ...]) -> str:
    if column.by:
        return _report_interval(values)
    if column.of:  # as in the verdict, no share of a batch or two
        *figures, n = values
        if missing(figures[0]) and column.parts[0] == "found_share" and not missing(n) and n:
            return phrase(_POOLED)
        if not missing(figures[0]) and (missing(n) or n < FEWEST):
            return phrase(_FEW)
        values = tuple(figures)
    share = bool(_SHARE.search(column.parts[0].removeprefix("peers_")))
    form = (lambda v: fixed(v, 2)) if column.parts[0] == "ratio" else decimal
    shown = [form(float(v)) if not share and not missing(v) else percent(v) for v in values]
    ends = values[-2:]
    limits = "" if any(map(missing, ends)) else _range(shown[-2], shown[-1])
    if len(values) == 2:
        return limits
    if missing(values[0]):
        return ""
    return f"{shown[0]} ({limits})" if limits else shown[0]


def _peers(column: Column, values: tuple[Any, ...]) -> str:
    got = dict(zip(column.parts, values, strict=True))
    failed, judged = got.get("peers_failed"), got.get("peers_judged")
    if missing(judged):
        return ""
    rate = "" if missing(got.get("peers_rate")) else percent(got["peers_rate"])
    ends = got.get("peers_low"), got.get("peers_high")
    limits = "" if not rate or any(map(missing, ends)) else f" ({_range(*map(percent, ends))})"
    year = "" if missing(got.get("peers_period")) else f"; {int(got['peers_period'])}"
    base = f"{count(failed)} / {count(judged)}{year}"
    return f"{rate}{limits} · {base}" if rate else base


def _days(column: Column, values: tuple[Any, ...]) -> str:
    return " – ".join("" if missing(v) else str(v)[:10] for v in values)


def _period(column: Column, values: tuple[Any, ...]) -> str:
    kind, start = values[:2]
    if kind in ("month", "quarter", "year") and not missing(start):
        return phrase(period_text((kind, start)))
    if kind == "rolling12" and not missing(start):
        return phrase(twelve_months_text(start))
    return phrase(label(dict(words("", "period_type")), kind))


def _phrase(column: Column, values: tuple[Any, ...]) -> str:
    zh, en = ("" if missing(v) else str(v) for v in values)
    return phrase(Text(zh or en, en or zh))


def _worded(kind: Kind, column: Column, values: tuple[Any, ...]) -> str:
    """A code in the words that its row has; in those of the code where the row has none."""
    zh, en, code = values
    if missing(zh) or missing(en):
        return "" if missing(code) else phrase(label(dict(words(kind.name, column.parts[2])), str(code)))
    return phrase(Text(str(zh), str(en)))


def _rule(column: Column, values: tuple[Any, ...]) -> str:
    """An article, and how far it was read where that is not the statute itself; where no article is cited,
    that the rule is this project's own."""
    got = dict(zip(column.parts, values, strict=True))
    article, read = (next((v for n, v in got.items() if n.endswith(end)), None) for end in _OF_RULE)
    found, status = cited(article), RULE_STATUS.get(str(read))
    if found is None:
        return "" if status is None else phrase(status)
    if status is None:
        return in_both(found)
    return f'{in_both(found)} <span class="tag warn">{phrase(status)}</span>'


_FORMS: Mapping[str, Callable[[Column, tuple[Any, ...]], str]] = {
    NAMED: _named,
    MEASURED: _measured,
    LIMIT: _limit,
    INTERVAL: _interval,
    PEERS: _peers,
    DAYS: _days,
    PERIOD: _period,
    PHRASE: _phrase,
    RULE: _rule,
}
