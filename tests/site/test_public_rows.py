"""The public site lists each batch and recall of any published bundle, once, by its newest statement."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from test_public_bounds import elements, write_bundle

from jobs.publish.public_listings import bulletins, recalls
from jobs.publish.public_lookup import lookup_rows, released
from jobs.publish.public_pages import Known
from jobs.publish.public_rows import covered
from jobs.publish.shelf import MANIFEST, shelf
from jobs.publish.site import site_files


def bundle(root: Path, name: str, said: dict[str, Any], *batches: dict[str, Any], recall: str = "") -> None:
    """A bundle of some batches; ``said``: of its manifest."""
    found = [{"recall_id": recall, "recalled_on": date(2025, 9, 9)}] if recall else []
    write_bundle(root, name, {"bulletins": list(batches), "recalls": found})
    path = root / name / "0" / MANIFEST
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | said), "utf-8")


def batch(sample: str, day: date, name: str = "") -> dict[str, Any]:
    return {"sample_id": sample, "released_on": day, "product_name": name, "published_on": day}


def known(root: Path) -> Known:
    return Known(shelf(root))


def shown(root: Path) -> dict[str, list[str]]:
    """Page of bulletins → ids of its rows."""
    return {p.path: [i for s in p.sections for i in s.ids] for p in bulletins(known(root))}


MAY, JUNE, LATER = date(2025, 5, 9), date(2025, 6, 9), {"published_on": "2026-02-01"}


def test_batches_and_recalls_of_quarters_and_years_are_listed_and_looked_up_and_the_months_are_named(
    tmp_path: Path,
) -> None:
    bundle(tmp_path, "2025", {}, batch("Y", date(2025, 2, 3)), recall="GK-2048")
    bundle(tmp_path, "2026Q3", {}, batch("Q", date(2026, 7, 3)))
    bundle(tmp_path, "2026-10", {}, batch("M", date(2026, 10, 3)))
    assert shown(tmp_path) == {
        "bulletins.html": [".M"],
        "bulletins_2026Q3.html": [".Q"],
        "bulletins_2025.html": [".Y"],
    }
    assert {i for p in recalls(known(tmp_path)) for s in p.sections for i in s.ids} == {".GK-2048"}
    held = "".join(content.decode() for content in lookup_rows(known(tmp_path), {}).values())
    assert all(f'"{number}"' in held for number in ("Y", "Q", "M", "GK-2048"))
    said = covered(known(tmp_path), "bulletins")
    assert said.en == "Published periods: January 2025 to December 2025; July 2026 to October 2026."
    assert said in bulletins(known(tmp_path))[0].lead


def test_a_batch_of_several_bundles_is_listed_once_as_the_one_published_last_states_it(
    tmp_path: Path,
) -> None:
    bundle(tmp_path, "2025-05", {}, batch("A", MAY, "old"), batch("B", MAY, "same"))
    bundle(tmp_path, "2025", LATER, batch("A", MAY, "new"), batch("B", MAY, "same"))
    assert shown(tmp_path) == {"bulletins.html": [".A"], "bulletins_2025-05.html": [".B"]}
    names = {row["sample_id"]: row["product_name"] for _, row in released(known(tmp_path), "bulletins")}
    assert names == {"A": "new", "B": "same"}


def test_a_batch_that_a_later_bundle_of_its_day_no_longer_has_is_gone(tmp_path: Path) -> None:
    bundle(tmp_path, "2025-05", {}, batch("GONE", MAY), batch("STAYS", MAY))
    bundle(tmp_path, "2025-06", {}, batch("OTHER", JUNE))
    bundle(tmp_path, "2025Q2", LATER, batch("STAYS", MAY), batch("OTHER", JUNE))
    bundle(tmp_path, "2025Q1", LATER)
    assert {row["sample_id"] for _, row in released(known(tmp_path), "bulletins")} == {"STAYS", "OTHER"}


def test_what_only_a_withdrawn_bundle_holds_is_gone(tmp_path: Path) -> None:
    bundle(tmp_path, "2025-05", {}, batch("A", MAY))
    bundle(tmp_path, "2025Q2", {"state": "withdrawn", "reason": "x", "tables": {}}, batch("B", JUNE))
    assert [row["sample_id"] for _, row in released(known(tmp_path), "bulletins")] == ["A"]
    assert covered(known(tmp_path), "bulletins").en == "Published periods: May 2025."


def test_a_year_that_is_too_long_for_a_page_is_divided_by_quarter_and_month(tmp_path: Path) -> None:
    days = [date(2025, 1 + n % 3, 1 + n % 28) for n in range(1_500)] + [date(2025, 11, 5)]
    bundle(tmp_path, "2025", {}, *(batch(f"S{n}", day, "x") for n, day in enumerate(days)))
    pages = shown(tmp_path)
    assert [len(rows) for rows in pages.values()] == [1, 500, 500, 500]
    assert [*pages] == ["bulletins.html", *(f"bulletins_2025-0{m}.html" for m in (3, 2, 1))]
    files = {path: text.decode() for path, text in site_files(shelf(tmp_path)).items()}
    assert all(elements(files[path]) <= 8_000 and "of 500" not in files[path] for path in pages)
    assert all(other in files["bulletins.html"] for other in pages)


@pytest.mark.parametrize("page", ["bulletins.html", "lookup_index.js"])
def test_the_first_day_on_which_a_batch_may_be_public_is_not_called_the_day_of_publication(
    page: str, tmp_path: Path
) -> None:
    given = batch("A", MAY) | {"published_on": date(2025, 6, 1)}
    bundle(tmp_path, "2025-05", {}, given)
    text = site_files(shelf(tmp_path))[page].decode()
    assert "Public since" not in text and "May be listed from" in text
    assert "Published by the authority" in text and "2025-06-01" in text and "2025-05-09" in text
