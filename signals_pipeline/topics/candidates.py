"""Pairs of topics that may be one: for a person to review, never merged by the pipeline.

Every way of looking equal is a key under which topics are collected, so the work grows with the number of
topics and not with its square. Two topics are reported once, with the strongest reason.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from itertools import combinations
from typing import NamedTuple

from signals_pipeline.topics.plurals import singular
from signals_pipeline.topics.words import WORDS

REASONS: dict[str, str] = {
    "same letters": "equal once blanks, hyphens and punctuation are out (data center, datacenter)",
    "spelling": "British and American spelling of the same words (organisation, organization)",
    "accents": "equal once accents are off (métaverse, metaverse)",
    "same words": "the same words in another order or number, small words aside (ethics of ai, ai ethics)",
    "initials": "one is made of the initials of the other (vsm, viable system model)",
    "one edit": "one letter more, less, other or swapped in one long word (geoengineering, geoengeneering)",
}
"""Every reason a candidate can have, strongest first, and what it says."""

_SHORTEST_FOR_EDIT = 8
# A longer one is a sentence, and costs its length squared.
_LONGEST_FOR_EDIT = 80
_SHORTEST_EDITED_WORD = 5
_SHORTEST_INITIALS = 3
_LONGEST_INITIALS = 6
_MOST_EXPANSIONS = 3
# A larger family of names that differ in one letter is a numbering or a template, not a slip of the pen.
_LARGEST_FAMILY = 40
# Each long topic has as many shorter texts as letters: those of more topics are looked at in parts.
_TOPICS_AT_ONCE = 25_000

_SMALL_WORDS = WORDS.small_words | {"from"}
_NOT_LETTERS = re.compile(r"[^\w+#]|_")
_BETWEEN_WORDS = re.compile(r"[ \-/&]+")
# British ending or stem -> American one, in words long enough to have both spellings.
_SPELLINGS = [(re.compile(british), american) for british, american in WORDS.spellings.items()]


class Candidate(NamedTuple):
    """Two topics of one kind that may mean the same; topic_a sorts first."""

    kind: str
    topic_a: str
    topic_b: str
    reason: str
    """Why they look equal: a key of REASONS."""
    n_cards_a: int
    n_cards_b: int


_Counts = dict[str, int]
_Pairs = Iterator[tuple[str, str]]


def alias_candidates(topics: Iterable[tuple[str, str, int]]) -> list[Candidate]:
    """Near-equal topics among (kind, topic, number of cards), those on the most cards first.

    Where several topics share a key, each is paired with the one on the most cards only: that is the name a
    person would keep.
    """
    by_kind: dict[str, _Counts] = defaultdict(dict)
    for kind, topic, n_cards in topics:
        by_kind[kind][topic] = max(n_cards, by_kind[kind].get(topic, 0))
    found = [candidate for kind, counts in by_kind.items() for candidate in _of_one_kind(kind, counts)]
    return sorted(found, key=lambda c: (-(c.n_cards_a + c.n_cards_b), c.kind, c.topic_a, c.topic_b))


def _of_one_kind(kind: str, counts: _Counts) -> Iterator[Candidate]:
    ways: tuple[tuple[str, _Pairs], ...] = (
        ("same letters", _equal_by(_letters, counts)),
        ("spelling", _equal_by(_american, counts)),
        ("accents", _equal_by(_without_accents, counts)),
        ("same words", _equal_by(_bag_of_words, counts)),
        ("initials", _acronyms(counts)),
        ("one edit", _edits(counts)),
    )
    seen: set[tuple[str, str]] = set()
    for reason, pairs in ways:
        for pair in pairs:
            a, b = sorted(pair)
            if (a, b) not in seen:
                seen.add((a, b))
                yield Candidate(kind, a, b, reason, counts[a], counts[b])


def _by_weight(topics: Iterable[str], counts: _Counts) -> list[str]:
    return sorted(topics, key=lambda topic: (-counts[topic], topic))


def _equal_by(key_of: Callable[[str], str], counts: _Counts) -> _Pairs:
    """Each topic with the weightiest other one that has its key; an empty key is none."""
    blocks: dict[str, list[str]] = defaultdict(list)
    for topic in counts:
        if key := key_of(topic):
            blocks[key].append(topic)
    for block in blocks.values():
        if len(block) > 1:
            main, *others = _by_weight(block, counts)
            for other in others:
                yield main, other


def _letters(topic: str) -> str:
    letters = _NOT_LETTERS.sub("", topic)
    return letters if len(letters) > 1 else ""


def _american(topic: str) -> str:
    return " ".join(map(_american_word, topic.split()))


@lru_cache(maxsize=1 << 16)
def _american_word(word: str) -> str:
    for british, american in _SPELLINGS:
        word = british.sub(american, word)
    return word


def _without_accents(topic: str) -> str:
    if topic.isascii():
        return topic
    decomposed = unicodedata.normalize("NFD", topic)
    return unicodedata.normalize("NFC", "".join(c for c in decomposed if unicodedata.category(c) != "Mn"))


def _bag_of_words(topic: str) -> str:
    words = [singular(word) for word in _BETWEEN_WORDS.split(topic) if word and word not in _SMALL_WORDS]
    return " ".join(sorted(words)) if len(words) > 1 else ""


def _acronyms(counts: _Counts) -> _Pairs:
    """Short topics that are no word, each with the weightiest topics whose initials they are.

    Two letters fit too many names to be worth a person's time.
    """
    expansions: dict[str, set[str]] = defaultdict(set)
    for topic in counts:
        words = [word for word in _BETWEEN_WORDS.split(topic) if word]
        main = [word for word in words if word not in _SMALL_WORDS]
        for chosen in (words, main):
            if _SHORTEST_INITIALS <= len(chosen) <= _LONGEST_INITIALS:
                expansions["".join(word[0] for word in chosen)].add(topic)
    for topic in counts:
        if topic in expansions and not _is_word(topic):
            for expansion in _by_weight(expansions[topic], counts)[:_MOST_EXPANSIONS]:
                yield topic, expansion


def _edits(counts: _Counts) -> _Pairs:
    """Long topics that one edit turns into each other, unless the edit is likely to change the meaning."""
    long_topics = [topic for topic in counts if _SHORTEST_FOR_EDIT <= len(topic) <= _LONGEST_FOR_EDIT]
    n_parts = 1 + len(long_topics) // _TOPICS_AT_ONCE
    for part in range(n_parts):
        families: dict[str, list[str]] = defaultdict(list)
        for topic in long_topics:
            # Two texts one edit apart share a text that each becomes by losing at most one character.
            for shorter in {topic, *(topic[:i] + topic[i + 1 :] for i in range(len(topic)))}:
                if hash(shorter) % n_parts == part:
                    families[shorter].append(topic)
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
