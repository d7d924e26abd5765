"""Samples with a known design: a published two-stage one, and random ones with the variance formula written
out."""

from __future__ import annotations

import numpy as np
import pandas as pd

# Of 757 Californian school districts 40 were drawn, in each at most five schools: "district schools-in-it:
# api00/enroll …". A school without enrolment is not known. Public figures of the California Department of
# Education, known from R's survey (apiclus2).
_APICLUS2 = """
15 1: 821/152
63 1: 773/312
83 3: 600/173 740/201 716/147
117 1: 811/234
132 3: 472/184 520/512 568/543
152 3: 591/332 544/217 612/520
173 4: 926/507 890/362 903/402 901/408
176 1: 453/2237
198 4: 569/471 545/501 584/720 601/311
200 11: 622/365 610/834 622/397 783/376 612/498
228 2: 536/ 524/
264 1: 636/112
295 5: 666/435 698/757 713/445 614/161 701/298
302 4: 927/224 934/175 933/218 903/463
403 5: 911/395 889/400 874/362 861/994 842/113
452 4: 652/ 554/ 553/ 601/
456 1: 607/173
480 5: 717/521 646/541 644/869 631/1111 690/501
523 2: 622/1031 566/797
534 5: 615/421 596/723 547/702 541/411 621/367
549 5: 912/669 929/328 909/668 951/223 912/213
552 2: 759/343 803/454
570 36: 660/1195 502/1145 479/1120 545/840 478/455
574 1: 710/181
575 28: 769/520 865/474 808/408 840/583 840/1119
596 7: 818/264 821/260 868/235 892/380 824/304
620 72: 580/282 807/175 537/825 690/230 489/167
638 14: 641/443 542/1077 645/1270 543/406 486/239
639 7: 756/290 795/358 773/348 772/387 743/927
674 2: 794/443 751/404
679 4: 631/1067 555/1195 608/1418 627/1418
687 3: 772/156 738/151 670/125
701 2: 673/181 711/205
711 2: 730/310 711/428
719 1: 468/298
731 9: 766/460 742/315 776/1012 742/1211 626/387
742 1: 747/193
768 2: 620/271 602/663
781 6: 895/269 844/258 869/351 851/319 861/270
795 1: 653/333
"""


def apiclus2() -> pd.DataFrame:
    """dnum, snum, api00, enroll, fpc1 (districts), fpc2 (schools of the district), one row per school."""
    rows = []
    for line in _APICLUS2.strip().splitlines():
        head, schools = line.split(": ")
        district, size = map(int, head.split())
        for number, school in enumerate(schools.split()):
            score, enrolled = school.split("/")
            rows.append((district, number, int(score), float(enrolled or "nan"), 757, size))
    return pd.DataFrame(rows, columns=["dnum", "snum", "api00", "enroll", "fpc1", "fpc2"])


def random_design(seed: int, two_stages: bool) -> tuple[pd.DataFrame, dict, np.ndarray]:
    """A sample with strata h (some taken whole), units u, rows k, populations N and M, y with gaps, x, domain
    d; its arguments; weights."""
    draw = np.random.default_rng(seed)
    rows = []
    for stratum in range(draw.integers(2, 5)):
        drawn = draw.integers(1, 6) if stratum else 5
        population = drawn + (draw.integers(0, 9) if drawn > 1 else 0)
        for unit in range(drawn):
            inside = draw.integers(1, 6)
            size = inside + (draw.integers(0, 5) if inside > 1 else 0)
            rows += [(stratum, unit, row, population, size) for row in range(inside)]
    data = pd.DataFrame(rows, columns=["h", "u", "k", "N", "M"])
    data["y"] = draw.random(len(data)).round(3)
    data.loc[draw.random(len(data)) < 0.1, "y"] = np.nan
    data["x"], data["d"] = draw.random(len(data)) + 0.5, draw.random(len(data)) < 0.8
    weights = data.N / data.groupby("h").u.transform("nunique")
    if two_stages:
        weights = weights * data.M / data.groupby(["h", "u"]).k.transform("nunique")
        return data, {"strata": "h", "clusters": ["u", "k"], "fpc": ["N", "M"]}, weights.to_numpy()
    return data, {"strata": "h", "clusters": "u", "fpc": "N"}, weights.to_numpy()


def linearised(
    data: pd.DataFrame, kind: str, weights: np.ndarray, units: list[np.ndarray], sizes: list[np.ndarray]
) -> tuple[float, float]:
    """Value and standard error of y in domain d by the textbook: Sarndal, Swensson & Wretman (1992), 4.3 and
    5.5."""
    inside = (data.d & data.y.notna()).to_numpy()
    w, y, x = weights * inside, data.y.fillna(0).to_numpy(), data.x.to_numpy()
    if kind == "total":
        value, scores = (w * y).sum(), w * y
    else:
        below = x if kind == "ratio" else np.ones(len(y))
        value = (w * y).sum() / (w * below).sum()
        scores = w * (y - value * below) / (w * below).sum()
    return value, np.sqrt(_variance(scores, data.h.to_numpy(), units, sizes))


def _variance(
    scores: np.ndarray, strata: np.ndarray, units: list[np.ndarray], sizes: list[np.ndarray]
) -> float:
    total = 0.0
    for stratum in np.unique(strata):
        rows = np.flatnonzero(strata == stratum)
        names, which = np.unique(units[0][rows], return_inverse=True)
        drawn, population = len(names), sizes[0][rows[0]]
        sums = np.bincount(which, weights=scores[rows])
        if drawn > 1:
            total += (1 - drawn / population) * drawn / (drawn - 1) * ((sums - sums.mean()) ** 2).sum()
        for unit in range(drawn) if len(sizes) > 1 else ():
            own = rows[which == unit]
            within = _variance(
                scores[own], np.zeros(len(own)), [u[own] for u in units[1:]], [s[own] for s in sizes[1:]]
            )
            total += drawn / population * within
    return total
