"""Real feed: RASFF notifications 2020 to October 2024 → silver.overseas_alert."""

from __future__ import annotations

from real_feeds import balanced, count

TABLE = "silver.overseas_alert"


def test_every_notification_is_accepted_and_its_reference_stays_text(home):
    assert count(home, TABLE) == 21_871
    assert count(home, TABLE, "alert_id = '2024.8040'") == 1  # read as a number it would be 2024.804
    assert balanced(home, "rasff")


def test_china_is_named_by_1379_of_which_1318_alone(home):
    assert count(home, TABLE, "list_contains(origin_countries, 'China')") == 1_379
    assert count(home, TABLE, "origin_countries = ['China']") == 1_318


def test_hong_kong_and_taiwan_are_entries_of_their_own_and_blank_or_unknown_origins_are_kept(home):
    assert (
        count(home, TABLE, "list_contains(origin_countries, 'Hong Kong')"),
        count(home, TABLE, "list_contains(origin_countries, 'Taiwan')"),
    ) == (52, 53)
    assert count(home, TABLE, "origin_countries IS NULL") == 505
    assert count(home, TABLE, "list_contains(origin_countries, 'unknown origin')") == 175


def test_each_notification_has_a_category_of_ours_by_the_lookup(home):
    assert count(home, TABLE, "category_code IS NULL") == 0
    assert count(home, TABLE, "category_code = 'FC'") == 934  # food contact materials
    assert count(home, TABLE, "category_code = 'XX'") == 1_242  # feed, pet food, live animals


def test_signals_of_goods_of_chinese_origin_are_pairs_that_a_food_inspector_knows(home):
    """Aflatoxins in nuts, pesticides in tea, migration from kitchenware: above all other pairs of the same
    origin."""
    pairs = {
        row["key_code"]
        for row in home.ask("SELECT key_code FROM gold.risk_signal WHERE list_contains(reasons, 'gps_alert')")
    }
    assert {
        "nuts, nut products and seeds/mycotoxins",
        "cocoa and cocoa preparations, coffee and tea/pesticide residues",
        "food contact materials/migration",
        "herbs and spices/pathogenic micro-organisms",
    } <= pairs
    assert len(pairs) < 60, "hundreds of pairs were notified"
    assert not any(pair.endswith("/n/a") for pair in pairs)
    known = {row["reason_code"] for row in home.ask("SELECT reason_code FROM silver.risk_reason")}
    said = home.ask("SELECT DISTINCT unnest(reasons) AS reason FROM gold.risk_signal")
    assert {row["reason"] for row in said} <= known, "every reason has words"
