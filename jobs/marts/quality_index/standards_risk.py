"""Listings that cite a valid standard and certificates that are valid, of those that the registers know. Open
serious signals come with gold.risk_signal. Pure."""

from __future__ import annotations

import pandas as pd

from jobs.marts.quality_index.authenticity import rates
from jobs.marts.quality_index.units import CATEGORY, NATIONAL, PLATFORM, REGION, Units

DIMENSIONS = (NATIONAL, PLATFORM, REGION, CATEGORY)


def standards_risk(standard_coverage: pd.DataFrame, units: Units) -> pd.DataFrame:
    """KEY, indicator, numerator, denominator, value.

    Standards: listings whose cited standard is valid, of all but those that cite one which the register
    does not know: citing none is no better than citing a withdrawn one, or silence would pay.
    Certificates: duties met by a valid certificate, of those that the register can judge, whether or not the
    listing states one.
    """
    rows = standard_coverage.rename(columns={"province_code": "region_code"})
    unknown = rows["n_citing"] - rows["n_standard_known"]
    rows = rows.assign(n_standard_counted=rows["n_listings"] - unknown)
    families = (
        ("standards_valid", "n_standard_in_force", "n_standard_counted"),
        ("certificates_valid", "n_certificate_valid", "n_certificate_checkable"),
    )
    parts = [
        rates(units, rows, DIMENSIONS, met, due, 1.0).assign(indicator=name) for name, met, due in families
    ]
    return pd.concat(parts, ignore_index=True)
