"""Credentials in links: what must not be published.

Of a link every value is masked, unless its name is known to be harmless or it is a short plain word, and so
is whatever looks random. The host stays, and so does the path where no secret is known to be in it: the
article can be reached.
"""

import re
import tomllib
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, unquote

MASK = "***"

_WORDS = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
HARMLESS_PARAMETERS, CREDENTIAL_WORDS, PUBLIC_ID_HOSTS = (
    frozenset(_WORDS[name].split()) for name in ("harmless_parameters", "credential_words", "public_id_hosts")
)
SECRET_FOLDERS, READER_FOLDERS, NEWS_FOLDERS = (
    frozenset(_WORDS[name].split()) for name in ("secret_folders", "reader_folders", "news_folders")
)
_FOLDERS = SECRET_FOLDERS | READER_FOLDERS
SECRET_LINKS: dict[str, re.Pattern[str]] = {
    host: re.compile(begin, re.IGNORECASE) for host, begin in _WORDS["secret_links"].items()
}

MAX_NESTED = 8
"""Steps into a part of a link that is encoded or a link of its own, two for one that is both; what is deeper
is masked as a whole."""
MIN_RANDOM_VALUE, MIN_RANDOM_PATH = 20, 32
"""Characters from which what looks random is masked: in a parameter, and in a path, where articles have
ids."""
MIN_READER_SEGMENT = 12
"""The same one word behind a folder of what one reader gets by mail, as in /confirm/news/…."""
MAX_RUN = 3
"""Letters of a word, or digits, side by side in what is random, on average; two more in text of one case."""
MAX_SHORT, MAX_WORD, MAX_PLAIN, MAX_CAPITALS, MAX_DIGITS = 4, 15, 60, 4, 10
"""Characters of a value too short for a secret, of a word, of several, and capitals and digits in them."""
MAX_PASSWORD, MAX_IN_PASSWORD = 100, 5
"""Characters of a password where no scheme says that there may be one; how many @, or blanks, are in one."""
MAX_LABELS, MAX_SUFFIX = 5, 20
"""Labels of a host that are looked up, and characters of its last label with the dot."""

# A short word that others end in (compass, design) is a name only where it is not the end of a longer one.
_LONG_NAME = (
    r"(?:access[-_]?key|api[-_]?key|authorization|credentials?|jwt|passphrase|passwd|password|"
    r"private[-_]?key|secret(?:[-_]?key)?|sess(?:ion)?[-_]?(?:id|key)|signature|token)"
)
_SHORT_NAME = r"(?:auth|pass|pwd|session|sid|sig)"
_NAME = re.compile(
    rf"(?:.*{_LONG_NAME}|(?:.*[-_.\[])?{_SHORT_NAME})\]?",
    re.IGNORECASE | re.DOTALL,
)
# What stands behind a colon and a blank is prose, unless the name is quoted as in JSON.
_NAMED_VALUE = re.compile(
    rf"(?:{_LONG_NAME}|(?<![^\W_]){_SHORT_NAME})\]?(?:[\"']\s*[=:]\s*|[=:])[^\s+*]", re.IGNORECASE
)
"""The name of a credential with a value behind it, anywhere in a text."""

_OUTSIDE = (
    r"\s\"'<>|()\[\]{}\\`\u2018-\u201f\u2039\u203a\u00ab\u00bb\u3001\u3002\u3008-\u3011\uff08\uff09\uff0c"
)
_ESCAPED = r"\\[!#-&(-;=?@\[-_{}~]"
_INSIDE = (
    rf"(?:[^{_OUTSIDE}]|\([^{_OUTSIDE}]*\)|\[[^{_OUTSIDE}]*\]|\{{[^{_OUTSIDE}]*\}}|{_ESCAPED}|'(?=\w))*+"
)
"""What a link in a text goes on with: brackets in pairs, and what Markdown has escaped."""

