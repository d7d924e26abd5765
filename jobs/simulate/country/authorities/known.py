"""Writes the authorities' deliveries as files and notes the truth about them: which rows were made wrong,
which are replaced later, where personal data are."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from jobs.simulate.country import writing
from jobs.simulate.country.authorities.dossier import Dossier
from jobs.simulate.country.authorities.faults import BROKEN, FAULTS, with_faults
from jobs.simulate.country.authorities.sources import Teller
from jobs.simulate.country.inbox import Inbox
from jobs.simulate.country.texts import joined

NOTE = "合成数据，不属于任何真实机构 | synthetic data of no real authority"
LATE = ("lab_06", "hotline_12345")  # their nightly files come a night late
AGAIN = ("lab_07", "results")  # the last delivery of the history comes twice, under two names
# A file that breaks off, one with a header only, one that no feed takes.
CUT, BARE, FOREIGN = ("lab_05", "results"), ("lab_09", "conclusions"), ("planning", "entries")
REPLACED = ("lab_08", "results")  # the first delivery of the history is replaced by a corrected edition
TURNED = "regulator_410000"  # its two deliveries of the history arrive in the wrong order
PERSONAL = {
    "phone_ref": "phone",
    "representative_ref": "name",
    "buyer_ref": "name",
    "account_ref": "account",
    "address_ref": "address",
    "expert_ref": "name",
    "complainant_ref": "id",
    "person_ref": "id",
}
Parts = Mapping[str, tuple[Mapping[str, Any], dict[str, pa.Array]]]  # feed → its YAML, its cells


class Ledger:
    """Writes deliveries to an inbox. ``book``: the authorities' tables; ``records``: number of records of
    the history that were written so far."""

    def __init__(self, book: Dossier, inbox: Inbox):
        self.inbox, self.truth, self.records = inbox, inbox.truth, 0
        self.end, self.last = (
            book.market.world.end,
            (book.market.world.nights or (book.market.world.end,))[-1],
        )
        self.contacts = (
            pd.concat(book.truth["contacts"])
            if "contacts" in book.truth
            else pd.DataFrame(
                columns=["complaint_id", "kind", "value"],
            )
        )
        self._seen: dict[tuple[str, str], list[pd.DataFrame]] = {}

    def deliver(self, teller: Teller, day: date, parts: Parts, rows: Mapping[str, pd.DataFrame]) -> None:
        """Write one delivery of the source ``teller``, as its YAML says: one file with all feeds, or one
        file per feed with rows (or planted lines). One that would arrive after the last night is not
        written.

        ``day``: the day in the files' names; ``parts``: feed → (its YAML, its cells); ``rows``: feed → the
        rows that the cells were made from.
        """
        night = day > self.end
        arrives = day + timedelta(days=1) if night and teller.name in LATE else day
        if arrives > self.last:
            return
        arrives = max(arrives, self.end)
        more = self._planted(teller, day, parts, arrives) if day == self.end else {}
        together = any(
            feed["format"] in ("json", "xlsx") or feed["files"].endswith(".zip") for feed, _ in parts.values()
        )
        groups = [list(parts)] if together else [[name] for name in parts if len(rows[name]) or name in more]
        for names in groups:
            self._file(
                teller,
                day,
                {n: parts[n] for n in names},
                rows,
                more,
                arrives,
                "late" if arrives > day > self.end else "night" if night else "history",
            )

    def _file(
        self,
        teller: Teller,
        day: date,
        parts: Parts,
        rows: Mapping[str, pd.DataFrame],
        more: dict[str, list[bytes]],
        arrives: date,
        kind: str,
    ) -> None:
        """Write one file of the feeds in ``parts``, with the spoilt copies that belong to it, and remember
        where each record is. ``more``: feed → lines that are planted after its rows; ``arrives``: the day of
        its arrival; ``kind``: history, night or late. The other arguments as in `deliver`."""
        first = next(iter(parts.values()))[0]
        file = first["files"].replace("*", f"{day:%Y%m%d}")
        for name, (feed, _) in parts.items():
            size = len(rows[name])
            member = feed["member"].replace("*", f"{day:%Y%m%d}") if "member" in feed else ""
            if size:
                self._seen.setdefault((teller.name, name), []).append(
                    pd.DataFrame(
                        {
                            "key": _keys(rows[name], feed["key"]),
                            "file": file,
                            "member": member,
                            "record": range(1, size + 1),
                            "arrives": arrives,
                        }
                    )
                )
                self._persons(teller.name, name, rows[name])
        count = sum(writing.n_rows(cells) + len(more.get(name, ())) for name, (_, cells) in parts.items())
        self.records += count * (kind == "history")
        put: dict[str, Any] = {"delivered": day, "arrives": arrives, "records": count}
        if kind == "history" and (teller.name, *parts) == REPLACED and day < self.end:
            self._replaced(teller.name, file, parts, put)
            return
        data = content(parts, day, more)
        self.inbox.put(
            teller.name,
            file,
            data,
            kind=kind,
            hour=2 if teller.name == TURNED and day < self.end else 1,
            **put,
        )
        if kind == "history" and day == self.end:
            self._spoilt(
                teller.name,
                tuple(parts),
                file,
                data,
                content(
                    {n: (f, {h: c[:0] for h, c in cells.items()}) for n, (f, cells) in parts.items()}, day, {}
                ),
                put,
            )

    def _spoilt(
        self, source: str, feeds: tuple[str, ...], file: str, data: bytes, bare: bytes, put: Mapping[str, Any]
    ) -> None:
        """Write, with the last file of the history, what a source sends wrongly: the same file under another
        name, half of it, its header only, or a file that no feed takes."""
        for (whose, feed), (name, fault, ends_as, kind, made) in {
            AGAIN: ("_1", "a file sent again under another name", "repeated", "again", data),
            CUT: ("_2", "a file that breaks off", "refused", "truncated", data[: len(data) // 2]),
            BARE: ("_3", "a header without a row", "empty", "header_only", bare),
            FOREIGN: ("说明.txt", "a file that no feed takes", "refused", "foreign", f"{NOTE}\n".encode()),
        }.items():
            if (source, *feeds) == (whose, feed):
                stem, ending = file.split(".", 1)
                other = f"{stem}{name}.{ending}" if name.startswith("_") else name
                records = put["records"] if kind == "again" else 0
                self.truth.plant(
                    source=source,
                    feed="" if kind == "foreign" else feed,
                    file=other,
                    fault=fault,
                    ends_as=ends_as,
                    since=put["arrives"],
                )
                self.inbox.put(source, other, made, kind=kind, hour=2, **{**put, "records": records})

    def _replaced(self, source: str, file: str, parts: Parts, put: Mapping[str, Any]) -> None:
        """A first edition with a wrong unit everywhere, and its correction in the folder of corrections."""
        feed, cells = parts[REPLACED[1]]
        wrong = {
            **cells,
            feed["columns"]["unit"]["from"]: pa.array(["ppm"] * writing.n_rows(cells), pa.string()),
        }
        self.inbox.put(
            source, file, content({REPLACED[1]: (feed, wrong)}, put["delivered"], {}), kind="edition", **put
        )
        self.inbox.put(
            source, file, content(parts, put["delivered"], {}), kind="history", correction=True, hour=3, **put
        )
        self.truth.plant(
            source=source,
            feed=REPLACED[1],
            file=file,
            fault="a first edition that a corrected one replaces",
            ends_as="superseded",
            since=put["arrives"],
        )

    def _planted(self, teller: Teller, day: date, parts: Parts, arrives: date) -> dict[str, list[bytes]]:
        """Add the wrong rows of a source after its right ones in ``parts``; returns the lines that are no
        records, by feed."""
        more: dict[str, list[bytes]] = {}
        for name in list(parts):
            feed, cells = parts[name]
            size, faults, broken = (
                writing.n_rows(cells),
                FAULTS.get((teller.name, name), ()),
                BROKEN.get((teller.name, name), ()),
            )
            if not size:
                continue
            file, member = (
                feed[k].replace("*", f"{day:%Y%m%d}") if k in feed else "" for k in ("files", "member")
            )
            place: dict[str, Any] = {
                "source": teller.name,
                "feed": name,
                "file": file,
                "member": member,
                "since": arrives,
            }
            cells, keys = with_faults(feed, cells, faults) if faults else (cells, [])
            for number, (fault, key) in enumerate(zip(faults, keys, strict=True), size + 1):
                self.truth.plant(
                    **place,
                    record=number,
                    key=key,
                    fault=fault.name,
                    ends_as=fault.ends_as,
                    rule_id=fault.rule_id,
                )
            for number, one in enumerate(broken, size + len(faults) + 1):
                self.truth.plant(**place, record=number, fault=one.name, ends_as="unreadable")
                more.setdefault(name, []).append(one.line)
            parts[name] = (feed, cells)  # type: ignore[index]
        return more

    def _persons(self, source: str, feed: str, rows: pd.DataFrame) -> None:
        for column, kind in PERSONAL.items():
            if column in rows:
                self.truth.personal(
                    source=source, feed=feed, column=column, kind=kind, values=rows[column].to_numpy(object)
                )
        if "operator_type" in rows:
            person = rows[rows.operator_type == "natural_person"]
            self.truth.personal(
                source=source,
                feed=feed,
                column="operator_name",
                kind="name",
                values=person.operator_name.to_numpy(object),
            )
        if "complaint_id" in rows and "text" in rows:
            mine = self.contacts[self.contacts.complaint_id.isin(rows.complaint_id)]
            for kind, found in mine.groupby("kind"):
                self.truth.personal(
                    source=source, feed=feed, column="text", kind=kind, values=found.value.to_numpy(object)
                )

    def close(self) -> None:
        """Note in the truth which rows a later one of the same key replaces, and from which day. Called
        once, after the last delivery."""
        for (source, feed), parts in self._seen.items():
            rows = pd.concat(parts, ignore_index=True)
            lost = rows[rows.duplicated("key", keep="last")]
            if len(lost):
                rows["next"] = rows.groupby("key").arrives.shift(-1)
                since = [max(a, b) for a, b in zip(lost.arrives, rows.next.loc[lost.index], strict=True)]
                place = {name: lost[name].to_numpy(object) for name in ("file", "member", "record", "key")}
                self.truth.plant(
                    source=source,
                    feed=feed,
                    **place,
                    fault="an earlier state of a row",
                    ends_as="superseded",
                    since=since,
                )


def _keys(rows: pd.DataFrame, columns: list[str]) -> np.ndarray:
    """The keys of rows as text, `|` between parts; parts that the YAML states as constants are left out."""
    return np.array(joined(*(rows[c] for c in columns if c in rows), sep="|").to_pylist(), object)


def content(parts: Parts, day: date, more: Mapping[str, list[bytes]]) -> bytes:
    """Return the bytes of one file: a workbook, a JSON document or an archive of all ``parts``; in other
    formats the table of the only part, compressed where its name ends in `.gz`. ``day``: the day in the
    names of an archive's members; ``more``: feed → lines to add that are no records."""
    feed, _ = next(iter(parts.values()))
    if feed["format"] == "xlsx":
        sheets = {f["options"]["sheet"]: c for f, c in parts.values()}
        return writing.workbook(
            sheets, title=NOTE, above=[NOTE] * (int(feed["options"].get("header_row", 1)) - 1)
        )
    if feed["format"] == "json":
        lists = {
            f["options"]["record_path"].removeprefix("data."): writing.json_objects(c)
            for f, c in parts.values()
        }
        further = {
            parts[n][0]["options"]["record_path"].removeprefix("data."): [line.decode() for line in lines]
            for n, lines in more.items()
            if n in parts
        }
        return writing.gz(writing.json_document(lists, note=NOTE, more=further))
    made = {name: table(f, c, more.get(name, [])) for name, (f, c) in parts.items()}
    if feed["files"].endswith(".zip"):
        return writing.zipped(
            {f["member"].replace("*", f"{day:%Y%m%d}"): made[name] for name, (f, _) in parts.items()}
        )
    data = next(iter(made.values()))
    return writing.gz(data) if feed["files"].endswith(".gz") else data


def table(feed: Mapping[str, Any], cells: dict[str, pa.Array], more: list[bytes]) -> bytes:
    """Return the bytes of one feed's table, JSON Lines or delimited text as its YAML ``feed`` says.
    ``cells``: header → text cells; ``more``: lines to add that are no records."""
    if feed["format"] == "jsonl":
        return writing.json_lines(cells, more)
    return writing.delimited(
        cells,
        delimiter=feed.get("options", {}).get("delimiter", ","),
        encoding=feed.get("encoding", "utf-8"),
        more=more,
    )
