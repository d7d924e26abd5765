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


def index_line(known: Gathered, dimension: str, index: IndexPart | None) -> Line | None:
    """Return a unit's quality index with its limits, the nation's, its tier and rank or that it has none, and
    how many share the tier, with the list that compares all units of the dimension; None where the index is
    not published."""
    if index is None or not index.published or dimension not in KINDS:
        return None
    now = known.index_period
    nation = None if now is None else next(iter(records(known, INDEX, "nation", NATION_CODE, now)), None)
    beside, shared, tier = Text("", ""), Text("", ""), Text("", "")
    if nation is not None and not missing(nation["score"]):
        beside = Text(f"（全国{tenth(nation['score'])}）", f" (nation {tenth(nation['score'])})")
    if index.tier != DASH:
        rank = ("", "") if index.rank == DASH else (f"，位次{index.rank}", f", rank {index.rank}")
        tier = Text(f"，第{index.tier}档{rank[0]}", f", tier {index.tier}{rank[1]}")
    elif index.few:
        tier = Text("，判定批次过少，不分档", ", too few batches judged for a tier")
    if index.tiers is not None:
        shared = Text(f"；{index.tiers.zh}", f"; {index.tiers.en}")
    of, ends = index.period, index.interval
    words = Text(
        f"质量指数{index.score}{beside.zh}{tier.zh}（{of.zh}，90%区间{ends}{shared.zh}）",
        f"quality index {index.score}{beside.en}{tier.en} ({of.en}, 90% interval {ends}{shared.en})",
    )
    kind = KINDS[dimension]
    return words, f"{kind.listed}#index", Text(f"各{kind.one.zh}比较", f"{kind.many.en} compared")


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
