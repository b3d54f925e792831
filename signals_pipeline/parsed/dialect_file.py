"""The dialect that a person declares: data/dialect.toml, checked, each fault with its line."""

import hashlib
import json
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import duckdb
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from signals_pipeline.core.errors import BadInputFileError
from signals_pipeline.parsed.reader.dialect import FIELDS, FRONT_MATTER, NEWSLETTER, Dialect
from signals_pipeline.parsed.reader.forms import HEADERS, HEADINGS, folded

_Names = Annotated[list[str], BeforeValidator(lambda given: [given] if isinstance(given, str) else given)]

_LINE = re.compile(r"at line (\d+)")
_YEAR = re.compile(r"%[YyGxcD]")


def _one_of(known: Iterable[str]) -> AfterValidator:
    """That a key is one of some."""
    names = list(dict.fromkeys(known))

    def is_known(key: str) -> str:
        if key not in names:
            raise PydanticCustomError("unknown_key", "it is none of {names}", {"names": ", ".join(names)})
        return key

    return AfterValidator(is_known)


_Section = Annotated[str, _one_of(HEADINGS.values())]
_Table = Annotated[str, _one_of(HEADERS)]
_Field = Annotated[str, _one_of(FIELDS)]


class _Part(BaseModel):
    """A part of the file, in which a key that nobody knows is a fault."""

    model_config = ConfigDict(extra="forbid")


class _Card(_Part):
    front_matter: dict[_Field, _Names] = {}
    lines: list[re.Pattern[str]] = []
    file_name: re.Pattern[str] | None = None
    issue_formats: _Names = []
    earliest_issue: date | None = None


class _File(_Part):
    headings: dict[_Section, _Names] = {}
    headers: dict[_Table, dict[str, _Names]] = {}
    card: _Card = _Card()


class _FaultError(Exception):
    """What is wrong with something that is written in the file."""

    def __init__(self, written: str, message: str) -> None:
        super().__init__(message)
        self.written = written


def read_dialect(path: Path, content: bytes) -> Dialect:
    """The dialect that a TOML file declares, that of the newsletter where it declares nothing.

    Raises:
        BadInputFileError: The file is no TOML, or says what cannot be meant.
    """
    try:
        text = content.decode("utf-8-sig")
        given = tomllib.loads(text)
        return _dialect(_File.model_validate(given), _version(given)) if given else NEWSLETTER
    except UnicodeDecodeError:
        raise BadInputFileError(f"{path}: not UTF-8; save it as UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        line = _LINE.search(str(error))
        at_end = text.rstrip().count("\n") + 1
        raise BadInputFileError(f"{path}:{line[1] if line else at_end}: not TOML: {error}.") from None
    except ValidationError as error:
        first = error.errors()[0]
        place = [str(one) for one in first["loc"] if one != "[key]"]
        line_no = _line_of(text, [str(first["input"]), *reversed(place)])
        raise BadInputFileError(f"{path}:{line_no}: {'.'.join(place)}: {_said(first)}.") from None
    except (ValueError, RecursionError, OverflowError) as error:
        raise BadInputFileError(f"{path}: it cannot be read ({error}).") from None
    except _FaultError as fault:
        raise BadInputFileError(f"{path}:{_line_of(text, [fault.written])}: {fault}.") from None


def _version(given: Mapping[str, Any]) -> str:
    """A version of what is declared: comments and blanks are no part of it."""
    return hashlib.sha256(json.dumps(given, sort_keys=True, default=str).encode()).hexdigest()[:16]


def _said(error: ErrorDetails) -> str:
    """What pydantic says of a fault, for a person who does not know it."""
    if error["type"] == "extra_forbidden":
        return "no such key is known"
    return error["msg"].replace("Input should be a valid", "it is no")


def _line_of(text: str, written: Sequence[str]) -> int:
    """The first line, from 1, in which the first of some texts stands that stands anywhere, else 1."""
    lines = text.split("\n")
    found = (number for one in written for number, line in enumerate(lines, 1) if one and one in line)
    return next(found, 1)


def _dialect(given: _File, version: str) -> Dialect:
    for section, columns in given.headers.items():
        for column in columns:
            if column not in HEADERS[section].values():
                known = ", ".join(dict.fromkeys(HEADERS[section].values()))
                raise _FaultError(column, f"{section} has no column {column}; it has {known}")
    for pattern in (*given.card.lines, given.card.file_name):
        if pattern and not (pattern.groupindex and pattern.groupindex.keys() <= set(FIELDS)):
            fault = f"a pattern names its parts, such as (?P<title>.+); known are {', '.join(FIELDS)}"
            raise _FaultError(pattern.pattern, fault)
    for one in given.card.issue_formats:
        _assert_format(one)
    meant = given.card.front_matter
    return Dialect(
        version=version,
        headings=_added(HEADINGS, given.headings, folded, "opens"),
        headers=HEADERS
        | {
            section: _added(HEADERS[section], columns, folded, "names")
            for section, columns in given.headers.items()
        },
        front_matter=_added(
            {key: field for key, field in FRONT_MATTER.items() if field not in meant},
            meant,
            str.casefold,
            "is",
        ),
        lines=tuple(given.card.lines),
        file_name=given.card.file_name,
        issue_formats=tuple(given.card.issue_formats),
        earliest_issue=given.card.earliest_issue,
    )


def _added(
    known: Mapping[str, str], given: Mapping[str, list[str]], key_of: Callable[[str], str], verb: str
) -> dict[str, str]:
    """What each name means, with those that are declared; `verb` says how a name means it."""
    names = dict(known)
    for meaning, written in given.items():
        for one in written:
            if not key_of(one):
                raise _FaultError(one, f"{one!r} has no letter or digit")
            if names.setdefault(key_of(one), meaning) != meaning:
                raise _FaultError(one, f"{one!r} {verb} {names[key_of(one)]} already")
    return names


def _assert_format(written: str) -> None:
    """Raise `_FaultError` where a text is no format of a date."""
    try:
        duckdb.execute("SELECT try_strptime('', ?)", [written]).fetchall()
    except duckdb.Error:
        fault = f"{written!r} is no format of a date, such as %d.%m.%Y (DuckDB's page on strptime lists them)"
        raise _FaultError(written, fault) from None
    if not _YEAR.search(written):
        raise _FaultError(written, f"{written!r} has no year (%Y, or %G with %V for a week)")
