"""What the tables of the anti-counterfeit net make of a synthetic country whose operators are all known,
and what is true of it. The linkage of operators is not part of it: `test_counterfeit_proof` goes the whole
way."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa

from jobs.contracts.catalog import Catalog
from jobs.contracts.model import Contract
from jobs.contracts.schema import arrow_schema
from jobs.engine.dispositions import view
from jobs.engine.interface import Engine
from jobs.engine.texts import table_text
from jobs.environment import SCHEMAS
from jobs.night.derived import module_of, typed_rows
from jobs.period import Period
from jobs.simulate.country.authorities.goods import Market, objects
from jobs.simulate.country.authorities.ground_truth import relistings, rings
from jobs.simulate.country.authorities.registers import brands, counterfeit_reports
from jobs.simulate.country.world import World, world

UNTIL = date(2026, 6, 30)
D = "datetime64[D]"


class Country(NamedTuple):
    """``tables``: gold by name; ``relistings``, ``rings``: the truth; ``world``: the country itself."""

    tables: dict[str, pd.DataFrame]
    relistings: pd.DataFrame
    rings: pd.DataFrame
    world: World


def country(seed: int, records: int, catalog: Catalog, engine: Engine, *, stated: bool = False) -> Country:
    """``stated``: whether brand owners name what came back."""
    made = world(seed, records, UNTIL)
    given = silver(made, stated)
    tables: dict[str, pa.Table] = {}
    for name, rows in given.items():
        schema = arrow_schema(catalog.contracts[f"silver.{name}"])
        whole = {f.name: rows.get(f.name, [None] * len(rows)) for f in schema}
        tables[f"silver.{name}"] = pa.table(
            {n: pa.array(_plain(v), schema.field(n).type) for n, v in whole.items()}
        )
    for name in ("counterfeit_case", "relisting_candidate", "relisting", "repeat_offender"):
        contract = catalog.contracts[f"gold.{name}"]
        tables[contract.id] = built(contract, {i: tables[i] for i in contract.inputs}, engine)
    gold = {n.split(".")[1]: t.to_pandas(date_as_object=True) for n, t in tables.items() if n[:4] == "gold"}
    return Country(gold, relistings(made), rings(made), made)


def built(contract: Contract, inputs: dict[str, pa.Table], engine: Engine) -> pa.Table:
    """A gold table from its inputs, by its own text or build()."""
    if contract.engine == "sql":
        with engine.workspace(as_of=UNTIL, small=True) as space:
            for name, table in inputs.items():
                space.read(view(name), table)
            return space.rows(table_text(contract))
    given = {n.split(".")[1]: t.to_pandas(date_as_object=True) for n, t in inputs.items()}
    return typed_rows(contract, module_of(contract).build(**given, period=Period(UNTIL)))


def _plain(values: Any) -> list[Any]:
    array = np.asarray(values, dtype=object)
    return [None if v is None or v is pd.NaT or v is pd.NA or v != v else v for v in array]


def _days(values: Any) -> list[Any]:
    return [None if np.isnat(v) else v.astype(object) for v in np.asarray(values).astype(D)]


def silver(made: World, stated: bool) -> dict[str, pd.DataFrame]:
    """Silver as it would be without late, wrong or missing rows, on the last day of the history."""
    end = np.datetime64(UNTIL, "D")
    listings, everyone, shops = made.listings, made.enterprises, made.shops
    seller = shops["enterprise"].to_numpy()
    operator = np.array(
        [c if isinstance(c, str) else f"N-{i}" for i, c in enumerate(everyone["uscc"])], object
    )
    shown = listings["listed_on"].to_numpy(D) <= end
    brand = listings["brand"].to_numpy()
    names = objects(made.brands["name_zh"])
    listing = pd.DataFrame(
        {
            "listing_id": objects(listings["listing_id"]),
            "platform_code": objects(made.platforms["platform_code"])[listings["platform"].to_numpy()],
            "shop_id": objects(shops["shop_id"])[listings["shop"].to_numpy()],
            "title": objects(listings["title"]),
            "category_code": objects(listings["category_code"]),
            "brand": np.where(brand >= 0, names[np.maximum(brand, 0)], None),
            "model": objects(listings["model"]),
            "barcode": objects(listings["barcode"]),
            "listed_on": _days(listings["listed_on"]),
            "delisted_on": _days(listings["delisted_on"]),
        }
    )[shown]
    report = counterfeit_reports(Market(made))
    report = report[report["reported_on"].to_numpy(D) <= end].reset_index(drop=True)
    for column, others in (("verified_on", ["finding"]), ("taken_down_on", [])):
        later = report[column].to_numpy(D) > end
        report.loc[later, [column, *others]] = None
    report["relisted_as"] = report["relisted_as"] if stated else None
    for column in ("reported_on", "verified_on", "taken_down_on"):
        report[column] = _days(report[column])
    shop = pd.DataFrame(
        {
            "shop_id": objects(shops["shop_id"]),
            "platform_code": objects(made.platforms["platform_code"])[shops["platform"].to_numpy()],
            "region_code": objects(everyone["region_code"])[seller],
        }
    )
    setting = pd.read_csv(SCHEMAS / "reference" / "counterfeit_setting.csv", dtype={"version": str})
    setting["valid_from"] = setting["valid_from"].map(date.fromisoformat)
    brand_owners = brands(made)[["brand_id", "name_zh", "owner_uscc"]]
    return {
        "counterfeit_report": report,
        "listing": listing,
        "shop": shop,
        "shop_operator": shop[["shop_id"]].assign(enterprise_id=operator[seller], kind="deterministic"),
        "platform_control": pd.DataFrame({"control_id": []}),
        "brand": brand_owners,
        "counterfeit_setting": setting,
        "no_brand": pd.read_csv(SCHEMAS / "reference" / "no_brand.csv", keep_default_na=False),
    }
