"""Which folder the cards are in, and what makes the inputs another version."""

import json
from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest

from signals_pipeline.core import settings
from signals_pipeline.core.errors import (
    BadInputFileError,
    CannotWriteError,
    NewerFolderError,
    NoInputError,
)
from signals_pipeline.core.settings import (
    EDITED,
    SETTINGS,
    Project,
    Settings,
    misspelt,
    project,
    variable,
)
from signals_pipeline.defs.resources import ProjectResource
from signals_pipeline.publish import watch
from signals_pipeline.raw.inventory import list_folder

ROOT = Path(__file__).parents[2]


@pytest.fixture
def found(tmp_path, monkeypatch) -> Project:
    for one in SETTINGS:
        monkeypatch.delenv(one.variable, raising=False)
    data = tmp_path / "data"
    for name in ("raw", "demo", "build"):
        (data / name).mkdir(parents=True)
    return project(root=str(tmp_path))


def test_without_cards_of_one_s_own_the_demonstration_is_taken(found) -> None:
    assert found.raw_dir() == found.data / "demo"
    assert found.is_demonstration(found.raw_dir())
    (found.data / "raw" / "note.pdf").write_text("no card")
    (found.data / "raw" / ".obsidian").mkdir()
    (found.data / "raw" / ".obsidian" / "note.md").write_text("no card")
    assert found.raw_dir() == found.data / "demo"


def test_the_demonstration_is_there_for_a_data_folder_elsewhere_too(tmp_path) -> None:
    there = project(root=str(tmp_path), data_dir=str(tmp_path / "elsewhere"))
    assert there.raw_dir() == settings.came_with("data/demo")
    assert there.is_demonstration(there.raw_dir())


@pytest.mark.parametrize("name", ["a.md", "deep/down/a.md", "A.MD", "a.txt", "a.markdown"])
def test_one_card_of_one_s_own_is_enough(found, name) -> None:
    path = found.data / "raw" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("x")
    assert found.raw_dir() == found.data / "raw"
    assert not found.is_demonstration(found.raw_dir())


def test_an_own_folder_once_taken_in_stays_the_input_when_it_is_empty(found) -> None:
    found.note_own_cards(found.data / "demo")
    assert found.raw_dir() == found.data / "demo", "the demonstration leaves no mark"
    found.note_own_cards(found.data / "raw")
    assert found.raw_dir() == found.data / "raw"
    (found.data / "raw").rmdir()
    assert found.raw_dir() == found.data / "raw"


def test_the_folder_that_is_set_comes_first(found, tmp_path, monkeypatch) -> None:
    (found.data / "raw" / "a.md").write_text("x")
    monkeypatch.setenv("SIGNALS_RAW_DIR", str(tmp_path / "else" / ".." / "cards"))
    assert project(root=str(tmp_path)).raw_dir() == tmp_path / "cards"
    assert project(root=str(tmp_path), raw_dir="/given").raw_dir() == Path("/given")
    monkeypatch.setenv("SIGNALS_RAW_DIR", "~/cards")
    assert project(root=str(tmp_path)).raw_dir() == (Path.home() / "cards").resolve()


