"""The published macros, called as an analyst calls them."""

import re

import duckdb
import pytest
from scipy.stats import norm
from statsmodels.stats.proportion import proportion_confint

from signals_pipeline.core.schema import columns
from signals_pipeline.marts.lineage import read_by
from signals_pipeline.marts.macros import macros
from signals_pipeline.marts.models import GRAINS, TopicTrend
from signals_pipeline.marts.parameters import METRICS, value
from signals_pipeline.topics.folding import fold
from signals_pipeline_tests.marts.sample import I1, I2, I3, I5, Card, database, topic_id


def counts(connection, call):
    return connection.execute(
        f"SELECT kind, topic, period_start, n_cards_with FROM {call} ORDER BY ALL"
    ).fetchall()


@pytest.mark.parametrize("grain", GRAINS)
def test_trend_of_a_frequent_topic_is_its_rows_of_topic_trend(sample, grain):
    cursor = sample.execute(f"FROM trend('ai', grain := '{grain}', kind := 'keyword')")
    names = [one[0] for one in cursor.description]
    assert names[:8] == [
        "topic", "period_start", "share", "share_lo", "share_hi", "n_cards_with", "n_cards", "is_partial",
    ]  # fmt: skip
    assert sorted(names) == sorted(one.name for one in columns(TopicTrend))
    assert names[-1] == "topic_id"
    assert (
        cursor.fetchall()
        == sample.execute(
            f"SELECT {', '.join(names)} FROM topic_trend "
            "WHERE topic = 'ai' AND kind = 'keyword' AND grain = ? ORDER BY period_start",
            [grain],
        ).fetchall()
    )


def test_trend_fills_the_zeros_of_a_rare_topic(sample):
    found = sample.execute("SELECT n_cards_with, n_cards, share FROM trend('quantum', 'issue')").fetchall()
    assert found == [(0, 3, 0), (0, 1, 0), (0, 2, 0), (0, 0, None), (1, 3, pytest.approx(1 / 3))]
    assert len(counts(sample, "trend('quantum')")) == 4


def test_trend_of_a_rare_topic_has_the_rows_of_topic_trend_among_its_own(sample):
    chosen = "topic = 'energy' AND kind = 'concept' AND grain = 'issue'"
    cursor = sample.execute("FROM trend('energy', grain := 'issue') AS t WHERE t.n_cards_with > 0")
    names = ", ".join(one[0] for one in cursor.description)
    sql = f"SELECT {names} FROM topic_trend WHERE {chosen} ORDER BY period_start"
    assert cursor.fetchall() == sample.execute(sql).fetchall()


def test_trend_finds_a_topic_by_any_of_its_names_and_in_any_case(sample):
    by_name = counts(sample, "trend('robot')")
    assert len(by_name) == 4
    for name in ("robots", "ROBOTS", "Robots", " robots "):
        assert counts(sample, f"trend('{name}')") == by_name


def test_trend_brings_the_concept_of_a_name_and_its_keyword_or_theme_where_that_is_asked_for(sample):
    assert {row[0] for row in counts(sample, "trend('AI')")} == {"concept"}
    assert {row[0] for row in counts(sample, "trend('AI', kind := 'theme')")} == {"theme"}
    assert {row[0] for row in counts(sample, "trend('AI', kind := 'Keyword')")} == {"keyword"}
    assert {row[0] for row in counts(sample, "trend('energy')")} == {"concept"}


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (
            "trend('Energy', kind := 'keyword')",
            "No keyword goes by the name 'Energy'. The concept 'energy' does, and has no keyword.",
        ),
        (
            "evidence_of('robots', kind := 'theme')",
            "No theme goes by the name 'robots'. The concept 'robot' does, and has no theme.",
        ),
        ("trend('ai', kind := 'idea')", "The kind of a topic is concept, keyword or theme, and not 'idea'."),
        ("trend([])", "No name is in the list: write one, such as ['AI']."),
        ("topics_named(?)", "No name is in the list: write one, such as ['AI']."),
    ],
)
def test_what_is_wrong_with_a_name_or_kind_is_said(sample, call, says):
    with pytest.raises(duckdb.Error, match=rf"{re.escape(says)}$"):
        sample.execute(f"SELECT count(*) FROM {call}", [[]] if "?" in call else None).fetchall()


def test_the_id_of_several_names_is_refused(sample):
    with pytest.raises(duckdb.Error, match=r"topic_id takes one name\. For several: IN \(SELECT topic_id"):
        sample.execute("SELECT topic_id(['AI', 'robots'])").fetchall()
    same = sample.execute("SELECT topic_id(['AI', 'AI']) = topic_id('AI')").fetchall()
    assert same == [(True,)]


def test_the_names_of_a_concept_are_the_surfaces_of_its_members(sample):
    found = sample.execute("SELECT surface, kind, member, relation, n_cards FROM names_of('Robots')")
    assert found.fetchall() == [("robots", "keyword", "robot", "is", 5)]
    both = sample.execute("SELECT concept, surface, kind FROM names_of(['energy', 'AI', 'ai'])").fetchall()
    assert sorted(both) == [
        ("ai", "AI", "keyword"), ("ai", "ai", "keyword"), ("ai", "ai", "theme"),
        ("energy", "energy", "theme"),
    ]  # fmt: skip
    assert sample.execute("FROM names_of(NULL)").fetchall() == []


