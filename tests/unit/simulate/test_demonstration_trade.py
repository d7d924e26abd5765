"""The demonstration's trade: orders, reviews and complaints fit together, and lie in the formats that they are to show."""

from __future__ import annotations

import gzip
import io
import json
import re
import zipfile
from collections import Counter

import pytest

from jobs.environment import SCHEMAS
from jobs.simulate.demonstration import demonstration
from jobs.simulate.demonstration_files import Inbox
from jobs.simulate.demonstration_market import build_market, read_references
from jobs.simulate.demonstration_trade import ORDERS, build_trade


@pytest.fixture(scope="module")
def inbox() -> Inbox:
    return demonstration(7)


def content(inbox: Inbox, source: str, name: str) -> bytes:
    (found,) = [f.content for f in inbox.files if (f.source, f.name) == (source, name)]
    return found


def planted(inbox: Inbox, source: str, fault: str) -> int:
    (found,) = [p.record for p in inbox.planted if (p.source, p.fault) == (source, fault)]
    return found


def test_trade_fits_together_and_names_nobody():
    references = read_references(SCHEMAS / "reference")
    trade = build_trade(build_market(references, 7), references, 7)
    assert len({(o.platform, o.order_id) for o in trade.orders}) == len(trade.orders) == sum(ORDERS.values())
    assert all(r.written_on > r.order.placed_on for r in trade.reviews) and len({(r.order.platform, r.review_id) for r in trade.reviews}) == len(trade.reviews)
    assert all(c.received_on > c.order.placed_on and c.complainant.startswith("演示") for c in trade.complaints)
    matters = Counter(c.matter_id for c in trade.complaints)
    assert len({c.complaint_id for c in trade.complaints}) == len(trade.complaints) and set(matters.values()) == {1, 2}
    numbers = {n for text in (*(c.text for c in trade.complaints), *(r.text for r in trade.reviews)) for n in re.findall(r"[0-9-]{7,}", text)}
    assert numbers == {"13800138000", "138-0013-8000"}  # an operator's own


def test_orders_come_in_an_archive_a_nested_document_and_two_files_to_be_joined(inbox):
    with zipfile.ZipFile(io.BytesIO(content(inbox, "demo_platform_a", "orders_20241020.zip"))) as book:
        assert book.namelist() == [f"明细/orders_2024{m:02d}.csv" for m in (7, 8, 9)]
        first = book.read(book.namelist()[0]).decode("gb18030").splitlines()
    assert len(first) - 1 == planted(inbox, "demo_platform_a", "a short row in an archive")
    document = json.loads(gzip.decompress(content(inbox, "demo_platform_b", "orders_20241020.json.gz")))
    orders = document["data"]["orders"]
    assert orders[planted(inbox, "demo_platform_b", "an order whose lines are no list") - 1]["lines"] == "none"
    heads = {line.split(",")[0] for line in content(inbox, "demo_platform_c", "order_heads_20250120.csv").decode("utf-8-sig").splitlines()[1:]}
    lines = content(inbox, "demo_platform_c", "order_lines_20250120.csv").decode("utf-8-sig").splitlines()[1:]
    used = {line.split(",")[0] for line in lines}
    assert (used - heads, heads - used) == ({"NOORDER"}, {"NOLINE"})
    assert lines[planted(inbox, "demo_platform_c", "a line whose order is in no file") - 1].startswith("NOORDER")
