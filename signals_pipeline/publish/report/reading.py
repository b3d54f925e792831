"""What several pages need, read from a published database in a few queries for all of them."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any

import duckdb

from signals_pipeline.core.store import with_more_memory
from signals_pipeline.publish.report import words
from signals_pipeline.publish.report.charts import nice_top, share_bar
from signals_pipeline.publish.report.lists import HELD
from signals_pipeline.publish.report.names import card_anchors, issue_stems, topic_stems

Row = dict[str, Any]

CARDS_A_PAGE = 40
BYTES_A_PAGE = 400_000
"""Bytes of the cards' files on one page, about as many as the page has."""

MAX_CARDS = 4_000
"""Cards that have a place in the report, the newest; all others are in the database."""

MAX_LISTED = 5_000
"""Topics that are listed, those on most cards; all others are in the database."""

FEWEST_CARDS = 3
"""Cards that a topic needs for a page of its own: of fewer, the list of topics and the cards say all."""

CONCEPTS = "SELECT * FROM topic_momentum WHERE kind = 'concept'"
"""The topics of the report: ideas, each with its keywords and themes together."""

RECENT = """
    SELECT t.topic_id, sum(t.n_cards_with) AS x, sum(t.n_cards) AS n
    FROM topic_trend AS t
    JOIN dated_issues AS i ON i.issue_date = t.period_start
    WHERE t.grain = 'issue' AND i.issues_back < parameter('share_recent', 'issues')
    GROUP BY t.topic_id
"""
"""The cards with each topic in the recent window, x of n."""

_NAMES = """
SELECT m.*, c.concept_id, c.concept
FROM concept_members AS c
JOIN topic_momentum AS m ON m.topic_id = c.member_topic_id
WHERE c.relation = 'is' AND m.family_size IS NOT NULL
    AND c.concept_id IN (
        SELECT concept_id FROM concept_members WHERE relation = 'is' GROUP BY concept_id HAVING count(*) > 1
    )
ORDER BY m.n_cards_with DESC, m.topic, m.topic_id
LIMIT $n
"""
"""The keywords and themes that are tested and one of several names of their concept, on most cards first."""


_INCOMPLETE_YEARS = """
SELECT DISTINCT year(period_start) AS year FROM able_periods WHERE grain = 'year' AND is_partial
"""


@dataclass(frozen=True, slots=True)
class Listed:
    """The first rows of a query, and how many it has in all."""

    rows: list[Row]
    n: int


@dataclass(frozen=True, slots=True)
class CardPage:
    """A page of cards of a newsletter issue: path, number, and the paths of all pages of the issue."""

    path: str
    no: int
    parts: list[str]
    cards: list[Row]


