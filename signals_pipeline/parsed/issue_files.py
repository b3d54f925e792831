"""Which text files each newsletter issue is read from, and reading those of one again."""

from signals_pipeline.core.bucket import RawDir
from signals_pipeline.core.errors import UnknownIssueError
from signals_pipeline.core.settings import shown, typed
from signals_pipeline.core.store import Store

NO_ISSUE = "no issue"
"""What the text files stand under from which nothing of a newsletter issue is read."""

ISSUE_FILES = f"""
    SELECT DISTINCT
        f.path,
        coalesce(c.issue_key, strftime(d.issue_date, '%Y-%m-%d'), '{NO_ISSUE}') AS issue_key
    FROM internal.files AS f
    LEFT JOIN parsed.card_files AS h ON h.path = f.path
    LEFT JOIN parsed.cards AS c ON c.card_id = h.card_id
    LEFT JOIN parsed.drafts AS d ON d.path = f.path
"""
"""The SELECT of each text file with the newsletter issues of its cards, or of the draft that it is."""

NEAREST_NAMED = 3


def have_read_again(store: Store, issue_key: str) -> int:
    """Have the files of a newsletter issue read whatever their marks say; how many there are."""
    # As with a file that could not be read for the moment, no time spares reading it.
    n_files = store.value(
        f"""
        UPDATE internal.files SET read_ns = 0
        WHERE path IN (SELECT path FROM ({ISSUE_FILES}) WHERE issue_key = $issue_key)
        """,
        {"issue_key": issue_key},
    )
    return int(n_files)


def assert_there_is(store: Store, issue_key: str, raw_dir: RawDir) -> None:
    """Raise `UnknownIssueError` where no file is of a newsletter issue; it says which issues are near."""
    keys = f"SELECT DISTINCT issue_key FROM ({ISSUE_FILES})"
    asked = {"issue_key": issue_key}
    if store.value(f"SELECT count(*) FROM ({keys}) WHERE issue_key = $issue_key", asked):
        return
    found = store.rows(
        f"""
        SELECT issue_key
        FROM ({keys})
        WHERE issue_key <> '{NO_ISSUE}'
        ORDER BY
            abs(date_diff(
                'day',
                try_strptime(issue_key, '%Y-%m-%d'),
                try_strptime($issue_key, ['%Y-%m-%d', '%Y%m%d'])
            )) NULLS LAST,
            jaro_winkler_similarity(issue_key, $issue_key) DESC,
            issue_key DESC
        LIMIT {NEAREST_NAMED}
        """,
        asked,
    )
    nearest = [key for (key,) in found]
    near = ""
    if nearest:
        are = "is" if len(nearest) == 1 else "are"
        named = typed("issue", nearest[0])
        near = f" Near it {are} {', '.join(sorted(nearest))}; type the one that you mean, such as {named}."
    raise UnknownIssueError(f"There is no newsletter issue {issue_key!r} in {shown(raw_dir)}.{near}")
