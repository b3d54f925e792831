"""F17: whatever is changed, and in however many runs it is taken in, the tables are those of a rebuild."""

import functools
import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import dagster as dg
import duckdb
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from signals_pipeline.core.settings import Project, project
from signals_pipeline.core.store import FILE_NAME
from signals_pipeline.marts import build, parameters
from signals_pipeline.parsed import chunks
from signals_pipeline.publish import snapshot, unchanged, watch
from signals_pipeline.publish.integrity import damage
from signals_pipeline.publish.unchanged import keep_summary, summary_of_nothing_new
from signals_pipeline_tests import corpus
from signals_pipeline_tests.conftest import AS_OF
from signals_pipeline_tests.defs.test_job import Job
from signals_pipeline_tests.faults.plain import differences, other_pages, rebuilt, without_report
from signals_pipeline_tests.raw.sample import card, card_id, link

pytestmark = pytest.mark.long

EXAMPLES = int(os.environ.get("SIGNALS_SEQUENCES", "2"))
"""Sequences of changes and runs that are tried; `make test-full` tries more."""

WITH_REPORT = EXAMPLES > 2
"""Whether the pages of the report are compared as well, which takes as long as all else."""

CARDS, ISSUES = 90, 30
"""Half of the folders hold so many more where pages are compared: in fewer no forecast is to be kept."""

STEPS = 12
TOKENS = ("20240107", "20240114", "20240121", "20290911", "")
WORDS = ("kelp", "Kelps", "heat pump", "AI", "LLMs", "large language model", "sea wall")
NUMBERS = st.integers(0, 7)

LOST = (
    "DELETE FROM internal.kept_results WHERE random() < 0.5",
    "UPDATE internal.kept_results SET result = seal WHERE random() < 0.5",
    *(f"DELETE FROM internal.{table} WHERE random() < 0.5" for table in ("said_names", "said_in", "said_of")),
    f"DELETE FROM internal.built WHERE name IN {tuple(build.marts())} AND random() < 0.5",
)
"""What befalls that which is kept so that it need not be computed again."""

OTHER = {
    ("topic_burst", "s"): 1.5,
    ("topic_burst", "gamma"): 0.5,
    ("topic_forecast", "half_life"): 8.0,
    ("topic_forecast", "near_issues"): 6.0,
    ("family_size", "min_cards"): 5.0,
    ("q", "max_q"): 0.3,
    ("share_recent", "issues"): 7.0,
    ("share_lo", "z"): 1.0,
}
"""Other values of some parameters: of what is kept, of what SQL alone reads, and of what pages say."""

WAS = {one: parameters.value(*one) for one in OTHER}


def with_other_values(*names: tuple[str, str]) -> tuple[parameters.Metric, ...]:
    """All parameters, some with the other one of their two values."""
    return tuple(
        replace(row, value=WAS[one] + OTHER[one] - row.value)
        if (one := (row.metric, row.parameter)) in names
        else row
        for row in parameters.METRICS
    )


SIGNALS = """

## Signals

| name | description | change | 10-year | driving-force | relevancy |
|:-----|:------------|:-------|:--------|:--------------|----------:|
| Farms | In every bay. | From few to many | More of it. | Hunger | 3 |"""


def text_of(number: int, token: str, keywords: list[str], title: str) -> str:
    return card(number, title=title, token=token, keywords=tuple(keywords)) + SIGNALS


TEXTS = st.builds(
    text_of,
    NUMBERS,
    st.sampled_from(TOKENS),
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=4),
    st.sampled_from(("Kelp", "Just a moment...", "Sea walls")),
)
# Two names for each card, one of them of another version, in two folders: duplicates, versions, glued files.
PATHS = st.builds(
    lambda number, suffix, folder: f"{folder}{card_id(link(number))}{suffix}.md",
    NUMBERS,
    st.sampled_from(("", "@1a2b3c4")),
    st.sampled_from(("", "old/")),
)


def change(**given: st.SearchStrategy) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """A rule that changes something; half the time a run follows at once."""

    def as_rule(changes: Callable[..., None]) -> Callable[..., None]:
        @rule(then_run=st.booleans(), **given)
        @functools.wraps(changes, assigned=("__name__", "__doc__"), updated=())
        def changed(self: "Folder", *, then_run: bool, **values: object) -> None:
            changes(self, **values)
            self.is_taken_in = self.is_as_it_was = False
            if then_run:
                self.run_the_job()

        del changed.__wrapped__
        return changed

    return as_rule


