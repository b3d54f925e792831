"""What the numbers rest on: what could not be read or is not counted and why, and what every column means."""

from typing import Any

from signals_pipeline.marts.invariants import INVARIANTS
from signals_pipeline.parsed.checks import BLOCKING
from signals_pipeline.publish.cautions import CAUTIONS
from signals_pipeline.publish.questions import questions
from signals_pipeline.publish.report import words
from signals_pipeline.publish.report.charts import heat_strips, year_ticks
from signals_pipeline.publish.report.overview import uncounted
from signals_pipeline.publish.report.reading import Book, Row, grouped
from signals_pipeline.publish.report.site import Figure, Site

REJECTS_LISTED = 300
CARDS_LISTED = 300
EXTRA_LISTED = 30
CANDIDATES_LISTED = 30


def write_quality(book: Book, site: Site) -> None:
    """Write the page about the quality of the data."""
    rejects, n_rejects = book.first_rows(
        "SELECT path, line, card_id, section, row_no, level, code, reason, raw_text FROM parsed.rejects "
        "ORDER BY path, line NULLS FIRST, code, section, row_no, raw_text",
        REJECTS_LISTED,
    )
    undated, n_undated = _cards(book, "not_counted_reason = 'undated'")
    others, n_others = _cards(book, "not_counted_reason <> 'undated'")
    doubted, n_doubted = _cards(book, "issue_date_flags IS NOT NULL")
    site.write(
        "quality.html",
        "quality.html",
        title="Data quality",
        files=book.rows(
            "SELECT kind, count(path) AS n FROM parsed.files_seen GROUP BY kind ORDER BY n DESC, kind"
        ),
        rejects=rejects,
        n_rejects=n_rejects,
        codes=book.rows(
            "SELECT level, code, count(path) AS n FROM parsed.rejects GROUP BY level, code "
            "ORDER BY n DESC, code, level"
        ),
        uncounted=uncounted(book),
        undated=undated,
        n_undated=n_undated,
        others=others,
        n_others=n_others,
        doubted=doubted,
        n_doubted=n_doubted,
        figures=_figures(book),
        forms=_forms(book),
        form_columns=[("Form", ""), ("Cards", "n"), *((name, "n") for name in words.SECTIONS.values())],
        unmatched=book.rows("SELECT count(card_id) AS n FROM parsed.cards WHERE NOT id_matches_link")[0]["n"],
        extra=book.rows(
            """
            SELECT heading, column_name, count(*) AS n, count(DISTINCT card_id) AS n_cards
            FROM parsed.card_extra GROUP BY heading, column_name
            ORDER BY n_cards DESC, heading NULLS FIRST, column_name NULLS FIRST LIMIT $listed
            """,
            {"listed": EXTRA_LISTED},
        ),
        candidates=book.rows(
            "FROM topic_alias_candidates ORDER BY n_cards_a + n_cards_b DESC, kind, topic_a, topic_b "
            "LIMIT $listed",
            {"listed": CANDIDATES_LISTED},
        ),
        n_candidates=book.rows("SELECT count(*) AS n FROM topic_alias_candidates")[0]["n"],
        cautions=_cautions(book),
        blocking=[(one.name, one.description) for one in BLOCKING],
        invariants=[(one.name, one.description) for one in INVARIANTS],
    )


def _cautions(book: Book) -> list[tuple[str, str, int]]:
    """What a person should look at: name, text, and how much speaks against it."""

    def answered(sql: str) -> list[tuple[Any, ...]]:
        return book.connection.execute(sql).fetchall()

    return [(one.name, one.description, len(one.examples(answered))) for one in CAUTIONS]


def _cards(book: Book, condition: str) -> tuple[list[Row], int]:
    """The first cards for which something holds, newest first, and how many there are."""
    return book.first_rows(
        "SELECT card_id, path, line, title, issue_key, issue_token, issue_date_reason, issue_date_flags, "
        f"not_counted_reason FROM parsed.cards WHERE {condition} "
        "ORDER BY issue_date DESC NULLS LAST, issue_key, path, line, card_id",
        CARDS_LISTED,
    )


def write_dictionary(book: Book, site: Site) -> None:
    """Write the page about every table, view, macro, column and metric."""
    found = book.rows("FROM data_dictionary ORDER BY table_schema, table_kind, table_name, position")
    for row in found:
        row["table"] = ("parsed." if row["table_schema"] == "parsed" else "") + row["table_name"]
    tables = [
        {
            "name": name,
            "kind": of_table[0]["table_kind"],
            "about": of_table[0]["table_description"],
            "rows": of_table,
        }
        for name, of_table in grouped(found, "table").items()
    ]
    site.write(
        "dictionary.html",
        "dictionary.html",
        title="Dictionary",
        tables=[one for one in tables if one["kind"] != "macro"],
        macros=[one for one in tables if one["kind"] == "macro"],
        metrics=book.rows("FROM metric ORDER BY metric, parameter NULLS FIRST"),
    )


