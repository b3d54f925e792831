"""Where Dagster's history is, and what is said and done where it cannot be used."""

import sqlite3
import stat
import sys
import warnings
from pathlib import Path

import pytest
import yaml
from dagster._core.instance.ref import InstanceRef

from signals_pipeline.core.errors import BadInputFileError, HistoryError, StoreDamagedError
from signals_pipeline.core.settings import Project, project
from signals_pipeline.defs.execution import recover
from signals_pipeline.defs.history import dagster_home, instance_of, with_whole_history
from signals_pipeline.defs.internals import sqlite_folder
from signals_pipeline_tests.publish.test_readme import blocks

DATABASES = ("history/runs.db", "history/runs/index.db", "schedules/schedules.db")

# Where it is


@pytest.fixture
def own(tmp_path: Path) -> Project:
    """A project in a folder of its own, with its data elsewhere."""
    root = tmp_path / "root"
    root.mkdir()
    return project(root=str(root), data_dir=str(tmp_path / "data"))


def configured(settings: Project, text: str) -> Path:
    file = settings.root / "dagster.yaml"
    file.write_text(text, "utf-8")
    return file


def test_dagster_home_names_the_instance_as_dagster_itself_reads_it(
    own: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    configured(own, "storage: {sqlite: {base_dir: not here}}")
    home = tmp_path / "home"
    home.mkdir()
    (home / "dagster.yaml").write_text(f"storage: {{sqlite: {{base_dir: {tmp_path}/there}}}}")
    monkeypatch.setenv("DAGSTER_HOME", str(home))
    assert dagster_home(own) == home
    with warnings.catch_warnings(action="ignore"), instance_of(own) as instance:
        assert instance.root_directory == str(home)
    assert (tmp_path / "there" / "history" / "runs.db").exists()
    assert [path.name for path in own.history.iterdir()] == ["lock"]
    monkeypatch.setenv("DAGSTER_HOME", "~/home")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert dagster_home(own) == home


@pytest.mark.parametrize("home", ["relative", ".", "/missing/home", __file__])
def test_a_dagster_home_that_is_no_folder_is_refused_before_anything_is_made(
    own: Project, home: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAGSTER_HOME", home)
    with pytest.raises(BadInputFileError, match="is not the whole path of a folder"):
        instance_of(own)
    assert not own.data.exists()


def test_the_history_is_where_the_dagster_yaml_of_the_project_has_it(own: Project) -> None:
    configured(own, "storage:\n  sqlite:\n    base_dir: my history\n")
    with warnings.catch_warnings(action="ignore"), instance_of(own) as instance:
        assert instance.get_runs_count() == 0
    assert (own.root / "my history" / "history" / "runs.db").exists()
    assert not (own.history / "history").exists()


def test_without_a_dagster_yaml_of_its_own_a_project_has_the_one_that_came_along(own: Project) -> None:
    written = yaml.safe_load((dagster_home(own) / "dagster.yaml").read_text("utf-8"))
    assert written["storage"]["custom"]["config"] == {"base_dir": str(own.history)}
    assert written["telemetry"] == {"enabled": False}


def test_what_is_written_says_from_which_file_and_has_whole_paths_and_its_permissions(own: Project) -> None:
    file = configured(
        own,
        'compute_logs: {config: {base_dir: "data/.dagster/it\'s: storage"}}\n'
        "custom: [data/.dagster, data/.dagsterous, {base_dir: ../there, password: {env: SECRET}}]\n"
        "artifacts: {base_dir: /somewhere}\n",
    )
    file.chmod(0o600)
    written = dagster_home(own) / "dagster.yaml"
    first, _, text = written.read_text("utf-8").partition("\n")
    assert first == f"# Written from {file}: edit that file, and not this one."
    assert yaml.safe_load(text) == {
        "compute_logs": {"config": {"base_dir": f"{own.history}/it's: storage"}},
        "custom": [
            str(own.history),
            "data/.dagsterous",
            {"base_dir": f"{own.root}/../there", "password": {"env": "SECRET"}},
        ],
        "artifacts": {"base_dir": "/somewhere"},
    }
    assert stat.S_IMODE(written.stat().st_mode) == 0o600


def test_it_is_written_again_only_where_it_says_something_else(own: Project) -> None:
    configured(own, "telemetry: {enabled: false}")
    written = dagster_home(own) / "dagster.yaml"
    before = written.stat().st_ino
    dagster_home(own)
    assert written.stat().st_ino == before
    configured(own, "telemetry: {enabled: true}")
    dagster_home(own)
    assert yaml.safe_load(written.read_text("utf-8")) == {"telemetry": {"enabled": True}}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: [\n", r"dagster\.yaml is no YAML, line 2\.$"),
        ("storage: {postgres: {postgres_url: postgres://ada:s3cret: x@there}\n y: 3\n", "is no YAML, line 1"),
        ("storage: {postgres: {postgres_db: {password: 53cret}}}\n", r"see storage\.postgres\.postgres_db\."),
        ("storage: {postgres: {postgres_db: {username: a, hostname: b, db_name: c, password: 5336}}}\n",
         r"see storage\.postgres\.postgres_db\.password\.$"),
        ("storage: {postgres: {postgres_db: {username: a, hostname: b, db_name: c, password: {env: UNSET}}}}",
         r"the environment variable UNSET is not set\.$"),
        ("storage: {postgres: {postgres_url: 'postgresql://ada:p@ss:s3cret@there/history'}}", "ValueError"),
        ("storage: {postgres: {postgres_url: 'ada:s3cret@there/history'}}", "ArgumentError"),
        ("storage: {postgres: {}}", "CheckError"),
        ("nonsense: s3cret", "see the names at its left edge"),
        ("- s3cret", "Dagster cannot use what stands in"),
    ],
)  # fmt: skip
def test_what_dagster_cannot_use_is_said_without_what_stands_there(
    own: Project, text: str, said: str
) -> None:
    configured(own, text)
    with pytest.raises(BadInputFileError, match=said) as refused:
        recover(own)
    assert str(own.root / "dagster.yaml") in str(refused.value)
    assert not any(secret in str(refused.value) for secret in ("s3cret", "53cret", "5336"))
    assert "\n" not in str(refused.value)


def test_a_dagster_yaml_that_cannot_be_read_is_said(own: Project) -> None:
    (own.root / "dagster.yaml").mkdir()
    with pytest.raises(BadInputFileError, match=r"dagster\.yaml cannot be read: Is a directory\."):
        dagster_home(own)


# In PostgreSQL


def test_the_lines_of_the_readme_are_what_dagster_takes(own: Project) -> None:
    (lines,) = blocks("yaml")
    configured(own, lines)
    storage = InstanceRef.from_dir(str(dagster_home(own))).storage_data
    assert storage.class_name == "DagsterPostgresStorage"
    assert storage.config_dict["postgres_db"]["password"] == {"env": "SIGNALS_POSTGRES_PASSWORD"}
    assert sqlite_folder(dagster_home(own)) is None


POSTGRES = "storage: {postgres: {postgres_url: 'postgresql://ada:s3cret@127.0.0.1:1/history'}}"


@pytest.mark.parametrize(
    ("module", "driver"),
    [("dagster_postgres", ""), ("psycopg2", ""), pytest.param("psycopg", "+psycopg", id="SQLAlchemy 2.1")],
)
def test_where_nothing_speaks_to_postgresql_the_command_that_installs_it_is_said(
    own: Project, module: str, driver: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    configured(own, POSTGRES.replace("postgresql:", f"postgresql{driver}:"))
    for name in [name for name in sys.modules if name.partition(".")[0] in ("dagster_postgres", "psycopg2")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(HistoryError, match=r"not installed\. Type: .*requirements/postgres\.lock$") as lacks:
        recover(own)
    assert lacks.value.exit_code == 69


# In SQLite


@pytest.mark.parametrize("damaged", DATABASES)
def test_a_damaged_history_is_put_aside_said_and_begun_anew(tmp_path, damaged) -> None:
    settings = project(data_dir=str(tmp_path))
    folder = tmp_path / ".dagster"
    for name in DATABASES:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / damaged).write_bytes(b"no database" * 1_000)
    with warnings.catch_warnings(action="ignore"), instance_of(settings) as instance:
        assert instance.get_runs_count() == 0
    (aside,) = folder.glob("damaged-*")
    assert (aside / damaged).read_bytes().startswith(b"no database")
    where = f"$SIGNALS_DATA_DIR/.dagster/{aside.name}"
    said = f"history damaged  -  Dagster's history was damaged: it lies in {where} now"
    assert said in settings.failure_log.read_text("utf-8")


def test_a_damaged_history_that_others_may_use_stays_where_it_is(
    own: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    for folder in (home, own.history):
        (folder / "history").mkdir(parents=True)
        (folder / "history" / "runs.db").write_bytes(b"no database" * 1_000)
    (home / "dagster.yaml").touch()
    monkeypatch.setenv("DAGSTER_HOME", str(home))
    with warnings.catch_warnings(action="ignore"), pytest.raises(StoreDamagedError, match=f"in {home} is"):
        instance_of(own)
    assert (home / "history" / "runs.db").exists()
    assert (own.history / "history" / "runs.db").exists()


def test_what_fails_for_another_reason_is_raised_and_the_history_stays(tmp_path) -> None:
    (tmp_path / ".dagster" / "history").mkdir(parents=True)
    tries = []

    def work() -> None:
        tries.append(1)
        raise sqlite3.OperationalError("unable to open database file")

    with pytest.raises(sqlite3.OperationalError):
        with_whole_history(project(data_dir=str(tmp_path)), work)
    assert (len(tries), [path.name for path in (tmp_path / ".dagster").iterdir()]) == (1, ["history"])
