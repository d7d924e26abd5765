"""The page of a source says in which form its provider's files are, with an example."""

from __future__ import annotations

import re


def test_the_form_of_the_files_is_stated_with_an_example_and_leads_to_the_table(html: dict[str, str]) -> None:
    page = html["sources/lab_1.html"]
    form, feeds = (page.split(f'<h2 id="{anchor}">')[1].split("<h2")[0] for anchor in ("format", "feeds"))
    assert 'href="#format-samples"' in feeds and 'id="format-samples"' in form
    assert 'href="../dictionary/silver.sample.html"' in form and "契约版本" in form
    head = re.search(r"<pre[^>]*>(?:<span[^>]*>)?([^\n]*)\n", form)
    assert head is not None and sorted(head[1].split(",")) == sorted(
        "样品编号 计划编号 品名 价格(元) 渠道".split()
    )
    assert "示例，非真实数据" in form and "网络、实体店" in form and "Example, made up" in form
