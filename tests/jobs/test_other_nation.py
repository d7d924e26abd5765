"""A deployment of another nation: Dutch inspections and Chinese ones in one inbox, and a night over both."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from homes import REGULATOR

from jobs.environment import REPOSITORY
from jobs.lake.query import query

pytestmark = pytest.mark.slow

REGIONS = """
source: nl_regions
family: reference
publisher: {name_zh: 荷兰行政区划, name_en: Divisions of the Netherlands}
feeds:
  regions:
    target: region
    files: regions.csv
    format: csv
    key: [region_code]
    columns:
      region_code: {from: code}
      name_zh: {from: zh}
      name_en: {from: en}
      level: {const: province}
"""
INSPECTORATE = """
source: nvwa
family: regulator
publisher: {name_zh: 荷兰食品和消费品安全局, name_en: Inspectorate}
feeds:
  samples:
    target: sample
    files: samples.csv
    format: csv
    key: [sample_id]
    columns:
      sample_id: {from: monster}
      plan_id: {from: plan}
      purchased_on: {from: gekocht, date: ["dd-MM-yyyy"]}
      seller_region_code: {from: provincie}
      seller_name: {from: verkoper}
      price: {from: prijs}
  conclusions:
    target: conclusion
    files: conclusions.csv
    format: csv
    key: [sample_id, stage]
    columns:
      sample_id: {from: monster}
      stage: {const: first}
      outcome: {from: oordeel, map: {voldoet: conforming, voldoet niet: nonconforming}}
      issued_on: {from: datum, date: ["dd-MM-yyyy"]}
  notices:
    target: sampling_event
    files: notices.csv
    format: csv
    key: [event_id]
    columns:
      event_id: {concat: [monster, {text: "/notified"}]}
      event: {const: result_notified}
      sample_id: {from: monster}
      happened_at: {from: tijdstip, instant: ["dd-MM-yyyy HH:mm"]}
  complaints:
    target: complaint
    files: complaints.csv
    format: csv
    key: [complaint_id]
    columns:
      complaint_id: {from: klacht}
      received_on: {from: datum, date: ["dd-MM-yyyy"]}
      kind: {const: complaint}
      region_code: {from: provincie}
"""
ABROAD = REGULATOR.replace("timezone: Asia/Shanghai", "timezone: Asia/Shanghai\njurisdiction: CN")
FILES = {
    "nl_regions/regions.csv": "code,zh,en\nNL-NH,北荷兰省,North Holland\nNL-UT,乌得勒支省,Utrecht\n",
    "nvwa/samples.csv": (
        "monster,plan,gekocht,provincie,verkoper,prijs\n"
        "m1,speelgoed,01-04-2026,NL-NH,De Vries Speelgoed B.V.,12.50\n"
        "m2,speelgoed,01-04-2026,NL-NH,Jan de Vries,9.95\n"
        "m3,speelgoed,02-04-2026,NL-UT,Bakker Groothandel,20.00\n"
    ),
    "nvwa/conclusions.csv": (
        "monster,oordeel,datum\nm1,voldoet niet,20-04-2026\nm2,voldoet,20-04-2026\nm3,voldoet,21-04-2026\n"
    ),
    "nvwa/notices.csv": "monster,tijdstip\nm1,30-04-2026 23:30\n",
    "nvwa/complaints.csv": "klacht,datum,provincie\nk1,01-02-2026,NL-NH\n",
    "town/samples.csv": (
        "样品编号,计划,购样日期,退出,退出日期,更新\n"
        "A1,PL1,2026-04-01,,,2026-04-02 08:00\nA2,PL1,2026-04-01,,,2026-04-02 08:00\n"
    ),
    "town/conclusions.csv": "样品编号,结论,日期\nA1,不合格,2026-04-20\nA2,不合格,2026-04-20\n",
}
DAY = "2026-06-30"
COMMANDS = """
import sys
from jobs.cli import entry, main
*first, last = sys.argv[1:]
for line in first:
    try:
        main(line.split())
    except SystemExit as ended:
        if ended.code:
            raise
