"""Rows as the program that writes the tables meant them, and lines of a table that are no rows."""

import pytest

from signals_pipeline.parsed.reader.card import CardRows
from signals_pipeline_tests.parsed.reader.sample import card, rejected, rows

RATED = "| name | description | relevancy |\n|:--|:--|--:|\n"
PLAIN = "| name | description |\n|:--|:--|\n"


def concerns(table: str) -> CardRows:
    """A card of one table; its header stands on line 9, its first row on line 11."""
    return card(f"## Concerns\n\n{table}")


def said(found: CardRows) -> list[object]:
    return rows(found, "concerns", "row_no", "line", "name", "description", "relevancy")


def coded(found: CardRows) -> list[object]:
    return [(line, code) for _, line, code, _ in rejected(found)]


# Missing values


@pytest.mark.parametrize("missing", ["nan", "NaN", "None", "null", "NaT", "<NA>"])
def test_a_missing_value_is_null_and_its_cell_is_kept(missing: str) -> None:
    found = concerns(f"{RATED}| Silt | {missing} | 3 |\n| Sand | x | {missing} |\n| {missing} | y | 2 |")
    assert said(found) == [(1, 11, "Silt", None, 3), (2, 12, "Sand", "x", None), (3, 13, None, "y", 2)]
    assert rows(found, "raw_cells", "row_no", "column_name", "raw_text") == [
        (1, "description", missing),
        (2, "relevancy", missing),
        (3, "name", missing),
    ]
    assert rejected(found) == []


@pytest.mark.parametrize("word", ["NAN", "NAT", "N/A", "none", "nano", "Nones", "nan nan"])
def test_a_word_that_looks_missing_is_a_word(word: str) -> None:
    assert rows(concerns(f"{PLAIN}| Silt | {word} |"), "concerns", "description") == [word]


def test_a_row_in_which_every_value_is_missing_is_blank() -> None:
    assert coded(concerns(f"{RATED}| nan | None |  |\n|  |  | nan |")) == [
        (11, "blank-row"),
        (12, "blank-row"),
    ]


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("0", 0),
        ("5", 5),
        ("4.0", 4),
        ("3.", 3),
        ("2.000", 2),
        ("+1", 1),
        ("04", 4),
        ("", None),
        ("nan", None),
    ],
)
def test_a_relevancy_is_a_whole_number_or_missing(written: str, number: int | None) -> None:
    found = concerns(f"{RATED}| Silt | x | {written} |")
    assert said(found) == [(1, 11, "Silt", "x", number)]
    kept = [written] if written and written != str(number) else []
    assert rows(found, "raw_cells", "raw_text") == kept


@pytest.mark.parametrize("written", ["4.5", "high", "４", "4,0", "4/5", "0.4e1", "four"])
def test_a_relevancy_that_is_no_whole_number_rejects_its_row(written: str) -> None:
    found = concerns(f"{RATED}| Silt | x | {written} |\n| Sand | y | 1 |")
    assert coded(found) == [(11, "relevancy-not-a-number")]
    assert said(found) == [(2, 12, "Sand", "y", 1)]


# Values over several lines


def test_a_value_over_two_lines_is_one_value_on_its_first_line() -> None:
    found = concerns(
        "| name | description     | relevancy |\n"
        "|:-----|:----------------|----------:|\n"
        "| Silt | The berth fills, |         3 |\n"
        "|      | year by year.   |           |\n"
        "| Sand | It drifts.      |         2 |"
    )
    assert said(found) == [
        (1, 11, "Silt", "The berth fills, year by year.", 3),
        (2, 13, "Sand", "It drifts.", 2),
    ]
    assert rows(found, "raw_cells", "row_no", "line", "raw_text") == [
        (1, 11, "The berth fills,\nyear by year.")
    ]
    assert found.n_source["concerns"] == 2
    assert rejected(found) == []


@pytest.mark.parametrize(
    ("below", "description"),
    [
        ("|  | b |  |\n|  | c |  |", "a b c"),
        ("|  |  |  |\n|  | b |  |", "a b"),
        ("|  | *b* <br> c |  |", "a b c"),
    ],
    ids=["three lines", "an empty line inside", "Markdown"],
)
def test_all_lines_of_a_value_are_joined(below: str, description: str) -> None:
    found = concerns(f"{RATED}| Silt | a | 3 |\n{below}\n| Sand | d | 1 |")
    assert rows(found, "concerns", "row_no", "name", "description", "relevancy") == [
        (1, "Silt", description, 3),
        (2, "Sand", "d", 1),
    ]
    assert rejected(found) == []