_PORT = r"\d{0,5}(?:[/?#\\\s]|\Z)"
_SPACED_USER = (
    rf"(?:[^{_OUTSIDE}@:/?#]+:(?!{_PORT})[^{_OUTSIDE}@]+(?: +[^{_OUTSIDE}@]+){{1,{MAX_IN_PASSWORD}}}"
    r"@(?=[\w\[]))?+"
)
"""A sign-in name at the begin of a link whose password holds blanks."""

# Without a scheme, a colon and an @ may also be those of a mail address, a time or the version of a package.
_NO_USER = r"(?:(?i:acct|b?cc|contact|e-?mail|from|mail(?:to)?|reply-to|sips?|skype|to|xmpp)|\d+(?=:\d+@)):"
_SIGN_IN = (
    rf"(?:(?<![\w.+%~@:-])(?!{_NO_USER})[\w.+%~-]++:(?!{_PORT}|[/\\])[^{_OUTSIDE}@]{{1,{MAX_PASSWORD}}}@"
    rf"(?:[^{_OUTSIDE}@,;]{{1,{MAX_PASSWORD}}}@){{0,{MAX_IN_PASSWORD}}}"
    rf"|(?<![^\s\"'<(\[|=])//[^{_OUTSIDE}@/?#]{{1,{MAX_PASSWORD}}}@)"
    r"(?=(?:[\w-]++\.)++[^\W\d_]{2,}|localhost\b|(?:\d{1,3}\.){3}\d{1,3}\b|\[[\da-f:]+\]|[\w-]++(?:/|:\d{2,5}\b))"
)
"""A sign-in name before a host that no scheme stands before, up to the @."""

# Both may stand right behind the underscores of Markdown. The look ahead spares trying each part of a word
# that cannot be a token, which would take quadratic time.
_JWT = r"(?<![\w-])(?=[\w-]+\.+[\w-])(?P<before>(?:[\w-]*?[-_])?)eyJ[\w-]{8,}(?:\.[\w-]*){0,3}\.[\w-]+"
_LINKS = re.compile(
    rf"(?P<scheme>:[/\\]+)(?P<link>{_SPACED_USER}{_INSIDE})"
    rf"|(?P<token>{_JWT})"
    rf"|(?<![\w.@-])(?P<host>(?:[\w-]++\.)++[^\W\d_]{{2,}}(?::\d+)?(?=[/?#]){_INSIDE})"
    rf"|(?P<sign_in>{_SIGN_IN})"
    rf"|(?P<query>\\?[?&#;|](?:[^{_OUTSIDE}?&#;=]|\[[^{_OUTSIDE}?&#;=]*\]|(?!\\=){_ESCAPED})++\\?={_INSIDE})"
    rf"|(?P<encoded>%(?:25)*(?:3[Ff]|26|23|3[Bb]|3[Aa]%(?:25)*2[Ff]){_INSIDE})"
)
_KEY = re.compile(
    rf"{_JWT}|(?<![A-Za-z0-9])(?:(?:A3T|AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{{16}}|AIza[\w-]{{35}}|GOCSPX-[\w-]{{20,}}"
    r"|ya29\.[\w-]{20,}|gh[opsur]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|gl(?:pat|ptt|dt|rt)-[\w-]{20,}"
    r"|xox[a-z]-[\w-]{10,}|xapp-[\w-]{10,}|[prs]k_(?:live|test)_[A-Za-z0-9]{10,}|whsec_[A-Za-z0-9+/]{16,}"
    r"|sk-[\w-]{20,}|hf_[A-Za-z]{30,}|npm_[A-Za-z0-9]{36}|pypi-[\w-]{40,}|SG\.[\w-]{16,}\.[\w-]{16,}"
    r"|shp(?:at|ca|pa|ss)_[0-9A-Fa-f]{32}|do[opr]_v1_[0-9a-f]{64}|\d{8,10}:AA[\w-]{33})"
)
"""Keys that are known by how they begin."""

