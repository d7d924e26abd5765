"""Pages name a source YAML that is refused by its path below the folder of sources."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from jobs.contracts.catalog import load_catalog
from jobs.environment import SCHEMAS
from jobs.ingest.source import load_sources
from jobs.reports.advice import AGAIN, BESIDE, MISNAMED
from jobs.reports.pages import sources
from jobs.reports.pages.sources import bad_sources
from jobs.reports.wording import same


def problems(root: Path, files: dict[str, str]) -> dict[str, list[str]]:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    loaded = load_sources((SCHEMAS, root), load_catalog())
    return {b["name"]: b["problems"] for b in bad_sources(SimpleNamespace(sources=loaded))}


def test_no_problem_of_a_source_yaml_shows_a_folder_of_the_machine(tmp_path: Path) -> None:
    found = problems(
        tmp_path / "our: sources",
        {
            "lab/acme.yaml": "source: acme\ncadence: dayly\n",
            "lab/broken.yaml": "source: [",
            "brand/one.yaml": "source: one\nextends: round\n",
            "round.yaml": "extends: round\n",
            "brand/two.yaml": "source: two\nextends: families/gb18030_csv\n",
            "families/gb18030_csv.yaml": "timezone: UTC\n",
        },
    )
    assert found["one"] == [
        "round.yaml:1: extends: the files extend each other: brand/one.yaml → round.yaml → round.yaml"
    ]
    assert found["two"] == [
        "brand/two.yaml:2: extends: families/gb18030_csv.yaml is there more than once: "
        "schemas/sources/families/gb18030_csv.yaml, families/gb18030_csv.yaml"
    ]
    assert found["broken.yaml"] and str(tmp_path) not in str(found)
    assert found["acme"] and all(p.startswith("lab/acme.yaml:") for p in found["acme"])


def test_what_is_said_of_the_name_of_a_refused_file_is_what_its_row_says() -> None:
    named: dict[str, Any] = {"feed": "", "code": "refused", "standing": "refused"}
    both: dict[str, Any] = {"to_mend": [("refused", same("1"), "bad")], "stated": ()}
    ledger = SimpleNamespace(refused_files=[named], files=[])
    alone = sources._again(both | {"file_ledger": ledger}, ["samples*"])
    assert [words.en for words in alone] == [MISNAMED.en]
    ledger.refused_files.append(named | {"feed": "samples"})
    assert sources._again(both | {"file_ledger": ledger}, ["samples*"]) == [AGAIN, MISNAMED]
    assert sources._again(both | {"file_ledger": SimpleNamespace(refused_files=[])}, []) == [AGAIN]


def test_a_file_that_may_not_have_to_be_filed_again_has_its_own_advice_alone() -> None:
    cut = {"feed": "s", "file": "s_20260629_cut.csv", "code": "refused", "standing": "refused"}
    whole = {"feed": "s", "file": "s_20260629.csv", "code": "landed", "standing": "live"}
    entry: dict[str, Any] = {
        "to_mend": [("refused", same("1"), "bad")],
        "stated": (SimpleNamespace(name="s", delivered="s_{yyyyMMdd}"),),
        "file_ledger": SimpleNamespace(refused_files=[cut], files=[cut, whole]),
    }
    assert sources._again(entry, ["s_*"]) == [BESIDE]
    entry["file_ledger"].files.remove(whole)
    assert sources._again(entry, ["s_*"]) == [AGAIN]
