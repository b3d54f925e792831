"""What a link says: whether it is that of the card's id, the article it leads to, its domain and a date."""

import hashlib
import re
import string
import tomllib
from collections.abc import Iterator
from datetime import date
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from signals_pipeline.core.credentials import MASK, mask_credentials, names_credential

if TYPE_CHECKING:
    from tldextract import TLDExtract

_WORDS = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
TRACKING_PARAMETERS, HOSTING_PLATFORMS = (
    frozenset(_WORDS[name].split()) for name in ("tracking_parameters", "hosting_platforms")
)
SHARING_PARAMETERS = {
    place: frozenset(names.split()) for place, names in _WORDS["sharing_parameters"].items()
}
HOST_ALIASES: dict[str, str] = _WORDS["host_aliases"]

_ADDRESS = re.compile(r"https?://\S+", re.IGNORECASE)
_BYTES = re.compile(r"b(['\"]).*\1", re.DOTALL)
_ESCAPE = re.compile(rb"\\(?:x([89a-f][0-9a-f])|(['\\]))")
_VISIBLE = string.digits + string.ascii_letters + string.punctuation
_VIDEO = re.compile(r"youtube\.com/(?:embed|live|shorts|v)/([\w-]+)")
_PLAIN_HOST = re.compile(r"https?://([a-z0-9.-]+)(?:[/?#]|\Z)")
_NO_HOST = re.compile(r"[\s()<>\"']")
_ARTICLE_DATE = re.compile(r"(?<!\d)(20\d\d)[/-]?(0[1-9]|1[0-2])(?:[/-]?(0[1-9]|[12]\d|3[01]))?(?!\d)")


def is_address(text: str) -> bool:
    """Whether a text is the address of a page, and nothing else."""
    return _ADDRESS.fullmatch(text) is not None


def link_hash(link: str) -> str:
    """The id of a link as the card's author computes it: the MD5 of how Python writes its bytes, `b'…'`."""
    return md5(str(link.encode()))


def md5(text: str) -> str:
    """The MD5 of a text, hexadecimal."""
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def address(written: str) -> str:
    """The address in what stands between the parentheses of a link, without a title behind it."""
    text = written.strip()
    if text.endswith(("'", '"')) and (title := re.search(rf"\s{text[-1]}", text[:-1])):
        text = text[: title.start()].rstrip()
    return text[1:-1] if text.startswith("<") and text.endswith(">") else text


def unescaped(text: str) -> str:
    """The link that Python wrote so as bytes; any other text as it is."""
    if _BYTES.fullmatch(text):
        text = text[2:-1]
    if "\\" not in text:
        return text
    try:
        link = _ESCAPE.sub(_escaped_byte, text.encode()).decode()
    except UnicodeDecodeError:
        return text
    # An escape brings in no character that a file may not hold.
    return link if link.isprintable() else text


def _escaped_byte(escape: re.Match[bytes]) -> bytes:
    return bytes.fromhex(escape[1].decode()) if escape[1] else escape[2]


def proven(written: str, article_hash: str) -> str | None:
    """The link that has the id `article_hash` and may have been written so; None where there is none."""
    # Nearly all links stand as they are.
    if link_hash(written) == article_hash:
        return written
    for text in dict.fromkeys(filter(None, _readings(written))):
        for link in dict.fromkeys((unescaped(text), text)):
            # A card made by hand may have the id of the characters instead of that of the bytes.
            if article_hash in map(md5, dict.fromkeys((str(link.encode()), f"b'{link}'"))):
                return link
    return None


def _readings(written: str) -> Iterator[str]:
    """What may be meant by what stands between the parentheses of a link, the most likely first."""
    likely = address(written)
    yield from (likely, written.strip(), written)
    if "(" in written or ")" in written:
        # Either the link was cut at a closing parenthesis before it got its id, or only in the card.
        yield from (written.partition(")")[0], f"{likely})")
    parts = likely.split()
    if len(parts) > 1:
        yield parts[0]
        yield from (blank.join(parts) for blank in ("", "%20", "+"))
    yield likely.replace("%20", " ")


