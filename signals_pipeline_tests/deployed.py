"""The services of compose.yaml on this machine, without Docker: what is promised of them is tried.

`python -m signals_pipeline_tests.deployed FOLDER` makes the image of the Dockerfile in a folder, and starts
the services with the commands, variables, volumes and users that compose.yaml names. Each has namespaces of
its own as in a container, but for the network, which is one for all and reaches nothing outside. PostgreSQL
and Caddy are those of this machine, which keeps nothing of what they write. It needs root and debootstrap,
and takes a quarter of an hour.
"""

import base64
import ctypes
import fcntl
import http.client
import json
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import yaml
from websockets.sync.client import connect

from signals_pipeline_tests import corpus
from signals_pipeline_tests.image import ROOT, Image, build
from signals_pipeline_tests.listeners import HttpListener, webhook
from signals_pipeline_tests.raw.sample import write

HOST = "signals.test"
LOGIN, PASSWORD = "ada", "correct-horse"
CARDS, ISSUES = 60, 12
PATIENCE = 400.0
SCHEDULED = timedelta(minutes=6)
"""How long after the start the daily run is due: the first run by the sensor is over by then."""

NEW_NETWORK_AND_MOUNTS = 0x40000000 | 0x00020000
"""CLONE_NEWNET and CLONE_NEWNS, as the kernel numbers them."""

CONTAINER = """
set -e
mount --make-rprivate /
mount -t tmpfs none "$SCRATCH"; mkdir "$SCRATCH/upper" "$SCRATCH/work" "$SCRATCH/root"
root=$SCRATCH/root
mount -t overlay none -o "lowerdir=$LOWER,upperdir=$SCRATCH/upper,workdir=$SCRATCH/work" "$root"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
echo "$MOUNTS" | while read -r kind source target; do
    [ -n "$kind" ] || continue
    target=$root$target
    if [ "$kind" = tmpfs ]; then mkdir -p "$target"; mount -t tmpfs -o mode=1777 none "$target"; continue; fi
    if [ -d "$source" ]; then mkdir -p "$target"; else mkdir -p "${target%/*}"; touch -a "$target"; fi
    mount --bind "$source" "$target"
    [ "$kind" = rw ] || mount -o "remount,bind,ro" "$target"
done
[ "$READ_ONLY" = 0 ] || mount -o remount,ro "$root"
hostname "$NAME"
exec chroot "$root" setpriv --reuid "${AS%:*}" --regid "${AS#*:}" --clear-groups --no-new-privs \
    --bounding-set "$CAPABILITIES" env -i "$@"
"""
"""What Docker does for a container in its namespaces: root, volumes, user; then its command takes over."""


# What compose.yaml says


def filled_in(text: str, given: Mapping[str, str]) -> str:
    """A text with variables filled in as Compose does it.

    `${NAME:-default}` has the default where nothing or an empty text is given, `${NAME-default}` only where
    nothing is given, and `${NAME:?what is missing}` must have a text.
    """

    def value(found: re.Match[str]) -> str:
        name, sign, rest = found.groups()
        if given.get(name) or (sign == "-" and name in given):
            return given[name]
        assert sign != ":?", f"{name}: {rest}"
        return rest

    return re.sub(r"\$\{(\w+)(:-|:\?|-)([^}]*)\}", value, text)


def services(given: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """The services of compose.yaml, with variables filled in."""
    compose = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))

    def filled(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: filled(one) for key, one in value.items()}
        if isinstance(value, list):
            return [filled(one) for one in value]
        return filled_in(value, given) if isinstance(value, str) else value

    return filled(compose["services"])


# Containers


