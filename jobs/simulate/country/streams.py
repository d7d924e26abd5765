"""Random numbers by name: a table that is added never shifts the numbers of another."""

from __future__ import annotations

import hashlib

import numpy as np


def stream(seed: int, *names: object) -> np.random.Generator:
    """The generator of one purpose; equal names give equal numbers on every machine."""
    digest = hashlib.blake2b("\0".join(map(str, (seed, *names))).encode(), digest_size=16).digest()
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(int.from_bytes(digest, "big"))))


def shared_out(total: int, weights: np.ndarray, least: int = 0) -> np.ndarray:
    """``total`` as whole numbers in proportion to ``weights`` (largest remainders), each at least ``least``.

    The sum is ``total``, or ``least`` times the number of weights where that is more.
    """
    rest = max(0, total - least * len(weights))
    exact = rest * np.asarray(weights, float) / np.sum(weights)
    whole = np.floor(exact).astype(np.int64)
    order = np.argsort(-(exact - whole), kind="stable")
    whole[order[: rest - int(whole.sum())]] += 1
    return whole + least


def skewed(rng: np.random.Generator, size: int, alpha: float = 1.16, cap: float = 3000.0) -> np.ndarray:
    """Pareto weights from 1 up to ``cap``: with the default exponent a fifth of them holds about four fifths
    of the sum."""
    return np.minimum((1.0 - rng.random(size)) ** (-1.0 / alpha), cap)
