"""gold.risk_signal of a synthetic country, made in memory by the builds of the night from what the
simulator's platforms and authorities would hand in. Nothing is filed, so nothing is lost, wrong or late on
the way; all conclusions stand, as if the procedure had refused none."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
from counterfeit_country import built

from jobs.arrays import NOTHING
from jobs.contracts.catalog import Catalog
from jobs.contracts.model import Contract
from jobs.contracts.schema import arrow_schema
from jobs.engine.interface import Engine
from jobs.environment import SCHEMAS
from jobs.simulate.country.authorities.dossier import dossier
from jobs.simulate.country.authorities.goods import goods, objects
from jobs.simulate.country.sales import review_rows
from jobs.simulate.country.trade import order_ids, together, trade
from jobs.simulate.country.world import World, world

UNTIL = date(2026, 6, 30)
LAST = np.datetime64(UNTIL, "D")
# In the order in which they are made of each other.
GOLD = "complaint_hazard review_hazard hazard_count risk_count risk_signal".split()


class Country(NamedTuple):
    """``signals``, ``hazard_count``, ``risk_count``: the gold tables; ``world``: what is true."""

    signals: pd.DataFrame
    hazard_count: pd.DataFrame
    risk_count: pd.DataFrame
    world: World


def country(seed: int, records: int, catalog: Catalog, engine: Engine) -> Country:
    made = world(seed, records, UNTIL)
    authorities, platforms = dossier(made), filed(made)
    tables: dict[str, pa.Table] = {}
    for name in GOLD:
        contract = catalog.contracts[f"gold.{name}"]
        for table in contract.inputs:
            if table in tables:
                continue
            silver = catalog.contracts[table]
            own = "conclusion" if table == "gold.standing_conclusion" else table.removeprefix("silver.")
            if own in platforms:
                tables[table] = typed(platforms[own], silver)
            elif own in authorities.tables:
                rows = authorities.table(own)
                tables[table] = typed(rows[rows["_known"].to_numpy("datetime64[D]") <= LAST], silver)
            else:
                tables[table] = reference(own, silver)
        tables[contract.id] = built(contract, {table: tables[table] for table in contract.inputs}, engine)
    signals, hazard_count, risk_count = (
        tables[f"gold.{name}"].to_pandas(date_as_object=True)
        for name in ("risk_signal", "hazard_count", "risk_count")
    )
    return Country(signals, hazard_count, risk_count, made)


def filed(made: World) -> dict[str, pd.DataFrame]:
    """Silver tables of what platforms hand in up to the last day."""
    listings, shops = made.listings, made.shops
    ids, shop_of = objects(listings["listing_id"]), listings["shop"].to_numpy()
    shop_ids, codes = objects(shops["shop_id"]), objects(made.platforms["platform_code"])
    lines, reviews = [], []
    for platform, code in enumerate(codes):
        sold, written = together([trade(made, platform, month) for month in made.months])
        at, back = sold["listing"].to_numpy(), sold["returned_on"].to_numpy("datetime64[D]")
        lines.append(
            pd.DataFrame(
                {
                    "order_id": order_ids(code, sold).to_pylist(),
                    "platform_code": code,
                    "listing_id": ids[at],
                    "shop_id": shop_ids[shop_of[at]],
                    "ordered_on": sold["ordered_on"],
                    "quantity": sold["quantity"],
                    "returned_on": np.where(back <= LAST, back, np.datetime64("NaT")),
                    "return_reason": np.where(
                        np.isnat(back) | (back > LAST),
                        NOTHING,
                        np.where(sold["for_quality"], "quality", "other"),
                    ),
                }
            )
        )
        rows, _ = review_rows(made, platform, np.array([LAST]), sold, written)
        reviews.append(pa.table(rows.columns).to_pandas())
    order, review = pd.concat(lines, ignore_index=True), pd.concat(reviews, ignore_index=True)
    order = order[order["ordered_on"].to_numpy("datetime64[D]") <= LAST]
    shown = np.flatnonzero(listings["listed_on"].to_numpy("datetime64[D]") <= LAST)
    return {
        "transaction": order.assign(order_line_id=np.arange(len(order)).astype(str)),
        "review": review,
        "listing": goods(made, shown),
        "shop": pd.DataFrame({"shop_id": shop_ids, "platform_code": codes[shops["platform"].to_numpy()]}),
    }


def typed(rows: pd.DataFrame, contract: Contract) -> pa.Table:
    """Rows as the lake holds them: the contract's columns in its types, null where the frame has none."""
    schema = arrow_schema(contract)
    return pa.table({field.name: _column(rows, field) for field in schema}, schema=schema)


def _column(rows: pd.DataFrame, field: pa.Field) -> pa.Array:
    if field.name not in rows:
        return pa.nulls(len(rows), field.type)
    return pa.array(rows[field.name], from_pandas=True).cast(field.type)


def reference(name: str, contract: Contract) -> pa.Table:
    """A file of schemas/reference as a table of the lake."""
    rows = pd.read_csv(SCHEMAS / "reference" / f"{name}.csv", dtype=object, keep_default_na=False)
    columns: dict[str, Any] = {}
    for field in arrow_schema(contract):
        values = rows[field.name] if field.name in rows else pd.Series([""] * len(rows), dtype=object)
        if pa.types.is_list(field.type):
            columns[field.name] = pa.array([v.split(";") if v else None for v in values], field.type)
        else:
            columns[field.name] = pa.array([v or None for v in values], pa.string()).cast(field.type)
    return pa.table(columns)