_WORD = r"(?:[a-z]++|[0-9]++[a-z]?|[A-Z][a-z]++)"
_PLAIN = rf"{_WORD}?+(?:[._-]{_WORD}?+)*+"
"""Words and numbers, set apart: what nearly all links are made of, and nothing that could be random."""

_USER_IN_VALUE = re.compile(rf":[/\\]+[^{_OUTSIDE}@/]+@|{_SIGN_IN}")

_PLAIN_PART = re.compile(_PLAIN)
_PLAIN_LINK = re.compile(
    rf"https?://([a-z0-9.-]+)(?:[/._-]{_WORD}?+)*+"
    rf"(?:[?&](?:utm_(?:campaign|medium|source)|id|p|q|ref)={_PLAIN})*+"
)

# A password may hold a slash; a colon with a number is a port, and brackets are around an address of IPv6.
_USER = re.compile(rf"[^/?#]*@|(?!\[)[^/?#:@]*:(?!{_PORT}).*@", re.DOTALL)
_HOST_OF_LIST = re.compile(r"[\w-]+(?:\.[\w-]+)+[,;&][^:]*\Z")
_AFTER_HOST = re.compile(r"[/?#\\;&]")
_SEPARATOR = re.compile(r"(\\?[?&;#|])")
_EQUALS = re.compile(r"\\?=|%(?:25)*3[Dd]")
_PARAMETERS = re.compile(r"[?&;#=]")
_ENCODED = re.compile(r"%(?:25)*(?:3[AaDd]|40)")
_END = ".,:!*_~"
"""What may stand behind a link in a sentence, or set it off in Markdown."""

_NAME_WORDS = re.compile(r"[A-Z]*[a-z]+|[A-Z]+")
_PIECES = re.compile(r"[-_.+,/:~ ]+")
_DURATION = re.compile(r"(?:\d{1,4}[dhms]){1,4}")
_NO_WORD = re.compile(
    rf"(?i:[bcdfghjklmnpqrstvwxz]{{6}})|[a-z]{{{MAX_WORD + 1}}}|[A-Z]{{{MAX_WORD + 1}}}", re.ASCII
)
_NUMBERED = re.compile(r"(?:[A-Z]?[a-z]{2,}|[A-Z]{2,})\d{1,5}")
_DAY = re.compile(r"(?:19|20)\d{6}")
_HEX_ID = re.compile(
    r"(?<![^\W_])(?:[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}|[0-9a-f]{6,40}|[0-9A-F]{6,40})(?![^\W_])"
)
_RUNS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|[0-9]+")
_ASCII = re.compile(r"[A-Za-z0-9]+")


def may_hold_credentials(text: str) -> bool:
    """Whether a text has what every link with credentials has; nearly no text of a card does."""
    return (
        "=" in text
        or "@" in text
        or _holds_address(text)
        or ("\\" in text and ":\\" in text)
        or _holds(text, "J", ("eyJ",), 2)
        or _holds(text, "%", ("%3", "%25"), 0)
    )


def _holds(text: str, rare: str, words: tuple[str, ...], offset: int) -> bool:
    """Whether a text holds one of some words, all of which have a rare character at an offset.

    One character is found a hundred times as fast as several.
    """
    position = text.find(rare)
    while position >= 0:
        # Where the word would begin before the text, what is compared is its end, which is too short.
        if text.startswith(words, position - offset):
            return True
        position = text.find(rare, position + 1)
    return False


def _holds_address(text: str) -> bool:
    """Whether a text holds `:/`, or a slash behind what ends like the name of a host."""
    position = text.find("/")
    while position >= 0:
        if text.startswith(":/", position - 1):
            return True
        dot = text.rfind(".", max(position - MAX_SUFFIX, 0), position)
        if 0 <= dot < position - 2 and text[dot + 1 : position].isalpha():
            return True
        position = text.find("/", position + 1)
    return False


def names_credential(name: str) -> bool:
    """Whether the value under a name is a credential by that name: a password, a token, a key."""
    return _NAME.fullmatch(name) is not None


