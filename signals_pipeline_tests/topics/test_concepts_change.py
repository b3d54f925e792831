"""What another line of data/concepts.csv, or more cards, change: what they must, and nothing else."""

import shutil
from pathlib import Path

import pytest

from signals_pipeline.core.settings import Project, project
from signals_pipeline.core.store import Store
from signals_pipeline.marts.models import TABLES as MARTS
from signals_pipeline.topics.build import build_topics
from signals_pipeline.topics.models import TABLES as TOPICS
from signals_pipeline.topics.reviewed import read_reviewed
from signals_pipeline_tests.conftest import UNEDITED, taken_in
from signals_pipeline_tests.faults.plain import build_all
from signals_pipeline_tests.raw.sample import card, write
from signals_pipeline_tests.starter import ROOT

pytestmark = pytest.mark.long

DEMO = ROOT / "data" / "demo"
HEADER = "concept,definition,member,relation,reason\n"
KELP = "kelp,A seaweed.,sea kelp,is,\nharvest,,kelp farm,part,\n"
LINES = (
    "kelp,,laminaria,is,\n",
    "harvest,,sea wall,part,\n",
    "kelp,,kelp farm,not,\n",
    "ocean,The sea.,,,\n",
)
DERIVED = (*TOPICS, *(name for name in MARTS if name != "metric"))

Rows = dict[str, list[tuple[object, ...]]]


@pytest.fixture
def settings(tmp_path: Path) -> Project:
    found = project(data_dir=str(tmp_path / "data"))
    found.data.mkdir()
    return found


def told(store: Store, settings: Project, raw_dir: Path, lines: str) -> Rows:
    """All rows of topics and marts after a run with these lines of data/concepts.csv."""
    (settings.data / "concepts.csv").write_text(HEADER + lines, "utf-8")
    build_all(store, settings, raw_dir)
    return {name: store.rows(f"FROM {name} ORDER BY ALL") for name in DERIVED}


def test_a_line_that_is_added_and_taken_out_leaves_every_row_as_it_was(
    store: Store, raw_dir: Path, settings: Project
) -> None:
    words = ("kelp", "sea kelp", "laminaria", "kelp farm", "sea wall")
    for number in range(30):
        named = words[number % 5 :: 2] + ("Kelps",) * (number % 4 == 0)
        write(raw_dir, card(number, token=f"202401{7 * (number % 4 + 1):02}", keywords=named))
    before = told(store, settings, raw_dir, KELP)
    changed = {line: told(store, settings, raw_dir, KELP + line) for line in LINES}
    assert told(store, settings, raw_dir, KELP) == before
    differs = {line: {name for name in DERIVED if changed[line][name] != before[name]} for line in LINES}
    # What is refused and what has no name on a card change no topic.
    assert (differs[LINES[2]], differs[LINES[3]]) == ({"names_apart"}, set())
    assert {"topics", "concept_members", "topic_cards", "topic_momentum"} <= differs[LINES[0]]
    assert {"concept_members", "topic_cards", "topic_momentum"} <= differs[LINES[1]]


def test_ten_per_cent_more_cards_leave_every_name_with_its_concept(
    store: Store, raw_dir: Path, settings: Project
) -> None:
    cards = sorted(path for path in DEMO.glob("*.md") if path.name != "index.md")
    members = []
    for run, added in enumerate((set(cards) - set(cards[::11]), cards[::11])):
        for path in added:
            shutil.copy(path, raw_dir)
        taken_in(store, raw_dir)
        build_topics(store, read_reviewed(settings, settings.edited()), UNEDITED | {"run": str(run)})
        members.append(set(store.rows("SELECT kind, member, concept, relation FROM concept_members")))
    before, after = members
    assert len(after) > len(before) > 1000
    # Names that were there have the concepts that they had.
    known = {row[:2] for row in before}
    assert before == {row for row in after if row[:2] in known}
