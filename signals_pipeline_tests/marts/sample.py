"""Small corpora written by hand: cards in, an in-memory database with parsed tables, topics and marts out."""

import hashlib
import math
import random
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, timedelta

import duckdb
import pyarrow

from signals_pipeline.core.schema import create_table
from signals_pipeline.marts.build import marts
from signals_pipeline.marts.computed import COMPUTED, COUNTS, computed
from signals_pipeline.marts.kept import Kept
from signals_pipeline.marts.macros import macros
from signals_pipeline.marts.models import TABLES, VIEWS
from signals_pipeline.marts.parameters import metric_rows
from signals_pipeline.marts.queries import query
from signals_pipeline.meaning.encoder import N_DIMENSIONS
from signals_pipeline.meaning.models import TABLES as MEANING_TABLES
from signals_pipeline.outlooks.models import TABLES as OUTLOOK_TABLES
from signals_pipeline.parsed.models import TABLES as PARSED_TABLES
from signals_pipeline.publish.models import SEARCH_TABLES
from signals_pipeline.publish.search_index import write_search_index
from signals_pipeline.topics.folding import fold
from signals_pipeline.topics.models import TABLES as TOPIC_TABLES

CANONICAL = {"AI": "ai", "robots": "robot", "LLMs": "llm"}
MADE_BY_SQL = tuple(name for name in TABLES if name != "metric" and name not in COMPUTED)

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
    verdicts: tuple[str | None, ...] = ()
    """One of each outlook; None where nobody has judged it."""


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

WEEKS = tuple(date(2024, 1, 7) + timedelta(weeks=week) for week in range(40))


def _even(number: int) -> list[int]:
    """How many of the ten cards of each issue have a topic that does not change."""
    generator = random.Random(number)
    return [sum(generator.random() < 0.2 for _ in range(10)) for _ in WEEKS]


EVEN = {f"even {number}": _even(number) for number in range(20)}
"""Most topics of a family do not change, and what these vary by is what the others are held against."""


def trends(n_issues: int = len(WEEKS)) -> list[Card]:
    """Ten cards in each of the first issues: topics that rise, fall, burst, shift, end, return and begin.

    The last of all issues is the only one of its quarter, and there no card of form A has signals.
    """
    cards = []
    for week, day in enumerate(WEEKS[:n_issues]):
        n_cards = {
            "flat": 3,
            "rise": week // 5,
            "fall": (len(WEEKS) - 1 - week) // 5,
            "burst": 7 if week >= 36 else week % 4 == 0,
            "step": 6 if week >= 33 else 1,
            "ended": 4 if week < 10 else 0,
            "back": 1 if week < 10 or week >= 38 else 0,
            "debut": 4 if week >= 37 else 0,
            "fresh": 4 if week == 39 else 0,
            f"once {week}": 1,
            **{topic: counts[week] for topic, counts in EVEN.items()},
        }
        for card in range(10):
            # A topic begins at another card than the one before it, so that not all stand on the same cards.
            places = {topic: (card + 3 * number) % 10 for number, topic in enumerate(n_cards)}
            form = "A" if card % 2 else "C"
            cards.append(
                Card(
                    day,
                    tuple(topic for topic, n in n_cards.items() if places[topic] < n),
                    ("society",) * (card < 5) + ("work",) * (card % 3 == 0),
                    () if form == "A" and week == 39 else (3,),
                    form,
                    f"{'abc'[(week + card) % 3]}.com",
                    verdicts=("came true",) * (week == 0),
                )
            )
    return cards


def over_years(n_issues: int = 100) -> list[Card]:
    """Ten cards in each of the first issues, long enough for the family to say what waves of attention do.

    Thirty topics do not change, and others rise, fall, come up, were born late or rose once and are level,
    and come in waves.
    """
    generator = random.Random(8)
    cards = []
    for week in range(n_issues):
        shares = {
            "rise": 0.05 + 0.005 * week,
            "fall": 0.55 - 0.005 * week,
            "late": 0.2 if week >= 60 else 0,
            "rose": 0.4 if week >= 40 else 0.1,
            "up": 0.3 if week >= 85 else 0,
            "rare and up": 0.1 if week >= 75 else 0,
            "wave": 0.4 if week // 12 % 2 else 0.1,
            "slow wave": 0.4 if week // 24 % 2 else 0.1,
            **{f"flat {number}": 0.05 + 0.01 * number for number in range(30)},
        }
        for _ in range(10):
            keywords = tuple(topic for topic, share in shares.items() if generator.random() < share)
            cards.append(Card(I1 + timedelta(weeks=week), keywords))
    return cards


def returning_cards(n_issues: int) -> list[Card]:
    """Five cards in each of the first issues, one of them with a topic in every fourth, then not for 35.

    Topics on every card make the family so large that the last cards of the one before the gap are no fall.
    """
    with_it = {*range(0, 61, 4), 96}
    always = ("other", "also", "too", "more")
    return [
        Card(I1 + timedelta(weeks=week), (*always, *(("back",) * (card == 0 and week in with_it))))
        for week in range(n_issues)
        for card in range(5)
    ]


def coming_up(n_issues: int) -> list[Card]:
    """Four cards in each of the first issues, one of them with a topic from issue 22 on."""
    return [
        Card(I1 + timedelta(weeks=week), ("up",) if week > 20 and card == 0 else ("other",))
        for week in range(n_issues)
        for card in range(4)
    ]


