"""What makes the texts of strangers harmless on a page: visible control characters, and links that are links.

Escaping itself is Jinja's: every template escapes whatever is not `Markup`, and `visible` runs before it.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

from markupsafe import Markup

# Control characters but tab and line feed, those that turn the direction of writing, and two that XML lacks.
_HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufffe\uffff]")
_NOT_IN_A_LINK = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029\\]")
_HOST = re.compile(r"[a-z0-9_.-]+|[0-9a-f:.]+")


def visible(value: object) -> object:
    """The value as a page shows it: nothing for None, escapes for control and direction characters."""
    if value is None:
        return ""
    if isinstance(value, str) and not isinstance(value, Markup) and _HIDDEN.search(value):
        return _HIDDEN.sub(_escape, value)
    return value


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


@dataclass(frozen=True, slots=True)
class Link:
    """A link that may be followed, and the host that it leads to."""

    href: str
    host: str


@lru_cache(maxsize=10_000)
def link(url: str | None) -> Link | None:
    """The link, where it is one of http or https to a host; None for anything else."""
    if not url or _NOT_IN_A_LINK.search(url):
        return None
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").encode("idna").decode("ascii")
        # Looking at the port raises where it is no number.
        _ = parts.port
    except (ValueError, UnicodeError):
        return None
    if parts.scheme not in ("http", "https") or not _HOST.fullmatch(host):
        return None
    return Link(url, host)


def clipped(text: str | None, limit: int) -> str | None:
    """The text, cut where it is longer than a page should hold."""
    return text if text is None or len(text) <= limit else f"{text[:limit].rstrip()} …"
