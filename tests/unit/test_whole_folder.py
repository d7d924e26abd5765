"""A folder that is made again holds what was made last, whole, whenever its writer was killed."""

from __future__ import annotations

from pathlib import Path

import pytest

from jobs import whole_folder
from jobs.whole_folder import MANIFEST, MadeFolder, is_current, read_manifest, replaced_file, replaced_folder


def make(root: Path, made_from: str = "one", **files: str) -> MadeFolder:
    folder = MadeFolder(root)
    for name, text in files.items():
        folder.put(f"{name}/page.html", text.encode(), made_from=text)
    folder.finish(made_from)
    return folder


def held(root: Path) -> dict[str, str]:
    return {p.relative_to(root).as_posix(): p.read_text() for p in root.rglob("*") if p.is_file()}


class Killed(BaseException):
    pass


def kill(monkeypatch: pytest.MonkeyPatch, after: int, *, leave_part: bool = False) -> None:
    """Stop the writer in place of its replacement number ``after``; as SIGKILL does, with its part left."""
    real, done = whole_folder.os.replace, []

    def replace(source: Path, target: Path) -> None:
        if len(done) == after:
            if leave_part:
                monkeypatch.setattr(Path, "unlink", lambda *_, **__: None)
            raise Killed
        done.append(target)
        real(source, target)

    monkeypatch.setattr(whole_folder.os, "replace", replace)


def test_only_what_changed_is_written_and_what_is_made_no_more_is_removed_with_its_folder(tmp_path: Path):
    make(tmp_path, a="1", b="2", c="3")
    stamp = (tmp_path / "a" / "page.html").stat().st_mtime_ns
    again = make(tmp_path, "two", a="1", b="other")
    assert (again.written, again.unchanged) == (1, 1)
    assert (tmp_path / "a" / "page.html").stat().st_mtime_ns == stamp
    assert (tmp_path / "b" / "page.html").read_text() == "other" and not (tmp_path / "c").exists()
    assert is_current(tmp_path, "two") and not is_current(tmp_path, "one")


def test_files_that_it_did_not_write_are_never_removed(tmp_path: Path):
    make(tmp_path, a="1", b="2")
    (tmp_path / "b" / "own.txt").write_text("mine")
    make(tmp_path, "two", a="1")
    assert held(tmp_path).keys() == {"a/page.html", "b/own.txt", MANIFEST}


@pytest.mark.parametrize("leave_part", [False, True])
@pytest.mark.parametrize("after", range(4))
@pytest.mark.drill(
    fault="kill while a folder of outputs is written",
    invariant="old folder or new one whole; made again, the new one",
)
def test_killed_at_any_moment_the_next_run_ends_as_one_that_was_not_disturbed(
    tmp_path: Path, monkeypatch, after: int, leave_part: bool
):
    make(tmp_path / "whole", "last", a="1", c="3")
    make(tmp_path / "killed", a="1", b="2")
    with monkeypatch.context() as patch:
        kill(patch, after, leave_part=leave_part)
        with pytest.raises(Killed):
            make(tmp_path / "killed", "never", a="new", b="new", new="4")
    assert not is_current(tmp_path / "killed", "never")
    assert all(t in ("1", "2", "4", "new") for n, t in held(tmp_path / "killed").items() if n[0] != ".")
    make(tmp_path / "killed", "last", a="1", c="3")
    assert held(tmp_path / "killed") == held(tmp_path / "whole")


def test_a_folder_whose_writer_was_killed_is_not_current_for_what_it_was_before(tmp_path: Path, monkeypatch):
    make(tmp_path, a="1")
    with monkeypatch.context() as patch:
        kill(patch, 1)
        with pytest.raises(Killed):
            make(tmp_path, "two", new="2", a="1", other="3")
    assert not is_current(tmp_path, "one")


@pytest.mark.parametrize("damage", [b"half", None])
def test_a_file_that_was_damaged_or_taken_away_is_neither_current_nor_kept(tmp_path: Path, damage):
    make(tmp_path, a="1")
    page = tmp_path / "a" / "page.html"
    page.unlink() if damage is None else page.write_bytes(damage)
    assert not is_current(tmp_path, "one") and not MadeFolder(tmp_path).keep("a/page.html", "1")
    make(tmp_path, a="1")
    assert is_current(tmp_path, "one")


def test_a_file_is_kept_without_its_content_where_it_was_made_from_the_same(tmp_path: Path):
    make(tmp_path, a="1", b="2")
    folder = MadeFolder(tmp_path)
    assert folder.keep("a/page.html", "1") and not folder.keep("b/page.html", "other")
    assert folder.finish("two") == ["b/page.html"] and is_current(tmp_path, "two")


def test_files_that_another_process_put_are_counted_and_stay(tmp_path: Path):
    other, folder = MadeFolder(tmp_path), MadeFolder(tmp_path)
    put = {path: other.put(path, b"1") for path in ("a.html", "b.html")}
    folder.take(put, written=1)
    assert (folder.written, folder.unchanged) == (1, 1) and folder.finish("one") == []
    assert is_current(tmp_path, "one") and read_manifest(tmp_path)["files"] == put


def test_a_manifest_that_does_not_parse_means_that_all_is_made_again(tmp_path: Path):
    make(tmp_path, a="1")
    (tmp_path / MANIFEST).write_text("{")
    assert not is_current(tmp_path, "one") and not MadeFolder(tmp_path).keep("a/page.html", "1")


def test_a_folder_takes_the_place_of_the_old_one_whole_or_not_at_all(tmp_path: Path):
    target = tmp_path / "docs"
    with replaced_folder(target) as fresh:
        (fresh / "old.txt").write_text("old")
    with pytest.raises(Killed), replaced_folder(target) as fresh:
        (fresh / "new.txt").write_text("half")
        raise Killed
    assert held(target) == {"old.txt": "old"}
    with replaced_folder(target) as fresh:
        (fresh / "new.txt").write_text("new")
    assert held(tmp_path) == {"docs/new.txt": "new"}


def test_a_file_whose_writer_fails_stays_as_it_was_and_leaves_nothing_beside_it(tmp_path: Path):
    target = tmp_path / "below" / "file.txt"
    with replaced_file(target) as part:
        part.write_text("old")
    with pytest.raises(Killed), replaced_file(target) as part:
        part.write_text("half")
        raise Killed
    assert held(tmp_path) == {"below/file.txt": "old"}
