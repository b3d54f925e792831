"""Tables and lists of many cards cut at once in Arrow's memory: most of reading is Python's objects of cells.

What stands in a section waits for that of others as long as it only needs to be cut at line ends and pipes:
`parsed.direct` leaves it uncut. What turns out not to be as plain as it looked is told by its position.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
import pyarrow
import pyarrow.compute as pc

from signals_pipeline.core.schema import columns, max_lengths
from signals_pipeline.parsed.models import TABLES
from signals_pipeline.parsed.reader.plain import begins_paragraph
from signals_pipeline.parsed.sections import LIST_SECTIONS, RELEVANCIES

Numbers = np.ndarray[Any, np.dtype[np.integer[Any]]]
Flags = np.ndarray[Any, np.dtype[np.bool_]]
Values: TypeAlias = "pyarrow.Array[Any]"

_PIPE, _LINE_FEED, _BULLET, _SPACE = b"|\n* "

_BLANKS = "".join(character for character in map(chr, range(0x3001)) if character.isspace())
"""What `str.strip` strips; U+3000 is the last of them."""

_RELEVANCIES = pyarrow.array(["|", *map(str, RELEVANCIES)])
"""Each at the position that is its value; no cell is a pipe."""


# Not frozen: it would take three times as long to make one.
@dataclass(slots=True)
class Uncut:
    """The rows of a plain table without its header and delimiter row, or a plain list, as they are written.

    `names` are its columns, `line` is the file's line, from 1, that the first row stands on, and `n_rows` how
    many lines there seem to be. It neither begins nor ends with a line end.
    """

    section: str
    names: tuple[str, ...]
    body: str
    line: int
    n_rows: int


@dataclass(frozen=True, slots=True)
class Cut:
    """The columns of some tables or lists, one below the other; `n_rows` says how many rows each has.

    Those that are not plain must be read otherwise: what is there of them means nothing.
    """

    n_rows: Numbers
    columns: dict[str, Values]
    is_plain: Flags


class _Bodies:
    """What was left uncut, in one piece of memory."""

    def __init__(self, uncut: Sequence[Uncut]) -> None:
        self.n_rows = np.array([one.n_rows for one in uncut])
        self.body_of = np.repeat(np.arange(len(uncut)), self.n_rows)
        """For each row, the body that it is of."""
        bodies = pyarrow.array([one.body for one in uncut], pyarrow.string())
        self.data = bodies.buffers()[2] or pyarrow.py_buffer(b"")
        self.characters = np.frombuffer(memoryview(self.data), np.uint8)
        lengths = pc.binary_length(bodies).to_numpy()
        self.ends = np.cumsum(lengths)
        self.begins = self.ends - lengths
        self.is_first = np.diff(self.body_of, prepend=-1) > 0
        self.is_last = np.diff(self.body_of, append=len(uncut)) > 0
        """Whether a row is the first, or the last one, of its body."""
        self.is_line_feed = self.characters == _LINE_FEED

    def texts(self, begins: Numbers, around: str) -> pyarrow.StringArray:
        """The text from each place up to the next one, without the characters that are cut off around it."""
        offsets: Any = np.append(begins, len(self.characters)).astype(np.int32)
        text = pyarrow.StringArray.from_buffers(len(begins), pyarrow.py_buffer(offsets), self.data)
        return pc.utf8_trim(text, around)

    def are_plain(self, is_wrong_row: Flags) -> Flags:
        """Of each body, whether none of its rows is wrong."""
        are_plain = np.ones(len(self.n_rows), bool)
        are_plain[self.body_of[is_wrong_row]] = False
        return are_plain

    def n_in_each(self, places: Numbers) -> Numbers:
        """How many of some places, in order, are in each body."""
        return np.diff(np.searchsorted(places, self.ends), prepend=0)


def cut(uncut: Sequence[Uncut]) -> Cut:
    """Cut tables of one section with the same columns, or lists of one section, into their rows.

    A blank cell of a table is NULL. A table is not plain where it has not as many lines as it seemed, where
    a row has not as many cells as there are columns, or where one of them does not fit its column; a list,
    where a line is more or less than a bullet, a blank and a paragraph.
    """
    if uncut[0].section in LIST_SECTIONS:
        return _cut_lists(uncut)
    names = uncut[0].names
    bodies = _Bodies(uncut)
    n_rows = bodies.n_rows
    pipes = np.flatnonzero(bodies.characters == _PIPE)
    is_wrong = bodies.n_in_each(pipes) != (len(names) + 1) * n_rows
    n_line_feeds = np.maximum(n_rows - 1, 0)
    # None has fewer than it seemed, so that the sum tells whether one has more.
    if np.count_nonzero(bodies.is_line_feed) != n_line_feeds.sum():
        is_wrong |= bodies.n_in_each(np.flatnonzero(bodies.is_line_feed)) != n_line_feeds
    if is_wrong.any():
        pairs = zip(uncut, is_wrong, strict=True)
        others = cut([replace(one, body="", n_rows=0) if wrong else one for one, wrong in pairs])
        return replace(others, is_plain=others.is_plain & ~is_wrong)
    edges = pipes.reshape(-1, len(names) + 1)
    # Behind the last pipe of a row there is a line feed and the next row, or the end of the table.
    next_row = edges[:, -1] + np.where(bodies.is_last, 1, 2)
    begins = np.where(bodies.is_first, bodies.begins[bodies.body_of], np.roll(next_row, 1))
    is_wrong_row = edges[:, 0] != begins
    is_wrong_row |= bodies.is_last & (next_row != bodies.ends[bodies.body_of])
    is_inner = ~bodies.is_last
    is_wrong_row[is_inner] |= ~bodies.is_line_feed[next_row[is_inner] - 1]
    texts = bodies.texts(pipes, "|" + _BLANKS)
    lengths = pc.binary_length(texts).to_numpy().reshape(edges.shape)[:, :-1]
    found: dict[str, Values] = {}
    for position, name in enumerate(names):
        column = texts.take(np.arange(position, len(texts), len(names) + 1))
        if name == "relevancy":
            found[name] = pc.index_in(column, _RELEVANCIES)
            is_wrong_row |= found[name].is_null().to_numpy(zero_copy_only=False)
        elif lengths[:, position].all():
            found[name] = column
        else:
            found[name] = pc.if_else(pyarrow.array(lengths[:, position] == 0), None, column)
    is_wrong_row |= _do_not_fit(uncut[0].section, names, lengths)
    return Cut(n_rows, found, bodies.are_plain(is_wrong_row))


def _cut_lists(uncut: Sequence[Uncut]) -> Cut:
    bodies = _Bodies(uncut)
    begins = np.empty(len(bodies.body_of), np.int64)
    begins[bodies.is_first] = bodies.begins
    begins[~bodies.is_first] = np.flatnonzero(bodies.is_line_feed) + 1
    texts = bodies.texts(begins, "*" + _BLANKS)
    lengths = pc.binary_length(texts).to_numpy()
    ends = np.append(begins[1:], len(bodies.characters)) - ~bodies.is_last
    # A bullet, a blank and the text are all that there is.
    is_wrong_row = ends - begins != lengths + 2
    is_wrong_row |= bodies.characters[begins] != _BULLET
    is_wrong_row |= bodies.characters[np.minimum(begins + 1, len(bodies.characters) - 1)] != _SPACE
    begins_with_letter = pc.utf8_is_alpha(pc.utf8_slice_codeunits(texts, 0, 1))
    for row in np.flatnonzero(~begins_with_letter.to_numpy(zero_copy_only=False)).tolist():
        text = texts[row].as_py()
        is_wrong_row[row] |= len(text) < 2 or not begins_paragraph(text)
    is_wrong_row |= _do_not_fit(uncut[0].section, uncut[0].names, lengths[:, np.newaxis])
    ones = pyarrow.array(np.ones(len(texts), np.int32))
    return Cut(bodies.n_rows, {"raw_text": texts, "n_source_items": ones}, bodies.are_plain(is_wrong_row))


def _do_not_fit(section: str, names: Sequence[str], lengths: Numbers) -> Flags:
    """Whether a row has nothing at all, lacks what it must have, or has a text that may be too long.

    The longest text is known in characters, and there are no more of them than there are bytes.
    """
    model = TABLES[section]
    is_wrong: Flags = (lengths == 0).all(axis=1)
    limits = max_lengths(model)
    for one in columns(model):
        if one.name in names:
            length = lengths[:, names.index(one.name)]
            if not one.nullable:
                is_wrong |= length == 0
            if one.name in limits:
                is_wrong |= length > limits[one.name]
    return is_wrong
