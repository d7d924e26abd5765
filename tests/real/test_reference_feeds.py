"""Real feeds of reference rows: industries (GB/T 4754) → silver.industry, holidays of twelve years →
silver.calendar."""

from __future__ import annotations

from real_feeds import balanced, count


def test_sections_divisions_groups_and_classes_are_the_edition_of_2017(home):
    levels = home.ask("SELECT level, count(*) AS n FROM silver.industry GROUP BY level ORDER BY level")
    assert [row["n"] for row in levels] == [20, 97, 473, 1_381] and balanced(home, "gbt4754")


def test_every_class_lies_in_a_section(home):
    climb = "SELECT industry_code, parent_code FROM silver.industry"
    above = {row["industry_code"]: row["parent_code"] for row in home.ask(climb)}
    for code in above:
        top = code
        while above[top] is not None:
            top = above[top]
        assert top.isalpha(), code


def test_four_hundred_and_five_days_of_twelve_years(home):
    assert count(home, "silver.calendar") == 405 and balanced(home, "holiday_cn")
    assert home.ask(
        "SELECT is_working_day, name_zh, source FROM silver.calendar WHERE day = '2026-01-01'"
    ) == [
        {
            "is_working_day": False,
            "name_zh": "元旦",
            "source": ["https://www.gov.cn/zhengce/zhengceku/202511/content_7047091.htm"],
        }
    ]


def test_a_make_up_working_day_is_a_saturday_or_a_sunday_but_for_the_day_after_the_epidemic_s_longer_holiday(
    home,
):
    rows = home.ask("SELECT day, is_working_day, name_zh FROM silver.calendar")
    assert [r["day"].isoformat() for r in rows if r["is_working_day"] and r["day"].weekday() < 5] == [
        "2020-02-03"
    ]


def test_every_year_has_the_seven_holidays(home):
    rows = home.ask("SELECT day, is_working_day, name_zh FROM silver.calendar")
    feasts = {"元旦", "春节", "清明", "劳动", "端午", "中秋", "国庆"}
    for year in range(2015, 2027):
        off = " ".join(r["name_zh"] for r in rows if r["day"].year == year and not r["is_working_day"])
        assert {word for word in feasts if word in off} == feasts, year
