"""The country's complaints as they were handled, and hazards read from texts."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd

from jobs.marts.complaints import complaint_ageing, complaint_handling
from jobs.period import Period

DUTY = [
    "month",
    "platform_code",
    "category_code",
    "region_code",
    "duty",
    "n_due",
    "n_met",
    "n_late",
    "n_open",
]


def handled(region: pd.DataFrame, category: pd.DataFrame, period: Period) -> dict[str, pd.DataFrame]:
    """Sixty mediations of P01 that ended in May, 36 of them in an agreement; twelve of P03; three complaints
    and a report that wait; forty decisions due, 38 in time."""
    place = {"category_code": "HA01", "region_code": "330106", "complainant_ref": None}
    ended = [
        place
        | {"complaint_id": f"C{i}", "received_on": date(2026, 4, 1), "kind": "complaint", "accepted": True}
        | {"mediation_ended_on": date(2026, 5, 4), "mediation_result": "agreed" if i % 5 < 3 else "failed"}
        | {"platform_code": "P01" if i < 60 else "P03"}
        for i in range(72)
    ]
    open_ = [
        place
        | {"complaint_id": f"O{days}", "received_on": period.as_of - timedelta(days), "platform_code": "P01"}
        | {"kind": "report" if days == 20 else "complaint"}
        for days in (0, 7, 20, 61)
    ]
    columns = sorted({*complaint_handling.READS["complaint"], *complaint_ageing.READS["complaint"]})
    complaint = pd.DataFrame([*ended, *open_]).reindex(columns=columns).astype(object)
    matter = complaint.assign(part=1, matter="case:" + complaint["complaint_id"])
    known = {"region": region, "product_category": category, "period": period}
    service = pd.DataFrame(
        [[date(2026, 5, 1), "P01", "HA01", "330106", "complaint_decision", 40, 38, 1, 1]], columns=DUTY
    )
    reported = [
        (date(2026, 5, 1), "complaint", "HA01", "electric_shock", 9, 7, 2),
        (date(2026, 6, 1), "complaint", "HA02", "electric_shock", 4, 4, 0),
        (date(2026, 6, 1), "review", "HA01", "electric_shock", 3, 1, 2),
        (date(2026, 6, 1), "review", "TX01", "chemical", 6, 0, 6),
        (date(2025, 6, 1), "review", "TX01", "fire", 99, 99, 0),
    ]
    found = pd.DataFrame(
        reported, columns="month source category_code hazard_code n_texts n_sure n_unsure".split()
    )
    return {
        "gold.complaint_handling": complaint_handling.build(
            complaint=complaint, complaint_matter=matter, complaint_service=service, **known
        ),
        "gold.complaint_ageing": complaint_ageing.build(complaint=complaint, **known),
        "gold.hazard_reported": found.assign(platform_code="P01", n_category_read=0),
    }