def test_the_data_folder_may_be_elsewhere(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("SIGNALS_DATA_DIR", str(tmp_path / "elsewhere"))
    there = project(root=str(tmp_path))
    assert there.build == tmp_path / "elsewhere" / "build"
    assert there.database == tmp_path / "elsewhere" / "published" / "current" / "signals.duckdb"


def test_the_day_is_that_which_is_set_else_today(found, tmp_path) -> None:
    before = datetime.now(UTC).date()
    assert before <= found.as_of() <= datetime.now(UTC).date()
    assert project(root=str(tmp_path), as_of="2026-06-30").as_of() == date(2026, 6, 30)


@pytest.mark.parametrize("text", ["tomorrow", "2026-02-30", "30.6.2026", "2026"])
def test_a_day_that_is_none_is_told(tmp_path, text) -> None:
    with pytest.raises(BadInputFileError, match=f"SIGNALS_AS_OF='{text}' is no date; write it as 2026-06-30"):
        project(root=str(tmp_path), as_of=text).as_of()


@pytest.mark.parametrize(
    ("given", "at", "zone"),
    [
        ({}, time(6), "UTC"),
        ({"daily_at": "18:30", "time_zone": "Europe/Paris"}, time(18, 30), "Europe/Paris"),
    ],
)
def test_the_daily_run_is_due_when_a_person_says_so(found, tmp_path, given, at, zone) -> None:
    there = project(root=str(tmp_path), **given)
    assert (there.daily_at(), there.time_zone()) == (at, zone)


@pytest.mark.parametrize("text", ["6", "24:00", "6 am", "06:00:00", "0 6 * * *"])
def test_a_time_of_day_that_is_none_is_told(tmp_path, text) -> None:
    with pytest.raises(BadInputFileError, match=r"SIGNALS_DAILY_AT=.* is no time of day"):
        project(root=str(tmp_path), daily_at=text).daily_at()


@pytest.mark.parametrize("text", ["Paris", "Europe", "/etc/passwd", "../UTC", "\0"])
def test_a_time_zone_that_is_none_is_told(tmp_path, text) -> None:
    with pytest.raises(BadInputFileError, match=r"SIGNALS_TIME_ZONE=.* is no time zone"):
        project(root=str(tmp_path), time_zone=text).time_zone()


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("", ""),
        ("https://example.org", "https://example.org/"),
        (" https://example.org/signals/ ", "https://example.org/signals/"),
        ("http://localhost:8000/~me/a%20b", "http://localhost:8000/~me/a%20b/"),
    ],
)
def test_the_address_of_the_report_ends_with_a_slash(tmp_path, text, address) -> None:
    assert project(root=str(tmp_path), base_url=text).base_url() == address


@pytest.mark.parametrize(
    "text",
    [
        *("example.org", "ftp://example.org/", "https://", "https:///signals", "javascript:alert(1)"),
        *("https://me:secret@example.org/", "https://example.org/?a=1", "https://example.org/#a"),
        *("https://example.org/a b", 'https://example.org/"><b>', "https://example.org:port/"),
    ],
)
def test_an_address_of_the_report_that_is_none_is_told(tmp_path, text) -> None:
    with pytest.raises(BadInputFileError, match=r"SIGNALS_BASE_URL=.* is no address of a folder"):
        project(root=str(tmp_path), base_url=text).base_url()


def test_what_was_taken_in_is_read_back(found) -> None:
    assert found.ingested_version() is None
    found.note_ingested(found.data / "demo", "v1")
    assert found.ingested_version() == "v1"
    assert [path.name for path in found.build.iterdir()] == ["taken_in"]


@pytest.mark.parametrize("damaged", [b"", b"{", b"[]", b"3", b"null", b"{}", b"\xff\xfe"])
def test_a_damaged_note_of_what_was_taken_in_counts_as_none(found, damaged) -> None:
    found.note_ingested(found.data / "demo", "v1")
    (found.build / "taken_in").write_bytes(damaged)
    assert found.ingested_version() is None


def test_every_input_changes_the_version_of_the_inputs(found, monkeypatch) -> None:
    raw = found.data / "raw"

    def version(folder: Path = raw) -> str:
        return watch.inputs_version(folder, list_folder(raw), found.edited())

    seen = [version()]
    assert version() == seen[0]
    (raw / "a.md").write_text("x")
    seen.append(version())
    (raw / "a.md").write_text("xy")
    seen.append(version())
    for name in EDITED[:-1]:
        for text in ("", "a,b\n"):
            (found.data / name).write_text(text)
            seen.append(version())
    monkeypatch.setattr(watch, "code_version", lambda: "another")
    seen.append(version())
    seen.append(version(found.data / "demo"))
    assert len(set(seen)) == len(seen)


