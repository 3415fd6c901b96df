"""deploy/images and deploy/compose: read by the tools that know their formats, and true to what else starts Marrow.

No container engine is needed, and none has run them here (docs/deployment.md).
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from clinic.keys import key_problem
from scripts.environment import DEFAULTS, FILES

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = ROOT / "deploy" / "compose" / "compose.yml"
IMAGES = {name: ROOT / "deploy" / "images" / f"{name}.Dockerfile" for name in ("bot", "clinic")}
BIN = Path(sys.executable).parent
# Named elsewhere than among the defaults that both processes share.
CLINICS_OWN = {
    "MARROW_DATABASE_URL",
    "MARROW_DATA_KEY",
    "MARROW_AUDIT_KEY",
    "MARROW_ACTIONS_URL",
    "MARROW_BIND_HOST",
    "MARROW_DESK_PROXIES",
}


def compose() -> dict[str, Any]:
    return dict(YAML(typ="safe").load(COMPOSE.read_text(encoding="utf-8")))


def program(name: str) -> str:
    found = shutil.which(name, path=f"{BIN}{os.pathsep}{os.environ['PATH']}")
    if found is None:
        if os.environ.get("CI"):
            pytest.fail(f"{name} is not installed")
        pytest.skip(f"{name} is not installed")
    return found


def run(*command: str, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd=ROOT, **options)


@pytest.mark.parametrize("image", IMAGES)
def test_the_linter_finds_nothing_in_an_image_file(image: str) -> None:
    done = run(program("hadolint"), str(IMAGES[image]))
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_the_linter_finds_something_where_there_is_something(tmp_path: Path) -> None:
    wrong = tmp_path / "Dockerfile"
    wrong.write_text("FROM python\nRUN cd /tmp && sudo pip install rasa\n")
    assert run(program("hadolint"), str(wrong)).returncode != 0


def test_the_compose_file_fits_its_specification(tmp_path: Path) -> None:
    check = [program("check-jsonschema"), "--builtin-schema", "vendor.compose-spec"]
    done = run(*check, str(COMPOSE))
    assert done.returncode == 0, done.stdout
    wrong = tmp_path / "compose.yml"
    wrong.write_text(COMPOSE.read_text().replace("restart: unless-stopped", "restart: [unless-stopped]"))
    assert run(*check, str(wrong)).returncode != 0


@pytest.mark.parametrize("image", IMAGES)
def test_an_image_is_pinned_has_no_rights_and_holds_what_exists(image: str) -> None:
    text = IMAGES[image].read_text(encoding="utf-8")
    python = {"bot": ROOT / "bot" / ".python-version", "clinic": ROOT / ".python-version"}[image].read_text().strip()
    assert re.findall(r"^FROM (\S+)", text, re.M) == [f"python:{python}-slim-bookworm"] * 2
    assert "USER 10001:10001" in text.split("FROM")[-1]
    allowed = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    for sources in re.findall(r"^COPY (?!--from)(.+) \S+$", text, re.M):
        for source in sources.split():
            assert (ROOT / source).exists(), source
            assert any(Path(source).match(name.rstrip("/")) or source.startswith(name) for name in allowed), source


def test_the_images_start_what_the_supervisor_starts() -> None:
    commands = {}
    for image, file in IMAGES.items():
        text = file.read_text(encoding="utf-8")
        entry, arguments = (json.loads(found) for found in re.findall(r"^(?:ENTRYPOINT|CMD) (\[.*\])$", text, re.M))
        assert entry[0] == "deploy/images/start"
        assert os.access(ROOT / entry[0], os.X_OK)
        commands[image] = " ".join([*entry[1:], *arguments])
    supervisor = (ROOT / "deploy" / "supervisord.conf").read_text()
    actions, jobs, desk, bot = re.findall(r"^command=(.+)$", supervisor, re.M)
    assert commands["clinic"] == actions
    assert " ".join([".venv/bin/python", *compose()["services"]["jobs"]["command"]]) == jobs
    assert " ".join([".venv/bin/python", *compose()["services"]["desk"]["command"]]) == desk
    bot = bot.replace("%(ENV_SUPERVISOR_BOT_OPTIONS)s", FILES["production"]).replace("%(ENV_MARROW_BOT_PORT)s", "5005")
    assert commands["bot"] == bot.replace("127.0.0.1", "0.0.0.0")


def test_every_secret_of_the_compose_file_is_made_and_is_strong(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    make = str(ROOT / "deploy" / "compose" / "make-secrets")
    first = run(make, str(folder))
    assert first.returncode == 0, first.stderr
    made = {file.name: file.read_text().strip() for file in folder.iterdir()}
    assert set(made) == set(compose()["secrets"])
    assert folder.stat().st_mode & 0o077 == 0
    for name in ("data_key", "audit_key", "tracker_key", "session_key", "messaging_key", "actions_secret"):
        assert key_problem(made[name], strict=True) is None, name
    assert made["clinic_password"] in made["database_url"]
    assert made["owner_password"] in made["owner_url"]
    assert made["bot_password"] in made["tracker_url"]
    assert len(set(made.values())) == len(made)
    # Run again, it takes no key away.
    run(make, str(folder))
    assert {file.name: file.read_text().strip() for file in folder.iterdir()} == made


def test_every_setting_and_secret_that_the_compose_file_names_exists() -> None:
    services = compose()["services"]
    for name in ("actions", "bot", "desk", "jobs", "upgrade"):
        service = services[name]
        for variable, value in service["environment"].items():
            assert variable.removesuffix("_FILE") in {*DEFAULTS, *CLINICS_OWN}, variable
            if variable.endswith("_FILE"):
                assert Path(value).name in service["secrets"], variable
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert "ports" not in service
    assert [name for name, service in services.items() if "ports" in service] == ["nginx"]
    assert compose()["networks"]["inside"]["internal"] is True


def test_an_image_fills_in_defaults_and_secrets_and_becomes_the_program(tmp_path: Path) -> None:
    secret = tmp_path / "tracker_key"
    secret.write_text("a key\n")
    environment = {"PATH": os.environ["PATH"], "MARROW_DATA_DIR": str(tmp_path), "MARROW_ENVIRONMENT": "production"}
    show = "import os; print(os.environ['MARROW_TRACKER_KEY'], os.environ['RASA_TELEMETRY_ENABLED'])"
    start = str(ROOT / "deploy" / "images" / "start")
    done = run(start, sys.executable, "-c", show, env={**environment, "MARROW_TRACKER_KEY_FILE": str(secret)})
    assert done.stdout == "a key false\n", done.stderr
    missing = run(start, sys.executable, "-c", show, env={**environment, "MARROW_TRACKER_KEY_FILE": "/nowhere"})
    assert missing.returncode != 0
    assert "MARROW_TRACKER_KEY_FILE" in missing.stderr
