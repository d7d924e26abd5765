"""What `contracts check` says of the contracts of the outbox's files."""

from __future__ import annotations

from pathlib import Path

from jobs.contracts.catalog import load_catalog
from jobs.exchange.contracts import exchange_problems, write_exchange


def test_what_is_wrong_with_a_contract_of_a_file_is_listed_whatever_stands_in_it(tmp_path: Path) -> None:
    catalog = load_catalog()
    write_exchange(catalog, tmp_path)
    wrong = {"of_no_kind": "a: 1\n", "takedown_notices": "a: [1\n", "urgent_items": "a: 1\n"}
    for name, text in wrong.items():
        path = tmp_path / f"{name}.odcs.yaml"
        assert path.exists() == (name != "of_no_kind")
        path.write_text(text, encoding="utf-8")
    problems = exchange_problems(catalog, tmp_path)
    assert {p.split(".odcs")[0].rsplit("/", 1)[-1] for p in problems} == set(wrong)
    (one,) = [p for p in problems if "of_no_kind" in p]
    assert one.endswith("is of no kind of file; `quality contracts lock` removes it")
