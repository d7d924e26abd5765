"""What the home page of the public site says of the nation's quality, each sentence with its source."""

from __future__ import annotations

from jobs.methods.rounding import fixed
from jobs.publish.public_pages import Known, Source, rate_limits, source
from jobs.publish.public_words import Row, period_words, twelve_months_to
from jobs.publish.public_years import change
from jobs.publish.shelf import Bundle
from jobs.reports.numbers import count, judged, percent
from jobs.reports.wording import Text, ranged

NO_RATE = Text(
    "已发布的期间尚无足够样本得出全国比率。",
    "No published period has enough samples for a national rate.",
)


def headline(known: Known) -> tuple[list[Text], list[Source]]:
    """Return the home page's sentences on the nation's quality, and their sources in the same order: the
    exposure rate with its change from a year earlier, or why there is none, and the quality index.

    Each is from the month's bundle, else the quarter's, else the year's: the first that has the figure; of a
    month the rate of the twelve months up to it is preferred. Where no bundle has either figure, one sentence
    says so, and there is no source.
    """
    found = [said for said in (_rate(known), _index(known)) if said is not None]
    return [text for text, _ in found] or [NO_RATE], [where for _, where in found]


def nation_rate(known: Known) -> tuple[Bundle, Row] | None:
    """Return the row of the exposure rate with which the home page begins, and its bundle: of the newest
    month, else quarter, else year that has the figure; of a month the rate of the twelve months up to it, if
    it has one. None where no bundle has one."""
    for bundle in known.with_table("detection_rates"):
        rows = [
            r
            for r in known.rows(bundle, "detection_rates")
            if _of_nation(r, "probability") and r["exposure_rate"] is not None
        ]
        if rows:
            return bundle, max(rows, key=lambda r: r["period_type"] == "rolling12")
    return None


def _rate(known: Known) -> tuple[Text, Source] | None:
    found = nation_rate(known)
    if found is None:
        return None
    bundle, row = found
    return _moved(known, bundle, row), source(bundle, "detection_rates")


def _index(known: Known) -> tuple[Text, Source] | None:
    for bundle in known.with_table("quality_index"):
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


def _of_nation(row: Row, design: str) -> bool:
    """Whether a row of detection_rates is the nation's by samples of ``design``, without a second
    dimension."""
    nation = row["dimension_type"] == "nation" and row["dimension2_type"] == ""
    return nation and bool(row["design"] == design)


def _moved(known: Known, bundle: Bundle, row: Row) -> Text:
    year = row["period_type"] == "rolling12"
    when = period_words(bundle.period)
    when_zh = twelve_months_to(bundle.period).zh if year else when.zh
    when_en = f"In the twelve months to {when.en}" if year else f"In {when.en}"
    limits_zh, limits_en = rate_limits(row["exposure_low"], row["exposure_high"])
    n, bad = count(judged(row)), count(row["n_nonconforming"])
    rate, apart = percent(row["exposure_rate"]), _targeted(known, bundle, row)
    moved, open_ = change(known, row), row.get("provisional") is True
    still = ("；初步结果，异议期未满", "; provisional, as an objection window is open") if open_ else ("", "")
    return Text(
        f"{when_zh}，网售商品加权不合格率（按销量）为{rate}{limits_zh}，概率抽样判定{n}批次，其中不合格{bad}批次"
        f"{apart.zh}；{moved.zh}{still[0]}。",
        f"{when_en}, {rate} of units sold online did not conform{limits_en}, estimated from {n} batches "
        f"judged of random samples, {bad} of which did not conform{apart.en}; {moved.en}{still[1]}.",
    )


def _targeted(known: Known, bundle: Bundle, row: Row) -> Text:
    """The batches of targeted samples of the same period, which the rate leaves out, in brackets; '' where
    none was judged."""
    mine = (r for r in known.rows(bundle, "detection_rates") if _of_nation(r, "targeted"))
    aimed = next((r for r in mine if r["period_type"] == row["period_type"]), None)
    if aimed is None or not judged(aimed):
        return Text("", "")
    n, bad = count(judged(aimed)), count(aimed["n_nonconforming"])
    return Text(
        f"（靶向抽样不计入：判定{n}批次，不合格{bad}批次，不代表市场）",
        f" (targeted checks are left out: {bad} of {n} did not conform, which is never the market's rate)",
    )
