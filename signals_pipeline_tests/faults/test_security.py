"""S: hostile texts, links, names and clients; what is published says what the cards say and does nothing."""

import ast
import csv
import os
import re
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import duckdb
import pytest

import signals_pipeline
from signals_pipeline.core.errors import CannotWriteError, NoInputError, QueryRefusedError
from signals_pipeline.core.settings import Project, project
from signals_pipeline.publish import dictionary
from signals_pipeline.publish.report.write import MAX_TOPICS
from signals_pipeline.publish.spreadsheet import sheet_names
from signals_pipeline_tests.conftest import made_once, opened
from signals_pipeline_tests.defs.test_job import Job
from signals_pipeline_tests.faults import case
from signals_pipeline_tests.faults.plain import TODAY, build_all, publish_plainly
from signals_pipeline_tests.publish.report.page import Page
from signals_pipeline_tests.raw.sample import card_id, write
from signals_pipeline_tests.starter import ROOT, Starter
from signals_pipeline_tests.web import answered, ask, web_server

MARKUP = (
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    '"><b>',
    "{{7*7}}",
    "{% include '/etc/passwd' %}",
    "kelp <!-- unfinished",
)
QUERIES = ("'; DROP TABLE cards;--", "$1", "100%", "a_b", 'say "x"', "[0]", "?", "%s", "\\'; SELECT 1")
SCHEMES = (
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "data:text/html,x",
    "vbscript:x",
    "file:///etc/passwd",
    "blob:x",
    "view-source:https://a.example",
)
FORMULAS = ("=1+1", "+1", "-1", "@SUM(1)", "\uff1d1+1")
ODD_LINKS = (
    'https://a.example/"onmouseover=alert(1)',
    "https://bank.example@evil.example/x",
    "https://xn--80ak6aa92e.example/",
)


def hostile(number: int, text: str, link: str) -> str:
    """A card with one text in every field that a card has."""
    cell = text.replace("|", "\\|")
    return (
        f"# __{text}__, (from page [20240107](https://newsletter.example.org/p/20240107).)\n\n"
        f"__[External link]({link})__\n\n\n\n"
        f"## Keywords\n\n* {text}\n* kelp\n\n## Themes\n\n* {text}\n\n"
        f"## Other\n\n* Category: {text}\n* Type: {text}\n\n## Summary\n\n{text}\n\n"
        "## Concerns\n\n| name | description | relevancy |\n|:-----|:------------|----------:|\n"
        f"| {cell} | {cell} | 3 |\n"
    )


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory, starter: Starter) -> Project:
    """A snapshot of hostile cards, made by the real job in a process of its own."""

    def make(base: Path) -> None:
        raw = base / "raw"
        raw.mkdir()
        for number, text in enumerate((*MARKUP, *QUERIES, *FORMULAS)):
            link = f"https://a.example/{number}"
            (raw / f"{card_id(link)}.md").write_text(hostile(number, text, link), "utf-8")
        for link in (*SCHEMES, *ODD_LINKS):
            (raw / f"{card_id(link)}.md").write_text(hostile(0, "kelp", link), "utf-8")
        done = starter.run(
            "run", SIGNALS_DATA_DIR=str(base / "data"), SIGNALS_RAW_DIR=str(raw), SIGNALS_AS_OF=TODAY
        )
        assert done.code == 0, done.printed

    return project(data_dir=str(made_once(tmp_path_factory, "hostile", make) / "data"))


@pytest.fixture
def database(published: Project) -> Iterator[duckdb.DuckDBPyConnection]:
    with signals_pipeline.connect(published.database) as connection:
        yield connection


@case("S01")
@pytest.mark.parametrize("text", MARKUP)
def test_markup_in_a_card_is_text_in_every_table(database: duckdb.DuckDBPyConnection, text: str) -> None:
    (found,) = database.execute(
        "SELECT card_id, title, category, type, summary FROM parsed.cards WHERE title = ?", [text]
    ).fetchall()
    assert found[1:] == (text,) * 4
    for table, column in (("keywords", "raw_text"), ("themes", "raw_text"), ("concerns", "description")):
        rows = database.execute(
            f"SELECT count(*) FROM parsed.{table} WHERE card_id = ? AND {column} = ?", [found[0], text]
        ).fetchall()
        assert rows == [(1,)], table
    assert database.execute("SELECT count(*) > 0 FROM evidence WHERE raw_text = ?", [text]).fetchall() == [
        (True,)
    ]


