"""The notebook about one signal: run over a tiny lake it finds again the alarms and the evidence that
gold.risk_signal has, and shows no orders."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from desks import Desk
from risk_frames import PERIOD, burst, counts, hazards, nothing, signals, steady, texts, week_of

from jobs.environment import REPOSITORY
from jobs.marts.risk import signal_yield
from jobs.marts.risk.evidence import COUNTS
from jobs.notebooks.labels import label
from jobs.notebooks.reading import NothingToShow, weekly
from jobs.notebooks.signals import chosen
from jobs.reports.wording import Text

NOTEBOOK = REPOSITORY / "notebooks" / "regulators" / "a_signals_life.ipynb"
INPUTS = (
    "sample standing_conclusion sampling_plan product_category hazard_count recall penalty enforcement_case"
)
NAMES = {"TY/fire": Text("玩具 · 火灾", "Toys · fire"), "A": Text("A", "Alpha")}
GOLD = ("risk_count", "hazard_count", "standing_conclusion", "risk_signal", "signal_yield")


def lake_with(tmp_path: Path, **given: pd.DataFrame) -> Path:
    """A lake with ``given`` tables and the signals and yields that the marts make of them."""
    toys = nothing("product_category").reindex([0])
    toys = toys.assign(category_code="TY", level=1, name_zh="玩具", name_en="Toys")
    tables = {name: nothing(name) for name in ("risk_count", *INPUTS.split())}
    tables |= {"product_category": toys, **given}
    found = signals(**tables)
    inputs = {name: tables[name] for name in INPUTS.split()}
    yields = signal_yield.build(risk_signal=found, period=PERIOD, **inputs)
    tables |= {"risk_signal": found, "signal_yield": yields}
    rows = {
        f"{'gold' if name in GOLD else 'silver'}__{name}": table.astype(object)
        .where(table.notna(), None)
        .to_dict("records")
        for name, table in tables.items()
    }
    opened = [f"{r.key_type}/{r.key_code}/{r.opened_on:%Y-%m-%d}" for r in found.itertuples()]
    rows |= {
        "silver__hazard": [{"hazard_code": "fire", "name_zh": "火灾", "name_en": "fire"}],
        "silver__brand": [{"name_zh": "A", "name_en": "Alpha"}],
    }
    asked = [
        {"office_type": "authority", "office_code": "CN", "subject_type": "signal", "subject_id": name}
        for name in opened
    ]
    return Desk(tmp_path).night(**rows, gold__work_queue=asked).lake.root


def run(lake: Path, key: str = "") -> dict[str, Any]:
    """The notebook's cells one after the other, with these parameters; what they leave behind."""
    left: dict[str, Any] = {}
    for cell in json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            exec(compile("".join(cell["source"]), NOTEBOOK.name, "exec"), left)
            if "parameters" in cell["metadata"].get("tags", []):
                left |= {"lake": str(lake), "key": key}
    return left


def of_texts() -> pd.DataFrame:
    """Fire in texts about toys jumps in week 30, recalls rise after it."""
    rows = [(week, "TY", "fire", "recall", 2 if week < 31 else 9) for week in range(34)]
    return pd.concat([texts([6] * 30 + [30, 6, 6], [500] * 33), hazards(rows)], ignore_index=True)


def of_brand() -> dict[str, pd.DataFrame]:
    """Complaints about brand A jump in week 20; four of its four targeted samples fail in week 22."""
    names = [f"S{i}" for i in range(34)]
    sample = nothing("sample").reindex(range(34))
    standing = pd.DataFrame({"sample_id": names, "stage": "first", "issued_on": week_of(22), "serious": None})
    return {
        "risk_count": counts({"A": (burst(20, 20), steady())}),
        "sample": sample.assign(
            sample_id=names, plan_id="TA", brand=["A"] * 4 + ["B"] * 30, category_code="CL"
        ),
        "standing_conclusion": standing.assign(outcome=["nonconforming"] * 4 + ["conforming"] * 30),
        "sampling_plan": pd.DataFrame({"plan_id": ["TA"], "type": ["targeted"]}),
    }


