"""The file that says which nation is served: read strictly, and part of what tables are made by."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import get_args, get_type_hints

import pandas as pd
import pytest

import jobs.night.identity as identity
from jobs.contracts.catalog import load_catalog
from jobs.deployment import Deadlines, WorkingDays, deployment, read_deployment
from jobs.environment import REPOSITORY, SCHEMAS, deployment_file, make_absolute
from jobs.errors import UsageError
from jobs.iso_codes import countries, currencies
from jobs.marts.calendars import house_due, working_calendar
from jobs.methods.working_days import known

SHIPPED = (SCHEMAS / "deployment.yaml").read_text(encoding="utf-8")


def written(folder: Path, text: str, name: str = "deployment.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_the_shipped_deployment_is_chinas(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("QUALITY_DEPLOYMENT", raising=False)
    found = deployment()
    assert (found.code, found.currency, found.timezone, found.calendar) == (
        "CN",
        "CNY",
        "Asia/Shanghai",
        "chinesecalendar",
    )
    assert [
        found.deadline(n) for n in ("takedown", "filing", "report_extension", "signal", "assignment")
    ] == [
        *(5, 10, 15, 15, 7),
    ]


def test_working_days_are_counted_for_the_deadlines_that_are_stated_in_them_alone():
    stated = {name for name, kind in get_type_hints(Deadlines).items() if WorkingDays in get_args(kind)}
    assert set(get_args(get_type_hints(house_due)["name"])) == stated


def test_a_deadline_within_the_days_that_are_known_is_counted_up_to_the_last_of_them():
    """Of 2026, the last year that this calendar names, 31 December is the last working day."""
    rest = [date(2026, 1, 1), *(date(2026, 10, d) for d in range(1, 8))]
    calendar = pd.DataFrame({"day": rest, "is_working_day": False})
    since = pd.Series([date(2026, 12, 1), date(2026, 12, 24), date(2026, 12, 25), None], dtype=object)
    found = house_due("takedown", since, calendar)
    last = known(working_calendar(calendar))[1]
    assert last == date(2026, 12, 31)
    expected = [date(2026, 12, 8), date(2026, 12, 31), None, None]
    assert [None if pd.isna(day) else day.date() for day in found] == expected


@pytest.mark.parametrize("path", sorted((SCHEMAS / "deployments").glob("*.yaml")), ids=lambda p: p.name)
def test_every_example_is_whole(path: Path):
    assert read_deployment(path).code == path.stem.upper()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "code: CN ",
            "code: cn ",
            "code: 'cn' is not a country code (ISO 3166-1, two letters); did you mean CN?",
        ),
        ("code: CN ", "code: EU ", "code: 'EU' is not a country code"),
        (
            "currency: CNY ",
            "currency: RMB ",
            "currency: 'RMB' is not a currency code (ISO 4217, three letters)",
        ),
        ("currency: CNY ", "curency: CNY ", "curency: unknown field; did you mean currency"),
        ("timezone: Asia/Shanghai", "timezone: Asia/Peking", "timezone: 'Asia/Peking' is not a time zone"),
        ("timezone: Asia/Shanghai", "timezone: localtime", "timezone: 'localtime' is not a time zone"),
        (
            "timezone: Asia/Shanghai",
            "timezone: right/Asia/Shanghai",
            "timezone: 'right/Asia/Shanghai' is not",
        ),
        ("calendar: chinesecalendar", "calendar: chinese", "calendar: 'chinese' is not one of"),
        (
            "{amount: 5, unit: working_day}",
            "{amount: five, unit: working_day}",
            "deadlines.takedown.amount: 'five'",
        ),
        ("{amount: 5, unit: working_day}", "{amount: 5, unit: month}", "deadlines.takedown.unit: 'month'"),
        ("  takedown:", "  take_down:", "deadlines.take_down: unknown field; did you mean takedown"),
        (
            "longest_han_person: 4",
            "longest_han_person: -1",
            "names.longest_han_person: -1 is not a",
        ),
        ('country_code: "86"', "country_code: 86", "telephone.country_code: 86 is not a telephone"),
        (
            'country_code: "86"',
            'country_code: "+86"',
            "telephone.country_code: '+86' is not a telephone country code",
        ),
        ('trunk_prefix: "0"', "trunk_prefix: none", "telephone.trunk_prefix: 'none' is not a trunk prefix"),
        ("name_en: China", "name_en: ''", "name_en: must be text"),
        ('telephone: "12315"', "telephone: 12315", "complaints.telephone: must be text, not 12315"),
        ("  address: www", "  adress: www", "complaints.adress: unknown field; did you mean address"),
        (
            "# How a name is read",
            "data_contact: {name_zh: 数据处, name_en: the data office}\n# How a name is read",
            "data_contact: needs a telephone, an email or an address",
        ),
        ("languages: [zh, en]", "languages: [zh, nl]", "languages: 'nl' is not one of zh, en"),
        ("languages: [zh, en]", "languages: [en, en]", "languages: ['en', 'en'] is not a list of languages"),
        ("languages: [zh, en]", "languages: en", "languages: 'en' is not a list of languages"),
    ],
)
def test_a_mistake_is_named_by_file_line_and_field(tmp_path: Path, old: str, new: str, message: str):
    assert old in SHIPPED
    path = written(tmp_path, SHIPPED.replace(old, new, 1))
    line = next(n for n, text in enumerate(SHIPPED.splitlines(), 1) if old in text)
    with pytest.raises(UsageError) as caught:
        read_deployment(path)
    assert any(f":{line}: {message}" in each for each in str(caught.value).splitlines())


def test_what_the_file_says_is_part_of_what_every_table_is_made_by(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    contracts = load_catalog().contracts

    def codes(path: Path) -> dict[str, str]:
        monkeypatch.setenv("QUALITY_DEPLOYMENT", str(path))
        return {
            name: identity.table_code(one) for name, one in contracts.items() if name != "silver.quarantine"
        }

    before = codes(SCHEMAS / "deployment.yaml")
    same = codes(written(tmp_path, SHIPPED, "same.yaml"))
    other = codes(written(tmp_path, SHIPPED.replace("amount: 5", "amount: 6"), "other.yaml"))
    assert same == before, "where the file lies does not matter"
    assert [name for name in before if other[name] == before[name]] == []


def test_the_file_is_that_of_the_variable_and_the_folder_at_each_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("QUALITY_DEPLOYMENT", raising=False)
    assert deployment_file() == SCHEMAS / "deployment.yaml"
    for folder in (tmp_path / "one", tmp_path / "two"):
        folder.mkdir()
        monkeypatch.chdir(folder)
        monkeypatch.setenv("QUALITY_DEPLOYMENT", "nation.yaml")
        assert deployment_file() == folder.resolve() / "nation.yaml"
        monkeypatch.setenv("QUALITY_DEPLOYMENT", str(tmp_path / "other.yaml"))
        assert deployment_file() == (tmp_path / "other.yaml").resolve()


def test_codes_are_those_of_iso():
    assert (
        len(countries()) == 249 and {"CN", "NL", "GB"} <= countries() and not {"EU", "UK", "XK"} & countries()
    )
    assert {"CNY", "EUR", "BRL", "GBP"} <= currencies() and "RMB" not in currencies()


def test_relative_paths_of_the_variables_are_those_of_the_folder_in_which_the_command_began(
    tmp_path, monkeypatch
):
    """Kernels of notebooks work in the repository and read the same variables."""
    monkeypatch.chdir(tmp_path)
    given = {
        "QUALITY_HOME": "home",
        "QUALITY_KEY_FILE": "",
        "QUALITY_DEPLOYMENT": "nation.yaml",
        "QUALITY_SOURCES": "/srv/sources:more",
        "QUALITY_ENGINE": "embedded",
    }
    make_absolute(given)
    assert given == {
        "QUALITY_HOME": f"{tmp_path}/home",
        "QUALITY_KEY_FILE": "",
        "QUALITY_DEPLOYMENT": f"{tmp_path}/nation.yaml",
        "QUALITY_SOURCES": f"/srv/sources:{tmp_path}/more",
        "QUALITY_ENGINE": "embedded",
    }


def test_a_command_hands_on_the_deployment_that_it_serves(tmp_path):
    """Begun by the command line, it finds the file that it began with from another folder, too."""
    (tmp_path / "nation.yaml").write_bytes((SCHEMAS / "deployments" / "nl.yaml").read_bytes())
    code = (
        "import os, jobs.cli\n"
        "def command():\n"
        "    os.chdir('/')\n"
        "    from jobs.deployment import deployment\n"
        "    print(deployment().code)\n"
        "jobs.cli.main = command\n"
        "jobs.cli.entry()\n"
    )
    said = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY), "QUALITY_DEPLOYMENT": "nation.yaml"},
        capture_output=True,
        text=True,
    )
    assert (said.returncode, said.stdout) == (0, "NL\n"), said.stderr
