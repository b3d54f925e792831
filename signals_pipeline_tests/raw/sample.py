"""Small cards, and what the tables hold of them."""

import hashlib
import time
from pathlib import Path
from typing import Any

import pytest

from signals_pipeline.core.bucket import RawDir
from signals_pipeline.core.schema import column_names
from signals_pipeline.core.store import Store
from signals_pipeline.parsed import chunks
from signals_pipeline.parsed.models import TABLES
from signals_pipeline_tests.conftest import opened, taken_in


def link(number: int) -> str:
    return f"https://harbour{number}.example/kelp"


def card_id(address: str) -> str:
    """The name of a card, as its author computes it."""
    return hashlib.md5(f"b'{address}'".encode()).hexdigest()


def card(
    number: int, title: str = "Kelp", token: str = "20240107", keywords: tuple[str, ...] = ("kelp",)
) -> str:
    """A card of form other, with one table row that is in order and one that is not."""
    items = "\n".join(f"* {one}" for one in keywords)
    return (
        f"# __{title}__, (from page [{token}](https://newsletter.example.org/p/{token}).)\n\n"
        f"__[External link]({link(number)})__\n\n\n\n"
        f"## Keywords\n\n{items}\n\n"
        "## Concerns\n\n"
        "| name | description | relevancy |\n|:-----|:------------|----------:|\n"
        "| Storm loss | One storm may tear off a year of growth. | 3 |\n"
        "| Sea lice | They come with the warmth. | 9 |"
    )


def write(folder: Path, number: int, text: str | bytes | None = None, under: str = "") -> Path:
    """Write a card under its own name; returns the path."""
    path = folder / under / f"{card_id(link(number))}.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    content = card(number) if text is None else text
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def rows(store: Store, table: str, *names: str) -> list[tuple[Any, ...]]:
    listed = ", ".join(f'"{name}"' for name in names or column_names(TABLES[table]))
    return sorted(store.rows(f"SELECT {listed} FROM parsed.{table}"), key=repr)


def everything(store: Store) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of all parsed tables."""
    return {table: rows(store, table) for table in TABLES}


def read_afresh(tmp_path: Path, raw_dir: RawDir, number: int = 0, **settings: Any) -> dict[str, list[tuple]]:
    """All rows of a store that reads the folder for the first time."""
    with opened(tmp_path / f"fresh{number}", raw_dir) as store:
        taken_in(store, raw_dir, **settings)
        return everything(store)


def rejects(store: Store) -> list[tuple[str, str, str]]:
    """Path, level and code of every reject."""
    return rows(store, "rejects", "path", "level", "code")


class _Later:
    @staticmethod
    def time_ns() -> int:
        return time.time_ns() + 3_600_000_000_000


def later_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have files read an hour from now, so that none of them counts as just touched."""
    monkeypatch.setattr(chunks, "time", _Later)
