"""Text as the tokens that the encoder was trained with: WordPiece, without capitals and accents.

The method is that of BERT (Devlin and others 2019, arXiv:1810.04805), as its `uncased` models read text:
words and signs apart, and each word in the longest pieces from the left that the vocabulary has.

vocabulary.txt is that of sentence-transformers/all-MiniLM-L6-v2 as it was published, under Apache-2.0.
"""

import unicodedata
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

BEGIN, END = "[CLS]", "[SEP]"
UNKNOWN = "[UNK]"
MAX_WORD = 100
"""A longer word is one unknown token."""

_INSIDE = "##"
_BLANK = "\t\n\r"
_OTHER = ("Cc", "Cf", "Co", "Cs")
_IDEOGRAPHS = (
    (0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0x20000, 0x2A6DF), (0x2A700, 0x2B73F), (0x2B740, 0x2B81F),
    (0x2B820, 0x2CEAF), (0xF900, 0xFAFF), (0x2F800, 0x2FA1F),
)  # fmt: skip
"""Characters that are words by themselves."""


@cache
def vocabulary() -> dict[str, int]:
    """The number of each token."""
    text = files(__package__).joinpath("vocabulary.txt").read_text("utf-8")
    return {token: number for number, token in enumerate(text.split("\n")[:-1])}


def token_numbers(text: str, limit: int) -> list[int]:
    """The numbers of a text's tokens, between those of begin and end: at most `limit` with them."""
    known = vocabulary()
    tokens = [BEGIN, *(piece for word in _words(text) for piece in _pieces(word))][: limit - 1]
    return [known[token] for token in (*tokens, END)]


def _words(text: str) -> list[str]:
    """The words and signs of a text, in lower case and without accents."""
    spaced = "".join(_cleaned(text))
    plain = "".join(
        one for one in unicodedata.normalize("NFD", spaced) if unicodedata.category(one) != "Mn"
    )  # fmt: skip
    return "".join(f" {one} " if _is_sign(one) else one for one in plain.lower()).split()


def _cleaned(text: str) -> Iterator[str]:
    for one in text:
        if one in _BLANK or unicodedata.category(one) == "Zs":
            yield " "
        elif any(first <= ord(one) <= last for first, last in _IDEOGRAPHS):
            yield f" {one} "
        elif one not in "\0\N{REPLACEMENT CHARACTER}" and unicodedata.category(one) not in _OTHER:
            yield one


def _is_sign(character: str) -> bool:
    is_ascii_sign = character.isascii() and character.isprintable() and not character.isalnum()
    return (is_ascii_sign and character != " ") or unicodedata.category(character).startswith("P")


@cache
def _pieces(word: str) -> tuple[str, ...]:
    known = vocabulary()
    if len(word) > MAX_WORD:
        return (UNKNOWN,)
    pieces: list[str] = []
    start = 0
    while start < len(word):
        before = _INSIDE if start else ""
        end = next((end for end in range(len(word), start, -1) if before + word[start:end] in known), None)
        if end is None:
            return (UNKNOWN,)
        pieces.append(before + word[start:end])
        start = end
    return tuple(pieces)
