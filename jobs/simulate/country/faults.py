"""Rows of platforms that the simulator makes wrong on purpose, and how the system must treat each: whether
it is quarantined, flagged, superseded, and so on (words of `truth.ENDINGS`)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jobs.simulate.country.rows import Rows, put_together
from jobs.simulate.country.streams import stream

KEYS = {
    "shops": "shop_id",
    "listings": "listing_id",
    "orders": "order_line_id",
    "reviews": "review_id",
    "controls": "control_id",
}
UNTYPED = ("csv", "tsv", "jsonl", "json", "zip", "xlsx")  # forms in which any text may stand in any cell


@dataclass(frozen=True)
class Fault:
    """One kind of wrong row: a copy of a right row of ``feed`` with another key and with ``value`` in
    ``column`` (LATER, OLDER and TWICE are made otherwise, see `with_faults`).

    A text for a column that is not text is written into the file as it is, which only the formats UNTYPED can
    hold. ``ends_as``: how the row must end (`quarantined`, `flagged`, …), by the rule or flag ``rule_id``.
    ``only``: the families of platforms (`dialects`) that have the fault, all where empty; ``never``: those
    that do not.
    """

    name: str
    feed: str
    column: str
    value: Any
    ends_as: str
    rule_id: str
    only: tuple[str, ...] = ()
    never: tuple[str, ...] = ()

    def fits(self, family: str, form: str, columns: dict[str, pa.Array]) -> bool:
        """Whether platforms of ``family`` can have this fault in a file of the format ``form``
        (`Family.form`). ``columns``: those of the feed, by name."""
        raw = isinstance(self.value, str) and not pa.types.is_string(columns[self.column].type)
        return (
            (not self.only or family in self.only)
            and family not in self.never
            and (not raw or form in UNTYPED)
        )


FINAL = ("orders", "reviews", "controls")  # feeds whose rows never change (orders: once returned)
LATER, OLDER, TWICE = "replaced by a later row", "an older version that came later", "a row twice"
QUARANTINING = ("mixed_tsv",)
WITH_PLATFORM = ("pipe_fen", "gb18030_csv", "parquet_typed", "zipped_csv", "mixed_tsv", "workbook")
FAULTS = (
    Fault(LATER, "", "", None, "superseded", ""),
    Fault(OLDER, "listings", "updated_at", None, "superseded", ""),
    Fault(TWICE, "", "", None, "repeated", ""),
    Fault(
        "a day that does not exist", "shops", "opened_on", "2025-13-01", "quarantined", "shop.opened_on.type"
    ),
    Fault("a shop without a number", "shops", "shop_id", None, "quarantined", "shop.shop_id.required"),
    Fault(
        "a region that does not exist", "shops", "region_code", "999999", "flagged", "region_code_unmapped"
    ),
    Fault(
        "closed before it opened",
        "shops",
        "closed_on",
        date(1990, 1, 1),
        "flagged",
        "shop.closed_on.not_before",
    ),
    Fault(
        "a credit code that is too short",
        "shops",
        "operator_uscc",
        "91330101Y123",
        "flagged",
        "shop.operator_uscc.pattern",
    ),
    Fault("a price below zero", "listings", "price", Decimal("-1.00"), "quarantined", "listing.price.range"),
    Fault("a price in words", "listings", "price", "面议", "quarantined", "listing.price.type"),
    Fault(
        "a listing without a number",
        "listings",
        "listing_id",
        None,
        "quarantined",
        "listing.listing_id.required",
    ),
    Fault(
        "a category that is unknown",
        "listings",
        "category_code",
        "无此类目",
        "flagged",
        "category_code_unmapped",
        never=QUARANTINING,
    ),
    Fault(
        "a category that is unknown",
        "listings",
        "category_code",
        "ZZ99",
        "quarantined",
        "listing.category_code.unmapped",
        only=QUARANTINING,
    ),
    Fault(
        "a barcode that is too short", "listings", "barcode", "29123", "flagged", "listing.barcode.pattern"
    ),
    Fault("a day in words", "listings", "listed_on", "下周一", "quarantined", "listing.listed_on.type"),
    Fault(
        "a platform that is unknown",
        "listings",
        "platform_code",
        "P99",
        "flagged",
        "platform_code_unmapped",
        only=WITH_PLATFORM,
    ),
    Fault("a quantity below zero", "orders", "quantity", -1, "quarantined", "transaction.quantity.range"),
    Fault("a quantity in words", "orders", "quantity", "两件", "quarantined", "transaction.quantity.type"),
    Fault(
        "a day that does not exist",
        "orders",
        "ordered_on",
        "2025-02-30",
        "quarantined",
        "transaction.ordered_on.type",
    ),
    Fault(
        "an order line without a number",
        "orders",
        "order_line_id",
        None,
        "quarantined",
        "transaction.order_line_id.required",
    ),
    Fault(
        "a listing that never arrives", "orders", "listing_id", "{code}-L9999999", "unlinked", "listing_id"
    ),
    Fault(
        "a region that does not exist",
        "orders",
        "consumer_region_code",
        "999999",
        "flagged",
        "consumer_region_code_unmapped",
    ),
    Fault(
        "a reason that is unknown", "orders", "return_reason", "不合身", "flagged", "return_reason_unmapped"
    ),
    Fault("six stars and more", "reviews", "rating", 7, "quarantined", "review.rating.range"),
    Fault(
        "a review without a number", "reviews", "review_id", None, "quarantined", "review.review_id.required"
    ),
    Fault("a day in words", "reviews", "reviewed_on", "昨天", "quarantined", "review.reviewed_on.type"),
    Fault(
        "a listing that never arrives", "reviews", "listing_id", "{code}-L9999999", "unlinked", "listing_id"
    ),
    Fault(
        "a measure that is unknown",
        "controls",
        "kind",
        "约谈",
        "quarantined",
        "platform_control.kind.unmapped",
    ),
)
EVERY = 4  # each platform has every fourth kind of wrong row


def with_faults(seed: int, platform: int, code: str, family: str, form: str, feed: str, rows: Rows) -> Rows:
    """Return the rows of a platform's feed with wrong ones added, sorted by delivery; nearly all wrong rows
    are in the first one.

    Rows that a later row replaces are marked as fault too, and ``rows`` is changed in that. ``platform``:
    row of World.platforms, by which it is decided which faults the platform has; ``code``: its platform
    code; ``family`` and ``form``: as of `Fault.fits`; ``feed``: name of the feed.
    """
    rows.fault = np.where(rows.lost_at >= 0, 0, rows.fault)
    position = np.arange(len(rows), dtype=float)
    early = np.flatnonzero(rows.delivery == 0)[:1000]  # no night changes which these are
    rng, parts, places = stream(seed, "faults", platform, feed), [rows], [position]
    for number, fault in enumerate(FAULTS if len(early) else ()):
        chosen = int(early[int(rng.random() * len(early))])
        if (platform + number) % EVERY or fault.feed not in ("", feed) or fault.name == LATER:
            continue
        if fault.name == TWICE:
            final = early[_returned(rows)[early]] if feed == "orders" else early
            if (
                form == "xlsx" or feed not in FINAL or not len(final)
            ):  # of several workbooks the hash would decide
                continue
            chosen = int(final[len(final) // 2])
            copy: Rows | None = _twice(
                rows, chosen, number, append=feed == "reviews" and form in ("jsonl", "json")
            )
        elif fault.name == OLDER:
            copy = _older(rows, chosen, number)
        elif fault.fits(family, form, rows.columns):
            copy = _wrong(rows, chosen, number, fault, feed, code)
        else:
            continue
        if copy is not None:
            parts.append(copy)
            # The copy comes after the row that it copies. Of order lines only a repeated line may come
            # between the lines of an order.
            places.append(
                np.array([len(rows) if feed == "orders" and fault.name != TWICE else position[chosen] + 0.5])
            )
    every, order = put_together(parts), np.concatenate(places)
    return every.take(np.lexsort((order, every.delivery)))


def _returned(rows: Rows) -> np.ndarray:
    return rows.columns["returned_on"].is_valid().to_numpy(zero_copy_only=False)


def _twice(rows: Rows, chosen: int, number: int, *, append: bool) -> Rows:
    """Return a copy of the row ``chosen``, to be placed after it. The row of the two that does not count
    gets the fault: the first one, or, where rows are only appended (``append``), the copy."""
    copy = rows.take(np.array([chosen]))
    (copy if append else rows).fault[0 if append else chosen] = number
    return copy


def _older(rows: Rows, chosen: int, number: int) -> Rows | None:
    """An older version of the row, with another price, in the delivery after its own."""
    if not (rows.delivery == 1).any():
        return None
    copy = rows.take(np.array([chosen]))
    year = pa.scalar(365 * 86400, pa.duration("s"))
    copy = copy.replaced(
        updated_at=pc.subtract(copy.columns["updated_at"], year),
        price=pa.array([Decimal("0.10")], pa.decimal128(18, 2)),
    )
    copy.delivery, copy.fault, copy.lost_at = np.array([1]), np.array([number]), np.array([1])
    return copy


def _wrong(rows: Rows, chosen: int, number: int, fault: Fault, feed: str, code: str) -> Rows:
    """A separate row (`…-F<number>` in its key) with the wrong cell; a cell that cannot hold it is written
    by the rendering."""
    copy, key = rows.take(np.array([chosen])), KEYS[feed]
    columns = {key: pa.array([f"{copy.columns[key][0].as_py()}-F{number:02d}"])}
    if feed == "orders":
        columns["order_id"] = pa.array([f"{copy.columns['order_id'][0].as_py()}-F{number:02d}"])
    if fault.name == "a reason that is unknown":
        columns["returned_on"] = copy.columns["ordered_on"]
    kind = copy.columns[fault.column].type
    if not isinstance(fault.value, str) or pa.types.is_string(kind):
        value = fault.value.format(code=code) if isinstance(fault.value, str) else fault.value
        columns[fault.column] = pa.array([value], kind)
    copy = copy.replaced(**columns)
    copy.fault = np.array([number])
    return copy


def written(fault: int, column: str, kind: pa.DataType) -> str | None:
    """Return the text to write into the cell of a wrong row whose column has a type that cannot hold it,
    such as words in a column of numbers; None where the column itself holds what is wrong, or is another
    than the fault's. ``fault``: its number in FAULTS; ``column``: name of the column; ``kind``: its type."""
    wrong = FAULTS[fault]
    return (
        wrong.value
        if wrong.column == column and isinstance(wrong.value, str) and not pa.types.is_string(kind)
        else None
    )
