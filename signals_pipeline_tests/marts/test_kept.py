"""Results that are kept from build to build: used where nothing changed that they follow from, else not."""

import inspect
import platform
import random
from dataclasses import fields, replace
from datetime import timedelta

import numpy as np
import pyarrow.compute
import pytest

from signals_pipeline.marts.computed import COUNTS, computed
from signals_pipeline.marts.kept import Kept, read_kept, write_kept
from signals_pipeline.marts.queries import query
from signals_pipeline.marts.statistics.bursts import burst_significance, find_bursts
from signals_pipeline.marts.statistics.calls import calls_by_issue
from signals_pipeline.marts.statistics.forecasts import forecast
from signals_pipeline.marts.statistics.trends import TrendRules
from signals_pipeline_tests.conftest import opened
from signals_pipeline_tests.marts.rules import RULES
from signals_pipeline_tests.marts.test_calls import corpus
from signals_pipeline_tests.marts.test_statistics import BURST, FORECAST, ids

N_ISSUES = 60
X, N, TIME = corpus(N_ISSUES, 2)
FEW = slice(20)
"""Of the calls as of every issue a few are enough."""

ALL = {"x": X.sum(axis=0), "n": N.sum(axis=0)}

KEEPING = ("call_history", "topic_burst_fit", "topic_forecast")
"""The marts that keep results."""


def p_of_bursts(kept, **given):
    automaton = {name: given[name] for name in BURST}
    found = burst_significance(find_bursts(given["x"], given["n"], **automaton), **given, kept=kept)
    return [found.p_topic.tolist(), found.p_burst.tolist()]


def forecasts(kept, **given):
    found = forecast(**given, kept=kept)
    return [getattr(found, one.name).tolist() for one in fields(found)]


def calls(kept, **given):
    return calls_by_issue(**given, kept=kept).tolist()


