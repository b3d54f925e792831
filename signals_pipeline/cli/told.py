"""Lines of the closing summary that are read from the snapshot: what is new, and what does not count."""

from itertools import groupby

import duckdb

from signals_pipeline.cli.lines import plain
from signals_pipeline.core.settings import typed
from signals_pipeline.parsed.models import NOT_COUNTED_REASONS

NAMED = 5
"""Topics or files that a line names; more are counted."""

_CHANGES = """
SELECT change_kind, count(*) AS n, min(issue_key) AS issue, count(DISTINCT issue_key) AS n_issues
FROM snapshot_diff
WHERE NOT is_known
GROUP BY ALL
"""

_CALLS = """
SELECT after, topic
FROM snapshot_diff
WHERE change_kind = 'call made' AND NOT is_known
ORDER BY after, topic
"""

_NOT_COUNTED = """
SELECT not_counted_reason, count(*) AS n
FROM parsed.cards
GROUP BY ALL
ORDER BY n DESC, not_counted_reason
"""

_UNREAD = """
SELECT path
FROM parsed.files_seen
WHERE path NOT IN (SELECT path FROM parsed.card_files)
    AND (
        path IN (SELECT path FROM parsed.rejects WHERE level IN ('file', 'card'))
        OR kind IN ('other', 'not text') AND regexp_matches(path, '(^|/)[0-9a-f]{32}(@[^/]*)?[.][^/.]+$')
    )
ORDER BY path
"""
"""The files that could not be read as cards, and others whose names are those of cards."""


def changed(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    """What the snapshot tells anew, in one line; none where it tells nothing of cards and calls."""
    counts = {
        kind: (n, issue, n_issues) for kind, n, issue, n_issues in connection.execute(_CHANGES).fetchall()
    }
    parts = []
    if "card new" in counts:
        n, issue, n_issues = counts["card new"]
        parts.append(f"{_many(n, 'new card')} {_in_issues(issue, n_issues)}")
    for kind, one, what in (
        ("card changed", "card", "changed"),
        ("card dated", "card", "with another date"),
        ("card removed", "card", "gone"),
        ("issue removed", "newsletter issue", "gone"),
    ):
        if kind in counts:
            parts.append(f"{_many(counts[kind][0], one)} {what}")
    for call, topics in groupby(connection.execute(_CALLS).fetchall(), lambda row: row[0]):
        names = [topic for _, topic in topics]
        parts.append(f"{_many(len(names), 'topic')} newly called {call}: {_named(names)}")
    if "call ended" in counts:
        parts.append(f"{_many(counts['call ended'][0], 'call')} ended")
    if not parts:
        return []
    (other_code,) = connection.execute("SELECT other_code FROM snapshot").fetchone() or (None,)
    also = f". Also another since the last snapshot: {other_code}" if other_code else ""
    return [("Changed", f"{'; '.join(parts)}{also}")]


def not_counted(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    """How many cards do not count and why, in one line; none where all count."""
    by_reason = dict(connection.execute(_NOT_COUNTED).fetchall())
    n_counted = by_reason.pop(None, 0)
    if not by_reason:
        return []
    why = "; ".join(f"{NOT_COUNTED_REASONS[reason]} ({n:,})" for reason, n in by_reason.items())
    n = sum(by_reason.values())
    does = "does" if n == 1 else "do"
    return [("Counted", f"{n_counted:,} of {_many(n_counted + n, 'card')}; {n:,} {does} not count: {why}")]


def unread(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    """Which files were meant as cards and not read, in one line; none where all were read."""
    paths = [path for (path,) in connection.execute(_UNREAD).fetchall()]
    if not paths:
        return []
    were = "file that was meant as a card is" if len(paths) == 1 else "files that were meant as cards are"
    why = typed("sql", "FROM parsed.files_seen")
    return [("Unread", f"{len(paths):,} {were} not read: {_named(paths)} (why: {why})")]


def _in_issues(issue: str, n_issues: int) -> str:
    if n_issues > 1:
        return f"in {n_issues:,} newsletter issues"
    return "without a date" if issue.startswith("undated:") else f"in the newsletter issue of {issue}"


def _many(n: int, one: str) -> str:
    return f"{n:,} {one}{'' if n == 1 else 's'}"


def _named(names: list[str]) -> str:
    """The first of some names of strangers, and how many others there are."""
    more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
    return f"{', '.join(map(plain, names[:NAMED]))}{more}"
