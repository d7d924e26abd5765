"""Makes the HTML pages of a package, for recipients that read rather than load it: a verdict, tasks, every
row that the package sends, and how to answer. They are made from the package's rows and published figures
alone. Pure. Packages, parcels and kinds of files: see `jobs.exchange.kinds`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from typing import Any

import pandas as pd

from jobs.contracts.catalog import Catalog
from jobs.contracts.glossary import term
from jobs.exchange.kinds import Kind, Parcel
from jobs.exchange.outbox import PAGE, Package
from jobs.exchange.pages import cells
from jobs.exchange.pages.absent import absent
from jobs.exchange.pages.answering import answers
from jobs.exchange.pages.desk import ANYONE, Desk, row_of
from jobs.exchange.pages.published import Published
from jobs.exchange.pages.section import Section
from jobs.exchange.pages.standing import standing
from jobs.exchange.pages.task import DUE_SOON, OVERDUE
from jobs.exchange.pages.task_rows import listed
from jobs.exchange.pages.todo import URGENT, records, tasks
from jobs.reports.consequences import consequences
from jobs.reports.filed_words import in_chinese
from jobs.reports.pages.verdict import Verdict
from jobs.reports.punctuation import marked
from jobs.reports.rendering import static, template
from jobs.reports.wording import Text, same

ROLE = {
    "platform": Text("平台", "Platform"),
    "brand": Text("品牌", "Brand"),
    "lab": Text("检验机构", "Laboratory"),
    "enterprise": Text("企业", "Enterprise"),
    "cluster": Text("产业集群", "Industrial cluster"),
}
# Kinds of recipients who get pages. Authorities read the site of the offices, and buyers only a list.
READERS = frozenset(ROLE)
TERMS = {  # kind of recipient → terms of the glossary that its page defines
    "platform": ("exposure_rate", "quality_index", "nonconforming", "taken_down"),
    "brand": ("nonconforming", "overturned"),
    "lab": ("on_time_share", "overturned", "nonconforming"),
    "enterprise": ("nonconforming", "overturned"),
    "cluster": ("exposure_rate", "quality_index", "nonconforming"),
}
NAVIGATION = (
    ("verdict", Text("结论", "Verdict")),
    ("work", Text("待办事项", "What to do")),
    ("sent", Text("本次发送", "What was sent")),
    ("answer", Text("如何答复", "How to answer")),
    ("definitions", Text("定义", "Definitions")),
)
# The files of a package in the order in which they are read; others follow by name.
ORDER = (
    "urgent_items",
    "takedown_notices",
    "counterfeit_tasks",
    "relisted_again",
    "complaints_handed_over",
    "nonconforming_listings",
    "public_batches",
    "restricted_operators",
    "lifted_restrictions",
    "standard_corrections",
    "counterfeit_cases",
    "failing_items",
    "credit_standing",
    "open_commissions",
    "lab_performance",
    "failing_tests",
    "cluster_report",
    "score_preview",
    "score_movers",
    "next_deliveries",
    "files_received",
    "records_not_accepted",
)
# What a kind says of its recipients at large, as it concerns one of them.
TITLES = {
    ("failing_items", "enterprise"): Text(
        "本企业所销售或生产的批次的不合格项目",
        "Items that failed in batches that the enterprise sold or made",
    ),
    ("failing_items", "brand"): Text(
        "标称本品牌的批次的不合格项目", "Items that failed in batches that bear the brand"
    ),
    ("failing_items", "cluster"): Text(
        "产自本集群的批次的不合格项目", "Items that failed in batches that were made in the cluster"
    ),
}
FAILED = Text("主要不合格项目", "What fails most")
# What the lines below the main figure are, where they are not FAILED.
REASONS = {
    "platform": Text("最能提高指数的指标", "What would lift the index most"),
    "lab": Text("与同类机构的比较", "Compared with its peers"),
}
INDEX = "index.html"
MOST_ELEMENTS = 9_000  # of one page, as on the sites, with room for what stands around a table
MOST_INSIDE = 60  # rows of a table that stands on the first page
MOST_LISTED, MOST_TASKS = 100, 5


@dataclass(frozen=True)
class Night:
    """What pages need of the night. ``day``: the day of the packages; ``data_date``: the newest event of any
    feed, None where none is dated; ``synthetic``: whether any data are; ``names``: dimension (`platform`,
    `brand_name` …) → code → name; ``published``: figures of bundles; ``catalog``: contracts of tables;
    ``contact``: whom recipients ask, '' where the installation names no one; ``base``: the nation's index of
    the base year, in words, None without one; ``desks``: recipient → where it files
    acknowledgements (`desk.desks_of`); ``kept``: a cache of columns of
    tables."""

    day: date
    run_id: str
    data_date: date | None
    synthetic: bool
    names: cells.Names
    published: Published
    catalog: Catalog
    contact: str = ""
    base: Text | None = None
    desks: Mapping[str, Desk] = field(default_factory=dict)
    kept: cells.Kept = field(default_factory=dict, compare=False, repr=False)


def with_pages(
    package: Package,
    parcels: Sequence[Parcel],
    withdrawn: Mapping[tuple[str, str], Sequence[str]],
    night: Night,
) -> Package:
    """Return the package with its pages added to ``content``, and to the manifest under `pages`, with bytes
    and SHA-256; unchanged where its kind of recipient gets no pages (READERS). ``parcels`` and ``withdrawn``:
    as given to `outbox.packed`; ``night``: what pages show besides rows. The package's hash and id do not
    change: they are those of its rows, which the pages repeat."""
    kind, _, code = package.recipient.partition("_")
    if kind not in READERS:
        return package
    made = _pages(package, kind, code, parcels, withdrawn, night)
    listed = [
        {"name": name, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        for name, data in made.items()
    ]
    return replace(
        package, content={**package.content, **made}, manifest={**package.manifest, "pages": listed}
    )


def noted(manifest: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the pages that a manifest names as rows of ops.export_log (column → value): files of the kind
    and op PAGE, without rows, with size and hash."""
    none = {"subject": "", "rows": 0, "schema_version": "", "source": ""}
    return [{**page, **none, "kind": PAGE, "op": PAGE} for page in manifest.get("pages", ())]