@pytest.mark.parametrize("name", ["", "%", "a_", "no such topic", "topic", "kind", "grain", "' OR true --"])
@pytest.mark.parametrize("query", ["FROM trend(?)", "SELECT count(*) FROM trend(?)", "SELECT topic_id(?)"])
def test_a_name_that_no_topic_goes_by_is_an_error(sample, query, name):
    said = re.escape(f"No concept goes by the name '{name}'. The nearest are '")
    with pytest.raises(duckdb.Error, match=said):
        sample.execute(query, [name]).fetchall()


@pytest.mark.parametrize("call", ["trend(['AI', 'robbot', 'quantun'])", "evidence_of(['robbot', 'AI'])"])
def test_the_nearest_names_come_in_their_order(sample, call):
    """By jaro_winkler_similarity of jellyfish: robots 0.961 with robbot, robot 0.972, energy 0.444, ai 0."""
    said = (
        r"'robbot'\. The nearest are 'robot', 'robots', 'quantum'\.$|'quantun'\. The nearest are 'quantum', "
    )
    with pytest.raises(duckdb.Error, match=said):
        sample.execute(f"FROM {call}").fetchall()


def test_names_find_their_topics_with_ids(sample):
    found = sample.execute("SELECT name, kind, topic FROM topics_named(['AI', 'ROBOTS', 'AI'])").fetchall()
    assert found == [("AI", "concept", "ai"), ("ROBOTS", "concept", "robot")]
    for kind, name, topic in (("concept", "Robots", "robot"), ("theme", "energy", "energy")):
        assert sample.execute("SELECT topic_id(?, kind := ?)", [name, kind]).fetchone() == (
            topic_id(kind, topic),
        )
    chosen = "SELECT topic FROM topics WHERE topic_id = topic_id('robots', kind := 'keyword')"
    assert sample.execute(chosen).fetchall() == [("robot",)]


def test_trend_of_several_names_has_the_rows_of_each(sample):
    of_both = sample.execute("FROM trend(['robots', 'AI'], grain := 'issue')").fetchall()
    each = [sample.execute(f"FROM trend('{name}', grain := 'issue')").fetchall() for name in ("AI", "robots")]
    assert of_both == [*each[0], *each[1]]
    assert sample.execute("FROM trend(?, grain := 'issue')", [["robots", "AI"]]).fetchall() == of_both
    assert [row[1] for row in counts(sample, "trend(['AI', 'ai'], grain := 'year')")] == ["ai"]


def test_evidence_of_any_name_has_every_line_the_newest_first(sample):
    found = sample.execute("SELECT issue_date, topic, raw_text FROM evidence_of('Robots')").fetchall()
    assert found == [(day, "robot", "robots") for day in (I5, I3, I2, I1, I1)]
    ai = sample.execute("SELECT section, is_counted, issue_date FROM evidence_of('ai')").fetchall()
    assert len(ai) == 9
    assert sum(row[1] for row in ai) == 6
    assert ai[-1] == ("keywords", False, None)
    assert sum(row[0] == "themes" for row in ai) == 1
    both = sample.execute(
        "SELECT topic, count(*) FROM evidence_of(['quantum', 'AI']) GROUP BY ALL ORDER BY 1"
    )
    assert both.fetchall() == [("ai", 9), ("quantum", 1)]


def test_what_is_nothing_has_no_rows_and_no_id(sample):
    for nothing in ("NULL", "[NULL]"):
        for macro in ("trend", "evidence_of", "topics_named"):
            assert sample.execute(f"FROM {macro}({nothing})").fetchall() == []
    assert sample.execute("SELECT topic_id(NULL)").fetchone() == (None,)


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


AS_PEOPLE_TYPE = (
    "End–to–end", "state-of-the-art", "Business‑to‑business‑to‑consumer", "Crème-brûlée", "Étude-été",
    "ÉTAT-NATION", "Cafe\u0301-bar", "Čistá energie", "Żabka-żabka", "Зелёная-энергия", "Ελλάδα-νησί",
    "日本-語学", "Straße", "STRASSE", "Covid–19", "GPT—4", "e‑commerce", "X-ray", "a-bc-de", "two-2-tango",
    "Open-source  tool", " slow\tfood ", "open\u00a0water", "sea\u3000grass", "kelp\u2028farm",
    "people’s choice", "l´oeil", "ＡＩ chips", "Ｃ＋＋", "snake_case-name",
)  # fmt: skip
"""Names with dashes, accents, blanks, quotes and widths as they are typed and pasted."""


