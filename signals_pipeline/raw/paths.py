r"""Paths as text that a database, a page and a terminal can hold, and back.

A file name on Linux is any bytes. What is not printable UTF-8 is shown as ``\xNN``, and so is the backslash,
so that every name has one text and every text one name.
"""

import re

_ESCAPE = re.compile(rb"\\x([0-9a-f]{2})")


def show(path: bytes) -> str:
    """The text of a path."""
    shown = []
    for character in path.decode("utf-8", errors="surrogateescape"):
        if character.isprintable() and character != "\\":
            shown.append(character)
        else:
            shown += [f"\\x{byte:02x}" for byte in character.encode("utf-8", errors="surrogateescape")]
    return "".join(shown)


def unshow(text: str) -> bytes:
    """The path of a text that `show` made."""
    path = text.encode()
    return _ESCAPE.sub(lambda match: bytes.fromhex(match[1].decode()), path) if b"\\" in path else path