def mask_credentials(text: str) -> str:
    """The text with the credentials of its links replaced by ***: sign-in names, tokens, keys, passwords."""
    plain = _PLAIN_LINK.fullmatch(text)
    if plain is not None and _FOLDERS.isdisjoint(text.lower().split("/")) and _secret_links(plain[1]) is None:
        return text
    if not may_hold_credentials(text):
        return text
    # What has been masked can read otherwise where links stand in one another: a mask must be the last word.
    for _ in range(MAX_NESTED):
        masked = _LINKS.sub(_masked, text)
        if masked == text:
            break
        text = masked
    return text


class _Place(NamedTuple):
    """Where a part of a link stands: in what has a host, on one with public ids, and how deep in others."""

    is_link: bool = True
    has_public_ids: bool = False
    depth: int = 0


_TEXT = _Place(is_link=False)


def _masked(found: re.Match[str]) -> str:
    """A link in a text, or what begins like a part of one, masked."""
    if found["token"]:
        return f"{found['before']}{MASK}"
    if found["query"]:
        return _masked_rest(found["query"], _TEXT)
    if found["encoded"]:
        return _masked_encoded(found["encoded"], _TEXT)
    if found["host"]:
        return _masked_address(found["host"])
    if found["sign_in"]:
        return f"{'//' * found['sign_in'].startswith('//')}{MASK}@"
    return f"{found['scheme']}{_masked_address(found['link'])}"


def _masked_address(link: str, depth: int = 0) -> str:
    """A link without its scheme, masked; its host stays."""
    user = _USER.match(link)
    if user is not None and not _HOST_OF_LIST.match(user[0]):
        link, begin = link[user.end() :], f"{MASK}@"
    else:
        begin = ""
    written = _AFTER_HOST.split(link, 1)[0]
    rest = link[len(written) :]
    begin += written
    host = written.lower().partition(":")[0].rstrip(_END)
    if (secret := _secret_links(host)) is not None and (found := secret.match(rest)) is not None:
        return f"{begin}{found[0]}{_mask(rest[found.end() :])}"
    return begin + _masked_rest(rest, _Place(True, _has_public_ids(host), depth))


def _masked_rest(text: str, place: _Place) -> str:
    """What follows the host of a link, masked: its path, and its parameters up to the end."""
    if (inner := text.find("://")) >= 0 and not _SEPARATOR.search(text, 0, inner):
        if place.depth == MAX_NESTED:
            return MASK
        before = _masked_path(text[:inner], place)
        return f"{before}://{_masked_address(text[inner + 3 :], place.depth + 1)}"
    path, *others = _SEPARATOR.split(text)
    written = [_masked_path(path, place)]
    is_masked = False
    for separator, part in zip(others[::2], others[1::2], strict=True):
        # What stands behind a semicolon or a question mark without a name is the rest of a value.
        is_rest = is_masked and separator[-1] in ";?" and not _EQUALS.search(part)
        masked = _mask(part) if is_rest else _masked_parameter(part, place)
        is_masked = MASK in masked
        written += separator, masked
    return "".join(written)


def _masked_path(path: str, place: _Place) -> str:
    """A path, those parts masked that are known to be secrets, or look random and are long."""
    if not place.is_link:
        return path
    segments = path.split("/")
    folders = ["", "", *map(str.lower, segments)]
    for number, segment in enumerate(segments[1:], 1):
        if _is_secret_in(folders[number - 1 : number + 2], segment, place):
            segments[number] = _mask(segment)
        elif not _PLAIN_PART.fullmatch(segment):
            segments[number] = _masked_segment(segment, place)
    return "/".join(segments)


