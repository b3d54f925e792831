"""What signals say of the future: what of it came due, how to judge it, and how much came true."""

import csv
import io
from datetime import date
from typing import Any

import pyarrow

from signals_pipeline.marts.models import BREAKDOWNS
from signals_pipeline.outlooks.models import DUE_BY, WHY_NOT
from signals_pipeline.publish.report.lists import HELD
from signals_pipeline.publish.report.reading import Book, Listed, Row, grouped
from signals_pipeline.publish.report.site import Site
from signals_pipeline.publish.spreadsheet import defused

UNDECIDED_LISTED = 100
NEXT_LISTED = 20
DECIDED_LISTED = 100
FEWEST_DECIDED = 5
"""Decided outlooks from which on a section, source or concept has a row: a share of fewer says nothing."""

_OPEN = "(verdict IS NULL OR verdict = 'open')"

_COUNTS = f"""
SELECT
    count(*) AS n,
    count(*) FILTER (WHERE due <= $last) AS due,
    count(*) FILTER (WHERE due <= $last AND {_OPEN}) AS undecided,
    count(*) FILTER (WHERE due_by = 'year') AS by_year,
    count(*) FILTER (WHERE due_by = 'span') AS by_span,
    count(*) FILTER (WHERE due_by = 'column') AS by_column,
    count(*) FILTER (WHERE due_by IS NULL) AS without_day,
    min(due) FILTER (WHERE due > $last) AS next_day
FROM outlook
"""

_LISTED = """
SELECT o.*, c.title, c.source_domain
FROM outlook AS o
JOIN parsed.cards AS c USING (card_id)
WHERE {condition}
ORDER BY o.verdict IS NOT NULL, o.due DESC NULLS LAST, o.card_id, o.section, o.row_no
"""

_NEXT = f"""
SELECT o.*, c.title, c.source_domain
FROM outlook AS o
JOIN parsed.cards AS c USING (card_id)
WHERE o.due > $last AND {_OPEN}
ORDER BY o.due, o.card_id, o.section, o.row_no
LIMIT {NEXT_LISTED}
"""

_TO_COME = f"""
SELECT
    year(due) AS year,
    count(*) AS n,
    count(*) FILTER (WHERE due_by = 'year') AS by_year,
    count(*) FILTER (WHERE due_by = 'span') AS by_span,
    count(*) FILTER (WHERE due_by = 'column') AS by_column
FROM outlook
WHERE due > $last AND {_OPEN}
GROUP BY ALL
ORDER BY year
"""

_TOPICS = """
SELECT t.topic_id, m.topic, count(DISTINCT (o.card_id, o.section, o.row_no)) AS n
FROM outlook AS o
JOIN statement_topics AS t USING (section, card_id, row_no)
JOIN topic_cards AS c USING (topic_id, card_id)
JOIN topic_momentum AS m USING (topic_id)
WHERE m.kind = 'concept' AND m.same_as IS NULL AND o.due IS NOT NULL
GROUP BY ALL
ORDER BY n DESC, m.topic, t.topic_id
"""
"""The topics of cards whose signals with an outlook speak of them."""

_RECORD = """
SELECT *, n_came_true + n_did_not AS n_decided
FROM outlook_record
ORDER BY n_decided DESC, n_open DESC, name
"""

_NOT_APPLIED = "FROM verdict WHERE why_not IS NOT NULL ORDER BY line"


def write_outlooks(book: Book, site: Site) -> None:
    """Write the page of outlooks: as of the last newsletter issue, whatever the day of the run."""
    last = {"last": book.about["last_issue_date"] or date.min}
    (counts,) = book.rows(_COUNTS, last)
    record = grouped(book.rows(_RECORD), "breakdown")
    undecided = _listed(book, f"o.due <= $last AND {_OPEN}", UNDECIDED_LISTED, counts["undecided"])
    n_decided = sum(row["n_decided"] + row["n_came_early"] for row in record.get("all", []))
    decided = _listed(book, f"NOT {_OPEN}", DECIDED_LISTED, n_decided)
    site.write(
        "outlooks.html",
        "outlooks.html",
        scripts=["outlooks.js"] if counts["n"] else [],
        styles=["outlooks.css"],
        title="Outlooks",
        last=book.about["last_issue_date"],
        counts=counts,
        undecided=Listed(_with_lines(undecided.rows), undecided.n),
        next_due=_with_lines(book.rows(_NEXT, last)),
        decided=decided,
        to_come=book.rows(_TO_COME, last),
        topics=book.listed(_TOPICS),
        of_all=record.get("all", []),
        record=[(name, _with_enough(record.get(name, []))) for name in BREAKDOWNS[1:]],
        fewest_decided=FEWEST_DECIDED,
        n_names=HELD,
        not_applied=book.listed(_NOT_APPLIED),
        due_by=DUE_BY,
        why_not=WHY_NOT,
    )


def _listed(book: Book, condition: str, at_most: int, n: int) -> Listed:
    """The first outlooks of `n` for which a condition holds, those that nobody has judged first."""
    last = {"last": book.about["last_issue_date"]} if "$last" in condition else {}
    return Listed(book.rows(f"{_LISTED.format(condition=condition)} LIMIT {at_most}", last), n)


def _with_enough(rows: list[Row]) -> list[Row]:
    """The rows of the record that have enough decided outlooks for a share."""
    return [row for row in rows if row["n_decided"] >= FEWEST_DECIDED]


def _with_lines(found: list[Row]) -> list[dict[str, Any]]:
    """Outlooks with how their line of data/verdicts.csv begins, in which no cell becomes a formula."""
    texts = pyarrow.array([" ".join(row["text"].split()) for row in found], pyarrow.string())
    return [
        {**row, "begin": _line(row["card_id"], row["section"], row["row_no"], text)}
        for row, text in zip(found, defused(texts).to_pylist(), strict=True)
    ]


def _line(*cells: object) -> str:
    """The first cells of a line of CSV, and the commas behind them."""
    written = io.StringIO()
    csv.writer(written, lineterminator="").writerow([*cells, "", "", "", ""])
    return written.getvalue()
