"""Collects what a night holds for its recipients: who they are, and which rows each of them gets. Recipients,
parcels and kinds of files: see `jobs.exchange.kinds`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import cache
from types import MappingProxyType

import pandas as pd

from jobs.contracts.catalog import Catalog
from jobs.contracts.schema import arrow_schema
from jobs.exchange import (
    commerce,
    complaint_centre,
    corrections,
    counterfeits,
    credit_lists,
    credit_standing,
    customs,
    failing,
    findings,
    lab_results,
    nation,
    next_deliveries,
    own_files,
    parcels,
    parties,
    plans,
    public_batches,
    relisted_again,
    restricted,
    scores,
    standards_body,
)
from jobs.exchange.kinds import Kind, Parcel, recipient_of_platform, recipient_of_region
from jobs.ingest.units import current
from jobs.lake import ops
from jobs.lake.night import Snapshot
from jobs.reports.confidential import flags_of, shown
from jobs.reports.counting import quarantine_lines
from jobs.reports.file_ledger import file_ledger_of
from jobs.reports.nation import of_nation
from jobs.reports.order_lines import with_faults
from jobs.reports.sent_trade import register
from jobs.reports.shelved import Shelved

MODULES = (
    plans,
    parcels,
    findings,
    public_batches,
    own_files,
    next_deliveries,
    corrections,
    counterfeits,
    relisted_again,
    lab_results,
    restricted,
    scores,
    parties,
    failing,
    credit_standing,
    customs,
    commerce,
    credit_lists,
    complaint_centre,
    standards_body,
    nation,
)
# Name → kind, for all kinds of files but that of urgent items.
KINDS: dict[str, Kind] = {name: kind for module in MODULES for name, kind in module.KINDS.items()}
OFFICES = (
    customs.CUSTOMS,
    commerce.COMMERCE,
    credit_lists.PLANNING,
    complaint_centre.CENTRE,
    standards_body.BODY,
)
# To whom a part of the contents goes: names of recipients, or what these begin with. PLANNED share a sampling
# plan.
PLANNED = (plans.BUYERS, plans.NATION_OFFICE)
PLATFORMS = (recipient_of_platform(""),)
REGIONS = (recipient_of_region(""),)
PARTIES = (
    lab_results.recipient_of_lab(""),
    parties.recipient_of_brand(""),
    parties.recipient_of_cluster(""),
    parties.recipient_of_enterprise(""),
)
# Who may be the provider of a source.
FILERS = (*PLATFORMS, *REGIONS, *PARTIES, *OFFICES)
Frame = Callable[[str], pd.DataFrame]


def recipients(snapshot: Snapshot) -> set[str]:
    """Return the names of all that may get a package: buyers, the nation's authority, OFFICES, and the
    platforms, provinces, brands, clusters, laboratories and enterprises in the lake's registers. Brands,
    clusters, laboratories and enterprises whose code cannot name a folder are left out (`parties.named`)."""
    return {
        plans.BUYERS,
        plans.NATION_OFFICE,
        *OFFICES,
        *map(recipient_of_platform, _platforms(snapshot)),
        *map(recipient_of_region, _provinces(snapshot)),
        *map(lab_results.recipient_of_lab, _names(snapshot, "silver.lab", "lab_id")),
        *map(parties.recipient_of_brand, _names(snapshot, "silver.brand", "brand_id")),
        *map(parties.recipient_of_cluster, _names(snapshot, "silver.industrial_cluster", "cluster_code")),
        *map(
            parties.recipient_of_enterprise,
            parties.named(_column(snapshot, "silver.enterprise", "enterprise_id"), parties.USCC),
        ),
    }


def contents(
    snapshot: Snapshot,
    catalog: Catalog,
    day: date,
    recipient: str | None = None,
    filers: Mapping[str, own_files.Filer] = MappingProxyType({}),
    bundles: tuple[Shelved, ...] = (),
) -> Iterator[Parcel]:
    """Yield the parcels of the night; a table that is absent counts as empty. ``snapshot``: the tables of the
    night; ``catalog``: their contracts; ``day``: the day of the packages; ``filers``: name of a source → its
    provider, to whom a report on its files is sent; ``bundles``: the published ones, as
    `shelved.with_batches` returns them.

    ``recipient``: None for all, else only what is needed for this one; parcels of other recipients may come
    with it, and where it gets a part of a sampling plan, those of all who share the plan do. Raises
    ValueError where a part of the contents yields a parcel for a recipient that the part does not name
    (PLANNED, PLATFORMS and so on), as that recipient would not get it when asked for alone."""

    frame = _frames(snapshot, catalog)
    parts = (
        (PLANNED, lambda: _plans(frame, day)),
        (PLATFORMS, lambda: _to_platforms(snapshot, frame, bundles, day)),
        (PLATFORMS, lambda: _scores(snapshot, frame, day)),
        (REGIONS, lambda: _to_regions(snapshot, frame)),
        (PARTIES, lambda: _to_parties(snapshot, frame, day)),
        (OFFICES, lambda: _to_offices(snapshot, frame, day)),
        ((plans.NATION_OFFICE,), lambda: _to_nation(snapshot, frame)),
        (FILERS, lambda: _to_filers(snapshot, catalog, filers)),
    )
    served: set[str] = set() if recipient is None else {recipient}
    for names, parcels_of in parts:
        if recipient is None or any(name.startswith(names) for name in served):
            for parcel in parcels_of():
                if not parcel.recipient.startswith(names):
                    raise ValueError(
                        f"{parcel.kind.name} for {parcel.recipient}: its part of the contents names only "
                        f"recipients that begin with {', '.join(names)}"
                    )
                if recipient in PLANNED and parcel.kind.name in plans.KINDS:  # the first part: others follow
                    served.update(PLANNED)
                yield parcel


def planned(snapshot: Snapshot, catalog: Catalog, day: date) -> Iterator[Parcel]:
    """Yield those parcels of `contents` that are of sampling plans, for everyone. Arguments as there."""
    yield from _plans(_frames(snapshot, catalog), day)


def _frames(snapshot: Snapshot, catalog: Catalog) -> Frame:
    """Return a function that reads a table of the night, each once; only the nation's rows."""

    @cache
    def frame(table: str) -> pd.DataFrame:
        if snapshot.version(table) is None:
            return arrow_schema(catalog.contracts[table]).empty_table().to_pandas(date_as_object=True)
        # A stale table may be of an older contract: what it lacks is empty.
        rows = snapshot.frame(table, where=of_nation(snapshot, table))
        named = list(catalog.contracts[table].column_names)
        lacking = dict.fromkeys((c for c in named if c not in rows.columns), None)
        return rows.assign(**lacking)[named]

    return frame


