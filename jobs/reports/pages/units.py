"""Pages of platforms, provinces, categories and industrial clusters: for each dimension a page that lists and
compares its units, and one page for each unit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import pandas as pd

from jobs.contracts.glossary import search_words
from jobs.reports import proposed
from jobs.reports.consequences import consequences
from jobs.reports.counterfeits import of_platform as counterfeits_of
from jobs.reports.downloads import csv_bytes
from jobs.reports.failing import failing, followed, trend
from jobs.reports.gathered import Gathered
from jobs.reports.indexes import part_of, ranking
from jobs.reports.lead_times import verified
from jobs.reports.names import KINDS, UNKNOWN, Kind, page_name
from jobs.reports.numbers import missing
from jobs.reports.pages.comparison import beyond, compare, funnel_plot
from jobs.reports.pages.credit import public
from jobs.reports.pages.desk_parts import handled, signals
from jobs.reports.pages.extras import TAKE_DOWN, brief, effects, guidance, own_limit, tasks
from jobs.reports.pages.inside import inside, prefectures, roles
from jobs.reports.pages.lead_platforms import by_platform
from jobs.reports.pages.lead_rows import unit_leads
from jobs.reports.pages.loop import by_unit, closed_loop, lags
from jobs.reports.pages.offices import group_download, group_page
from jobs.reports.pages.overview import overview
from jobs.reports.pages.placed import deliveries
from jobs.reports.pages.province_duties import n_to_publish, with_duties
from jobs.reports.pages.province_maps import province_maps
from jobs.reports.pages.restricted import Restricted
from jobs.reports.pages.restricted import of_platform as restricted_of
from jobs.reports.pages.restricted import of_region as restricted_here
from jobs.reports.pages.standards import of_unit
from jobs.reports.pages.unit import blocks
from jobs.reports.pages.unit_links import links
from jobs.reports.pages.verdict import verdict
from jobs.reports.rates import apart
from jobs.reports.rendering import Page
from jobs.reports.repeats import repeats
from jobs.reports.sent_lists import beside_queue, further_duties
from jobs.reports.standards import CITATIONS
from jobs.reports.wording import PLATFORM_KIND, Text, label

TOGETHER = 20  # units whose pages are made by one process after another
SETTLED_FIRST = ("decide_complaint", "end_mediation")  # tasks of offices of which platforms are sent a copy
ALL_TASKS = "data/work_queue.csv"
MOST_FINER = 30  # finer categories shown; a large platform has goods of a hundred
REFERENCE = {
    "platform": ("silver.platform", "platform_code"),
    "region": ("silver.region", "region_code"),
    "category": ("silver.product_category", "category_code"),
    "cluster": ("silver.industrial_cluster", "cluster_code"),
}


def page_makers(known: Gathered) -> Iterator[Callable[[], Iterable[Page]]]:
    """Yield functions that make pages independently of one another: for each dimension first one for the list
    (such as platforms.html), then those for the pages of at most TOGETHER units each (platforms/<code>.html).
    Units are those that a reference or a sample names."""
    for kind in KINDS.values():
        codes = sorted(known.names.paged[kind.dimension])
        yield partial(_list_pages, known, kind, codes)
        for start in range(0, len(codes), TOGETHER):
            yield partial(_unit_pages, known, kind, codes[start : start + TOGETHER])


def _list_pages(known: Gathered, kind: Kind, codes: list[str]) -> Iterator[Page]:
    yield _list_page(known, kind, codes)


def _unit_pages(known: Gathered, kind: Kind, codes: list[str]) -> Iterator[Page]:
    for code in codes:
        yield _unit_page(known, kind, code)


def _list_page(known: Gathered, kind: Kind, codes: list[str]) -> Page:
    """Return the page that compares all units of a dimension; for regions the provinces, for categories the
    main ones first."""
    rate = known.rates.plain
    levels = [(None, codes)] if kind.dimension != "category" else known.levels
    compared = [
        (title, compare(known, kind.dimension, codes=[*part, "unknown"], role=kind.role))
        for title, part in levels
    ]
    index = ranking(known, kind.dimension)
    rates = [x for c in compared[0][1] if c.design == "probability" for x in c.lines]
    table, key = REFERENCE[kind.dimension]
    rows = rate[(rate["dimension_type"] == kind.dimension)]
    download = f"data/detection_rate_{kind.dimension}.csv"
    context = {
        "kind": kind,
        "levels": compared,
        # Where all units are of one level none of their batches is counted twice.
        "beside": {x.code: x for c in compared[0][1] if c.apart and len(compared) == 1 for x in c.lines},
        "overview": overview(known, codes, index, rates) if kind.dimension == "platform" else [],
        "maps": province_maps(known, "") if kind.dimension == "region" else [],
        "funnel": funnel_plot(known, kind.dimension, role=kind.role, codes=levels[0][1]),
        "loops": by_unit(known, kind.dimension),
        "index": index,
        "units": [(code, known.names.of(kind.dimension, code), _about(known, kind, code)) for code in codes],
        "beyond": beyond(known, kind.dimension, set(known.night.frame(table)[key]) | {"unknown"}),
        "download": download,
    }
    downloads = {
        download: csv_bytes(apart(rows)),
        f"data/{kind.dimension}_report.csv": csv_bytes(known.night.frame(f"gold.{kind.dimension}_report")),
    }
    return Page(kind.listed, "units.html", kind.many, kind.listed, context, downloads)


def _unit_page(known: Gathered, kind: Kind, code: str) -> Page:
    name = known.names.of(kind.dimension, code)
    download = f"data/{kind.dimension}_{page_name(code)[:-5]}.csv"
    index_download = f"data/index_{kind.dimension}_{page_name(code)[:-5]}.csv"
    listed = f"data/failing_batches_{kind.dimension}_{page_name(code)[:-5]}.csv"
    year, (_, complaint) = known.complaint_year, known.complaint(kind.dimension, code)
    own = blocks(known, kind.dimension, code, name, role=kind.role)
    leads_to = links(known, kind.dimension, code)
    index, queue = part_of(known, kind.dimension, code, name), _work(known, kind, code)
    on_time = verified(known).get(code) if kind.dimension == "region" else None
    stands = verdict(known, kind.dimension, code, own, index, complaint, queue)
    handed = _handed_over(known, kind, code)
    if kind.dimension == "platform":
        sent = _sent(known, code, stands.overdue, queue, handed)
        due = deliveries(known, f"platform_{code}")
        stands = replace(stands, sent=sent, beside=_beside(known, code, handed), deliveries=due)
    context = {
        "kind": kind,
        "code": code,
        "name": name,
        "about": _about(known, kind, code),
        "verdict": stands if kind.dimension != "region" else with_duties(known, code, stands, on_time, queue),
        "links": leads_to,
        "listed": listed,
        "blocks": own,
        "year": year,
        "complaint": complaint,
        "inside": inside(known, kind, code),
        "most_finer": MOST_FINER,
        "brief": brief(known, kind.dimension, code),
        "index": index,
        **_of_work(known, kind, code, queue),
        "repeats": repeats(known, kind.dimension, code),
        "handed": tasks(known, handed),
        "signals": signals(known, kind.dimension, code),
        "handled": handled(known, kind.dimension, code),
        **_of_platform(known, code if kind.dimension == "platform" else None),
        "effects": effects(known, kind.dimension, code),
        "guidance": guidance(known, code) if kind.dimension == "category" else [],
        "failing": failing(known, kind.dimension, code),
        "followed": followed(known, kind.dimension, code),
        "leads": unit_leads(known, kind.dimension, code),
        "on_time": on_time,
        **_of_region(known, code if kind.dimension == "region" else None),
        "trend": trend(known, kind.dimension, code),
        "standards": of_unit(known, kind.dimension, code),
        "index_download": index_download,
        "roles": roles(known, code, name) if kind.dimension == "region" else [],
        "loop": closed_loop(known, kind.dimension, code),
        "lags": lags(known, kind.dimension, code),
        "looped": kind.dimension in ("platform", "region"),
        "download": download,
    }
    downloads = {download: csv_bytes(apart(_rows(known, kind, code)))}
    downloads |= _own_files(context["restricted"])
    if leads_to.n_failed:
        downloads[listed] = leads_to.downloads
    if known.index_period is not None:
        downloads[index_download] = csv_bytes(
            known.rows("gold.quality_index_indicator", kind.dimension, code)
        )
    return Page(
        f"{kind.folder}/{page_name(code)}",
        "unit.html",
        name,
        kind.listed,
        context,
        downloads,
        _words(known, kind, code),
    )


def _sent(
    known: Gathered, code: str, overdue: int, queue: list[dict[str, Any]], handed: list[dict[str, Any]]
) -> Text:
    """How the list that a platform is sent differs from its tasks in the work queue (``queue``), of which so
    many are ``overdue``. ``handed``: as for `_beside`."""
    fakes, day = counterfeits_of(known, code), str(known.night.date)
    return beside_queue(
        overdue=overdue,
        takedowns=sum(r["task"] == TAKE_DOWN and "" < own_limit(known, r) < day for r in queue),
        complaints=sum(r["status"] == "overdue" for r in handed),
        counterfeits=0 if fakes is None else fakes["n_overdue"],
    )


def _beside(known: Gathered, code: str, handed: list[dict[str, Any]]) -> list[tuple[Text, str]]:
    """What a platform has to do beside its tasks in the work queue. ``handed``: tasks of offices about the
    complaints that it settles."""
    own, fakes = restricted_of(known, code), counterfeits_of(known, code)
    cited = known.rows_by(CITATIONS, ("platform_code",), (code,))
    return further_duties(
        n_stop=0 if own is None else own.n_stop,
        n_silent=0 if own is None else own.n_silent,
        since="" if own is None else own.silent_since,
        n_citations=cited["listing_id"].nunique(),
        n_checks=0 if fakes is None else fakes["n_checks"],
        n_back=0 if fakes is None else fakes["n_back"],
        n_sent=0 if fakes is None else fakes["n_sent"],
        n_complaints=len(handed),
        n_late=sum(r["status"] == "overdue" for r in handed),
    )


def _of_platform(known: Gathered, code: str | None) -> dict[str, Any]:
    """Parts that only the page of a platform has; ``code`` is None for other units."""
    if code is None:
        return dict.fromkeys(("counterfeit", "restricted", "consequences"))
    return {
        "counterfeit": counterfeits_of(known, code),
        "restricted": restricted_of(known, code),
        "consequences": consequences(),
    }


def _own_files(own: Restricted | None) -> dict[str, bytes]:
    """The file of a platform's restrictions, where its page shows any."""
    return {} if own is None else {own.download: public(own.rows)}


