"""A source whose things are joined with shops, and what is current of it after some landings."""

from __future__ import annotations

import pandas as pd
from ingest_world import SOURCE, World

from jobs.ingest.units import current, units
from jobs.lake.tables import Lake

JOINED = (
    SOURCE
    + """\
      kind:     {from: title}
    join:
      - {file: "shops*.csv", by: {shop: no}, take: [title]}
"""
)
SHOP_FEED = """\
  shops:
    target: pair
    files: "shops*.csv"
    format: csv
    volume: {min: 1}
    key: [a, b]
    columns:
      a: {from: no}
      b: {from: title}
"""
THINGS = "id,made,name,shop\n1,2026-01-01,a,S1\n2,2026-01-02,b,S2\n"
SHOPS = "no,title\nS1,One\nS2,Two\n"


def state(world: World) -> tuple[set, dict]:
    """What is current: rows (file, id, kind) of live landings, and the ledger by file."""
    ingest = Lake(world.environment.lake).frame("ops.ingest_file")
    ledger = current(ingest)
    live = set(ledger.loc[ledger["live"], "load_key"])
    rows = set()
    for row in units(ingest)["thing"].landed.itertuples() if "thing" in units(ingest) else ():
        if row.load_key in live:
            landed = pd.read_parquet(world.environment.landing / row.landed_path)
            rows |= {(r["_file"], r["thing_id"], r["kind"]) for r in landed.to_dict("records")}
    ledger = ledger[ledger["feed"] == "things"]
    return rows, {
        (r.file, r.sha256): (r.status, int(r.loaded), int(r.unjoined), int(r.unused))
        for r in ledger.itertuples()
    }
