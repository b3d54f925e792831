"""Lines of the closing summary that are read from the snapshot."""

import duckdb
import pytest

from signals_pipeline.cli import told


@pytest.fixture
def connection():
    """The columns of a published database that the lines are read from."""
    with duckdb.connect() as found:
        found.execute("""
            CREATE TABLE snapshot_diff (
                change_kind VARCHAR, topic VARCHAR, after VARCHAR, issue_key VARCHAR, card_id VARCHAR,
                is_known BOOLEAN
            );
            CREATE TABLE snapshot AS SELECT CAST(NULL AS VARCHAR) AS other_code;
            CREATE SCHEMA parsed;
            CREATE TABLE parsed.cards (not_counted_reason VARCHAR);
            CREATE TABLE parsed.files_seen (path VARCHAR, kind VARCHAR);
            CREATE TABLE parsed.card_files (path VARCHAR);
            CREATE TABLE parsed.rejects (path VARCHAR, level VARCHAR);
        """)
        yield found


def change(connection, kind, topic=None, after=None, issue=None, known=False) -> None:
    connection.execute(
        "INSERT INTO snapshot_diff VALUES (?, ?, ?, ?, NULL, ?)", [kind, topic, after, issue, known]
    )


def test_what_changed_is_one_line_of_what_there_is(connection) -> None:
    assert told.changed(connection) == []
    change(connection, "stage changed", "kelp", "thin")
    assert told.changed(connection) == []
    for _ in range(15):
        change(connection, "card new", issue="2026-06-21")
    change(connection, "issue new", issue="2026-06-21")
    for topic in ("heat pump", "a\x1b[31mi"):
        change(connection, "call made", topic, "rising")
    change(connection, "call made", "kelp", "falling", known=True)
    change(connection, "call ended", "weed", "unclear")
    assert told.changed(connection) == [
        (
            "Changed",
            "15 new cards in the newsletter issue of 2026-06-21; 2 topics newly called rising: "
            "a [31mi, heat pump; 1 call ended",
        )
    ]


def test_many_names_and_issues_are_counted(connection) -> None:
    for no in range(7):
        change(connection, "call made", f"topic {no}", "emerging")
    change(connection, "card new", issue="2026-06-21")
    change(connection, "card new", issue="undated:soon")
    for kind in ("card changed", "card dated", "card removed", "issue removed"):
        change(connection, kind, issue="2026-06-21")
    assert told.changed(connection)[0][1] == (
        "2 new cards in 2 newsletter issues; 1 card changed; 1 card with another date; 1 card gone; "
        "1 newsletter issue gone; 7 topics newly called emerging: topic 0, topic 1, topic 2, topic 3, "
        "topic 4 and 2 more"
    )


@pytest.mark.parametrize(
    ("issue", "said"),
    [
        ("undated:soon", "1 new card without a date"),
        ("2026-06-21", "1 new card in the newsletter issue of 2026-06-21"),
    ],
)
def test_one_new_card_is_said_with_its_issue(connection, issue, said) -> None:
    change(connection, "card new", issue=issue)
    assert told.changed(connection) == [("Changed", said)]


def test_another_code_is_said_beside_what_may_come_of_it(connection) -> None:
    connection.execute("UPDATE snapshot SET other_code = 'parameters; no card changed'")
    assert told.changed(connection) == []
    change(connection, "call made", "kelp", "rising")
    assert told.changed(connection)[0][1] == (
        "1 topic newly called rising: kelp. Also another since the last snapshot: parameters; no card changed"
    )


def test_cards_that_do_not_count_are_said_with_why(connection) -> None:
    connection.execute("INSERT INTO parsed.cards VALUES (NULL), (NULL)")
    assert told.not_counted(connection) == []
    connection.execute("INSERT INTO parsed.cards VALUES ('undated'), ('undated'), ('own-page')")
    assert told.not_counted(connection) == [
        (
            "Counted",
            "2 of 5 cards; 3 do not count: no newsletter issue with a date (2); a page of the newsletter "
            "itself (1)",
        )
    ]


def test_files_that_were_meant_as_cards_are_named(connection) -> None:
    card, table = f"{'1' * 32}.md", f"in/{'2' * 32}.docx"
    connection.execute(
        "INSERT INTO parsed.files_seen VALUES "
        "($1, 'card'), ($2, 'not text'), ('read.md', 'card'), ('notes.md', 'other'), ('odd.md', 'card')",
        [card, table],
    )
    connection.execute("INSERT INTO parsed.card_files VALUES ('read.md')")
    connection.execute(
        "INSERT INTO parsed.rejects VALUES ($1, 'card'), ('odd.md', 'file'), ('read.md', 'row')", [card]
    )
    assert told.unread(connection) == [
        (
            "Unread",
            f"3 files that were meant as cards are not read: {card}, {table}, odd.md "
            '(why: make sql Q="FROM parsed.files_seen")',
        )
    ]
    connection.execute("INSERT INTO parsed.card_files SELECT path FROM parsed.files_seen")
    assert told.unread(connection) == []
