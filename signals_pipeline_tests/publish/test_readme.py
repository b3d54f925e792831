"""The README and the pages beside it: every command and every query in them works as they say."""

import os
import re
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from signals_pipeline.core.settings import typed
from signals_pipeline_tests import fixtures
from signals_pipeline_tests.starter import ROOT

PAGES = (
    "README.md",
    "docs/INSTALL.md",
    "docs/SQL.md",
    "docs/OPERATIONS.md",
    "docs/SCALING.md",
    "docs/IDEAS.md",
    "docs/MESSAGES.md",
)
"""What people read who run the project; `docs/DAGSTER.md` has a test of its own."""

TEXTS = {name: (ROOT / name).read_text("utf-8") for name in PAGES}
TEXT = "\n".join(TEXTS.values())
FENCES = re.findall(r"^```(\w*)\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)

BY_CI = {"make test", "make test-long", "make lint", "make types", "make check"}
"""What `.ci/run` runs, of which this test is a part."""

BY_OTHERS = {
    "make ui": "defs/test_ui.py",
    "make ui-readonly": "faults/test_operations.py",
    "make test-browser": "defs/test_ui.py",
    "make test-full": "faults/test_running.py",
    "make soak": "soak.py",
    "make bench": "bench/__main__.py",
    ".venv/bin/python -m pip install distributed": "core/test_engines.py",
    ".venv/bin/dask scheduler": "cluster.py",
    typed("postgres"): "faults/test_security.py",
    'pipx install --force "$(echo dist/signals_pipeline-*.whl)[postgres]"': "cli/test_wheel.py",
    'pipx install --force "$(echo dist/signals_pipeline-*.whl)[meaning]"': "cli/test_wheel.py",
    'pipx install --force "$(echo dist/signals_pipeline-*.whl)[notify]"': "cli/test_wheel.py",
    ".venv/bin/python -m pip install --require-hashes -r requirements/notify.lock": "core/test_outbox.py",
    "PYTHONPATH=. .venv/bin/dask worker tcp://10.0.0.5:8786 --nthreads 1 --nworkers 4": "cluster.py",
    "SIGNALS_WORKERS=tcp://10.0.0.5:8786 make run": "core/test_engines.py",
    "make calibration": "calibration.py",
    "make notebook": "publish/test_notebook.py",
    "make publish TO=/srv/shared/signals": "publish/test_copies.py",
    "make prune": "defs/test_retention.py",
    "make backup TO=/backup/alpha": "publish/test_backup.py",
    "make dist": "test_dist.py",
    ".venv/bin/python -m pip wheel --no-deps -w dist .": "cli/test_wheel.py",
    "pipx install dist/signals_pipeline-*.whl": "cli/test_wheel.py",
    "signals init my-signals && cd my-signals": "cli/test_wheel.py",
    "signals run": "cli/test_wheel.py",
    "cp deploy/env.example .env && chmod 600 .env": "deployed.py",
    "docker compose up -d": "deployed.py",
    "docker compose config -q": "test_deployment.py",
    "docker compose exec daemon signals run": "deployed.py",
    "install -d -m 700 -o 10001 -g 10001 /backup/alpha": "deployed.py",
    "docker compose run --rm -T -v /backup/alpha:/backup daemon backup /backup": "deployed.py",
    "docker compose exec -T postgres pg_dump -U signals signals > history.sql": "deployed.py",
    "docker compose up -d --wait postgres": "deployed.py",
    "docker compose exec -T postgres psql -q -v ON_ERROR_STOP=1 -U signals signals < history.sql": (
        "deployed.py"
    ),
    "docker compose run --rm -T -v /backup/alpha/20260630T060000Z:/backup:ro --entrypoint cp daemon "
    "-a /backup/data/. /data/": "deployed.py",
}
"""What takes minutes, a browser or a running server, and where it is tested."""

BY_HAND = {
    "adduser --system --group --no-create-home --home /var/lib/signals signals",
    "python3 -m venv /opt/signals",
    "/opt/signals/bin/pip install --require-hashes -r requirements/postgres.lock",
    "/opt/signals/bin/pip install --no-deps --force-reinstall dist/signals_pipeline-*.whl",
    "install -d -m 750 -g signals /etc/signals",
    "install -m 640 -g signals /dev/null /etc/signals/.env",
    "printf '%s\\n' SIGNALS_DATA_DIR=/var/lib/signals SIGNALS_RAW_DIR=/srv/cards SIGNALS_LOG=json "
    "> /etc/signals/.env",
    "cp deploy/signals-*.service /etc/systemd/system/",
    "systemctl daemon-reload && systemctl enable --now signals-daemon signals-web",
}
"""What changes the machine, as root: typed in an empty root before a release. The units have a test."""


def blocks(language: str) -> list[str]:
    return [content for found, content in FENCES if found == language]


def commands() -> set[str]:
    """Every command: the lines of shell blocks, and what stands as code in running text."""
    lines = [line for block in blocks("sh") for line in block.splitlines()]
    inline = re.findall(r"`((?:make|git|sha256sum|\.venv)[ /][^`]+)`", TEXT)
    return {re.sub(r" +# .*", "", line) for line in [*lines, *inline]}


@pytest.fixture
def data(demonstration_snapshot: Path, tmp_path: Path) -> Path:
    """A data folder with a snapshot of the demonstration cards."""
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "published").symlink_to(demonstration_snapshot.parent)
    return folder