def _is_secret_in(folders: list[str], segment: str, place: _Place) -> bool:
    """Whether a part of a path is a credential by the three folders that it stands in, the nearest last."""
    if _FOLDERS.isdisjoint(folders) or "://" in _decoded(segment):
        return False
    first, second, folder = folders
    if folder in READER_FOLDERS and second not in NEWS_FOLDERS:
        return not _is_named(segment, are_numbers_words=False)
    if folder in SECRET_FOLDERS:
        return not place.has_public_ids and not _is_named(segment, are_numbers_words=True)
    is_for_reader = second in READER_FOLDERS and first not in NEWS_FOLDERS and folder.isalpha()
    return is_for_reader and _is_mixed(segment, MIN_READER_SEGMENT)


def _masked_segment(segment: str, place: _Place) -> str:
    """A part of a path, masked."""
    name, equals, value = segment.partition("=")
    if equals and _is_credential(name, place):
        return f"{name}={_mask(value)}"
    if _ENCODED.search(segment):
        return _masked_encoded(segment, place)
    is_random = not place.has_public_ids and _looks_random(segment, MIN_RANDOM_PATH)
    return _mask(segment) if is_random or _KEY.search(segment) else segment


def _masked_parameter(part: str, place: _Place) -> str:
    """What stands between two separators of a link: a name with a value, masked, or one of the two."""
    equals = _EQUALS.search(part)
    if equals is None:
        is_secret = _holds_secret(part) or _looks_random(part, MIN_RANDOM_VALUE)
        return _mask(part) if place.is_link and is_secret else part
    name, value = _decoded(part[: equals.start()]).replace("\\", ""), part[equals.end() :]
    is_harmless = _is_harmless(name)
    if not is_harmless and _is_credential(name, place):
        masked = _mask(value)
    elif place.is_link:
        masked = _masked_value(value, is_harmless, place)
    else:
        masked = _mask(value) if _KEY.search(value) else value
    return part[: equals.end()] + masked


def _masked_value(value: str, is_harmless: bool, place: _Place) -> str:
    """The value of a parameter that names no credential, masked unless it is harmless."""
    if is_harmless and _PLAIN_PART.fullmatch(value):
        return value
    text = unquote(value)
    is_link = "://" in text or "%3a%2f" in text.lower()
    if is_link or ((is_harmless or text[:1] == "/") and _PARAMETERS.search(text)):
        masked = _masked_encoded(value, place)
        if is_link or not is_harmless or masked != value:
            return masked
    if is_harmless:
        is_secret = not place.has_public_ids and _looks_random(text, MIN_RANDOM_VALUE)
    else:
        is_secret = not _is_plain(text.rstrip(_END))
    return _mask(value) if is_secret or _holds_secret(value) else value


def _masked_encoded(text: str, place: _Place) -> str:
    """A part of a link that is percent-encoded, or not, and a link of its own, masked and encoded again."""
    if place.depth == MAX_NESTED:
        return _mask(text)
    decoded = unquote(text)
    is_encoded_again = _ENCODED.search(decoded) and not _PARAMETERS.search(decoded)
    mask = _masked_encoded if is_encoded_again else _masked_rest
    masked = mask(decoded, place._replace(depth=place.depth + 1))
    if masked == decoded:
        return text
    as_written = {*text, "*"} - {"%"}
    return "".join(one if one in as_written else quote(one, safe="") for one in masked)


def _mask(value: str) -> str:
    """The mask in the place of a value; what may stand behind it in a sentence stays."""
    secret = value.rstrip(_END)
    return f"{MASK}{value[len(secret) :]}" if secret else value


# What names, values and hosts are


@lru_cache(maxsize=10_000)
def _secret_links(host: str) -> re.Pattern[str] | None:
    """How links of a host begin that are secrets, None where none are known."""
    return next((SECRET_LINKS[one] for one in _with_parents(host) if one in SECRET_LINKS), None)


@lru_cache(maxsize=10_000)
def _has_public_ids(host: str) -> bool:
    return not PUBLIC_ID_HOSTS.isdisjoint(_with_parents(host))


