"""The ledger of received files as pages show it: files, unreadable records, quarantined rows by rule.

A feed is one kind of file of a source (provider); an edition is one content of a file of a given name.
Landing is the step that reads received files. An edition is refused if it cannot be used, and held if it has
far fewer records than the edition before it: it then does not count until a person accepts it. Pure.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from jobs.arrays import dicts
from jobs.ingest.counting import EDITION_ORDER
from jobs.ingest.model import Feed
from jobs.reports.advice import NO_ANSWER, needs_no_answer, same_content, taken_beside
from jobs.reports.counting import EXAMPLES
from jobs.reports.material import Night
from jobs.reports.numbers import missing, whole
from jobs.reports.order_lines import TARGET as ORDER_LINES
from jobs.reports.wording import FILE_STATUS, LEDGER, SCRUBBED, Text, label, same

# Columns of a table of files; the ledger's other counts are shown only where they are not zero.
ALWAYS = ("records", "unreadable", "rejected", "loaded", "accepted", "quarantined", "superseded", "repeated")
NOT_TAKEN = (FILE_STATUS["refused"], FILE_STATUS["held"])
Feeds = Mapping[str, Sequence[Feed]]  # name of a source → the feeds of its YAML
# Columns that identify a file in ops.reconciliation and ops.ingest_file; those of an unreadable record.
FILE_KEY = ["source", "feed", "file", "sha256"]
UNREADABLE_COLUMNS = ["source", "feed", "file", "member", "record", "zh", "en", "current"]


@dataclass(frozen=True)
class FileLedger:
    """The files of a night. ``files``: one dict per feed, file and content, unbalanced and refused ones
    first, then by day of receipt, the latest first; ``unreadable``: one dict per record that landing could
    not read or had to reject (UNREADABLE_COLUMNS); ``landed``: one row per file, feed and content, as
    jobs.ingest.units.current returns it.

    A file has source, feed ('' where no feed reads it), target, file, sha256, received_on, delivered_on, size
    (bytes), its status as ``code`` and in words (``status``), and the ``reason`` of a refusal. ``numbers``
    are its records by outcome (keys of LEDGER; missing where ``withheld``, as of order lines), ``balanced``
    whether they add up, ``faults`` whether any was unreadable, rejected or quarantined, ``edition`` (number
    of this edition, number of editions), ``notes`` what landing noted. Its ``standing`` is `live` (the
    edition in use); `replaced` (a later edition is in use); `refused` (refused or held); `mended` (refused or
    held, and a later edition was taken); or `no_answer` (refused, and for information alone:
    `advice.needs_no_answer`). Of the last, ``beside`` names the file in use that was delivered in its place,
    '' without one, and ``same`` says whether that one has the same content.
    """

    files: list[dict[str, Any]]
    unreadable: list[dict[str, Any]]
    landed: pd.DataFrame

    def of(self, source: str) -> FileLedger:
        """Return the ledger of one source, by its name; an empty one where it has no file here."""
        mine = self.landed[self.landed["source"] == source]
        return FileLedger(
            [f for f in self.files if f["source"] == source],
            [r for r in self.unreadable if r["source"] == source],
            mine,
        )

    @property
    def totals(self) -> dict[str, int]:
        """Number of records by outcome (keys of LEDGER), summed over all files. Counts that are withheld
        (order lines) count as 0."""
        return {n: sum(whole(f["numbers"][n]) for f in self.files) for n in LEDGER}

    @property
    def outcomes(self) -> list[tuple[Text, int]]:
        """(status in words, number of files) of each status, the most frequent first."""
        counts: dict[Text, int] = {}
        for file in self.files:
            counts[file["status"]] = counts.get(file["status"], 0) + 1
        return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))

    @property
    def unbalanced(self) -> list[dict[str, Any]]:
        """Files whose counts of records do not add up."""
        return [f for f in self.files if not f["balanced"]]

    @property
    def refused(self) -> list[dict[str, Any]]:
        """Files that were refused or are held, have no later edition that was taken and need an answer."""
        return [f for f in self.files if f["standing"] == "refused"]

    @property
    def refused_files(self) -> list[dict[str, Any]]:
        """The files of `refused`, each once for its reason: a file that several feeds read has these in
        `feeds`. ``earlier``: whether an edition of that name that came before it is in use."""
        return self._once(self.refused)

    @property
    def for_information(self) -> list[dict[str, Any]]:
        """Refused files that need no answer, as `refused_files` has those that do."""
        return self._once([f for f in self.files if f["standing"] == NO_ANSWER])

    def _once(self, files: list[dict[str, Any]]) -> list[dict[str, Any]]:
        found: dict[tuple[Any, ...], dict[str, Any]] = {}
        used = {(f["source"], f["feed"], f["file"]) for f in self.files if f["standing"] == "live"}
        for file in files:
            entry = found.setdefault(
                (file["source"], file["file"], file["sha256"], file["reason"]),
                {**file, "feeds": [], "earlier": False},
            )
            entry["earlier"] |= (file["source"], file["feed"], file["file"]) in used
            entry["feeds"] += [file["feed"]] if file["feed"] else []
        return list(found.values())

    @property
    def distinct(self) -> int:
        """Number of different files by source, name and content; `files` has one entry for each feed that
        reads a file."""
        return len({(f["source"], f["file"], f["sha256"]) for f in self.files})

    @property
    def newest(self) -> list[dict[str, Any]]:
        """All files by day of delivery (of receipt where that is not stated), the latest first."""
        return sorted(
            self.files,
            key=lambda f: str(f["received_on"] if missing(f["delivered_on"]) else f["delivered_on"]),
            reverse=True,
        )

    @property
    def troubled(self) -> list[dict[str, Any]]:
        """Files to look at: refused ones, unbalanced ones, and live ones with records that were unreadable,
        rejected or quarantined."""
        return [
            f
            for f in self.files
            if f["standing"] == "refused" or not f["balanced"] or (f["standing"] == "live" and f["faults"])
        ]

    @property
    def turned_away(self) -> list[dict[str, Any]]:
        """All files that were refused or are held, also those that need no answer or were corrected since."""
        return [f for f in self.files if f["status"] in NOT_TAKEN]

    @property
    def accepted_in_part(self) -> list[dict[str, Any]]:
        """Files in use that balance, with records that were unreadable, rejected or quarantined."""
        return [f for f in self.files if f["standing"] == "live" and f["faults"] and f["balanced"]]

    @property
    def still_unreadable(self) -> list[dict[str, Any]]:
        """Unreadable records of live files."""
        return [r for r in self.unreadable if r["current"]]

    @property
    def faulty_order_files(self) -> list[dict[str, Any]]:
        """Live files of order lines with records that were unreadable, rejected or quarantined. The number of
        such records is withheld."""
        return [f for f in self.files if f["withheld"] and f["faults"] and f["standing"] == "live"]

    def current(self, number: str) -> int:
        """Return how many records had an outcome (``number``: a key of LEDGER), summed over live files. Order
        lines are not counted, as their numbers are withheld."""
        return sum(whole(f["numbers"][number]) for f in self.files if f["standing"] == "live")


def read_file_ledger(night: Night) -> FileLedger:
    """Return the ledger of all files of the night, from ops.reconciliation and ``night.landed``."""
    feeds = {name: source.feeds for name, source in night.sources.good.items()}
    return file_ledger_of(night.frame("ops.reconciliation"), night.landed, feeds)


def file_ledger_of(reconciliation: pd.DataFrame, landed: pd.DataFrame, feeds: Feeds) -> FileLedger:
    """Return the ledger of files. ``reconciliation``: ops.reconciliation with the column ``faults``
    (`order_lines.with_faults`); ``landed``: one row per file, feed and content, as jobs.ingest.units.current
    returns it; ``feeds``: name of a source → those of its YAML, without sources whose YAML is wrong."""
    return FileLedger(_files(reconciliation, landed, feeds), _unreadable(landed), landed)


def _files(file_ledger: pd.DataFrame, landed: pd.DataFrame, feeds: Feeds) -> list[dict[str, Any]]:
    notes = {tuple(r[k] for k in FILE_KEY): r for r in dicts(landed)}
    editions = _editions(landed)
    files = []
    for row in dicts(file_ledger):
        key = tuple(row[k] for k in FILE_KEY)
        note = notes.get(key)
        files.append(
            {
                **{k: row[k] for k in ("source", "feed", "target", "file", "sha256", "received_on")},
                "code": row["status"],
                "status": label(FILE_STATUS, row["status"]),
                "standing": "",
                "beside": "",
                "same": False,
                "reason": in_both(row["reason_zh"], row["reason_en"]),
                "numbers": {n: row[n] for n in LEDGER},
                "more": [
                    (words, whole(row[n])) for n, words in LEDGER.items() if n not in ALWAYS and whole(row[n])
                ],
                "balanced": row["balanced"] is True or row["balanced"] == 1,
                "notes": [] if note is None else _notes(note),
                "delivered_on": None if note is None else note["delivered_on"],
                "size": None if note is None else note["size"],
                "edition": editions.get(key),
                "faults": bool(row["faults"]),
                "withheld": row["target"] == ORDER_LINES,
                "live": note is not None and bool(note["live"]),
                "changed": (0, 0) if note is None else (note["changed_ns"], note["mtime_ns"]),
            }
        )
    set_standing(files)
    set_aside(files, feeds)
    files.sort(key=lambda f: (f["source"], f["feed"], f["file"]))
    files.sort(key=lambda f: str(f["received_on"]), reverse=True)
    files.sort(key=lambda f: (f["balanced"], f["standing"] != "refused"))
    return files


def set_standing(files: list[dict[str, Any]]) -> None:
    """Set ``standing`` of each dict of ``files`` in place (see `FileLedger`), from source, feed, file,
    status, ``live`` and ``changed`` (time of change). A refused file that no feed reads counts as mended once
    a feed reads a file of that name."""
    live = {(f["source"], f["feed"], f["file"]): f["changed"] for f in files if f["live"]}
    taken = {(source, file) for source, feed, file in live if feed}
    for file in files:
        later = live.get((file["source"], file["feed"], file["file"]), (-1, -1)) > file["changed"]
        mended = later or (not file["feed"] and (file["source"], file["file"]) in taken)
        refused = "mended" if mended else "refused"
        file["standing"] = "live" if file["live"] else refused if file["status"] in NOT_TAKEN else "replaced"


def set_aside(files: list[dict[str, Any]], feeds: Feeds) -> None:
    """Set ``standing`` to `no_answer`, ``beside`` and ``same``, of the refused files that need no answer, in
    place. ``feeds``: as for `file_ledger_of`."""
    by: dict[str, list[dict[str, Any]]] = {}
    for file in files:
        by.setdefault(file["source"], []).append(file)
    for source, mine in by.items():
        stated = feeds.get(source, ())
        for file in (f for f in mine if f["standing"] == "refused" and f["code"] != "held"):
            same = same_content(file, mine)
            beside = same or taken_beside(file, mine, stated)
            if needs_no_answer(file, beside, stated):
                file["standing"], file["beside"], file["same"] = NO_ANSWER, beside, bool(same)


def by_delivery(landed: pd.DataFrame) -> pd.DataFrame:
    """Return rows of ops.ingest_file by day of delivery (of receipt where that is not stated), the earliest
    first; on one day by the time at which the file was changed, so that editions of a file are in their
    order."""
    day = landed["delivered_on"].where(landed["delivered_on"].notna(), landed["received_on"])
    return landed.assign(_day=day).sort_values(["_day", *EDITION_ORDER], kind="stable").drop(columns="_day")


def _editions(landed: pd.DataFrame) -> dict[tuple[Any, ...], tuple[int, int]]:
    """Return (source, feed, file, content) → (number of this edition, number of editions of the file),
    counted from the oldest."""
    found: dict[tuple[Any, ...], list[str]] = {}
    for row in dicts(landed.sort_values(EDITION_ORDER, kind="stable")):
        found.setdefault((row["source"], row["feed"], row["file"]), []).append(row["sha256"])
    return {
        (*name, sha): (n, len(shas)) for name, shas in found.items() for n, sha in enumerate(shas, start=1)
    }


def _notes(file: dict[str, Any]) -> list[Text]:
    """Return what landing noted about a file: columns that are not mapped, optional columns that are absent,
    warnings, and what was removed from texts."""
    drift, absent = items(file["drift"]), items(file["missing"])
    notes = []
    if drift:
        notes.append(Text(f"未映射的列：{'、'.join(drift)}", f"columns not mapped: {', '.join(drift)}"))
    if absent:
        notes.append(
            Text(f"缺少的可选列：{'、'.join(absent)}", f"optional columns absent: {', '.join(absent)}")
        )
    notes += [split_languages(w) for w in items(file["warnings"])]
    for column, kinds in scrubbed(file.get("scrubbed")).items():
        words = [(label(SCRUBBED, kind), n) for kind, n in kinds.items()]
        zh = "、".join(f"{w.zh} {n:,}" for w, n in words)
        notes.append(
            Text(
                f"{column} 中已隐去：{zh}",
                f"removed from {column}: {', '.join(f'{w.en} {n:,}' for w, n in words)}",
            )
        )
    return notes


def scrubbed(value: object) -> dict[str, dict[str, int]]:
    """Return what landing removed from texts: column → kind (a key of SCRUBBED) → how often. ``value``: the
    JSON in ops.ingest_file.scrubbed; an empty dict where it is missing."""
    return json.loads(value) if isinstance(value, str) and value else {}


def items(value: object) -> list[str]:
    """Return the entries of a list cell as texts; an empty list where the cell is missing."""
    return [str(v) for v in value] if isinstance(value, (list, tuple, np.ndarray)) else []


def in_both(zh: object, en: object) -> Text:
    """Return a text in both languages, the Chinese in place of a missing English; '' where both are
    missing."""
    first = "" if missing(zh) else str(zh)
    return Text(first, first if missing(en) or not en else str(en))


def split_languages(said: str) -> Text:
    """Return a warning of landing, which is written "zh | en", in both languages; unchanged in both where it
    has no bar."""
    zh, bar, en = said.partition(" | ")
    return Text(zh, en) if bar else same(said)


def _unreadable(landed: pd.DataFrame) -> list[dict[str, Any]]:
    found = []
    for file in dicts(landed):
        if missing(file["unreadable_list"]) or not file["unreadable_list"]:
            continue
        for record in json.loads(file["unreadable_list"]):
            found.append(
                {
                    "source": file["source"],
                    "feed": file["feed"],
                    "file": record.get("file") or file["file"],  # of a joined file the former
                    "member": record.get("member") or "",
                    "record": record["record"],
                    "element": record.get("element"),
                    "current": bool(file["live"]),
                    "zh": record["reason_zh"],
                    "en": record["reason_en"],
                }
            )
    return found


def unreadable_frame(file_ledger: FileLedger) -> pd.DataFrame:
    """Return the unreadable records as a frame for download, one row per record: source, feed, file, member,
    record, reason_zh, reason_en, current."""
    frame = pd.DataFrame(file_ledger.unreadable, columns=UNREADABLE_COLUMNS)
    return frame.rename(columns={"zh": "reason_zh", "en": "reason_en"})


def broken_rules(
    rules: pd.DataFrame, examples: pd.DataFrame, free_text: set[tuple[str, str]]
) -> list[dict[str, Any]]:
    """Return one dict per table and broken rule, the one with most quarantined rows first: ``target``,
    ``rule``, ``reason``, ``rows``, ``withheld`` (whether the number may not be shown), and ``examples`` (at
    most EXAMPLES), each with its place (`place`) and ``value``, the value that breaks the rule.

    ``rules``: one row per source, table and rule (`counting.quarantine_rules`); ``examples``: one row per
    example (`counting.quarantine_examples`; KeyError where ``rules`` lacks its rule); ``free_text``: (table,
    column) whose text is never shown. Other values of an example are not shown, as the page is public and the
    row may name a firm.
    """
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for row in dicts(rules):
        entry = found.setdefault(
            (row["target"], row["rule"]),
            {
                "target": row["target"],
                "rule": row["rule"],
                "reason": in_both(row["zh"], row["en"]),
                "rows": 0,
                "withheld": False,
                "examples": [],
            },
        )
        entry["rows"] += whole(row["rows"])
        entry["withheld"] |= missing(row["rows"])
    for row in dicts(examples):
        entry = found[row["target"], row["rule"]]
        if len(entry["examples"]) < EXAMPLES:
            entry["examples"].append({**place(row), "value": failing_cell(row, row["rule"], free_text)})
    return sorted(found.values(), key=lambda e: (-e["rows"], e["target"], e["rule"]))


def place(row: dict[str, Any]) -> dict[str, Any]:
    """Return where a quarantined row is in the files, as a dict: source, file, member (of an archive, ''
    without one), record (number in the file, None where missing) and element (part of a record that was
    split, 0 without one). ``row``: a row with these columns."""
    return {
        "source": row["source"],
        "file": row["file"],
        "member": "" if missing(row["member"]) else row["member"],
        "record": None if missing(row["record"]) else int(row["record"]),
        "element": whole(row["element"]),
    }


def failing_cell(row: dict[str, Any], rule: str, free_text: set[tuple[str, str]]) -> str | None:
    """Return the value of the column that a rule is about; None where it is missing or is free text. ``row``:
    a quarantined row, whose ``row`` is the record as JSON; ``rule``: `<table>.<column>.<kind>`;
    ``free_text``: (table, column) never shown."""
    parts = rule.split(".")
    if len(parts) < 3 or (row["target"], parts[1]) in free_text or not isinstance(row["row"], str):
        return None
    value = json.loads(row["row"]).get(parts[1])
    return None if value is None else str(value)
