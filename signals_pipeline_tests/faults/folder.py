"""One raw folder with the bad input of every case side by side, and the snapshot that the job makes of it.

Each input lies in a folder of its own, named after its case, beside a folder of cards that are in order. The
job runs once, as a person starts it; then each case asks the snapshot what became of its input.
"""

import json
import os
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb

from signals_pipeline.core.schema import column_names
from signals_pipeline.core.settings import Project, project
from signals_pipeline.parsed.models import TABLES
from signals_pipeline.raw.paths import show, unshow
from signals_pipeline.topics.build import build_topics
from signals_pipeline.topics.models import Mentions
from signals_pipeline.topics.reviewed import Reviewed
from signals_pipeline_tests import fixtures
from signals_pipeline_tests.conftest import UNEDITED, opened, taken_in
from signals_pipeline_tests.faults.plain import TODAY, assert_whole
from signals_pipeline_tests.starter import Starter

ROOT = Path(__file__).parents[2]
GOOD = "good"
"""The folder of the cards that are in order."""

NEIGHBOURS = [*fixtures.ALL[:7], *(path for path in fixtures.ALL if "fewer-cells" in path.stem)]
"""A card of each form, and two with rows that are rejected: they must not notice what lies beside them."""

Content = str | bytes | Callable[[Path], object]
"""What a file holds, or how to make it where it is no file that one writes."""


@dataclass(frozen=True)
class Input:
    """The files of one folder by name; `is_plain` where rows and bullets can be counted line by line."""

    files: Mapping[str | bytes, Content]
    is_plain: bool

    def write(self, folder: Path) -> None:
        """Write the files; a name that the file system does not take is left out."""
        folder.mkdir()
        for name, content in self.files.items():
            path = folder / os.fsdecode(name)
            path.parent.mkdir(exist_ok=True)
            try:
                _write(path, content)
            except OSError:
                # Some file systems take names in UTF-8 only.
                assert not isinstance(name, str), name


INPUTS: dict[str, Input] = {}
"""The bad input of the cases that have been collected, by folder."""


def bad(folder: str, files: Mapping[str, Content] | Mapping[bytes, Content], *, is_plain: bool = True) -> str:
    """Have some files taken through the job in a folder of their own; returns its name."""
    assert folder not in INPUTS, folder
    INPUTS[folder] = Input(dict(files), is_plain)
    return folder


def _write(path: Path, content: Content) -> None:
    if callable(content):
        content(path)
    else:
        path.write_bytes(content.encode() if isinstance(content, str) else content)


def card(about: str, *sections: str, token: str = "20240107") -> str:
    """A card with a link of its own. The title is line 1, the link line 3, the first section line 5."""
    address = re.sub(r"\W+", "-", about.casefold()).strip("-")
    return "\n\n".join(
        [
            f"# __{about}__, (from page [{token}](https://newsletter.example.org/p/{token}).)",
            f"__[External link](https://{address}.example/card)__",
            *sections,
        ]
    )


def keywords(*items: str) -> str:
    """A section of three lines and more: the first item is the third."""
    return "\n".join(["## Keywords", "", *(f"* {item}" for item in items)])


def table(*rows: str, heading: str = "Concerns", header: str = "| name | description |") -> str:
    """A section of five lines and more: the first row is the fifth."""
    delimiter = re.sub(r"[^|]+", "---", header)
    return "\n".join([f"## {heading}", "", header, delimiter, *rows])


# The run


@dataclass(frozen=True)
class Ran:
    """What a person saw of the run."""

    exit_code: int
    output: str
    errors: str


def job_settings(raw_dir: Path, data: Path) -> dict[str, str]:
    """The environment in which the job works on a raw folder and a data folder."""
    return {"SIGNALS_RAW_DIR": str(raw_dir), "SIGNALS_DATA_DIR": str(data), "SIGNALS_AS_OF": TODAY}


@dataclass(frozen=True)
class Events:
    """Of each check that warns: outcome, severity and metadata, by name; of each table: its metadata."""

    checks: dict[str, tuple[bool, str, dict[str, Any]]]
    tables: dict[str, dict[str, Any]]


