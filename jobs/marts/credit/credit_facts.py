"""Collects the facts that a credit score counts: for each enterprise what happened, when, and which record
proves it. Pure (definitions.md#credit).

An enterprise is identified by its unified social credit code, a natural person by the id that `person_id`
makes of a pseudonym. A fact's item is its kind, such as `penalty_final`; the scorecard gives each item its
points.

COLUMNS: enterprise_id, item, record, day, until, amount."""

from __future__ import annotations

import numpy as np
import pandas as pd

from jobs.conform.linkage.uscc import checked
from jobs.marts.credit.restrictions import CERTAIN, named_operators, off_the_list
from jobs.marts.sampling.outcomes import ExitKind, Verdict
from jobs.marts.sampling.standing import authenticity_granted

COLUMNS = ["enterprise_id", "item", "record", "day", "until", "amount"]  # of `facts`
# List of silver.dishonesty_entry → item of an entry on it.
LISTED = {"serious_violation": "serious_violation_listed", "abnormal_operation": "abnormal_operation_listed"}
SERIOUS = "serious_nonconformity"  # item of a serious failure, counted in addition to that of the failure
# Items of consumers' reports in the twelve months to the end of a month.
RATE, NUMBER = "consumer_report_rate", "consumer_report_number"
OF_SAMPLES = (  # items whose record is a sample
    "conforming_sample",
    "final_nonconformity",
    SERIOUS,
    "violation_exit",
    "rectified_on_time",
    "recheck_failed",
)
NO_OBSERVATION = (SERIOUS, RATE, NUMBER)  # items that give points but do not count as an observation
YEAR = 12  # months of consumers' reports
ALIKE = 4.0  # reports as usual that are added to both sides of the rate: few orders say little
SMALLEST = 1e-3  # doublings that make a fact
MOST_RATE, MOST_NUMBER = 2.0, 6.0  # doublings: four times as many as usual, 63 reports
STAGES = {"first": 0, "reinspection": 1}  # of a conclusion; the later one is final
# Table that facts are made of → the columns of it that are read.
READS = {
    "sample": (
        "sample_id plan_id purchased_on shop_id producer_uscc platform_code seller_region_code exit_kind "
        "exited_on"
    ).split(),
    "standing_conclusion": ["sample_id", "stage", "outcome", "issued_on", "serious"],
    "sampling_lifecycle": (
        "sample_id rectified_on rectification_due recheck_passed_on recheck_failed_on"
    ).split(),
    "objection": ["sample_id", "kind", "party", "decision"],
    "complaint": ["complaint_id", "shop_id", "quality", "mediation_result", "mediation_ended_on"],
    "counterfeit_report": ["report_id", "shop_id", "finding", "verified_on", "reported_on"],
    "penalty": ["penalty_id", "operator_uscc", "kind", "final_on", "revoked_on"],
    "dishonesty_entry": [
        *"entry_id listed_on operator_uscc person_ref list expires_on repaired_on removed_on".split()
    ],
    "certificate": ["certificate_no", "holder_uscc", "producer_uscc", "status", "status_on"],
    "shop_operator": ["shop_id", "enterprise_id", "kind"],
    "consumer_report": ["month", "enterprise_id", "n_orders", "n_returns", "n_reviews", "n_low"],
}


