"""A small synthetic country lived through: its files arrive day by day in a home, and what became of them is
compared with the truth."""

from __future__ import annotations

import shutil
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path

import pandas as pd
import pytest
from homes import Home

from jobs.contracts.catalog import Catalog, load_catalog
from jobs.ingest.personal import open_key
from jobs.night import building
from jobs.simulate.country.country import Settings, simulate

COUNTED = ("unreadable", "rejected", "quarantined", "superseded", "repeated", "unlinked")
PLACE = ["source", "feed", "file", "member", "record", "element"]


@dataclass
class Country:
    """``folder``: where its files wait until they arrive, and its truth."""

    folder: Path
    settings: Settings

    def __post_init__(self) -> None:
        simulate(self.settings, self.folder / "files", self.folder / "truth", workers=1)

    def truth(self, table: str) -> pd.DataFrame:
        return pd.read_parquet(self.folder / "truth" / f"{table}.parquet")

    @cached_property
    def days(self) -> list[date]:
        """The last day of the history, then one a night."""
        return [self.settings.until + timedelta(days=n) for n in range(self.settings.nights + 1)]

    def arrive(self, home: Home, first: date | None, last: date) -> int:
        """Files that arrive from ``first`` (None: ever) to ``last`` are put into the home's inbox, with their
        times."""
        deliveries = self.truth("delivery")
        mine = deliveries[
            (deliveries.arrives_on <= last) & ((deliveries.arrives_on >= first) if first else True)
        ]
        for path in sorted(set(mine.path)):
            target = home.root / "inbox" / path
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(self.folder / "files" / path, target)
        return len(mine)


def silver_tables() -> Catalog:
    return Catalog(
        {name: contract for name, contract in load_catalog().contracts.items() if contract.tier == "silver"}
    )


def home_of(root: Path, like: Home | None = None) -> Home:
    """A home for a country's files, with silver tables. ``like``: another one, so that both have the same
    tables and make the same pseudonyms."""
    home = Home(root, None, "commerce", tables=like.tables if like is not None else silver_tables())
    if like is not None:
        open_key(like.env.key_file, like.env.landing)  # made where nothing has landed there yet
        shutil.copy2(like.env.key_file, home.env.key_file)
    return home