class Snapshot:
    """What the job published from the folder of all inputs, and how it went."""

    def __init__(self, base: Path, inputs: Mapping[str, Input]) -> None:
        """The snapshot below a folder in which `run_once` ran."""
        self.raw_dir = base / "raw"
        self.data = base / "data"
        self.inputs = inputs
        self.ran = Ran(**json.loads((base / "ran.json").read_text("utf-8")))
        self._alone: dict[str, list[tuple[Any, ...]]] = json.loads((base / "alone.json").read_text("utf-8"))

    @property
    def settings(self) -> Project:
        """The project that the run worked on."""
        return project(data_dir=str(self.data), raw_dir=str(self.raw_dir))

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """The rows of a query on the published database."""
        with duckdb.connect(str(self.settings.database), read_only=True) as connection:
            return connection.execute(sql, list(parameters)).fetchall()

    def of(self, folder: str, name: str, *columns: str) -> dict[str, list[Any]]:
        """Values of a parsed or topic table by file name, in the order of the lines; tuples of several."""
        listed = ", ".join(f't."{column}"' for column in columns)
        known = column_names(TABLES[name]) if name in TABLES else ["card_id", "line"]
        source = f"parsed.{name}" if name in TABLES else name
        order = ", ".join(f"t.{column}" for column in ("line", "row_no") if column in known)
        join = "" if "path" in known else "JOIN parsed.cards AS c ON c.card_id = t.card_id"
        path = "t.path" if "path" in known else "c.path"
        found = self.rows(
            f"SELECT {path}, {listed} FROM {source} AS t {join} WHERE starts_with({path}, ?) "
            f"ORDER BY {path}{', ' + order if order else ''}",
            [f"{folder}/"],
        )
        by_name: dict[str, list[Any]] = defaultdict(list)
        for where, *values in found:
            by_name[where.removeprefix(f"{folder}/")].append(
                values[0] if len(columns) == 1 else tuple(values)
            )
        return dict(by_name)

    def rejects(self, folder: str) -> dict[str, list[tuple[str, str, int | None]]]:
        """Level, code and line of each reject by file name."""
        return self.of(folder, "rejects", "level", "code", "line")

    @cached_property
    def events(self) -> Events:
        """What the history of the run says of checks and tables."""
        from signals_pipeline.defs.execution import instance_of

        found = Events({}, {})
        with instance_of(self.settings) as instance:
            (run,) = instance.get_runs()
            for record in instance.all_logs(run.run_id):
                event = record.dagster_event
                kind = event and event.event_type_value
                if kind == "ASSET_CHECK_EVALUATION":
                    check = event.asset_check_evaluation_data
                    values = {name: one.value for name, one in check.metadata.items()}
                    found.checks[check.check_name] = (check.passed, check.severity.value, values)
                elif kind == "ASSET_MATERIALIZATION":
                    made = event.step_materialization_data.materialization
                    values = {name: one.value for name, one in made.metadata.items()}
                    found.tables[made.asset_key.to_user_string()] = values
        return found

    @cached_property
    def problems(self) -> list[str]:
        """What contradicts the promise that is made whatever the input: nothing may be in it."""
        if self.ran.exit_code != 0:
            return [f"the run ended with {self.ran.exit_code}: {self.ran.errors[-500:]}"]
        return [*self._of_the_run(), *self._of_the_files(), *self._of_the_rows(), *self._of_the_neighbours()]

    def _of_the_run(self) -> list[str]:
        found = []
        if "Traceback" in self.ran.output + self.ran.errors:
            found.append("the run printed a trace")
        ((n_rejects,),) = self.rows("SELECT count(*) FROM parsed.rejects")
        if f"Warning:  {n_rejects:,} files, cards or rows could not be read" not in self.ran.output:
            found.append(f"the run does not say that {n_rejects} could not be read")
        if self.events.checks["nothing_was_rejected"][:2] != (False, "WARN"):
            found.append("no check warns of what was rejected")
        assert_whole(self.data / "published")
        return found

    def _of_the_files(self) -> list[str]:
        """Each file stands in files_seen once, and is a card, a reject, or left alone with a reason."""
        there = Counter(_files(self.raw_dir))
        seen = Counter(path for (path,) in self.rows("SELECT path FROM parsed.files_seen"))
        undecided = self.rows("""
            SELECT path FROM parsed.files_seen
            WHERE (kind = 'card' OR reason IS NULL) AND path NOT IN (SELECT path FROM parsed.card_files)
            AND path NOT IN (SELECT path FROM parsed.rejects WHERE level <> 'row')
        """)
        found = [
            f"{path} is in the folder or in files_seen, not in both"
            for path in (there - seen) + (seen - there)
        ]
        return found + [f"{path} is neither a card nor a page nor a reject" for (path,) in undecided]

    def _of_the_rows(self) -> list[str]:
        """Every bullet and table row of a plain card, counted without the parser, is accounted for."""
        held: dict[str, Counter[str]] = defaultdict(Counter)
        for path, section, n in self.rows(_HELD):
            held[path][section] += n
        found = []
        for (path,) in self.rows("SELECT DISTINCT path FROM parsed.cards ORDER BY path"):
            folder = path.partition("/")[0]
            if folder == GOOD or self.inputs[folder].is_plain:
                counted = source_rows(_text(self.raw_dir, path))
                if counted != held[path]:
                    found.append(f"{path} holds {dict(counted)}, and the tables {dict(held[path])}")
        return found

    def _of_the_neighbours(self) -> list[str]:
        """The cards beside the bad input have the rows that they have without it."""
        now = json.loads(json.dumps(neighbours(self.rows), default=str))
        return [f"the neighbours' rows of {name} differ" for name in now if now[name] != self._alone[name]]


