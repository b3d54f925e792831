"""What the generator planted is found by the marts, and what it left flat is not.

The thresholds are those that the marts publish; nothing here is tuned to the corpora. Which patterns can be
expected follows from the power that `make calibration` prints: with 3,000 cards every planted pattern is well
above it, with the 480 cards of the demonstration only the strong ones are.
"""

import math
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from signals_pipeline.core.store import Store
from signals_pipeline.marts import build as run
from signals_pipeline.marts.parameters import value
from signals_pipeline.topics.aliases import read_aliases
from signals_pipeline.topics.build import build_topics
from signals_pipeline.topics.canonical import canonical
from signals_pipeline_tests import corpus, plants
from signals_pipeline_tests.conftest import opened, taken_in

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "data" / "aliases.csv"
ALIASES = read_aliases(SHIPPED, SHIPPED.read_bytes())
NEAR = timedelta(days=70)
"""How far a found date may lie from the planted one: the cards near a change are few."""

STRONG_RATIO = 5.0
"""A planted change by at least this factor is strong."""


def built(folder: Path, raw_dir: Path) -> Iterator[Store]:
    with opened(folder, raw_dir) as store:
        taken_in(store, raw_dir)
        build_topics(store, ALIASES, "shipped")
        for mart in run.marts().values():
            run.build(store, mart)
        yield store


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, plants.Planted]]:
    raw_dir = tmp_path_factory.mktemp("large")
    planted = corpus.generate(raw_dir, n_cards=3_000, n_issues=150)
    for store in built(tmp_path_factory.mktemp("build"), raw_dir):
        yield store, planted


@pytest.fixture(scope="module")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, plants.Planted]]:
    for store in built(tmp_path_factory.mktemp("build"), ROOT / "data" / "demo"):
        yield store, plants.planted()


def change(one: plants.PlantedTopic) -> float:
    return max(one.before, one.after) / min(one.before, one.after)


def verdicts(store: Store, one: plants.PlantedTopic) -> set[str]:
    """What the marts say of a planted topic: rise, fall, and each burst and shift near a planted date."""
    topic = canonical(one.surfaces[0], one.kind, ALIASES).topic
    where = "WHERE kind = $kind AND topic = $topic"
    named = {"kind": one.kind, "topic": topic}
    (momentum,) = store.rows(f"SELECT q_trend, log_odds_per_year FROM topic_momentum {where}", named)
    q, slope = momentum
    q_limit = value("q", "max_q")
    found = set()
    if q is not None and q < q_limit and abs(slope) >= value("stage", "min_log_odds_per_year"):
        found.add("rise" if slope > 0 else "fall")
    bursts = store.rows(f"SELECT start_date, end_date, q FROM topic_burst {where}", named)
    significant = [(start, end) for start, end, q in bursts if q is not None and q < q_limit]
    if significant:
        is_there = any(start <= one.end and end >= one.start for start, end in significant)
        found.add("burst" if is_there else "burst elsewhere")
    shifts = store.rows(f"SELECT shift_date, log_odds_ratio FROM topic_shift {where}", named)
    if shifts:
        near = any(abs(day - one.start) <= NEAR and same_sign(ratio, one) for day, ratio in shifts)
        found.add("shift" if near else "shift elsewhere")
    return found


def same_sign(log_odds_ratio: float, one: plants.PlantedTopic) -> bool:
    return math.copysign(1, log_odds_ratio) == math.copysign(1, one.after - one.before)


def missed(store: Store, topics: list[plants.PlantedTopic]) -> list[str]:
    return [
        f"{one.kind} {one.topic}: {one.pattern} {one.before:g} to {one.after:g}, found {verdicts(store, one)}"
        for one in topics
        if one.pattern not in verdicts(store, one)
    ]


@pytest.mark.long
def test_every_planted_change_is_found_among_3000_cards(large: tuple[Store, plants.Planted]) -> None:
    store, planted = large
    assert missed(store, [one for one in planted.topics if one.pattern != "flat"]) == []


@pytest.mark.long
def test_no_flat_topic_is_taken_for_a_change_among_3000_cards(large: tuple[Store, plants.Planted]) -> None:
    store, planted = large
    flat = [one for one in planted.topics if one.pattern == "flat"]
    assert {one.topic: verdicts(store, one) for one in flat if verdicts(store, one)} == {}


@pytest.mark.long
def test_the_strong_changes_are_found_in_the_demonstration(
    demonstration: tuple[Store, plants.Planted],
) -> None:
    store, planted = demonstration
    strong = [one for one in planted.topics if one.pattern != "flat" and change(one) >= STRONG_RATIO]
    assert missed(store, strong) == []


@pytest.mark.long
def test_no_flat_topic_is_taken_for_a_change_in_the_demonstration(
    demonstration: tuple[Store, plants.Planted],
) -> None:
    store, planted = demonstration
    flat = [one for one in planted.topics if one.pattern == "flat"]
    assert {one.topic: verdicts(store, one) for one in flat if verdicts(store, one)} == {}


@pytest.mark.long
def test_planted_dates_are_issue_dates_of_the_corpus(large: tuple[Store, plants.Planted]) -> None:
    store, planted = large
    days = {day for (day,) in store.rows("SELECT issue_date FROM newsletter_issues")}
    assert all(isinstance(one.start, date) and one.start in days for one in planted.topics)


@pytest.mark.long
def test_a_trend_built_in_parts_is_that_built_at_once(demonstration, monkeypatch) -> None:
    """Sums of doubles may differ in their last digit: DuckDB adds them up in another order."""
    store, _ = demonstration
    ewma = "share_ewma"
    select = f"SELECT * EXCLUDE ({ewma}), {ewma} FROM topic_trend"
    whole = store.rows(select)
    assert len(run.parts(store)) <= run.FEW_PARTS
    monkeypatch.setattr(run, "PART_ROWS", 10_000)
    assert 1 < len(run.parts(store)) < len(whole) / run.PART_ROWS + 2
    store.connection.execute("DELETE FROM internal.built WHERE name = 'topic_trend'")
    run.build(store, run.marts()["topic_trend"])
    parts = store.rows(select)
    assert [row[:-1] for row in parts] == [row[:-1] for row in whole]
    assert [row[-1] for row in parts] == pytest.approx([row[-1] for row in whole], rel=1e-12, nan_ok=True)
