"""What the numbers rest on: what could not be read or is not counted and why, and what every column means."""

from signals_pipeline.core.settings import typed
from signals_pipeline.marts.checks import INVARIANTS
from signals_pipeline.meaning.model import NAME, SHA256
from signals_pipeline.parsed.checks import BLOCKING
from signals_pipeline.publish import spreadsheet, workbook
from signals_pipeline.publish.checks import WARNINGS
from signals_pipeline.publish.dictionary import IN_PARQUET
from signals_pipeline.publish.questions import questions
from signals_pipeline.publish.report import periods, words
from signals_pipeline.publish.report.charts import heat_strips, lines, year_ticks
from signals_pipeline.publish.report.overview import uncounted
from signals_pipeline.publish.report.reading import Book, Listed, Row, grouped
from signals_pipeline.publish.report.safe import clipped, visible
from signals_pipeline.publish.report.site import Figure, Site

PAIRS_DRAWN = 10
NAME_LENGTH = 16
"""Letters of a name that stand in a chart."""

_REJECTS = """
FROM parsed.rejects
ORDER BY path, line NULLS FIRST, code, section, row_no, raw_text
"""

_EXTRA = """
SELECT heading, column_name, count(*) AS n, count(DISTINCT card_id) AS n_cards
FROM parsed.card_extra
GROUP BY heading, column_name
ORDER BY n_cards DESC, heading NULLS FIRST, column_name NULLS FIRST
"""

_CANDIDATES = """
FROM topic_alias_candidates
ORDER BY rank_no
"""

_SUBSTITUTIONS = """
FROM substitution
ORDER BY greatest(falling_q, rising_q), falling, rising, kind
"""

_QUARTERS = """
WITH
found AS (
    SELECT CAST(date_trunc('quarter', issue_date) AS DATE) AS period_start, count(DISTINCT card_no) AS x
    FROM topic_cards
    WHERE topic_id IN (SELECT unnest($topics))
    GROUP BY ALL
),
counted AS (
    SELECT p.period_start, p.is_partial, coalesce(f.x, 0) AS x, p.n_cards AS n
    FROM able_periods AS p
    LEFT JOIN found AS f USING (period_start)
    WHERE p.grain = 'quarter' AND p.kind = $kind
)
SELECT
    *, x / nullif(n, 0) AS share, wilson(x, n, parameter('share_lo', 'z')).lo AS share_lo,
    wilson(x, n, parameter('share_lo', 'z')).hi AS share_hi
FROM counted
ORDER BY period_start
"""
"""The cards with any of some topics by quarter, also where there is none."""

_FORMS = """
SELECT form, section, sum(n_cards) AS n, sum(fill_rate * n_cards) AS x, sum(mean_rows * n_cards) AS n_rows
FROM corpus_health
GROUP BY form, section
ORDER BY form, list_position(sections(), section)
"""

_FILLED_BY_QUARTER = """
SELECT
    section AS strip, quarter_start, CAST(round(sum(fill_rate * n_cards)) AS INTEGER) AS x, sum(n_cards) AS n
FROM corpus_health
GROUP BY section, quarter_start
ORDER BY list_position(sections(), section), quarter_start
"""

_FORMS_BY_QUARTER = """
WITH
one_section AS (
    FROM corpus_health WHERE section = sections()[1]
),
quarters AS (
    SELECT quarter_start, sum(n_cards) AS n FROM one_section GROUP BY quarter_start
),
forms AS (
    SELECT DISTINCT form FROM one_section
)
SELECT form AS strip, quarter_start, coalesce(n_cards, 0) AS x, n
FROM forms
CROSS JOIN quarters
LEFT JOIN one_section USING (form, quarter_start)
ORDER BY form, quarter_start
"""


_RECORD = """
WITH
last AS (
    SELECT max(issue_date) AS issue_date FROM dated_issues
)
SELECT
    stage,
    count(*) AS n,
    count(*) FILTER (WHERE outcome = 'went on') AS went_on,
    count(*) FILTER (WHERE outcome = 'levelled off') AS levelled_off,
    count(*) FILTER (WHERE outcome = 'turned') AS turned,
    stage IN ('rising', 'falling', 'emerging') AS says_more
FROM call_history
CROSS JOIN last
WHERE kind = 'concept' AND outcome <> 'too early' AND called_from <= last.issue_date - INTERVAL 2 YEAR
GROUP BY stage
ORDER BY says_more DESC, n DESC, stage
"""
"""How the calls of two and more years ago turned out: first those that say that there is more to come."""

_FAMILIES = """
SELECT
    kind, any_value(family_size) AS n, any_value(prior_phi) AS phi, any_value(prior_df) AS df,
    any_value(lag_1) AS lag_1
FROM topic_trend_fit
WHERE issues_back = 0
GROUP BY kind
ORDER BY kind
"""


