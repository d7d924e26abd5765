"""A home for the urgent path: a laboratory and a regulator in one source, and the hour as the DAG runs it."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

from homes import DAY, Home, few_tables

from jobs.commands.landing import land_files
from jobs.commands.work import export_urgent
from jobs.contracts.catalog import Catalog
from jobs.lake.lock import writer_lock
from jobs.night.runner import RunResult, run

SOURCE = """
source: town
family: regulator
publisher: {name_zh: 镇, name_en: Town}
timezone: Asia/Shanghai
cadence: irregular
feeds:
  platforms:
    target: platform
    files: "platforms*.csv"
    format: csv
    key: [platform_code]
    columns: {platform_code: {from: code}, name_zh: {from: name}}
  labs:
    target: lab
    files: "labs*.csv"
    format: csv
    key: [lab_id]
    columns: {lab_id: {from: code}, name_zh: {from: name}}
  samples:
    target: sample
    files: "samples*.csv"
    format: csv
    key: [sample_id]
    columns:
      sample_id: {from: sample}
      plan_id: {const: N1}
      purchased_on: {from: bought, date: ["yyyy-MM-dd"]}
      platform_code: {from: platform}
      shop_id: {from: shop}
      listing_id: {from: listing}
      seller_region_code: {from: seller}
      producer_region_code: {from: producer}
      lab_id: {from: lab}
  results:
    target: test_result
    files: "results*.csv*"
    format: csv
    key: [sample_id, item_code]
    columns:
      sample_id: {from: sample}
      item_code: {from: item}
      item_class: {from: class}
      lab_verdict: {from: verdict}
      tested_on: {from: tested, date: ["yyyy-MM-dd"]}
  conclusions:
    target: conclusion
    files: "conclusions*.csv"
    format: csv
    key: [sample_id, stage]
    columns:
      sample_id: {from: sample}
      stage: {from: stage}
      outcome: {from: outcome}
      issued_on: {from: issued, date: ["yyyy-MM-dd"]}
      lab_id: {from: lab}
  events:
    target: sampling_event
    files: "events*.csv"
    format: csv
    key: [event_id]
    columns:
      event_id: {from: id}
      sample_id: {from: sample}
      event: {from: event}
      happened_at: {from: at, instant: ["yyyy-MM-dd HH:mm"]}
      learned_at: {from: at, instant: ["yyyy-MM-dd HH:mm"]}
  alerts:
    target: overseas_alert
    files: "alerts*.csv"
    format: csv
    key: [system, alert_id]
    columns:
      system: {const: EU}
      alert_id: {from: id}
      published_on: {from: day, date: ["yyyy-MM-dd"]}
      origin_countries: {from: origin, split: ";"}
      category_code: {from: category}
      hazard_category: {from: hazard}
  answers:
    target: acknowledgement
    files: "answers*.csv"
    format: csv
    key: [acknowledgement_id]
    columns:
      acknowledgement_id: {from: id}
      acknowledged_on: {from: day, date: ["yyyy-MM-dd"]}
      recipient: {from: recipient}
      item_id: {from: item}
      status: {const: received}
"""
TABLES = ("gold.urgent_item", "silver.acknowledgement", "gold.sampling_ledger")
SAMPLES = (
    "sample,bought,platform,shop,listing,seller,producer,lab\n"
    "s1,2026-06-01,P1,S1,L1,330106,440000,LAB1\n"
    "s2,2026-06-01,P2,S2,L2,110000,110000,LAB1\n"
)
RESULTS = "sample,item,class,verdict,tested\n"
FAILED = "s1,F1,A,nonconforming,2026-06-20\n"
PASSED = "s2,F1,A,conforming,2026-06-20\n"
CONCLUDED = "sample,stage,outcome,issued,lab\ns1,first,nonconforming,2026-06-22,LAB1\n"
NOTIFIED = "id,sample,event,at\nE1,s1,result_notified,2026-06-25 10:00\n"


class UrgentHome(Home):
    """Its lake holds TABLES and what they need; ``hour`` is the DAG's hour."""

    def __init__(self, root: Path, tables: Catalog | None = None):
        super().__init__(root, SOURCE, tables=tables or few_tables(*TABLES))
        self.said: list[str] = []

    def begin(self) -> UrgentHome:
        """The night before: registers, samples and a test that found nothing."""
        self.put("platforms.csv", "code,name\nP1,甲\nP2,乙\n", encoding="utf-8")
        self.put("labs.csv", "code,name\nLAB1,机构\n", encoding="utf-8")
        self.put("samples.csv", SAMPLES, encoding="utf-8")
        self.put("results_1.csv", RESULTS + PASSED, encoding="utf-8")
        self.night()
        return self

    def urgent(self, day: date = DAY, **options: object) -> RunResult:
        with writer_lock(self.env.lake, wait_seconds=5) as lock:
            return run(self.env, lock, day=day, select="tag:urgent", catalog=self.tables, **options)

    def hour(self, day: date = DAY) -> list[str]:
        """Land, run, export; returns ``<recipient>:<item>`` of what went out now."""
        before = self.sent()
        self.land(day)
        self.urgent(day)
        export_urgent(self.env, day=day, leave_if_busy=True, wait=5, say=self.said.append)
        return sorted(set(self.sent()) - set(before))

    def land(self, day: date = DAY) -> None:
        options = {"family": None, "source": None, "strict": False, "leave_if_busy": True}
        land_files(self.env, day=day, say=self.said.append, **options)

    def sent(self) -> list[str]:
        return sorted(
            f"{path.parts[-3]}:{json.loads(line)['item_id']}"
            for path in (self.root / "outbox").glob("*/*-urgent-*/urgent_items.jsonl")
            for line in path.read_text(encoding="utf-8").splitlines()
        )
