"""The cards in full, with the line of the file for everything that is read from it.

The cards of one newsletter issue share a page, at most 40 of them: a page for each card would say the same
head and style thousands of times, and nobody reads cards one by one without their neighbours.
"""

from collections.abc import Iterable
from typing import Any

from signals_pipeline.parsed.sections import STATEMENT_SECTIONS
from signals_pipeline.publish.report import words
from signals_pipeline.publish.report.issues import issue_title
from signals_pipeline.publish.report.reading import Book, Row, grouped
from signals_pipeline.publish.report.site import Site
from signals_pipeline.publish.report.sums import Sums
from signals_pipeline.topics.models import MENTIONED

ROWS_A_SECTION = 60
TERMS_A_SECTION = 60
RELATED_LISTED = 10
PAGES_A_QUERY = 10
"""Pages whose cards are read at a time: few queries, and little memory."""

_DETAILS = {
    "summaries": "SELECT card_id, summary FROM parsed.cards WHERE card_id IN (SELECT unnest($cards))",
    "terms": """
        SELECT m.card_id, m.kind, m.line, c.concept_id AS topic_id, m.raw_text
        FROM mentions AS m
        JOIN concept_members AS c ON c.member_topic_id = m.topic_id AND c.relation = 'is'
        WHERE m.card_id IN (SELECT unnest($cards))
        ORDER BY m.card_id, m.kind, m.row_no
    """,
    "statements": """
        FROM statements
        WHERE card_id IN (SELECT unnest($cards))
        ORDER BY card_id, section, row_no
    """,
    "related": """
        SELECT r.card_id, r.target_card_id, coalesce(c.title, r.label) AS title
        FROM parsed.related_cards AS r
        LEFT JOIN parsed.cards AS c ON c.card_id = r.target_card_id
        WHERE NOT r.is_self AND r.card_id IN (SELECT unnest($cards))
        ORDER BY r.card_id, r.row_no
    """,
}
"""What cards hold, a query each."""


def write_cards(book: Book, site: Site, sums: Sums) -> None:
    """Write the pages of cards."""
    issues = {row["issue_key"]: row for row in book.issues}
    made_from = {page.path: (page, sums.of_cards(page.cards)) for page in book.card_pages}
    changed = [page for page in book.card_pages if not site.takes_over(page.path, made_from[page.path])]
    for start in range(0, len(changed), PAGES_A_QUERY):
        pages = changed[start : start + PAGES_A_QUERY]
        card_ids = [card["card_id"] for page in pages for card in page.cards]
        details_of = book.rows_by("card_id", _DETAILS, {"cards": card_ids})
        for page in pages:
            issue = issues[page.cards[0]["issue_key"]]
            site.write(
                page.path,
                "cards.html",
                made_from=made_from[page.path],
                title=_title(issue) + (f", part {page.no}" if len(page.parts) > 1 else ""),
                issue={name: issue[name] for name in ("issue_key", "issue_date")},
                page=page,
                cards=[_in_full(book, card, details_of(card["card_id"])) for card in page.cards],
                n_terms=TERMS_A_SECTION,
                n_rows=ROWS_A_SECTION,
                n_related=RELATED_LISTED,
            )


def _title(issue: Row) -> str:
    day = issue["issue_date"]
    return issue_title(issue) if day is None else f"Cards of {words.day(day)}"


def _in_full(book: Book, card: Row, details: dict[str, list[Row]]) -> dict[str, Any]:
    return {
        **card,
        "anchor": book.card_places[card["card_id"]].partition("#")[2],
        "summary": details["summaries"][0]["summary"],
        "terms": _in_order(details["terms"], "kind", MENTIONED),
        "sections": _in_order(details["statements"], "section", STATEMENT_SECTIONS),
        "related": details["related"],
    }


def _in_order(found: list[Row], column: str, order: Iterable[str]) -> list[tuple[str, list[Row]]]:
    """Rows by the value of a column, in the order of these values."""
    groups = grouped(found, column)
    return [(value, groups[value]) for value in order if value in groups]
