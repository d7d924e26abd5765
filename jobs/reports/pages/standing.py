"""Whether the worst of a unit's parts is worse than chance would make it, which a ranking by few batches
cannot show. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scipy.stats import hypergeom

from jobs.methods.multiplicity import adjust
from jobs.reports.figures import Line
from jobs.reports.numbers import judged
from jobs.reports.wording import Text

SURE = 0.05


def suspect(listed: list[Line], whole: Mapping[str, Any] | None) -> Text | None:
    """In words the part that stands out most, and whether it does so beyond chance; None where no batch of
    any part failed.

    ``listed``: probability samples of the parts; ``whole``: the row of gold.detection_rate of what they are
    parts of. Each part's batches are tested against all others of the whole (Fisher's exact test, one-sided,
    unweighted batches), corrected for having looked at all parts (Holm, 1979): of twenty categories one is
    always the worst.
    """
    if whole is None:
        return None
    failed, tried = int(whole["n_nonconforming"]), judged(whole)
    parts = [
        (x, int(x.row["n_nonconforming"]), judged(x.row))
        for x in listed
        if judged(x.row) and x.code != "unknown"
    ]
    parts = [(x, bad, n) for x, bad, n in parts if bad <= failed and n < tried]
    if len(parts) < 2 or not any(bad for _, bad, _ in parts):
        return None
    chances = [float(hypergeom.sf(bad - 1, tried, failed, n)) for _, bad, n in parts]
    corrected = [float(p) for p in adjust(chances, method="holm")]
    place = min(range(len(parts)), key=lambda i: (chances[i], parts[i][0].code))
    (line, bad, n), p = parts[place], corrected[place]
    shown = "< 0.001" if p < 0.001 else f"= {p:.2g}"
    sure = p < SURE
    return Text(
        f"按批次看，最突出的是{line.name.zh}：{n:,}批次中{bad:,}批次不合格，"
        f"其余{tried - n:,}批次中{failed - bad:,}批次。经{len(parts)}个单位多重比较校正，p {shown}："
        f"{'超出随机波动' if sure else '可能属随机波动，不能认定其最差'}。",
        f"By batches, {line.name.en} stands out most: {bad:,} of {n:,} failed, against {failed - bad:,} "
        f"of the other {tried - n:,}. "
        f"Corrected for comparing {len(parts)}, p {shown}: "
        f"{'more than chance' if sure else 'this may be chance, it cannot be called the worst'}.",
    )
