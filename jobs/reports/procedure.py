"""The sampling procedure in Chinese and English: steps, states, statutory times, reasons for which an event
is refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jobs.marts.law_names import NOT_READ
from jobs.marts.overview.queue_tasks import NO_RULE, UNDATED
from jobs.marts.sampling.standing import GRANTED
from jobs.marts.takedown_duty import COUNTERFEIT, FAILED, NO_DAYS, UNREAD, based_on
from jobs.reports.citations import basis, cited
from jobs.reports.wording import Text, coded, label, named, same

# The closed loop in its order; each counts findings that reached it (gold.closed_loop).
LOOP = {
    "n_findings": named("findings"),
    "n_notified": named("notified"),
    "n_acknowledged": named("takedown_acknowledged"),
    "n_taken_down": named("taken_down"),
    "n_rectification_ordered": named("rectification_ordered"),
    "n_rectified": named("rectified"),
    "n_rechecked": named("rechecked"),
    "n_recheck_passed": named("recheck_passed"),
    "n_published": named("published"),
    "n_closed": named("closed"),
}
LAG = {
    "buy_to_receive": Text("下单 → 收样", "Order → receipt"),
    "receive_to_result": Text("收样 → 结论", "Receipt → conclusion"),
    "result_to_notice": Text("结论 → 告知", "Conclusion → notice"),
    "notice_to_takedown": Text("告知 → 下架", "Notice → takedown"),
    "order_to_recheck": Text("责令改正 → 复查", "Order to rectify → recheck"),
}
SAMPLE_STATE = {
    "planned": Text("已计划", "planned"),
    "ordered": Text("已下单", "ordered"),
    "cancelled": Text("订单已取消", "order cancelled"),
    "received": Text("已收样，待检", "received, to be tested"),
    "exited": Text("检验前移送查处（未闭环）", "referred before the test, not closed"),
    "tested": Text("已检验，待结论", "tested, conclusion awaited"),
    "concluded": Text("已有结论，待告知", "concluded, to be notified"),
    "notified": Text("已告知，异议期内", "notified, may be objected to"),
    "objected": Text("已提异议，待处理", "objection to be decided"),
    "rejected": Text("异议已驳回", "objection rejected"),
    "upheld": Text("异议成立", "objection upheld"),
    "overturned": Text("经异议改变结论", "overturned on objection"),
    "reinspection_requested": Text("已申请复检", "re-inspection asked for"),
    "reinspected": Text("已出复检结论", "re-inspected"),
    "final": Text("结果已确定，处置中", "final, follow-up under way"),
    "closed": Text("已闭环", "closed"),
}
BRANCH = {
    "takedown": Text("下架", "Takedown"),
    "rectification": Text("改正", "Rectification"),
    "enforcement": Text("查处", "Enforcement"),
    "publication": Text("公布", "Publication"),
}
# The states of each branch: one code, such as `ordered`, has another meaning in another branch.
BRANCHES = {
    "takedown": coded("takedown_state"),
    "rectification": {
        "stopped": Text("已停止销售，尚未责令改正", "sale stopped, rectification not ordered"),
        "ordered": Text("已责令改正", "rectification ordered"),
        "rectified": Text("已改正", "rectified"),
        "under_recheck": Text("复查中", "under recheck"),
        "recheck_failed": Text("复查不合格", "recheck failed"),
        "failure_announced": Text("已公告复查不合格", "failed recheck announced"),
        "under_second_recheck": Text("再次复查中", "under second recheck"),
        "closed": Text("改正已完成", "rectification done"),
    },
    "enforcement": {"open": Text("已立案，尚未结案", "case open"), "closed": Text("已结案", "case closed")},
    "publication": {"published": Text("已公布", "published")},
}
TIMER = {
    "notice": Text("告知结果", "Notification of the result"),
    "objection": Text("提出异议或申请复检", "Objection or request for re-inspection"),
    "rectification": Text("改正", "Rectification"),
    "recheck": Text("复查", "Recheck"),
    "second_recheck_from": Text(
        "再次复查（最早日；按时即未提前）", "Second recheck, not before (met: not earlier)"
    ),
    "second_recheck": Text("再次复查（最迟日）", "Second recheck, not after"),
}
TIMER_STATE = {
    "met": Text("按时", "on time"),
    "late": named("late"),
    "running": Text("进行中", "in progress"),
    "overdue": Text("逾期", "overdue"),
    "not_applicable": Text("不适用", "not applicable"),
}
REFUSAL = {
    "before_receipt": Text("早于收样", "before receipt"),
    "before_result": Text("早于作出结论", "before the result"),
    "before_notification": Text("早于告知", "before notification"),
    "before_rectification": Text("早于改正", "before rectification"),
    "after_final": Text("晚于结果确定", "after the result was final"),
    "second_final": Text("重复报送最终结果", "a second final result"),
    "second_reinspection": Text("第二次复检", "a second re-inspection"),
    "same_lab": Text("复检机构与初检机构为同一机构", "re-inspection in the same lab"),
    "too_late": Text("超过期限", "too late"),
    "too_early": Text("早于规定时间", "too early"),
    "after_exit": Text("检验前终止后又报送", "after the exit"),
    "not_planned": Text("不在计划内", "not planned"),
}

BAND = {
    "above": Text("高于基期全国水平", "above the national level of the base year"),
    "across": Text(
        "与基期全国水平无显著差异", "no significant difference from the national level of the base year"
    ),
    "below": Text("低于基期全国水平", "below the national level of the base year"),
}
NOT_PUBLISHED = {
    "no_conformity": Text(
        "没有已判定的概率样本，不计算指数", "no index, as no batch of a probability sample was judged"
    ),
    "few_effective": Text(
        "已判定的概率样本按销量加权后Kish有效样本量不足30，没有加权不合格率，不计算指数",
        "no index, as there is no exposure rate: the effective sample size (Kish) is below 30",
    ),
    "coverage": Text("可用指标不足60%，不计算指数", "no index below 60% coverage"),
    "confidential": Text(
        "订单保密，且每万单的指标只有一项计分，由指数可反推订单数，不列指数",
        "no index shown: orders are confidential, and with a single rate per order it would give them",
    ),
}
# Parts of a change of the index that are no change of quality.
INDEX_PART = {
    "goalposts": Text("评分上下限改变", "Goalposts changed"),
    "weights": Text("权重改变", "Weights changed"),
    "availability": Text("可用指标改变", "Availability of indicators"),
    "method": Text("方法改变", "Method changed"),
}
STATUS = {
    "used": Text("已计分", "scored"),
    "not_applicable": Text("不适用", "not applicable"),
    "not_filed": Text("应报未报，记最低分", "due and not filed: floor"),
    "set_aside": Text(
        "有关义务均已履行，但件数少，计入反而会拉低得分，暂不计分",
        "all met, but in so few cases that scoring it would lower the index: not scored yet",
    ),
}
ACTOR = {
    "platform": Text("平台", "platform"),
    "regulator": Text("监管部门", "regulator"),
    "producer": Text("生产者", "producer"),
    "seller": Text("销售者", "seller"),
    "brand": Text("品牌权利人", "brand owner"),
    "cluster": Text("产业集群", "cluster"),
    "standards_body": Text("标准化机构", "standards body"),
}
OUTCOME = {
    "conforming": Text("所检项目未发现不合格", "no tested item failed"),
    "nonconforming": Text("不合格", "non-conforming"),
    "not_judged": Text("未判定", "not judged"),
}
ITEM_OUTCOME = {  # of one tested item
    "conforming": Text("符合", "passed"),
    "nonconforming": Text("不符合", "failed"),
    "not_judged": Text("未判定", "not judged"),
}
EXIT_REASON = {
    "no_maker": Text("无厂名、厂址等“三无”，未检验", "no maker's name or address; not tested"),
    "suspected_counterfeit": Text("涉嫌假冒，未检验", "suspected counterfeit; not tested"),
    "no_licence": Text("无许可，未检验", "no licence; not tested"),
    "no_certificate": Text("无认证，未检验", "no certificate; not tested"),
}
OBJECTION = {
    "pending": Text("异议处理中", "objection pending"),
    "rejected": Text("异议被驳回", "objection rejected"),
    "upheld": Text("异议成立", "objection upheld"),
    "overturned": Text("经异议改变结论", "result overturned on objection"),
}
# What an upheld objection to the authenticity means (definitions.md#procedure): that of the marked producer.
_DENIAL_UPHELD = Text(
    "标称生产者否认生产，异议成立：责任由销售者承担，不合格结论不变",
    "the marked producer's denial was upheld: the seller answers for the goods, the failing result stands",
)
_AUTHENTICITY_UPHELD = Text(
    "真伪异议成立，不合格结论不变", "objection to the authenticity upheld; the failing result stands"
)
_DENIED = Text("标称生产者否认生产，异议成立", "the marked producer's denial was upheld")
_AUTHENTICITY = Text("真伪异议成立", "objection to the authenticity upheld")
# A decision that would change the result, of a batch that still does not conform.
_NOT_FOLLOWED = Text(
    "；该决定不符合程序，本系统未采用，仍按不合格列示",
    "; that decision does not follow the procedure and is not taken here: listed as non-conforming",
)
AGREEMENT = {
    "agreed": Text("一致", "agreed"),
    "contradicted": Text("与检验机构判定相反", "contradicts the laboratory"),
    "lab_silent": Text("机构未判，系统可判", "judged by the system alone"),
    "not_recomputed": Text("无法复核", "cannot be recomputed"),
    "both_silent": Text("均未判", "judged by neither"),
}
AUDIT_REASON = {
    "value": Text("检验值与所报限值矛盾", "value against the limit reported"),
    "rounding": Text("先修约后比较", "rounded before comparing"),
    "claim": Text("明示值漏用或误用", "claim left out or misused"),
    "edition": Text("标准版本当时无效", "edition not valid then"),
    "limit": Text("所报限值与标准规定不符", "limit is not the standard's"),
    "items": Text("项目判定不同", "items judged otherwise"),
    "summary": Text("所报结论与各项目判定不符", "conclusion does not follow from its items"),
    "serious": Text("严重程度不同", "seriousness differs"),
}
OFFICE = {
    "authority": Text("监管部门", "Authorities"),
    "platform": Text("平台", "Platforms"),
    "lab": Text("检验机构", "Laboratories"),
}
# How far a rule's source was read (citation_status.csv): a verified one carries no mark.
RULE_STATUS = {
    **{status: Text(*words) for status, words in NOT_READ.items()},
    "house_rule": Text("本项目规定", "this project's own rule"),
}


OWN_RULE = RULE_STATUS["house_rule"]


def objection_said(state: str, kind: str | None, party: str | None, *, fails: bool) -> Text:
    """Return the state of an objection in words, with what it means for the result where that would be taken
    otherwise: a batch that fails after an objection was granted. ``state``, ``kind``, ``party``: as in
    gold.bulletin, None where missing; ``fails``: whether the final outcome is non-conforming."""
    if kind == "authenticity" and state in GRANTED:  # it changes no result, whichever decision it states
        return authenticity_said(party, fails=True) if fails else OBJECTION["upheld"]
    words = OBJECTION.get(state) or same(state)
    if not fails or state not in GRANTED:
        return words
    if kind is None and state == "upheld":  # whether it is about the result is not known
        return words
    return Text(words.zh + _NOT_FOLLOWED.zh, words.en + _NOT_FOLLOWED.en)


def authenticity_said(party: str | None, *, fails: bool) -> Text:
    """Return in words that an objection to the authenticity of a batch was upheld. ``party``: who filed it
    (of gold.bulletin, None where that is not known); ``fails``: whether the final outcome is
    non-conforming."""
    if party == "producer":
        return _DENIAL_UPHELD if fails else _DENIED
    return _AUTHENTICITY_UPHELD if fails else _AUTHENTICITY


def refused_again(reason: str) -> Text:
    """Return why a re-inspection decides nothing, in words. ``reason``: of gold.sampling_refusal."""
    why = label(REFUSAL, reason)
    return Text(f"复检结论未采用：{why.zh}", f"re-inspection not taken: {why.en}")


def ruled(citation: Any, status: Any) -> Text:
    """Return the rule on which a task rests, with a remark on how far it was read unless it was verified:
    OWN_RULE where no article is cited. ``citation``, ``status``: as in gold.work_queue, missing where no rule
    of a law applies."""
    found = basis(citation, status)
    if found is None:
        return OWN_RULE
    read = RULE_STATUS.get(str(status))
    return found if read is None else Text(f"{found.zh}（{read.zh}）", f"{found.en} ({read.en})")


def takedown_law() -> Text:
    """Return the articles by which goods are taken down in good time, in words that can follow "under"; "a
    source that was not verified" where the rule on goods that failed or that on counterfeits cites none."""
    failed, fake = (cited(based_on(c)["citation"]) for c in (FAILED, COUNTERFEIT))
    if failed is None or fake is None:
        return Text("未核实的来源", "a source that was not verified")
    status = RULE_STATUS[UNREAD]
    return Text(
        f"{failed.zh}（假冒商品：{fake.zh}；{status.zh}）",
        f"{failed.en} (counterfeits: {fake.en}; {status.en})",
    )


