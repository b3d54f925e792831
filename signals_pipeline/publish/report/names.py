"""File names and anchors: of dates and hashes, and of topics a few harmless letters of their name."""

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping

_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_SHORTEST = 12
_LONGEST_NAME = 60
_READABLE = re.compile(r"[a-z0-9][a-z0-9 '&.,:()/-]*")
# Windows opens no file that is called so, whatever stands behind the dot; and what ends like a hash is one.
_RESERVED = re.compile(r"con|prn|aux|nul|com\d|lpt\d|(.*-)?[0-9a-f]{12,}")


def topic_stems(topics: Mapping[str, str]) -> dict[str, str]:
    """A file name for each topic of one kind, from its id and name: `heat-pump`.

    Names that would share one, are long, or hold other characters than those of plain English get one with
    the first hex digits of the id, as many as tell all topics apart.
    """
    hashed = _shortened({topic_id: topic_id for topic_id in topics})
    plain = {topic_id: _plain(name) for topic_id, name in topics.items()}
    n_topics = Counter(plain.values())
    return {
        topic_id: stem if stem and n_topics[stem] == 1 else f"{stem}-{hashed[topic_id]}".lstrip("-")
        for topic_id, stem in plain.items()
    }


def _plain(name: str) -> str:
    """The words of a name with hyphens between them; nothing where these would not tell what it is called."""
    folded = "".join(c for c in unicodedata.normalize("NFKD", name.lower()) if not unicodedata.combining(c))
    stem = "-".join(re.findall(r"[a-z0-9]+", folded)) if _READABLE.fullmatch(folded) else ""
    return "" if len(stem) > _LONGEST_NAME or _RESERVED.fullmatch(stem) else stem


def issue_stems(issue_keys: Iterable[str]) -> dict[str, str]:
    """A file name for each newsletter issue: its date, or else a hash of its key."""
    keys = list(issue_keys)
    dated = {key: key for key in keys if _DAY.fullmatch(key)}
    hashed = _shortened({key: _hash(key) for key in keys if key not in dated})
    return dated | {key: f"undated-{stem}" for key, stem in hashed.items()}


def card_anchors(card_ids: Iterable[str]) -> dict[str, str]:
    """An anchor for each card: a hash of its id."""
    return {key: f"c-{stem}" for key, stem in _shortened({key: _hash(key) for key in card_ids}).items()}


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _shortened(hashes: dict[str, str]) -> dict[str, str]:
    length = _SHORTEST
    while len({digest[:length] for digest in hashes.values()}) < len(hashes):
        length += 1
    return {key: digest[:length] for key, digest in hashes.items()}
