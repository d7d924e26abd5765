"""What a change of the code does to a lake that is whole (definitions.md#night).

An error in the build() or the text of any table: that table and what needs it are stale with the reason,
all others stand, and mended it holds the same rows. An edit: exactly the tables made with it, and what needs
them, are outdated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace

import pytest
from homes import DAY, HEADER, Home

from jobs.code_identity import closure
from jobs.contracts.catalog import load_catalog
from jobs.contracts.modules import module_name
from jobs.engine.choice import EMBEDDED, Engines
from jobs.engine.texts import has_text, table_text, text_path
from jobs.environment import REPOSITORY
from jobs.gate.audit import Gate
from jobs.lake.lock import writer_lock
from jobs.lake.night import Named
from jobs.night import derived, identity, silver
from jobs.night.execute import Night, run_step
from jobs.night.facts import QUARANTINE, Facts
from jobs.night.plan import BUILD, SKIP, Step, plan
from jobs.night.runner import RunResult, begin
from jobs.upkeep.doctor import table_hash

# Quicker tests hold it for chosen tables: tests/jobs/test_night.py.
pytestmark = pytest.mark.slow
CATALOG = load_catalog()
# Every table with a build() or a text.
MADE = [
    t for t in CATALOG.order() if has_text(CATALOG.contracts[t]) or CATALOG.contracts[t].engine == "pandas"
]


@dataclass
class Steps:
    """The steps of a night over a lake that is whole: each is run by itself."""

    night: Night

    def run(self, table: str) -> dict[str, Named]:
        """What the night names once ``table`` was built and every other table's step was run, unchanged."""
        named = dict(self.night.facts.previous.named)
        for name in CATALOG.order():
            if name != QUARANTINE:
                step = Step(name, BUILD if name == table else SKIP, False, EMBEDDED, "", 0)
                named |= {n.table: n for n in run_step(self.night, step, named).named}
        return named

    def content(self, named: Named) -> str:
        return table_hash(self.night.facts.lake.arrow(named.table, named.there))


@pytest.fixture(scope="module")
def steps(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Steps]:
    home = Home(tmp_path_factory.mktemp("planted") / "home")
    home.put(
        "samples_1.csv", HEADER + "1,甲,2026-01-05,,,2026-01-05 10:00\n2,甲,2026-01-06,违法,2026-01-20,\n"
    )
    home.put("conclusions_1.csv", "样品编号,结论,日期\n1,不合格,2026-02-10\n")
    _, result = home.night()
    assert (result.exit_code, result.stale) == (0, {})
    with writer_lock(home.env.lake, wait_seconds=5):
        facts = begin(home.env, CATALOG.order(), day=DAY, full_refresh=True, say=print, catalog=CATALOG)

        def never() -> None:
            raise AssertionError("these tables are small")

        with closing(Engines(facts.lake, EMBEDDED, None, never)) as engines:
            gate = Gate(home.env.lake / ".gate", run_id="planted", day=DAY)
            yield Steps(Night(facts, engines, gate, "planted", lambda table: []))


def plant(monkeypatch: pytest.MonkeyPatch, table: str) -> str:
    """Break what makes the table; returns a word of the error."""
    contract = CATALOG.contracts[table]
    if contract.engine == "pandas":

        def broken(**frames: object) -> None:
            raise ZeroDivisionError("a cell of somebody")

        monkeypatch.setattr(derived.module_of(contract), "build", broken)
        return "ZeroDivisionError"

    def wrong(asked, *args):
        text = table_text(asked, *args)
        return f"SELECT no_such_column FROM ({text}) AS planted" if asked.id == table else text

    for room in (derived, silver):
        monkeypatch.setattr(room, "table_text", wrong)
    return "BinderException"


