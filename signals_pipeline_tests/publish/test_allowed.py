"""What a query that somebody else wrote may name."""

import re
from collections.abc import Iterator

import duckdb
import pytest

from signals_pipeline.core.errors import QueryRefusedError
from signals_pipeline.publish.allowed import FUNCTIONS, TABLE_FUNCTIONS, Names, assert_allowed, names_of
from signals_pipeline.publish.pivots import with_values_named
from signals_pipeline.publish.questions import questions
from signals_pipeline_tests.publish import hostile_queries

PASSED = (
    "FROM topics",
    "FROM parsed.cards LIMIT 1",
    "FROM signals.Parsed.CARDS LIMIT 1",
    "FROM signals.topics",
    "TABLE topics",
    "VALUES (1), (2);",
    "SELECT 1 /* ; */ -- ;",
    "SHOW TABLES",
    "SHOW ALL TABLES",
    "DESCRIBE topics",
    "DESCRIBE SELECT 1",
    "SUMMARIZE topics",
    "FROM (DESCRIBE topics)",
    "PIVOT topics ON kind USING count(*) GROUP BY topic",
    "PIVOT topics ON kind, topic; -- no more",
    "WITH picked AS (FROM topics) PIVOT picked ON kind -- all",
    "FROM (PIVOT topics ON kind USING count(*) AS n) AS p JOIN topics AS t ON true LIMIT 1",
    "PIVOT topics ON kind IN ('theme'), topic USING count(*)",
    "FROM topics PIVOT (count(*) FOR kind IN ('theme', 'keyword'))",
    "UNPIVOT (SELECT 1 AS a, 2 AS b) ON a, b INTO NAME n VALUE v",
    "WITH RECURSIVE r AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM r WHERE i < 5) FROM r",
    "WITH a AS (FROM topics), b AS MATERIALIZED (FROM a) FROM b",
    "WITH a AS (SELECT 1 AS i), b AS (WITH c AS (FROM a) FROM c), C AS (FROM B) FROM A, b, c",
    "WITH a AS (SELECT 1 AS i) SELECT (FROM a), i IN (FROM a) FROM a WHERE EXISTS (FROM a) ORDER BY (FROM a)",
    "WITH a AS (SELECT 1 AS i) SELECT 2 AS i UNION ALL (WITH b AS (FROM a) FROM b) ORDER BY i",
    "WITH a AS (SELECT 1 AS i) FROM (FROM a) AS b JOIN a ON true, LATERAL (SELECT b.i FROM a)",
    "WITH a AS (SELECT 1 AS i), b AS (PIVOT a ON i IN (1)) FROM b",
    "WITH topics AS (FROM topics) FROM topics",
    "WITH RECURSIVE r AS (SELECT 1 AS i UNION (WITH a AS (FROM r) SELECT i + 1 FROM a WHERE i < 4)) FROM r",
    "WITH RECURSIVE r AS (WITH a AS (SELECT 1 AS i) FROM a UNION SELECT i + 1 FROM r WHERE i < 4) TABLE r",
    "WITH mine AS (SELECT 0.5 AS p, 'f' AS family, 2 AS family_size) FROM benjamini_hochberg('mine')",
    "SELECT x, y FROM range(3) AS t(x), generate_series(1, 2) AS s(y), unnest([x])",
    "SELECT key FROM json_each('{\"a\": 1}')",
    "SELECT lag(share) OVER w FROM trend('ai', grain := 'year') WINDOW w AS (ORDER BY period_start)",
    "SELECT wilson(3, 40).lo, newcombe(3, 40, 9, 50).hi, parameter('q', 'max_q'), p_two_sided(2), sections()",
    "FROM card((SELECT min(card_id) FROM parsed.cards))",
    "FROM search('kelp', n := 5, section := 'concerns', since := '2024-01-01', until := DATE '2025-12-31')",
    "FROM similar_to((SELECT min(card_id) FROM parsed.cards), 'signals', 1)",
    "SELECT kind, GROUPING(kind), count(*) FROM topics GROUP BY ROLLUP(kind) ORDER BY ALL LIMIT 50%",
    "SELECT COLUMNS(lambda c: c LIKE 'n%') FROM topic_trend LIMIT 1",
    "SELECT [y + 1 FOR y IN [1, 2] IF y > 1], list_transform([1], lambda x: x + 1)",
    "SELECT '{}'::JSON->>'a', {'a': 1}.a, MAP {'a': 1}['a'], ARRAY[1]::BIGINT[], 1::DECIMAL(4, 2), '1'::BIT",
    "SELECT extract(year FROM DATE '2024-01-01'), DATE '2024-01-01' + INTERVAL 1 YEAR, now()::TIMESTAMPTZ",
    "SELECT trim(both 'x' FROM 'x'), position('a' IN 'b'), 'a' SIMILAR TO 'b', 'a' ILIKE 'b', 2 ** 3, 4!",
    "SELECT DISTINCT ON (kind) kind, first(topic ORDER BY topic) OVER (PARTITION BY kind) FROM topics",
    "SELECT * EXCLUDE (kind) REPLACE (upper(topic) AS topic) FROM topics USING SAMPLE 3 ROWS",
    "SELECT count(DISTINCT kind) FILTER (WHERE kind = ANY (SELECT kind FROM topics)) FROM topics",
)
"""Queries of an analyst that stand in no document."""


