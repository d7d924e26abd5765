"""The authorities' files: readable by their YAML but for what is planted, reported as of their day. (Equal
bytes: test_country_bytes.)"""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from jobs.environment import SCHEMAS, Environment
from jobs.ingest.landing import land
from jobs.lake.tables import Lake
from jobs.simulate.country.authorities.deliveries import write
from jobs.simulate.country.authorities.dossier import Dossier, dossier
from jobs.simulate.country.authorities.known import REPLACED, TURNED
from jobs.simulate.country.authorities.rendering import written
from jobs.simulate.country.authorities.sources import tellers
from jobs.simulate.country.authorities.states import reported
from jobs.simulate.country.inbox import Inbox
from jobs.simulate.country.world import world

RECORDS, UNTIL = 60_000, date(2026, 6, 17)
DIALECT = {"zip": "archive", "gz": "document", "xlsx": "workbook"}  # by the ending of a regulator's file


def written_country(folder: Path) -> Dossier:
    inbox, book = Inbox(folder / "inbox"), dossier(world(7, RECORDS, UNTIL, 18, nights=3))
    write(book, inbox)
    inbox.truth.write(folder / "truth", {})
    return book


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("country")


@pytest.fixture(scope="module", autouse=True)
def book(folder) -> Dossier:
    return written_country(folder)


@pytest.fixture(scope="module")
def truth(folder) -> dict[str, pd.DataFrame]:
    return {p.stem: pd.read_parquet(p) for p in (folder / "truth").glob("*.parquet")}


@pytest.fixture(scope="module")
def environment(folder) -> Environment:
    home = folder / "home"
    environment = Environment(
        home, folder / "inbox", home / "lake", "local[1]", (SCHEMAS,), home / "keys" / "hmac.key"
    )
    land(environment, date=date(2026, 11, 25))
    return environment


@pytest.fixture(scope="module")
def files(environment) -> pd.DataFrame:
    frame = Lake(environment.lake).frame("ops.ingest_file")
    return frame[frame.source != "reference"].reset_index(drop=True)


@pytest.mark.slow
def test_the_files_of_a_history_are_few(truth):
    assert 150 < (~truth["delivery"].kind.isin(["night", "late"])).sum() <= 250


def test_every_source_of_the_authorities_delivers_and_says_that_it_is_synthetic(files, book):
    assert files.synthetic.all()
    assert set(files.source) == {t.name for t in tellers(book.market.world)}


def test_landing_reads_all_but_the_planted_files_and_records(files, truth):
    planted = truth["planted"]
    whole = planted[(planted.record == 0) & planted.ends_as.isin(["refused", "empty", "repeated"])]
    ends = {(r.source, r.file): r.status for r in files.itertuples()}
    listed = {(r.source, r.file): r.ends_as for r in whole.itertuples()}
    assert listed == {k: ends[k] for k in listed} and set(listed.values()) == {"refused", "empty", "repeated"}
    others = files[[place not in listed for place in zip(files.source, files.file, strict=True)]]
    assert set(others.status) == {"landed", "empty"}
    assert (
        others.status[others.source.str.startswith("lab_")] == "landed"
    ).all()  # only feeds that share a file may have nothing to report
    found = {
        (r.source, r.file, u.get("member", ""), u["record"])
        for r in files.itertuples()
        for u in json.loads(r.unreadable_list or "[]")
    }
    wanted = planted[planted.ends_as == "unreadable"]
    assert len(wanted) == 4 and found == set(
        zip(wanted.source, wanted.file, wanted.member, wanted.record, strict=True)
    )


def test_no_column_is_unknown_or_missing(files):
    assert not files.drift.map(len).any() and not files.missing.map(len).any()


def test_the_truth_counts_every_record(files, truth):
    counted = files[files.status != "repeated"].groupby("path").records.sum()
    listed = truth["delivery"][truth["delivery"].kind != "again"].set_index("path").records
    counted.index = [p.split("/inbox/")[1] for p in counted.index]
    assert counted.to_dict() == listed.to_dict()


def landed(environment, files, feed: str) -> pd.DataFrame:
    rows = files[(files.feed == feed) & (files.status == "landed")]
    return pd.concat(
        [
            pd.read_parquet(environment.landing / r.landed_path).assign(source=r.source, file=r.file)
            for r in rows.itertuples()
        ]
    )


def test_what_lands_is_what_the_authorities_know(environment, files, truth, book):
    """The last state of each sample, through three dialects, equals the canonical rows on the last day."""
    wanted = reported("sample", book.table("sample"), None, np.datetime64("2026-06-20")).set_index(
        "sample_id"
    )
    rows = (
        landed(environment, files, "samples")
        .sort_values(["_delivered_on"], kind="stable")
        .drop_duplicates("sample_id", keep="last")
    )
    got = rows[~rows.sample_id.isin(truth["planted"].key)].set_index("sample_id").loc[wanted.index]
    for column in (
        "plan_id",
        "listing_id",
        "category_code",
        "exit_reason",
        "lab_id",
        "seller_region_code",
        "stratum",
    ):
        assert (got[column].fillna("") == wanted[column].fillna("")).all(), column
    assert (got.purchased_on == wanted.purchased_on.dt.strftime("%Y-%m-%d")).all()
    assert (got.exited_on.fillna("") == wanted.exited_on.dt.strftime("%Y-%m-%d").fillna("")).all()
    assert (
        got.seal_intact.fillna("") == wanted.seal_intact.map({True: "true", False: "false"}).fillna("")
    ).all()
    assert np.allclose(got.price.astype(float), wanted.price)


