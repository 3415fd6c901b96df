"""Starts, kills and restarts the real bot and the real action server, in a directory of their own."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import httpx
from typer.testing import CliRunner

from clinic.cli import app as marrow_commands
from scripts.environment import with_defaults
from tests.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 180
ANSWER_SECONDS = 60
TAIL_LINES = 25

ServerName = Literal["bot", "actions"]
Reply = dict[str, Any]


class ServerError(RuntimeError):
    """A server did not start, or ended on its own; the message holds the end of its log."""


def python_of(variable: str, default: str) -> str:
    """The interpreter that `variable` names, else `default` under the repository."""
    return os.environ.get(variable) or str(ROOT / default)


def clinic_python() -> str:
    """The clinic runtime's interpreter (MARROW_PYTHON)."""
    return python_of("MARROW_PYTHON", ".venv/bin/python")


def bot_python() -> str:
    """The bot runtime's interpreter (MARROW_BOT_PYTHON)."""
    return python_of("MARROW_BOT_PYTHON", ".venv-bot/bin/python")


def trained_model() -> Path:
    """The newest model archive; raises ServerError when none was trained."""
    models = sorted((ROOT / "models").glob("*.tar.gz"), key=lambda path: path.stat().st_mtime)
    if not models:
        raise ServerError("models/ holds no trained model: run `make train` first")
    return models[-1]


def tail(path: Path, skipped: int = 0) -> str:
    """The last lines of a log file, without its first `skipped` bytes."""
    if not path.exists():
        return ""
    text = path.read_bytes()[skipped:].decode("utf-8", errors="replace")
    return "\n".join(text.splitlines()[-TAIL_LINES:])


class Server:
    """One process with its log file; it can be killed and started again at the same port."""

    def __init__(self, command: list[str], environment: dict[str, str], health_url: str, log: Path) -> None:
        self._command = command
        self._environment = environment
        self._health_url = health_url
        self._process: subprocess.Popen[bytes] | None = None
        self.log = log

    def start(self, **changed: str) -> None:
        """Starts the process, with `changed` environment variables, and waits until it is healthy."""
        self.launch(**changed)
        self.wait_until_healthy()

    def launch(self, **changed: str) -> None:
        """Starts the process, with `changed` environment variables."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                cwd=ROOT,
                env={**self._environment, **changed},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # A group of its own: the kill below reaches the server's children and nobody else.
                start_new_session=True,
            )

    def wait_until_healthy(self) -> None:
        """Waits for the launched process; raises ServerError when it ends, or is not healthy in time."""
        process = self._process
        if process is None:
            raise ServerError(f"{self._command} was not launched")
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if process.poll() is not None:
                raise ServerError(f"{self._command} ended with {process.returncode}:\n{tail(self.log)}")
            try:
                status = httpx.get(self._health_url, timeout=5).status_code
            except httpx.TransportError:
                time.sleep(0.2)
                continue
            if status == httpx.codes.OK:
                return
            # Rasa serves even when it could not load its model, and says so here.
            self.kill()
            raise ServerError(f"{self._command} answered {status} at {self._health_url}:\n{tail(self.log)}")
        self.kill()
        raise ServerError(f"{self._command} did not answer within {START_SECONDS} s:\n{tail(self.log)}")

    @property
    def pid(self) -> int:
        """The running process; raises ServerError where there is none."""
        if self._process is None:
            raise ServerError(f"{self._command} was not launched")
        return self._process.pid

    def signal(self, how: signal.Signals) -> None:
        """Sends a signal to the process and its children."""
        if self._process is not None:
            os.killpg(self._process.pid, how)

    def kill(self) -> None:
        """SIGKILL: no chance to save anything."""
        self._end(signal.SIGKILL, 10)

    def stop(self) -> None:
        """SIGTERM, then SIGKILL when that is ignored."""
        self._end(signal.SIGTERM, 10)

    def _end(self, how: signal.Signals, patience: float) -> None:
        process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return
        os.killpg(process.pid, how)
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def environment_for(data_dir: Path, **settings: str) -> dict[str, str]:
    """The environment of a server in development: this process's own without its MARROW_ settings."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("MARROW_")}
    return with_defaults({**inherited, "MARROW_DATA_DIR": str(data_dir), **settings})


