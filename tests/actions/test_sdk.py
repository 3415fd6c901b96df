"""`python -m rasa_sdk --actions actions`: the SDK's own process serves Marrow's actions, in development only."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from actions.server import all_actions
from clinic.keys import generate_key
from tests.actions.test_door import CALL, post
from tests.actions.test_protocol import rasa_says
from tests.e2e.servers import ROOT, ActionServer, clinic_python, environment_for

COMMAND = ("-m", "rasa_sdk", "--actions", "actions", "--port", "{port}")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ActionServer]:
    running = ActionServer(tmp_path_factory.mktemp("sdk"), COMMAND)
    running.start()
    yield running
    running.stop()


def test_rasas_own_call_is_answered(server: ActionServer, tmp_path: Path) -> None:
    call = rasa_says("call", "validate_intake_form", "start my consultation request")
    answer = httpx.post(server.url, json=call, headers=server.key, timeout=30)
    assert answer.status_code == 200, answer.text
    file = tmp_path / "answer.json"
    file.write_text(answer.text)
    assert rasa_says("read", str(file)) == ["slot"] * len(answer.json()["events"])


def test_it_serves_every_action_and_no_other(server: ActionServer, services) -> None:
    served = {row["name"] for row in httpx.get(server.actions_url, headers=server.key, timeout=30).json()}
    assert served == {action.name() for action in all_actions(services)}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Authorization": ""}, 401),
        ({"Origin": "https://evil.example"}, 403),
        ({"Content-Type": "text/plain"}, 415),
    ],
)
def test_it_stands_behind_the_same_door(server: ActionServer, headers: dict[str, str], status: int) -> None:
    assert post(server, CALL, **headers).status_code == status


def test_it_listens_on_this_machine_only(server: ActionServer) -> None:
    """Any other address would do: 127.0.0.2 belongs to the machine too, and who listens on all answers there."""
    port = urlsplit(server.url).port
    socket.create_connection(("127.0.0.1", port), timeout=5).close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", port), timeout=5)


@pytest.mark.parametrize(
    ("environment", "options", "said"),
    [
        ("production", (), "it is for development only. In production start `python -m actions.server`"),
        ("development", ("--grpc",), "gRPC has no door"),
    ],
)
def test_it_does_not_start_where_it_would_stand_open(
    tmp_path: Path, environment: str, options: tuple[str, ...], said: str
) -> None:
    keys = {f"MARROW_{name}": generate_key() for name in ("DATA_KEY", "AUDIT_KEY", "ACTIONS_SECRET")}
    variables = environment_for(tmp_path, MARROW_ENVIRONMENT=environment, **keys)
    command = [clinic_python(), "-m", "rasa_sdk", "--actions", "actions", "--port", "0", *options]
    ended = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode != 0
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr
