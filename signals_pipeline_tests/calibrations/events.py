"""Shifts of names whose form of card goes out of use, and forecasts of topics that do not change."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from signals_pipeline.marts.computed.events import forecasts, shifts
from signals_pipeline.marts.kept import Kept
from signals_pipeline.marts.statistics.counts import Bools, Counts
from signals_pipeline_tests.calibrations import worlds
from signals_pipeline_tests.calibrations.figures import Bar, Figure
from signals_pipeline_tests.calibrations.worlds import N_FLAT, N_ISSUES, N_KIND, SEED

FORM_ODDS = 4.0
"""A name is so many times as likely, in odds, in the form of card that has it."""

SHIFT_AT = 140
"""The issue of a true shift: the second form took over 35 issues before."""

NEAR = 10
"""A shift is found where one begins no more issues than this from the true one."""


NAMES = {"both forms": (1.0, 1.0), "the old form": (FORM_ODDS, 1.0), "the new form": (1.0, FORM_ODDS)}
"""Which form a name is that of, and by how much its odds are multiplied in either."""


def flat_names(rng: np.random.Generator) -> Counts:
    """Names that do not change, of which half are those of the old form and half those of the new one."""
    odds = np.array([NAMES["the old form"], NAMES["the new form"]] * (N_FLAT // 2)).T
    return worlds.in_forms(*worlds.by_form(rng, worlds.issue_sizes(rng), worlds.flat(rng, N_FLAT), odds))


def shifted_names(rng: np.random.Generator, odds: tuple[float, float]) -> Counts:
    """Thirty names, first, that go from 4 to 12 % in a form whose odds are multiplied by 1, and flat ones."""
    shift = worlds.step(0.04, 0.12, N_ISSUES - SHIFT_AT)
    shares = np.concatenate([np.repeat(shift[None], N_KIND, axis=0), worlds.flat(rng, N_FLAT)])
    of_names = np.repeat(np.array(odds)[:, None], len(shares), axis=1)
    return worlds.in_forms(*worlds.by_form(rng, worlds.issue_sizes(rng), shares, of_names))


def with_shift(counts: Counts, at: int | None = None) -> Bools:
    """Which topics of the family have a shift, near an issue where one is given: (topics,)."""
    rows = next(shifts(counts, Kept()))
    issue = np.searchsorted(counts.dates, rows["shift_date"])
    wanted = np.ones(len(issue), dtype=np.bool_) if at is None else np.abs(issue - at) <= NEAR
    return _is_among(counts, rows["topic_id"][wanted])


def without_forms(counts: Counts) -> Counts:
    """The same counts as if all cards had one form."""
    return worlds.in_forms(counts.x[None], counts.n[None])


def figures_of_forms(n_families: int) -> Iterator[Figure]:
    """Shifts of names while one form takes over from another during forty issues."""
    rng = np.random.default_rng([SEED, 200])
    families = [flat_names(rng) for _ in range(n_families)]
    what = "flat names of a form, forms mixing over 40 issues: any shift"
    yield _figure(what, Bar(0.05, before="62–77 %"), [with_shift(one) for one in families])
    pooled = [with_shift(without_forms(one)) for one in families]
    yield _figure("the same, if the forms were not looked at: any shift", Bar(), pooled)
    for number, (name, odds) in enumerate(NAMES.items()):
        rng = np.random.default_rng([SEED, 201, number])
        found = [with_shift(shifted_names(rng, odds), SHIFT_AT)[:N_KIND] for _ in range(n_families)]
        what = f"4 to 12 % long after the forms mixed, a name of {name}: shift found"
        yield _figure(what, Bar(before="98 %" if name == "both forms" else "–"), found)


def figures_of_forecasts(n_families: int) -> Iterator[Figure]:
    """How many topics that do not change have a published forecast."""
    rng = np.random.default_rng([SEED, 202])
    found = []
    for _ in range(n_families):
        n = worlds.issue_sizes(rng)
        counts = worlds.in_forms(rng.binomial(n, worlds.flat(rng, N_FLAT))[None], n[None])
        rows = next(forecasts(counts, Kept()))
        found.append(_is_among(counts, rows["topic_id"][rows["is_published"]]))
    yield _figure("flat topics with a published forecast", Bar(0.03, before="18 %"), found)


def _is_among(counts: Counts, topic_ids: Any) -> Bools:
    """Which topics of the family are among some: (topics,)."""
    return np.isin(counts.topic_ids.astype(str), topic_ids.astype(str))


def _figure(what: str, bar: Bar, found: list[Bools]) -> Figure:
    """How many of the topics of all families it was found of."""
    topics = np.concatenate(found)
    return Figure(what, bar, float(np.mean(topics)), len(topics))