def test_events_keep_their_moment_through_every_dialect(environment, files, book):
    wanted = book.table("sampling_event").set_index("event_id")
    got = landed(environment, files, "events").drop_duplicates("event_id").set_index("event_id")
    got = got[got.index.isin(wanted.index)]
    instants = pd.to_datetime(got.happened_at, utc=True).dt.tz_convert("Asia/Shanghai").dt.tz_localize(None)
    assert len(got) > 100 and (instants == wanted.happened_at[got.index]).all()
    assert {"archive", "document", "workbook"} <= set(got.file.str.rsplit(".").str[-1].map(DIALECT))


@pytest.mark.slow  # quick: test_country_landing, of platforms
def test_no_personal_value_survives_landing(environment, files, truth):
    values = set(truth["personal"].value)
    assert len(values) > 500 and set(truth["personal"].kind) == {
        "name",
        "phone",
        "id",
        "email",
        "account",
        "address",
    }
    for r in files[files.status == "landed"].itertuples():
        text = pd.read_parquet(environment.landing / r.landed_path).astype(str)
        cells = set(text.to_numpy().ravel())
        assert not cells & values, r.path
        if "text" in text:
            blob = "\n".join(text.text)
            found = truth["personal"][
                (truth["personal"].source == r.source) & (truth["personal"].column == "text")
            ]
            assert not [v for v in found.value if v in blob], r.path


def test_an_edition_in_the_corrections_folder_replaces_the_first(folder, truth):
    source, feed = REPLACED
    second = next((folder / "inbox" / "corrections" / source).glob(f"{feed}_*.csv.gz"))
    first = folder / "inbox" / source / second.name
    assert first.read_bytes() != second.read_bytes() and first.stat().st_mtime < second.stat().st_mtime
    planted = truth["planted"]
    assert (
        (planted.source == source)
        & (planted.file == first.name)
        & (planted.record == 0)
        & (planted.ends_as == "superseded")
    ).any()


def test_deliveries_come_late_twice_and_out_of_order(truth):
    delivery = truth["delivery"]
    assert {"history", "night", "late", "again", "edition", "truncated", "header_only", "foreign"} == set(
        delivery.kind
    )
    assert (
        delivery.arrives_on[delivery.kind == "late"] > delivery.delivered_on[delivery.kind == "late"]
    ).all()
    turned = delivery[(delivery.source == TURNED) & (delivery.kind == "history")]
    order = turned.sort_values(["delivered_on", "path"]).hour.unique().tolist()
    assert turned.delivered_on.nunique() == 2 and turned.arrives_on.nunique() == 1 and order == [2, 1]
    whole = delivery[(delivery.kind == "history") & (delivery.source != TURNED)].drop_duplicates("path")
    assert set(whole.hour[~whole.path.str.startswith("corrections")]) == {1}


def test_a_superseded_row_has_a_later_row_of_its_key(environment, files, truth):
    rows = landed(environment, files, "complaints")
    lost = truth["planted"][
        (truth["planted"].source == "complaint_centre_12365") & (truth["planted"].ends_as == "superseded")
    ]
    place = rows.set_index(["file", "_record"]).complaint_id
    assert (
        len(lost) > 5
        and (
            place.loc[list(zip(lost.file, lost.record, strict=True))].to_numpy() == lost.key.to_numpy()
        ).all()
    )
    seen = rows.groupby("complaint_id").size()
    assert (seen[lost.key.unique()] > 1).all() and lost.groupby("key").size().eq(
        seen[lost.key.unique()] - 1
    ).all()


def test_a_row_is_told_without_what_has_not_happened_yet():
    day = np.datetime64("2025-03-10", "D")
    case = pd.DataFrame(
        {
            "case_id": ["open", "closed", "later"],
            "opened_on": [day - 9, day - 9, day + 1],
            "closed_on": [day + 1, day, day + 9],
            "result": ["penalised", "warned", "warned"],
            "_known": [day - 8, day - 8, day + 1],
        }
    )
    now = reported("enforcement_case", case, None, day).set_index("case_id")
    assert (
        list(now.index) == ["open", "closed"]
        and pd.isna(now.closed_on["open"])
        and pd.isna(now.result["open"])
        and now.result["closed"] == "warned"
    )
    assert list(reported("enforcement_case", case, day, day + 1).case_id) == [
        "open",
        "later",
    ]  # what is new since


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("yyyy-MM-dd", "2026-03-07"),
        ("yyyy年M月d日", "2026年3月7日"),
        ("yyyyMMdd", "20260307"),
        ("d MMMM yyyy", "7 March 2026"),
        ("yyyy/MM/dd", "2026/03/07"),
    ],
)
def test_a_day_is_written_as_its_pattern_says(pattern, text):
    assert written(date(2026, 3, 7), pattern) == text


def test_truth_tells_which_plans_are_aimed_and_the_one_that_is_never_filed(truth, book):
    plans = truth["plan_truth"]
    assert (~plans.filed).sum() == 1 and plans.type[~plans.filed].item() == "targeted"
    assert plans.n.sum() == len(truth["sample_truth"]) and set(book.table("sampling_plan").plan_id) == set(
        plans.plan_id[plans.filed]
    )
