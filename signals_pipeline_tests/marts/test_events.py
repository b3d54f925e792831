"""What changed, what comes together, what is computed in Python, and what an analyst is told of it."""

import hashlib
import itertools
import math
from datetime import date, timedelta

import duckdb
import numpy as np
import pytest
from scipy import stats

from signals_pipeline.core.schema import arrow_schema
from signals_pipeline.marts.computed import COMPUTED, COUNTS, computed
from signals_pipeline.marts.kept import Kept
from signals_pipeline.marts.models import TABLES
from signals_pipeline.marts.parameters import value
from signals_pipeline.marts.queries import query
from signals_pipeline.topics.models import KINDS
from signals_pipeline_tests.marts.sample import (
    EVEN,
    I1,
    I5,
    SAMPLE,
    WEEKS,
    Card,
    build_marts,
    coming_up,
    database,
    returning_cards,
    topic_id,
    trends,
)
from signals_pipeline_tests.marts.test_marts import rows
from signals_pipeline_tests.speeds import long_but

NEW_MARTS = (
    "topic_trend_fit",
    "topic_presence_fit",
    "call_history",
    "topic_burst_fit",
    "topic_burst",
    "topic_shift",
    "topic_forecast",
    "topic_momentum",
    "window_diff",
    "topic_pair",
    "alert",
)


def by_topic(connection, sql):
    return {row["topic"]: row for row in rows(connection, sql)}


def test_windows_of_the_sample_counted_by_hand(sample):
    found = by_topic(sample, "FROM window_diff WHERE pair = 'last issue' AND kind = 'keyword'")
    # One, one and one of three cards in the last issue, and 3, 4 and none of five in the four before.
    assert {topic: (row["xb"], row["nb"], row["xa"], row["na"]) for topic, row in found.items()} == {
        "ai": (1, 3, 3, 5),
        "robot": (1, 3, 4, 5),
        "quantum": (1, 3, 0, 5),
    }
    assert {topic: row["status"] for topic, row in found.items()} == {
        "ai": "unclear",
        "robot": "unclear",
        # One card is too few to be new.
        "quantum": "unclear",
    }
    assert found["ai"]["diff_pp"] == pytest.approx(100 * (1 / 3 - 3 / 5))
    # Pairs of card and topic: 3 in the later window, 7 in the earlier one, 4 of 10 with ai.
    a = 500 * 4 / 10
    later, earlier = math.log((1 + a) / (502 - a)), math.log((3 + a) / (504 - a))
    assert found["ai"]["log_odds_z"] == pytest.approx(
        (later - earlier) / math.sqrt(1 / (1 + a) + 1 / (3 + a))
    )
    assert found["ai"]["q"] is None
    # There are fewer than eleven issues, and no year before.
    assert sample.execute("SELECT DISTINCT pair FROM window_diff").fetchall() == [("last issue",)]


def test_every_status_is_found(trending):
    found = by_topic(trending, "FROM window_diff WHERE pair = 'recent issues'")
    assert {topic: found[topic]["status"] for topic in ("debut", "back", "fall", "flat", "once 29")} == {
        "debut": "new",
        "back": "returning",
        "fall": "down",
        "flat": "unclear",
        "once 29": "absent",
    }
    found = by_topic(trending, "FROM window_diff WHERE pair = 'last issue'")
    assert (found["fresh"]["status"], found["fall"]["status"]) == ("new", "absent")


def test_a_year_is_compared_with_the_year_before():
    days = [date(2022, 7, 3) + timedelta(days=73 * step) for step in range(11)]
    cards = [Card(day, ("a",) if step > 5 else ("b",)) for step, day in enumerate(days)]
    with database(cards, "window_diff") as connection:
        found = by_topic(connection, "FROM window_diff WHERE pair = 'last year'")
    # The last five lie within 364 days; the five before end 365 days before the last.
    assert (found["a"]["xb"], found["a"]["nb"], found["a"]["xa"], found["a"]["na"]) == (5, 5, 0, 5)
    assert (found["b"]["status"], found["b"]["xa"]) == ("absent", 5)


def test_q_of_the_windows_is_that_of_scipy(trending):
    found = rows(
        trending, "FROM window_diff WHERE pair = 'recent issues' AND kind = 'keyword' AND xa + xb >= 8"
    )
    p = 2 * stats.norm.sf([abs(row["log_odds_z"]) for row in found])
    assert [row["q"] for row in found] == pytest.approx(stats.false_discovery_control(p), rel=1e-6)
    assert trending.execute("SELECT count(q) FROM window_diff WHERE xa + xb < 8").fetchone() == (0,)


