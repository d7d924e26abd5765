"""How far an index depends on choices of its makers: Sobol shares of its sources of uncertainty, inner
consistency of its indicators, principal components, and scores under other rules. Method: OECD & JRC,
Handbook on Constructing Composite Indicators, 2008, steps 4 to 7."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from SALib.analyze.sobol import first_order, total_order
from SALib.sample import sobol as sobol_sample
from scipy.optimize import linprog

from jobs.methods.checked import along, matrix, numbers


@dataclass(frozen=True)
class Sobol:
    """Result of :func:`sobol`: shares of the variance of each output, arrays sources x outputs: ``first``, by
    a source alone, and ``total``, with all its interactions; ``variance``: one per output. An output that
    does not vary has shares of 0."""

    first: np.ndarray
    total: np.ndarray
    variance: np.ndarray

    def pooled(self) -> tuple[np.ndarray, np.ndarray]:
        """First-order and total shares, one per source, of the summed variance of all outputs (F. Gamboa et
        al., Electronic Journal of Statistics 8, 2014, 575-603); NaN where nothing varies."""
        whole = self.variance.sum()
        weight = self.variance / whole if whole > 0 else np.full(len(self.variance), np.nan)
        return self.first @ weight, self.total @ weight


@dataclass(frozen=True)
class Components:
    """Principal components of a correlation matrix, the largest first. ``share``: of the variance, one per
    component; ``loadings``: columns x components, the correlation of a column with a component; the largest
    of each component is positive."""

    share: np.ndarray
    loadings: np.ndarray


def sobol(
    model: Callable[[np.ndarray], np.ndarray], sources: Sequence[str], *, base: int, seed: int
) -> Sobol:
    """Compute Sobol shares: how much of the variance of the outputs of ``model`` comes from each of
    ``sources`` (names of inputs), which are evenly distributed between 0 and 1 and independent.

    ``model``: a function of an array rows x sources that returns an array rows x outputs (or a vector for one
    output); it is called once, with base x (sources + 2) rows of Saltelli's design over a scrambled Sobol
    sequence. ``base``: a power of two, from 2 on. The estimators are those of A. Saltelli et al., Computer
    Physics Communications 181, 2010, 259-270, as SALib has them; small shares may come out a little below 0.

    Raises ValueError for no source, a base that is no power of two, outputs that are missing or not one row
    per input row.
    """
    if not sources or base < 2 or base & (base - 1):
        raise ValueError("sobol needs sources and a base that is a power of two")
    problem = {"num_vars": len(sources), "names": list(sources), "bounds": [[0.0, 1.0]] * len(sources)}
    rows = sobol_sample.sample(problem, base, calc_second_order=False, seed=seed)
    found = numbers("model", model(rows))
    found = found[:, None] if found.ndim == 1 else found
    if found.shape[0] != len(rows) or np.isnan(found).any():
        raise ValueError("model must give known outputs for each row")
    # Without its mean the estimator of small shares is far less noisy.
    blocks = (found - found.mean(axis=0)).reshape(base, len(sources) + 2, -1)
    one, two = blocks[:, 0], blocks[:, -1]
    variance = np.var(np.concatenate([one, two]), axis=0)
    if not variance.any():
        none = np.zeros((len(sources), found.shape[1]))
        return Sobol(none, none, variance)
    mixed = [blocks[:, 1 + source] for source in range(len(sources))]
    return Sobol(
        np.array([first_order(one, each, two) for each in mixed]),
        np.array([total_order(one, each, two) for each in mixed]),
        variance,
    )


def cronbach_alpha(values: ArrayLike) -> float:
    """Compute Cronbach's alpha, the internal consistency of the columns of ``values`` (units x items, on one
    scale): k/(k-1) times (1 - the sum of the items' variances divided by the variance of the items' sum), k
    the number of items. 1 at most, high where the items measure the same.

    Rows with a missing value are left out; NaN with fewer than two columns or rows, or where the sum does not
    vary. L. J. Cronbach, Psychometrika 16, 1951, 297-334.
    """
    table = _complete(values)
    count = table.shape[1]
    if count < 2 or len(table) < 2:
        return float("nan")
    whole = table.sum(axis=1).var(ddof=1)
    if whole <= 0:
        return float("nan")
    return float(count / (count - 1) * (1 - table.var(axis=0, ddof=1).sum() / whole))


def principal_components(values: ArrayLike) -> Components:
    """Compute the principal components of the correlations between the columns of ``values`` (units x
    columns). Rows with a missing value are left out.

    Raises ValueError for a column that does not vary or fewer than three complete rows.
    """
    table = _complete(values)
    if len(table) < 3 or (np.ptp(table, axis=0) <= 0).any():
        raise ValueError("principal components need three complete rows and columns that vary")
    root, vector = np.linalg.eigh(np.atleast_2d(np.corrcoef(table, rowvar=False)))
    root, vector = np.clip(root[::-1], 0, None), vector[:, ::-1]
    loadings = vector * np.sqrt(root)
    most = np.abs(loadings).argmax(axis=0)
    sign = np.where(loadings[most, np.arange(len(root))] < 0, -1.0, 1.0)
    return Components(root / root.sum(), loadings * sign)


def copeland(values: ArrayLike, weights: ArrayLike) -> np.ndarray:
    """Score units by pairwise comparison: the number of units that a unit beats less the number that beat it.
    Returns one whole number per unit, in order. Under this rule a weakness in one indicator is not made up
    for by the size of an advantage in others.

    ``values``: units x indicators, higher the better, NaN where not applicable; ``weights``: one per
    indicator. One unit beats another where, of the indicators that both have, those in which it is better
    have the greater sum of weights. A. H. Copeland's rule; G. Munda & M. Nardo, Applied Economics 41, 2009,
    1513-1523, for the outranking matrix.

    Raises ValueError for weights that are missing, negative or not one per indicator, or a Series of them
    with other labels than the columns of a frame.
    """
    table, weight = matrix("values", values), numbers("weights", along("weights", weights, values))
    if weight.shape != table.shape[1:] or np.isnan(weight).any() or (weight < 0).any():
        raise ValueError("weights must be one per indicator and not negative")
    with np.errstate(invalid="ignore"):
        for_one = (table[:, None] > table[None]) @ weight
    ahead = for_one - for_one.T
    ahead[np.abs(ahead) < 1e-12 * weight.sum()] = 0.0  # equal sums of other weights differ by rounding
    return np.asarray(np.sign(ahead).sum(axis=1))


def benefit_of_the_doubt(
    values: ArrayLike, *, shares: ArrayLike | None = None, slack: float = 0.0
) -> np.ndarray:
    """Score each unit with the weights that favour it most among those under which no unit scores above 1.
    Returns one score per unit, in order, 1 at most; NaN where the solver finds none.

    ``values``: units x indicators, not negative, higher the better; a missing one counts as 0. ``shares``:
    one per indicator, above 0; where given, each indicator's contribution to the unit's score stays within
    ``slack`` (a share of it) of that share of the score, after shares are divided among the indicators that
    the unit has. W. Melyn & W. Moesen, 1991; L. Cherchye et al., Social Indicators Research 82, 2007,
    111-145: data envelopment analysis with one input, by scipy's linear programme.

    Raises ValueError for negative values, shares or slack that do not fit, a unit without a value above 0.
    """
    table = matrix("values", values)
    filled = np.nan_to_num(table)
    if (filled < 0).any() or (filled.max(axis=1) <= 0).any():
        raise ValueError("values must not be negative, and each unit needs one above 0")
    share = None if shares is None else numbers("shares", along("shares", shares, values))
    if share is not None and (share.shape != table.shape[1:] or not (share > 0).all() or slack < 0):
        raise ValueError("shares must be positive, one per indicator, and slack not negative")
    scores = []
    for unit, own in enumerate(filled):
        limits, ends = [filled], [np.ones(len(filled))]
        if share is not None:
            there = ~np.isnan(table[unit])
            part = np.where(there, share, 0.0) / share[there].sum()
            contribution = np.diag(own)
            limits += [
                contribution - np.outer(part * (1 + slack), own),
                np.outer(part * (1 - slack), own) - contribution,
            ]
            ends += [np.zeros(len(own))] * 2
        got = linprog(-own, A_ub=np.concatenate(limits), b_ub=np.concatenate(ends), method="highs")
        scores.append(-got.fun if got.success else np.nan)
    return np.array(scores)


def _complete(values: ArrayLike) -> np.ndarray:
    table = matrix("values", values)
    return table[~np.isnan(table).any(axis=1)]
