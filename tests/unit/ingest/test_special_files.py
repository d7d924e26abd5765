"""Only regular files of the inbox are read: a link could show any file of the machine, and a pipe never
ends."""

from __future__ import annotations

import errno
import os
import signal
import socket
from pathlib import Path

import pytest
from ingest_world import World

from jobs.ingest import inbox, landing
from jobs.ingest.raw import RawStore

GOOD = "id,made,name\n1,2026-01-01,a\n"
OTHER = "id,made,name\nsecret,2026-01-01,b\n"


@pytest.fixture(autouse=True)
def never_hangs():
    def late(*_):
        raise TimeoutError("it hangs")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(30)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A source with one good file; beside the inbox a file that no provider may have read."""
    world = World(tmp_path / "home")
    world.source()
    world.drop("things.csv", GOOD)
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "things_secret.csv").write_text(OTHER)
    return world


def refused(world: World) -> dict[str, str]:
    """File → reason, of what is written down as refused; all of it was in one report, once."""
    report = world.land()
    said = {r.file: r.reason_en for r in report.refused}
    assert {r["file"]: r["reason_en"] for r in world.ledger() if r["status"] == "refused"} == said
    assert world.land().recorded == 0
    return said


def secret(world: World) -> list[Path]:
    return [p for p in world.environment.landing.rglob("*") if p.is_file() and b"secret" in p.read_bytes()]


@pytest.mark.drill(fault="a link in the inbox", invariant="refused, its target never read")
def test_a_link_to_a_file_is_refused_and_what_it_names_is_not_stored(world, tmp_path):
    (world.environment.inbox / "acme" / "things_2.csv").symlink_to(tmp_path / "outside" / "things_secret.csv")
    (world.environment.inbox / "acme" / "things_3.csv").symlink_to("/nowhere")
    reason = "is a symbolic link; only regular files are read"
    assert refused(world) == {"things_2.csv": reason, "things_3.csv": reason}
    assert secret(world) == []
    assert [r["file"] for r in world.ledger() if r["status"] == "landed"] == ["things.csv"]


@pytest.mark.parametrize("place", ["acme/2026", "globex", "corrections/acme"])
@pytest.mark.drill(fault="a link to a folder in the inbox", invariant="refused, its target never read")
def test_a_link_to_a_folder_is_refused_wherever_it_lies(world, tmp_path, place):
    link = world.environment.inbox / place
    link.parent.mkdir(exist_ok=True)
    link.symlink_to(tmp_path / "outside")
    file = "2026" if place == "acme/2026" else "."
    assert refused(world) == {file: "is a symbolic link; only regular files are read"}
    assert secret(world) == []


def test_a_link_in_place_of_the_folder_of_corrections_is_not_entered(world, tmp_path):
    (tmp_path / "outside" / "acme").mkdir()
    (tmp_path / "outside" / "acme" / "things.csv").write_text(OTHER)
    (world.environment.inbox / "corrections").symlink_to(tmp_path / "outside")
    report = world.land()
    assert report.landed == 1 and secret(world) == []
    assert any("corrections: lies outside the folder of a source" in line for line in report.warnings)


@pytest.mark.drill(fault="a pipe and a socket in the inbox", invariant="refused, landing goes on")
def test_a_pipe_and_a_socket_are_refused_and_block_nothing(world):
    folder = world.environment.inbox / "acme"
    os.mkfifo(folder / "things_pipe.csv")
    os.mkfifo(world.environment.inbox / "pipe")  # beside the folders
    with socket.socket(socket.AF_UNIX) as listener:
        here = os.open(folder, os.O_RDONLY)
        try:
            listener.bind(f"/proc/self/fd/{here}/things_socket.csv")  # short: a socket's path has a limit
        finally:
            os.close(here)
        assert refused(world) == {
            "things_pipe.csv": "is a named pipe; only regular files are read",
            "things_socket.csv": "is a socket; only regular files are read",
        }


@pytest.mark.drill(fault="a file replaced by a link while landing runs", invariant="never read")
def test_what_is_replaced_by_a_link_or_a_pipe_after_it_was_found_is_not_read(world, tmp_path):
    store = RawStore(world.environment.landing)
    path = world.environment.inbox / "acme" / "things.csv"
    (found,) = inbox.arrivals("acme", path.parent)
    assert found.refusal is None
    path.unlink()
    path.symlink_to(tmp_path / "outside" / "things_secret.csv")
    with pytest.raises(OSError, match="symbolic links"):
        store.keep(path)
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(OSError, match="is no regular file"):
        store.keep(path)
    assert secret(world) == []


@pytest.mark.drill(fault="a folder replaced by a link while landing runs", invariant="never read")
@pytest.mark.parametrize("place", ["acme/2026", "acme", "corrections", "corrections/acme"])
def test_a_file_whose_folder_is_replaced_by_a_link_is_not_read(world, tmp_path, monkeypatch, place):
    box = world.environment.inbox
    folder = box / (place if "acme" in place else f"{place}/acme") / ("" if "2026" in place else "2026")
    folder.mkdir(parents=True)
    (folder / "things_late.csv").write_text(GOOD.replace("1,", "2,"))
    for outside in (folder.relative_to(box / place), Path(".")):
        (tmp_path / "outside" / outside).mkdir(parents=True, exist_ok=True)
        (tmp_path / "outside" / outside / "things_late.csv").write_text(OTHER)
    real = landing.boxes.arrivals

    def replaced(*more, **named):
        found = list(real(*more, **named))
        yield from found
        if any("late" in arrival.file for arrival in found):
            (box / place).rename(tmp_path / "aside")
            (box / place).symlink_to(tmp_path / "outside")

    monkeypatch.setattr(landing.boxes, "arrivals", replaced)
    report = world.land()
    assert secret(world) == [] and (box / place).is_symlink()
    assert any("things_late.csv: not read" in warning for warning in report.warnings)


def test_a_regular_file_that_takes_the_place_of_a_link_is_landed(world, tmp_path):
    path = world.environment.inbox / "acme" / "things_2.csv"
    path.symlink_to(tmp_path / "outside" / "things_secret.csv")
    world.land()
    path.unlink()
    world.drop("things_2.csv", GOOD.replace("1,", "2,"))
    report = world.land()
    assert (report.landed, report.refused, report.warnings) == (1, [], [])


@pytest.mark.drill(fault="a folder that may not be listed", invariant="named each night, the others land")
def test_a_folder_that_cannot_be_listed_is_named_until_it_can(world, monkeypatch):
    closed = world.environment.inbox / "acme" / "2026"
    world.drop("2026/things_2.csv", GOOD.replace("1,", "2,"))
    real = os.scandir

    def scandir(path):  # who runs the tests may list everything
        if Path(os.fsdecode(path)) == closed:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return real(path)

    with monkeypatch.context() as patched:
        patched.setattr(os, "scandir", scandir)
        for landed in (1, 0):
            report = world.land()
            assert report.landed == landed
            (warning,) = report.warnings
            assert "acme/2026: the folder cannot be listed (Permission denied)" in warning
    assert (world.land().landed, world.land().warnings) == (1, [])


def stated(uid: int, *, names: int = 1, mode: int = 0o700) -> os.stat_result:
    return os.stat_result((mode, 1, 1, names, uid, uid, 0, 0, 0, 0))


ME, PROVIDER, OTHER_USER = 900, 1001, 1002


@pytest.mark.parametrize(
    ("file", "folder", "refused"),
    [
        (stated(PROVIDER, names=2), stated(PROVIDER), False),  # rsync --link-dest
        (stated(OTHER_USER, names=2), stated(PROVIDER), True),
        (stated(ME, names=2), stated(PROVIDER), True),  # a table of the lake
        (stated(OTHER_USER), stated(PROVIDER), False),  # one name only: handed in by someone
        (stated(ME, names=2), stated(ME), False),  # no one else writes there
        (stated(ME, names=2), stated(ME, mode=0o770), True),
        (stated(PROVIDER, names=2), stated(ME, mode=0o770), False),
        (stated(ME, names=2), stated(ME, mode=0o702), True),
    ],
)
def test_a_second_name_of_a_file_is_read_where_it_belongs_to_who_hands_in(file, folder, refused):
    assert inbox.linked_from_elsewhere(file, folder, ME) is refused


@pytest.mark.drill(fault="a hard link to a file outside the inbox", invariant="refused, and never read")
def test_a_hard_link_to_a_file_of_the_one_who_reads_is_refused(world, tmp_path):
    folder = world.environment.inbox / "acme"
    folder.chmod(0o770)
    os.link(tmp_path / "outside" / "things_secret.csv", folder / "things_2.csv")
    reason = "is a hard link to a file of another user; hand in a copy of it"
    assert refused(world) == {"things_2.csv": reason} and secret(world) == []


def test_a_delivery_by_hard_link_is_landed_and_a_backup_by_hard_links_changes_nothing(world, tmp_path):
    folder = world.environment.inbox / "acme"
    folder.chmod(0o700)
    (tmp_path / "staging.csv").write_text(GOOD.replace("1,", "2,"))
    os.link(tmp_path / "staging.csv", folder / "things_2.csv")
    assert world.land().landed == 2
    for path in sorted(folder.iterdir()):
        os.link(path, tmp_path / f"backup_{path.name}")
    assert world.land().recorded == 0


@pytest.mark.drill(fault="a file replaced by a hard link while landing runs", invariant="never read")
def test_a_file_that_is_another_one_when_it_is_opened_is_not_read(world, tmp_path):
    path = world.environment.inbox / "acme" / "things.csv"
    (found,) = inbox.arrivals("acme", path.parent)
    path.unlink()
    os.link(tmp_path / "outside" / "things_secret.csv", path)
    with pytest.raises(OSError, match="was replaced since it was found"):
        RawStore(world.environment.landing).keep(path, identity=found.identity)
    assert secret(world) == []


def test_a_hard_link_in_a_folder_that_no_provider_writes_into_is_read(world, tmp_path):
    folder = world.environment.inbox / "acme"
    folder.chmod(0o770)
    os.link(folder / "things.csv", tmp_path / "copy.csv")
    (theirs,) = inbox.arrivals("acme", folder)
    (ours,) = inbox.arrivals("acme", folder, ours=True)
    assert (theirs.refusal, ours.refusal) == (inbox.FOREIGN, None)
