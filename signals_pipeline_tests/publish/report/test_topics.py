"""What the page of a topic shows of statements, sections, names and near topics, on rows counted by hand."""

from collections.abc import Iterator
from datetime import date

import duckdb
import pytest
from statsmodels.stats.proportion import proportion_confint

from signals_pipeline.marts.macros import macros
from signals_pipeline.publish.report import words
from signals_pipeline.publish.report.reading import read, rows
from signals_pipeline.publish.report.topic_figures import name_lines, sections_by_year
from signals_pipeline.publish.report.topic_queries import OF_TOPIC
from signals_pipeline_tests.publish.report.page import Page

OLD, NEW = date(2024, 1, 7), date(2025, 1, 5)
SECTIONS = ("signals", "concerns", "behaviors", "technologies", "emerging_issues")

TABLES = """
    CREATE SCHEMA parsed;
    CREATE TABLE parsed.cards (card_id VARCHAR, title VARCHAR, issue_key VARCHAR, path VARCHAR);
    CREATE TABLE counted_cards (card_no INTEGER, card_id VARCHAR, issue_date DATE, form VARCHAR);
    CREATE TABLE statements (
        section VARCHAR, card_id VARCHAR, row_no INTEGER, line INTEGER, name VARCHAR, description VARCHAR,
        change VARCHAR, ten_year VARCHAR, driving_force VARCHAR, relevancy INTEGER
    );
    CREATE TABLE statement_topics (
        section VARCHAR, card_id VARCHAR, row_no INTEGER, topic_id VARCHAR, how VARCHAR
    );
    CREATE TABLE topic_cards (topic_id VARCHAR, card_id VARCHAR);
    CREATE TABLE parsed.signals (card_id VARCHAR, row_no INTEGER, driving_force VARCHAR);
    CREATE TABLE topic_sections (topic_id VARCHAR);
    INSERT INTO topic_sections VALUES ('pumps');
"""


@pytest.fixture
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    """The tables that statements are read from, without rows."""
    with duckdb.connect() as connection:
        connection.execute(TABLES)
        connection.execute(macros()["wilson"].create)
        yield connection


def card(
    connection: duckdb.DuckDBPyConnection, card_id: str, day: date, form: str = "C", *, has: bool = True
) -> None:
    """A card, which has the topic or does not."""
    connection.execute("INSERT INTO parsed.cards VALUES ($1, 'A card', $2, $1 || '.md')", [card_id, str(day)])
    connection.execute(
        "INSERT INTO counted_cards SELECT count(*), $1, $2, $3 FROM counted_cards", [card_id, day, form]
    )
    if has:
        connection.execute("INSERT INTO topic_cards VALUES ('pumps', $1)", [card_id])


def said(
    connection: duckdb.DuckDBPyConnection,
    section: str,
    card_id: str,
    row_no: int,
    description: str,
    how: tuple[str, ...] = ("words",),
    relevancy: int | None = None,
) -> None:
    connection.execute(
        "INSERT INTO statements BY NAME SELECT $1 AS section, $2 AS card_id, $3 AS row_no, $3 AS line, "
        "'A name' AS name, $4 AS description, $5 AS relevancy",
        [section, card_id, row_no, description, relevancy],
    )
    for one in how:
        connection.execute(
            "INSERT INTO statement_topics VALUES ($1, $2, $3, 'pumps', $4)", [section, card_id, row_no, one]
        )


def found(connection: duckdb.DuckDBPyConnection, name: str) -> list[dict[str, object]]:
    return rows(connection, OF_TOPIC[name], {"topics": ["pumps"]})


def test_a_sentence_in_two_sections_of_a_card_is_one_statement_of_both(database) -> None:
    card(database, "a", OLD)
    card(database, "b", NEW)
    said(database, "emerging_issues", "a", 1, "Pumps are loud.")
    said(database, "concerns", "a", 2, "pumps are LOUD", how=("meaning",))
    said(database, "concerns", "b", 1, "Pumps are loud.", how=("words", "meaning"))
    said(database, "behaviors", "b", 2, "Nobody names it.", how=())
    listed = found(database, "statements")
    assert [(row["card_id"], row["section"], row["sections"], row["is_named"]) for row in listed] == [
        ("b", "concerns", ["concerns"], True),
        ("a", "concerns", ["concerns", "emerging_issues"], True),
    ]
    assert [(row["n"], row["n_cards"], row["n_others"]) for row in listed] == [(2, 2, 0)] * 2
    assert [row["n_in_sections"] for row in listed] == [{"concerns": 2, "emerging_issues": 1}] * 2


def test_statements_of_cards_without_the_topic_are_counted_and_listed_only_where_no_others_are(
    database,
) -> None:
    card(database, "a", OLD)
    card(database, "b", NEW, has=False)
    said(database, "signals", "b", 1, "He pumps the tyre.")
    said(database, "concerns", "b", 2, "She pumps iron.")

    def told() -> list[object]:
        counts = ("n", "n_cards", "n_others", "n_other_cards", "n_in_sections")
        return [(row["card_id"], *(row[name] for name in counts)) for row in found(database, "statements")]

    assert told() == [("b", 0, 0, 2, 1, {"concerns": 1, "signals": 1})] * 2
    said(database, "signals", "a", 1, "Pumps are loud.")
    assert told() == [("a", 1, 1, 2, 1, {"signals": 1})]


