"""Columns that are not free text: which cells are looked at one by one."""

from __future__ import annotations

import random

import pyarrow as pa

from jobs.ingest.scrubbing import _ANYWHERE, _maybe_personal, mask, scrubbed

# Personal data in ASCII as columns hold them; the numbers are made up, with right check digits.
PERSONAL = (
    "13812345678",
    "+8613812345678",
    "0086 138-1234-5678",
    "(86)138 1234 5678",
    "013812345678",
    "1 3 8 1 2 3 4 5 6 7 8",
    "1.3812345678E+10",
    "11010519491231002X",
    "1101-0519-4912-3100-2X",
    "1.1010519491231E+17",
    "6222021234567890128",
    "6222 0212 3456 7890 128",
    "6.2220212345678E+18",
    "a.b@example.com",
    "a @ b.cn",
    "wechat: abc_1234",
    "wx:138123456",
    "QQ:12345678",
)
AROUND = (
    "",
    "P01-",
    "x",
    "0",
    "9",
    ".",
    " ",
    "-",
    "_",
    "/",
    "+",
    "(",
    "no",
    "E1",
    "id",
    ",",
    "\t",
    "A7;",
    "\n",
)


def test_no_text_in_ascii_that_is_masked_is_passed_over() -> None:
    draw = random.Random(7)
    texts = [before + text + behind for text in PERSONAL for before in AROUND for behind in AROUND]
    signs = "0123456789" * 4 + "138-- .()+/@xXeE_:wqa"
    texts += ["".join(draw.choices(signs, k=draw.randint(6, 30))) for _ in range(20_000)]
    texts += [draw.choice(AROUND).join((draw.choice(PERSONAL), draw.choice(PERSONAL))) for _ in range(2_000)]
    found = [bool(scrubbed(text, _ANYWHERE)[1]) for text in texts]
    looked_at = _maybe_personal(pa.array(texts), "\n".join(texts).encode()).to_pylist()
    assert sum(found) > 3_000
    assert [text for text, one, seen in zip(texts, found, looked_at, strict=True) if one and not seen] == []


def test_a_text_that_is_masked_alone_is_masked_as_the_only_one_among_codes() -> None:
    texts = [before + text for text in PERSONAL for before in AROUND]
    texts += [text + behind for text in PERSONAL for behind in AROUND]
    masked = {text: found for text in texts if (found := scrubbed(text, _ANYWHERE)[1])}
    assert len(masked) > 300
    for text, found in masked.items():
        assert mask(pa.array(["P01-O20240700000001-1", text, "JY0000000000000001"]))[1] == found, text


def test_long_codes_are_not_looked_at_one_by_one() -> None:
    codes = [f"P01-O2024070{n:07d}-1" for n in range(50)] + [f"JY{n:016d}" for n in range(50)]
    assert not any(_maybe_personal(pa.array(codes), "\n".join(codes).encode()).to_pylist())


def test_a_cell_with_personal_data_is_masked_between_codes_and_nulls_stay_null() -> None:
    cells = pa.array(["P01-O20240700000001-1", None, "13812345678", "１３８１２３４５６７８", "13812345678"])
    masked, counts = mask(cells)
    assert masked.to_pylist() == ["P01-O20240700000001-1", None, "〔电话〕", "〔电话〕", "〔电话〕"]
    assert counts == {"phone": 3}