@case("S02")
@pytest.mark.parametrize("link", SCHEMES)
def test_a_link_that_leads_to_no_page_is_kept_as_text_and_counts_for_no_domain(
    database: duckdb.DuckDBPyConnection, link: str
) -> None:
    (row,) = database.execute(
        "SELECT url, id_matches_link, source_domain FROM parsed.cards WHERE card_id = ?", [card_id(link)]
    ).fetchall()
    assert row[:2] == (link, True)
    assert row[2] in (None, "a.example")


@case("S03")
def test_the_domain_of_a_link_is_that_of_its_host_and_sign_in_names_are_masked(
    database: duckdb.DuckDBPyConnection,
) -> None:
    rows = dict(
        database.execute("SELECT source_domain, url FROM parsed.cards WHERE list_contains(?, card_id)",
        [[card_id(link) for link in ODD_LINKS]]).fetchall()
    )  # fmt: skip
    assert rows["evil.example"] == "https://***@evil.example/x"
    assert rows["a.example"] == ODD_LINKS[0]
    assert "xn--80ak6aa92e.example" in rows


@case("S04")
def test_what_is_published_is_data_alone(published: Project) -> None:
    """No page, script or sheet stands in a snapshot that could ask the network for anything."""
    suffixes = {path.suffix for path in published.published.rglob("*") if path.is_file()}
    assert suffixes == {".duckdb", ".parquet", ".html", ".xml", ".csv", ".xlsx", ""}
    for path, page in pages(published).items():
        (policy,) = [found["content"] for found in page.all("meta") if "http-equiv" in found]
        assert policy.startswith("default-src 'none'; "), path
        assert not [found for _, found in page.elements if "src" in found], path
        # The feed is named for readers of feeds; no browser asks for it by itself.
        links = {(found["rel"], found["href"].rpartition("/")[2]) for found in page.all("link")}
        assert links == {("icon", "data:,"), ("alternate", "feed.xml")}, path


def pages(published: Project) -> dict[str, Page]:
    """The pages of the report, by their path."""
    folder = published.report.parent
    found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*.html")}
    return {name: Page(path.read_text("utf-8")) for name, path in found.items()}


@case("S01")
def test_markup_in_a_card_is_text_on_every_page(published: Project) -> None:
    for path, page in pages(published).items():
        for tag, attributes in page.elements:
            assert tag not in {"img", "iframe", "object", "embed", "base", "math", "template"}, path
            assert tag != "form" or attributes.get("id") in {"ask", "find", "search"}, path
            assert not [name for name in attributes if name.startswith("on")], path
    text = " ".join(page.text for page in pages(published).values())
    for markup in MARKUP:
        assert markup in text


@case("S02")
def test_a_link_that_leads_to_no_page_is_no_link_of_the_report(published: Project) -> None:
    followed = {found["href"] for page in pages(published).values() for found in page.all("a")}
    assert {href.partition(":")[0] for href in followed if ":" in href} <= {"http", "https"}


@case("S03")
def test_a_link_of_the_report_stands_beside_the_host_that_it_leads_to(published: Project) -> None:
    text = " ".join(page.text for page in pages(published).values())
    assert "article evil.example" in text
    assert "article xn--80ak6aa92e.example" in text


@pytest.mark.long
@case("S05")
def test_texts_of_cards_reach_the_dagster_pages_as_plain_text_only(tmp_path: Path, raw_dir: Path) -> None:
    """Dagster renders metadata of the type `md` as Markdown; what holds texts of cards is of another type."""
    for number, text in enumerate(MARKUP):
        link = f"https://a.example/{number}"
        (raw_dir / f"{card_id(link)}.md").write_text(hostile(number, text, link), "utf-8")
    with dg.DagsterInstance.ephemeral() as instance:
        result = Job(tmp_path / "data", raw_dir, instance).run()
    seen = set()
    for event in result.get_asset_materialization_events():
        for name, value in event.materialization.metadata.items():
            if any(text in repr(value) for text in MARKUP):
                assert not isinstance(
                    value, dg.MarkdownMetadataValue | dg.UrlMetadataValue | dg.NotebookMetadataValue
                )
                seen.add(name)
    assert "glance" in seen


