"""Which newsletter issue a card belongs to, and whether it is counted: decided once, for every mart."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from importlib import resources
from pathlib import Path

import pyarrow

from signals_pipeline.core.edited import edited_day, edited_rows
from signals_pipeline.core.errors import BadInputFileError
from signals_pipeline.core.store import Store
from signals_pipeline.parsed.models import FORMS, Cards, Drafts
from signals_pipeline.parsed.reader.dialect import NEWSLETTER, Dialect

WALLS = tomllib.loads(Path(__file__).with_name("walls.toml").read_text("utf-8"))
"""Titles of pages that stand in an article's place, as patterns."""

COMES_ON = "next_issue_comes_on"
"""Under which the store notes the first day on which an issue of the future has come; empty for none."""

CORRECTION_COLUMNS = ("token", "date", "reason")


@dataclass(frozen=True, slots=True)
class Calendar:
    """What decides whether the date of an issue can be true, and which sites are the newsletter's own."""

    as_of: date
    earliest_issue: date
    sundays_from: date
    own_sites: tuple[str, ...]


def read_corrections(path: Path, content: bytes) -> dict[str, date]:
    """The corrected date by issue token that a CSV file holds.

    Raises:
        BadInputFileError: The file is no CSV of token, date, reason, or a date is none.
    """
    corrections: dict[str, date] = {}
    for line, (token, day, _) in edited_rows(path, content, CORRECTION_COLUMNS):
        if not token:
            raise BadInputFileError(f"{path}:{line}: the token is empty; remove this row.")
        corrected = edited_day(path, line, day)
        if corrections.setdefault(token, corrected) != corrected:
            raise BadInputFileError(f"{path}:{line}: {token} has two dates; keep one.")
    return corrections


def derive_cards(
    store: Store, calendar: Calendar, corrections: Mapping[str, date], dialect: Dialect = NEWSLETTER
) -> None:
    """Fill `parsed.drafts` and `parsed.cards` from what was read of all of them.

    It also says which Closest entries are known cards, and which links of drafts have one, and notes the day
    from which on other cards would be counted.
    """
    table = pyarrow.table(
        {
            "token": pyarrow.array(list(corrections), pyarrow.string()),
            "date": pyarrow.array(list(corrections.values()), pyarrow.date32()),
        }
    )
    plausible = {
        "as_of": calendar.as_of,
        "earliest_issue": dialect.earliest_issue or calendar.earliest_issue,
        "formats": list(dialect.issue_formats) or None,
    }
    counting = {
        "sundays_from": calendar.sundays_from,
        "own_sites": list(calendar.own_sites),
        "wall_titles": "|".join(WALLS["titles"]),
        "wall_errors": "|".join(WALLS["errors"]),
        "forms": list(FORMS),
    }
    with store.registered(corrections=table):
        store.connection.execute(
            f"CREATE OR REPLACE TEMP TABLE issue_dates AS {_sql('issue_dates')}", plausible
        )
    store.note(COMES_ON, store.value("SELECT coalesce(min(comes_on)::VARCHAR, '') FROM issue_dates"))
    store.replace("parsed.drafts", Drafts, _sql("drafts"))
    store.connection.execute(f"CREATE OR REPLACE TEMP TABLE card_links AS {_sql('card_links')}")
    store.replace("parsed.cards", Cards, _sql("identity"), counting)
    store.connection.execute("""
        UPDATE parsed.draft_links AS l
        SET has_card = NOT l.has_card
        WHERE l.has_card <> ((l.path, l.position) IN (SELECT (path, position) FROM card_links))
    """)
    store.connection.execute("DROP TABLE card_links")
    store.connection.execute("DROP TABLE issue_dates")
    store.connection.execute("""
        UPDATE parsed.related_cards AS r
        SET is_known = NOT r.is_known
        WHERE r.is_known <> (
            r.target_card_id IN (SELECT card_id FROM parsed.cards)
            OR r.target_card_id IN (SELECT article_hash FROM parsed.cards)
        )
    """)


def _sql(name: str) -> str:
    """A query that stands in a file beside this one."""
    return resources.files("signals_pipeline.parsed").joinpath(f"{name}.sql").read_text("utf-8")
