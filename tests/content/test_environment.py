"""The environment that the processes get: defaults, secrets in files, and the template for a production."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from scripts.environment import DEFAULTS, SettingsFileError, for_supervisor, with_defaults
from scripts.settings_docs import template

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
TEMPLATE = (ROOT / "deploy" / "environment.example").read_text(encoding="utf-8")


def test_a_secret_may_stand_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("the-secret\n")
    values = with_defaults({"MARROW_TRACKER_KEY_FILE": str(file), "MARROW_DATA_KEY_FILE": ""})
    assert values["MARROW_TRACKER_KEY"] == "the-secret"
    assert "MARROW_DATA_KEY" not in values


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"MARROW_DATA_KEY_FILE": "{tmp}/none"}, "cannot be read"),
        ({"MARROW_DATA_KEY_FILE": "{tmp}/empty"}, "is empty"),
        ({"MARROW_DATA_KEY_FILE": "{tmp}/key", "MARROW_DATA_KEY": "other"}, "are both set"),
    ],
)
def test_a_file_that_gives_no_secret_is_named(tmp_path: Path, variables: dict[str, str], said: str) -> None:
    (tmp_path / "empty").write_text(" \n")
    (tmp_path / "key").write_text("the-secret")
    given = {name: value.replace("{tmp}", str(tmp_path)) for name, value in variables.items()}
    with pytest.raises(SettingsFileError, match=said) as raised:
        with_defaults(given)
    assert "MARROW_DATA_KEY_FILE" in str(raised.value)
    assert "the-secret" not in str(raised.value)


def test_what_is_read_from_a_file_reaches_the_shell(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("it's a secret")
    script = 'additions=$(.venv/bin/python -m scripts.environment); eval "$additions"; echo "$MARROW_DATA_KEY"'
    variables = {
        "PATH": os.environ["PATH"],
        "MARROW_DATA_KEY_FILE": str(tmp_path / "key"),
        "MARROW_DATA_DIR": str(tmp_path),
    }
    done = subprocess.run(
        ["bash", "-euc", script], cwd=ROOT, env=variables, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout.strip()) == (0, "it's a secret"), done.stderr


def test_the_template_is_up_to_date_and_sets_nothing_but_production() -> None:
    assert template(SETTINGS) == TEMPLATE, "run: .venv/bin/python -m scripts.settings_docs"
    values = dict(re.findall(r"^(MARROW_\w+)=(.*)$", TEMPLATE, re.MULTILINE))
    assert {name for name, value in values.items() if value} == {"MARROW_ENVIRONMENT"}
    assert set(DEFAULTS) <= set(values)
    for name in ("endpoints.production.yml", "credentials.production.yml"):
        needed = set(re.findall(r"\$\{(\w+)\}", (ROOT / name).read_text(encoding="utf-8")))
        assert needed <= set(values)


@pytest.mark.parametrize("environment", ["production", "staging"])
def test_rasas_interface_is_for_development_only(tmp_path: Path, environment: str) -> None:
    settings = {"MARROW_DATA_DIR": str(tmp_path), "MARROW_ENVIRONMENT": environment}
    assert "--enable-api" not in for_supervisor(settings)["SUPERVISOR_BOT_OPTIONS"]
    development = {**settings, "MARROW_ENVIRONMENT": "development"}
    assert "--enable-api" in for_supervisor(development)["SUPERVISOR_BOT_OPTIONS"]


def test_data_directory_and_logs_are_for_their_owner_only(tmp_path: Path) -> None:
    for_supervisor({"MARROW_DATA_DIR": str(tmp_path / "var"), "MARROW_ENVIRONMENT": "production"})
    for folder in (tmp_path / "var", tmp_path / "var" / "logs"):
        assert folder.stat().st_mode & 0o777 == 0o700


def test_the_supervisors_socket_has_a_name_that_the_system_takes(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    socket = for_supervisor({"MARROW_DATA_DIR": str(deep), "MARROW_ENVIRONMENT": "production"})["SUPERVISOR_SOCKET"]
    assert len(socket) < 104


def test_a_start_without_settings_says_what_to_do(tmp_path: Path) -> None:
    done = subprocess.run(
        ["deploy/start", str(tmp_path / "none")], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 78
    assert "Copy deploy/environment.example there" in done.stderr


@pytest.mark.skipif(not (shutil.which("systemd-analyze") or os.environ.get("CI")), reason="systemd is not installed")
def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    unit = (ROOT / "deploy" / "systemd" / "marrow.service").read_text(encoding="utf-8")
    assert "/opt/marrow/deploy/start" in unit
    own = tmp_path / "marrow.service"
    own.write_text(unit.replace("/opt/marrow", str(ROOT)).replace("=marrow\n", "=root\n"), encoding="utf-8")
    done = subprocess.run(["systemd-analyze", "verify", str(own)], capture_output=True, text=True, check=False)
    assert "marrow.service" not in done.stderr, done.stderr
