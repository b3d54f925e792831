"""Names under which a web server on this machine is asked for."""

import ipaddress
import re

OWN_NAMES = ("localhost", "127.0.0.1", "[::1]")
"""The names that lead to this machine and to no other, in any browser."""

_AUTHORITY = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?)(?::([0-9]{1,5}))?")


def name_and_port(authority: str) -> tuple[str, int | None] | None:
    """The host name and the port of `name:port`, the port None where none is written; None for anything else.

    The name is in lower case, without the dot of a full name at its end; an IPv6 address is in brackets and
    in its shortest form.
    """
    found = _AUTHORITY.fullmatch(authority.lower())
    if not found:
        return None
    name, port = found[1].removesuffix("."), int(found[2]) if found[2] else None
    if not name.startswith("["):
        return name, port
    try:
        return f"[{ipaddress.IPv6Address(name[1:-1])}]", port
    except ValueError:
        return None


def host_names(text: str) -> tuple[str, ...]:
    """The host names in a list with commas; `ValueError`, which says how one is written, for what is none."""
    names = []
    for one in text.split(","):
        match name_and_port(one.strip()):
            case (name, None):
                names.append(name)
            case _:
                raise ValueError("no list of host names; write it as signals.example.org,10.0.0.5")
    return tuple(names)
