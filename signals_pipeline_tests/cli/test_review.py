"""The review: what it asks and shows, what an answer writes, and that what was decided can be taken back."""

import io
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from signals_pipeline.cli import deciding
from signals_pipeline.cli.deciding import (
    Counted,
    Decision,
    reviewed_with,
    stages,
    stages_with,
    write_down,
)
from signals_pipeline.cli.review import review, why_idle
from signals_pipeline.core.errors import BadInputFileError, CannotWriteError, NoInputError
from signals_pipeline.core.settings import Project, came_with, project
from signals_pipeline.publish.reader import connect
from signals_pipeline.topics.candidates import REASONS, reason_in_words
from signals_pipeline_tests.conftest import made_once, opened
from signals_pipeline_tests.corpus import generate
from signals_pipeline_tests.faults.plain import build_all, differences, publish_plainly
from signals_pipeline_tests.raw.sample import card, write

CARDS = {
    1: ("scam", "kelp farm", "airship technology"),
    2: ("scamming", "kelpfarm", "airship"),
    3: ("scam", "farm of kelp", "kelp farm"),
    4: ("scam", "kelp farm"),
}
"""By number of a card its keywords: three pairs that look alike, and a name that stands beside its like."""

HEADER = "concept,definition,member,relation,reason\n"

Reviewing = Callable[..., str]


