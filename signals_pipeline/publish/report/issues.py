"""A page for each newsletter issue, and one on which all of them are listed."""

from signals_pipeline.publish.report import words
from signals_pipeline.publish.report.charts import Bar, bars, nice_top, share_bar, year_ticks
from signals_pipeline.publish.report.reading import Book, Row, grouped
from signals_pipeline.publish.report.site import Figure, Site

TOPICS_LISTED = 25
NEW_LISTED = 40
CARDS_LISTED = 300

# Topics with fewer cards than topic_trend has zeros for are left out: nothing can be said of their share.
_TOPICS = """
WITH
parameters AS (
    SELECT
        max(value) FILTER (WHERE metric = 'topic_trend' AND parameter = 'min_cards') AS min_cards
    FROM metric
),
before AS (
    SELECT
        t.topic_id, t.topic, t.kind, t.period_start, t.n_cards_with AS x, t.n_cards AS n,
        t.share_lo, t.share_hi,
        sum(t.n_cards_with) OVER preceding AS xa,
        sum(t.n_cards) OVER preceding AS na
    FROM topic_trend AS t
    JOIN topic_momentum AS m ON m.topic_id = t.topic_id
    CROSS JOIN parameters
    WHERE t.grain = 'issue' AND m.n_cards_with >= parameters.min_cards
    WINDOW preceding AS (
        PARTITION BY t.topic_id ORDER BY t.period_start ROWS BETWEEN $window PRECEDING AND 1 PRECEDING
    )
)
SELECT
    topic_id, topic, kind, period_start, x, n, share_lo, share_hi,
    coalesce(xa, 0) AS xa, coalesce(na, 0) AS na
FROM before
WHERE x > 0
QUALIFY row_number() OVER (PARTITION BY period_start ORDER BY x DESC, kind, topic, topic_id) <= $listed
ORDER BY period_start, x DESC, kind, topic, topic_id
"""


_NEW = """
SELECT first_seen, topic_id, topic, kind, n_cards_with, count(*) OVER (PARTITION BY first_seen) AS n
FROM topic_momentum
QUALIFY row_number() OVER (
    PARTITION BY first_seen ORDER BY n_cards_with DESC, kind, topic, topic_id
) <= $listed
ORDER BY first_seen, n_cards_with DESC, kind, topic, topic_id
"""

_CARDS = """
SELECT card_id, path, line, title, url, category, is_counted, not_counted_reason
FROM parsed.cards
WHERE issue_key = $issue
ORDER BY is_counted DESC, path, line, card_id
LIMIT $listed
"""


def write_issues(book: Book, site: Site) -> None:
    """Write the page of every newsletter issue, and the list of them."""
    topics = grouped(book.rows(_TOPICS, {"window": book.window, "listed": TOPICS_LISTED}), "period_start")
    first_seen = grouped(book.rows(_NEW, {"listed": NEW_LISTED}), "first_seen")
    for no, issue in enumerate(book.issues):
        day = issue["issue_date"]
        new = first_seen.get(day, []) if day is not None else []
        site.write(
            book.issue_pages[issue["issue_key"]],
            "issue.html",
            title=issue_title(issue),
            issue=issue,
            unusual=_unusual(book, no),
            before=book.issues[no - 1] if no > 0 and day is not None else None,
            after=book.issues[no + 1]
            if no + 1 < len(book.issues) and book.issues[no + 1]["issue_date"]
            else None,
            topics=_with_shares(book, topics.get(day, [])),
            new=new,
            n_new=new[0]["n"] if new else 0,
            cards=book.rows(_CARDS, {"issue": issue["issue_key"], "listed": CARDS_LISTED}),
        )
    site.write("issues.html", "issues.html", title="Newsletter issues", figure=_figure(book))


def issue_title(issue: Row) -> str:
    """What a newsletter issue is called: its date, or else what its cards say of it."""
    if issue["issue_date"] is not None:
        return f"Newsletter issue of {words.day(issue['issue_date'])}"
    token = issue["issue_key"].partition(":")[2]
    return f"Cards without a date, marked “{token}”" if token else "Cards without a date"


def _unusual(book: Book, no: int) -> str:
    """How far its mix of topics is from that of the newsletter issues before, among all of them."""
    distance = book.issues[no]["js_distance"]
    if distance is None:
        return ""
    all_distances = sorted(row["js_distance"] for row in book.issues if row["js_distance"] is not None)
    n_below = sum(1 for one in all_distances if one < distance)
    return (
        f"Its mix of topics is {words.decimal(distance)} away from that of those before it, on a scale "
        f"from 0 (equal) to 1 (nothing in common); {words.number(n_below)} of the "
        f"{words.number(len(all_distances))} "
        "newsletter issues that have such a distance were nearer."
    )


def _with_shares(book: Book, topics: list[Row]) -> list[Row]:
    top = nice_top(max((row["share_hi"] for row in topics), default=1))
    return [
        {
            **row,
            "bar": share_bar(row["x"] / row["n"], row["share_lo"], row["share_hi"], top=top),
            "now": words.counted(row["x"], row["n"], row["share_lo"], row["share_hi"]),
            "earlier": words.counted(row["xa"], row["na"], *book.wilson(row["xa"], row["na"])),
        }
        for row in topics
    ]


def _figure(book: Book) -> Figure:
    dated = book.dated
    title = "Counted cards, by newsletter issue"
    sentence = "No newsletter issue has a date."
    if dated:
        most = max(dated, key=lambda row: (row["n_counted"], row["issue_date"]))
        total = sum(row["n_counted"] for row in dated)
        sentence = (
            f"{words.count(len(dated), 'newsletter issue')} with {words.decimal(total / len(dated), 1)} "
            f"counted cards on average; that of {words.day(most['issue_date'])} has "
            f"{words.number(most['n_counted'])}, and none has more."
        )
    items = [Bar(row["issue_key"], row["n_counted"]) for row in dated]
    return Figure(
        "issues",
        title,
        sentence,
        bars("issues", title, sentence, items, year_ticks([row["issue_date"] for row in dated])),
        (),
        [],
    )
