"""Headings written as something else, sections that no table holds, and what must not land in a section."""

import pytest

from signals_pipeline.parsed.reader.card import CardRows
from signals_pipeline_tests.parsed.reader.sample import card, extras, rejected, rows

SIGNALS = "## Signals\n\n| name | description | relevancy |\n|---|---|---|\n| Silt | It settles. | 3 |"
CONCERNS = "| name | description | relevancy |\n|---|---|---|\n| Floods | They rise. | 4 |"
"""With SIGNALS above it and an empty line between them, a line in front of it stands on line 13."""


def coded(found: CardRows) -> list[object]:
    return [(section, line, code) for section, line, code, _ in rejected(found)]


# Headings written as something else


@pytest.mark.parametrize(
    "heading",
    [
        "**Concerns**", "__Concerns__", "Concerns:", "##Concerns", "###**Concerns**", "##\xa0Concerns",
        "**2. Concerns (1):**", "**Concerns**:", "***Préoccupations***", "*Emerging concerns*", "Concerns",
        "3) **CONCERNS**", "⚠️ **Concerns**", "== Concerns ==", "Concerns (1) :", "#Concerns",
    ],
)  # fmt: skip
@pytest.mark.parametrize("between", ["\n\n", "\n"], ids=["an empty line", "no line"])
def test_a_line_that_names_a_section_above_its_table_opens_it(heading: str, between: str) -> None:
    found = card(f"{SIGNALS}{between}{heading}{between}{CONCERNS}")
    assert rows(found, "signals", "name") == ["Silt"]
    assert rows(found, "concerns", "name", "relevancy") == [("Floods", 4)]
    assert (rejected(found), extras(found)) == ([], [])


@pytest.mark.parametrize("heading", ["**Keywords**", "Keywords:", "##Mots-clés", "1. **Keywords**"])
def test_a_line_that_names_a_list_above_a_list_opens_it(heading: str) -> None:
    found = card(f"## Themes\n\n* tide\n\n{heading}\n\n* silt\n* sand")
    assert rows(found, "themes", "raw_text") == ["tide"]
    assert rows(found, "keywords", "line", "raw_text") == [(13, "silt"), (14, "sand")]
    assert rejected(found) == []


@pytest.mark.parametrize("heading", ["**Summary**", "Summary:", "##Résumé", "__Summary:__"])
def test_a_line_that_names_the_summary_above_a_text_opens_it(heading: str) -> None:
    found = card(f"## Themes\n\n* tide\n\n{heading}\n\nThe tide turns.\n\n{SIGNALS}")
    assert found.card["summary"] == "The tide turns."
    assert rows(found, "themes", "raw_text") == ["tide"]
    assert rejected(found) == []


@pytest.mark.parametrize(
    "text",
    [
        "**Technologies**\n\nNone of them is new.",
        "Concerns:\n\n* floods\n* debts",
        "**Summary**\n\nIt went on.",
        "Signals\n\nThey were few.",
        "Keywords: silt and sand",
    ],
)
def test_a_line_in_the_summary_above_what_its_section_does_not_hold_is_text(text: str) -> None:
    found = card(f"## Summary\n\nThe tide turns.\n\n{text}\n\n{SIGNALS}")
    assert found.card["summary"].split() == f"The tide turns. {text.replace('**', '')}".split()
    assert rows(found, "signals", "name") == ["Silt"]
    assert rejected(found) == []


@pytest.mark.parametrize("line", ["* Concerns", "> Concerns:", "    Concerns:", "`Concerns`x"])
def test_what_is_a_list_a_quote_or_code_opens_nothing(line: str) -> None:
    found = card(f"{SIGNALS}\n\n{line}\n\n{CONCERNS}")
    assert rows(found, "signals", "name") == ["Silt"]
    assert rows(found, "concerns", "name") == []
    assert coded(found) == [
        ("signals", 13, "not-a-table-row"),
        ("signals", 15, "other-table"),
        ("signals", 17, "other-table"),
    ]


# What may belong to another section