@case("S06")
@pytest.mark.parametrize("text", [*QUERIES, *MARKUP, *FORMULAS])
def test_a_macro_takes_any_text_as_a_value(database: duckdb.DuckDBPyConnection, text: str) -> None:
    literal = text.replace("'", "''")
    for query, parameters in (("FROM trend(?)", [text]), (f"FROM trend('{literal}')", None)):
        said = "none"
        try:
            database.execute(query, parameters).fetchall()
        except duckdb.Error as error:
            said = str(error)
        # A card may have it as a keyword.
        assert said == "none" or f"No concept goes by the name '{text}'." in said
    tables = database.execute("SELECT count(*) FROM duckdb_tables() WHERE NOT internal").fetchall()
    assert tables == [(len(dictionary.TABLES),)]


@case("S06")
def test_signs_of_patterns_match_only_themselves(database: duckdb.DuckDBPyConnection) -> None:
    for pattern in ("%", "_", "kel_", "k%", "[k]elp", ".*"):
        with pytest.raises(duckdb.Error, match=re.escape(f"No concept goes by the name '{pattern}'.")):
            database.execute("FROM trend(?)", [pattern]).fetchall()
    assert database.execute("FROM trend('kelp')").fetchall() != []


# S07: text of cards never becomes SQL.

SQL = re.compile(r"\b(SELECT|INSERT|DELETE|UPDATE|CREATE|ATTACH|COPY|DROP|WITH|COMMENT ON|ORDER BY|JOIN)\b")

QUOTED = re.compile(r"sql_text\(.*\)|[A-Z_]+")
"""A text as an SQL literal, or a constant of the package."""

FILLED_IN = {
    "cli/console.py": {"read.topic"},
    "cli/prompt.py": {"call"},
    "cli/explain.py": {"name", "shown_columns", "', '.join(_FIELDS)"},
    "defs/columns.py": {"', '.join(names)", "table", "order"},
    "core/checks.py": {"quoted", "table"},
    "marts/build.py": {"mart.name", "mart.sql", "first", "last", "len(GRAINS)", "SAID"},
    "marts/checks.py": {"', '.join(shown)", "ctes", "is_wrong", "mart", "name", "sql"},
    "marts/macros/__init__.py": {"list(DECLARED)", "kind", "self.name"},
    "marts/queries.py": {
        "between.join(_columns(section, names))", "', '.join((f'a.{name}' for name in names))", "section",
        "union", "own_query(SAID)",
    },
    "marts/said.py": {"which", "names", "first", "first + STATEMENTS_AT_ONCE"},
    "parsed/changes.py": {"table"},
    "parsed/checks.py": {"n_source.get(name, '1')", "name", "sections"},
    "parsed/identity.py": {"_sql('card_links')", "_sql('issue_dates')"},
    "parsed/issue_files.py": {"ISSUE_FILES", "NEAREST_NAMED", "keys"},
    "parsed/ingest.py": {
        "is_of_one",
        "';'.join((create_plain_table(f'internal.{name}', columns) "
        "for name, columns in KEPT.items()))",
        "';'.join((create_table(f'parsed.{name}', model) for name, model in TABLES.items()))",
        "select", "held", "table", "name", "statements", "Code.DUPLICATE_ID",
    },
    "meaning/history.py": {"list(STATEMENT_SECTIONS)", "statement_texts()"},
    "meaning/matches.py": {"statement_texts()", "texts"},
    "meaning/texts.py": {"', '.join((f's.{name}' for name in _saying(section)))", "name", "section"},
    "meaning/vectors.py": {"_made(model, code)", "_IS_WHOLE", "place", "select", "shown", "small", "texts"},
    "outlooks/build.py": {"section"},
    "topics/build.py": {"kind", "section"},
    "publish/report/changes.py": {"arrivals.NEW"},
    "publish/report/issues.py": {"arrivals.NEW", "arrivals.RETURNED", "statement_texts()"},
    "publish/report/map.py": {"RECENT"},
    "publish/report/overview.py": {"RECENT", "arrivals.NEW", "arrivals.RETURNED"},
    "publish/report/quality.py": {"condition"},
    "publish/report/reading.py": {"sql"},
    "publish/report/spoken.py": {"3 * _CANDIDATES"},
    "publish/report/years.py": {"arrivals.RETURNED"},
    "cli/deciding.py": {"snapshot", "table"},
    "publish/guard.py": {
        "counts", "name", "_table(parquet, name)", "_table(parquet, 'cards')",
        "_table(parquet, 'files_seen')",
    },
    "publish/changes.py": {
        "columns", "part", "written", "marks.format(f'parsed.{table}')",
        "marks.format(then(f'parsed.{table}'))", "one", "other", "then('call_history')",
        "then('concept_members')", "then('parsed.cards')", "then('parsed.files_seen')", "then('snapshot')",
        "then('topic_momentum')", "self(name)", "self('snapshot')",
    },
    "publish/readings.py": {"ISSUE_FILES", "table"},
    "publish/revisions.py": {"files.format('parsed.files_seen')", "files.format(then)"},
    "publish/database.py": {
        "typed", "', '.join(values)", "', '.join(names)", "name", "names", "order",
        "_dictionary_select()", "mart.name", "mart.sql", "old", "renamed.now",
    },
    "publish/questions.py": {"rows", "body", "self.call", "one.call"},
    "publish/search.py": {"CARD_TEXTS", "statement_texts()", "_TEXTS"},
    "publish/snapshot.py": {"table"},
    "core/schema.py": {"kind", "name", "one.name", "types"},
    "core/store.py": {
        "'VIEW' if kind == 'VIEW' else 'TABLE'", "name", "select", "row", "self._memory_limit", "limit",
        "AT_REST",
    },
}  # fmt: skip
"""What is filled into SQL beside these: SQL and names of tables, columns and macros, from the package.

None of it comes from a card. A new one has to be looked at before it is added here.
"""


