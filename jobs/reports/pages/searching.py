"""The search: names and codes of every page, terms, products, standards, offices, statuses and the numbers of
cases, in both languages, in scripts beside the pages that the search box loads when it is used.

Pages and terms lie in a few small files. Case numbers lie twice: in one file for each last two letters or
digits, which finds a number by its end, and in order in files of `SPAN` rows, which finds it by its
beginning. Of these only the ones asked for are loaded.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from jobs.reports import cases
from jobs.reports.authorities import collects
from jobs.reports.gathered import Gathered
from jobs.reports.names import KINDS, PARTIES
from jobs.reports.numbers import missing
from jobs.reports.pages.extras import office
from jobs.reports.pages.lookup import script
from jobs.reports.pages.reconciliation import ITEMS
from jobs.reports.procedure import (
    BRANCH,
    BRANCHES,
    LAG,
    LOOP,
    OFFICE,
    SAMPLE_STATE,
    TASK_STATUS,
    TIMER,
    TIMER_STATE,
)
from jobs.reports.tracing import LEADS
from jobs.reports.tracing import STATE as LEAD_STATE
from jobs.reports.wording import COUNTS, RATE_NAME, Text, label, same

INDEX, FOLDER = "search_index.js", "search"
BESIDE = " · "  # between a number and its description
SPAN = 300  # rows of a file of numbers in order: ten times what a list of hits shows
# In the order in which hits are listed.
_KINDS = {
    "page": Text("页面", "page"),
    "platforms": KINDS["platform"].one,
    "regions": KINDS["region"].one,
    "categories": KINDS["category"].one,
    "clusters": KINDS["cluster"].one,
    "labs": PARTIES["lab"].one,
    "brands": PARTIES["brand"].one,
    "term": Text("术语", "term"),
    "status": Text("状态", "status"),
    "standard": Text("标准", "standard"),
    "office": Text("承办机构", "office"),
    "plans": Text("抽查计划", "sampling plan"),
    "sources": Text("数据来源", "source"),
    "traces": Text("批次溯源", "trace of a batch"),
    "dictionary": Text("数据字典", "dictionary"),
    "sample": Text("样品", "sample"),
    "lead": Text("属地线索", "Territorial lead"),
    "counterfeit_report": Text("假冒举报", "counterfeit report"),
    "enforcement_case": Text("案件", "enforcement case"),
    "complaint": Text("投诉举报", "complaint"),
    "restriction": Text("联合惩戒通知", "notice of restriction"),
}
_PLACE = {kind: place for place, kind in enumerate(_KINDS)}
Row = list[str | int]
# Words of statuses and steps, and the page on which they are counted.
_STATUSES = (
    (TASK_STATUS, "work.html#tasks"),
    (TIMER_STATE, "sampling.html#timers"),
    (SAMPLE_STATE, "sampling.html#states"),
    (BRANCHES, "sampling.html#states"),
    (LEAD_STATE, "tracing.html"),
)
_TERMS = (
    (RATE_NAME, "about.html#rate"),
    (COUNTS, "about.html#rate"),
    (ITEMS, "sampling.html#reconciliation"),
    (LOOP, "sampling.html#loop"),
    (LAG, "sampling.html#lags"),
    (TIMER, "sampling.html#timers"),
    (BRANCH, "sampling.html#states"),
)


def files(known: Gathered, pages: list[tuple[str, Text, str]]) -> dict[str, bytes]:
    """search_index.js of (path, title, further words that find it), in the order of the site, and the files
    of terms and case numbers in search/."""
    paths = {path for path, _, _ in pages}
    parts = {
        "terms": _unique([*_statuses(), *_terms(known)]),
        "standards": _standards(known),
        "offices": _offices(known),
        "dictionary": _dictionary(known, paths),
    }
    numbered = sorted(_cases(known), key=lambda row: (row[-1], row[3]))
    shards: dict[str, list[Row]] = {}
    for row in numbered:
        shards.setdefault(shard(str(row[-1])), []).append(row)
    spans = {
        f"from_{place}": numbered[start : start + SPAN]
        for place, start in enumerate(range(0, len(numbered), SPAN))
    }
    index = {
        "kinds": [list(k) for k in _KINDS.values()],
        "pages": [_page(*page) for page in pages],
        "parts": sorted(parts),
        "shards": sorted(shards),
        "spans": [rows[0][-1] for rows in spans.values()],  # the number with which each file begins
    }
    found = {INDEX: script("QUALITY_PAGES", index)}
    for name, rows in [*parts.items(), *shards.items(), *spans.items()]:
        found[f"{FOLDER}/{name}.js"] = script(f"QUALITY_SEARCH_{name}", rows)
    return found


def plain(number: str) -> str:
    """The letters and digits of a number, in small letters: what it is searched by."""
    return "".join(c for c in number.lower() if c.isascii() and c.isalnum())


def shard(number: str) -> str:
    """The last two letters or digits of a number: the file in which it is found by its end."""
    return plain(number)[-2:] or "none"


def _page(path: str, title: Text, more: str) -> Row:
    folder, _, rest = path.partition("/")
    return _row(path, title, folder if rest and folder in _PLACE else "page", more)


def _row(path: str, words: Text, kind: str, more: str = "") -> Row:
    return [path, words.zh, words.en, _PLACE[kind], more]


def _statuses() -> Iterator[Row]:
    for words, path in _STATUSES:
        for text in words.values():
            yield _row(path, text, "status")


def _terms(known: Gathered) -> Iterator[Row]:
    for words, path in _TERMS:
        for code, text in words.items():
            yield _row(path, text, "term", code)
    for table, key, path in (
        ("silver.goalpost", "indicator", "about.html#index"),
        ("silver.hazard", "hazard_code", "risk.html"),
    ):
        for row in known.night.frame(table).to_dict("records"):
            yield _row(path, _named(row["name_zh"], row["name_en"]), "term", row[key])
    for row in known.night.frame("silver.item_name").to_dict("records"):
        yield _row("items.html", _named(row["name_zh"], row["name_en"]), "term")


def _unique(rows: Iterable[Row]) -> list[Row]:
    """Each name once a page."""
    met: dict[tuple[str | int, ...], Row] = {}
    for row in rows:
        met.setdefault(tuple(row[:3]), row)
    return list(met.values())


def _named(zh: object, en: object) -> Text:
    return Text(str(zh), str(zh) if missing(en) else str(en))


def _standards(known: Gathered) -> list[Row]:
    rows = known.night.frame("gold.standard_edition").to_dict("records")
    return [
        _row(
            "standards.html",
            Text(
                f"{r['standard_no']} {_text(r['name_zh'])}".strip(),
                f"{r['standard_no']} {_text(r['name_en'])}".strip(),
            ),
            "standard",
        )
        for r in rows
    ]


def _offices(known: Gathered) -> list[Row]:
    """Offices with work, and the authorities of provinces and prefectures."""
    queue = known.night.frame("gold.work_queue")
    keys = {(kind, code) for kind, code in zip(queue["office_type"], queue["office_code"], strict=True)}
    provinces = dict(zip(queue["office_code"], queue["province_code"], strict=True))
    for code, row in known.about("silver.region", "region_code").items():
        if row["level"] in ("province", "prefecture") and missing(row["valid_to"]) and not collects(row):
            keys.add(("authority", code))
            provinces.setdefault(code, row["parent_code"] if row["level"] == "prefecture" else code)
    found = []
    for kind, code in sorted(keys):
        unit = ("region", provinces.get(code) or code) if kind == "authority" else (kind, code)
        page = known.names.href(*unit)
        more = f"{code} {label(OFFICE, kind).zh} {label(OFFICE, kind).en}"
        found.append(
            _row(f"{page}#work" if page else "work.html#offices", office(known, kind, code), "office", more)
        )
    return found


def _dictionary(known: Gathered, paths: set[str]) -> list[Row]:
    """Tables and columns: each name once, at the first table that has it."""
    met: dict[str, Row] = {}
    for row in known.night.dictionary.to_dict("records"):
        table, column = row["table"], row["column"]
        own = f"dictionary/{table}.html"
        path = own if own in paths else f"dictionary.html#{table}"
        met.setdefault(table, _row(path, same(table), "dictionary"))
        name = Text(f"{_text(row['name_zh']) or column} ({column})", column)
        met.setdefault(column, _row(path, name, "dictionary", table))
    return list(met.values())


def _cases(known: Gathered) -> Iterator[Row]:
    life = known.night.frame("gold.sampling_lifecycle")
    for code, category, state in zip(life["sample_id"], life["category_code"], life["state"], strict=True):
        yield _case(known, "sample", code, known.names.of("category", category), label(SAMPLE_STATE, state))
    leads = known.night.frame(LEADS)
    for code, state in zip(leads["lead_id"], leads["state"], strict=True):
        yield _case(known, "lead", code, label(LEAD_STATE, state))
    reports = known.night.frame("gold.counterfeit_case")
    for code, platform in zip(reports["report_id"], reports["platform_code"], strict=True):
        yield _case(known, "counterfeit_report", code, known.names.of("platform", platform))
    for code in known.night.frame("silver.enforcement_case")["case_id"]:
        yield _case(known, "enforcement_case", code)
    matters = known.night.frame("gold.complaint_matter").drop_duplicates("complaint_id")
    for code, matter in zip(matters["complaint_id"], matters["matter"], strict=True):
        yield _case(known, "complaint", code, same(_text(matter)))
    notices = known.night.frame("gold.joint_restriction")
    for code, platform in zip(notices["notice_id"], notices["platform_code"], strict=True):
        about = _about(code, known.names.of("platform", platform))
        yield _row("credit.html", about, "restriction", plain(code))


def _case(known: Gathered, kind: str, code: str, *about: Text) -> Row:
    path = cases.href(known, kind, code) or "sampling.html"
    return _row(path, _about(code, *about), kind, plain(code))


def _about(code: str, *about: Text) -> Text:
    return Text(BESIDE.join([code, *(t.zh for t in about)]), BESIDE.join([code, *(t.en for t in about)]))


def _text(value: object) -> str:
    return "" if missing(value) else str(value)
