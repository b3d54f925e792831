"""A page for each newsletter issue, and one on which all of them are listed."""

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from typing import Any

from signals_pipeline.meaning.models import NEW, SAID_BEFORE
from signals_pipeline.meaning.texts import statement_texts
from signals_pipeline.parsed.sections import SECTIONS
from signals_pipeline.publish.report import arrivals, words
from signals_pipeline.publish.report.charts import Bar, bars, year_ticks
from signals_pipeline.publish.report.reading import Book, Row, grouped
from signals_pipeline.publish.report.site import Figure, Site

TOPICS_LISTED = 25
NEW_IN_TABLE = 12
NEW_LISTED = 60
RETURNED_LISTED = 15
SIGNALS_LISTED = 8
CARDS_LISTED = 300
LINKS_LISTED = 20
STATEMENTS_LISTED = 10
STATEMENTS_A_CARD = 3
"""Of one card: its sections say the same thing more than once."""

_CANDIDATES, _CANDIDATES_A_CARD = 40, 8
"""Statements of an issue and of a card from which the lists are made: what says the same is told once."""

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
SELECT *, count(*) OVER (PARTITION BY period_start) AS n_topics
FROM before
WHERE x > 0
QUALIFY row_number() OVER (PARTITION BY period_start ORDER BY x DESC, topic, topic_id) <= $listed
ORDER BY period_start, x DESC, topic, topic_id
"""
"""Topics rarer than topic_trend has zeros for are left out: nothing can be said of their share."""

_NEW = f"""
SELECT n.*, k.title, count(*) OVER (PARTITION BY n.first_seen) AS n
FROM ({arrivals.NEW}) AS n
JOIN parsed.cards AS k USING (card_id)
QUALIFY row_number() OVER (
    PARTITION BY n.first_seen ORDER BY n.n_cards_with DESC, n.x DESC, n.n_said DESC, n.topic, n.topic_id
) <= $listed
ORDER BY n.first_seen, n.n_cards_with DESC, n.x DESC, n.n_said DESC, n.topic, n.topic_id
"""
"""What came to most stands first, and of the newest issue what its cards say most of."""

_RETURNED = f"""
SELECT *, count(*) OVER (PARTITION BY issue_date) AS n
FROM ({arrivals.RETURNED})
QUALIFY row_number() OVER (
    PARTITION BY issue_date ORDER BY n_before DESC, gap DESC, topic, topic_id
) <= $listed
ORDER BY issue_date, n_before DESC, gap DESC, topic, topic_id
"""
"""The topics that were on most cards before stand first."""

_SIGNALS = """
WITH
best AS (
    SELECT
        c.issue_date, k.article_key, k.title, k.path, s.card_id, s.line, s.name, s.description, s.change,
        s.relevancy, coalesce(h.similarity, 1) AS similarity
    FROM parsed.signals AS s
    JOIN counted_cards AS c USING (card_id)
    JOIN parsed.cards AS k USING (card_id)
    LEFT JOIN statement_history AS h
        ON h.section = 'signals' AND h.card_id = s.card_id AND h.row_no = s.row_no
    WHERE s.name IS NOT NULL
    QUALIFY row_number() OVER (
        PARTITION BY c.issue_date, k.article_key
        ORDER BY s.relevancy DESC NULLS LAST, coalesce(h.similarity, 1), s.card_id, s.row_no
    ) = 1
)
SELECT *, count(*) OVER (PARTITION BY issue_date) AS n_articles
FROM best
QUALIFY row_number() OVER (
    PARTITION BY issue_date ORDER BY relevancy DESC NULLS LAST, similarity, card_id
) <= $listed
ORDER BY issue_date, relevancy DESC NULLS LAST, similarity, card_id
"""
"""The most relevant signal of each article; of equally relevant ones that least like anything before."""

_FILLED = """
SELECT c.issue_date, s.section, count(DISTINCT s.card_id) AS x
FROM (
    SELECT section, card_id FROM statements
    UNION ALL
    SELECT 'keywords', card_id FROM parsed.keywords
    UNION ALL
    SELECT 'themes', card_id FROM parsed.themes
) AS s
JOIN counted_cards AS c USING (card_id)
GROUP BY ALL
"""
"""How many counted cards of each newsletter issue have a section."""

_LINKS = """
SELECT
    d.issue_date, l.article_hash, min_by(l.link, (l.path, l.position)) AS link,
    min_by(coalesce(l.words, l.lead), (l.path, l.position)) AS text, min(l.line) AS line, min(l.path) AS path,
    bool_or(l.has_card) AS has_card