def test_two_values_of_a_row_may_go_on_in_one_line() -> None:
    found = card(
        "## Signals\n\n| Signal | Change | 10y horizon | Driving force |\n|--|--|--|--|\n"
        "| Silt | less to | no berth | rain |\n|  | more | at all |  |"
    )
    assert rows(found, "signals", "name", "change", "ten_year", "driving_force") == [
        ("Silt", "less to more", "no berth at all", "rain")
    ]


LAID_OUT = (
    "| name     | description | relevancy |\n"
    "|:---------|:------------|----------:|\n"
    "| Silt in  | It settles. |         3 |\n"
)


def test_a_name_goes_on_where_a_program_would_have_written_a_relevancy() -> None:
    found = concerns(f"{LAID_OUT}| berths   |             |           |")
    assert said(found) == [(1, 11, "Silt in berths", "It settles.", 3)]


@pytest.mark.parametrize(
    "row",
    ["| berths | | |", "| berths   | They fill.  |           |", "| berths   |             |         2 |"],
    ids=["no padding", "a description", "a relevancy"],
)
def test_a_name_with_more_or_without_padding_is_a_row(row: str) -> None:
    found = concerns(f"{LAID_OUT}{row}")
    assert rows(found, "concerns", "row_no", "name") == [(1, "Silt in"), (2, "berths")]


@pytest.mark.parametrize(
    ("table", "line", "code"),
    [
        ("|  |  |\n|  | a blank row above |", 11, "blank-row"),
        ("| Silt | x |\nText.\n|  | a text between |", 12, "not-a-table-row"),
        ("| Silt | x |\n\n|  | an empty line between |", 13, "table-not-parsed"),
    ],
)
def test_a_line_that_goes_on_with_nothing_is_rejected(table: str, line: int, code: str) -> None:
    found = concerns(f"{PLAIN}{table}")
    assert coded(found)[-1] == (line, code)


# Lines that are no row, or not a whole one


@pytest.mark.parametrize(
    "prose",
    ["No other concerns were found.", "Source: the harbour log | page 3 |", "Either silt | or sand"],
)
def test_prose_below_a_table_is_no_row_of_it(prose: str) -> None:
    found = concerns(f"{RATED}| Silt | x | 3 |\n{prose}\n| Sand | y | 2 |")
    assert said(found) == [(1, 11, "Silt", "x", 3), (2, 13, "Sand", "y", 2)]
    assert rejected(found) == [("concerns", 12, "not-a-table-row", prose)]


def test_rows_without_outer_pipes_are_rows_where_the_header_has_none() -> None:
    found = concerns("name | description\n--|--\nSilt | x\nSand | y\nAnd prose.")
    assert rows(found, "concerns", "name", "description") == [("Silt", "x"), ("Sand", "y")]
    assert coded(found) == [(13, "not-a-table-row")]


@pytest.mark.parametrize(
    ("table", "row"),
    [
        (f"{RATED}| Silt | x | 3 |", "| Sand | It dri"),
        (f"{RATED}| Silt | x | 3 |", "| Sa"),
        (f"{PLAIN}| Silt | x |", "| Sand | It dri"),
        (f"{PLAIN}| Silt | x |", "| Sand | It drifts "),
        ("| name | description  |\n|------|--------------|\n| Silt | x            |", "| Sand | It drift"),
    ],
)
def test_a_last_row_that_was_cut_off_is_rejected(table: str, row: str) -> None:
    found = concerns(f"{table}\n{row}")
    assert rows(found, "concerns", "name") == ["Silt"]
    assert rejected(found) == [("concerns", 12, "cut-off", row)]


def test_a_row_of_too_few_cells_without_its_last_pipe_is_rejected_wherever_it_stands() -> None:
    found = concerns(f"{RATED}| Silt | It set\n| Sand | y | 2 |")
    assert said(found) == [(1, 12, "Sand", "y", 2)]
    assert coded(found) == [(11, "cut-off")]


@pytest.mark.parametrize(
    ("table", "row"),
    [
        (RATED, "| Sand | It drifts. | 2"),
        ("| name   | description   |\n|:-------|:--------------|\n", "| Sand   | It drifts.    "),
        ("| name   | description   |\n|:-------|:--------------|\n", "| Sand   | It drifts off"),
        (PLAIN, "| Sand | It drifts.\n\n## Issues"),
    ],
    ids=["a number", "padding", "the width of the column", "more below it"],
)
def test_a_row_that_lacks_only_its_last_pipe_is_read(table: str, row: str) -> None:
    found = concerns(f"{table}{row}")
    assert rows(found, "concerns", "name") == ["Sand"]
    assert rejected(found) == []


