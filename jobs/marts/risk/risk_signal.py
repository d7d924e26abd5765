"""gold.risk_signal: signals, each of which says that a key (platform × category, category × hazard, or brand)
is reported more often than its past or its peers explain. At most one signal of a key is open at a time
(definitions.md#signal)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from jobs.arrays import NOTHING
from jobs.marts.risk.alarms import alarms, pairs
from jobs.marts.risk.evidence import COUNTS, KEY, evidence
from jobs.marts.risk.life import lives
from jobs.marts.risk.news import RISEN, USUAL, of_pairs
from jobs.marts.risk.sampled_category import sampled_category
from jobs.marts.risk.series import PAIR, PARTS, named, newest_week, reported
from jobs.period import Period

SERIOUS = (
    3  # from this severity on (EU guideline: 3 and 4 are injuries that need a stay in hospital, and worse)
)
READS = {
    "risk_count": "week key_type key_code stream lag_weeks n".split(),
    "sample": "sample_id plan_id platform_code category_code brand purchased_on exit_kind exited_on".split(),
    "product_category": "category_code parent_code name_zh name_en".split(),
    "overseas_alert": "category_text category_code".split(),
}
# Streams of gold.hazard_count of which pairs of category × hazard are tested by GPS.
PAIR_STREAMS = ("test", "alert", "text")
COLUMNS = [
    *KEY,
    *"opened_on platform_code category_code hazard_code brand".split(),
    *"state closed_on closed_by last_alarm_on".split(),
    *"news news_on n_alarms reasons n_reports expected p_adjusted eb05 severity serious".split(),
    *COUNTS,
    *"peer_rate sampled_category unmapped_reason".split(),
]


def build(
    *,
    risk_count: pd.DataFrame,
    hazard_count: pd.DataFrame,
    sample: pd.DataFrame,
    standing_conclusion: pd.DataFrame,
    sampling_plan: pd.DataFrame,
    product_category: pd.DataFrame,
    hazard: pd.DataFrame,
    recall: pd.DataFrame,
    overseas_alert: pd.DataFrame,
    penalty: pd.DataFrame,
    enforcement_case: pd.DataFrame,
    period: Period,
) -> pd.DataFrame:
    """Return the rows of gold.risk_signal: one row per signal, sorted by key and day of opening. Columns:
    COLUMNS, each explained in schemas/gold/risk_signal.odcs.yaml. risk_count, hazard_count and
    standing_conclusion are gold tables, the others silver. ``period`` is not used.

    All signals are computed in every run from all weeks up to the newest whole one, never from an earlier
    state: ``state`` is that at the end of this week, no matter on which day the run took place. Alarms:
    jobs.marts.risk.alarms; what becomes of a signal: jobs.marts.risk.life; ``news``: jobs.marts.risk.news.
    ``reasons`` are method and stream of the alarms, such as `ears_c2_complaint`. Severity is that of the
    key's hazard; keys without a hazard have none. ``serious``: the severity is at least SERIOUS and the
    signal is not `usual`. A usual signal never is, even if its hazard is grave: the sampling plan covers what
    is known, and an urgent item or task that returned each quarter would say nothing new. The category in
    which samples are to be bought, or why there is none: jobs.marts.risk.sampled_category."""
    last = newest_week(risk_count, hazard_count)
    if last is None:
        return pd.DataFrame(columns=COLUMNS)
    hazards = named(hazard_count, last)
    every = named(hazard_count, last, least=1)
    high = pairs(every, PAIR_STREAMS)
    found = [
        alarms(reported(risk_count, last), hazards).assign(news=RISEN),
        high.assign(news=of_pairs(high, every)),
    ]
    found = [rows for rows in found if len(rows)]
    if not found:
        return pd.DataFrame(columns=COLUMNS)
    learned = evidence(
        sample=sample,
        standing_conclusion=standing_conclusion,
        sampling_plan=sampling_plan,
        product_category=product_category,
        hazard_count=hazard_count,
        recall=recall,
        penalty=penalty,
        enforcement_case=enforcement_case,
    )
    signals = _placed(lives(pd.concat(found, ignore_index=True), learned, last), every.keys)
    severity = signals["hazard_code"].map(hazard.set_index("hazard_code")["severity"])
    signals["severity"] = severity.astype("Int64")
    grave = (severity >= SERIOUS).fillna(False).astype(bool)
    signals["serious"] = grave & (signals["news"] != USUAL)
    signals = signals.join(sampled_category(signals["category_code"], product_category, overseas_alert))
    return signals[COLUMNS].sort_values([*KEY, "opened_on"], ignore_index=True)


def _placed(signals: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    """With the codes that the key is made of; ``pairs``: key_code of pairs with PARTS."""
    kind, code = signals["key_type"], signals["key_code"]
    platform, pair = (kind == "platform_category").to_numpy(), (kind == PAIR).to_numpy()
    split = code.str.split("/", n=1)
    parts = pairs.drop_duplicates("key_code").set_index("key_code")[PARTS].reindex(code)
    return signals.assign(
        platform_code=np.where(platform, split.str[0], NOTHING),
        category_code=np.select([platform, pair], [split.str[-1], parts["category_code"]], NOTHING),
        hazard_code=np.where(pair, parts["hazard_code"], NOTHING),
        brand=np.where(kind == "brand", code, NOTHING),
    )
