"""Real feed: limits of the Korean Ministry of Food and Drug Safety in Parquet →
silver.standard_requirement."""

from __future__ import annotations

from real_feeds import balanced, count

TABLE = "silver.standard_requirement"


def test_every_limit_is_accepted(home):
    counts = [count(home, TABLE, f"requirement_id LIKE 'MFDS-{kind}/%'") for kind in ("I", "C")]
    assert (
        counts == [16_097, 56_716] and count(home, TABLE) == sum(counts) and balanced(home, "mfds_standards")
    )


def test_two_limits_of_one_item_stand_side_by_side(home):
    assert home.ask(
        f"SELECT limit_high FROM {TABLE} WHERE requirement_id LIKE 'MFDS-I/2016003195/B90516/%' ORDER BY 1"
    ) == [{"limit_high": "0.6"}, {"limit_high": "2.5"}]


def test_an_end_in_the_year_9999_is_open_and_the_beginning_is_a_day(home):
    assert count(home, TABLE, "valid_to IS NOT NULL") == 0
    assert home.ask(
        f"SELECT min(valid_from)::VARCHAR AS first, max(valid_from)::VARCHAR AS last FROM {TABLE}"
    ) == [{"first": "2008-02-05", "last": "2026-04-01"}]
    assert count(home, TABLE, "valid_from IS NULL") == 0


def test_below_and_up_to_a_limit_are_told_apart(home):
    """이하 is up to and including, 미만 is below."""
    assert (
        count(home, TABLE, "high_excluded AND limit_text LIKE '%미만%'")
        == count(home, TABLE, "high_excluded")
        == 38
    )
    assert (
        count(home, TABLE, "limit_high IS NOT NULL AND NOT high_excluded AND limit_text LIKE '%이하%'")
        > 65_000
    )


def test_a_limit_that_is_no_number_is_kept_as_written(home):
    assert count(home, TABLE, "limit_low = '8×10^10'") == 2
    assert count(home, TABLE, "limit_text = 'n=5, c=0, m=0'") > 0


def test_a_notice_is_kept_as_the_standard_and_nothing_is_put_where_none_is_named(home):
    assert count(home, TABLE, "standard_no = '식품공전(제2023-28호,230411)'") >= 15_699
    assert count(home, TABLE, "standard_no IS NULL AND requirement_id LIKE 'MFDS-I/%'") == 10_221
    assert count(home, TABLE, "len(_flags) > 0") == 0
