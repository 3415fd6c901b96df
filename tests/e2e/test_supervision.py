"""`make run` keeps servers and jobs running: one that is killed comes back, and the others go on."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast
from xmlrpc.client import ServerProxy

import httpx
import pytest
from supervisor.xmlrpc import SupervisorTransport

from scripts.environment import for_supervisor
from tests.e2e.production import wait_until
from tests.e2e.servers import ROOT, clinic_python, environment_for, trained_model
from tests.ports import free_port

PROGRAMS = ("actions", "bot", "desk", "jobs")


class Running:
    """`python -m scripts.servers run` on a data directory of its own."""

    def __init__(self, directory: Path) -> None:
        trained_model()
        self.printed = directory / "printed.txt"
        self.ports = {"actions": free_port(), "bot": free_port(), "desk": free_port()}
        ports = {f"MARROW_{name.upper()}_PORT": str(port) for name, port in self.ports.items()}
        environment = environment_for(directory / "data", **ports)
        self.logs = directory / "data" / "logs"
        self.socket = for_supervisor(environment)["SUPERVISOR_SOCKET"]
        with self.printed.open("wb") as output:
            self.process = subprocess.Popen(
                [clinic_python(), "-m", "scripts.servers", "run"], cwd=ROOT, env=environment,
                stdout=output, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip

    def says(self, words: str) -> bool:
        """Whether it has printed `words`."""
        if self.process.poll() is not None and words not in self.printed.read_text():
            raise AssertionError(f"it ended:\n{self.printed.read_text()}")
        return words in self.printed.read_text()

    def pid(self, program: str) -> int:
        """The process of a program; 0 while it has none."""
        transport = SupervisorTransport("marrow", "marrow", f"unix://{self.socket}")
        supervisor = cast(Any, ServerProxy("http://127.0.0.1", transport=transport)).supervisor
        return int(supervisor.getProcessInfo(program)["pid"])

    def answers(self, program: str) -> bool:
        """Whether a program answers at its address; the jobs have none, and are there or not."""
        if program == "jobs":
            return self.pid(program) != 0
        path = "/status" if program == "bot" else "/health"
        try:
            return httpx.get(f"http://127.0.0.1:{self.ports[program]}{path}").is_success
        except httpx.HTTPError:
            return False


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    stack = Running(tmp_path_factory.mktemp("supervised"))
    try:
        wait_until(lambda: stack.says("Marrow is running"), "it did not come up")
        yield stack
    finally:
        if stack.process.poll() is None:
            os.killpg(stack.process.pid, signal.SIGKILL)


@pytest.mark.parametrize("killed", PROGRAMS)
def test_what_is_killed_comes_back_alone(running: Running, killed: str) -> None:
    before = {program: running.pid(program) for program in PROGRAMS}
    os.kill(before[killed], signal.SIGKILL)
    wait_until(lambda: running.pid(killed) not in (0, before[killed]), f"{killed} was not started again")
    wait_until(lambda: running.answers(killed), f"{killed} does not answer again")
    others = [program for program in PROGRAMS if program != killed]
    assert {program: running.pid(program) for program in others} == {program: before[program] for program in others}
    assert running.says(f"exited: {killed} (terminated by SIGKILL")


def test_a_person_reads_addresses_and_problems_and_the_rest_is_in_files(running: Running) -> None:
    printed = running.printed.read_text()
    assert f"http://127.0.0.1:{running.ports['bot']}/" in printed
    assert str(running.logs) in printed
    assert "INFO" not in printed
    assert "\x1b" not in printed
    for program in PROGRAMS:
        text = (running.logs / f"{program}.log").read_text()
        assert text
        assert "\x1b" not in text


def test_stopping_leaves_nothing_behind(running: Running) -> None:
    pids = [running.pid(program) for program in PROGRAMS]
    running.process.send_signal(signal.SIGTERM)
    assert running.process.wait(60) is not None
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
