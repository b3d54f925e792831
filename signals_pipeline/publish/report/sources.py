"""The page of all sources: whose view of the world the cards are, and how much rests on a few."""

from collections import Counter

from signals_pipeline.publish.report import words
from signals_pipeline.publish.report.lists import YEARS_SHOWN
from signals_pipeline.publish.report.reading import Book
from signals_pipeline.publish.report.site import Site

LISTED = 150
LARGEST = 3
"""Sources, those with most cards, of which the page says how much they have together."""

TOPICS_NAMED = 3

_SOURCES = f"""
WITH
named AS (
    SELECT c.source_domain AS source, m.topic, count(*) AS n
    FROM topic_cards AS t
    JOIN counted_cards AS c USING (card_no)
    JOIN topic_momentum AS m USING (topic_id)
    WHERE t.kind = 'concept' AND m.same_as IS NULL
    GROUP BY c.source_domain, m.topic, m.topic_id
    QUALIFY row_number() OVER (PARTITION BY c.source_domain ORDER BY n DESC, m.topic) <= {TOPICS_NAMED}
),
names AS (
    SELECT source, string_agg(concat(topic, ' (', n, ')'), ', ' ORDER BY n DESC, topic) AS top_topics
    FROM named
    GROUP BY source
)
SELECT
    c.source_domain AS source, count(*) AS x, min(c.issue_date) AS first_seen, max(c.issue_date) AS last_seen,
    histogram(year(c.issue_date)) AS by_year, any_value(n.top_topics) AS top_topics
FROM counted_cards AS c
LEFT JOIN names AS n ON n.source = c.source_domain
WHERE c.source_domain IS NOT NULL
GROUP BY c.source_domain
ORDER BY x DESC, source
"""


def write_sources(book: Book, site: Site) -> None:
    """Write the page of all sources of counted cards."""
    sources = book.rows(_SOURCES)
    n = sum(row["x"] for row in sources)
    ((n_counted,),) = (row.values() for row in book.rows("SELECT count(*) AS n FROM counted_cards"))
    largest = sources[:LARGEST]
    years = book.years[-YEARS_SHOWN:]
    by_year = Counter[int]()
    for row in sources:
        by_year.update(row["by_year"])
    x = sum(row["x"] for row in largest)
    site.write(
        "sources.html",
        "sources.html",
        title="Sources",
        sources=sources[:LISTED],
        n_sources=len(sources),
        n_known=n,
        n_counted=n_counted,
        largest=largest,
        of_largest=words.share(x, n, *book.wilson(x, n)),
        years=years,
        year_columns=book.year_columns(years),
        by_year=by_year,
    )
