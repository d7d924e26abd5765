"""Rows about counterfeits as pages show them: tasks of platforms and brand owners, times that steps take,
repeat offenders (operators found with counterfeits several times) and relisted goods (listed again after a
takedown), also of one listing that comes back after each takedown. Used by counterfeit.html, the pages of
platforms and brands, the search and packages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jobs.arrays import dicts
from jobs.marts.public_names import COMPANY, PERSON, may_be_shown, of_person
from jobs.methods.ranges import english
from jobs.methods.rounding import fixed
from jobs.reports.gathered import ALL, UNIT, Gathered
from jobs.reports.numbers import DASH, count, missing, percent, span
from jobs.reports.procedure import TASK_STATUS
from jobs.reports.wording import INDIVIDUAL, Text, coded, same

TASKS, TIMES, OFFENDERS, RELISTED = (
    "gold.counterfeit_task",
    "gold.counterfeit_time",
    "gold.repeat_offender",
    "gold.relisting",
)
REPEATED = "gold.repeated_relisting"
MOST_REPEATED = 20  # of a platform on its page
# Operators whose name is not shown, by kind.
UNNAMED = {
    "individual_business": Text("个体工商户（字号不列示）", "an individual business, not named"),
    "natural_person": INDIVIDUAL,
    "other": Text("经营者（名称不列示）", "an operator, not named"),
}
TASK = {
    "take_down": Text("下架经权利人鉴别的假冒商品", "take down the confirmed counterfeit"),
    "check_relisted": Text("核查再上架的同一商品", "check the goods that are listed again"),
    "verify_report": Text("鉴别举报的商品", "verify the reported goods"),
}
STEP = {
    "report_to_verification": Text("举报至鉴别", "Report to verification"),
    "verification_to_takedown": Text("鉴别至下架", "Verification to takedown"),
    "report_to_takedown": Text("举报至下架", "Report to takedown"),
    "takedown_to_confirmation": Text("下架至平台确认", "Takedown to the platform's confirmation"),
}
METHOD = {
    "stated": Text("品牌权利人指出", "stated by the brand owner"),
    "barcode": Text("条码", "barcode"),
    "brand_model": Text("品牌和型号", "brand and model"),
    "title": Text("标题相似", "similarity of titles"),
}
OPERATOR = {
    "same": Text("同一经营者", "the same operator"),
    "probably_same": Text("可能同一经营者", "probably the same operator"),
    "other": Text("另一经营者", "another operator"),
    "probably_other": Text("可能另一经营者", "probably another operator"),
    "unknown": Text("经营者不明", "operator not known"),
}
BOUGHT_BY = {
    "order": Text("有订单", "an order"),
    "sample": Text("抽样购得", "bought as a sample"),
}
CASE_STATE = {
    "awaiting_verification": Text("待鉴别", "awaiting verification"),
    **{code: coded("counterfeit_finding")[code] for code in ("genuine", "unclear")},
    "awaiting_takedown": Text("待下架", "awaiting takedown"),
    "taken_down": Text("已下架（平台未确认）", "taken down (not confirmed by the platform)"),
    "confirmed": Text("平台已确认下架", "takedown confirmed by the platform"),
}
GRADE = {"certain": Text("确定", "certain"), "probable": Text("可能，须核实", "probable, to be verified")}


def brand(known: Gathered, code: Any) -> Text:
    """Return a brand's name by its id; the id itself where silver.brand lacks it, 不明 / "Unknown" where it
    is missing."""
    return known.names.of("brand", code)


def tasks(known: Gathered, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return one dict per task for the template: what, office, unit (platform code or None), subject (id of
    the report), listing, brand, brand_code, since, due, days (open), overdue, offender (whether it is about a
    repeat offender). ``rows``: of gold.counterfeit_task.

    Overdue tasks come first, then by kind in the order of TASK, those about repeat offenders first, then
    those open for most days.
    """
    order = list(TASK)
    rows = sorted(
        rows,
        key=lambda r: (
            not r["overdue"],
            order.index(r["task"]),
            not r["repeat_offender"],
            -r["days_open"],
            r["subject_id"],
        ),
    )
    return [
        {
            "what": TASK[r["task"]],
            "office": office(known, r),
            "unit": r["office_code"] if r["office_type"] == "platform" else None,
            "subject": r["subject_id"],
            "listing": DASH if missing(r["listing_id"]) else r["listing_id"],
            "brand": brand(known, r["brand_id"]),
            "brand_code": r["brand_id"],
            "since": r["since"],
            "due": _due(r),
            "days": int(r["days_open"]),
            "overdue": bool(r["overdue"]),
            "offender": bool(r["repeat_offender"]),
        }
        for r in rows
    ]


