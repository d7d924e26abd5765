"""No file that is published names a purchase or plan that is proposed, a batch whose result may not be public
or a person; the search finds each of them, in every form of file, once it is there."""

from __future__ import annotations

import re
from pathlib import Path

import country
import pandas as pd
import pytest
from leaks import leaks
from notebook_country import put
from published_search import unpublished

from jobs.lake.night import newest_snapshot
from jobs.lake.tables import Lake
from jobs.publish.freezing import freeze
from jobs.publish.periods import span
from jobs.publish.site import write_public
from jobs.reports.gathered import gather
from jobs.reports.pages import counterfeit, tracing
from jobs.reports.reading import read_night
from jobs.reports.search_files import plain

PERSONAL = pd.DataFrame({"kind": ["phone", "name"], "value": ["13977770001", "尉迟恭良"]})
FORMS = {".html", ".json", ".csv", ".parquet", ".xlsx"}
PENDING, PURCHASE, PLAN = "LOT-2026-PENDING", "BUY-2026Q4-0001", "PROPOSED-2026Q4"


def country_at(home: Path, said: str = "已全部召回", periods: tuple[str, ...] = ("2026-05",)) -> Lake:
    """A country with one batch that is not public yet, proposed purchases, and ``said`` by a party of each
    batch that is; ``periods``: those that are published."""
    lake = country.lake_at(home)
    country.write(lake)
    batches = lake.frame("gold.bulletin")
    batches["sample_id"] = batches["sample_id"].replace({"B4": PENDING})
    batches["comment_texts"] = [[said]] * len(batches)
    bought = pd.DataFrame(
        {"purchase_id": [PURCHASE], "plan_id": [PLAN], "shop_id": ["S1"], "design": ["probability"]}
        | {"platform_code": ["P01"], "category_code": ["HA01"], "status": ["proposed"]}
    )
    complaints = pd.DataFrame({"text": [f"打{PERSONAL.value[0]}找{PERSONAL.value[1]}"]})
    put(lake, {"gold.bulletin": batches, "gold.sampling_purchase": bought, "silver.complaint": complaints})
    for name in periods:
        freeze(lake.root, home / "published", span(name), day=None, say=lambda line: None)
    write_public(home / "published")
    return lake


@pytest.mark.parametrize(
    "periods", [("2026-05",), pytest.param(("2026-05", "2026Q1", "2025"), marks=pytest.mark.slow)], ids=len
)
def test_nothing_published_names_a_person_a_coming_plan_or_an_open_result(
    tmp_path: Path, periods: tuple[str, ...]
) -> None:
    snapshot = newest_snapshot(country_at(tmp_path, periods=periods))
    public = tmp_path / "published"
    batches = snapshot.frame("gold.bulletin")
    assert PENDING in set(batches.loc[batches["disclosure"].eq("pending"), "sample_id"])
    assert {p.suffix for p in public.rglob("*") if p.is_file()} >= FORMS
    assert unpublished(snapshot, public) == [] and leaks(public, PERSONAL) == []
    known = gather(read_night(snapshot, (), data_docs=False))
    # Those by which the inner search finds enterprises; shorter ones are words of a script by chance.
    found = [code for _, code in tracing.parties(known)] + counterfeit.enterprises(known)
    codes = {code for code in found if len(code) == 18}
    files = [*(public / "site").rglob("*.js")]
    assert len(codes) > 2 and len(files) > 4
    words = {
        word for path in files for word in re.findall(r"[\w-]+", path.read_text(encoding="utf-8").lower())
    }
    assert words & {name for code in codes for name in (code.lower(), plain(code))} == set()


def test_the_search_finds_each_in_every_form_of_file(tmp_path: Path) -> None:
    words = (PENDING, PURCHASE, PLAN, PERSONAL.value[0])
    snapshot = newest_snapshot(country_at(tmp_path, f"见 {' '.join(words)} 一案"))
    public = tmp_path / "published"
    found = {*unpublished(snapshot, public), *leaks(public, PERSONAL)}
    assert {line.split(": ")[0] for line in found} == {*words}
    for word in words:
        places = {line.removeprefix(f"{word}: ") for line in found if line.startswith(f"{word}: ")}
        assert {Path(place).suffix for place in places} >= FORMS
        assert {place.split("/")[0] for place in places} == {"2026-05", "site", "api"}
