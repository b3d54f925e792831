"""What is declared once is declared nowhere else: a copy of the package in which two declarations differ."""

import csv
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest
from scipy.stats import norm

from signals_pipeline.core.schema import column_names
from signals_pipeline.core.settings import EDITED, PACKAGE
from signals_pipeline.marts import parameters
from signals_pipeline.marts.models import Statements
from signals_pipeline.parsed.sections import SECTIONS, STATEMENT_SECTIONS
from signals_pipeline_tests.conftest import AS_OF
from signals_pipeline_tests.starter import ROOT

SOURCES = (".py", ".sql", ".html", ".css", ".js")

MODEL = '''class Opportunities(Statement):
    """One row per opportunity of a card: something that may go well."""


@dataclass(frozen=True, slots=True)
class Section:'''

RECORD = """        Section("opportunities", Opportunities, ("Opportunities", "Chances"), "chances"),
    )
}"""

CARD_ID = "714393abfc90413f0dd197a4347e765e"
CARD = """# __Candles Against the Late Frost__, (from page [20250413](https://newsletter.example.org/p/20250413).)

__[External link](https://orchard.example/late-frost)__

## Keywords

* late frost

## Signals

| name          | description                        | change | 10-year | driving-force | relevancy |
|:--------------|:-----------------------------------|:-------|:--------|:--------------|----------:|
| Frost Candles | Growers burn candles between rows. | More   | Usual   | Cheap wax     |         5 |

## Chances

| name        | description                     |
|:------------|:--------------------------------|
| Late cider  | Presses run into the new year.  |
| Wax revival | Beekeepers sell all their wax.  |
"""
LINES = [(19, "Late cider"), (20, "Wax revival")]


@dataclass(frozen=True)
class Changed:
    """What a changed copy of the package printed and published."""

    printed: str
    snapshot: Path

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str((self.snapshot / "signals.duckdb").resolve()), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    def page(self, name: str) -> str:
        return (self.snapshot / "report" / name).read_text("utf-8")


