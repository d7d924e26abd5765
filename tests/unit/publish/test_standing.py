"""Order of units in the public tables of scores."""

from __future__ import annotations

import pytest

from jobs.publish.public_units import of_tiers, standing


def test_units_with_too_few_batches_for_a_tier_come_after_all_others_by_their_batches() -> None:
    rows = [
        {"dimension_code": code, "score": score, "tier": tier, "n_judged": n}
        for code, score, tier, n in (
            ("P38", 71.7, None, 1),  # the highest score, of one batch
            ("P03", 67.7, 1, 20),
            ("P13", 67.9, 1, 10),
            ("P08", 69.1, None, 9),
            ("P02", 68.5, 2, 29),
            ("P05", 67.9, 1, 11),
        )
    ]
    listed = [row["dimension_code"] for row in sorted(rows, key=standing)]
    assert listed == ["P05", "P13", "P03", "P02", "P08", "P38"]


@pytest.mark.parametrize(
    ("tiers", "zh", "en"),
    [
        ([1, 1, None], "2个有档次的单位同在第1档，不分先后。", "All 2 units with a tier are in one tier"),
        ([1, 2, 2], "第1档最高，同档单位不分先后。", "Tier 1 is the highest"),
        ([1, None], "仅1个单位有档次，无从比较。", "One unit alone has a tier"),
        ([None, None], "均不分档，排列先后不表示优劣。", "No unit has a tier"),
    ],
)
def test_a_line_above_the_table_says_whether_tiers_put_units_in_an_order(
    tiers: list[int | None], zh: str, en: str
) -> None:
    """Where all units with a tier are in tier 1, the last one listed was read as the worst."""
    line = of_tiers(tiers)
    assert line.zh.endswith(zh) and line.en.startswith(en)
