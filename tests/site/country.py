"""A small seeded country for the site's tests: references, samples turned into rates by the mart, a night's
ops rows.

Each odd row has a reason: a platform, a plan and a category whose names are markup or a formula, an
unreadable record, a refused file, a quarantined row, a stale table, a late feed, a province with samples too
few to show, a plan without any failure, a source YAML that is wrong, a value that no map knows, a platform
with complaints and without orders, a plan without any sample.
"""

from __future__ import annotations

import atexit
import json
import shutil
import tempfile
from datetime import date
from functools import cache
from pathlib import Path

import pandas as pd
import pyarrow as pa
from country_complaints import handled
from country_counterfeit import counterfeits
from country_credit import credit
from country_files import DAY, NOW, SOURCE_YAML, file_ledger, files, metrics, verdicts
from country_index import index
from country_items import items
from country_labs import labs
from country_offices import bulletins, guidance, queue
from country_risk import risk
from country_samples import MARKUP, PLATFORMS, plans, samples
from country_sampling import procedure, recalls
from country_standards import standards
from country_tracing import traced
from country_trade import flagged_samples, trade
from country_urgent import answers, urgent_items, urgent_log

from jobs.contracts.catalog import load_catalog
from jobs.contracts.schema import arrow_schema
from jobs.environment import SCHEMAS, Environment
from jobs.lake import ops
from jobs.lake.tables import Lake
from jobs.marts.sampling import detection_rate, sampling_ledger
from jobs.period import Period


def reference(name: str) -> pd.DataFrame:
    """A carried reference file, typed as the silver table would be."""
    frame = pd.read_csv(SCHEMAS / "reference" / f"{name}.csv", dtype=str, keep_default_na=False).replace(
        "", None
    )
    for column in ("tile_row", "tile_col", "level"):
        if (column in frame and name != "region") or (column in ("tile_row", "tile_col") and column in frame):
            frame[column] = frame[column].map(lambda v: None if v is None else int(v)).astype("Int64")
    if "valid_to" in frame:
        frame["valid_to"] = frame["valid_to"].map(lambda v: None if v is None else date.fromisoformat(v))
    return frame


def without_rows(contract: str, given: set[str]) -> dict[str, pd.DataFrame]:
    """The other inputs of a table, empty."""
    known = load_catalog().contracts
    return {
        table.split(".")[1]: filled(
            table, arrow_schema(known[table]).empty_table().to_pandas(date_as_object=True)
        )
        if known[table].conformed
        else arrow_schema(known[table]).empty_table().to_pandas(date_as_object=True)
        for table in known[contract].inputs
        if table.split(".")[1] not in given
    }


