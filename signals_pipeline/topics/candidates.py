"""Pairs of names that look like one: for a person to review, never merged by the pipeline.

Every way of looking equal is a key under which names are collected, so the work grows with the number of
names and not with its square. Two names are found once, with the strongest reason.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import combinations

from signals_pipeline.topics.plurals import singular
from signals_pipeline.topics.words import WORDS

MEANING, CONTAINS, STEM = "meaning", "contains", "stem"

REASONS: dict[str, str] = {
    "same letters": "equal once blanks, hyphens and punctuation are out (data center, datacenter)",
    "spelling": "British and American spelling of the same words (organisation, organization)",
    "accents": "equal once accents are off (métaverse, metaverse)",
    "same words": "the same words in another order or number, small words aside (ethics of ai, ai ethics)",
    "initials": "one is made of the initials of the other (vsm, viable system model)",
    "one edit": "one letter more, less, other or swapped in one long word (geoengineering, geoengeneering)",
    STEM: "the same words but for how they end (scam, scamming)",
    CONTAINS: "one begins or ends with the other, and adds little to it (the metaverse, metaverse)",
    MEANING: "near in meaning (climate change, global warming)",
}
"""Every reason for which two names can be proposed as one, strongest first, and what it says."""

_SHORTEST_FOR_EDIT = 8
# A longer one is a sentence, and costs its length squared.
_LONGEST_FOR_EDIT = 80
_SHORTEST_EDITED_WORD = 5
_SHORTEST_INITIALS = 3
_LONGEST_INITIALS = 6
_MOST_EXPANSIONS = 3
# A larger family of names that differ in one letter is a numbering or a template, not a slip of the pen.
_LARGEST_FAMILY = 40
# Each long name has as many shorter texts as letters: those of more names are looked at in parts.
_NAMES_AT_ONCE = 25_000

_SMALL_WORDS = WORDS.small_words | {"from"}
_ARTICLES = ("the", "a", "an")
_NOT_LETTERS = re.compile(r"[^\w+#]|_")
_BETWEEN_WORDS = re.compile(r"[ \-/&]+")
# British ending or stem -> American one, in words long enough to have both spellings.
_SPELLINGS = [(re.compile(british), american) for british, american in WORDS.spellings.items()]
_ENDING = re.compile(rf"(?<=\w{{4}})(?:{'|'.join(WORDS.endings)})$")
_DOUBLED = re.compile(r"([^aeiou])\1$")

_Counts = Mapping[str, int]
_Pairs = Iterator[tuple[str, str]]


def look_alikes(counts: Mapping[str, int]) -> dict[tuple[str, str], str]:
    """Pairs of names that look like one, each in the order of the alphabet, with the strongest reason.

    The names come with their numbers of cards. Where several of them share a key, each is paired with the one
    on the most cards only: that is the name a person would keep.
    """
    ways: tuple[tuple[str, _Pairs], ...] = (
        ("same letters", _equal_by(_letters, counts)),
        ("spelling", _equal_by(_american, counts)),
        ("accents", _equal_by(_without_accents, counts)),
        ("same words", _equal_by(_bag_of_words, counts)),
        ("initials", _acronyms(counts)),
        ("one edit", _edits(counts)),
        (STEM, _equal_by(_bag_of_stems, counts)),
        (CONTAINS, _with_little_more(counts)),
    )
    found: dict[tuple[str, str], str] = {}
    for reason, pairs in ways:
        for pair in pairs:
            a, b = sorted(pair)
            found.setdefault((a, b), reason)
    return found


def reason_in_words(reason: str) -> str:
    """What a reason says, without its example."""
    return REASONS[reason].partition(" (")[0]


def added(one: str, other: str) -> list[str]:
    """The words that the longer of two names has before or behind the shorter one; none in other cases."""
    shorter, longer = sorted((_words(one), _words(other)), key=len)
    n = len(shorter)
    if longer[:n] == shorter:
        return longer[n:]
    return longer[: len(longer) - n] if n and longer[-n:] == shorter else []


def names_a_body(words: Iterable[str]) -> bool:
    """Whether words that are added to a name make it that of a body that deals with what the name says."""
    return not WORDS.bodies.isdisjoint(words)


def _words(name: str) -> list[str]:
    return [word for word in _BETWEEN_WORDS.split(name) if word]


def _by_weight(names: Iterable[str], counts: _Counts) -> list[str]:
    return sorted(names, key=lambda name: (-counts[name], name))


def _equal_by(key_of: Callable[[str], str], counts: _Counts) -> _Pairs:
    """Each name with the weightiest other one that has its key; an empty key is none."""
    blocks: dict[str, list[str]] = defaultdict(list)
    for name in counts:
        if key := key_of(name):
            blocks[key].append(name)
    for block in blocks.values():
        if len(block) > 1:
            main, *others = _by_weight(block, counts)
            for other in others:
                yield main, other


def _letters(name: str) -> str:
    letters = _NOT_LETTERS.sub("", name)
    return letters if len(letters) > 1 else ""


def _american(name: str) -> str:
    return " ".join(map(_american_word, name.split()))


@lru_cache(maxsize=1 << 16)
def _american_word(word: str) -> str:
    for british, american in _SPELLINGS:
        word = british.sub(american, word)
    return word


def _without_accents(name: str) -> str:
    if name.isascii():
        return name
    decomposed = unicodedata.normalize("NFD", name)
    return unicodedata.normalize("NFC", "".join(c for c in decomposed if unicodedata.category(c) != "Mn"))


def _bag_of_words(name: str) -> str:
    words = [singular(word) for word in _words(name) if word not in _SMALL_WORDS]
    return " ".join(sorted(words)) if len(words) > 1 else ""


def _bag_of_stems(name: str) -> str:
    return " ".join(sorted(map(_stem, _words(name))))


@lru_cache(maxsize=1 << 16)
def _stem(word: str) -> str:
    """A word without how it ends as a noun, a verb or an adjective: scam for scam, scams and scamming."""
    return _DOUBLED.sub(r"\1", _ENDING.sub("", singular(word)))


def _with_little_more(counts: _Counts) -> _Pairs:
    """Names that are another one with an article before it, or with a vague word behind it."""
    for name in counts:
        first, _, after = name.partition(" ")
        before, _, last = name.rpartition(" ")
        shorter = after if first in _ARTICLES else before if last in WORDS.vague_words else ""
        if shorter in counts:
            yield name, shorter


def _acronyms(counts: _Counts) -> _Pairs:
    """Short names that are no word, each with the weightiest names whose initials they are.

    Two letters fit too many names to be worth a person's time.
    """
    expansions: dict[str, set[str]] = defaultdict(set)
    for name in counts:
        words = _words(name)
        main = [word for word in words if word not in _SMALL_WORDS]
        for chosen in (words, main):
            if _SHORTEST_INITIALS <= len(chosen) <= _LONGEST_INITIALS:
                expansions["".join(word[0] for word in chosen)].add(name)
    for name in counts:
        if name in expansions and not _is_word(name):
            for expansion in _by_weight(expansions[name], counts)[:_MOST_EXPANSIONS]:
                yield name, expansion


def _edits(counts: _Counts) -> _Pairs:
    """Long names that one edit turns into each other, unless the edit is likely to change the meaning."""
    long_names = [name for name in counts if _SHORTEST_FOR_EDIT <= len(name) <= _LONGEST_FOR_EDIT]
    n_parts = 1 + len(long_names) // _NAMES_AT_ONCE
    for part in range(n_parts):
        families: dict[str, list[str]] = defaultdict(list)
        for name in long_names:
            # Two texts one edit apart share a text that each becomes by losing at most one character.
            for shorter in {name, *(name[:i] + name[i + 1 :] for i in range(len(name)))}:
                if hash(shorter) % n_parts == part:
                    families[shorter].append(name)
        for family in families.values():
            if 1 < len(family) <= _LARGEST_FAMILY:
                for a, b in combinations(family, 2):
                    if _is_slip(a, b):
                        yield a, b


def _is_slip(a: str, b: str) -> bool:
    """Whether one edit in one long word, not at its start and not of a digit, may be a slip or a variant."""
    differing = [(x, y) for x, y in zip(a.split(), b.split(), strict=False) if x != y]
    # What differs in punctuation only is paired by its letters already.
    if len(differing) != 1 or a.count(" ") != b.count(" ") or _letters(a) == _letters(b):
        return False
    x, y = differing[0]
    if min(len(x), len(y)) < _SHORTEST_EDITED_WORD or x[0] != y[0] or not _is_one_edit(x, y):
        return False
    if [c for c in x if c.isdigit()] != [c for c in y if c.isdigit()]:
        return False
    # Two words of the dictionary are two words (policy, police), unless they are forms of one.
    return not (_is_word(x) and _is_word(y)) or _lemma(x) == _lemma(y)


def _is_one_edit(a: str, b: str) -> bool:
    """Whether one insertion, deletion, replacement or swap of neighbours turns one text into the other."""
    shorter, longer = sorted((a, b), key=len)
    start = next((i for i, (x, y) in enumerate(zip(shorter, longer, strict=False)) if x != y), len(shorter))
    if len(longer) - len(shorter) == 1:
        return shorter[start:] == longer[start + 1 :]
    if len(longer) != len(shorter) or a == b:
        return False
    swapped = shorter[start + 1 : start + 2] + shorter[start : start + 1] + shorter[start + 2 :]
    return shorter[start + 1 :] == longer[start + 1 :] or swapped == longer[start:]


@lru_cache(maxsize=1 << 16)
def _is_word(word: str) -> bool:
    import simplemma

    return simplemma.is_known(word, "en", low_memory=True)


@lru_cache(maxsize=1 << 16)
def _lemma(word: str) -> str:
    import simplemma

    return simplemma.lemmatize(word, "en", low_memory=True)
