"""Whether a process is gone: what proves it, and what does not."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from signals_pipeline.core import processes
from signals_pipeline.core.processes import FIRST_NAMESPACE, Process, is_gone, this_process

NO_PID = 2**22
"""A number that no process has: the kernel counts up to one less."""

CONTAINER = "pid:[4026532178]"

ON_A_MACHINE = Process(
    host="harbour", machine="m1", boot="b1", namespace=FIRST_NAMESPACE, pid=NO_PID, started="1"
)
IN_A_CONTAINER = ON_A_MACHINE.model_copy(update={"namespace": CONTAINER})


def other(process: Process, **fields: object) -> Process:
    return process.model_copy(update=fields)


@pytest.fixture
def child() -> Iterator["subprocess.Popen[bytes]"]:
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    yield process
    process.kill()
    process.communicate()


def of_child(child: "subprocess.Popen[bytes]") -> Process:
    return other(this_process(), pid=child.pid, started=processes._state_and_start(child.pid)[1])


def test_this_process_is_there_and_says_where() -> None:
    here = this_process()
    assert here.pid == os.getpid()
    assert here.started
    assert not is_gone(here, here)
    assert Process.model_validate_json(here.model_dump_json()) == here


def test_a_process_that_was_killed_is_gone_whether_or_not_its_parent_took_note(
    child: "subprocess.Popen[bytes]",
) -> None:
    process = of_child(child)
    assert not is_gone(process, this_process())
    child.kill()
    # Returns once it has ended, and leaves it as it is.
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert is_gone(process, this_process()), "it waits for its parent"
    child.wait()
    assert is_gone(process, this_process()), "there is no such number"


def test_another_process_of_the_same_number_is_not_the_one_that_is_meant(
    child: "subprocess.Popen[bytes]",
) -> None:
    assert is_gone(other(of_child(child), started="long ago"), this_process())


def test_a_process_that_cannot_be_looked_at_is_taken_to_be_there(
    child: "subprocess.Popen[bytes]", monkeypatch: pytest.MonkeyPatch
) -> None:
    process = of_child(child)
    monkeypatch.setattr(processes, "_state_and_start", lambda pid: ("", ""))
    assert not is_gone(process, this_process())


def test_ps_tells_the_same_of_a_process_as_long_as_it_is_there(child: "subprocess.Popen[bytes]") -> None:
    state, started = processes._by_ps(child.pid)
    assert state
    assert started.count(":") == 2, "the time of a day"
    assert processes._by_ps(child.pid)[1] == started
    assert processes._by_ps(NO_PID) == ("", "")


@pytest.mark.parametrize("place", [ON_A_MACHINE, IN_A_CONTAINER], ids=["machine", "container"])
def test_a_number_that_nobody_has_is_proof_only_where_numbers_are_counted_together(place: Process) -> None:
    assert is_gone(place, other(place, pid=1))
    assert not is_gone(place, other(place, host="lighthouse"))
    assert not is_gone(place, other(place, namespace="pid:[4026532999]"))


def test_after_a_restart_of_the_machine_its_processes_are_gone_and_those_of_containers_are_left() -> None:
    assert is_gone(ON_A_MACHINE, other(ON_A_MACHINE, boot="b2", pid=1))
    assert not is_gone(IN_A_CONTAINER, other(IN_A_CONTAINER, boot="b2", pid=1))
    assert not is_gone(IN_A_CONTAINER, other(ON_A_MACHINE, boot="b2", pid=1))
    assert not is_gone(ON_A_MACHINE, other(IN_A_CONTAINER, boot="b2", pid=1))


def test_another_machine_of_the_same_name_was_not_started_again() -> None:
    assert not is_gone(ON_A_MACHINE, other(ON_A_MACHINE, boot="b2", machine="m2"))
    nameless = other(ON_A_MACHINE, machine="")
    assert not is_gone(nameless, other(nameless, boot="b2"))


@pytest.mark.parametrize("pid", ["0", "-1", "4194305", '"one"'])
def test_a_number_that_no_process_can_have_is_refused(pid: str) -> None:
    text = ON_A_MACHINE.model_dump_json().replace(f'"pid":{NO_PID}', f'"pid":{pid}')
    with pytest.raises(ValueError, match="pid"):
        Process.model_validate_json(text)
