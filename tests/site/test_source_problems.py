"""Pages name a source YAML that is refused by its path below the folder of sources."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd

from jobs.contracts.catalog import load_catalog
from jobs.environment import SCHEMAS
from jobs.ingest.source import load_sources
from jobs.reports.advice import AGAIN, MISNAMED
from jobs.reports.file_ledger import FileLedger
from jobs.reports.pages import sources
from jobs.reports.pages.sources import _families, bad_sources
from jobs.reports.source_facts import SPLIT, SUMMED, _faults, feed_entries
from jobs.reports.wording import FAMILY, label, same


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


def test_a_refused_file_is_named_beside_the_punctuality_of_each_feed_that_waits_for_it() -> None:
    """An earlier edition of the same name stays in use, and the page says so."""
    zeros = dict.fromkeys((*SUMMED, *SPLIT), 0)
    file = {"source": "s", "target": "t", "sha256": "1", "reason": same("cut"), "withheld": False}
    file |= {"balanced": True, "numbers": zeros, "received_on": date(2026, 1, 1), "delivered_on": None}
    taken, cut = file | {"standing": "live"}, file | {"standing": "refused", "sha256": "2"}
    files = [
        taken | {"feed": "shops", "file": "a.zip"},
        cut | {"feed": "shops", "file": "a.zip"},
        cut | {"feed": "orders", "file": "b.zip"},
        taken | {"feed": "plans", "file": "c.zip"},
    ]
    ledger = FileLedger(files, [], pd.DataFrame())
    assert [(f["file"], f["feeds"], f["earlier"]) for f in ledger.refused_files] == [
        ("a.zip", ["shops"], True),
        ("b.zip", ["orders"], False),
    ]
    night: Any = SimpleNamespace(frame=lambda name: pd.DataFrame(columns=["source", "feed"]))
    found = {f["name"]: f["refused"] for f in feed_entries(night, "s", (), ledger)}
    assert found == {"orders": 1, "plans": 0, "shops": 1}


def test_a_page_says_that_nothing_of_a_refused_file_was_taken_and_which_feed_waits(
    html: dict[str, str],
) -> None:
    page = html["sources/lab_1.html"]
    feeds, refused = (page.split(f'<h2 id="{at}">')[1].split("<h2")[0] for at in ("feeds", "refused"))
    assert "file not taken" in feeds and 'href="#refused"' in feeds
    assert "Not one record of these files was taken" in refused and "are in use" in refused
    assert "refused or held: act as is stated for each" in page and "correct and file again" not in page
    assert "feeds that wait for it" in refused and "no feed takes a file of this name" in refused
    assert "a refused or held file neither makes a feed late" in html["freshness.html"]


def test_a_file_that_needs_no_answer_is_listed_on_the_page_and_is_nothing_to_correct() -> None:
    zeros = dict.fromkeys(SUMMED, 0)
    file = {"source": "s", "sha256": "", "reason": same("why"), "balanced": True, "numbers": zeros}
    file |= {"feed": "", "faults": False, "withheld": False}
    note = file | {"file": "说明.txt", "standing": "no_answer"}
    ledger = FileLedger([note], [], pd.DataFrame())
    assert ledger.refused_files == [] and ledger.troubled == []
    assert [f["file"] for f in ledger.for_information] == ["说明.txt"]
    found = _faults(ledger, late=0)
    assert [n for n, anchor, *_ in found if anchor == "refused"] == [0]
    both = FileLedger([note, file | {"file": "6.csv", "standing": "refused"}], [], pd.DataFrame())
    assert [n for n, anchor, *_ in _faults(both, late=0) if anchor == "refused"] == [1]


def test_sources_that_no_file_registers_stand_under_words_in_both_languages() -> None:
    listed = [
        {"name": name, "bad": False, "code": family or "unregistered", "family": label(FAMILY, family)}
        for name, family in (("x", ""), ("lab_1", "lab"))
    ]
    families = [(title.zh, title.en, [e["name"] for e in found]) for title, found in _families(listed)]
    assert families == [("检验机构", "Laboratories", ["lab_1"]), ("未登记", "not registered", ["x"])]
