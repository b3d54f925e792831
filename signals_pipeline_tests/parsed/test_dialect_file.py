"""data/dialect.toml: what it declares, and what is said of what cannot be meant."""

import re
from datetime import date
from pathlib import Path

import pytest

from signals_pipeline.core.errors import BadInputFileError
from signals_pipeline.parsed.dialect_file import read_dialect
from signals_pipeline.parsed.reader.dialect import NEWSLETTER, Dialect

PATH = Path("data/dialect.toml")


def declared(text: str) -> Dialect:
    return read_dialect(PATH, text.encode())


@pytest.mark.parametrize("text", ["", "# nothing but a comment\n", "\ufeff\r\n"])
def test_a_file_that_declares_nothing_is_the_newsletter(text: str) -> None:
    assert declared(text) == NEWSLETTER
    assert declared(text).version == ""


def test_headings_and_headers_come_beside_those_of_the_newsletter() -> None:
    found = declared(
        '[headings]\nsignals = ["Was wir sahen", "Weather signs"]\nsummary = "In short"\n'
        '[headers.signals]\nname = "What"\ndescription = ["Evidence"]\n'
    )
    opened = [found.section_of(one) for one in ("WAS WIR SAHEN (3)", "in-short", "Signals", "Evidence")]
    assert opened == ["signals", "summary", "signals", None]
    header = ("what", "EVIDENCE", "change", "mood")
    assert found.columns_of("signals", header)[0] == ("name", "description", "change", None)
    assert found.columns_of("concerns", header)[0] == (None, None, None, None)
    assert NEWSLETTER.section_of("In short") is None


def test_a_key_that_is_declared_stands_in_the_place_of_the_usual_ones() -> None:
    found = declared('[card]\nfront_matter = { date = "Created", keywords = ["about", "topics"] }\n')
    assert found.front_matter == {
        "title": "title",
        "source": "source",
        "url": "source",
        "created": "date",
        "about": "keywords",
        "topics": "keywords",
    }


def test_patterns_formats_and_the_first_day_are_those_of_the_file() -> None:
    found = declared(
        "card.lines = ['Seen at (?P<source>.+)']\ncard.file_name = '(?P<date>[0-9-]+) .+'\n"
        'card.issue_formats = "%d.%m.%Y"\ncard.earliest_issue = 1999-12-31\n'
    )
    assert [one.pattern for one in found.lines] == ["Seen at (?P<source>.+)"]
    assert found.file_name is not None
    assert found.file_name.pattern == "(?P<date>[0-9-]+) .+"
    assert (found.issue_formats, found.earliest_issue) == (("%d.%m.%Y",), date(1999, 12, 31))


def test_two_files_that_declare_the_same_have_one_version() -> None:
    one, other = declared('headings.themes = "About"'), declared('# why\n[headings]\nthemes = "About"\n')
    assert one.version == other.version
    assert one.version not in (NEWSLETTER.version, declared('headings.themes = "Over"').version)


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("[headings\nsignals = 1", 1, "not TOML"),
        ("[headings]\nsignals = [\n", 2, "not TOML"),
        ('a = "b"\n', 1, "a: no such key is known"),
        ('[headings]\n\nsignal = "Seen"\n', 3, "headings.signal: it is none of keywords, themes, signals"),
        ("[headings]\nsignals = 3\n", 2, "headings.signals: it is no list"),
        ('[headings]\nsignals = ["Seen", 4]\n', 2, "it is no string"),
        ('[headings]\nthemes = "About"\nconcerns = "Signals"\n', 3, "'Signals' opens signals already"),
        ('[headings]\nthemes = "So"\nkeywords = "so:"\n', 3, "'so:' opens themes already"),
        ('[headings]\nthemes = "?!"\n', 2, "'?!' has no letter or digit"),
        ('[headers.keywords]\nname = "What"\n', 1, "it is none of signals, concerns"),
        (
            '[headers.concerns]\nchange = "Then"\n',
            2,
            "concerns has no column change; it has name, description",
        ),
        ('[headers.signals]\nname = "change"\n', 2, "'change' names change already"),
        ('[card.front_matter]\nday = "on"\n', 2, "it is none of title, issue, date, source, keywords"),
        ('[card.front_matter]\ntitle = "on"\ndate = "On"\n', 3, "'On' is title already"),
        ("[card]\nlines = ['(']\n", 2, "it is no regular expression"),
        ("[card]\nlines = ['Title .+']\n", 2, "a pattern names its parts"),
        ("[card]\nfile_name = '(?P<mood>.+)'\n", 2, "a pattern names its parts"),
        ('[card]\nissue_formats = "%Q"\n', 2, "'%Q' is no format of a date"),
        ('[card]\nissue_formats = ["%Y", "%d.%m."]\n', 2, "'%d.%m.' has no year"),
        ('[card]\n\nearliest_issue = "soon"\n', 3, "card.earliest_issue: it is no date"),
        ("card = 4\n", 1, "card: it is no"),
    ],
)
def test_what_cannot_be_meant_is_said_with_its_line(text: str, line: int, says: str) -> None:
    with pytest.raises(BadInputFileError, match=re.escape(f"{PATH}:{line}: ")) as error:
        declared(text)
    assert says in str(error.value)


def test_another_encoding_is_said() -> None:
    with pytest.raises(BadInputFileError, match="save it as UTF-8"):
        read_dialect(PATH, 'headings.signals = "Gesehen für uns"'.encode("latin-1"))


@pytest.mark.parametrize(
    "text",
    [
        "card.lines = ['(?P<title>a{99999999999999999999})']",
        f"a = {'9' * 5_000}",
        f"a = {'[' * 5_000}",
        f"card.lines = ['(?P<title>{'(' * 5_000}a{')' * 5_000})']",
    ],
)
def test_what_python_cannot_take_apart_is_said_too(text: str) -> None:
    with pytest.raises(BadInputFileError, match=re.escape(str(PATH))):
        declared(text)
