"""Archives have limits, counted in bytes that really come out, no matter what their headers say."""

from __future__ import annotations

import gzip
import random
import struct

import pytest
from ingest_world import SOURCE, World
from test_archives import GOOD, MANY, ZIP, reason, zipped

from jobs.ingest import archives

BOMB = b"id,made,name\n" + b"0" * (40 << 20)


@pytest.mark.drill(fault="an archive bomb", invariant="refused")
def test_a_bomb_is_refused_by_its_ratio_whatever_its_headers_say(world: World):
    content = bytearray(zipped({"x.csv": BOMB}))
    assert len(BOMB) / len(content) > 900
    assert reason(world, bytes(content)) == "x.csv: is compressed by more than 200 to 1"


def test_a_header_that_lies_about_the_size_does_not_help(world: World):
    content = bytearray(zipped({"x.csv": BOMB}))
    for signature, at in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        place = content.rindex(signature) + at if signature == b"PK\x01\x02" else at
        content[place : place + 4] = struct.pack("<I", 100)
    assert "the zip file is truncated or damaged" in reason(world, bytes(content))


@pytest.mark.drill(fault="a gzip bomb", invariant="refused")
def test_a_bomb_in_a_gzip_is_refused(world: World):
    text = SOURCE.replace("*.csv", "*.csv.gz")
    assert reason(world, gzip.compress(BOMB), text, "things.csv.gz") == "is compressed by more than 200 to 1"


def test_a_small_file_may_be_compressed_as_much_as_it_will(world: World):
    world.source(ZIP)
    world.drop("things.zip", zipped({"x.csv": GOOD + "\n" * (60 << 10)}))
    world.land()
    assert world.column("name") == ["a"]


def test_too_many_bytes_are_refused_across_members(world: World, monkeypatch, uncaged):
    monkeypatch.setattr(archives, "BYTES", 1 << 20)
    digits = "".join(random.Random(7).choices("0123456789", k=600_000))
    members = {f"data/{n}.csv": f"{GOOD}2,2026-01-01,{digits}\n" for n in "ab"}
    assert "decompresses to more than" in reason(world, zipped(members), MANY)


def test_too_many_members_are_refused(world: World):
    assert (
        reason(world, zipped({f"data/{i}.csv": "" for i in range(1001)}), MANY)
        == "holds more than 1000 members"
    )
