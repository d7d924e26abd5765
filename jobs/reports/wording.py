"""Words of the site in Chinese and English that more than one page shows. Names of measures, counts and
statuses are those of the glossary (`schemas/glossary.csv`)."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from jobs.contracts.glossary import term
from jobs.deployment import deployment
from jobs.environment import SCHEMAS
from jobs.made_up import in_english
from jobs.methods import ranges


class Text(NamedTuple):
    """One phrase in Chinese (``zh``) and English (``en``)."""

    zh: str
    en: str


def between(low: str, high: str) -> Text:
    """Return two days, given as texts, as from when to when: "2026-01-01 to 2026-03-31". Limits are
    `ranged`."""
    return Text(f"{low}至{high}", f"{low} to {high}")


def ranged(low: str, high: str) -> Text:
    """Return two limits, as texts, as a range in each language: "7.8%～16.3%" and "7.8–16.3%", "−1.2～+0.4"
    and "−1.2 to +0.4"."""
    return Text(ranges.chinese(low, high), ranges.english(low, high))


def inside(text: Text) -> Text:
    """Return a phrase as it stands within brackets: its own brackets become commas, "2026, up to 1
    December"."""
    zh, en = text.zh.replace("（", "，").replace("）", ""), text.en.replace(" (", ", ").replace(")", "")
    return Text(zh, en)


def same(value: str) -> Text:
    """Return a phrase that is the same in both languages, such as a code."""
    return Text(value, value)


def numbered(number: str) -> Text:
    """Return the number of a standard, such as GB 18401-2010: the same in both languages but for the mark of
    an edition that a program made up."""
    return Text(number, in_english(number))


def spoken(text: Text) -> str:
    """Return a phrase as plain text in the deployment's languages, joined by /, for attributes and titles,
    which cannot hold elements."""
    said = {"zh": ranges.in_chinese(text.zh), "en": text.en}
    return " / ".join(dict.fromkeys(said[language] for language in deployment().languages))


def capital(text: Text) -> Text:
    """Return the phrase as a heading: its English begins with a capital letter, its Chinese is unchanged. A
    first word with a capital letter inside it, such as pH, stays as it is."""
    first = text.en.split(maxsplit=1)[:1]
    if first and any(letter.isupper() for letter in first[0][1:]):
        return text
    return Text(text.zh, text.en[:1].upper() + text.en[1:])


def named(name: str) -> Text:
    """Return the name of a term of the glossary. KeyError where the glossary lacks it."""
    known = term(name)
    return Text(known.zh, known.en)