def pieces_of(tree: ast.AST) -> Iterator[str]:
    """The expressions that f-strings of SQL are filled in with."""
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            words = " ".join(part.value for part in node.values if isinstance(part, ast.Constant))
            if SQL.search(words):
                yield from (
                    ast.unparse(part.value) for part in node.values if isinstance(part, ast.FormattedValue)
                )


@case("S07")
def test_no_query_is_put_together_from_data() -> None:
    package = ROOT / "signals_pipeline"
    found: dict[str, set[str]] = {}
    for path in package.rglob("*.py"):
        pieces = {one for one in pieces_of(ast.parse(path.read_text("utf-8"))) if not QUOTED.fullmatch(one)}
        found |= {path.relative_to(package).as_posix(): pieces} if pieces else {}
    assert sum(map(len, found.values())) > 30
    assert {where: pieces - FILLED_IN.get(where, set()) for where, pieces in found.items()} == {
        where: set() for where in found
    }


@case("S07")
def test_no_query_is_put_together_in_another_way() -> None:
    for path in (ROOT / "signals_pipeline").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            is_formatted = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod)
            if is_formatted and isinstance(node.left, ast.Constant) and isinstance(node.left.value, str):
                assert not SQL.search(node.left.value), path.name
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr == "format"
            ):
                assert not SQL.search(ast.unparse(node.func.value)), path.name


@case("S07")
def test_a_table_named_by_a_card_is_never_made(database: duckdb.DuckDBPyConnection) -> None:
    tables = {
        f"{schema}.{name}"
        for schema, name in database.execute(
            "SELECT schema_name, table_name FROM duckdb_tables() WHERE NOT internal"
        ).fetchall()
    }
    assert tables == set(dictionary.TABLES)


@case("S08")
def test_formulas_of_a_spreadsheet_are_raw_text_in_the_tables(database: duckdb.DuckDBPyConnection) -> None:
    found = database.execute("SELECT DISTINCT raw_text FROM parsed.keywords").fetchall()
    assert {text for (text,) in found} >= set(FORMULAS)


