"""Two nights are compared by all that they write for readers, but for what is stated."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from outputs import differing, outputs

RUNS = ("20260630-0123abcd", "20260630-89efcdab")
DIGESTS = ("0" * 63 + "a", "0" * 63 + "b")


def written(root: Path, name: str, text: str) -> dict[str, str]:
    path = root / name
    path.parent.mkdir(parents=True)
    path.write_text(text)
    return outputs(root)


@pytest.mark.parametrize(
    ("name", "texts", "equal"),
    [
        ("site/index.html", [f"<code>{run}</code>" for run in RUNS], True),
        ("outbox/p/2026-06-30/manifest.json", [f'"sha256": "{d}"' for d in DIGESTS], True),
        ("outbox/p/2026-06-30/leads.csv", list(DIGESTS), False),  # a pseudonym, maybe
        ("outbox/p/2026-06-30/leads.csv", ["YP-CN-202606-000001", "YP-CN-202606-000002"], False),
        ("published/2026/0/manifest.json", ['"rows": 1', '"rows": 2'], False),
        ("site/index.html", ["2026-06-30 10:00", "2026-06-30 10:01"], False),
    ],
)
def test_nights_are_equal_but_for_names_of_runs_and_digests_of_what_names_them(tmp_path, name, texts, equal):
    one, other = (written(tmp_path / side, name, text) for side, text in zip("ab", texts, strict=True))
    assert differing(one, other) == ([] if equal else [name])


def test_a_file_that_only_one_night_has_is_a_difference(tmp_path):
    assert differing(written(tmp_path / "a", "site/a.html", ""), {}) == ["site/a.html"]


def test_workbooks_are_compared_by_their_parts(tmp_path):
    found = []
    for side, cell in zip("abc", (*RUNS, "1"), strict=True):
        (tmp_path / side / "site").mkdir(parents=True)
        with zipfile.ZipFile(tmp_path / side / "site" / "a.xlsx", "w") as book:
            book.writestr("xl/worksheets/sheet1.xml", f"<v>{cell}</v>")
        found.append(outputs(tmp_path / side))
    assert differing(found[0], found[1]) == [] and differing(found[0], found[2]) == ["site/a.xlsx"]
