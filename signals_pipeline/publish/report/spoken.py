"""Signals that name a topic in their own words: what a card says of it, and not only that it lists it."""

from collections.abc import Iterable, Mapping, Sequence

from signals_pipeline.publish.report.reading import Book, Row, grouped

LONGEST = 400
"""Characters of a text of a signal that are shown, and in which the name must stand."""

_CANDIDATES = 8
"""Signals of a topic and year that are chosen from: a page shows one or two of them."""

_SIGNALS = f"""
WITH
wanted AS (
    SELECT unnest($topics) AS topic_id, unnest($years) AS year
),
names AS (
    SELECT
        n.topic_id,
        list(concat(' ', n.name, ' ')) AS all_names,
        any_value(concat(' ', array_to_string(words_of(t.topic), ' '), ' ')) AS own_name
    FROM topic_names AS n
    JOIN topics AS t USING (topic_id)
    WHERE n.topic_id IN (SELECT topic_id FROM wanted)
    GROUP BY n.topic_id
),
-- The relevant ones first, so that names are looked for in few of them.
relevant AS (
    SELECT
        t.topic_id, w.year, c.issue_date, s.card_id, s.row_no, s.line, s.relevancy,
        [s.name, s.description, s.change, s.ten_year, s.driving_force] AS texts
    FROM statement_topics AS t
    JOIN topic_cards AS c USING (topic_id, card_id)
    JOIN wanted AS w ON w.topic_id = t.topic_id AND w.year = year(c.issue_date)
    JOIN parsed.signals AS s USING (card_id, row_no)
    WHERE t.section = 'signals' AND t.how = 'words'
    QUALIFY row_number() OVER (
        PARTITION BY t.topic_id, w.year
        ORDER BY s.relevancy DESC NULLS LAST, c.issue_date DESC, s.card_id, s.row_no
    ) <= {3 * _CANDIDATES}
),
as_words AS (
    SELECT
        *,
        list_transform(
            texts, lambda t: concat(' ', array_to_string(words_of(left(t, {LONGEST})), ' '), ' ')
        ) AS all_words
    FROM relevant
),
named AS (
    SELECT
        w.*,
        list_position(list_transform(
            w.all_words, lambda words: len(list_filter(n.all_names, lambda one: contains(words, one))) > 0
        ), TRUE) AS place,
        len(list_filter(w.all_words, lambda words: contains(words, n.own_name))) > 0 AS names_itself
    FROM as_words AS w
    JOIN names AS n USING (topic_id)
)
SELECT
    n.topic_id, n.year, n.card_id, n.row_no, n.line, n.relevancy, n.texts, n.place,
    c.title, c.path, c.article_key
FROM named AS n
JOIN parsed.cards AS c USING (card_id)
WHERE n.place IS NOT NULL
QUALIFY row_number() OVER (
    PARTITION BY n.topic_id, n.year
    ORDER BY n.names_itself DESC, n.relevancy DESC NULLS LAST, n.issue_date DESC, n.card_id, n.row_no
) <= {_CANDIDATES}
ORDER BY
    n.topic_id, n.names_itself DESC, n.relevancy DESC NULLS LAST, n.issue_date DESC, n.card_id, n.row_no
"""
"""Signals of a topic's counted cards that have a name of it; `place` is the first of their texts with one.

Those that name the topic itself come before those that name a part of it, and then the most relevant first.
"""

_CALLED = ("", "", "Change", "In ten years", "Driven by")
"""What each text of a signal is called; name and description speak for themselves."""

_DESCRIPTION, _CHANGE = 2, 3


def signals_of(book: Book, wanted: Iterable[tuple[str, int]]) -> dict[tuple[str, int], list[Row]]:
    """The signals that name topics, each in cards of a year, by these two, the best first.

    Each has a `name` and what it `says`: texts with what they are called. One of them names the topic.
    """
    ordered = sorted(set(wanted))
    asked = {"topics": [topic_id for topic_id, _ in ordered], "years": [year for _, year in ordered]}
    found = book.rows(_SIGNALS, asked)
    for row in found:
        row["key"] = (row["topic_id"], row["year"])
        row["name"], row["says"] = row["texts"][0], _says(row["texts"], row["place"])
    return grouped(found, "key")


def _says(texts: Sequence[str | None], place: int) -> list[tuple[str, str]]:
    """The description, or else the change, and the text that has the name where that is another."""
    places = [_DESCRIPTION if texts[_DESCRIPTION - 1] else _CHANGE]
    if place > _DESCRIPTION and place not in places:
        places.append(place)
    return [(_CALLED[one - 1], text) for one in places if (text := texts[one - 1])]


def chosen(
    topics: Iterable[Row], found: Mapping[tuple[str, int], Sequence[Row]], year: int, most: int
) -> dict[str, list[Row]]:
    """At most so many signals for each topic of a year, of different articles.

    A signal that stands with an earlier topic stands with a later one only where that has no other.
    """
    shown: set[tuple[str, int]] = set()
    of_topic: dict[str, list[Row]] = {}
    for topic in topics:
        if topic["topic_id"] in of_topic:
            continue
        able = found.get((topic["topic_id"], year), ())
        unseen = [row for row in able if (row["card_id"], row["row_no"]) not in shown]
        by_article: dict[str, Row] = {}
        for row in unseen or able[:1]:
            by_article.setdefault(row["article_key"], row)
        of_topic[topic["topic_id"]] = list(by_article.values())[:most]
        shown |= {(row["card_id"], row["row_no"]) for row in of_topic[topic["topic_id"]]}
    return of_topic
