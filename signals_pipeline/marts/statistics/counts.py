"""What bursts, shifts and forecasts share: checked counts, running sums and tables of logarithms."""

from typing import TypeVar

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

_Number = TypeVar("_Number", np.int64, np.float64)

TOPICS_AT_ONCE = 128
"""Topics are worked on in groups, so that memory does not grow with their number."""


def with_cards(x: Ints, n: Ints) -> tuple[Ints, Ints, Ints]:
    """Positions of the issues that have cards, and the counts x and n of these alone.

    Raises:
        ValueError: The shapes do not fit together, or a count is below 0 or above its denominator.
    """
    if x.ndim != 2 or n.ndim != 1 or x.shape[1] != len(n):
        raise ValueError(f"x is (topics, issues) and n is (issues,); they are {x.shape} and {n.shape}")
    if np.any(n < 0) or np.any(x < 0) or np.any(x > n):
        raise ValueError("a count is below 0, or a topic is on more cards than an issue has")
    found = np.flatnonzero(n > 0)
    return found, x[:, found].astype(np.int64), n[found].astype(np.int64)


def running(values: npt.NDArray[_Number]) -> npt.NDArray[_Number]:
    """Sums of all values before a position along the last axis, which gets one entry more; the first is 0."""
    sums = np.zeros((*values.shape[:-1], values.shape[-1] + 1), dtype=values.dtype)
    np.cumsum(values, axis=-1, out=sums[..., 1:])
    return sums


def k_log_k(largest: int) -> Floats:
    """The table k ln k for whole k from 0, where it is 0."""
    k = np.arange(largest + 1, dtype=np.float64)
    k[1:] *= np.log(k[1:])
    return k


def log_choices(n: Ints, x: Ints) -> Floats:
    """The logarithm of the number of ways to choose x out of n, of the common shape of both."""
    log_factorial = running(np.log(np.arange(1, int(n.max(initial=0)) + 1, dtype=np.float64)))
    found: Floats = log_factorial[n] - log_factorial[x] - log_factorial[n - x]
    return found
