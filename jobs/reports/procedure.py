"""The sampling procedure in Chinese and English: steps, states, statutory times, reasons for which an event is refused."""

from __future__ import annotations

from jobs.reports.wording import Text

# The closed loop in its order; each counts findings that reached it (gold.closed_loop).
LOOP = {
    "n_findings": Text("发现问题", "Findings"),
    "n_notified": Text("已通知", "Notified"),
    "n_acknowledged": Text("平台已回执", "Acknowledged"),
    "n_taken_down": Text("已下架", "Taken down"),
    "n_rectification_ordered": Text("已责令整改", "Rectification ordered"),
    "n_rectified": Text("已整改", "Rectified"),
    "n_rechecked": Text("已复查", "Rechecked"),
    "n_recheck_passed": Text("复查合格", "Recheck passed"),
    "n_published": Text("已公布", "Published"),
    "n_closed": Text("已闭环", "Closed"),
}
LAG = {
    "buy_to_receive": Text("下单 → 收样", "Order → receipt"),
    "receive_to_result": Text("收样 → 结论", "Receipt → conclusion"),
    "result_to_notice": Text("结论 → 通知", "Conclusion → notice"),
    "notice_to_takedown": Text("通知 → 下架", "Notice → takedown"),
    "order_to_recheck": Text("责令整改 → 复查", "Order to rectify → recheck"),
}
SAMPLE_STATE = {
    "planned": Text("已计划", "planned"),
    "ordered": Text("已下单", "ordered"),
    "cancelled": Text("订单已取消", "order cancelled"),
    "received": Text("已收样，待检", "received, to be tested"),
    "exited": Text("检验前退出", "left before the test"),
    "tested": Text("已检验，待结论", "tested, conclusion awaited"),
    "concluded": Text("已有结论，待通知", "concluded, to be notified"),
    "notified": Text("已通知，异议期内", "notified, may be objected to"),
    "objected": Text("已提异议，待处理", "objection to be decided"),
    "rejected": Text("异议已驳回", "objection rejected"),
    "upheld": Text("异议成立", "objection upheld"),
    "overturned": Text("异议改变结论", "overturned on objection"),
    "reinspection_requested": Text("已申请复检", "re-inspection asked for"),
    "reinspected": Text("已出复检结论", "re-inspected"),
    "final": Text("结果终局，处置中", "final, follow-up under way"),
    "closed": Text("已闭环", "closed"),
}
BRANCH = {
    "takedown": Text("下架", "Takedown"),
    "rectification": Text("整改", "Rectification"),
    "enforcement": Text("查处", "Enforcement"),
    "publication": Text("公布", "Publication"),
}
BRANCHES = {
    "stopped": Text("已停止销售", "sale stopped"),
    "ordered": Text("已责令", "ordered"),
    "rectified": Text("已整改", "rectified"),
    "under_recheck": Text("复查中", "under recheck"),
    "recheck_failed": Text("复查不合格", "recheck failed"),
    "failure_announced": Text("已公告复查不合格", "failed recheck announced"),
    "under_second_recheck": Text("再次复查中", "under second recheck"),
    "open": Text("已立案", "opened"),
    "published": Text("已公布", "published"),
    "closed": Text("已完成", "done"),
}
TIMER = {
    "notice": Text("通知结果", "Telling the result"),
    "objection": Text("异议或申请复检", "Objecting or asking for re-inspection"),
    "rectification": Text("整改", "Rectification"),
    "recheck": Text("复查", "Recheck"),
    "second_recheck_from": Text("再次复查（不早于）", "Second recheck, not before"),
    "second_recheck": Text("再次复查（不晚于）", "Second recheck, not after"),
}
TIMER_STATE = {
    "met": Text("按时", "met"),
    "late": Text("迟延", "late"),
    "running": Text("进行中", "running"),
    "overdue": Text("逾期", "overdue"),
    "not_applicable": Text("不适用", "not applicable"),
}
REFUSAL = {
    "before_receipt": Text("收样之前", "before receipt"),
    "before_result": Text("出结论之前", "before the result"),
    "before_notification": Text("通知之前", "before notification"),
    "before_rectification": Text("整改之前", "before rectification"),
    "after_final": Text("终局之后", "after the result was final"),
    "second_final": Text("第二次终局", "a second final"),
    "second_reinspection": Text("第二次复检", "a second re-inspection"),
    "same_lab": Text("复检与初检同一机构", "re-inspection in the same lab"),
    "too_late": Text("过期", "too late"),
    "too_early": Text("过早", "too early"),
    "after_exit": Text("退出之后", "after the exit"),
    "not_planned": Text("不在计划内", "not planned"),
}