@pytest.mark.parametrize("table", MADE)
def test_an_error_makes_its_table_and_what_needs_it_stale_and_nothing_else(
    steps: Steps, monkeypatch: pytest.MonkeyPatch, table: str
):
    before = steps.night.facts.previous.named
    with monkeypatch.context() as planted:
        word = plant(planted, table)
        named = steps.run(table)
    stale = {t: n.reason_en for t, n in named.items() if n.state in ("stale", "absent")}
    assert set(stale) == {table} | CATALOG.needed_by(table)
    assert word in stale[table] and "somebody" not in stale[table]
    assert all("inputs not up to date" in why for t, why in stale.items() if t != table)
    assert {t: n.version for t, n in named.items()} == {t: n.version for t, n in before.items()}
    assert RunResult("planted", [], [], stale, [], False).exit_code == 1
    mended = steps.run(table)[table]
    assert mended.state in ("fresh", "skipped") and steps.content(mended) == steps.content(before[table])


EDITS = {  # what is edited → tables that must be outdated
    "jobs/marts/sampling/outcomes.py": {"gold.shopping_guidance", "gold.improvement_effect"},
    "jobs/marts/sampling/deadlines.py": {"gold.work_queue", "gold.complaint_service"},
    "jobs/marts/sampling/procedure.py": {"gold.work_queue", "gold.complaint_service"},
    "jobs/marts/overview/platform_duty.py": {"gold.platform_duty"},
    "jobs/marts/quality_index/panel.py": {"gold.weak_point"},
    "jobs/marts/quality_index/what_if.py": {"gold.weak_point"},
    "jobs/marts/public_names.py": {"gold.bulletin"},
    "jobs/conform/linkage/uscc.py": {"gold.operator_state"},
    "jobs/marts/sampling/duplicate_check.sql": {"gold.duplicate_check"},
    "jobs/engine/filed.py": {"silver.shop", "silver.transaction", "gold.duplicate_check"},
}


def makers(file: str) -> set[str]:
    """The tables whose module, or of engine sql the module that builds them, imports the file, directly or
    not, or whose text it is."""
    module = file.removesuffix(".py").replace("/", ".")
    found = set()
    for table, contract in CATALOG.contracts.items():
        if table == QUARANTINE:
            continue
        builder = (silver if contract.conformed else derived).__name__
        name = module_name(contract) if contract.engine == "pandas" else builder
        if name and module in closure([name]):
            found.add(table)
        if has_text(contract) and text_path(contract) == REPOSITORY / file:
            found.add(table)
    return found


@pytest.fixture
def forgetful() -> Iterator[None]:
    """Hashes of code are kept for a process; an edit comes between two of them."""
    identity._hashed.cache_clear()
    yield
    identity._hashed.cache_clear()


@pytest.mark.parametrize("file", EDITS)
def test_an_edit_outdates_exactly_what_is_made_with_it_and_the_same_date_builds_it(
    steps: Steps, forgetful: None, edit: Callable[[str], None], file: str
):
    facts = replace(steps.night.facts, full_refresh=False)
    selected = [t for t in CATALOG.order() if t != QUARANTINE]

    def outdated(facts: Facts) -> dict[str, Step]:
        planned = plan(facts, selected, rows_of=facts.lake.rows, chosen=lambda rows: EMBEDDED)
        return {step.table: step for step in planned if step.action != SKIP}

    assert outdated(facts) == {}
    identity._hashed.cache_clear()
    edit(file)
    made_by = {t: identity.made_by(contract, DAY) for t, contract in CATALOG.contracts.items()}
    facts = replace(facts, made_by=made_by)  # as the next run begins
    made, found = makers(file), outdated(facts)
    assert made >= EDITS[file]
    assert set(found) == {t for table in made for t in {table} | CATALOG.needed_by(table)}
    assert all("code changed" in found[t].why for t in made)
    first = next(t for t in selected if t in made)
    outcome = run_step(replace(steps.night, facts=facts), found[first], dict(facts.previous.named))
    assert [row["stage"] for row in outcome.log] == ["build"] and not outcome.failed


def test_nothing_is_left_out():
    assert len(MADE) > 80
    assert {t for t in CATALOG.contracts if t.startswith("gold.")} <= set(MADE)