def test_an_input_beside_the_cards_that_cannot_be_read_is_told(found) -> None:
    (found.data / "aliases.csv").mkdir()
    with pytest.raises(BadInputFileError, match=r"aliases\.csv cannot be read: it is no file"):
        found.edited()


def test_a_data_folder_that_cannot_be_made_is_told(tmp_path) -> None:
    (tmp_path / "data").write_text("a file")
    with pytest.raises(CannotWriteError, match="cannot be made: Not a directory"):
        project(root=str(tmp_path)).assert_writable()


@pytest.mark.parametrize("name", ["what?", "my%20data", "a?b%3f"])
def test_a_data_folder_that_dagster_cannot_lie_in_is_told(tmp_path, name) -> None:
    with pytest.raises(CannotWriteError, match="Rename it, or set SIGNALS_DATA_DIR"):
        project(data_dir=str(tmp_path / name)).assert_writable()
    assert list(tmp_path.iterdir()) == []


def test_a_data_folder_of_a_newer_version_is_refused_and_left_as_it_is(tmp_path) -> None:
    there = project(data_dir=str(tmp_path))
    there.assert_writable()
    noted = there.build / "format"
    assert json.loads(noted.read_text("utf-8")) == {"format": settings.FORMAT}
    newer = json.dumps({"format": settings.FORMAT + 1})
    noted.write_text(newer, "utf-8")
    with pytest.raises(NewerFolderError, match=r"newer version .* \(format 2, and this one knows 1\)"):
        there.assert_writable()
    assert noted.read_text("utf-8") == newer


@pytest.mark.parametrize("text", ["", "no JSON", '{"format": 0}', '{"format": "x"}', "[]"])
def test_a_data_folder_of_an_older_version_is_taken_on(tmp_path, text) -> None:
    there = project(data_dir=str(tmp_path))
    there.build.mkdir()
    (there.build / "format").write_text(text, "utf-8")
    there.assert_writable()
    assert json.loads((there.build / "format").read_text("utf-8")) == {"format": settings.FORMAT}


def test_a_project_begins_in_an_empty_folder_and_in_none_that_holds_other_things(
    tmp_path, monkeypatch
) -> None:
    monkeypatch.setattr(settings, "IN_CHECKOUT", False)
    here = Project(tmp_path, tmp_path / "data")
    here.assert_startable()
    (tmp_path / "letter.odt").touch()
    with pytest.raises(NoInputError, match=r"is no folder of a project: .* signals init"):
        here.assert_startable()
    Project(tmp_path, tmp_path / "data", Settings(data_dir="/srv/signals")).assert_startable()
    Project(tmp_path, tmp_path / "data", Settings(raw_dir="/srv/cards")).assert_startable()
    (tmp_path / ".env").touch()
    here.assert_startable()


def test_a_misspelt_setting_is_told_with_the_nearest_one() -> None:
    given = ["SIGNALS_DATADIR", "SIGNALS_RAW", "SIGNALS_DATA_DIR", "SIGNALS_POSTGRES_PASSWORD", "DATA_DIR"]
    assert misspelt(given) == [("SIGNALS_DATADIR", "SIGNALS_DATA_DIR"), ("SIGNALS_RAW", "SIGNALS_RAW_DIR")]


@pytest.mark.parametrize("address", ["ftp://example.org/x", "example.org", "https://ada:word@example.org/x"])
def test_a_webhook_that_nothing_can_be_sent_to_is_refused_at_the_start_and_not_repeated(address) -> None:
    with pytest.raises(BadInputFileError, match="SIGNALS_WEBHOOK m") as error:
        project(webhook=address).assert_startable()
    assert address not in str(error.value)
    project(webhook="https://example.org/a@b").assert_startable()


