"""p values of many topics, adjusted for how many there are."""

import numpy as np

from signals_pipeline.marts.statistics.counts import Floats


def benjamini_hochberg(p: Floats, family: Floats) -> Floats:
    """The q of each p in a family of p values: (p,) from (p,) and (family,); probabilities.

    The false discovery rate at which the hypothesis of a p would just be rejected (Benjamini and Hochberg
    1995, Journal of the Royal Statistical Society B 57, 289-300): the least of p' m / #{p in the family <=
    p'} over all p' >= p, m = size of the family. A p that is not of the family, that of a topic's weaker
    burst, is ranked as if it stood for its topic.
    """
    ordered = np.sort(family)
    ranks = np.searchsorted(ordered, p, side="right")
    own = p * len(family) / np.maximum(ranks, 1)
    of_family = ordered * len(family) / np.arange(1, len(family) + 1)
    least = np.append(np.minimum.accumulate(of_family[::-1])[::-1], np.inf)
    larger = least[np.searchsorted(ordered, p, side="left")]
    found: Floats = np.maximum(p, np.minimum(1.0, np.minimum(own, larger)))
    return found
