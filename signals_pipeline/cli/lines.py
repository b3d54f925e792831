"""Texts of strangers as lines of a terminal of 80 columns."""

import textwrap

WIDTH = 80
_INDENT = "    "


def harmless(text: str) -> str:
    """A text of strangers in its lines, with a blank for each letter that a terminal would obey or hide."""
    return "".join(letter if letter.isprintable() or letter == "\n" else " " for letter in text)


def plain(text: str) -> str:
    """The same on one line."""
    return " ".join(harmless(text).split())


def wrapped(text: str, most: int) -> list[str]:
    """A text of strangers in at most so many indented lines; an ellipsis stands for the rest of it."""
    return textwrap.wrap(
        plain(text),
        WIDTH,
        initial_indent=_INDENT,
        subsequent_indent=_INDENT,
        max_lines=most,
        placeholder=" …",
    )


def indented(text: str) -> str:
    """A text of strangers that is not broken up, such as a path to copy, on a line of its own."""
    return f"{_INDENT}{plain(text)}"
