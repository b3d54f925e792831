"""One card: what has been found in its text, and the rows that it makes."""

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from signals_pipeline.core.credentials import mask_credentials
from signals_pipeline.core.rejects import Code
from signals_pipeline.core.schema import column_names, max_lengths
from signals_pipeline.parsed.columns import SOURCE, Columns, Row
from signals_pipeline.parsed.models import TABLES, Cards
from signals_pipeline.parsed.reader import forms, links, wrapped
from signals_pipeline.parsed.reader.dialect import NEWSLETTER, Dialect
from signals_pipeline.parsed.reader.markdown import Span
from signals_pipeline.parsed.sections import SECTIONS, STATEMENT_SECTIONS

MAX_REJECT = 1_000
"""Characters kept of what was rejected."""

OTHER_FIELDS = ("category", "type")
"""The items of the section Other that are fields of the card."""

BLANK_BULLET = "(blank bullet)"
SEPARATOR_BULLET = "(separator bullet)"
DUPLICATE_SECTION = "(duplicate section)"
TITLE_REST = "(title rest)"
HEADING = "(heading)"
WRITTEN_LINK = "(link as written)"
"""What `card_extra.column_name` says of parts that stand in no column."""


@dataclass(slots=True)
class CardRows:
    """One card: its row of `cards`, the rows of its other tables, and the source rows found per section."""

    card_id: str
    card: Row
    rows: dict[str, Columns]
    n_source: dict[str, int]


def reject(level: str, code: Code, reason: str, raw: str | None, **where: Any) -> Row:
    """A row of `rejects`; credentials in its text are masked, and the text is cut at its limit."""
    shortened = None if raw is None else mask_credentials(raw)[:MAX_REJECT]
    return {"level": level, "code": code, "reason": reason, "raw_text": shortened, **where}


def _masked(text: str | None) -> str | None:
    return mask_credentials(text) if text else text


