"""The verdict at the top of a recipient's page: its main figure, how that compares with others, and the main
reasons. It is made only from the rows of the recipient's package and from published figures. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Any

from jobs.exchange.pages.lab_standing import laboratory
from jobs.exchange.pages.published import Figures, Published
from jobs.exchange.pages.references import action, names_by_code, unit_of
from jobs.exchange.pages.standing_parts import NOTHING, Reason, Standing, period_of
from jobs.exchange.pages.task import Rows
from jobs.exchange.pages.todo import URGENT
from jobs.exchange.pages.urgent_words import urgent_state
from jobs.marts.sampling.counts import LENGTHS
from jobs.plurals import plural
from jobs.reports.confidential import PER_ORDER
from jobs.reports.figures import twelve_months_text
from jobs.reports.index_parts import (
    BORROWED,
    estimate_text,
    limits,
    period_text,
    rank_text,
    tenth,
    tier_text,
    value_text,
)
from jobs.reports.names import NATION_CODE, tested_item
from jobs.reports.numbers import DASH, count, headline, judged, missing, percent, span
from jobs.reports.procedure import BAND, STATUS
from jobs.reports.urgent import WITHDRAWN
from jobs.reports.wording import NOT_WEIGHTED, Text, label, revision_text, same

MOST = 3  # reasons, and sentences of a report, that a verdict has at most
GAIN = 0.05  # indicators by which the index could gain fewer points are left out
FULL_MARKS = Text(
    "薄弱环节（与同类平台相比的落后超出随机波动）在前。“满分可增加”的分数按各指标得满分计算，未与同类比较；"
    "没有上四分位分数的，括号内为原因。",
    "Weak points (behind the peers beyond chance) come first. Points at full marks are not compared with "
    "peers; where there are none at the upper quartile, the brackets say why.",
)
SECRET = Text("数值保密", "its value is confidential")  # the row of the file says why


def standing(
    kind: str,
    code: str,
    rows: Rows,
    published: Published,
    through: date | None = None,
    base: Text | None = None,
) -> Standing:
    """Return the verdict of one recipient as six values: (value, about, comparison, notes, reasons, period of
    the reasons). ``value`` is the main figure, None where there is none to show; ``about`` says what it is,
    with its limits and period; the comparison with the nation or with peers is None where it is unknown; each
    reason is (what, its figures, what can be done). They are the first fields of
    jobs.reports.pages.verdict.Verdict.

    ``kind``: of the recipient (`platform`, `brand`, `enterprise`, `cluster`, `lab`); ``code``: of the
    recipient; ``rows``: kind of file → the rows that its package sends, with the columns as attributes
    (`todo.records`); ``published``: figures of bundles; ``through``: the last day of the data; ``base``:
    the nation's index of the base year, with which a platform's is compared.
    Where there are urgent items, only these count.
    """
    if URGENT in rows:
        n, all_ = sum(row.kind != WITHDRAWN for row in rows[URGENT]), len(rows[URGENT])
        if n == 0:
            back = Text(f"撤回{all_}项此前发送的事项", f"{plural(all_, 'item')} sent before taken back")
            return back, Text("无须处理", "nothing to do"), None, [], [], None
        about = urgent_state([row for row in rows[URGENT] if row.kind != WITHDRAWN])
        return Text(f"{n}项紧急事项", plural(n, "urgent item")), about, None, [], [], None
    if kind == "platform":
        return _platform(code, rows, published, base)
    if kind == "lab":
        return laboratory(rows, through)
    if kind == "cluster":
        rate = _rate("cluster", code, published)
        value, about, stands, notes, reasons, of = _failed(rows)
        notes = [*_reported(rows, through), *notes]
        if rate is None:
            return value, about, stands, notes, reasons, of
        return *rate, [about if value is None else _joined(value, about), *notes], reasons, of
    return _failed(rows)


def _reported(rows: Rows, through: date | None) -> list[Text]:
    """The first MOST sentences of the newest period of cluster_report, each with its period; only of figures
    that are marked as reliable. Of periods that begin on the same day, such as a year and its first quarter,
    the longest counts, as on the site (`jobs.reports.pages.verdict`)."""
    said = [
        r
        for r in rows.get("cluster_report", ())
        if not missing(r.reliable) and r.reliable and not missing(r.text_zh)
    ]
    newest = max((_place_of(r) for r in said), default=None)
    mine = sorted((r for r in said if _place_of(r) == newest), key=lambda r: r.position)[:MOST]
    return [
        Text(f"{period.zh}：{r.text_zh}", f"{period.en}: {r.text_zh if missing(r.text_en) else r.text_en}")
        for r in mine
        for period in [period_of(r.period_type, r.period_start, through)]
    ]


def _place_of(row: Any) -> tuple[date, int, bool]:
    """By which the periods of a report are ordered, the newest last: first day, months, whether it is a
    year."""
    return row.period_start, LENGTHS[row.period_type], row.period_type == "year"


def _joined(value: Text, about: Text) -> Text:
    return Text(f"{value.zh}{about.zh}", f"{value.en} {about.en}")


def _rate(dimension: str, code: str, published: Published) -> tuple[Text, Text, Text | None] | None:
    """The published exposure rate of a unit, what it is, and how it compares with the nation's (None where
    that is not published); None where the unit has no rate."""
    found, nation = published.rate(dimension, code), published.rate("nation", NATION_CODE)
    if found is None:
        return None
    head = headline(found.row)
    if head.value is None or head.text == NOT_WEIGHTED:
        return None
    n, of = count(judged(found.row)), _of_bundle(found)
    ends = "" if head.low is None else f"95% {head.interval}"
    about = Text(
        f"加权不合格率（{'，'.join(filter(None, (ends, f'判定{n}批次')))}；{of.zh}）",
        f"exposure rate ({', '.join(filter(None, (ends, f'n = {n}')))}; {of.en})",
    )
    other = None if nation is None else headline(nation.row)
    if other is None or other.value is None:
        return head.text, about, None
    if head.low is not None and head.low > other.value:
        return head.text, about, Text(f"高于全国（{other.text.zh}）", f"above the nation's ({other.text.en})")
    if head.high is not None and head.high < other.value:
        return head.text, about, Text(f"低于全国（{other.text.zh}）", f"below the nation's ({other.text.en})")
    same_as = Text(
        f"与全国（{other.text.zh}）无显著差异", f"not distinguishable from the nation's ({other.text.en})"
    )
    return head.text, about, same_as


def _of_bundle(figures: Figures) -> Text:
    row = figures.row
    if row["period_type"] == "rolling12":
        zh, en = twelve_months_text(row["period_start"])
    else:
        zh, en = period_text((row["period_type"], row["period_start"]))
    revision = revision_text(figures.revision)
    return Text(f"{zh}，已发布，{revision.zh}", f"{en}, published, {revision.en}")


def _platform(code: str, rows: Rows, published: Published, base: Text | None) -> Standing:
    """The verdict of a platform. The main figure is the published exposure rate; without one the published
    index, then the index of the newest preview. The reasons are indicators of the preview (`_gains`)."""
    rate = _rate("platform", code, published)
    index, preview = published.index("platform", code), _preview_note(rows)
    ranked = published.index_ranked("platform")
    notes = [] if preview is None else [preview]
    reasons, of = _gains(rows)
    if reasons:
        notes.append(FULL_MARKS)
    if rate is not None:
        first = [] if index is None else [_index_note(index, ranked)]
        return *rate, [*first, *notes], reasons, of
    if index is not None:
        row, bundle, placed = index.row, _of_bundle(index), _placed(index.row, ranked)
        ends = limits(row["low"], row["high"])
        about = Text(
            f"质量指数（90%区间{ends}；1–100，越高越好；{bundle.zh}）",
            f"quality index (90% interval {ends}; 1–100, higher is better; {bundle.en})",
        )
        nation = published.index("nation", NATION_CODE)
        whole = "" if nation is None else tenth(nation.row["score"])
        if whole:
            placed = Text(f"全国{whole}；本平台{placed.zh}", f"nation {whole}; this platform: {placed.en}")
        if not missing(row["band"]):
            band = label(BAND, row["band"])
            if base is not None:
                band = Text(f"{band.zh}（{base.zh}）", f"{band.en} ({base.en})")
            placed = Text(f"{placed.zh}；{band.zh}", f"{placed.en}; {band.en}")
        few = Text(
            "没有已发布的加权不合格率：概率抽样样本不足。",
            "No exposure rate is published: there are too few probability samples.",
        )
        return same(tenth(row["score"])), about, placed, [few, *notes], reasons, of
    newest = _newest_preview(rows)
    if newest is None:
        return None, NOTHING, None, notes, reasons, of
    notes = [FULL_MARKS] if reasons else []
    about = Text(
        f"质量指数（{period_text(newest[0]).zh}，尚未发布，仅供本平台；1–100，越高越好）",
        f"quality index ({period_text(newest[0]).en}, not published yet, for this platform alone; "
        "1–100, higher is better)",
    )
    return same(tenth(newest[1])), about, None, notes, reasons, of


def _placed(row: Mapping[str, Any], ranked: int) -> Text:
    """Tier and rank of a published index. ``ranked``: how many units have a tier; one alone is compared with
    none."""
    if missing(row["tier"]):
        return Text("批次少，不分档", "too few batches for a tier")
    if ranked == 1:
        return Text(
            "为唯一可分档的平台，不作比较",
            "the only one with enough batches for a tier, so it is not compared",
        )
    tier, rank = tier_text(dict(row), ranked), rank_text(dict(row), ranked)
    placed = Text(f"第{tier}档", f"tier {tier}")
    return placed if rank == DASH else Text(f"{placed.zh}，位次{rank}", f"{placed.en}, rank {rank}")


def _index_note(found: Figures, ranked: int) -> Text:
    row, bundle, placed = found.row, _of_bundle(found), _placed(found.row, ranked)
    score, ends = tenth(row["score"]), limits(row["low"], row["high"])
    return Text(
        f"质量指数{score}（90%区间{ends}），{placed.zh}（{bundle.zh}）",
        f"quality index {score} (90% interval {ends}), {placed.en} ({bundle.en})",
    )


def _newest_preview(rows: Rows) -> tuple[tuple[str, Any], float] | None:
    """The newest quarter of score_preview, else its year or month: its period and index."""
    by = {r.period_type: r for r in rows.get("score_preview", ())}
    row = next((by[kind] for kind in ("quarter", "year", "month") if kind in by), None)
    return None if row is None else ((row.period_type, row.period_start), float(row.index_score))


def _preview_note(rows: Rows) -> Text | None:
    newest = _newest_preview(rows)
    if newest is None:
        return None
    period, score = period_text(newest[0]), tenth(newest[1])
    return Text(
        f"按本次运行的数据，{period.zh}的质量指数为{score}（预览，仅供本平台）",
        f"By tonight's data the quality index of {period.en} is {score} (a preview, for this platform alone)",
    )


def _gains(rows: Rows) -> tuple[list[Reason], Text | None]:
    """MOST indicators of the newest preview: first the weak points of the platform, as on its page of the
    site, then those by which the index could gain most at full marks; those below GAIN points are left out.
    Also the period of the preview."""
    newest = _newest_preview(rows)
    if newest is None:
        return [], None
    (kind, start), _ = newest
    mine = [r for r in rows["score_preview"] if r.period_type == kind and not missing(r.points_to_gain)]
    mine = [r for r in mine if r.points_to_gain >= GAIN]
    mine = sorted(mine, key=_rank)[:MOST]
    named = dict(names_by_code("goalpost", "indicator"))
    found = []
    for r in mine:
        filed = r.status != "not_filed"
        value, of = value_text(r.value, unit_of(r.indicator)), period_text(newest[0])
        known = filed and not missing(r.value)
        said = Text(f"{of.zh}为{value}", f"{value} in {of.en}") if known else Text("", "")
        if known and not missing(r.borrowed) and r.borrowed:
            said = Text(f"{said.zh}（{BORROWED.zh}）", f"{said.en} ({BORROWED.en})")
        rounded = r.indicator in PER_ORDER  # its estimate has two digits alone, and says so, as on the site
        scored = (estimate_text if rounded else value_text)(r.estimate, unit_of(r.indicator))
        digits = ("（取两位有效数字）", " (rounded to two digits)") if rounded else ("", "")
        if known and not missing(r.estimate) and scored != value:  # the gain follows from what is scored
            said = Text(
                f"{said.zh}，计分用估计值{digits[0]}{scored}",
                f"{said.en}, the estimate that is scored{digits[1]} {scored}",
            )
        if not known:
            said = STATUS["not_filed"] if not filed else SECRET
        gains = _points(r)
        zh, en = "，".join(filter(None, (said.zh, gains.zh))), ", ".join(filter(None, (said.en, gains.en)))
        found.append((label(named, r.indicator), Text(zh, en), action(r.indicator)))
    return found, period_text((kind, start))


def _rank(row: Any) -> tuple[Any, ...]:
    place = 0 if missing(row.weak_place) else row.weak_place
    return not place, place, -row.points_to_gain, row.indicator


def _points(row: Any) -> Text:
    """The points that an indicator could add: at the upper quartile of the peers, or why none, and at full
    marks."""
    best = tenth(row.points_to_gain)
    if not missing(row.points_to_quartile):
        reach = tenth(row.points_to_quartile)
        return Text(
            f"达到同类上四分位可增加{reach}分，满分可增加{best}分",
            f"{reach} points to gain at the peers' upper quartile, {best} at full marks",
        )
    why = Text("", "")
    if not missing(row.quartile_zh):
        why = Text(f"（{row.quartile_zh}）", f" ({row.quartile_en})")
    return Text(f"满分可增加{best}分{why.zh}", f"{best} points to gain at full marks{why.en}")


def _failed(rows: Rows) -> Standing:
    """The verdict of a brand, enterprise or cluster: its batches that failed, and the reports of counterfeits
    where its package has them."""
    notes = []
    cases = rows.get("counterfeit_cases")
    if cases:
        states = Counter(r.state for r in cases)
        again = sum(not missing(r.relisted_as) for r in cases)
        notes.append(
            Text(
                f"假冒举报{len(cases)}件：待鉴别{states['awaiting_verification']}，"
                f"待下架{states['awaiting_takedown']}，平台已确认下架{states['confirmed']}，贵方指出再上架{again}",
                f"{plural(len(cases), 'report')} of counterfeits: awaiting verification "
                f"{states['awaiting_verification']}, awaiting takedown {states['awaiting_takedown']}, "
                f"takedown confirmed {states['confirmed']}, stated by you as listed again {again}",
            )
        )
    notes += _credit(rows)
    items = rows.get("failing_items", [])
    n = len({r.sample_id for r in items})
    about = Text("批次有不合格项目，结果已告知", "with failing items, notified")
    if not n:
        return None, Text("没有已告知的不合格批次。", "No failing batch was notified."), None, notes, [], None
    notes.append(
        Text(
            "这里只列不合格的批次，所检批次总数不在其中，因此不是不合格率。",
            "Only failing batches are listed, not all that were tested: this is no rate.",
        )
    )
    value = Text(f"{n}", plural(n, "batch", "batches"))
    return value, about, None, notes, _items(items), None


def _credit(rows: Rows) -> list[Text]:
    """The enterprise's credit class, where the package has it."""
    for row in rows.get("credit_standing", [])[:1]:
        month, points = f"{row.month:%Y-%m}", tenth(row.score)
        return [
            Text(
                f"信用等级{row.grade}，{points}分（{month}月末，预览：尚未告知的事实不计入，计入正式得分）；"
                "所计事实和提出异议的办法见credit_standing。",
                f"Credit class {row.grade}, {points} points (end of {month}, a preview: facts not notified "
                "yet are not in it and count in the official score); credit_standing lists the facts behind "
                "it and how to object to each.",
            )
        ]
    return []


def _items(items: list[Any]) -> list[Reason]:
    """The MOST items that failed in most batches, with the category's rate of the item where all of these
    batches are of one category."""
    by: dict[str, dict[str, Any]] = {}
    for r in items:
        if not missing(r.item_name):
            by.setdefault(r.item_name, {})[r.sample_id] = r
    found = []
    for name, batches in sorted(by.items(), key=lambda each: (-len(each[1]), each[0]))[:MOST]:
        zh, en = f"{len(batches)}批次", plural(len(batches), "batch", "batches")
        peers = next(iter(batches.values()))
        one = len({r.category_code for r in batches.values()}) == 1
        if one and not missing(peers.peers_rate):
            rate, ends = percent(peers.peers_rate), span(peers.peers_low, peers.peers_high)
            zh += f"；同品类该项目不合格率{rate}（95%区间{ends}）"
            en += f"; the category's rate of the item is {rate} (95% interval {ends})"
        found.append((tested_item(name), Text(zh, en), Text("", "")))
    return found
