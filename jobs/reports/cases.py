"""Which page shows a case, and how serious the case is. A case is what a task or a search result is about: a
sample, a lead (a finding passed to a region), an enforcement case, a complaint and others, given as (kind,
id)."""

from __future__ import annotations

from typing import Any

from jobs.marts.overview.queue_signals import SUBJECT as SIGNAL
from jobs.reports.gathered import Gathered
from jobs.reports.numbers import missing
from jobs.reports.pages.bulletin import anchor, rows_listed
from jobs.reports.signal_lists import href as signal_href
from jobs.reports.signal_names import signal_name
from jobs.reports.tracing import LEADS, paths
from jobs.reports.wording import Text

MOST_PAGES = 300  # traces of batches that have a page: as many as jobs.reports.pages.tracing makes
# Where a kind of case is listed that has no page.
_LISTED = {
    "counterfeit_report": "counterfeit.html#tasks",
    "complaint": "complaints.html",
    "lab_commission": "labs.html#today",
    "assistance_request": "tracing.html",
    "enforcement_case": "tracing.html",
    "lead": "tracing.html",
    "package": "work.html#refused",
    SIGNAL: "risk.html",
}
# Levels of a case (definitions.md#case-level), the highest first.
SERIOUS, UNLAWFUL, ORDINARY = 3, 2, 1
RISK = {
    SERIOUS: Text("严重", "serious"),
    UNLAWFUL: Text("较重", "moderate"),
    ORDINARY: Text("一般", "ordinary"),
}


def level(*, serious: bool = False, unlawful: bool = False) -> int:
    """Return the level of a case, a key of RISK (definitions.md#case-level). ``serious``: an item of class A
    of its batch failed, or its conclusion says so; ``unlawful``: it is about a violation found before the
    test or a counterfeit. A hazard that only a complaint states changes nothing."""
    return SERIOUS if serious else UNLAWFUL if unlawful else ORDINARY


def _lookups(known: Gathered) -> dict[str, dict[Any, Any]]:
    """Return what cases are looked up by, computed once per night: pages of traces, plan and risk of samples,
    subjects of leads and enforcement cases."""
    kept: dict[str, dict[Any, Any]] = known.__dict__.setdefault("_cases", {})
    if kept:
        return kept
    leads = known.night.frame(LEADS)
    life, bulletin = known.night.frame("gold.sampling_lifecycle"), known.night.frame("gold.bulletin")
    cases = known.night.frame("silver.enforcement_case")
    kept["trace"] = paths(leads, MOST_PAGES)
    kept["plan"] = {
        sample: plan
        for table in (bulletin, life)
        for sample, plan in zip(table["sample_id"], table["plan_id"], strict=True)
    }
    kept["unlawful"] = dict.fromkeys(life.loc[life["exit_kind"] == "violation", "sample_id"], True)
    kept["serious"] = dict.fromkeys(bulletin.loc[bulletin["serious"].eq(True), "sample_id"], True)
    kept["lead"] = dict(
        zip(leads["lead_id"], zip(leads["subject_type"], leads["subject_id"], strict=True), strict=True)
    )
    kept["of_case"] = {
        case: (of, lead)
        for case, of, lead in zip(leads["case_id"], kept["lead"].values(), leads["lead_id"], strict=True)
        if not missing(case)
    }
    kept["case"] = dict(zip(cases["case_id"], cases["sample_id"], strict=True))
    return kept


def trace_paths(known: Gathered) -> dict[tuple[str, str], str]:
    """Return (subject type, id) → path of the page of each batch that has one (`tracing.paths`)."""
    found: dict[tuple[str, str], str] = _lookups(known)["trace"]
    return found


def subject(known: Gathered, kind: str, code: str) -> tuple[str, str]:
    """Return (kind, id) of what a case is about: for a lead its sample or counterfeit report, for an
    enforcement case its sample. Any other case, and one whose subject is not known, is returned unchanged."""
    kept = _lookups(known)
    if kind == "lead":
        found: tuple[str, str] = kept["lead"].get(code, (kind, code))
        return found
    if kind == "enforcement_case" and not missing(kept["case"].get(code)):
        return "sample", kept["case"][code]
    return kind, code


def record(known: Gathered, kind: str, code: str) -> str:
    """Return the place that names a case, as a path below site/: the trace of its batch, of a lead and of a
    case in it the row of the lead, else the batch's row on the page of its plan; of a signal its row on
    risk.html. '' where no page but the lists of tasks names it. ``kind``, ``code``: subject_type and
    subject_id of a task."""
    if kind == SIGNAL:
        return signal_href(known, code)
    kept, (of, which) = _lookups(known), subject(known, kind, code)
    if kind == "enforcement_case":
        of_lead, lead = kept["of_case"].get(code, (("", ""), ""))
        if of_lead in kept["trace"]:
            return f"{kept['trace'][of_lead]}#{anchor(lead)}"
    elif (of, which) in kept["trace"]:
        path: str = kept["trace"][of, which]
        return f"{path}#{anchor(code)}" if kind == "lead" else path
    rows = rows_listed(known)
    # The row of a batch names its cases where it shows its follow-up.
    shown = which in rows if kind == "sample" else kind == "enforcement_case" and rows.get(which, False)
    plan = known.names.href("plan", kept["plan"].get(which, "")) if shown else None
    return f"{plan}#{anchor(which)}" if plan else ""


def named(known: Gathered, kind: str, code: str) -> Text | None:
    """Return a case in words where its number is an internal key, as that of a risk signal; None for one that
    its number names. ``kind``, ``code``: subject_type and subject_id of a task."""
    if kind != SIGNAL:
        return None
    name = signal_name(known, code)
    return None if name == (code, code) else name


def href(known: Gathered, kind: str, code: str) -> str:
    """Return the page of a case, as a path below site/: the place that names it (`record`), else the bulletin
    of its plan, else the page that lists such cases; '' where there is none. ``kind``, ``code``: as `record`
    takes them."""
    if named := record(known, kind, code):
        return named
    of, which = subject(known, kind, code)
    plan = known.names.href("plan", _lookups(known)["plan"].get(which, "")) if of == "sample" else None
    return f"{plan}#bulletin" if plan else _LISTED.get(kind, "")


def risk(known: Gathered, kind: str, code: str) -> int:
    """Return the level (`level`), a key of RISK, of the case of a task. ``kind``, ``code``: subject_type and
    subject_id of the task."""
    kept, (of, which) = _lookups(known), subject(known, kind, code)
    if of == "counterfeit_report":
        return level(unlawful=True)
    return level(serious=which in kept["serious"], unlawful=which in kept["unlawful"])
