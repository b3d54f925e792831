"""Which process is meant, and whether it is gone, where several machines and containers share a folder.

A number is no name of a process: each PID namespace counts its own, and each machine does.
"""

import hashlib
import os
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from pydantic import BaseModel, Field

FIRST_NAMESPACE = "pid:[4026531836]"
"""The PID namespace that the kernel begins with: whoever is in it is in no container."""

_LINUX = sys.platform == "linux"
_ENDED = ("Z", "X")
"""States of a process that has ended and that its parent has not looked after yet."""


class Process(BaseModel, frozen=True):
    """A process, by all that tells it from others.

    `host` is the machine's name and `machine` a hash of the id of its installation; `boot` is the id of the
    kernel's start, `namespace` the PID namespace that counts `pid`, and `started` when the process started,
    in the kernel's words. Systems without /proc have one namespace, and say nothing of `machine` and `boot`.
    """

    host: str
    machine: str
    boot: str
    namespace: str
    pid: int = Field(gt=0, le=2**22)
    started: str


def this_process() -> Process | None:
    """The process that asks; None where the system does not say which one that is."""
    if not _LINUX:
        return _process("", "", "")
    try:
        status = Path("/proc/self/status").read_text("utf-8", errors="replace")
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("utf-8").strip()
        namespace = os.readlink("/proc/self/ns/pid")  # noqa: PTH115
    except OSError:
        return None
    # A /proc of another namespace, which numbers otherwise, has the number in each of them here.
    numbers = next((line.split()[1:] for line in status.splitlines() if line.startswith("NSpid:")), [])
    return _process(_machine(), boot, namespace) if numbers == [str(os.getpid())] else None


def _process(machine: str, boot: str, namespace: str) -> Process:
    pid = os.getpid()
    return Process(
        host=socket.gethostname(),
        machine=machine,
        boot=boot,
        namespace=namespace,
        pid=pid,
        started=_state_and_start(pid)[1],
    )


def is_gone(process: Process, here: Process) -> bool:
    """Whether a process is gone for certain, as one can tell from `here`.

    False for one of another host or another PID namespace, which cannot be looked into from here. That a
    machine was started again since is proof without looking, though only outside of containers: two of them
    may share the name of the host and the id of the installation, whatever machines they are on.
    """
    if process.host != here.host:
        return False
    if process.boot != here.boot:
        in_containers = {process.namespace, here.namespace} != {FIRST_NAMESPACE}
        return not in_containers and bool(here.machine) and process.machine == here.machine
    return process.namespace == here.namespace and not _is_there(process)


def is_alive(pid: int) -> bool:
    """Whether a process of that number is there, as this namespace counts, and has not ended."""
    try:
        with suppress(PermissionError):
            os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    return _state_and_start(pid)[0][:1] not in _ENDED


def _is_there(process: Process) -> bool:
    # The number may be another one's by now. One that cannot be looked at is taken to be the same.
    return is_alive(process.pid) and _state_and_start(process.pid)[1] in ("", process.started)


def _state_and_start(pid: int) -> tuple[str, str]:
    """State and start of a process in the system's words; both empty where it says nothing of it."""
    if not _LINUX:
        return _by_ps(pid)
    try:
        text = Path(f"/proc/{pid}/stat").read_text("utf-8", errors="replace")
    except OSError:
        return "", ""
    # The name of the program stands in parentheses before them, and may hold any character.
    fields = text.rpartition(")")[2].split()
    return fields[0], fields[19]


def _by_ps(pid: int) -> tuple[str, str]:
    """The same as ps tells it, always in one language and time zone."""
    told = subprocess.run(  # noqa: S603
        ["/bin/ps", "-o", "stat=,lstart=", "-p", str(pid)],
        env={"LC_ALL": "C", "TZ": "UTC"},
        capture_output=True,
        text=True,
        check=False,
    )
    state, _, started = told.stdout.strip().partition(" ")
    return state, started.strip()


def _machine() -> str:
    """A hash of the id of this installation, which is not to be shown itself; empty where there is none."""
    try:
        found = Path("/etc/machine-id").read_text("utf-8").strip()
    except OSError:
        return ""
    return hashlib.sha256(f"signals_pipeline {found}".encode()).hexdigest()[:16] if found else ""
