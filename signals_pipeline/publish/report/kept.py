"""Pages of the last report that are taken over: those for which all that they are made from is the same.

A page is made from what its module gives it, and from what its template asks the book for: where some topics
and cards have their pages, a parameter, a number. While a page is rendered, what is asked for is noted. In
the next run the same is asked, and where the answers are the same, rendering would give the same bytes.
"""

import hashlib
import json
import pickle
import platform
from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from types import FunctionType, MethodType
from typing import Any

from signals_pipeline.core.files import write_whole
from signals_pipeline.core.sharing import put

Asked = dict[str, list[str] | None]
"""The entries that a template asked for by the name of what holds them, as book.topic_pages; None for all."""

_RENDERERS = ("duckdb", "jinja2", "markupsafe")
"""The libraries that make the same page from the same values only while they are the same version.

So does Python, which knows the letters of each text and writes its numbers.
"""


class Kept:
    """What the pages of the last report were made from, and the files that hold them."""

    def __init__(self, note: Path, code: str, files: Mapping[str, Path]) -> None:
        """`note` is where this is kept, `code` a version of what makes pages; `files` are by their sum."""
        self._note = note
        self._code = ";".join((code, platform.python_version(), *map(version, _RENDERERS)))
        self._files = files
        self._last, self._parts = _read(note)
        self._now: list[str] = []

    def take_over(self, path: str, target: Path, given: object, common: Mapping[str, Any]) -> bool:
        """Link the page `path` to a file from the last report, if it was made from the same; whether it was.

        `given` is what its module gives it or what that follows from, `common` what all templates may ask.
        """
        return self._takes_over(path, target, self._digest(given), common)

    def _takes_over(self, path: str, target: Path, digest: str | None, common: Mapping[str, Any]) -> bool:
        if digest is None or path not in self._last:
            return False
        _, made_from, holds, asked = json.loads(self._last[path])
        if holds not in self._files or made_from != _with_answers(digest, asked, common):
            return False
        put(self._files[holds], target)
        self._now.append(self._last[path])
        return True

    def write(
        self,
        path: str,
        target: Path,
        given: object,
        common: Mapping[str, Any],
        render: Callable[[Mapping[str, Any]], str],
    ) -> None:
        """Write the page `path` into a file, or link it there from the last report."""
        digest = self._digest(given)
        if self._takes_over(path, target, digest, common):
            return
        if digest is None:
            target.write_bytes(render(common).encode())
            return
        notes: dict[str, set[str] | None] = {}
        data = render({name: _noting(name, value, notes) for name, value in common.items()}).encode()
        target.write_bytes(data)
        asked = {name: keys if keys is None else sorted(keys) for name, keys in sorted(notes.items())}
        made_from = _with_answers(digest, asked, common)
        if made_from is not None:
            self._now.append(json.dumps([path, made_from, hashlib.sha256(data).hexdigest(), asked]))

    def part(self, name: str, given: object, make: Callable[[], str]) -> str:
        """A part of a page, made from what is `given`, or as it was made from that for the last report."""
        digest = self._digest(given)
        found = self._parts.get(name)
        if found is None or found[0] != digest:
            found = (digest, make())
        if digest is not None:
            self._now.append(json.dumps([name, *found, hashlib.sha256(found[1].encode()).hexdigest()]))
        return found[1]

    def save(self) -> None:
        """Keep what the pages of this report were made from for the next one."""
        write_whole(self._note, "".join(f"{line}\n" for line in self._now))

    def _digest(self, given: object) -> str | None:
        """A sum of what a page is given; None where that cannot be told from something else."""
        try:
            return hashlib.sha256(self._code.encode() + pickle.dumps(given)).hexdigest()
        except (pickle.PicklingError, TypeError, AttributeError):
            return None


def _read(note: Path) -> tuple[dict[str, str], dict[str, tuple[str | None, str]]]:
    """What is kept of each page, by its path, as JSON, and parts of pages, each with what it is made from.

    Nothing where it cannot be read; a part that is not as it was left is none.
    """
    pages: dict[str, str] = {}
    parts: dict[str, tuple[str | None, str]] = {}
    try:
        for line in note.read_text("utf-8").splitlines():
            match json.loads(line):
                case [str(path), str(), str(), dict()]:
                    pages[path] = line
                case [str(name), str(digest), str(part), str(holds)]:
                    if hashlib.sha256(part.encode()).hexdigest() == holds:
                        parts[name] = digest, part
    except (FileNotFoundError, ValueError):
        return {}, {}
    return pages, parts


def _with_answers(digest: str, asked: Asked, common: Mapping[str, Any]) -> str | None:
    """A sum of what a page is given and of the answers to what it asks; None where one cannot be told."""
    found = hashlib.sha256(digest.encode())
    for name, keys in asked.items():
        first, _, field = name.partition(".")
        try:
            whole = getattr(common[first], field) if field else common[first]
            found.update(pickle.dumps(whole if keys is None else [whole.get(key) for key in keys]))
        except Exception:  # noqa: BLE001 - what was asked for a page of before may have no answer any more
            return None
    return found.hexdigest()


def _noting(name: str, value: object, notes: dict[str, set[str] | None]) -> object:
    """A value that notes what it is asked for."""
    entries = _entries(name, value, notes)
    return _Fields(name, value, notes) if entries is None else entries


def _entries(name: str, value: object, notes: dict[str, set[str] | None]) -> "_Entries | None":
    """A dictionary by texts that notes which entries it is asked for; None for what is none."""
    if isinstance(value, dict) and isinstance(next(iter(value), None), str):
        return _Entries(name, value, notes)
    return None


class _Entries(Mapping[str, Any]):
    def __init__(self, name: str, whole: Mapping[str, Any], notes: dict[str, set[str] | None]) -> None:
        self._name, self._whole, self._notes = name, whole, notes
        self._asked: set[str] = set()
        notes.setdefault(name, self._asked)

    def __getitem__(self, key: str) -> Any:
        self._ask(key)
        return self._whole[key]

    def __contains__(self, key: object) -> bool:
        self._ask(key)
        return key in self._whole

    def __iter__(self) -> Iterator[str]:
        self._notes[self._name] = None
        return iter(self._whole)

    def __len__(self) -> int:
        self._notes[self._name] = None
        return len(self._whole)

    def _ask(self, key: object) -> None:
        if isinstance(key, str):
            self._asked.add(key)


class _Fields:
    """The fields and methods of an object, each noted when it is asked for; a method asks for fields."""

    def __init__(self, name: str, whole: object, notes: dict[str, set[str] | None]) -> None:
        self._name, self._whole, self._notes = name, whole, notes

    def __getattr__(self, field: str) -> Any:
        method = getattr(type(self._whole), field, None)
        name = f"{self._name}.{field}"
        value: Any
        if isinstance(method, FunctionType):
            value = MethodType(method, self)
        else:
            value = getattr(self._whole, field)
            if (entries := _entries(name, value, self._notes)) is not None:
                value = entries
            else:
                self._notes[name] = None
        # Asked for again, it stands here.
        self.__dict__[field] = value
        return value
