"""Starts the website channel on a real Rasa server, with an agent that answers by rule."""

from __future__ import annotations

import json
import tempfile
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.servers import ROOT, Server, bot_python, environment_for
from tests.ports import free_port

APP = ROOT / "tests" / "bot" / "channels" / "website" / "app.py"
LEASE_SECONDS = 4.0
PREFIX = "/webhooks/website"
PAGE = "http://localhost:8000"
UNLIMITED = dict.fromkeys(("address_limit", "start_limit", "session_limit"), "1000000/second")


class WebsiteServer(Server):
    """One server process; two of them may share `data_dir`."""

    def __init__(
        self,
        directory: Path,
        data_dir: Path,
        *,
        lease_seconds: float = LEASE_SECONDS,
        cors: str | None = None,
        mortal: bool = False,
        **credentials: str,
    ) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        data_dir.mkdir(parents=True, exist_ok=True)
        self.data_dir = data_dir
        self.journal = data_dir / "journal.jsonl"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}{PREFIX}"
        settings = {
            "port": self.port,
            "journal": str(self.journal),
            "lease_seconds": lease_seconds,
            "cors": cors,
            "mortal": mortal,
            "credentials": {
                "data_dir": str(data_dir),
                "environment": "development",
                **UNLIMITED,
                **credentials,
            },
        }
        file = directory / "settings.json"
        file.write_text(json.dumps(settings), encoding="utf-8")
        super().__init__(
            [bot_python(), str(APP), str(file)],
            environment_for(data_dir, PYTHONWARNINGS="ignore"),
            f"{self.url}/health",
            directory / "server.log",
        )

    def processed(self) -> list[list[str]]:
        """Every message the agent got: conversation, message id, channel."""
        if not self.journal.exists():
            return []
        return [json.loads(line) for line in self.journal.read_text(encoding="utf-8").splitlines()]

    def times_processed(self, message_id: str) -> int:
        """How often the agent got a message."""
        return [entry[1] for entry in self.processed()].count(message_id)


class Chat:
    """A patient's browser: one session at one server."""

    def __init__(self, url: str, token: str | None = None, **headers: str) -> None:
        self.url = url
        self.http = httpx.Client(timeout=60, headers={"Origin": PAGE, **headers})
        self.session: dict[str, Any] = {}
        self.token = token or self.start()

    def start(self) -> str:
        """Starts a session and returns its token."""
        answer = self.http.post(f"{self.url}/session", json={"locale": "en"})
        assert answer.status_code == 201, answer.text
        self.session = answer.json()
        return str(self.session["token"])

    @property
    def headers(self) -> dict[str, str]:
        """The session's credential."""
        return {"Authorization": f"Bearer {self.token}"}

    def send(self, text: str, message_id: str | None = None) -> httpx.Response:
        """Sends one message; a new id unless one is given."""
        body = {"id": message_id or str(uuid.uuid4()), "text": text}
        return self.http.post(f"{self.url}/message", json=body, headers=self.headers)

    def say(self, text: str, message_id: str | None = None) -> list[dict[str, Any]]:
        """Sends one message and returns the replies."""
        answer = self.send(text, message_id)
        assert answer.status_code == 200, answer.text
        return answer.json()["replies"]

    def history(self, **query: str | int) -> httpx.Response:
        """One page of the history."""
        return self.http.get(f"{self.url}/history", params=query, headers=self.headers)

    def end(self) -> httpx.Response:
        """Ends the chat."""
        return self.http.delete(f"{self.url}/session", headers=self.headers)


@dataclass(frozen=True)
class WebsiteServers:
    """`one` and `two` share a database, like two workers; so does `mortal`, which may die and counts calls.

    `mortal` trusts this machine as its proxy, so that a test can call from addresses of its own.
    """

    one: WebsiteServer
    two: WebsiteServer
    mortal: WebsiteServer

    def everyone(self) -> tuple[WebsiteServer, ...]:
        """All of them."""
        return (self.one, self.two, self.mortal)


_SERVERS = pytest.StashKey[WebsiteServers]()
MORTAL = {
    "address_limit": "40/minute",
    "start_limit": "4/minute",
    "session_limit": "6/minute",
    "trusted_proxies": "127.0.0.1",
}


def website_servers(config: pytest.Config) -> WebsiteServers:
    """The test session's servers, started at first use, all at once."""
    if _SERVERS not in config.stash:
        folder = tempfile.TemporaryDirectory(prefix="marrow-website-", ignore_cleanup_errors=True)
        config.add_cleanup(folder.cleanup)
        base = Path(folder.name)
        servers = WebsiteServers(
            WebsiteServer(base / "one", base / "data"),
            # As with Rasa's own option for CORS, which must not open the channel.
            WebsiteServer(base / "two", base / "data", cors="*"),
            WebsiteServer(base / "mortal", base / "data", mortal=True, **MORTAL),
        )
        for server in servers.everyone():
            config.add_cleanup(server.stop)
        with ThreadPoolExecutor() as threads:
            list(threads.map(WebsiteServer.start, servers.everyone()))
        config.stash[_SERVERS] = servers
    return config.stash[_SERVERS]
