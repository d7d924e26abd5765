"""Which hazards goods have, by level-1 category, and what buyers write about them. No text was written by a
real person."""

from __future__ import annotations

ELECTRIC = ("electric_shock", "fire")
# Level-1 category → the hazards of its goods, the usual one first; of others CHEMICAL.
CHEMICAL = ("chemical",)
CODES = {"injury": "injuries"}  # hazards that silver.hazard calls otherwise
HAZARDS = {
    "HA": ELECTRIC,
    "EL": ("fire", "electric_shock"),
    "LT": ELECTRIC,
    "TY": ("choking", "chemical"),
    "IC": ("choking", "injury"),
    "FN": ("injury", "chemical"),
    "HM": ("chemical", "injury"),
    "VH": ("injury", "fire"),
    "SP": ("injury",),
    "PP": ("injury",),
}
# Complaints that name a hazard, {} being the product; words that silver.hazard_term takes as certain.
COMPLAINTS = {
    "electric_shock": (
        "【合成】{}漏电，手被电麻，要求退货并赔偿。",
        "【合成】{}外壳带电，一碰就麻手，请求检测。",
    ),
    "fire": ("【合成】{}使用中冒烟起火，请求查处。", "【合成】{}用了几天就烧焦，有焦糊味，要求退货。"),
    "chemical": ("【合成】{}有刺鼻气味，请求检测。", "【合成】{}气味很大，闻了头晕，要求退货。"),
    "choking": (
        "【合成】{}的小零件一扯就掉，孩子差点误吞，请求查处。",
        "【合成】孩子误吞了{}上掉下来的珠子，请求查处。",
    ),
    "injury": (
        "【合成】{}用了不久就断裂，把人摔伤了，请求查处。",
        "【合成】{}突然断裂，人摔倒了，要求赔偿。",
    ),
}
# Complaints of quality that name none.
COMPLAINTS_ELSE = (
    "【合成】购买的{}使用中出现故障，要求退货并赔偿。",
    "【合成】{}没有中文标识，也没有厂名厂址。",
    "【合成】{}与页面描述的材质不符，怀疑不合格。",
    "【合成】{}用了两天就坏，商家拒绝退换。",
)
REVIEWS = {
    "electric_shock": ("合成评价：漏电，很危险。", "合成评价：外壳带电，麻手。"),
    "fire": ("合成评价：用着用着冒烟了。", "合成评价：有焦糊味，不敢再用。"),
    "chemical": ("合成评价：有刺鼻气味，不敢用。", "合成评价：味道很大，闻着头晕。"),
    "choking": ("合成评价：小零件一扯就掉，怕孩子误吞。", "合成评价：珠子掉下来，孩子差点误吞。"),
    "injury": ("合成评价：没用多久就断裂，人摔倒了。", "合成评价：不牢固，用时断裂，摔了一跤摔伤了手。"),
}
REVIEWS_ELSE = (
    "合成评价：用了两天就坏了。",
    "合成评价：与页面描述不符。",
    "合成评价：没有中文标识，像是假货。",
)


# Of six texts about a defect so many name a hazard, and in an outbreak so many name its hazard.
TEXTS, NAME_ONE, NAME_STRUCK = 6, 3, 5
NAMING_HURT = NAME_STRUCK / TEXTS


def hazards_of(parent: str) -> tuple[str, ...]:
    """Return the hazards of the goods of a level-1 category, the usual one first. ``parent``: its code of
    two letters."""
    return HAZARDS.get(parent, CHEMICAL)


def naming(parent: str, hazard: str) -> float:
    """Return the share (0–1) of reviews of a defect of such goods that name this ``hazard``, outside of
    outbreaks. ``parent``: code of the level-1 category."""
    usual = hazards_of(parent)
    return sum(usual[text % len(usual)] == hazard for text in range(NAME_ONE)) / TEXTS
