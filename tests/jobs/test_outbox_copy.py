"""A recipient's copy: true over lost, doubled and late packages; a refused one comes again; only the
recipient's rows and only whole packages are taken."""

from __future__ import annotations

import hashlib
import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from desks import DAY, Desk, finding

from jobs.exchange.answers import acknowledged, refused
from jobs.exchange.copying import Copy, Damaged
from jobs.exchange.post import REMEMBERED
from jobs.lake.night import newest_snapshot


def nights(desk: Desk, *open_: str) -> list[Path]:
    """Send a night for each text of samples that P1 has to take down; the folders of P1."""
    folders = []
    for number, samples in enumerate(open_):
        day = DAY + timedelta(days=number)
        desk.night(gold__sampling_lifecycle=[finding(s, "P1") for s in samples]).send(day=day)
        folders.append(desk.folder("platform_P1", day))
    return folders


def held(copy: Copy) -> str:
    return "".join(sorted(row["sample_id"] for row in copy.rows["takedown_notices"].values()))


P1 = "platform_P1"
TEN = ("ab", "abc", "bc", "b", "bd", "d", "de", "aef", "ef", "f")


@pytest.mark.parametrize(
    "order",
    [
        pytest.param(list(range(10)), marks=pytest.mark.slow),
        [0, 3, 3, 2],  # one lost, one doubled, one late
        pytest.param([0, 2, 2, 4, 3, 5], marks=pytest.mark.slow),
        pytest.param([0, 1, 2, 4, 5, 5, 6, 8, 7, 9], marks=pytest.mark.slow),
        pytest.param([0, 9, 3, 1], marks=pytest.mark.slow),  # most lost, the rest late
    ],
)
def test_a_copy_is_the_last_nights_part_whatever_was_lost_doubled_or_late(tmp_path: Path, order) -> None:
    folders = nights(Desk(tmp_path, P1), *TEN[: max(order) + 1])
    copy = Copy(P1)
    for number in order:
        copy.take(folders[number], "2026-07-20")
    assert held(copy) == TEN[max(order)]
    assert copy.lost == [n + 1 for n in range(max(order)) if n not in order]


def package(folder: Path, number: int, *samples: str) -> Path:
    """A package that holds these samples, written without a lake."""
    folder.mkdir()
    data = "".join(json.dumps({"sample_id": sample}) + "\n" for sample in samples).encode()
    (folder / "takedown_notices.jsonl").write_bytes(data)
    file = {
        "name": "takedown_notices.jsonl", "kind": "takedown_notices", "format": "jsonl", "op": "upsert",
        "whole": True, "key": ["sample_id"], "rows": len(samples), "bytes": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
    }  # fmt: skip
    said = {"recipient": "platform_P1", "number": number, "revision": 0, "acknowledge": {}, "files": [file]}
    (folder / "manifest.json").write_text(json.dumps(said))
    return folder


def test_a_package_that_comes_after_a_newer_one_changes_nothing(tmp_path: Path) -> None:
    copy = Copy("platform_P1")
    first, second = package(tmp_path / "1", 1, "a", "b"), package(tmp_path / "2", 2, "b", "c")
    assert [copy.take(folder, "2026-07-20") for folder in (second, first)] == ["applied", "old"]
    assert held(copy) == "bc"


@pytest.mark.slow  # quick: the orders of the test before
def test_a_copy_is_true_though_all_packages_of_many_weeks_were_lost(tmp_path: Path) -> None:
    """Longer than packages go on naming what they withdrew."""
    desk = Desk(tmp_path, P1)
    first, _ = nights(desk, "ab", "b")
    later = DAY + REMEMBERED + timedelta(days=9)
    desk.night(gold__sampling_lifecycle=[finding(s, "P1") for s in "bc"]).send(day=later)
    copy = Copy("platform_P1")
    copy.take(first, "2026-07-01")
    copy.take(desk.folder("platform_P1", later), "2026-08-20")
    assert desk.gone("platform_P1", "takedown_notices", later) == [] and held(copy) == "bc"


