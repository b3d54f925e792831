"""Text and encoding: what is no text is turned away whole, and what only looks odd is kept as it is."""

import csv
import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from signals_pipeline_tests.conftest import taken_in
from signals_pipeline_tests.faults import case
from signals_pipeline_tests.faults.folder import Snapshot, bad, card, keywords, table
from signals_pipeline_tests.raw.sample import card as sample_card
from signals_pipeline_tests.raw.sample import card_id, everything, write
from signals_pipeline_tests.speeds import long_but


def without_the_bytes(rows: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """All tables but those that tell size and hash of a file."""
    return {name: found for name, found in rows.items() if name not in ("files_seen", "card_files")}


def rejected(published: Snapshot, folder: str) -> dict[str, tuple[str, str]]:
    """Code and reason of each file of which nothing was read, by name."""
    assert published.of(folder, "card_files", "card_id") == {}
    found = published.of(folder, "rejects", "level", "line", "code", "reason")
    assert {(level, line) for ((level, line, _, _),) in found.values()} == {("file", None)}
    return {name: (code, reason) for name, ((_, _, code, reason),) in found.items()}


# Bytes that are no text

T01 = bad("T01", {f"{card_id('T01')}.md": card("T01", "## Summary").encode() + b"\n\nkelp \xff\xfe and weed"})


@case("T01")
def test_bytes_that_are_no_text_reject_the_file_with_their_place(published: Snapshot) -> None:
    (reject,) = rejected(published, T01).values()
    offset = len(card("T01", "## Summary")) + len("\n\nkelp ")
    assert reject == ("not-utf8", f"Byte 0xFF at offset {offset} is not UTF-8.")
    ((raw,),) = published.of(T01, "rejects", "raw_text").values()
    assert raw.endswith("kelp \\xff\\xfe and weed"), "shown as they are, and no byte replaced"


T02 = bad("T02", {"marked.md": b"\xef\xbb\xbf" + card("T02 marked", keywords("kelp")).encode()})


@case("T02")
def test_a_byte_order_mark_does_not_hide_the_title(published: Snapshot) -> None:
    assert published.of(T02, "cards", "title", "line") == {"marked.md": [("T02 marked", 1)]}
    assert published.rejects(T02) == {}


@case("T02")
def test_a_byte_order_mark_changes_no_row_and_no_id(store, raw_dir) -> None:
    write(raw_dir, 1)
    taken_in(store, raw_dir)
    plain = everything(store)
    assert [len(plain[name]) for name in ("cards", "concerns", "rejects")] == [1, 1, 1]
    write(raw_dir, 1, b"\xef\xbb\xbf" + sample_card(1).encode())
    assert taken_in(store, raw_dir).changed == 1
    assert without_the_bytes(everything(store)) == without_the_bytes(plain)


T03 = bad(
    "T03",
    {
        "little-endian.md": b"\xff\xfe" + card("T03").encode("utf-16-le"),
        "big-endian.md": b"\xfe\xff" + card("T03").encode("utf-16-be"),
    },
)


@case("T03")
def test_utf_16_is_rejected_with_a_hint_at_what_it_is(published: Snapshot) -> None:
    assert rejected(published, T03) == {
        "little-endian.md": ("not-utf8", "Byte 0xFF at offset 0 is not UTF-8; it looks like UTF-16."),
        "big-endian.md": ("not-utf8", "Byte 0xFE at offset 0 is not UTF-8; it looks like UTF-16."),
    }


T05 = bad("T05", {"keyword.md": card("T05", keywords("ke\0lp"))})


@case("T05")
def test_a_nul_character_rejects_the_file(published: Snapshot) -> None:
    offset = card("T05", keywords("ke\0lp")).index("\0")
    assert rejected(published, T05) == {
        "keyword.md": ("control-char", f"A NUL character at offset {offset}.")
    }
    ((raw,),) = published.of(T05, "rejects", "raw_text").values()
    assert raw.endswith("* ke\\x00lp")


T06 = bad("T06", {"surrogate.md": card("T06").encode() + b"\n\n\xed\xa0\x80"})
T07 = bad("T07", {"overlong.md": card("T07").encode() + b"\n\n\xc0\xaf"})


@case("T06")
def test_an_encoded_surrogate_rejects_its_file_and_no_other_one(published: Snapshot) -> None:
    ((code, reason),) = rejected(published, T06).values()
    assert (code, "0xED" in reason) == ("not-utf8", True)
    ((n_others,),) = published.rows("SELECT count(*) FROM parsed.cards WHERE starts_with(path, 'good/')")
    assert n_others > 7


@case("T07")
def test_an_overlong_form_of_a_character_rejects_its_file(published: Snapshot) -> None:
    ((code, reason),) = rejected(published, T07).values()
    assert (code, "0xC0" in reason) == ("not-utf8", True)


NOTHING = {
    "no byte.md": b"",
    "one byte.md": b"k",
    "blanks.md": b" \r\n\t\n",
    "a mark alone.md": b"\xef\xbb\xbf",
    "no-break spaces.md": "\u00a0\u2003\n".encode(),
}
T15 = bad("T15", NOTHING)


@case("T15")
def test_a_file_that_holds_nothing_is_rejected_as_empty(published: Snapshot) -> None:
    assert {name: code for name, (code, _) in rejected(published, T15).items()} == dict.fromkeys(
        NOTHING, "empty"
    )


# Line ends, and characters that only look like them

LINE_ENDS = {
    "CRLF": lambda text: text.replace("\n", "\r\n"),
    "CR": lambda text: text.replace("\n", "\r"),
    "mixed": lambda text: text.replace("\n", "\r\n", 3).replace("\n## C", "\r## C"),
}
T04 = bad(
    "T04",
    {
        f"{name}.md": written(card(f"T04 {name}", keywords("kelp", "weed"), table("| one | two |"))).encode()
        for name, written in LINE_ENDS.items()
    },
)


@case("T04")
def test_other_line_ends_give_the_rows_on_the_lines_where_they_are_seen(published: Snapshot) -> None:
    assert published.rejects(T04) == {}
    assert published.of(T04, "keywords", "raw_text", "line") == {
        f"{name}.md": [("kelp", 7), ("weed", 8)] for name in LINE_ENDS
    }
    assert published.of(T04, "concerns", "name", "description", "line") == {
        f"{name}.md": [("one", "two", 14)] for name in LINE_ENDS
    }


@case("T04")
@pytest.mark.parametrize("written", long_but(LINE_ENDS, "mixed"))
def test_other_line_ends_change_no_row(store, raw_dir, written) -> None:
    write(raw_dir, 1)
    taken_in(store, raw_dir)
    plain = everything(store)
    write(raw_dir, 1, written(sample_card(1)))
    assert taken_in(store, raw_dir).changed == 1
    assert without_the_bytes(everything(store)) == without_the_bytes(plain)


SEPARATORS = {
    "line separator": "\u2028",
    "next line": "\x85",
    "vertical tab": "\x0b",
    "file separator": "\x1c",
}
T14 = bad(
    "T14",
    {
        f"{name}.md": card(
            f"T14 {name}", keywords(f"slow{mark}food"), table(f"| slow{mark}food | a{mark}b |")
        )
        for name, mark in SEPARATORS.items()
    },
)


@case("T14")
@pytest.mark.parametrize("name", SEPARATORS)
def test_a_character_that_separates_lines_elsewhere_stays_in_its_cell(published: Snapshot, name: str) -> None:
    mark = SEPARATORS[name]
    assert published.of(T14, "keywords", "raw_text")[f"{name}.md"] == [f"slow{mark}food"]
    assert published.of(T14, "concerns", "name", "description")[f"{name}.md"] == [
        (f"slow{mark}food", f"a{mark}b")
    ]
    assert published.rejects(T14) == {}


@case("T14")
def test_such_a_character_survives_csv_and_json(published: Snapshot, tmp_path: Path) -> None:
    select = """
        SELECT c.path, t.name, t.description
        FROM parsed.concerns AS t JOIN parsed.cards AS c USING (card_id)
        WHERE starts_with(c.path, 'T14/') ORDER BY ALL
    """
    expected = [list(row) for row in published.rows(select)]
    assert len(expected) == len(SEPARATORS)
    with duckdb.connect(str(published.settings.database), read_only=True) as connection:
        for kind in ("csv", "json"):
            connection.execute(f"COPY ({select}) TO '{tmp_path / f'x.{kind}'}'")
    with (tmp_path / "x.csv").open(newline="", encoding="utf-8") as file:
        assert list(csv.reader(file))[1:] == expected
    lines = (tmp_path / "x.json").read_bytes().decode().rstrip("\n").split("\n")
    assert [list(json.loads(line).values()) for line in lines] == expected


# Characters that nobody sees, and characters that look like others

TITLE_THAT_TURNS = "Plans \u202eexe.gpj\u202c of T08"
T08 = bad("T08", {"turning.md": card(TITLE_THAT_TURNS)})


@case("T08")
def test_a_title_that_turns_the_direction_of_writing_is_kept_as_written(published: Snapshot) -> None:
    assert published.of(T08, "cards", "title") == {"turning.md": [TITLE_THAT_TURNS]}


def topics(published: Snapshot, folder: str) -> dict[str, str]:
    """The topic of each keyword as written, by keyword."""
    found = published.of(folder, "mentions", "raw_text", "topic_id")
    return {raw: topic for some in found.values() for raw, topic in some}


T09 = bad(
    "T09",
    {"plain.md": card("T09 plain", keywords("AI")), "zero.md": card("T09 zero width", keywords("A\u200bI"))},
)


@case("T09")
def test_a_zero_width_space_makes_no_topic_of_its_own(published: Snapshot) -> None:
    found = topics(published, T09)
    assert list(found) == ["AI", "A\u200bI"], "as written"
    assert found["AI"] == found["A\u200bI"]
    assert published.rows("SELECT folded FROM topic_surfaces WHERE surface = 'A\u200bI'") == [("ai",)]


COMPOSED, DECOMPOSED = "Caf\u00e9 of T10", "Cafe\u0301 of T10"
T10 = bad(
    "T10",
    {
        "composed.md": card("T10 composed", keywords(COMPOSED)),
        "decomposed.md": card("T10 decomposed", keywords(DECOMPOSED)),
    },
)


@case("T10")
@pytest.mark.parametrize("asked", [COMPOSED, DECOMPOSED])
def test_composed_and_decomposed_letters_are_one_line_of_a_trend(published: Snapshot, asked: str) -> None:
    assert set(topics(published, T10)) == {COMPOSED, DECOMPOSED}
    trend = published.rows(
        "SELECT topic, period_start::VARCHAR, n_cards_with FROM trend(?) WHERE n_cards_with > 0", [asked]
    )
    assert trend == [("café of t10", "2024-01-01", 2)]


SAME = {
    "full width": ("AI in T11", "ＡＩ in T11"),
    "ligature": ("finance in T11", "ﬁnance in T11"),
    "no-break space": ("open source in T11", "open\u00a0source in T11"),
    "soft hyphen": ("cybersecurity in T11", "cyber\u00adsecurity in T11"),
}
T11 = bad("T11", {f"{name}.md": card(f"T11 {name}", keywords(*surfaces)) for name, surfaces in SAME.items()})


@case("T11")
@pytest.mark.parametrize("name", SAME)
def test_another_way_to_type_a_word_is_the_same_topic(published: Snapshot, name: str) -> None:
    one, other = SAME[name]
    found = published.of(T11, "mentions", "raw_text", "topic_id")[f"{name}.md"]
    assert [raw for raw, _ in found] == [one, other]
    assert len({topic for _, topic in found}) == 1


CYRILLIC = "\u0410I"
T12 = bad(
    "T12",
    {"latin.md": card("T12 latin", keywords("AI")), "cyrillic.md": card("T12 cyrillic", keywords(CYRILLIC))},
)


@case("T12")
def test_a_word_of_two_scripts_is_not_merged_and_a_check_warns_of_it(published: Snapshot) -> None:
    found = topics(published, T12)
    assert found["AI"] != found[CYRILLIC]
    passed, severity, shown = published.events.checks["no_surface_mixes_scripts"]
    assert (passed, severity) == (False, "WARN")
    assert CYRILLIC in shown["examples"].split("\n")


LONG = "e" + "\u0301" * 10_000
T13 = bad(
    "T13",
    {
        "emoji.md": card("T13 \U0001f600", keywords("\U0001f469\u200d\U0001f52c", "\U0001f1e9\U0001f1ea")),
        "keyword.md": card("T13 keyword", keywords(LONG, "kelp")),
        "cell.md": card("T13 cell", table(f"| name | {LONG} |", "| kelp | weed |")),
        "title.md": card(f"T13 title {LONG}", keywords("kelp")),
    },
)


@case("T13")
def test_what_is_longer_than_any_field_is_rejected_and_the_rest_of_the_card_stays(
    published: Snapshot,
) -> None:
    assert published.rejects(T13) == {
        "keyword.md": [("row", "field-too-long", 7)],
        "cell.md": [("row", "field-too-long", 9)],
        "title.md": [("row", "field-too-long", 1)],
    }
    assert published.of(T13, "keywords", "raw_text") == {
        "emoji.md": ["\U0001f469\u200d\U0001f52c", "\U0001f1e9\U0001f1ea"],
        "keyword.md": ["kelp"],
        "title.md": ["kelp"],
    }
    assert published.of(T13, "concerns", "name") == {"cell.md": ["kelp"]}
    assert published.of(T13, "cards", "title") == {
        "emoji.md": ["T13 \U0001f600"],
        "keyword.md": ["T13 keyword"],
        "cell.md": ["T13 cell"],
        "title.md": [None],
    }
