"""A page for each topic on enough cards."""

from collections.abc import Mapping
from typing import Any

from signals_pipeline.parsed.sections import STATEMENT_SECTIONS
from signals_pipeline.publish.report import periods, words
from signals_pipeline.publish.report.near import near_in_meaning, perhaps_alike
from signals_pipeline.publish.report.reading import Book, Row
from signals_pipeline.publish.report.site import Site
from signals_pipeline.publish.report.sums import Sums
from signals_pipeline.publish.report.topic_figures import (
    by_meaning,
    issue_strip,
    name_lines,
    sections_by_year,
    trend,
)
from signals_pipeline.publish.report.topic_list import write_topic_list
from signals_pipeline.publish.report.topic_queries import OF_TOPIC

SURFACES_LISTED = 12
NAMES_LISTED = 30
Topics = Mapping[str, list[Row]]

TOPICS_A_QUERY = 200
"""Topics whose rows are read at a time: few queries, and little memory."""


def write_topics(book: Book, site: Site, sums: Sums) -> None:
    """Write the page of every topic that has one, and the page on which every topic is found by its words."""
    is_encoded = bool(book.rows("FROM statement_history LIMIT 1"))
    near = near_in_meaning(book)
    alike = perhaps_alike(book)
    of_all = (book.parameters, book.years, book.incomplete_years, book.n_recent, is_encoded)
    made_from = {
        topic["topic_id"]: (total, _told(topic), _beside(topic, near, alike), of_all)
        for topic, total in zip(book.paged, sums.of_topics(book.paged), strict=True)
    }
    changed = [
        topic
        for topic in book.paged
        if not site.takes_over(book.topic_pages[topic["topic_id"]], made_from[topic["topic_id"]])
    ]
    for start in range(0, len(changed), TOPICS_A_QUERY):
        topics = changed[start : start + TOPICS_A_QUERY]
        rows_of = book.rows_by("topic_id", OF_TOPIC, {"topics": [topic["topic_id"] for topic in topics]})
        for topic in topics:
            own = rows_of(topic["topic_id"])
            site.write(
                book.topic_pages[topic["topic_id"]],
                "topic.html",
                scripts=["statements.js"] if own["statements"] else [],
                styles=["statements.css"],
                made_from=made_from[topic["topic_id"]],
                title=topic["topic"],
                **_beside(topic, near, alike),
                **_shown(book, topic, own, is_encoded=is_encoded),
            )
    write_topic_list(book, site)


def _told(topic: Row) -> Row:
    """What a page may tell of a topic; an estimate that changes with every other topic orders lists alone."""
    return {name: value for name, value in topic.items() if name != "log_odds_shrunk"}


def _beside(topic: Row, near: Topics, alike: Topics) -> dict[str, list[Row]]:
    """The topics that stand beside one on its page."""
    return {
        "near": [_told(row) for row in near.get(topic["topic_id"], [])],
        "alike": alike.get(topic["topic_id"], []),
    }


def _shown(book: Book, topic: Row, own: dict[str, list[Row]], *, is_encoded: bool) -> dict[str, Any]:
    """What the template of a topic names, from the rows of the topic by the name of their query."""
    definition = own["definitions"][0]["definition"]
    x, n = topic["n_cards_with"], sum(row["n"] for row in own["quarters"])
    names = own["names"][:NAMES_LISTED]
    return {
        **own,
        "topic": _told(topic),
        "address": book.topic_pages[topic["topic_id"]],
        "overall": words.share(x, n, *book.wilson(x, n)),
        "direction": words.direction(
            topic,
            periods.years(own["quarters"], book.incomplete_years),
            n_recent=book.n_recent,
            max_q=book.max_q,
        ),
        "source": next((row for row in own["sources"] if row["domain"] != "(no domain)"), None),
        "figures": [
            # What may be noise stands in the table, and not in the drawing.
            trend(
                topic, own["quarters"], [row for row in own["bursts"] if row["q"] < book.max_q], own["shifts"]
            ),
            issue_strip(topic, own["issues"]),
        ],
        "definition": definition,
        "has_parts": any(row["relation"] == "part" for row in own["names"]),
        "speaking": own["statements"][0] if own["statements"] else None,
        "sections": STATEMENT_SECTIONS,
        "by_year": sections_by_year(topic, own["sections_by_year"], book.years),
        "by_meaning": by_meaning(topic, own) if definition and is_encoded else None,
        "n_meant": sum(row["x"] for row in own["meant_by_quarter"]),
        "n_surfaces_listed": SURFACES_LISTED,
        "n_names_listed": NAMES_LISTED,
        "lines": name_lines(names, own["names_by_quarter"], own["quarters"]),
    }
