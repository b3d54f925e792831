"""A whole checkout of the newsletter's repository: what it gives is what its cards alone give."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import pytest

from signals_pipeline.cli.console import summary
from signals_pipeline.core.lock import FILE_NAME
from signals_pipeline.core.settings import project
from signals_pipeline.marts.models import TABLES as MARTS
from signals_pipeline.parsed.ingest import Ingested
from signals_pipeline.parsed.models import TABLES as PARSED
from signals_pipeline.publish.outcome import Outcome
from signals_pipeline.publish.revisions import FileChanges
from signals_pipeline.topics.models import TABLES as TOPICS
from signals_pipeline_tests.checkout import Checkout, checkout, made_cards
from signals_pipeline_tests.conftest import opened
from signals_pipeline_tests.publish.conftest import build

OF_FILES = {"files_seen", "card_files", "drafts", "draft_links"}
"""The parsed tables that say which files lie in the folder: each of them is looked at by itself."""

OF_DRAFTS = {
    "cards": {"author_category", "issue_date_reason", "issue_date_source", "issue_date_flags"},
    "issue_overview": {"n_linked", "n_linked_with_card"},
}
"""The columns that say what drafts said: where a date is from, who doubts it, the heading, and coverage."""


@dataclass(frozen=True)
class Built:
    """A checkout, what a run took in of it, and one database with its tables and those of its cards alone."""

    made: Checkout
    taken: Ingested
    connection: duckdb.DuckDBPyConnection

    def rows(self, sql: str) -> list[tuple]:
        return self.connection.execute(sql).fetchall()


def built(folder: Path, made: Checkout) -> Iterator[Built]:
    taken = {}
    for name, one, corrections in (("whole", made, {}), ("alone", made.cards, made.dates)):
        one.write(folder / name / "raw")
        with opened(folder / name / "build", folder / name / "raw") as store:
            taken[name] = build(store, folder / name / "raw", corrections)
    with duckdb.connect() as connection:
        for name in taken:
            connection.execute(f"ATTACH '{folder / name / 'build' / FILE_NAME}' AS {name} (READ_ONLY)")
        connection.execute("USE whole")
        yield Built(made, taken["whole"], connection)


@pytest.fixture(scope="module")
def of_made_cards(tmp_path_factory) -> Iterator[Built]:
    yield from built(tmp_path_factory.mktemp("checkout"), checkout(made_cards()))


def differences(one: Built) -> dict[str, list[tuple]]:
    """The rows of tables that are not in both databases, without the columns that drafts fill."""
    tables = {f"parsed.{name}": model for name, model in PARSED.items() if name not in OF_FILES}
    tables |= {f"main.{name}": model for name, model in (TOPICS | MARTS).items()}
    found = {}
    for table in tables:
        without = OF_DRAFTS.get(table.partition(".")[2])
        columns = f"* EXCLUDE ({', '.join(sorted(without))})" if without else "*"
        whole, alone = (f"(SELECT {columns} FROM {name}.{table})" for name in ("whole", "alone"))
        sql = f"({whole} EXCEPT ALL {alone}) UNION ALL ({alone} EXCEPT ALL {whole})"
        if rows := one.rows(sql):
            found[table] = rows
    return found


def kinds(one: Built) -> dict[str, tuple[str, str | None]]:
    """Kind and reason of every file, by path."""
    found = one.rows("SELECT path, kind, reason FROM parsed.files_seen")
    return {path: (kind, reason) for path, kind, reason in found}


def dated_by_drafts(one: Built) -> set[tuple[str, date]]:
    """Token and date of the cards that drafts date."""
    return set(
        one.rows("""
            SELECT trim(issue_token), issue_date FROM parsed.cards WHERE issue_date_reason = 'draft'
        """)
    )


def test_every_file_of_a_checkout_has_the_kind_and_the_reason_that_are_told_by_hand(of_made_cards) -> None:
    assert kinds(of_made_cards) == of_made_cards.made.seen


def test_nothing_that_lies_around_cards_is_a_reject(of_made_cards) -> None:
    assert of_made_cards.rows("FROM parsed.rejects") == []


def test_tables_of_a_checkout_are_those_of_its_cards_alone_with_their_dates_given(of_made_cards) -> None:
    assert of_made_cards.rows("SELECT count(*) FROM parsed.cards") == [(114,)]
    assert of_made_cards.rows("SELECT count(*) > 10_000 FROM topic_trend") == [(True,)]
    assert differences(of_made_cards) == {}


def test_drafts_date_the_cards_of_a_checkout_that_name_no_possible_date(of_made_cards) -> None:
    assert len(of_made_cards.made.dates) == 14
    assert dated_by_drafts(of_made_cards) == set(of_made_cards.made.dates.items())
    # The draft called "next" dates nothing, and of the text in .trash/ nobody asks.
    assert of_made_cards.rows(
        "SELECT issue_key, author_category FROM parsed.cards WHERE issue_date IS NULL"
    ) == [("undated:20291228", "People")]


def test_a_draft_of_another_day_is_a_doubt_alone(of_made_cards) -> None:
    found = of_made_cards.rows(
        "SELECT url, issue_date_reason FROM parsed.cards WHERE issue_date_flags NOT NULL"
    )
    assert sorted(found) == sorted((link, None) for link in of_made_cards.made.doubted)
    assert len(found) == 2


def test_issues_say_how_many_articles_their_drafts_link(of_made_cards) -> None:
    # Each links seven without a card. Before the first draft and behind the last, nothing is known.
    found = of_made_cards.rows("""
        SELECT issue_date BETWEEN '2024-11-10' AND '2026-05-31', n_linked - n_linked_with_card
        FROM issue_overview
        WHERE issue_date NOT NULL
    """)
    assert set(found) == {(False, None), (True, 7)}


def test_the_summary_says_what_was_left_by_kind(of_made_cards, tmp_path) -> None:
    outcome = Outcome(
        Path("raw"), of_made_cards.taken, "20260630-1", True, "", FileChanges(), 0, 36, None, None
    )
    lines = summary(project(str(tmp_path)), outcome).splitlines()
    (said,) = [line for line in lines if line.startswith("Left:")]
    assert said == (
        "Left:     180 topic pages, 84 drafts, 55 other files, 10 copies of cards, 4 older texts of cards, "
        "3 yearly pages, 2 index pages, 1 file that is no text, 720 .png, 2 .gzip, 1 .canvas, "
        '3 with other suffixes are no cards (why: make sql Q="FROM parsed.files_seen")'
    )


@pytest.mark.long
def test_real_cards_are_read_in_a_checkout_as_they_are_alone(sample_cards, tmp_path) -> None:
    texts = {path.stem: path.read_bytes().decode() for path in sorted(sample_cards.glob("*.md"))}
    for one in built(tmp_path, checkout(texts)):
        assert kinds(one) == one.made.seen
        assert differences(one) == {}
        assert dated_by_drafts(one) == set(one.made.dates.items())
        assert len(one.made.dates) == 3
