"""The cards in full, with the line of the file for everything that is read from it.

The cards of one newsletter issue share a page, at most 40 of them: a page for each card would say the same
head and style thousands of times, and nobody reads cards one by one without their neighbours.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from signals_pipeline.parsed.sections import STATEMENT_SECTIONS
from signals_pipeline.publish.report import words
from signals_pipeline.publish.report.issues import issue_title
from signals_pipeline.publish.report.reading import Book, Row, grouped
from signals_pipeline.publish.report.site import Site
from signals_pipeline.topics.models import KINDS

ROWS_A_SECTION = 60
TERMS_A_SECTION = 60
RELATED_LISTED = 10
PAGES_A_QUERY = 10


def write_cards(book: Book, site: Site) -> None:
    """Write the pages of cards, reading those of some pages at a time."""
    issues = {row["issue_key"]: row for row in book.issues}
    n_parts = Counter(cards[0]["issue_key"] for cards in book.card_pages.values())
    seen: Counter[str] = Counter()
    for batch in _batches(book):
        details = _details(book, [card["card_id"] for _, cards in batch for card in cards])
        for page, cards in batch:
            key = cards[0]["issue_key"]
            seen[key] += 1
            part = seen[key]
            site.write(
                page,
                "cards.html",
                title=_title(issues[key]) + (f", part {part}" if n_parts[key] > 1 else ""),
                issue=issues[key],
                cards=[_in_full(book, card, details) for card in cards],
                part=part,
                n_parts=n_parts[key],
                next_part=page_of_part(page, part, part + 1) if part < n_parts[key] else None,
                last_part=page_of_part(page, part, part - 1) if part > 1 else None,
            )


def _title(issue: Row) -> str:
    day = issue["issue_date"]
    return issue_title(issue) if day is None else f"Cards of {words.day(day)}"


def _batches(book: Book) -> Iterator[list[tuple[str, list[Row]]]]:
    """The pages in groups of at most so many that reading their cards takes little memory and few queries."""
    pages = iter(book.card_pages.items())
    while batch := list(islice(pages, PAGES_A_QUERY)):
        yield batch


def page_of_part(page: str, part: int, other: int) -> str:
    """The page of another part of the same newsletter issue."""
    stem = page.removesuffix(".html").removesuffix(f"-part-{part}" if part > 1 else "")
    return f"{stem}-part-{other}.html" if other > 1 else f"{stem}.html"


@dataclass(frozen=True, slots=True)
class _Details:
    """What cards hold, by card_id."""

    summaries: dict[str, list[Row]]
    terms: dict[str, list[Row]]
    statements: dict[str, list[Row]]
    related: dict[str, list[Row]]


def _details(book: Book, card_ids: list[str]) -> _Details:
    def of_cards(sql: str, by: str = "card_id") -> dict[str, list[Row]]:
        return grouped(book.rows(sql, {"cards": card_ids}), by)

    return _Details(
        summaries=of_cards(
            "SELECT card_id, summary FROM parsed.cards WHERE card_id IN (SELECT unnest($cards))"
        ),
        terms=of_cards(
            "SELECT card_id, kind, line, topic_id, topic, raw_text FROM mentions "
            "WHERE card_id IN (SELECT unnest($cards)) ORDER BY card_id, kind, row_no, topic_id"
        ),
        statements=of_cards(
            "FROM statements WHERE card_id IN (SELECT unnest($cards)) ORDER BY card_id, section, row_no"
        ),
        related=of_cards(
            "SELECT r.card_id AS from_card_id, r.target_card_id AS card_id, "
            "coalesce(c.title, r.label) AS title "
            "FROM parsed.related_cards AS r "
            "LEFT JOIN parsed.cards AS c ON c.card_id = r.target_card_id "
            "WHERE NOT r.is_self AND r.card_id IN (SELECT unnest($cards)) ORDER BY r.card_id, r.row_no",
            by="from_card_id",
        ),
    )


def _in_full(book: Book, card: Row, details: _Details) -> dict[str, Any]:
    card_id = card["card_id"]
    return {
        **card,
        "anchor": book.card_places[card_id].partition("#")[2],
        "summary": details.summaries[card_id][0]["summary"],
        "terms": _terms(details.terms.get(card_id, [])),
        "sections": _sections(details.statements.get(card_id, [])),
        "related": details.related.get(card_id, [])[:RELATED_LISTED],
    }


def _terms(rows: list[Row]) -> list[tuple[str, list[Row], int]]:
    by_kind = grouped(rows, "kind")
    return [
        (f"{kind}s", by_kind[kind][:TERMS_A_SECTION], len(by_kind[kind])) for kind in KINDS if kind in by_kind
    ]


def _sections(rows: list[Row]) -> list[tuple[str, list[Row], int]]:
    by_section = grouped(rows, "section")
    return [
        (words.SECTIONS[section], by_section[section][:ROWS_A_SECTION], len(by_section[section]))
        for section in STATEMENT_SECTIONS
        if section in by_section
    ]
