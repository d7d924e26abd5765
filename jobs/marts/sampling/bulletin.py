"""gold.bulletin: one row per batch of a plan with what may be published of it: product, seller, marked
producer, failed items, laboratory, and the objections and comments of the parties. A bulletin is the list of
results that an authority publishes."""

from __future__ import annotations

import pandas as pd

from jobs.marts.public_names import kind_of_code, public_names
from jobs.marts.sampling.bulletin_lists import COMMENTS, ITEMS, OBJECTION, comments, failing_items, objections
from jobs.marts.sampling.deadlines import Deadlines
from jobs.marts.sampling.disclosure import PUBLIC, disclosures
from jobs.marts.sampling.happenings import first_known
from jobs.marts.sampling.outcomes import Stage, Verdict, outcomes, serious
from jobs.period import Period

KEY = ["plan_id", "sample_id"]
# Disclosed of every batch, so that the batches of a plan are those of its rate.
COUNTED = ["exit_kind", "exit_reason", "first_outcome", "final_outcome", "serious"]
PRODUCT = ["category_code", "product_name", "brand", "batch_no", "produced_on", "purchased_on", "channel"]
PLACE = (
    "platform_code shop_id listing_id shop_name seller_name seller_region_code producer_name "
    "producer_region_code"
).split()
LAB = ["lab_id", "lab_name", "result_issued_on", "final_on", "final_basis"]
AGAIN = [
    "reinspection_requested_on",
    "reinspection_on",
    "reinspection_lab_id",
    "reinspection_lab_name",
    "reinspection_refusal",
]
# Disclosed once the batch may be named.
BY_NAME = [*PLACE, *PRODUCT, *LAB, *AGAIN, *ITEMS, *OBJECTION, *COMMENTS]
COLUMNS = [*KEY, "disclosure", "public_from", "published_on", *COUNTED, *BY_NAME]
READS = {
    "sampling_lifecycle": [
        *"sample_id published_on final_on final_basis result_issued_on reinspection_issued_on".split()
    ],
    "sampling_refusal": ["sample_id", "event_id", "event", "happened_on", "reason"],
    "sample": [
        *"sample_id plan_id exit_kind exit_reason exited_on platform_code shop_id listing_id".split(),
        *"seller_name seller_region_code producer_name producer_region_code producer_uscc lab_id".split(),
        *PRODUCT,
    ],
    "standing_conclusion": ["sample_id", "stage", "outcome", "issued_on", "serious", "revoked_by"],
    "conclusion": ["sample_id", "stage", "lab_id", "issued_on"],
    "test_result": ["sample_id", "lab_verdict", *ITEMS.values()],
    "reinspection": ["reinspection_id", "sample_id", "accepted", "requested_on", "issued_on", "lab_id"],
    "shop": ["shop_id", "name", "operator_type"],
    "lab": ["lab_id", "name_zh"],
}


def build(
    *,
    sampling_lifecycle: pd.DataFrame,
    sampling_refusal: pd.DataFrame,
    sample: pd.DataFrame,
    standing_conclusion: pd.DataFrame,
    conclusion: pd.DataFrame,
    test_result: pd.DataFrame,
    objection: pd.DataFrame,
    reinspection: pd.DataFrame,
    party_comment: pd.DataFrame,
    shop: pd.DataFrame,
    lab: pd.DataFrame,
    statutory_timer: pd.DataFrame,
    calendar: pd.DataFrame,
    period: Period,
) -> pd.DataFrame:
    """Return the rows of gold.bulletin: one row per batch that has an outcome (a conclusion, or an exit
    before the test), sorted by KEY. Columns: COLUMNS, each explained in schemas/gold/bulletin.odcs.yaml.
    sampling_lifecycle, sampling_refusal and standing_conclusion are gold tables, the others silver.

    Until a batch may be disclosed (`disclosure.disclosures`), the columns BY_NAME (product, parties and
    places) are null in its row. Texts are as the feed wrote them; names of natural persons are withheld
    (`public_names`)."""
    batches = judged(sample, standing_conclusion, test_result, sampling_lifecycle)
    batches = batches.join(disclosures(batches))
    names = shown_names(batches, shop)
    batches = batches.assign(
        shop_name=names["shop_shown"],
        seller_name=names["seller_shown"],
        producer_name=names["producer_shown"],
        lab_name=batches["lab_id"].map(_labs(lab)),
    )
    public_rows = batches["disclosure"].isin(PUBLIC)
    failed = batches["final_outcome"] == Verdict.NONCONFORMING
    deadlines = Deadlines(statutory_timer, calendar)
    parts = [
        _reinspections(conclusion, reinspection, lab),
        refused_again(sampling_lifecycle, sampling_refusal),
        failing_items(
            test_result[test_result["sample_id"].isin(batches.loc[failed & public_rows, "sample_id"])]
        ),
        objections(objection, period.as_of),
        comments(party_comment, names, deadlines, period.as_of),
    ]
    at = pd.Index(batches["sample_id"])
    placed = [part.set_index("sample_id", verify_integrity=True).reindex(at) for part in parts]
    batches = pd.concat([batches, *(part.set_axis(batches.index) for part in placed)], axis=1)[COLUMNS]
    whole = batches.astype(object).where(batches.notna(), None)
    whole = whole.assign(**{name: whole[name].where(public_rows, None) for name in BY_NAME})
    return _typed(whole.sort_values(KEY, ignore_index=True))