@dataclass(frozen=True)
class Book:
    """The database, and what is known of it: newsletter issues, topics, and where each has its page.

    Topics are concepts: those that are listed, of all `n_topics`. `paged` are those with a page of their
    own, then keywords and themes with one. `topic_pages` leads from the id of a topic of any kind to its
    page; a keyword or theme without one leads to that of its concept. It and `card_places` lack the topics
    and cards that have no page. The first and the last of the `years` may be incomplete. The connection may
    hold `memory_limit`, but for a query that needs more; None where no query may.
    """

    connection: duckdb.DuckDBPyConnection
    memory_limit: str | None
    about: Row
    parameters: Mapping[tuple[str, str], float]
    issues: list[Row]
    topics: list[Row]
    n_topics: int
    n_tested: int
    paged: list[Row]
    topic_pages: dict[str, str]
    issue_pages: dict[str, str]
    card_pages: list[CardPage]
    card_places: dict[str, str]
    years: list[int]
    incomplete_years: frozenset[int]

    @property
    def z(self) -> float:
        """The quantile that all intervals are made with."""
        return self.parameters["share_lo", "z"]

    @property
    def max_q(self) -> float:
        """The q below which a finding counts as more than noise."""
        return self.parameters["q", "max_q"]

    @property
    def window(self) -> int:
        """Newsletter issues in a recent window."""
        return int(self.parameters["share_recent", "issues"])

    @property
    def n_recent(self) -> int:
        """Newsletter issues on which the recent direction of a topic rests; 0 where they are too few."""
        n = min(int(self.parameters["z_recent", "recent_issues"]), len(self.dated) // 2)
        return n if n >= self.parameters["z_recent", "min_issues"] else 0

    @property
    def year_shown(self) -> int:
        """The year that a reader of years begins with: the newest complete one, if any is."""
        return next(
            (year for year in reversed(self.years) if year not in self.incomplete_years), self.years[-1]
        )

    @property
    def n_paged(self) -> int:
        """Topics, which are concepts, with a page of their own."""
        return sum(row["kind"] == "concept" for row in self.paged)

    @property
    def dated(self) -> list[Row]:
        """The newsletter issues with a date, oldest first."""
        return [row for row in self.issues if row["issue_date"] is not None]

    @property
    def undated(self) -> list[Row]:
        """The newsletter issues without a date."""
        return [row for row in self.issues if row["issue_date"] is None]

    def year_columns(self, years: Iterable[int]) -> list[tuple[str, str]]:
        """Years as headers of a table, in which those with a part of their newsletter issues are marked."""
        return [(f"{year} (part)" if year in self.incomplete_years else str(year), "n") for year in years]

    def wilson(self, x: int, n: int) -> tuple[float, float]:
        """The ends of a share's interval."""
        return words.wilson(x, n, self.z)

    def counted(self, x: float | None, n: float | None) -> str:
        """A share in a table: 12 of 74, 16 % (10 to 26)."""
        x, n = round(x or 0), round(n or 0)
        return words.counted(x, n, *self.wilson(x, n))

    def with_bars(self, found: list[Row], scale: list[Row] | None = None) -> list[Row]:
        """Rows with the share of their x in their n as a bar, and in words.

        The bars share a scale that holds the intervals of all rows, or of those of `scale`.
        """
        highest = (self.wilson(row["x"], row["n"])[1] for row in (found if scale is None else scale))
        top = nice_top(max(highest, default=1))
        return [
            {
                **row,
                "bar": share_bar(row["x"] / row["n"], *self.wilson(row["x"], row["n"]), top=top),
                "in_words": self.counted(row["x"], row["n"]),
            }
            for row in found
        ]

    def rows(self, sql: str, parameters: object = None) -> list[Row]:
        """The rows of a query by column name."""
        return rows(self.connection, sql, parameters, self.memory_limit)

    def listed(self, sql: str, n: int = HELD) -> Listed:
        """The first n rows of a query, and how many it has in all."""
        (total,) = self.rows(f"SELECT count(*) AS n FROM ({sql})")
        return Listed(self.rows(f"{sql} LIMIT $n", {"n": n}), total["n"])

    def rows_by(
        self, key: str, queries: Mapping[str, str], parameters: object = None
    ) -> Callable[[object], dict[str, list[Row]]]:
        """From a value of a column to the rows that have it, by the name of their query."""
        found = {name: grouped(self.rows(sql, parameters), key) for name, sql in queries.items()}
        return lambda value: {name: groups.get(value, []) for name, groups in found.items()}


def rows(
    connection: duckdb.DuckDBPyConnection,
    sql: str,
    parameters: object = None,
    memory_limit: str | None = None,
) -> list[Row]:
    """The rows of a query by column name."""

    def ask() -> list[Row]:
        found = connection.execute(sql, parameters)
        names = [column[0] for column in found.description or ()]
        return [dict(zip(names, values, strict=True)) for values in found.fetchall()]

    return with_more_memory(connection, memory_limit, ask)


def grouped(found: Iterable[Row], key: str) -> dict[Any, list[Row]]:
    """Rows by the value of a column, in the order in which they come."""
    groups: dict[Any, list[Row]] = defaultdict(list)
    for row in found:
        groups[row[key]].append(row)
    return dict(groups)


def read(connection: duckdb.DuckDBPyConnection, max_topics: int, memory_limit: str | None = None) -> Book:
    """The book of a database, with at most `max_topics` pages of topics, those of concepts on most cards.

    A quarter of the pages may be those of keywords and themes. A query that needs more than `memory_limit`,
    which the connection may hold, is asked again with more; without it, none is.
    """
    # One thread adds in one order, so that every number comes out the same.
    connection.execute("SET threads = 1")
    query = partial(rows, connection, memory_limit=memory_limit)
    (about,) = query("FROM snapshot")
    parameters = {
        (row["metric"], row["parameter"]): row["value"]
        for row in query("SELECT metric, parameter, value FROM metric WHERE value IS NOT NULL")
    }
    issues = query(
        "SELECT o.*, i.tokens FROM issue_overview AS o JOIN newsletter_issues AS i USING (issue_key) "
        "ORDER BY o.issue_date NULLS LAST, o.issue_key"
    )
    topics = query(f"{CONCEPTS} ORDER BY n_cards_with DESC, topic, topic_id LIMIT $n", {"n": MAX_LISTED})
    (n_topics,) = query(f"SELECT count(*) AS listed, count(family_size) AS tested FROM ({CONCEPTS})")
    cards = query(
        """
        SELECT c.card_id, c.path, c.line, c.form, c.title, c.issue_key, c.issue_token, c.issue_date,
            c.issue_date_reason, c.issue_date_flags, c.url, c.newsletter_url, c.source_domain, c.category,
            c.type, c.is_counted, c.not_counted_reason, c.duplicate_of, o.title AS duplicated_title,
            coalesce(f.size, 0) AS size
        FROM parsed.cards AS c
        LEFT JOIN parsed.files_seen AS f ON f.path = c.path
        LEFT JOIN parsed.cards AS o ON o.card_id = c.duplicate_of
        ORDER BY c.issue_date DESC NULLS LAST, c.issue_key, c.is_counted DESC, c.path, c.line, c.card_id
        LIMIT $n
        """,
        {"n": MAX_CARDS},
    )
    issue_pages = issue_stems(row["issue_key"] for row in issues)
    card_pages = _card_pages(cards, issue_pages)
    anchors = card_anchors(row["card_id"] for row in cards)
    names = query(_NAMES, {"n": max_topics // 4})
    enough = (row for row in topics if row["n_cards_with"] >= FEWEST_CARDS)
    concepts = list(islice(enough, max_topics - len(names)))
    paged = [*concepts, *names]
    return Book(
        connection=connection,
        memory_limit=memory_limit,
        about=about,
        parameters=parameters,
        issues=issues,
        topics=topics,
        n_topics=n_topics["listed"],
        n_tested=n_topics["tested"],
        paged=paged,
        topic_pages=_topic_pages(paged, query("FROM concept_members WHERE relation = 'is'")),
        issue_pages={key: f"issues/{stem}.html" for key, stem in issue_pages.items()},
        card_pages=card_pages,
        card_places={
            row["card_id"]: f"{page.path}#{anchors[row['card_id']]}"
            for page in card_pages
            for row in page.cards
        },
        years=sorted({row["issue_date"].year for row in issues if row["issue_date"] is not None}),
        incomplete_years=frozenset(row["year"] for row in query(_INCOMPLETE_YEARS)),
    )


def _topic_pages(paged: list[Row], names: list[Row]) -> dict[str, str]:
    """The address of each topic that has a page, and of each name of a concept that has one."""
    pages: dict[str, str] = {}
    for kind, of_kind in grouped(paged, "kind").items():
        folder = "topics" if kind == "concept" else f"topics/{kind}"
        stems = topic_stems({row["topic_id"]: row["topic"] for row in of_kind})
        pages |= {topic_id: f"{folder}/{stem}.html" for topic_id, stem in stems.items()}
    led = {row["member_topic_id"]: pages[row["concept_id"]] for row in names if row["concept_id"] in pages}
    return led | pages


def _card_pages(cards: list[Row], issue_stems: Mapping[str, str]) -> list[CardPage]:
    """The pages of cards: one of a newsletter issue, or several where its cards are many or long."""
    pages = []
    for issue_key, of_issue in grouped(cards, "issue_key").items():
        parts: list[list[Row]] = [[]]
        n_bytes = 0
        for card in of_issue:
            if parts[-1] and (len(parts[-1]) >= CARDS_A_PAGE or n_bytes + card["size"] > BYTES_A_PAGE):
                parts.append([])
                n_bytes = 0
            parts[-1].append(card)
            n_bytes += card["size"]
        stem = f"cards/{issue_stems[issue_key]}"
        paths = [f"{stem}-part-{no}.html" if no > 1 else f"{stem}.html" for no in range(1, len(parts) + 1)]
        pages += [CardPage(paths[no - 1], no, paths, part) for no, part in enumerate(parts, 1)]
    return pages
