"""What the verdicts of all kinds of recipients are made of."""

from __future__ import annotations

from datetime import date

from jobs.reports.figures import twelve_months_text, up_to
from jobs.reports.index_parts import period_text
from jobs.reports.rates import until
from jobs.reports.wording import Text

Reason = tuple[Text, Text, Text]  # what, its figures, what can be done
# The main figure, what it is, how it compares with others, notes, reasons, period of the reasons.
Standing = tuple[Text | None, Text, Text | None, list[Text], list[Reason], Text | None]
NOTHING = Text("尚无可据以评价的数据。", "There are no data yet by which it can be judged.")


def period_of(kind: str, start: date, through: date | None) -> Text:
    """Return a period in words; one that has not ended says up to which day there are data. ``kind``: month,
    quarter, year or rolling12; ``start``: its first day; ``through``: the last day of the data, None where it
    is not known."""
    name = twelve_months_text(start) if kind == "rolling12" else period_text((kind, start))
    return up_to(name, until(kind, start, through))
