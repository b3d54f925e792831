"""A page for each newsletter issue, and one on which all of them are listed."""

from signals_pipeline.meaning.models import NEW, SAID_BEFORE
from signals_pipeline.publish.report import words
from signals_pipeline.publish.report.charts import Bar, bars, year_ticks
from signals_pipeline.publish.report.reading import Book, Row, grouped
from signals_pipeline.publish.report.site import Figure, Site

TOPICS_LISTED = 25
NEW_LISTED = 40
CARDS_LISTED = 300
STATEMENTS_LISTED = 10
STATEMENTS_A_CARD = 3
"""Of one card: its sections say the same thing more than once."""

_TOPICS = """
WITH
before AS (
    SELECT
        t.topic_id, t.topic, t.period_start, t.n_cards_with AS x, t.n_cards AS n,
        coalesce(sum(t.n_cards_with) OVER preceding, 0) AS xa,
        coalesce(sum(t.n_cards) OVER preceding, 0) AS na
    FROM topic_trend AS t
    JOIN topic_momentum AS m USING (topic_id)
    WHERE t.grain = 'issue' AND t.kind = 'concept' AND m.n_cards_with >= parameter('topic_trend', 'min_cards')
    WINDOW preceding AS (
        PARTITION BY t.topic_id ORDER BY t.period_start ROWS BETWEEN $window PRECEDING AND 1 PRECEDING
    )
)
FROM before
WHERE x > 0
QUALIFY row_number() OVER (PARTITION BY period_start ORDER BY x DESC, topic, topic_id) <= $listed
ORDER BY period_start, x DESC, topic, topic_id
"""
"""Topics rarer than topic_trend has zeros for are left out: nothing can be said of their share."""

_NEW = """
SELECT first_seen, topic_id, topic, n_cards_with, count(*) OVER (PARTITION BY first_seen) AS n
FROM topic_momentum
WHERE kind = 'concept'
QUALIFY row_number() OVER (PARTITION BY first_seen ORDER BY n_cards_with DESC, topic, topic_id) <= $listed
ORDER BY first_seen, n_cards_with DESC, topic, topic_id
"""

_CARDS = """
SELECT card_id, path, line, title, url, category, is_counted, not_counted_reason
FROM parsed.cards
WHERE issue_key = $issue
ORDER BY is_counted DESC, path, line, card_id
LIMIT $listed
"""

_NOVELTY = """
SELECT
    c.issue_date,
    count(*) AS n,
    count(*) FILTER (WHERE h.novelty = 'new') AS n_new,
    count(*) FILTER (WHERE h.novelty = 'close') AS n_close,
    count(*) FILTER (WHERE h.novelty = 'said before') AS n_said,
    CAST(coalesce(sum(count(*)) OVER before, 0) AS BIGINT) AS n_earlier
FROM statement_history AS h
JOIN counted_cards AS c USING (card_id)
GROUP BY c.issue_date
WINDOW before AS (ORDER BY c.issue_date ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
"""
"""How many statements of each newsletter issue are new, and with how many they were compared."""

_STATEMENTS = """
WITH
of_card AS (
    SELECT *, if(novelty = 'new', similarity, -similarity) AS place
    FROM statement_history
    WHERE novelty IN ('new', 'said before') AND nearest_earlier_card_id IS NOT NULL
    QUALIFY row_number() OVER (PARTITION BY novelty, card_id ORDER BY place, section, row_no) <= $of_card
),
listed AS (
    SELECT h.*, c.issue_date
    FROM of_card AS h
    JOIN counted_cards AS c USING (card_id)
    QUALIFY row_number() OVER (
        PARTITION BY c.issue_date, h.novelty ORDER BY h.place, h.card_id, h.section, h.row_no
    ) <= $listed
)
SELECT
    l.*, c.path, c.title, s.name, s.description,
    o.title AS earlier_title, o.issue_date AS earlier_date,
    concat_ws(': ', e.name, e.description) AS earlier_text
FROM listed AS l
JOIN parsed.cards AS c ON c.card_id = l.card_id
JOIN statements AS s ON (s.section, s.card_id, s.row_no) = (l.section, l.card_id, l.row_no)
JOIN parsed.cards AS o ON o.card_id = l.nearest_earlier_card_id
JOIN statements AS e ON (e.section, e.card_id, e.row_no)
    = (l.nearest_earlier_section, l.nearest_earlier_card_id, l.nearest_earlier_row_no)
ORDER BY l.issue_date, l.place, l.card_id, l.section, l.row_no
"""
"""The statements that are least like any before, and those that are most."""


def write_issues(book: Book, site: Site) -> None:
    """Write the page of every newsletter issue, and the list of them."""
    topics = grouped(book.rows(_TOPICS, {"window": book.window, "listed": TOPICS_LISTED}), "period_start")
    new = grouped(book.rows(_NEW, {"listed": NEW_LISTED}), "first_seen")
    novelty = {row["issue_date"]: row for row in book.rows(_NOVELTY)}
    limits = {"listed": STATEMENTS_LISTED, "of_card": STATEMENTS_A_CARD}
    statements = grouped(book.rows(_STATEMENTS, limits), "issue_date")
    distances = [row["js_distance"] for row in book.issues if row["js_distance"] is not None]
    dated = book.dated
    for no, issue in enumerate(book.issues):
        day = issue["issue_date"]
        of_issue = statements.get(day, [])
        site.write(
            book.issue_pages[issue["issue_key"]],
            "issue.html",
            title=issue_title(issue),
            issue=issue,
            distances=distances,
            before=dated[no - 1] if 0 < no < len(dated) else None,
            after=dated[no + 1] if no + 1 < len(dated) else None,
            topics=topics.get(day, []),
            new=new.get(day, []),
            novelty=novelty.get(day),
            statements_a_card=STATEMENTS_A_CARD,
            unheard=[row for row in of_issue if row["novelty"] == NEW],
            said_before=[row for row in of_issue if row["novelty"] == SAID_BEFORE],
            cards=book.rows(_CARDS, {"issue": issue["issue_key"], "listed": CARDS_LISTED}),
        )
    site.write("issues.html", "issues.html", title="Newsletter issues", figure=_figure(book))


def issue_title(issue: Row) -> str:
    """What a newsletter issue is called: its date, or else what its cards say of it."""
    if issue["issue_date"] is not None:
        return f"Newsletter issue of {words.day(issue['issue_date'])}"
    token = issue["issue_key"].partition(":")[2]
    return f"Cards without a date, marked “{token}”" if token else "Cards without a date"


def _figure(book: Book) -> Figure:
    """Counted cards by newsletter issue."""
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
    items = [
        Bar(
            row["issue_key"],
            row["n_counted"],
            told=f"{words.day(row['issue_date'])}: {words.count(row['n_counted'], 'counted card')}",
        )
        for row in dated
    ]
    ticks = year_ticks([row["issue_date"] for row in dated])
    return Figure(title, sentence, bars("issues", title, sentence, items, ticks), (), [])
