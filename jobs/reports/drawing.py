"""Altair chart → inline SVG, without a browser or network (vl-convert)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import altair as alt
import vl_convert
from altair.utils.schemapi import debug_mode
from markupsafe import Markup, escape

FONT = "Noto Sans CJK SC, Noto Sans SC, PingFang SC, Microsoft YaHei, sans-serif"
INK, MUTED, GRID, EMPTY = "#222222", "#5f6b76", "#e3e6e9", "#e9ebed"
# Okabe and Ito (2008): told apart with any common colour blindness, and by lightness in print.
COLOUR = {"probability": "#0072B2", "targeted": "#B5500B", "complaint": "#6B3FA0"}
RAMP = {
    "probability": ["#e3eff7", "#9cc7e3", "#3f94c7", "#0b5a8f", "#06355a"],
    "targeted": ["#fbeadb", "#f3bd8c", "#dd8440", "#a84a0a", "#642a03"],
}
# The version of Vega-Lite that this Altair writes ("v6.4.1" → "v6.4").
_VEGA_LITE = alt.SCHEMA_VERSION.rsplit(".", 1)[0]
# vl-convert's loader puts this before every relative link; the site's links are relative to the page.
_LINK_BASE = "https://vega.github.io/vega-datasets/"


@contextmanager
def unchecked() -> Iterator[None]:
    """Charts without Altair's schema check of every part, which takes as long as drawing."""
    with debug_mode(False):
        yield


def draw(chart: alt.TopLevelMixin, summary: str) -> Markup:
    """The chart as an SVG element that scales to its box; ``summary`` is what a screen reader says of it."""
    svg = _svg(_styled(chart).to_json(indent=None, sort_keys=True, validate=False))
    head, body = svg.split(">", 1)
    box = re.search(r'viewBox="[^"]*"', head)
    width = re.search(r'width="(\d+)', head)
    if box is None or width is None:
        raise ValueError(f"vl-convert's SVG starts unexpectedly: {head[:120]}")
    root = (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="chart" role="img" aria-label="{escape(summary)}" {box[0]} '
        f'style="max-width:{int(width[1]) * 1.25:.0f}px">'
    )
    return Markup(root + body)


@cache
def _svg(spec: str) -> str:
    svg = vl_convert.vegalite_to_svg(spec, vl_version=_VEGA_LITE)
    # The same links stand in the table beside the chart: there for the keyboard, here for the pointer.
    svg = svg.replace(f'<a xlink:href="{_LINK_BASE}', '<a tabindex="-1" href="')
    # Several charts share a page: the ids that Vega numbers from nought in each are made the chart's own.
    prefix = "c" + hashlib.sha256(spec.encode()).hexdigest()[:8]
    svg = re.sub(r'\bid="([^"]+)"', rf'id="{prefix}-\1"', svg)
    return re.sub(r"url\(#([^)]+)\)", rf"url(#{prefix}-\1)", svg)


def _styled(chart: alt.TopLevelMixin) -> alt.TopLevelMixin:
    axis = {
        "labelFont": FONT,
        "labelFontSize": 12,
        "labelColor": MUTED,
        "domain": False,
        "ticks": False,
        "gridColor": GRID,
        "labelPadding": 6,
    }
    return chart.configure(
        font=FONT,
        background="white",
        padding=4,
        axis=axis,
        text={"font": FONT, "fontSize": 12, "fill": INK},
        legend={"labelFont": FONT, "labelFontSize": 11, "labelColor": MUTED},
        view={"stroke": None},
    )
