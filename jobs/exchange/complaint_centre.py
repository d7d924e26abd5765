"""What the complaint centre gets: cases that are probably about one matter, the office that
has each open case, hazards read from texts, and results about the goods complained of. Platforms get the
complaints about them. No file has the text of a complaint, the complainant or the day of purchase. Pure.

A case is a complaint or a report of an offence (complaint_id). A letter about several matters is split into
parts, each about one platform and category. Parcels and kinds of files: see `jobs.exchange.kinds`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pandas as pd

from jobs.exchange.kinds import Kind, Parcel, as_text, of, only, recipient_of_platform
from jobs.marts.credit.joint_restriction import in_effect

CENTRE = "complaint_centre"
CASE, MATTER, HAZARD, QUEUE, BULLETIN = (
    "silver.complaint",
    "gold.complaint_matter",
    "gold.complaint_hazard",
    "gold.work_queue",
    "gold.bulletin",
)
SINCE = timedelta(days=365)  # cases received within so long get hazards and outcomes
MATTERS = Kind(
    "matters_to_merge",
    "1.0.0",
    MATTER,
    of(MATTER, "complaint_id part matter linked_to probability threshold method_version"),
    whole=True,
    key=("complaint_id", "part"),
    about="很可能是同一事项的投诉，请合并 | cases that are probably one matter, to be merged",
)
CASES_HELD = Kind(
    "complaint_handovers",
    "1.0.1",
    QUEUE,
    of(
        QUEUE,
        "subject_id office_code province_code task platform_code category_code since due status days_left "
        "rule rule_status citation",
    ),
    whole=True,
    key=("subject_id", "task"),
    about="每件未办结投诉举报的承办单位和期限 | who holds each open case, and until when",
)
TO_PLATFORM = Kind(
    "complaints_handed_over",
    "1.1.1",
    QUEUE,
    {
        **of(QUEUE, "subject_id office_code task category_code since due status"),
        **of(QUEUE, "rule_status citation"),
        **of(CASE, "shop_id listing_id quality"),
        "hazards": "",
    },
    whole=True,
    key=("subject_id", "task"),
    about="交由平台先行处理的投诉 | complaints that the platform is to settle first",
    own={
        "hazards": (
            "string | 文本明确提到的危害，以；分隔 | hazards that the text names in plain words, "
            "separated by ；"
        )
    },
)
HAZARDS = Kind(
    "complaint_hazards",
    "1.0.0",
    HAZARD,
    of(HAZARD, "complaint_id hazard_code received_on confidence evidence read_category_code method_version"),
    whole=True,
    key=("complaint_id", "hazard_code"),
    about="一年内文本中识别的危害 | hazards read from the texts of the last year",
)
_OUTCOME = {
    "outcome_kind": (
        "string | sample（公布的抽查结果）、takedown（下架）或restriction（网店受限） | sample (a "
        "result that may be given), takedown, or restriction of the shop"
    ),
    "outcome_id": "string | 样本或依据的编号 | identifier of the sample or of the ground",
    "outcome": "string | 结果 | what came of it",
    "outcome_on": "date | 日期 | its day",
}
OUTCOMES = Kind(
    "complaint_outcomes",
    "1.0.0",
    CASE,
    {**of(CASE, "complaint_id shop_id listing_id"), **dict.fromkeys(_OUTCOME, "")},
    whole=True,
    key=("complaint_id", "outcome_kind", "outcome_id"),
    about="一年内投诉对象的处理结果 | what became of goods and shops complained of in the last year",
    own=_OUTCOME,
)
KINDS = {kind.name: kind for kind in (MATTERS, CASES_HELD, TO_PLATFORM, HAZARDS, OUTCOMES)}


def for_centre(
    *,
    complaint: pd.DataFrame,
    matter: pd.DataFrame,
    hazard: pd.DataFrame,
    queue: pd.DataFrame,
    bulletin: pd.DataFrame,
    lifecycle: pd.DataFrame,
    restriction: pd.DataFrame,
    day: date,
) -> Iterator[Parcel]:
    """Yield one parcel for the complaint centre for each of MATTERS, CASES_HELD, HAZARDS and OUTCOMES that
    has rows; the rows are sorted by the kind's key.

    ``complaint``: silver.complaint, of which HAZARDS and OUTCOMES take those received within SINCE before
    ``day``; ``matter``: gold.complaint_matter, one row per case and part; ``hazard``: gold.complaint_hazard,
    one row per case and hazard; ``queue``: gold.work_queue; ``bulletin``: gold.bulletin; ``lifecycle``:
    gold.sampling_lifecycle; ``restriction``: gold.joint_restriction.
    """
    recent = complaint[complaint["received_on"].map(lambda on: day - SINCE <= on <= day).astype(bool)]
    read = hazard[hazard["complaint_id"].isin(recent["complaint_id"])]
    parts = (
        (MATTERS, matter[matter["link"].eq("probabilistic")]),
        (CASES_HELD, of_cases(queue)),
        (HAZARDS, read.assign(evidence=as_text(read["evidence"]))),
        (OUTCOMES, outcomes(recent, bulletin, lifecycle, restriction)),
    )
    for kind, rows in parts:
        if len(rows):
            yield Parcel(CENTRE, kind, only(rows.sort_values(list(kind.key), kind="stable"), kind))


def handed_over(
    queue: pd.DataFrame,
    complaint: pd.DataFrame,
    matter: pd.DataFrame,
    hazard: pd.DataFrame,
    platforms: set[str],
) -> Iterator[Parcel]:
    """Yield one parcel (TO_PLATFORM) per platform of ``platforms`` (codes) with open complaints about it, one
    row per case and task, by deadline; a letter about several platforms is sent to each of them, with what is
    about that platform. Reports of offences are left out: whoever is reported must not learn of it before the
    office has looked into it. Other arguments as for `for_centre`."""
    open_ = of_cases(queue)
    open_ = open_[open_["task"].isin(("decide_complaint", "end_mediation"))]
    about = complaint[["complaint_id", "shop_id", "listing_id", "quality"]]
    own = open_.merge(about, left_on="subject_id", right_on="complaint_id", how="left")
    parts = matter[matter["n_parts"] > 1]
    rows = pd.concat([own.astype(object), elsewhere(open_, parts).astype(object)], ignore_index=True)
    rows = rows[rows["platform_code"].isin(platforms)]
    named = plain_hazards(hazard, parts)
    found = [
        named.get((case, platform), named.get((case, None)))
        for case, platform in zip(rows["subject_id"], rows["platform_code"], strict=True)
    ]
    rows = rows.assign(
        hazards=pd.Series(["；".join(h) if h else None for h in found], rows.index, dtype=object)
    )
    for code, mine in rows.sort_values(["due", "subject_id"], kind="stable").groupby("platform_code"):
        yield Parcel(recipient_of_platform(str(code)), TO_PLATFORM, only(mine, TO_PLATFORM))


def elsewhere(open_: pd.DataFrame, parts: pd.DataFrame) -> pd.DataFrame:
    """Return the open tasks about letters of several matters once for each further platform that a part is
    about: the columns of ``open_``, with the part's platform_code and category_code, one row per case, task
    and further platform.

    ``open_``: rows of gold.work_queue, with the platform of the case itself; ``parts``: rows of
    gold.complaint_matter, one per part of such letters. shop_id, listing_id and quality are None, as they
    belong to the case's platform.
    """
    of_parts = parts[["complaint_id", "platform_code", "category_code"]]
    tasks = open_.drop(columns="category_code").rename(columns={"platform_code": "held_against"})
    rows = tasks.merge(of_parts, left_on="subject_id", right_on="complaint_id")
    rows = rows[rows["platform_code"].notna() & rows["platform_code"].ne(rows["held_against"])]
    rows = rows.drop_duplicates(["subject_id", "task", "platform_code"])
    return rows.assign(shop_id=None, listing_id=None, quality=None)


def plain_hazards(hazard: pd.DataFrame, parts: pd.DataFrame) -> dict[tuple[str, str | None], list[str]]:
    """Return the hazards that complaints name in plain words, as sorted codes. Keys: (complaint_id,
    platform_code) for each platform of a letter of several matters, None for parts of an unknown one ([]
    where its parts name no hazard); (complaint_id, None) for any other complaint that names one.

    ``hazard``: gold.complaint_hazard, of which those of confidence `sure` count; ``parts``: rows of
    gold.complaint_matter, one per part of a letter of several matters, with its ``hazards``, not null.
    """
    sure = hazard[hazard["confidence"].eq("sure") & ~hazard["complaint_id"].isin(parts["complaint_id"])]
    found: dict[tuple[str, str | None], set[str]] = {}
    for case, code in zip(sure["complaint_id"], sure["hazard_code"], strict=True):
        found.setdefault((case, None), set()).add(code)
    for case, platform, codes in zip(
        parts["complaint_id"], parts["platform_code"], parts["hazards"], strict=True
    ):
        found.setdefault((case, platform), set()).update(codes)
    return {key: sorted(codes) for key, codes in found.items()}


def of_cases(queue: pd.DataFrame) -> pd.DataFrame:
    """Return the tasks of gold.work_queue (``queue``) that authorities have about complaints and reports,
    days_left as Int64."""
    rows = queue[queue["office_type"].eq("authority") & queue["subject_type"].eq("complaint")]
    return rows.assign(days_left=rows["days_left"].astype("Int64"))


def outcomes(
    complaint: pd.DataFrame, bulletin: pd.DataFrame, lifecycle: pd.DataFrame, restriction: pd.DataFrame
) -> pd.DataFrame:
    """Return what became known about the listing or shop of each complaint since the day on which it was
    received: one row per complaint and outcome, with the columns of OUTCOMES.

    ``complaint``: rows of silver.complaint; ``bulletin``: gold.bulletin, of which results that are published
    or due for publication count, as outcome_kind sample, and the takedown of their listing in ``lifecycle``
    (gold.sampling_lifecycle), as takedown; ``restriction``: gold.joint_restriction, of which those of the
    shop that are in effect count, as restriction.
    """
    public = bulletin[bulletin["disclosure"].isin(("published", "due")) & bulletin["listing_id"].notna()]
    public = public.assign(outcome=public["final_outcome"].combine_first(public["exit_kind"]))
    down = public[["sample_id", "listing_id"]].merge(
        lifecycle[["sample_id", "taken_down_on"]], on="sample_id"
    )
    held = in_effect(restriction)
    parts = [
        _about(complaint, public, "listing_id", "sample", "sample_id", "outcome", "public_from"),
        _about(complaint, down, "listing_id", "takedown", "sample_id", None, "taken_down_on"),
        _about(complaint, held, "shop_id", "restriction", "basis_id", "measure", "starts_on"),
    ]
    rows = pd.concat(parts, ignore_index=True)
    return rows.drop_duplicates(list(OUTCOMES.key))


def _about(
    complaint: pd.DataFrame,
    results: pd.DataFrame,
    by: str,
    kind: str,
    name: str,
    outcome: str | None,
    on: str,
) -> pd.DataFrame:
    """What later happened to the listing or shop of each complaint: one row per complaint and result, with
    ``by`` and the columns outcome_kind (``kind``), outcome_id, outcome and outcome_on. ``results``: rows to
    be matched with complaints in the column ``by``; ``name``, ``outcome``, ``on``: their columns with these
    three values (``outcome`` None: it is ``kind``). Results without a day, or from before the complaint was
    received, are left out."""
    found = pd.DataFrame(
        {
            by: results[by].astype(object),
            "outcome_kind": kind,
            "outcome_id": results[name].astype(object),
            "outcome": kind if outcome is None else results[outcome].astype(object),
            "outcome_on": results[on].astype(object),
        }
    )
    found = found[found["outcome_on"].notna() & found[by].notna()]
    rows = complaint[["complaint_id", "shop_id", "listing_id", "received_on"]].merge(found, on=by)
    later = [on >= since for on, since in zip(rows["outcome_on"], rows["received_on"], strict=True)]
    return rows[pd.Series(later, rows.index, dtype=bool)].drop(columns="received_on")
