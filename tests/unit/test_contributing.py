"""CONTRIBUTING.md names only what is there: paths, `quality …` commands with their options, targets of the
Makefile, names in code."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

import click
import pytest

from jobs import cli
from jobs.environment import REPOSITORY

TEXT = (REPOSITORY / "CONTRIBUTING.md").read_text(encoding="utf-8")
QUOTED = sorted(set(re.findall(r"`([^`\n]+)`", TEXT)))
LONGEST = 250
# A path: a folder with its slash, or a file. In it <word> stands for any name.
PATH = re.compile(r"[\w.<>-]+(/[\w.<>-]*)+|[A-Z]\w*\.md|\w[\w.-]*\.(toml|txt|md)|\.[a-z-]+\.yaml|Makefile")


def paths(words: list[str]) -> list[str]:
    return [word for word in words if PATH.fullmatch(word) and not word.startswith(".venv")]


def absent(path: str) -> bool:
    """Whether nothing in the repository has this path."""
    return not any(REPOSITORY.glob(re.sub(r"<\w+>", "*", path).rstrip("/")))


def commands(words: list[str]) -> list[str]:
    return [word for word in words if word.startswith("quality ")]


def wrong_command(line: str) -> str | None:
    """What is wrong with a line that begins with `quality`, None where it can be called so."""
    command: click.Command = cli.quality
    words = shlex.split(line)[1:]
    while isinstance(command, click.Group):
        if not words or words[0] not in command.commands:
            return f"{line}: no such command"
        command = command.commands[words.pop(0)]
    known = {option for parameter in command.params for option in parameter.opts}
    return next(
        (f"{line}: no option {word}" for word in words if word.startswith("--") and word not in known), None
    )


def targets(words: list[str]) -> Iterator[str]:
    yield from (word.split()[1] for word in words if re.fullmatch(r"make [a-z]+", word))


def test_every_path_is_there():
    found = paths(QUOTED)
    assert len(found) > 40
    assert [path for path in found if absent(path)] == []


def test_every_command_can_be_called_as_it_stands():
    found = commands(QUOTED)
    assert len(found) > 8
    assert [wrong for line in found if (wrong := wrong_command(line))] == []


def test_every_target_of_make_is_there():
    phony = re.search(r"^\.PHONY: (.*)$", (REPOSITORY / "Makefile").read_text(), re.MULTILINE)
    assert phony and set(targets(QUOTED)) <= set(phony[1].split())


def test_every_name_of_code_stands_in_the_module_named_beside_it():
    pairs = re.findall(r"`([A-Za-z_]+)(?:\([^`]*)?` (?:in|of) `(jobs/[\w/]+\.py)`", TEXT)
    assert len(pairs) >= 3
    assert [(n, p) for n, p in pairs if not re.search(rf"\b{n}\b", (REPOSITORY / p).read_text())] == []


def test_it_is_short():
    assert len(TEXT.splitlines()) <= LONGEST


@pytest.mark.parametrize("line", ["quality nothing", "quality source", "quality run --nothing"])
def test_a_wrong_command_is_seen(line):
    assert wrong_command(line)


@pytest.mark.parametrize(
    "path", ["jobs/nothing/", "jobs/nothing.py", "schemas/<family>/nothing.yaml", "NOTHING.md"]
)
def test_an_absent_path_is_seen(path):
    assert paths([path]) == [path] and absent(path)
