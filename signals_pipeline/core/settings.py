"""Where things are, and what a person has set: folders, the day, and the inputs beside the cards."""

import hashlib
import json
import os
import re
import stat
import subprocess
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime, time, timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from signals_pipeline.core.bucket import KEYS_FROM, Bucket, RawDir, is_like_an_address
from signals_pipeline.core.engines import Engine, engine
from signals_pipeline.core.errors import BadInputFileError, CannotWriteError, NewerFolderError, NoInputError
from signals_pipeline.core.files import files_version, read_object, write_whole
from signals_pipeline.core.hosts import OWN_NAMES, host_names

PACKAGE = Path(__file__).parent.parent
MAX_EDITED_BYTES = 10_000_000
KNOWN = "known.csv"
"""The file that says what an editor knows already."""

EDITED = ("aliases.csv", "concepts.csv", "issue_dates.csv", "verdicts.csv", KNOWN, "dialect.toml")
"""The files that a person edits, each of which comes with the project."""

IN_CHECKOUT = (PACKAGE.parent / "pyproject.toml").exists()
"""Whether the package stands in a checkout of the project, where make is there; else it was installed."""

CARDS_PAGE = "docs/CARDS.md" if IN_CHECKOUT else "CARDS.md, which signals init writes,"
"""Where it is said what a card looks like, as a sentence names it."""

OPERATIONS_PAGE = "docs/OPERATIONS.md" if IN_CHECKOUT else "docs/OPERATIONS.md of the project"
"""The page that says how to leave it running, as a sentence names it."""

_TYPED = {
    "run": ("make run", "signals run"),
    "rebuild": ("make rebuild", "signals run --rebuild"),
    "accept": ("make run ACCEPT_DROP=1", "signals run --accept-drop"),
    "issue": ("make run ISSUE={}", "signals run --issue {}"),
    "prompt": ("make sql", "signals sql"),
    "sql": ('make sql Q="{}"', 'signals sql "{}"'),
    "ask": ("make ask N={}", "signals ask {}"),
    "search": ('make search Q="{}"', 'signals search "{}"'),
    "more hits": (".venv/bin/signals search -n {}", "signals search -n {}"),
    "ui": ("make ui", "signals ui"),
    "explain": ("make explain FILE={}", "signals explain {}"),
    "review": ("make review", "signals review"),
    "postgres": (
        ".venv/bin/python -m pip install --require-hashes -r requirements/postgres.lock",
        'pipx install --force "…/signals_pipeline-….whl[postgres]"',
    ),
    "meaning": ("make run MEANING=1", 'pipx install --force "…/signals_pipeline-….whl[meaning]"'),
    "publish": ("make publish TO={}", "signals publish {}"),
    "publishing": (
        ".venv/bin/python -m pip install --require-hashes -r requirements/publish.lock",
        'pipx install --force "…/signals_pipeline-….whl[publish]"',
    ),
    "encode": ("make run MEANING=1", "SIGNALS_MEANING=1 signals run"),
}
"""What a person types for a command, in a checkout and where the package was installed."""

_OF_A_PROJECT = {"data", ".env", "dagster.yaml"}
"""What lies in the folder of a project; one of them is enough."""

TEXT_SUFFIXES = (".md", ".markdown", ".txt")
"""How the names of files end that may hold a card, in any case of letters."""

_NO_URL = re.compile(r"\?|%[0-9a-f]{2}", re.IGNORECASE)
"""What means something else in the address of a SQLite file, into which Dagster puts its path as it is."""

_FOLDER_URL = re.compile(r"https?://[\w.-]+(?::\d+)?(?:/[\w.~%!$&'()*+,;=:@-]*)*", re.ASCII)
"""An address without user, query and fragment."""

_DAYS = re.compile(r"[1-9]\d{0,4}", re.ASCII)

_AMOUNT = re.compile(r"[1-9]\d*(?:\.\d+)? ?(?:[MGT]i?B)", re.IGNORECASE | re.ASCII)