FROM parsed.drafts AS d
JOIN parsed.draft_links AS l USING (path)
WHERE d.issue_date IS NOT NULL
GROUP BY d.issue_date, l.article_hash
HAVING NOT bool_or(l.has_card)
ORDER BY d.issue_date, path, line, l.article_hash
"""
"""The articles that drafts link and that have no card."""

_CARDS = """
SELECT
    card_id, path, line, title, url, coalesce(author_category, category) AS category, is_counted,
    not_counted_reason
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
ORDER BY l.issue_date, l.novelty, l.place, l.card_id, l.section, l.row_no
"""
"""The statements that are least like any before, and those that are most."""

_ALIKE = f"""
WITH
meant AS (
    SELECT i.group_no, i.place, CAST(e.vector AS FLOAT[]) AS vector
    FROM (
        SELECT
            unnest($group_no) AS group_no, unnest($place) AS place, unnest($section) AS section,
            unnest($card_id) AS card_id, unnest($row_no) AS row_no
    ) AS i
    JOIN ({statement_texts()}) AS t USING (section, card_id, row_no)
    JOIN embedding AS e ON e.text_hash = md5(t.text)
)
SELECT a.group_no, a.place AS earlier, b.place AS later
FROM meant AS a
JOIN meant AS b ON a.group_no = b.group_no AND a.place < b.place
WHERE round(list_cosine_similarity(a.vector, b.vector), 2) >= parameter('similarity', 'same')
"""
"""Which statements of a group are as close as what was said before is to what says it again."""


def write_issues(book: Book, site: Site) -> None:
    """Write the page of every newsletter issue, and the list of them."""
    topics = grouped(book.rows(_TOPICS, {"window": book.window, "listed": TOPICS_LISTED}), "period_start")
    new = grouped(book.rows(_NEW, {"listed": NEW_LISTED}), "first_seen")
    returned = grouped(book.rows(_RETURNED, {"listed": RETURNED_LISTED}), "issue_date")
    signals = grouped(book.rows(_SIGNALS, {"listed": SIGNALS_LISTED}), "issue_date")
    novelty = {row["issue_date"]: row for row in book.rows(_NOVELTY)}
    statements = _statements(book)
    filled = grouped(book.rows(_FILLED), "issue_date")
    links = grouped(book.rows(_LINKS), "issue_date")
    distances: list[float] = []
    # A page is given what it shows of others alone, so that it stays as it is when more of them changes.
    dated = [{name: row[name] for name in ("issue_key", "issue_date")} for row in book.dated]
    for no, issue in enumerate(book.issues):
        day = issue["issue_date"]
        cards = book.rows(_CARDS, {"issue": issue["issue_key"], "listed": CARDS_LISTED})
        site.write(
            book.issue_pages[issue["issue_key"]],
            "issue.html",
            title=issue_title(issue),
            issue=issue,
            n_nearer=sum(one < (issue["js_distance"] or 0) for one in distances),
            n_compared=len(distances),
            before=dated[no - 1] if 0 < no < len(dated) else None,
            after=dated[no + 1] if no + 1 < len(dated) else None,
            topics=topics.get(day, []),
            new=_telling(new.get(day, [])),
            returned=returned.get(day, []),
            signals=signals.get(day, []),
            novelty=novelty.get(day),
            statements_a_card=STATEMENTS_A_CARD,
            unheard=statements.get((day, NEW), []),
            said_before=statements.get((day, SAID_BEFORE), []),
            categories=by_category(cards),
            n_cards_listed=len(cards),
            filled=_filled(issue, filled.get(day, [])),
            unlinked=links.get(day, [])[:LINKS_LISTED],
            not_counted=Counter(card["not_counted_reason"] for card in cards if not card["is_counted"]),
        )
        if issue["js_distance"] is not None:
            distances.append(issue["js_distance"])
    site.write("issues.html", "issues.html", title="Newsletter issues", figure=_figure(book))


def _statements(book: Book) -> dict[tuple[Any, str], list[Row]]:
    """What is new and what was said before, by newsletter issue and novelty: each thing once."""
    limits = {"listed": _CANDIDATES, "of_card": _CANDIDATES_A_CARD}
    found = book.rows(_STATEMENTS, limits)
    for row in found:
        row["group"] = (row["issue_date"], row["novelty"])
    groups = grouped(found, "group")
    placed = [(no, place, row) for no, rows in enumerate(groups.values()) for place, row in enumerate(rows)]
    asked = {
        "group_no": [no for no, _, _ in placed],
        "place": [place for _, place, _ in placed],
        **{name: [row[name] for _, _, row in placed] for name in ("section", "card_id", "row_no")},
    }
    alike: dict[int, set[tuple[int, int]]] = defaultdict(set)
    for pair in book.rows(_ALIKE, asked) if placed else []:
        alike[pair["group_no"]].add((pair["earlier"], pair["later"]))
    return {key: told_once(rows, alike[no]) for no, (key, rows) in enumerate(groups.items())}


def told_once(statements: Sequence[Row], alike: Collection[tuple[int, int]]) -> list[Row]:
    """The first statements, at most a few of a card, without what says the same as one of them.

    `alike` are the places of two that do, the earlier one first.
    """
    told: list[int] = []
    of_card: Counter[str] = Counter()
    for place, row in enumerate(statements):
        if of_card[row["card_id"]] == STATEMENTS_A_CARD or any((one, place) in alike for one in told):
            continue
        told.append(place)
        of_card[row["card_id"]] += 1
    return [statements[place] for place in told[:STATEMENTS_LISTED]]


def by_category(cards: Sequence[Row]) -> list[tuple[str, list[Row]]]:
    """Cards by their category, whatever its case, the largest group first; those without one last."""
    groups: dict[str, list[Row]] = defaultdict(list)
    for card in cards:
        groups[(card["category"] or "").strip().lower()].append(card)
    ordered = sorted(groups.items(), key=lambda group: (not group[0], -len(group[1]), group[0]))
    return [(of_category[0]["category"] or "", of_category) for _, of_category in ordered]


def _telling(new: list[Row]) -> list[Row]:
    """New topics, and of which the table `tells`: the first that a statement or a later card names."""
    telling = [row["topic_id"] for row in new if row["n_said"] or row["n_cards_with"] > row["x"]]
    return [{**row, "tells": row["topic_id"] in telling[:NEW_IN_TABLE]} for row in new]


def _filled(issue: Row, found: list[Row]) -> list[Row]:
    """The counted cards of a newsletter issue that have each section."""
    n_with = {row["section"]: row["x"] for row in found}
    n = issue["n_counted"]
    return [{"section": section, "x": n_with.get(section, 0), "n": n} for section in SECTIONS] if n else []


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
