"""Write proposed columns as a source YAML has them: the producer of each, and the operation that its values
need. Producer and operation are explained in jobs.ingest.values."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from jobs.contracts.model import Column, Contract
from jobs.environment import SCHEMAS
from jobs.ingest.draft.placing import Proposal
from jobs.ingest.draft.shapes import BOOLEANS, DAY, EMPTY, MONEY, OUTCOMES, address
from jobs.ingest.draft.sheets import Sheet

# Columns of a composite key: at least 3, if the sheet has so many, and at most 5.
_KEY_PARTS = (3, 5)
_IDENTIFYING = re.compile("_(?:name|no|on|id|text)$")  # columns that identify rows better than others
# Units of money in headers, in brackets or behind a stroke (`售价（分）`, `货值/万元`) → the factor that
# makes the deployment's currency of them.
_MONEY = re.compile(
    r"(?:[(\[{【]|[/∕_]\s*)(?:人民币|单位[:：]?)?\s*(分|角|千元|万元|百万元|亿元)\s*[)\]}】]?\s*$"
)
_FACTORS = {
    "分": "0.01",
    "角": "0.1",
    "千元": "1000",
    "万元": "10000",
    "百万元": "1000000",
    "亿元": "100000000",
}
_BAR = "[║‖|丨｜]"
_NO_BAR = "[^║‖|丨｜]"
Written = dict[str, object]  # the value of one column in a source YAML
Made = tuple[Written, str]  # one that no header fits, and a remark on what it is made of


@dataclass(frozen=True)
class Known:
    """What is known about values. ``codes``: (target, column) → value that a source maps → code;
    ``categories``: name of a product category → code."""

    codes: Mapping[tuple[str, str], Mapping[str, str]]
    categories: Mapping[str, str]


@dataclass
class Mapped:
    """The columns of one feed as they are written in the YAML. ``columns``: name → value; ``remarks``: name →
    how a column that no header fits is made; ``missing``: required columns for which nothing was found."""

    columns: dict[str, Written] = field(default_factory=dict)
    remarks: dict[str, str] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)


def category_names() -> dict[str, str]:
    """Chinese name, English name, code and other words of each product category → its code, from
    `product_category.csv` and `product_term.csv` of `schemas/reference`."""
    names, terms = (_reference(name) for name in ("product_category", "product_term"))
    found = {word: row["category_code"] for row in terms for word in row["match"].split(";") if word}
    for row in names:
        found |= {row[n]: row["category_code"] for n in ("name_zh", "name_en", "category_code") if row[n]}
    return found


def _reference(name: str) -> list[dict[str, str]]:
    with (SCHEMAS / "reference" / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def mapped(
    sheet: Sheet,
    contract: Contract,
    proposals: Sequence[Proposal],
    known: Known,
    source: str,
    parents: Mapping[str, Made],
) -> Mapped:
    """Make the `columns:` of a feed, in the contract's order. A required column without a header is made from
    other columns where that is sound, else listed as missing.

    ``sheet``: what is read; ``contract``: the target's; ``proposals``: for its headers (`Drafter.propose`);
    ``known``: codes of values; ``source``: the source's name, used as a value; ``parents``: name of a key
    column that another table of the same sheet has as well → how that table makes it, so that the keys of
    both agree.
    """
    given = {p.column: p for p in proposals if p.column}
    result = Mapped()
    for column in contract.columns:
        proposal = given.get(column.name)
        if proposal is not None:
            result.columns[column.name] = _written(proposal, column, contract, known)
        elif column.required or column.name in contract.key:
            made = parents.get(column.name) or _without_header(column, contract, given, source)
            made = made or _key(column, contract, given, sheet, source)
            if made is None:
                result.missing.append(column.name)
            else:
                result.columns[column.name], result.remarks[column.name] = made
    return result


def inputs(written: Mapping[str, object]) -> Iterator[str]:
    """Yield the columns of the file that a column of a draft reads by `from`, `extract`, `concat` or
    `coalesce`, the only producers of `mapped` that read any; one that is read more than once comes more than
    once. ``written``: the column's entry, as in a source YAML."""
    if isinstance(name := written.get("from"), str):
        yield name
    if isinstance(extract := written.get("extract"), list):
        yield extract[0]
    for kind in ("concat", "coalesce"):
        elements = written.get(kind)
        for element in elements if isinstance(elements, list) else ():
            yield from inputs(element) if isinstance(element, Mapping) else (element,)