def _setting(variable: str, meaning: str, default: str) -> Any:
    """A field of `Settings`: its environment variable, what it means, and what holds where it is not set."""
    return field(default="", metadata={"variable": variable, "meaning": meaning, "default": default})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a person can set, as it was typed; empty where nothing is set."""

    raw_dir: str = _setting(
        "SIGNALS_RAW_DIR",
        "folder of the cards, or the address of a bucket such as s3://bucket/cards",
        "`data/raw`, else the demonstration",
    )
    data_dir: str = _setting("SIGNALS_DATA_DIR", "folder of store, snapshots and history", "`data`")
    as_of: str = _setting(
        "SIGNALS_AS_OF", "last day that a newsletter issue may have, such as 2026-06-30", "today in UTC"
    )
    memory_limit: str = _setting(
        "SIGNALS_MEMORY_LIMIT",
        "what DuckDB may hold in memory, such as 512MB; the rest goes to the disk",
        "120MB, and more where that is too little",
    )
    workers: str = _setting(
        "SIGNALS_WORKERS",
        "processes that read cards, such as 2, or the address of a Dask scheduler",
        "one for each processor but one",
    )
    meaning: str = _setting(
        "SIGNALS_MEANING", "1 to encode what texts mean, which takes the extra `meaning`", "0"
    )
    model: str = _setting(
        "SIGNALS_MODEL",
        "ONNX file of another sentence encoder with the tokens of BERT, uncased, and 384 dimensions",
        "the one of that extra",
    )
    webhook: str = _setting(
        "SIGNALS_WEBHOOK", "address that takes failure notices and new calls, as JSON", "none"
    )
    notify: str = _setting(
        "SIGNALS_NOTIFY",
        "who else gets them, as addresses of Apprise with blanks between, such as "
        "mailtos://user:password@example.org?to=team@example.org",
        "nobody",
    )
    base_url: str = _setting(
        "SIGNALS_BASE_URL",
        "address of the folder in which the report is read, such as https://example.org/signals/",
        "none: links in the feed lead beside it",
    )
    ui_hosts: str = _setting(
        "SIGNALS_UI_HOSTS",
        "further host names under which the Dagster UI is opened, with commas, such as signals.example.org",
        "`localhost`, `127.0.0.1` and `[::1]` alone",
    )
    keep_runs: str = _setting(
        "SIGNALS_KEEP_RUNS",
        "days that a run stays in Dagster's history; one that changed nothing stays a week at most",
        "90",
    )
    daily_at: str = _setting("SIGNALS_DAILY_AT", "time of the daily run, such as 18:30", "06:00")
    time_zone: str = _setting("SIGNALS_TIME_ZONE", "time zone of that time, such as Europe/Paris", "UTC")
    log: str = _setting(
        "SIGNALS_LOG", "json to have runs print one JSON object a line, for what collects logs", "plain lines"
    )


class Setting(NamedTuple):
    """One setting as it is described to a person: its field of `Settings`, variable, meaning and default."""

    name: str
    variable: str
    meaning: str
    default: str


SETTINGS = tuple(Setting(one.name, **one.metadata) for one in fields(Settings))
"""All settings, in the order in which they are shown."""

PREFIX = "SIGNALS_"
"""How the variable of each setting begins."""

OF_COMPOSE = frozenset(
    PREFIX + name
    for name in ("CARDS", "EXTRAS", "HOST", "LOGIN", "LOGIN_HASH", "POSTGRES_PASSWORD", "SCHEME", "WEB")
)
"""What compose.yaml reads from the same .env, and is no setting of the project."""

FORMAT = 1
"""The version of what a data folder holds.