class Card:
    """A card while it is read; lines are counted from 0, from the one that the card begins on."""

    def __init__(
        self,
        path: str,
        named: str | None,
        number: int = 1,
        first_line: int = 1,
        *,
        is_alone: bool = True,
        dialect: Dialect = NEWSLETTER,
    ) -> None:
        """Nothing found yet of a card.

        `named` is the card id that the file's name gives. `number` is that among the cards of the file and
        `first_line` the line of the file that it begins on, both from 1; `is_alone` where there is no other.
        `dialect` says how it is written.
        """
        self.path = path
        self.named = named
        self.number = number
        self.first_line = first_line
        self.is_alone = is_alone
        self.dialect = dialect
        self.structure = forms.Structure()
        self.link: str | None = None
        self.link_line = 0
        self.title: str | None = None
        self.token: str | None = None
        self.newsletter: str | None = None
        self.other: dict[str, str | None] = {}
        self.summary: list[str] = []
        self.rows: dict[str, Columns] = {}
        self.extra: list[Row] = []
        self.n_source: dict[str, int] = defaultdict(int)
        self.sections: set[str] = set()
        self.has_title_line = False

    @property
    def has_content(self) -> bool:
        """Whether there is a title, a link or any section."""
        return bool(self.has_title_line or self.title or self.link or self.sections)

    @property
    def filled(self) -> list[str]:
        """The sections that are not empty."""
        return [name for name in (*SECTIONS, "related_cards") if name in self.rows and self.rows[name].n_rows]

    @property
    def looks_like_a_card(self) -> bool:
        """Whether a file that is not named like a card is one all the same: two sections are not empty."""
        n_filled = len(self.filled)
        is_dated = self.token is not None and n_filled > 0
        return bool(self.has_title_line or self.link or is_dated or n_filled + bool(self.other) >= 2)

    def take_title(self, line: re.Match[str]) -> str | None:
        """Take what a title line says.

        Returns the id that stands in place of a title, where it is not the card's own.
        """
        self.has_title_line = True
        self.title = line["title"]
        self.token = line["token"]
        self.newsletter = line["address"] or None
        self.structure.has_title = self.title is not None
        self.structure.is_from_page = line["page"] is not None
        written: str | None = line["id"]
        return None if written and written[:32] == (self.named or "")[:32] else written

    def take_link(self, written: re.Match[str], line: int) -> None:
        """Take what a link line says, all that stands between its parentheses."""
        self.link = written["url"] if links.address(written["url"]) else None
        self.link_line = line

    def rows_of(self, table: str) -> Columns:
        """The rows found of a table, to add to."""
        if table not in self.rows:
            source = (SOURCE,) if table in STATEMENT_SECTIONS else ()
            self.rows[table] = Columns.empty((*column_names(TABLES[table]), *source))
        return self.rows[table]

    def add_extra(self, line: int, heading: str | None, column: str | None, value: str | None) -> None:
        """Keep a part of the card beside the tables."""
        row = {"heading": _masked(heading), "column_name": _masked(column), "value": _masked(value)}
        self.extra.append({"line": line + self.first_line, **row})

    def add_reject(
        self, section: str | None, line: int, code: Code, reason: str, raw: str, row_no: int | None = None
    ) -> None:
        """Add a reject of a row or a piece of text, of a section or of none."""
        where = {"section": section, "line": line + self.first_line, "row_no": row_no}
        self.rows_of("rejects").add(reject("row", code, reason, raw, **where))

    def add_raw_cell(self, section: str, row_no: int, line: int, column: str, span: Span) -> None:
        """Keep the Markdown of a cell that reads otherwise."""
        if span.text == span.markdown:
            return
        self.rows_of("raw_cells").add(
            {
                "row_no": row_no,
                "line": line + self.first_line,
                "section": section,
                "column_name": column,
                "raw_text": mask_credentials(span.markdown),
            }
        )

    def result(self) -> CardRows:
        """The card's rows, with its identity in each."""
        card_id = self._card_id()
        article_hash = card_id[:32]
        summary = "\n\n".join(part for part in self.summary if part.strip())
        proven = links.proven(self.link, article_hash) if self.link else None
        link = proven or (links.address(self.link) if self.link else None)
        if self.link and link and link.rstrip(")") != self.link.strip().rstrip(")"):
            self.add_extra(self.link_line, None, WRITTEN_LINK, self.link)
        target = wrapped.target(link) if link else None
        host = links.host(target) if target else None
        card: Row = {
            "card_id": card_id,
            "path": self.path,
            "line": self.first_line,
            "article_hash": article_hash,
            "title": _masked(self.title) or None,
            "issue_token": _masked(self.token),
            "newsletter_url": _masked(self.newsletter),
            "url": _masked(link),
            "category": self.other.get("category"),
            "type": self.other.get("type"),
            "summary": _masked(summary) or None,
        }
        self._cap(card)
        card |= {
            "form": forms.form_of(self.structure),
            "article_key": links.article_key(target or link) if link else article_hash,
            "source_domain": links.source_domain(host) if host else None,
            "id_matches_link": proven is not None if link else None,
            "article_date": links.article_date(target) if target else None,
            "host": host,
            "newsletter_host": links.host(self.newsletter) if self.newsletter else None,
        }
        for number, row in enumerate(sorted(self.extra, key=lambda row: row["line"]), 1):
            self.rows_of("card_extra").add(row | {"row_no": number})
        for table, rows in self.rows.items():
            rows.by_name["card_id"] = [card_id] * rows.n_rows
            if table == "rejects":
                rows.by_name["path"] = [self.path] * rows.n_rows
            elif table == "related_cards":
                targets = rows.by_name["target_card_id"]
                rows.by_name["is_self"] = [target[:32] == article_hash for target in targets]
        return CardRows(card_id, card, self.rows, self.n_source)

    def _cap(self, card: Row) -> None:
        """Set what is longer than its column allows to NULL, with a reject that says so."""
        for name, limit in max_lengths(Cards).items():
            value = card[name]
            if value is not None and len(value) > limit:
                card[name] = None
                reason = f"{name} has {len(value):,} characters; at most {limit:,} are kept."
                self.add_reject("cards", 0, Code.FIELD_TOO_LONG, reason, value)

    def _card_id(self) -> str:
        if self.number == 1 and (self.is_alone or self.named is None):
            return self.named or links.md5(self.path)
        if self.link:
            return links.link_hash(links.unescaped(links.address(self.link)))
        return links.md5(f"{self.path}#{self.number}")
