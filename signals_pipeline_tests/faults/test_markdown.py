"""The structure of a card: what the parser would cut without a word is kept or rejected, row by row."""

import os
import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signals_pipeline.parsed.reader.file import FileCards, read_file
from signals_pipeline.raw import gate
from signals_pipeline_tests import fixtures
from signals_pipeline_tests.conftest import taken_in
from signals_pipeline_tests.faults import case
from signals_pipeline_tests.faults.folder import Snapshot, bad, card, keywords, table
from signals_pipeline_tests.raw.sample import rejects, rows, write
from signals_pipeline_tests.speeds import tried

NAME = "0123456789abcdef0123456789abcde"
"""All but the last digit of names that make a file a card whatever it holds."""


# Too much of it

N = 5_000
PATHOLOGICAL = {
    "quotes": "> " * N + "kelp",
    "quotes one deeper each line": "\n".join("> " * n + "kelp" for n in range(100)),
    "quotes and bullets": "> * " * (N // 2) + "kelp",
    "opening brackets": "kelp " + "[" * N,
    "closing brackets": "kelp " + "]" * N,
    "nested brackets": "kelp " + "[" * N + "a" + "]" * N,
    "nested links": "kelp " + "[" * N + "a" + "](b)" * N,
    "nested images": "kelp " + "![" * N + "a" + "](b)" * N,
    "open link targets": "kelp " + "[a](" * N,
    "open angle targets": "kelp " + "[a](<b" * N,
    "open link titles": "kelp " + '[a](b "' * N,
    "balanced targets": "kelp [a](" + "(" * N + ")" * N + ")",
    "opening emphasis": "kelp " + "*a " * N,
    "closing emphasis": "kelp " + "a* " * N,
    "emphasis in emphasis": "kelp " + "*a **a " * N,
    "mixed emphasis": "kelp " + "a*b_" * N,
    "many stars": "kelp " + "*" * N + "a" + "*" * N,
    "underscores in words": "kelp " + "a_" * N,
    "backticks": "kelp " + "`" * N,
    "backticks of every length": "kelp " + "".join("a" + "`" * n for n in range(100)),
    "unmatched backticks": "kelp " + "`a``" * N,
    "entities": "kelp " + "&amp;" * N,
    "unfinished entities": "kelp " + "&a" * N,
    "a long number": "kelp &#" + "9" * N + ";",
    "open tags": "kelp " + "<a b='" * N,
    "open comments": "kelp " + "<!--" * N,
    "open instructions": "kelp " + "<?" * N,
    "open declarations": "kelp " + "<!A " * N,
    "open autolinks": "kelp " + "<a:" * N,
    "backslashes": "kelp " + "\\" * N + "`",
}


def pathological_card(name: str) -> str:
    """A card with the text as its summary, and once more in a cell where it is of one line."""
    text = PATHOLOGICAL[name]
    cell = "weed" if "\n" in text else text
    return card(f"M01 {name}", f"## Summary\n\n{text}", table(f"| name | {cell} |"))


M01 = bad("M01", {f"{name}.md": pathological_card(name) for name in PATHOLOGICAL})


@case("M01")
def test_text_on_which_parsers_hang_is_read_or_rejected_and_not_lost(published: Snapshot) -> None:
    assert len(PATHOLOGICAL) == 30
    found = published.of(M01, "cards", "summary")
    whole = {name for name, some in published.rejects(M01).items() if some == [("file", "too-large", None)]}
    assert found.keys() | whole == {f"{name}.md" for name in PATHOLOGICAL}
    assert found.keys() & whole == set()
    assert all("kelp" in summary for (summary,) in found.values())
    assert len(found) >= 25, "the cap is for what no card holds"


@pytest.mark.long
@case("M01")
@pytest.mark.parametrize("name", PATHOLOGICAL)
def test_text_on_which_parsers_hang_is_read_in_a_moment(name: str) -> None:
    start = time.process_time()
    assert read_file(f"{NAME}0.md", pathological_card(name)).kind == "card"
    assert time.process_time() - start < 20, "ten times what it may take on a machine that does nothing else"


DEEP = 1_000
QUOTED, BRACKETS = "> " * 40_000 + "kelp", "[" * 40_000 + "kelp"
M02 = bad(
    "M02",
    {
        "brackets.md": card("M02 brackets", f"## Summary\n\n{BRACKETS}"),
        "quotes.md": card("M02 quotes", f"## Summary\n\n{QUOTED}"),
        "more brackets.md": card("M02 more brackets", "## Summary\n\n" + "[" * 50_000),
        "more quotes.md": card("M02 more quotes", "## Summary\n\n" + "> " * 50_000),
        "list.md": card(
            "M02 list", "## Keywords\n\n" + "\n".join(f"{'  ' * n}* item {n}" for n in range(DEEP))
        ),
    },
    is_plain=False,
)


@case("M02")
def test_what_nests_too_deep_is_kept_as_written_or_rejected_as_too_large(published: Snapshot) -> None:
    found = published.of(M02, "cards", "summary")
    assert (found["brackets.md"], found["quotes.md"]) == ([BRACKETS], [QUOTED])
    rejected = published.rejects(M02)
    assert rejected["more brackets.md"] == rejected["more quotes.md"] == [("file", "too-large", None)]


@case("M02")
def test_each_item_of_a_list_nested_too_deep_is_kept_or_rejected(published: Snapshot) -> None:
    kept = published.of(M02, "keywords", "raw_text", "line")["list.md"]
    # The parser nests twenty deep, and each level of a list is two: the list and its item.
    assert kept == [(f"item {n}", 7 + n) for n in range(10)]
    rejected = published.of(M02, "rejects", "code", "line", "raw_text")["list.md"]
    assert [(code, line) for code, line, _ in rejected] == [("too-deep", 7 + n) for n in range(10, DEEP)]
    assert rejected[0][2].strip() == "* item 10"


COLUMNS = 10_000
WIDE = "\n".join(["## Concerns", "", "| name " + "| a " * (COLUMNS - 1) + "|", "| - " * COLUMNS + "|"])
M03 = bad(
    "M03",
    {
        "rows.md": card("M03 rows", table(*["| a | b |"] * 200_000)),
        "smaller rows.md": card("M03 smaller rows", table(*["|a|b|"] * 100_000)),
        "columns.md": card("M03 columns", WIDE + ("\n" + "|a" * COLUMNS + "|") * 5),
        "short rows.md": card("M03 short rows", WIDE + "\nrow" * 20),
    },
    is_plain=False,
)


@case("M03")
def test_a_table_beyond_all_measure_is_rejected_whole(published: Snapshot) -> None:
    assert published.of(M03, "cards", "title") == {}
    reasons = published.of(M03, "rejects", "code", "reason")
    for name in ("rows.md", "smaller rows.md", "columns.md", "short rows.md"):
        ((code, reason),) = reasons[name]
        assert code == "too-large"
        assert "at most" in reason


@pytest.fixture
def sparse(raw_dir):
    """A file of 3 GB that takes no room."""
    path = raw_dir / "sparse.md"
    _make_sparse(path)
    return path


def _make_sparse(path) -> None:
    with path.open("wb") as file:
        file.truncate(3_000_000_000)


M17 = bad("M17", {"sparse.md": _make_sparse})


@case("M17")
def test_a_file_of_3_gigabytes_is_rejected_as_too_large(published: Snapshot) -> None:
    assert published.rejects(M17) == {"sparse.md": [("file", "too-large", None)]}
    assert published.of(M17, "files_seen", "size", "file_sha256") == {"sparse.md": [(3_000_000_000, None)]}


@case("M17")
def test_a_file_of_3_gigabytes_is_not_read(sparse, store, raw_dir, monkeypatch) -> None:
    write(raw_dir, 1)
    read_all = gate._read_all
    monkeypatch.setattr(
        gate,
        "_read_all",
        lambda descriptor, size: pytest.fail("it was read") if size > 1e9 else read_all(descriptor, size),
    )
    taken_in(store, raw_dir)
    assert ("sparse.md", "file", "too-large") in rejects(store)
    assert len(rows(store, "cards")) == 1
    with pytest.raises(gate.GateError, match="3,000,000,000 bytes"):
        gate.read(os.fsencode(sparse))


# Tables

M04 = bad("M04", {"extra.md": card("M04", table("| one | two |", "| a | b | c | d |", "| three | four |"))})


@case("M04")
def test_a_row_with_more_cells_than_headers_is_rejected_with_its_number(published: Snapshot) -> None:
    assert published.of(M04, "rejects", "code", "section", "line", "row_no", "raw_text") == {
        "extra.md": [("extra-cells", "concerns", 10, 2, "| a | b | c | d |")]
    }
    assert published.of(M04, "concerns", "row_no", "name", "description") == {
        "extra.md": [(1, "one", "two"), (3, "three", "four")]
    }


RATED = "| name | description | relevancy |"
M05 = bad(
    "M05",
    {
        "fewer.md": card("M05 fewer", table("| only a name |", "|  | only a description |", "| one | two |")),
        "unrated.md": card("M05 unrated", table("| one | two | 3 |", "| three | four |", header=RATED)),
    },
)


@case("M05")
def test_a_missing_cell_is_null_and_rejects_its_row_only_where_it_must_not_be(published: Snapshot) -> None:
    assert published.of(M05, "concerns", "row_no", "name", "description") == {
        "fewer.md": [(1, "only a name", None), (3, "one", "two")],
        "unrated.md": [(1, "one", "two"), (2, "three", "four")],
    }
    assert published.of(M05, "rejects", "code", "line", "row_no", "reason") == {
        "fewer.md": [("missing-value", 10, 2, "name is missing.")],
    }


M06 = bad(
    "M06",
    {"undivided.md": card("M06", table("| one | two |", "| three | four |").replace("\n|---|---|", ""))},
)


@case("M06")
def test_each_line_of_a_table_without_its_delimiter_row_is_rejected(published: Snapshot) -> None:
    assert published.of(M06, "rejects", "code", "line", "raw_text") == {
        "undivided.md": [
            ("table-not-parsed", 7, "| name | description |"),
            ("table-not-parsed", 8, "| one | two |"),
            ("table-not-parsed", 9, "| three | four |"),
        ]
    }


M07 = bad("M07", {"pipes.md": card("M07", table(r"| a \| b | c |", "| `x|y` |", "| `x|y` | z |"))})


@case("M07")
def test_an_escaped_pipe_is_text_and_one_in_code_divides_cells(published: Snapshot) -> None:
    assert published.of(M07, "concerns", "row_no", "name", "description") == {
        "pipes.md": [(1, "a | b", "c"), (2, "`x", "y`")]
    }
    assert published.of(M07, "raw_cells", "row_no", "raw_text") == {"pipes.md": [(1, r"a \| b")]}
    assert published.rejects(M07) == {"pipes.md": [("row", "extra-cells", 11)]}


M08 = bad(
    "M08", {"turned.md": card("M08", table("| two | grim | one |", header="| DESCRIPTION | Mood | Name |"))}
)


@case("M08")
def test_columns_go_by_their_headers_and_an_unknown_one_is_kept_beside(published: Snapshot) -> None:
    assert published.of(M08, "concerns", "name", "description") == {"turned.md": [("one", "two")]}
    assert published.of(M08, "card_extra", "heading", "column_name", "value", "line") == {
        "turned.md": [("Concerns", "Mood", "grim", 9)]
    }
    passed, severity, shown = published.events.checks["every_part_is_known"]
    assert (passed, severity) == (False, "WARN")
    # It shows ten examples of them all, so only the number is sure.
    assert shown["number"] > 0


GRADES = {
    "9": "out-of-range",
    "-1": "out-of-range",
    "4.5": "relevancy-not-a-number",
    "high": "relevancy-not-a-number",
    "４": "relevancy-not-a-number",
}
KEPT_GRADES = {"0": 0, "": None, "nan": None, "4.0": 4}
M13 = bad(
    "M13",
    {
        "grades.md": card(
            "M13",
            table("| kelp | weed | 1 |", *(f"| no | grade | {grade} |" for grade in GRADES), header=RATED),
            table(*(f"| a | grade | {grade} |" for grade in KEPT_GRADES), heading="Issues", header=RATED),
        )
    },
)


@case("M13")
def test_a_relevancy_that_is_none_rejects_its_row_alone(published: Snapshot) -> None:
    assert published.rejects(M13) == {
        "grades.md": [("row", code, line) for line, code in enumerate(GRADES.values(), 10)]
    }
    assert published.of(M13, "concerns", "name", "relevancy") == {"grades.md": [("kelp", 1)]}
    kept = [("a", relevancy) for relevancy in KEPT_GRADES.values()]
    assert published.of(M13, "emerging_issues", "name", "relevancy") == {"grades.md": kept}


# Headings and the title

M09 = bad(
    "M09",
    {
        "section.md": card("M09 section", keywords("kelp"), table("| one | two |"), keywords("weed")),
        "header.md": card(
            "M09 header", table("| one | two | three |", header="| name | description | description |")
        ),
        "title.md": card("M09 first", keywords("kelp")) + "\n\n" + card("M09 second", keywords("weed")),
        "link.md": card(
            "M09 one link", "__[External link](https://m09-other-link.example/card)__", keywords("kelp")
        ),
    },
)


@case("M09")
def test_a_section_that_stands_twice_keeps_the_rows_of_both_and_says_so(published: Snapshot) -> None:
    assert published.of(M09, "keywords", "row_no", "raw_text")["section.md"] == [(1, "kelp"), (2, "weed")]
    assert published.of(M09, "card_extra", "heading", "column_name", "line")["section.md"] == [
        ("Keywords", "(duplicate section)", 15)
    ]


@case("M09")
def test_a_header_that_stands_twice_keeps_both_cells(published: Snapshot) -> None:
    assert published.of(M09, "concerns", "name", "description")["header.md"] == [("one", "two")]
    assert published.of(M09, "card_extra", "column_name", "value")["header.md"] == [("description", "three")]


@case("M09")
def test_a_second_title_or_link_begins_a_second_card(published: Snapshot) -> None:
    assert published.rejects(M09) == {}
    found = published.of(M09, "cards", "title", "line", "url")
    assert found["title.md"] == [
        ("M09 first", 1, "https://m09-first.example/card"),
        ("M09 second", 9, "https://m09-second.example/card"),
    ]
    assert found["link.md"] == [
        ("M09 one link", 1, "https://m09-one-link.example/card"),
        (None, 5, "https://m09-other-link.example/card"),
    ]
    assert published.of(M09, "keywords", "raw_text", "line")["title.md"] == [("kelp", 7), ("weed", 15)]


HIDDEN = "## Keywords\n\n* no keyword"
M10 = bad(
    "M10",
    {
        "fence.md": card("M10 fence", f"## Notes\n\n```\n{HIDDEN}\n```", table("| one | two |")),
        "summary.md": card(
            "M10 summary", f"## Summary\n\nkelp\n\n~~~ md\n{HIDDEN}\n~~~", table("| one | two |")
        ),
    },
    is_plain=False,
)
M11 = bad(
    "M11",
    {
        "comment.md": card("M11 comment", f"## Notes\n\n<!-- kelp\n\n{HIDDEN}\n-->", table("| one | two |")),
        "summary.md": card("M11 summary", f"## Summary\n\n<!--\n{HIDDEN}\n-->", table("| one | two |")),
    },
    is_plain=False,
)


@case("M10")
def test_a_heading_in_code_opens_no_section_and_stays_text(published: Snapshot) -> None:
    assert published.of(M10, "keywords", "raw_text") == {}
    assert published.rejects(M10) == {"fence.md": [("row", "unknown-section", 5)]}
    assert published.of(M10, "card_extra", "heading", "value") == {
        "fence.md": [("Notes", f"```\n{HIDDEN}\n```")]
    }
    assert published.of(M10, "cards", "summary")["summary.md"] == [f"kelp\n\n~~~ md\n{HIDDEN}\n~~~"]
    assert published.of(M10, "concerns", "name") == {"fence.md": ["one"], "summary.md": ["one"]}


@case("M11")
def test_a_heading_in_a_comment_opens_no_section_and_stays_text(published: Snapshot) -> None:
    assert published.of(M11, "keywords", "raw_text") == {}
    assert published.rejects(M11) == {"comment.md": [("row", "unknown-section", 5)]}
    assert published.of(M11, "card_extra", "heading", "value") == {
        "comment.md": [("Notes", f"<!-- kelp\n\n{HIDDEN}\n-->")]
    }
    assert published.of(M11, "cards", "summary")["summary.md"] == [f"<!--\n{HIDDEN}\n-->"]
    assert published.of(M11, "concerns", "name") == {"comment.md": ["one"], "summary.md": ["one"]}


M12 = bad(
    "M12",
    {
        "no summary.md": card("M12 no summary", keywords("kelp"), table("| one | two |", heading="Signals")),
        "no signals.md": card("M12 no signals", "## Summary\n\nkelp"),
        "title.md": card("M12 title").partition("\n")[0],
        f"{NAME}1.md": card("M12 link").rpartition("\n")[2],
        f"{NAME}2.md": keywords("kelp"),
        f"{NAME}3.md": "## Notes\n\nkelp",
        f"{NAME}4@5.md": "kelp",
    },
)


@case("M12")
def test_what_a_card_lacks_is_null_and_only_one_without_everything_is_rejected(published: Snapshot) -> None:
    assert published.of(M12, "cards", "title", "url", "summary") == {
        "no summary.md": [("M12 no summary", "https://m12-no-summary.example/card", None)],
        "no signals.md": [("M12 no signals", "https://m12-no-signals.example/card", "kelp")],
        "title.md": [("M12 title", None, None)],
        f"{NAME}1.md": [(None, "https://m12-link.example/card", None)],
        f"{NAME}2.md": [(None, None, None)],
    }
    assert published.of(M12, "signals", "name", "relevancy") == {"no summary.md": [("one", None)]}
    nothing = [("card", "no-card-content", 1)]
    assert published.rejects(M12) == {f"{NAME}3.md": nothing, f"{NAME}4@5.md": nothing}


DAYS = {
    "20230231": "impossible-date",
    "00000000": "impossible-date",
    "20991231": "after-as-of",
    "1970": "not-a-date",
    "19700101": "before-earliest-issue",
}
M14 = bad("M14", {f"{token}.md": card(f"M14 {token}", keywords("kelp"), token=token) for token in DAYS})


@case("M14")
def test_a_date_that_cannot_be_is_null_with_the_reason_and_its_card_stays_uncounted(
    published: Snapshot,
) -> None:
    assert published.of(
        M14, "cards", "issue_date", "issue_date_reason", "issue_key", "not_counted_reason"
    ) == {f"{token}.md": [(None, reason, f"undated:{token}", "undated")] for token, reason in DAYS.items()}
    assert published.of(M14, "keywords", "raw_text") == {f"{token}.md": ["kelp"] for token in DAYS}
    assert published.rejects(M14) == {}


PAGE = "[20240107](https://newsletter.example.org/p/20240107)"
WITH_BRACKETS = "https://newsletter.example.org/p/tide_(novel)_(1900)"
M15 = bad(
    "M15",
    {
        f"{NAME}5.md": "# __M15 A Title Alone__\n\n" + keywords("kelp"),
        f"{NAME}6.md": "# __M15 Without Page__, (from page )\n\n" + keywords("kelp"),
        f"{NAME}7.md": f"# __M15 Two__ Pages__, (from page {PAGE} {PAGE}.)\n\n" + keywords("kelp"),
        "brackets.md": f"# __M15 (In Brackets)__, (from page [20240107]({WITH_BRACKETS}).)\n\n"
        + keywords("kelp"),
        "link.md": card("M15 link", keywords("kelp")).replace("/card)", "/Tide_(novel))"),
    },
)


@case("M15")
def test_a_title_line_of_another_shape_gives_the_whole_title_or_none(published: Snapshot) -> None:
    assert published.rejects(M15) == {}
    assert published.of(M15, "cards", "title", "issue_token", "newsletter_url") == {
        f"{NAME}5.md": [("M15 A Title Alone", None, None)],
        f"{NAME}6.md": [("M15 Without Page", None, None)],
        f"{NAME}7.md": [("M15 Two__ Pages", None, None)],
        "brackets.md": [("M15 (In Brackets)", "20240107", WITH_BRACKETS)],
        "link.md": [("M15 link", "20240107", "https://newsletter.example.org/p/20240107")],
    }
    extra = published.of(M15, "card_extra", "column_name", "value")
    assert extra[f"{NAME}7.md"] == [("(title rest)", f", (from page {PAGE} {PAGE}.)")]
    assert published.of(M15, "cards", "url")["link.md"] == ["https://m15-link.example/Tide_(novel)"]


HTML = "<img src=x onerror=alert(1)> of M16"
M16 = bad("M16", {"html.md": card(HTML, keywords("<b>kelp</b>"), table(f"| {HTML} | two |"))})


@case("M16")
def test_html_in_a_title_is_text(published: Snapshot) -> None:
    assert published.of(M16, "cards", "title") == {"html.md": [HTML]}
    assert published.of(M16, "keywords", "raw_text") == {"html.md": ["<b>kelp</b>"]}
    assert published.of(M16, "concerns", "name") == {"html.md": [HTML]}


# Anything at all


def _drop(lines: list[bytes], one: int, two: int, piece: bytes) -> None:
    del lines[one]


def _duplicate(lines: list[bytes], one: int, two: int, piece: bytes) -> None:
    lines.insert(two, lines[one])


def _swap(lines: list[bytes], one: int, two: int, piece: bytes) -> None:
    lines[one], lines[two] = lines[two], lines[one]


def _overwrite(lines: list[bytes], one: int, two: int, piece: bytes) -> None:
    at = two % (len(lines[one]) + 1)
    lines[one] = lines[one][:at] + piece + lines[one][at + len(piece) :]


def _insert(lines: list[bytes], one: int, two: int, piece: bytes) -> None:
    at = two % (len(lines[one]) + 1)
    lines[one] = lines[one][:at] + piece + lines[one][at:]


EDITS: tuple[Callable[[list[bytes], int, int, bytes], None], ...] = (
    _drop,
    _duplicate,
    _swap,
    _overwrite,
    _insert,
)
VALID = [text.encode() for path in fixtures.ALL[:8] for name, text in fixtures.load(path).files.items()]


def _edited(valid: bytes, edits: list[tuple[int, int, int, bytes]]) -> bytes:
    lines = valid.split(b"\n")
    for number, one, two, piece in edits:
        if lines:
            EDITS[number](lines, one % len(lines), two % len(lines), piece)
    return b"\n".join(lines)


numbers = st.integers(0, 10_000)
edited_cards = st.builds(
    _edited,
    st.sampled_from(VALID),
    st.lists(
        st.tuples(st.integers(0, len(EDITS) - 1), numbers, numbers, st.binary(max_size=8)),
        min_size=1,
        max_size=6,
    ),
)


def _read(data: bytes) -> FileCards | str:
    """What the file holds, or the code of its reject."""
    try:
        return read_file(f"{NAME}0.md", gate.decode(data))
    except gate.GateError as error:
        return error.code


@case("M18")
@tried(500)
@given(edited_cards)
def test_a_card_with_any_bytes_in_it_is_read_or_rejected_and_always_alike(data: bytes) -> None:
    found = _read(data)
    if isinstance(found, str):
        assert found in ("not-utf8", "control-char", "empty")
        return
    assert found.kind == "card"
    assert bool(found.cards) != bool(found.rejects)
    assert _read(gate.decode(data).encode()) == found, "what was decoded once stays as it is"