def _of_work(known: Gathered, kind: Kind, code: str, queue: list[dict[str, Any]]) -> dict[str, Any]:
    """The tasks of a unit (``queue``), their CSV, and for a province the page with all of them and how many
    results its authorities are to publish, which are of other batches than those of sellers in the
    province."""
    if kind.dimension != "region":
        first = {"work": tasks(known, queue), "work_download": ALL_TASKS, "work_page": ""}
        return first | {"to_publish": None}
    return {
        "work": tasks(known, queue),
        "work_download": group_download("region", code),
        "work_page": group_page("region", code),
        "to_publish": n_to_publish(queue),
    }


def _of_region(known: Gathered, code: str | None) -> dict[str, Any]:
    """Parts that only the page of a province has; ``code`` is None for other units."""
    if code is None:
        return {"proposed": None, "here": None, "on_platforms": []}
    return {
        "proposed": proposed.of_province(known, code),
        "here": restricted_here(known, code),
        "on_platforms": by_platform(known, code),
    }


def _words(known: Gathered, kind: Kind, code: str) -> str:
    """Return words by which the search finds a unit besides its name: its code, what people call goods of a
    category, and the credit code of a platform's operator."""
    called = known.groups("silver.product_term", "category_code").get(code, [])
    words = [w for r in called for w in r["match"]] if kind.dimension == "category" else []
    words += [search_words()[code]] if kind.dimension == "category" and code in search_words() else []
    if kind.dimension == "platform":
        uscc = known.about("silver.platform", "platform_code").get(code, {}).get("operator_uscc")
        words += [] if missing(uscc) else [str(uscc)]
    return " ".join([code, *words])