def _with_parents(host: str) -> list[str]:
    """A host of at most `MAX_LABELS` labels below its suffix, and those above it."""
    labels = host.rsplit(".", MAX_LABELS)
    return [".".join(labels[number:]) for number in range(len(labels))]


def _decoded(name: str) -> str:
    """A name without what is percent-encoded in it, however often."""
    for _ in range(MAX_NESTED):
        if "%" not in name:
            break
        name = unquote(name)
    return name


def _is_credential(name: str, place: _Place) -> bool:
    """Whether a name is that of a credential; in a link one word of it is enough."""
    words = map(str.lower, _NAME_WORDS.findall(name))
    return names_credential(name) or (place.is_link and not CREDENTIAL_WORDS.isdisjoint(words))


def _holds_secret(text: str) -> bool:
    """Whether a part of a link holds a known key, a credential with its name, or a sign-in name."""
    text = _decoded(text)
    patterns = (_KEY, _NAMED_VALUE, _USER_IN_VALUE) if "@" in text else (_KEY, _NAMED_VALUE)
    return any(one.search(text) for one in patterns)


def _is_harmless(name: str) -> bool:
    return name in HARMLESS_PARAMETERS or name.lower() in HARMLESS_PARAMETERS


def _is_plain(text: str) -> bool:
    """Whether a text is a short plain word, some of them, a short number, or too short for a secret."""
    if len(text) <= MAX_SHORT or _DURATION.fullmatch(text):
        return True
    if len(text) > MAX_PLAIN or _NO_WORD.search(text):
        return False
    if sum(map(str.isupper, text)) > MAX_CAPITALS or sum(map(str.isdigit, text)) > MAX_DIGITS:
        return False
    pieces = [piece for piece in _PIECES.split(text) if piece]
    return all(piece.isdigit() or _is_word(piece) for piece in pieces)


def _is_word(text: str) -> bool:
    """Whether a text may be a word: of letters, of which the first alone may be a capital."""
    is_word = text.isalpha() and len(text) <= MAX_WORD
    return is_word and (text[1:] == text[1:].lower() or len(text) <= MAX_SHORT)


def _is_named(segment: str, *, are_numbers_words: bool) -> bool:
    """Whether two thirds of a part of a path are words, as in the name of an article or a file."""
    text = unquote(segment).strip(_END)
    if len(text) <= MAX_SHORT:
        return True
    is_plain = _is_word_or_number if are_numbers_words else _is_word_or_day
    pieces = _PIECES.split(text)
    return 3 * sum(len(piece) for piece in pieces if is_plain(piece)) >= 2 * sum(map(len, pieces))


def _is_word_or_number(piece: str) -> bool:
    """Whether a text may be words, a number, or both, as in AnnualReport2024 or ERC20."""
    is_numbered = _NUMBERED.fullmatch(piece) is not None
    return (is_numbered or not _is_mixed(piece, 0)) and not _NO_WORD.search(piece)


def _is_word_or_day(piece: str) -> bool:
    """Whether a text may be a word, the number of a year or so, or a date."""
    if piece.isdigit():
        return len(piece) <= MAX_SHORT or _DAY.fullmatch(piece) is not None
    return _is_word(piece) and not _NO_WORD.search(piece)


def _looks_random(text: str, least: int) -> bool:
    """Whether a text of at least so many characters is of mixed ones for the most part, but no id in hex."""
    return len(text) >= least and _is_mixed(_HEX_ID.sub("-", unquote(text)), least)


def _is_mixed(text: str, least: int) -> bool:
    """Whether what is neither words nor numbers in a text is more than two thirds of so many characters."""
    n_mixed = 0
    for piece in _ASCII.findall(text):
        n_runs = len(_RUNS.findall(piece))
        is_of_one_case = piece in (piece.lower(), piece.upper())
        if n_runs > 1 and len(piece) < (MAX_RUN + 2 * is_of_one_case) * n_runs:
            n_mixed += len(piece)
    return 3 * n_mixed > 2 * least