def make(*arguments: str, folder: Path = ROOT, **environment: str) -> str:
    """What a target of the Makefile prints, run by the environment of this test."""
    here = Path(sys.prefix)
    made = (
        f"VENV={here}",
        *(f"-o{here / stamp}" for stamp in (".pip", ".runtime", ".meaning", ".dev", ".duckdb1")),
    )
    done = subprocess.run(
        ["make", "--no-print-directory", "-C", str(folder), *made, *arguments],
        stdin=subprocess.DEVNULL,
        env=os.environ | {"PATH": f"{here / 'bin'}:{os.environ['PATH']}"} | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_command_is_run_by_a_test() -> None:
    here = {
        "make run",
        "make run ACCEPT_DROP=1",
        "make run ISSUE=2026-06-21",
        "make run MEANING=1",
        "make rebuild",
        "make help",
        "make clean",
        "make sql",
        "make ask",
        "make ask N=4 TOPIC=AI",
        "make search",
        "SIGNALS_RAW_DIR=/some/folder make run",
        "SIGNALS_RAW_DIR=data/examples/vault make run",
        "make explain FILE=some/card.md",
        "make review",
        "sha256sum --check SHA256SUMS",
        "duckdb -readonly data/published/current/signals.duckdb",
        ".venv/bin/signals",
        ".venv/bin/signals run",
        ".venv/bin/signals search",
        "git pull",
    }
    asked = {one for one in commands() if one.startswith(("make sql Q=", "make search Q="))}
    assert commands() == here | asked | BY_CI | BY_HAND | BY_OTHERS.keys()
    by_ci = (ROOT / ".ci" / "run").read_text("utf-8").splitlines()
    assert set(by_ci) >= BY_CI
    for path in BY_OTHERS.values():
        assert (ROOT / "signals_pipeline_tests" / path).is_file()
    listed = make("help")
    for target in {word for one in commands() for word in re.findall(r"make ([a-z-]+)", one)} - {"help"}:
        assert f"make {target} " in listed


@pytest.mark.long
def test_cards_of_one_s_own_are_taken_in_and_read_again_with_fewer(tmp_path: Path, raw_dir: Path) -> None:
    for path in fixtures.ALL[1:4]:
        fixtures.load(path).write(raw_dir)
    here = {"SIGNALS_RAW_DIR": str(raw_dir), "SIGNALS_DATA_DIR": str(tmp_path / "data")}
    assert "3 in 3 files: 3 new" in make("run", **here)
    for path in sorted(raw_dir.iterdir())[1:]:
        path.unlink()
    assert "1 in 1 files: 0 new, 0 changed, 2 removed" in make("rebuild", "ACCEPT_DROP=1", **here)
    assert "Again:    1 file of" in make("run", "ISSUE=undated:6120.0", **here)
    snapshot = tmp_path / "data" / "published" / "current"
    subprocess.run(["sha256sum", "--quiet", "--check", "SHA256SUMS"], cwd=snapshot, check=True)


@pytest.mark.long
def test_texts_are_encoded_where_that_is_asked_for(tmp_path: Path, raw_dir: Path) -> None:
    fixtures.load(fixtures.ALL[1]).write(raw_dir)
    here = {"SIGNALS_RAW_DIR": str(raw_dir), "SIGNALS_DATA_DIR": str(tmp_path / "data")}
    assert "Meaning:" not in make("run", **here)
    assert re.search(
        r"Meaning: +(\d+) texts are encoded, \1 of them in this run\.", make("run", "MEANING=1", **here)
    )


@pytest.mark.long
def test_what_make_sql_prints_is_what_the_readme_shows(data: Path) -> None:
    *others, shown = sorted((one for one in commands() if one.startswith("make sql Q=")), key=len)
    printed = make("sql", _query(shown), SIGNALS_DATA_DIR=str(data))
    assert printed.strip() == next(block for block in blocks("") if block.startswith("┌")).strip()
    for one in others:
        assert make("sql", _query(one), SIGNALS_DATA_DIR=str(data)).startswith("┌"), one


@pytest.mark.long
def test_make_ask_lists_the_questions_and_asks_one_of_them(data: Path) -> None:
    assert re.search(r"^ *20 ", make("ask", SIGNALS_DATA_DIR=str(data)), re.MULTILINE)
    assert "artificial intelligence" in make("ask", "N=4", "TOPIC=AI", SIGNALS_DATA_DIR=str(data))


@pytest.mark.long
def test_make_search_finds_what_it_is_asked_for(data: Path) -> None:
    asked = [one.removeprefix("make search ") for one in commands() if one.startswith("make search Q=")]
    assert asked
    for one in asked:
        printed = make("search", one.replace('"', ""), SIGNALS_DATA_DIR=str(data))
        # By meaning too where the encoder is installed.
        assert re.match(r" 1  \d{4}-\d\d-\d\d  \w+, by (words|meaning)\b", printed), one


@pytest.mark.long
def test_the_example_of_a_vault_is_taken_in_and_one_of_its_notes_explained(tmp_path: Path) -> None:
    vault = next(one for one in commands() if "examples" in one).partition("=")[2].partition(" ")[0]
    printed = make("run", SIGNALS_RAW_DIR=vault, SIGNALS_DATA_DIR=str(tmp_path / "data"))
    assert "12 in 13 files: 13 new" in printed
    assert "4 newsletter issues, 2025-01-12 to 2025-10-12" in printed
    explained = make("explain", f"FILE={vault}/The first kelp harvest.md")
    assert 'keyword 1: "kelp"' in explained


@pytest.mark.long
def test_the_review_asks_and_ends_where_nobody_answers(data: Path) -> None:
    printed = make("review", SIGNALS_DATA_DIR=str(data))
    assert re.search(r"pairs? of names may be one idea", printed)
    assert printed.endswith("Nothing was written.\n")


def _query(command: str) -> str:
    """The variable that a command hands to make, without the quotes of the shell."""
    return command.removeprefix("make sql ").replace('"', "")


def test_every_query_gives_rows(demonstration: duckdb.DuckDBPyConnection) -> None:
    queries = [part for block in blocks("sql") for part in block.split(";") if "FROM" in part]
    assert len(queries) == 21
    for query in queries:
        assert demonstration.execute(query).fetchone(), query


def test_the_tables_of_the_readme_are_there(demonstration: duckdb.DuckDBPyConnection) -> None:
    page = TEXTS["docs/SQL.md"]
    section = page[page.index("| table | the question") :]
    names = re.findall(r"`([a-z_.*]+)[(`]", "".join(re.findall(r"^\| (`[^|]+) \|", section, re.MULTILINE)))
    there = {
        row[0]
        for row in demonstration.execute(
            "SELECT table_name FROM duckdb_tables() UNION SELECT view_name FROM duckdb_views() "
            "UNION SELECT function_name FROM duckdb_functions()"
        ).fetchall()
    }
    assert len(names) > 15
    assert [name for name in names if name not in there and name != "parsed.*"] == []


def test_python_works_as_written(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGNALS_DATA_DIR", str(data))
    for block in blocks("python"):
        names: dict[str, duckdb.DuckDBPyConnection] = {}
        exec(compile(block, "README.md", "exec"), names)
        names["connection"].close()


def test_the_command_of_the_duckdb_client_works(data: Path) -> None:
    path = data / "published" / "current" / "signals.duckdb"
    client = shutil.which("duckdb")
    if client:
        subprocess.run([client, "-readonly", str(path), "-c", "FROM rising()"], check=True)
    with duckdb.connect(str(path), read_only=True) as connection:
        assert connection.execute("FROM rising()").fetchone()


@pytest.mark.long
def test_no_shell_reads_what_is_typed_for_a_target(tmp_path: Path) -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    names = "Q", "N", "TOPIC", "YEAR", "WORDS", "FILE", "TO", "ISSUE"
    assert f"export {' '.join(names)}\n" in makefile
    recipes = "".join(re.findall(r"^\t.*\n", makefile, re.MULTILINE))
    asked = set(re.findall(r"\$\((\w+)(?=\))", re.sub(r"\$\(if \$\(\w+\)", "", recipes)))
    assert not asked.intersection(names)
    card = tmp_path / '2026-06-30 "`echo` $HOME" kelp.md'
    shutil.copy(ROOT / "data" / "examples" / "vault" / "The first kelp harvest.md", card)
    assert 'keyword 1: "kelp"' in make("explain", f"FILE={str(card).replace('$', '$$')}")


def test_clean_removes_what_runs_have_made_and_nothing_else(tmp_path: Path) -> None:
    shutil.copy(ROOT / "Makefile", tmp_path)
    for name in ("build", "outbox", "published", ".dagster", "raw", "demo"):
        (tmp_path / "data" / name).mkdir(parents=True)
        (tmp_path / "data" / name / "file").touch()
    for name in ("FAILURES.log", "aliases.csv"):
        (tmp_path / "data" / name).touch()
    make("clean", folder=tmp_path)
    assert {path.name for path in (tmp_path / "data").iterdir()} == {"raw", "demo", "aliases.csv"}


def test_links_and_the_picture_lead_somewhere() -> None:
    for name, text in TEXTS.items():
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text):
            assert target.startswith("https://") or (ROOT / name).parent.joinpath(target).exists(), target
    for picture in re.findall(r"!\[[^\]]+\]\((docs/\w+\.png)\)", TEXTS["README.md"]):
        width, height = struct.unpack(">II", (ROOT / picture).read_bytes()[16:24])
        assert width > 1000
        assert height > 600
