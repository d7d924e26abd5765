"""Whom readers ask about the data: what the deployment names, on both sites."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from test_public_bounds import codes, write_bundle

from jobs.deployment import deployment
from jobs.environment import SCHEMAS
from jobs.publish.shelf import shelf
from jobs.publish.site import site_files
from jobs.reports.contacting import SIMULATED, UNNAMED, whom_to_ask
from jobs.reports.gathered import Gathered
from jobs.reports.site import shared_context

NAMED = 'data_contact: {name_zh: 数据处, name_en: the data office, telephone: "010-1", email: d@o.example}\n'


@pytest.fixture
def named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A deployment that names a contact."""
    path = tmp_path / "deployment.yaml"
    path.write_text(NAMED + (SCHEMAS / "deployment.yaml").read_text("utf-8"), encoding="utf-8")
    monkeypatch.setenv("QUALITY_DEPLOYMENT", str(path))


def internal(synthetic: list[str]) -> object:
    night = SimpleNamespace(synthetic_sources=synthetic, dictionary={"table": []})
    known = cast(Gathered, SimpleNamespace(night=night, names=SimpleNamespace(href=None)))
    return shared_context(known)["whom_to_ask"]


def public(root: Path) -> tuple[str, str]:
    """The home page and the search index of a public site of real data."""
    write_bundle(root, "2025", {table: rows[:2] for table, rows in codes().items()})
    files = site_files(shelf(root))
    return files["index.html"].decode(), files["search_index.js"].decode()


def test_where_no_one_is_named_the_internal_site_says_so_and_the_public_one_nothing(tmp_path: Path) -> None:
    assert deployment().data_contact is None and whom_to_ask(synthetic=False) is None
    assert internal([]) == UNNAMED
    home, index = public(tmp_path / "published")
    assert 'id="contact"' not in home and "data_contact" not in home and "#contact" not in index


def test_the_contact_that_a_deployment_names_stands_on_both_sites_and_is_found(named, tmp_path: Path) -> None:
    said = whom_to_ask(synthetic=True)
    assert said is not None
    assert said.zh == "数据咨询：数据处，电话010-1，电子邮箱d@o.example"
    assert said.en == "Questions about the data: the data office, telephone 010-1, d@o.example"
    assert internal([]) == internal(["a"]) == said
    home, index = public(tmp_path / "published")
    assert said.zh in home and said.en in home and "index.html#contact" in index


def test_the_contact_of_made_up_data_says_that_it_is_simulated_and_has_no_real_address() -> None:
    said = whom_to_ask(synthetic=True)
    assert said is not None and internal(["platform_01"]) == said
    assert "模拟" in said.zh and "simulated" in said.en and (SIMULATED.email or "").endswith(".example")
