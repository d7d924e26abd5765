"""The table with the figures of a drawing, folded below it, for readers who cannot see the drawing; the
page's script exports it as CSV."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup, escape

from jobs.reports.wording import Text, spoken

Shown = tuple[Text | str, object]  # what a cell says, and its exact value for the CSV (None: none)
_TITLE = Text("图中数据", "Rows of this chart")


def rows_behind(heads: Sequence[Text], rows: Sequence[Sequence[Shown]], *, kind: str, unit: str) -> Markup:
    """Return a folded HTML table. ``heads``: of the columns; ``rows``: one list of cells per row; the first
    cell is the row's name, the others are numbers (see Shown). ``kind``: of the drawing; ``unit``: "share"
    for values in 0–1, else "number". The page's script uses both to draw a part of the time range."""
    kinds = ["", *[' class="n"'] * (len(heads) - 1)]
    head = "".join(f'<th scope="col"{of}>{_both(name)}</th>' for of, name in zip(kinds, heads, strict=True))
    body = "".join(f"<tr>{''.join(_cell(at, cell) for at, cell in enumerate(row))}</tr>\n" for row in rows)
    return Markup(
        '<details class="behind" data-kind="{}" data-unit="{}"><summary>{} ({})</summary>'
        '<div class="scroll" tabindex="0" role="region" aria-label="{}"><table><thead><tr>{}</tr></thead>\n'
        "<tbody>{}</tbody></table></div></details>"
    ).format(kind, unit, _both(_TITLE), len(rows), spoken(_TITLE), Markup(head), Markup(body))


# These write hundreds of thousands of cells, for each of which `Markup.format` takes longer than all else.
def _cell(at: int, cell: Shown) -> str:
    said, value = cell
    if not at:
        return f'<th scope="row">{_both(said)}</th>'
    exact = "" if value is None else f' data-value="{escape(value)}"'
    return f'<td class="n"{exact}>{_both(said)}</td>'


def _both(text: Text | str) -> Markup:
    if isinstance(text, str) or text.zh == text.en:
        return escape(text if isinstance(text, str) else text.zh)
    zh, en = escape(text.zh), escape(text.en)
    return Markup(f'<span class="zh" lang="zh-CN">{zh}</span><span class="en" lang="en">{en}</span>')
