"""A production that would show patients' words to others does not start, whatever starts it."""

from __future__ import annotations

import secrets
import subprocess
from pathlib import Path

import pytest

from tests.e2e.servers import ROOT, bot_python, environment_for, free_port, trained_model

# As Rasa's own command starts it, not Marrow's: nothing of ours has a say before the endpoints are read.
BY_RASA = ["-W", "ignore", "-m", "rasa"]
BY_MARROW = ["-m", "bot"]


def start(tmp_path: Path, module: list[str], *options: str, **variables: str) -> tuple[int, str]:
    """Starts the bot from the production files; returns the code it ends with, and what it printed."""
    keys = ("TRACKER_KEY", "SESSION_KEY", "MESSAGING_KEY", "ACTIONS_SECRET")
    environment = environment_for(
        tmp_path,
        MARROW_ENVIRONMENT="production",
        MARROW_ACTIONS_URL="http://127.0.0.1:9/webhook",
        MARROW_WEBSITE_ORIGINS="https://clinic.example",
        **{f"MARROW_{name}": secrets.token_urlsafe(32) for name in keys},
        **variables,
    )
    environment.update(variables)
    command = [bot_python(), *module, "run", "-i", "127.0.0.1", "-p", str(free_port()), "--model", str(trained_model())]
    command += ["--endpoints", "endpoints.production.yml", "--credentials", "credentials.production.yml", *options]
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