def facts(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Return the facts: one row per enterprise, item and record, with COLUMNS, sorted by these three.

    ``tables``: the silver and gold tables of READS, by name. ``record``: id of the record that proves the
    fact (for consumers' reports month/enterprise); ``day``: when it happened, ``until``: the first day on
    which it no longer holds (NaT where there is none), both timestamps; ``amount``: the factor by which the
    item's points are multiplied, 1 except for consumers' reports.

    Left out are a penalty that was revoked or is not final yet, consumers' reports of an enterprise without
    any other fact, the first failure of a sample that a re-inspection found conforming, and what names no
    enterprise or no day. A voluntary recall is no fact yet, since recalls name no enterprise."""
    final = final_outcomes(tables["sample"], tables["standing_conclusion"])
    who = answerable(tables["sample"], tables["objection"], tables["shop_operator"])
    operator = _operators(tables["shop_operator"])
    parts = [
        _of_samples(tables["sample"], final, tables["sampling_lifecycle"]).merge(who, on="sample_id"),
        _of_shops(tables["complaint"], tables["counterfeit_report"], operator),
        _of_registers(tables["penalty"], tables["dishonesty_entry"], tables["certificate"]),
    ]
    rows = pd.concat([part.reindex(columns=COLUMNS) for part in parts], ignore_index=True)
    rows = rows.dropna(subset=["enterprise_id", "day"])
    rows["amount"] = rows["amount"].fillna(1.0)
    rows = rows.assign(day=pd.to_datetime(rows["day"]), until=pd.to_datetime(rows["until"]))
    said = _of_consumers(tables["consumer_report"], rows["enterprise_id"])
    rows = rows.drop_duplicates(COLUMNS[:3]).sort_values("record")
    rows = pd.concat([rows, *said], ignore_index=True)  # each enterprise and item is sorted by record
    turn = np.lexsort([pd.factorize(rows[c], sort=True)[0] for c in ("item", "enterprise_id")])
    return rows.iloc[turn].reset_index(drop=True)


def final_outcomes(sample: pd.DataFrame, standing_conclusion: pd.DataFrame) -> pd.DataFrame:
    """Return the final conclusion of each tested sample, that of the re-inspection, else of the first test:
    one row per sample, sorted by sample_id, with that, outcome (may be `not_judged`, as where an objection
    set the conclusion aside), serious (as the conclusion states it; may be missing) and day (timestamp: when
    it was issued, else when the sample was purchased; NaT where neither is known).

    ``sample``: silver, sample_id and purchased_on; ``standing_conclusion``: gold, one row per sample and
    stage. A sample that only ``standing_conclusion`` has gets a row too."""
    ordered = standing_conclusion.assign(place=standing_conclusion["stage"].map(STAGES))
    last = ordered.sort_values(["sample_id", "place"]).drop_duplicates("sample_id", keep="last")
    issued = pd.to_datetime(last["issued_on"])
    undated = last.loc[issued.isna(), "sample_id"]
    asked = sample[sample["sample_id"].isin(undated)]
    bought = dict(zip(asked["sample_id"], asked["purchased_on"], strict=True))
    day = issued.fillna(pd.to_datetime(undated.map(bought)))
    return last[["sample_id", "outcome", "serious"]].assign(day=day).reset_index(drop=True)


def answerable(sample: pd.DataFrame, objection: pd.DataFrame, shop_operator: pd.DataFrame) -> pd.DataFrame:
    """Return the enterprises that answer for each sample: one row per sample_id and enterprise_id. They are
    the operator of its shop, where that link is certain, and its producer, unless an authority granted the
    producer's objection that it did not make the goods. A sample for which neither is known has no row.

    ``sample``, ``objection``, ``shop_operator``: silver, with the columns of READS."""
    denied = objection[authenticity_granted(objection) & objection["party"].eq("producer")]
    maker = checked(sample["producer_uscc"])["uscc"].mask(sample["sample_id"].isin(denied["sample_id"]))
    seller = sample["shop_id"].map(_operators(shop_operator))
    both = [sample[["sample_id"]].assign(enterprise_id=codes) for codes in (seller, maker)]
    return pd.concat(both, ignore_index=True).dropna().drop_duplicates()


def _operators(shop_operator: pd.DataFrame) -> dict[str, str]:
    """shop_id → enterprise_id of its operator, for shops with a certain link. ``shop_operator``: one row per
    shop."""
    sure = shop_operator[shop_operator["kind"].eq(CERTAIN)]
    return dict(zip(sure["shop_id"], sure["enterprise_id"], strict=True))


def _of_samples(sample: pd.DataFrame, final: pd.DataFrame, lifecycle: pd.DataFrame) -> pd.DataFrame:
    """sample_id, item, record, day."""
    failed = final["outcome"].eq(Verdict.NONCONFORMING)
    untested = ~sample["sample_id"].isin(final["sample_id"])
    left = sample[sample["exit_kind"].eq(ExitKind.VIOLATION) & untested]
    steps = lifecycle.assign(
        **{c: pd.to_datetime(lifecycle[c]) for c in READS["sampling_lifecycle"] if c != "sample_id"}
    )
    in_time = ~(steps["rectified_on"] > steps["rectification_due"])
    passed = steps[steps["rectified_on"].notna() & steps["recheck_passed_on"].notna() & in_time]
    again = steps[steps["recheck_failed_on"].notna()]
    rows = [
        ("conforming_sample", final[final["outcome"].eq(Verdict.CONFORMING)], "day"),
        ("final_nonconformity", final[failed], "day"),
        (SERIOUS, final[failed & final["serious"].eq(True)], "day"),
        ("violation_exit", left, "exited_on"),
        ("rectified_on_time", passed, "recheck_passed_on"),
        ("recheck_failed", again, "recheck_failed_on"),
    ]
    return _stacked([(item, part, "sample_id", day) for item, part, day in rows])


def _of_shops(complaint: pd.DataFrame, report: pd.DataFrame, operator: dict[str, str]) -> pd.DataFrame:
    agreed = complaint[complaint["quality"].eq(True) & complaint["mediation_result"].eq("agreed")]
    false = report[report["finding"].eq("counterfeit")]
    verified = pd.to_datetime(false["verified_on"]).fillna(pd.to_datetime(false["reported_on"]))
    rows = _stacked(
        [
            ("quality_complaint_agreed", agreed, "complaint_id", "mediation_ended_on"),
            ("counterfeit_confirmed", false.assign(verified_on=verified), "report_id", "verified_on"),
        ],
        keep="shop_id",
    )
    return rows.assign(enterprise_id=rows["shop_id"].map(operator))


def _of_registers(penalty: pd.DataFrame, entry: pd.DataFrame, certificate: pd.DataFrame) -> pd.DataFrame:
    stands = penalty[penalty["final_on"].notna() & penalty["revoked_on"].isna()]
    revoked = stands["kind"].eq("licence_revoked")
    entries = entry.assign(owner=named_operators(entry), until=off_the_list(entry))
    withdrawn = certificate[certificate["status"].eq("withdrawn")]
    holder = withdrawn["producer_uscc"].where(withdrawn["producer_uscc"].notna(), withdrawn["holder_uscc"])
    held = stands.assign(owner=checked(stands["operator_uscc"])["uscc"])
    parts = [
        ("penalty_final", held[~revoked], "penalty_id", "final_on"),
        ("licence_revoked", held[revoked], "penalty_id", "final_on"),
        *(
            (item, entries[entries["list"].eq(name)], "entry_id", "listed_on")
            for name, item in LISTED.items()
        ),
        (
            "certificate_withdrawn",
            withdrawn.assign(owner=checked(holder)["uscc"]),
            "certificate_no",
            "status_on",
        ),
    ]
    return _stacked(parts, keep="owner").rename(columns={"owner": "enterprise_id"})


def _of_consumers(report: pd.DataFrame, known: pd.Series) -> list[pd.DataFrame]:
    """Frames of COLUMNS of the enterprises ``known`` from other facts, in the order of months: at each
    month's end how many quality returns and low reviews the year before brought, in doublings.

    Rate: log2 of (reports + ALIKE) / (usual ones + ALIKE), usual being the shares of orders returned and of
    reviews that are low among all enterprises. Number: log2 of 1 + reports. What is 0 makes no fact.
    """
    at = pd.to_datetime(report["month"]).to_numpy("datetime64[M]").astype(np.int64)
    counts = report[["n_orders", "n_returns", "n_reviews", "n_low"]].to_numpy(float).T
    place, codes = pd.factorize(report["enterprise_id"].to_numpy(object))
    asked = pd.Index(codes).isin(known)
    year, parts = np.zeros((len(counts), len(codes))), []
    for month in range(at.min(), at.max() + YEAR) if len(at) else []:
        for rows, sign in ((at == month, 1), (at == month - YEAR, -1)):
            year += [sign * np.bincount(place[rows], each[rows], minlength=len(codes)) for each in counts]
        n_orders, n_returns, n_reviews, n_low = year.sum(axis=1)
        returned, low = n_returns / max(n_orders, 1), n_low / max(n_reviews, 1)
        orders, returns, reviews, lows = year[:, asked]
        reports = returns + lows
        usual = orders * returned + reviews * low
        rate = np.log2((reports + ALIKE) / (usual + ALIKE)).clip(-MOST_RATE, MOST_RATE)
        number = np.log2(1.0 + reports).clip(max=MOST_NUMBER)
        month_end = np.datetime64(month + 1, "M").astype("datetime64[ns]") - np.timedelta64(1, "D")
        for item, amount in ((RATE, rate), (NUMBER, number)):
            kept = np.abs(amount) >= SMALLEST
            part = {
                "enterprise_id": codes[asked][kept],
                "item": item,
                "record": f"{np.datetime64(month, 'M')}/" + codes[asked][kept],
                "day": np.full(kept.sum(), month_end),
                "until": np.full(kept.sum(), np.datetime64("NaT", "ns")),
                "amount": amount[kept],
            }
            parts.append(pd.DataFrame(part))
    return [part for part in parts if len(part)]


def _stacked(parts: list[tuple[str, pd.DataFrame, str, str]], *, keep: str = "sample_id") -> pd.DataFrame:
    """(item, rows, column of the record, column of the day) one below the other; ``keep``: a column that
    stays."""
    frames = [
        pd.DataFrame(
            {
                keep: rows[keep].to_numpy(object),
                "item": item,
                "record": rows[record].to_numpy(object),
                "day": pd.to_datetime(rows[day]).to_numpy("datetime64[ns]"),
                "until": rows["until"].to_numpy("datetime64[ns]")
                if "until" in rows
                else np.full(len(rows), np.datetime64("NaT"), "datetime64[ns]"),
            }
        )
        for item, rows, record, day in parts
    ]
    return pd.concat(frames, ignore_index=True)
