"""Lines of a unit's verdict that lead to another page: its quality index beside the nation's and how many
share its tier, deliveries that are due, and records of its files that were not accepted."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from jobs.arrays import dicts
from jobs.plurals import plural
from jobs.reports.gathered import INDEX, Gathered
from jobs.reports.index_parts import records, tenth
from jobs.reports.indexes import IndexPart
from jobs.reports.names import KINDS, NATION_CODE, page_name
from jobs.reports.numbers import DASH, missing
from jobs.reports.order_lines import FAULTS
from jobs.reports.pages.morning import SOON
from jobs.reports.wording import Text

Line = tuple[Text, str, Text]  # words, address from site/, what the link says
FRESH = "ops.freshness"


def index_line(known: Gathered, dimension: str, index: IndexPart | None, *, led: bool = False) -> Line | None:
    """Return a unit's quality index with its limits, the nation's, its tier and rank or that it has none, and
    how many share the tier, with the list that compares all units of the dimension; None where the index is
    not published. ``led``: whether the verdict's value is this index, which the line then does not repeat."""
    if index is None or not index.published or dimension not in KINDS:
        return None
    now, parts = known.index_period, list[Text]()
    nation = None if now is None else next(iter(records(known, INDEX, "nation", NATION_CODE, now)), None)
    whole = None if nation is None or missing(nation["score"]) else tenth(nation["score"])
    if led and whole is not None:
        parts.append(Text(f"全国{whole}", f"nation {whole}"))
    if index.tier != DASH:
        parts.append(Text(f"第{index.tier}档", f"tier {index.tier}"))
        if index.rank != DASH:
            parts.append(Text(f"位次{index.rank}", f"rank {index.rank}"))
    elif index.few:
        parts.append(Text("判定批次过少，不分档", "too few batches judged for a tier"))
    kind, shared = KINDS[dimension], index.tiers or Text("", "")
    compared = f"{kind.listed}#index", Text(f"各{kind.one.zh}比较", f"{kind.many.en} compared")
    joined = _join(parts)
    if led:
        found = _join([joined, shared], "；", "; ")
        return (Text(f"该指数：{found.zh}", f"this index: {found.en}"), *compared) if found.zh else None
    beside = ("", "") if whole is None else (f"（全国{whole}）", f" (nation {whole})")
    score = Text(f"质量指数{index.score}{beside[0]}", f"quality index {index.score}{beside[1]}")
    of, limits = index.period, index.interval
    window = Text(f"{of.zh}，90%区间{limits}", f"{of.en}, 90% interval {limits}")
    said, within = _join([score, joined]), _join([window, shared], "；", "; ")
    return Text(f"{said.zh}（{within.zh}）", f"{said.en} ({within.en})"), *compared


def _join(parts: list[Text], zh: str = "，", en: str = ", ") -> Text:
    """The parts that are not empty, with a separator between them."""
    return Text(zh.join(p.zh for p in parts if p.zh), en.join(p.en for p in parts if p.en))


def deliveries(known: Gathered, recipient: str) -> list[tuple[Text, str]]:
    """Return in words which deliveries of a provider's feeds are late, and which are due on the night's date
    or in the seven days after it, each with the page of the source. A feed whose delivery came is due
    later and so not among them. ``recipient``: folder of the provider in the outbox, such as platform_P01."""
    sources, day = known.night.sources.good, known.night.date
    mine = [r for r in dicts(known.night.frame(FRESH)) if _recipient(known, r["source"]) == recipient]
    found = []
    for name in sorted({r["source"] for r in mine}):
        dated = [r for r in mine if r["source"] == name and not missing(r["due_on"])]
        late = [r for r in dated if r["due_on"] < day]
        soon = [r for r in dated if day <= r["due_on"] <= day + timedelta(days=SOON)]
        filed = {feed.name: feed.target for feed in sources[name].feeds}
        for rows, zh, en in (
            (late, "已逾期未报送", "deliveries that are late"),
            (soon, "7天内应报送", "deliveries due within 7 days"),
        ):
            if rows:
                said = _by_day(known, rows, filed)
                found.append((Text(f"{zh}：{said.zh}", f"{en}: {said.en}"), f"sources/{page_name(name)}"))
    return found


def _recipient(known: Gathered, source: str) -> str:
    found = known.night.sources.good.get(source)
    return "" if found is None else found.recipient


def _by_day(known: Gathered, rows: list[dict[str, Any]], filed: dict[str, str]) -> Text:
    """The feeds of ``rows`` by the last day on which they are in time, the earliest first. ``filed``: feed →
    its table, by whose name Chinese readers know it."""
    contracts, zh, en = known.night.catalog.contracts, [], []
    for day in sorted({r["due_on"] for r in rows}):
        feeds = sorted({r["feed"] for r in rows if r["due_on"] == day})
        named = [contracts.get(f"silver.{filed.get(feed, '')}") for feed in feeds]
        shown = [c.name_zh if c and c.name_zh else feed for c, feed in zip(named, feeds, strict=True)]
        zh.append(f"{'、'.join(dict.fromkeys(shown))}（不晚于{day}）")
        en.append(f"{', '.join(feeds)} (by {day})")
    return Text("；".join(zh), "; ".join(en))


def not_accepted(known: Gathered, recipient: str) -> list[tuple[Text, str]]:
    """Return in words how many records of a provider's files in use were not accepted, one entry per source
    with any, with the part of its page that says what to correct. Order lines are not counted, as their
    numbers are withheld. ``recipient``: as for `deliveries`."""
    found = []
    for name, source in sorted(known.night.sources.good.items()):
        if source.recipient != recipient:
            continue
        ledger = known.file_ledger.of(name)
        n = sum(ledger.current(number) for number in FAULTS)
        if n:
            words = Text(
                f"改正未被接受的记录{n:,}条", f"correct {plural(n, 'record')} that were not accepted"
            )
            found.append((words, f"sources/{page_name(name)}#mend"))
    return found
