"""Headings, headers and forms, and the tables that the models declare for them."""

import pytest

from signals_pipeline.parsed.models import FORMS
from signals_pipeline.parsed.reader import forms
from signals_pipeline.parsed.reader.forms import Structure, form_of, section_of

OF_A = frozenset({"name", "change", "ten_year", "driving_force"})
OF_B = OF_A | {"description", "relevancy"}
NAMED = frozenset({"name", "description"})
RATED = NAMED | {"relevancy"}
WITH_SRC = frozenset({"description", "relevancy", "src"})


@pytest.mark.parametrize(
    ("heading", "section"),
    [
        ("Keywords", "keywords"),
        ("  THEMES: ", "themes"),
        ("Behaviours", "behaviors"),
        ("Behaviors", "behaviors"),
        ("Issues", "emerging_issues"),
        ("Emerging \n issues", "emerging_issues"),
        ("Closest", "related_cards"),
        ("Other", "other"),
        ("# Other", None),
        ("Keyword", None),
        ("", None),
    ],
)
def test_a_heading_opens_its_section(heading: str, section: str | None) -> None:
    assert section_of(heading) == section


@pytest.mark.parametrize(
    ("section", "header", "column"),
    [
        ("signals", "signal", "name"),
        ("signals", "10y horizon", "ten_year"),
        ("signals", "10-year", "ten_year"),
        ("signals", "driving force", "driving_force"),
        ("signals", "driving-force", "driving_force"),
        ("technologies", "src", "src"),
        ("concerns", "signal", None),
        ("concerns", "card_id", None),
    ],
)
def test_a_header_names_its_column(section: str, header: str, column: str | None) -> None:
    assert forms.HEADERS[section].get(header) == column


def test_blanks_and_case_of_a_header_do_not_matter() -> None:
    assert forms.columns_of("signals", (" 10Y  horizon ", "Driving\xa0Force", "10yhorizon"))[0] == (
        "ten_year",
        "driving_force",
        None,
    )


@pytest.mark.parametrize(
    ("form", "structure"),
    [
        ("A", Structure(has_title=True, columns={"signals": OF_A})),
        ("A0", Structure(columns={"signals": OF_A})),
        ("other", Structure(has_title=True, columns={"signals": OF_A, "concerns": NAMED})),
        ("B-char", Structure(has_title=True, has_split_list=True, columns={"signals": OF_B})),
        ("B-length", Structure(has_title=True, columns={"signals": OF_B, "behaviors": RATED})),
        ("B-length", Structure(columns={"signals": OF_B, "behaviors": RATED, "technologies": WITH_SRC})),
        ("other", Structure(columns={"signals": OF_B, "behaviors": NAMED})),
        ("B-name", Structure(is_from_page=True, columns={"signals": OF_B, "technologies": RATED})),
        ("B-src", Structure(is_from_page=True, columns={"signals": OF_B, "technologies": WITH_SRC})),
        ("C", Structure(is_from_page=True, columns={"signals": OF_B, "concerns": NAMED})),
        ("other", Structure(is_from_page=True, columns={"signals": OF_B, "a": NAMED, "b": RATED})),
        ("other", Structure(is_from_page=True, columns={"signals": OF_B})),
        ("other", Structure(is_from_page=True, columns={"concerns": NAMED})),
        ("other", Structure()),
    ],
)
def test_a_form_is_told_from_structure(form: str, structure: Structure) -> None:
    assert form in FORMS
    assert form_of(structure) == form


def test_every_column_read_of_a_card_says_from_which_part() -> None:
    assert forms.parts_read("signals")["ten_year"] == ("## Signals: 10y horizon", "## Signals: 10-year")
    assert forms.parts_read("emerging_issues")["name"] == ("## Issues: name",)
    assert forms.parts_read("keywords")["raw_text"] == ("## Keywords: list item",)
    assert forms.parts_read("cards")["title"] == ("title line",)
    assert forms.parts_read("concerns")["line"] == ("line number",)
    assert "file name" not in forms.HEADERS["concerns"]