def _text(raw_dir: Path, path: str) -> str:
    return (raw_dir / os.fsdecode(unshow(path))).read_bytes().decode("utf-8-sig")


_LISTS = ("keywords", "themes")
_STATEMENTS = ("signals", "concerns", "behaviors", "technologies", "emerging_issues")
_HEADINGS = {name: name for name in (*_LISTS, *_STATEMENTS)} | {"issues": "emerging_issues"}
_DELIMITER = re.compile(r"[|:\- ]*-[|:\- ]*")

_HELD = "\nUNION ALL\n".join(
    [
        *(
            f"SELECT c.path, '{name}', sum(t.n_source_items)::INTEGER FROM parsed.{name} AS t "
            "JOIN parsed.cards AS c USING (card_id) GROUP BY ALL"
            for name in _LISTS
        ),
        *(
            f"SELECT c.path, '{name}', count(*) FROM parsed.{name} AS t "
            "JOIN parsed.cards AS c USING (card_id) GROUP BY ALL"
            for name in _STATEMENTS
        ),
        "SELECT c.path, lower(t.heading), count(*) FROM parsed.card_extra AS t "
        "JOIN parsed.cards AS c USING (card_id) "
        "WHERE t.column_name IN ('(blank bullet)', '(separator bullet)') "
        "AND lower(t.heading) IN ('keywords', 'themes') GROUP BY ALL",
        "SELECT path, section, count(*) FROM parsed.rejects WHERE level = 'row' "
        f"AND section IN {(*_LISTS, *_STATEMENTS)} GROUP BY ALL",
    ]
)
"""Bullets and rows by path and section, wherever the tables hold them."""


def source_rows(text: str) -> Counter[str]:
    """Bullets and table rows of a card by section, told by their first character: for plain cards only."""
    found: Counter[str] = Counter()
    section: str | None = None
    for line in re.split(r"\r\n|\r|\n", text):
        if line.startswith("#"):
            section = _HEADINGS.get(line.lstrip("# ").casefold())
        elif section in _LISTS and line.startswith("*"):
            found[section] += 1
        elif section in _STATEMENTS and line.startswith("|"):
            # The delimiter row and the header above it are no rows; without it there is no header.
            found[section] += -1 if _DELIMITER.fullmatch(line) else 1
    return +found


def _files(folder: Path) -> list[str]:
    """The paths of files, links to folders and, with a slash, hidden folders, which are not walked."""
    found = []
    for inside, folders, files in os.walk(folder):
        links = [name for name in folders if Path(inside, name).is_symlink()]
        hidden = [name for name in folders if name.startswith(".") and name not in links]
        folders[:] = [name for name in folders if name not in hidden]
        found += [show(os.fsencode(Path(inside, name).relative_to(folder))) for name in [*files, *links]]
        found += [show(os.fsencode(Path(inside, name).relative_to(folder))) + "/" for name in hidden]
    return found


def neighbours(
    rows: Callable[[str], list[tuple[Any, ...]]],
) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of the cards that are in order, by table, in a fixed order."""
    found = {}
    for name in (*(f"parsed.{table}" for table in TABLES), "mentions"):
        has_path = name != "mentions" and "path" in column_names(TABLES[name.removeprefix("parsed.")])
        where = (
            f"starts_with(path, '{GOOD}/')"
            if has_path
            else f"card_id IN (SELECT card_id FROM parsed.cards WHERE starts_with(path, '{GOOD}/'))"
        )
        names = column_names(TABLES[name.removeprefix("parsed.")] if name != "mentions" else Mentions)
        found[name] = rows(f"SELECT {', '.join(names)} FROM {name} WHERE {where} ORDER BY ALL")
    return found


def run_once(base: Path, inputs: Mapping[str, Input], starter: Starter) -> None:
    """Write all inputs below a folder, take them through the job, and the cards in order alone beside it."""
    for raw_dir in (base / "raw", base / "alone" / "raw"):
        for path in NEIGHBOURS:
            fixtures.load(path).write(raw_dir / GOOD)
    for folder, one in inputs.items():
        one.write(base / "raw" / folder)
    done = starter.run("run", history=True, **job_settings(base / "raw", base / "data"))
    ran = Ran(done.code, done.out, done.err)
    with opened(base / "alone" / "build", base / "alone" / "raw") as store:
        taken_in(store, base / "alone" / "raw")
        build_topics(store, Reviewed(), UNEDITED)
        alone = neighbours(store.rows)
    (base / "alone.json").write_text(json.dumps(alone, default=str), "utf-8")
    (base / "ran.json").write_text(json.dumps(asdict(ran)), "utf-8")
