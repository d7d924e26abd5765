"""Remarks on batches in bundles, as notices of authorities print them beside a batch (备注): that the marked
producer denied having made it, and was right."""

from __future__ import annotations

import pandas as pd

from jobs.contracts.model import Column
from jobs.reports.procedure import authenticity_said

REMARKS = (
    Column(
        "remark",
        "string",
        False,
        False,
        "备注",
        "真伪异议成立的，写明提出方和责任：标称生产者否认生产、异议成立的，该批次不是其产品；没有的为空",
        "says in Chinese that an objection to the authenticity was upheld, and who answers for the goods: "
        "where it was the marked producer's, the goods are not its own; null without one",
    ),
    Column("remark_en", "string", False, False, "备注英文", "备注的英文", "the English of remark"),
)


def with_remarks(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows (of gold.bulletin) with the columns REMARKS, None in rows without a remark."""
    said = [
        None
        if party is None or pd.isna(party)
        else authenticity_said(party, fails=outcome == "nonconforming")
        for party, outcome in zip(rows["authenticity_upheld_for"], rows["final_outcome"], strict=True)
    ]
    columns = {"remark": [t and t.zh for t in said], "remark_en": [t and t.en for t in said]}
    return rows.assign(**{name: pd.Series(v, rows.index, dtype=object) for name, v in columns.items()})
