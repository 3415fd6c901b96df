"""docs/operations.md says only what exists: its commands are run, and its alarms are looked up in the code."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path

import pytest

from clinic.keys import generate_key
from tests.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
BLOCKS = [
    [line.strip() for line in block.strip().splitlines()]
    for block in re.findall(r"^ *```\n(.*?)^ *```$", PAGE, re.MULTILINE | re.DOTALL)
]
COMMANDS = [line for block in BLOCKS for line in block]
SERVERS = [line for line in COMMANDS if re.search(r" -m (actions\.server|desk|bot)\b", line)]
JOBS = [line for line in COMMANDS if " -m clinic.jobs" in line]
START_SECONDS = 300


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, str]:
    """What the page's file of settings holds, for a production on SQLite."""
    actions, bot = free_port(), free_port()
    return {
        "MARROW_ENVIRONMENT": "production",
        "MARROW_DATA_DIR": str(tmp_path / "var"),
        "MARROW_DATA_KEY": generate_key(),
        "MARROW_AUDIT_KEY": generate_key(),
        "MARROW_TRACKER_KEY": generate_key(),
        "MARROW_ACTIONS_SECRET": generate_key(),
        "MARROW_SESSION_KEY": generate_key(),
        "MARROW_WEBSITE_ORIGINS": "https://www.clinic.example",
        "MARROW_ACTIONS_URL": f"http://127.0.0.1:{actions}/webhook",
        "MARROW_ACTIONS_PORT": str(actions),
        "MARROW_BOT_PORT": str(bot),
        "MARROW_DESK_PORT": str(free_port()),
    }


def prepared(settings: Mapping[str, str], tmp_path: Path) -> str:
    """The page's first block, with its file of settings in the test's folder."""
    file = tmp_path / "environment"
    file.write_text("".join(f"{name}={shlex.quote(value)}\n" for name, value in settings.items()), encoding="utf-8")
    return "\n".join(BLOCKS[0]).replace("/etc/marrow/environment", str(file))


def shell(script: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("MARROW_")}
    return subprocess.run(
        ["bash", "-euc", script], cwd=ROOT, env=clean, capture_output=True, text=True, timeout=120, check=False
    )


def test_the_commands_of_the_page_work_in_its_order(settings: dict[str, str], tmp_path: Path) -> None:
    """The data is made first, as a running Marrow has it; the servers themselves have a test of their own."""
    (tmp_path / "backups").mkdir()
    run = [line for line in COMMANDS if line.startswith(".venv/bin/marrow")]
    assert {shlex.split(line)[1] for line in run} >= {"backup", "restore", "doctor", "db", "keys"}
    begin = prepared(settings, tmp_path)
    assert shell(f"{begin}\n.venv/bin/marrow db upgrade").returncode == 0
    for line in run:
        own = line.replace("/backups/", f"{tmp_path}/backups/")
        if " restore " in own and "--replace" not in own:
            (tmp_path / "var" / "clinic.db").unlink()
        done = shell(f"{begin}\n{own}")
        assert done.returncode == 0, f"{line}: {done.stdout}{done.stderr}"


def test_every_other_command_is_a_server_or_a_make_target() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for line in COMMANDS[len(BLOCKS[0]) :]:
        if line.startswith("make "):
            assert all(re.search(rf"^{target}:", makefile, re.MULTILINE) for target in line.split()[1:])
        else:
            # tests/e2e/test_production.py starts what deploy/ holds.
            assert line.startswith((".venv/bin/marrow ", "deploy/start ")) or line in [*SERVERS, *JOBS]


def test_the_jobs_start_as_the_page_says(settings: dict[str, str], tmp_path: Path) -> None:
    [line] = JOBS
    done = shell(f"{prepared(settings, tmp_path)}\n{line} --once")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("line", SERVERS, ids=["action server", "desk", "bot"])
def test_a_production_starts_as_the_page_says(line: str, settings: dict[str, str], tmp_path: Path) -> None:
    if " -m bot " in line and not (ROOT / "models" / "marrow.tar.gz").exists():
        pytest.fail("models/ holds no trained model: run `make train` first")
    program = re.search(r" -m (\w+)", line)
    assert program
    variable, path = f"MARROW_{program[1].upper()}_PORT", "/" if program[1] == "bot" else "/health"
    log = tmp_path / "log"
    script = f"{prepared(settings, tmp_path)}\nexec {line}"
    clean = {name: value for name, value in os.environ.items() if not name.startswith("MARROW_")}
    with log.open("w") as output:
        process = subprocess.Popen(["bash", "-euc", script], cwd=ROOT, env=clean, stdout=output, stderr=output)
    try:
        assert answers(f"http://127.0.0.1:{settings[variable]}{path}", process), log.read_text()
    finally:
        process.terminate()
        process.wait(timeout=30)


def answers(address: str, process: subprocess.Popen[bytes]) -> bool:
    begun = time.monotonic()
    while time.monotonic() - begun < START_SECONDS and process.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=2) as reply:
                return bool(reply.status == 200)
        except OSError:
            time.sleep(0.5)
    return False


def alarms() -> list[str]:
    table = PAGE.split("## Alarms", 1)[1].split("\n## ", 1)[0]
    rows = [line for line in table.splitlines() if line.startswith("| ") and not line.startswith("| what")]
    return [text for row in rows for text in re.findall(r"`([^`]+)`", row.split(" | ")[0]) if "marrow " not in text]


def test_there_are_ten_alarms_and_marrow_says_each_of_them() -> None:
    code = "".join(
        re.sub(r'"\s*\n\s*f?"', "", path.read_text(encoding="utf-8"))
        for folder in ("bot", "clinic", "actions")
        for path in sorted((ROOT / folder).rglob("*.py"))
    )
    assert len(alarms()) >= 10
    assert [text for text in alarms() if text not in code] == []


def test_every_variable_of_the_page_exists() -> None:
    known = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    named = set(re.findall(r"MARROW_[A-Z_]+[A-Z]", PAGE))
    assert named
    assert [name for name in sorted(named) if f"`{name}`" not in known] == []