_ENCODED = "SELECT model, count(*) AS n FROM embedding GROUP BY model ORDER BY model"


def write_quality(book: Book, site: Site) -> None:
    """Write the page about the quality of the data."""
    replaced = book.listed(_SUBSTITUTIONS, PAIRS_DRAWN)
    site.write(
        "quality.html",
        "quality.html",
        title="Data quality",
        files=book.rows(
            "SELECT kind, count(path) AS n FROM parsed.files_seen GROUP BY kind ORDER BY n DESC, kind"
        ),
        rejects=book.listed(_REJECTS),
        codes=book.rows(
            "SELECT level, code, count(path) AS n FROM parsed.rejects GROUP BY level, code "
            "ORDER BY n DESC, code, level"
        ),
        uncounted=uncounted(book),
        undated=_cards(book, "not_counted_reason = 'undated'"),
        others=_cards(book, "not_counted_reason <> 'undated'"),
        doubted=_cards(book, "issue_date_flags IS NOT NULL"),
        n_unmatched=_cards(book, "NOT id_matches_link").n,
        figures=_figures(book),
        record=book.rows(_RECORD),
        families=book.rows(_FAMILIES),
        encoded=book.rows(_ENCODED),
        encoders={SHA256: NAME},
        forms=list(grouped(book.rows(_FORMS), "form").values()),
        form_columns=[("Form", ""), ("Cards", "n"), *((name, "n") for name in words.SECTIONS.values())],
        extra=book.listed(_EXTRA),
        candidates=book.listed(_CANDIDATES),
        review=typed("review"),
        substitutions=[_substitution(book, pair, no) for no, pair in enumerate(replaced.rows, 1)],
        n_substitutions=replaced.n,
        warnings=_warnings(book),
        blocking=BLOCKING,
        invariants=INVARIANTS,
    )


def _cards(book: Book, condition: str) -> Listed:
    """The first cards for which something holds, newest first, and how many there are."""
    return book.listed(
        "SELECT card_id, path, line, title, issue_key, issue_token, issue_date_reason, issue_date_flags, "
        f"not_counted_reason FROM parsed.cards WHERE {condition} "
        "ORDER BY issue_date DESC NULLS LAST, issue_key, path, line, card_id"
    )


def _warnings(book: Book) -> list[Row]:
    """What a person should look at: name, text, and how much speaks against it."""
    return [
        {"name": one.name, "description": one.description, "n": len(one.violations(book.connection))}
        for one in WARNINGS
    ]


def write_dictionary(book: Book, site: Site) -> None:
    """Write the page about every table, view, macro, column and metric, and the one that leads to files."""
    found = book.rows("""
        SELECT *, if(table_schema = 'main', '', table_schema || '.') || table_name AS name
        FROM data_dictionary
        ORDER BY table_schema, table_kind, table_name, position
    """)
    tables = [
        {
            "name": name,
            "kind": of_table[0]["table_kind"],
            "about": of_table[0]["table_description"],
            "rows": of_table,
        }
        for name, of_table in grouped(found, "name").items()
    ]
    site.write(
        "dictionary.html",
        "dictionary.html",
        title="Dictionary",
        tables=[one for one in tables if one["kind"] != "macro"],
        macros=[one for one in tables if one["kind"] == "macro"],
        metrics=book.rows("FROM metric ORDER BY metric, parameter NULLS FIRST"),
    )
    site.write(
        "data.html",
        "data.html",
        title="Data",
        sheets=list(spreadsheet.sheets().items()),
        most_rows=workbook.MAX_ROWS,
        most_csv_rows=spreadsheet.MAX_ROWS,
        tables=sorted(name.removeprefix("main.") for name in IN_PARQUET),
    )


def write_questions(book: Book, site: Site) -> None:
    """Write the page of questions with their SQL, and with the pages that answer them too."""
    last_year = str(book.years[-1]) if book.years else ""
    most_named = next((row for row in book.paged if row["kind"] == "concept"), None)

    def led(address: str, text: str) -> tuple[str, str]:
        """An address in which something stands for a year or a topic, as that of one such page."""
        if "$topic" not in address:
            return address.replace("$year", last_year), text
        if most_named is None:
            return "topics.html", text
        return book.topic_pages[most_named["topic_id"]], f"{text}, such as “{most_named['topic']}”"

    pages = {
        one.number: dict(
            led(address, text) for address, text in one.pages.items() if last_year or "$year" not in address
        )
        for one in questions()
    }
    (published,) = book.rows("SELECT count(*) AS n FROM topic_forecast WHERE is_published")
    site.write(
        "questions.html",
        "questions.html",
        title="Twenty questions",
        questions=questions(),
        pages=pages,
        has_forecast=published["n"] > 0,
    )