def _pages(
    package: Package,
    kind: str,
    code: str,
    parcels: Sequence[Parcel],
    withdrawn: Mapping[tuple[str, str], Sequence[str]],
    night: Night,
) -> dict[str, bytes]:
    """The pages of a package: name of the file → its bytes. ``kind``, ``code``: of the recipient; the other
    arguments as in `with_pages`. Sections that do not fit on the first page get pages of their own."""
    rows = {parcel.kind.name: records(parcel.rows) for parcel in parcels}
    mine = tasks(kind, rows, night.day)
    value, about, stands, notes, reasons, of = standing(
        kind, code, rows, night.published, night.data_date, night.base
    )
    counts = [task.status(night.day) for task in mine]
    sections = _sections(package, parcels, withdrawn, night)
    shared = {
        "name": night.names.get(kind, {}).get(code, same(code)),
        "role": ROLE[kind],
        "code": code,
        "night": night,
        "navigation": NAVIGATION,
        "manifest_id": package.manifest_id,
        "root": "",
        "policy": static("sorting.js")["policy"],
    }
    asked = answers(
        kind,
        package.manifest_id,
        package.recipient,
        night.contact,
        rows.get(URGENT),
        day=night.day,
        desk=night.desks.get(package.recipient) or night.desks.get(ANYONE),
        row=row_of(parcels),
    )

    def index(placed: list[Section]) -> str:
        shown = [listed(task, night.day, placed) for task in mine[:MOST_LISTED]]
        verdict = Verdict(
            value, about, stands, notes, reasons, of, shown[:MOST_TASKS], len(mine),
            counts.count(OVERDUE), counts.count(DUE_SOON), None,
        )  # fmt: skip
        page = {**shared, "answers": asked, "title": shared["name"], "part": None}
        page["why"] = None if URGENT in rows else REASONS.get(kind, FAILED)
        page["absent"] = absent(kind, rows)
        page["consequences"] = consequences() if kind == "platform" else None
        shell = _shell(page | {"verdict": verdict, "tasks": shown, "sections": placed})
        return shell.replace("<!--terms-->", _terms(kind))

    shell = index(sections)
    placed = _placed(sections, _elements(shell))
    made = {INDEX: _filled(shell if placed == sections else index(placed), placed)}
    for section in placed:
        for number, path in enumerate(section.paths, start=1):
            part = {"section": section, "number": number, "path": path}
            shell = _shell({**shared, "title": section.title, "part": part})
            made[path] = _filled(shell, [section])
    look = static("sorting.js")
    return {
        name: html.replace("<!--style-->", look["style"]).replace("<!--script-->", look["script"]).encode()
        for name, html in made.items()
    }


def _shell(context: dict[str, Any]) -> str:
    """Return a page with comments in place of rows, style and script. They are most of a page, and the steps
    that go over its words would go over them too; `_filled` puts in the rows, its callers the rest."""
    return in_chinese(marked(template("party.html").render(**context)))


@cache
def _terms(kind: str) -> str:
    found = [term(name) for name in TERMS[kind]]
    return _words(
        tuple((Text(t.zh, t.en), Text(t.definition_zh, t.definition_en)) for t in found), coded=False
    )


