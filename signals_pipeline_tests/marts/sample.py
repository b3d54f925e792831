"""Small corpora written by hand: cards in, an in-memory database with parsed tables, topics and marts out."""

import hashlib
from dataclasses import dataclass
from datetime import date

import duckdb

from signals_pipeline.marts.macros import MACROS
from signals_pipeline.marts.models import TABLES, VIEWS
from signals_pipeline.marts.parameters import metric_rows
from signals_pipeline.marts.queries import query
from signals_pipeline.parsed.models import TABLES as PARSED_TABLES
from signals_pipeline.schema import create_table
from signals_pipeline.topics.folding import fold
from signals_pipeline.topics.models import TABLES as TOPIC_TABLES

CANONICAL = {"AI": "ai", "robots": "robot", "LLMs": "llm"}
MADE_BY_SQL = tuple(name for name in TABLES if name != "metric")

I1, I2, I3, I4, I5 = (
    date(2024, 1, 7),
    date(2024, 1, 21),
    date(2024, 2, 4),
    date(2024, 3, 3),
    date(2024, 4, 7),
)


@dataclass(frozen=True)
class Card:
    """A card as far as the marts look at it."""

    issue: date | None
    keywords: tuple[str, ...] = ()
    themes: tuple[str, ...] = ()
    relevancies: tuple[int | None, ...] = ()
    form: str = "C"
    domain: str | None = "a.com"
    reason: str | None = None
    token: str | None = None


# ai (keyword) is on cards 0, 1, 3, 8; robot on 0, 2, 3, 6, 9; quantum on 11; energy (theme) on 0, 5; ai
# (theme) on 8. Card 5 is of form other and has no keywords; no card of the fourth issue is counted.
SAMPLE = (
    Card(I1, ("AI", "ai", "robots"), ("energy",), (5, 3)),
    Card(I1, ("AI",), (), (2, None), domain="b.com"),
    Card(I1, ("robots",), (), (None,), form="A"),
    Card(I2, ("robots", "AI"), (), (3,)),
    Card(I2, ("AI",), (), (5,), reason="duplicate-article"),
    Card(I3, (), ("energy",), form="other", domain=None),
    Card(I3, ("robots",), (), (5,), domain="c.com"),
    Card(I4, ("AI",), (), (1,), domain="d.com", reason="wall-page"),
    Card(I5, ("AI",), ("ai",)),
    Card(I5, ("robots",), (), form="A", domain="b.com"),
    Card(None, ("AI",), token="3287.0", reason="undated"),
    Card(I5, ("quantum",), (), domain="b.com", token="20240407-a-yearly-review "),
)


def digest(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()


def card_id(number: int) -> str:
    return digest(f"card {number}")


def topic_id(kind: str, topic: str) -> str:
    return digest(f"{kind}:{topic}")


def empty_database() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("CREATE SCHEMA parsed")
    for name, model in PARSED_TABLES.items():
        connection.execute(create_table(f"parsed.{name}", model))
    for name, model in {**TOPIC_TABLES, **TABLES}.items():
        connection.execute(create_table(name, model))
    insert(connection, "metric", [tuple(row.values()) for row in metric_rows()])
    return connection


def insert(connection: duckdb.DuckDBPyConnection, table: str, rows: list[tuple[object, ...]]) -> None:
    if rows:
        marks = ", ".join("?" for _ in rows[0])
        values = ", ".join(f"({marks})" for _ in rows)
        connection.execute(f"INSERT INTO {table} VALUES {values}", [value for row in rows for value in row])


def build_marts(connection: duckdb.DuckDBPyConnection) -> None:
    for name in MADE_BY_SQL:
        connection.execute(f"DELETE FROM {name}")
        connection.execute(f"INSERT INTO {name} {query(name)}")
    for name in VIEWS:
        connection.execute(f"CREATE OR REPLACE VIEW {name} AS {query(name)}")
    for macro in MACROS:
        connection.execute(macro.create)
        connection.execute(macro.comment)


def database(cards: tuple[Card, ...] | list[Card]) -> duckdb.DuckDBPyConnection:
    """The database of a corpus, marts, views and macros included."""
    connection = empty_database()
    rows: dict[str, list[tuple[object, ...]]] = {
        name: [] for name in ("cards", "card_files", "keywords", "themes", "signals", "mentions")
    }
    surfaces: dict[tuple[str, str], int] = {}
    for number, card in enumerate(cards):
        own = card_id(number)
        token = card.token or (card.issue.strftime("%Y%m%d") if card.issue else None)
        key = card.issue.isoformat() if card.issue else f"undated:{token}"
        path = f"{own}.md"
        outcome = (card.domain, None, None, None, None, card.reason is None, card.reason, None)
        rows["cards"].append(
            (
                own,
                path,
                1,
                card.form,
                own,
                "Title",
                token,
                card.issue,
                None,
                None,
                key,
                None,
                None,
                own,
                *outcome,
            )
        )
        rows["card_files"].append((path, own, "0" * 64))
        for kind, texts in (("keyword", card.keywords), ("theme", card.themes)):
            for row_no, text in enumerate(texts, start=1):
                topic = CANONICAL.get(text, text)
                rows[f"{kind}s"].append((own, row_no, 10 + row_no, text, 1))
                rows["mentions"].append(
                    (own, kind, row_no, 10 + row_no, topic_id(kind, topic), topic, text, "folded")
                )
                surfaces[kind, text] = surfaces.get((kind, text), 0) + 1
        for row_no, relevancy in enumerate(card.relevancies, start=1):
            rows["signals"].append((own, row_no, 50 + row_no, "Name", None, None, None, None, relevancy))
    for name, found in rows.items():
        insert(connection, name if name == "mentions" else f"parsed.{name}", found)
    topics = {(kind, CANONICAL.get(text, text)) for kind, text in surfaces}
    insert(connection, "topics", [(topic_id(kind, topic), kind, topic, 1) for kind, topic in sorted(topics)])
    insert(
        connection,
        "topic_surfaces",
        [
            (kind, text, fold(text), "folded", topic_id(kind, name), name, n)
            for (kind, text), n in surfaces.items()
            for name in (CANONICAL.get(text, text),)
        ],
    )
    build_marts(connection)
    return connection
