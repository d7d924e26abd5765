"""Writes the sentences of shopping guidance in Chinese and English from the numbers of its rows. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from jobs.deployment import deployment
from jobs.marts.overview.guidance_samples import TARGETED
from jobs.marts.overview.unit_items import SHARE
from jobs.marts.overview.unit_words import shown
from jobs.plurals import plural

BANDS = ("low", "middle", "high")  # thirds of the prices
# Violation found before the test → its name in advice, in Chinese and English.
ADVICE = {
    "exit:no_maker": ("三无产品", "goods without a maker's name"),
    "exit:suspected_counterfeit": ("涉嫌假冒", "suspected counterfeits"),
    "exit:no_licence": ("无许可", "goods without a licence"),
    "exit:no_certificate": ("无认证", "goods without a certificate"),
}
_BAND = {
    "low": ("价格较低的三分之一", "the cheapest third"),
    "middle": ("价格居中的三分之一", "the middle third"),
    "high": ("价格较高的三分之一", "the dearest third"),
}


@dataclass(frozen=True)
class Failed:
    """A test item that failed for a product, as `item_words` needs it. ``name_zh``, ``name_en``: its name;
    ``design``: `probability` or `targeted`; ``n``, ``n_failed``: batches tested for it, and those that
    failed; ``value``, ``low``, ``high``: n_failed / n with 95% limits, 0-1; ``reliable``: whether there are
    enough batches to show them; ``class_a``: whether it concerns health and safety; ``hazards``: names as
    (Chinese, English); ``standards``: numbers of standards by which it failed; ``years``: first and last year
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
    years: tuple[int, int]


def item_words(item: Failed) -> tuple[str, str]:
    """Return two sentences, Chinese and English, about a failed item: its name and hazards, how many batches
    failed, by which standards, in which years. The rate is given only where it is reliable; for targeted
    samples the sentence adds that it does not describe the market."""
    about_zh = [*(["涉及人身健康安全"] if item.class_a else []), *(zh for zh, _ in item.hazards)]
    about_en = [*(["health and safety"] if item.class_a else []), *(en.lower() for _, en in item.hazards)]
    kind = (
        ("靶向抽样", "targeted samples") if item.design == TARGETED else ("概率抽样", "probability samples")
    )
    first, last = item.years
    years = str(first) if first == last else f"{first}–{last}"
    zh = f"{item.name_zh}{'（' + '、'.join(about_zh) + '）' if about_zh else ''}：{years}年{kind[0]}检验该项"
    zh += f"{item.n:,}批次，不合格{item.n_failed:,}批次"
    en = f"{item.name_en}{' (' + ', '.join(about_en) + ')' if about_en else ''}: {item.n_failed:,} of "
    en += f"{plural(item.n, 'batch', 'batches')} of {kind[1]} tested for it failed, {years}"
    if item.reliable:
        limits = f"{shown(item.low, SHARE)}–{shown(item.high, SHARE)}%"
        zh += f"，占{shown(item.value, SHARE)}%（95%区间{limits}）"
        en += f": {shown(item.value, SHARE)}% (95% interval {limits})"
    else:
        zh += "，不足以计算比率"
        en += ", too few for a rate"
    if item.standards:
        zh += f"；依据{'、'.join(item.standards)}"
        en += f"; by {', '.join(item.standards)}"
    if item.design == TARGETED:
        zh += "；只说明所查对象，不代表市场"
        en += "; this describes what was checked, not the market"
    return f"{zh}。", f"{en}."


def certificate_words(zh: str, en: str) -> tuple[str, str]:
    """Return two sentences, Chinese and English, that ask buyers to check the certificate that the law
    requires. ``zh``, ``en``: its name in these languages."""
    needed = "经" if "认证" in zh else "取得"  # a certification is undergone, a licence obtained
    return (
        f"依法应当{needed}{zh}：页面应展示编号，到发证机构网站核对编号、型号与厂名，不一致的不要购买。",
        (
            f"Required by law: {en}. Its number must be on the page; compare number, model and maker with "
            f"the issuer, and leave what does not match."
        ),
    )


def price_words(
    band: str, n: int, failed: int, value: float, low: float, high: float, price_from: float, price_to: float
) -> tuple[str, str]:
    """Return two sentences, Chinese and English, with the failure rate of the goods in one third of the
    prices.

    ``band``: the third, `low`, `middle` or `high` (KeyError for another); ``n``, ``failed``: batches judged
    and failed; ``value``, ``low``, ``high``: their rate with 95% limits, 0-1; ``price_from``, ``price_to``:
    bounds of the third in the deployment's currency, NaN where it has none or they are not to be shown."""
    zh, en = _BAND[band]
    money, code = deployment().currency_zh, deployment().currency
    ends = [None if pd.isna(p) else f"{p:,.0f}" for p in (price_from, price_to)]
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
    rate = f"{shown(value, SHARE)}%", f"{shown(low, SHARE)}–{shown(high, SHARE)}%"
    return (
        f"{zh}：概率抽样{n:,}批次，不合格{failed:,}批次，不合格检出率{rate[0]}（95%区间{rate[1]}）。",
        (
            f"{en[0].upper()}{en[1:]}: {failed:,} of {plural(n, 'batch', 'batches')} of probability samples "
            f"failed, {rate[0]} "
            f"(95% interval {rate[1]})."
        ),
    )