GUIDANCE_PART = {
    "overall": Text("总体", "All batches tested"),
    "fails_most": Text("主要不合格项目", "What fails most"),
    "look_at": Text("选购要点", "What to look at when buying"),
    "price_band": Text("价格与不合格率", "Price and failures"),
}
TASK_STATUS = {
    "overdue": Text("逾期", "overdue"),
    "due_soon": Text("7天内到期", "due within 7 days"),
    "running": Text("进行中", "in progress"),
    "undated": Text("未收录期限", "no deadline on file"),
    "no_legal_days": Text("法律未规定天数", "no number of days in law"),
    "pending": Text("期限待定", "due date pending"),
}


def task_status(row: Mapping[str, Any]) -> str:
    """Return the status of a task, a key of TASK_STATUS: that of its row of gold.work_queue, but of those
    without a last day NO_DAYS where the law names no number of days, and `pending` where a deadline runs
    whose last day is not known."""
    if row["status"] != "undated" or row["undated"] == NO_RULE:
        return str(row["status"])
    return NO_DAYS if row["undated"] == NO_DAYS else "pending"


def without_day() -> Text:
    """Return the statuses of tasks that have no last day, in words, in the order of TASK_STATUS."""
    found = {task_status({"status": "undated", "undated": why}) for why in UNDATED}
    names = [words for status, words in TASK_STATUS.items() if status in found]
    *first, last = (words.zh for words in names)
    zh = f"{'、'.join(first)}{'和' if first else ''}{last}"
    return Text(zh, ", ".join(words.en for words in names))


