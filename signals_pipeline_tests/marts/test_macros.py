"""The published macros, called as an analyst calls them."""

import duckdb
import pytest
from scipy.stats import norm

from signals_pipeline.core.schema import column_names
from signals_pipeline.marts.macros import MACROS
from signals_pipeline.marts.models import TopicTrend
from signals_pipeline_tests.marts.sample import I1, Card, database


def counts(connection, call):
    return connection.execute(
        f"SELECT kind, topic, period_start, n_cards_with FROM {call} ORDER BY ALL"
    ).fetchall()


@pytest.mark.parametrize("grain", ["issue", "month", "quarter", "year"])
def test_trend_of_a_frequent_topic_is_its_rows_of_topic_trend(sample, grain):
    cursor = sample.execute(f"FROM trend('ai', grain := '{grain}', kind := 'keyword')")
    assert [one[0] for one in cursor.description] == list(column_names(TopicTrend))
    assert (
        cursor.fetchall()
        == sample.execute(
            "FROM topic_trend WHERE topic = 'ai' AND kind = 'keyword' AND grain = ? ORDER BY period_start",
            [grain],
        ).fetchall()
    )


def test_trend_fills_the_zeros_of_a_rare_topic(sample):
    found = sample.execute("SELECT n_cards_with, n_cards, share FROM trend('quantum', 'issue')").fetchall()
    assert found == [(0, 3, 0), (0, 1, 0), (0, 1, 0), (0, 0, None), (1, 3, pytest.approx(1 / 3))]
    assert len(counts(sample, "trend('quantum')")) == 4


def test_trend_of_a_rare_topic_has_the_rows_of_topic_trend_among_its_own(sample):
    sql = "FROM topic_trend WHERE topic = 'energy' AND grain = 'issue' ORDER BY period_start"
    found = sample.execute("FROM trend('energy', grain := 'issue') AS t WHERE t.n_cards_with > 0").fetchall()
    assert found == sample.execute(sql).fetchall()


def test_trend_finds_a_topic_by_any_of_its_names_and_in_any_case(sample):
    by_name = counts(sample, "trend('robot')")
    assert len(by_name) == 4
    for name in ("robots", "ROBOTS", "Robots", " robots "):
        assert counts(sample, f"trend('{name}')") == by_name


def test_trend_brings_keyword_and_theme_of_one_name(sample):
    assert {row[0] for row in counts(sample, "trend('AI')")} == {"keyword", "theme"}
    assert {row[0] for row in counts(sample, "trend('AI', kind := 'theme')")} == {"theme"}
    assert {row[0] for row in counts(sample, "trend('energy')")} == {"theme"}


@pytest.mark.parametrize("name", ["", "%", "a_", "no such topic", "topic", "kind", "grain", "' OR true --"])
def test_trend_of_an_unknown_topic_has_no_rows(sample, name):
    assert sample.execute("FROM trend(?)", [name]).fetchall() == []


def test_trend_of_nothing_has_no_rows(sample):
    assert sample.execute("FROM trend(NULL)").fetchall() == []


def test_trend_takes_a_name_as_written_before_one_in_another_case():
    with database([Card(I1, ("AIS",)), Card(I1, ("AIs",))]) as connection:
        assert [row[1] for row in counts(connection, "trend('AIs')")] == ["AIs"]
        assert [row[1] for row in counts(connection, "trend('AIS')")] == ["AIS"]
        assert [row[1] for row in counts(connection, "trend('ais')")] == ["AIS", "AIs"]


def test_trend_overlooks_blanks_and_kinds_of_dashes():
    with database([Card(I1, ("Open-source  tool", "covid-19"))]) as connection:
        for name in ("open source tool", " OPEN\u2011SOURCE tool", "open-source tool"):
            assert len(counts(connection, f"trend('{name}')")) == 1
        assert len(counts(connection, "trend('Covid\u201319')")) == 1


def test_trend_refuses_a_grain_that_it_does_not_know(sample):
    with pytest.raises(duckdb.Error, match="grain is issue, month, quarter or year"):
        sample.execute("FROM trend('ai', grain := 'week')").fetchall()


def test_p_two_sided_is_that_of_the_normal_distribution(sample):
    steps = sample.execute("SELECT i / 100, p_two_sided(i / 100) FROM range(-1000, 1001) AS r(i)").fetchall()
    assert len(steps) == 2001
    for z, found in steps:
        assert found == pytest.approx(2 * norm.sf(abs(z)), rel=1.3e-7)
        assert 0 < found <= 1


def test_p_two_sided_of_null_is_null_and_of_large_values_zero(sample):
    assert sample.execute("SELECT p_two_sided(NULL), p_two_sided(100), p_two_sided(-1e300)").fetchone() == (
        None,
        0,
        0,
    )


def test_p_two_sided_takes_a_column_of_any_name(sample):
    found = sample.execute("SELECT p_two_sided(t.x) FROM (SELECT 0 AS x, 3 AS z) AS t").fetchall()
    assert found == [(1.0,)]


def test_every_macro_has_a_comment_and_can_be_made_again(sample):
    for macro in MACROS:
        sample.execute(macro.create)
        sample.execute(macro.comment)
        (comment,) = sample.execute(
            "SELECT comment FROM duckdb_functions() WHERE function_name = ? AND NOT internal", [macro.name]
        ).fetchone()
        assert comment == macro.description
