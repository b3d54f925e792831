"""What a page is made from is another sum wherever the page could show anything else."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from signals_pipeline.publish.integrity import sha256
from signals_pipeline.publish.report.cards import _DETAILS
from signals_pipeline.publish.report.finding import _TEXTS
from signals_pipeline.publish.report.kept import Kept
from signals_pipeline.publish.report.reading import Book, read
from signals_pipeline.publish.report.sums import Sums
from signals_pipeline.publish.report.topic_queries import OF_TOPIC
from signals_pipeline.publish.report.write import write_report
from signals_pipeline_tests.publish.conftest import DATABASE

FEW = 12
"""Pages of topics."""

READ = (
    *("able_periods", "call_history", "concept_match", "concept_members", "concept_trend_by_meaning"),
    *("counted_cards", "mentions", "outlook", "statement_names", "topic_burst", "topic_cards"),
    *("topic_forecast", "topic_members", "topic_momentum", "topic_names", "topic_pair", "topic_sections"),
    *("topic_shift", "topic_trend_counts", "topics", "parsed.behaviors", "parsed.cards", "parsed.concerns"),
    *("parsed.emerging_issues", "parsed.keywords", "parsed.related_cards", "parsed.signals"),
    *("parsed.technologies", "parsed.themes"),
)
"""The tables that the queries of topics and cards read."""

OTHER = {
    "VARCHAR": "{0} || ' other'",
    "BOOLEAN": "NOT {0}",
    "DATE": "{0} + 1",
    "INTEGER": "{0} + 1",
    "BIGINT": "{0} + 1",
    "DOUBLE": "{0} / 2 + 0.01",
}
"""Another value of a column, by its type."""


@pytest.fixture(scope="module")
def database(report, tmp_path_factory) -> Path:
    """A copy of the published database that may be changed."""
    path = tmp_path_factory.mktemp("summed") / DATABASE
    shutil.copyfile(report.database.resolve(), path)
    path.chmod(0o644)
    return path


@pytest.fixture(scope="module")
def connection(database) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(database)) as opened:
        yield opened


Asked = Callable[[object], dict[str, list[dict[str, Any]]]]


class Seen:
    """What the pages of some topics and cards are made from, and the sums of that."""

    def __init__(self, book: Book) -> None:
        topic_ids, card_ids = [row["topic_id"] for row in book.paged], list(book.card_places)
        sums = Sums(book)
        self.topics = self._each(
            topic_ids, book.rows_by("topic_id", OF_TOPIC, {"topics": topic_ids}), sums.of_topics(book.paged)
        )
        queries = {
            f"{no} {name}": sql for no, of in enumerate((_DETAILS, _TEXTS)) for name, sql in of.items()
        }
        cards = [{"card_id": one} for one in card_ids]
        self.cards = self._each(
            card_ids,
            book.rows_by("card_id", queries, {"cards": card_ids}),
            list(zip(sums.of_cards(cards), sums.of_concepts(cards), strict=True)),
        )

    @staticmethod
    def _each(keys: list[str], asked: Asked, sums: list[Any]) -> dict[str, tuple[Any, Any]]:
        return {key: (asked(key), total) for key, total in zip(keys, sums, strict=True)}

    def unseen(self, after: "Seen") -> list[str]:
        """The topics and cards of which something else is shown later, with the sum that they had."""
        both = ((self.topics, after.topics), (self.cards, after.cards))
        return [
            key
            for one, other in both
            for key, (rows, total) in other.items()
            if total == one[key][1] and rows != one[key][0]
        ]


@pytest.mark.full
def test_a_change_of_any_column_that_is_shown_changes_the_sum(connection) -> None:
    book = read(connection, FEW)
    before, missed, n_changes = Seen(book), [], 0
    for table in READ:
        for column, kind, *_ in connection.execute(f"DESCRIBE {table}").fetchall():
            # Keys by which tables are joined change in all of them or in none.
            if kind not in OTHER or column.endswith("_id") or column in ("card_no", "grain"):
                continue
            connection.execute("BEGIN")
            try:
                other = OTHER[kind].format(f'"{column}"')
                connection.execute(f'UPDATE {table} SET "{column}" = {other}')
                found = before.unseen(Seen(book))
            except duckdb.ConstraintException:
                continue
            finally:
                connection.execute("ROLLBACK")
            n_changes += 1
            missed += [f"{table}.{column}"] if found else []
    assert missed == []
    assert n_changes > 100


CHANGES = {
    "a statement": "UPDATE parsed.signals SET driving_force = 'Tides' WHERE row_no = 1",
    "a title": "UPDATE parsed.cards SET title = 'Weed' WHERE path LIKE '%1.md'",
    "a parameter": "UPDATE metric SET value = 0.3 WHERE metric = 'q' AND parameter = 'max_q'",
    "a call": "UPDATE call_history SET outcome = 'too early' WHERE called_to IS NULL",
}
"""Changes of a database as that of another run may have them."""


@pytest.mark.long
def test_after_each_change_a_report_that_takes_pages_over_is_the_one_that_is_written_anew(
    connection, tmp_path
) -> None:
    files: dict[str, Path] = {}
    n_taken_over = 0
    for no, (name, sql) in enumerate({"nothing": "SELECT 1", **CHANGES}.items()):
        connection.execute(sql)
        folder, anew = tmp_path / f"{no}", tmp_path / f"{no} anew"
        kept = Kept(tmp_path / "pages", "1", files)
        write_report(connection, folder, max_topics=FEW, kept=kept)
        kept.save()
        write_report(connection, anew, max_topics=FEW)
        pages, expected = of_report(folder), of_report(anew)
        assert {page for page in expected if pages.get(page) != expected[page]} == set(), name
        n_taken_over += sum(path.stat().st_nlink > 1 for path in folder.rglob("*.html"))
        files = {holds: folder / page for page, holds in pages.items()}
    assert n_taken_over > 50


def of_report(folder: Path) -> dict[str, str]:
    """The sum of every page by its path."""
    return {path.relative_to(folder).as_posix(): sha256(path) for path in sorted(folder.rglob("*.html"))}
