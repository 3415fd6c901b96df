"""The desk as a process of its own with made-up requests, and somebody of the team who drives it."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from clinic.bootstrap import Clinic, bootstrap
from clinic.domain.actors import Role
from clinic.settings import Settings
from scripts.demo import TEAM, add_team, fill
from tests.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 90


@dataclass(frozen=True)
class RunningDesk:
    """Where it is, the passwords of its team, and the clinic behind it."""

    address: str
    passwords: Mapping[str, str] = field(repr=False)
    clinic: Clinic
    cookies: dict[str, list[Any]] = field(default_factory=dict, repr=False)

    def sign_in(self, page: Page, name: str) -> None:
        """Sign in on the page that is open; again with the same session, since attempts are counted."""
        if name in self.cookies:
            page.context.add_cookies(self.cookies[name])
            page.goto(self.address)
            return
        page.goto(f"{self.address}/sign-in")
        page.get_by_label("Name").fill(name)
        page.get_by_label("Password").fill(self.passwords[name])
        page.get_by_role("button", name="Sign in", exact=True).click()
        page.wait_for_url(lambda address: "/sign-in" not in address)
        self.cookies[name] = list(page.context.cookies())


@contextmanager
def running_desk() -> Iterator[RunningDesk]:
    """One desk over a database of its own, with the demo's requests and team and an admin."""
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        mine = {"MARROW_DATA_DIR": folder, "MARROW_DESK_PORT": str(port), "MARROW_ENVIRONMENT": "development"}
        clinic = bootstrap(Settings(data_dir=Path(folder), _env_file=None))  # type: ignore[call-arg]
        now = datetime.now(UTC)
        fill(clinic, now)
        passwords = add_team(clinic, now, {**TEAM, "ada": Role.ADMIN})
        others = {name: value for name, value in os.environ.items() if not name.startswith("MARROW_")}
        log = Path(folder) / "desk.log"
        with log.open("wb") as written:
            process = subprocess.Popen(
                [sys.executable, "-m", "desk"], cwd=ROOT, env={**others, **mine}, stdout=written, stderr=written
            )
        try:
            _wait(f"http://127.0.0.1:{port}/health", process, log)
            yield RunningDesk(f"http://127.0.0.1:{port}", passwords, clinic)
        finally:
            process.terminate()
            process.wait(timeout=20)
            clinic.database.dispose()


def _wait(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    begun = time.monotonic()
    while time.monotonic() - begun < START_SECONDS:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(address, timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.3)
    raise AssertionError(f"the desk did not start:\n{log.read_text()}")