MEASURE = {
    "any": Text("任一措施", "Any measure"),
    "takedown": Text("下架", "Takedown"),
    "stop_sale": Text("停止销售", "Stop of sales"),
    "rectification": Text("责令改正", "Order to rectify"),
    "enforcement": Text("立案查处", "Enforcement case"),
}
# Remedies of recalls; those that a notice words otherwise stand as written.
REMEDY = {
    "refund": Text("退款", "refund"),
    "repair": Text("修理", "repair"),
    "replacement": Text("更换", "replacement"),
    "replace": Text("更换", "replace"),
    "dispose": Text("停止使用并丢弃", "dispose"),
    "new instructions": Text("新的使用说明", "new instructions"),
}
NOTICE_SYSTEM = coded("notice_system")
DATA_KIND = {
    "all": Text("全部", "all"),
    "basic": Text("基础", "basic"),
    "supervision": Text("监管", "supervision"),
    "control": Text("管控", "control"),
    "testing": Text("检测", "testing"),
}
PARTY = {
    "platform": Text("平台", "platforms"),
    "regulator": Text("监管部门", "regulators"),
    "complaint_centre": Text("投诉举报中心", "complaint centres"),
    "lab": Text("检验机构", "laboratories"),
    "brand": Text("品牌权利人", "brand owners"),
    "customs": Text("海关", "customs"),
    "standards_body": Text("标准化机构", "standards bodies"),
    "planning": Text("发展改革部门", "planning authority"),
    "overseas": Text("境外通报", "overseas notices"),
    "exchange": Text("交换回执", "acknowledgements"),
    "commerce": Text("商务主管部门", "commerce authority"),
}


def notice_system(code: str) -> Text:
    """Return the name of the system that publishes alerts or recalls, followed by its code; the code alone
    where it has no name in NOTICE_SYSTEM."""
    found = NOTICE_SYSTEM.get(code)
    return same(code) if found is None else Text(f"{found.zh} {code}", f"{found.en}, {code}")
