"""The page on which every text of the cards is found by its words, and signals are printed as cards.

It fetches nothing, so that the texts stand in it: a block for each year or quarter, packed, since they are
most of what a corpus is. The browser unpacks them and looks through them all, as the macro `search()` does:
what words say depends on how many texts hold each, and a browser reads through 60,000 texts in less time than
it takes to make an index of them.
"""

import base64
import json
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any

from signals_pipeline.marts.macros import ENDINGS, FUNCTION_WORDS, WORD
from signals_pipeline.parsed.sections import HIGHEST_RELEVANCY, LOWEST_RELEVANCY, STATEMENT_SECTIONS
from signals_pipeline.publish.report import words
from signals_pipeline.publish.report.issues import issue_title
from signals_pipeline.publish.report.reading import MAX_CARDS, Book, Row, grouped
from signals_pipeline.publish.report.safe import link
from signals_pipeline.publish.report.site import Site
from signals_pipeline.publish.report.sums import Sums

SEARCHED = ("card", *STATEMENT_SECTIONS)
"""The kinds of texts, as `search()` names them."""

_PARTS = ("name", "description", "change", "ten_year", "driving_force")
"""The columns of a statement that are looked through, in the order of `search()`."""

_LEVEL = 6
"""Of packing: the highest takes twice as long and saves less than a hundredth."""

CARDS_A_QUERY = 1_000
"""Cards whose texts are read at a time: few queries, and little memory."""

_TEXTS = {
    "cards": "SELECT card_id, summary FROM parsed.cards WHERE card_id IN (SELECT unnest($cards))",
    "items": """
        SELECT card_id, raw_text
        FROM (
            SELECT card_id, 1 AS place, row_no, raw_text FROM parsed.keywords
            UNION ALL
            SELECT card_id, 2, row_no, raw_text FROM parsed.themes
        )
        WHERE card_id IN (SELECT unnest($cards))
        ORDER BY card_id, place, row_no
    """,
    "named": """
        SELECT card_id, list(DISTINCT topic_id ORDER BY topic_id) AS concepts
        FROM evidence
        WHERE kind = 'concept' AND how = 'name' AND card_id IN (SELECT unnest($cards))
        GROUP BY card_id
    """,
    "statements": """
        WITH
        -- As statement_topics has it, of which DuckDB would make all rows.
        named AS (
            SELECT s.section, s.card_id, s.row_no, n.topic_id
            FROM statement_names AS s
            JOIN topic_names AS n ON n.name = s.name
            WHERE s.card_id IN (SELECT unnest($cards))
            UNION ALL
            SELECT m.section, m.card_id, m.row_no, m.concept_id
            FROM concept_match AS m
            WHERE m.card_id IN (SELECT unnest($cards))
        ),
        spoken AS (
            SELECT t.section, t.card_id, t.row_no, list(DISTINCT t.topic_id ORDER BY t.topic_id) AS concepts
            FROM named AS t
            JOIN topics AS o ON o.topic_id = t.topic_id AND o.kind = 'concept'
            GROUP BY ALL
        )
        SELECT s.*, p.concepts, year(o.due) AS due, o.due_by = 'column' AS is_due_by_column
        FROM statements AS s
        LEFT JOIN outlook AS o ON (o.section, o.card_id, o.row_no) = (s.section, s.card_id, s.row_no)
        LEFT JOIN spoken AS p ON (p.section, p.card_id, p.row_no) = (s.section, s.card_id, s.row_no)
        WHERE s.card_id IN (SELECT unnest($cards))
        ORDER BY s.card_id, s.section, s.row_no
    """,
}
"""What is looked through, a query each."""

_NAMES = """
    WITH
    written AS (
        SELECT c.concept_id, s.surface AS name
        FROM concept_members AS c
        JOIN topic_surfaces AS s ON s.topic_id = c.member_topic_id
        WHERE c.relation = 'is'
        UNION
        SELECT concept_id, member
        FROM concept_members
        WHERE relation = 'is'
    )
    SELECT
        t.topic_id, t.topic,
        coalesce(list(w.name ORDER BY w.name) FILTER (WHERE w.name IS NOT NULL), []) AS names
    FROM topics AS t
    LEFT JOIN written AS w ON w.concept_id = t.topic_id AND w.name <> t.topic
    WHERE t.kind = 'concept'
    GROUP BY t.topic_id, t.topic
    ORDER BY t.topic, t.topic_id
"""
"""All other names of every concept; those of its parts are concepts of their own."""


def write_search(book: Book, site: Site, sums: Sums) -> None:
    """Write the page that texts are found on."""
    site.write(
        "search.html",
        "search.html",
        scripts=(
            *("vendor/qrcode.js", "elements.js", "downloads.js"),
            *("finding.js", "workshop.js", "search.js"),
        ),
        styles=("search.css", "workshop.css"),
        title="Search",
        function_words=FUNCTION_WORDS,
        texts=packed_texts(book, site, sums),
        sections=STATEMENT_SECTIONS,
        scale=range(LOWEST_RELEVANCY + 1, HIGHEST_RELEVANCY + 1),
        n_cards=len(book.card_places),
        max_cards=MAX_CARDS,
    )