class Folder(RuleBasedStateMachine):
    """Someone changes the raw folder, the files beside it and the code; the job runs now and then."""

    @initialize(has_trends=st.booleans() if WITH_REPORT else st.just(value=False))
    def begin(self, has_trends: bool) -> None:
        self.base = Path(tempfile.mkdtemp())
        self.raw = self.base / "raw"
        self.raw.mkdir()
        # No change below touches it: of a folder with nothing to read the first run publishes nothing.
        (self.raw / "kept.txt").write_text(card(0), "utf-8")
        if has_trends:
            corpus.generate(self.raw / "issues", n_cards=CARDS, n_issues=ISSUES)
        self.data = self.base / "data"
        self.data.joinpath(".dagster").mkdir(parents=True)
        self.context = dg.DagsterInstance.ephemeral()
        self.instance = self.context.__enter__()
        self.job = Job(self.data, self.raw, self.instance)
        self.day = AS_OF
        self.patch = pytest.MonkeyPatch()
        self.code = {"parser": 1, "statistics": 1, "report": 1}
        self.patch.setattr(chunks, "parser_version", lambda: str(self.code["parser"]))
        self.patch.setattr(build, "python_version", lambda: str(self.code["statistics"]))
        self.patch.setattr(snapshot, "report_version", lambda: str(self.code["report"]))
        self.patch.setattr(watch, "code_version", lambda: repr((self.code, parameters.METRICS)))
        # Whoever edits the package while this goes on is none of those who change something.
        self.patch.setattr(unchanged, "_package_files", list)
        # No file is written twice within the time that its marks tell apart.
        self.patch.setattr(unchanged, "is_settled", lambda *_: True)
        if not WITH_REPORT:
            without_report(self.patch)
        self.is_taken_in = self.is_as_it_was = False

    def teardown(self) -> None:
        if hasattr(self, "patch"):
            self.patch.undo()
            self.context.__exit__(None, None, None)
            shutil.rmtree(self.base)

    def _write(self, path: str, content: str | bytes) -> None:
        target = self.raw / path
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(content if isinstance(content, bytes) else content.encode())

    def _files(self) -> list[Path]:
        return sorted(path for path in self.raw.rglob("*.md"))

    @change(path=PATHS, text=TEXTS)
    def write_a_card(self, path: str, text: str) -> None:
        self._write(path, text)

    @change(path=PATHS, one=TEXTS, other=TEXTS)
    def write_a_glued_card(self, path: str, one: str, other: str) -> None:
        self._write(path, one.rstrip("\n") + other.partition("\n\n")[2])

    @change(path=PATHS, data=st.sampled_from((b"", b"\xff\xfe", b"# no card", b"a\0b")))
    def write_what_is_no_card(self, path: str, data: bytes) -> None:
        self._write(path, data)

    @precondition(lambda self: self._files())
    @change(pick=st.integers(0, 99))
    def remove_a_file(self, pick: int) -> None:
        files = self._files()
        files[pick % len(files)].unlink()

    @precondition(lambda self: self._files())
    @change(pick=st.integers(0, 99), path=PATHS)
    def rename_a_file(self, pick: int, path: str) -> None:
        files = self._files()
        target = self.raw / path
        target.parent.mkdir(exist_ok=True)
        files[pick % len(files)].replace(target)

    @precondition(lambda self: self._files())
    @change(pick=st.integers(0, 999), word=st.sampled_from(WORDS))
    def add_a_keyword(self, pick: int, word: str) -> None:
        files = self._files()
        path = files[pick % len(files)]
        path.write_bytes(path.read_bytes().replace(b"## Keywords\n\n", f"## Keywords\n\n* {word}\n".encode()))

    @change(topic=st.sampled_from(("kelp", "llm", "", "sea wall")), surface=st.sampled_from(WORDS))
    def edit_the_aliases(self, topic: str, surface: str) -> None:
        (self.data / "aliases.csv").write_text(f"surface,topic,kind,reason\n{surface},{topic},,\n", "utf-8")

    @change(member=st.sampled_from(WORDS), relation=st.sampled_from(("is", "part", "not")))
    def add_a_line_to_the_concepts(self, member: str, relation: str) -> None:
        self._write_concepts([*self._concepts(), f"harvest,,{member},{relation},"])

    @precondition(lambda self: self._concepts())
    @change(pick=st.integers(0, 99))
    def take_a_line_out_of_the_concepts(self, pick: int) -> None:
        lines = self._concepts()
        del lines[pick % len(lines)]
        self._write_concepts(lines)

    def _concepts(self) -> list[str]:
        path = self.data / "concepts.csv"
        return path.read_text("utf-8").splitlines()[1:] if path.exists() else []

    def _write_concepts(self, lines: list[str]) -> None:
        text = "\n".join(["concept,definition,member,relation,reason", *lines])
        (self.data / "concepts.csv").write_text(f"{text}\n", "utf-8")

    @change(token=st.sampled_from(TOKENS[:-1]), day=st.sampled_from(("2024-01-07", "2024-02-04")))
    def correct_a_date(self, token: str, day: str) -> None:
        (self.data / "issue_dates.csv").write_text(f"token,date,reason\n{token},{day},seen\n", "utf-8")

    @change(number=NUMBERS, verdict=st.sampled_from(("came true", "open")))
    def judge_an_outlook(self, number: int, verdict: str) -> None:
        header = "card,section,row,text,verdict,date,link,note"
        judged = f"{card_id(link(number))},signals,1,More of it.,{verdict},2026-01-01,,"
        (self.data / "verdicts.csv").write_text(f"{header}\n{judged}\n", "utf-8")

    @change(part=st.sampled_from(("parser", "statistics", "report")))
    def change_the_code(self, part: str) -> None:
        self.code[part] += 1

    @change(one=st.sampled_from(list(OTHER)))
    def change_a_parameter_or_change_it_back(self, one: tuple[str, str]) -> None:
        self.patch.setattr(parameters, "METRICS", with_other_values(one))

    @change(days=st.sampled_from((-800, 1, 2000)))
    def let_days_pass(self, days: int) -> None:
        self.day += timedelta(days=days)

    @precondition(lambda self: (self.job.settings.build / FILE_NAME).exists())
    @rule(lost=st.sampled_from(LOST))
    def lose_what_is_kept(self, lost: str) -> None:
        with duckdb.connect(str(self.job.settings.build / FILE_NAME)) as connection:
            connection.execute(lost)
        self.is_as_it_was = False

    @precondition(lambda self: WITH_REPORT)
    @rule()
    def lose_what_is_kept_of_the_pages(self) -> None:
        (self.job.settings.build / "pages").unlink(missing_ok=True)

    @precondition(lambda self: self._snapshot())
    @change(pick=st.integers(0, 999))
    def damage_a_published_file(self, pick: int) -> None:
        """Other bytes, as many as there were, at the same time: in every snapshot that has the file."""
        files = sorted(path for path in self._current.rglob("*") if path.is_file())
        path = files[pick % len(files)]
        state = path.stat()
        path.chmod(0o644)
        path.write_bytes(bytes(byte ^ 1 for byte in path.read_bytes()))
        os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))

    @rule()
    def run_the_job(self) -> None:
        before = self._snapshot()
        is_said_to_be_new = not self._finds_nothing()
        assert not (self.is_as_it_was and is_said_to_be_new), "nothing has changed since the last run"
        again = self.is_taken_in or not is_said_to_be_new
        self.job.on_day(self.day.isoformat())
        assert self.job.run(accept_drop=True).success
        if again:
            assert self._snapshot() == before, "a run with nothing to do publishes nothing new"
        assert damage(self._current) == ""
        keep_summary(self._today, str(self._current.resolve().name), "nothing new")
        self.is_taken_in = self.is_as_it_was = True

    @property
    def _current(self) -> Path:
        return self.job.settings.published / "current"

    @property
    def _today(self) -> Project:
        return project(data_dir=str(self.data), raw_dir=str(self.raw), as_of=self.day.isoformat())

    def _finds_nothing(self) -> bool:
        """Whether the command says, without a run, that there is nothing new."""
        return summary_of_nothing_new(self._today) is not None

    def _snapshot(self) -> Path | None:
        return self._current.readlink() if self._current.exists() else None

    @invariant()
    def what_is_published_is_what_a_rebuild_publishes(self) -> None:
        if not hasattr(self, "is_taken_in") or not (self.is_taken_in or self._finds_nothing()):
            return
        fresh = project(data_dir=str(self.base / "fresh"))
        shutil.rmtree(fresh.data, ignore_errors=True)
        fresh.data.mkdir()
        for path in self.data.glob("*.csv"):
            shutil.copy(path, fresh.data)
        again = rebuilt(fresh, self.raw, self.day, with_report=WITH_REPORT)
        assert differences(self.job.settings.published, again) == []
        assert other_pages(self.job.settings.published, again) == []


