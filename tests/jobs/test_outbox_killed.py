"""A night that is killed when its packages lie in the outbox and the log does not name them yet: the next run
writes them down first, so that a recipient learns of what no longer stands."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from desks import DAY, Desk, finding

from jobs.exchange.copying import Copy
from jobs.exchange.log import LOG
from jobs.exchange.urgent import send_urgent
from jobs.lake.tables import Lake

NEXT = DAY + timedelta(days=1)
P1 = "platform_P1"


class Killed(BaseException):
    """What no code of ours catches."""


@contextmanager
def killed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The run ends when it is to write down what it sent: the folders of all recipients are in place."""
    append = Lake.append

    def end(self: Lake, table: str, *given: Any, **named: Any) -> Any:
        if table == LOG:
            raise Killed
        return append(self, table, *given, **named)

    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr(Lake, "append", end)
        yield


def restricted(shop: str, **more: Any) -> dict[str, Any]:
    return {
        "basis": "dishonesty_entry",
        "basis_id": "D1",
        "shop_id": shop,
        "notice_id": f"LC-D1-{shop}",
        "platform_code": "P1",
        "operator_id": "91440115Y37037162X",
        "state": "in_effect",
        "starts_on": date(2026, 6, 1),
    } | more


def night(desk: Desk, *samples: str, shops: tuple[str, ...] = ()) -> None:
    """P1 has ``samples`` to take down and ``shops`` restricted."""
    desk.night(
        gold__sampling_lifecycle=[finding(s, "P1") for s in samples],
        gold__joint_restriction=[restricted(shop) for shop in shops],
    )


def shops(copy: Copy) -> list[str]:
    return [row["shop_id"] for row in copy.rows.get("restricted_operators", {}).values()]


@pytest.mark.parametrize(
    "before", [pytest.param(False, marks=pytest.mark.slow), True], ids=["first_package", "after_another"]
)
def test_a_restriction_sent_by_a_killed_night_ends_where_it_was_corrected_away_before_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: bool
) -> None:
    """The folder lay there to be fetched: the platform has S1 and must learn that it is no longer
    restricted."""
    desk, copy = Desk(tmp_path, P1), Copy(P1)
    if before:
        night(desk, "a")
        desk.send(day=DAY - timedelta(days=1))
        copy.take(desk.folder(P1, DAY - timedelta(days=1)), "2026-06-29")
    night(desk, "a", shops=("S1",))
    with killed(monkeypatch):
        desk.send(day=DAY)
    assert copy.take(desk.folder(P1), "2026-06-30") == "applied" and shops(copy) == ["S1"]
    night(desk, "b")
    desk.send(day=NEXT)
    assert copy.take(desk.folder(P1, NEXT), "2026-07-01") == "applied" and shops(copy) == []
    assert desk.gone(P1, "restricted_operators", NEXT) == [{"notice_id": "LC-D1-S1"}]
    said, killed_night = desk.manifest(P1, NEXT), desk.manifest(P1)
    assert (said["number"], said["follows"]) == (killed_night["number"] + 1, killed_night["manifest_id"])


def test_an_urgent_package_of_the_same_day_does_not_hide_what_the_killed_night_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was sent after the folder was left, to the same recipient."""
    desk = Desk(tmp_path, P1)
    night(desk, "a", shops=("S1",))
    with killed(monkeypatch):
        desk.send()
    item = {"item_id": "R/x/listed", "recipient": P1, "kind": "restriction_listed", "roles": "platform"}
    item |= {"status": "due", "occurred_on": DAY, "reason_zh": "x", "reason_en": "x"}
    desk.night(gold__urgent_item=[item | {"evidence": "silver.dishonesty_entry/D1"}])
    send_urgent(desk.lake.root, desk.outbox, day=DAY)
    assert (desk.outbox / P1 / f"{DAY}-urgent-0001").is_dir()
    night(desk, "b")
    desk.send(day=NEXT)
    assert desk.gone(P1, "restricted_operators", NEXT) == [{"notice_id": "LC-D1-S1"}]


def test_the_same_night_sent_again_with_other_rows_is_its_next_revision(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, copy = Desk(tmp_path, P1), Copy(P1)
    night(desk, "a", shops=("S1",))
    with killed(monkeypatch):
        desk.send()
    copy.take(desk.folder(P1), "2026-06-30")
    night(desk, "a")
    desk.send()
    assert desk.manifest(P1)["revision"] == 1
    assert copy.take(desk.folder(P1), "2026-06-30") == "applied" and shops(copy) == []


@pytest.mark.slow
def test_a_killed_night_is_written_down_as_one_that_ended_and_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every column but the run and the time is that of the same night that was not killed."""
    logs = []
    for name in ("whole", "killed"):
        desk = Desk(tmp_path / name)
        night(desk, "a", "b", shops=("S1",))
        if name == "killed":
            with killed(monkeypatch):
                desk.send()
        desk.send()
        desk.send()
        log = desk.lake.frame(LOG).drop(columns="sent_at")
        log["keys"] = [None if keys is None else tuple(keys) for keys in log["keys"]]
        logs.append(log.sort_values(["manifest_id", "file"], ignore_index=True))
    whole, again = logs
    assert whole["keys"].notna().any() and whole.to_dict("records") == again.to_dict("records")


def test_a_folder_of_which_a_file_was_taken_away_is_written_down_by_its_manifest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(tmp_path, P1)
    night(desk, "a", shops=("S1",))
    with killed(monkeypatch):
        desk.send()
    (desk.folder(P1) / "restricted_operators.jsonl").unlink()
    night(desk, "a")
    desk.send(day=NEXT)
    assert desk.rows(P1, "restricted_operators", NEXT) == []  # an empty file, which says that none stands
    assert (desk.folder(P1, NEXT) / "restricted_operators.jsonl").is_file()
