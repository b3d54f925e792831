"""What the generator planted is found by the marts, and what it left flat is not.

The thresholds are those that the marts publish; nothing here is tuned to the corpora. Which patterns can be
expected follows from the power that `make calibration` prints: with 3,000 cards every planted pattern is well
above it, with the 480 cards of the demonstration only the strong ones are.

A topic that moves is to be called by where it goes, and one that only moved is not to be called rising or
falling: it was born or was halved and is flat since, it wanders, it has a season, or another name took over.
"""

import math
import statistics
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from signals_pipeline.core.store import Store
from signals_pipeline.marts import build as run
from signals_pipeline.marts.parameters import value
from signals_pipeline.meaning.build import build_meaning
from signals_pipeline.outlooks.build import build_outlooks
from signals_pipeline.topics.aliases import read_aliases
from signals_pipeline.topics.build import build_topics
from signals_pipeline.topics.canonical import canonical
from signals_pipeline.topics.reviewed import Reviewed
from signals_pipeline_tests import corpus, plants
from signals_pipeline_tests.conftest import UNEDITED, opened, taken_in

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "data" / "aliases.csv"
ALIASES = read_aliases(SHIPPED, SHIPPED.read_bytes())
NEAR = timedelta(days=70)
"""How far a found date may lie from the planted one: the cards near a change are few."""

STRONG_RATIO = 5.0
"""A planted change by at least this factor is strong."""

EXPECTED = {one: one for one in ("rise", "fall", "burst", "shift")} | {"late": "shift", "halved": "shift"}
"""What is to be found of each pattern that goes from one level to another."""

UNMOVED = ("flat", "season", "names")
"""The patterns of which nothing at all is to be found."""


def built(folder: Path, raw_dir: Path) -> Iterator[Store]:
    with opened(folder, raw_dir) as store:
        taken_in(store, raw_dir)
        build_topics(store, Reviewed(ALIASES), UNEDITED)
        build_meaning(store, None)
        build_outlooks(store, (), UNEDITED)
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
    low, high = sorted((one.before, one.after))
    return high / low if low else math.inf


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


def stages(store: Store, topics: list[plants.PlantedTopic]) -> dict[str, str]:
    """The stage of each of the topics."""
    named = {one.topic: (one.kind, canonical(one.surfaces[0], one.kind, ALIASES).topic) for one in topics}
    found = {
        (kind, topic): stage
        for kind, topic, stage in store.rows("SELECT kind, topic, stage FROM topic_momentum")
    }
    return {topic: found[key] for topic, key in named.items()}


def of_pattern(plan: plants.Planted, *patterns: str) -> list[plants.PlantedTopic]:
    return [one for one in plan.topics if one.pattern in patterns]


def drift(plan: plants.Planted, one: plants.PlantedTopic) -> float:
    """By how much its planted shares grow, in log-odds per year: the line of least squares."""
    years = [(day - plan.issue_dates[0]).days / 365.25 for day in plan.issue_dates]
    return statistics.linear_regression(years, [math.log(x / (1 - x)) for x in one.shares]).slope


def wrongly_moving(store: Store, plan: plants.Planted) -> dict[str, str]:
    """The topics called rising or falling that are flat now, or whose wave does not go that way."""
    wrong = {}
    for one in of_pattern(plan, "late", "halved", "waves", *UNMOVED):
        (stage,) = stages(store, [one]).values()
        if one.pattern == "waves":
            # Within one corpus a wave may be a real rise or fall: then, and only then, may it be called so.
            allowed = {"rising"} if drift(plan, one) > value("stage", "min_log_odds_per_year") else set()
            allowed |= {"falling"} if drift(plan, one) < -value("stage", "min_log_odds_per_year") else set()
        elif one.pattern == "halved":
            # It did fall, a year ago: which of the two it is called depends on the last few cards.
            allowed = {"falling"}
        else:
            allowed = set()
        if stage in {"rising", "falling"} - allowed:
            wrong[one.topic] = stage
    return wrong


def missed(store: Store, topics: list[plants.PlantedTopic]) -> list[str]:
    return [
        f"{one.kind} {one.topic}: {one.pattern} {one.before:g} to {one.after:g}, found {verdicts(store, one)}"
        for one in topics
        if EXPECTED[one.pattern] not in verdicts(store, one)
    ]