@pytest.mark.parametrize(
    "text", ["**Opportunities**", "##Opportunities", "<h2>Concerns</h2>", "Concerns\n\nThere was one more."]
)
def test_a_further_table_below_a_text_is_rejected(text: str) -> None:
    found = card(f"{SIGNALS}\n\n{text}\n\n{CONCERNS}")
    assert rows(found, "signals", "name") == ["Silt"]
    assert [code for _, _, code in coded(found)][-2:] == ["other-table", "other-table"]


def test_a_further_table_with_other_columns_is_rejected() -> None:
    found = card(f"{SIGNALS}\n\n| name | description |\n|---|---|\n| Floods | They rise. |")
    assert rows(found, "signals", "name") == ["Silt"]
    assert coded(found) == [("signals", 13, "other-table"), ("signals", 15, "other-table")]


def test_a_further_table_of_the_same_columns_right_below_goes_on() -> None:
    found = card(f"{SIGNALS}\n\n{CONCERNS}")
    assert rows(found, "signals", "row_no", "name") == [(1, "Silt"), (2, "Floods")]


def test_a_text_above_the_first_table_does_not_matter() -> None:
    found = card(f"## Concerns\n\nThe article has one:\n\n{CONCERNS}")
    assert rows(found, "concerns", "name") == ["Floods"]
    assert coded(found) == [("concerns", 9, "not-a-table-row")]


def test_a_table_glued_to_the_one_above_is_rejected() -> None:
    found = card(f"{SIGNALS}\n{CONCERNS}\n| Debts | They grow. | 1 |")
    assert rows(found, "signals", "name") == ["Silt"]
    assert coded(found) == [("signals", line, "other-table") for line in (12, 13, 14, 15)]


def test_each_bullet_in_a_table_section_and_each_row_in_a_list_section_is_rejected() -> None:
    found = card(f"## Concerns\n\n* floods\n* debts\n\n## Keywords\n\n{CONCERNS}")
    assert coded(found) == [
        ("concerns", 9, "not-a-table-row"),
        ("concerns", 10, "not-a-table-row"),
        ("keywords", 14, "not-a-list-item"),
        ("keywords", 16, "not-a-list-item"),
    ]
    assert dict(found.n_source) == {"concerns": 2, "keywords": 2}


# Sections that no table holds


@pytest.mark.parametrize("level", ["##", "###", "#"])
def test_a_section_under_an_unknown_heading_is_kept_and_a_reject(level: str) -> None:
    found = card(f"{SIGNALS}\n\n{level} Drivers\n\n* silt\n* sand\n\n## Notes")
    assert extras(found) == [(15, "Drivers", None, "* silt\n* sand"), (18, "Notes", None, None)]
    assert rejected(found) == [(None, 13, "unknown-section", f"{level} Drivers\n\n* silt\n* sand")]


@pytest.mark.parametrize(
    "inside", ["### Background", "#### Since 1990 ####", "```\nwater\n```", "* one\n* two", "> quoted"]
)
def test_a_summary_goes_on_below_a_deeper_heading_or_code(inside: str) -> None:
    found = card(f"## Summary\n\nThe tide turns.\n\n{inside}\n\nIt goes out.\n\n{SIGNALS}")
    assert found.card["summary"] == f"The tide turns.\n\n{inside}\n\nIt goes out."
    assert rows(found, "signals", "name") == ["Silt"]
    assert (rejected(found), extras(found)) == ([], [])


@pytest.mark.parametrize("heading", ["### Signals", "## Signals", "#### 1. Signals"])
def test_a_known_heading_ends_the_summary_at_any_level(heading: str) -> None:
    found = card(f"## Summary\n\nThe tide turns.\n\n{SIGNALS.replace('## Signals', heading)}")
    assert found.card["summary"] == "The tide turns."
    assert rows(found, "signals", "name") == ["Silt"]


def test_each_row_of_a_table_in_the_summary_is_a_reject() -> None:
    found = card(f"## Summary\n\nThe tide turns.\n\n{CONCERNS}\n\nIt goes out.")
    assert found.card["summary"] == "The tide turns.\n\nIt goes out."
    assert coded(found) == [("summary", 11, "table-in-summary"), ("summary", 13, "table-in-summary")]
    assert dict(found.n_source) == {"summary": 2}