def published(settings: Project, raw_dir: Path) -> None:
    with opened(settings.build, raw_dir) as store:
        build_all(store, settings, raw_dir)
        publish_plainly(store, settings)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of a few cards, published with no concept of its own; not to be changed."""

    def make(folder: Path) -> None:
        (folder / "raw").mkdir()
        (folder / "data").mkdir()
        for number, keywords in CARDS.items():
            text = card(number, title=f"Card\x1b[31m\u202e {number}", keywords=keywords)
            write(
                folder / "raw",
                number,
                text.replace("One storm may tear", "At a kelp farm\x1b[2J a storm tears"),
            )
        (folder / "data" / "concepts.csv").write_text(HEADER, "utf-8")
        published(project(data_dir=str(folder / "data"), raw_dir=str(folder / "raw")), folder / "raw")

    return made_once(tmp_path_factory, "reviewed", make)


@pytest.fixture
def settings(made: Path, tmp_path: Path) -> Project:
    """The same project, in a folder that may be changed."""
    shutil.copytree(made / "data", tmp_path / "data", symlinks=True)
    return project(data_dir=str(tmp_path / "data"), raw_dir=str(made / "raw"))


@pytest.fixture
def reviewing(
    settings: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Reviewing:
    """Holds a review with some answers; what it prints."""

    def held(*answers: str) -> str:
        monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{one}\n" for one in answers)))
        assert review(settings) == 0
        return capsys.readouterr().out

    return held


def file(settings: Project) -> str:
    return (settings.data / "concepts.csv").read_bytes().decode()


def test_proposals_are_published_best_first(settings: Project) -> None:
    with connect(settings.database) as connection:
        rows = connection.execute("SELECT rank_no, topic_a FROM topic_alias_candidates").fetchall()
    assert rows == [(1, "farm of kelp"), (2, "kelp farm"), (3, "scam"), (4, "airship")]


def test_each_answer_writes_its_row_and_the_end_says_how_many(
    settings: Project, reviewing: Reviewing
) -> None:
    said = reviewing("a", "what", "p", "a", "2", "n", "p", "1")
    assert file(settings) == (
        f"{HEADER}"
        "kelp farm,,kelpfarm,is,same letters\n"
        "scamming,,scam,part,stem\n"
        "airship,,airship technology,not,\n"
        "kelp farm,,farm of kelp,part,same words\n"
    )
    assert "Type a, p, n, s, q." in said
    assert "Type 1, 2, s, q." in said
    own = settings.data / "concepts.csv"
    assert said.endswith(f"4 decisions were written into {own}; make run applies what stands there.\n")


def test_what_is_skipped_and_where_one_quits_nothing_is_written(
    settings: Project, reviewing: Reviewing
) -> None:
    for answers in (("s", "skip", "q"), ()):
        said = reviewing(*answers)
        assert file(settings) == HEADER
        assert said.endswith("Nothing was written.\n")


def test_a_pair_of_which_accepting_changes_no_number_is_asked_last(reviewing: Reviewing) -> None:
    said = reviewing("s", "s", "s", "q")
    assert re.findall(r"^(\d) of 4: (.+?): ", said, re.MULTILINE) == [
        ("1", "'kelp farm' and 'kelpfarm'"),
        ("2", "'scam' and 'scamming'"),
        ("3", "'airship' and 'airship technology'"),
        ("4", "'kelp farm' and 'farm of kelp'"),
    ]
    assert said.count("Accepting changes no number") == 1
    assert (
        "  Accepting changes no number: every card with 'farm of kelp' has 'kelp farm' too.\n"
        "Is 'farm of kelp' [a]" in said
    )


@pytest.mark.parametrize(
    ("cards", "why"),
    [
        ({}, "no counted card has 'kelp' or 'alga'."),
        ({"kelp": {1}}, "no counted card has 'alga'."),
        ({"kelp": {1, 2}, "alga": {2}}, "every card with 'alga' has 'kelp' too."),
        ({"kelp": {2}, "alga": {1, 2}}, ""),
        ({"kelp": {1}, "alga": {2}}, ""),
    ],
)
def test_why_accepting_changes_no_number(settings: Project, cards: dict[str, set[int]], why: str) -> None:
    found = Counted({("keyword", name): frozenset(numbers) for name, numbers in cards.items()}, 2)
    assert why_idle(found, reviewed_with(settings), Decision("kelp", "alga", "is", "")) == why


def test_the_question_says_what_each_answer_means(settings: Project, reviewing: Reviewing) -> None:
    said = reviewing("p", "s", "s", "s", "s")
    end = "[n] a different idea, [s] skip, [q] quit? "
    part = "[p] a narrower or a wider idea than 'kelp farm'"
    assert f"\nIs 'kelpfarm' [a] another name of 'kelp farm', {part}, {end}" in said
    assert (
        "\n  Which one is narrower: [1] 'kelpfarm' within 'kelp farm', [2] 'kelp farm' within 'kelpfarm', "
        "[s] skip, [q] quit? s\n" in said
    )
    narrower = "[p] a narrower idea within 'airship'"
    assert f"\nIs 'airship technology' [a] another name of 'airship', {narrower}, {end}" in said
    rows = f"{HEADER}blimp,A ship.,airship technology,is,\n"
    (settings.data / "concepts.csv").write_text(rows, "utf-8")
    said = reviewing("s", "s", "p")
    wider = "[p] a wider idea with 'airship technology' within it"
    assert f"\nIs 'airship' [a] another name of 'blimp', {wider}, {end}" in said
    assert file(settings) == f"{rows}airship,,airship technology,part,contains\n"


def test_the_reason_is_told_in_words_without_its_example(reviewing: Reviewing) -> None:
    assert "'scam' and 'scamming': the same words but for how they end\n" in reviewing("s", "s", "q")
    assert not any("(" in reason_in_words(reason) for reason in REASONS)


def test_evidence_has_the_place_and_what_the_card_says_and_nothing_that_a_terminal_obeys(
    settings: Project, reviewing: Reviewing
) -> None:
    said = reviewing("s", "s", "s", "q")
    assert not {"\x1b", "\u202e"} & set(said)
    with connect(settings.database) as connection:
        rows = connection.execute(
            "SELECT topic, concat(path, ':', line) FROM evidence WHERE kind = 'keyword' ORDER BY path"
        ).fetchall()
    (other,) = [place for name, place in rows if name == "farm of kelp"]
    # Three cards have it, and two are shown: of the same newsletter issue those that sort first.
    first, second = [place for name, place in rows if name == "kelp farm"][:2]
    says = "    Storm loss — At a kelp farm [2J a storm tears off a year of growth.\n"
    assert f"\n  'kelp farm':\n    {first}\n{says}    {second}\n{says}  'farm of kelp':\n" in said
    # No statement names this one, and no card has a summary.
    assert f"\n  'farm of kelp':\n    {other}\n    Card [31m 3\n  Accepting" in said


def test_what_accepting_changes_is_shown_before_and_after(reviewing: Reviewing) -> None:
    said = reviewing("s", "a", "q")
    new = "first seen in the last newsletter issues"
    assert (
        f"  Now 'scam' is on 3 of 4 cards (75.0 %, {new}) and 'scamming' is on 1 of 4 cards (25.0 %, {new}). "
        "Accepted, 'scam' is on 4 of 4 cards (100.0 %).\n" in said
    )
    assert (
        f"  'scam' is on 3 of 4 cards (75.0 %, {new}); then it is on 4 of 4 cards (100.0 %, {new})\n" in said
    )


def test_a_pair_that_an_answer_decides_as_well_is_not_asked(settings: Project, reviewing: Reviewing) -> None:
    (settings.data / "concepts.csv").write_text(f"{HEADER}kelpfarm,,farm of kelp,not,\n", "utf-8")
    said = reviewing("a", "a", "a", "a")
    # Once the first are one, what was refused of one name is refused of the other.
    assert "and 'farm of kelp'" not in said
    assert file(settings).count("kelp farm,,") == 1
    assert reviewing().startswith("There is nothing to decide.")


def test_a_name_of_a_concept_takes_the_other_as_its_member(settings: Project, reviewing: Reviewing) -> None:
    (settings.data / "concepts.csv").write_text(f"{HEADER}fraud,A crime.,scamming,is,\n", "utf-8")
    reviewing("s", "a", "q")
    assert file(settings).endswith("fraud,,scam,is,stem\n")


def test_names_of_two_concepts_are_not_made_one(settings: Project, reviewing: Reviewing) -> None:
    rows = f"{HEADER}fraud,A crime.,scamming,is,\ntrick,A ruse.,scam,is,\n"
    (settings.data / "concepts.csv").write_text(rows, "utf-8")
    said = reviewing("s", "s", "s", "a", "n")
    assert "Each is a name of a concept already, by a line of the file or by an alias." in said
    assert "\nIs 'scamming' [p] a narrower or a wider idea than 'trick', [n] a different idea, " in said
    assert "Type p, n, s, q." in said
    assert file(settings) == f"{rows}trick,,scamming,not,\n"


def test_what_an_alias_contradicts_cannot_be_accepted_and_the_next_pair_is_asked(
    settings: Project, reviewing: Reviewing
) -> None:
    (settings.data / "concepts.csv").write_text(f"{HEADER}fraud,A crime.,,,\n", "utf-8")
    (settings.data / "aliases.csv").write_text(
        "surface,topic,kind,reason\nscam,fraud,keyword,\nscam,fraud,theme,\n", "utf-8"
    )
    said = reviewing(*"sssssss")
    assert "Traceback" not in said
    assert "Nothing was written." in said


def test_where_there_are_no_proposals_it_is_said_what_to_do(settings: Project, reviewing: Reviewing) -> None:
    rows = "scam,,scamming,not,\nkelp farm,,kelpfarm,not,\nkelp farm,,farm of kelp,not,\n"
    (settings.data / "concepts.csv").write_text(f"{HEADER}{rows}airship,,airship technology,is,\n", "utf-8")
    said = reviewing()
    assert said.startswith("There is nothing to decide.")
    assert "make run MEANING=1" in said


def test_before_anything_is_published_it_is_said_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NoInputError, match="make run publishes it"):
        review(project(data_dir=str(tmp_path)))


def test_a_snapshot_of_an_earlier_version_has_other_proposals(tmp_path: Path) -> None:
    settings = project(data_dir=str(tmp_path))
    settings.database.parent.mkdir(parents=True)
    with duckdb.connect(str(settings.database)) as connection:
        connection.execute("CREATE TABLE topic_alias_candidates (kind VARCHAR, topic_a VARCHAR)")
    with pytest.raises(NoInputError, match="make run publishes anew"):
        review(settings)


def test_a_file_that_cannot_be_read_is_named_with_its_line(settings: Project, reviewing: Reviewing) -> None:
    (settings.data / "concepts.csv").write_text(f"{HEADER}kelp,,weed,of,\n", "utf-8")
    with pytest.raises(BadInputFileError, match=r"concepts\.csv:2: unknown relation"):
        reviewing("a")
    assert file(settings) == f"{HEADER}kelp,,weed,of,\n"


# The file

ROW = Decision("kelp", "sea kelp, dried", "is", "meaning, similarity 0.80")
LINE = 'kelp,,"sea kelp, dried",is,"meaning, similarity 0.80"'


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (HEADER, f"{HEADER}{LINE}\n"),
        (f"{HEADER}a,b,,,", f"{HEADER}a,b,,,\n{LINE}\n"),
        (f"{HEADER}\n a , b,,,\n\n", f"{HEADER}\n a , b,,,\n\n{LINE}\n"),
        (f"\ufeff{HEADER}".replace("\n", "\r\n"), f"\ufeff{HEADER}{LINE}\n".replace("\n", "\r\n")),
        ("", f"{HEADER}{LINE}\n"),
    ],
)
def test_what_stands_in_the_file_stays_byte_for_byte(tmp_path: Path, before: str, after: str) -> None:
    own = tmp_path / "concepts.csv"
    own.write_bytes(before.encode())
    own.chmod(0o640)
    assert write_down(project(data_dir=str(tmp_path)), ROW) == own
    assert own.read_bytes().decode() == after
    assert own.stat().st_mode & 0o777 == 0o640


def test_the_first_decision_begins_with_a_copy_of_the_shipped_file(tmp_path: Path) -> None:
    settings = project(data_dir=str(tmp_path / "data"))
    own = write_down(settings, Decision("copyright", "licence", "is", ""))
    shipped = came_with("data/concepts.csv").read_bytes()
    assert own.read_bytes() == shipped + b"copyright,,licence,is,\n"


def test_a_decision_that_contradicts_the_file_is_not_written(tmp_path: Path) -> None:
    own = tmp_path / "concepts.csv"
    own.write_text(f"{HEADER}alga,A plant.,kelp,is,\n", "utf-8")
    with pytest.raises(BadInputFileError, match="a name means one concept"):
        write_down(project(data_dir=str(tmp_path)), ROW)
    assert own.read_text("utf-8") == f"{HEADER}alga,A plant.,kelp,is,\n"


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(deciding, "write_whole", full)
    with pytest.raises(CannotWriteError, match=r"concepts\.csv cannot be written: No space left"):
        write_down(project(data_dir=str(tmp_path)), ROW)


# What a decision changes

CONCEPTS_OF_OLD_NAMES = """
    SELECT now.concept, now.kind, now.member, now.relation
    FROM now.concept_members AS now
    SEMI JOIN before.concept_members AS before ON before.member_topic_id = now.member_topic_id
    ORDER BY ALL