def test_pairs_are_counted_and_scored_as_by_definition(trending):
    cards = [set(card.keywords) for card in trends()]
    found = {
        (row["topic_a"], row["topic_b"]): row
        for row in rows(trending, "FROM topic_pair WHERE span = 'all' AND kind = 'keyword'")
    }
    expected = {}
    for a, b in itertools.combinations(sorted(set().union(*cards), key=lambda t: topic_id("keyword", t)), 2):
        n_ab = sum(a in card and b in card for card in cards)
        if n_ab >= 3:
            expected[a, b] = (n_ab, sum(a in card for card in cards), sum(b in card for card in cards))
    assert {pair: (row["n_ab"], row["n_a"], row["n_b"]) for pair, row in found.items()} == expected
    n = len(cards)
    for pair, (n_ab, n_a, n_b) in expected.items():
        table = [[n_ab, n_a - n_ab], [n_b - n_ab, n - n_a - n_b + n_ab]]
        g2 = stats.chi2_contingency(table, correction=False, lambda_="log-likelihood").statistic
        assert found[pair]["g2"] == pytest.approx(g2, abs=1e-9)
        assert found[pair]["npmi"] == pytest.approx(math.log(n_ab * n / (n_a * n_b)) / -math.log(n_ab / n))
        assert found[pair]["npmi_change"] is None


def test_pairs_are_told_the_surest_first_with_what_chance_would_give(trending):
    found = rows(trending, "FROM pairs(kind := 'Keyword')")
    listed = rows(trending, "FROM topic_pair WHERE span = 'all' AND kind = 'keyword'")
    assert {(row["topic_a"], row["topic_b"]) for row in found} == {
        (row["topic_a"], row["topic_b"]) for row in listed
    }
    order = [(math.inf if row["q"] is None else row["q"], -row["g2"]) for row in found]
    assert order == sorted(order)
    n_cards = len(trends())
    assert all(row["n_expected"] == pytest.approx(row["n_a"] * row["n_b"] / n_cards) for row in found)
    of_two = rows(trending, "FROM pairs(['Rise', 'step'], kind := 'keyword')")
    assert of_two == [row for row in found if {"rise", "step"} & {row["topic_a"], row["topic_b"]}]
    assert all(row["n_expected"] is None for row in rows(trending, "FROM pairs(span := 'last')"))
    with pytest.raises(duckdb.Error, match="No concept goes by the name 'nothing'"):
        trending.execute("FROM pairs('nothing')").fetchall()


def test_two_years_are_set_beside_each_other_the_largest_fall_first():
    cards = [Card(date(2024, 1, 7) + timedelta(weeks=week), ("a", "b")[week % 2 :]) for week in range(20)]
    cards += [Card(date(2025, 1, 5) + timedelta(weeks=week), ("a", "c")) for week in range(25)]
    with database(cards) as connection:
        found = rows(connection, "FROM change(2024, 2025, kind := 'Keyword')")
        counts = [
            (
                row["topic"],
                row["n_cards_with_before"],
                row["n_cards_before"],
                row["n_cards_with_after"],
                row["n_cards_after"],
            )
            for row in found
        ]
        # a stands on every second card of 2024, b on all of them, c on none.
        assert counts == [("b", 20, 20, 0, 25), ("a", 10, 20, 25, 25), ("c", 0, 20, 25, 25)]
        assert [row["diff_pp"] for row in found] == pytest.approx([-100, 50, 100])
        assert all(row["diff_lo_pp"] < row["diff_pp"] < row["diff_hi_pp"] for row in found[1:2])
        assert rows(connection, "FROM change(2024, 2025, min_cards := 26, kind := 'keyword')") == [found[1]]
        for years in ("2023, 2025", "2024, 2026"):
            with pytest.raises(duckdb.Error, match="change: the years are 2024 to 2025"):
                connection.execute(f"FROM change({years})").fetchall()