def test_a_name_as_people_type_it_finds_the_topic_that_it_is_folded_to():
    with database([Card(I1, tuple({fold(name) for name in AS_PEOPLE_TYPE}))]) as connection:
        found = connection.execute(
            "SELECT n.name, s.folded FROM topics_named(?, kind := 'keyword') AS n "
            "JOIN topic_surfaces AS s ON s.topic_id = n.topic_id", [list(AS_PEOPLE_TYPE)],
        ).fetchall()  # fmt: skip
    assert set(found) >= {(name, fold(name)) for name in AS_PEOPLE_TYPE}


def test_trend_refuses_a_grain_that_it_does_not_know(sample):
    with pytest.raises(
        duckdb.Error, match=f"grain is {', '.join(GRAINS[:-1])} or {GRAINS[-1]}, and not 'week'"
    ):
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


def test_scalar_macros_stand_without_a_table_but_that_of_the_parameters():
    for macro in macros().values():
        if not macro.is_table and macro.name != "topic_id":
            call = f"SELECT {macro.name}({', '.join('1' for _ in macro.arguments)}) AS x"
            assert set(read_by(call).tables) == ({"metric"} if macro.name == "parameter" else set())


def test_parameter_is_the_number_that_is_set(sample):
    for one in METRICS:
        if one.value is not None:
            call = "SELECT parameter(?, ?)"
            assert sample.execute(call, [one.metric, one.parameter]).fetchone() == (one.value,)
    assert sample.execute("SELECT parameter('q', 'no such'), parameter('no such', 'max_q')").fetchone() == (
        None,
        None,
    )


@pytest.mark.parametrize(("x", "n"), [(0, 7), (7, 7), (1, 3), (15, 148), (1, 34), (99_999, 100_000)])
def test_wilson_is_the_interval_of_statsmodels(sample, x, n):
    for level, z in ((0.05, norm.ppf(0.975)), (0.1, norm.ppf(0.95))):
        lo, hi = sample.execute(
            "SELECT wilson(?, ?, ?).lo, wilson(?, ?, z := ?).hi", [x, n, z] * 2
        ).fetchone()
        assert (lo, hi) == pytest.approx(proportion_confint(x, n, level, method="wilson"), abs=1e-12)
        assert 0 <= lo <= x / n <= hi <= 1


@pytest.mark.parametrize(
    ("counts", "interval"),
    [
        ((48, 80, 56, 70), (0.0524, 0.3339)),
        ((3, 10, 9, 10), (0.1705, 0.8090)),
        ((2, 7, 6, 7), (0.0582, 0.8062)),
        ((0, 29, 5, 56), (-0.0381, 0.1926)),
        ((0, 20, 0, 10), (-0.1611, 0.2775)),
        ((0, 20, 10, 10), (0.6791, 1.0000)),
        ((0, 10, 10, 10), (0.6075, 1.0000)),
    ],
)
def test_newcombe_is_the_interval_of_the_paper(sample, counts, interval):
    """Newcombe 1998, Statistics in Medicine 17, 873-890, table II, method 10."""
    found = sample.execute("SELECT newcombe(?, ?, ?, ?).lo, newcombe(?, ?, ?, ?).hi", counts * 2).fetchone()
    assert found == pytest.approx(interval, abs=5e-5)


def test_intervals_of_nothing_are_null_and_hold_95_percent_by_default(sample):
    assert value("share_lo", "z") == 1.959964
    calls = (
        "wilson(3, 40)",
        "wilson(3, 40, 1.959964)",
        "newcombe(3, 40, 9, 50)",
        "newcombe(3, 40, 9, 50, 1.959964)",
    )
    by_default, at_95, difference, difference_at_95 = sample.execute(f"SELECT {', '.join(calls)}").fetchone()
    assert by_default == at_95
    assert difference == difference_at_95
    assert (
        sample.execute(
            "SELECT wilson(0, 0).lo, wilson(NULL, 3).hi, newcombe(1, 2, 0, 0).lo, newcombe(NULL, 2, 1, 2).hi"
        ).fetchone()
        == (None,) * 4
    )


@pytest.mark.parametrize("call", [
    "wilson(5, 3)", "wilson(-1, 3)", "wilson(1, 3, z := NULL)", "wilson(1, 3, z := -1)",
    "newcombe(5, 3, 1, 2)", "newcombe(1, 3, 4, 2)", "newcombe(1, 3, 1, 2, z := NULL)",
])  # fmt: skip
def test_intervals_of_what_is_no_share_are_null_and_stop_no_query(sample, call):
    assert sample.execute(f"SELECT {call}").fetchone() == (None,)


def test_a_parameter_is_found_whatever_the_caller_calls_its_tables(sample):
    wrong = sample.execute(
        "SELECT m.metric FROM metric AS m WHERE parameter(m.metric, m.parameter) IS DISTINCT FROM m.value "
        "AND m.parameter IS NOT NULL"
    )
    assert wrong.fetchall() == []


def test_every_macro_has_a_comment_and_can_be_made_again(sample):
    for macro in macros().values():
        sample.execute(macro.create)
        sample.execute(macro.comment)
        (comment,) = sample.execute(
            "SELECT comment FROM duckdb_functions() WHERE function_name = ? AND NOT internal", [macro.name]
        ).fetchone()
        assert comment == macro.description
