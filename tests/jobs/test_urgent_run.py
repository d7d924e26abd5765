"""The hour: what is dropped into the inbox reaches the right outboxes and no other, next to nights and
partial runs, through kills, broken files and a lake that is busy."""

from __future__ import annotations

import gzip
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from homes import DAY
from urgent_homes import CONCLUDED, FAILED, NOTIFIED, PASSED, RESULTS, SAMPLES, UrgentHome

from jobs.commands.busy import BUSY
from jobs.commands.landing import land_files
from jobs.commands.work import Run, export_urgent, run_tables
from jobs.contracts.catalog import load_catalog
from jobs.exchange.answers import acknowledged
from jobs.exchange.urgent import sent_items
from jobs.lake.lock import writer_lock
from jobs.lake.night import ANY, WHOLE, newest_snapshot
from jobs.lake.query import query
from jobs.lake.tables import Lake
from jobs.night.urgent import chosen
from jobs.upkeep.doctor import problems
from jobs.upkeep.trimming import kept_nights

pytestmark = pytest.mark.slow  # test_urgent_outbox holds what goes to whom; the whole of an hour is here

NEXT = DAY + timedelta(days=1)
REGIONS = ["region_330000:A/s1/F1", "region_440000:A/s1/F1"]
ACTING = ["platform_P1:A/s1/F1", *REGIONS]
ALERTS = "id,day,origin,category,hazard\n"


@pytest.fixture(scope="module")
def begun(tmp_path_factory) -> UrgentHome:
    return UrgentHome(tmp_path_factory.mktemp("urgent") / "home").begin()


def copied(begun: UrgentHome, to: Path) -> UrgentHome:
    home = begun.copied(to)
    home.said = []
    return home


@pytest.fixture
def home(begun, tmp_path) -> UrgentHome:
    return copied(begun, tmp_path / "home")


def drop_failure(home: UrgentHome) -> None:
    home.put("results_2.csv", RESULTS + FAILED, encoding="utf-8")
    home.put("conclusions.csv", CONCLUDED, encoding="utf-8")


def test_a_dropped_failure_reaches_both_regions_within_one_hour_and_the_platform_once_the_seller_is_notified(
    home,
):
    assert home.hour() == []
    drop_failure(home)
    assert home.hour() == REGIONS
    assert home.hour() == []
    home.put("events.csv", NOTIFIED, encoding="utf-8")
    assert home.hour() == ["platform_P1:A/s1/F1"]
    log = sent_items(Lake(home.env.lake))
    assert len(log) == 3 and log["minutes"].lt(10).all()  # of each the files that made it due


def test_items_dropped_at_once_go_each_to_its_own_outboxes_and_a_mistake_holds_up_itself_alone(home):
    """s3 was bought in a shop on a platform that no register knows; the verdict of s4 is misspelt."""
    more = "s3,2026-06-02,P9,S3,L3,330106,440000,LAB1\ns4,2026-06-02,P2,S2,L2,110000,110000,LAB1\n"
    home.put("samples_2.csv", SAMPLES.splitlines(keepends=True)[0] + more, encoding="utf-8")
    home.put("results_1.csv", RESULTS + PASSED.replace("F1", "F0"), encoding="utf-8")
    failed = [FAILED.replace("s1", sample) for sample in ("s1", "s2", "s3", "s4")]
    failed[3] = failed[3].replace("nonconforming", "defective")
    home.put("results_2.csv", RESULTS + "".join(failed), encoding="utf-8")
    issued = [CONCLUDED.splitlines(keepends=True)[1].replace("s1", f"s{n}") for n in (2, 3, 4)]
    home.put("conclusions.csv", CONCLUDED + "".join(issued), encoding="utf-8")
    notices = [NOTIFIED.splitlines(keepends=True)[1].replace("1,s1", f"{n},s{n}", 1) for n in (2, 3, 4)]
    home.put("events.csv", NOTIFIED + "".join(notices), encoding="utf-8")
    assert home.hour() == [
        "platform_P1:A/s1/F1",
        "platform_P2:A/s2/F1",
        "region_110000:A/s2/F1",
        "region_330000:A/s1/F1",
        "region_330000:A/s3/F1",
        "region_440000:A/s1/F1",
        "region_440000:A/s3/F1",
        "region_CN:A/s3/F1",
    ]
    home.put("results_3.csv", RESULTS + "".join(failed[:3]), encoding="utf-8")
    assert home.hour() == [], "the same again"
    home.put("results_4.csv", RESULTS + failed[3].replace("defective", "nonconforming"), encoding="utf-8")
    assert home.hour() == ["platform_P2:A/s4/F1", "region_110000:A/s4/F1"]