def test_q_of_the_pairs_takes_all_pairs_of_frequent_topics_for_tests(trending):
    found = rows(
        trending, "FROM topic_pair WHERE span = 'all' AND kind = 'keyword' AND n_a >= 8 AND n_b >= 8"
    )
    # Eight topics that change and twenty that do not; pairs that are not listed have p = 1.
    n_pairs = math.comb(8 + len(EVEN), 2)
    p = [stats.chi2.sf(row["g2"], 1) for row in found]
    assert len(p) < n_pairs
    expected = stats.false_discovery_control(p + [1] * (n_pairs - len(p)))[: len(p)]
    assert [row["q"] for row in found] == pytest.approx(expected, rel=1e-5)


def test_change_of_a_pair_is_that_against_all_issues_before(trending):
    (found,) = rows(
        trending,
        "FROM topic_pair WHERE span = 'last' AND kind = 'keyword' "
        "AND 'rise' IN (topic_a, topic_b) AND 'step' IN (topic_a, topic_b)",
    )
    cards = [(card.issue, set(card.keywords)) for card in trends()]
    npmi = []
    for chosen in ([c for day, c in cards if day >= WEEKS[14]], [c for day, c in cards if day < WEEKS[14]]):
        n_ab = sum({"rise", "step"} <= card for card in chosen)
        n_a, n_b = (sum(topic in card for card in chosen) for topic in ("rise", "step"))
        npmi.append(math.log(n_ab * len(chosen) / (n_a * n_b)) / -math.log(n_ab / len(chosen)))
    assert found["npmi"] == pytest.approx(npmi[0])
    assert found["npmi_change"] == pytest.approx(npmi[0] - npmi[1])
    together = min(day for day, card in cards if {"rise", "step"} <= card)
    assert found["first_together"] == together


def test_topics_that_were_never_together_before_change_from_minus_one():
    cards = [Card(day, ("a",)) for day in WEEKS[:5]] + [Card(day, ("b",)) for day in WEEKS[:5]]
    cards += [Card(day, topics) for day in WEEKS[10:36] for topics in (("a", "b"), ("c",))]
    with database(cards, "topic_pair") as connection:
        (found,) = rows(connection, "FROM topic_pair WHERE span = 'last' AND kind = 'keyword'")
    assert (found["npmi"], found["npmi_change"]) == (pytest.approx(1), pytest.approx(2))


def test_a_pair_that_is_on_every_card_has_no_npmi():
    with database([Card(day, ("a", "b")) for day in WEEKS[:9]], "topic_pair") as connection:
        found = rows(connection, "FROM topic_pair WHERE kind = 'keyword'")
    assert [(row["npmi"], row["g2"], row["q"]) for row in found] == [(None, 0, 1)] * 2


def test_planted_bursts_are_found_where_they_are(trending):
    found = by_topic(trending, "FROM topic_burst WHERE q < 0.1 AND is_open")
    assert "burst" in found
    burst = found["burst"]
    assert (burst["start_date"], burst["end_date"], burst["n_issues"]) == (WEEKS[36], WEEKS[39], 4)
    assert (burst["x"], burst["n"], burst["share_in"]) == (28, 40, 0.7)
    assert burst["share_out"] == pytest.approx(9 / 360)
    (ended,) = rows(trending, "FROM topic_burst WHERE topic = 'ended' AND kind = 'keyword'")
    assert (ended["start_date"], ended["end_date"], ended["is_open"]) == (WEEKS[0], WEEKS[9], False)


def test_a_burst_that_stays_has_become_a_new_level(trending):
    (step,) = rows(trending, "FROM topic_burst WHERE topic = 'step' AND kind = 'keyword'")
    # Six issues are the shortest level; the seventh is of the level and no more of the burst.
    assert (step["start_date"], step["end_date"], step["n_issues"]) == (WEEKS[33], WEEKS[38], 6)
    assert (step["x"], step["n"], step["is_open"], step["is_new"]) == (36, 60, False, False)
    (before,) = rows(
        trending, "FROM topic_burst_fit WHERE topic = 'step' AND kind = 'keyword' AND issues_back = 1"
    )
    assert (before["end_date"], before["is_open"]) == (WEEKS[38], True)


def test_planted_shifts_are_found_where_they_are(trending):
    (step,) = rows(trending, "FROM topic_shift WHERE topic = 'step' AND kind = 'keyword'")
    assert (step["shift_date"], step["share_before"], step["share_after"]) == (WEEKS[33], 0.1, 0.6)
    assert (step["n_before"], step["n_after"], step["same_as_form_change"]) == (330, 70, False)
    assert step["form_explains"] == pytest.approx(0, abs=1e-9)