@pytest.mark.parametrize(
    "table",
    [
        "  | Floods | They rise. |\n  |---|---|\n  | Debts | They grow. |",
        "Floods | They rise.\n---|---\nDebts | They grow.",
        "|Floods|They rise.|\n|:-:|-:|\n|Debts|They grow.|",
    ],
)
@pytest.mark.parametrize("above", ["\n\n", "\n"], ids=["an empty line", "no line"])
def test_a_table_in_the_summary_may_be_laid_out_in_any_way(table: str, above: str) -> None:
    found = card(f"## Summary\n\nThe tide turns.{above}{table}\n\nIt goes out.")
    assert found.card["summary"] == "The tide turns.\n\nIt goes out."
    line = 9 + len(above)
    assert coded(found) == [("summary", line, "table-in-summary"), ("summary", line + 2, "table-in-summary")]


def test_rows_glued_to_a_text_of_the_summary_are_rejects_and_the_text_stays() -> None:
    found = card("## Summary\n\nThe *tide* turns.\n| Floods | They rise. |\n  | Debts |\nIt goes out.")
    assert found.card["summary"] == "The tide turns.\nIt goes out."
    assert coded(found) == [("summary", 10, "table-in-summary"), ("summary", 11, "table-in-summary")]
    assert dict(found.n_source) == {"summary": 2}


@pytest.mark.parametrize("row", ["| Floods | They rise. |", "|  |  |", "| Floods"])
def test_a_row_in_the_summary_that_lacks_its_table_is_a_reject_as_well(row: str) -> None:
    found = card(f"## Summary\n\nThe tide turns.\n\n{row}\n{row}")
    assert found.card["summary"] == "The tide turns."
    assert coded(found) == [("summary", 11, "table-in-summary"), ("summary", 12, "table-in-summary")]


@pytest.mark.parametrize(
    "fence",
    ["```", "~~~", "```markdown", "<!--", "<!-- to be done", "  <!-- ## Old", "<pre>", "<style >", "<?php"],
)
def test_a_fence_or_comment_that_is_never_closed_hides_no_section(fence: str) -> None:
    found = card(f"## Summary\n\nThe tide turns.\n\n{fence}\n\nIt goes out.\n\n{SIGNALS}")
    assert found.card["summary"] == "The tide turns.\n\nIt goes out."
    assert rows(found, "signals", "line", "name") == [(19, "Silt")]
    assert rejected(found) == [(None, 11, "open-fence", fence)]


def test_each_of_several_fences_and_comments_that_are_never_closed_is_dropped() -> None:
    found = card(f"## Summary\n\n<!-- a\n\n{SIGNALS}\n\n```\n\n## Concerns\n\n{CONCERNS}")
    assert rows(found, "signals", "line", "name") == [(15, "Silt")]
    assert rows(found, "concerns", "line", "name") == [(23, "Floods")]
    assert rejected(found) == [(None, 9, "open-fence", "<!-- a"), (None, 17, "open-fence", "```")]


@pytest.mark.parametrize("comment", ["<!-- a -->", "<!-- a\n\n## Themes\n\n-->", "words <!-- a", "`<!--`"])
def test_a_comment_that_ends_or_is_none_hides_nothing_below_it(comment: str) -> None:
    found = card(f"## Summary\n\n{comment}\n\n**Concerns**\n\n{CONCERNS}\n\n{SIGNALS}")
    assert (rows(found, "concerns", "name"), rows(found, "signals", "name")) == (["Floods"], ["Silt"])
    assert rejected(found) == []


def test_a_fence_that_is_never_closed_stays_where_it_hides_no_section() -> None:
    found = card("## Summary\n\nThe tide turns.\n\n```\nwater")
    assert found.card["summary"] == "The tide turns.\n\n```\nwater"
    assert rejected(found) == []


