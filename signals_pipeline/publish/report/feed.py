"""The feed of what was told lately, in the form of Atom (RFC 4287)."""

from uuid import UUID
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from signals_pipeline import __version__
from signals_pipeline.publish.report.issues import issue_title
from signals_pipeline.publish.report.reading import Book, Row
from signals_pipeline.publish.report.safe import visible

FEED = "feed.xml"
CHANGES = "changes.html"

_ATOM = "http://www.w3.org/2005/Atom"

_ENTRIES = """
SELECT *, TRY_CAST(issue_key AS DATE) AS issue_date
FROM feed_entry
ORDER BY told_at DESC, change_kind, issue_key DESC, topic, change_id
"""


def feed(book: Book, base_url: str, installation: UUID) -> bytes:
    """The feed as a file: an entry for each row of `feed_entry`, the newest first.

    Links begin with `base_url`; without one they lead beside the feed, and its id is the `installation`.
    """
    entries = book.rows(_ENTRIES)
    updated = max([row["told_at"] for row in entries], default=book.about["built_at"])
    root = Element("feed", {"xmlns": _ATOM, "xml:lang": "en"})
    _texts(
        root,
        id=f"{base_url}{FEED}" if base_url else installation.urn,
        title="Signals: what is new",
        updated=f"{updated.isoformat()}Z",
    )
    if base_url:
        SubElement(root, "link", rel="self", type="application/atom+xml", href=f"{base_url}{FEED}")
    SubElement(root, "link", rel="alternate", type="text/html", href=f"{base_url}{CHANGES}")
    SubElement(root, "generator", version=__version__).text = "signals_pipeline"
    _texts(SubElement(root, "author"), name="signals_pipeline")
    for row in entries:
        entry = SubElement(root, "entry")
        _texts(
            entry,
            id=UUID(row["change_id"]).urn,
            title=_title(row),
            updated=f"{row['told_at'].isoformat()}Z",
            summary=row["sentence"],
        )
        SubElement(entry, "link", rel="alternate", type="text/html", href=f"{base_url}{_page(book, row)}")
        SubElement(entry, "category", term=row["change_kind"])
    indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{tostring(root, encoding="unicode")}\n'.encode()


def _texts(element: Element, **texts: str) -> None:
    """Add elements that hold texts alone, in which every character is one of XML."""
    for name, text in texts.items():
        SubElement(element, name).text = str(visible(text))


def _title(row: Row) -> str:
    if row["topic"] is not None:
        return f"“{row['topic']}” is {row['after']}"
    return issue_title(row)


def _page(book: Book, row: Row) -> str:
    """The page of the topic or newsletter issue, as its address is now; the changes where it has none."""
    if row["topic_id"] is not None:
        return book.topic_pages.get(row["topic_id"], CHANGES)
    return book.issue_pages.get(row["issue_key"], CHANGES)