def _work(known: Gathered, kind: Kind, code: str) -> list[dict[str, Any]]:
    """Tasks of a platform, or of the authorities in a province."""
    if kind.dimension == "platform":
        rows = known.groups("gold.work_queue", "office_code").get(code, [])
        return [r for r in rows if r["office_type"] == "platform"]
    if kind.dimension == "region":
        return [
            r
            for r in known.groups("gold.work_queue", "province_code").get(code, [])
            if r["office_type"] == "authority"
        ]
    return []


def _handed_over(known: Gathered, kind: Kind, code: str) -> list[dict[str, Any]]:
    """Tasks of offices about open complaints that name a platform, which is sent these to settle them first;
    none for other units. Reports of offences are not among them, as the platform must not learn of these."""
    if kind.dimension != "platform":
        return []
    rows = known.groups("gold.work_queue", "platform_code").get(code, [])
    return [r for r in rows if r["subject_type"] == "complaint" and r["task"] in SETTLED_FIRST]


def _rows(known: Gathered, kind: Kind, code: str) -> pd.DataFrame:
    """The rows behind a unit's page: its own, its prefectures' and its pairs of one year."""
    return (
        known.rates.behind(code)
        if kind.dimension == "category"
        else known.rates.of(kind.dimension, code, *prefectures(known, kind, code))
    )


def _about(known: Gathered, kind: Kind, code: str) -> Text | None:
    """What kind of unit it is: a platform's business, a category's parent, a cluster's place."""
    reference, key = REFERENCE[kind.dimension]
    rows = known.about(reference, key)
    row = rows.get(code)
    if kind.dimension == "platform":
        return UNKNOWN if row is None or missing(row["kind"]) else label(PLATFORM_KIND, row["kind"])
    if row is None:
        return (
            Text("参照表之外的代码", "a code that no reference knows") if kind.dimension != "region" else None
        )
    if kind.dimension == "category" and not missing(row["parent_code"]):
        return known.names.of("category", row["parent_code"])
    return known.place(row["region_code"]) if kind.dimension == "cluster" else None
