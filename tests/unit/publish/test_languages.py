"""Languages of the public pages, and where buyers complain, are the deployment's choice."""

from __future__ import annotations

import json
import re

import pytest
import yaml

from jobs.environment import SCHEMAS
from jobs.publish.site import site_files


@pytest.mark.parametrize(
    ("languages", "opens", "switch"),
    [("[zh, en]", "zh", True), ("[en, zh]", "en", True), ("[en]", "en", False)],
)
def test_pages_open_in_the_first_language_and_switch_only_where_there_is_another(
    tmp_path, monkeypatch, languages, opens, switch
):
    shipped = (SCHEMAS / "deployment.yaml").read_text(encoding="utf-8")
    path = tmp_path / "deployment.yaml"
    path.write_text(shipped.replace("languages: [zh, en]", f"languages: {languages}"), encoding="utf-8")
    monkeypatch.setenv("QUALITY_DEPLOYMENT", str(path))
    page = site_files([])["index.html"].decode()
    assert f'<html class="lang-{opens}"' in page and ('class="switch"' in page) == switch
    title = re.search("<title[^>]*>(.*)</title>", page)[1]
    assert ("Quality Observatory" in title) and ("质量观象台" in title) == switch


@pytest.mark.parametrize(
    ("contact", "zh", "en", "found"),
    [
        (
            {
                "name_zh": "投诉台",
                "name_en": "the desk",
                "telephone": "0800 1",
                "address": "www.desk.example",
            },
            "也可拨打0800 1热线或登录投诉台（网址www.desk.example）投诉、举报。",
            "complain to the desk (telephone 0800 1, www.desk.example).",
            "0800 1",
        ),
        (
            {
                "name_zh": "投诉台",
                "name_en": "the desk",
                "other": {"name_zh": "市民热线", "name_en": "the city hotline", "telephone": "0800 2"},
            },
            "也可向投诉台投诉、举报。市民热线也受理此类诉求，并转办。",
            "complain to the desk. The city hotline takes such requests too and passes them on.",
            "0800 2",
        ),
        (
            {"name_zh": "投诉台", "name_en": "the desk"},
            "也可向投诉台投诉、举报。",
            "complain to the desk.",
            "complain",
        ),
        (None, "也可向当地主管部门投诉、举报。", "complain to the local authorities.", "complain"),
    ],
)
def test_guidance_says_where_to_complain_and_the_search_finds_it_by_that(
    tmp_path, monkeypatch, contact, zh, en, found
):
    said = yaml.safe_load((SCHEMAS / "deployment.yaml").read_text(encoding="utf-8"))
    path = tmp_path / "deployment.yaml"
    path.write_text(json.dumps(said | {"complaints": contact}, ensure_ascii=False), encoding="utf-8")
    monkeypatch.setenv("QUALITY_DEPLOYMENT", str(path))
    written = site_files([])
    assert [name for name, content in written.items() if b"12315" in content] == []
    page, search = written["guidance.html"].decode(), written["search_index.js"].decode()
    assert zh in page and en in page and found in search


def test_guidance_says_which_remedies_the_law_of_the_nation_gives_and_the_search_finds_it_by_them(
    tmp_path, monkeypatch
):
    """Buyers who asked for 赔偿 or 七天无理由 found nothing; another nation has other laws."""
    written = site_files([])
    page, search = written["guidance.html"].decode(), written["search_index.js"].decode()
    for word in ("赔偿", "维权", "假一赔三", "七天无理由", "compensation"):
        assert word in search, word
    for article in ("《产品质量法》第四十条", "《消费者权益保护法》第二十五条", "Interests, Article 55"):
        assert article in page, article
    assert "未核对条文" in page and "text of the law not checked" in page and "decides claims" in page
    monkeypatch.setenv("QUALITY_DEPLOYMENT", str(SCHEMAS / "deployments" / "nl.yaml"))
    written = site_files([])
    page, search = written["guidance.html"].decode(), written["search_index.js"].decode()
    assert "Product Quality Law" not in page and "compensation" not in search
