"""`make ui` as it is started, attacked as a web page can, and ended."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import quote

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from signals_pipeline.__main__ import main
from signals_pipeline.cli import web
from signals_pipeline.cli.interrupts import ENDING
from signals_pipeline.core.errors import EXIT_BUSY, BadInputFileError, SignalsError
from signals_pipeline.core.settings import project
from signals_pipeline_tests.starter import ROOT
from signals_pipeline_tests.web import PATIENCE, answered, ask, web_server

UNPAUSE = "mutation { setAutoMaterializePaused(paused: false) }"
"""What an attack tries: anyone sees whether it was done."""

OTHERS = (
    'mutation { shutdownRepositoryLocation(repositoryLocationName: "signals_pipeline") { __typename } }',
    'mutation { deletePipelineRun(runId: "none") { __typename } }',
    'mutation { launchRun(executionParams: {selector: {repositoryLocationName: "signals_pipeline", '
    'repositoryName: "__repository__", jobName: "refresh"}, '
    'runConfigData: "{resources: {store: {config: {accept_drop: true}}}}"}) { __typename } }',
)
BODY = json.dumps({"query": UNPAUSE})
JSON = ("Content-Type", "application/json")
IMAGE = (("Accept", "image/avif,*/*"), ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "no-cors"),
         ("Sec-Fetch-Dest", "image"))  # fmt: skip
EVIL = ("Origin", "https://evil.example")


@pytest.mark.parametrize(
    ("log", "ends"), [("json", ["--log-format", "json"]), ("", ["--log-level", "warning"])]
)
def test_processes_of_dagster_log_in_the_form_that_a_person_asks_for(
    monkeypatch: pytest.MonkeyPatch, log: str, ends: list[str]
) -> None:
    monkeypatch.setenv("SIGNALS_LOG", log)
    for command in (web._daemon(Path("workspace.yaml")), web._code_server(ROOT, Path("code"))):
        assert command[-2:] == ends


def is_paused(port: int) -> bool:
    return bool(
        ask(port, "{ instance { autoMaterializePaused } }")["data"]["instance"]["autoMaterializePaused"]
    )


def attacks(port: int) -> list[int]:
    """The status of each answer to what a page of another site can have a browser send."""
    own = f"http://127.0.0.1:{port}"
    statuses = []
    for mutation in (UNPAUSE, *OTHERS):
        two = "query A { version } " + mutation.replace("mutation", "mutation B", 1)
        for target in (
            f"/graphql?query={quote(mutation)}",
            f"/graphql%0A?query={quote(mutation)}",
            f"{own}/graphql?query={quote(mutation)}",
            f"/graphql?operationName=B&query={quote(two)}",
        ):
            statuses += [
                answered(port, "GET", target, *IMAGE),
                answered(port, "GET", target),
                answered(port, "HEAD", target),
                answered(port, "POST", target),
                answered(port, "POST", target, ("Content-Type", "text/plain"), body="x"),
                answered(port, "GET", target, host="evil.example"),
            ]
    for headers in (
        [],
        [("Content-Type", "text/plain")],
        [("Content-Type", "text/plain; application/json")],
        [("Content-Type", "application/x-www-form-urlencoded")],
        [("Content-Type", "application/graphql")],
        [JSON, EVIL],
        [JSON, ("Origin", "null")],
        [JSON, ("Origin", f"http://127.0.0.1:{port + 1}")],
        [JSON, ("Sec-Fetch-Site", "cross-site")],
        [JSON, ("Sec-Fetch-Site", "same-site")],
    ):
        statuses.append(answered(port, "POST", "/graphql", *headers, body=BODY))
        statuses.append(answered(port, "POST", "/graphql", *headers, body=f"[{BODY}]"))
    for host in ("evil.example", f"evil.example:{port}", "localhost.evil.example", None):
        statuses.append(answered(port, "POST", "/graphql", JSON, host=host, body=BODY))
        statuses.append(answered(port, "POST", f"{own}/graphql", JSON, host=host, body=BODY))
        statuses.append(
            answered(port, "POST", "/graphql", JSON, ("X-Forwarded-Host", "localhost"), host=host, body=BODY)
        )
    preflight = ("Access-Control-Request-Method", "POST"), ("Access-Control-Request-Headers", "content-type")
    statuses.append(answered(port, "OPTIONS", "/graphql", EVIL, *preflight))
    return statuses


@pytest.mark.long
def test_no_page_of_another_site_drives_the_ui_while_its_own_pages_and_programs_do(tmp_path: Path) -> None:
    with web_server(data=tmp_path / "data", SIGNALS_UI_HOSTS="signals.example.org") as (port, process):
        own, address = f"http://127.0.0.1:{port}", f"ws://127.0.0.1:{port}/graphql"
        assert set(attacks(port)) == {403}
        for origin in ("https://evil.example", f"http://127.0.0.1:{port + 1}", "null"):
            with pytest.raises(InvalidStatus, match="403"):
                connect(address, origin=origin, subprotocols=["graphql-ws"], open_timeout=PATIENCE)
        with connect(address, origin=own, subprotocols=["graphql-ws"], open_timeout=PATIENCE) as opened:
            opened.send(json.dumps({"type": "start", "id": "1", "payload": {"query": UNPAUSE}}))
            assert json.loads(opened.recv(PATIENCE))["type"] == "error"
        assert is_paused(port)
        assert answered(port, "GET", "/", ("Accept", "text/html"), ("Sec-Fetch-Site", "none")) == 200
        assert answered(port, "GET", "/server_info", host="signals.example.org") == 200
        same_origin = JSON, ("Origin", own), ("Sec-Fetch-Site", "same-origin")
        assert answered(port, "POST", "/graphql", *same_origin, body=BODY) == 200
        assert not is_paused(port)
        os.kill(process.pid, signal.SIGTERM)
        assert process.wait(PATIENCE) == 128 + signal.SIGTERM


HEARD = "{ instance { daemonHealth { allDaemonStatuses { lastHeartbeatTime } } } }"


def daemons_heard(port: int) -> bool:
    """Whether a daemon has said of all its parts that they are there."""
    health = ask(port, HEARD)["data"]["instance"]["daemonHealth"]["allDaemonStatuses"]
    return all(one["lastHeartbeatTime"] for one in health)


@pytest.mark.full
def test_web_server_and_daemon_are_started_alone_and_share_the_history(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    given = ("--read-only", "--listen", address)
    with web_server(*given, served_by="web", data=tmp_path / "data") as (port, _):
        assert address.endswith(f":{port}")
        assert not daemons_heard(port)
        folders = {"SIGNALS_DATA_DIR": str(tmp_path / "data"), "SIGNALS_RAW_DIR": str(tmp_path / "cards")}
        command = [sys.executable, "-m", "signals_pipeline", "daemon"]
        with subprocess.Popen(command, cwd=ROOT, env=os.environ | folders) as daemon:
            deadline = time.monotonic() + PATIENCE
            while not daemons_heard(port):
                assert time.monotonic() < deadline
                assert daemon.poll() is None
                time.sleep(0.3)
            another = subprocess.run(
                command, cwd=ROOT, env=os.environ | folders, check=False, timeout=PATIENCE
            )
            assert another.returncode == EXIT_BUSY
            daemon.terminate()
        assert daemon.returncode == 128 + signal.SIGTERM


class Ended:
    """A process that runs for some looks and has then ended with a code."""

    def __init__(self, looks: int, returncode: int) -> None:
        self.looks = looks
        self.returncode = returncode

    def poll(self) -> int | None:
        self.looks -= 1
        return None if self.looks >= 0 else self.returncode


def test_all_ends_where_one_of_its_processes_ends_and_it_is_said_which(monkeypatch) -> None:
    monkeypatch.setattr(web, "LOOKING_SECONDS", 0)
    monkeypatch.setattr(web, "code_version", lambda: "same")
    with pytest.raises(SignalsError, match=r"The daemon has ended \(exit code -9\), so this ends too\."):
        web._watch({"web server": Ended(99, 0), "daemon": Ended(2, -9)})


def test_a_changed_checkout_under_an_open_ui_is_said_once_a_change(monkeypatch, capsys) -> None:
    versions = iter(["a", "a", "b", "b", "c"])
    monkeypatch.setattr(web, "LOOKING_SECONDS", 0)
    monkeypatch.setattr(web, "CODE_SECONDS", 0)
    monkeypatch.setattr(web, "code_version", lambda: next(versions))
    with pytest.raises(SignalsError):
        web._watch({"daemon": Ended(4, 0)})
    assert capsys.readouterr().out == f"{web.NEW_CODE}\n" * 2


class Deaf(subprocess.Popen[bytes]):
    """A process that does not end in the time that it is given, however little of it has passed."""

    def wait(self, timeout: float | None = None) -> int:
        if timeout is not None:
            raise subprocess.TimeoutExpired(self.args, timeout)
        return super().wait()


def test_what_runs_is_asked_to_end_and_ended_by_force_where_it_does_not(monkeypatch) -> None:
    monkeypatch.setattr(web, "ENDING_SECONDS", PATIENCE)
    before = {number: signal.getsignal(number) for number in ENDING}
    deaf = Deaf(["sh", "-c", "trap '' TERM; echo; exec sleep 600"], stdout=subprocess.PIPE)
    assert deaf.stdout
    deaf.stdout.readline()
    code = "import signal; signal.signal(signal.SIGTERM, signal.SIG_DFL); print(flush=True); signal.pause()"
    hears = subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert hears.stdout
    hears.stdout.readline()
    try:
        web._end({"code server": deaf, "daemon": hears})
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    assert (deaf.returncode, hears.returncode) == (-signal.SIGKILL, -signal.SIGTERM)


@pytest.mark.parametrize(
    "given", ["http://a.example", "a.example:8443", "a.example,", "*.example.org", "a b", "ä.example"]
)
def test_what_is_no_list_of_host_names_is_refused_before_anything_starts(tmp_path: Path, given: str) -> None:
    settings = project(data_dir=str(tmp_path / "data"), ui_hosts=given)
    with pytest.raises(BadInputFileError, match=r"SIGNALS_UI_HOSTS=.* is no list of host names"):
        web._run(settings, None)
    assert not (tmp_path / "data").exists()


def test_the_web_server_alone_listens_at_its_address_or_says_why_not() -> None:
    with web._listening_at("127.0.0.1", 0) as taken, web._listening_at("[::1]", 0) as other:
        assert web._url(other) == f"http://[::1]:{other.getsockname()[1]}"
        port = taken.getsockname()[1]
        with pytest.raises(
            SignalsError, match=rf"^127\.0\.0\.1:{port} cannot be .*: Address already in use\.$"
        ):
            web._listening_at("127.0.0.1", port)
        assert web._url(taken) == f"http://127.0.0.1:{port}"


@pytest.mark.parametrize("typed", ["3000", "localhost", "127.0.0.1:70000", "http://127.0.0.1:3000", ":3000"])
def test_what_is_no_address_is_told_by_the_command_line(typed: str, capsys: pytest.CaptureFixture) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["web", "--listen", typed])
    assert f"{typed!r} is no address with a port, such as 127.0.0.1:3000" in capsys.readouterr().err


def test_host_names_that_are_set_are_added_to_those_of_this_machine(tmp_path: Path) -> None:
    settings = project(data_dir=str(tmp_path), ui_hosts="Signals.example.org., 10.0.0.5,[FD00::0:1]")
    own = {"localhost", "127.0.0.1", "[::1]"}
    assert settings.ui_hosts() == own | {"signals.example.org", "10.0.0.5", "[fd00::1]"}
    assert project(data_dir=str(tmp_path), ui_hosts="").ui_hosts() >= own


def test_a_run_does_not_load_the_web_server() -> None:
    code = (
        "import sys; from signals_pipeline.definitions import defs; defs();"
        "print({'dagster_webserver', 'uvicorn'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