# Line breaks


@pytest.mark.parametrize("mark", ["<br>", "<br/>", "<BR />"])
def test_a_line_break_in_a_cell_is_a_blank(mark: str) -> None:
    found = card(
        f"## Signals\n\n| Signal | Driving{mark}force |\n|--|--|\n"
        f"| Silt{mark}and sand | a {mark} b{mark} |\n| x | {mark} |"
    )
    assert rows(found, "signals", "name", "driving_force") == [("Silt and sand", "a b"), ("x", None)]
    assert rows(found, "raw_cells", "raw_text") == [f"Silt{mark}and sand", f"a {mark} b{mark}", mark]


@pytest.mark.parametrize("mark", ["<br>", "<br/>", "<BR />"])
def test_a_line_break_parts_a_list_item_in_two(mark: str) -> None:
    found = card(
        f"## Keywords\n\n* silt{mark}sand\n* tide {mark} {mark} *ebb*{mark}\n* {mark}\n\n"
        f"## Other\n\n* Category: city{mark}Type: news"
    )
    assert rows(found, "keywords", "row_no", "line", "raw_text", "n_source_items") == [
        (1, 9, "silt", 1),
        (2, 9, "sand", 1),
        (3, 10, "tide", 1),
        (4, 10, "ebb", 1),
    ]
    assert found.n_source["keywords"] == 5
    assert rows(found, "card_extra", "line", "column_name", "value") == [(11, "(blank bullet)", mark)]
    assert (found.card["category"], found.card["type"]) == ("city", "news")


# Numbers as text, and columns that nobody knows


@pytest.mark.parametrize(
    ("name", "description"), [("2030", "007"), ("1e3", "+4"), ("0x1F", "1,000"), ("3.10", "00")]
)
def test_a_number_in_a_column_of_texts_is_kept_as_it_is_written(name: str, description: str) -> None:
    assert said(concerns(f"{RATED}| {name} | {description} | 3 |")) == [(1, 11, name, description, 3)]


@pytest.mark.parametrize("header", ["severity", "Wahrscheinlichkeit", "Unnamed: 0", "10-year"])
def test_a_column_that_a_model_invented_is_kept_beside_the_table(header: str) -> None:
    found = concerns(
        f"| name | {header} | description |\n|--|--|--|\n| Silt | high | x |\n| Sand | nan | y |"
    )
    assert rows(found, "concerns", "name", "description") == [("Silt", "x"), ("Sand", "y")]
    assert rows(found, "card_extra", "line", "column_name", "value") == [
        (11, header, "high"),
        (12, header, "nan"),
    ]
    assert rejected(found) == []


@pytest.mark.parametrize("heading", ["**Behaviors**", "Technologies:", "3. Signaux", "Issue"])
def test_rows_below_a_heading_that_is_written_as_a_row_are_not_those_of_the_table(heading: str) -> None:
    for row in (f"| {heading} | | |", f"| {heading} | nan | nan |", f"| | {heading} | |"):
        found = concerns(f"{RATED}| Silt | rises | 3 |\n{row}\n| Dredges | idle | 2 |\n")
        assert coded(found) == [(12, "other-table"), (13, "other-table")]
    assert said(found) == [(1, 11, "Silt", "rises", 3)]
    assert coded(found) == [(12, "other-table"), (13, "other-table")]


@pytest.mark.parametrize("row", ["| Behaviors | they change | |", "| Emerging | | |", "| | Signals rise | |"])
def test_a_row_that_says_more_than_a_heading_or_no_section_is_one(row: str) -> None:
    assert len(said(concerns(f"{RATED}| Silt | rises | 3 |\n{row}\n| Dredges | idle | 2 |\n"))) >= 2


@pytest.mark.parametrize(
    "header", ["| name | description |", "| Name | DESCRIPTION |", "| description | name |"]
)
def test_rows_below_a_second_header_are_not_those_of_the_table(header: str) -> None:
    found = concerns(f"{PLAIN}| Silt | rises |\n{header}\n| Dredges | idle |\n")
    assert [one[:2] for one in said(found)] == [(1, 11)]
    assert coded(found) == [(12, "other-table"), (13, "other-table")]