def day_by_day(country: Country, home: Home) -> list[str]:
    """The history's night, then one for each further day with what arrives on it. Tables with partition_by
    are built by group, however small; those of which single groups were built, one name per night."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(building, "GROUP_ROWS", 1)
        for day in country.days:
            assert country.arrive(home, None if day == country.days[0] else day, day) > 0
            home.night(day)
    found = home.ask("""SELECT "table" FROM ops.run_log WHERE message LIKE '% group%' ORDER BY ALL""")
    return [row["table"] for row in found]


def differing(one: Home, other: Home) -> list[str]:
    """Tables that two homes do not hold alike."""
    a, b = one.hashes(), other.hashes()
    return sorted(t for t in a.keys() | b.keys() if a.get(t) != b.get(t))


def planted(country: Country, until: date) -> pd.DataFrame:
    rows = country.truth("planted")
    rows = rows[rows.since <= until].copy()
    rows["rule_id"] = rows.rule_id.fillna("")
    return rows


def quarantine_differences(home: Home, country: Country, until: date) -> list[str]:
    """Rows in quarantine that no one planted, planted ones that are not there, and those rejected by another
    rule."""
    want = planted(country, until).query("ends_as == 'quarantined'")
    got = pd.DataFrame(
        home.ask(
            "SELECT source, feed, file, member, record, element, rule_ids FROM silver.quarantine WHERE "
            "source <> 'reference'"
        )
    )
    wanted = {tuple(r[:6]): r[6] for r in want[[*PLACE, "rule_id"]].itertuples(index=False)}
    found = {tuple(r[:6]): list(r[6]) for r in got[[*PLACE, "rule_ids"]].itertuples(index=False)}
    differences = [f"not planted: {place}: {found[place]}" for place in sorted(found.keys() - wanted.keys())]
    differences += [
        f"not quarantined: {place}: {wanted[place]}" for place in sorted(wanted.keys() - found.keys())
    ]
    return differences + [
        f"{p}: {wanted[p]}, not {found[p]}"
        for p in sorted(found.keys() & wanted.keys())
        if wanted[p] and wanted[p] not in found[p]
    ]


def ledger_differences(home: Home, country: Country, until: date) -> list[str]:
    """Rows by ending and file, as the ledger counts them and as they were planted; of a file that ends whole,
    its status."""
    ledger = pd.DataFrame(
        home.ask(
            f"SELECT source, feed, file, status, {', '.join(COUNTED)} FROM ops.reconciliation WHERE "
            f"source <> 'reference'"
        )
    )
    rows = planted(country, until)
    whole = {(r.source, r.feed, r.file) for r in rows[rows.record == 0].itertuples()}
    want = Counter(
        (r.source, r.feed, r.file, r.ends_as)
        for r in rows[rows.record > 0].itertuples()
        if r.ends_as in COUNTED
    )
    got: Counter = Counter()
    for r in ledger.itertuples():
        got.update(
            {(r.source, r.feed, r.file, kind): int(getattr(r, kind)) for kind in COUNTED if getattr(r, kind)}
        )
    keys = {k for k in want | got if k[:3] not in whole}
    differences = [f"{k}: {got[k]}, planted {want[k]}" for k in sorted(keys) if got[k] != want[k]]
    ends = {
        (r.source, r.feed, r.file): r.ends_as
        for r in rows[rows.record == 0].itertuples()
        if r.ends_as in ("refused", "empty")
    }
    statuses = {(r.source, r.feed, r.file): r.status for r in ledger.itertuples()}
    differences += [
        f"{k}: {statuses.get(k)}, planted {end}" for k, end in sorted(ends.items()) if statuses.get(k) != end
    ]
    refused = {k for k, status in statuses.items() if status == "refused"}
    return differences + [f"{k}: refused, and not planted" for k in sorted(refused - ends.keys())]


def flag_differences(home: Home, country: Country, until: date) -> list[str]:
    """Planted rows that no flag names, and flagged rows that no one planted."""
    want = planted(country, until).query("record > 0")
    keys = {
        (r["source"], r["feed"], r["file"]): r["load_key"]
        for r in home.ask("SELECT source, feed, file, load_key FROM ops.reconciliation")
    }
    flagged = set()
    for name, contract in load_catalog().contracts.items():
        if contract.conformed:
            rows = home.ask(
                f"SELECT _load_key, _record, unnest(_flags) AS flag FROM {name} WHERE _source <> 'reference'"
            )
            flagged |= {(r["_load_key"], r["_record"], r["flag"]) for r in rows}
    places = [((keys.get((r.source, r.feed, r.file)), r.record), r) for r in want.itertuples()]
    known = {place for place, _ in places}
    differences = [f"not planted: {each}" for each in sorted(flagged) if each[:2] not in known]
    for place, r in places:
        if r.ends_as == "flagged" and (*place, r.rule_id) not in flagged:
            differences.append(f"{r.source}/{r.file} {r.record} {r.fault}: no flag {r.rule_id}")
    return differences


def operator_scores(home: Home, country: Country) -> dict[str, float]:
    """Of shops whose operator stands in the register: how many links to a USCC are right, how many shops are
    linked so, F1."""
    links = pd.DataFrame(home.ask("SELECT shop_id, enterprise_id FROM silver.shop_operator"))
    both = country.truth("shop").merge(links, on="shop_id")
    coded = both[both.enterprise_id.str.len() == 18]
    right = int((coded.enterprise_id == coded.uscc).sum())
    precision, recall = right / len(coded), right / int(both.uscc.notna().sum())
    return {
        "precision": precision,
        "recall": recall,
        "f1": 2 * precision * recall / (precision + recall),
        "shops": len(both),
    }


def unbalanced(home: Home) -> list[dict]:
    return home.ask("SELECT source, feed, file FROM ops.reconciliation WHERE NOT balanced")
