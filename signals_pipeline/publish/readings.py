"""When each newsletter issue was read, from how many files, and what failed: the rows of `issue_reading`."""

from datetime import datetime
from pathlib import Path
from typing import Any

from signals_pipeline.core.failures import faults_translated
from signals_pipeline.core.schema import sql_text
from signals_pipeline.core.store import Store
from signals_pipeline.parsed.issue_files import ISSUE_FILES, NO_ISSUE

_READINGS = f"""
    WITH
    reads AS (
        SELECT
            i.issue_key,
            count(f.path) AS n_files,
            -- A file that could not be read for the moment has 0 for the time.
            date_trunc('second', make_timestamp(min(nullif(f.read_ns, 0)) // 1000)) AS first_read_at,
            date_trunc('second', make_timestamp(max(nullif(f.read_ns, 0)) // 1000)) AS last_read_at,
            any_value(f.parser) AS parser_version
        FROM ({ISSUE_FILES}) AS i
        JOIN internal.files AS f ON f.path = i.path
        GROUP BY i.issue_key
    ),
    cards AS (
        SELECT issue_key, count(card_id) AS n_cards FROM parsed.cards GROUP BY issue_key
    ),
    -- Of a file or card that was rejected whole, nobody knows the newsletter issue.
    failed AS (
        SELECT
            coalesce(c.issue_key, strftime(d.issue_date, '%Y-%m-%d'), '{NO_ISSUE}') AS issue_key,
            concat(r.level, ' ', r.code) AS what,
            count(r.path) AS n
        FROM parsed.rejects AS r
        LEFT JOIN parsed.cards AS c ON c.card_id = r.card_id AND r.level = 'row'
        LEFT JOIN parsed.drafts AS d ON d.path = r.path
        GROUP BY ALL
    ),
    rejects AS (
        SELECT
            issue_key,
            sum(n) AS n_rejects,
            string_agg(concat(what, ':', n), ', ' ORDER BY what) AS rejects_by_code
        FROM failed
        GROUP BY issue_key
    )
    SELECT
        issue_key,
        TRY_CAST(issue_key AS DATE) AS issue_date,
        coalesce(n_files, 0) AS n_files,
        coalesce(n_cards, 0) AS n_cards,
        first_read_at,
        last_read_at,
        parser_version,
        CAST(coalesce(n_rejects, 0) AS INTEGER) AS n_rejects,
        rejects_by_code
    FROM reads
    FULL JOIN rejects USING (issue_key)
    LEFT JOIN cards USING (issue_key)
    ORDER BY last_read_at DESC NULLS LAST, issue_date DESC NULLS LAST, issue_key
"""


def readings(store: Store, last: Path | None = None) -> list[dict[str, Any]]:
    """The rows of `issue_reading`, what was read last first; the snapshot `last` tells of earlier times."""
    names, _, rows = store.result(_READINGS)
    before = _first_reads(store, last / "parquet" / "main" / "issue_reading.parquet") if last else {}
    found = [dict(zip(names, row, strict=True)) for row in rows]
    for one in found:
        times = (one["first_read_at"], before.get(one["issue_key"]))
        one["first_read_at"] = min((at for at in times if at is not None), default=None)
    return found


def _first_reads(store: Store, parquet: Path) -> dict[str, datetime | None]:
    """When each newsletter issue was first read, as a snapshot tells it; an older version tells nothing."""
    if not parquet.is_file():
        return {}
    with faults_translated(parquet.parent):
        table = f"read_parquet({sql_text(str(parquet))})"
        return dict(store.rows(f"SELECT issue_key, first_read_at FROM {table}"))
