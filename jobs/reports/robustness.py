"""How far ranks of the quality index depend on choices of the method (weights, goalposts, rule of
aggregation), as quality.html shows it (gold.quality_index_robustness). Pure."""

from __future__ import annotations

from typing import Any

from jobs.arrays import dicts
from jobs.methods.rounding import fixed
from jobs.reports.gathered import Gathered
from jobs.reports.index_parts import tenth
from jobs.reports.names import KINDS
from jobs.reports.numbers import DASH, minus, missing, percent
from jobs.reports.wording import Text, same

TABLE = "gold.quality_index_robustness"
SOURCE = {
    "values": Text("数值（抽样与计数）", "values (samples and counts)"),
    "weights": Text("权重（±25%）", "weights (±25%)"),
    "goalposts": Text("评分上下限（±10%）", "goalposts (±10%)"),
    "aggregation": Text("合成规则（几何或算术）", "rule of aggregation (geometric or arithmetic)"),
    "exclusion": Text("剔除一项指标", "one indicator left out"),
}
LEVELS = {"1": "一级", "2": "二级"}  # a level of categories, as their own headings call it
RULES = ("rank_geometric", "rank_arithmetic", "rank_noncompensatory", "rank_best_case")


def robustness_parts(known: Gathered) -> list[dict[str, Any]]:
    """Return one part per dimension and level (of categories; '' for others) with ranks in
    `Gathered.index_period`. Empty where no index is published or the table has no rows.

    ``n``: number of units ranked; ``shift``: mean absolute shift of ranks when all choices are redrawn;
    ``sources``: shares of the ranks' variance by a choice alone and with its interactions (Sobol); ``alpha``:
    Cronbach's alpha; ``components``: shares of the principal components; ``units``: each unit's rank under
    each of RULES, sorted by that under the published rule, which is the first.
    """
    period, rows = known.index_period, known.night.frame(TABLE)
    if period is None or rows.empty:
        return []
    rows = rows[(rows["period_type"] == period[0]) & (rows["period_start"] == period[1])]
    found = []
    for (dimension, level), part in rows.groupby(["dimension_type", "level"]):
        figures = {(r["statistic"], r["item"], r["item2"]): r["value"] for r in dicts(part)}
        codes = [item for statistic, item, _ in figures if statistic == RULES[0]]
        found.append(
            {
                "dimension": dimension,
                "name": KINDS[dimension].many if not level else _of_level(KINDS[dimension].many, level),
                "n": int(figures["n_ranked", "", ""]),
                "shift": tenth(figures.get(("rank_shift", "", ""))),
                "sources": [
                    {
                        "name": name,
                        "first": percent(figures.get(("sobol_first", source, ""))),
                        "total": percent(figures.get(("sobol_total", source, ""))),
                    }
                    for source, name in SOURCE.items()
                    if ("sobol_total", source, "") in figures
                ],
                "alpha": [
                    (known.pillar(item) if item else Text("各方面之间", "across pillars"), _two(value))
                    for (statistic, item, _), value in figures.items()
                    if statistic == "cronbach_alpha"
                ],
                "components": [
                    percent(value)
                    for (statistic, _, _), value in figures.items()
                    if statistic == "component_share"
                ],
                "units": [
                    {
                        "code": code,
                        "name": known.names.of(dimension, code),
                        "ranks": [_whole(figures.get((rule, code, ""))) for rule in RULES],
                        "best": percent(figures.get(("best_case", code, ""))),
                    }
                    for code in sorted(codes, key=lambda c: (figures[RULES[0], c, ""], c))
                ],
            }
        )
    return found


def _of_level(many: Text, level: str) -> Text:
    name = LEVELS.get(level, f"{level}级")
    return Text(f"{name}{many.zh.removeprefix('各')}", f"{many.en} (level {level})")


def _whole(value: Any) -> str:
    return DASH if missing(value) else f"{int(value)}"


def _two(value: Any) -> Text:
    return same(minus(fixed(value, 2)))
