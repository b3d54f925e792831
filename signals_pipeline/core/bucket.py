"""Addresses of buckets of object storage, as a person writes them; nothing here reaches one."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Self

_LIKE_AN_ADDRESS = re.compile(r"\s*(?:[a-z][\w+.-]+:/|(?:s3|gs):)", re.IGNORECASE)

_ADDRESS = re.compile(r"s3://([a-z0-9][a-z0-9.-]+)((?:/[^/@?#\\]+)*)/*")
"""An address of objects in a bucket. What may hold a key to it, such as `user:password@`, is none."""

KEYS_FROM = (
    "Keys are read from the environment, such as AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and not from "
    "an address."
)
"""Where what opens a bucket comes from, as messages say it."""


def is_like_an_address(text: str) -> bool:
    """Whether a text is an address or a mistyped one, which must not be shown: it may hold a password."""
    return _LIKE_AN_ADDRESS.match(text) is not None


@dataclass(frozen=True, slots=True)
class Bucket:
    """The objects of a bucket whose keys begin with a path, which ends in a slash or is empty."""

    name: str
    prefix: str

    @classmethod
    def at(cls, address: str) -> Self:
        """The objects at `s3://bucket/path`; `ValueError` where that is no such address."""
        found = _ADDRESS.fullmatch(address)
        if found is None or not address.isprintable():
            raise ValueError
        path = found[2].removeprefix("/")
        return cls(found[1], f"{path}/" if path else "")

    def __str__(self) -> str:
        """The address, in one form."""
        return f"s3://{self.name}/{self.prefix}".rstrip("/")

    def holds(self, address: str) -> bool:
        """Whether another address is in this one."""
        return f"{address.rstrip('/')}/".startswith(f"{self}/")


RawDir = Path | Bucket
"""Where the cards lie: a folder, or a bucket."""