def test_each_package_says_its_number_and_what_it_follows_and_what_no_longer_stands(tmp_path: Path) -> None:
    desk = Desk(tmp_path, P1)
    nights(desk, "ab", "bc", "c")
    said = [desk.manifest("platform_P1", DAY + timedelta(days=n)) for n in range(3)]
    assert [m["number"] for m in said] == [1, 2, 3] and {m["revision"] for m in said} == {0}
    assert [m["follows"] for m in said] == [None, said[0]["manifest_id"], said[1]["manifest_id"]]
    gone = [desk.gone("platform_P1", "takedown_notices", DAY + timedelta(days=n)) for n in range(3)]
    assert gone == [
        [],
        [{"notice_id": "XJ-a"}],
        [{"notice_id": "XJ-a"}, {"notice_id": "XJ-b"}],  # once more, for who lost the second
    ]


@pytest.mark.slow  # quick: test_outbox, of a night sent again
def test_a_night_sent_again_has_the_next_revision_and_withdraws_what_the_first_held(tmp_path: Path) -> None:
    desk = Desk(tmp_path, P1)
    (folder,) = nights(desk, "ab")
    copy = Copy("platform_P1")
    copy.take(folder, "2026-07-01")
    nights(desk, "bc")
    assert (desk.manifest("platform_P1")["number"], desk.manifest("platform_P1")["revision"]) == (1, 1)
    assert copy.take(folder, "2026-07-01") == "applied" and held(copy) == "bc"
    assert desk.send(day=DAY) == []  # the same again: nothing is done