Folder.TestCase.settings = settings(
    max_examples=EXAMPLES,
    stateful_step_count=STEPS,
    deadline=None,
    derandomize=EXAMPLES <= 2,
    suppress_health_check=list(HealthCheck),
)
test_any_sequence_of_changes_and_runs_equals_a_rebuild = Folder.TestCase


def test_with_trends_each_run_uses_what_is_kept_and_equals_a_rebuild(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same on a folder in which all that may be kept is kept, for one sequence of changes."""
    raw, settings = tmp_path / "raw", project(data_dir=str(tmp_path / "data"))
    corpus.generate(raw, n_cards=CARDS, n_issues=ISSUES)
    rebuilt(settings, raw)
    with duckdb.connect(str(settings.build / FILE_NAME)) as connection:
        kept = connection.execute("SELECT DISTINCT mart FROM internal.kept_results ORDER BY mart").fetchall()
        assert [name for (name,) in kept] == ["call_history", "topic_burst_fit", "topic_forecast"]
        for lost in LOST:
            connection.execute(lost)
    path = max(raw.glob("*.md"))
    path.write_text(path.read_text("utf-8").replace("## Keywords\n\n", "## Keywords\n\n* AI\n"), "utf-8")
    rebuilt(settings, raw)
    monkeypatch.setattr(parameters, "METRICS", with_other_values(*OTHER))
    day = AS_OF + timedelta(days=1)
    rebuilt(settings, raw, day)
    again = rebuilt(project(data_dir=str(tmp_path / "fresh")), raw, day)
    assert differences(settings.published, again) == []
