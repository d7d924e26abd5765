"""The chain of records that explains why a shop is restricted, in words: from the penalty or listing of an
operator to the shop. Pure."""

from __future__ import annotations

from jobs.reports.wording import Text, label, listed

_STEPS, _BASIS = listed("restriction_step"), listed("link_basis")


def public_hops(hops: list[str]) -> list[str]:
    """Return the chain without the hops that have the code of a natural person (`N-…`), which no page shows.
    ``hops``: texts `<table>:<code>`."""
    return [hop for hop in hops if ":N-" not in hop]


def in_words(hops: list[str]) -> Text:
    """Return the chain in words, such as 行政处罚 CF-1 → 经营者 9144… → 网店 P01-S1, without natural persons.
    ``hops``: texts `<table>:<code>`, such as ``silver.penalty:CF-1``, from the reason to the shop."""
    parts = [_hop(*hop.split(":", 1)) for hop in public_hops(hops)]
    return Text(" → ".join(p.zh for p in parts), " → ".join(p.en for p in parts))


def _hop(table: str, code: str) -> Text:
    words = label(_STEPS, table)
    if table != "silver.shop_operator":
        return Text(f"{words.zh} {code}", f"{words.en} {code}")
    basis = label(_BASIS, code.rsplit(":", 1)[-1])
    return Text(f"{words.zh}（{basis.zh}）", f"{words.en} ({basis.en})")