def filled(table: str, frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with every column of its contract, null where the country says nothing; of ours, in yuan."""
    whole = frame.reindex(columns=arrow_schema(load_catalog().contracts[table]).names)
    return whole.assign(_jurisdiction="CN", _currency="CNY")


@cache
def tables() -> dict[str, pd.DataFrame]:
    """Silver and gold as the night would leave them."""
    drawn, conclusion = samples()
    sample = filled("silver.sample", drawn)
    region, category = reference("region"), reference("product_category")
    results = filled("silver.test_result", pd.DataFrame())
    period = Period(DAY)
    cluster = reference("industrial_cluster")
    cluster["category_codes"] = cluster["category_codes"].str.split(";")
    given = {
        "sample": sample,
        "standing_conclusion": conclusion,
        "test_result": results,
        "sampling_plan": filled("silver.sampling_plan", plans()),
        "region": region,
        "product_category": category,
        "industrial_cluster": cluster,
    }
    rate = detection_rate.build(**given, **without_rows("gold.detection_rate", set(given)), period=period)
    counted = {name: given[name] for name in ("sample", "standing_conclusion", "region", "product_category")}
    ledger = sampling_ledger.build(
        **counted, **without_rows("gold.sampling_ledger", set(counted)), period=period
    )
    platform = pd.DataFrame(
        {
            "platform_code": ["P01", "P02", "P03", "../../P04"],
            "name_zh": [*PLATFORMS.values(), "未见样品的平台"],
            "name_en": ["Cloud Market", "Quick Live", MARKUP, "Platform without samples"],
            "kind": ["marketplace", "livestream", "other", None],
            "operator_uscc": ["91330100MA27XL8D2N", "91440100MA59EBQ29T", "91110105MA0045KJ7B", ""],
        }
    )
    return {
        "gold.detection_rate": rate,
        **trade(region, category, period),
        **handled(region, category, period),
        "gold.sampling_ledger": ledger,
        **procedure(sample, conclusion, region, without_rows, reference, filled, period),
        **index(),
        **items(given, rate, reference, filled, without_rows, period),
        **risk(MARKUP, reference, filled),
        **standards(given, MARKUP, filled, without_rows, period),
        **counterfeits(MARKUP, filled),
        **labs(MARKUP, filled),
        **credit(MARKUP, reference, filled),
        **traced(MARKUP),
        "silver.enterprise": pd.concat(
            [part["silver.enterprise"] for part in (counterfeits(MARKUP, filled), traced(MARKUP))],
            ignore_index=True,
        ),
        "gold.bulletin": bulletins(MARKUP),
        "gold.work_queue": queue(),
        "gold.shopping_guidance": guidance(),
        "silver.recall": recalls(MARKUP),
        "silver.industrial_cluster": cluster,
        "silver.region": region,
        "silver.product_category": category,
        "silver.platform": platform,
        "silver.sampling_plan": plans(),
        "silver.quarantine": quarantine(),
        **flagged_samples(MARKUP),
        "gold.urgent_item": filled("gold.urgent_item", urgent_items()).drop(
            columns=["_jurisdiction", "_currency"]
        ),
        "silver.acknowledgement": filled("silver.acknowledgement", answers()),
    }


def quarantine() -> pd.DataFrame:
    """Two rejected records of one source, one of them in a file of an archive."""
    return pd.DataFrame(
        {
            "target": "sample",
            "source": "lab_1",
            "feed": "samples",
            "file": "samples.csv",
            "record": [3, 4],
            "load_key": "k",
            "member": ["", "七月/part.csv"],
            "element": [0, 2],
            "rule_ids": [["sample.product_name.length"], ["sample.product_name.length", "sample.price.type"]],
            "reasons_zh": [["品名过长"], ["品名过长", "价格不是数"]],
            "reasons_en": [["name too long"], ["name too long", "price is no number"]],
            "row": [
                json.dumps({"product_name": MARKUP, "seller_name": "某某商行"}, ensure_ascii=False),
                '{"product_name": "=HYPERLINK(1)", "price": "abc"}',
            ],
        }
    )


def write(lake: Lake, *, synthetic: bool = True, stale: bool = True) -> None:
    """The whole night into a lake of real Delta tables. A lake that is not there yet becomes a copy: writing
    a hundred tables takes two seconds."""
    if lake.root.exists():
        _written(lake, synthetic, stale)
    else:
        shutil.copytree(_first(synthetic, stale), lake.root)


@cache
def _first(synthetic: bool, stale: bool) -> Path:
    """The lake that write() copies, written once in a process."""
    root = Path(tempfile.mkdtemp(prefix="country-"))
    atexit.register(shutil.rmtree, root, ignore_errors=True)
    _written(Lake(root), synthetic, stale)
    return root


def _written(lake: Lake, synthetic: bool, stale: bool) -> None:
    named = []
    for table, frame in tables().items():
        rows = pa.Table.from_pandas(frame, preserve_index=False)
        # A column without any value has no type: an older version of a table, which has fewer columns, looks
        # the same.
        version = lake.overwrite(
            table, rows.select([f.name for f in rows.schema if not pa.types.is_null(f.type)])
        )
        behind = stale and table == "silver.sampling_plan"
        named.append(
            {
                "table": table,
                "version": version,
                "state": "stale" if behind else "fresh",
                "verdict": "failed" if behind else "passed",
                "reason_zh": "关键检查未通过" if behind else "",
                "reason_en": "a critical check failed" if behind else "",
            }
        )
    ingest = [f | {"synthetic": synthetic} for f in files()]
    fresh = {
        "source": "lab_1",
        "feed": "samples",
        "target": "sample",
        "cadence": "daily",
        "newest_event_date": date(2026, 6, 20),
        "files": 1,
        "age_days": 10,
        "due_on": date(2026, 6, 22),
        "late": True,
        "date": DAY,
    }
    runs = [
        {"run_id": r, "date": DAY, "started_at": NOW.replace(hour=h)}
        for r, h in (("20260630-f", 3), ("20260630-a", 18))
    ]
    for table, rows in {
        "ops.ingest_file": ingest,
        "ops.reconciliation": file_ledger(),
        "ops.gate_verdict": verdicts(),
        "ops.freshness": [fresh],
        "ops.run_log": runs,
        "ops.table_metric": metrics(),
        "ops.urgent_log": urgent_log(),
    }.items():
        lake.overwrite(table, ops.rows(table, rows))
    night = [{"run_id": "20260630-a", "kind": "nightly", "date": DAY, "committed_at": NOW} | n for n in named]
    lake.overwrite("ops.night", ops.rows("ops.night", night))


def lake_at(home: Path) -> Lake:
    return Lake(home / "lake")


def environment(home: Path) -> Environment:
    """Its one good source YAML is laboratory one's; the other is wrong."""
    root = home / "schemas" / "sources" / "lab"
    if not root.is_dir():
        root.mkdir(parents=True)
        (root / "lab_1.yaml").write_text(SOURCE_YAML, encoding="utf-8")
        (root / "lab_2.yaml").write_text(
            SOURCE_YAML.replace("lab_1", "lab_2").replace("daily", "dayly"), encoding="utf-8"
        )
    return Environment(
        home=home,
        inbox=home / "inbox",
        lake=home / "lake",
        spark_master="none",
        source_roots=(home / "schemas",),
        key_file=home / "key",
    )
