"""A newsletter issue as its author wrote it: its motto, and the links of its articles.

The id of a card is made of its link, so that a draft says in which newsletter issue a card stands.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import dropwhile, takewhile

from signals_pipeline.core.credentials import mask_credentials
from signals_pipeline.core.rejects import Code
from signals_pipeline.core.schema import max_lengths
from signals_pipeline.parsed.columns import Row
from signals_pipeline.parsed.models import MAX_SUMMARY, DraftLinks
from signals_pipeline.parsed.reader.card import reject
from signals_pipeline.parsed.reader.links import link_hash
from signals_pipeline.parsed.reader.markdown import Link, Passage, links_in, passages, text_of
from signals_pipeline.parsed.sections import MAX_NAME

FOLDER = "drafts"
"""The folder of drafts, in any case of letters; those of long ago may lie in a folder below it."""

AROUND = 200
"""Characters of the text before and behind a link that are kept."""

_TOKEN = re.compile(r"(?<!\d)(?:\d{8}(?!\d)(?:[A-Za-z](?![A-Za-z]))?|\d{4}-\d{2}-\d{2}(?!\d))")
_WEB = ("http://", "https://")
_MAY_LINK = re.compile(r"\]\(|<")
_PICTURE_END = re.compile(r"\]\([^()\s]*\)")
"""What is left of a picture with a link around it where an empty line cuts the two, as drafts have them."""


@dataclass(slots=True)
class DraftRows:
    """One draft: its row, the rows of its links, and rejects for what is too long."""

    draft: Row
    links: list[Row] = field(default_factory=list)
    rejects: list[Row] = field(default_factory=list)


def is_draft(path: str) -> bool:
    """Whether a file that is not named like a card is a draft, by the folder that it lies in."""
    return FOLDER in path.casefold().split("/")[:-1]


def issue_token(path: str) -> str | None:
    """The newsletter issue in the name of a draft: eight digits and perhaps a letter, or an ISO date."""
    match = _TOKEN.search(path.rpartition("/")[2])
    return match[0] if match else None


def read_draft(path: str, text: str) -> DraftRows:
    """A draft, from its path relative to the raw folder and its text with LF line ends.

    Links that lead to no page of the web, such as those to a footnote, are left out.
    """
    found = list(passages(text))
    motto = mask_credentials("\n\n".join(_motto(found))) or None
    rows = DraftRows({"path": path, "issue_token": issue_token(path), "motto": motto})
    if motto is not None and len(motto) > MAX_SUMMARY:
        rows.draft["motto"] = None
        rows.rejects.append(_too_long(path, "drafts", "motto", 1, motto))
    position = 0
    leads: dict[int, str | None] = {}
    for passage in found:
        own = _lead(passage.markdown)
        if passage.items:
            leads.setdefault(passage.items[-1], own)
        lead = own or next(filter(None, (leads.get(item) for item in reversed(passage.items))), None)
        where = {"path": path, "heading": _heading(passage.heading), "lead": _one_line(lead or "") or None}
        for row in _links(passage):
            position += 1
            _add(rows, where | row | {"position": position})
    return rows


def _motto(found: Iterable[Passage]) -> list[str]:
    """The paragraphs that stand above all else but a title, quoted or in italics."""
    below_title = dropwhile(lambda one: one.level == 1, found)
    return [text_of(one.markdown) for one in takewhile(_is_of_motto, below_title)]


def _is_of_motto(passage: Passage) -> bool:
    if passage.items or passage.level:
        return False
    written = passage.markdown
    is_italic = written[:1] in ("*", "_") and written[-1:] == written[0] != written[1:2]
    return passage.is_quoted or is_italic


@lru_cache(maxsize=1)
def _heading(written: str | None) -> str | None:
    """A heading as a table holds it; many passages in a row have the same."""
    return _one_line(text_of(written))[:MAX_NAME] or None if written else None


def _lead(markdown: str) -> str | None:
    """The words in bold that a text begins with, without the colon or the dash that sets them off."""
    mark = markdown[:2]
    if mark not in ("**", "__"):
        return None
    words, closing, _ = markdown[2:].partition(mark)
    lead = text_of(words).strip().rstrip(":\uff1a-\u2013\u2014").strip()
    is_one = closing and not words.startswith(mark[0]) and len(lead) <= MAX_NAME
    return lead if is_one and lead else None


def _links(passage: Passage) -> Iterator[Row]:
    """The links of a passage to pages of the web, each with the text up to the links beside it."""
    if not _MAY_LINK.search(passage.markdown):
        return
    rest = _PICTURE_END.match(passage.markdown)
    text, found = links_in(passage.markdown[rest.end() :] if rest else passage.markdown)
    links = [link for link in found if link.address.casefold().startswith(_WEB)]
    begins = [0, *(link.end for link in links)]
    ends = [*(link.start for link in links[1:]), len(text)]
    for link, begin, end in zip(links, begins, ends, strict=False):
        words = _one_line(text[link.start : link.end])
        before, behind = (mask_credentials(one) for one in (text[begin : link.start], text[link.end : end]))
        yield {
            "link": mask_credentials(link.address),
            "words": words or None,
            "around": _one_line(f"{before[-AROUND:]}{words}{behind[:AROUND]}") or None,
            "line": passage.line + link.line + 1,
            "article_hash": _card_id_of(link),
        }


def _one_line(text: str) -> str:
    """A text with blanks for its line ends, credentials masked."""
    return " ".join(mask_credentials(text).split())


def _card_id_of(link: Link) -> str:
    """The id of the card of a link: the author's pattern ends a link at the first `)`."""
    return link_hash(link.address.partition(")")[0])


def _add(rows: DraftRows, row: Row) -> None:
    """Add the row of a link; a reject where a text is too long for it."""
    for name, limit in max_lengths(DraftLinks).items():
        value = row[name]
        if value is not None and len(value) > limit:
            rows.rejects.append(_too_long(row["path"], "draft_links", name, row["line"], value))
            return
    rows.links.append(row | {"has_card": False})


def _too_long(path: str, section: str, name: str, line: int, value: str) -> Row:
    reason = f"{name} has {len(value):,} characters, too many to be one."
    return reject("row", Code.FIELD_TOO_LONG, reason, value, path=path, section=section, line=line)