def test_an_overturned_result_reaches_its_laboratory_and_all_who_were_to_act_and_no_other(home):
    """It says that the failure no longer stands, so that the failure is not withdrawn beside it."""
    drop_failure(home)
    home.put("events.csv", NOTIFIED, encoding="utf-8")
    home.put("labs_2.csv", "code,name\nLAB2,另一机构\n", encoding="utf-8")
    assert home.hour() == ACTING
    asked = NOTIFIED.splitlines(keepends=True)[0] + "E2,s1,reinspection_requested,2026-06-26 10:00\n"
    home.put("events_2.csv", asked, encoding="utf-8")
    again = CONCLUDED.splitlines(keepends=True)[0] + "s1,reinspection,conforming,2026-06-29,LAB2\n"
    home.put("conclusions_2.csv", again, encoding="utf-8")
    parties = ["lab_LAB1", *(r.split(":")[0] for r in ACTING)]
    assert home.hour() == [f"{party}:O/s1" for party in parties]


def test_a_serious_signal_reaches_the_nations_authority_and_no_other(home):
    """Alerts abroad about kettles from here that burn: one or two in each of fifteen weeks, then a dozen;
    the week after has begun, so that this one is whole."""
    begun, burst = date(2026, 3, 2), date(2026, 6, 15)
    days = [begun + timedelta(weeks=n) for n in range(15) for _ in range(1 + n % 2)]
    rows = [f"{n},{day},China,HA01,Burns\n" for n, day in enumerate([*days, burst + timedelta(weeks=1)])]
    home.put("alerts_1.csv", ALERTS + "".join(rows), encoding="utf-8")
    assert home.hour() == []
    rows = [f"b{n},{burst},China,HA01,Burns\n" for n in range(12)]
    home.put("alerts_2.csv", ALERTS + "".join(rows), encoding="utf-8")
    (sent,) = home.hour()
    assert sent.startswith("region_CN:S/category_hazard/HA01/burns/2026-06-")


def test_a_corrected_result_is_withdrawn(home):
    drop_failure(home)
    home.put("events.csv", NOTIFIED, encoding="utf-8")
    home.hour()
    home.put("results_3.csv", RESULTS + FAILED.replace("non", ""), encoding="utf-8")
    assert home.hour() == [f"{r}/withdrawn" for r in ACTING]


def test_an_hour_and_a_night_make_the_tables_of_a_night_alone_and_send_nothing_again(home, begun, tmp_path):
    other = copied(begun, tmp_path / "other")
    for each in (home, other):
        drop_failure(each)
    home.hour()
    home.night(NEXT)
    other.night(NEXT)
    assert home.hashes() == other.hashes()
    assert home.hour(NEXT) == [] and problems(home.env.lake) == []
    # A night that comes first leaves the same items, and nothing to the hour after it.
    export_urgent(other.env, day=NEXT, leave_if_busy=True, wait=5, say=other.said.append)
    assert other.sent() == home.sent() and other.hour(NEXT) == []


def test_an_hour_leaves_the_nights_other_tables_and_their_ledger_as_they_are(home):
    lake = Lake(home.env.lake)
    night = newest_snapshot(lake, WHOLE)
    drop_failure(home)
    home.put("answers.csv", "id,day,recipient,item\nq1,2026-06-30,P1,x\n", encoding="utf-8")
    home.hour()
    hour, whole = newest_snapshot(lake), newest_snapshot(lake, WHOLE)
    assert (hour.kind, whole.run_id) == ("urgent", night.run_id)
    assert hour.version("silver.test_result") > night.version("silver.test_result")
    assert hour.version("gold.sampling_ledger") == night.version("gold.sampling_ledger")
    assert {n.state for n in hour.named.values()} <= {"fresh", "skipped"}
    assert set(hour.named) >= set(night.named)
    said: list[str] = []
    query(home.env.lake, "SELECT * FROM gold.sampling_ledger, silver.test_result", say=said.append)
    assert said[0] == f"reading the night of {DAY} (run {night.run_id})"
    assert [line.split(":")[0] for line in said[1:]] == ["silver.test_result"] and "urgent run" in said[1]


def test_an_hour_without_news_commits_nothing(home):
    lake = Lake(home.env.lake)
    home.hour()
    before = lake.version("ops.night")
    home.hour()
    assert lake.version("ops.night") == before


