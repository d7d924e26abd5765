"""Writes the sentences of shopping guidance in Chinese and English from the numbers of its rows. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import pandas as pd

from jobs.deployment import deployment
from jobs.made_up import in_english
from jobs.marts.overview.guidance_samples import TARGETED
from jobs.marts.overview.unit_items import SHARE
from jobs.marts.overview.unit_words import shown
from jobs.methods import intervals, ranges
from jobs.plurals import plural

BANDS = ("low", "middle", "high")  # thirds of the prices
# Violation found before the test, or kind of goods that advice is for without any failure (`use:`) → its name
# in advice, in Chinese and English.
ADVICE = {
    "exit:no_maker": ("三无产品", "goods without a maker's name"),
    "exit:suspected_counterfeit": ("涉嫌假冒", "suspected counterfeits"),
    "use:extension_lead": ("延长线插座", "extension leads"),
}
_BAND = {
    "low": ("价格较低的三分之一", "the cheapest third"),
    "middle": ("价格居中的三分之一", "the middle third"),
    "high": ("价格较高的三分之一", "the dearest third"),
}
_DESIGN = {"probability": ("概率抽样", "probability samples"), "targeted": ("靶向抽样", "targeted samples")}
_ONLY_CHECKED = ("；只说明所查对象，不代表市场", "; this describes what was checked, not the market")


@dataclass(frozen=True)
class Failed:
    """A test item that failed for a product, as `item_words` needs it. ``name_zh``, ``name_en``: its name;
    ``design``: `probability` or `targeted`; ``n``, ``n_failed``: batches tested for it, and those that
    failed; ``value``, ``low``, ``high``: n_failed / n with 95% limits, 0-1; ``reliable``: whether there are
    enough batches to show them; ``class_a``: whether it concerns health and safety; ``hazards``: names as
    (Chinese, English); ``standards``: numbers of standards by which it failed; ``span``: first and last day
    of the samples."""

    name_zh: str
    name_en: str
    design: str
    n: int
    n_failed: int
    value: float
    low: float
    high: float
    reliable: bool
    class_a: bool
    hazards: tuple[tuple[str, str], ...]
    standards: tuple[str, ...]
    span: tuple[date, date]


def item_words(item: Failed) -> tuple[str, str]:
    """Return two sentences, Chinese and English, about a failed item: its name and hazards, how many batches
    failed, by which standards, between which days. The rate is given only where it is reliable; for targeted
    samples the sentence adds that it does not describe the market."""
    safety, hazards = ["涉及人身健康安全"] if item.class_a else [], "、".join(zh for zh, _ in item.hazards)
    about_zh = "：".join([*(safety or (["涉及"] if hazards else [])), *([hazards] if hazards else [])])
    about_en = [*(["health and safety"] if item.class_a else []), *(en.lower() for _, en in item.hazards)]
    kind, days = _DESIGN[item.design], days_words(item.span)
    zh = f"{item.name_zh}{f'（{about_zh}）' if about_zh else ''}：{days[0]}{kind[0]}检验该项"
    zh += f"{item.n:,}批次，不合格{item.n_failed:,}批次"
    en = f"{item.name_en}{' (' + ', '.join(about_en) + ')' if about_en else ''}: {item.n_failed:,} of "
    en += f"{plural(item.n, 'batch', 'batches')} of {kind[1]} tested for it failed, {days[1]}"
    if item.reliable:
        limits = f"{shown(item.low, SHARE)}%", f"{shown(item.high, SHARE)}%"
        zh += f"，占{shown(item.value, SHARE)}%（95%区间{ranges.chinese(*limits)}）"
        en += f": {shown(item.value, SHARE)}% (95% interval {ranges.english(*limits)})"
    else:
        zh += "，不足以计算比率"
        en += ", too few for a rate"
    if item.standards:
        zh += f"；依据{'、'.join(item.standards)}"
        en += f"; by {', '.join(map(in_english, item.standards))}"
    if item.design == TARGETED:
        zh, en = zh + _ONLY_CHECKED[0], en + _ONLY_CHECKED[1]
    return f"{zh}。", f"{en}."


def days_words(span: tuple[date, date]) -> tuple[str, str]:
    """Return the first and the last day of a span as a phrase, Chinese and English."""
    return f"{span[0]:%Y-%m-%d}至{span[1]:%Y-%m-%d}", f"{span[0]:%Y-%m-%d} to {span[1]:%Y-%m-%d}"


def overall_words(
    design: str, n: int, failed: int, value: float, low: float, high: float, span: tuple[date, date]
) -> tuple[str, str]:
    """Return two sentences, Chinese and English, about all batches of a product that were judged.

    ``design``: `probability` or `targeted`; ``n``, ``failed``: batches judged and failed; ``value``, ``low``,
    ``high``: their share with 95% limits, 0-1, NaN where it is not to be shown; ``span``: first and last day
    of the samples."""
    kind, days = _DESIGN[design], days_words(span)
    zh = f"{days[0]}{kind[0]}检验{n:,}批次，不合格{failed:,}批次"
    en = f"{failed:,} of {plural(n, 'batch', 'batches')} of {kind[1]} tested failed, {days[1]}"
    if design == TARGETED:
        return f"{zh}{_ONLY_CHECKED[0]}。", f"{en}{_ONLY_CHECKED[1]}."
    if pd.isna(value):
        return f"{zh}，不足以计算比率。", f"{en}, too few for a rate."
    rate = rate_words(failed, value, low, high)
    part = "" if not failed else "占"
    return f"{zh}，{part}{rate[0]}，未按销量加权。", f"{en}: {rate[1]}, not weighted by sales."


Names = tuple[str, str]  # Chinese, English


def certificate_words(
    kinds: Sequence[tuple[Names, Names | None]],
    lacking: int,
    *,
    of_seller: bool = False,
    of_model: bool = False,
) -> tuple[str, str]:
    """Return two sentences, Chinese and English, that ask buyers to check the certificate that the law
    requires. ``kinds``: names of the certificates of which any one is enough, each with the goods of the
    product that alone need it, None for all of them; ``lacking``: batches that were referred for lack of it
    before they were tested; ``of_seller``: whether the seller needs it and not the goods; ``of_model``:
    whether it names models of goods."""
    filings = [zh.endswith("备案") for (zh, _), _ in kinds]
    by = "或者".join(dict.fromkeys(_issuer(zh) for (zh, _), _ in kinds))
    issuer = "office that took it" if all(filings) else "issuer or office" if any(filings) else "issuer"
    shop_zh, shop_en = "销售页面", "shop's page of the goods"
    same_zh, same_en = "编号、产品名称与生产者名称", "number, product name and maker"
    if of_model:
        same_zh, same_en = "编号、型号与生产者名称", "number, model and maker"
    if of_seller:
        shop_zh, shop_en = "店铺页面", "shop's own page"
        same_zh, same_en = "编号与经营者名称", "number and seller's name"
    found_zh, found_en = "", ""
    if lacking:
        found_zh = f"另有{lacking:,}批次因无证在检验前移送查处。"
        found_en = f" Referred before the test for lack of it: {plural(lacking, 'batch', 'batches')}."
    asked_zh, asked_en = _asked(kinds, of_seller)
    return (
        f"{asked_zh}：{shop_zh}应展示编号，到{by}网站核对{same_zh}，不一致的不要购买。{found_zh}",
        (
            f"Required by law{asked_en}. Its number must be on the {shop_en}; compare {same_en} with the "
            f"{issuer}, and do not buy what does not match.{found_en}"
        ),
    )


def _asked(kinds: Sequence[tuple[Names, Names | None]], of_seller: bool) -> Names:
    """Say which goods must have which certificates, those of the same goods together. Where one is for all
    goods, those for some of them are enough there too. Arguments as of `certificate_words`."""
    by_goods: dict[Names | None, list[Names]] = {}
    for kind, goods in kinds:
        by_goods.setdefault(goods, []).append(kind)
    of_all = by_goods.pop(None, [])
    parts_zh, parts_en = [], []
    if of_all:
        parts_zh.append(f"{'经营者' if of_seller else ''}依法应当{_obtained(of_all)}")
        parts_en.append(f"{' of the seller' if of_seller else ''}: {_either(of_all)}")
    for goods, names in by_goods.items():
        zh, en = goods or ("", "")
        who = f"{zh}的经营者" if of_seller else zh
        if of_all:
            parts_zh.append(f"{who}也可以{_obtained(names)}")
            parts_en.append(f" for {en}, {_either(names)} is enough too")
        else:
            parts_zh.append(f"{who}依法应当{_obtained(names)}")
            parts_en.append(f" {'of the seller of' if of_seller else 'for'} {en}: {_either(names)}")
    return "，".join(parts_zh), ";".join(parts_en)


def _obtained(names: Sequence[Names]) -> str:
    return "或者".join(f"{_needed(zh)}{zh}" for zh, _ in names)


def _either(names: Sequence[Names]) -> str:
    return " or ".join(en for _, en in names)


def _issuer(zh: str) -> str:
    """Who keeps the numbers of certificates of this name: filings and certifications have bodies, licences,
    approvals and registrations the authority that grants them."""
    if zh.endswith("备案"):
        return "备案机构"
    return "认证机构" if "认证" in zh else "发证机关"


def _needed(zh: str) -> str:
    """What is done about a certificate of this name: a certification is undergone, a filing or a registration
    made, a licence obtained."""
    if "认证" in zh:
        return "经"
    return "办理" if zh.endswith(("备案", "注册")) else "取得"


@dataclass(frozen=True)
class Third:
    """The goods in one third of the prices of a product. ``band``: `low`, `middle` or `high`; ``n``,
    ``failed``: batches judged and failed; ``value``, ``low``, ``high``: their rate with 95% limits, 0-1;
    ``price_from``, ``price_to``: bounds of the third in the deployment's currency, NaN where it has none or
    they are not to be shown; ``products``: of how many products the goods are, each with its own thirds."""

    band: str
    n: int
    failed: int
    value: float
    low: float
    high: float
    price_from: float
    price_to: float
    products: int


def price_words(third: Third) -> tuple[str, str]:
    """Return two sentences, Chinese and English, with the failure rate of the goods in one third of the
    prices. Raises KeyError for a band that is not known."""
    zh, en = _BAND[third.band]
    money, code = deployment().currency_zh, deployment().currency
    ends = [None if pd.isna(p) else f"{p:,.0f}" for p in (third.price_from, third.price_to)]
    if third.products > 1:
        zh = f"{zh}（{third.products}种产品各按自身价格划分，无共同的价格界限）"
        split = "each split by its own prices, so no single price limit applies"
        en = f"{en} ({third.products} products, {split})"
    if any(ends):
        words = {
            (False, True): (f"（{ends[1]}{money}及以下）", f" (up to {code} {ends[1]})"),
            (True, True): (f"（{ends[0]}至{ends[1]}{money}）", f" ({code} {ends[0]} to {ends[1]})"),
        }
        more = words.get(
            (ends[0] is not None, ends[1] is not None),
            (f"（{ends[0]}{money}以上）", f" (above {code} {ends[0]})"),
        )
        zh, en = f"{zh}{more[0]}", f"{en}{more[1]}"
    rate = rate_words(third.failed, third.value, third.low, third.high)
    return (
        f"{zh}：概率抽样{third.n:,}批次，不合格{third.failed:,}批次，不合格检出率{rate[0]}。",
        (
            f"{en[0].upper()}{en[1:]}: {third.failed:,} of {plural(third.n, 'batch', 'batches')} of "
            f"probability samples failed, {rate[1]}."
        ),
    )


def rate_words(failed: int, value: float, low: float, high: float) -> tuple[str, str]:
    """Return a share of failed batches (``value``, with 95% limits ``low`` and ``high``, 0-1) in Chinese and
    English; where none ``failed``, the upper limit below which it lies."""
    if not failed:
        top = max(shown(high, SHARE), Decimal("0.1"))
        return f"低于{top}%", f"below {top}%"
    limits, rate = (f"{shown(low, SHARE)}%", f"{shown(high, SHARE)}%"), f"{shown(value, SHARE)}%"
    return f"{rate}（95%区间{ranges.chinese(*limits)}）", f"{rate} (95% interval {ranges.english(*limits)})"


def compared_words(words: tuple[str, str], cheap: Third, dear: Third) -> tuple[str, str]:
    """Return ``words`` (Chinese, English), each followed by a sentence on the rates of the cheapest and the
    dearest third: which is higher, where the 95% limits of their difference (Newcombe) leave out 0, else that
    the difference may be chance. Only n and failed of the thirds are used; each must have a judged batch,
    since without one the sentence would speak of chance."""
    low, high = intervals.difference(cheap.failed, cheap.n, dear.failed, dear.n)
    if low > 0:
        more = (
            "低价的不合格率高于高价，超出随机波动。",
            "Cheap goods fail more often than dear ones, beyond chance.",
        )
    elif high < 0:
        more = (
            "高价的不合格率高于低价，超出随机波动。",
            "Dear goods fail more often than cheap ones, beyond chance.",
        )
    else:
        more = (
            "低价与高价商品的不合格率无显著差异，差别可能属随机波动。",
            "The difference between cheap and dear goods may be chance.",
        )
    return f"{words[0]}{more[0]}", f"{words[1]} {more[1]}"