sys.argv[1:] = last.split()
entry()
"""


class Nation:
    """A home below ``root`` whose commands run in separate processes, under a deployment."""

    def __init__(self, root: Path, deployment: Path):
        self.root = root
        sources = root / "sources"
        sources.mkdir(parents=True)
        for text in (REGIONS, INSPECTORATE, ABROAD):
            name = re.search(r"source: (\w+)", text)
            assert name is not None, "each YAML names its source"
            (sources / f"{name.group(1)}.yaml").write_text(text, encoding="utf-8")
        for file, text in FILES.items():
            path = root / "inbox" / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode("gb18030" if file.startswith("town/") else "utf-8"))
        self.variables = {
            **os.environ,
            "QUALITY_HOME": str(root),
            "QUALITY_SOURCES": str(sources),
            "QUALITY_DEPLOYMENT": str(deployment),
            "QUALITY_ENGINE": "embedded",
            "PYTHONPATH": str(REPOSITORY),
        }

    def quality(self, *lines: str) -> str:
        """Run command lines one after the other, all in one process: what they import takes longer than what
        they do. Returns what they printed."""
        done = subprocess.run(
            [sys.executable, "-c", COMMANDS, *lines],
            cwd=REPOSITORY,
            env=self.variables,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def ask(self, sql: str) -> list[dict]:
        return query(self.root / "lake", sql).to_pylist()


@pytest.fixture(scope="module")
def netherlands(tmp_path_factory: pytest.TempPathFactory) -> Nation:
    home = Nation(tmp_path_factory.mktemp("nl") / "home", REPOSITORY / "schemas" / "deployments" / "nl.yaml")
    home.quality(f"land --date {DAY}", f"run --date {DAY}", "report", "export")
    return home


def test_the_nation_is_named_by_its_code_and_the_other_one_has_its_own_row_only(netherlands: Nation):
    found = netherlands.ask(
        "SELECT dimension_code, n_tested, n_nonconforming FROM gold.detection_rate "
        "WHERE dimension_type = 'nation' AND period_type = 'year' AND design = 'all' ORDER BY 1"
    )
    assert found == [
        {"dimension_code": "CN", "n_tested": 2, "n_nonconforming": 2},
        {"dimension_code": "NL", "n_tested": 3, "n_nonconforming": 1},
    ]
    assert netherlands.ask(
        "SELECT DISTINCT dimension_type, dimension_code FROM gold.detection_rate "
        "WHERE dimension_type IN ('plan', 'region') AND region_role IN ('', 'seller') ORDER BY 1, 2"
    ) == [
        {"dimension_type": "plan", "dimension_code": "speelgoed"},
        {"dimension_type": "region", "dimension_code": "NL-NH"},
        {"dimension_type": "region", "dimension_code": "NL-UT"},
    ]


def test_nothing_is_due_where_the_nation_names_no_deadline(netherlands: Nation):
    life = netherlands.ask("SELECT sample_id, objection_due, notice_due FROM gold.sampling_lifecycle")
    assert sorted(row["sample_id"] for row in life) == ["m1", "m2", "m3"]
    assert {(row["objection_due"], row["notice_due"]) for row in life} == {(None, None)}
    assert netherlands.ask("SELECT count(*) AS n FROM gold.work_queue WHERE due IS NOT NULL") == [{"n": 0}]
    assert netherlands.ask("SELECT count(*) AS n FROM gold.complaint_service") == [{"n": 0}]
    assert netherlands.ask("SELECT count(*) AS n FROM gold.platform_duty") == [{"n": 0}]


def test_days_are_those_of_the_nations_time_zone(netherlands: Nation):
    """Half past eleven in Amsterdam is the next day in Shanghai."""
    assert netherlands.ask(
        "SELECT result_notified_on::VARCHAR AS day FROM gold.sampling_lifecycle WHERE sample_id = 'm1'"
    ) == [{"day": "2026-04-30"}]


def test_a_source_that_states_nothing_is_of_the_nation_and_counts_in_its_money(netherlands: Nation):
    assert netherlands.ask(
        "SELECT DISTINCT _source, _jurisdiction, _currency FROM silver.sample ORDER BY 1"
    ) == [
        {"_source": "nvwa", "_jurisdiction": "NL", "_currency": "EUR"},
        {"_source": "town", "_jurisdiction": "CN", "_currency": None},
    ]


def test_pages_and_outboxes_show_the_nation_and_no_one_else(netherlands: Nation):
    site, outbox = netherlands.root / "site", netherlands.root / "outbox"
    listed = (site / "regions.html").read_text(encoding="utf-8")
    assert "North Holland" in listed and "Zhejiang" not in listed
    assert [p.name for p in sorted((site / "regions").iterdir())] == ["NL-NH.html", "NL-UT.html"]
    of_region = (site / "regions" / "NL-NH.html").read_text(encoding="utf-8")
    assert "The Netherlands" in of_region and "China" not in of_region
    head, _, rest = of_region.partition("</title>")
    assert '<html class="lang-en" lang="en" data-languages="en"' in head, "its deployment has English only"
    assert not re.search("[一-鿿]", head.partition("<title>")[2]) and 'class="switch"' not in rest
    guidance = (site / "guidance.html").read_text(encoding="utf-8")
    assert "complain to the local authorities." in guidance
    chinas = re.compile(
        r"12315|12365|Shanghai|上海时间|市场监督管理|State Administration for Market Regulation"
    )
    written = [
        p for p in site.rglob("*") if p.suffix in (".html", ".js", ".csv") and p.parent.name != "guide"
    ]
    assert [p for p in written if chinas.search(p.read_text(encoding="utf-8-sig"))] == []
    assert [p for p in site.rglob("*.csv") if "PL1" in p.read_text(encoding="utf-8-sig")] == []
    assert [p.name for p in outbox.glob("region_[1-9]*")] == []


def test_another_deployment_makes_every_table_outdated(netherlands: Nation):
    before = json.loads(netherlands.quality(f"run --date {DAY} --plan --json"))
    other = netherlands.root / "other.yaml"
    text = Path(netherlands.variables["QUALITY_DEPLOYMENT"]).read_text(encoding="utf-8")
    other.write_text(text.replace("Europe/Amsterdam", "Europe/Brussels"), encoding="utf-8")
    netherlands.variables["QUALITY_DEPLOYMENT"] = str(other)
    after = json.loads(netherlands.quality(f"run --date {DAY} --plan --json"))
    netherlands.variables["QUALITY_DEPLOYMENT"] = str(REPOSITORY / "schemas" / "deployments" / "nl.yaml")
    assert {row["action"] for row in before} == {"skip"}
    assert {row["action"] for row in after} == {"full"}
