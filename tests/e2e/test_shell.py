"""`make shell` in a terminal of its own: chat, options by number, and a clean end."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.e2e.servers import ROOT, clinic_python, environment_for
from tests.ports import free_port

PROMPT = "Your input ->"
SECONDS = 120
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\r")


class Terminal:
    """The shell's process behind a pseudo-terminal."""

    def __init__(self, data_dir: Path) -> None:
        self.actions_port = free_port()
        ports = {"MARROW_ACTIONS_PORT": str(self.actions_port), "MARROW_BOT_PORT": str(free_port())}
        self._master, terminal = pty.openpty()
        self.process = subprocess.Popen(
            [clinic_python(), "-m", "scripts.servers", "shell"],
            cwd=ROOT,
            env={**environment_for(data_dir, **ports), "TERM": "xterm", "COLUMNS": "300"},
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            start_new_session=True,
        )
        os.close(terminal)

    def read_until(self, wanted: str) -> str:
        """What is printed up to and with `wanted`."""
        seen, deadline = "", time.monotonic() + SECONDS
        while wanted not in seen:
            assert time.monotonic() < deadline, f"{wanted!r} did not appear in:\n{seen[-2000:]}"
            if select.select([self._master], [], [], 1)[0]:
                seen = _ESCAPES.sub("", seen + os.read(self._master, 65536).decode(errors="replace"))
        return seen

    def say(self, text: str, expected: str, then: str = PROMPT) -> None:
        """Types a line and waits for `expected` and after it for `then`: what is typed earlier may be lost."""
        os.write(self._master, f"{text}\r".encode())
        answer = self.read_until(expected)
        if then not in answer[answer.rindex(expected) :]:
            self.read_until(then)

    def close(self) -> None:
        """Ends whatever still runs."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        os.close(self._master)


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    shell = Terminal(tmp_path)
    yield shell
    shell.close()


def test_a_chat_in_the_terminal(terminal: Terminal) -> None:
    terminal.read_until(PROMPT)
    terminal.say("hello", "1. Start my consultation request")
    terminal.say("1", "1. Yes, I agree")
    terminal.say("what is lupus?", "Sources: ", then="1. Yes, I agree")
    terminal.read_until(PROMPT)
    terminal.say("1", "2 of 7")
    terminal.say("/stop", "Killing Sanic server", then="")
    assert terminal.process.wait(timeout=30) == 0
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"http://127.0.0.1:{terminal.actions_port}/health")
