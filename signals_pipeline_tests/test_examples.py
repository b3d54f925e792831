"""The examples in data/examples: folders of other people are dated and counted, and have trends."""

import re
import tomllib
from datetime import date
from pathlib import Path

import pytest

from signals_pipeline.core.errors import NoInputError
from signals_pipeline.core.store import Store
from signals_pipeline.marts.build import build, marts
from signals_pipeline.meaning.build import build_meaning
from signals_pipeline.parsed.dialect_file import read_dialect
from signals_pipeline.parsed.reader.dialect import NEWSLETTER, Dialect
from signals_pipeline.topics.build import build_topics
from signals_pipeline.topics.reviewed import Reviewed
from signals_pipeline_tests.conftest import UNEDITED, opened, taken_in
from signals_pipeline_tests.starter import ROOT

EXAMPLES = ROOT / "data" / "examples"


def needed(*names: str) -> list[str]:
    """Some marts and all that they read, each after what it reads itself."""
    found = set(names)
    for one in reversed(marts().values()):
        if one.name in found:
            found |= {read for read in one.reads if read in marts()}
    return [one for one in marts() if one in found]


def built(store: Store, raw_dir: Path, dialect: Dialect) -> None:
    """What a run makes of a folder, up to the trends of topics."""
    assert taken_in(store, raw_dir, dialect=dialect).rejects == 0
    build_topics(store, Reviewed(), UNEDITED)
    build_meaning(store, None)
    for name in needed("topic_trend"):
        build(store, marts()[name])


def trend(store: Store, topic: str) -> list[tuple[date, int, int]]:
    return store.rows(
        "SELECT period_start, n_cards_with, n_cards FROM topic_trend "
        "WHERE topic = ? AND kind = 'keyword' AND grain = 'quarter' ORDER BY period_start",
        [topic],
    )


def test_a_vault_of_notes_is_dated_counted_and_has_trends(tmp_path: Path) -> None:
    with opened(tmp_path, EXAMPLES / "vault") as store:
        built(store, EXAMPLES / "vault", NEWSLETTER)
        assert store.rows(
            "SELECT count(*), count(url), min(issue_date) FROM parsed.cards WHERE is_counted"
        ) == [(12, 12, date(2025, 1, 12))]
        assert trend(store, "kelp") == [
            (date(2025, 1, 1), 1, 3),
            (date(2025, 4, 1), 2, 3),
            (date(2025, 7, 1), 2, 3),
            (date(2025, 10, 1), 2, 3),
        ]
        assert store.rows("SELECT path, kind FROM parsed.files_seen WHERE kind <> 'card'") == [
            (".obsidian/", "other"),
            ("Daily/2025-04-13.md", "other"),
            ("Map of the coast.canvas", "not text"),
        ]
        place = "FROM parsed.keywords JOIN parsed.cards USING (card_id) WHERE path LIKE 'A licence%'"
        assert store.rows(f"SELECT raw_text, keywords.line {place} ORDER BY row_no") == [
            ("kelp", 5),
            ("law", 5),
        ]


def test_a_scan_with_a_dialect_of_five_lines_is_dated_counted_and_has_trends(tmp_path: Path) -> None:
    declared = (EXAMPLES / "scan" / "dialect.toml").read_bytes()
    assert len(re.findall(rb"^[^#\n]", declared, re.MULTILINE)) == 5
    dialect = read_dialect(EXAMPLES / "scan" / "dialect.toml", declared)
    with opened(tmp_path, EXAMPLES / "scan" / "cards") as store:
        built(store, EXAMPLES / "scan" / "cards", dialect)
        assert trend(store, "repair") == [
            (date(2019, 1, 1), 1, 2),
            (date(2019, 4, 1), 2, 2),
            (date(2019, 7, 1), 1, 2),
        ]
        assert store.rows(
            "SELECT name, description, driving_force, s.line FROM parsed.signals AS s "
            "JOIN parsed.cards USING (card_id) WHERE title = 'Screws come back'"
        ) == [("Glue goes", "Three makers of phones use screws again", "A law counts tools", 10)]


def test_the_documentation_shows_the_example_as_it_is() -> None:
    shown = (ROOT / "docs" / "CARDS.md").read_text("utf-8")
    (declared,) = re.findall(r"```toml\n(.*?)```", shown, re.DOTALL)
    assert (EXAMPLES / "scan" / "dialect.toml").read_text("utf-8").endswith(f"\n{declared}")
    card = (EXAMPLES / "scan" / "cards" / "screws.md").read_text("utf-8")
    assert card in re.findall(r"```markdown\n(.*?)```", shown, re.DOTALL)


def test_without_its_dialect_the_scan_says_what_is_missing(tmp_path: Path) -> None:
    with (
        opened(tmp_path, EXAMPLES / "scan" / "cards") as store,
        pytest.raises(NoInputError, match="nothing to read"),
    ):
        taken_in(store, EXAMPLES / "scan" / "cards")


def test_the_shipped_dialect_declares_nothing_and_shows_every_key(tmp_path: Path) -> None:
    text = (ROOT / "data" / "dialect.toml").read_text("utf-8")
    assert read_dialect(tmp_path, text.encode()) == NEWSLETTER
    shown = re.sub(r"^# (?=[a-z_.]+ = )", "", text, flags=re.MULTILINE)
    assert {(part, key) for part, keys in tomllib.loads(shown).items() for key in keys} >= {
        ("card", key) for key in ("front_matter", "lines", "file_name", "issue_formats", "earliest_issue")
    }
    dialect = read_dialect(tmp_path, shown.encode())
    assert dialect.section_of("Observations") == "signals"