@dataclass
class Container:
    """A service as it runs, or is to run."""

    name: str
    image: Image
    service: Mapping[str, Any]
    volumes: Path
    programs: tuple[str, ...] = ()
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def log(self) -> Path:
        """The file of what it says."""
        return self.volumes / f"{self.name}.log"

    def start(self) -> None:
        """Start it; what is said goes to its log."""
        self.process = self._run(*self.image.entrypoint, *self.service.get("command", self.image.command))

    def _run(self, *command: str, mounts: Sequence[str] = (), **streams: Any) -> "subprocess.Popen[bytes]":
        service = self.service
        mounts = [f"ro {self.volumes / 'hosts'} /etc/hosts", *self.programs, *mounts]
        mounts += [self._mount(one) for one in service.get("volumes", [])]
        mounts += [f"tmpfs none {one}" for one in service.get("tmpfs", [])]
        scratch = self.volumes / "scratch"
        scratch.mkdir(exist_ok=True)
        settings = {
            "NAME": self.name,
            "LOWER": str(self.image.root),
            "AS": self.image.user,
            "SCRATCH": str(scratch),
            "MOUNTS": "\n".join(mounts),
            "READ_ONLY": str(int(service.get("read_only", False))),
            "CAPABILITIES": self._capabilities(),
        }
        container = ["unshare", "--mount", "--pid", "--uts", "--fork", "sh", "-c", CONTAINER]
        there = ["sh", "-c", 'cd "$0" && exec "$@"', self.image.folder, *command]
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [*container, "sh", *self._environment(), *there],
                env=os.environ | settings,
                **({"stdout": log, "stderr": log} | streams),
            )

    def _environment(self) -> list[str]:
        given = {**self.image.environment, **self.service.get("environment", {})}
        return [f"{name}={value}" for name, value in given.items()]

    def _mount(self, text: str) -> str:
        source, target, *how = text.split(":")
        # Relative to compose.yaml, or a volume by its name.
        path = ROOT / source if "/" in source else self.volumes / source
        if path.parent == self.volumes and not path.exists():
            path.mkdir()
            # A new volume belongs to whom the folder in the image does.
            if (there := self.image.root / target.lstrip("/")).exists():
                os.chown(path, there.stat().st_uid, there.stat().st_gid)
        return f"{how[0] if how else 'rw'} {path.resolve()} {target}"

    def _capabilities(self) -> str:
        dropped = "-all" if "ALL" in self.service.get("cap_drop", []) else "+all"
        return ",".join([dropped, *(f"+{one.lower()}" for one in self.service.get("cap_add", []))])

    def first_process(self) -> int:
        """The number of its process 1, as this machine counts."""
        assert self.process
        listed = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return int(until(lambda: listed.read_text().split(), f"{self.name} to start")[0])

    def stop(self) -> None:
        """What `docker compose stop` does: the signal that the image names, and later one that ends it."""
        assert self.process
        os.kill(self.first_process(), signal.SIGINT if self.name == "postgres" else signal.SIGTERM)
        try:
            self.process.wait(seconds(self.service.get("stop_grace_period", "10s")))
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End it at once; all of its processes end with the first."""
        assert self.process
        os.kill(self.first_process(), signal.SIGKILL)
        self.process.wait()

    def exec(self, *command: str, given: bytes = b"") -> bytes:
        """What a command prints that is run in it, as by `docker compose exec`."""
        user, group = self.image.user.split(":")
        enter = f"nsenter -t {self.first_process()} -m -p -u -r -w -S {user} -G {group} env -i".split()
        done = subprocess.run(
            [*enter, *self._environment(), *command], input=given, capture_output=True, check=True
        )
        return done.stdout

    def once(self, *command: str, mounts: Sequence[str] = ()) -> bytes:
        """What a command prints in a container of its own, as by `docker compose run --rm -v …`."""
        process = self._run(*command, mounts=mounts, stdout=subprocess.PIPE)
        out, _ = process.communicate()
        assert process.returncode == 0, f"{command}: {self.log.read_text('utf-8', 'replace')[-2000:]}"
        return out

    def is_healthy(self) -> bool:
        """Whether its health check succeeds."""
        assert self.process
        assert self.process.poll() is None, f"{self.name} has ended: {self.log.read_text()[-3000:]}"
        how, *command = self.service["healthcheck"]["test"]
        assert how == "CMD"
        try:
            self.exec(*command)
        except subprocess.CalledProcessError:
            return False
        return True


def seconds(text: str) -> int:
    """A duration of compose.yaml."""
    number, unit = re.fullmatch(r"(\d+)([sm])", text).groups()
    return int(number) * {"s": 1, "m": 60}[unit]


Seen = TypeVar("Seen")


def until(look: Callable[[], Seen], what: str) -> Seen:
    """What is seen once there is something."""
    end = time.monotonic() + PATIENCE
    while not (seen := look()):
        assert time.monotonic() < end, f"waited {PATIENCE:g} s for {what}"
        time.sleep(0.5)
    return seen


# PostgreSQL and Caddy of this machine, as their images start them

POSTGRES = """
as() { setpriv --reuid postgres --regid postgres --init-groups "$@"; }
data=/var/lib/postgresql/data
if [ ! -s $data/PG_VERSION ]; then
    chown postgres: $data
    echo "$POSTGRES_PASSWORD" > /tmp/password; chown postgres: /tmp/password
    as initdb -D $data -U "$POSTGRES_USER" --pwfile=/tmp/password --auth-local=trust --auth-host=scram-sha-256
    as pg_ctl -D $data -w -o "-c listen_addresses=''" start
    createdb -U "$POSTGRES_USER" "$POSTGRES_DB"
    as pg_ctl -D $data -w stop
