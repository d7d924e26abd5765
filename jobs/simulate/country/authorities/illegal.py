"""Histories of samples that the procedure does not allow, such as an objection after the last day for it:
silver accepts their events, the procedure refuses them, and the truth says why."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from jobs.simulate.country.authorities.days import DAY

EACH = 2  # events of each reason in a quarter, where there are samples for them
Pick = Callable[[pd.DataFrame], np.ndarray]
D = "datetime64[D]"


def _plain(rows: pd.DataFrame) -> np.ndarray:
    """Failing samples without objection, all reported by delivery."""
    return (rows.finalised.notna() & rows.objection.isna() & rows.result_notified.notna()).to_numpy()


def _untold(rows: pd.DataFrame) -> np.ndarray:
    """Samples without a failure of whose result no other event is reported."""
    return ((rows.outcome == "conforming") & rows.result_notified.isna()).to_numpy()


# Reason for which the procedure refuses the event → (event; function of the steps: which samples may have it,
# bool; function of the steps: the day on which it is said to have happened)
HISTORIES: dict[str, tuple[str, Pick, Callable[[pd.DataFrame], pd.Series]]] = {
    "before_receipt": ("result_issued", _untold, lambda r: r.received_on.to_numpy(D) - DAY),
    "before_result": ("notified_by_announcement", _untold, lambda r: r.issued_on.to_numpy(D) - DAY),
    "before_notification": (
        "objected",
        lambda r: _plain(r) & (r.result_notified - r.issued_on > pd.Timedelta(days=2)).to_numpy(),
        lambda r: r.result_notified.to_numpy(D) - DAY,
    ),
    "before_rectification": (
        "recheck_organised",
        lambda r: _plain(r) & r.rectified.notna().to_numpy(),
        lambda r: r.rectified.to_numpy(D) - 3 * DAY,
    ),
    "after_final": ("objected", _plain, lambda r: r.finalised.to_numpy(D) + 9 * DAY),
    "too_late": ("objected", _plain, lambda r: r.result_notified.to_numpy(D) + 30 * DAY),
    "second_final": ("finalised", _plain, lambda r: r.finalised.to_numpy(D) + 12 * DAY),
    "second_reinspection": (
        "reinspection_requested",
        lambda r: r.reinspection_issued.notna().to_numpy(),
        lambda r: r.reinspection_issued.to_numpy(D) + DAY,
    ),
    "too_early": (
        "second_recheck_organised",
        lambda r: r.recheck_failure_announced.notna().to_numpy(),
        lambda r: r.recheck_failure_announced.to_numpy(D) + 20 * DAY,
    ),
}


def planted(steps: pd.DataFrame, exits: pd.DataFrame, serial: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return (``steps`` changed where a history needs it, the events to be added).

    The added events, one row each: sample_id, event, day, reason (key of HISTORIES, `same_lab` or
    `after_exit`). A sample has one history at most. ``steps``: of `procedure.procedure`; ``exits``:
    purchases with an exit before the test; ``serial``: number of the quarter, by which other samples are
    chosen in each.
    """
    steps, used, rows = steps.copy(), np.zeros(len(steps), bool), []
    for reason, (event, fits, day) in HISTORIES.items():
        chosen = np.flatnonzero(fits(steps) & ~used)[serial % 2 :: 3][:EACH]
        used[chosen] = True
        for row, when in zip(chosen, day(steps.iloc[chosen]), strict=True):
            rows.append(
                {"sample_id": steps.sample_id.iloc[row], "event": event, "day": when, "reason": reason}
            )
        if reason == "too_late":  # no event has called the result final yet
            steps.loc[chosen, ["finalised", "published"]] = pd.NaT
    same = np.flatnonzero(steps.reinspection_issued.notna().to_numpy() & ~used)[:1]
    steps.loc[same, "again_lab"] = steps.loc[same, "lab"]
    for row in same:
        day = steps.reinspection_issued.to_numpy(D)[row]
        rows.append(
            {
                "sample_id": steps.sample_id.iloc[row],
                "event": "reinspection_issued",
                "day": day,
                "reason": "same_lab",
            }
        )
    gone = exits[exits.exit_kind == "void"].head(EACH)
    for sample, day in zip(gone.sample_id, gone.exited_on.to_numpy(D), strict=True):
        rows.append({"sample_id": sample, "event": "tested", "day": day + 6 * DAY, "reason": "after_exit"})
    return steps, pd.DataFrame(rows, columns=["sample_id", "event", "day", "reason"])


def events(added: pd.DataFrame, samples: pd.DataFrame) -> pd.DataFrame:
    """Return the added events as rows of silver.sampling_event, with `_reason`. A re-inspection in the same
    laboratory is left out, as the procedure's events have it already.

    ``added``: second result of `planted`; ``samples``: one row per purchase with sample_id,
    sampling_order_id, offline, office.
    """
    added = added[added.reason != "same_lab"].merge(
        samples[["sample_id", "sampling_order_id", "offline", "office"]], on="sample_id"
    )
    happened = added.day.to_numpy(D).astype("datetime64[s]") + np.timedelta64(10 * 3600, "s")
    return pd.DataFrame(
        {
            "event_id": (added.sample_id + "-X" + added.reason.str[:2] + added.reason.str[-3:]).to_numpy(
                object
            ),
            "event": added.event.to_numpy(object),
            "happened_at": happened,
            "sample_id": added.sample_id.to_numpy(object),
            "sampling_order_id": np.where(added.offline.astype(bool), None, added.sampling_order_id),
            "learned_at": happened + np.timedelta64(3600, "s"),
            "actor": "regulator",
            "lab_id": None,
            "_office": added.office.to_numpy(object),
            "_known": added.day.to_numpy(D) + DAY,
            "_reason": added.reason.to_numpy(object),
        }
    )