def _due(row: dict[str, Any]) -> Text:
    """The last day of a task; a takedown has one also where its day is not known, as the calendar ends
    before."""
    if missing(row["due"]):
        return TASK_STATUS["pending"] if row["task"] == "take_down" else same(DASH)
    return same(str(row["due"]))


def office(known: Gathered, row: dict[str, Any]) -> Text:
    """Return the name of the platform or brand owner that has to do a task. ``row``: of
    gold.counterfeit_task."""
    if row["office_type"] == "platform":
        return known.names.of("platform", row["office_code"])
    name = brand(known, row["office_code"])
    return Text(f"品牌权利人：{name.zh}", f"brand owner: {name.en}")


def time_line(row: dict[str, Any], name: Text) -> dict[str, Any]:
    """Return a row of gold.counterfeit_time (how long a step takes) as texts for the template: ``n`` and
    ``open`` (cases begun, not ended), ``median`` and ``p90`` in days with 95% limits, ``due`` (cases with a
    deadline), ``share`` (of these on time) and its ``limits``. ``name``: what the line is called."""
    return {
        "name": name,
        "code": row["dimension_code"],
        "n": count(row["n_started"]),
        "open": count(row["n_open"]),
        "median": _days(row["median_days"], row["median_low"], row["median_high"]),
        "p90": _days(row["p90_days"], row["p90_low"], row["p90_high"]),
        "due": count(row["n_due"]),
        "share": percent(row["on_time_share"]),
        "limits": span(row["on_time_low"], row["on_time_high"]),
    }


def _days(value: Any, low: Any, high: Any) -> str:
    if missing(value):
        return DASH
    lower = DASH if missing(low) else fixed(low, 0)
    upper = fixed(high, 0) if not missing(high) else DASH if missing(low) else "∞"
    return fixed(value, 0) if lower == upper == DASH else f"{fixed(value, 0)} ({english(lower, upper)})"


def steps(known: Gathered, dimension: str, code: str) -> list[dict[str, Any]]:
    """Return one line per step of a unit over all time (`time_line`), in the order of STEP. A step of which
    the unit has no row is left out."""
    found = {r["step"]: r for r in known.groups(TIMES, *UNIT, period=(ALL, None)).get((dimension, code), [])}
    return [time_line(found[step], words) for step, words in STEP.items() if step in found]


