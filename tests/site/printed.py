"""The text of each page of a PDF that Chromium printed."""

from __future__ import annotations

import re
import unicodedata
import zlib

_OBJECT = re.compile(rb"(\d+) 0 obj(.*?)(?:endobj|stream\r?\n)", re.S)
_FONT = re.compile(rb"/(F\d+) (\d+) 0 R")
_SHOWN = re.compile(rb"/(F\d+) \S+ Tf|<([0-9A-Fa-f]+)> Tj")
_LINES = re.compile(rb"begin(bfchar|bfrange)(.*?)end", re.S)


def texts_of(pdf: bytes) -> list[str]:
    """Return the text of each page, in the order of the pages, without spaces between its pieces."""
    objects = _objects(pdf)
    kept: dict[int, tuple[int, dict[int, str]]] = {}
    found = []
    for body, _ in objects.values():
        at = re.search(rb"/Contents (\d+) 0 R", body)
        if at is None or not re.search(rb"/Type\s*/Page\b", body):
            continue
        fonts = {name: int(number) for name, number in _FONT.findall(body)}
        text, font = "", b""
        for shown in _SHOWN.finditer(objects[int(at[1])][1]):
            if shown[1]:
                font = shown[1]
                continue
            number = fonts[font]
            if number not in kept:
                kept[number] = _letters(objects, number)
            width, letters = kept[number]
            text += "".join(letters.get(int(c, 16), "") for c in re.findall(rb".{%d}" % width, shown[2]))
        found.append(unicodedata.normalize("NFKC", text))  # some glyphs stand for radicals
    return found


def _objects(pdf: bytes) -> dict[int, tuple[bytes, bytes]]:
    """Number of each object → its description, and its stream, unpacked (empty without one)."""
    found, at = dict[int, tuple[bytes, bytes]](), 0
    while (match := _OBJECT.search(pdf, at)) is not None:
        at, head, stream = match.end(), match[2], b""
        if not match[0].endswith(b"endobj"):
            length = re.search(rb"/Length (\d+)", head)
            assert length is not None
            at += int(length[1])
            stream = pdf[match.end() : at]
            stream = zlib.decompress(stream) if b"/FlateDecode" in head else stream
        found[int(match[1])] = head, stream
    return found


def _letters(objects: dict[int, tuple[bytes, bytes]], font: int) -> tuple[int, dict[int, str]]:
    """Hexadecimal digits of a code of the font, and code → what it stands for, by its /ToUnicode."""
    at = re.search(rb"/ToUnicode (\d+) 0 R", objects[font][0])
    assert at is not None, "a font that Chromium writes says what its glyphs stand for"
    codes: dict[int, str] = {}
    for kind, lines in _LINES.findall(objects[int(at[1])][1]):
        for line in lines.splitlines():
            parts = re.findall(rb"<([0-9A-Fa-f]+)>", line)
            if len(parts) < 2:
                continue
            first, last, to = (int(parts[n], 16) for n in ((0, 0, 1) if kind == b"bfchar" else (0, 1, 2)))
            if len(parts[-1]) == 4:  # a pair of surrogates would be longer
                codes |= {code: chr(to + code - first) for code in range(first, last + 1)}
    return (4 if b"/Type0" in objects[font][0] else 2), codes
