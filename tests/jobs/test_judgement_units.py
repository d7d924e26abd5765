"""Units of Chinese feeds: exact factors, nothing guessed; numbers of standards in one form."""

from __future__ import annotations

from fractions import Fraction

import pytest

from jobs.marts.standards.designations import citations
from jobs.marts.standards.units import UnitError, factor


@pytest.mark.parametrize(
    ("given", "wanted", "by"),
    [
        ("%", "mg/kg", 10_000),
        ("μg/m3", "mg/m³", Fraction(1, 1000)),
        ("µg/kg", "毫克/千克", Fraction(1, 1000)),
        ("g/100g", "%", 1),
        ("N/5cm", "N/cm", Fraction(1, 5)),
        ("mg/(m2·h)", "g/(m²·h)", Fraction(1, 1000)),
        ("mg·kg⁻¹", "g/kg", Fraction(1, 1000)),
        ("km/h", "m/s", Fraction(5, 18)),
        ("CFU/g", "CFU/100g", 100),
        ("㎎／㎏", "mg/kg", 1),
        ("MΩ", "Ω", 1_000_000),
        ("℃", "°C", 1),
        ("HV", "HV", 1),
        ("无量纲", None, 1),
        ("—", "pH", 1),
    ],
)
def test_units_are_converted_exactly(given, wanted, by):
    assert factor(given, wanted) == by


@pytest.mark.parametrize(
    ("given", "wanted", "reason"),
    [
        ("mg/m3", "mg/kg", "unit_incommensurable"),
        ("mg/L", "ppm", "unit_incommensurable"),
        ("级", "次", "unit_incommensurable"),
        ("级", "%", "unit_incommensurable"),
        ("r/min", "Hz", "unit_incommensurable"),
        ("℃", "K", "unit_incommensurable"),  # a rise of 60 K is no temperature of 60 ℃
        ("dB(A)", "dB", "unit_unknown"),
        ("HV", "MPa", "unit_unknown"),
        ("Mg/kg", "mg/kg", "unit_unknown"),
        ("m" * 99, "m", "unit_unknown"),
        ("mg/kg", None, "unit_missing"),
        ("", "mg/kg", "unit_missing"),
    ],
)
def test_what_cannot_be_compared_is_said_and_not_guessed(given, wanted, reason):
    with pytest.raises(UnitError) as error:
        factor(given, wanted)
    assert error.value.reason == reason


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("GB/T 22849-2014", ("GBT22849-2014",)),
        ("gb／t 22849—2014", ("GBT22849-2014",)),
        ("执行标准：GB18401", ("GB18401",)),
        ("GB 31701-2015 GB/T 8878-2014", ("GB31701-2015", "GBT8878-2014")),
        ("GB 18401-2010；GB 18401-2010", ("GB18401-2010",)),
        ("GB 18401-2010 B类", ("GB18401-2010",)),
        ("GB 8624-2012 B1级", ("GB8624-2012",)),
        ("B类", ()),
        ("DB33/T 310-2019", ("DB33T310-2019",)),
        ("", ()),
        (None, ()),
    ],
)
def test_numbers_of_standards_are_found_however_they_are_written(text, numbers):
    assert citations(text) == numbers