@cache
def _words(entries: tuple[tuple[Text | str, Text], ...], *, coded: bool) -> str:
    """Return a list of names with their meaning as HTML. Packages of one kind of recipient share it, so it is
    cached."""
    html = template("party_words.html").render(entries=entries, coded=coded)
    return in_chinese(marked(html))


def _filled(shell: str, sections: list[Section]) -> str:
    for section in sections:
        shell = shell.replace(f"<!--head {section.stem}-->", section.table.head)
        if not section.gone:
            shell = shell.replace(f"<!--columns {section.stem}-->", _words(section.columns, coded=True))
        places, cuts = section.paths or (section.stem,), section.cuts or (0,)
        for place, cut, end in zip(places, cuts, (*cuts[1:], section.n), strict=True):
            if (mark := f"<!--rows {place}-->") in shell:
                shell = shell.replace(mark, "".join(section.table.rows[cut:end]))
    return shell


def _elements(html: str) -> int:
    return html.count("<") - html.count("</")


def _placed(sections: list[Section], base: int) -> list[Section]:
    """Return the sections with the pages that hold their rows: the first page as long as the section is short
    and there is room, else pages named after the section. ``base``: number of elements that the first page
    has without them."""
    found, left = [], MOST_ELEMENTS - base
    for section in sections:
        need = sum(section.table.elements)
        if section.n <= MOST_INSIDE and need <= left:
            left -= need
            found.append(section)
            continue
        cuts, room = [0], MOST_ELEMENTS - 500
        for n, elements in enumerate(section.table.elements):
            if elements > room and n > cuts[-1]:
                cuts.append(n)
                room = MOST_ELEMENTS - 500
            room -= elements
        paths = [f"{section.stem}.html", *(f"{section.stem}-{n}.html" for n in range(2, len(cuts) + 1))]
        found.append(replace(section, paths=tuple(paths), cuts=tuple(cuts)))
    return found


def _sections(
    package: Package,
    parcels: Sequence[Parcel],
    withdrawn: Mapping[tuple[str, str], Sequence[str]],
    night: Night,
) -> list[Section]:
    """Return the files of the package in `ORDER`, with their rows; files of withdrawn rows come last."""
    files = {f["name"]: f for f in package.manifest["files"]}
    found = []
    place = {name: at for at, name in enumerate(ORDER)}
    for parcel in sorted(parcels, key=lambda p: (place.get(p.kind.name, 99), p.kind.name, p.subject)):
        stem = "_".join(filter(None, (parcel.kind.name, parcel.subject)))
        found.append(_section(stem, parcel.kind, _values(parcel.rows), files, package, night))
        gone = withdrawn.get((parcel.kind.name, parcel.subject), ())
        if gone:
            values = _key_values(parcel.kind, gone, package)
            found.append(_section(f"{stem}_withdrawn", parcel.kind, values, files, package, night, gone=True))
    return sorted(found, key=lambda s: s.gone)


def _key_values(kind: Kind, keys: Sequence[str], package: Package) -> dict[str, list[Any]]:
    """Return the values of each column of the key, from keys as JSON lists, in which dates are texts."""
    types = {column["name"]: column["type"] for column in package.manifest["columns"][kind.name]}
    columns = dict(zip(kind.key, zip(*map(json.loads, keys), strict=True), strict=True))
    return {
        name: [date.fromisoformat(v) if types[name] == "date" and v is not None else v for v in column]
        for name, column in columns.items()
    }


def _values(rows: pd.DataFrame) -> dict[str, list[Any]]:
    cells_ = rows.to_numpy(dtype=object)
    return {name: cells_[:, at].tolist() for at, name in enumerate(rows.columns)}


def _section(
    stem: str,
    kind: Kind,
    values: cells.Values,
    files: Mapping[str, Mapping[str, Any]],
    package: Package,
    night: Night,
    *,
    gone: bool = False,
) -> Section:
    """One file of a package as a section of its pages. ``stem``: the file's name without ending; ``values``:
    its columns; ``files``: the files that the manifest lists, by name; ``gone``: the rows are keys of
    withdrawn ones."""
    zh, en = kind.about.split(" | ")
    new = None if gone or package.new is None else package.new[stem]
    role = package.recipient.partition("_")[0]
    return Section(
        stem,
        TITLES.get((kind.name, role), Text(zh, en[:1].upper() + en[1:])),
        len(values[kind.key[0]]),
        kind.version,
        bool(files[f"{stem}.csv"]["stale"]),
        gone,
        tuple((c["name"], Text(c["zh"], c["en"])) for c in package.manifest["columns"][kind.name]),
        cells.table(kind, values, stem, night.catalog, night.names, night.kept, new or ()),
        new=None if new is None else len(new),
    )
