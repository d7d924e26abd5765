"""gold.enforcement_lead: which region has to verify the operator and the producer of a traced batch, until
when, and what it has done (definitions.md#tracing)."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from jobs.marts.overview.queue_leads import VERIFY, awaited, for_a_case
from jobs.marts.sampling.deadlines import CALENDAR_UNKNOWN, Deadlines
from jobs.marts.tracing.course import course
from jobs.marts.tracing.findings import SAMPLE, SUBJECT
from jobs.marts.tracing.places import UNKNOWN, Places
from jobs.period import Period

OPERATOR, PRODUCER = "operator", "producer"
CLUE = ("report_received", "report_verified")  # the time for verifying a clue, from any source
# Letter of the role in a lead_id, such as XS-J-<sample_id>.
LETTERS = {OPERATOR: "J", PRODUCER: "S"}
# The columns of the table, in their order.
ORDER = (
    "lead_id subject_type subject_id role finding found_on is_final platform_code shop_id listing_id "
    "category_code party_id link_kind link_probability region_code province_code region_basis "
    "unassigned_reason state state_since outcome accepted_on accepted_by acted_on case_id case_region_code "
    "case_opened_on case_closed_on transferred_on n_disposals last_disposal n_requests request_id "
    "requested_on request_from request_due request_received_on request_answered_on request_answer "
    "request_state due days_left undated rule rule_status citation"
).split()
READS = {
    "source_trace": [
        "subject_type",
        "subject_id",
        "hop",
        "node_id",
        "finding",
        "found_on",
        "link_kind",
        "method",
        "path_probability",
        "break_reason",
        "region_code",
    ],
    "acknowledgement": [
        "acknowledgement_id",
        "acknowledged_on",
        "recipient",
        "recipient_code",
        "item_id",
        "status",
    ],
    "sample": ["sample_id", "platform_code", "shop_id", "listing_id", "category_code", "seller_region_code"],
    "shop": ["shop_id", "platform_code", "region_code"],
    "counterfeit_report": ["report_id", "platform_code", "shop_id", "listing_id"],
    "sampling_lifecycle": [
        *("sample_id final_on enforcement_opened_on enforcement_closed_on recheck_passed_on").split(),
    ],
    "enforcement_case": [
        *(
            "case_id opened_on region_code sample_id complaint_id shop_id operator_uscc closed_on result"
        ).split()
    ],
    "disposal": ["disposal_id", "kind", "happened_on", "sample_id", "listing_id", "region_code"],
}


def build(
    *,
    source_trace: pd.DataFrame,
    sample: pd.DataFrame,
    shop: pd.DataFrame,
    counterfeit_report: pd.DataFrame,
    traced_listing: pd.DataFrame,
    sampling_lifecycle: pd.DataFrame,
    enforcement_case: pd.DataFrame,
    assistance_request: pd.DataFrame,
    disposal: pd.DataFrame,
    acknowledgement: pd.DataFrame,
    region: pd.DataFrame,
    statutory_timer: pd.DataFrame,
    calendar: pd.DataFrame,
    period: Period,
) -> pd.DataFrame:
    """Return the rows of gold.enforcement_lead: two rows (leads) per batch of gold.source_trace, one for its
    operator and one for its producer, sorted by lead_id. Columns: ORDER, each explained in
    schemas/gold/enforcement_lead.odcs.yaml. source_trace, traced_listing and sampling_lifecycle are gold
    tables, the others silver.

    The operator's region is that of its registered office, else the one filed for the shop, else the one that
    the sample names for its seller. The producer's is that of its register entry, else the one on the label,
    else that of the authority that issued its code. A region code that was replaced leads to the present one
    (`Places`). ``due``: last day for verifying the lead: the time that the law gives for a clue, whether an
    authority found it, or it was reported or handed over; counted from the day of the finding. A lead that
    waits for a case alone has no such day. Columns about what became of a lead: `course`."""
    places = Places(region)
    leads = _parties(source_trace, shop, sample)
    leads = _responsible(leads, places).assign(
        lead_id=lambda t: (
            "XS-"
            + t["role"].map(LETTERS)
            + np.where(t["subject_type"] == SAMPLE, "-", "F-")
            + t["subject_id"]
        )
    )
    leads = _goods(leads, sample, counterfeit_report, traced_listing)
    life = sampling_lifecycle.set_index("sample_id").reindex(_samples(leads)).set_axis(leads.index)
    leads["is_final"] = ~leads["finding"].eq("nonconforming") | life["final_on"].notna()
    leads = course(
        leads,
        life,
        enforcement_case=enforcement_case,
        assistance_request=assistance_request,
        disposal=disposal,
        acknowledgement=acknowledgement,
        places=places,
        as_of=period.as_of,
    )
    leads = _timed(leads, Deadlines(statutory_timer, calendar), period.as_of)
    leads = leads.sort_values("lead_id", ignore_index=True)[ORDER]
    return leads.astype(object).where(leads.notna(), None)


def _parties(trace: pd.DataFrame, shop: pd.DataFrame, sample: pd.DataFrame) -> pd.DataFrame:
    """One row per batch and role: party, link, the region that is filed for it and by what."""
    rows = trace[trace["hop"].isin([OPERATOR, PRODUCER])].reset_index(drop=True)
    of_shop = trace[trace["hop"] == "shop"].set_index(SUBJECT)["node_id"]
    shops = pd.Series(of_shop.reindex(pd.MultiIndex.from_frame(rows[SUBJECT])).to_numpy(object), rows.index)
    seller = rows["role"] = rows["hop"]
    operator = seller.eq(OPERATOR)
    filed = rows["region_code"].astype(object)
    basis = pd.Series("registered_office", rows.index, dtype=object)
    unregistered = ~operator & rows["method"].eq("code_unregistered")
    by_code = filed.eq(rows["node_id"].astype(str).str[2:8])
    basis = basis.mask(unregistered, np.where(by_code, "code", "label"))
    business = shops.map(dict(zip(shop["shop_id"], shop["region_code"], strict=True))).astype(object)
    named = _samples(rows).map(dict(zip(sample["sample_id"], sample["seller_region_code"], strict=True)))
    for other in (business, named.astype(object)):
        fill = operator & filed.isna() & other.notna()
        filed, basis = filed.mask(fill, other), basis.mask(fill, "place_of_business")
    # A seller without a shop on file is still at the place that the sample names.
    reason = rows["break_reason"].astype(object).mask(operator & filed.notna(), None)
    return rows[[*SUBJECT, "finding", "found_on", "role"]].assign(
        party_id=rows["node_id"].where(rows["node_id"] != "", None),
        link_kind=rows["link_kind"],
        link_probability=rows["path_probability"].astype(float),
        filed=filed,
        region_basis=basis,
        reason=reason,
    )


def _samples(rows: pd.DataFrame) -> pd.Series:
    """The sample of each row, null where its subject is a report: either has identifiers of its provider."""
    return rows["subject_id"].where(rows["subject_type"].eq(SAMPLE))


def _responsible(leads: pd.DataFrame, places: Places) -> pd.DataFrame:
    """The responsible region of each, or why there is none."""
    found = {code: places.of(code) for code in leads["filed"].dropna().unique()}
    ask = leads["filed"].where(leads["reason"].isna(), None)
    region = ask.map({c: p.region for c, p in found.items()}).astype(object)
    reason = ask.map({c: p.reason for c, p in found.items()}).astype(object)
    reason = leads["reason"].where(leads["reason"].notna(), reason)
    reason = reason.mask(region.isna() & reason.isna(), UNKNOWN)
    return leads.assign(
        region_code=region.where(region.notna(), None),
        province_code=ask.map({c: p.province for c, p in found.items()}).astype(object),
        region_basis=leads["region_basis"].where(region.notna(), None),
        unassigned_reason=reason.where(region.isna(), None),
    )


def _goods(
    leads: pd.DataFrame, sample: pd.DataFrame, report: pd.DataFrame, listing: pd.DataFrame
) -> pd.DataFrame:
    """With platform, shop, listing and category of the batch; a report has its listing's category."""
    names = ["platform_code", "shop_id", "listing_id"]
    reports = report.rename(columns={"report_id": "id"})[["id", *names]].assign(
        subject_type="counterfeit_report"
    )
    reports["category_code"] = reports["listing_id"].map(
        dict(zip(listing["listing_id"], listing["category_code"], strict=True))
    )
    samples = sample.rename(columns={"sample_id": "id"})[["id", *names, "category_code"]]
    goods = [g.astype(object) for g in (samples.assign(subject_type=SAMPLE), reports) if len(g)]
    if not goods:
        return leads.assign(**dict.fromkeys([*names, "category_code"]))
    about = pd.concat(goods, ignore_index=True).rename(columns={"id": "subject_id"})
    return leads.merge(about, on=SUBJECT, how="left", validate="many_to_one")


def _timed(leads: pd.DataFrame, deadlines: Deadlines, as_of: date) -> pd.DataFrame:
    """Due, rule and days left; days are counted of leads that wait to be verified, as in the work queue, and
    a lead that waits for a case alone has no last day, as there."""
    days = leads["found_on"].dropna().unique()
    rules = {day: deadlines.rule(*CLUE, "latest", day) for day in days}
    ends = {day: deadlines.last_day(*CLUE, day) for day in days}
    timed = leads["found_on"].where(~for_a_case(leads))
    rule = timed.map(rules)
    due = timed.map(ends).astype(object)
    waits = awaited(leads).eq(VERIFY) & due.notna()
    left = [(end - as_of).days if wait else None for end, wait in zip(due, waits, strict=True)]
    known = rule.notna()
    undated = pd.Series(np.where(known, CALENDAR_UNKNOWN, "no_rule"), leads.index).where(due.isna(), None)
    return leads.assign(
        due=due,
        days_left=pd.array(left, dtype="Int64"),
        undated=undated,
        rule=rule.map(lambda r: r.rule_id, na_action="ignore"),
        rule_status=rule.map(lambda r: r.status, na_action="ignore"),
        citation=rule.map(lambda r: r.citation, na_action="ignore"),
    )