def _producer(proposal: Proposal) -> Written:
    if proposal.part is None:
        return {"from": proposal.header}
    before = f"{_NO_BAR}*{_BAR}+" * proposal.part[0]
    return {"extract": [proposal.header, f"^{before}({_NO_BAR}*)"]}


def _written(proposal: Proposal, column: Column, contract: Contract, known: Known) -> Written:
    """What the feed's `columns` should say of one column of the contract, by the values in the sample file:
    the producer, and the operation that its type, its codes or the unit in the header of an amount need.
    ``known``: codes of words in other source YAMLs, and of names of categories.

    A map lists the words of the sample, those for yes and no in pairs, and those that the sample does not
    count as values (EMPTY); all known words where it has none of them."""
    shapes, producer = proposal.shapes, _producer(proposal)
    if column.type == "date" and shapes.holding > shapes.dated and proposal.part is None:
        return {"extract": [proposal.header, DAY.pattern], "date": list(shapes.held)}
    if column.type in ("date", "timestamp"):
        return producer | {
            "date" if column.type == "date" else "instant": list(shapes.patterns) or ["yyyy-MM-dd"]
        }
    if column.type == "boolean":
        pairs = [pair for pair in BOOLEANS if not set(pair).isdisjoint(shapes.values)] or BOOLEANS[:1]
        words = {word: code for pair in pairs for word, code in zip(pair, ("true", "false"), strict=True)}
        return producer | _map(words, "null_and_flag")
    if column.type == "array<string>":
        mark = next((m for m in "、;；,，|" if any(m in value for value in shapes.values)), ";")
        return producer | {"split": mark}
    if column.unit == "currency":
        return _amount(proposal, producer)
    key = column.foreign_key.table if column.foreign_key else ""
    if key == "silver.region":
        return _region(proposal, producer)
    if key == "silver.product_category":
        words = {value: known.categories[value] for value in shapes.values if value in known.categories}
        return producer | (_map(words, "null_and_flag") or {"on_unmapped": "null_and_flag"})
    allowed = _closed_list(column)
    if allowed and not any(value in allowed for value in shapes.values):
        codes = {
            **(OUTCOMES if "conforming" in allowed else {}),
            **known.codes.get((contract.name, column.name), {}),
        }
        codes = {word: code for word, code in codes.items() if code in allowed}
        here = [w for w in shapes.values if w in codes]
        return producer | _map({w: codes[w] for w in (*here, *EMPTY) if w in codes} if here else codes)
    return producer


def _amount(proposal: Proposal, producer: Written) -> Written:
    """An amount of money: the number out of values such as `129元` or `¥1,280.50`, by patterns from `^` to
    `$`, multiplied where the values, or else the header, name a unit such as 万元. Values of two units are
    left as they are: one factor would be wrong for some."""
    header = _MONEY.search(unicodedata.normalize("NFKC", proposal.header))
    unit = header[1] if header else "元"
    found = [m for m in map(MONEY.fullmatch, proposal.shapes.values) if m]
    units = {m["unit"] or unit for m in found}
    written = any(m["before"] or m["unit"] or "," in m["number"] or " " in m[0] for m in found)
    if written and len(units) == 1 and proposal.part is None:
        (unit,) = units
        producer = _number(proposal.header, found)
    return producer | ({"scale": _FACTORS[unit]} if unit in _FACTORS else {})


