"""Replays the life of signals week by week: a signal is opened by an alarm, then confirmed, refuted or
expired. Pure.

A signal is about one key (KEY: key_type, key_code; see jobs.marts.risk.series); at most one signal of a key
is open at a time. An alarm of a key whose signal is open is added to that signal. The evidence after the
opening decides (jobs.marts.risk.evidence):

- Confirmed: the evidence is above what is usual. For recalls, and for penalties that followed from samples of
  the key, usual are those of the key in the year before (exact test of two rates of counts). For failing
  targeted samples it is the share that failed in that year; where fewer than 30 were judged in it, or the
  signal compares the key with others (GPS), the share of its peers in the same weeks. Of at least 30 random
  samples, the lower 95% Wilson limit must lie above the rate of the peers in the same weeks. Recalls never
  confirm a signal that recalls alone raised.
- Refuted: at least 30 random samples were judged, and their rate is not above that of the random samples of
  the peers in the same weeks.
- Expired: 90 days after the opening neither had happened. Of a signal that opened as usual and became news
  the 90 days run from the day on which it became news, so that news is looked into as long as that of any
  other signal.

A signal is as new as the newest of its alarms (jobs.marts.risk.news): an alarm that is news makes news of the
open signal to which it is added."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import timedelta
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from jobs.marts.risk.evidence import COUNTS, KEY
from jobs.marts.risk.news import KINDS, USUAL
from jobs.marts.risk.series import monday
from jobs.methods.intervals import binomial

OPEN, CONFIRMED, REFUTED, EXPIRED = "open", "confirmed", "refuted", "expired"
DAYS, FEWEST = 90, 30  # after which a signal expires; judged samples of which a share is compared
_WEEKS = DAYS // 7 + 1  # of which the last one ends after the 90 days
_YEAR = 52  # weeks before the opening that say what is usual
# So seldom do usual counts lie as high; each of the 13 weeks is looked at, so more of them confirm by chance.
_CHANCE = 0.01
_COUNTED = (("n_recalls", "recall"), ("n_penalties", "penalty"))


@dataclass(frozen=True)
class _Evidence:
    """Rows of evidence: the week of each and its COUNTS."""

    weeks: np.ndarray
    counts: np.ndarray

    def within(self, begin: int, end: int) -> _Evidence:
        """The rows of weeks from ``begin`` on and before ``end``."""
        inside = (self.weeks >= begin) & (self.weeks < end)
        return _Evidence(self.weeks[inside], self.counts[inside])

    def at(self, rows: np.ndarray) -> _Evidence:
        """The rows at these places."""
        return _Evidence(self.weeks[rows], self.counts[rows])


@dataclass(frozen=True)
class _Alarms:
    """Alarms of one key in order of their weeks: an array for each column of `lives` that is read, and
    ``news``, places in KINDS. Not a frame, as there are thousands of few rows."""

    week: np.ndarray
    n: np.ndarray
    expected: np.ndarray
    p_adjusted: np.ndarray
    eb05: np.ndarray
    news: np.ndarray
    method: np.ndarray
    stream: np.ndarray

    @classmethod
    def of(cls, alarms: pd.DataFrame) -> _Alarms:
        numbers = {name: alarms[name].to_numpy(float) for name in ("n", "expected", "p_adjusted", "eb05")}
        texts = {name: alarms[name].to_numpy(object) for name in ("method", "stream")}
        news = pd.Index(KINDS).get_indexer(alarms["news"])
        return cls(week=alarms["week"].to_numpy(np.int64), news=news, **numbers, **texts)

    def at(self, rows: slice | np.ndarray) -> _Alarms:
        """The alarms at these places."""
        return _Alarms(**{field.name: getattr(self, field.name)[rows] for field in fields(self)})

    def split(self, week: int | None) -> tuple[_Alarms, _Alarms]:
        """Those before ``week`` (None: all) and the others."""
        end = len(self.week) if week is None else int(np.searchsorted(self.week, week))
        return self.at(slice(end)), self.at(slice(end, None))


@dataclass(frozen=True)
class _Usual:
    """What is usual of a key: events in the year before and the weeks of it in which a source reported any
    (0: not known), and targeted samples judged and failing in it."""

    events: dict[str, int]
    weeks: dict[str, int]
    judged: int
    failing: int


def lives(alarms: pd.DataFrame, evidence: pd.DataFrame, last: int) -> pd.DataFrame:
    """Return one row per signal, sorted by key and opening: KEY, opened_on, state, closed_on, closed_by,
    last_alarm_on, n_alarms, reasons, n_reports, expected, p_adjusted, eb05, news, news_on, COUNTS and
    peer_rate. Each is explained in schemas/gold/risk_signal.odcs.yaml. Without alarms the frame is empty and
    has no columns.

    ``alarms``: rows of `alarms.alarms` and `alarms.pairs`, with the column ``news`` (one of news.KINDS).
    ``evidence``: as `evidence.evidence` returns it. ``last``: number of the newest whole week; evidence after
    it is not used.

    An alarm or evidence of a week is known on the Monday after it, so days are Mondays, but for the day on
    which a signal expires. n_reports, expected and p_adjusted are those of the first alarm that is news, else
    of the first alarm; of several in one week, of the most significant. eb05 is the highest. COUNTS are those
    of the weeks after the opening, up to the closing or ``last``."""
    known = evidence[evidence["week"] <= last]
    every = _Evidence(known["week"].to_numpy(np.int64), known[COUNTS].to_numpy(np.int64))
    after = known.groupby(KEY, sort=False).indices
    peers = known.groupby(["key_type", "peers"], sort=False).indices
    like = known["peers"].to_numpy(object)
    begun = {column: known[known[column] > 0].groupby("key_type")["week"].min() for column, _ in _COUNTED}
    found: list[dict[str, Any]] = []
    ordered = alarms.sort_values(["week", "p_adjusted", "stream", "method"])
    every_alarm = _Alarms.of(ordered)
    for key, places in ordered.groupby(KEY).indices.items():
        own = after.get(key, np.array([], np.int64))
        mine = every.at(own)
        group = every.at(peers[(key[0], like[own[0]])] if len(own) else own)
        since = {column: first.get(key[0]) for column, first in begun.items()}
        rows = every_alarm.at(places)
        while len(rows.week):
            opened = int(rows.week[0])
            usual = _usual(mine, opened, since)
            signal, closed = _followed(rows, mine, group, usual, last)
            inside, rows = rows.split(closed)
            found.append(dict(zip(KEY, key, strict=True)) | _described(inside, opened) | signal)
    return pd.DataFrame(found)


def _usual(mine: _Evidence, opened: int, since: dict[str, int | None]) -> _Usual:
    """``since``: the first week in which a source reported the event of any key."""
    weeks = {
        column: min(opened - first, _YEAR) if first is not None else 0 for column, first in since.items()
    }
    sums = _named(mine.within(opened - _YEAR, opened).counts.sum(axis=0))
    return _Usual(sums, weeks, sums["n_targeted_judged"], sums["n_failing_targeted"])


def _followed(
    rows: _Alarms, mine: _Evidence, group: _Evidence, usual: _Usual, last: int
) -> tuple[dict[str, Any], int | None]:
    """What became of the signal that the first of ``rows``, alarms of its key, opens, and the week from which
    on an alarm opens another one."""
    opened = int(rows.week[0])
    watched = _watched_from(rows)
    weeks = watched - opened + _WEEKS
    own, others = (np.zeros((weeks, len(COUNTS)), np.int64) for _ in range(2))
    for evidence, table in ((mine, own), (group, others)):
        near = evidence.within(opened + 1, opened + weeks)
        np.add.at(table, near.weeks - opened - 1, near.counts)
    sums, theirs = np.cumsum(own, axis=0), np.cumsum(others - own, axis=0)
    week = rows.week.astype(float)
    by_like = week[rows.method == "gps"].min(initial=np.inf)
    by_other = week[rows.stream != "recall"].min(initial=np.inf)
    for step in range(min(weeks - 1, last - opened)):
        counts, peers = _named(sums[step]), _named(theirs[step])
        like, recalled = bool(by_like <= opened + step + 1), bool(opened + step + 1 < by_other)
        state, by = _decided(counts, peers, usual, step + 1, like=like, recalled=recalled)
        if state != OPEN:
            day = monday(opened + step + 2)
            return _ended(state, by, day, counts, peers), opened + step + 2
    seen = min(weeks - 1, max(last - opened, 0))
    counts, peers = (_named(t[seen - 1] if seen else np.zeros(len(COUNTS), np.int64)) for t in (sums, theirs))
    lapses = monday(watched + 1) + timedelta(days=DAYS)
    if lapses <= monday(last + 1):
        return _ended(EXPIRED, "lapsed", lapses, counts, peers), opened + weeks
    return _ended(OPEN, None, None, counts, peers), None


def _watched_from(rows: _Alarms) -> int:
    """The week of the alarm from which the days of a signal run: the first that is news and comes while the
    one that opens it would be open, else that one."""
    opened, news = int(rows.week[0]), rows.week[rows.news != KINDS.index(USUAL)]
    return int(news.min()) if len(news) and news.min() < opened + _WEEKS else opened


def _named(sums: np.ndarray) -> dict[str, int]:
    return dict(zip(COUNTS, sums.tolist(), strict=True))


def _decided(
    counts: dict[str, int], peers: dict[str, int], usual: _Usual, weeks: int, *, like: bool, recalled: bool
) -> tuple[str, str | None]:
    """State and ground of a signal ``weeks`` after its opening; ``like``: an alarm compares the key with its
    like; ``recalled``: all alarms are of recalls."""
    if _more_failing(counts, peers, usual, like=like):
        return CONFIRMED, "failing_sample"
    for column, reason in _COUNTED:
        own = recalled and reason == "recall"
        if not own and _more_events(counts[column], weeks, usual.events[column], usual.weeks[column]):
            return CONFIRMED, reason
    judged, failing, peer = counts["n_random_judged"], counts["n_random_failing"], _peer_rate(peers)
    if judged >= FEWEST and not np.isnan(peer):
        if failing / judged <= peer:
            return REFUTED, "random_not_above"
        if float(binomial(failing, judged)[0]) > peer:
            return CONFIRMED, "random_above"
    return OPEN, None


@lru_cache(maxsize=10_000)
def _more_events(n: int, weeks: int, past: int, weeks_past: int) -> bool:
    """Whether ``n`` in ``weeks`` are more than ``past`` in ``weeks_past`` (exact test of Poisson rates)."""
    if not n or weeks_past <= 0:
        return False
    return bool(stats.binom.sf(n - 1, n + past, weeks / (weeks + weeks_past)) <= _CHANCE)


def _more_failing(counts: dict[str, int], peers: dict[str, int], usual: _Usual, *, like: bool) -> bool:
    """Whether more of the targeted samples failed than is usual (exact test of two shares)."""
    judged, failing = counts["n_targeted_judged"], counts["n_failing_targeted"]
    if not failing:
        return False
    if like or usual.judged < FEWEST:
        n, x = peers["n_targeted_judged"], peers["n_failing_targeted"]
    else:
        n, x = usual.judged, usual.failing
    return n > 0 and _seldom(failing, judged, x, n)


@lru_cache(maxsize=10_000)
def _seldom(failing: int, judged: int, x: int, n: int) -> bool:
    """Whether chance seldom lets as many as ``failing`` of ``judged`` fail where ``x`` of ``n`` others do."""
    return bool(stats.hypergeom.sf(failing - 1, judged + n, failing + x, judged) <= _CHANCE)


def _peer_rate(peers: dict[str, int]) -> float:
    judged = peers["n_random_judged"]
    return float(peers["n_random_failing"]) / float(judged) if judged else np.nan


def _ended(
    state: str, by: str | None, day: Any, counts: dict[str, int], peers: dict[str, int]
) -> dict[str, Any]:
    return {"state": state, "closed_by": by, "closed_on": day, **counts, "peer_rate": _peer_rate(peers)}


def _described(rows: _Alarms, opened: int) -> dict[str, Any]:
    news = np.flatnonzero(rows.news != KINDS.index(USUAL))
    first = int(news[0]) if len(news) else 0
    return {
        "opened_on": monday(opened + 1),
        "last_alarm_on": monday(int(rows.week.max()) + 1),
        "n_alarms": len(set(rows.week.tolist())),
        "reasons": sorted({f"{m}_{s}" for m, s in zip(rows.method, rows.stream, strict=True)}),
        "n_reports": int(rows.n[first]),
        "expected": float(rows.expected[first]),
        "p_adjusted": float(rows.p_adjusted[first]),
        "eb05": float(np.fmax.reduce(rows.eb05)),
        "news": KINDS[rows.news.min()],
        "news_on": monday(int(rows.week[first]) + 1) if len(news) else None,
    }