def test_what_only_a_partial_run_made_stays_out_of_sight_and_is_there_for_the_next_night(home):
    lake = Lake(home.env.lake)
    night = newest_snapshot(lake, WHOLE)
    home.put(
        "samples_2.csv",
        "sample,bought,platform,shop,listing,seller,producer,lab\ns3,2026-06-02,P1,S1,L1,330106,440000,LAB1\n",
        encoding="utf-8",
    )
    home.night(select="+gold.sampling_ledger")
    partial = newest_snapshot(lake, ANY)
    assert partial.version("gold.sampling_ledger") != night.version("gold.sampling_ledger")
    drop_failure(home)
    assert home.hour() == REGIONS
    hour, again = newest_snapshot(lake), newest_snapshot(lake, ANY)
    assert hour.version("gold.sampling_ledger") == night.version("gold.sampling_ledger")
    assert (again.kind, again.run_id) == ("partial", partial.run_id)
    assert again.version("gold.sampling_ledger") == partial.version("gold.sampling_ledger")
    assert again.version("gold.urgent_item") == hour.version("gold.urgent_item")
    home.night(NEXT)
    assert problems(home.env.lake) == []
    assert [r["n"] for r in home.ask("SELECT count(*) AS n FROM silver.sample")] == [3]
    assert (
        home.ask("SELECT source, file FROM ops.reconciliation WHERE NOT balanced AND source = 'town'") == []
    )


@pytest.mark.slow
@pytest.mark.drill(
    fault="killed before the hour is named", invariant="the same tables and items as a clean hour"
)
def test_an_hour_killed_before_it_was_named_and_run_again_ends_as_a_clean_one(
    home, begun, tmp_path, monkeypatch
):
    clean = copied(begun, tmp_path / "clean")
    for each in (home, clean):
        drop_failure(each)
    append = Lake.append

    def killed(lake, table, rows):
        if table == "ops.night":
            raise KeyboardInterrupt
        return append(lake, table, rows)

    monkeypatch.setattr(Lake, "append", killed)
    with pytest.raises(KeyboardInterrupt):
        home.hour()
    monkeypatch.undo()
    assert home.sent() == []
    assert home.hour() == clean.hour() == REGIONS
    assert home.hashes() == clean.hashes() and problems(home.env.lake) == []


def test_a_broken_file_costs_only_itself(home):
    drop_failure(home)
    home.put("results_4.csv.gz", gzip.compress((RESULTS + PASSED).encode())[:-9])
    assert home.hour() == REGIONS
    assert any("results_4.csv.gz" in line and line.startswith("refused") for line in home.said)


def test_while_a_night_holds_the_lake_the_hour_says_so_and_the_next_one_carries_the_item(home):
    drop_failure(home)
    said: list[str] = []
    with writer_lock(home.env.lake, wait_seconds=5):  # the night
        options = {"leave_if_busy": True, "wait": 0, "say": said.append}
        codes = [
            land_files(home.env, family=None, source=None, day=DAY, strict=False, **options),
            run_tables(home.env, Run(DAY, said.append, "tag:urgent", leave_if_busy=True, wait=0)),
            export_urgent(home.env, day=DAY, **options),
        ]
    assert codes == [BUSY] * 3 and home.sent() == []
    assert all("is being written by pid" in line and line.endswith("left to the next time") for line in said)
    assert home.hour() == REGIONS


def test_an_urgent_run_starts_no_jvm_though_every_step_should_go_to_spark(home):
    drop_failure(home)
    home.land()
    home.env = replace(home.env, engine="spark")
    assert not home.urgent().used_spark and newest_snapshot(Lake(home.env.lake)).kind == "urgent"


def test_an_hour_after_midnight_does_not_shut_out_the_night_of_the_day_before(home):
    drop_failure(home)
    assert home.hour(NEXT) == REGIONS
    _, result = home.night(DAY)
    assert result.exit_code == 0 and newest_snapshot(Lake(home.env.lake)).kind == "nightly"


def test_an_answer_in_the_inbox_closes_the_loop_within_the_hour(home):
    drop_failure(home)
    home.hour()
    manifest = sent_items(Lake(home.env.lake))["manifest_id"].iloc[0]
    home.put("answers.csv", f"id,day,recipient,item\nq1,2026-06-30,R,{manifest}\n", encoding="utf-8")
    home.hour()
    assert acknowledged(home.env.lake).set_index("manifest_id").loc[manifest, "status"] == "received"


def test_the_urgent_run_has_at_most_a_third_of_the_tables():
    every = load_catalog()
    assert len(chosen(every, "tag:urgent")) <= len(every.contracts) / 3


def test_the_newest_night_is_kept_though_only_hours_followed_it(home):
    lake = Lake(home.env.lake)
    drop_failure(home)
    home.hour()
    late = DAY + timedelta(days=60)
    kinds = set(kept_nights(lake.arrow("ops.night"), late)["kind"].to_pylist())
    assert kinds == {"nightly", "urgent"}