def changing(n_before, n_after):
    """Of twenty cards so many are of form A before and from week 20 on; a topic goes from two to twelve."""
    return [
        Card(
            WEEKS[week],
            ("flat", *(("t",) * (card < (2 if week < 20 else 12)))),
            form="A" if 7 * card % 20 < (n_before if week < 20 else n_after) else "C",
        )
        for week in range(40)
        for card in range(20)
    ]


def test_a_shift_with_the_form_of_the_cards_is_marked():
    with database(changing(14, 6), "topic_shift") as connection:
        (found,) = rows(connection, "FROM topic_shift WHERE topic = 't' AND kind = 'keyword'")
    assert (found["shift_date"], found["same_as_form_change"], found["is_new"]) == (WEEKS[20], True, False)
    # Two cards of twenty are on both forms before, and twelve after, nearly as many of each.
    assert found["form_explains"] < 0.1


def test_a_level_that_changes_with_all_forms_is_no_shift():
    with database(changing(20, 0), "topic_shift") as connection:
        assert rows(connection, "FROM topic_shift WHERE topic = 't'") == []


def test_only_frequent_topics_are_computed(trending):
    few = {row["topic_id"] for row in rows(trending, "FROM topic_momentum WHERE n_cards_with < 8")}
    for name in COMPUTED:
        found = {row["topic_id"] for row in rows(trending, f"FROM {name}")}
        assert found
        assert not found & few


def test_what_is_computed_twice_is_the_same(trending):
    counts = trending.sql(query(COUNTS)).to_arrow_table()
    for name in COMPUTED:
        assert computed(name, counts, Kept()).equals(computed(name, counts, Kept()))
        assert computed(name, counts, Kept()).schema == arrow_schema(TABLES[name])


def test_counts_have_a_row_for_every_issue_also_without_cards():
    with database([Card(I1, ("a",)), Card(I5, ("a",), reason="wall-page")], "topic_shift") as connection:
        found = connection.execute(f"SELECT issue_date, form, n, topic_id FROM ({query(COUNTS)})").fetchall()
    assert found == [(I1, "C", 1, None), (I5, None, 0, None)] * len(KINDS)


def test_the_alerts_of_the_trending_corpus(trending):
    found = {(row["alert_kind"], row["topic"] or row["section"]): row for row in rows(trending, "FROM alert")}
    assert {kind for kind, _ in found} == {"burst", "rise", "fall", "shift", "new", "health"}
    assert {kind for kind, topic in found if topic == "step"} == {"rise", "shift"}
    assert ("burst", "burst") in found
    (since,) = trending.execute(
        "SELECT DISTINCT called_since FROM topic_momentum WHERE topic = 'fall'"
    ).fetchone()
    assert (found["fall", "fall"]["start"], found["fall", "fall"]["is_new"]) == (since, False)
    assert since < WEEKS[30]
    new = found["new", "fresh"]
    assert (new["start"], new["is_new"], new["n_evidence"], new["q"]) == (WEEKS[39], True, 4, None)
    assert new["headline"].endswith(
        '"fresh" is new: it is on 4 cards of the issue of 6 October 2024, and on none before.'
    )
    health = found["health", "signals"]
    assert (health["form"], health["start"], health["is_new"]) == ("A", date(2024, 10, 1), True)
    assert (health["topic_id"], health["kind"], health["n_evidence"]) == (None, None, 5)
    assert health["headline"].startswith(
        "Of the cards of form A in the quarter from 1 October 2024, 5 of 5 have nothing"
    )
    burst = found["burst", "burst"]
    own = f"burst:{topic_id('concept', 'burst')}:2024Q3"
    assert burst["alert_id"] == hashlib.md5(own.encode()).hexdigest()
    assert burst["n_evidence"] == 28
    own = "health:A:signals:2024Q4"
    assert health["alert_id"] == hashlib.md5(own.encode()).hexdigest()


