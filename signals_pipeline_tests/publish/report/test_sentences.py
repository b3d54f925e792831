"""Each sentence of the report with a number says what its tables say when it is counted anew."""

import shutil

import duckdb
import pytest

from signals_pipeline.marts.queries import query
from signals_pipeline.publish.report.names import issue_stems
from signals_pipeline.publish.report.reading import read
from signals_pipeline.publish.report.write import write_report
from signals_pipeline_tests.marts.alerts import untrue
from signals_pipeline_tests.publish.conftest import DATABASE
from signals_pipeline_tests.publish.report import claims_of_pages, claims_of_topics  # noqa: F401
from signals_pipeline_tests.publish.report.claims import Page, unproved
from signals_pipeline_tests.publish.report.prose import Prose, plain, quoted
from signals_pipeline_tests.speeds import IS_FULL

NOT_OURS = ("cards/", "questions.html", "dictionary.html")
"""Pages of the text of cards, of questions, and of what a column or rule is."""


def wrong(pages: dict[str, str], connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Every sentence of a report that does not say what its tables say."""
    connection.execute("SET threads = 1")

    def ask(sql: str, *values: object) -> list[tuple[object, ...]]:
        return connection.execute(sql, values).fetchall()

    topics = {
        (kind, plain(quoted(topic))): topic_id
        for topic_id, kind, topic in ask("SELECT topic_id, kind, topic FROM topics")
    }
    keys = {
        stem: key
        for key, stem in issue_stems(key for (key,) in ask("SELECT issue_key FROM issue_overview")).items()
    }
    found = []
    for path, text in pages.items():
        if path.startswith(NOT_OURS):
            continue
        blocks = Prose(text).blocks
        topic_id = kind = ""
        if path.startswith("topics/"):
            _, *folder, _ = path.split("/")
            kind = folder[0] if folder else "concept"
            title = next(block for name, block in blocks if name == "h1")
            topic_id = topics[kind, title.strip("‹›")]
        issue_key = keys[path[7:-5]] if path.startswith("issues/") else ""
        page = Page(path, ask, topic_id, kind, issue_key)
        found += [f"{path}: {one}" for _, block in blocks for one in unproved(page, block)]
    return found


def test_every_number_in_a_sentence_is_what_the_tables_say(pages, report) -> None:
    """Of every tenth page of topics and newsletter issues, and of all others."""
    of_many = [path for path in pages if path.startswith(("topics/", "issues/"))]
    pages = {path: text for path, text in pages.items() if path not in of_many or path in of_many[::10]}
    with duckdb.connect(str(report.database.resolve()), read_only=True) as connection:
        assert wrong(pages, connection) == []


PAIR = """
    INSERT INTO substitution BY NAME
    SELECT
        kind, f.topic_id AS falling_topic_id, r.topic_id AS rising_topic_id, f.topic AS falling,
        r.topic AS rising, 'rising' AS rising_stage, DATE '2024-05-05' AS falling_since,
        DATE '2025-06-01' AS rising_since, 0.01 AS falling_q, 0.02 AS rising_q, c.topic_id AS concept_id,
        c.topic AS concept, $relation AS relation, 0.81 AS similarity
    FROM topics AS f
    JOIN topics AS r USING (kind)
    LEFT JOIN topics AS c ON c.kind = 'concept' AND c.topic = $concept
    WHERE kind = $kind AND f.topic = 'metaverse' AND r.topic = 'heat pump'
"""
CALLS = """
    UPDATE call_history SET called_to = called_from;
    INSERT INTO call_history BY NAME
    SELECT
        falling_topic_id AS topic_id, kind, falling AS topic, 'falling' AS stage,
        falling_since AS called_from, 'too early' AS outcome
    FROM substitution
    UNION ALL
    SELECT rising_topic_id, kind, rising, 'rising', rising_since, 'too early' FROM substitution;
"""


@pytest.mark.parametrize(
    ("kind", "relation", "concept"), [("keyword", "part", "climate change"), ("concept", "near", None)]
)
def test_what_is_said_of_words_that_may_have_changed_is_what_the_tables_say(
    report, tmp_path, kind, relation, concept
) -> None:
    """Two topics of the cards, said to be called and to mean the same: the page counts them anew."""
    database = tmp_path / "signals.duckdb"
    shutil.copyfile(report.database.resolve(), database)
    with duckdb.connect(str(database)) as connection:
        connection.execute(PAIR, {"kind": kind, "relation": relation, "concept": concept})
        connection.execute(CALLS)
        write_report(connection, tmp_path / "report")
        page = (tmp_path / "report" / "quality.html").read_text("utf-8")
        assert wrong({"quality.html": page}, connection) == []
    said = [block for _, block in Prose(page).blocks if "called so since" in block]
    assert len(said) == 1
    assert ("The concept “climate change”, which counts both" in said[0]) == (relation == "part")
    assert 'class="line other dashed"' in page


@pytest.mark.parametrize("n_cards", [5, 20])
def test_what_is_said_of_matches_by_meaning_is_what_the_tables_say(report, tmp_path, n_cards) -> None:
    """As if the first signal of each of the newest cards said what a topic is defined as."""
    shutil.copy(report.database, tmp_path / DATABASE)
    (tmp_path / DATABASE).chmod(0o600)
    with duckdb.connect(str(tmp_path / DATABASE)) as connection:
        (topic_id,) = connection.execute(
            "SELECT topic_id FROM topic_momentum WHERE kind = 'concept' "
            "ORDER BY n_cards_with DESC, topic LIMIT 1"
        ).fetchall()[0]
        connection.execute(
            "INSERT INTO concept_match BY NAME "
            "SELECT $1 AS concept_id, s.section, s.card_id, s.row_no, 0.6 AS similarity FROM statements AS s "
            "JOIN counted_cards AS c USING (card_id) WHERE s.row_no = 1 AND s.section = 'signals' "
            "ORDER BY c.issue_date DESC, c.card_id LIMIT $2",
            [topic_id, n_cards],
        )
        connection.execute("UPDATE topics SET definition = 'Said.' WHERE topic_id = $1", [topic_id])
        connection.execute(
            f"INSERT INTO concept_trend_by_meaning BY NAME {query('concept_trend_by_meaning')}"
        )
        write_report(connection, tmp_path / "report", max_topics=5)
        path = read(connection, 5).topic_pages[topic_id]
        text = (tmp_path / "report" / path).read_text("utf-8")
        assert wrong({path: text}, connection) == []
    assert "By meaning" in text
    assert ('class="chart meaning"' in text) == (n_cards >= 8)
    assert ("That is too few for a curve." in text) == (n_cards < 8)


@pytest.mark.parametrize("is_encoded", [True, False])
def test_where_no_statement_matches_a_definition_its_page_says_so(report, tmp_path, is_encoded) -> None:
    shutil.copyfile(report.database.resolve(), tmp_path / DATABASE)
    with duckdb.connect(str(tmp_path / DATABASE)) as connection:
        connection.execute("UPDATE topics SET definition = 'What nobody says.' WHERE kind = 'concept'")
        if not is_encoded:
            connection.execute("DELETE FROM statement_history")
        write_report(connection, tmp_path / "report", max_topics=1)
        ((path, text),) = (
            (f"topics/{page.name}", page.read_text("utf-8"))
            for page in (tmp_path / "report" / "topics").glob("*.html")
        )
        assert wrong({path: text}, connection) == []
    blocks = [block for _, block in Prose(text).blocks]
    assert "Meant by it: ‹What nobody says.›" in blocks
    assert ("No statement matches the definition at 0.60." in blocks) == is_encoded


def test_every_alert_is_true(report) -> None:
    with duckdb.connect(str(report.database.resolve()), read_only=True) as connection:
        assert untrue(connection) == []


@pytest.mark.long
def test_every_alert_of_the_demonstration_is_true(demonstration) -> None:
    assert untrue(demonstration) == []


@pytest.mark.long
def test_every_number_in_a_sentence_of_the_demonstration_is_what_the_tables_say(
    demonstration, demonstration_snapshot, tmp_path
) -> None:
    """Of every fourth page of topics and newsletter issues, and of all others; of all in `make test-full`."""
    write_report(demonstration, tmp_path)
    paths = {path.relative_to(tmp_path).as_posix(): path for path in sorted(tmp_path.rglob("*.html"))}
    of_many = [path for path in paths if path.startswith(("topics/", "issues/"))]
    left = set() if IS_FULL else {path for no, path in enumerate(of_many) if no % 4}
    pages = {path: file.read_text("utf-8") for path, file in paths.items() if path not in left}
    with duckdb.connect(str((demonstration_snapshot / DATABASE).resolve()), read_only=True) as connection:
        assert wrong(pages, connection) == []