It goes up with a change after which an older version of the project could not go on with the folder.
"""

SECRETS = ("webhook", "notify")
"""Settings that may hold a password or a token, so that nothing keeps or shows them."""


def variable(name: str) -> str:
    """The environment variable of a setting."""
    return next(one.variable for one in SETTINGS if one.name == name)


def misspelt(names: Iterable[str]) -> list[tuple[str, str]]:
    """Environment variables that are no setting and look like one, each with the nearest setting."""
    known = [one.variable.removeprefix(PREFIX) for one in SETTINGS]
    own = sorted(name.removeprefix(PREFIX) for name in {*names} - OF_COMPOSE if name.startswith(PREFIX))
    return [
        (PREFIX + name, PREFIX + near)
        for name in own
        if name not in known
        for near in get_close_matches(name, known, n=1)
    ]


@dataclass(frozen=True, slots=True)
class Project:
    """The folders of a project, and what a person has set."""

    root: Path
    data: Path
    given: Settings = Settings()

    @property
    def build(self) -> Path:
        """Folder of the working store."""
        return self.data / "build"

    @property
    def published(self) -> Path:
        """Folder of the snapshots."""
        return self.data / "published"

    @property
    def database(self) -> Path:
        """The database that analysts open."""
        return self.published / "current" / "signals.duckdb"

    @property
    def newsletter(self) -> str:
        """What tells this project from others of the machine: the last folder above or of its data."""
        named = self.data.parent if self.data.name == "data" else self.data
        return named.name or self.data.name

    @property
    def history(self) -> Path:
        """Folder of Dagster's history."""
        return self.data / ".dagster"

    @property
    def dagster_file(self) -> Path:
        """The dagster.yaml that a person edits; the shipped file where the root has none."""
        own = self.root / "dagster.yaml"
        return own if own.exists() else came_with("dagster.yaml")

    @property
    def snapshot(self) -> str:
        """The name of the published snapshot, empty where nothing is published."""
        current = self.published / "current"
        return current.resolve().name if current.exists() else ""

    @property
    def report(self) -> Path:
        """The first page of the report."""
        return self.published / "current" / "report" / "index.html"

    @property
    def prompt_history(self) -> Path:
        """The file in which the prompt keeps what was typed at it."""
        return self.data / ".prompt_history"

    @property
    def failure_log(self) -> Path:
        """The file in which a person finds what went wrong while nobody looked.

        A data folder that has one under its former name alone goes on with it.
        """
        log, former = self.data / "FAILURES.log", self.data / "ALERTS.log"
        # Unlike those of Path these raise nothing.
        return former if os.path.isfile(former) and not os.path.lexists(log) else log  # noqa: PTH113

    @property
    def outbox(self) -> Path:
        """Folder of the messages that wait to be sent."""
        return self.data / "outbox"

    @property
    def aliases(self) -> Path:
        """The alias table that a person edits; the shipped one where the data folder has none."""
        return self._own_or_shipped("aliases.csv")

    @property
    def concepts(self) -> Path:
        """The reviewed concepts that a person edits; the shipped file where the data folder has none."""
        return self._own_or_shipped("concepts.csv")

    @property
    def issue_dates(self) -> Path:
        """The corrected issue dates that a person edits; the shipped file where the data folder has none."""
        return self._own_or_shipped("issue_dates.csv")

    @property
    def verdicts(self) -> Path:
        """The verdicts on outlooks that a person edits; the shipped file where the data folder has none."""
        return self._own_or_shipped("verdicts.csv")

    @property
    def known(self) -> Path:
        """What an editor knows already; the shipped file where the data folder has none."""
        return self._own_or_shipped(KNOWN)

    @property
    def dialect(self) -> Path:
        """How cards are written, as a person declares it; the shipped file where the data folder has none."""
        return self._own_or_shipped("dialect.toml")

    def _own_or_shipped(self, name: str) -> Path:
        own = self.data / name
        return own if own.exists() else came_with(f"data/{name}")

    @property
    def _demonstration(self) -> Path:
        return self._own_or_shipped("demo").resolve()

    @property
    def _own_cards(self) -> Path:
        return self.build / "own_cards_taken_in"

    @property
    def _taken_in(self) -> Path:
        return self.build / "taken_in"

    @property
    def _format(self) -> Path:
        return self.build / "format"

    def as_of(self) -> date:
        """The day of the run: as set, else today in UTC; `BadInputFileError` where what is set is no date."""
        if not self.given.as_of:
            return datetime.now(UTC).date()
        try:
            return date.fromisoformat(self.given.as_of)
        except ValueError:
            raise self._wrong("as_of", "no date; write it as 2026-06-30") from None

    def memory_limit(self) -> str | None:
        """What DuckDB may hold in memory, None where nothing is set; `BadInputFileError` for no amount."""
        if self.given.memory_limit and not _AMOUNT.fullmatch(self.given.memory_limit):
            raise self._wrong("memory_limit", "no amount of memory; write it as 512MB or 2GB")
        return self.given.memory_limit or None

    def engine(self) -> Engine:
        """Where cards are read; `BadInputFileError` for neither a number of processes nor an address."""
        try:
            return engine(self.given.workers)
        except ValueError as error:
            raise self._wrong("workers", str(error)) from None

    def meaning(self) -> bool:
        """Whether texts are encoded; `BadInputFileError` where what is set is neither 1 nor 0."""
        if self.given.meaning not in ("", "0", "1"):
            raise self._wrong("meaning", "neither 1 nor 0")
        return self.given.meaning == "1"

    def model(self) -> Path | None:
        """The file of the encoder that a person names, if any; `BadInputFileError` for no path."""
        return _path("model", self.given.model) if self.given.model else None

    def webhook(self) -> str:
        """The address that takes notices, empty where none is set.

        Raises:
            BadInputFileError: What is set is no address of http or https, or has a password before the host.
        """
        address = self.given.webhook
        if address and not address.startswith(("https://", "http://")):
            # It is not repeated: it may hold a token.
            raise BadInputFileError(f"{variable('webhook')} must begin with https:// or http://.")
        if "@" in address.partition("://")[2].partition("/")[0]:
            raise BadInputFileError(f"{variable('webhook')} may hold no name and password before the host.")
        return address

    def log_is_json(self) -> bool:
        """Whether lines are for what collects logs; `BadInputFileError` where what is set is not json."""
        if self.given.log not in ("", "json"):
            raise self._wrong("log", "not json, and there is no other form of lines to choose")
        return self.given.log == "json"

    def base_url(self) -> str:
        """The address of the report with a slash at its end, empty where none is set.

        Raises:
            BadInputFileError: What is set is no address of a folder.
        """
        text = self.given.base_url.strip()
        if not text:
            return ""
        if not _FOLDER_URL.fullmatch(text):
            raise self._wrong("base_url", "no address of a folder; write it as https://example.org/signals/")
        return f"{text.removesuffix('/')}/"

    def ui_hosts(self) -> frozenset[str]:
        """The host names under which the UI is opened; `BadInputFileError` where what is set is no list."""
        if not self.given.ui_hosts:
            return frozenset(OWN_NAMES)
        try:
            return frozenset((*OWN_NAMES, *host_names(self.given.ui_hosts)))
        except ValueError as error:
            raise self._wrong("ui_hosts", str(error)) from None

    def keep_runs(self) -> timedelta:
        """How long a run stays in the history; `BadInputFileError` where what is set is no number of days."""
        text = self.given.keep_runs or "90"
        if not _DAYS.fullmatch(text):
            raise self._wrong("keep_runs", "no number of days from 1 to 99999; write it as 90")
        return timedelta(days=int(text))

    def daily_at(self) -> time:
        """When the daily run is due; `BadInputFileError` where what is set is no time of day."""
        text = self.given.daily_at or "06:00"
        try:
            return datetime.strptime(text, "%H:%M").time()  # noqa: DTZ007
        except ValueError:
            raise self._wrong("daily_at", "no time of day; write it as 06:00") from None

    def time_zone(self) -> str:
        """The zone of that time; `BadInputFileError` where what is set is none that this machine knows."""
        name = self.given.time_zone or "UTC"
        try:
            ZoneInfo(name)
        except (ValueError, OSError, ZoneInfoNotFoundError):
            raise self._wrong("time_zone", "no time zone; write it as Europe/Paris") from None
        return name

    def _wrong(self, name: str, why: str) -> BadInputFileError:
        return BadInputFileError(f"{variable(name)}={getattr(self.given, name)!r} is {why}.")

    def raw_dir(self) -> RawDir:
        """Where the cards lie: as set, else data/raw when it holds or once held any, else data/demo."""
        if self.given.raw_dir:
            return _raw_dir(self.given.raw_dir)
        own = self.data / "raw"
        if self._own_cards.exists() or _holds_texts(own):
            return own.resolve()
        return self._demonstration

    def is_demonstration(self, raw_dir: RawDir) -> bool:
        """Whether a raw folder is that of the demonstration cards."""
        return raw_dir == self._demonstration

    def vectors(self, raw_dir: RawDir) -> Path | None:
        """The vectors of texts that come with the cards of a raw folder: those of the demonstration."""
        return came_with("data/demo_vectors.parquet") if self.is_demonstration(raw_dir) else None

    def note_own_cards(self, raw_dir: RawDir) -> None:
        """Record that a person's own cards were ingested: an empty data/raw is an empty input from now on."""
        if raw_dir == (self.data / "raw").resolve():
            self._own_cards.touch()

    def note_ingested(self, raw_dir: RawDir, version: str) -> None:
        """Record, by a rename, what the store holds now: the sensor reads this and never opens the store."""
        write_whole(self._taken_in, json.dumps({"raw_dir": str(raw_dir), "version": version}) + "\n")

    def ingested_version(self) -> str | None:
        """The version of the inputs that the store last ingested; None where there is none."""
        version = read_object(self._taken_in).get("version")
        return str(version) if version is not None else None

    def edited(self) -> dict[str, bytes | None]:
        """What the files that a person edits hold now, by name; None where there is no such file.

        Raises:
            BadInputFileError: One of them cannot be read.
        """
        return {name: _bytes_of(self._own_or_shipped(name)) for name in EDITED}

    def edited_file(self, name: str) -> Path:
        """The file of one of the names in `EDITED` that a run reads."""
        return self._own_or_shipped(name)

    def own_files(self) -> list[Path]:
        """The files that a person has edited: what they say holds in place of what came with the project."""
        edited = self.edited()
        return [self.data / name for name in EDITED if edited[name] != came_with(f"data/{name}").read_bytes()]

    def assert_readable(self) -> None:
        """Raise where any setting cannot be used, also one that is not needed yet.

        Raises:
            BadInputFileError: What is set cannot be read.
        """
        _ = (
            self.as_of(), self.memory_limit(), self.engine(), self.meaning(), self.model(), self.webhook(),
            self.base_url(), self.ui_hosts(), self.keep_runs(), self.daily_at(), self.time_zone(),
            self.log_is_json(),
        )  # fmt: skip

    def assert_startable(self) -> None:
        """Raise unless a command that was typed here can mean this project.

        In an empty folder a project may begin. In one that holds other things, somebody took the wrong one.

        Raises:
            BadInputFileError: What is set for lines or for messages cannot be used.
            NoInputError: The folder holds other things, and nothing of a project.
        """
        _ = self.log_is_json(), self.webhook()
        if IN_CHECKOUT or self.given.data_dir or self.given.raw_dir:
            return
        there = set()
        # That it cannot be listed is said where it is written.
        with suppress(OSError):
            there = {path.name for path in self.root.iterdir()}
        if there and not there & _OF_A_PROJECT:
            raise NoInputError(
                f"{self.root} is no folder of a project: it holds other things, and neither data nor .env. "
                f"Go to the folder of yours, set {variable('data_dir')}, or make one here: signals init"
            )

    def assert_writable(self) -> None:
        """Raise unless this version can write the data folder, and Dagster can lie in it.

        Raises:
            CannotWriteError: The folder cannot be written.
            NewerFolderError: A newer version of the project has changed what the folder holds.
        """
        if _NO_URL.search(str(self.data)):
            raise CannotWriteError(
                f"{self.data} has a question mark or a code such as %20 in its path, and Dagster cannot keep "
                f"its history below such a folder. Rename it, or set {variable('data_dir')} to another."
            )
        for folder in (self.build, self.published):
            try:
                folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise CannotWriteError(f"{folder} cannot be made: {error.strerror}.") from None
            if not os.access(folder, os.W_OK | os.X_OK):
                raise CannotWriteError(f"{folder} cannot be written. Check its permissions.")
        self._note_format()

    def _note_format(self) -> None:
        """Record the version of what the folder holds from now on; raise where it is a newer one."""
        found = read_object(self._format).get("format")
        if isinstance(found, int) and found > FORMAT:
            raise NewerFolderError(
                f"{self.data} was written by a newer version of signals_pipeline (format {found}, and this "
                f"one knows {FORMAT}). Install that version again, or go back as {OPERATIONS_PAGE} says."
            )
        if found != FORMAT:
            # On a full disk the run says so where it needs room.
            with suppress(OSError):
                write_whole(self._format, json.dumps({"format": FORMAT}) + "\n")


