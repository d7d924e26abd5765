"""What is on record of a case (`cases`): the follow-up of a batch step by step, its enforcement cases and
open tasks; for other cases the records that they come from. No text of a complaint and no name of a
person."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jobs.reports.asked import STEPS
from jobs.reports.gathered import Gathered
from jobs.reports.names import UNKNOWN
from jobs.reports.numbers import missing
from jobs.reports.procedure import ruled
from jobs.reports.tracing import FINDING, LEADS, ROLE
from jobs.reports.wording import Text

LIFE, QUEUE, CASES = "gold.sampling_lifecycle", "gold.work_queue", "silver.enforcement_case"
_STEP = dict(
    zip(
        STEPS,
        (
            Text("告知当事人", "parties notified"),
            Text("公告送达", "notified by announcement"),
            Text("通知平台下架", "takedown ordered"),
            Text("已下架", "taken down"),
            Text("停止销售", "sale stopped"),
            Text("已责令改正", "rectification ordered"),
            Text("已改正", "rectified"),
            Text("组织复查", "recheck organised"),
            Text("复查合格", "recheck passed"),
            Text("复查不合格", "recheck failed"),
            Text("立案", "enforcement opened"),
            Text("结案", "enforcement closed"),
        ),
        strict=True,
    )
)
STATED = "matter:"  # before the identifier of a matter that complaints state
_NOTHING = Text("尚无处置记录", "no follow-up on record yet")


def course(known: Gathered, sample: str) -> Text:
    """Return the steps of a batch's follow-up with their days, by day, then its enforcement cases, in one
    line; where there is neither, words that nothing is on record. A step that says when one of these cases
    was opened or closed is left out. ``sample``: the batch's sample_id."""
    life, own = known.about(LIFE, "sample_id").get(sample, {}), known.groups(CASES, "sample_id")
    cases = own.get(sample, [])
    said = {(f"enforcement_{end}", str(row[f"{end}_on"])) for row in cases for end in ("opened", "closed")}
    steps = [
        (str(life[f"{step}_on"]), words)
        for step, words in _STEP.items()
        if not missing(life.get(f"{step}_on")) and (step, str(life[f"{step}_on"])) not in said
    ]
    # Of one day, steps stay in the order of the procedure.
    parts = [_dated(words, day) for day, words in sorted(steps, key=lambda step: step[0])]
    return _line([*parts, *(_case(row) for row in cases)]) or _NOTHING


def waiting(known: Gathered, sample: str) -> list[dict[str, Any]]:
    """Return one dict per open task about a batch, in the order of gold.work_queue: ``what``, its text with
    the deadline, ``overdue``, and ``citation``, the rule of the deadline with how far it was read, None
    without one. ``sample``: the batch's sample_id."""
    return [
        {
            "what": Text(r["text_zh"], r["text_en"]),
            "overdue": r["status"] == "overdue",
            "citation": None
            if missing(r["citation"]) and missing(r["rule_status"])
            else ruled(r["citation"], r["rule_status"]),
        }
        for r in known.groups(QUEUE, "subject_type", "subject_id").get(("sample", sample), [])
    ]


def stated_platform(known: Gathered, r: dict[str, Any]) -> Text | None:
    """Return the platform of a task. Where a sample's purchase states none it is not known, and an open
    enforcement case on the sample may state one. None where another task has none. ``r``: a row of
    gold.work_queue."""
    if not missing(r["platform_code"]):
        return known.names.of("platform", r["platform_code"])
    if r["subject_type"] != "sample":
        return None
    queue = known.groups(QUEUE, "subject_type", "subject_id")
    for case in known.groups(CASES, "sample_id").get(r["subject_id"], []):
        for row in queue.get(("enforcement_case", case["case_id"]), []):
            if not missing(row["platform_code"]):
                name = known.names.of("platform", row["platform_code"])
                return Text(f"{UNKNOWN.zh}（案件载明：{name.zh}）", f"{UNKNOWN.en} (by its case: {name.en})")
    return UNKNOWN


def facts(known: Gathered, r: dict[str, Any]) -> Text:
    """Return in one line what is on record of the case of a task: since when the task stands, where, and what
    the case comes from. ``r``: a row of gold.work_queue."""
    place = known.place(r["region_code"])
    parts = [Text(f"自{r['since']}起待办", f"to be done since {r['since']}")]
    parts += [place] if place else []
    return _line([*parts, *_of_kind(known, r["subject_type"], r["subject_id"])]) or _NOTHING


