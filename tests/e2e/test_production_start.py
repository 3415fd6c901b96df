"""A production that would show patients' words to others does not start, whatever starts it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from clinic.keys import generate_key
from tests.e2e.servers import ROOT, bot_python, environment_for, trained_model
from tests.ports import free_port

# As Rasa's own command starts it, not Marrow's: nothing of ours has a say before the endpoints are read.
BY_RASA = ["-W", "ignore", "-m", "rasa"]
BY_MARROW = ["-m", "bot"]
ENDPOINTS = "endpoints.production.yml"


def start(
    tmp_path: Path, module: list[str], *options: str, endpoints: str = ENDPOINTS, **variables: str
) -> tuple[int, str]:
    """Starts the bot from the production files; returns the code it ends with, and what it printed."""
    keys = ("TRACKER_KEY", "SESSION_KEY", "MESSAGING_KEY", "ACTIONS_SECRET")
    environment = environment_for(
        tmp_path,
        MARROW_ENVIRONMENT="production",
        MARROW_ACTIONS_URL="http://127.0.0.1:9/webhook",
        MARROW_WEBSITE_ORIGINS="https://clinic.example",
        **{f"MARROW_{name}": generate_key() for name in keys},
        **variables,
    )
    environment.update(variables)
    command = [bot_python(), *module, "run", "-i", "127.0.0.1", "-p", str(free_port()), "--model", str(trained_model())]
    command += ["--endpoints", endpoints, "--credentials", "credentials.production.yml", *options]
    try:
        ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)
    except subprocess.TimeoutExpired:
        pytest.fail("the bot started")
    return ended.returncode, ended.stdout + ended.stderr


def test_production_refuses_rasas_interface(tmp_path: Path) -> None:
    code, printed = start(tmp_path, BY_MARROW, "--enable-api")
    assert code != 0
    assert "--enable-api opens every conversation" in printed


def test_production_refuses_debugging_and_usage_reports(tmp_path: Path) -> None:
    code, printed = start(tmp_path, BY_RASA, "--debug", RASA_TELEMETRY_ENABLED="true")
    assert code != 0
    assert "--debug (or LOG_LEVEL=DEBUG) writes patients' words into the log" in printed
    assert "set RASA_TELEMETRY_ENABLED=false" in printed


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("  url: sqlite:///{folder}/elsewhere.db", "elsewhere.db, and what the channels know of them in"),
        (None, "conversations are kept in memory alone"),
    ],
)
def test_a_split_store_is_refused(tmp_path: Path, line: str | None, said: str) -> None:
    """A clinic's own endpoints file: the conversations in another file than the channels', or nowhere."""
    before, store, after = (ROOT / ENDPOINTS).read_text().partition("tracker_store:")
    kept, rest = after.split("\n\n", 1)
    if line is None:
        text = before + rest
    else:
        kept = kept.replace("  url: ${MARROW_TRACKER_URL}", line.format(folder=tmp_path))
        text = f"{before}{store}{kept}\n\n{rest}"
    own = tmp_path / "endpoints.yml"
    own.write_text(text)
    code, printed = start(tmp_path, BY_MARROW, endpoints=str(own))
    assert code != 0
    assert said in printed