def packed_texts(book: Book, site: Site, sums: Sums) -> list[str]:
    """What the page looks through, in packed blocks: what numbers stand for, then the cards of each span.

    The newest span comes first, cards without a date last.
    """
    cards = [card for page in book.card_pages for card in page.cards]
    concepts = book.rows(_NAMES)
    about = {
        "word": WORD,
        "endings": ENDINGS,
        "functionWords": FUNCTION_WORDS,
        "sections": SEARCHED,
        "notCounted": words.NOT_COUNTED_REASONS,
        "issues": [
            [row["issue_key"], row["issue_date"], _issue_name(row), book.issue_pages[row["issue_key"]]]
            for row in book.issues
        ],
        "concepts": [[row["topic_id"], row["topic"], row["names"]] for row in concepts],
    }
    blocks = [
        site.part(
            f"texts of {span}",
            (of_span, _places(book, of_span), sums.of_cards(of_span), sums.of_concepts(of_span)),
            partial(_block, book, of_span),
        ).split()
        for span, of_span in _spans(cards).items()
    ]
    n_texts, n_characters = (sum(int(block[place]) for block in blocks) for place in (0, 1))
    # By which `search()` judges a long text.
    mean_length = n_characters / max(n_texts, 1)
    return [_packed({**about, "meanLength": mean_length}), *(block[2] for block in blocks)]


def _spans(cards: Sequence[Row]) -> dict[str, list[Row]]:
    """Cards by year, and by quarter in a year with many: a changed card has only its own span packed anew."""
    n_cards = Counter(card["issue_date"] and card["issue_date"].year for card in cards)
    return grouped(({"span": _span(card["issue_date"], n_cards), **card} for card in cards), "span")


def _span(day: date | None, n_cards: Mapping[int | None, int]) -> str:
    if day is None:
        return "no day"
    quarter = f", quarter {(day.month + 2) // 3}" if n_cards[day.year] > CARDS_A_QUERY else ""
    return f"{day.year}{quarter}"


def _block(book: Book, cards: list[Row]) -> str:
    """How many texts cards have, with how many characters, and all of it packed."""
    found = _columns(book, cards)
    texts = list(zip(*found["texts"][-len(_PARTS) :], strict=True))
    n_characters = sum(len(" ".join(part for part in parts if part is not None)) for parts in texts)
    return f"{len(texts)} {n_characters} {_packed(found)}"


def _places(book: Book, cards: Sequence[Row]) -> list[str]:
    """Where in the report some cards are."""
    return [book.card_places[card["card_id"]] for card in cards]


def _issue_name(issue: Row) -> str:
    return words.day(issue["issue_date"]) if issue["issue_date"] is not None else issue_title(issue)


def _columns(book: Book, cards: list[Row]) -> dict[str, list[Any]]:
    """Some cards and their texts, column by column: like stands beside like, and packs to half."""
    rows, texts = [], []
    # A concept has a number in its block alone: one more would give another one to all behind it.
    numbers: dict[str, int] = {}
    for no, (card, place) in enumerate(zip(cards, _places(book, cards), strict=True)):
        if no % CARDS_A_QUERY == 0:
            asked = [one["card_id"] for one in cards[no : no + CARDS_A_QUERY]]
            texts_of = book.rows_by("card_id", _TEXTS, {"cards": asked})
        followed = link(card["url"])
        rows.append(
            (
                card["card_id"],
                card["issue_key"],
                card["source_domain"],
                card["not_counted_reason"],
                card["path"],
                place,
                card["url"],
                followed and followed.host,
            )
        )
        texts += [(no, *text) for text in _texts(card, texts_of(card["card_id"]), numbers)]
    texts.sort(key=lambda text: text[1])
    return {
        "concepts": list(numbers),
        "cards": list(zip(*rows, strict=True)),
        "texts": list(zip(*texts, strict=True)),
    }


def _texts(card: Row, found: Mapping[str, list[Row]], numbers: dict[str, int]) -> Iterator[tuple[Any, ...]]:
    """The texts of a card: section, row_no, line, relevancy, year due, concepts, and the searched parts.

    Concepts that have no number yet get the next ones.

    Behind the year that an outlook is due stands whether its column alone says so, not its text.
    """
    items = ", ".join(row["raw_text"] for row in found["items"]) or None
    (summary,) = (row["summary"] for row in found["cards"])
    named = [numbers.setdefault(key, len(numbers)) for row in found["named"] for key in row["concepts"]]
    yield 0, None, card["line"], None, None, None, named, card["title"], summary, items, None, None
    for row in found["statements"]:
        spoken = [numbers.setdefault(key, len(numbers)) for key in row["concepts"] or ()]
        facts = (row[name] for name in ("row_no", "line", "relevancy", "due", "is_due_by_column"))
        yield SEARCHED.index(row["section"]), *facts, spoken, *(row[name] for name in _PARTS)


def _packed(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
    return base64.b64encode(zlib.compress(text.encode(), _LEVEL)).decode()
