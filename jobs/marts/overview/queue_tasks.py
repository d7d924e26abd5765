"""Defines the tasks of the work queue: which office has each, their texts, and the columns of a frame of
tasks. Pure.

A frame of tasks has one row per task and subject, with COLUMNS: the office (type and code) that has to
act; the task (a name of TASKS); the subject, such as a sample, by type and id; the subject's platform,
region and category; ``since``, the day from which it has to be done; ``due``, the last day, and
``undated``, why there is none; ``rule``, ``rule_status`` and ``citation`` of the deadline.

COLUMNS: office_type, office_code, task, subject_type, subject_id, platform_code, region_code, category_code,
since, due, undated, rule, rule_status, citation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from jobs.marts.dimensions import NATION, UNKNOWN
from jobs.marts.sampling.deadlines import Deadlines
from jobs.marts.takedown_duty import NO_DAYS

AUTHORITY, PLATFORM, LAB = "authority", "platform", "lab"  # values of office_type
# Columns of a frame of tasks; a function that makes tasks fills those that it knows, the others are null.
COLUMNS = (
    "office_type",
    "office_code",
    "task",
    "subject_type",
    "subject_id",
    "platform_code",
    "region_code",
    "category_code",
    "since",
    "due",
    "undated",
    "rule",
    "rule_status",
    "citation",
)
DEADLINE = ("due", "undated", "rule", "rule_status", "citation")  # the columns that state a deadline
# Values of undated: no rule of silver.statutory_timer sets a last day, though a law may; time is suspended;
# the working days are not known; time was extended.
NO_RULE, SUSPENDED, CALENDAR_UNKNOWN, EXTENDED = "no_rule", "suspended", "calendar_unknown", "extended"
# Value of `undated` → its words, zh and en.
UNDATED = {
    NO_RULE: ("本系统未收录期限", "no deadline on file here"),
    NO_DAYS: ("法律未规定天数", "the law names no number of days"),
    SUSPENDED: ("期限中止", "time is suspended"),
    CALENDAR_UNKNOWN: ("节假日安排未公布", "the calendar of holidays is not yet published"),
    EXTENDED: ("期限已延长，未载明至何日", "time was extended, until when is not on file"),
}


@dataclass(frozen=True)
class Task:
    """A kind of task. ``office_type``: kind of office that has to do it (AUTHORITY, PLATFORM, LAB); ``zh``
    and ``en``: what the office has to do, as an instruction in Chinese and English."""

    office_type: str
    zh: str
    en: str


# Name of the task → its definition.
TASKS = {
    "notify": Task(
        AUTHORITY, "将不合格结果告知当事人和平台", "notify the parties and the platform of the failed result"
    ),
    "decide_objection": Task(AUTHORITY, "处理异议", "decide the objection"),
    "reinspect": Task(
        AUTHORITY, "组织复检并取得结论", "have the sample re-inspected and the conclusion issued"
    ),
    "order_takedown": Task(AUTHORITY, "通知平台下架", "order the platform to take the goods down"),
    "take_down": Task(PLATFORM, "下架不合格商品", "take the failed goods down"),
    "order_rectification": Task(AUTHORITY, "责令改正", "order rectification"),
    "follow_rectification": Task(AUTHORITY, "督促完成改正", "see that rectification is completed"),
    "recheck": Task(AUTHORITY, "组织复查", "organise the recheck"),
    "conclude_recheck": Task(AUTHORITY, "作出复查结论", "conclude the recheck"),
    "announce_recheck_failure": Task(AUTHORITY, "公告复查不合格", "announce the failed recheck"),
    "second_recheck": Task(AUTHORITY, "组织再次复查", "organise the second recheck"),
    "order_suspension": Task(
        AUTHORITY,
        "立案，因再次复查不合格责令停业、限期整顿",
        "open a case to have the firm suspend business and rectify, as the second recheck failed",
    ),
    "publish": Task(AUTHORITY, "公布结果", "publish the result"),
    "open_enforcement": Task(
        AUTHORITY,
        "核查检验前移送查处的批次，依法决定是否立案",
        "look into the violation found before the test and decide whether to open a case",
    ),
    "decide_enforcement": Task(AUTHORITY, "作出处理决定", "decide the case"),
    "close_enforcement": Task(AUTHORITY, "结案", "close the case"),
    "verify_lead": Task(
        AUTHORITY, "核查属地线索并决定是否立案", "verify the lead and decide whether to open a case"
    ),
    "reassign_lead": Task(AUTHORITY, "为退回的线索指定管辖", "say which region takes the returned lead"),
    "assign_lead": Task(
        AUTHORITY, "为没有属地的线索指定管辖", "say which region takes the lead that has none"
    ),
    "look_into_signal": Task(AUTHORITY, "核查风险信号", "look into the risk signal"),
    "look_into_own_signal": Task(
        PLATFORM, "核查本平台已证实的风险信号", "look into the confirmed risk signal about the platform"
    ),
    "answer_assistance": Task(AUTHORITY, "答复协助调查函", "answer the request for assistance"),
    "settle_refusal": Task(
        AUTHORITY,
        "与收件方处理重发三次仍被拒收的紧急数据包",
        "settle with its recipient an urgent package that was sent again three times and is still refused",
    ),
    "report_test": Task(LAB, "出具检验报告", "issue the test report"),
    "decide_complaint": Task(AUTHORITY, "决定是否受理投诉", "decide whether to accept the complaint"),
    "end_mediation": Task(AUTHORITY, "完成或终止调解", "end the mediation"),
    "tell_parties": Task(
        AUTHORITY, "将调解终止情况告知投诉人和被投诉人", "notify the parties of how the mediation ended"
    ),
    "verify_report": Task(AUTHORITY, "核查举报线索", "verify the report"),
    "decide_case": Task(AUTHORITY, "决定是否立案", "decide whether to open a case"),
    "tell_reporter": Task(AUTHORITY, "将处理结果告知实名举报人", "notify the named reporter of the decision"),
    "take_down_counterfeit": Task(
        PLATFORM, "下架经权利人鉴别的假冒商品", "take the confirmed counterfeit down"
    ),
}


def dated(frame: pd.DataFrame, *columns: str) -> pd.Series:
    """Return the earliest day of several columns, row by row: a series of timestamps with the index of
    ``frame``, NaT where all are missing. ``columns``: names of columns with dates."""
    return pd.concat([pd.to_datetime(frame[c]) for c in columns], axis=1).min(axis=1)


def task(
    name: str, rows: pd.DataFrame, *, office: pd.Series, subject: str, since: pd.Series, **more: object
) -> pd.DataFrame:
    """Return a frame of tasks: one row per row of ``rows``, with COLUMNS and the index of ``rows``.

    ``name``: the task, of TASKS (KeyError for another); ``rows``: columns id (of the subject), platform_code,
    region_code, category_code; ``office``: code of the office, `unknown` where missing; ``subject``: type of
    the subject, such as `sample`; ``since``: day from which it has to be done; ``more``: series due, undated,
    rule, rule_status and citation, each optional. Without ``due`` there is no deadline, and ``undated`` is
    NO_RULE unless it is given; with ``due`` it is null."""
    found = pd.DataFrame(
        {
            "office_type": TASKS[name].office_type,
            "office_code": office.fillna(UNKNOWN),
            "task": name,
            "subject_type": subject,
            "subject_id": rows["id"],
            **{c: rows[c] for c in ("platform_code", "region_code", "category_code")},
            "since": since,
            **{c: more.get(c) for c in DEADLINE},
        },
        index=rows.index,
    )
    found["due"] = pd.to_datetime(found["due"])
    found["undated"] = found["undated"].where(found["undated"].notna(), NO_RULE).where(found["due"].isna())
    return found[list(COLUMNS)]


def statutory(
    events: tuple[str, str], days: pd.Series, deadlines: Deadlines, *, extended: pd.Series | None = None
) -> dict[str, pd.Series]:
    """Return the columns DEADLINE of tasks whose time runs between two ``events`` of silver.statutory_timer:
    series with the index of ``days``, the days on which the first event happened. All five are missing where
    that day is missing, or no rule is valid on it.

    ``events``: from_event and to_event of the rule, such as (`report_received`, `report_verified`).
    ``extended``: one bool per day, whether its time was extended (None: none was); ``due`` is then missing
    and ``undated`` is EXTENDED, as no record says for how long. ``undated`` is CALENDAR_UNKNOWN where the
    working days are not known."""
    late = [False] * len(days) if extended is None else extended
    found = [_deadline(events, day, more, deadlines) for day, more in zip(days, late, strict=True)]
    stated = pd.DataFrame(found, index=days.index, columns=list(DEADLINE)).astype(object)
    return {name: stated[name] for name in DEADLINE}


def _deadline(events: tuple[str, str], day: Any, extended: bool, deadlines: Deadlines) -> tuple[Any, ...]:
    rule = None if pd.isna(day) else deadlines.rule(*events, "latest", day)
    if rule is None:
        return None, None, None, None, None
    about = (rule.rule_id, rule.status, rule.citation)
    if extended:
        return None, EXTENDED, *about
    last = deadlines.last_day(*events, day)
    return last, None if last else CALENDAR_UNKNOWN, *about


def joined(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """Return the tasks of all ``parts`` (frames of tasks) in one frame with a new index; without any task an
    empty frame with COLUMNS."""
    filled = [part for part in parts if len(part)]
    return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=list(COLUMNS))


def nation_or(codes: pd.Series) -> pd.Series:
    """Return ``codes`` of offices with the nation's code where one is missing, since a plan without a region
    is the nation's."""
    return codes.fillna(NATION)
