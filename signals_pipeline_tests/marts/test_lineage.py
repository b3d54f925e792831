"""What a column is computed from and what it is selected by, clause by clause."""

import pytest

from signals_pipeline.marts.lineage import Origin, in_words, origins, read_by

CARD_NO, ISSUE_NO, TOPIC_NO, LINE = (
    ("topic_cards", name) for name in ("card_no", "issue_no", "topic_no", "line")
)
TOPIC, N_CARDS, NUMBER = (("counted_topics", name) for name in ("topic", "n_cards", "topic_no"))


def selected_by(sql: str, column: str = "found") -> set[tuple[str, str]]:
    return set(read_by(sql).origins[column].selected_by)


@pytest.mark.parametrize(
    ("clauses", "expected"),
    [
        ("", set()),
        ("WHERE line > 3", {LINE}),
        ("JOIN counted_topics USING (topic_no)", {TOPIC_NO, NUMBER}),
        (
            "JOIN counted_topics AS t ON t.topic_no = a.topic_no AND t.n_cards > 1",
            {TOPIC_NO, NUMBER, N_CARDS},
        ),
        ("LEFT JOIN counted_topics USING (topic_no)", set()),
        ("SEMI JOIN counted_topics AS t ON t.topic_no = a.line", {LINE, NUMBER}),
        ("CROSS JOIN (SELECT max(topic) AS last FROM counted_topics WHERE n_cards > 1) AS t", {N_CARDS}),
        ("WHERE topic_no IN (SELECT t.topic_no FROM counted_topics AS t)", {TOPIC_NO, NUMBER}),
        ("QUALIFY row_number() OVER (PARTITION BY topic_no ORDER BY line) = 1", {TOPIC_NO, LINE}),
        ("QUALIFY rank() OVER w = 1 WINDOW w AS (PARTITION BY topic_no ORDER BY line)", {TOPIC_NO, LINE}),
        ("ORDER BY line", set()),
        ("ORDER BY line LIMIT 3", {LINE}),
        ("ORDER BY line OFFSET 3", {LINE}),
        ("LIMIT (SELECT max(n_cards) FROM counted_topics)", {N_CARDS}),
    ],
)
def test_a_clause_selects_by_the_columns_that_it_names(clauses: str, expected: set[tuple[str, str]]) -> None:
    assert selected_by(f"SELECT a.card_no AS found FROM topic_cards AS a {clauses}") == expected


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT count(card_no) AS found FROM topic_cards GROUP BY topic_no", {TOPIC_NO}),
        ("SELECT topic_no, 1 AS one, count(card_no) AS found FROM topic_cards GROUP BY ALL", {TOPIC_NO}),
        ("SELECT count(card_no) AS found FROM topic_cards HAVING max(line) > 3", {LINE}),
        ("SELECT count(card_no) FILTER (WHERE line > 3) AS found FROM topic_cards", {LINE}),
        ("SELECT DISTINCT card_no AS found, line FROM topic_cards", {LINE}),
        ("SELECT DISTINCT ON (topic_no) card_no AS found FROM topic_cards ORDER BY line", {TOPIC_NO, LINE}),
        ("SELECT sum(card_no) OVER (PARTITION BY topic_no) AS found FROM topic_cards", {TOPIC_NO}),
        ("SELECT sum(card_no) OVER w AS found FROM topic_cards WINDOW w AS (ORDER BY line)", {LINE}),
        ("SELECT card_no AS found FROM topic_cards UNION SELECT topic_no FROM counted_topics", set()),
        (
            "SELECT card_no AS found FROM topic_cards UNION ALL "
            "SELECT topic_no FROM counted_topics WHERE n_cards > 1",
            {N_CARDS},
        ),
        (
            "WITH few AS (SELECT card_no, line FROM topic_cards WHERE topic_no = 1), "
            "fewer AS (SELECT card_no FROM few WHERE line = 1) SELECT max(card_no) AS found FROM fewer",
            {TOPIC_NO, LINE},
        ),
    ],
)
def test_what_selects_stays_with_a_column_on_its_way(sql: str, expected: set[tuple[str, str]]) -> None:
    assert selected_by(sql) == expected


def test_a_left_join_selects_what_it_adds() -> None:
    found = read_by(
        "SELECT a.line, t.topic FROM topic_cards AS a "
        "LEFT JOIN counted_topics AS t ON t.topic_no = a.topic_no AND t.n_cards > 1"
    ).origins
    assert found["line"] == Origin(frozenset({LINE}))
    assert found["topic"] == Origin(frozenset({TOPIC}), frozenset({TOPIC_NO, NUMBER, N_CARDS}))


def test_a_rank_is_computed_from_the_order_and_another_function_of_a_window_is_not() -> None:
    found = read_by(
        "SELECT row_number() OVER w AS rank_no, lag(card_no) OVER w AS card_before FROM topic_cards "
        "WINDOW w AS (PARTITION BY topic_no ORDER BY line)"
    ).origins
    assert found["rank_no"] == Origin(frozenset({LINE}), frozenset({TOPIC_NO}))
    assert found["card_before"] == Origin(frozenset({CARD_NO}), frozenset({TOPIC_NO, LINE}))


def test_tables_that_only_limits_and_windows_read_are_read() -> None:
    limit = "SELECT line FROM topic_cards LIMIT (SELECT max(n_cards) FROM counted_topics)"
    window = (
        "SELECT sum(line) OVER w AS found FROM topic_cards "
        "WINDOW w AS (ORDER BY (SELECT max(n_cards) FROM counted_topics))"
    )
    on = "SELECT DISTINCT ON ((SELECT max(n_cards) FROM counted_topics)) line FROM topic_cards"
    assert {read_by(sql).tables for sql in (limit, window, on)} == {("counted_topics", "topic_cards")}


def test_a_parameter_that_a_condition_reads_selects() -> None:
    sql = "SELECT q FROM topic_burst_fit WHERE q < parameter('q', 'max_q')"
    assert read_by(sql).origins["q"] == Origin(
        frozenset({("topic_burst_fit", "q")}), frozenset({("metric", "value")})
    )


def test_a_column_is_not_said_to_be_selected_by_what_it_is_computed_from() -> None:
    assert selected_by("SELECT line AS found FROM topic_cards WHERE line > 3") == set()


def test_a_topic_is_selected_by_the_texts_that_are_topics() -> None:
    texts = frozenset({("parsed.keywords", "raw_text"), ("parsed.themes", "raw_text")})
    places = frozenset({("parsed.keywords", "line"), ("parsed.themes", "line")})
    assert origins("mentions")["line"] == Origin(places, texts)
    assert origins("topics")["topic"] == Origin(texts)


def test_only_the_trend_within_forms_is_computed_from_forms() -> None:
    found = origins("topic_trend_fit")
    x_n_days = "able_cards (card_no), dated_issues (issue_date), topic_cards (card_no)"
    assert (in_words(found["mk_tau"]) or "").startswith(f"computed from {x_n_days}; selected by ")
    assert ("able_cards", "form") in found["z_trend"].computed_from
    assert ("able_cards", "form") not in found["family_size"].computed_from
