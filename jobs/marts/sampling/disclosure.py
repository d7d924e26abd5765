"""Whether a batch may be published by name, and from which day (definitions.md#disclosure). Pure."""

from __future__ import annotations

from enum import StrEnum

import pandas as pd

from jobs.marts.sampling.outcomes import ExitKind, Verdict


class Disclosure(StrEnum):
    """Whether a batch may be published by name. ``PUBLISHED``: the authority has published it. ``DUE``: it
    may be published. ``PENDING``: not yet. ``NEVER``: the sample was void, or an objection took the force of
    its result, so nothing was found."""

    PUBLISHED = "published"
    DUE = "due"
    PENDING = "pending"
    NEVER = "never"


PUBLIC = (Disclosure.PUBLISHED, Disclosure.DUE)


def disclosures(batches: pd.DataFrame) -> pd.DataFrame:
    """Return ``disclosure`` (a value of Disclosure) and ``public_from`` of each batch, with the index of
    ``batches``. public_from is the day from which it may be published, None where that is not known or it may
    not be.

    ``batches``: exit_kind (null for those that were tested), first_outcome, final_outcome, revoked (bool: no
    conclusion has force), and published_on, final_on and result_issued_on of gold.sampling_lifecycle, where
    published_on is a publication that the procedure accepts. A batch that the authority published is public.
    One that failed, at first or finally, may be published once its result is final; one that never failed
    once its result is issued, as that harms no party. A violation found before the test is a suspicion that
    the local authority follows up: it is disclosed only once the authority publishes it. A void sample never
    is, nor one whose result has no force."""
    failed = (batches[["first_outcome", "final_outcome"]] == Verdict.NONCONFORMING).any(axis=1)
    tested = batches["final_outcome"].notna()
    day = batches["final_on"].where(failed, batches["result_issued_on"])
    published = batches["published_on"].notna()
    may = tested & (~failed | day.notna())
    found = pd.Series(Disclosure.PENDING.value, batches.index, dtype=object)
    found = found.mask(may, Disclosure.DUE.value).mask(published, Disclosure.PUBLISHED.value)
    void = (batches["exit_kind"] == ExitKind.VOID) | batches["revoked"]
    found = found.mask(void, Disclosure.NEVER.value)
    since = earliest(day.where(may), batches["published_on"])
    return pd.DataFrame({"disclosure": found, "public_from": since.where(found.isin(PUBLIC), None)})


def earliest(*days: pd.Series) -> pd.Series:
    """Return row by row the earliest of several columns of dates, ``days``: an object series of
    `datetime.date`, None where all are missing. The columns must have the same index."""
    found = pd.concat([pd.to_datetime(day) for day in days], axis=1).min(axis=1)
    return found.dt.date.astype(object).where(found.notna(), None)