@pytest.mark.long
def test_rejects_raise_a_health_alert_once():
    days = (date(2024, 2, 4), date(2024, 5, 5), date(2024, 6, 2))
    cards = [Card(day, ("a",), relevancies=(3,)) for day in days for _ in range(4)]

    def alerts(n_rejects):
        with database(cards, "alert") as connection:
            own = [
                connection.execute("SELECT card_id FROM parsed.cards WHERE issue_date = ?", [day]).fetchone()[
                    0
                ]
                for day, n in zip(days, n_rejects, strict=True)
                for _ in range(n)
            ]
            for number, card in enumerate(own):
                connection.execute(
                    "INSERT INTO parsed.rejects BY NAME SELECT 'x.md' AS path, CAST(? AS INTEGER) AS line, "
                    "? AS card_id, 'signals' AS section, 'row' AS level, 'code' AS code, 'why' AS reason",
                    [number + 1, card],
                )
            build_marts(connection, {"alert"})
            return [
                (row["section"], row["is_new"], row["n_evidence"])
                for row in rows(connection, "FROM alert WHERE alert_kind = 'health'")
            ]

    assert alerts((0, 0, 0)) == []
    assert alerts((0, 0, 2)) == []
    assert alerts((0, 0, 3)) == [("signals", True, 3)]
    assert alerts((0, 3, 0)) == [("signals", False, 3)]
    # Three cards in four with rejects before, in a quarter half as long: six are no more than before.
    assert alerts((3, 3, 3)) == []
    assert alerts((1, 3, 1)) == [("signals", False, 4)]


def test_a_returning_topic_raises_an_alert_at_its_return():
    with database(returning_cards(98), "alert") as connection:
        (found,) = rows(connection, "FROM alert")
    assert (found["alert_kind"], found["topic"], found["is_new"]) == ("returning", "back", False)
    assert (found["start"], found["n_evidence"]) == (I1 + timedelta(weeks=96), 1)
    # Seventeen issues with it, and 175 of 490 cards in the gap.
    assert found["headline"].endswith(
        "after 175 cards without it. At its usual rate it would have been in 6 issues meanwhile."
    )
    assert found["q"] == pytest.approx(16 * (1 - 175 / 490) ** 17)


@pytest.mark.parametrize(
    ("n_issues", "stage", "is_new"), [(25, "new", None), (26, "emerging", True), (27, "emerging", False)]
)
def test_a_topic_whose_call_began_while_it_was_new_raises_a_new_alert_once_it_is_not(n_issues, stage, is_new):
    with database(coming_up(n_issues), "alert") as connection:
        (found,) = rows(connection, "FROM topic_momentum WHERE topic = 'up' AND kind = 'concept'")
        alerts = rows(connection, "FROM alert WHERE topic = 'up' AND alert_kind = 'emerging'")
        called = rows(connection, f"FROM call_history WHERE topic_id = '{topic_id('concept', 'up')}'")
    assert found["stage"] == stage
    assert [row["is_new"] for row in alerts] == ([] if is_new is None else [is_new])
    assert [row["stage"] for row in called] == ["emerging"]
    assert called[0]["called_from"] < I1 + timedelta(weeks=24)


SMALL = {
    "no card": (),
    "no dated card": (Card(None, ("AI",), token="3287.0", reason="undated"),),
    "no counted card": (Card(I1, ("AI",), reason="own-page"),),
    "one card": (Card(I1, ("AI",), ("ai",)),),
    "one card without anything": (Card(I1, form="other", domain=None),),
    "one issue": tuple(Card(I1, ("AI", f"t{number % 3}"), ("ai",)) for number in range(30)),
    "two issues": tuple(Card(day, ("AI", "b")) for day in (I1, I5) for _ in range(10)),
    "topics seen once": tuple(
        Card(WEEKS[number % 30], (f"k{number}",), (f"t{number}",)) for number in range(90)
    ),
    "a last issue without a counted card": (*SAMPLE, Card(WEEKS[39], ("AI",), reason="wall-page")),
    "one topic on every card": tuple(Card(day, ("AI",), ("ai",)) for day in WEEKS for _ in range(3)),
    "cards of form other alone": tuple(Card(day, ("AI",), form="other") for day in WEEKS),
}


@pytest.mark.parametrize("cards", long_but(SMALL, "no counted card", "topics seen once"))
def test_small_and_odd_corpora_give_no_error_and_no_number_that_is_none(cards):
    with database(cards) as connection:
        for name in NEW_MARTS:
            for row in rows(connection, f"FROM {name}"):
                assert all(np.isfinite(one) for one in row.values() if isinstance(one, float)), (name, row)


def test_parameters_are_looked_up_by_name():
    assert value("family_size", "min_cards") == 8
    with pytest.raises(AssertionError):
        value("family_size", "no such parameter")