"""


@pytest.mark.long
def test_stages_computed_anew_are_those_that_are_published(tmp_path: Path) -> None:
    raw_dir = tmp_path / "raw"
    generate(raw_dir, n_cards=480, n_issues=120)
    settings = project(data_dir=str(tmp_path / "data"), raw_dir=str(raw_dir))
    published(settings, raw_dir)
    with connect(settings.database) as connection:
        rows = connection.execute("SELECT topic FROM topic_momentum WHERE kind = 'concept'").fetchall()
        names = [name for (name,) in rows]
        known = stages(connection, names)
        assert len(set(known.values())) > 3
        assert stages_with(settings, reviewed_with(settings), names) == known
        write_down(settings, Decision("heat pump", "kelp", "is", ""))
        foreseen = stages_with(settings, reviewed_with(settings), names)
    published(settings, raw_dir)
    with connect(settings.database) as connection:
        assert stages(connection, names) == foreseen


@pytest.mark.long
def test_a_decision_taken_back_restores_what_was_published_row_for_row(tmp_path: Path) -> None:
    raw_dir = tmp_path / "raw"
    generate(raw_dir, n_cards=160, n_issues=24)
    settings = project(data_dir=str(tmp_path / "data"), raw_dir=str(raw_dir))
    published(settings, raw_dir)
    shutil.copytree(settings.published, tmp_path / "before", symlinks=True)
    with connect(settings.database) as connection:
        (one, other), *_ = connection.execute(
            "SELECT topic_a, topic_b FROM topic_alias_candidates ORDER BY rank_no"
        ).fetchall()
    own = write_down(settings, Decision(one, other, "is", ""))
    published(settings, raw_dir)
    changed = {Path(name).stem for name in differences(tmp_path / "before", settings.published)}
    assert {"concept_members", "topics", "topic_alias_candidates"} <= changed
    own.write_bytes(came_with("data/concepts.csv").read_bytes())
    published(settings, raw_dir)
    assert differences(tmp_path / "before", settings.published) == []


@pytest.mark.long
def test_a_refused_pair_does_not_come_back(settings: Project, made: Path) -> None:
    def pairs() -> set[tuple[str, str]]:
        with connect(settings.database) as connection:
            return set(connection.execute("SELECT topic_a, topic_b FROM topic_alias_candidates").fetchall())

    assert ("scam", "scamming") in pairs()
    own = write_down(settings, Decision("scamming", "scams", "not", ""))
    published(settings, made / "raw")
    assert pairs() == {
        ("farm of kelp", "kelp farm"),
        ("kelp farm", "kelpfarm"),
        ("airship", "airship technology"),
    }
    own.write_text(f"{own.read_text('utf-8')}fraud,A crime.,scam,is,\n", "utf-8")
    published(settings, made / "raw")
    assert ("scam", "scamming") not in pairs()


@pytest.mark.long
def test_a_tenth_more_cards_change_the_concept_of_no_name(tmp_path: Path) -> None:
    raw_dir, later = tmp_path / "raw", tmp_path / "later"
    generate(raw_dir, n_cards=160, n_issues=24)
    later.mkdir()
    for path in sorted(raw_dir.glob("*.md"))[::11]:
        shutil.move(path, later)
    settings = project(data_dir=str(tmp_path / "data"), raw_dir=str(raw_dir))
    published(settings, raw_dir)
    before = settings.database.resolve()
    for path in later.iterdir():
        shutil.move(path, raw_dir)
    published(settings, raw_dir)
    with duckdb.connect() as connection:
        for name, path in (("before", before), ("now", settings.database.resolve())):
            connection.execute(f"ATTACH '{path}' AS {name} (READ_ONLY)")
        old = connection.execute(
            "SELECT concept, kind, member, relation FROM before.concept_members ORDER BY ALL"
        ).fetchall()
        assert connection.execute(CONCEPTS_OF_OLD_NAMES).fetchall() == old
        n_now = connection.execute("SELECT count(*) FROM now.concept_members").fetchall()[0][0]
        assert n_now > len(old)