fi
chown postgres: /var/run/postgresql
exec setpriv --reuid postgres --regid postgres --init-groups postgres -D $data -c listen_addresses='*'
"""


def images(signals: Image) -> dict[str, Image]:
    """The image of each service; the programs of this machine in place of those that are not ours."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    assert programs, "PostgreSQL is not installed"
    path = f"{programs[-1]}:/usr/sbin:/usr/bin:/sbin:/bin"
    here = Image(
        Path("/"), environment={"PATH": path, "XDG_CONFIG_HOME": "/config", "XDG_DATA_HOME": "/data"}
    )
    postgres = ("sh", "-c", POSTGRES)
    caddy = ("caddy", "run", "--config", "/etc/caddy/Caddyfile", "--adapter", "caddyfile")
    return {
        "web": signals,
        "daemon": signals,
        "postgres": Image(here.root, environment=here.environment, command=postgres),
        "caddy": Image(here.root, environment=here.environment, command=caddy),
    }


def _starter(tags: list[dict[str, str]]) -> str:
    return next((STARTERS[one["key"]] for one in tags if one["key"] in STARTERS), "other")


def caddyfile(caddy: str) -> str:
    """The Caddyfile as a Caddy reads it: before 2.8 the directive of the login had another name."""
    text = (ROOT / "deploy" / "Caddyfile").read_text("utf-8")
    said = subprocess.run([caddy, "version"], capture_output=True, text=True, check=True).stdout
    major, minor = re.findall(r"\d+", said)[:2]
    return text if (int(major), int(minor)) >= (2, 8) else text.replace("basic_auth", "basicauth")


def authorization(login: str) -> dict[str, str]:
    """The header by which a browser says who asks."""
    return {"Authorization": f"Basic {base64.b64encode(login.encode()).decode()}"}


class Deployment:
    """The four services on a folder of volumes."""

    def __init__(self, folder: Path, images: Mapping[str, Image], given: Mapping[str, str]) -> None:
        """The folder takes volumes and logs."""
        folder.mkdir()
        self.folder = folder
        found = services(given)
        (folder / "hosts").write_text(f"127.0.0.1 localhost {' '.join(found)} {HOST}\n")
        caddy = shutil.which("caddy")
        assert caddy, "Caddy is not installed"
        programs = (f"ro {caddy} /usr/bin/caddy",)
        (folder / "Caddyfile").write_text(caddyfile(caddy), "utf-8")
        door = found["caddy"]
        door["volumes"] = [
            one.replace("./deploy/Caddyfile", f"{folder}/Caddyfile") for one in door["volumes"]
        ]
        self.parts = {
            name: Container(name, images[name], service, folder, programs if name == "caddy" else ())
            for name, service in found.items()
        }
        self.given = given

    def start(self, *names: str) -> None:
        """Start some services and wait until they are healthy."""
        for name in names:
            self.parts[name].start()
        for name in names:
            if "healthcheck" in self.parts[name].service:
                until(self.parts[name].is_healthy, f"{name} to be healthy")

    def restart(self, name: str) -> None:
        """Stop a service and start it again, in a new container."""
        self.parts[name].stop()
        self.start(name)

    def end(self) -> None:
        """End what runs."""
        for part in self.parts.values():
            if part.process and part.process.poll() is None:
                part.kill()

    @property
    def data(self) -> Path:
        """The volume of the data, as this machine sees it."""
        return self.folder / "data"

    def snapshot(self) -> str:
        """The name of the published snapshot."""
        return (self.data / "published" / "current").readlink().name

    def runs(self) -> list[tuple[str, str, str]]:
        """Id, starter and status of each run, as the UI says through Caddy, the oldest first."""
        found = self.asked(LIST)["data"]["runsOrError"]["results"]
        return [(run["runId"], _starter(run["tags"]), run["status"]) for run in reversed(found)]

    def asked(self, query: str) -> dict[str, Any]:
        """The answer to a GraphQL query, asked through Caddy; nothing where it does not answer."""

        def look() -> dict[str, Any] | None:
            status, body = self.answered("POST", "/graphql", json.dumps({"query": query}))
            return json.loads(body) if status == 200 else None

        return until(look, "an answer to GraphQL")

    def answered(
        self, method: str = "GET", path: str = "/", body: str = "", login: str | None = f"{LOGIN}:{PASSWORD}"
    ) -> tuple[int, bytes]:
        """Status and body of an answer of Caddy; status 0 where there is none."""
        headers = {"Host": HOST, "Content-Type": "application/json"} | (authorization(login) if login else {})
        connection = http.client.HTTPConnection("127.0.0.1", 80, timeout=60)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        except OSError:
            return 0, b""
        finally:
            connection.close()


