"""A seeded country as the builds of the credit room take it: silver tables as frames, gold.consumer_report by
its text."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from jobs.contracts.catalog import load_catalog
from jobs.contracts.schema import arrow_schema
from jobs.engine.dispositions import view
from jobs.engine.embedded import Embedded
from jobs.engine.texts import table_text
from jobs.environment import SCHEMAS
from jobs.lake.tables import Lake
from jobs.marts.credit import credit_score
from jobs.period import Period
from jobs.simulate.country.authorities.dossier import dossier
from jobs.simulate.country.country import Settings
from jobs.simulate.country.trade import together, trade
from jobs.simulate.country.world import World

OF_THE_DOSSIER = (
    "sample objection complaint counterfeit_report penalty dishonesty_entry certificate sampling_plan"
).split()


def frame(table: str, rows: pd.DataFrame | None = None) -> pd.DataFrame:
    """Rows in the columns of a table's contract; without any, none."""
    columns = arrow_schema(load_catalog().contracts[table]).empty_table().to_pandas(date_as_object=True)
    return columns if rows is None else rows.reindex(columns=columns.columns).reset_index(drop=True)


def country(seed: int, records: int, until: date, folder: Path) -> dict[str, pd.DataFrame]:
    """Tables by name; shops are linked as is true of those whose operator has a code."""
    book = dossier(Settings(records, until, seed).world())
    world = book.market.world
    code = world.enterprises["uscc"].to_numpy(object)
    links = pd.DataFrame(
        {
            "shop_id": world.shops["shop_id"],
            "enterprise_id": code[world.shops["enterprise"].to_numpy()],
            "kind": "deterministic",
        }
    ).dropna()
    given = {
        name: frame(f"silver.{name}", book.table(name) if name in book.tables else None)
        for name in OF_THE_DOSSIER
    }
    given["dishonesty_entry"] = given["dishonesty_entry"].assign(person_ref=None)  # clear here, not in silver
    given["standing_conclusion"] = frame("gold.standing_conclusion", book.table("conclusion"))
    given["shop_operator"] = links
    given["consumer_report"] = reports(world, links, folder)
    return given


def reports(world: World, links: pd.DataFrame, folder: Path) -> pd.DataFrame:
    """gold.consumer_report of all orders and reviews, by its text."""
    listing = world.listings["listing_id"].astype(object).to_numpy()
    producer, code = world.listings["claimed"].to_numpy(), world.enterprises["uscc"].to_numpy(object)
    shop = world.shops["shop_id"].astype(object).to_numpy()[world.listings["shop"].to_numpy()]
    pages = pd.DataFrame({"listing_id": listing, "shop_id": shop})
    pages["producer_uscc"] = np.where(producer >= 0, code[np.maximum(producer, 0)], None)
    orders, reviews = [], []
    for platform in range(len(world.platforms)):
        lines, said = together([trade(world, platform, month) for month in world.months])
        returned, ordered = pd.to_datetime(lines["returned_on"]), pd.to_datetime(lines["ordered_on"])
        reason = np.where(lines["for_quality"] & returned.notna(), "quality", None)
        at = listing[lines["listing"].to_numpy()]
        orders.append(
            pd.DataFrame(
                {
                    "listing_id": at,
                    "ordered_on": ordered,
                    "returned_on": returned.where(returned <= pd.Timestamp(world.end)),
                    "return_reason": reason,
                }
            )[(ordered <= pd.Timestamp(world.end)).to_numpy()]
        )
        day = pd.to_datetime(said["reviewed_on"])
        reviews.append(
            pd.DataFrame(
                {"listing_id": at[said["line"].to_numpy()], "reviewed_on": day, "rating": said["rating"]}
            )[(day <= pd.Timestamp(world.end)).to_numpy()]
        )
    tables = {
        "silver.listing": pages,
        "silver.shop_operator": links,
        "silver.transaction": pd.concat(orders, ignore_index=True),
        "silver.review": pd.concat(reviews, ignore_index=True),
    }
    contracts, engine = load_catalog().contracts, Embedded(Lake(folder))
    try:
        with engine.workspace(as_of=world.end) as space:
            for name, rows in tables.items():
                schema = arrow_schema(contracts[name])
                schema = pa.schema([schema.field(column) for column in rows])
                space.read(view(name), pa.Table.from_pandas(rows, schema=schema, preserve_index=False))
            found = space.rows(table_text(contracts["gold.consumer_report"]))
        return found.to_pandas(date_as_object=True)
    finally:
        engine.close()


def scored(given: dict[str, pd.DataFrame], period: Period) -> pd.DataFrame:
    """gold.credit_score by the scorecard of the project."""
    card = pd.read_csv(SCHEMAS / "reference" / "scorecard.csv", dtype={"version": str})
    return credit_score.build(
        **{name: rows for name, rows in given.items() if name != "sampling_plan"},
        scorecard=card,
        sampling_lifecycle=frame("gold.sampling_lifecycle"),
        party_comment=frame("silver.party_comment"),
        period=period,
    )
