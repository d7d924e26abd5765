"""What stands beside a batch in its bulletin: the items that failed, the objection and its state, what the
parties say. Pure."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from jobs.marts.public_names import COMPANY, kind_of_code, public_names, without_names
from jobs.marts.sampling.deadlines import Deadlines
from jobs.marts.sampling.outcomes import Verdict

# Column of the bulletin → of silver.test_result. The lists of one batch run side by side: the i-th of each is
# of the i-th item.
ITEMS = {
    "item_codes": "item_code",
    "item_names": "item_name",
    "item_values": "value_text",
    "item_units": "unit",
    "item_limits_low": "limit_low",
    "item_limits_high": "limit_high",
    "item_claims_low": "claim_low",
    "item_claims_high": "claim_high",
    "item_standards": "standard_no",
    "item_classes": "item_class",
}
OBJECTION = (
    "n_objections",
    "objection_on",
    "objection_kind",
    "objection_party",
    "objection_state",
    "objection_decided_on",
)
COMMENTS = (
    "comment_days",
    "comment_parties",
    "comment_names",
    "comment_texts",
    "comment_due_days",
    "comment_timers",
)
RIGHT_OF_REPLY = ("comment_received", "comment_published")


def failing_items(test_result: pd.DataFrame) -> pd.DataFrame:
    """sample_id and ITEMS, lists in the order of item codes: of each sample the items that its laboratory
    found failing."""
    failing = test_result[test_result["lab_verdict"] == Verdict.NONCONFORMING].sort_values(
        ["sample_id", "item_code"]
    )
    return _lists(failing, {name: failing[column] for name, column in ITEMS.items()})


def objections(objection: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """sample_id and OBJECTION of each sample to whose result, authenticity or procedure a party objected.

    Of several the one that decides how the result stands: one that is pending, else the one decided last.
    ``as_of``: later ones are not known yet.
    """
    filed = objection[objection["filed_on"] <= as_of]
    decided = filed["decided_on"].notna() & (pd.to_datetime(filed["decided_on"]) <= pd.Timestamp(as_of))
    rows = pd.DataFrame(
        {
            "sample_id": filed["sample_id"],
            "objection_on": filed["filed_on"],
            "objection_kind": filed["kind"],
            "objection_party": filed["party"],
            "objection_state": filed["decision"].astype(object).where(decided, "pending"),
            "objection_decided_on": filed["decided_on"].where(decided, None),
            "pending": ~decided,
            "id": filed["objection_id"],
        }
    )
    rows["n_objections"] = rows.groupby("sample_id")["id"].transform("size").astype("int64")
    last = rows.sort_values(
        ["pending", "objection_decided_on", "objection_on", "id"], na_position="first"
    ).drop_duplicates("sample_id", keep="last")
    return last[["sample_id", *OBJECTION]]


def comments(
    party_comment: pd.DataFrame, batches: pd.DataFrame, deadlines: Deadlines, as_of: date
) -> pd.DataFrame:
    """sample_id and COMMENTS, lists in the order of receipt: what the parties of each of ``batches`` say
    (right of reply).

    ``batches``: sample_id, published_on; ``seller producer`` as the feed wrote them and ``seller_shown
    producer_shown`` as they are shown: a name that is withheld is withheld in the words of a comment too.
    """
    about = batches[["sample_id", "published_on", "seller", "seller_shown", "producer", "producer_shown"]]
    rows = party_comment[party_comment["received_on"] <= as_of].merge(about, on="sample_id")
    rows = rows.sort_values(["sample_id", "received_on", "comment_id"], ignore_index=True)
    kinds = kind_of_code(rows["party_uscc"]).mask(
        rows["party"] == "platform", COMPANY
    )  # no platform is a person
    names = public_names(rows["party_name"], kinds)
    due = [deadlines.last_day(*RIGHT_OF_REPLY, day) for day in rows["received_on"]]
    timers = [
        reply_timer(received, last, published, placed, as_of)
        for received, last, published, placed in zip(
            rows["received_on"], due, rows["published_on"], rows["placed_on"], strict=True
        )
    ]
    return _lists(
        rows,
        {
            "comment_days": rows["received_on"].map(str),
            "comment_parties": rows["party"],
            "comment_names": names,
            "comment_texts": pd.Series(
                [_words(row) for row in rows.assign(party_name_shown=names).to_dict("records")],
                rows.index,
                dtype=object,
            ),
            "comment_due_days": pd.Series(
                [None if day is None else str(day) for day in due], rows.index, dtype=object
            ),
            "comment_timers": pd.Series(timers, rows.index, dtype=object),
        },
    )


def reply_timer(
    received: date, due: date | None, published: date | None, placed: date | None, as_of: date
) -> str:
    """Whether a comment stood beside the result in time: met, late, or unrecorded (it is not known since when
    it has stood there).

    Where the authority states the day on which it placed it, that decides. Else it has stood in time if it
    came before the result was published, or if it stands here while the deadline has not passed.
    """
    published, placed = (None if pd.isna(day) else day for day in (published, placed))
    if placed is not None and due is not None:
        return "met" if placed <= due else "late"
    return (
        "met"
        if published is None or received <= published or (due is not None and as_of <= due)
        else "unrecorded"
    )


def _words(row: dict[str, Any]) -> str | None:
    """The text of a comment without the names of persons that are withheld beside it."""
    pairs = ((row[name], row[f"{name}_shown"]) for name in ("seller", "producer", "party_name"))
    return without_names(
        row["text"], {name for name, shown in pairs if isinstance(name, str) and name != shown}
    )


def _lists(rows: pd.DataFrame, columns: dict[str, pd.Series]) -> pd.DataFrame:
    """``columns`` gathered to lists by sample_id, by which ``rows`` are sorted; a missing value is the empty
    text, as lists run side by side."""
    first = ~rows["sample_id"].duplicated().to_numpy()
    starts = np.flatnonzero(first).tolist()
    ends = [*starts[1:], len(rows)][: len(starts)]
    gathered = {}
    for name, column in columns.items():
        texts = column.astype(object).where(column.notna(), "").tolist()
        gathered[name] = pd.Series([texts[a:b] for a, b in zip(starts, ends, strict=True)], dtype=object)
    return pd.DataFrame({"sample_id": rows["sample_id"].astype(object).to_numpy()[first], **gathered})