@case("S08")
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_no_cell_of_a_sheet_is_a_formula_whatever_separates_the_cells(
    published: Project, delimiter: str
) -> None:
    folder = published.published / "current" / "csv"
    n_cells = 0
    for path in folder.glob("*.csv"):
        with path.open(encoding="utf-8-sig", newline="") as file:
            for cells in csv.reader(file, delimiter=delimiter):
                n_cells += len(cells)
                found = {cell for cell in cells if looks_like_a_formula(cell)}
                # A number below zero is no text.
                assert {cell for cell in found if not NUMBER.fullmatch(cell)} == set(), path.name
    assert n_cells > 100
    with (folder / "cards.csv").open(encoding="utf-8-sig", newline="") as file:
        titles = {row["title"] for row in csv.DictReader(file)}
    assert {f"'{text}" for text in FORMULAS if looks_like_a_formula(text)} <= titles


NUMBER = re.compile(r"-[\d.]+(e-?\d+)?")


def looks_like_a_formula(cell: str) -> bool:
    """Whether a spreadsheet may take a cell for a formula: by its first sign that is no blank."""
    return re.match(r"[\s\u00a0\u200b\"]*[=+\-@＝＋－＠]", cell) is not None


@case("S09")
@pytest.mark.parametrize(
    "sql",
    [
        "FROM read_csv('/etc/passwd')",
        "FROM '/etc/passwd'",
        "FROM enable_logging(storage='file', storage_path='/nowhere/x')",
        "CALL enable_logging(storage='file', storage_path='/nowhere/x')",
        "COPY parsed.cards TO '/tmp/cards.csv'",
        "ATTACH '/tmp/other.duckdb'",
        "SET enable_external_access = true",
        "SELECT current_setting('home_directory')",
        "DELETE FROM parsed.cards",
        "CREATE TEMP MACRO trend(topic) AS TABLE SELECT 1",
    ],
)
def test_a_locked_connection_reads_what_is_published_and_does_nothing_else(
    published: Project, sql: str
) -> None:
    """Many more stand in signals_pipeline_tests/publish/hostile_queries.py."""
    with signals_pipeline.connect(published.database, locked=True) as connection:
        with pytest.raises(QueryRefusedError):
            connection.execute(sql)
        assert connection.execute("SELECT count(*) > 0 FROM trend('kelp')").fetchall() == [(True,)]


@case("S09")
def test_a_connection_reads_and_does_not_write(published: Project, tmp_path: Path) -> None:
    with signals_pipeline.connect(published.database) as connection:
        with pytest.raises(duckdb.InvalidInputException, match="read-only"):
            connection.execute("DELETE FROM parsed.cards")
        connection.execute("CREATE TEMP TABLE mine AS SELECT 1")
    with pytest.raises(NoInputError, match="make run"):
        signals_pipeline.connect(tmp_path / "nothing.duckdb")


@case("S10")
def test_nothing_published_names_the_machine_its_user_or_a_folder(published: Project) -> None:
    words = {
        str(published.data.parent),
        str(Path.home()),
        str(ROOT),
        socket.gethostname(),
        os.environ.get("USER", ""),
    }
    secret = [word.encode() for word in words if len(word) > 4]
    assert secret
    for path in published.published.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert not [word for word in secret if word in content], path.name


def listening(port: int) -> set[str]:
    """The addresses on which somebody listens at a port, as the kernel tells them."""
    found = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text().splitlines()[1:]:
            local, state = line.split()[1], line.split()[3]
            address, _, number = local.rpartition(":")
            if state == "0A" and int(number, 16) == port:
                found.add(address)
    return found


@pytest.mark.long
@case("S11")
def test_the_ui_that_is_left_running_listens_on_this_machine_only_and_changes_nothing(tmp_path: Path) -> None:
    with web_server("--read-only", data=tmp_path / "data") as (port, process):
        assert "data" in ask(port, "{ version }")
        refused = ask(port, 'mutation { terminateRun(runId: "none") { __typename } }')
        assert "errors" in refused or refused["data"]["terminateRun"]["__typename"] == "UnauthorizedError"
        assert answered(port, "GET", "/server_info", host="evil.example") == 403
        if Path("/proc/net/tcp").exists():
            assert listening(port) == {"0100007F"}
    assert process.returncode == 128 + signal.SIGINT
    assert "Traceback" not in (tmp_path / "printed.txt").read_text("utf-8")


