"""The history of calls: what was said of a topic as of every issue, in runs, and how it turned out."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from signals_pipeline.marts.statistics.counts import Floats, Ints, running, with_cards

OUTCOMES = ("too early", "went on", "levelled off", "turned")
"""How a call turned out."""


@dataclass(frozen=True)
class Runs:
    """One entry per run of a call, in order of topic and issue.

    `topic` is the row of the codes and `code` what was called. `first` is the position of the issue of the
    call, `last` that of the last issue of the run, -1 while it holds at the last issue. `share_at_call` is
    the share over the `window` issues up to and including the call, `share_since` over those after it, at
    most `window`, NaN where there are none: the two that `outcome` compares, one of OUTCOMES.
    """

    topic: Ints
    code: Ints
    first: Ints
    last: Ints
    share_at_call: Floats
    share_since: Floats
    outcome: npt.NDArray[np.object_]


def find_runs(
    codes: npt.NDArray[np.int8], x: Ints, n: Ints, *, falling: Sequence[int], window: int, min_ratio: float
) -> Runs:
    """Every unbroken run of as-of issues with one call of a topic.

    A call went on where the share over the window after it is at least `min_ratio` times that up to it, for
    a fall at most 1 / `min_ratio` times; it turned in the reverse case, and levelled off between. With no
    card before, any card after is a rise, with no card after, any card before is a fall, and without cards in
    either window the call levelled off. An outcome rests on its two windows alone, so it stays as issues are
    added. Windows count issues with cards.

    Args:
        codes: What is called of a topic on the data up to and including an issue, (topics, issues); 0 = none.
        x: Counts, (topics, issues).
        n: Denominators, (issues,).
        falling: The codes that say that a share falls; all others say that it rises.
        window: Issues on each side of a call, at least 1.
        min_ratio: Above 1.

    Raises:
        ValueError: The shapes do not fit together, or counts are impossible.
    """
    issue, kept, able = with_cards(x, n)
    if codes.shape != x.shape:
        raise ValueError(
            f"codes and x have one entry per topic and issue; they are {codes.shape} and {x.shape}"
        )
    edges = np.diff(codes, axis=1, prepend=0) != 0
    topic, first = np.nonzero(edges & (codes != 0))
    ends = np.diff(codes, axis=1, append=0) != 0
    last = np.nonzero(ends & (codes != 0))[1]
    code = codes[topic, first]

    # Windows go from one number of issues with cards to another.
    called = np.searchsorted(issue, first, side="right")
    begin, stop = np.maximum(called - window, 0), np.minimum(called + window, len(able))
    cards, sums = running(able), running(kept)
    x_at, n_at = sums[topic, called] - sums[topic, begin], cards[called] - cards[begin]
    x_after, n_after = sums[topic, stop] - sums[topic, called], cards[stop] - cards[called]
    too_early = called + window > len(able)
    rose = (x_after * n_at >= min_ratio * (x_at * n_after)) & (x_after > 0)
    fell = (x_at * n_after >= min_ratio * (x_after * n_at)) & (x_at > 0)
    is_fall = np.isin(code, falling)
    outcome = np.select(
        [too_early, np.where(is_fall, fell, rose), np.where(is_fall, rose, fell)], [0, 1, 3], default=2
    )
    return Runs(
        topic=topic,
        code=code.astype(np.int64),
        first=first,
        last=np.where(last == codes.shape[1] - 1, -1, last),
        share_at_call=_share(x_at, n_at),
        share_since=_share(x_after, n_after),
        outcome=np.array(OUTCOMES, dtype=object)[outcome],
    )


def _share(x: Ints, n: Ints) -> Floats:
    found: Floats = np.where(n > 0, x / np.maximum(n, 1), np.nan)
    return found
