"""Writes all files of one platform into the inbox, and notes in the truth which rows and files were made
wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from jobs.simulate.country.calendars import Calendar, calendar, late, twice
from jobs.simulate.country.dialects import FAMILIES, FEEDS, Family
from jobs.simulate.country.faults import FAULTS, KEYS, LATER, with_faults
from jobs.simulate.country.inbox import Inbox
from jobs.simulate.country.layout import Placed, broken_lines, heads, laid_out
from jobs.simulate.country.offers import listing_rows, shop_rows
from jobs.simulate.country.rows import Rows
from jobs.simulate.country.sales import control_rows, order_rows, review_rows
from jobs.simulate.country.trade import together, trade
from jobs.simulate.country.world import World, month_after
from jobs.simulate.country.writing import delimited

SHEET_ROWS = 4_800  # about so many rows of one workbook
CUT = {
    0: "orders",
    3: "listings",
    4: "orders",
    5: "shops",
}  # platform (row) → feed of which a file that is cut off is delivered as well
# Platform (row) and feed of a file without rows, of one that is sent twice, of one that is corrected.
HEADER_ONLY, AGAIN, EDITION = (9, "reviews"), (2, "shops"), (6, "listings")


def write_platform(
    world: World,
    platform: int,
    inbox: Inbox,
    *,
    feeds: Sequence[str] = FEEDS,
    known_measures: pd.DataFrame | None = None,
) -> None:
    """Write the files of a platform's ``feeds`` (names of FEEDS) to ``inbox``, which takes only those of the
    night that it wants.

    ``platform``: row of World.platforms; ``known_measures``: measures of the platforms as the authorities
    know them (see `sales.control_rows`), for the feed `controls`.
    """
    family = FAMILIES[world.platforms.family[platform]]
    months = world.all_months
    if inbox.only is not None:  # what a night can hold was ordered in the three months up to it
        months = tuple(m for m in months if month_after(inbox.only.replace(day=1), -2) <= m)
    needed = {"orders", "reviews"} & set(feeds)
    sales = together([trade(world, platform, month) for month in months]) if needed else None
    for name in dict.fromkeys(family.files[f] for f in FEEDS):
        mine = [f for f in FEEDS if family.files[f] == name and f in feeds]
        if mine:
            days = calendar(world, platform, mine[0])
            rows = {f: _rows(world, platform, f, days, months, sales, known_measures, inbox) for f in mine}
            _Writer(world, platform, family, name, days, inbox).write(rows)


def _rows(
    world: World,
    platform: int,
    feed: str,
    days: Calendar,
    months: tuple[date, ...],
    sales: tuple[pd.DataFrame, pd.DataFrame] | None,
    known_measures: pd.DataFrame | None,
    inbox: Inbox,
) -> Rows:
    """The rows of a feed in all its deliveries, wrong ones among them, sorted by delivery."""
    source, code = f"platform_{platform + 1:02d}", world.platforms.platform_code[platform]
    family = world.platforms.family[platform]
    if feed == "shops":
        rows = shop_rows(world, platform, days.array)
        _personal_of_shops(rows, source, inbox)
    elif feed == "listings":
        # Of all months on any night: which rows are made wrong depends on those of the first delivery.
        rows = listing_rows(world, platform, days.array, world.all_months)
    elif feed == "orders":
        assert sales is not None, "a feed of orders comes with its sales"
        rows = order_rows(world, platform, days.array, sales[0])
    elif feed == "reviews":
        assert sales is not None, "a feed of reviews comes with its sales"
        rows, personal = review_rows(world, platform, days.array, *sales)
        for kind, values in personal.items():
            inbox.truth.personal(source=source, feed=feed, column="text", kind=kind, values=values)
    else:
        rows = control_rows(world, platform, days.array, known_measures)
    return with_faults(world.seed, platform, code, family, FAMILIES[family].form, feed, rows)


def _personal_of_shops(rows: Rows, source: str, inbox: Inbox) -> None:
    person = pc.equal(rows.columns["operator_type"], "natural_person")
    for column, kind in (("phone_ref", "phone"), ("representative_ref", "name"), ("operator_ref", "id")):
        inbox.truth.personal(
            source=source, feed="shops", column=column, kind=kind, values=rows.columns[column].to_pylist()
        )
    for column, kind in (("operator_name", "name"), ("address_text", "address")):
        inbox.truth.personal(
            source=source,
            feed="shops",
            column=column,
            kind=kind,
            values=rows.columns[column].filter(person).to_pylist(),
        )


class _Writer:
    """Writes the deliveries of the feeds that share files."""

    def __init__(self, world: World, platform: int, family: Family, name: str, days: Calendar, inbox: Inbox):
        self._world, self._platform, self._family, self._name, self._days, self._inbox = (
            world,
            platform,
            family,
            name,
            days,
            inbox,
        )
        self._source, self._code = f"platform_{platform + 1:02d}", world.platforms.platform_code[platform]

    def write(self, rows: Mapping[str, Rows]) -> None:
        """Write the files of each delivery of the platform that the inbox wants. ``rows``: feed → its rows,
        sorted by delivery."""
        edges = {f: np.searchsorted(r.delivery, np.arange(len(self._days.days) + 1)) for f, r in rows.items()}
        for number, (day, arrives) in enumerate(zip(self._days.days, self._days.arrives, strict=True)):
            mine = {f: r.slice(edges[f][number], edges[f][number + 1]) for f, r in rows.items()}
            again = arrives + timedelta(days=1) if number >= self._days.n_history else arrives
            if any(map(len, mine.values())) and (self._inbox.wants(arrives) or self._inbox.wants(again)):
                for stem, part in self._parts(mine, f"{self._name}_{day:%Y%m%d}"):
                    self._file(number, stem, part)
        if self._platform == HEADER_ONLY[0] and HEADER_ONLY[1] in rows:
            self._header_only(rows)

    def _parts(self, rows: dict[str, Rows], stem: str) -> Iterator[tuple[str, dict[str, Rows]]]:
        """One file; of workbooks as many as keep each small."""
        many = -(-sum(map(len, rows.values())) // SHEET_ROWS) if self._family.form == "xlsx" else 1
        for part in range(many):
            cut = {f: r.slice(len(r) * part // many, len(r) * (part + 1) // many) for f, r in rows.items()}
            yield (stem if many == 1 else f"{stem}_{part + 1}"), cut

    def _file(self, number: int, stem: str, rows: dict[str, Rows]) -> None:
        """Write one delivery: the file itself, that of the heads of its orders, and copies and faulty files
        that come with it. ``number``: of the delivery; ``stem``: the file's name without ending."""
        day, arrives = self._days.days[number], self._days.arrives[number]
        first = number == 0
        broken = {
            f: broken_lines(self._family, self._code, f)
            for f in rows
            if first and (self._platform + FEEDS.index(f)) % 3 == 0
        }
        content, placed = laid_out(self._family, self._code, rows, broken)
        file = f"{stem}{self._family.ending}"
        for feed, mine in rows.items():
            self._plant(number, file, feed, mine, placed[feed])
            last = int(placed[feed].record[-1]) if len(mine) else 0
            for place, line in enumerate(broken.get(feed, []), 1):
                self._inbox.truth.plant(
                    source=self._source,
                    feed=feed,
                    file=file,
                    member=placed[feed].member,
                    record=last + place,
                    fault=line.fault,
                    ends_as=line.ends_as,
                    since=arrives,
                )
        size = sum(map(len, rows.values())) + sum(map(len, broken.values()))
        history = number < self._days.n_history
        kind = "history" if history else "late" if late(self._platform, day) else "night"
        if history and number == self._days.n_history - 1:
            content, size = self._with_faulty_files(day, arrives, stem, rows, content, size)
        self._put(file, content, number, kind, size)
        if "orders" in rows and "heads" in self._family.feeds:
            found = heads(self._family, rows["orders"])
            self._put(
                file.replace(self._name, self._family.files["heads"]),
                found,
                number,
                kind,
                found.count(b"\n") - 1,
            )
        last_night = (self._world.nights or (self._world.end,))[-1]
        if (
            not history
            and twice(self._platform, day)
            and arrives < last_night
            and "heads" not in self._family.feeds
        ):
            self._send_again(stem, content, day, arrives + timedelta(days=1), rows, size)

    def _put(self, file: str, content: bytes, number: int, kind: str, size: int) -> None:
        day, arrives = self._days.days[number], self._days.arrives[number]
        self._inbox.put(self._source, file, content, delivered=day, arrives=arrives, kind=kind, records=size)

    def _plant(self, number: int, file: str, feed: str, rows: Rows, placed: Placed) -> None:
        """Note in the truth which rows of a file are wrong and how they must end. ``placed``: where each row
        is in it. Rows that a later delivery makes invalid count as wrong from that one on."""
        arrives = np.array(self._days.arrives, object)
        keys = rows.columns[KEYS[feed]]
        for fault in np.unique(rows.fault[rows.fault >= 0]):
            at, wrong = np.flatnonzero(rows.fault == fault), FAULTS[fault]
            since = arrives[np.maximum(rows.lost_at[at], number)] if wrong.name == LATER else arrives[number]
            self._inbox.truth.plant(
                source=self._source,
                feed=feed,
                file=file,
                member=placed.member,
                record=placed.record[at],
                element=placed.element[at],
                key=keys.take(at).to_pylist(),
                fault=wrong.name,
                ends_as=wrong.ends_as,
                rule_id=wrong.rule_id,
                since=since,
            )

    def _with_faulty_files(
        self, day: date, arrives: date, stem: str, rows: dict[str, Rows], content: bytes, size: int
    ) -> tuple[bytes, int]:
        """Write the files that some platforms send with the last file of the history: one that is cut off
        (CUT), one that was sent twice and one that no feed takes (AGAIN), one that is corrected (EDITION).
        Returns the content to write for the last file itself, which lacks a line where a correction follows,
        and its number of records."""
        if CUT.get(self._platform) in rows:
            file = f"{stem}_cut{self._family.ending}"
            self._inbox.put(
                self._source,
                file,
                content[: len(content) // 2],
                delivered=day,
                arrives=arrives,
                kind="truncated",
                records=0,
            )
            self._whole_file(rows, file, "a file that is cut off", "refused", arrives)
        if self._platform == AGAIN[0] and AGAIN[1] in rows:
            self._send_again(stem, content, day, arrives, rows, size)
            note = "合成数据：此文件不属于任何数据供给。\n".encode()
            self._inbox.put(
                self._source, "说明.txt", note, delivered=day, arrives=arrives, kind="foreign", records=0
            )
            self._inbox.truth.plant(
                source=self._source,
                feed="",
                file="说明.txt",
                fault="a file that no feed takes",
                ends_as="refused",
                since=arrives,
            )
        if self._platform == EDITION[0] and EDITION[1] in rows:
            file = f"{stem}{self._family.ending}"
            self._inbox.put(
                self._source,
                file,
                content,
                delivered=day,
                arrives=arrives,
                kind="edition",
                records=size,
                correction=True,
                hour=3,
            )
            self._whole_file(rows, file, "an edition that a correction replaces", "superseded", arrives)
            end = content.rindex(b"\n", 0, len(content) - 1) + 1
            return content[:end], size - 1  # without the last line
        return content, size

    def _send_again(
        self, stem: str, content: bytes, day: date, arrives: date, rows: dict[str, Rows], size: int
    ) -> None:
        """Write the content of the file ``stem`` once more, under another name, and note in the truth that it
        repeats an earlier one for each feed in ``rows``. ``day``: the day in its name; ``arrives``: the day
        on which it arrives, an hour after files that are sent once; ``size``: its records."""
        file = f"{stem}_send_again{self._family.ending}"
        self._inbox.put(
            self._source, file, content, delivered=day, arrives=arrives, kind="again", records=size, hour=2
        )
        self._whole_file(rows, file, "a file that was sent again", "repeated", arrives)

    def _whole_file(
        self, feeds: Mapping[str, Rows], file: str, fault: str, ends_as: str, since: date
    ) -> None:
        for feed in feeds:
            self._inbox.truth.plant(
                source=self._source, feed=feed, file=file, fault=fault, ends_as=ends_as, since=since
            )

    def _header_only(self, rows: Mapping[str, Rows]) -> None:
        (feed,) = rows
        day, family = self._world.months[0] - timedelta(days=1), self._family
        file = f"{self._name}_{day:%Y%m%d}{family.ending}"
        content = delimited(
            {c.header: rows[feed].columns[c.name].slice(0, 0) for c in family.feeds[feed]},
            delimiter=family.delimiter,
        )
        self._inbox.put(
            self._source, file, content, delivered=day, arrives=self._world.end, kind="header_only", records=0
        )
        self._whole_file(rows, file, "a header and nothing below it", "empty", self._world.end)
