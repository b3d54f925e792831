"""One written form for texts that differ only in how they were typed."""

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache

# Quotation marks, primes, accents typed as apostrophes, and the ʻokina: each becomes one of two characters.
_SINGLE_QUOTES = "‘’‚‛′‵‹›ʹʻʼʽˈ`´＇❛❜ꞌ"
_DOUBLE_QUOTES = "“”„‟″‶«»〝〞〟＂❝❞ʺ「」『』"
# Trade marks would become letters under NFKC ("OpenAI™" -> "openaitm"); the others are letters nobody sees.
_DROPPED = "™℠®©\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0"
_VARIATION_SELECTORS = (range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0), range(0x180B, 0x1810))
_DASHES_OUTSIDE_PD = "−⁃˗"
_BLANK_BRAILLE = "\u2800"
_FRACTION_SLASH = "⁄"

_BEFORE_NFKC: dict[int, str | None] = {
    **dict.fromkeys(map(ord, _SINGLE_QUOTES), "'"),
    **dict.fromkeys(map(ord, _DOUBLE_QUOTES), '"'),
    **dict.fromkeys(map(ord, _DROPPED)),
    **dict.fromkeys(code for selectors in _VARIATION_SELECTORS for code in selectors),
    **dict.fromkeys(map(ord, _DASHES_OUTSIDE_PD), "-"),
    ord(_BLANK_BRAILLE): " ",
    ord(_FRACTION_SLASH): "/",
}

_OUTER_PUNCTUATION = " ,;:!?¿¡•·|-"
_LONE_APOSTROPHE = re.compile(r"(?<![\w\u0300-\u036f])'|'(?!\w)")
_INITIALS_AT_END = re.compile(r"(?<![\w.])((?:[^\W\d_]\.){2,})\.*$")
_HYPHEN_BETWEEN_WORDS = re.compile(r"(?<=[^\W\d_]{2})-(?=[^\W\d_]{2})")

# Greek letters that science writes inside Latin words on purpose (TNFα, IFNγ, NFκB, μm) are left out.
_LOOKALIKES = frozenset("АВЕЅІЈКМНОРСТУХҮаеоѕіјкрсухһӏԁԛԝΑΒΕΖΗΙΚΜΝΟΡΤΥΧονριυϲϳ")
_LATIN_LETTER = re.compile(r"[A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff]")
_WORD = re.compile(r"[^\W_]+")


def fold(text: str) -> str:
    """The form under which texts are compared; empty where a text has nothing but punctuation.

    NFKC and casefold; format characters and variation selectors dropped; dashes, quotes and blanks made plain
    and squeezed; punctuation around the text stripped, except what belongs to a name (U.S., C++, C#, .NET).

    A hyphen between two words of at least two letters each becomes a blank. English writes a compound with a
    hyphen before a noun and with a blank elsewhere (an open-source tool is open source), so the hyphen tells
    where the words stood, not what they mean. Beside a digit or a single letter it is part of the name and
    stays (covid-19, gpt-4, e-commerce, x-ray).

    fold(fold(text)) == fold(text), and a text and its NFD give one result.
    """
    return _settled(text, _folded_once)


def tidy(text: str) -> str:
    """The text as fold sees it before case and hyphens are levelled: what acronyms are recognised in."""
    return _settled(text, _tidied_once)


def is_mixed_script(text: str) -> bool:
    """Whether one word of the text mixes Latin letters with Cyrillic or Greek ones that look Latin.

    Such a word reads like another one and is not equal to it (`АI` with a Cyrillic А). Words of different
    scripts side by side, also joined by a hyphen, are fine.
    """
    if text.isascii():
        return False
    decomposed = unicodedata.normalize("NFKD", text)
    letters = "".join(c for c in decomposed if unicodedata.category(c) not in {"Mn", "Cf"})
    return any(
        _LATIN_LETTER.search(word) and not _LOOKALIKES.isdisjoint(word) for word in _WORD.findall(letters)
    )


def _settled(text: str, step: Callable[[str], str]) -> str:
    """The text after as many steps as change it."""
    while (after := step(text)) != text:
        text = after
    return text


def _folded_once(text: str) -> str:
    return _HYPHEN_BETWEEN_WORDS.sub(" ", _tidied_once(text.casefold()))


def _tidied_once(text: str) -> str:
    if not (text.isascii() and text.isprintable()):
        text = "".join(map(_plain_character, text.translate(_BEFORE_NFKC)))
        text = unicodedata.normalize("NFKC", text)
    # A double quote never tells two topics apart, wherever it stands; an apostrophe only inside a word.
    text = text.replace('"', "").replace("`", "'")
    if "'" in text:
        text = _LONE_APOSTROPHE.sub("", text)
    return _without_outer_punctuation(" ".join(text.split()))


@lru_cache(maxsize=4096)
def _plain_character(character: str) -> str:
    """The character made plain: one kind of dash, one kind of blank, nothing for what is invisible."""
    if character.isspace():
        return " "
    category = unicodedata.category(character)
    if category == "Pd":
        return "-"
    return "" if category in {"Cf", "Cc", "Cs"} else character


def _without_outer_punctuation(text: str) -> str:
    """The text without punctuation around it; the minus of a number and the last dot of U.S. stay."""
    inner = text.lstrip(_OUTER_PUNCTUATION)
    if inner[:1].isdigit() and text[: -len(inner)].endswith("-"):
        inner = "-" + inner
    inner = inner.rstrip(_OUTER_PUNCTUATION)
    if inner.endswith("."):
        initials = _INITIALS_AT_END.search(inner)
        inner = inner[: initials.end(1)] if initials else inner.rstrip(".")
    return inner