def listed(name: str) -> dict[str, Text]:
    """Return code → name of the reference file ``schemas/reference/<name>.csv``, whose columns have to be
    code, name_zh and name_en. FileNotFoundError where there is no such file."""
    with (SCHEMAS / "reference" / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return {code: Text(zh, en) for code, zh, en in list(csv.reader(lines))[1:]}


@cache
def coded(name: str) -> Mapping[str, Text]:
    """Return code → name of one list of ``schemas/reference/code_name.csv``, whose rows are list, code,
    name_zh and name_en. ``name``: of the list; KeyError where the file has no such list."""
    return _code_names()[name]


@cache
def _code_names() -> dict[str, dict[str, Text]]:
    found: dict[str, dict[str, Text]] = {}
    with (SCHEMAS / "reference" / "code_name.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            found.setdefault(row["list"], {})[row["code"]] = Text(row["name_zh"], row["name_en"])
    return found


SITE = Text("质量观象台", "Quality Observatory")

DESIGN = {
    "probability": named("probability_samples"),
    "targeted": named("targeted_samples"),
}
# A rate of targeted samples is a finding rate and never the market's (definitions.md#finding-rate): its name
# says so wherever it stands.
RATE_NAME = {
    "probability": named("exposure_rate"),
    "targeted": named("finding_rate"),
}
RATE_NOTE = {
    "probability": Text(
        "以已知概率抽取，按入样概率和销量加权：每售出100件商品，估计有几件不合格。",
        (
            "Drawn with known probabilities, weighted by them and by units sold: of every 100 units sold, "
            "how many do not conform."
        ),
    ),
    "targeted": Text(
        "因风险、投诉或跟踪而抽取，只反映所查对象中发现问题的程度，不代表市场，也不能用来比较优劣。",
        (
            "Drawn because of risk, complaints or follow-up: how often the checks found something. It is not "
            "the market's rate and gives no ranking."
        ),
    ),
}
ROLE = {
    "seller": Text("销售者所在地", "Where the seller is"),
    "producer": Text("生产者所在地", "Where the producer is"),
    "consumer": Text("消费者所在地", "Where the consumer is"),
}
PLAN_TYPE = {
    "probability": Text("概率抽样", "probability samples"),
    "targeted": Text("靶向抽样", "targeted samples"),
    "complaint_led": Text("投诉线索", "complaint-led"),
    "follow_up": Text("跟踪抽查", "follow-up"),
}
PLATFORM_KIND = {
    "marketplace": Text("综合平台", "marketplace"),
    "brand_store": Text("品牌自营", "brand store"),
    "livestream": Text("直播电商", "livestream"),
    "group_buying": Text("团购", "group buying"),
    "cross_border": Text("跨境电商", "cross-border"),
    "other": Text("其他", "other"),
}
COUNTS = {
    "n_sampled": named("sampled"),
    "n_exited_violation": named("violation_exits"),
    "n_exited_void": named("void_exits"),
    "n_tested": named("tested"),
    "n_not_judged": named("not_judged"),
    "n_conforming": named("none_found"),
    "n_nonconforming": named("nonconforming"),
    "n_first_nonconforming": named("first_nonconforming"),
    "n_overturned": named("overturned"),
    "n_serious": named("serious"),
    "n_open": named("open"),
}
PLAN_COUNTS = {
    "n_planned": Text("计划买样", "Planned"),
    "n_ordered": Text("下单", "Ordered"),
    "n_cancelled": Text("取消", "Cancelled"),
    "n_received": Text("收样", "Received"),
    "n_lost": Text("丢失", "Lost"),
    **{
        c: COUNTS[c] for c in ("n_sampled", "n_exited_violation", "n_exited_void", "n_tested", "n_not_judged")
    },
    **{c: COUNTS[c] for c in ("n_first_nonconforming", "n_nonconforming", "n_open")},
}
# The counts that a table of rates shows; a download holds them all.
SHOWN_COUNTS = (
    "n_sampled",
    "n_exited_violation",
    "n_exited_void",
    "n_tested",
    "n_not_judged",
    "n_nonconforming",
    "n_serious",
    "n_open",
)
LEDGER = {
    "records": Text("记录", "Records"),
    "unreadable": Text("无法读取", "Unreadable"),
    "exploded": Text("已拆分", "Exploded"),
    "produced": Text("拆分所得", "Produced"),
    "rejected": Text("拒收", "Rejected"),
    "loaded": Text("装载", "Loaded"),
    "accepted": Text("接受", "Accepted"),
    "quarantined": Text("隔离", "Quarantined"),
    "superseded": Text("被取代", "Superseded"),
    "repeated": Text("重复", "Repeated"),
    "unlinked": Text("上级记录未到", "Unlinked"),
    "unjoined": Text("未关联到伴随文件", "Unjoined"),
    "unused": Text("未用", "Unused"),
}
FILE_STATUS = {
    "landed": Text("已接收", "received"),
    "empty": Text("空文件", "empty"),
    "repeated": Text("重复报送", "repeated"),
    "refused": Text("已拒收", "refused"),
    "held": Text("暂不采用", "held"),
    "expired": Text("已过保存期", "past its retention"),
}
SCRUBBED = {
    "phone": Text("电话号码", "phone numbers"),
    "id": Text("身份证件号", "identity numbers"),
    "email": Text("邮箱地址", "e-mail addresses"),
    "card": Text("银行卡号", "bank card numbers"),
    "account": Text("微信或QQ号", "WeChat or QQ accounts"),
    "address": Text("住址", "addresses of homes"),
    "name": Text("姓名", "names of persons"),
}
STATE = {
    "fresh": Text("本次更新", "fresh"),
    "skipped": Text("输入未变", "unchanged"),
    "stale": Text("沿用旧版", "stale"),
    "absent": Text("缺失", "absent"),
}
VERDICT = {
    "passed": Text("通过", "passed"),
    "warned": Text("通过，有警示", "passed with warnings"),
    "failed": Text("未通过", "failed"),
    "none": Text("无检查项", "nothing to check"),
}
SEVERITY = {
    "critical": Text("关键", "critical"),
    "warning": Text("警示", "warning"),
    "info": Text("提示", "info"),
}
FAMILY = {
    "platform": Text("平台", "Platforms"),
    "regulator": Text("监管部门", "Regulators"),
    "complaint": Text("投诉举报", "Complaints"),
    "lab": Text("检验机构", "Laboratories"),
    "brand": Text("品牌权利人", "Brand owners"),
    "customs": Text("海关", "Customs"),
    "commerce": Text("商务、发展改革部门", "Commerce and planning authorities"),
    "standards": Text("标准化机构", "Standards body"),
    "overseas": Text("境外通报", "Overseas notices"),
    "reference": Text("参照数据", "Reference data"),
    "": Text("未登记", "not registered"),
}
CADENCE = {
    "hourly": Text("每小时", "hourly"),
    "daily": Text("每日", "daily"),
    "weekly": Text("每周", "weekly"),
    "monthly": Text("每月", "monthly"),
    "quarterly": Text("每季", "quarterly"),
    "yearly": Text("每年", "yearly"),
    "irregular": Text("不定期", "irregular"),
}
BATCH = {
    "rows": Text("逐行", "rows"),
    "metrics": Text("整表指标", "metrics"),
    "columns": Text("各列与以往运行相比", "columns against earlier runs"),
}
# Figures of ops.table_metric that the gate's page shows, in this order; those of one column only where it
# moved.
METRIC = {
    "row_count": Text("行数", "rows"),
    "row_count_ratio": Text("行数与近7次运行中位数之比", "rows to the median of the last seven runs"),
    "volume_outside": Text("行数超出往常范围的程度", "how far the rows lie outside their usual range"),
    "quarantined_share": Text("隔离占比", "share quarantined"),
    "superseded_share": Text("被取代占比", "share superseded"),
    "unlinked_share": Text("上级记录未到占比", "share without its parent"),
    "null_share_change": Text("空值占比的变动", "change of the null share"),
    "drift": Text("取值分布的偏移（全变差）", "drift of the values (total variation)"),
}

NOT_WEIGHTED = Text("不能推算", "cannot be weighted")
TOO_FEW = named("insufficient")
NO_ORDERS = Text("未报送订单", "no orders filed")
CONFIDENTIAL = named("confidential")
WITHHELD = Text(
    "保密：企业不足五家、一家占比超过85%，或可由相减推算得出。订单数及以其为分母的数值不展示。",
    (
        "Confidential: fewer than five enterprises, or one enterprise holding more than 85%, or a figure "
        "from which such a figure could be computed. Orders, and figures divided by them, are not shown."
    ),
)
INDIVIDUAL = Text("自然人经营者", "an individual, not named")  # in place of a name that is withheld
# Beside the shares of gold.complaint_handling: what the index makes of them (gold.deadline_count).
DUTIES_TOGETHER = Text(
    "质量指数的指标“投诉按时办理率”把各项期限的件数合计，调解成功和重复投诉人不在其中，只计平台应报送数据的月份。",
    "The indicator “complaints handled on time” of the quality index adds up the cases of all duties with a "
    "deadline, without mediation success and repeat complainants, of the months for which platforms had to "
    "file data.",
)
WITHHELD_LINES = Text("保密（订单行数）", "confidential (number of order lines)")
UNPUBLISHED = Text("未发布", "Not published")  # an index
NO_JUDGED = Text("无已判定样品", "none judged")
NONE_FOUND = Text("所检项目未发现不合格", "no tested item failed")


# Not "revision 0": the first one revises nothing.
FIRST_PUBLICATION = Text("首次发布", "first publication")


def revision_text(revision: int) -> Text:
    """Return how a bundle's revision is called: 首次发布 / first publication, 第2次修订 / revision 2."""
    return Text(f"第{revision}次修订", f"revision {revision}") if revision else FIRST_PUBLICATION


def label(words: Mapping[str, Text], code: object) -> Text:
    """Return the phrase of a code; the code itself in both languages where ``words`` lacks it, so that an
    unknown code is seen, and an empty phrase for None. NaN is not taken for None: it gives "nan"."""
    if isinstance(code, str) and code in words:
        return words[code]
    return same("" if code is None else str(code))