def article_key(link: str) -> str:
    """The article that a link leads to: one key for all links that differ only in how they lead there.

    They may differ in scheme, `www.`, another name of the host, a slash at the end, parameters that track or
    are credentials, and a fragment unless it is a route such as `#/about`. Credentials are masked; where that
    hides what is read, the MD5 of the whole key follows.
    """
    text = address(link)
    if "(" in text and text.count("(") == text.count(")") + 1:
        # The link was cut before the parenthesis at its end.
        text = f"{text})"
    if (" " in text or not text.isascii()) and "://" in text:
        text = quote(text, safe=_VISIBLE)
    text, _, fragment = text.partition("#")
    head, _, query = text.partition("?")
    scheme, separator, rest = head.partition("://")
    place = ""
    if separator:
        site, _, path = rest.partition("/")
        _, at, name = site.lower().rpartition("@")
        begin = f"{MASK}@" if at else ""
        place = f"{_site(name)}/{path.rstrip('/')}"
        if place.startswith("youtube.com/") and (video := _VIDEO.fullmatch(place)):
            place, query = "youtube.com/watch", f"v={video[1]}&{query}"
        scheme = scheme.lower()
        head = f"{'https' if scheme == 'http' else scheme}://{begin}{place}"
    key = _with_query(head, query, place) if query else head
    if fragment.startswith(("/", "!")):
        route, _, query = fragment.partition("?")
        route = _with_query(route.rstrip("/"), query, place)
        key = f"{key}#{route}" if route.strip("!") else key
    masked = mask_credentials(key)
    return key if masked == key else f"{masked} {md5(key)}"


@lru_cache(maxsize=100_000)
def _site(host: str) -> str:
    """The one name of a host with several, and perhaps the folder that its pages stand in there."""
    name = host.removeprefix("www.").removesuffix(":80").removesuffix(":443").replace(".m.", ".")
    return HOST_ALIASES.get(name, name)


def _with_query(head: str, query: str, place: str) -> str:
    """A part of a link, and those of its parameters that say what is read."""
    sharing = SHARING_PARAMETERS.get(place) or SHARING_PARAMETERS.get(place.partition("/")[0], frozenset())
    parts = [part for part in query.split("&") if part and not _is_tracking(part, sharing)]
    kept = map(_without_credential, parts)
    return f"{head}?{'&'.join(kept)}" if parts else head


def _is_tracking(parameter: str, sharing: frozenset[str]) -> bool:
    name = parameter.partition("=")[0].lower()
    return name.startswith(("utm_", "_x_tr_")) or name in TRACKING_PARAMETERS or name in sharing


def _without_credential(parameter: str) -> str:
    """A parameter, masked where its name is that of a credential: it lets a reader in to the same article."""
    name, equals, _ = parameter.partition("=")
    return f"{name}={MASK}" if equals and names_credential(name) else parameter


def host(link: str) -> str | None:
    """The host of a link, lower case and without port; None where there is none."""
    # urlsplit takes ten times as long, and nearly all links are plain.
    if (plain := _PLAIN_HOST.match(link)) is not None:
        return plain[1].strip(".") or None
    try:
        found = (urlsplit(link).hostname or "").strip(".")
    except ValueError:
        return None
    return found if found and not _NO_HOST.search(found) else None


@cache
def _extract() -> "TLDExtract":
    from tldextract import TLDExtract

    return TLDExtract(suffix_list_urls=(), cache_dir=None)


@lru_cache(maxsize=100_000)
def source_domain(host: str) -> str:
    """The registered domain of a host by its one name, with the subdomain on hosting platforms."""
    bare = _site(host).partition("/")[0]
    found = _extract()(bare)
    registered = found.top_domain_under_public_suffix.removeprefix("www.")
    if not registered:
        if found.suffix or found.ipv4 or found.ipv6:
            return bare
        # An unknown suffix is one label, as the public suffix list says of all that it does not name.
        registered = ".".join(bare.split(".")[-2:])
    return bare if registered in HOSTING_PLATFORMS else registered


def article_date(link: str) -> date | None:
    """The date in a link's path, the first of the month where it names no day; None without one."""
    path = link.partition("?")[0].partition("#")[0]
    if "20" not in path:
        return None
    for year, month, day in _ARTICLE_DATE.findall(path):
        try:
            return date(int(year), int(month), int(day or 1))
        except ValueError:
            continue
    return None
