"""Headings, headers and forms, and the tables that the models declare for them."""

import pytest

from signals_pipeline.parsed.models import FORMS
from signals_pipeline.parsed.reader import forms
from signals_pipeline.parsed.reader.dialect import NEWSLETTER
from signals_pipeline.parsed.reader.forms import Structure, form_of

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
        ("1. Signals", "signals"),
        ("2) Behaviors", "behaviors"),
        ("(3) Themes", "themes"),
        ("04 – Technologies", "technologies"),
        ("2.1 Concerns", "concerns"),
        ("5️⃣ Issues", "emerging_issues"),
        ("🎯 Signals", "signals"),
        ("Concerns ⚠️", "concerns"),
        ("👩‍🔬 Technologies 🔬", "technologies"),
        ("Signals (5)", "signals"),
        ("Behaviors [12]", "behaviors"),
        ("Concerns (n = 4):", "concerns"),
        ("Technologies (3 items)", "technologies"),
        ("— Themes —", "themes"),
        ("Emerging-Issues", "emerging_issues"),
        ("EMERGING_ISSUES", "emerging_issues"),
        ("~ Summary ~", "summary"),
        ("Weak Signals", "signals"),
        ("weak_signals", "signals"),
        ("Emerging Behaviors", "behaviors"),
        ("6. Emerging technologies (2)", "technologies"),
        ("Signaux faibles", "signals"),
        ("Préoccupations", "concerns"),
        ("PRÉOCCUPATIONS", "concerns"),
        ("Comportements émergents", "behaviors"),
        ("Enjeux", "emerging_issues"),
        ("Mots-clés", "keywords"),
        ("mots clefs", None),
        ("Signaux", "signals"),
        ("Comportements", "behaviors"),
        ("Preoccupations", "concerns"),
        ("Pre\u0301occupations", "concerns"),
        ("Mots cles", "keywords"),
        ("MOTS-CLE\u0301S", "keywords"),
        ("Themes :", "themes"),
        ("The\u0300mes", "themes"),
        ("Resume", "summary"),
        ("Re\u0301sume\u0301", "summary"),
        ("II. Concerns", "concerns"),
        ("iv) Signals", "signals"),
        ("Ⅲ – Behaviours", "behaviors"),
        ("(X) Emerging issues", "emerging_issues"),
        ("1.ii Themes", "themes"),
        ("C. Concerns", None),
        ("Mix Signals", None),
        ("Thèmes", "themes"),
        ("Résumé", "summary"),
        ("Sig­nals", "signals"),
        ("Ｓignals", "signals"),
        ("Signals and concerns", None),
        ("Signals (2 of 5)", None),
        ("5G Technologies", None),
        ("No concerns", None),
        ("# Other", None),
        ("Keyword", None),
        ("5", None),
        ("(5)", None),
        ("", None),
    ],
)
def test_a_heading_opens_its_section(heading: str, section: str | None) -> None:
    assert NEWSLETTER.section_of(heading) == section


@pytest.mark.parametrize(
    ("heading", "section"),
    [
        ("Issue", "emerging_issues"),
        ("### 3) Technology:", "technologies"),
        ("**Weak signal**", "signals"),
        ("Préoccupation émergente", "concerns"),
        ("Mot-clé", "keywords"),
        ("Issues", "emerging_issues"),
        ("# Issue", None),
        ("Summary", None),
        ("Other", None),
        ("Tech", None),
        ("", None),
    ],
)
def test_a_heading_in_the_singular_may_name_a_section(heading: str, section: str | None) -> None:
    assert NEWSLETTER.section_in_singular(heading) == section


@pytest.mark.parametrize(
    ("section", "header", "column"),
    [
        ("signals", "signal", "name"),
        ("signals", "10y horizon", "ten_year"),
        ("signals", "10-year", "ten_year"),
        ("signals", "driving force", "driving_force"),
        ("signals", "driving-force", "driving_force"),
        ("technologies", "src", "src"),
        ("signals", "Driving_Force", "driving_force"),
        ("signals", "10 year", "ten_year"),
        ("signals", "10_Y_horizon", None),
        ("signals", "5-year", None),
        ("behaviors", "1. Name", "name"),
        ("concerns", "📝 Description:", "description"),
        ("technologies", "Relevancy (5)", "relevancy"),
        ("concerns", "signal", None),
        ("concerns", "card_id", None),
    ],
)
def test_a_header_names_its_column(section: str, header: str, column: str | None) -> None:
    assert NEWSLETTER.columns_of(section, (header,))[0] == (column,)


def test_blanks_and_case_of_a_header_do_not_matter() -> None:
    assert NEWSLETTER.columns_of("signals", (" 10Y  horizon ", "Driving\xa0Force", "10yhorizon"))[0] == (
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
