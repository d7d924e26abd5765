"""What the home page of the public site says of the nation's quality, each sentence with its source."""

from __future__ import annotations

from jobs.methods.rounding import fixed
from jobs.publish.public_pages import Known, Source, rate_limits, source
from jobs.publish.public_words import Row, period_words, twelve_months_to
from jobs.publish.shelf import Bundle
from jobs.reports.numbers import count, judged, percent, points
from jobs.reports.wording import Text, ranged

NO_RATE = Text(
    "已发布的期间尚无足够样本得出全国比率。",
    "No published period has enough samples for a national rate.",
)


def headline(known: Known) -> tuple[list[Text], list[Source]]:
    """Return the home page's sentences on the nation's quality, and their sources in the same order: the
    exposure rate with its change from a year earlier, and the quality index.

    Each is from the month's bundle, else the quarter's, else the year's: the first that has the figure; of a
    month the rate of the twelve months up to it is preferred. Where no bundle has either figure, one sentence
    says so, and there is no source.
    """
    found = [said for said in (_rate(known), _index(known)) if said is not None]
    return [text for text, _ in found] or [NO_RATE], [where for _, where in found]


def _rate(known: Known) -> tuple[Text, Source] | None:
    for bundle in known.with_rows("detection_rates"):
        rows = [r for r in known.rows(bundle, "detection_rates") if _of_nation(r)]
        if rows:
            row = max(rows, key=lambda r: r["period_type"] == "rolling12")
            return _moved(bundle, row), source(bundle, "detection_rates")
    return None


def _index(known: Known) -> tuple[Text, Source] | None:
    for bundle in known.with_rows("quality_index"):
        row = next((r for r in known.rows(bundle, "quality_index") if r["dimension_type"] == "nation"), None)
        if row and row["score"] is not None:
            zh, en = fixed(row["score"]), fixed(row["score"])
            when = period_words(bundle.period)
            if row["low"] is not None and row["high"] is not None:
                limits = ranged(fixed(row["low"]), fixed(row["high"]))
                zh, en = f"{zh}（90%区间{limits.zh}）", f"{en} (90% interval {limits.en})"
            text = Text(f"{when.zh}全国质量指数为{zh}。", f"Quality index of {when.en}: {en}.")
            return text, source(bundle, "quality_index")
    return None


def _of_nation(row: Row) -> bool:
    """Whether a row of detection_rates is the nation's by probability samples, without a second dimension and
    with an exposure rate."""
    nation = row["dimension_type"] == "nation" and row["dimension2_type"] == ""
    return nation and row["design"] == "probability" and row["exposure_rate"] is not None


def _moved(bundle: Bundle, row: Row) -> Text:
    year = row["period_type"] == "rolling12"
    when = period_words(bundle.period)
    when_zh = twelve_months_to(bundle.period).zh if year else when.zh
    when_en = f"In the twelve months to {when.en}" if year else f"In {when.en}"
    limits_zh, limits_en = rate_limits(row["exposure_low"], row["exposure_high"])
    n, bad = count(judged(row)), count(row["n_nonconforming"])
    rate = percent(row["exposure_rate"])
    change, open_ = _change(row), row.get("provisional") is True
    still = ("；初步结果，异议期未满", "; provisional, as an objection window is open") if open_ else ("", "")
    return Text(
        f"{when_zh}，网售商品加权不合格率（按销量）为{rate}{limits_zh}，判定{n}批次，其中不合格{bad}批次；"
        f"{change.zh}{still[0]}。",
        f"{when_en}, {rate} of units sold online did not conform{limits_en}, estimated from {n} batches "
        f"judged, {bad} of which did not conform; {change.en}{still[1]}.",
    )


def _change(row: Row) -> Text:
    """The change from a year earlier, with its limits: without them a reader cannot see how little is
    known. Where its number is 0.0 as shown, it is said to be unchanged."""
    moved, low, high = row["yoy_pp"], row["yoy_low"], row["yoy_high"]
    if moved is None or low is None or high is None:
        return Text("尚无可比的上年同期数据", "there is no comparable figure of a year earlier")
    way = ("上升", "rose") if moved > 0 else ("下降", "fell")
    by, limits = fixed(abs(moved)), ranged(points(low), points(high))
    if by == fixed(0):
        return Text(
            f"与上年同期持平（95%区间{limits.zh}）",
            f"it is unchanged from a year earlier (95% interval {limits.en})",
        )
    chance = ("", "") if low > 0 or high < 0 else ("，可能属随机波动", ", which may be chance")
    return Text(
        f"比上年同期{way[0]}{by}个百分点（95%区间{limits.zh}）{chance[0]}",
        f"it {way[1]} by {by} points from a year earlier (95% interval {limits.en}){chance[1]}",
    )
