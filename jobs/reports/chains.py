"""The chain of records that explains why a shop is restricted, in words: from the penalty or listing of an
operator to the shop. Pure."""

from __future__ import annotations

from jobs.marts.public_names import WITHHELD
from jobs.reports.wording import Text, label, listed

_STEPS, _BASIS = listed("restriction_step"), listed("link_basis")
_OPERATOR = "silver.enterprise:"  # beginning of the hop of an operator


def public_hops(hops: list[str], name: object = None) -> list[str]:
    """Return the chain without the hops that have the code of a natural person (`N-…`), which no page shows,
    and without that of the operator where its name is withheld, to which the code would lead.
    ``hops``: texts `<table>:<code>`; ``name``: the operator's, as it may be published, None without one."""
    withheld = name == WITHHELD
    return [hop for hop in hops if ":N-" not in hop and not (withheld and hop.startswith(_OPERATOR))]


def in_words(hops: list[str], name: object = None) -> Text:
    """Return the chain in words, such as 行政处罚 CF-1 → 经营者 9144… → 网店 P01-S1, without the hops that
    `public_hops` leaves out. ``hops``: texts `<table>:<code>`, such as ``silver.penalty:CF-1``, from the
    reason to the shop; ``name``: as `public_hops` takes it."""
    parts = [_hop(*hop.split(":", 1)) for hop in public_hops(hops, name)]
    return Text(" → ".join(p.zh for p in parts), " → ".join(p.en for p in parts))


def _hop(table: str, code: str) -> Text:
    words = label(_STEPS, table)
    if table != "silver.shop_operator":
        return Text(f"{words.zh} {code}", f"{words.en} {code}")
    basis = label(_BASIS, code.rsplit(":", 1)[-1])
    return Text(f"{words.zh}（{basis.zh}）", f"{words.en} ({basis.en})")