@pytest.fixture(scope="module")
def names(demonstration: duckdb.DuckDBPyConnection) -> Names:
    return names_of(demonstration)


@pytest.fixture
def allowed(demonstration: duckdb.DuckDBPyConnection, names: Names) -> Iterator[None]:
    def check(query: str) -> None:
        assert_allowed(demonstration, names, query)

    return check


@pytest.mark.parametrize("query", [*(one.sql for one in questions()), *PASSED])
def test_a_query_that_reads_what_is_published_passes(allowed, demonstration, query) -> None:
    allowed(query)
    demonstration.execute(query).fetchall()


@pytest.mark.parametrize("kind", ["STATEMENTS", "TABLES", "VALUES", "IN_EVERY_PLACE"])
def test_a_query_that_wants_more_is_refused_with_a_sentence(allowed, kind) -> None:
    for query in getattr(hostile_queries, kind):
        with pytest.raises(QueryRefusedError) as refused:
            allowed(query)
        assert str(refused.value).endswith("."), query


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("EXPLAIN SELECT 1", "Ask the query itself"),
        ("explain analyze FROM topics", "Ask the query itself"),
        ("CALL trend('ai')", "write FROM in its place"),
        ("SELECT list_aggregate([1, 2], 'sum')", "list_sum() and such may"),
        ("SELECT array_aggr([1, 2], 'sum')", "list_sum() and such may"),
        ("SELECT 1; SELECT 2", "One query at a time"),
        ("  ", "One query at a time"),
    ],
)
def test_what_is_refused_is_told_with_what_may_be_asked_instead(allowed, query, says) -> None:
    with pytest.raises(QueryRefusedError, match=re.escape(says)):
        allowed(query)


def test_of_all_table_functions_that_duckdb_has_only_those_listed_pass(allowed, demonstration) -> None:
    found = demonstration.execute(
        "SELECT DISTINCT function_name FROM duckdb_functions() WHERE internal "
        "AND function_type IN ('table', 'table_macro')"
    ).fetchall()
    passed = set()
    for (name,) in found:
        try:
            allowed(f'FROM "{name}"()')
        except QueryRefusedError:
            continue
        passed.add(name)
    assert len(found) > 80
    assert passed == TABLE_FUNCTIONS


def test_of_all_views_that_duckdb_has_none_can_be_read(allowed, demonstration) -> None:
    found = demonstration.execute(
        "SELECT schema_name, view_name FROM duckdb_views() WHERE internal"
    ).fetchall()
    assert len(found) > 30
    for schema, name in found:
        for query in (f"FROM {name}", f"FROM {schema}.{name}", f"WITH {name} AS (SELECT 1) FROM {name}"):
            with pytest.raises(QueryRefusedError):
                allowed(query)


def test_what_is_listed_gives_the_same_for_the_same_apart_from_chance(demonstration) -> None:
    found = demonstration.execute(
        "SELECT DISTINCT lower(function_name) FROM duckdb_functions() WHERE stability = 'VOLATILE'"
    ).fetchall()
    assert FUNCTIONS & {name for (name,) in found} == {"random", "uuid", "gen_random_uuid"}


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("PIVOT t ON a", "PIVOT t ON a\n IN ('') "),
        ("PIVOT t ON a, b USING sum(c)", "PIVOT t ON a\n IN ('') , b \n IN ('') USING sum(c)"),
        ("PIVOT t ON a IN (1), b;", "PIVOT t ON a IN (1), b\n IN ('') ;"),
        ("FROM (PIVOT t ON f(a, 1))", "FROM (PIVOT t ON f(a, 1)\n IN ('') )"),
        ("pivot 'ü' on \"on\" -- é\ngroup by c", "pivot 'ü' on \"on\" -- é\n\n IN ('') group by c"),
        ("FROM t JOIN u ON a, b", "FROM t JOIN u ON a, b"),
        ("SELECT ')', '(' FROM t)", "SELECT ')', '(' FROM t)"),
    ],
)
def test_a_pivot_gets_a_value_for_each_column_that_has_none(query, named) -> None:
    assert with_values_named(query) == named
