"""The map: all concepts with a page by stage, direction, size and certainty, and which are named together."""

from collections.abc import Sequence

from markupsafe import Markup

from signals_pipeline.publish.report import words
from signals_pipeline.publish.report.map_charts import RINGS, Spot, network, radar, scatter
from signals_pipeline.publish.report.reading import RECENT, Book, Row
from signals_pipeline.publish.report.safe import visible
from signals_pipeline.publish.report.site import Site

NODES = 60
PAIRS = 120
"""What the network has at most: more names than that cannot be read."""

FEWEST_PAIRS = 4
"""Pairs that make a network; fewer stand in their table alone."""

_RING_OF = {
    "emerging": 3, "bursting": 3, "rising": 3, "falling": 3,
    "risen": 2, "fallen": 2,
    "steady": 1, "dormant": 1,
}  # fmt: skip
"""The ring of a stage, a place in RINGS; of the others no direction is told."""

_TOPICS = f"""
WITH
recent AS ({RECENT})
SELECT
    m.* EXCLUDE (log_odds_shrunk), r.x, r.n,
    if(m.called_by = 'recent', m.log_odds_recent, m.log_odds_per_year) AS direction,
    if(m.called_by = 'recent', m.se_recent, m.se) AS direction_se,
    coalesce(m.q_called, m.q_trend) AS q
FROM topic_momentum AS m
JOIN recent AS r USING (topic_id)
WHERE m.topic_id IN (SELECT unnest($topics)) AND m.log_odds_per_year IS NOT NULL AND m.same_as IS NULL
ORDER BY m.n_cards_with DESC, m.topic, m.topic_id
"""
"""The topics with a page that have a direction: over all newsletter issues, or over those that show the call.

A topic that has the cards of another one would hide it, so it is left out.
"""

_PAIRS = """
SELECT p.*
FROM topic_pair AS p
JOIN topic_momentum AS a ON a.topic_id = p.topic_id_a
JOIN topic_momentum AS b ON b.topic_id = p.topic_id_b
WHERE
    p.span = 'all' AND p.npmi > 0 AND p.q < parameter('q', 'max_q')
    AND p.topic_id_a IN (SELECT unnest($topics)) AND p.topic_id_b IN (SELECT unnest($topics))
    AND a.same_as IS NULL AND b.same_as IS NULL
    AND a.log_odds_per_year IS NOT NULL AND b.log_odds_per_year IS NOT NULL
ORDER BY p.g2 DESC, p.topic_a, p.topic_b, p.topic_id_a, p.topic_id_b
"""
"""The topics that are named together by more than chance, the surest first."""

NEARER = 30
"""Pairs of topics that came nearer, of which the table has the first."""

_NEARER = """
SELECT
    p.*, p.npmi - p.npmi_change AS npmi_before, p.first_together < last.first AS was_together,
    count(*) FILTER (WHERE NOT was_together) OVER () AS n_never
FROM topic_pair AS p
CROSS JOIN (
    SELECT min(issue_date) AS first FROM dated_issues WHERE issues_back < parameter('topic_pair', 'issues')
) AS last
JOIN topic_momentum AS a ON a.topic_id = p.topic_id_a
JOIN topic_momentum AS b ON b.topic_id = p.topic_id_b
WHERE
    p.kind = 'concept' AND p.span = 'last' AND p.npmi_change > 0 AND p.q < parameter('q', 'max_q')
    AND a.same_as IS NULL AND b.same_as IS NULL
ORDER BY p.npmi_change DESC, p.q, p.topic_a, p.topic_b, p.topic_id_a, p.topic_id_b
"""
"""The pairs of topics that the last issues name together by more than chance, nearer than those before did.

A pair that was never together before is -1 near then, and comes first.
"""


def write_map(book: Book, site: Site) -> None:
    """Write the map."""
    drawn = {"topics": [row["topic_id"] for row in book.paged if row["kind"] == "concept"]}
    topics = book.rows(_TOPICS, drawn)
    all_pairs = book.rows(_PAIRS, drawn)
    pairs = strongest(all_pairs)
    nearer = book.listed(_NEARER, NEARER)
    listed = [row["topic_id"] for row in topics]
    listed += [row[key] for row in nearer.rows for key in ("topic_id_a", "topic_id_b")]
    pages = [book.topic_pages.get(topic_id) for topic_id in listed]
    made_from = (topics, pairs, len(all_pairs), nearer, book.parameters, pages)
    if site.takes_over("map.html", made_from):
        return
    drawing, n_nodes = _network(book, topics, pairs)
    spots = [_spot(book, row) for row in topics]
    n_in_ring = [sum(spot.ring == ring for spot in spots) for ring in range(len(RINGS))]
    n_sure = sum(row["q"] < book.max_q for row in topics)
    site.write(
        "map.html",
        "map.html",
        styles=["map.css"],
        made_from=made_from,
        title="Map",
        topics=topics,
        n_in_ring=n_in_ring,
        n_sure=n_sure,
        n_absent=sum(not row["x"] for row in topics),
        radar=radar(spots, "Each topic by its direction, with what is told of it.") if spots else None,
        scatter=scatter(spots, "Each topic by its share of late and its direction.") if spots else None,
        pairs=pairs,
        n_pairs=len(all_pairs),
        nearer=nearer,
        n_never=nearer.rows[0]["n_never"] if nearer.rows else 0,
        network=drawing,
        n_nodes=n_nodes,
    )


def strongest(pairs: Sequence[Row]) -> list[Row]:
    """The first pairs, so many that no more than NODES topics and PAIRS pairs are drawn."""
    nodes: set[str] = set()
    found: list[Row] = []
    for row in pairs:
        both = {row["topic_id_a"], row["topic_id_b"]}
        if len(nodes | both) <= NODES:
            nodes |= both
            found.append(row)
        if len(found) == PAIRS:
            break
    return found


def _network(book: Book, topics: Sequence[Row], pairs: Sequence[Row]) -> tuple[Markup | None, int]:
    """The drawing of the pairs of topics, None where these are few, and how many topics they are of."""
    topic_ids = list(dict.fromkeys(row[key] for row in pairs for key in ("topic_id_a", "topic_id_b")))
    rows = {row["topic_id"]: row for row in topics}
    places = {topic_id: no for no, topic_id in enumerate(topic_ids)}
    edges = [(places[row["topic_id_a"]], places[row["topic_id_b"]], row["npmi"]) for row in pairs]
    spots = [_spot(book, rows[topic_id]) for topic_id in topic_ids]
    said = "Topics that are named together, joined by lines."
    return (network(spots, edges, said) if len(edges) >= FEWEST_PAIRS else None), len(spots)


def _spot(book: Book, row: Row) -> Spot:
    direction, half = row["direction"], book.z * row["direction_se"]
    since = f" since {words.day(row['called_since'])}" if row["called_since"] else ""
    told = (
        f"{visible(row['topic'])}: {row['stage']}{since}; {words.count(row['n_cards_with'], 'card')}, lately "
        f"{book.counted(row['x'], row['n'])}; odds ×{words.factor(direction, row['direction_se'], book.z)} a "
        f"year, {words.q_said(row['q'])}"
    )
    return Spot(
        name=row["topic"],
        href=book.topic_pages[row["topic_id"]],
        told=told,
        n_cards=row["n_cards_with"],
        ring=_RING_OF.get(row["stage"], 0),
        certainty="sure" if row["q"] < 0.01 else "likely" if row["q"] < book.max_q else "open",
        direction=direction,
        low=direction - half,
        high=direction + half,
        level=row["x"] / row["n"] if row["n"] else 0.0,
    )
