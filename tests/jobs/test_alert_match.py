"""gold.alert_match: which listings are kept where a notice meets more than 200."""

from __future__ import annotations

from datetime import date, timedelta

import duckdb
import pandas as pd

from jobs.engine.dialect import to_duckdb
from jobs.environment import REPOSITORY

TEXT = REPOSITORY / "jobs" / "marts" / "risk" / "alert_match.sql"
DAY = date(2026, 6, 1)


def matches(listing: pd.DataFrame) -> pd.DataFrame:
    """The table of one recall, of DAY, of goods of one bar code."""
    recall = {"authority": "A", "recall_id": "R", "recalled_on": DAY, "barcode": "6901234567892"}
    recall |= dict.fromkeys(["product_text", "category_code", "brand", "model"])
    columns = {
        "silver_overseas_alert": "system alert_id published_on product_text category_code",
        "silver_shop": "shop_id platform_code",
        "silver_product_category": "category_code parent_code",
        "silver_no_brand": "word",
    }
    con = duckdb.connect()
    frames = {name: pd.DataFrame(columns=names.split(), dtype=object) for name, names in columns.items()}
    frames |= {"silver_recall": pd.DataFrame([recall]), "silver_listing": listing}
    for name, frame in frames.items():
        con.register("frame", frame)
        types = {c: "DATE" if c.endswith("_on") else "VARCHAR" for c in frame}
        cast = ", ".join(f"CAST({c} AS {kind}) AS {c}" for c, kind in types.items())
        con.execute(f"CREATE TABLE {name} AS SELECT {cast} FROM frame")
        con.unregister("frame")
    return con.execute(to_duckdb(TEXT.read_text(encoding="utf-8"))).df()


def listings(number: int, prefix: str, listed: date, delisted: date | None) -> pd.DataFrame:
    names = [f"{prefix}{n:03}" for n in range(number)]
    listed_on = [listed + timedelta(days=n) for n in range(number)]
    rows = pd.DataFrame(
        {"listing_id": names, "listed_on": listed_on, "barcode": "6901234567892"}, dtype=object
    )
    empty = dict.fromkeys(["platform_code", "shop_id", "category_code", "brand", "model"])
    return rows.assign(delisted_on=delisted, **empty)


def test_listings_that_are_gone_take_no_place_of_those_on_offer() -> None:
    gone = listings(200, "G", date(2020, 1, 1), DAY - timedelta(days=1))
    last_day = listings(1, "L", date(2025, 1, 1), DAY)
    offered = listings(4, "O", date(2024, 1, 1), None)
    found = matches(pd.concat([gone, last_day, offered], ignore_index=True))
    assert len(found) == 200
    assert set(found.loc[found["on_offer"], "listing_id"]) == {"L000", "O000", "O001", "O002", "O003"}
    # Of those that are gone the ones listed the longest.
    assert set(found.loc[~found["on_offer"], "listing_id"]) == {f"G{n:03}" for n in range(195)}
