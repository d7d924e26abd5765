"""The published API: every file is what the OpenAPI document says, and holds what the bundles hold; the
release calendar beside it."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import country
import pytest
from jsonschema_rs import Draft202012Validator
from lxml import html as parsed
from openapi_spec_validator import OpenAPIV31SpecValidator, validate
from openapi_spec_validator.validation.exceptions import OpenAPIValidationError
from playwright.sync_api import Browser
from test_browser import DESKTOP, watched

from jobs.contracts.catalog import load_catalog
from jobs.marts.sampling.outcomes import judged
from jobs.publish.api import openapi
from jobs.publish.calendar import releases
from jobs.publish.freezing import freeze, withdraw
from jobs.publish.periods import span
from jobs.publish.shelf import Bundle, shelf
from jobs.publish.site import write_public
from jobs.reports.numbers import percent
from jobs.reports.wording import DESIGN


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """May and two quarters, one of them withdrawn."""
    home = tmp_path_factory.mktemp("api")
    lake = country.lake_at(home)
    country.write(lake)
    for name in ("2026-05", "2025Q4", "2026Q1"):
        freeze(lake.root, home / "published", span(name), day=None, say=lambda line: None)
    withdraw(lake.root, home / "published", span("2025Q4"), reason="wrong", day=None, say=lambda line: None)
    write_public(home / "published")
    return home / "published"


def answers(published: Path) -> dict[str, Any]:
    root = published / "api" / "v1"
    return {
        p.relative_to(root).as_posix(): json.loads(p.read_text(encoding="utf-8"))
        for p in root.rglob("*.json")
        if not p.name.startswith(".")
    }


def test_the_document_is_openapi_3_1_and_a_broken_one_would_be_refused() -> None:
    document = openapi(load_catalog())
    validate(document, cls=OpenAPIV31SpecValidator)
    del document["paths"]["/units.json"]["get"]["responses"]
    with pytest.raises(OpenAPIValidationError):
        validate({**document, "info": {}}, cls=OpenAPIV31SpecValidator)


def test_every_file_is_what_the_document_says_of_its_path(published: Path) -> None:
    found = answers(published)
    document = found.pop("openapi.json")
    patterns = {
        re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path.lstrip("/")))): path
        for path in document["paths"]
    }
    seen = set()
    for name, answer in found.items():
        (path,) = [path for pattern, path in patterns.items() if pattern.fullmatch(name)]
        content = document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]
        schema = {**content["schema"], "components": document["components"]}
        errors = list(Draft202012Validator(schema).iter_errors(answer))
        assert errors == [], (name, errors[:1])
        assert answer["meta"]["results"] == len(answer["results"])
        seen.add(path)
    assert seen == set(document["paths"])


def test_a_units_file_holds_its_rows_of_every_period_that_stands(published: Path) -> None:
    found = answers(published)
    rows = found["detection_rates/platform/P01.json"]["results"]
    assert {row["period"] for row in rows} == {"2026-05", "2026Q1"}
    bundle = next(b for b in shelf(published) if b.period == span("2026Q1"))
    mine = [
        row
        for row in bundle.arrow("detection_rates").to_pylist()
        if (row["dimension_type"], row["dimension_code"], row["dimension2_type"]) == ("platform", "P01", "")
    ]
    same = [{k: v for k, v in r.items() if k in mine[0]} for r in rows if r["period"] == "2026Q1"]
    assert same == [{k: str(v) if isinstance(v, date) else v for k, v in row.items()} for row in mine]


def test_a_unit_whose_code_is_no_file_name_is_found_through_the_list_of_units(published: Path) -> None:
    found = answers(published)
    units = {(u["dimension_type"], u["dimension_code"]): u["files"] for u in found["units.json"]["results"]}
    assert all(path in found for files in units.values() for path in files.values())
    odd = [code for _, code in units if not re.fullmatch(r"[\w-]+", code)]
    assert odd  # the country has a platform and a category whose codes are no names


def test_a_withdrawn_period_is_named_as_such_and_its_figures_are_in_no_file(published: Path) -> None:
    found = answers(published)
    states = {row["period"]: row["state"] for row in found["periods.json"]["results"]}
    assert states == {"2026-05": "published", "2025Q4": "withdrawn", "2026Q1": "published"}
    named = [name for name, a in found.items() if "/" in name and '"2025Q4"' in json.dumps(a)]
    assert named == []


def test_a_file_that_did_not_change_is_left_as_it_is(published: Path) -> None:
    before = {p: p.stat().st_mtime_ns for p in published.glob("api/v1/*/*/*.json")}
    write_public(published)
    assert before and {p: p.stat().st_mtime_ns for p in before} == before


def bundle(name: str, day: date, revision: int = 0, state: str = "published") -> Bundle:
    return Bundle(
        Path(name), span(name), revision, {"state": state, "published_on": day.isoformat(), "tables": {}}
    )


def test_the_calendar_says_what_came_late_what_is_late_and_what_comes() -> None:
    rows = releases(
        [
            bundle("2026-01", date(2026, 2, 16)),
            bundle("2026-02", date(2026, 3, 20)),
            bundle("2026-02", date(2026, 5, 2), 1),
            bundle("2026-04", date(2026, 5, 16), 0, "withdrawn"),
        ]
    ).to_pylist()
    at = {row["period"]: row for row in rows}
    assert (at["2026-01"]["days_late"], at["2026-01"]["revised_on"]) == (0, None)
    assert (at["2026-02"]["days_late"], at["2026-02"]["revised_on"]) == (4, date(2026, 5, 2))
    assert (at["2026-03"]["state"], at["2026-03"]["days_late"]) == ("late", 30)
    assert at["2026-04"]["state"] == "withdrawn"
    assert (at["2026-05"]["state"], at["2026-05"]["due_on"]) == ("coming", date(2026, 6, 16))
    assert at["2026Q2"]["state"] == "coming" and "2026Q1" not in at
    due = {
        name: [row["due_on"] for row in rows if row["state"] in states]
        for name, states in {"next": ("late", "coming"), "there": ("published", "withdrawn")}.items()
    }
    assert rows[0]["state"] == "late" and due["next"] == sorted(due["next"])
    assert due["there"] == sorted(due["there"], reverse=True)
    assert len(due["next"]) + len(due["there"]) == len(rows)
    assert rows[len(due["next"])]["state"] == "withdrawn"  # what was published stands last
    assert releases([]).num_rows == 0


def test_the_pages_of_rates_show_the_numbers_of_the_api(published: Path) -> None:
    """Each row of a page stands at `rate.<dimension>.<code>`, which names the file of the API."""
    found = answers(published)
    files = {
        (u["dimension_type"], u["dimension_code"]): u["files"].get("detection_rates")
        for u in found["units.json"]["results"]
    }
    compared = 0
    for name, period in (("rates.html", "2026-05"), ("rates_quarter.html", "2026Q1")):
        page = parsed.parse(published / "site" / name)
        for row in page.xpath('//tr[starts-with(@id, "rate.")]'):
            _, dimension, code = unquote(row.get("id")).split(".", 2)
            words = ["".join(cell.xpath('.//text()[not(ancestor::*[@class="en"])]')) for cell in row]
            code = code if (dimension, code) in files else code.rpartition(".")[0]  # the second row of a unit
            design = next(d for d, text in DESIGN.items() if text.zh == words[1])
            (given,) = [
                r
                for r in found[files[dimension, code]]["results"]
                if (r["period"], r["design"]) == (period, design)
                and r["dimension2_type"] == ""
                and r["region_role"] in ("", "seller")
                and r["period_type"] in ("month", "quarter")
            ]
            rate = given["exposure_rate" if design == "probability" else "rate"]
            assert words[2:4] == [f"{judged(given):,}", f"{given['n_nonconforming']:,}"], (name, code)
            assert words[4] == ("样本不足" if rate is None else percent(rate)), (name, code)
            compared += 1
    assert compared > 20


def test_the_downloads_lead_to_the_description_of_the_api_and_give_its_whole_address(
    published: Path, browser: Browser
) -> None:
    page, said, _ = watched(browser, DESKTOP)
    page.goto((published / "site" / "downloads.html").as_uri())
    link = page.locator("#api ~ .scroll a").first
    address = (published / "api" / "v1" / "openapi.json").as_uri()
    assert link.inner_text() == address == link.evaluate("e => e.href")
    assert (
        json.loads((published / "api" / "v1" / "openapi.json").read_text(encoding="utf-8"))["openapi"]
        == "3.1.0"
    )
    assert said == []
    page.close()
