"""Whether the part of a unit that fails most, such as one of its categories, does so by more than chance: a
ranking by few batches cannot show that. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scipy.stats import hypergeom

from jobs.methods.multiplicity import adjust
from jobs.reports.figures import Line
from jobs.reports.numbers import judged
from jobs.reports.wording import Text

SURE = 0.05
NAMED = 10  # batches judged that a part has at least, to be named while chance may explain its failures


def suspect(listed: list[Line], whole: Mapping[str, Any] | None) -> Text | None:
    """Return a sentence on the part that stands out most, and whether it does so by more than chance. None
    where ``whole`` is None, fewer than two parts have batches judged, or no batch of any part failed.

    ``listed``: lines of the parts, of probability samples, of which that of the code `unknown` is left out;
    ``whole``: the row of gold.detection_rate of the unit that they are parts of. Each part's batches are
    tested against all others of the unit (Fisher's exact test, one-sided, unweighted batches), corrected for
    the number of parts (Holm, 1979), as one of twenty categories is always the worst. Where no part differs
    by more than chance, the sentence says so first, and names the one with the largest difference only if it
    has at least `NAMED` batches judged.
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
    counts_zh = f"{line.name.zh}：{n:,}批次中{bad:,}批次不合格，其余{tried - n:,}批次中{failed - bad:,}批次"
    counts_en = f"{bad:,} of {n:,} failed, against {failed - bad:,} of the other {tried - n:,}"
    if sure:
        return Text(
            f"按批次看，最突出的是{counts_zh}。经{len(parts)}个对象多重比较校正，p {shown}：超出随机波动。",
            f"By batches, {line.name.en} stands out most: {counts_en}. "
            f"Corrected for comparing {len(parts)}, p {shown}: more than chance.",
        )
    named = n >= NAMED
    return Text(
        f"按批次看，各对象的不合格批次均未显著多于其余对象（经{len(parts)}个对象多重比较校正，p {shown}）。"
        + (f"差异最大的是{counts_zh}，可能属随机波动，不能认定其最差。" if named else ""),
        f"By batches, none of them fails significantly more than the others (corrected for comparing "
        f"{len(parts)}, p {shown})."
        + (
            f" The largest difference is that of {line.name.en}: {counts_en}; this may be chance, it cannot "
            "be called the worst."
            if named
            else ""
        ),
    )
