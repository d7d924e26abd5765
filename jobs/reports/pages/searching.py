"""The index of the site's search: names and codes of all pages, terms, goods, standards, offices, statuses,
tables and columns, the numbers of cases and the codes of enterprises and shops that a page shows, in both
languages. The browser searches it without a server; `jobs.reports.search_files` says how its files are laid
out."""

from __future__ import annotations

from collections.abc import Iterator

from jobs.arrays import dicts
from jobs.made_up import in_english
from jobs.marts.takedown_duty import NOTICE
from jobs.reports import cases, consequences, fresh, proposed, repeats
from jobs.reports.authorities import collects
from jobs.reports.case_facts import matter_stated
from jobs.reports.counterfeits import listings, operator
from jobs.reports.gathered import Gathered
from jobs.reports.names import PARTIES, page_name
from jobs.reports.numbers import missing
from jobs.reports.pages import counterfeit, restricted, sampling, tracing, work
from jobs.reports.pages.bulletin import public
from jobs.reports.pages.extras import office
from jobs.reports.pages.file_format import FOUND_BY
from jobs.reports.pages.morning import marked
from jobs.reports.pages.offices import offices
from jobs.reports.pages.reconciliation import ITEMS
from jobs.reports.pages.search_words import HELP, OWN_WORDS, RESTRICTED
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
from jobs.reports.restriction_duties import HELD, state_said
from jobs.reports.search_files import (
    Filed,
    Row,
    beside,
    case_hit,
    goods,
    hit,
    of_goods,
    of_numbers,
    once,
    page_hit,
    standard_hit,
    written,
)
from jobs.reports.tracing import LEADS
from jobs.reports.tracing import STATE as LEAD_STATE
from jobs.reports.wording import COUNTS, INDIVIDUAL, RATE_NAME, Text, label, same