def judged(
    sample: pd.DataFrame, conclusion: pd.DataFrame, test_result: pd.DataFrame, lifecycle: pd.DataFrame
) -> pd.DataFrame:
    """Return one row per sample that has an outcome, the samples that gold.detection_rate counts: the columns
    of ``sample``, COUNTED, revoked (bool: no conclusion has force), and published_on, final_on, final_basis
    and result_issued_on of ``lifecycle``. The order is that of ``sample``.

    ``sample``, ``test_result``: silver tables; ``conclusion``: gold.standing_conclusion; ``lifecycle``:
    gold.sampling_lifecycle. A sample with both an exit and a conclusion counts as tested: its exit_kind and
    exit_reason are null. ``serious`` is null unless the final outcome is non-conforming."""
    outcome = outcomes(sample, conclusion)
    first, again = (
        sample["sample_id"].map(conclusion[conclusion["stage"] == stage].set_index("sample_id")["outcome"])
        for stage in Stage
    )
    tested = outcome["n_tested"].to_numpy() == 1
    rows = sample.assign(
        first_outcome=first,
        final_outcome=first_known(again, first),
        serious=serious(sample, conclusion, test_result) == 1,
        revoked=sample["sample_id"].isin(conclusion.loc[conclusion["revoked_by"].notna(), "sample_id"]),
    )
    # What has both an exit and a conclusion counts as tested (definitions.md#counts).
    for name in ("exit_kind", "exit_reason"):
        rows[name] = rows[name].astype(object).mask(tested, None)
    rows["serious"] = rows["serious"].astype("boolean").where(rows["final_outcome"] == Verdict.NONCONFORMING)
    course = lifecycle[["sample_id", "published_on", "final_on", "final_basis", "result_issued_on"]]
    return rows[(outcome["n_sampled"] == 1).to_numpy()].merge(
        course, on="sample_id", how="left", validate="one_to_one"
    )


def shown_names(batches: pd.DataFrame, shop: pd.DataFrame) -> pd.DataFrame:
    """Return one row per row of ``batches``, with its index: sample_id, published_on, the names `shop`,
    `seller` and `producer` as the feed wrote them, and `shop_shown`, `seller_shown` and `producer_shown`, the
    same names as they may be published (`public_names`).

    ``batches``: rows of silver.sample with published_on. ``shop``: silver.shop (shop_id, name,
    operator_type)."""
    shops = shop.set_index("shop_id")
    kind = batches["shop_id"].map(shops["operator_type"])
    written = {
        "shop": (batches["shop_id"].map(shops["name"]), kind),
        "seller": (batches["seller_name"], kind),
        "producer": (batches["producer_name"], kind_of_code(batches["producer_uscc"])),
    }
    names = batches[["sample_id", "published_on"]].copy()
    for party, (name, of_kind) in written.items():
        names[party], names[f"{party}_shown"] = name.astype(object), public_names(name, of_kind)
    return names


def _reinspections(conclusion: pd.DataFrame, reinspection: pd.DataFrame, lab: pd.DataFrame) -> pd.DataFrame:
    """AGAIN of each sample that was asked to be re-inspected or was; of several requests the first that was
    not turned down."""
    asked = reinspection.assign(refused=reinspection["accepted"].eq(False).fillna(False))
    asked = (
        asked.sort_values(["refused", "requested_on", "reinspection_id"])
        .drop_duplicates("sample_id")
        .set_index("sample_id")
    )
    done = conclusion[conclusion["stage"] == Stage.REINSPECTION].set_index("sample_id")
    found = pd.DataFrame({"sample_id": sorted({*asked.index, *done.index})}, dtype=object)
    of = found["sample_id"]
    lab_id = first_known(of.map(done["lab_id"]), of.map(asked["lab_id"]))
    return found.assign(
        reinspection_requested_on=of.map(asked["requested_on"]),
        reinspection_on=first_known(of.map(done["issued_on"]), of.map(asked["issued_on"])),
        reinspection_lab_id=lab_id,
        reinspection_lab_name=lab_id.map(_labs(lab)),
    )


def refused_again(lifecycle: pd.DataFrame, refusal: pd.DataFrame) -> pd.DataFrame:
    """Return sample_id and reinspection_refusal, the reason for which the procedure refuses a re-inspection
    that was reported: one row per sample with a refused re-inspection and no accepted one. Of several
    refusals the earliest counts.

    ``lifecycle``: gold.sampling_lifecycle (sample_id, reinspection_issued_on). ``refusal``:
    gold.sampling_refusal."""
    none = lifecycle.loc[lifecycle["reinspection_issued_on"].isna(), "sample_id"]
    refused = refusal[(refusal["event"] == "reinspection_issued") & refusal["sample_id"].isin(none)]
    first = refused.sort_values(["happened_on", "event_id"]).drop_duplicates("sample_id")
    return first.rename(columns={"reason": "reinspection_refusal"})[["sample_id", "reinspection_refusal"]]


def _labs(lab: pd.DataFrame) -> pd.Series:
    return lab.set_index("lab_id")["name_zh"]


def _typed(rows: pd.DataFrame) -> pd.DataFrame:
    """Lists are empty, not null, where a batch that is disclosed has none."""
    public_rows = rows["disclosure"].isin(PUBLIC)
    nothing: list[str] = []  # one for all: as many new lists as rows would keep the garbage collector busy
    for name in (*ITEMS, *COMMENTS):
        rows[name] = [
            (value or nothing) if public else None
            for value, public in zip(rows[name], public_rows, strict=True)
        ]
    rows["n_objections"] = (
        rows["n_objections"].where(~public_rows | rows["n_objections"].notna(), 0).astype("Int64")
    )
    return rows.assign(serious=rows["serious"].astype("boolean"))
