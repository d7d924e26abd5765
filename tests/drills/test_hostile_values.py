"""Names and texts that a page, a spreadsheet or a template would run, through a whole night: they are text in
every page, drawing, table and workbook. Scripts of the site add data as text, never as markup."""

from __future__ import annotations

import csv
import io
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import lxml.html
import poisoned_country
import pytest

pytestmark = pytest.mark.proof  # tests of each page, table and workbook hold it of their texts
COMMANDS = (("land", "--date", "2026-06-30"), ("run", "--date", "2026-06-30"), ("report",))
COMMANDS += (("export", "--date", "2026-06-30"), ("publish", "--due"))
LIVE = tuple("=+-@\t\r\n＝＋－＠")  # by which a spreadsheet knows a formula, written out apart from the code
NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
PLACES = ("site", "outbox", "published")
RUN_WHERE_IT_STANDS = ("href", "src", "action", "formaction", "data", "xlink:href")


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("poisoned")
    with pytest.MonkeyPatch.context() as patched:
        poisoned_country.write(root / "inbox", patched)
    environment = os.environ | {"QUALITY_HOME": str(root), "QUALITY_SPARK_MASTER": "local[2]"}
    environment.pop("QUALITY_KEY_FILE", None)
    for command in COMMANDS:
        called = [sys.executable, "-m", "jobs.cli", *command]
        done = subprocess.run(called, env=environment, capture_output=True, text=True, timeout=1800)
        assert done.returncode == 0, (command, done.stderr[-2000:])
    return root


def files(home: Path, *endings: str) -> Iterator[tuple[str, bytes]]:
    for place in PLACES:
        for path in (home / place).rglob("*"):
            if path.is_file() and path.suffix in endings:
                yield path.relative_to(home).as_posix(), path.read_bytes()


def running(content: bytes) -> Iterator[str]:
    """What a browser would run of a page that a provider wrote."""
    parser = lxml.html.HTMLParser(encoding="utf-8", huge_tree=True)
    for element in lxml.html.document_fromstring(content, parser=parser).iter():
        if not isinstance(element.tag, str):
            continue
        for name, value in element.attrib.items():
            plain = "".join(value.split()).lower()
            if (name.lower().startswith("on") and "alert(1)" in plain) or (
                name.lower() in RUN_WHERE_IT_STANDS and (plain.startswith("javascript:") or plain == "x")
            ):
                yield f"{element.tag} {name}={value}"
        if element.tag == "script" and (element.text or "").strip().startswith("alert(1)"):
            yield f"script {element.text}"


@pytest.mark.drill(fault="markup and templates in names and texts", invariant="text in every page")
def test_no_page_runs_what_a_provider_wrote(home):
    found, literal = {}, 0
    for name, content in files(home, ".html", ".svg"):
        literal += b"{{7*7}}" in content
        if run := [*running(content)]:
            found[name] = run
    assert found == {} and literal  # the search had something to find


@pytest.mark.drill(fault="formulas in names and texts", invariant="text in every table and workbook")
def test_no_table_and_no_workbook_runs_what_a_provider_wrote(home):
    found, neutral, quoted = {}, 0, 0
    csv.field_size_limit(1 << 30)
    for name, content in files(home, ".csv"):
        for row in csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")):
            neutral += any(cell.startswith("'=") for cell in row)
            if live := [cell for cell in row if cell.startswith(LIVE) and not NUMBER.fullmatch(cell)]:
                found.setdefault(name, []).extend(live)
    for name, content in files(home, ".xlsx"):
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            for part in parts.namelist():
                text = parts.read(part)
                quoted += b"cmd|" in text
                if b"<f>" in text or b"<f " in text or b'TargetMode="External"' in text:
                    found.setdefault(name, []).append(part)
    assert found == {} and neutral and quoted