LIST = "{ runsOrError { ... on Runs { results { runId status tags { key value } } } } }"
STARTERS = {"dagster/schedule_name": "schedule", "dagster/sensor_name": "sensor"}
LAUNCH = (
    'mutation { launchRun(executionParams: {selector: {repositoryLocationName: "signals_pipeline", '
    'repositoryName: "__repository__", jobName: "refresh"}, runConfigData: {}}) { __typename } }'
)


# What is tried


def say(text: str) -> None:
    print(f"{datetime.now(UTC):%H:%M:%S}  {text}", flush=True)


def the_login_is_asked_for(deployment: Deployment) -> None:
    """Nobody gets in without the login, or under another name, and nobody changes anything."""
    asked = {
        login: deployment.answered(login=login)[0]
        for login in (None, f"{LOGIN}:wrong", f"{LOGIN}:{PASSWORD}")
    }
    assert list(asked.values()) == [401, 401, 200], asked
    connection = http.client.HTTPConnection("127.0.0.1", 3000)
    connection.request("GET", "/", headers={"Host": "evil.example"})
    assert connection.getresponse().status == 403
    given = authorization(f"{LOGIN}:{PASSWORD}")
    by_hand = {"additional_headers": given, "subprotocols": ["graphql-ws"], "origin": f"http://{HOST}"}
    with connect(f"ws://{HOST}/graphql", sock=socket.create_connection(("127.0.0.1", 80)), **by_hand):
        pass
    launched = deployment.asked(LAUNCH)["data"]["launchRun"]["__typename"]
    assert launched == "UnauthorizedError", launched
    say("login: 401 without, 401 with a wrong password, 200 with it; the guard 403; the UI launches nothing")


def runs_by_sensor_and_schedule(deployment: Deployment) -> None:
    """The sensor finds the cards, and the schedule is due later."""
    for starter in ("sensor", "schedule"):
        until(
            lambda who=starter: [run for run in deployment.runs() if run[1:] == (who, "SUCCESS")],
            f"a run by {starter}",
        )
        say(f"a run by {starter}: SUCCESS, snapshot {deployment.snapshot()}")


