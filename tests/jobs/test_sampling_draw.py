"""The draw of gold.sampling_purchase: over many strata alike, listings come with the probabilities that are
recorded."""

from __future__ import annotations

import hashlib
from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from jobs.contracts.catalog import load_catalog
from jobs.contracts.schema import arrow_schema
from jobs.engine.dispositions import view
from jobs.engine.embedded import Embedded
from jobs.engine.texts import table_text
from jobs.lake.tables import Lake

STRATA = 4_000
UNITS = np.array([1, 1, 2, 3, 4, 9, 5])
BLOCKED = 6  # the place of a listing whose product was checked
N = 3


@pytest.fixture(scope="module")
def draws(tmp_path_factory) -> pd.DataFrame:
    """What the text draws of the same seven listings in each of 4,000 strata, under other names: as if one
    stratum was drawn with so many seeds. A stratum is a platform; the product of one listing of each was
    checked by the nation."""
    catalog = load_catalog()
    place, stratum = np.tile(np.arange(len(UNITS)), STRATA), np.repeat(np.arange(STRATA), len(UNITS))
    listings = [f"{s}-{p}" for s, p in zip(stratum, place, strict=True)]
    proposal = pd.DataFrame(
        {
            "platform_code": [f"P{s}" for s in range(STRATA)],
            "dimension_code": [f"P{s}/other" for s in range(STRATA)],
        }
    ).assign(
        plan_id="plan",
        dimension_type="stratum",
        category_code="other",
        n_probability=N,
        n_targeted=0,
        frame_month=date(2026, 6, 1),
        period_start=date(2026, 7, 1),
        seed=20150101,
    )
    listing = pd.DataFrame(
        {
            "listing_id": listings,
            "platform_code": [f"P{s}" for s in stratum],
            "producer_uscc": np.where(place == BLOCKED, "U", None),
            "model": np.where(place == BLOCKED, "M", None),
        }
    )
    sold = pd.DataFrame({"unit_id": listings, "units_sold": UNITS[place]}).assign(
        role="listing", day=date(2026, 7, 1)
    )
    product = hashlib.sha256(b"U||M").hexdigest()[:20]
    checked = pd.DataFrame(
        [
            {
                "product_id": product,
                "issuer_code": "CN",
                "last_plan_id": "earlier",
                "blocked_until": date(2026, 12, 31),
            }
        ]
    )
    given = {
        "gold.sampling_proposal": proposal,
        "gold.duplicate_check": checked,
        "gold.targeting_feature": sold,
        "silver.listing": listing,
    }
    engine = Embedded(Lake(tmp_path_factory.mktemp("lake")))
    contract = catalog.contracts["gold.sampling_purchase"]
    with engine.workspace() as space:
        for table in contract.inputs:
            schema = arrow_schema(catalog.contracts[table]).append(pa.field("_currency", pa.string()))
            frame = given.get(table, pd.DataFrame()).reindex(columns=schema.names).assign(_currency="CNY")
            nullable = pa.schema([f.with_nullable(True) for f in schema])
            space.read(
                view(table),
                pa.Table.from_pandas(
                    frame.astype(object).where(frame.notna(), None), nullable, preserve_index=False
                ),
            )
        rows = space.rows(table_text(contract)).to_pandas()
    engine.close()
    drawn = rows[rows["status"] == "proposed"].copy()
    assert (rows["design"] == "probability").all()
    return drawn.assign(place=drawn["listing_id"].str.split("-").str[1].astype(int))


def test_every_stratum_gets_its_number_and_never_a_blocked_listing(draws):
    assert (draws.groupby("stratum").size() == N).all() and draws["stratum"].nunique() == STRATA
    assert not (draws["place"] == BLOCKED).any()


def test_listings_are_drawn_as_often_as_their_probability_says(draws):
    by = draws.groupby("place")
    often, said = by.size() / STRATA, by["inclusion_probability"].mean()
    # The one with 9 of the 20 units, more than a third, is certain. Two are left for those that sold 11, none
    # of which is.
    assert said.tolist() == pytest.approx([2 / 11, 2 / 11, 4 / 11, 6 / 11, 8 / 11, 1.0])
    assert (by["inclusion_probability"].nunique() == 1).all()
    assert (
        often - said
    ).abs().max() < 0.02  # three standard errors; the order of u / units would miss by 0.04


def test_units_over_probabilities_add_up_to_the_units_of_the_frame(draws):
    weighted = (draws["units_sold"] / draws["inclusion_probability"]).groupby(draws["stratum"]).sum()
    assert weighted.mean() == pytest.approx(UNITS[:BLOCKED].sum())


def test_random_numbers_of_certain_listings_are_even_over_nought_to_one(draws):
    certain = draws.loc[draws["place"] == UNITS.argmax(), "random_number"]
    counts, _ = np.histogram(certain, bins=10, range=(0, 1))
    assert (
        len(certain) == STRATA and ((counts - counts.mean()) ** 2 / counts.mean()).sum() < 27.9
    )  # chi-square with 9 degrees of freedom, 0.1 %