def test_of_each_section_the_newest_are_listed_one_of_each_card_before_a_second(database) -> None:
    card(database, "new", NEW)
    card(database, "old", OLD)
    for no in range(1, 61):
        said(database, "signals", "new", no, f"Number {no}.", relevancy=5 if no == 33 else 3)
    said(database, "signals", "old", 1, "An old one.")
    said(database, "concerns", "old", 1, "An old concern.")
    listed = found(database, "statements")
    assert {row["n"] for row in listed} == {62}
    assert listed[0]["n_in_sections"] == {"concerns": 1, "signals": 61}
    assert sum(row["section"] == "signals" for row in listed) == 20
    assert {("old", "signals", 1), ("old", "concerns", 1), ("new", "signals", 33)} <= {
        (row["card_id"], row["section"], row["row_no"]) for row in listed
    }
    assert [row["issue_date"] for row in listed] == sorted(
        (row["issue_date"] for row in listed), reverse=True
    )


def test_sections_have_equal_room(database) -> None:
    card(database, "a", NEW)
    for section in SECTIONS:
        for no in range(1, 16):
            said(database, section, "a", no, f"{section} {no}.")
    listed = found(database, "statements")
    assert [sum(row["section"] == section for row in listed) for section in SECTIONS] == [8] * 5


def test_shares_of_sections_by_year_are_of_cards_that_have_all_sections(database) -> None:
    # 2024: two cards, of whose four statements one is a signal. 2025: one card, whose only statement is one.
    # A form with signals alone says nothing of how often the others would name it.
    card(database, "a", OLD)
    card(database, "b", OLD)
    card(database, "c", NEW)
    card(database, "d", NEW, form="A")
    said(database, "signals", "a", 1, "One.")
    said(database, "concerns", "a", 1, "Two.")
    said(database, "concerns", "b", 1, "Three.")
    said(database, "concerns", "b", 2, "Four.")
    said(database, "signals", "c", 1, "Five.")
    said(database, "signals", "d", 1, "Six.")
    # The share of signals varies between the cards of 2024 as 1 of 2 and 0 of 2: the variance is
    # 2 / 1 * (0.5 ** 2 + 0.5 ** 2) / 4 ** 2 = 1 / 16, and independent statements would have 3 / 64.
    n_as_sure = 4 / (1 / 16 / (3 / 64))
    low, high = proportion_confint(n_as_sure / 4, n_as_sure, method="wilson")
    by_year = {(row["year"], row["section"]): row for row in found(database, "sections_by_year")}
    assert {key: (row["x"], row["n"]) for key, row in by_year.items()} == {
        (2024, "concerns"): (3, 4),
        (2024, "signals"): (1, 4),
        (2025, "concerns"): (0, 1),
        (2025, "signals"): (1, 1),
    }
    signals = by_year[2024, "signals"]
    assert (signals["share_lo"], signals["share_hi"]) == pytest.approx((low, high))
    assert by_year[2025, "signals"]["share_lo"] is None


def driven(connection: duckdb.DuckDBPyConnection, card_id: str, row_no: int, force: str | None) -> None:
    connection.execute("INSERT INTO parsed.signals VALUES ($1, $2, $3)", [card_id, row_no, force])
    connection.execute(
        "INSERT INTO statement_topics VALUES ('signals', $1, $2, 'pumps', 'words')", [card_id, row_no]
    )


def test_the_driving_forces_of_a_topic_are_counted_by_card_and_the_same_where_their_words_are(
    database,
) -> None:
    for card_id in ("a", "b", "c"):
        card(database, card_id, NEW)
    driven(database, "a", 1, "Cheap power.")
    driven(database, "a", 2, "cheap power")
    driven(database, "b", 1, "Cheap Power")
    driven(database, "b", 2, "A subsidy.")
    driven(database, "c", 1, None)
    (shared,) = found(database, "drivers")
    assert (shared["driving_force"].lower(), shared["x"]) == ("cheap power", 2)
    assert (shared["n_cards"], shared["n_shared"]) == (2, 1)


def test_where_no_force_is_on_two_cards_none_is_counted(database) -> None:
    card(database, "a", NEW)
    driven(database, "a", 1, "Cheap power.")
    driven(database, "a", 2, "A subsidy.")
    (only,) = found(database, "drivers")
    assert (only["x"], only["n_cards"], only["n_shared"]) == (1, 1, 0)


def a_year(year: int, x: int, n: int) -> list[dict[str, object]]:
    return [
        {"year": year, "section": section, "x": k, "n": n, "share": k / n, "share_lo": None, "share_hi": None}
        for section, k in (("concerns", n - x), ("signals", x))
    ]