@contextmanager
def a_run_at_work(deployment: Deployment) -> Iterator[str]:
    """A run that the sensor started for a new card, held at the store; its id."""
    before = {run[0] for run in deployment.runs()}
    with (deployment.data / "build" / "lock").open("rb+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        write(Path(deployment.given["SIGNALS_CARDS"]), len(before) + 1000)

        def started() -> list[str]:
            return [one for one, _, status in deployment.runs() if one not in before and status == "STARTED"]

        yield until(started, "a run for the new card")[0]


def each_part_is_restarted_during_a_run(deployment: Deployment, taken: HttpListener) -> None:
    """Whatever is restarted, the card of the run is published; a run that dies with the daemon is told of."""
    for name in ("caddy", "web", "postgres", "daemon"):
        before = deployment.snapshot()
        with a_run_at_work(deployment) as run_id:
            deployment.restart(name)

        def status(run_id: str = run_id) -> str:
            found = {one: status for one, _, status in deployment.runs()}[run_id]
            return "" if found == "STARTED" else found

        ended = until(status, f"the end of run {run_id}")
        until(lambda before=before: deployment.snapshot() != before, "a new snapshot")
        say(f"{name} restarted during a run: {ended}, then snapshot {deployment.snapshot()}")
        assert ended == ("FAILURE" if name == "daemon" else "SUCCESS")
    events = until(
        lambda: (
            [body["event"] for _, body in taken.taken] if taken.taken[-1][1]["event"] == "works again" else []
        ),
        "the notice that it works again",
    )
    assert events[-2:] == ["run lost", "works again"], events
    say(f"notices by webhook: {', '.join(events)}")


def a_backup_is_restored_into_empty_volumes(first: Deployment, second: Deployment) -> None:
    """What docs/OPERATIONS.md says of a backup, and the same snapshot and history afterwards."""
    runs, snapshot = first.runs(), first.snapshot()
    backups = first.folder / "backups"
    backups.mkdir()
    os.chown(backups, *map(int, first.parts["daemon"].image.user.split(":")))
    said = first.parts["daemon"].once("signals", "backup", "/backup", mounts=[f"rw {backups} /backup"])
    dump = first.parts["postgres"].exec("pg_dump", "-U", "signals", "signals")
    first.end()
    say(f"backup while all goes on: {len(dump) / 1e6:.1f} MB of history; {said.decode().strip()}")
    (copy,) = backups.iterdir()

    second.start("postgres")
    second.parts["postgres"].exec(
        "psql", "-q", "-v", "ON_ERROR_STOP=1", "-U", "signals", "signals", given=dump
    )
    second.parts["daemon"].once("cp", "-a", "/backup/data/.", "/data/", mounts=[f"ro {copy} /backup"])
    second.start("web", "daemon", "caddy")
    assert second.snapshot() == snapshot
    assert second.runs()[: len(runs)] == runs
    second.parts["daemon"].exec(
        "sh", "-c", "cd /data/published/current && sha256sum --quiet --check SHA256SUMS"
    )
    said = second.parts["daemon"].exec("signals", "run").decode()
    assert second.snapshot() == snapshot, said
    with a_run_at_work(second) as run_id:
        pass
    until(
        lambda: [run for run in second.runs() if run[0] == run_id and run[2] == "SUCCESS"], "a run after that"
    )
    say(f"restored: the same snapshot {snapshot} and {len(runs)} runs; a new card was published afterwards")


def no_password_lies_about(given: Mapping[str, str], *deployments: Deployment) -> None:
    """Neither the data nor a log holds the password of PostgreSQL."""
    secret = given["SIGNALS_POSTGRES_PASSWORD"].encode()
    for one in deployments:
        for path in (*one.data.rglob("*"), *one.folder.glob("*.log")):
            assert not path.is_file() or secret not in path.read_bytes(), path
    say("the password of PostgreSQL is in no file of the data and in no log")


def main(folder: Path) -> None:
    """Make the image, then try all in a network that nothing else is in."""
    # Whatever ends this ends the services too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    folder.mkdir(parents=True, exist_ok=True)
    made = images(build(folder))
    say("the image is made")
    assert ctypes.CDLL(None).unshare(NEW_NETWORK_AND_MOUNTS) == 0, "no namespaces may be made here"
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    with tempfile.TemporaryDirectory(dir=folder) as scratch, webhook() as taken:
        cards = Path(scratch) / "cards"
        corpus.generate(cards, n_cards=CARDS, n_issues=ISSUES)
        hashed = subprocess.run(
            ["caddy", "hash-password", "--plaintext", PASSWORD], capture_output=True, text=True, check=True
        )
        given = {
            "SIGNALS_HOST": HOST,
            "SIGNALS_SCHEME": "http",
            "SIGNALS_LOGIN": LOGIN,
            "SIGNALS_LOGIN_HASH": hashed.stdout.strip(),
            "SIGNALS_POSTGRES_PASSWORD": secrets.token_hex(24),
            "SIGNALS_CARDS": str(cards),
            "SIGNALS_WEBHOOK": taken.address,
            "SIGNALS_DAILY_AT": f"{datetime.now(UTC) + SCHEDULED:%H:%M}",
        }
        first, second = (Deployment(Path(scratch) / name, made, given) for name in ("first", "second"))
        try:
            first.start("postgres")
            first.start("web", "daemon", "caddy")
            say("PostgreSQL, web server and daemon are healthy")
            the_login_is_asked_for(first)
            runs_by_sensor_and_schedule(first)
            each_part_is_restarted_during_a_run(first, taken)
            a_backup_is_restored_into_empty_volumes(first, second)
            no_password_lies_about(given, first, second)
        finally:
            first.end()
            second.end()


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
