"""Order of units in the public tables of scores."""

from __future__ import annotations

from jobs.publish.public_units import standing


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
