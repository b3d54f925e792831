"""A page for each topic on enough cards."""

from typing import Any

from markupsafe import Markup

from signals_pipeline.parsed.sections import STATEMENT_SECTIONS
from signals_pipeline.publish.report import periods, words
from signals_pipeline.publish.report.charts import sparkline
from signals_pipeline.publish.report.near import near_in_meaning, perhaps_alike
from signals_pipeline.publish.report.reading import Book, Row
from signals_pipeline.publish.report.site import Site
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
TOPICS_A_QUERY = 200
"""Topics whose rows are read at a time: few queries, and little memory."""


def write_topics(book: Book, site: Site) -> None:
    """Write the page of every topic that has one, and the page on which every topic is found by its words."""
    is_encoded = bool(book.rows("FROM statement_history LIMIT 1"))
    near = near_in_meaning(book)
    alike = perhaps_alike(book)
    sparks: dict[str, Markup] = {}
    shares: dict[str, float | None] = {}
    for start in range(0, len(book.paged), TOPICS_A_QUERY):
        topics = book.paged[start : start + TOPICS_A_QUERY]
        rows_of = book.rows_by("topic_id", OF_TOPIC, {"topics": [topic["topic_id"] for topic in topics]})
        for topic in topics:
            own = rows_of(topic["topic_id"])
            own_shares = [row["share"] for row in own["quarters"]]
            sparks[topic["topic_id"]] = sparkline(
                own_shares, top=max((one or 0 for one in own_shares), default=0)
            )
            site.write(
                book.topic_pages[topic["topic_id"]],
                "topic.html",
                scripts=["statements.js"] if own["statements"] else [],
                styles=["statements.css"],
                title=topic["topic"],
                near=near.get(topic["topic_id"], []),
                alike=alike.get(topic["topic_id"], []),
                **_shown(book, topic, own, is_encoded=is_encoded),
            )
            shares[topic["topic_id"]] = next((one for one in reversed(own_shares) if one is not None), None)
    write_topic_list(book, site, sparks, shares)


def _shown(book: Book, topic: Row, own: dict[str, list[Row]], *, is_encoded: bool) -> dict[str, Any]:
    """What the template of a topic names, from the rows of the topic by the name of their query."""
    definition = own["definitions"][0]["definition"]
    x, n = topic["n_cards_with"], sum(row["n"] for row in own["quarters"])
    names = own["names"][:NAMES_LISTED]
    return {
        **own,
        "topic": topic,
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
        "n_statements": own["statements"][0]["n"] if own["statements"] else 0,
        "n_in_sections": own["statements"][0]["n_in_sections"] if own["statements"] else {},
        "n_speaking": own["speaking"][0]["n_cards"] if own["speaking"] else 0,
        "sections": STATEMENT_SECTIONS,
        "by_year": sections_by_year(topic, own["sections_by_year"], book.years),
        "by_meaning": by_meaning(topic, own) if definition and is_encoded else None,
        "n_meant": sum(row["x"] for row in own["meant_by_quarter"]),
        "n_surfaces_listed": SURFACES_LISTED,
        "n_names_listed": NAMES_LISTED,
        "lines": name_lines(names, own["names_by_quarter"], own["quarters"]),
    }