def project(root: str = "", **given: str) -> Project:
    """The project: settings as given by name, else from the environment.

    Its folders stand in the checkout, or in the folder that one works in where the package was installed.

    Raises:
        BadInputFileError: A file or folder that is set is no path, and no address of cards.
    """
    home = Path(root).resolve() if root else _root()
    found = Settings(
        **{one.name: given.pop(one.name, "") or os.environ.get(one.variable, "") for one in SETTINGS}, **given
    )
    data = _path("data_dir", found.data_dir) if found.data_dir else home / "data"
    if found.model:
        _path("model", found.model)
    if found.raw_dir:
        _raw_dir(found.raw_dir)
    return Project(home, data, found)


def _raw_dir(text: str) -> RawDir:
    """The folder or bucket that a setting names; `BadInputFileError` where what is set is neither."""
    if not is_like_an_address(text):
        return _path("raw_dir", text)
    try:
        return Bucket.at(text)
    except ValueError:
        # It is not repeated: it may hold a password.
        why = "looks like an address, but is not that of a bucket; write it as s3://bucket/path"
        raise BadInputFileError(f"{variable('raw_dir')} {why}. {KEYS_FROM}") from None


def _path(name: str, text: str) -> Path:
    """The file or folder that a setting names; `BadInputFileError` where what is set is no path."""
    try:
        path = Path(text).expanduser().resolve()
        str(path).encode()
    except UnicodeEncodeError:
        why = "has bytes that are no UTF-8 in it; give the folder another name"
    except (RuntimeError, OSError, ValueError) as error:
        # Python knows no home of such a user, or links lead round in a circle.
        why = f"is no path ({error}); write it out, such as /srv/signals"
    else:
        return path
    raise BadInputFileError(f"{variable(name)}={text!r} {why}.")