def write_questions(site: Site) -> None:
    """Write the page of questions with their SQL."""
    site.write("questions.html", "questions.html", title="Twenty questions", questions=questions())


def _figures(book: Book) -> list[Figure]:
    found = book.rows("FROM corpus_health ORDER BY quarter_start, form, section")
    if not found:
        return []
    quarters = sorted({row["quarter_start"] for row in found})
    ticks = year_ticks(quarters)
    return [_filled(found, quarters, ticks), _by_form(found, quarters, ticks)]


def _filled(found: list[Row], quarters: list[Any], ticks: list[str]) -> Figure:
    """The share of the cards that have each section, by quarter."""
    title = "Cards that have the section, by quarter"
    cells = {
        section: [
            _weighted([row for row in of_section if row["quarter_start"] == quarter]) for quarter in quarters
        ]
        for section, of_section in grouped(found, "section").items()
    }
    totals = {
        section: (sum(x for x, _ in counts), sum(n for _, n in counts)) for section, counts in cells.items()
    }
    lowest = min(totals, key=lambda one: (totals[one][0] / totals[one][1], one))
    highest = max(totals, key=lambda one: (totals[one][0] / totals[one][1], one))
    sentence = (
        f"{_share_of(totals[highest])} have {words.SECTIONS[highest]}, "
        f"{_share_of(totals[lowest])} {words.SECTIONS[lowest]}. Forms A0 and A have no table but signals."
    )
    return Figure(
        "filled",
        title,
        sentence,
        heat_strips(
            "filled",
            title,
            sentence,
            [
                (words.SECTIONS[section], [x / n if n else None for x, n in cells[section]])
                for section in words.SECTIONS
                if section in cells
            ],
            ticks,
            top=1,
        ),
        ("Quarter", *(words.SECTIONS[section] for section in words.SECTIONS if section in cells)),
        [
            (
                words.quarter(quarter),
                *(
                    f"{words.number(cells[section][no][0])} of {words.number(cells[section][no][1])}"
                    for section in words.SECTIONS
                    if section in cells
                ),
            )
            for no, quarter in enumerate(quarters)
        ],
    )


def _by_form(found: list[Row], quarters: list[Any], ticks: list[str]) -> Figure:
    """The share of each form among the cards, by quarter."""
    title = "Forms of the cards, by quarter"
    one_section = [row for row in found if row["section"] == found[0]["section"]]
    forms = {
        form: {row["quarter_start"]: row["n_cards"] for row in of_form}
        for form, of_form in sorted(grouped(one_section, "form").items())
    }
    totals = {quarter: sum(counts.get(quarter, 0) for counts in forms.values()) for quarter in quarters}
    most = max(forms, key=lambda form: (sum(forms[form].values()), form))
    n_all = sum(totals.values())
    sentence = (
        f"{words.number(sum(forms[most].values()))} of {words.count(n_all, 'counted card')}, "
        f"{words.percent(sum(forms[most].values()) / n_all)}, have form {most}. "
        "Trends are tested within forms, so that a change of form is not taken for a change of the world."
    )
    return Figure(
        "forms",
        title,
        sentence,
        heat_strips(
            "forms",
            title,
            sentence,
            [
                (form, [counts.get(one, 0) / totals[one] for one in quarters])
                for form, counts in forms.items()
            ],
            ticks,
            top=1,
        ),
        ("Quarter", *forms),
        [
            (words.quarter(one), *(words.number(counts.get(one, 0)) for counts in forms.values()))
            for one in quarters
        ],
    )


def _weighted(found: list[Row]) -> tuple[int, int]:
    """Cards with the section, and cards."""
    return sum(round(row["fill_rate"] * row["n_cards"]) for row in found), sum(
        row["n_cards"] for row in found
    )


def _share_of(counts: tuple[int, int]) -> str:
    x, n = counts
    return f"{words.number(x)} of {words.count(n, 'counted card')} ({words.percent(x / n)})"


def _forms(book: Book) -> list[tuple[str, int, list[tuple[str, str]]]]:
    """For each form its cards, and for each section the share that has it and the rows a card."""
    found = book.rows(
        "SELECT form, section, sum(n_cards) AS n, sum(fill_rate * n_cards) AS x, "
        "sum(mean_rows * n_cards) AS n_rows "
        "FROM corpus_health GROUP BY form, section ORDER BY form, section"
    )
    forms = []
    for form, of_form in grouped(found, "form").items():
        by_section = {row["section"]: row for row in of_form}
        cells = [
            (words.percent(row["x"] / row["n"]), words.decimal(row["n_rows"] / row["n"], 1))
            for row in (by_section[section] for section in words.SECTIONS)
        ]
        forms.append((form, of_form[0]["n"], cells))
    return forms