def _of_kind(known: Gathered, kind: str, code: str) -> Iterator[Text]:
    """Yield what the records of one kind of case say."""
    if kind == "sample":
        if missing(known.about(LIFE, "sample_id").get(code, {}).get("platform_code")):
            yield Text(
                f"平台{UNKNOWN.zh}（买样记录未载明）", "platform not stated in the record of the purchase"
            )
        yield course(known, code)
    elif kind == "enforcement_case":
        row = known.about(CASES, "case_id").get(code, {})
        yield from _case_origin(row)
    elif kind == "assistance_request":
        row = known.about("silver.assistance_request", "request_id").get(code, {})
        yield from _request(known, row)
    elif kind == "complaint":
        row = known.about("gold.complaint_matter", "complaint_id").get(code, {})
        stated = matter_stated(str(row.get("matter", "")))
        yield from _naming({"matter": stated or None}, ("matter", "事项", "matter"))
    elif kind == "lab_commission":
        row = known.about("silver.lab_commission", "commission_id").get(code, {})
        yield from _naming(row, ("sample_id", "样品", "sample"))
        yield from _days(
            row, ("commissioned_on", "委托", "commissioned"), ("received_on", "收样", "received")
        )
    elif kind == "lead":
        row = known.about(LEADS, "lead_id").get(code, {})
        if row:
            role, found = ROLE[row["role"]], FINDING[row["finding"]]
            yield Text(f"{role.zh}：{found.zh} {row['found_on']}", f"{role.en}: {found.en} {row['found_on']}")
            yield from _naming(row, ("subject_id", "批次", "batch"))
    elif kind == "counterfeit_report":
        row = known.about("gold.counterfeit_case", "report_id").get(code, {})
        yield from _days(row, ("reported_on", "举报", "reported"), ("verified_on", "鉴别", "verified"))
        yield from _naming(row, ("listing_id", "商品", "listing"))


def matter_stated(matter: str) -> str:
    """Return the identifier of a matter that its complaints state; '' where they state none, as the matter is
    then a number of a complaint. ``matter``: of gold.complaint_matter, `matter:` and the stated identifier,
    else `case:` and the smallest number."""
    return matter.removeprefix(STATED) if matter.startswith(STATED) else ""


def _case(row: dict[str, Any]) -> Text:
    """One enforcement case on a batch: its number, the day it was opened, and whether it is closed."""
    zh, en = f"案件 {row['case_id']}", f"case {row['case_id']}"
    days = _line(list(_days(row, ("opened_on", "立案", "opened"), ("closed_on", "结案", "closed"))))
    return Text(f"{zh}（{days.zh}）", f"{en} ({days.en})") if days else Text(zh, en)


def _case_origin(row: dict[str, Any]) -> Iterator[Text]:
    yield from _days(row, ("opened_on", "立案", "opened"), ("closed_on", "结案", "closed"))
    yield from _naming(
        row, ("sample_id", "样品", "sample"), ("complaint_id", "投诉举报", "complaint or report")
    )


def _request(known: Gathered, row: dict[str, Any]) -> Iterator[Text]:
    yield from _days(row, ("requested_on", "提出", "requested"), ("due_on", "应答复", "answer due"))
    by = known.place(row.get("from_region_code"))
    if by:
        yield Text(f"请求方 {by.zh}", f"asked by {by.en}")
    yield from _naming(row, ("case_id", "案件", "case"), ("sample_id", "样品", "sample"))


def _days(row: dict[str, Any], *columns: tuple[str, str, str]) -> Iterator[Text]:
    """Yield each day that is on record. ``columns``: (column, Chinese word, English word)."""
    return (_dated(Text(zh, en), row[c]) for c, zh, en in columns if not missing(row.get(c)))


def _naming(row: dict[str, Any], *columns: tuple[str, str, str]) -> Iterator[Text]:
    """Yield each number that is on record. ``columns``: (column, Chinese word, English word)."""
    return (Text(f"{zh} {row[c]}", f"{en} {row[c]}") for c, zh, en in columns if not missing(row.get(c)))


def _dated(words: Text, day: Any) -> Text:
    return Text(f"{words.zh} {day}", f"{words.en} {day}")


def _line(parts: list[Text]) -> Text | None:
    return Text("；".join(p.zh for p in parts), "; ".join(p.en for p in parts)) if parts else None
