"""What follows where a platform misses a takedown or a complaint: in this system, and by the law. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from jobs.marts.takedown_duty import UNREAD, Liability, liabilities
from jobs.reports.citations import cited
from jobs.reports.procedure import RULE_STATUS
from jobs.reports.wording import Text

TITLE = Text("逾期后果和法律责任", "Consequences of a missed duty")
SEARCHED = "逾期后果 法律责任 罚款 处罚 逾期 consequence consequences liability fine penalty overdue missed"
_HERE = Text(
    "在本系统内：下架超过本项目的期限、投诉超过承办单位的期限的，在发给平台的清单中计为逾期，"
    "并降低质量指数中的按时下架率、投诉按时办理率（每个未办事项的影响见发给平台的文件 score_movers）；"
    "投诉逾期的，另列入发给承办单位所在地省级监管部门的逾期清单；"
    "下架未完成的，在待办清单中列示至办结，不据此计逾期。"
    "本系统不因逾期作出、也不自动记录任何处罚等决定。",
    "In this system: a takedown after this project's limit and a complaint after its office's deadline "
    "count as overdue in the list sent to the platform, and lower takedowns on time and complaints "
    "handled on time, indicators of the quality index (the file score_movers, sent to the platform, "
    "says what each open item moves). An overdue complaint is also in the list of overdue work sent to "
    "the authorities of the province of its office; a takedown stays in the work queue until it is "
    "done, and is not counted as overdue there. This system takes no decision, such as a penalty, "
    "because a task is overdue, and records none by itself.",
)


@dataclass(frozen=True)
class Consequences:
    """A heading and what stands below it, in both languages."""

    title: Text
    words: Text


def consequences() -> Consequences:
    """Return what follows where a platform misses a takedown or a complaint. What the law says has the remark
    how far it was read; it is left out where no article is known (`liabilities`)."""
    known = liabilities()
    if not known:
        return Consequences(TITLE, _HERE)
    said, read = [_said(each) for each in known], RULE_STATUS[UNREAD]
    return Consequences(
        TITLE,
        Text(
            f"{_HERE.zh}依法（{read.zh}，以条文原文为准）：{'；'.join(each.zh for each in said)}。",
            f"{_HERE.en} By law ({read.en}: what counts is that text), a platform that "
            f"{'; that '.join(each.en for each in said)}.",
        ),
    )


def _said(one: Liability) -> Text:
    article = cited(one.citation)
    assert article is not None, "each has a citation"
    most_zh, most_en = _between(one.serious)
    least_zh, least_en = _between(one.fine)
    zh = f"可以处{least_zh}的罚款" if one.may else f"逾期不改正的，处{least_zh}的罚款"
    en = (
        f"ordered to correct and may be fined {least_en}"
        if one.may
        else f"ordered to correct and, where it does not, fined {least_en}"
    )
    worse_zh = f"责令停业整顿，并处{most_zh}" if one.suspends else f"处{most_zh}"
    worse_en = f"suspended for rectification and fined {most_en}" if one.suspends else f"fined {most_en}"
    return Text(
        f"{one.omission[0]}的，责令限期改正，{zh}；情节严重的，{worse_zh}的罚款（{article.zh}）",
        f"{one.omission[1]} is {en}, in serious cases {worse_en} ({article.en})",
    )


def _between(yuan: tuple[int, int]) -> tuple[str, str]:
    """Least and most of a fine, in Chinese and English."""
    low, high = yuan
    return f"{low // 10_000}万元以上{high // 10_000}万元以下", f"{low:,} to {high:,} yuan"