def digest(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()


def vector(degrees: float) -> list[int]:
    """A vector so many degrees from that of 0, as the store keeps the meaning of a text."""
    angle = math.radians(degrees)
    return [round(127 * math.cos(angle)), round(127 * math.sin(angle)), *[0] * (N_DIMENSIONS - 2)]


def give_meaning(connection: duckdb.DuckDBPyConnection, angles: Mapping[str, float]) -> None:
    """Say what names mean, as directions in degrees."""
    insert(
        connection, "embedding", [(digest(name), "m" * 64, vector(angle)) for name, angle in angles.items()]
    )


def card_id(number: int) -> str:
    return digest(f"card {number}")


def topic_id(kind: str, topic: str) -> str:
    return digest(f"{kind}:{topic}")


def empty_database() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(config={"threads": 1})
    connection.execute("CREATE SCHEMA parsed")
    for name, model in PARSED_TABLES.items():
        connection.execute(create_table(f"parsed.{name}", model))
    for name, model in {
        **TOPIC_TABLES,
        **MEANING_TABLES,
        **OUTLOOK_TABLES,
        **TABLES,
        **SEARCH_TABLES,
    }.items():
        connection.execute(create_table(name, model))
    insert(connection, "metric", [tuple(row.values()) for row in metric_rows()])
    return connection


def insert(connection: duckdb.DuckDBPyConnection, table: str, rows: list[tuple[object, ...]]) -> None:
    if rows:
        values = [pyarrow.array(column) for column in zip(*rows, strict=True)]
        names = [str(number) for number in range(len(values))]
        connection.register("inserted", pyarrow.Table.from_arrays(values, names=names))
        connection.execute(f"INSERT INTO {table} FROM inserted")
        connection.unregister("inserted")


def build_marts(connection: duckdb.DuckDBPyConnection, wanted: AbstractSet[str] = frozenset()) -> None:
    """Build some marts and what they read; all of them, and all macros, where none is named."""
    built = marts().keys() if not wanted else with_what_they_read(wanted)
    # Marts use some macros; the others read the marts.
    used = {name for mart in built for name in marts()[mart].calls}
    make(connection, used)
    for name in (one for one in marts() if one in built & VIEWS.keys()):
        connection.execute(f"CREATE OR REPLACE VIEW {name} AS {query(name)}")
    counts = None
    for name in marts():
        if name not in built:
            continue
        if name in COMPUTED:
            counts = counts or connection.sql(query(COUNTS)).to_arrow_table()
            connection.register("computed_rows", computed(name, counts, Kept()))
            connection.execute(f"DELETE FROM {name}")
            connection.execute(f"INSERT INTO {name} FROM computed_rows")
        elif name in MADE_BY_SQL:
            connection.execute(f"DELETE FROM {name}")
            connection.execute(f"INSERT INTO {name} {query(name)}")
    if not wanted:
        make(connection, macros().keys() - used)
        for name in SEARCH_TABLES:
            connection.execute(f"DELETE FROM {name}")
        write_search_index(connection)


def with_what_they_read(wanted: AbstractSet[str]) -> AbstractSet[str]:
    read = {read for name in wanted for read in marts()[name].reads if read in marts()}
    return wanted if read <= wanted else with_what_they_read(wanted | read)


def make(connection: duckdb.DuckDBPyConnection, names: AbstractSet[str]) -> None:
    for macro in macros().values():
        if macro.name in names:
            connection.execute(macro.create)
            connection.execute(macro.comment)


def database(cards: tuple[Card, ...] | list[Card], *wanted: str) -> duckdb.DuckDBPyConnection:
    """The database of a corpus: with all marts, views and macros, or with some marts and what they read."""
    connection = empty_database()
    rows: dict[str, list[tuple[object, ...]]] = {
        name: []
        for name in (
            "cards",
            "card_files",
            "keywords",
            "themes",
            "signals",
            "mentions",
            "concept_match",
            "outlook",
        )
    }
    surfaces: dict[tuple[str, str], int] = {}
    for number, card in enumerate(cards):
        own = card_id(number)
        token = card.token or (card.issue.strftime("%Y%m%d") if card.issue else None)
        key = card.issue.isoformat() if card.issue else f"undated:{token}"
        path = f"{own}.md"
        outcome = (card.domain, None, None, None, None, None, card.reason is None, card.reason, None)
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
                None,
                key,
                None,
                None,
                own,
                *outcome,
            )
        )
        for row_no, verdict in enumerate(card.verdicts, start=1):
            place = ("signals", own, row_no, path, 50 + row_no, "More of it.", "ten_year")
            judged = (verdict, verdict and card.issue, None, None)
            rows["outlook"].append((*place, card.issue, card.issue, "column", *judged))
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
            name = card.themes[0] if card.themes else "Name"
            rows["signals"].append((own, row_no, 50 + row_no, name, None, None, None, None, relevancy))
        if card.themes and card.relevancies:
            # As if its first signal said what the definition of its first theme does.
            rows["concept_match"].append((topic_id("concept", card.themes[0]), "signals", own, 1, 0.7))
    for name, found in rows.items():
        insert(connection, f"parsed.{name}" if name in PARSED_TABLES else name, found)
    topics = {(kind, CANONICAL.get(text, text)) for kind, text in surfaces}
    # What nobody has reviewed: keyword and theme of one name are one concept.
    members = [
        (topic_id("concept", topic), topic, topic_id(kind, topic), kind, topic, "is")
        for kind, topic in topics
    ]
    insert(connection, "concept_members", sorted(members))
    topics |= {("concept", topic) for _, topic in topics}
    insert(
        connection,
        "topics",
        [(topic_id(kind, topic), kind, topic, 1, None) for kind, topic in sorted(topics)],
    )
    insert(
        connection,
        "topic_surfaces",
        [
            (kind, text, fold(text), "folded", topic_id(kind, name), name, n)
            for (kind, text), n in surfaces.items()
            for name in (CANONICAL.get(text, text),)
        ],
    )
    build_marts(connection, set(wanted))
    return connection
