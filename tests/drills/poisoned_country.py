"""A synthetic country in which every fourth name of a product, shop, firm, brand, item and every fourth text
begins with what a page, a spreadsheet, a template or a shell would run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from itertools import cycle
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from jobs.simulate.country import country, layout
from jobs.simulate.country.authorities import deliveries

BEGINNINGS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</script><svg onload=alert(1)>",
    "' onmouseover='alert(1)",
    "<a href=javascript:alert(1)>x</a>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "javascript:alert(1)",
    "\\u003cscript>",
    "<!--",
    "]]>",
    "{{7*7}}{% raise %}",
    "${7*7}#{7*7}",
    "[x](javascript:alert(1))",
    "'; DROP TABLE x; --",
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-2+3",
    "@SUM(1)",
    "\t=1+1",
    "＝1+1",
    "a\u2028b\u2029c\x85",
    "\u202egpj\u202c",
    "ze\u200bro\u200d",
    "`id`",
    '"""',
    "\\",
    "../../etc/passwd",
    "NULL",
    "nan",
    "__proto__",
)
COLUMNS = set(
    "title name brand model product_name product_text producer_name operator_name address_text text batch_no "
    "item_name value_text hazard_text".split()
)


def _begun(values: Iterable[object], turn: Iterator[str]) -> list[object]:
    return [
        f"{next(turn)}{value}" if isinstance(value, str) and at % 4 == 0 else value
        for at, value in enumerate(values)
    ]


def write(inbox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Write the files of the country (2,000 records, until 2026-06-30) into an inbox."""
    turn = cycle(BEGINNINGS)
    by_platforms, by_authorities = layout.rendered, deliveries.rendered

    def platforms(rows, columns, lookup):
        texts = sorted({c.name for c in columns} & COLUMNS & rows.columns.keys())
        begun = {name: pa.array(_begun(rows.columns[name].to_pylist(), turn), pa.string()) for name in texts}
        return by_platforms(replace(rows, columns=rows.columns | begun), columns, lookup)

    def authorities(feed, rows: pd.DataFrame):
        begun = {name: _begun(rows[name], turn) for name in rows.columns if name in COLUMNS}
        return by_authorities(feed, rows.assign(**begun))

    monkeypatch.setattr(layout, "rendered", platforms)
    monkeypatch.setattr(deliveries, "rendered", authorities)
    country.simulate(
        country.Settings(records=2_000, until=date(2026, 6, 30), seed=16), inbox, None, workers=1
    )
