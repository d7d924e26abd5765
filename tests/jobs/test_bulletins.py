"""The published spot-check bulletins come out of the counts of the detection rate (dimension plan, design
all, period all). Their rate is failed ÷ tested, which ours need not be."""

from __future__ import annotations

import csv
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pandas as pd
import pytest
from sampling_frames import frames

from jobs.deployment import deployment
from jobs.marts.sampling import detection_rate
from jobs.marts.sampling.outcomes import judged
from jobs.period import Period

COUNTED = 11  # of the twelve bulletins one, two_way_exchange_2017, has no counts


def per_cent(share: float) -> Decimal:
    """As a bulletin prints it: one decimal, half up."""
    return (Decimal(repr(float(share))) * 100).quantize(Decimal("0.1"), ROUND_HALF_UP)


@pytest.fixture(scope="module")
def bulletins(shared: Path) -> dict[str, dict[str, str]]:
    with (shared / "facts" / "bulletins.csv").open(encoding="utf-8", newline="") as file:
        return {row["bulletin"]: row for row in csv.DictReader(file) if row["n_tested"]}


@pytest.fixture(scope="module")
def rates(bulletins: dict[str, dict[str, str]]) -> pd.DataFrame:
    """One sample per batch: the exits first, then the failing batches, then the others."""
    given, samples, conclusions = frames({}), [], []
    for plan, row in bulletins.items():
        exited, tested, failed = (int(row[n] or 0) for n in ("n_exited", "n_tested", "n_nonconforming"))
        ids = [f"{plan}/{i}" for i in range(exited + tested)]
        samples.append(
            pd.DataFrame(
                {"sample_id": ids, "plan_id": plan, "exit_kind": ["violation"] * exited + [None] * tested}
            )
        )
        outcomes = ["nonconforming"] * failed + ["conforming"] * (tested - failed)
        conclusions.append(pd.DataFrame({"sample_id": ids[exited:], "stage": "first", "outcome": outcomes}))
    given["sample"] = (
        pd.concat(samples, ignore_index=True).reindex(columns=given["sample"].columns).astype(object)
    ).assign(_jurisdiction=deployment().code)
    given["standing_conclusion"] = (
        pd.concat(conclusions, ignore_index=True)
        .reindex(columns=given["standing_conclusion"].columns)
        .astype(object)
    )
    table = detection_rate.build(**given, period=Period(date(2026, 6, 30)))
    chosen = table[
        (table["dimension_type"] == "plan") & (table["design"] == "all") & (table["period_type"] == "all")
    ]
    return chosen.set_index("dimension_code")


def test_every_bulletin_with_counts_has_its_published_rate_to_one_decimal(bulletins, rates):
    assert len(bulletins) == len(rates) == COUNTED
    published = {
        b: Decimal(row["published_rate_pct"]) for b, row in bulletins.items() if row["published_rate_pct"]
    }
    assert len(published) == COUNTED - 1
    theirs = rates["n_nonconforming"] / rates["n_tested"]
    assert {b: per_cent(theirs[b]) for b in published} == published
    # Ours is of the batches judged, the same ones as long as DENOMINATOR leaves those that exited out.
    assert (rates["rate"] == rates["n_nonconforming"] / judged(rates)).all()


def test_every_bulletin_has_its_counts(bulletins, rates):
    for name, row in bulletins.items():
        exited, tested, failed = (int(row[n] or 0) for n in ("n_exited", "n_tested", "n_nonconforming"))
        found = rates.loc[
            name, ["n_sampled", "n_exited_violation", "n_tested", "n_conforming", "n_nonconforming"]
        ].tolist()
        assert found == [exited + tested, exited, tested, tested - failed, failed]
        assert not row["n_sampled"] or int(row["n_sampled"]) == found[0]


def test_batches_referred_before_the_test_stand_outside_the_denominator_of_a_bulletin(rates):
    twelve_kinds = rates.loc["online_12_kinds"]
    assert per_cent(twelve_kinds["n_nonconforming"] / twelve_kinds["n_tested"]) == Decimal("22.1")
    assert per_cent(twelve_kinds["n_nonconforming"] / twelve_kinds["n_sampled"]) == Decimal("18.7")
    assert per_cent(twelve_kinds["violation_rate"]) == Decimal("33.9")  # (386 + 313) / (1749 + 313)


def test_a_bulletin_without_a_published_rate_has_one_here(rates):
    four_kinds = rates.loc["online_4_kinds_2019_04"]
    assert per_cent(four_kinds["n_nonconforming"] / four_kinds["n_tested"]) == Decimal("10.9")  # 33 / 304
