"""Links that lead to another one: those of caches, archives, translations, shorteners, trackers of mail."""

import re
import tomllib
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

from signals_pipeline.parsed.reader.links import host

_WORDS = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
TARGET_PARAMETERS, BLIND_HOSTS = (
    frozenset(_WORDS[name].split()) for name in ("target_parameters", "blind_hosts")
)
MAX_WRAPPERS = 5
"""Wrappers that a link may have, one in the other, before it is taken for one that leads nowhere."""

_MAX_LABELS = max(name.count(".") for name in BLIND_HOSTS) + 1

_PARTS = re.compile(
    r"[a-z][a-z0-9+.-]*://[^/?#]*(?P<rest>(?P<path>[^?#]*)(?:\?(?P<query>[^#]*))?.*)",
    re.IGNORECASE | re.DOTALL,
)
_IN_PATH = re.compile(
    r"[/_:=](?P<address>https?(?P<colon>:|%3A)(?P<slash>/|%2F).+)", re.IGNORECASE | re.DOTALL
)
_ADDRESS = re.compile(r"(?:cache:(?:[\w-]+:)?)?(?:https?:/+)+(?P<rest>.+)", re.IGNORECASE)
_REDIRECT = re.compile(
    r"/(?:redir(?:ect(?:or)?)?(?:\.\w+)?[/?]|(?:track|ls|wf|lt|e)/click(?:[/?]|\Z))", re.IGNORECASE
)
"""What the path of a link looks like that leads on, on any host; a question mark begins the query."""

_TRANSLATED = ".translate.goog"


class _Links(NamedTuple):
    """Links that some hosts have: what follows the host in them, and the link that they hold, if they do."""

    host: re.Pattern[str]
    rest: re.Pattern[str]
    target: str = ""


def _links(name: str) -> list[_Links]:
    flags = re.IGNORECASE | re.DOTALL
    return [
        _Links(re.compile(one["host"]), re.compile(one["rest"], flags), one.get("target", ""))
        for one in _WORDS[name]
    ]


_BLIND, _WRAPPERS = _links("blind"), _links("wrapper")


class _Host(NamedTuple):
    """What is known of a host: whether all of its links are blind, else which; which of them hold another."""

    is_blind: bool
    blind: list[_Links]
    wrappers: list[_Links]
    is_translated: bool


_ANY_HOST = _Host(is_blind=False, blind=[], wrappers=[], is_translated=False)


def target(link: str) -> str | None:
    """The link of what is read: the link itself, or the one that it wraps.

    None where the link does not say, as that of a shortener or a tracker.
    """
    if link.startswith(("//", "www.")):
        link = f"https://{link.lstrip('/')}"
    for _ in range(MAX_WRAPPERS + 1):
        name = host(link)
        if name is None:
            return link
        known = _known(name)
        if known is _ANY_HOST and not _may_lead_on(link):
            return link
        parts = _PARTS.match(link)
        if parts is None:
            return link
        wrapped = next(filter(None, map(_address, _wrapped(name, known, parts))), None)
        if wrapped is None:
            return None if _is_blind(known, parts) else link
        link = wrapped
    return None


def _may_lead_on(link: str) -> bool:
    """Whether a link may hold another or be blind, whatever its host; nearly all do not look like it."""
    text = link.lower()
    return text.find("http", 1) > 0 or "/redir" in text or "/click" in text


@lru_cache(maxsize=100_000)
def _known(name: str) -> _Host:
    labels = name.split(".")[-_MAX_LABELS:]
    known = _Host(
        is_blind=any(".".join(labels[first:]) in BLIND_HOSTS for first in range(len(labels))),
        blind=[one for one in _BLIND if one.host.fullmatch(name)],
        wrappers=[one for one in _WRAPPERS if one.host.fullmatch(name)],
        is_translated=name.endswith(_TRANSLATED),
    )
    return _ANY_HOST if known == _ANY_HOST else known


def _is_blind(known: _Host, parts: re.Match[str]) -> bool:
    if known.is_blind or any(one.rest.match(parts["rest"]) for one in known.blind):
        return True
    path = parts["path"] if parts["query"] is None else f"{parts['path']}?"
    return _REDIRECT.search(path) is not None


def _wrapped(name: str, known: _Host, parts: re.Match[str]) -> Iterator[str]:
    """What may be the link that another one wraps, the surest first."""
    rest = parts["rest"]
    for one in known.wrappers:
        if found := one.rest.fullmatch(rest):
            yield f"https://{found.expand(one.target)}"
    if known.is_translated:
        # A hyphen of the host is written as two, a full stop as one.
        written = name.removesuffix(_TRANSLATED)
        yield f"https://{written.replace('-', '.').replace('..', '-')}{rest}"
    yield from _in_path(parts)
    yield from _in_query(parts["query"] or "")


def _in_path(parts: re.Match[str]) -> Iterator[str]:
    found = _IN_PATH.search(parts["path"])
    if found is None:
        return
    if found["slash"] != "/":
        # What is escaped is one segment of the path.
        yield _unescaped(found["address"].partition("/")[0])
    else:
        behind = parts["rest"][found.start("address") :]
        yield behind if found["colon"] == ":" else _unescaped(behind)


def _in_query(query: str) -> Iterator[str]:
    if query.lower().startswith("http"):
        yield query
    for parameter in query.split("&"):
        name, _, value = parameter.partition("=")
        if name.lower() in TARGET_PARAMETERS:
            yield _unescaped(value)


def _unescaped(text: str) -> str:
    """A text with its percent escapes resolved, once."""
    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError:
        return unquote(text, "latin-1")


def _address(text: str) -> str | None:
    """A text as a link, where it is an address of http or https that may stand in a table."""
    found = _ADDRESS.fullmatch(text) if text.isprintable() else None
    address = f"https://{found['rest']}" if found else None
    return address if address and host(address) else None
