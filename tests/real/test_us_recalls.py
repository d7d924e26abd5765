"""Real feed: recalls of CPSC and FDA as a public interface answered in 2013, in two dialects of nested JSON →
silver.recall."""

from __future__ import annotations

from real_feeds import balanced, count


def test_fifty_recalls_of_one_authority_and_sixty_of_the_other(home):
    assert (
        count(home, "silver.recall", "authority = 'CPSC'"),
        count(home, "silver.recall", "authority = 'FDA'"),
    ) == (50, 60)
    assert count(home, "silver.recall") == 110 and balanced(home, "us_recalls_2013")


def test_a_number_is_the_key_of_the_first_and_an_address_of_the_second(home):
    assert home.ask(
        "SELECT brand, hazards, recalled_on::VARCHAR AS day FROM silver.recall WHERE recall_id = '14014'"
    ) == [{"brand": "Ryobi", "hazards": ["Fire & Fire-Related Burn"], "day": "2013-11-05"}]
    fda = (
        "SELECT recalled_on::VARCHAR AS day, product_text, url FROM silver.recall WHERE recall_id = "
        "'/Safety/Recalls/ucm361713.htm'"
    )
    assert home.ask(fda) == [
        {
            "day": "2013-07-19",
            "product_text": "Cider",
            "url": "http://www.fda.gov/Safety/Recalls/ucm361713.htm",
        }
    ]


def test_hazards_are_the_list_that_the_feed_writes(home):
    assert count(home, "silver.recall", "len(hazards) = 2") == 3
    assert count(home, "silver.recall", "list_contains(hazards, 'Fire & Fire-Related Burn')") == 13


def test_a_bar_code_of_five_digits_is_flagged(home):
    assert home.ask(
        "SELECT barcode, _flags FROM silver.recall WHERE barcode IS NOT NULL ORDER BY barcode"
    ) == [
        {"barcode": "46677", "_flags": ["recall.barcode.pattern"]},
        {"barcode": "707569068464", "_flags": []},
    ]
