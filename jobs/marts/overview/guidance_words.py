"""Shopping guidance in plain words, made from the numbers of its rows. Pure."""

from __future__ import annotations

import pandas as pd

from jobs.deployment import deployment
from jobs.marts.overview.guidance_samples import TARGETED
from jobs.marts.overview.unit_items import SHARE
from jobs.marts.overview.unit_words import shown

BANDS = ("low", "middle", "high")
# Violations found before the test, as they are called when advice is given.
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


def item_words(
    item: str,
    design: str,
    n: int,
    failed: int,
    value: float,
    low: float,
    high: float,
    reliable: bool,
    class_a: bool,
) -> tuple[str, str]:
    """What fails: counts always, a rate only where it may be read; a finding rate says that it is not the
    market's."""
    safety = ("（涉及人身健康安全）", " (health and safety)") if class_a else ("", "")
    kind = ("靶向抽样", "targeted samples") if design == TARGETED else ("概率抽样", "probability samples")
    zh = f"{item}{safety[0]}：{kind[0]}检验该项{n:,}批，不合格{failed:,}批"
    en = f"{item}{safety[1]}: {failed:,} of {n:,} batches of {kind[1]} tested for it failed"
    if reliable:
        zh += f"，占{shown(value, SHARE)}%（95%区间{shown(low, SHARE)}–{shown(high, SHARE)}%）"
        en += f", {shown(value, SHARE)}% (95 % limits {shown(low, SHARE)}–{shown(high, SHARE)}%)"
    else:
        zh += "，不足以计算比率"
        en += ", not precise enough for a rate"
    if design == TARGETED:
        zh += "；只说明所查对象，不代表市场"
        en += "; this speaks of what was looked at, not of the market"
    return f"{zh}。", f"{en}."


def certificate_words(zh: str, en: str) -> tuple[str, str]:
    """Ask for what the law asks for."""
    return (
        f"依法应有{zh}：页面应展示编号，到发证机构网站核对编号、型号与厂名，对不上的不买。",
        (
            f"By law it needs {en}: its number must be on the page; compare number, model and maker with "
            f"the issuer, and leave what does not match."
        ),
    )


def price_words(
    band: str, n: int, failed: int, value: float, low: float, high: float, price_from: float, price_to: float
) -> tuple[str, str]:
    """The rate of a third of the prices; of a single product also between which prices it lies."""
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
        f"{zh}：概率抽样{n:,}批，不合格{failed:,}批，检出率{rate[0]}（95%区间{rate[1]}）。",
        (
            f"{en[0].upper()}{en[1:]}: {failed:,} of {n:,} batches of probability samples failed, {rate[0]} "
            f"(95 % limits {rate[1]})."
        ),
    )
