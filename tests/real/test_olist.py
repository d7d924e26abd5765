"""Real feed: a closed sample of Olist's marketplace data, where lines join orders and customers → shop,
listing, transaction, review."""

from __future__ import annotations

from contextlib import closing
from datetime import date

from homes import Home
from real_feeds import balanced, count

from jobs.contracts.catalog import load_catalog
from jobs.engine.dispositions import view
from jobs.engine.embedded import Embedded
from jobs.engine.interface import Stored
from jobs.engine.texts import table_text
from jobs.lake.night import newest_snapshot
from jobs.lake.tables import Lake


def test_shops_listings_and_reviews_are_all_there(home):
    assert [count(home, f"silver.{table}") for table in ("shop", "listing", "review")] == [938, 2_452, 2_993]
    assert balanced(home, "olist_sample")


def test_a_review_number_of_two_orders_is_two_reviews(home):
    shared_number = (
        "SELECT count(*) AS n FROM (SELECT split_part(review_id, '/', 1) FROM silver.review "
        "GROUP BY 1 HAVING count(*) > 1)"
    )
    assert home.ask(shared_number) == [{"n": 1}]


def test_each_order_line_has_the_day_of_its_order_and_the_state_of_its_customer(home):
    assert count(home, "silver.transaction") == 3_397
    assert home.ask("SELECT count(DISTINCT order_id) AS n FROM silver.transaction") == [{"n": 2_976}]
    assert home.ask(
        "SELECT ordered_on::VARCHAR AS day, consumer_region_code AS state, shop_id FROM silver.transaction "
        "WHERE order_line_id = 'OLIST-0e05c0027e31a0a9cf1074ec1b95c8da/1'"
    ) == [{"day": "2018-03-31", "state": "BR-MG", "shop_id": "OLIST-4c18691b6037662be2df78a765d98ab5"}]
    assert count(home, "silver.transaction", "consumer_region_code IS NULL OR len(_flags) > 0") == 0


def test_the_twenty_four_orders_without_a_line_are_told_as_unused(home):
    assert home.ask("SELECT file, unused FROM ops.reconciliation WHERE unused > 0") == [
        {"file": "olist_order_items_dataset.csv", "unused": 24}
    ]


def test_a_brazilian_state_is_kept_and_never_rolled_up(home):
    assert home.ask("SELECT count(*) AS n FROM silver.shop WHERE region_code LIKE 'BR-__'") == [{"n": 938}]
    assert {"BR-"} <= {row["region_code"][:3] for row in counted(home)} <= {"BR-", "unk"}


def test_no_price_in_reais_passes_for_yuan(home):
    """The trade is Brazil's: it lies in silver, in its money, and no table of ours counts it."""
    assert (
        count(home, "silver.transaction", "_jurisdiction = 'BR' AND _currency = 'BRL' AND amount > 0")
        == 3_397
    )
    assert count(home, "gold.shop_trade") == count(home, "gold.commerce_state") == 0
    rows = counted(home)
    assert sum(row["amount"] for row in rows) == 0
    assert sum(row["n_other_currency"] for row in rows) == 3_397


def test_an_order_counts_once_and_every_review_counts(home):
    rows = counted(home)
    assert [sum(row[name] for row in rows) for name in ("n_lines", "n_orders", "n_reviews")] == [
        3_397,
        2_976,
        2_993,
    ]
    again = (
        "SELECT count(DISTINCT order_id) AS n FROM silver.transaction WHERE ordered_on >= "
        "'2018-01-01' AND ordered_on < '2018-02-01'"
    )
    january = [row["n_orders"] for row in rows if row["month"] == date(2018, 1, 1)]
    assert [{"n": sum(january)}] == home.ask(again)


def counted(home: Home) -> list[dict]:
    """What the text of gold.shop_trade makes of all jurisdictions' rows."""
    contract, snapshot = load_catalog().contracts["gold.shop_trade"], newest_snapshot(Lake(home.env.lake))
    with closing(Embedded(snapshot.lake)) as engine, engine.workspace() as space:
        for table in contract.inputs:
            space.read(view(table), Stored(table, snapshot.named[table].there))
        return space.rows(table_text(contract)).to_pylist()