METHODS = {
    burst_significance: (
        p_of_bursts,
        ALL
        | {"form": np.arange(N_ISSUES) // 40, "topic_ids": ids(X.shape[1]), **BURST}
        | {"exceedances": 5, "permutations": 30, "max_q": 1.0},
    ),
    forecast: (forecasts, ALL | {"topic_ids": ids(X.shape[1]), **FORECAST}),
    calls_by_issue: (
        calls,
        {"x": X[:, :, FEW], "n": N[:, FEW], "time": TIME[FEW], "rules": RULES, "min_cards": 8},
    ),
}

CHANGED_RULES = {
    "block_issues": 4,
    "min_blocks": 4,
    "min_prior_topics": 2,
    "recent_issues": 20,
    "min_recent_issues": 40,
    "min_shape_issues": 30,
    "min_step_issues": 4,
}
"""Other values of those that are whole numbers."""

CHANGES = [
    *((burst_significance, name, value) for name, value in [
        ("x", np.minimum(ALL["x"] + 1, ALL["n"])),
        ("n", ALL["n"] + (np.arange(N_ISSUES) == 3)),
        ("form", np.arange(N_ISSUES) // 30),
        ("topic_ids", ids(40)[-X.shape[1]:]),
        ("s", 1.9), ("gamma", 0.9), ("p_max", 0.2), ("exceedances", 4), ("permutations", 29),
    ]),
    *((forecast, name, value) for name, value in [
        ("x", np.minimum(ALL["x"] + 1, ALL["n"])),
        ("n", ALL["n"] + (np.arange(N_ISSUES) == 3)),
        ("topic_ids", ids(40)[-X.shape[1]:]),
        ("half_life", 11.0), ("m", 90.0), ("floor_cards", 0.4), ("horizons", (9, 25)), ("min_history", 19),
    ]),
    *((calls_by_issue, name, value) for name, value in [
        ("x", np.minimum(X + 1, N[:, None])[:, :, FEW]),
        ("n", (N + (np.arange(N_ISSUES) == 0))[:, FEW]),
        ("time", TIME[FEW] * 2),
        *(("rules", replace(RULES, **{one.name: CHANGED_RULES.get(one.name, getattr(RULES, one.name) * 0.9)}))
          for one in fields(TrendRules)),
    ]),
]  # fmt: skip

NOT_KEPT = {
    # What is kept of a topic follows from the limit of draws, and from no other topic.
    (burst_significance, "bursts"),
    (burst_significance, "max_q"),
    # They decide which forecasts are published, which is done with what is kept.
    (forecast, "min_windows"),
    (forecast, "min_standard_errors"),
    # It says which counts an issue's calls follow from.
    (calls_by_issue, "min_cards"),
}


def wrong(kept):
    """What a build finds if all that was kept were zeros."""
    return Kept(found={key: result[:3] + bytes(len(result) - 3) for key, result in kept.asked.items()})


@pytest.fixture(scope="module")
def used():
    """By method, what a first build asked for."""
    found = {}
    for method, (compute, given) in METHODS.items():
        found[method] = Kept()
        compute(found[method], **given)
    return found


def test_every_parameter_is_tried():
    tried = {(method, name) for method, name, _ in CHANGES} | NOT_KEPT
    assert tried == {
        (method, name)
        for method in METHODS
        for name in inspect.signature(method).parameters
        if name != "kept"
    }


@pytest.mark.parametrize("method", METHODS, ids=lambda one: one.__name__)
def test_what_is_kept_is_used_and_is_what_is_computed(used, method):
    compute, given = METHODS[method]
    again = Kept(found=used[method].asked)
    assert compute(again, **given) == compute(Kept(), **given)
    assert again.asked == used[method].asked
    assert compute(wrong(used[method]), **given) != compute(Kept(), **given)


@pytest.mark.parametrize(
    ("method", "name", "value"),
    CHANGES,
    ids=[f"{method.__name__}-{name}-{place}" for place, (method, name, _) in enumerate(CHANGES)],
)
def test_nothing_that_is_kept_is_used_when_something_changed(used, method, name, value):
    compute, given = METHODS[method]
    changed = given | {name: value}
    assert str(changed[name]) != str(given[name])
    kept = wrong(used[method])
    assert compute(kept, **changed) == compute(Kept(), **changed)
    assert kept.asked
    assert not kept.asked.keys() & used[method].asked.keys()


OWN = ((np.arange(3),), (np.arange(4),))


def result_of(kept, method="sum", shared=(1, "a"), own=OWN):
    def part(places):
        return lambda: [np.array([place, 7.0]) for place in places]

    return kept.results(method, shared, own, part, n_bytes=56)


@pytest.mark.parametrize(
    ("where", "name", "value"),
    [
        (np, "__version__", "0"),
        (platform, "python_version", lambda: "0"),
        (platform, "machine", lambda: "another"),
    ],
)
def test_another_library_or_machine_computes_anew(monkeypatch, where, name, value):
    first = Kept("1")
    result_of(first)
    monkeypatch.setattr(where, name, value)
    second = Kept("1", first.asked)
    result_of(second)
    assert not first.asked.keys() & second.asked.keys()


@pytest.mark.parametrize(
    "other",
    [
        {"method": "product"},
        {"shared": (1,)},
        {"shared": (1, "b")},
        {"shared": ("1", "a")},
        {"shared": (1.0, "a")},
        {"shared": (1, "a", "")},
        {"shared": ("a", 1)},
        {"own": ((np.arange(3.0),), (np.arange(4.0),))},
        {"own": ((np.arange(3)[:, None],), (np.arange(4)[:, None],))},
        {"own": ((np.arange(3)[::-1],), (np.arange(4)[::-1],))},
        {"own": ((np.arange(3), 1), (np.arange(4), 1))},
    ],
)
def test_results_are_kept_by_all_that_they_follow_from(other):
    first, second, of_other_code = Kept("1"), Kept("1"), Kept("2")
    result_of(first)
    result_of(second, **other)
    result_of(of_other_code)
    assert len(first.asked) == len(second.asked) == 2
    assert not first.asked.keys() & (second.asked.keys() | of_other_code.asked.keys())


def test_only_what_is_not_kept_is_computed():
    first = Kept()
    result_of(first, own=((np.arange(3),),))
    second = Kept(found=first.asked)
    computed_places = []

    def part(places):
        computed_places.extend(places)
        return lambda: [np.array([1, 2, 3], dtype=np.int8) for _ in places]

    own = ((np.arange(4),), (np.arange(3),), (np.arange(5),))
    found = second.results("sum", (1, "a"), own, part, n_bytes=96)
    assert computed_places == [0, 2]
    assert [one.tolist() for one in found] == [[1, 2, 3], [0.0, 7.0], [1, 2, 3]]
    assert [one.dtype for one in found] == [np.int8, np.float64, np.int8]


def test_a_store_keeps_what_the_last_build_asked_for_and_nothing_damaged(tmp_path):
    with opened(tmp_path, tmp_path) as store:
        kept = read_kept(store, "one", "1")
        result_of(kept)
        with store.transaction():
            write_kept(store, "one", kept)
            write_kept(store, "other", kept)
    with opened(tmp_path, tmp_path) as store:
        again = read_kept(store, "one", "1")
        assert again.found == kept.asked
        result_of(again, own=((np.arange(4),),))
        with store.transaction():
            write_kept(store, "one", again)
        assert read_kept(store, "one", "1").found == again.asked
        assert len(again.asked) == 1
        for damage in ("result = 'x'::BLOB", "key = 'x'::BLOB", "seal = NULL"):
            store.connection.execute(f"BEGIN; UPDATE internal.kept_results SET {damage}")
            assert read_kept(store, "other", "1").found == {}
            store.connection.execute("ROLLBACK")
        store.connection.execute("DROP TABLE internal.kept_results")
        assert read_kept(store, "other", "1").found == {}


def changed(counts, drawn):
    """Counts with a change as runs take them in: the last issue is gone or back, or a card is another."""
    dates = sorted(set(counts["issue_date"].to_pylist()))
    table = counts.to_pylist()
    kind = drawn.choice(("an issue less", "a later date", "a card less", "a card more"))
    if kind == "an issue less":
        table = [row for row in table if row["issue_date"] != dates[-1]]
    elif kind == "a later date":
        late = drawn.choice(dates)
        for row in table:
            row["issue_date"] += timedelta(days=row["issue_date"] >= late)
    else:
        step = 1 if kind == "a card more" else -1
        fit = [row for row in table if row["topic_id"] and 0 < row["x"] + step <= row["n"]]
        drawn.choice(fit)["x"] += step
    return pyarrow.Table.from_pylist(table, counts.schema)


@pytest.mark.long
@pytest.mark.parametrize("name", KEEPING)
def test_kept_results_thrown_away_at_random_moments_change_nothing(trending, name):
    drawn = random.Random(name)
    counts = first = trending.sql(query(COUNTS)).to_arrow_table()
    found, n_used = {}, 0
    for _ in range(8):
        counts = changed(drawn.choice((counts, first)), drawn)
        kept = Kept(found={key: one for key, one in found.items() if drawn.random() < 0.7})
        assert computed(name, counts, kept).equals(computed(name, counts, Kept()))
        n_used += len(kept.found.keys() & kept.asked.keys())
        found |= kept.asked
    assert n_used > 0