def _plans(frame: Frame, day: date) -> Iterator[Parcel]:
    yield from plans.proposed_plans(frame("gold.sampling_purchase"), frame("gold.sampling_proposal"), day)


def _to_platforms(
    snapshot: Snapshot, frame: Frame, bundles: tuple[Shelved, ...], day: date
) -> Iterator[Parcel]:
    platforms = _platforms(snapshot)
    yield from parcels.takedown_notices(
        frame("gold.sampling_lifecycle"), frame("silver.sample"), frame("silver.calendar"), platforms
    )
    yield from findings.nonconforming_listings(
        frame("gold.sampling_lifecycle"), frame("silver.sample"), frame("silver.test_result"), platforms
    )
    yield from public_batches.public_batches(frame(public_batches.TABLE), platforms, bundles)
    yield from parcels.signals_to_platforms(frame("gold.work_queue"), frame("gold.risk_signal"), platforms)
    yield from corrections.standard_corrections(frame("gold.standard_citation"), platforms)
    yield from counterfeits.counterfeit_tasks(frame(counterfeits.TABLE), platforms)
    yield from relisted_again.relisted_again(frame(relisted_again.TABLE), platforms)
    yield from restricted.restricted_operators(
        frame(restricted.TABLE),
        frame(restricted.RESPONSE),
        frame("silver.restriction_measure"),
        platforms,
        day,
    )
    yield from complaint_centre.handed_over(
        frame("gold.work_queue"),
        frame("silver.complaint"),
        frame("gold.complaint_matter"),
        frame("gold.complaint_hazard"),
        platforms,
    )


def _to_filers(
    snapshot: Snapshot, catalog: Catalog, filers: Mapping[str, own_files.Filer]
) -> Iterator[Parcel]:
    if not filers:
        return
    landed = current(_of_ops(snapshot, "ops.ingest_file"))
    feeds = {name: filer.feeds for name, filer in filers.items()}
    ledger = file_ledger_of(with_faults(_of_ops(snapshot, own_files.LEDGER_TABLE)), landed, feeds)
    yield from own_files.own_files(filers, ledger, quarantine_lines(snapshot), catalog)
    yield from next_deliveries.next_deliveries(filers, _of_ops(snapshot, next_deliveries.TABLE))


def _scores(snapshot: Snapshot, frame: Frame, day: date) -> Iterator[Parcel]:
    items = scores.open_items(
        lifecycle=frame("gold.sampling_lifecycle"),
        sample=frame("silver.sample"),
        control=frame("silver.platform_control"),
        duty=frame("gold.platform_duty"),
        queue=frame("gold.work_queue"),
        calendar=frame("silver.calendar"),
        citation=frame("gold.standard_citation"),
        day=day,
    )
    references = ("goalpost", "index_weight", "index_method", "product_category")
    yield from scores.score_preview(
        indicator=frame(scores.INDEX),
        weak=frame("gold.weak_point"),
        references={name: frame(f"silver.{name}") for name in references},
        items=items,
        platforms=_platforms(snapshot),
        flags=flags_of(snapshot),
    )


def _to_regions(snapshot: Snapshot, frame: Frame) -> Iterator[Parcel]:
    provinces = _provinces(snapshot)
    yield from parcels.overdue_work(frame("gold.work_queue"), provinces)
    yield from restricted.restriction_reviews(frame("gold.restriction_review"), frame("silver.region"))
    leads = frame("gold.enforcement_lead")
    yield from parcels.leads_and_traces(leads, frame("gold.source_trace"), provinces)
    yield from parcels.leads_to_assign(leads)
    yield from parcels.signals_to_regions(frame("gold.work_queue"), frame("gold.risk_signal"), provinces)