def _number(header: str, found: Sequence[re.Match[str]]) -> Written:
    """The number of amounts that have the form of those in ``found``, without its commas: each group of
    digits is taken by itself, and the groups are put together."""
    before = _beside([m["before"] or "" for m in found])
    after = _beside([m["unit"] or "" for m in found])
    blank = " ?" if any(" " in m[0] for m in found) else ""
    places = "(?:[.][0-9]+)?"

    def taken(groups: Sequence[str], at: int) -> Written:
        inner = [f"({group})" if i == at else group for i, group in enumerate(groups)]
        return {"extract": [header, f"^{before}{blank}{','.join(inner)}{blank}{after}$"]}

    plain = taken([f"[0-9]+{places}"], 0)
    if not any("," in m["number"] for m in found):
        return plain
    forms = [["[0-9]{1,3}", *["[0-9]{3}"] * n, f"[0-9]{{3}}{places}"] for n in (0, 1)]
    parted: list[Written] = [{"concat": [taken(form, at) for at in range(len(form))]} for form in forms]
    return {"coalesce": [plain, *parted]}


def _beside(texts: Sequence[str]) -> str:
    """A pattern of what stands on one side of a number: one of ``texts``, or nothing where one is ''."""
    said = sorted(set(texts) - {""})
    one = said[0] if len(said) == 1 and "" not in texts else f"(?:{'|'.join(said)})"
    return "" if not said else one + ("?" if "" in texts else "")


def _map(words: Mapping[str, str], policy: str | None = None) -> Written:
    if not words:
        return {}
    return {"map": dict(words)} | ({"on_unmapped": policy} if policy else {})


def _region(proposal: Proposal, producer: Written) -> Written:
    """Codes as they are, names by `lookups/region_name.csv`, addresses by what they begin with."""
    shapes = proposal.shapes
    if shapes.share("region code") >= 0.5:
        return producer | {"on_unmapped": "null_and_flag"}
    if shapes.values and shapes.share("region name") < 0.5 and proposal.part is None:
        producer = {"extract": [proposal.header, address().pattern]}
    return producer | {"lookup": "region_name", "on_unmapped": "null_and_flag"}


def _closed_list(column: Column) -> tuple[str, ...]:
    """The only values that a row may have without being quarantined, as text; empty where the contract lists
    none."""
    for rule in column.rules:
        if rule.kind == "values" and rule.severity == "critical":
            return tuple(map(str, rule.arguments.get("list", ())))
    return ()


def _without_header(
    column: Column, contract: Contract, given: Mapping[str, Proposal], source: str
) -> Made | None:
    """What a required column without a header is taken from: the name beside a code, or one value for all."""
    stem = re.sub(r"_(?:id|code|no)$", "", column.name)
    named = given.get(f"{stem}_name")
    if named is not None and stem != column.name and column.type == "string":
        return _producer(named), "no header fits: the name stands for the code"
    if column.name in contract.key and (allowed := _closed_list(column)):
        return {"const": allowed[0]}, "no header fits: assumed for the whole file"
    if column.name not in contract.key and column.foreign_key is not None and column.type == "string":
        return {"const": source}, "no header fits: one value for the whole provider, replace it"
    return None


def _key(
    column: Column, contract: Contract, given: Mapping[str, Proposal], sheet: Sheet, source: str
) -> Made | None:
    """A key made of the columns that identify rows of the sheet: filled in every row, nothing personal."""
    if column.name not in contract.key or column.type != "string" or sheet.names is None:
        return None
    usable = {
        p.header: sheet.values[sheet.names.index(p.header)]
        for name, p in sorted(given.items(), key=lambda each: not _IDENTIFYING.search(each[0]))
        if name
        and p.filled >= 1
        and not contract.column(name).personal
        and not contract.column(name).free_text
    }
    chosen: list[str] = []
    rows: list[tuple[str | None, ...]] = [()] * max((len(v) for v in usable.values()), default=0)
    least, most = _KEY_PARTS
    while usable and len(chosen) < most and (len(chosen) < least or len(set(rows)) < len(rows)):
        best = max(usable, key=lambda name: len(set(zip(rows, usable[name], strict=True))))
        values = usable.pop(best)
        chosen.append(best)
        rows = [(*row, value) for row, value in zip(rows, values, strict=True)]
    if not chosen:
        return None
    elements: list[object] = [{"text": source}]
    for name in chosen:
        elements += [{"text": "|"}, name]
    alike = len(rows) - len(set(rows))
    remark = "no header fits: made of the columns that identify rows"
    return {"concat": elements}, remark + (f"; rows with the key of another: {alike}" if alike else "")