class ActionServer(Server):
    """The real action server, with its data and its log under `directory`.

    `command` starts another one than ours; {port} in it is the port.
    """

    def __init__(self, directory: Path, command: Sequence[str] = ("-m", "actions.server"), **settings: str) -> None:
        port = free_port()
        self.data_dir = directory / "data"
        self.data_dir.mkdir(parents=True)
        self.environment = environment_for(self.data_dir, MARROW_ACTIONS_PORT=str(port), **settings)
        self.url = f"http://127.0.0.1:{port}/webhook"
        self.actions_url = f"http://127.0.0.1:{port}/actions"
        super().__init__(
            [clinic_python(), *(part.format(port=port) for part in command)],
            self.environment,
            f"http://127.0.0.1:{port}/health",
            directory / "actions.log",
        )

    @property
    def key(self) -> dict[str, str]:
        """The header that opens the action server, as the bot sends it."""
        return {"Authorization": f"Bearer {(self.data_dir / 'actions.key').read_text().strip()}"}


def webhook_of(port: int) -> str:
    """Where a bot takes messages over REST."""
    return f"http://127.0.0.1:{port}/webhooks/rest/webhook"


def bot_server(port: int, environment: dict[str, str], log: Path, model: Path | None = None) -> Server:
    """The real bot at a port, with the trained model, not started."""
    return Server(
        [
            bot_python(), "-m", "bot", "run", "--enable-api", "-i", "127.0.0.1", "-p", str(port),
            "--model", str(model or trained_model()),
            "--endpoints", "endpoints.yml", "--credentials", "credentials.yml",
        ],
        environment,
        f"http://127.0.0.1:{port}/status",
        log,
    )  # fmt: skip


class Stack:
    """A bot and an action server that share one data directory."""

    def __init__(self, directory: Path, model: Path | None = None, **settings: str) -> None:
        port = free_port()
        model = model or trained_model()
        actions = ActionServer(directory, MARROW_BOT_PORT=str(port), **settings)
        self.data_dir = actions.data_dir
        self.environment = actions.environment
        self.webhook = webhook_of(port)
        bot = bot_server(port, self.environment, directory / "bot.log", model)
        self.servers: dict[ServerName, Server] = {"actions": actions, "bot": bot}
        # Without keep-alive: a connection kept open would die with a server that is killed and started again.
        self._http = httpx.Client(timeout=ANSWER_SECONDS, limits=httpx.Limits(max_keepalive_connections=0))

    def start(self) -> Stack:
        """Starts both servers at once; stops again what was started when one of them fails."""
        try:
            for server in self.servers.values():
                server.launch()
            for server in self.servers.values():
                server.wait_until_healthy()
        except ServerError:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """Stops both servers."""
        for server in self.servers.values():
            server.stop()

    def restart(self, name: ServerName, **changed: str) -> None:
        """SIGKILLs one server and starts it again, with `changed` environment variables."""
        self.servers[name].kill()
        self.servers[name].start(**changed)

    def say(self, sender: str, text: str) -> list[Reply]:
        """Sends one message as `sender` and returns the replies; raises httpx's errors."""
        answer = self._http.post(self.webhook, json={"sender": sender, "message": text})
        answer.raise_for_status()
        replies = answer.json()
        if not isinstance(replies, list):
            raise TypeError(f"the webhook answered {replies!r} instead of a list")
        return replies

    def references(self) -> set[str]:
        """References of all requests stored so far (from SQLite: the command line takes a second a call)."""
        database = self.data_dir / "clinic.db"
        if not database.exists():
            return set()
        with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
            return {row[0] for row in connection.execute("SELECT reference FROM consultation_requests")}

    def show_request(self, reference: str) -> dict[str, Any]:
        """What `marrow requests show REFERENCE --json` prints, in this process: starting Python takes two seconds."""
        shown = CliRunner().invoke(marrow_commands, ["requests", "show", reference, "--json"], env=self.environment)
        assert shown.exit_code == 0, shown.output
        return json.loads(shown.stdout)

    def marrow(self, *arguments: str) -> str:
        """Runs the clinic's command line on this stack's data and returns what it prints."""
        result = subprocess.run(
            [str(Path(clinic_python()).parent / "marrow"), *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=60,
        )
        if result.returncode != 0:
            raise AssertionError(f"marrow {' '.join(arguments)} failed:\n{result.stdout}{result.stderr}")
        return result.stdout

    def log_sizes(self) -> dict[ServerName, int]:
        """How long both logs are now, in bytes."""
        logs = {name: server.log for name, server in self.servers.items()}
        return {name: log.stat().st_size if log.exists() else 0 for name, log in logs.items()}

    def logs_since(self, sizes: dict[ServerName, int]) -> str:
        """The end of what both logs got since they had `sizes`, for a test's failure message."""
        return "\n".join(
            f"--- {name} log ---\n{tail(server.log, sizes.get(name, 0))}" for name, server in self.servers.items()
        )
