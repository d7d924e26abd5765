"""Random numbers by name, so that a table that is added never shifts the numbers of another."""

from __future__ import annotations

import hashlib

import numpy as np


def stream(seed: int, *names: object) -> np.random.Generator:
    """Return the random generator for one purpose. ``seed``: that of the country; ``names``: words and
    numbers that name the purpose, such as ("shops", "history"). Equal seeds and names give equal numbers on
    every machine."""
    digest = hashlib.blake2b("\0".join(map(str, (seed, *names))).encode(), digest_size=16).digest()
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(int.from_bytes(digest, "big"))))


def shared_out(total: int, weights: np.ndarray, least: int = 0) -> np.ndarray:
    """Return ``total`` divided into whole numbers in proportion to ``weights`` (method of largest
    remainders), each at least ``least``: int array, one number per weight.

    The sum is ``total``, or ``least`` times the number of weights where that is more.
    """
    rest = max(0, total - least * len(weights))
    exact = rest * np.asarray(weights, float) / np.sum(weights)
    whole = np.floor(exact).astype(np.int64)
    order = np.argsort(-(exact - whole), kind="stable")
    whole[order[: rest - int(whole.sum())]] += 1
    return whole + least


def skewed(rng: np.random.Generator, size: int, alpha: float = 1.16, cap: float = 3000.0) -> np.ndarray:
    """Return ``size`` random weights of a Pareto distribution, drawn with ``rng``, from 1 to at most
    ``cap``. With the default exponent ``alpha`` the largest fifth of them has about four fifths of the sum.
    """
    return np.minimum((1.0 - rng.random(size)) ** (-1.0 / alpha), cap)
