"""A run that is killed between the register of trade that left (ops.trade_shown) and the files that show it:
after the next run both say the same, and no figure is frozen that no one saw."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from desks import DAY, Desk
from test_commerce_nights import units

from jobs.exchange import post, sending
from jobs.exchange.commerce import TRADE
from jobs.lake.tables import Lake
from jobs.reports.noted_trade import confirm, note, resolve_unconfirmed
from jobs.reports.sent_trade import BUNDLE, PACKAGE, register

NEXT = DAY + timedelta(days=1)


class Killed(BaseException):
    """What no code of ours catches."""


def night(desk: Desk, orders: int, free: str = "P1") -> None:
    rows = [row | {"n_orders": orders} for row in units(2025, free)]
    desk.night(gold__commerce_confidential=rows)


@contextmanager
def killed(monkeypatch: pytest.MonkeyPatch, moment: str) -> Iterator[None]:
    """The first call of ``moment`` for the authority of commerce ends the run."""
    room = post if hasattr(post, moment) else sending
    real = getattr(room, moment)

    def end(*given: Any) -> Any:
        of = given[-1] if isinstance(given[-1], str) else given[-1].recipient  # a manifest_id, a package
        if "commerce" not in of:
            return real(*given)
        raise Killed

    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr(room, moment, end)
        yield


@contextmanager
def killed_before_it_shows(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The run ends when the first folder written for the authority of commerce is to take its place."""
    real = Path.rename

    def end(self: Path, target: Path) -> Path:
        if self.parent.name == "commerce" and self.name.endswith(".new"):
            raise Killed
        return real(self, target)

    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr(Path, "rename", end)
        yield


def frozen(desk: Desk) -> list[int]:
    return [figures["n_orders"] for figures in register(desk.lake).packages[TRADE.name].values()]


def given(desk: Desk, day: date = DAY) -> list[int]:
    return [row["n_orders"] for row in desk.rows("commerce", TRADE.name, day)]


def newest(desk: Desk) -> date:
    """The day of the newest package for the authority of commerce."""
    return max(date.fromisoformat(path.name) for path in (desk.outbox / "commerce").glob("[0-9]*"))


@pytest.mark.parametrize(
    "day", [DAY, pytest.param(NEXT, marks=pytest.mark.slow)], ids=["same_day", "next_day"]
)
def test_figures_of_a_package_that_a_kill_kept_from_the_outbox_are_frozen_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, day: date
) -> None:
    """Nor does what it withheld stay withheld: P2 goes out with the package that is the first to leave."""
    desk = Desk(tmp_path, "commerce")
    night(desk, 100)
    with killed_before_it_shows(monkeypatch):
        desk.send(day=DAY)
    assert not desk.folder("commerce").exists() and frozen(desk) == [100]  # until the next run looks
    night(desk, 137, "P1 P2")
    desk.send(day=day)
    assert given(desk, day) == frozen(desk) == [137, 137]


@pytest.mark.parametrize(
    ("day", "moment"),
    [
        pytest.param(DAY, "confirm", id="same_day-confirm", marks=pytest.mark.slow),
        pytest.param(DAY, "_records", id="same_day-_records", marks=pytest.mark.slow),
        pytest.param(NEXT, "confirm", id="next_day-confirm", marks=pytest.mark.slow),
        pytest.param(NEXT, "_records", id="next_day-_records"),
    ],
)
def test_figures_of_a_package_that_lay_there_when_the_run_was_killed_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, day: date, moment: str
) -> None:
    """Someone may have fetched it: P2, which it withheld, is not given later either, whether the next package
    takes its place or is that of the day after."""
    desk = Desk(tmp_path, "commerce")
    night(desk, 100)
    with killed(monkeypatch, moment):
        desk.send(day=DAY)
    assert given(desk) == [100]
    for later in (day, day + timedelta(days=1)):
        night(desk, 137, "P1 P2")
        desk.send(day=later)
        assert given(desk, newest(desk)) == frozen(desk) == [100]


@pytest.mark.parametrize("moment", ["confirm", pytest.param("_records", marks=pytest.mark.slow)])
def test_a_package_that_was_fetched_and_taken_away_before_the_run_ended_has_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    desk = Desk(tmp_path, "commerce")
    night(desk, 100)
    with killed(monkeypatch, moment):
        desk.send()
    desk.folder("commerce").rename(tmp_path / "fetched")
    night(desk, 137)
    desk.send(day=NEXT)
    assert given(desk, NEXT) == frozen(desk) == [100]


def test_what_has_left_stays_though_the_next_run_is_killed_over_the_same_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second run writes the package of the day anew, since somebody took it away."""
    desk = Desk(tmp_path, "commerce")
    night(desk, 100)
    with killed(monkeypatch, "confirm"):
        desk.send()
    desk.folder("commerce").rename(tmp_path / "fetched")
    with killed_before_it_shows(monkeypatch):
        desk.send()
    night(desk, 137)
    desk.send(day=NEXT)
    assert given(desk, NEXT) == frozen(desk) == [100]


def test_a_manifest_that_a_kill_cut_short_stops_no_later_run(tmp_path: Path) -> None:
    lake, outbox = Lake(tmp_path / "lake"), tmp_path / "outbox"
    row = {"period_type": "month", "period_start": "2025-01-01", "dimension_type": "platform"}
    rows = pd.DataFrame([row | {"dimension_code": "P1", "n_orders": 9}])
    note(lake, PACKAGE, "a/0", [(TRADE.name, rows)], ())
    for day, text in (("01", '{"manifest_id": "b'), ("02", ""), ("03", '{"manifest_id": "a/0"}')):
        folder = outbox / "commerce" / f".2026-06-{day}.new"
        folder.mkdir(parents=True)
        (folder / "manifest.json").write_text(text)
    resolve_unconfirmed(lake, outbox=outbox)
    assert not register(lake).packages[TRADE.name]  # the third folder is whole, and no one has seen it


def test_only_rows_that_wait_are_settled_each_by_its_own_channel(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    outbox, published = tmp_path / "outbox", tmp_path / "published"

    def rows(code: str) -> list[tuple[str, pd.DataFrame]]:
        row = {"period_type": "month", "period_start": "2025-01-01", "dimension_type": "platform"}
        return [(TRADE.name, pd.DataFrame([row | {"dimension_code": code, "n_orders": 9}]))]

    for code, channel in zip("abcd", (PACKAGE, PACKAGE, BUNDLE, BUNDLE), strict=True):
        note(lake, channel, f"{code}/0", rows(code), ())
    confirm(lake, "a/0")
    (published / "c" / ".0.new").mkdir(parents=True)
    for name in "ab":
        folder = outbox / "commerce" / f".2026-06-0{'ab'.index(name) + 1}.new"
        folder.mkdir(parents=True)
        (folder / "manifest.json").write_text(json.dumps({"manifest_id": f"{name}/0"}))

    def left() -> str:
        known = register(lake)
        return "".join(sorted(key[-1] for key in (*known.packages[TRADE.name], *known.bundles)))

    resolve_unconfirmed(lake)
    assert left() == "abcd"  # no folder was given
    resolve_unconfirmed(lake, published=published)
    assert left() == "abd"
    resolve_unconfirmed(lake, outbox=outbox)
    assert left() == "ad"
    version = lake.version("ops.trade_shown")
    resolve_unconfirmed(lake, outbox=outbox, published=tmp_path / "elsewhere")
    assert left() == "ad" and lake.version("ops.trade_shown") == version