def test_a_heading_in_a_closed_fence_opens_nothing() -> None:
    found = card(f"## Summary\n\n```\n**Concerns**\n\n{CONCERNS}\n##Keywords\n```\n\n{SIGNALS}")
    assert rows(found, "concerns", "name") == []
    assert rows(found, "signals", "name") == ["Silt"]


# What stands right below a list item, or below another text


@pytest.mark.parametrize(
    "glued",
    [
        "| Floods | They rise. |",
        "  | Floods | They rise. |",
        "And so on.",
        " one blank is none",
        "**bold** words",
    ],
)
@pytest.mark.parametrize("heading", ["Keywords", "Themes"])
def test_what_is_glued_to_a_list_item_is_no_part_of_it(heading: str, glued: str) -> None:
    found = card(f"## {heading}\n\n* silt\n{glued}\n* sand")
    assert rows(found, heading.lower(), "line", "raw_text") == [(9, "silt"), (11, "sand")]
    assert rejected(found) == [(heading.lower(), 10, "not-a-list-item", glued)]


@pytest.mark.parametrize("below", ["  of the harbour", "\tof the harbour", "   of the harbour"])
def test_a_list_item_goes_on_in_a_line_that_is_indented(below: str) -> None:
    found = card(f"## Keywords\n\n* silt\n{below}\n* sand")
    assert rows(found, "keywords", "line", "raw_text") == [(9, "silt\nof the harbour"), (11, "sand")]
    assert rejected(found) == []


def test_a_table_glued_to_a_list_is_rejected_row_by_row() -> None:
    found = card(f"## Other\n\n* Category: food\n* Type: news\n{CONCERNS}\n\n## Themes\n\n* tide")
    assert (found.card["category"], found.card["type"]) == ("food", "news")
    assert coded(found) == [("other", line, "not-a-list-item") for line in (11, 12, 13)]
    assert dict(found.n_source) == {"other": 5, "themes": 1}


@pytest.mark.parametrize("between", ["\n\n", "\n"], ids=["an empty line", "no line"])
@pytest.mark.parametrize("name", ["**Actors**", "Actors:", "##Actors", "== Actors =="])
def test_a_list_below_a_text_that_may_be_its_heading_is_rejected(name: str, between: str) -> None:
    found = card(f"## Keywords\n\n* silt{between}{name}{between}* the port\n* the sea")
    line = 9 + len(between)
    assert rows(found, "keywords", "raw_text") == ["silt"]
    assert rejected(found) == [
        ("keywords", line, "not-a-list-item", name),
        ("keywords", line + len(between), "not-a-list-item", "* the port"),
        ("keywords", line + len(between) + 1, "not-a-list-item", "* the sea"),
    ]


def test_a_list_below_an_underlined_text_is_rejected() -> None:
    found = card("## Themes\n\n* silt\n\nActors\n======\n\n* the port")
    assert rows(found, "themes", "raw_text") == ["silt"]
    assert coded(found) == [("themes", 11, "not-a-list-item"), ("themes", 14, "not-a-list-item")]


def test_a_text_above_the_first_item_does_not_matter() -> None:
    found = card("## Keywords\n\nTwo readers chose:\n\n* silt\n* sand")
    assert rows(found, "keywords", "raw_text") == ["silt", "sand"]


@pytest.mark.parametrize("name", ["**Opportunities**", "Opportunities:", "##Opportunities"])
def test_rows_below_a_line_in_their_table_that_may_be_a_heading_are_rejected(name: str) -> None:
    found = card(f"{SIGNALS}\n{name}\n| Ladders | They are sold. | 2 |")
    assert rows(found, "signals", "name") == ["Silt"]
    assert coded(found) == [("signals", 12, "other-table"), ("signals", 13, "other-table")]


@pytest.mark.parametrize("section", ["Concerns", "Behaviors", "Technologies"])
def test_a_row_that_became_a_header_is_rejected(section: str) -> None:
    found = card(f"## {section}\n\n| Floods | They rise. |\n|---|---|\n| Debts | They grow. |")
    assert [(line, code) for _, line, code, _ in rejected(found)] == [
        (9, "no-known-column"),
        (11, "no-known-column"),
    ]


