"""Traces of a small country, compared with who really made and sold each batch, and with the raw files."""

from __future__ import annotations

import gzip
import zipfile
from pathlib import Path

import pandas as pd
from country_home import Country
from homes import Home

from jobs.lake.night import Snapshot, newest_snapshot
from jobs.lake.tables import Lake
from jobs.marts.tracing import source_trace
from jobs.period import Period
from jobs.reports.tracing import read_members, with_files

SUBJECT = ["subject_type", "subject_id"]
PLACE = {"_source": "source", "_load_key": "load_key", "_record": "record"}
TEXTS = (".csv", ".tsv", ".jsonl", ".csv.gz", ".jsonl.gz", ".zip")


def snapshot(home: Home) -> Snapshot:
    return newest_snapshot(Lake(home.root / "lake"))


def traced(home: Home, *, nameless_codes: bool = False) -> pd.DataFrame:
    """gold.source_trace of the night; ``nameless_codes``: as if every second label bore no code."""
    night = snapshot(home)
    names = (
        "sample counterfeit_report shop shop_operator enterprise registration objection region "
        "product_category industrial_cluster"
    ).split()
    given = {name: night.frame(f"silver.{name}") for name in names}
    listing = night.frame("silver.listing").rename(columns=PLACE)
    named = set(given["sample"]["listing_id"]) | set(given["counterfeit_report"]["listing_id"])
    if nameless_codes:
        sample = given["sample"].sort_values("sample_id", ignore_index=True)
        sample.loc[::2, "producer_uscc"] = None
        given["sample"] = sample
        listing = listing.assign(producer_uscc=None, producer_name=None)
    return source_trace.build(
        **given,
        standing_conclusion=night.frame("silver.conclusion"),
        traced_listing=listing[listing["listing_id"].isin(named)],
        period=Period(night.date or pd.Timestamp.max.date()),
    )


def beside_truth(country: Country, trace: pd.DataFrame) -> pd.DataFrame:
    """The hops to operators and producers with `truth`: the code of who really is it, null for a person."""
    code = country.truth("enterprise").set_index("enterprise")["uscc"]
    maker = country.truth("listing").set_index("listing_id")["producer"].map(code)
    seller = country.truth("shop").set_index("shop_id")["enterprise"].map(code)
    by = trace.pivot_table(index=SUBJECT, columns="hop", values="node_id", aggfunc="first")
    keys = pd.MultiIndex.from_frame(trace[SUBJECT])
    at = {hop: pd.Series(by[hop].reindex(keys).to_numpy(), trace.index) for hop in ("listing", "shop")}
    truth = at["listing"].map(maker).where(trace["hop"] == "producer", at["shop"].map(seller))
    rows = trace[trace["hop"].isin(["operator", "producer"])]
    return rows.assign(truth=truth)[truth.reindex(rows.index).notna()]


def records_elsewhere(home: Home, trace: pd.DataFrame) -> tuple[dict[str, int], list[str]]:
    """How many hops of each table were looked up in the raw files of the inbox that are text, and those whose
    record there is another one."""
    night = snapshot(home)
    ingested = night.lake.frame("ops.ingest_file")
    hops = with_files(trace, ingested, read_members(night, trace, ingested))
    hops = hops[hops["file"].notna() & hops["source"].ne("reference")]
    hops = hops[hops["file"].str.endswith(TEXTS)].drop_duplicates(["evidence_table", "evidence_id"])
    wrong = [
        f"{hop.evidence_table} {hop.evidence_id}: {hop.source}/{hop.file} {hop.record}"
        for hop in hops.itertuples()
        if str(hop.evidence_id).encode() not in _record(home.root / "inbox" / hop.source / hop.file, hop)
    ]
    return hops.groupby("evidence_table").size().to_dict(), wrong


def _record(path: Path, hop) -> bytes:
    """The record of a delimited file (its first line is the header) or of JSON Lines. Bytes: other lines of
    the file may be damaged."""
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            data, name = archive.read(hop.member), hop.member
    else:
        data, name = path.read_bytes(), path.name
    data = gzip.decompress(data) if name.endswith(".gz") else data
    return data.split(b"\n")[int(hop.record) - (1 if ".jsonl" in name else 0)]
