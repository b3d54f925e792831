"""What is found in the text of one card, and the rows that it makes."""

import hashlib
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from signals_pipeline.core.credentials import mask_credentials
from signals_pipeline.core.rejects import Code
from signals_pipeline.core.schema import max_lengths
from signals_pipeline.parsed.bulk import Uncut
from signals_pipeline.parsed.columns import Columns, Row, row_schema
from signals_pipeline.parsed.models import MAX_SUMMARY, Cards
from signals_pipeline.parsed.reader import forms, links
from signals_pipeline.parsed.reader.blocks import Item, Span

MAX_REJECT = 1_000
"""Characters kept of what was rejected."""

OTHER_FIELDS = ("category", "type")
"""The items of the section Other that are fields of the card."""


@dataclass(slots=True)
class CardRows:
    """One card: its row of `cards`, the rows of its other tables, and the source rows found per section.

    What is in its `uncut` tables is in neither.
    """

    card_id: str
    card: Row
    rows: dict[str, Columns]
    n_source: dict[str, int]
    uncut: list[Uncut]


def md5(text: str) -> str:
    """The MD5 of a text, hexadecimal."""
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def reject(level: str, code: Code, reason: str, raw: str | None, **where: Any) -> Row:
    """A row of `rejects`; credentials in its text are masked, and the text is cut at its limit."""
    shortened = None if raw is None else mask_credentials(raw)[:MAX_REJECT]
    return {"level": level, "code": code, "reason": reason, "raw_text": shortened, **where}


class Parts:
    """The parts of one card, found one by one."""

    def __init__(
        self,
        path: str,
        first_line: int,
        number: int,
        named: str | None,
        n_cards: int,
    ) -> None:
        """Nothing found yet of a card.

        Its `number` is that among the cards of its file, from 1, and `first_line` the line that it begins on.
        `named` is the card id that the file's name gives.
        """
        self.path = path
        self.offset = first_line
        self.number = number
        self.named = named
        self.is_alone = n_cards == 1
        self.structure = forms.Structure()
        self.link: str | None = None
        self.title: str | None = None
        self.token: str | None = None
        self.newsletter: str | None = None
        self.other: dict[str, str | None] = {}
        self.summary: list[str] = []
        self.rows: dict[str, Columns] = {}
        self.uncut: list[Uncut] = []
        self.extra: list[Row] = []
        self.n_source: dict[str, int] = defaultdict(int)
        self.n_rows: dict[str, int] = defaultdict(int)
        self.sections: set[str] = set()
        self.has_title_line = False

    @property
    def has_content(self) -> bool:
        """Whether there is a title, a link or any section."""
        return bool(self.has_title_line or self.title or self.link or self.sections)

    @property
    def looks_like_a_card(self) -> bool:
        """Whether a file that is not named like a card is one all the same."""
        return bool(self.has_title_line or self.link or len(self.sections) >= 2)

    def rows_of(self, table: str) -> Columns:
        """The rows found of a table."""
        if table not in self.rows:
            self.rows[table] = Columns(row_schema(table).names)
        return self.rows[table]

    def add_extra(self, line: int, heading: str | None, column: str | None, value: str | None) -> None:
        """Keep a part of the card beside the tables."""
        row: Row = {"line": line + self.offset, "heading": heading, "column_name": column, "value": value}
        for name in ("heading", "column_name", "value"):
            if row[name]:
                row[name] = mask_credentials(row[name])
        self.extra.append(row)

    def extra_item(self, section: str, item: Item, heading: str, column: str | None) -> None:
        """Keep a list item beside the tables; a reject where it is too long even for that."""
        value = item.span.markdown or None
        if len(mask_credentials(value or "")) > MAX_SUMMARY:
            reason = f"The item has more than {MAX_SUMMARY:,} characters."
            self.add_reject(section, item.line, Code.FIELD_TOO_LONG, reason, item.span.markdown)
        else:
            self.add_extra(item.line, heading, column, value)

    def add_reject(
        self, section: str | None, line: int, code: Code, reason: str, raw: str, row_no: int | None = None
    ) -> None:
        """Add a reject of a row or a piece of text on a line of the card."""
        where = {"section": section, "line": line + self.offset, "row_no": row_no}
        self.rows_of("rejects").add(reject("row", code, reason, raw, **where))

    def raw_cell(self, section: str, row_no: int, line: int, column: str, span: Span) -> None:
        """Keep the Markdown of a cell that reads otherwise."""
        if span.text == span.markdown:
            return
        self.rows_of("raw_cells").add(
            {
                "row_no": row_no,
                "line": line + self.offset,
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
        link = self.link
        host = links.host(link) if link else None
        card: Row = {
            "card_id": card_id,
            "path": self.path,
            "line": self.offset,
            "article_hash": article_hash,
            "title": mask_credentials(self.title) if self.title else None,
            "issue_token": mask_credentials(self.token) if self.token is not None else None,
            "newsletter_url": mask_credentials(self.newsletter) if self.newsletter else None,
            "url": mask_credentials(link) if link else None,
            "category": self.other.get("category"),
            "type": self.other.get("type"),
            "summary": mask_credentials(summary) or None,
        }
        self._cap(card)
        card |= {
            "form": forms.form_of(self.structure),
            "article_key": links.article_key(link) if link else article_hash,
            "source_domain": links.source_domain(host) if host else None,
            "id_matches_link": links.link_hash(link) == article_hash if link else None,
            "article_date": links.article_date(link) if link else None,
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
        return CardRows(card_id, card, self.rows, self.n_source, self.uncut)

    def _cap(self, card: Row) -> None:
        """Set what is longer than its column allows to NULL, with a reject that says so."""
        for name, limit in max_lengths(Cards).items():
            value = card[name]
            if value is not None and len(value) > limit:
                card[name] = None
                reason = f"{name} has {len(value):,} characters; at most {limit:,} are kept."
                section = "other" if name in self.other else "cards"
                self.add_reject(section, 0, Code.FIELD_TOO_LONG, reason, value)

    def _card_id(self) -> str:
        if self.number == 1 and (self.is_alone or self.named is None):
            return self.named or md5(self.path)
        if self.link:
            return links.link_hash(self.link)
        return md5(f"{self.path}#{self.number}")