@pytest.mark.long
@case("S12")
def test_nothing_is_written_through_a_link_that_lies_in_the_way(tmp_path: Path, raw_dir: Path) -> None:
    settings = project(data_dir=str(tmp_path / "data"))
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    write(raw_dir, 1)
    settings.published.mkdir(parents=True)
    (settings.published / "snapshots").symlink_to(elsewhere)
    with opened(settings.build, raw_dir) as store:
        build_all(store, settings, raw_dir)
        with pytest.raises(CannotWriteError, match="snapshots is a link"):
            publish_plainly(store, settings)
        (settings.published / "snapshots").unlink()
        (settings.published / "current").mkdir()
        with pytest.raises(CannotWriteError, match="Move it away"):
            publish_plainly(store, settings)
        (settings.published / "current").rmdir()
        (settings.published / "current").symlink_to(elsewhere)
        assert publish_plainly(store, settings).is_new
    assert list(elsewhere.iterdir()) == []


WATCHED = """
import os, sys
asked = []
def hear(event, arguments):
    if event == "socket.connect" and isinstance(arguments[1], tuple):
        asked.append(arguments[1][0])
    if event in ("socket.getaddrinfo", "socket.gethostbyname"):
        asked.append(arguments[0])
sys.addaudithook(hear)
os.umask(0)
from signals_pipeline.__main__ import main
code = main(["run"])
print("asked", sorted({str(one) for one in asked}))
sys.exit(code)
"""


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `data` and what was `printed` of a run that was heard and forbade nobody anything."""

    def make(base: Path) -> None:
        write(base / "raw", 1)
        environment = {
            "SIGNALS_DATA_DIR": str(base / "data"),
            "SIGNALS_RAW_DIR": str(base / "raw"),
            "SIGNALS_AS_OF": TODAY,
        }
        done = subprocess.run(
            [sys.executable, "-c", WATCHED],
            cwd=ROOT,
            env=os.environ | environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        (base / "printed").write_text(done.stdout, "utf-8")

    return made_once(tmp_path_factory, "watched", make)


@pytest.mark.long
@case("S13")
def test_no_file_of_the_data_folder_can_be_written_by_others(watched: Path) -> None:
    data = watched / "data"
    modes = {path: stat.S_IMODE(path.lstat().st_mode) for path in data.rglob("*") if not path.is_symlink()}
    assert len(modes) > 40
    for path, mode in modes.items():
        assert mode & ~0o644 == 0 or path.is_dir(), path
        assert mode & 0o022 == 0, path


@pytest.mark.long
@case("S14")
def test_a_run_asks_the_network_for_nothing(watched: Path) -> None:
    assert (watched / "printed").read_text("utf-8").splitlines()[-1] == "asked []"
    assert not list((watched / "data").rglob("*telemetry*"))


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


@case("S15")
def test_no_tracked_file_holds_an_address_of_a_package_index_a_path_of_a_machine_or_a_secret() -> None:
    patterns = {
        "a package index": r"https?://[^ \"'\n]*/(?:simple|packages)/",
        "a home": r"(?<![\w.])/(?:home|Users)/(?!\.)\w+/",
        "a key": r"-----BEGIN [A-Z ]*PRIVATE KEY-----|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{36}\b",
    }
    here = Path(__file__)
    files = [path for path in tracked() if path != here and path.parent.name != "demo"]
    assert len(files) > 100
    for path in files:
        text = path.read_text("utf-8", errors="replace")
        for what, pattern in patterns.items():
            assert re.search(pattern, text) is None, f"{path.name} holds {what}"


@case("S16")
@pytest.mark.parametrize("name", sorted(path.stem for path in (ROOT / "requirements").glob("*.lock")))
def test_every_locked_dependency_has_a_version_and_a_hash(name: str) -> None:
    text = (ROOT / "requirements" / f"{name}.lock").read_text("utf-8")
    entries = re.split(r"\n(?=\S)", text.replace("\\\n", " ").strip())
    assert entries
    for entry in entries:
        assert re.match(r"[\w.\[\],-]+==[\w.!+]+ ", entry), entry[:80]
        assert re.search(r"--hash=sha256:[0-9a-f]{64}\b", entry), entry[:80]


@case("S17")
def test_files_of_a_snapshot_are_named_by_their_tables_and_by_nothing_of_a_card(published: Project) -> None:
    folder = published.published / "current"
    found = [path for path in folder.resolve().rglob("*") if path.is_file()]
    names = {path.relative_to(folder.resolve()).as_posix() for path in found}
    expected = {f"parquet/{name.replace('.', '/')}.parquet" for name in dictionary.IN_PARQUET}
    expected |= {f"csv/{name}.csv" for name in sheet_names()}
    page_names = {name.removeprefix("report/") for name in names if name.startswith("report/")}
    expected |= {f"report/{name}" for name in page_names}
    assert names == expected | {"signals.duckdb", "signals.xlsx", "SHA256SUMS"}
    assert all(re.fullmatch(r"([a-z]+/){0,2}[a-z0-9-]+\.html", name) for name in page_names - {"feed.xml"})


@pytest.mark.long
@case("S18")
def test_two_thousand_topics_give_as_many_files_and_bounded_pages(tmp_path: Path, raw_dir: Path) -> None:
    settings = project(data_dir=str(tmp_path / "data"))
    for number in range(200):
        write(raw_dir, number, hostile(number, "kelp", f"https://a.example/{number}").replace(
            "* kelp\n", "".join(f"* topic {number}-{other}\n" for other in range(10)))
        )  # fmt: skip
    with opened(settings.build, raw_dir) as store:
        build_all(store, settings, raw_dir)
        folder = publish_plainly(store, settings, with_report=True).folder
        assert store.value("SELECT count(*) FROM topics") > 2000
    files = [path for path in folder.rglob("*") if path.is_file()]
    page_files = [path for path in files if path.suffix == ".html"]
    assert len(files) - len(page_files) == len(dictionary.IN_PARQUET) + len(sheet_names()) + 4
    assert len(list(folder.glob("report/topics/*.html"))) <= MAX_TOPICS
    assert max(path.stat().st_size for path in page_files) < 2_000_000


@pytest.mark.long
@case("S19")
def test_credentials_in_links_are_masked_everywhere_and_ids_are_those_of_the_links_as_written(
    tmp_path: Path, raw_dir: Path
) -> None:
    settings = project(data_dir=str(tmp_path / "data"))
    secrets = (
        *("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl", "AKEY1234SECRET", "hunter2pass"),
        *("GIFT9f8e7dcode", "UNKNOWN9f8e7d", "B0000/Kelp9f8e7d"),
    )
    links = (
        f"https://a.example/x?token={secrets[0]}",
        f"https://a.example/y?access_key={secrets[1]}&page=2",
        f"https://reader:{secrets[2]}@a.example/z",
        f"https://a.example/news?unlocked_article_code={secrets[3]}",
        f"https://a.example/news?anything={secrets[4]}",
        f"https://hooks.slack.com/services/T0000/{secrets[5]}",
    )
    for number, link in enumerate(links):
        text = hostile(number, f"see {link} now", link)
        (raw_dir / f"{card_id(link)}.md").write_text(text, "utf-8")
    with opened(settings.build, raw_dir) as store:
        build_all(store, settings, raw_dir)
        folder = publish_plainly(store, settings, with_report=True).folder
    with signals_pipeline.connect(settings.database) as connection:
        found = connection.execute("SELECT card_id, id_matches_link, url FROM parsed.cards").fetchall()
        assert {row[0] for row in found} == {card_id(link) for link in links}
        assert {row[1] for row in found} == {True}
        assert all("***" in row[2] for row in found)
        for name in dictionary.TABLES:
            text = repr(connection.execute(f"FROM {name}").fetchall())
            assert not [secret for secret in secrets if secret in text], name
    for path in (*folder.rglob("*.html"), *folder.rglob("*.csv")):
        assert not [secret for secret in secrets if secret in path.read_text("utf-8")], path.name
    assert folder == settings.database.parent.resolve()