def test_each_row_of_a_long_text_in_a_list_is_rejected_by_itself() -> None:
    lines = [f"| {'x' * 300} | {number} |" for number in range(5)]
    found = card("## Themes\n\n" + "\n".join(lines))
    assert rejected(found) == [
        ("themes", 9 + number, "not-a-list-item", line) for number, line in enumerate(lines)
    ]


# Headings in the singular


@pytest.mark.parametrize(
    "heading",
    [
        "## Concern",
        "### **Emerging concern** (1)",
        "**Concern**",
        "Concern:",
        "## Préoccupation",
        "## II. concern",
    ],
)
def test_a_heading_in_the_singular_opens_its_section_above_a_table(heading: str) -> None:
    found = card(f"{SIGNALS}\n\n{heading}\n\n{CONCERNS}")
    assert rows(found, "signals", "name") == ["Silt"]
    assert rows(found, "concerns", "line", "name") == [(17, "Floods")]
    assert (rejected(found), extras(found)) == ([], [])


@pytest.mark.parametrize(
    ("heading", "section"),
    [
        ("Signal", "signals"),
        ("Signal faible", "signals"),
        ("Behavior", "behaviors"),
        ("Emerging behaviour", "behaviors"),
        ("Comportement", "behaviors"),
        ("Technology", "technologies"),
        ("Technologie émergente", "technologies"),
        ("Issue", "emerging_issues"),
        ("Enjeu", "emerging_issues"),
    ],
)
def test_every_table_is_known_in_the_singular(heading: str, section: str) -> None:
    found = card(f"## {heading}\n\n{CONCERNS}")
    assert rows(found, section, "name", "relevancy") == [("Floods", 4)]


@pytest.mark.parametrize(
    ("heading", "section"),
    [("Keyword", "keywords"), ("Mot-clé", "keywords"), ("Theme", "themes"), ("Thème", "themes")],
)
def test_every_list_is_known_in_the_singular(heading: str, section: str) -> None:
    assert rows(card(f"## {heading}\n\n* silt"), section, "line", "raw_text") == [(9, "silt")]


@pytest.mark.parametrize("below", ["![Issue](Issue.png)", "It is disputed.", "* silt", "> quoted"])
@pytest.mark.parametrize("heading", ["## Issue", "## Technology", "# Issue"])
def test_a_heading_in_the_singular_above_anything_else_is_unknown(heading: str, below: str) -> None:
    found = card(f"{SIGNALS}\n\n{heading}\n\n{below}")
    assert extras(found) == [(15, heading.strip("# "), None, below)]
    assert [(line, code) for _, line, code, _ in rejected(found)] == [(13, "unknown-section")]


@pytest.mark.parametrize("heading", ["**Issue**", "Technology", "### Signal"])
def test_a_summary_goes_on_below_a_word_in_the_singular(heading: str) -> None:
    found = card(f"## Summary\n\nThe tide turns.\n\n{heading}\n\nIt goes out.\n\n{SIGNALS}")
    assert found.card["summary"].endswith("It goes out.")
    assert rows(found, "signals", "name") == ["Silt"]
    assert rejected(found) == []


@pytest.mark.parametrize("heading", ["**Themes**", "__Signals__", "**3. Concerns:**"])
def test_items_below_a_heading_that_is_written_as_an_item_are_not_those_of_the_list(heading: str) -> None:
    found = card(f"## Keywords\n\n* kelp\n* {heading}\n* storms\n")
    assert rows(found, "keywords", "line", "raw_text") == [(9, "kelp")]
    assert [(line, code) for _, line, code, _ in rejected(found)] == [
        (10, "not-a-list-item"),
        (11, "not-a-list-item"),
    ]


def test_a_keyword_may_be_the_name_of_a_section() -> None:
    found = card("## Keywords\n\n* Technologies\n* **kelp**\n* signals\n")
    assert rows(found, "keywords", "raw_text") == ["Technologies", "kelp", "signals"]
