"""The nation's authority has the name that the deployment gives it: no page or workbook of another nation
names that of China."""

from __future__ import annotations

import pytest

from jobs.environment import REPOSITORY, SCHEMAS
from jobs.reports.gathered import Gathered
from jobs.reports.pages import work
from jobs.reports.rendering import render
from jobs.reports.site import shared_context
from jobs.reports.workbook_sheets import QUEUE, Sheet
from jobs.reports.workbooks import _whose

CHINAS = "国家市场监督管理总局"


def test_one_place_in_the_code_of_pages_names_chinas_authority() -> None:
    found = [
        path.name
        for folder in ("reports", "exchange", "publish")
        for path in sorted((REPOSITORY / "jobs" / folder).rglob("*"))
        if path.suffix in (".py", ".html", ".js") and CHINAS in path.read_text(encoding="utf-8")
    ]
    assert found == ["authorities.py"]


@pytest.mark.parametrize(("nation", "name"), [("", CHINAS), ("nl", "国家级")])
def test_workbooks_and_the_page_of_tasks_name_the_authority_of_the_nation(
    known: Gathered, monkeypatch: pytest.MonkeyPatch, nation: str, name: str
) -> None:
    if nation:
        monkeypatch.setenv("QUALITY_DEPLOYMENT", str(SCHEMAS / "deployments" / f"{nation}.yaml"))
    queue = known.night.frame("gold.work_queue")
    words = _whose("nation", Sheet("Tasks", QUEUE, queue))
    assert f"其中{name}0行" in words and (CHINAS in words) == (nation == "")
    page = next(iter(work.build(known)))
    refused = {"recipient": "region_CN", "manifest_id": "M1", "items": 1, "times": 4, "reason": ""}
    page.context["refused"] = [refused | {"next": "settled"}]
    text = render(page, shared_context(known)).decode()
    assert f"重发三次仍被拒收：{name}的待办事项" in text and (CHINAS in text) == (nation == "")