@pytest.mark.long
def test_every_planted_change_is_found_among_3000_cards(large: tuple[Store, plants.Planted]) -> None:
    store, planted = large
    assert missed(store, of_pattern(planted, *EXPECTED)) == []


@pytest.mark.long
def test_no_unmoved_topic_is_taken_for_a_change_among_3000_cards(large: tuple[Store, plants.Planted]) -> None:
    store, planted = large
    unmoved = of_pattern(planted, *UNMOVED)
    assert {one.topic: verdicts(store, one) for one in unmoved if verdicts(store, one)} == {}


@pytest.mark.long
def test_the_strong_changes_are_found_in_the_demonstration(
    demonstration: tuple[Store, plants.Planted],
) -> None:
    store, planted = demonstration
    strong = [one for one in of_pattern(planted, *EXPECTED) if change(one) >= STRONG_RATIO]
    assert missed(store, strong) == []


@pytest.mark.long
def test_no_unmoved_topic_is_taken_for_a_change_in_the_demonstration(
    demonstration: tuple[Store, plants.Planted],
) -> None:
    store, planted = demonstration
    unmoved = of_pattern(planted, *UNMOVED)
    assert {one.topic: verdicts(store, one) for one in unmoved if verdicts(store, one)} == {}


@pytest.mark.long
@pytest.mark.parametrize("which", ["large", "demonstration"])
def test_what_only_moved_is_not_called_moving(which: str, request: pytest.FixtureRequest) -> None:
    store, planted = request.getfixturevalue(which)
    assert wrongly_moving(store, planted) == {}


@pytest.mark.long
@pytest.mark.parametrize("which", ["large", "demonstration"])
def test_a_late_topic_rose_and_is_level_since(which: str, request: pytest.FixtureRequest) -> None:
    store, planted = request.getfixturevalue(which)
    assert set(stages(store, of_pattern(planted, "late")).values()) == {"risen"}


@pytest.mark.long
def test_a_halved_topic_is_found_to_be_less_than_it_was_among_3000_cards(
    large: tuple[Store, plants.Planted],
) -> None:
    store, planted = large
    assert set(stages(store, of_pattern(planted, "halved")).values()) <= {"fallen", "falling"}


@pytest.mark.long
def test_a_name_that_follows_the_form_is_steady_though_its_share_is_not(
    large: tuple[Store, plants.Planted],
) -> None:
    """The newer name is in seven times as many cards at the end as at the beginning."""
    store, planted = large
    names = of_pattern(planted, "names")
    assert stages(store, names) == {"gig work": "steady", "platform work": "steady"}
    assert [one.shares[-1] / one.shares[0] for one in names] == pytest.approx([0.286, 7.4], abs=0.01)


@pytest.mark.long
def test_planted_dates_are_issue_dates_of_the_corpus(large: tuple[Store, plants.Planted]) -> None:
    store, planted = large
    days = {day for (day,) in store.rows("SELECT issue_date FROM newsletter_issues")}
    assert all(isinstance(one.start, date) and one.start in days for one in planted.topics)


@pytest.mark.long
def test_a_trend_built_in_parts_is_that_built_at_once(tmp_path, monkeypatch) -> None:
    """Sums of doubles may differ in their last digit: DuckDB adds them up in another order."""
    ewma = "share_ewma"
    select = f"SELECT * EXCLUDE ({ewma}), {ewma} FROM topic_trend"
    for store in built(tmp_path, ROOT / "data" / "demo"):
        whole = store.rows(select)
        assert len(run.parts(store)) <= run.FEW_PARTS
        monkeypatch.setattr(run, "PART_ROWS", 10_000)
        assert 1 < len(run.parts(store)) < len(whole) / run.PART_ROWS + 2
        store.connection.execute("DELETE FROM internal.built WHERE name = 'topic_trend_counts'")
        run.build(store, run.marts()["topic_trend_counts"])
        parts = store.rows(select)
        assert [row[:-1] for row in parts] == [row[:-1] for row in whole]
        assert [row[-1] for row in parts] == pytest.approx([row[-1] for row in whole], rel=1e-12, nan_ok=True)
