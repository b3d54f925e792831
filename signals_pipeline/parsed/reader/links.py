"""What a link says: the article it leads to, its domain and a date."""

import hashlib
import re
import tomllib
from datetime import date
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from signals_pipeline.core.credentials import mask_credentials

if TYPE_CHECKING:
    from tldextract import TLDExtract

_WORDS = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
TRACKING_PARAMETERS, HOSTING_PLATFORMS = (
    frozenset(_WORDS[name].split()) for name in ("tracking_parameters", "hosting_platforms")
)

_ADDRESS = re.compile(r"https?://\S+", re.IGNORECASE)
_PLAIN_HOST = re.compile(r"https?://([a-z0-9.-]+)(?:[/?#]|\Z)")
_ARTICLE_DATE = re.compile(r"(?<!\d)(20\d\d)[/-]?(0[1-9]|1[0-2])(?:[/-]?(0[1-9]|[12]\d|3[01]))?(?!\d)")


def is_address(text: str) -> bool:
    """Whether a text is the address of a page, and nothing else."""
    return _ADDRESS.fullmatch(text) is not None


def link_hash(link: str) -> str:
    """The id of a link as the card's author computes it: the MD5 of `b'`, the link as written and `'`."""
    return hashlib.md5(f"b'{link}'".encode(), usedforsecurity=False).hexdigest()


def article_key(link: str) -> str:
    """The link in canonical form: lower-case scheme and host, without tracking parameters and fragment."""
    head, _, query = link.partition("#")[0].partition("?")
    scheme, separator, rest = head.partition("://")
    if separator:
        host, slash, path = rest.partition("/")
        head = f"{scheme.lower()}://{host.lower()}{slash}{path}"
    kept = [part for part in query.split("&") if part and not _is_tracking(part)]
    return mask_credentials(f"{head}?{'&'.join(kept)}" if kept else head)


def _is_tracking(parameter: str) -> bool:
    name = parameter.partition("=")[0].lower()
    return name.startswith("utm_") or name in TRACKING_PARAMETERS


def host(link: str) -> str | None:
    """The host of a link, lower case and without port; None where there is none."""
    # urlsplit takes ten times as long, and nearly all links are plain.
    if (plain := _PLAIN_HOST.match(link)) is not None:
        return plain[1].strip(".") or None
    try:
        return (urlsplit(link).hostname or "").strip(".") or None
    except ValueError:
        return None


@cache
def _extract() -> "TLDExtract":
    from tldextract import TLDExtract

    return TLDExtract(suffix_list_urls=(), cache_dir=None)


@lru_cache(maxsize=100_000)
def source_domain(host: str) -> str:
    """The registered domain of a host, with the subdomain on hosting platforms."""
    found = _extract()(host)
    bare = host.removeprefix("www.")
    registered = found.top_domain_under_public_suffix.removeprefix("www.")
    if registered:
        return bare if registered in HOSTING_PLATFORMS else registered
    if found.suffix or found.ipv4 or found.ipv6:
        return bare
    # An unknown suffix is one label, as the public suffix list says of all that it does not name.
    return ".".join(bare.split(".")[-2:])


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
