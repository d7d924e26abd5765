"""Finds what became of each lead: its cases, disposals, requests for assistance and acknowledgements. Each of
these belongs to at most one lead per batch; a case or disposal that names no sample may concern several
reports of counterfeits. Pure.

A lead asks a region to verify the operator or the producer of a traced batch (gold.enforcement_lead, one row
per batch and role). A disposal is a measure of an authority, such as a stop of sale. A request for assistance
(执法协查) is sent by one authority to another."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from jobs.marts.answered_by import REGION, gives_by_code
from jobs.marts.tracing.findings import SAMPLE, SUBJECT
from jobs.marts.tracing.places import Places

_PARTY, _REGION, _PROVINCE = 4, 2, 1  # points for a match of party, region and province
_NOTHING = "closed_unstated"
TAKEN = ("received", "done")  # status of acknowledgements by which a region works on an item


def course(
    leads: pd.DataFrame,
    life: pd.DataFrame,
    *,
    enforcement_case: pd.DataFrame,
    assistance_request: pd.DataFrame,
    disposal: pd.DataFrame,
    acknowledgement: pd.DataFrame,
    places: Places,
    as_of: date,
) -> pd.DataFrame:
    """Return ``leads`` with the columns that say what became of each; the same rows, in the same order, with
    a new index. Columns of gold.enforcement_lead are added for its case, disposals, newest request for
    assistance, acceptance, state and outcome.

    ``leads``: one row per lead: lead_id, SUBJECT, role (`operator`, `producer`), party_id, region_code,
    province_code, shop_id, listing_id, found_on, unassigned_reason. ``life``: as many rows in the same order:
    enforcement_opened_on, enforcement_closed_on and recheck_passed_on of gold.sampling_lifecycle, missing
    where the batch is no sample. The other tables are silver; ``places`` is built from silver.region.
    ``as_of``: the day on which a request without an answer is late or not.

    A case about a batch belongs to the lead of the party that it names, else of its region, else of its
    province, else to the operator's lead. A disposal or request belongs to the lead of its region or
    province, else to no lead. A case outweighs the other signs. Without one, an operator's lead is opened and
    closed by the events of the procedure, a producer's is closed by a recheck that passed, and a lead in
    which no case was opened is closed by an acknowledgement that says `done`. An acknowledgement counts only
    where the province of the lead's region gives it by its code (`answered_by.gives_by_code`); the newest of
    several counts, so that one after `done` opens the lead again. ``state`` is the first of these that
    holds: `closed`, `case_opened`, `unassigned` (no region is responsible), `returned` (refused by the
    region), `accepted`, `assigned`.

    A region acts on a lead from the finding on: a disposal or an answer before ``found_on`` is not counted
    for it. A case about the batch that was open by then is its case, and counts as acted on that day."""
    leads = leads.merge(_cases(leads, enforcement_case, places), on="lead_id", how="left")
    leads = leads.merge(_disposals(leads, disposal, places), on="lead_id", how="left")
    leads = leads.merge(_requests(leads, assistance_request, places), on="lead_id", how="left")
    for name in ("n_disposals", "n_requests"):
        leads[name] = pd.to_numeric(leads[name]).fillna(0).astype("int64")
    answers = _answers(_by_the_responsible(acknowledgement, leads, "request_id", places))
    received = leads["request_id"].map(dict(zip(answers["item_id"], answers["taken_on"], strict=True)))
    leads["request_received_on"] = received.astype(object)
    leads["request_state"] = _request_state(leads, as_of)
    own = _answers(_by_the_responsible(acknowledgement, leads, "lead_id", places))
    leads = leads.merge(
        own.rename(columns={"item_id": "lead_id"}), on="lead_id", how="left", validate="one_to_one"
    )
    return _ended(leads, life.set_axis(leads.index))


def _matched(
    leads: pd.DataFrame, events: pd.DataFrame, key: list[str], places: Places, *, first: str, least: int
) -> pd.DataFrame:
    """Each of ``events`` (id, region_code, and optionally party, a valid code) with the lead that it belongs
    to: its columns with lead_id, role, party_id and score, one row per id and ``key``.

    Only leads with the same ``key`` (columns that both have) are compared. The one with the highest score
    (points for the party, the region and the province) is taken; among equal ones that of the role ``first``,
    then the lowest lead_id. An event without such a lead, or with less than ``least`` points, has no row."""
    pairs = events.merge(leads[["lead_id", *key, "role", "party_id"]], on=key)
    place = {c: places.of(c) for c in events["region_code"].dropna().unique()}
    lead = leads.set_index("lead_id").loc[pairs["lead_id"]]
    region = pairs["region_code"].map({c: p.region for c, p in place.items()})
    province = pairs["region_code"].map({c: p.province for c, p in place.items()})
    score = _REGION * (region.eq(lead["region_code"].to_numpy()) & region.notna())
    score = score + _PROVINCE * (province.eq(lead["province_code"].to_numpy()) & province.notna())
    if "party" in pairs:
        score = score + _PARTY * (pairs["party"].eq(pairs["party_id"]) & pairs["party"].notna())
    pairs = pairs.assign(score=score.astype(int), other=pairs["role"].ne(first))
    best = pairs.sort_values(["id", "score", "other", "lead_id"], ascending=[True, False, True, True])
    best = best.drop_duplicates(["id", *key])
    return best[best["score"] >= least]


def _cases(leads: pd.DataFrame, enforcement_case: pd.DataFrame, places: Places) -> pd.DataFrame:
    """The earliest case of each lead. A case that names no sample and no complaint is taken to follow from
    each report of a counterfeit in its shop that was found by the day it was opened."""
    names = {"case_id": "id", "operator_uscc": "party"}
    days = {"opened_on": "case_opened_on", "closed_on": "case_closed_on"}
    rows = enforcement_case.rename(columns=names | days)
    of_sample = rows[rows["sample_id"].notna()].assign(subject_type=SAMPLE, subject_id=rows["sample_id"])
    others = rows[rows["sample_id"].isna() & rows["complaint_id"].isna() & rows["shop_id"].notna()]
    reports = leads[leads["subject_type"].ne(SAMPLE) & leads["shop_id"].notna()]
    subjects = reports[[*SUBJECT, "shop_id", "found_on"]].drop_duplicates()
    of_report = others.merge(subjects, on="shop_id")
    of_report = of_report[_days(of_report["case_opened_on"]) >= _days(of_report["found_on"])]
    of_report = of_report.drop(columns="found_on")
    met = [
        _matched(leads, frame, SUBJECT, places, first="operator", least=0)
        for frame in (of_sample, of_report)
        if len(frame)
    ]
    columns = ["lead_id", "case_id", "case_region_code", "case_opened_on", "case_closed_on", "result"]
    if not met:
        return pd.DataFrame(columns=columns)
    found = pd.concat(met, ignore_index=True).rename(
        columns={"id": "case_id", "region_code": "case_region_code"}
    )
    return found.sort_values(["case_opened_on", "case_id"]).drop_duplicates("lead_id")[columns]


def _disposals(leads: pd.DataFrame, disposal: pd.DataFrame, places: Places) -> pd.DataFrame:
    """Number of disposals that each lead's region or province made from the finding on, the kind of the
    newest and the day of the first; the platform's takedowns are not the region's."""
    rows = disposal[disposal["kind"].ne("takedown")].rename(columns={"disposal_id": "id"})
    of_sample = rows[rows["sample_id"].notna()].assign(subject_type=SAMPLE, subject_id=rows["sample_id"])
    reports = leads.loc[
        leads["subject_type"].ne(SAMPLE) & leads["listing_id"].notna(), [*SUBJECT, "listing_id"]
    ]
    of_report = rows[rows["sample_id"].isna()].merge(reports.drop_duplicates(), on="listing_id")
    met = [
        _matched(leads, frame, SUBJECT, places, first="operator", least=_PROVINCE)
        for frame in (of_sample, of_report)
        if len(frame)
    ]
    columns = ["lead_id", "n_disposals", "last_disposal", "disposed_on"]
    if not met:
        return pd.DataFrame(columns=columns)
    found = _since_found(pd.concat(met, ignore_index=True), "happened_on", leads)
    found = found.sort_values(["happened_on", "id"])
    by = found.groupby("lead_id")
    return by.agg(
        n_disposals=("id", "size"), last_disposal=("kind", "last"), disposed_on=("happened_on", "first")
    ).reset_index()


def _requests(leads: pd.DataFrame, assistance_request: pd.DataFrame, places: Places) -> pd.DataFrame:
    """Number of requests that each lead's region or province was sent about the batch, the day from the
    finding on on which it first answered one, and the newest."""
    rows = assistance_request.rename(
        columns={"request_id": "id", "to_region_code": "region_code", "from_region_code": "request_from"}
    )
    rows = rows.assign(subject_type=SAMPLE, subject_id=rows["sample_id"])[
        [
            *("id subject_type subject_id region_code request_from requested_on due_on").split(),
            *("answered_on answer").split(),
        ]
    ]
    met = _matched(
        leads, rows.dropna(subset=["subject_id"]), SUBJECT, places, first="producer", least=_PROVINCE
    )
    met = met.sort_values(["requested_on", "id"]).rename(
        columns={
            "id": "request_id",
            "due_on": "request_due",
            "answered_on": "request_answered_on",
            "answer": "request_answer",
        }
    )
    size = met.groupby("lead_id").size().rename("n_requests").reset_index()
    answered = _since_found(met, "request_answered_on", leads).sort_values("request_answered_on")
    first = answered.groupby("lead_id")["request_answered_on"].first()
    first = first.rename("first_answered_on").reset_index()
    newest = met.drop_duplicates("lead_id", keep="last")[
        [
            *("lead_id request_id requested_on request_from request_due request_answered_on").split(),
            "request_answer",
        ]
    ]
    return size.merge(first, on="lead_id", how="left").merge(newest, on="lead_id")


def _since_found(met: pd.DataFrame, on: str, leads: pd.DataFrame) -> pd.DataFrame:
    """Rows of ``met`` whose day in the column ``on`` is not before the finding of their lead; those with an
    unknown day stay."""
    found = met["lead_id"].map(dict(zip(leads["lead_id"], leads["found_on"], strict=True)))
    return met[~(_days(met[on]) < _days(found))]


def _by_the_responsible(
    acknowledgement: pd.DataFrame, leads: pd.DataFrame, key: str, places: Places
) -> pd.DataFrame:
    """Acknowledgements of items in the column ``key`` of ``leads`` that the province of the lead's region
    gives, by its code or that of a division in it (definitions.md#answers)."""
    rows = acknowledgement[acknowledgement["item_id"].isin(leads[key].dropna())]
    known = leads.dropna(subset=[key, "province_code"]).drop_duplicates(key)
    responsible = rows["item_id"].map(dict(zip(known[key], known["province_code"], strict=True)))
    said = [*zip(rows["recipient_code"], rows["recipient"], responsible, strict=True)]
    own = {  # a region says the same of all of its leads
        each: not pd.isna(each[2]) and gives_by_code(*each[:2], f"{REGION}_{each[2]}", places)
        for each in dict.fromkeys(said)
    }
    return rows[np.array([own[each] for each in said], dtype=bool)]


def _answers(acknowledgement: pd.DataFrame) -> pd.DataFrame:
    """The columns item_id, acknowledged_on and status of each item, by its newest acknowledgement, and
    taken_on: the first day on which it was received or done, None where the newest refuses it."""
    rows = acknowledgement[["item_id", "acknowledged_on", "status", "acknowledgement_id"]].dropna(
        subset=["item_id"]
    )
    rows = rows.sort_values(["acknowledged_on", "acknowledgement_id"], na_position="first")
    taken = rows[rows["status"].isin(TAKEN)].groupby("item_id")["acknowledged_on"].first()
    newest = rows.drop_duplicates("item_id", keep="last")[["item_id", "acknowledged_on", "status"]]
    on = newest["item_id"].map(taken).astype(object).where(newest["status"].isin(TAKEN), None)
    return newest.assign(taken_on=on)


def _request_state(leads: pd.DataFrame, as_of: date) -> pd.Series:
    due, answered = _days(leads["request_due"]), _days(leads["request_answered_on"])
    late = np.where(np.isnat(answered), np.datetime64(as_of), answered) > due
    names = np.where(
        np.isnat(answered), np.where(late, "overdue", "open"), np.where(late, "answered_late", "answered")
    )
    return pd.Series(names.astype(object), leads.index).where(leads["request_id"].notna(), None)


def _ended(leads: pd.DataFrame, life: pd.DataFrame) -> pd.DataFrame:
    """State, since when, outcome and acceptance. A case outweighs events of the procedure; these
    outweigh acknowledgements."""
    operator = leads["role"].eq("operator") & leads["case_id"].isna()
    opened = leads["case_opened_on"].astype(object)
    opened = opened.mask(operator & life["enforcement_opened_on"].notna(), life["enforcement_opened_on"])
    closed = leads["case_closed_on"].astype(object)
    closed = closed.mask(operator & life["enforcement_closed_on"].notna(), life["enforcement_closed_on"])
    passed = (
        life["recheck_passed_on"]
        .astype(object)
        .where(leads["role"].eq("producer") & leads["case_id"].isna(), None)
    )
    said = leads["status"].where(opened.isna(), None)
    done = leads["acknowledged_on"].astype(object).where(said.eq("done"), None)
    ended = closed.where(closed.notna(), passed)
    ended = ended.where(ended.notna(), done)
    outcome = leads["result"].where(leads["case_closed_on"].notna(), None).astype(object)
    outcome = outcome.where(outcome.notna() | closed.isna(), _NOTHING)
    outcome = outcome.where(outcome.notna() | passed.isna(), "recheck_passed")
    outcome = outcome.where(outcome.notna() | done.isna(), "reported_done")
    signs = {
        "acknowledgement": leads["taken_on"],
        "disposal": leads["disposed_on"],
        "request": leads["first_answered_on"],
        "case": _not_before(opened, leads["found_on"]),
    }
    on = pd.DataFrame({name: pd.to_datetime(day) for name, day in signs.items()})
    accepted = on.min(axis=1)
    sign = on.eq(accepted, axis=0).idxmax(axis=1).astype(object).where(accepted.notna(), None)
    back = said.eq("refused") & opened.isna()
    state = np.select(
        [ended.notna(), opened.notna(), leads["unassigned_reason"].notna(), back, accepted.notna()],
        ["closed", "case_opened", "unassigned", "returned", "accepted"],
        "assigned",
    )
    accepted_on = accepted.dt.date.astype(object).where(accepted.notna(), None)
    since = ended.where(ended.notna(), opened)
    since = since.where(since.notna(), leads["acknowledged_on"].astype(object).where(back, None))
    deeds = (signs["disposal"], signs["request"], signs["case"], ended)
    acted = pd.concat([pd.to_datetime(day) for day in deeds], axis=1).min(axis=1)
    acted = acted.where(leads["unassigned_reason"].isna())
    taken = accepted_on.where(leads["unassigned_reason"].isna(), None)
    since = since.where(since.notna(), taken).where(lambda s: s.notna(), leads["found_on"])
    return leads.assign(
        state=state,
        state_since=since,
        outcome=outcome.where(ended.notna(), None),
        accepted_on=accepted_on,
        accepted_by=sign,
        acted_on=acted.dt.date.astype(object).where(acted.notna(), None),
        case_opened_on=opened,
        case_closed_on=closed,
        transferred_on=closed.where(outcome.eq("transferred"), None),
    )


def _not_before(day: pd.Series, found: pd.Series) -> pd.Series:
    """``day``, or the later day of ``found`` where it lies before that; missing where it is."""
    late = _days(day) < _days(found)
    return day.mask(late, found)


def _days(dates: pd.Series) -> np.ndarray:
    return pd.to_datetime(dates).to_numpy().astype("datetime64[D]")