def test_sections_by_year_have_a_chart_each_in_the_order_of_a_card() -> None:
    profile = sections_by_year({"topic": "pump"}, a_year(2023, 1, 4) + a_year(2025, 1, 2), [2023, 2024, 2025])
    assert profile is not None
    assert [section for section, _ in profile.charts] == ["signals", "concerns"]
    # The largest share is 3 of 4; a scale ends at a round number.
    assert profile.top == pytest.approx(0.8)
    assert "25\u00a0% in 2023, 50\u00a0% in 2025." in profile.charts[0][1]
    assert profile.rows[0][:2] == ("2023", "4")
    assert profile.rows[1][2].startswith("1, 50")
    # What was said in one year alone moved nowhere.
    assert sections_by_year({"topic": "pump"}, a_year(2023, 1, 4), [2023, 2024]) is None


def test_the_lines_of_names_share_a_scale_and_are_0_where_a_name_has_no_row() -> None:
    starts = [date(2024, 1, 1), date(2024, 4, 1), date(2024, 7, 1)]
    quarters = [{"period_start": start, "n": 9} for start in starts]
    names = [{"member_topic_id": "often"}, {"member_topic_id": "seldom"}, {"member_topic_id": "never"}]
    by_quarter = [{"member_topic_id": "often", "period_start": start, "share": 0.4} for start in starts]
    by_quarter.append({"member_topic_id": "seldom", "period_start": starts[1], "share": 0.1})
    lines = name_lines(names, by_quarter, quarters)
    # From 3, the top of the scale, to 17, its bottom: a quarter of the scale is 3.5.
    assert 'd="M2 3L45 3L88 3"' in lines["often"]
    assert 'd="M2 17L45 13.5L88 17"' in lines["seldom"]
    assert 'd="M2 17L45 17L88 17"' in lines["never"]


def test_sections_in_a_sentence() -> None:
    assert words.listed(["signals"]) == "signals"
    assert words.listed(["signals", "concerns", "emerging_issues"]) == "signals, concerns and emerging issues"


# Which topics have a page, and where


def test_a_name_has_a_page_or_leads_to_that_of_its_concept(report) -> None:
    with duckdb.connect(str(report.database.resolve()), read_only=True) as connection:
        book = read(connection, 300)
        members = connection.execute(
            "SELECT c.member_topic_id, c.concept_id, c.kind, m.family_size IS NOT NULL, m.n_cards_with, "
            "count(*) OVER (PARTITION BY c.concept_id) FROM concept_members AS c "
            "JOIN topic_momentum AS m ON m.topic_id = c.concept_id WHERE c.relation = 'is'"
        ).fetchall()
        is_tested = dict(
            connection.execute(
                "SELECT topic_id, family_size IS NOT NULL FROM topics JOIN topic_momentum USING (topic_id)"
            ).fetchall()
        )
    assert {kind for _, _, kind, *_ in members} == {"keyword", "theme"}
    for topic_id, concept_id, kind, _, n_cards, n_names in members:
        address = book.topic_pages.get(topic_id)
        if is_tested[topic_id] and n_names > 1:
            assert address is not None
            assert address.startswith(f"topics/{kind}/")
        else:
            assert address == book.topic_pages.get(concept_id)
        assert (concept_id in book.topic_pages) == (n_cards >= 3)
    addresses = [book.topic_pages[row["topic_id"]] for row in book.paged]
    assert len(set(addresses)) == len(addresses)


def test_the_page_of_a_name_says_what_it_is_a_name_of(report, pages) -> None:
    with duckdb.connect(str(report.database.resolve()), read_only=True) as connection:
        book = read(connection, 300)
    name = next(
        row
        for row in book.paged
        if row["kind"] == "keyword" and row["concept"] == row["topic"] == "loneliness"
    )
    page = Page(pages[book.topic_pages[name["topic_id"]]])
    assert "Keyword of loneliness" in page.text
    assert "Its names" not in page.text
    assert "../../topics/loneliness.html" in [found["href"] for found in page.all("a")]
    concept = Page(pages["topics/loneliness.html"])
    assert "../topics/keyword/loneliness.html" in [found["href"] for found in concept.all("a")]


def test_a_topic_on_few_cards_says_what_can_be_said(report, pages) -> None:
    with duckdb.connect(str(report.database.resolve()), read_only=True) as connection:
        book = read(connection, 300)
    thin = [row for row in book.paged if row["family_size"] is None]
    assert thin
    for row in thin[:3]:
        text = Page(pages[book.topic_pages[row["topic_id"]]]).text.replace("\u00a0", " ")
        assert f"named on {row['n_cards_with']} of " in text
        assert "A topic is tested from 8 cards on." in text
        # Quarters without it are no gap in its line: all have the cards that could name it.
        assert "In 2022 Q4 " in text


def test_where_no_statement_names_a_topic_its_page_says_so(pages) -> None:
    of_topics = [text for path, text in pages.items() if path.startswith("topics/")]
    without = [text for text in of_topics if 'id="statements"' not in text]
    assert 0 < len(without) < len(of_topics)
    assert all("No statement names it." in text and 'id="pick"' not in text for text in without)