def _holds_texts(folder: Path) -> bool:
    """Whether a folder holds a file that may be read as a card, under no hidden name."""
    folders = [str(folder)]
    while folders:
        found: list[os.DirEntry[str]] = []
        # What cannot be listed is said where the folder is read.
        with suppress(OSError):
            found = [one for one in os.scandir(folders.pop()) if not one.name.startswith(".")]
        if any(one.name.lower().endswith(TEXT_SUFFIXES) for one in found):
            return True
        folders += [one.path for one in found if one.is_dir(follow_symlinks=False)]
    return False


def _root() -> Path:
    return PACKAGE.parent if IN_CHECKOUT else Path.cwd()


def came_with(name: str) -> Path:
    """A file or folder that comes with the project, by its path in the checkout."""
    return PACKAGE.parent / name if IN_CHECKOUT else PACKAGE / "shipped" / name


def as_it_came(name: str) -> bytes:
    """What a file held as it came with the project, by its path in the checkout.

    A person edits the files of a checkout in place: there it is what was committed last, and where git
    cannot say that, what the file holds now.
    """
    if IN_CHECKOUT:
        with suppress(OSError, subprocess.SubprocessError):
            asked = ("git", "-C", str(PACKAGE.parent), "show", f"HEAD:./{name}")
            return subprocess.run(asked, capture_output=True, check=True, timeout=10).stdout  # noqa: S603
    return came_with(name).read_bytes()