def test_the_form_of_lines_is_json_or_nothing() -> None:
    assert project(log="json").log_is_json()
    assert not project().log_is_json()
    with pytest.raises(BadInputFileError, match="SIGNALS_LOG='yes' is not json"):
        project(log="yes").assert_startable()


UNREADABLE = {
    "data_dir": "~nobody-of-that-name/data",
    "raw_dir": "ftp://example.org/cards",
    "as_of": "tomorrow",
    "memory_limit": "much",
    "workers": "two",
    "meaning": "perhaps",
    "model": "~nobody-of-that-name/model.onnx",
    "webhook": "example.org",
    "base_url": "example.org",
    "ui_hosts": "http://example.org",
    "keep_runs": "long",
    "daily_at": "25:99",
    "time_zone": "Mars/Olympus",
    "log": "yes",
}


def test_each_setting_that_can_be_wrong_has_an_example() -> None:
    # Apprise alone knows which addresses it takes.
    assert UNREADABLE.keys() == {one.name for one in SETTINGS} - {"notify"}


@pytest.mark.parametrize(("name", "text"), UNREADABLE.items())
def test_whatever_is_set_wrongly_is_told_also_where_it_is_not_needed_yet(name: str, text: str) -> None:
    with pytest.raises(BadInputFileError, match=f"SIGNALS_{name.upper()}"):
        project(**{name: text}).assert_readable()


@pytest.mark.parametrize(("folder", "name"), [("alpha/data", "alpha"), ("beta", "beta")])
def test_a_newsletter_goes_by_the_last_folder_that_has_a_name_of_its_own(tmp_path, folder, name) -> None:
    assert project(data_dir=str(tmp_path / folder)).newsletter == name
    assert project(data_dir="/data").newsletter == "data"


def test_a_percent_sign_alone_is_no_fault_of_a_data_folder(tmp_path) -> None:
    project(data_dir=str(tmp_path / "100% #new & 5%")).assert_writable()


def test_the_version_of_the_code_covers_python_and_sql(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(settings, "PACKAGE", tmp_path)
    seen = [settings.code_version()]
    for name in ("a.py", "deep/b.sql"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("1")
        seen.append(settings.code_version())
    (tmp_path / "note.txt").write_text("1")
    assert settings.code_version() == seen[-1]
    assert len(set(seen)) == len(seen)


def test_the_page_on_operations_and_the_resource_of_dagster_say_what_is_declared_of_each_setting() -> None:
    rows = [f"| `{one.variable}` | {one.meaning} | {one.default} |" for one in SETTINGS]
    table = "| setting | means | where it is not set |\n|---|---|---|\n" + "\n".join(rows) + "\n"
    page = ROOT / "docs" / "OPERATIONS.md"
    assert table in page.read_text("utf-8"), f"{page.name} must have this table:\n{table}"
    fields = ProjectResource.model_fields
    assert {one.name for one in SETTINGS} | {"root"} == set(fields)
    for one in SETTINGS:
        assert one.meaning in (fields[one.name].description or "")


def test_a_setting_that_nobody_declared_is_refused(tmp_path) -> None:
    with pytest.raises(TypeError, match="no_setting"):
        project(root=str(tmp_path), no_setting="x")


@pytest.mark.parametrize("name", ["data_dir", "raw_dir"])
@pytest.mark.parametrize(("text", "says"), [("~nobody-here/x", "is no path"), ("/srv/\udcff", "no UTF-8")])
def test_a_folder_that_is_no_path_is_told_with_its_setting(name: str, text: str, says: str) -> None:
    with pytest.raises(BadInputFileError, match=says) as error:
        project(**{name: text})
    assert str(error.value).startswith(f"{variable(name)}=")
    assert str(error.value).isprintable()


def test_a_folder_of_links_that_lead_round_is_told(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(BadInputFileError, match="SIGNALS_DATA_DIR"):
        project(data_dir=str(tmp_path / "a"))
