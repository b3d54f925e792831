"""What the snapshot tells anew, and since which one; and the feed of what was told lately."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from signals_pipeline.core.settings import variable
from signals_pipeline.publish.report import arrivals, words
from signals_pipeline.publish.report.feed import CHANGES, FEED, feed
from signals_pipeline.publish.report.issues import issue_title
from signals_pipeline.publish.report.reading import Book, Listed, grouped
from signals_pipeline.publish.report.site import Site

LISTED = 60
"""Changes of one kind that the page lists."""

NAMED = 8
"""Topics of each new newsletter issue that the page names; the page of the issue has all."""

_KIND = """
SELECT *, TRY_CAST(issue_key AS DATE) AS issue_date
FROM snapshot_diff
WHERE change_kind = '{kind}' AND NOT is_known {also}
ORDER BY {order}
"""

_NO_LONGER_NEW = """
SELECT after, count(*) AS n
FROM snapshot_diff
WHERE change_kind = 'stage changed' AND NOT is_known AND before = 'new'
GROUP BY after
ORDER BY n DESC, after
"""
"""What became of concepts that were new: each is new for a while, so that they are counted and not listed."""

_KNOWN = "FROM snapshot_diff WHERE is_known ORDER BY topic, change_kind"

_COUNTS = """
SELECT change_kind, count(*) AS n
FROM snapshot_diff
WHERE change_kind <> 'stage changed' OR before <> 'new'
GROUP BY ALL
"""

_NEW_TOPICS = f"""
FROM ({arrivals.NEW})
WHERE first_seen IN (SELECT TRY_CAST(issue_key AS DATE) FROM snapshot_diff WHERE change_kind = 'issue new')
ORDER BY x DESC, n_said DESC, topic, topic_id
"""

_BY_TOPIC = "called_since DESC, topic"
_BY_ISSUE = "issue_key DESC, title, card_id"


def write_changes(book: Book, site: Site, base_url: str, installation: UUID) -> None:
    """Write the page of what changed and the feed beside it; `feed` says what its links and id are."""
    site.write(
        CHANGES,
        CHANGES,
        title="Changes",
        compared_with=_moment(book.about["since_snapshot"]),
        counts={row["change_kind"]: row["n"] for row in book.rows(_COUNTS)},
        calls=_listed(book, ("call made", "call ended"), _BY_TOPIC),
        known=book.listed(_KNOWN, LISTED),
        issues=_listed(book, ("issue new", "issue removed"), _BY_ISSUE),
        new_topics=grouped(book.rows(_NEW_TOPICS), "first_seen"),
        n_named=NAMED,
        cards=_listed(book, ("card new", "card changed", "card dated", "card removed"), _BY_ISSUE),
        stages=_listed(book, ("stage changed",), "before, after, topic", "AND before <> 'new'"),
        no_longer_new=book.rows(_NO_LONGER_NEW),
        issue_title=issue_title,
        feed=FEED,
        base_url=base_url,
        base_url_setting=variable("base_url"),
    )
    site.folder.joinpath(FEED).write_bytes(feed(book, base_url, installation))


def _moment(snapshot: str | None) -> str:
    """When a snapshot was made, as its name says: 30 November 2026, 05:48 UTC."""
    if snapshot is None:
        return ""
    made = datetime.strptime(snapshot.partition("-")[0], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    return f"{words.day(made.date())}, {made:%H:%M} UTC"


def _listed(book: Book, kinds: Sequence[str], order: str, also: str = "") -> list[tuple[str, Listed]]:
    """For each of some kinds of changes the first of them that nobody knows, and for which `also` holds."""
    return [(kind, book.listed(_KIND.format(kind=kind, order=order, also=also), LISTED)) for kind in kinds]