def replace_once(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert text.count(old) == 1, (path, old)
    path.write_text(text.replace(old, new), "utf-8")


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Changed:
    """A run of the package with a sixth section of statements and with intervals of 90 %."""
    home = tmp_path_factory.mktemp("changed")
    shutil.copytree(
        ROOT / "signals_pipeline", home / "signals_pipeline", ignore=shutil.ignore_patterns("__pycache__")
    )
    for name in ("pyproject.toml", "dg.toml", "dagster.yaml"):
        shutil.copy(ROOT / name, home)
    sections = home / "signals_pipeline" / "parsed" / "sections.py"
    replace_once(sections, "@dataclass(frozen=True, slots=True)\nclass Section:", MODEL)
    replace_once(sections, "    )\n}", RECORD)
    replace_once(home / "signals_pipeline" / "marts" / "parameters.py", "Z = 1.959964\n", "Z = 1.644854\n")
    raw, data = home / "raw", home / "data"
    raw.mkdir()
    data.mkdir()
    for name in EDITED:
        shutil.copy(ROOT / "data" / name, data)
    (raw / f"{CARD_ID}.md").write_text(CARD, "utf-8")
    named = {"SIGNALS_DATA_DIR": data, "SIGNALS_RAW_DIR": raw, "SIGNALS_AS_OF": AS_OF}
    done = subprocess.run(
        [sys.executable, "-m", "signals_pipeline", "run"],
        cwd=home,
        env=os.environ | {name: str(value) for name, value in named.items()},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return Changed(done.stdout, data / "published" / "current")


@pytest.mark.long
def test_a_new_section_is_in_every_table_of_sections(changed: Changed) -> None:
    assert changed.rows(
        "SELECT card_id, row_no, line, name, description, relevancy FROM parsed.opportunities ORDER BY row_no"
    ) == [
        (CARD_ID, 1, 19, "Late cider", "Presses run into the new year.", None),
        (CARD_ID, 2, 20, "Wax revival", "Beekeepers sell all their wax.", None),
    ]
    of_section = "WHERE section = 'opportunities'"
    assert changed.rows(f"SELECT line, name FROM statements {of_section} ORDER BY row_no") == LINES
    assert changed.rows(f"SELECT fill_rate, mean_rows, n_rejects FROM corpus_health {of_section}") == [
        (1, 2, 0)
    ]
    assert changed.rows("SELECT sections()[-1]") == [("opportunities",)]


@pytest.mark.long
def test_a_new_section_is_searched_and_in_its_card(changed: Changed) -> None:
    assert changed.rows("SELECT section, name, line FROM search('beekeepers')") == [
        ("opportunities", "Wax revival", 20)
    ]
    found = changed.rows(
        f"SELECT line, split_part(text, ' | ', 1) FROM card('{CARD_ID}') WHERE part = 'opportunities'"
    )
    assert found == LINES


@pytest.mark.long
def test_a_new_section_is_in_report_summary_and_sheet(changed: Changed) -> None:
    assert "3 signals, concerns, behaviors, technologies, emerging issues and chances" in changed.printed
    shown = {
        "index.html": ["emerging issues and chances", ">chances</th>"],
        "cards/2025-04-13.html": ["Chances", "Late cider", "Wax revival"],
        "years/2025.html": ["Chances", "Late cider"],
        "quality.html": ["chances"],
    }
    for page, texts in shown.items():
        found = changed.page(page)
        assert [text for text in texts if text not in found] == [], page
    with (changed.snapshot / "csv" / "statements.csv").open(encoding="utf-8-sig") as file:
        assert [row["name"] for row in csv.DictReader(file)] == ["Late cider", "Wax revival", "Frost Candles"]


@pytest.mark.long
def test_a_new_section_is_in_the_dictionary(changed: Changed) -> None:
    assert changed.rows(
        "SELECT DISTINCT table_description FROM data_dictionary WHERE table_name = 'opportunities'"
    ) == [("One row per opportunity of a card: something that may go well.",)]
    ((read,),) = changed.rows(
        "SELECT comes_from FROM data_dictionary WHERE table_name = 'statements' AND column_name = 'line'"
    )
    assert "parsed.opportunities (line)" in read
    assert "parsed.opportunities" in changed.page("dictionary.html")


def test_statements_have_every_column_of_every_section() -> None:
    declared = {"section"}.union(*(column_names(SECTIONS[name].model) for name in STATEMENT_SECTIONS))
    assert declared == set(column_names(Statements)), "add the column to Statements in marts/models.py"


def test_only_its_declaration_says_how_sure_intervals_are() -> None:
    said = re.compile(r"95\s*%|\b1\.96|\b1\.9599")
    found = [
        path for path in PACKAGE.rglob("*") if path.suffix in SOURCES and said.search(path.read_text("utf-8"))
    ]
    assert [path.name for path in found] == ["parameters.py"]
    assert pytest.approx(2 * norm.cdf(parameters.Z) - 1, abs=1e-12) == parameters.LEVEL
    assert parameters.CONFIDENCE == "95 %"


@pytest.mark.long
def test_the_confidence_of_intervals_is_said_as_it_is_set(changed: Changed) -> None:
    # Of a topic on the one card there is, the interval of 1 of 1 begins at n / (n + z^2).
    z = norm.ppf(0.95)
    for table in ("topic_trend", "source_mix"):
        ((low,),) = changed.rows(f"SELECT DISTINCT share_lo FROM {table} WHERE share_lo IS NOT NULL")
        assert low == pytest.approx(1 / (1 + z * z), abs=1e-6)
    said = changed.rows("SELECT description FROM data_dictionary WHERE description LIKE '% % %interval%'")
    assert sum("90 %" in text for (text,) in said) >= 8
    pages = [page.read_text("utf-8") for page in changed.snapshot.rglob("*.html")]
    assert sum("90 % interval" in page for page in pages) == len(pages)
    for text in (*(text for (text,) in said), *pages):
        assert "95 %" not in text
    assert "one in 10 misses" in changed.page("dictionary.html")