def typed(command: str, text: str = "…") -> str:
    """What a person types here to have something done, such as `make run`; `text` is the query or file."""
    in_checkout, installed = _TYPED[command]
    return (in_checkout if IN_CHECKOUT else installed).format(text)


def as_installed(page: str) -> str:
    """A page of the checkout with the commands that are typed where the package was installed."""
    beginnings = [[one.partition("{")[0] for one in pair] for pair in _TYPED.values()]
    # One command is the beginning of another.
    for in_checkout, installed in sorted(beginnings, key=lambda pair: len(pair[0]), reverse=True):
        page = page.replace(in_checkout, installed)
    return page


def _bytes_of(path: Path) -> bytes | None:
    try:
        # A pipe in its place must not keep a run waiting for ever.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise BadInputFileError(f"{path} cannot be read: {error.strerror}.") from None
    try:
        state = os.fstat(descriptor)
        if not stat.S_ISREG(state.st_mode):
            raise BadInputFileError(f"{path} cannot be read: it is no file.")
        if state.st_size > MAX_EDITED_BYTES:
            raise BadInputFileError(
                f"{path} has {state.st_size:,} bytes, too many for a file edited by hand."
            )
        return os.read(descriptor, MAX_EDITED_BYTES)
    finally:
        os.close(descriptor)


def content_version(content: bytes | None) -> str:
    """A version of what a file holds; 'absent' where there is no such file."""
    return "absent" if content is None else hashlib.sha256(content).hexdigest()[:16]


def code_version() -> str:
    """A version of the package's code, SQL, word lists and parameters."""
    return files_version(path for path in PACKAGE.rglob("*") if path.suffix in (".py", ".sql", ".toml"))


def shown(path: RawDir) -> str:
    """A path as short as it can be said from here; an address as it is."""
    if isinstance(path, Path) and path.is_relative_to(Path.cwd()):
        return str(path.relative_to(Path.cwd()))
    return str(path)
