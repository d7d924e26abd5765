"""Which languages the public pages can show is the deployment's choice."""

from __future__ import annotations

import re

import pytest

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
    title = re.search("<title>(.*)</title>", page)[1]
    assert ("Quality Observatory" in title) and ("质量观象台" in title) == switch
