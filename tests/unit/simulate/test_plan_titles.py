"""Titles of plans as announcements write them."""

from __future__ import annotations

import re

from jobs.simulate.country.authorities.words import THEMES, TITLES

TWICE = re.compile(r"([\u4e00-\u9fff]{2,})\1")  # 产品产品


def test_no_title_of_a_plan_says_a_word_twice() -> None:
    titles = {zh.format(theme[0]) for zh, _ in TITLES.values() for theme in THEMES}
    assert len(titles) > 20 and [title for title in titles if TWICE.search(title)] == []
    assert TWICE.search("食品相关产品产品质量")