# Words of statuses and steps, the page on which they are counted, and of what: more than one has 逾期.
_STATUSES = (
    (TASK_STATUS, "work.html#tasks", Text("待办事项", "tasks")),
    (TIMER_STATE, "sampling.html#timers", Text("法定期限", "statutory deadlines")),
    (SAMPLE_STATE, "sampling.html#states", Text("样品", "samples")),
    *((words, "sampling.html#states", Text("样品", "samples")) for words in BRANCHES.values()),
    (LEAD_STATE, "tracing.html", Text("属地线索", "territorial leads")),
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


def numbers(known: Gathered) -> Filed:
    """Return the search's files of cases, enterprises, shops and listings by their number or code."""
    return of_numbers([*_cases(known), *_parties(known), *_listings(known)])


def names(known: Gathered) -> Filed:
    """Return the search's files of goods, and of repeat failures, by their name."""
    return of_goods([*goods(_goods(known)), *_repeat_failures(known)])


def files(known: Gathered, pages: list[tuple[str, Text, str]], *others: Filed) -> dict[str, bytes]:
    """Return the files of the search, path below site/ → content: search_index.js, those of terms, standards,
    offices and tables in search/, which the browser loads when they are needed, and those of ``others``
    (`numbers`, `names`), which do not depend on which pages there are.

    ``pages``: (path, title, further words that find it) of each page, in the order of the site. A column is
    found once, at the first table that has it.
    """
    paths = {path for path, _, _ in pages}
    parts = {
        "terms": once(
            [
                *_statuses(),
                *_terms(known),
                *_lists_of_repeat_failures(known),
                *_proposals(known),
                *_consequences(known),
                *_restrictions(known),
            ]
        ),
        "standards": _standards(known),
        "offices": _offices(known),
        "dictionary": _dictionary(known, paths),
    }
    listed = [
        page_hit(path, title, f"{more} {OWN_WORDS.get(path, '')}".strip()) for path, title, more in pages
    ]
    listed += [hit(path, words, "page", more) for path, words, more in HELP]
    listed += _old_tasks(known)
    listed += _brands_without_a_page(known)
    listed += _refused_files(known)
    listed += _formats(known)
    return written(listed, parts, *others)


def _old_tasks(known: Gathered) -> Iterator[Row]:
    """The tasks that are overdue for more than a year, where there are any: the list that marks them."""
    if any(map(fresh.is_old, dicts(known.night.frame(fresh.QUEUE)[["days_left"]]))):
        mark = fresh.MARK[fresh.OLD]
        words = Text(f"{mark.zh}的待办事项", f"Tasks {mark.en}")
        yield hit(marked(mark), words, "page", "逾期一年 超期一年 长期逾期 逾期最久 overdue a year long old")


def _brands_without_a_page(known: Gathered) -> Iterator[Row]:
    """Of these the list of brands, and its download, have all that is known."""
    register, kind = known.night.frame("silver.brand"), PARTIES["brand"]
    for code, *about in register[["brand_id", "owner_name", "owner_uscc", "trademark_no"]].itertuples(
        index=False
    ):
        if code not in known.names.paged["brand"]:
            more = " ".join(str(v) for v in (code, *about) if not missing(v))
            yield hit(kind.listed, known.names.of("brand", code), kind.folder, more)


def _refused_files(known: Gathered) -> Iterator[Row]:
    """Files that are refused or held, at their place on the page of the source."""
    ledger = known.file_ledger
    for file in (*ledger.refused_files, *ledger.for_information):
        words = Text(f"{file['file']} · 被拒收或暂不采用", f"{file['file']} · refused or held")
        yield hit(f"sources/{page_name(file['source'])}#refused", words, "sources", file["source"])


def _formats(known: Gathered) -> Iterator[Row]:
    """The section of each source's page that says how its files are written."""
    for name in sorted(set(known.night.landed["source"]) & set(known.night.sources.good)):
        source = known.night.sources.good[name]
        more = " ".join([FOUND_BY, *(f"{feed.name} {feed.target}" for feed in source.feeds)])
        words = Text(f"{name} · 报送格式与示例", f"{name} · file format and example")
        yield hit(f"sources/{page_name(name)}#format", words, "sources", more)


def _goods(known: Gathered) -> Iterator[tuple[str, Text | None, str]]:
    """Goods of batches that may be public, and goods recalled, with their brands."""
    batches = public(known)[["product_name", "category_code", "brand"]].drop_duplicates()
    for r in dicts(batches):
        kind = known.names.of("category", r["category_code"])
        yield _text(r["product_name"]), kind, _in_both(known.brand(r["brand"]))
    recalls = known.night.frame("silver.recall")
    for name, category, brand in zip(
        recalls["product_text"], recalls["category_code"], recalls["brand"], strict=True
    ):
        of = None if missing(category) else known.names.of("category", category)
        yield _text(name), of, _in_both(known.brand(brand))


def _in_both(words: Text) -> str:
    return " ".join(dict.fromkeys(words))


def _lists_of_repeat_failures(known: Gathered) -> Iterator[Row]:
    words = f"{repeats.WORDS} {repeats.ASKED}"
    for (dimension, code), path in repeats.pages(known).items():
        of = known.names.of(dimension, code)
        yield hit(path, Text(f"屡次检出不合格 · {of.zh}", f"Repeat failures · {of.en}"), "page", words)


def _proposals(known: Gathered) -> Iterator[Row]:
    """The proposal for the nation, and its part of each province."""
    yield hit(
        "sampling.html#proposal", Text("下一季度抽样建议", "Sampling proposal for next quarter"), "term"
    )
    for code in sorted(known.names.paged["region"]) if len(known.night.frame(proposed.PROPOSED)) else ():
        path = known.names.href("region", code)
        name = known.names.of("region", code)
        yield hit(f"{path}#proposal", proposed.title(name), "page", proposed.WORDS)


def _consequences(known: Gathered) -> Iterator[Row]:
    """What follows where a platform misses a duty: a part of each platform's page."""
    for code in sorted(known.names.paged["platform"]):
        name = known.names.of("platform", code)
        words = Text(f"{consequences.TITLE.zh} · {name.zh}", f"{consequences.TITLE.en} · {name.en}")
        path = known.names.href("platform", code)
        yield hit(f"{path}#consequences", words, "consequence", f"{code} {consequences.SEARCHED}")


def _restrictions(known: Gathered) -> Iterator[Row]:
    """The list of restrictions in effect on the page of a platform, or of a province with such shops."""
    for dimension, code in restricted.with_restrictions(known):
        path, name = known.names.href(dimension, code), known.names.of(dimension, code)
        words = Text(f"生效中的网店限制 · {name.zh}", f"Restrictions of shops in effect · {name.en}")
        yield hit(f"{path}#restricted", words, "page", f"{code} {RESTRICTED}")


def _repeat_failures(known: Gathered) -> list[Row]:
    """Names of the shops and producers that a page lists as repeat failures, each at the first such page."""
    met: dict[tuple[str, str], Row] = {}
    for path, kind, code, name in repeats.parties(known):
        if name is not None and name != INDIVIDUAL:
            met.setdefault((kind, code), hit(path, beside(name.zh, same(code)), kind, repeats.WORDS))
    return sorted(met.values(), key=lambda row: str(row[1]))


def _statuses() -> Iterator[Row]:
    for words, path, of in _STATUSES:
        for text in words.values():
            yield hit(path, Text(f"{text.zh} · {of.zh}", f"{text.en} · {of.en}"), "status")


def _terms(known: Gathered) -> Iterator[Row]:
    for words, path in _TERMS:
        for code, text in words.items():
            yield hit(path, text, "term", code)
    for table, key, path in (
        ("silver.goalpost", "indicator", "about.html#index"),
        ("silver.hazard", "hazard_code", "risk.html"),
    ):
        for row in dicts(known.night.frame(table)):
            yield hit(path, _named(row["name_zh"], row["name_en"]), "term", row[key])
    for row in dicts(known.night.frame("silver.item_name")):
        yield hit("items.html", _named(row["name_zh"], row["name_en"]), "term")


def _named(zh: object, en: object) -> Text:
    return Text(str(zh), str(zh) if missing(en) else str(en))


def _standards(known: Gathered) -> list[Row]:
    rows = dicts(known.night.frame("gold.standard_edition"))
    return [
        standard_hit(
            "standards.html",
            r["standard_no"],
            Text(
                f"{r['standard_no']} {_text(r['name_zh'])}".strip(),
                f"{in_english(r['standard_no'])} {_text(r['name_en'])}".strip(),
            ),
        )
        for r in rows
    ]


def _offices(known: Gathered) -> list[Row]:
    """Offices with work, which lead to their tasks and are found by that some are overdue as well, and the
    authorities of provinces and prefectures, which lead to the page of their region."""
    listed = {(o.kind, o.code): o for o in offices(known, dicts(known.night.frame("gold.work_queue")))}
    others = {}
    for code, row in known.about("silver.region", "region_code").items():
        if row["level"] in ("province", "prefecture") and missing(row["valid_to"]) and not collects(row):
            others["authority", code] = row["parent_code"] if row["level"] == "prefecture" else code
    found = []
    for kind, code in sorted({*listed, *others}):
        mine = listed.get((kind, code))
        if mine is not None and kind == "authority":
            path = mine.cases
        else:
            page = known.names.href(*(("region", others[kind, code]) if mine is None else (kind, code)))
            path = f"{page}#work" if page else "work.html#offices"
        more = f"{code} {label(OFFICE, kind).zh} {label(OFFICE, kind).en}"
        if mine is not None and mine.late:
            more += f" {label(TASK_STATUS, 'overdue').zh} {label(TASK_STATUS, 'overdue').en}"
        found.append(hit(path, office(known, kind, code), "office", more))
    return found


def _dictionary(known: Gathered, paths: set[str]) -> list[Row]:
    """Tables and columns: each name once, at the first table that has it."""
    met: dict[str, Row] = {}
    for row in dicts(known.night.dictionary):
        table, column = row["table"], row["column"]
        own = f"dictionary/{table}.html"
        path = own if own in paths else f"dictionary.html#{table}"
        met.setdefault(table, hit(path, same(table), "dictionary"))
        name = Text(f"{_text(row['name_zh']) or column} ({column})", column)
        met.setdefault(column, hit(f"{own}#{column}" if path == own else path, name, "dictionary", table))
    return list(met.values())


def _cases(known: Gathered) -> Iterator[Row]:
    rows = work.rows_of_cases(known)

    def case(kind: str, code: str, *about: Text) -> Row:
        path = rows.get((kind, code)) or cases.href(known, kind, code) or "sampling.html"
        return case_hit(path, kind, code, *about)

    life = known.night.frame("gold.sampling_lifecycle")
    for code, category, state in zip(life["sample_id"], life["category_code"], life["state"], strict=True):
        yield case("sample", code, known.names.of("category", category), label(SAMPLE_STATE, state))
    ordered = life[life["takedown_ordered_on"].notna()]
    for code, platform in zip(ordered["sample_id"], ordered["platform_code"], strict=True):
        of = () if missing(platform) else (known.names.of("platform", platform),)
        yield case_hit(str(case("sample", code)[0]), "takedown", NOTICE + code, *of)
    leads = known.night.frame(LEADS)
    for code, state in zip(leads["lead_id"], leads["state"], strict=True):
        yield case("lead", code, label(LEAD_STATE, state))
    reports = known.night.frame("gold.counterfeit_case")
    for code, platform in zip(reports["report_id"], reports["platform_code"], strict=True):
        yield case("counterfeit_report", code, known.names.of("platform", platform))
    for code in known.night.frame("silver.enforcement_case")["case_id"]:
        yield case("enforcement_case", code)
    matters = known.night.frame("gold.complaint_matter").drop_duplicates("complaint_id")
    for code, matter in zip(matters["complaint_id"], matters["matter"], strict=True):
        stated = matter_stated(_text(matter))
        yield case("complaint", code, *([same(stated)] if stated else []))
    notices = known.night.frame("gold.joint_restriction")
    found = notices[["notice_id", "platform_code", "state", "ends_on", "ended_on", "basis"]]
    for code, platform, state, *ends in found.itertuples(index=False):
        path = restricted.place_of_notice(known, platform, code)
        ended = () if state == HELD else (state_said(state, *ends),)
        yield case_hit(path, "restriction", code, known.names.of("platform", platform), *ended)
    # Only lists of tasks show a request for assistance, and only until it is answered.
    for kind, code in rows:
        if kind == "assistance_request":
            yield case("assistance_request", code)
    met = set[str]()
    for path, kind, code, item in restricted.grounds(known):
        if code not in met:
            met.add(code)
            yield case_hit(path, kind, code, item)


def _parties(known: Gathered) -> Iterator[Row]:
    """Enterprises and shops whose code a page shows, each at the first of: the newest trace, lists of leads,
    repeat offenders, restricted shops, shops that know buyers of samples."""
    platform = dict(known.night.frame(LEADS)[["shop_id", "platform_code"]].itertuples(index=False))
    met = set[tuple[str, str]]()
    shown: list[tuple[str, str, str, Text | None]] = [
        (path, kind, code, known.names.of("platform", platform[code]) if platform.get(code) else None)
        for (kind, code), path in tracing.parties(known).items()
    ]
    shown += [
        (f"{counterfeit.PATH}#offenders", "enterprise", code, None) for code in counterfeit.enterprises(known)
    ]
    shown += restricted.parties(known)
    shown += repeats.parties(known)
    exposed = sampling.exposed_shops(known.night.frame("gold.buyer_exposure")).head(sampling.SHOPS)
    for code, of in zip(exposed["shop_id"], exposed["platform_code"], strict=True):
        shown.append((f"{sampling.PATH}#exposure", "shop", code, known.names.of("platform", of)))
    for path, kind, code, about in shown:
        if (kind, code) not in met:
            met.add((kind, code))
            words = about or (operator(known, code) if kind == "enterprise" else None)
            yield case_hit(path, kind, code, *([words] if words else []))


def _listings(known: Gathered) -> Iterator[Row]:
    """Listings that pages of platforms show, each at the first such place."""
    met = set[str]()
    for path, code, platform in listings(known):
        if code not in met:
            met.add(code)
            yield case_hit(path, "listing", code, known.names.of("platform", platform))


def _text(value: object) -> str:
    return "" if missing(value) else str(value)