@pytest.mark.parametrize(
    ("given", "key", "alarmed"),
    [
        pytest.param({"hazard_count": of_texts()}, "TY/fire", week_of(30), marks=pytest.mark.slow),
        (of_brand(), "A", week_of(20)),
    ],
    ids=["category_hazard", "brand"],
)
def test_alarms_and_evidence_are_those_of_the_signal(tmp_path: Path, given, key: str, alarmed: date):
    left = run(lake_with(tmp_path, **given), key)
    signal, alarms, weeks, found = (left[name] for name in ("signal", "alarms", "weeks", "found"))
    assert (signal["key_code"], signal["state"]) == (key, "confirmed")
    assert alarms["week"].nunique() == signal["n_alarms"] and alarmed in set(alarms["week"])
    assert {f"{m}_{s}" for m, s in zip(alarms["method"], alarms["stream"], strict=True)} == set(
        signal["reasons"]
    )
    first = alarms.iloc[0]
    assert (first["n"], first["expected"]) == (signal["n_reports"], round(signal["expected"], 1))
    assert bool(weeks.set_index("week").at[alarmed, "alarm"])
    assert found[COUNTS].sum().to_dict() == signal[COUNTS].to_dict()
    assert len(left["tasks"]) == 1 and left["whole"]["n_confirmed"] >= 1
    assert all(label(column) for frame in (weeks, alarms, found) for column in frame.columns)
    assert left["named"] == NAMES[key]
    assert ("exposure" in weeks) == (key == "TY/fire")  # orders may be confidential


@pytest.mark.slow
def test_an_open_signal_has_no_evidence_of_the_week_under_way(tmp_path: Path):
    rows = pd.concat([of_texts().query("stream == 'text'"), hazards([(33, "TY", "fire", "recall", 9)])])
    left = run(lake_with(tmp_path, hazard_count=rows.reset_index(drop=True)))
    assert left["signal"]["state"] == "open" and left["found"].empty


def test_without_signals_or_without_one_of_the_key_it_says_so(tmp_path: Path):
    lake = lake_with(tmp_path, hazard_count=of_texts())
    with pytest.raises(NothingToShow, match="no signal of the key TY/ice"):
        run(lake, "TY/ice")
    with pytest.raises(NothingToShow, match="gold.risk_signal has no signal tonight"):
        run(Desk(tmp_path / "none").night(gold__risk_signal=[]).lake.root)


@pytest.mark.parametrize(
    ("states", "usual", "place"),
    [
        (["open", "confirmed", "confirmed", "confirmed"], [2], 2),  # the most weeks of alarms
        (["open", "open", "open", "expired"], [2], 1),  # the newest open one that is news
        (["open", "open", "refuted", "expired"], [0, 1], 1),  # the newest open one
        (["refuted", "expired", "expired", "refuted"], [3], 3),  # the newest
    ],
)
def test_which_signal_is_shown(states: list[str], usual: list[int], place: int):
    rows = pd.DataFrame(
        {
            "key_type": "brand",
            "key_code": "A",
            "state": states,
            "news": ["usual" if at in usual else "first" for at in range(4)],
            "n_alarms": [9, 1, 3, 2],
            "opened_on": [date(2026, month, 1) for month in (1, 2, 3, 4)],
        }
    )
    assert chosen(rows).name == chosen(rows, "A").name == place


def test_the_drawing_marks_weeks_of_alarms_and_leaves_out_what_is_not_expected_of():
    rows = pd.DataFrame(
        {
            "week": [week_of(i) for i in range(4)],
            "n": [2, 3, 20, 0],
            "expected": [None, 2.5, 2.5, 3.0],
            "alarm": [False, False, True, False],
        }
    )
    drawn = weekly(rows, when="week", value="n", line="expected", marked="alarm", title="<b>").data
    assert drawn.count("▼") == 1 and drawn.count("<rect") == 4 and "<b>" not in drawn
    path = drawn.split('<path d="')[1].split('"')[0]
    assert path.count("L") == 2 and "nan" not in drawn
