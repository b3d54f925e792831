"""The prose of a page: what its sentences say, without tables, drawings and quotations of cards."""

import re
from html.parser import HTMLParser

_BLOCKS = {"p", "li", "h1", "h2", "h3", "figcaption", "summary"}
_NO_PROSE = {"table", "svg", "script", "style", "code", "small", "nav", "head", "form", "select"}
_VOID = {"br", "link", "meta", "input", "img", "hr"}


class Prose(HTMLParser):
    """The blocks of text of a page, each with its kind; what it quotes stands as ‹…›, a path as nothing."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.blocks: list[tuple[str, str]] = []
        self._parts: list[str] = []
        self._kind = ""
        self._open: list[tuple[str, str]] = []
        self.feed(text)
        self.close()
        self._flush("")

    def handle_starttag(self, tag, attrs):
        if tag in _VOID:
            return
        found = dict(attrs)
        quotes = tag == "bdi" or found.get("dir") == "auto"
        skips = tag in _NO_PROSE or found.get("class") in ("place", "host", "turn", "kicker")
        # The numbers of the overview are a list of terms; each is one block.
        in_terms = tag == "div" and self._open and self._open[-1][0] == "dl"
        if tag in _BLOCKS or in_terms:
            self._flush("term" if in_terms else tag)
        if tag in ("dt", "dd"):
            self._parts.append(" ")
        if quotes and not self._inside("quotes", "skips"):
            self._parts.append("‹")
        self._open.append((tag, "skips" if skips else "quotes" if quotes else ""))

    def handle_endtag(self, tag):
        while self._open:
            name, what = self._open.pop()
            if what == "quotes" and not self._inside("quotes", "skips"):
                self._parts.append("›")
            if name == tag:
                break
        if tag in _BLOCKS:
            self._flush("")

    def handle_data(self, data):
        if not self._inside("skips"):
            self._parts.append(quoted(data) if self._inside("quotes") else data)

    def _inside(self, *what: str) -> bool:
        return any(one in what for _, one in self._open)

    def _flush(self, kind: str) -> None:
        text = plain("".join(self._parts))
        if text:
            self.blocks.append((self._kind, text))
        self._parts, self._kind = [], kind


def quoted(text: str) -> str:
    """A text without the marks that a quotation stands in."""
    return re.sub("[‹›“”]", "", text)


def plain(text: str) -> str:
    """A text with single blanks and the minus of a keyboard."""
    return re.sub(r"\s+", " ", text).strip().replace("\u2212", "-")