def _figures(book: Book) -> list[Figure]:
    """The share of the cards that have each section, and of those of each form, by quarter."""
    filled = grouped(book.rows(_FILLED_BY_QUARTER), "strip")
    forms = grouped(book.rows(_FORMS_BY_QUARTER), "strip")
    return (
        [_filled({words.SECTIONS[name]: of for name, of in filled.items()}), _forms(forms)] if filled else []
    )


def _filled(strips: dict[str, list[Row]]) -> Figure:
    totals = {name: _total(cells) for name, cells in strips.items()}
    by_share = sorted(totals, key=lambda name: (totals[name][0] / totals[name][1], name))
    lowest, highest = by_share[0], by_share[-1]
    sentence = (
        f"{_share_of(*totals[highest])} have {highest}, and {_share_of(*totals[lowest])} have {lowest}. "
        "Cards of the forms A0 and A have no table but signals."
    )
    return _strips("filled", "Cards that have the section, by quarter", sentence, strips, has_n=True)


def _forms(strips: dict[str, list[Row]]) -> Figure:
    totals = {name: _total(cells) for name, cells in strips.items()}
    most = max(totals, key=lambda name: (totals[name][0], name))
    x, n = totals[most]
    sentence = (
        f"{words.number(x)} of {words.count(n, 'counted card')}, {words.percent(x / n)}, have form {most}. "
        "Trends are tested within forms, so that a change of form is not taken for a change of the world."
    )
    return _strips("forms", "Forms of the cards, by quarter", sentence, strips, has_n=False)


def _substitution(book: Book, pair: Row, no: int) -> Figure:
    """Two names of which one may have taken the place of the other, and what both of them mean."""
    falling, rising, concept = pair["falling"], pair["rising"], pair["concept"]
    both = [pair["falling_topic_id"], pair["rising_topic_id"]]
    meant = ([pair["concept_id"]], "concept") if concept else (both, pair["kind"])
    asked = [meant, ([both[0]], pair["kind"]), ([both[1]], pair["kind"])]
    quarters = [book.rows(_QUARTERS, {"topics": topics, "kind": kind}) for topics, kind in asked]
    together, falls, rises = (periods.years(one, book.incomplete_years).said for one in quarters)
    since = [words.day(pair[f"{way}_since"]) for way in ("falling", "rising")]
    sentence = (
        f"The {pair['kind']} “{falling}” is falling, called so since {since[0]}: {falls}. "
        f"The {pair['kind']} “{rising}” is {pair['rising_stage']}, called so since {since[1]}: {rises}. "
    )
    if concept:
        sentence += (
            f"The concept “{concept}”, which counts both, is shown neither to rise nor to fall: {together}."
        )
    else:
        sentence += (
            f"They are near in meaning ({words.decimal(pair['similarity'])}), and no concept has both. "
            f"Together: {together}."
        )
    title = f"“{falling}” is falling, “{rising}” is {pair['rising_stage']}"
    labels = [
        str(visible(clipped(one, NAME_LENGTH))) for one in (concept or "either of them", falling, rising)
    ]
    points = [periods.points(one) for one in quarters]
    chart = lines(f"substitution-{no}", title, sentence, list(zip(labels, points, strict=True)))
    rows = [
        (words.quarter(one["period_start"]), *(words.number(row["x"]) for row in (two, three, one)),
         words.number(one["n"]))
        for one, two, three in zip(*quarters, strict=True)
    ]  # fmt: skip
    return Figure(title, sentence, chart, ("Quarter", falling, rising, concept or "either", "Cards"), rows)


def _total(cells: list[Row]) -> tuple[int, int]:
    return sum(cell["x"] for cell in cells), sum(cell["n"] for cell in cells)


def _share_of(x: int, n: int) -> str:
    return f"{words.number(x)} of {words.count(n, 'counted card')} ({words.percent(x / n)})"


def _strips(name: str, title: str, sentence: str, strips: dict[str, list[Row]], *, has_n: bool) -> Figure:
    """Strips of shares by quarter; with `has_n` its data say of how many cards."""
    shares = [(label, [cell["x"] / cell["n"] for cell in cells]) for label, cells in strips.items()]
    quarters = [cell["quarter_start"] for cell in next(iter(strips.values()))]
    rows = []
    for no, quarter in enumerate(quarters):
        cells = [of_strip[no] for of_strip in strips.values()]
        texts = [
            words.number(cell["x"]) + (f" of {words.number(cell['n'])}" if has_n else "") for cell in cells
        ]
        rows.append((words.quarter(quarter), *texts))
    told = [
        [
            f"{label}, {words.quarter(cell['quarter_start'])}: {_share_of(cell['x'], cell['n'])}"
            for cell in cells
        ]
        for label, cells in strips.items()
    ]
    chart = heat_strips(name, title, sentence, shares, told, year_ticks(quarters), top=1)
    return Figure(title, sentence, chart, ("Quarter", *strips), rows)
