"""What an authority can report on a day: the rows that it knows by then, without what has not happened
yet."""

from __future__ import annotations

import numpy as np
import pandas as pd

# Table → days that a row gains after it became known, each with the columns that come with it.
LATER: dict[str, dict[str, tuple[str, ...]]] = {
    "sampling_order": {"ordered_on": ("amount",), "received_on": (), "_ended_on": ("_end",)},
    "sample": {"exited_on": ("exit_kind", "exit_reason")},
    "complaint": {
        "decided_on": ("accepted",),
        "mediation_ended_on": ("mediation_result",),
        "parties_told_on": (),
        "verified_on": ("extended",),
        "case_decided_on": (),
        "reporter_told_on": (),
    },
    "objection": {"decided_on": ("decision",)},
    "reinspection": {"issued_on": ("outcome",)},
    "enforcement_case": {"closed_on": ("result",)},
    "assistance_request": {"answered_on": ("answer",)},
    "penalty": {"final_on": (), "revoked_on": ()},
    "dishonesty_entry": {"repaired_on": (), "removed_on": ()},
    "counterfeit_report": {
        "verified_on": ("finding",),
        "taken_down_on": (),
        "_relisted_on": ("relisted_as",),
    },
    "certificate": {"status_on": ("_status",)},
    "lab_commission": {"received_on": ()},
}
D = "datetime64[D]"


def reported(
    name: str, table: pd.DataFrame, since: np.datetime64 | None, until: np.datetime64
) -> pd.DataFrame:
    """Return the rows of a silver table that became known or changed after ``since`` (None: ever) and up to
    ``until``, as they are on that day.

    ``name``: of the table, without layer; ``table``: its rows with hidden columns, of which `_known` is the
    day from which a row is reported. What happens after ``until`` is missing in the result (days NaT, the
    columns that come with them NaN or None), and columns that follow from the others, such as the status of
    an order, are added, unless there is no row.
    """
    known = table["_known"].to_numpy(D)
    newest = np.where(known <= until, known, np.datetime64("NaT"))
    for column in LATER.get(name, {}):
        days = table[column].to_numpy(D)
        newest = np.where((days <= until) & (known <= until) & (days > newest), days, newest)
    chosen = ~np.isnat(newest) if since is None else newest > since
    rows = table[chosen].reset_index(drop=True)
    if not len(rows):
        return rows
    for column, others in LATER.get(name, {}).items():
        open_ = ~(rows[column].to_numpy(D) <= until)
        if open_.any():
            rows.loc[open_, column] = pd.NaT
            for other in others:
                rows[other] = rows[other].where(~open_)
    return _finished(name, rows, until)


def _finished(name: str, rows: pd.DataFrame, until: np.datetime64) -> pd.DataFrame:
    """Columns that follow from the others on that day."""
    if name == "sampling_order":
        bought = np.where(
            rows.received_on.notna(), "received", np.where(rows.ordered_on.notna(), "ordered", "planned")
        )
        return rows.assign(status=np.where(pd.isna(rows["_end"]), bought, rows["_end"]).astype(object))
    if name == "certificate":
        over = rows.expires_on.to_numpy(D) < until
        return rows.assign(
            status=np.where(
                pd.isna(rows["_status"]), np.where(over, "expired", "valid"), rows["_status"]
            ).astype(object)
        )
    return rows
