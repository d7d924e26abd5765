"""Written expectations: that what each is to find is found."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest

from jobs.contracts.catalog import load_catalog
from jobs.contracts.suites import added_expectations
from jobs.engine.interface import Workspace
from jobs.environment import REPOSITORY
from jobs.gate.audit import Gate
from jobs.gate.measure import Measures
from jobs.gate.profile import Profile

CONCENTRATION = load_catalog().contracts["gold.commerce_concentration"]
CATEGORIES = (
    (REPOSITORY / "schemas/reference/product_category.csv").read_text(encoding="utf-8").split("\n")[1:]
)


def cells(provinces: list[str]) -> list[tuple[str, str, str]]:
    """Dimension, code and category of the cells of a month in which goods of every category were sold."""
    codes = [row.split(",")[0] for row in CATEGORIES if row]
    columns = [*(code for code in codes if len(code) == 2), "all"]
    units = [("nation", "CN"), *(("platform", f"P{n:02}") for n in range(1, 11))]
    units += [("region", code) for code in provinces] + [("category", code) for code in codes]
    table = [("table", code, column) for code in ["CN", *provinces] for column in columns]
    return [*table, *((kind, code, "all") for kind, code in units)]


@pytest.mark.parametrize(
    ("provinces", "verdict"),
    [(["unknown"], "warned"), (["unknown", *(f"{n}0000" for n in range(11, 41))], "passed")],
)
def test_trade_of_which_no_province_is_known_is_warned_of(
    tmp_path: Path, space: Workspace, provinces: list[str], verdict: str
) -> None:
    names = ["dimension_type", "dimension_code", "category_code"]
    rows = [dict(zip(names, cell, strict=True)) for cell in cells(provinces)]
    space.read("audited", pa.Table.from_pylist(rows))
    written = [e for e in added_expectations(CONCENTRATION) if e.batch == "rows"]
    measures = Measures({"row_count": len(rows)}, Profile(len(rows)), None)
    gate = Gate(tmp_path, run_id="r", day=date(2026, 6, 30))
    assert gate.audit(CONCENTRATION.id, 1, written, space, measures).verdict == verdict