@pytest.mark.slow  # quick: a package of another recipient, below
def test_a_damaged_package_is_refused_whole_and_one_of_another_recipient_is_not_read(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    first, second = nights(desk, "ab", "c")
    copy = Copy("platform_P1")
    copy.take(first, "2026-07-01")
    original = (second / "takedown_notices.csv").read_bytes()
    (second / "takedown_notices.csv").write_text("half")
    with pytest.raises(Damaged, match=r"takedown_notices\.csv"):
        copy.take(second, "2026-07-02")
    assert held(copy) == "ab" and [a["status"] for a in copy.answers] == ["received", "refused"]
    whole = (second / "takedown_notices.jsonl").read_bytes()  # as many bytes, one of them another
    (second / "takedown_notices.csv").write_bytes(original)
    (second / "takedown_notices.jsonl").write_bytes(whole.replace(b'"c"', b'"d"'))
    with pytest.raises(Damaged, match=r"takedown_notices\.jsonl"):
        copy.take(second, "2026-07-02")
    assert held(copy) == "ab"
    with pytest.raises(ValueError, match="region_CN"):
        copy.take(desk.folder("region_CN"), "2026-07-02")


def test_a_sign_that_ends_a_line_within_a_name_parts_no_row(tmp_path: Path) -> None:
    desk, names = Desk(tmp_path, P1), {"a": "锅\u2028盖", "b": "a\u0085b"}
    goods = [
        {"sample_id": s, "listing_id": f"L-{s}", "shop_id": "S", "product_name": n} for s, n in names.items()
    ]
    desk.night(gold__sampling_lifecycle=[finding(s, "P1") for s in names], silver__sample=goods).send()
    copy = Copy("platform_P1")
    assert copy.take(desk.folder("platform_P1"), "2026-07-01") == "applied" and held(copy) == "ab"
    given = {row["sample_id"]: row["product_name"] for row in copy.rows["takedown_notices"].values()}
    assert given == names


@pytest.mark.slow  # quick: test_outbox_refused
def test_what_a_recipient_refused_is_sent_again_the_next_night_and_what_it_took_is_not(
    tmp_path: Path,
) -> None:
    desk = Desk(tmp_path, P1)
    nights(desk, "ab")
    answer: dict[str, Any] = desk.manifest("platform_P1")["acknowledge"]
    answer |= {"acknowledgement_id": "H1", "acknowledged_on": date(2026, 7, 1)}
    rows = {"gold__sampling_lifecycle": [finding(s, "P1") for s in "ab"]}
    desk.night(**rows, silver__acknowledgement=[answer | {"status": "received"}])
    assert desk.send(day=date(2026, 7, 1)) == []
    desk.night(**rows, silver__acknowledgement=[answer | {"status": "refused"}])
    assert desk.send(day=date(2026, 7, 2)) == ["platform_P1"]
    assert desk.manifest("platform_P1", date(2026, 7, 2))["number"] == 2


def test_an_acknowledgement_of_one_row_of_any_kind_counts_for_the_package_that_held_it(
    tmp_path: Path,
) -> None:
    desk = Desk(tmp_path)
    desk.night().send()
    said = [
        ("XJ-b", "done"),
        ("XJ-f", "refused"),
        ("XS-J-v1", "received"),
        ("330100/recheck/sample/t1", "done"),
    ]
    answers = [
        {"acknowledgement_id": f"H{n}", "acknowledged_on": DAY, "item_id": item, "status": status}
        for n, (item, status) in enumerate([*said, ("XJ-a", "done")])
    ]
    answers[-1]["acknowledged_on"] = DAY - timedelta(days=1)  # before it was sent: of an earlier one
    desk.night(silver__acknowledgement=answers)
    found = acknowledged(desk.lake.root).set_index("recipient")
    columns = ["items_received", "items_done", "items_refused"]
    assert found.loc["platform_P2", columns].tolist() == [0, 1, 1]
    assert found.loc["region_330000", columns].tolist() == [1, 1, 0]
    assert found.loc["platform_P1", columns].tolist() == [0, 0, 0]


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A night that was sent to all. Each test lets another one follow, whose answers are its own."""
    desk = Desk(tmp_path_factory.mktemp("sent") / "desk").night()
    desk.send()
    return desk


@pytest.mark.parametrize(
    ("code", "recipient", "done"),
    [
        ("region_330000", None, 1),
        ("region_330000", "region_440000", 1),  # the code outweighs
        ("region_440000", "region_330000", 0),
        (None, None, 1),
        (None, "浙江省市场监督管理局", 1),  # a name is no code
        (None, "Zhejiang AMR 2", 1),
        (None, "region_330000", 1),
        (None, "330000", 1),
        (None, "region_440000", 0),
        (None, "440000", 0),
        (None, "P2", 0),  # of another kind, an outbox of these nights
        (None, "CNAS-L0552", 1),  # no outbox has it: a number is no code
    ],
)
def test_an_acknowledgement_that_states_who_gives_it_counts_for_that_recipient_alone(
    sent: Desk, code: str | None, recipient: str | None, done: int
) -> None:
    answer = {"acknowledgement_id": "H", "acknowledged_on": DAY, "item_id": "XS-J-v1", "status": "done"}
    sent.night(silver__acknowledgement=[answer | {"recipient_code": code, "recipient": recipient}])
    found = acknowledged(sent.lake.root).set_index("recipient")
    assert found.loc["region_330000", "items_done"] == done
    assert found["items_done"].sum() == done


def test_a_package_is_answered_by_its_own_recipient_alone(tmp_path: Path) -> None:
    """Another's word, also a later one, moves nothing: what it refuses is not sent again."""
    desk = Desk(tmp_path, P1)
    nights(desk, "ab")
    named: dict[str, Any] = desk.manifest("platform_P1")["acknowledge"]
    own = named | {"acknowledgement_id": "H1", "acknowledged_on": date(2026, 7, 1), "status": "received"}
    by_code = own | {
        "acknowledgement_id": "H2",
        "acknowledged_on": date(2026, 7, 2),
        "status": "refused",
        "recipient_code": "platform_P2",
    }
    by_name = by_code | {"acknowledgement_id": "H3", "recipient_code": None, "recipient": "P2"}
    rows = {"gold__sampling_lifecycle": [finding(s, "P1") for s in "ab"]}
    desk.night(**rows, silver__acknowledgement=[own, by_code, by_name])
    assert acknowledged(desk.lake.root).set_index("recipient").loc["platform_P1", "status"] == "received"
    assert refused(newest_snapshot(desk.lake)) == {}
    desk.night(**rows, silver__acknowledgement=[by_code, by_name])
    assert acknowledged(desk.lake.root).set_index("recipient").loc["platform_P1", ["status"]].isna().all()
    assert desk.send(day=date(2026, 7, 3)) == []
