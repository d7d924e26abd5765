"""The columns of gold.bulletin that hold several entries per batch: the items that failed, the objection and
its state, and the comments of the parties. The lists in the columns of one row have one length, and entries
at one position belong together; a missing value in a list is ''. Pure."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from jobs.marts.public_names import COMPANY, kind_of_code, public_names, without_names
from jobs.marts.sampling.deadlines import Deadlines
from jobs.marts.sampling.outcomes import Verdict
from jobs.marts.sampling.standing import authenticity_granted

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
    "authenticity_upheld_for",
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
    """Return one row per sample with at least one item that its laboratory found non-conforming: sample_id
    and the columns of ITEMS, lists with one entry per such item, in the order of item codes. ``test_result``:
    silver.test_result."""
    failing = test_result[test_result["lab_verdict"] == Verdict.NONCONFORMING].sort_values(
        ["sample_id", "item_code"]
    )
    return _lists(failing, {name: failing[column] for name, column in ITEMS.items()})


def objections(objection: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """Return one row per sample with an objection, to its result, authenticity or procedure: sample_id and
    OBJECTION.

    n_objections counts all of them. The other columns are those of the newest pending one, without one of the
    one decided last; objection_state is its decision, or `pending`. authenticity_upheld_for is the party
    whose objection to the authenticity was granted, whichever came later; of several the producer.
    ``objection``: silver.objection; objections and decisions after ``as_of`` are left out."""
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
    upheld = rows[decided & authenticity_granted(filed)]
    upheld = upheld.assign(other=upheld["objection_party"] != "producer")
    upheld = upheld.sort_values(["other", "objection_decided_on", "id"]).drop_duplicates("sample_id")
    granted = upheld.set_index("sample_id")["objection_party"]
    rows["authenticity_upheld_for"] = rows["sample_id"].map(granted).astype(object)
    last = rows.sort_values(
        ["pending", "objection_decided_on", "objection_on", "id"], na_position="first"
    ).drop_duplicates("sample_id", keep="last")
    return last[["sample_id", *OBJECTION]]


def comments(
    party_comment: pd.DataFrame, batches: pd.DataFrame, deadlines: Deadlines, as_of: date
) -> pd.DataFrame:
    """Return one row per sample on which a party commented (right of reply): sample_id and COMMENTS, lists
    with one entry per comment, in the order of receipt. Days in the lists are text (YYYY-MM-DD).

    ``party_comment``: silver.party_comment; comments after ``as_of``, and those on samples that ``batches``
    lacks, are left out. ``batches``: sample_id, published_on, seller, seller_shown, producer and
    producer_shown, as `bulletin.shown_names` returns them: a name that is withheld there is also replaced in
    the text of a comment. ``deadlines``: give the last day on which a comment must be placed with the result.
    comment_timers: `reply_timer`."""
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
    """Return whether a comment was placed with the result in time: `met`, `late`, or `unrecorded` where that
    cannot be known.

    ``received``: day of its receipt; ``due``: last day for placing it, None where not known; ``published``:
    day on which the result was published; ``placed``: day on which the authority says that it placed the
    comment; the last two may be missing. With ``placed`` and ``due``, it is `met` if placed by the last day,
    else `late`. Otherwise it is `met` if the result was not published, was published on the day of receipt or
    later, or if the deadline has not passed on ``as_of``; else `unrecorded`."""
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
