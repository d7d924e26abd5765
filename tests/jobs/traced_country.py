"""Traces of a small country, compared with who really made and sold each batch, and with the raw files."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
from country_home import Country
from homes import Home
from python_calamine import CalamineWorkbook

from jobs.lake.night import Snapshot, newest_snapshot
from jobs.lake.tables import Lake
from jobs.marts.tracing import source_trace
from jobs.period import Period
from jobs.reports.tracing import read_members, with_files

SUBJECT = ["subject_type", "subject_id"]
PLACE = {"_source": "source", "_load_key": "load_key", "_record": "record"}


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
    """How many hops of each table were looked up in the raw files as received, found by their hash as pages
    and downloads state it, and those whose record there is another one."""
    night = snapshot(home)
    ingested = night.lake.frame("ops.ingest_file")
    hops = with_files(trace, ingested, read_members(night, trace, ingested))
    hops = hops[hops["file"].notna() & hops["source"].ne("reference")]
    hops = hops.drop_duplicates(["evidence_table", "evidence_id"])
    wrong = []
    for (sha256, member), own in hops.fillna({"member": ""}).groupby(["sha256", "member"]):
        raw = (home.root / "landing" / "raw" / sha256[:2] / sha256).read_bytes()
        lists = _records(raw, member, own["file"].iloc[0])
        wrong += [
            f"{hop.evidence_table} {hop.evidence_id}: {hop.source}/{hop.file} {hop.record}"
            for hop in own.itertuples()
            if not any(
                str(hop.evidence_id) in "".join(rows[int(hop.record) - 1 : int(hop.record)]) for rows in lists
            )
        ]
    return hops.groupby("evidence_table").size().to_dict(), wrong


def _records(data: bytes, member: str, file: str) -> list[list[str]]:
    """The lists of records of a raw file as texts, the first of record number 1: of a workbook each sheet
    below one to three lines of headings, of a JSON document each list. Bytes that do not decode are those of
    damaged lines."""
    name = file
    if member:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            data, name = archive.read(member), member
    if name.endswith(".gz"):
        data, name = gzip.decompress(data), name.removesuffix(".gz")
    if name.endswith(".parquet"):
        return [[str(row) for row in pq.read_table(io.BytesIO(data)).to_pylist()]]
    if name.endswith(".xlsx"):
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        sheets = [[str(row) for row in book.get_sheet_by_name(n).to_python()] for n in book.sheet_names]
        return [rows[headings:] for rows in sheets for headings in (1, 2, 3)]
    if name.endswith(".json"):
        return list(_lists(json.loads(data)))
    lines = data.decode(errors="replace").split("\n")
    return [lines if name.endswith(".jsonl") else lines[1:]]


def _lists(value: Any) -> Iterator[list[str]]:
    """Each list of a document."""
    if isinstance(value, list):
        yield [str(each) for each in value]
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        if isinstance(each, dict | list):
            yield from _lists(each)
