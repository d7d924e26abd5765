"""The command line by itself: help, wrong calls, and what there is before a first night. Each wrong call is
one line and exit code 2."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator

import click
import pytest

from jobs import cli
from jobs.lake.lock import writer_lock


def every(command: click.Command, name: str = "quality") -> Iterator[tuple[str, click.Command]]:
    """Each command with its full name."""
    if isinstance(command, click.Group):
        for word, below in command.commands.items():
            yield from every(below, f"{name} {word}")
    else:
        yield name, command


COMMANDS = dict(every(cli.quality))
ONE = ("--period", "2026-05")


@pytest.fixture
def call(monkeypatch, tmp_path, capsys):
    """Run one command line over an empty home; returns exit code, stdout, stderr."""
    monkeypatch.setenv("QUALITY_HOME", str(tmp_path))
    monkeypatch.delenv("QUALITY_SOURCES", raising=False)

    def run(*arguments: str) -> tuple[int, str, str]:
        code = 0
        try:
            cli.main(list(arguments))
        except SystemExit as ended:
            code = ended.code or 0
        return code, *capsys.readouterr()

    return run


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_says_what_it_does_and_shows_an_example_that_parses(name, call):
    code, out, _ = call(*name.split()[1:], "--help")
    shown = [
        line.strip() for line in out.split("Examples:")[1].splitlines() if line.strip().startswith("quality ")
    ]
    assert code == 0 and shown
    for line in shown:
        words = [w for w in line.split("#")[0].replace('"', "").split() if w.startswith("--")]
        known = {option for p in COMMANDS[name].params for option in p.opts}
        assert set(words) <= known, line


def test_help_of_run_names_the_rooms_and_tags_that_select_knows(call):
    _, out, _ = call("run", "--help")
    assert "sampling" in out.split("room:")[-1] and "gold silver" in out


@pytest.mark.parametrize(
    "wrong",
    [
        ["nope"],
        ["land", "--familiy", "lab"],
        ["query"],
        ["run", "--date", "2026-13-01"],
        ["run", "--json"],
        ["run", "--plan", "--as-of", "2026-06-30"],
        ["quarantine", "show", "sample", "--limit", "0"],
        ["source", "check", "absent.yaml"],
        ["source", "draft"],
        ["source", "draft", "absent.csv"],
        ["land", "extra"],
        ["land"],
        ["query", "SELECT 1"],
        ["reconcile"],
        ["check"],
        ["maintain"],
        ["export"],
        ["explain", "gold.nothing"],
        ["quarantine", "list"],
        ["run", "--as-of", "2026-01-01"],
        ["run", "--as-of", "2026-01-01", "--date", "2026-01-01"],
        ["night", "list"],
        ["doctor", "--hash"],
        ["doctor", "--hash", "--deep"],
    ],
)
def test_a_wrong_call_is_one_line_on_stderr_and_exit_code_2(call, wrong):
    code, out, err = call(*wrong)
    assert (code, out) == (2, "") and err.startswith("error: ") and len(err.splitlines()) == 1


def test_a_lake_that_is_not_there_yet_says_what_to_do(call, tmp_path):
    assert "run `quality nightly` first" in call("query", "SELECT * FROM gold.detection_rate")[2]
    assert "no lake at" in call("query", "--lake", str(tmp_path / "else"), "SELECT 1")[2]


def test_source_list_tells_which_sources_have_a_folder_in_the_inbox(call, tmp_path):
    (tmp_path / "inbox" / "lab_01").mkdir(parents=True)
    code, out, _ = call("source", "list", "--json")
    rows = {r["source"]: r for r in json.loads(out)}
    assert code == 0 and rows["lab_01"]["family"] == "lab"
    assert [name for name, r in rows.items() if r["folder"]] == ["lab_01"]


@pytest.mark.slow  # quick: tests/unit/ingest/test_draft
def test_a_source_is_drafted_checked_and_learned_from(call, tmp_path, monkeypatch):
    monkeypatch.setenv("QUALITY_SOURCES", str(tmp_path / "more"))
    file, yaml = tmp_path / "shops.csv", tmp_path / "my_shops.yaml"
    file.write_text("店铺编号,所属平台,店铺名称\nD1,P01,某店\n", encoding="utf-8")
    code, out, err = call("source", "draft", str(file), "--target", "shop", "--out", str(yaml))
    assert code == 0 and out == "" and "platform_code" in err
    assert "source: my_shops\n" in yaml.read_text("utf-8"), "the source is called as its file is"
    assert call("source", "check", str(yaml), "--sample", str(file))[0] == 0
    code, out, _ = call("source", "draft", "--learn", str(yaml))
    assert code == 0 and "3 names learned" in out
    assert "shop,name,店铺名称" in (tmp_path / "more" / "lookups" / "header_alias.csv").read_text("utf-8")


def test_source_list_names_what_is_wrong_with_a_source(call, tmp_path, monkeypatch):
    (tmp_path / "more" / "lab").mkdir(parents=True)
    (tmp_path / "more" / "lab" / "bad.yaml").write_text("source: bad\ncadence: sometimes\n")
    monkeypatch.setenv("QUALITY_SOURCES", str(tmp_path / "more"))
    [bad] = [r for r in json.loads(call("source", "list", "--json")[1]) if r["source"] == "bad"]
    assert bad["family"] == "lab" and "cadence" in bad["problems"]


def test_an_intake_leaves_a_busy_lake_to_the_next_hour_and_other_landings_say_who_holds_it(call, tmp_path):
    (tmp_path / "inbox").mkdir()
    with writer_lock(tmp_path / "lake"):
        code, _, err = call("land", "--leave-if-busy", "--wait", "0")
        assert code == 4 and "left to the next time" in err
        code, _, err = call("land", "--wait", "0")
        assert code == 2 and "is being written by pid" in err


AS_OF = ("run", "--as-of", "2026-01-01", "--lake", "other")


@pytest.mark.parametrize(
    ("writes", "busy"),
    [
        (("export",), "lake"),
        (("export", "--urgent"), "lake"),
        (("run",), "lake"),
        (("run", "--plan"), "lake"),
        (AS_OF, "lake"),
        (AS_OF, "other"),
    ],
)
def test_a_command_waits_for_a_busy_lake_for_the_seconds_of_wait(call, tmp_path, monkeypatch, writes, busy):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("jobs.lake.lock.time.sleep", lambda _: pytest.fail("it waits for longer"))
    with writer_lock(tmp_path / busy):
        code, out, err = call(*writes, "--leave-if-busy", "--wait", "0")
        assert (code, out) == (4, "") and "waited 0 s: left to the next time" in err
        code, out, err = call(*writes, "--wait", "0")
        assert (code, out) == (2, "") and "waited 0 s" in err


def test_a_commands_linear_algebra_has_one_thread_unless_the_variable_says_more():
    code = (
        "import jobs.cli as cli\n"
        "def main():\n"
        "    import numpy, scipy.linalg, threadpoolctl\n"
        "    found = threadpoolctl.threadpool_info()\n"
        "    print({one['num_threads'] for one in found if one['user_api'] == 'blas'})\n"
        "cli.main = main\n"
        "cli.entry()\n"
    )
    rest = {k: v for k, v in os.environ.items() if k != "OPENBLAS_NUM_THREADS"}
    for more, threads in (({}, 1), ({"OPENBLAS_NUM_THREADS": "2"}, min(2, os.cpu_count() or 1))):
        ran = subprocess.run(
            [sys.executable, "-c", code], env=rest | more, capture_output=True, text=True, check=True
        )
        assert ran.stdout.strip() == f"{{{threads}}}", ran.stderr


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        *((("--due", *more), "--due goes with no other option") for more in (("--diff",), ("--json",))),
        (("--due", "--reason", "r"), "--due goes with no other option"),
        ((*ONE, "--reason", "r"), "--withdraw and --reason go together"),
        ((*ONE, "--withdraw"), "--withdraw and --reason go together"),
        ((*ONE, "--diff", "--date", "2026-07-01"), "--diff goes with neither"),
        ((*ONE, "--diff", "--withdraw", "--reason", "r"), "--diff goes with neither"),
        ((*ONE, "--json"), "--json goes with --diff"),
    ],
)
def test_options_of_publish_that_do_not_go_together_are_refused(call, wrong, named) -> None:
    code, _, said = call("publish", *wrong)
    assert code == 2 and named in said


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        (("--list", "--urgent"), "--list writes nothing: leave out --urgent |"),
        (("--list", "--date", "2026-07-01"), "leave out --date |"),
        (("--list", "--leave-if-busy"), "leave out --leave-if-busy |"),
        (("--list", "--wait", "600", "--json"), "leave out --wait |"),  # also where it says the default
        (("--json",), "--json goes with --list"),
        (("--urgent", "--json"), "--json goes with --list"),
        (("--urgent", "--recipient", "buyers"), "--urgent goes to all recipients: leave out --recipient"),
    ],
)
def test_options_of_export_that_do_not_go_together_are_refused(call, wrong, named) -> None:
    code, out, said = call("export", *wrong)
    assert (code, out) == (2, "") and named in said


LEARN = ("source", "draft", "--learn", __file__)


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ((*LEARN, "--target", "shop", "--json"), "--learn drafts nothing: leave out --target, --json"),
        ((*LEARN, "--out", "x.yaml"), "leave out --out"),
        (("source", "draft", __file__, "--out", "none/x.yaml"), "none/x.yaml: there is no folder none"),
    ],
)
def test_a_draft_refuses_what_it_would_not_do(call, wrong, named) -> None:
    code, out, said = call(*wrong)
    assert (code, out) == (2, "") and named in said


def test_a_list_without_rows_says_so_on_stderr(call) -> None:
    assert call("export", "--list") == (0, "", "no rows\n")
    assert call("export", "--list", "--json") == (0, "[]\n", "")


def test_an_unexpected_error_says_where_debug_stands(call, monkeypatch) -> None:
    monkeypatch.setattr("jobs.upkeep.dropping.nights", lambda _: 1 / 0)
    code, _, said = call("night", "list")
    assert code == 3 and said.endswith("; `quality --debug …` shows the trace\n")
    assert "Traceback" in call("--debug", "night", "list")[2]


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("kind,value\nname,张三\n".encode("gb18030"), "is not UTF-8: save it as CSV UTF-8"),
        (b"kind,value\nphone,1\n", "line 2: the phone is too short"),
        (b"name,value\n", "the first line must be kind,value"),
    ],
)
def test_a_list_of_values_to_forget_that_cannot_be_read_is_named(call, tmp_path, content, named) -> None:
    (file := tmp_path / "person.csv").write_bytes(content)
    code, out, said = call("forget", str(file))
    assert (code, out) == (2, "") and said.startswith(f"error: {file}: {named}")