def reports(known: Gathered, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return one dict per report of a counterfeit for the template, the newest report first: report (id), day
    (on which it was filed), platform (code) and platform_name, category, listing, state, and verified and
    taken, the days on which it was verified and the goods were taken down; a dash where it has no listing or
    no such day.
    ``rows``: of gold.counterfeit_case."""
    rows = sorted(rows, key=lambda r: (r["reported_on"], r["report_id"]), reverse=True)
    return [
        {
            "report": r["report_id"],
            "day": r["reported_on"],
            "platform": r["platform_code"],
            "platform_name": known.names.of("platform", r["platform_code"]),
            "category": known.names.of("category", r["category_code"]),
            "listing": DASH if missing(r["listing_id"]) else r["listing_id"],
            "state": CASE_STATE[r["state"]],
            "verified": DASH if missing(r["verified_on"]) else str(r["verified_on"]),
            "taken": DASH if missing(r["taken_down_on"]) else str(r["taken_down_on"]),
        }
        for r in rows
    ]


def relisted(known: Gathered, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return one dict per relisted listing for the template: listing (the new one), platform, platform_name,
    brand, brand_code, ``listed`` (day), ``live`` (on offer), ``first`` (the first listing), ``report`` about
    that, ``taken`` (day of its takedown), ``days`` from the takedown to the new listing, ``method`` by which
    the goods are the same, ``similarity`` of the titles (0–1), and ``operator``: whether that is the same.
    ``rows``: of gold.relisting.

    Listings on offer come first, then by the day of listing, the latest first and missing days last.
    """

    def order(row: dict[str, Any]) -> tuple[bool, int, str]:
        day = row["listed_on"]
        return not row["live"], 0 if missing(day) else -day.toordinal(), row["listing_id"]

    rows = sorted(rows, key=order)
    return [
        {
            "listing": r["listing_id"],
            "platform": r["platform_code"],
            "platform_name": known.names.of("platform", r["platform_code"]),
            "brand": brand(known, r["brand_id"]),
            "brand_code": r["brand_id"],
            "listed": DASH if missing(r["listed_on"]) else str(r["listed_on"]),
            "live": bool(r["live"]),
            "first": r["first_listing_id"],
            "report": r["report_id"],
            "taken": r["taken_down_on"],
            "days": _since(r["days_since_takedown"]),
            "method": METHOD[r["method"]],
            "similarity": fixed(r["similarity"], 2),
            "operator": OPERATOR[r["operator_link"]],
        }
        for r in rows
    ]


def repeated(known: Gathered, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return one dict per listing that was bought again after several takedowns for the template: listing,
    platform, category, whether it is on sale (``live``) and in the list that its platform is sent (``sent``),
    how often it was taken down (``times``), by the records of how many days (``days``), and bought again
    (``relisted``), first and last takedown, since when it is on sale again, by what that is known, and the
    newest purchase. ``rows``: of gold.repeated_relisting.

    Listings on sale come first, then those that came back most often, then the latest to come back.
    """

    def order(row: dict[str, Any]) -> tuple[bool, int, int, str]:
        since = 0 if missing(row["again_since"]) else -row["again_since"].toordinal()
        return not row["live"], -int(row["n_times_relisted"]), since, row["listing_id"]

    return [
        {
            "listing": r["listing_id"],
            "platform": r["platform_code"],
            "platform_name": known.names.of("platform", r["platform_code"]),
            "category": known.names.of("category", r["category_code"]),
            "live": bool(r["live"]),
            "sent": bool(r["live"]) and bool(r["live_by_orders"]),
            "times": int(r["n_times_taken_down"]),
            "days": int(r["n_takedown_days"]),
            "relisted": int(r["n_times_relisted"]),
            "first": r["first_taken_down_on"],
            "last": r["last_taken_down_on"],
            "since": DASH if missing(r["again_since"]) else str(r["again_since"]),
            "by": None if missing(r["again_by"]) else BOUGHT_BY[r["again_by"]],
            "bought": DASH if missing(r["last_bought_on"]) else str(r["last_bought_on"]),
        }
        for r in sorted(rows, key=order)
    ]


def listings(known: Gathered) -> Iterator[tuple[str, str, str]]:
    """Yield (path, listing, platform) for each listing that the page of a platform shows: those that come
    back after each takedown, each at its row, and those of its tasks."""
    for platform in sorted(known.names.paged["platform"]):
        path, shown = known.names.href("platform", platform), of_platform(known, platform)
        if shown is not None:
            for row in shown["repeated"]:
                yield f"{path}#repeated-{row['listing']}", row["listing"], platform
            for row in shown["tasks"]:
                if not missing(row["listing"]) and row["listing"] != DASH:
                    yield f"{path}#counterfeit", row["listing"], platform


def _since(days: Any) -> Text | str:
    """Return the days from the takedown to the new listing; where it was listed before the takedown, how many
    days before, in words."""
    if missing(days) or days >= 0:
        return count(days)
    return Text(f"下架前{count(-days)}日", f"{count(-days)} before it")


def offenders(known: Gathered, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return one dict per repeat offender for the template: operator and its code, ``grade`` in words and
    whether it is ``certain``, place, numbers of ``times``, ``shops``, ``platforms``, ``brands`` and
    ``relisted`` goods, ``probable`` (times / shops found in probable shops only), ``awaiting`` takedown,
    ``first`` and ``last`` day, ``units`` (its platforms as (code, name)), ``reports``, and ``linked``
    operators as (name, code); the code of a natural person is ''. ``rows``: of gold.repeat_offender.

    Certain ones come first, then those on most platforms, then those found most often.
    """
    order = list(GRADE)
    rows = sorted(
        rows,
        key=lambda r: (order.index(r["grade"]), -r["n_platforms"], -r["n_times"], r["enterprise_id"]),
    )
    return [
        {
            **dict(zip(("operator", "code"), _shown(known, r["enterprise_id"]), strict=True)),
            "grade": GRADE[r["grade"]],
            "certain": r["grade"] == "certain",
            "place": known.place(None if r["region_code"] == "unknown" else r["region_code"]),
            **{n: count(r[f"n_{n}"]) for n in ("times", "shops", "platforms", "brands", "relisted")},
            "probable": f"{count(r['n_probable'])} / {count(r['n_probable_shops'])}",
            "awaiting": count(r["n_awaiting_takedown"]),
            "first": r["first_on"],
            "last": r["last_on"],
            "units": [(code, known.names.of("platform", code)) for code in r["platform_codes"]],
            "reports": list(r["report_ids"]) + list(r["probable_report_ids"]),
            "linked": [_shown(known, code) for code in r["linked_operators"]],
        }
        for r in rows
    ]


def operator(known: Gathered, code: str) -> Text:
    """Return the name of an operator by its enterprise_id, where it may be shown (`may_be_shown`); the id
    where silver.enterprise lacks it, or has a company without a name. For natural persons and names that may
    be a person's it returns only what kind of operator it is."""
    row = known.about("silver.enterprise", "enterprise_id").get(code)
    if row is None:
        return same(code)
    name, kind = row["name"], row["enterprise_type"]
    if kind != PERSON and not missing(name) and may_be_shown(str(name), kind):
        return same(str(name))
    return same(code) if kind == COMPANY else UNNAMED.get(kind, UNNAMED["other"])


def of_platform(known: Gathered, code: str) -> dict[str, Any] | None:
    """Return what a platform's page shows of counterfeits, as a dict: ``tasks`` (`tasks`, the first 20) of
    ``n_tasks``, of which ``n_overdue`` are overdue and ``n_checks`` checks of relisted goods; ``steps``;
    ``n_relisted`` goods, ``n_live`` of them on offer; its listings that come back after each takedown
    (``repeated``, the first MOST_REPEATED of ``n_repeated``, of which ``n_back`` are on sale, and ``n_sent``
    in the list that the platform is sent); and ``n_offenders``, certain repeat offenders on it. Numbers are
    int. None where it has none of them but offenders. ``code``: of the platform."""
    mine = [r for r in known.groups(TASKS, "office_code").get(code, []) if r["office_type"] == "platform"]
    again = known.groups(RELISTED, "platform_code").get(code, [])
    times = steps(known, "platform", code)
    back = repeated(known, known.groups(REPEATED, "platform_code").get(code, []))
    if not (mine or again or times or back):
        return None
    lines = tasks(known, mine)
    return {
        "n_tasks": len(lines),
        "n_overdue": sum(t["overdue"] for t in lines),
        "n_checks": sum(r["task"] == "check_relisted" for r in mine),
        "tasks": lines[:20],
        "steps": times,
        "n_relisted": len(again),
        "n_live": sum(bool(r["live"]) for r in again),
        "repeated": back[:MOST_REPEATED],
        "n_repeated": len(back),
        "n_back": sum(r["live"] for r in back),
        "n_sent": sum(r["sent"] for r in back),
        "n_offenders": sum(
            code in list(r["platform_codes"]) and r["grade"] == "certain"
            for r in dicts(known.night.frame(OFFENDERS))
        ),
    }


def _shown(known: Gathered, code: str) -> tuple[Text, str]:
    """Return (name, code) of an operator as pages show them: of a natural person INDIVIDUAL and ''; '' too
    where the name is withheld, to which the register of codes would lead."""
    if of_person(code):
        return INDIVIDUAL, ""
    name = operator(known, code)
    return name, "" if name in UNNAMED.values() else code