def _to_parties(snapshot: Snapshot, frame: Frame, day: date) -> Iterator[Parcel]:
    labs = _names(snapshot, "silver.lab", "lab_id")
    yield from lab_results.lab_results(frame("gold.lab_performance"), frame("gold.lab_agreement"), labs)
    yield from lab_results.open_commissions(frame("gold.work_queue"), labs)
    brands = _names(snapshot, "silver.brand", "brand_id")
    yield from parties.brand_cases(frame("gold.counterfeit_case"), brands)
    clusters = _names(snapshot, "silver.industrial_cluster", "cluster_code")
    yield from parties.cluster_reports(_shown(snapshot, frame, "gold.cluster_report"), clusters)
    items = {
        "result": frame("silver.test_result"),
        "sample": frame("silver.sample"),
        "lifecycle": frame("gold.sampling_lifecycle"),
        "peers": frame("gold.failing_item"),
    }
    yield from failing.failing_items(
        **items,
        trace=frame("gold.source_trace"),
        brand=frame("silver.brand"),
        category=frame("silver.product_category"),
        clusters=clusters,
    )
    yield from failing.failing_tests(**items, conclusion=frame("silver.conclusion"), labs=labs)
    if snapshot.version(credit_standing.SCORE) is not None:
        given = {table.partition(".")[2]: frame(table) for table in credit_standing.TABLES}
        yield from credit_standing.credit_standing(given, day)


def _to_offices(snapshot: Snapshot, frame: Frame, day: date) -> Iterator[Parcel]:
    restriction = frame("gold.joint_restriction")
    yield from customs.for_customs(
        inspection=frame("silver.customs_inspection"),
        platform=frame("silver.platform"),
        operator=frame("silver.shop_operator"),
        lifecycle=frame("gold.sampling_lifecycle"),
        sample=frame("silver.sample"),
        match=frame("gold.alert_match"),
        restriction=restriction,
    )
    units = frame("gold.commerce_confidential")
    yield from commerce.for_commerce(
        table=frame("gold.commerce_table"),
        units=units,
        concentration=frame("gold.commerce_concentration"),
        restriction=restriction,
        shown=register(snapshot.lake).before(units),
        day=day,
    )
    yield from credit_lists.for_planning(frame("silver.dishonesty_entry"), restriction, day)
    yield from complaint_centre.for_centre(
        complaint=frame("silver.complaint"),
        matter=frame("gold.complaint_matter"),
        hazard=frame("gold.complaint_hazard"),
        queue=frame("gold.work_queue"),
        bulletin=frame("gold.bulletin"),
        lifecycle=frame("gold.sampling_lifecycle"),
        restriction=restriction,
        day=day,
    )
    yield from standards_body.for_standards_body(
        cited=frame("gold.cited_standard"),
        failure=frame("gold.standard_failure"),
        rate=frame("gold.citation_rate"),
        participation=frame("gold.standards_participation"),
    )


def _to_nation(snapshot: Snapshot, frame: Frame) -> Iterator[Parcel]:
    yield from nation.for_nation(
        report=_shown(snapshot, frame, "gold.region_report"),
        queue=frame("gold.work_queue"),
        index=_shown(snapshot, frame, "gold.quality_index"),
        signal=frame("gold.risk_signal"),
        named=snapshot.named,
        bundle=_of_ops(snapshot, "ops.bundle"),
    )


def _shown(snapshot: Snapshot, frame: Frame, table: str) -> pd.DataFrame:
    """The rows of a table without what may not be shown (jobs.reports.confidential)."""
    rows = frame(table)
    return shown(table, rows, flags_of(snapshot)) if len(rows) else rows


def _of_ops(snapshot: Snapshot, table: str) -> pd.DataFrame:
    if snapshot.lake.exists(table):
        return snapshot.lake.frame(table)
    return ops.TABLES[table].empty_table().to_pandas(date_as_object=True)


def _platforms(snapshot: Snapshot) -> set[str]:
    return set(_column(snapshot, "silver.platform", "platform_code"))


def _provinces(snapshot: Snapshot) -> set[str]:
    if snapshot.version("silver.region") is None:
        return set()
    columns = ["region_code", "level"]
    region = snapshot.frame("silver.region", columns=columns, where=of_nation(snapshot, "silver.region"))
    return set(region.loc[region["level"] == "province", "region_code"])


def _names(snapshot: Snapshot, table: str, column: str) -> set[str]:
    """Return the codes in a column of a register that can name a folder; only the nation's rows."""
    return parties.named(_column(snapshot, table, column))


def _column(snapshot: Snapshot, table: str, column: str) -> pd.Series:
    if snapshot.version(table) is None:
        return pd.Series(dtype=object)
    return snapshot.frame(table, columns=[column], where=of_nation(snapshot, table))[column]
