"""Reads every lock file against the public advisories on its packages: `make audit`.

pip-audit asks OSV, `npm audit` its registry; scripts/advisories.yml lists what is accepted, why and until when. Ends
with 0: nothing but accepted findings; 1: others; 2: a lock file or the list cannot be read; 3: nobody could be asked.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name
from pip_requirements_parser import RequirementsFile
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

ROOT = Path(__file__).resolve().parent.parent
ACCEPTED = Path(__file__).with_suffix(".yml")
PYTHON_LOCKS = ("requirements.lock", "requirements-tools.lock", "bot/requirements.lock", "bot/encoder.lock")
NPM_LOCKS = ("widget/package-lock.json",)
FIELDS = {"id": str, "package": str, "why": str, "until": date}
# One question a package, over the network.
SECONDS = 900
PASSED, FOUND, UNREADABLE, NOT_AUDITED = range(4)

Pin = tuple[str, str]


class Unreadable(Exception):
    """A lock file, the list of accepted findings or a report is not what it should be; the message says which."""


class NotAudited(Exception):
    """Nobody could be asked for advisories; the message says who, and what happened."""


@dataclass(frozen=True)
class Finding:
    """One advisory on one package of a lock file; `names` are all ids it goes by."""

    lock: str
    package: str
    version: str
    names: tuple[str, ...]
    told: str

    def __str__(self) -> str:
        others = f" ({', '.join(self.names[1:])})" if self.names[1:] else ""
        return f"{self.lock}: {self.package} {self.version}: {self.names[0]}{others}: {self.told}"


@dataclass(frozen=True)
class Acceptance:
    """A finding that is lived with until a day (that day included)."""

    id: str
    package: str
    why: str
    until: date

    def covers(self, finding: Finding) -> bool:
        """Whether this is about `finding`."""
        return self.package == finding.package and self.id in finding.names


@dataclass
class Result:
    """What was found in the locks that could be audited, and why the others could not."""

    findings: list[Finding] = field(default_factory=list)
    audited: dict[str, int] = field(default_factory=dict)
    missed: dict[str, str] = field(default_factory=dict)


def read_accepted(file: Path) -> list[Acceptance]:
    """The accepted findings of `file`; raises Unreadable."""
    try:
        rows = YAML(typ="safe").load(file.read_text(encoding="utf-8")) or []
    except (OSError, YAMLError) as problem:
        raise Unreadable(f"{file.name}: {problem}") from None
    for number, row in enumerate(rows, start=1):
        fits = isinstance(row, dict) and set(row) == set(FIELDS)
        if not fits or any(not isinstance(row[name], kind) or not row[name] for name, kind in FIELDS.items()):
            raise Unreadable(f"{file.name}: entry {number} needs exactly id, package, why and until (a date)")
    return [Acceptance(**row) for row in rows]


def pins_of(lock: Path) -> list[Pin]:
    """Every pin of a Python lock, those for other systems and Python versions too; raises Unreadable."""
    if not lock.is_file():
        raise Unreadable(f"{lock} is not there")
    read = RequirementsFile.from_file(str(lock))
    pins = {(canonicalize_name(pin.name or ""), pin.get_pinned_version or "") for pin in read.requirements}
    if read.invalid_lines or not pins or any(not name or not version for name, version in pins):
        raise Unreadable(f"{lock} holds something else than pinned packages")
    return sorted(pins)


def _without_twins(pins: Sequence[Pin]) -> Iterator[list[Pin]]:
    """The pins in lists that name no package twice, as pip-audit wants them."""
    left = list(pins)
    while left:
        once = dict(reversed(left))
        yield sorted(once.items())
        left = [pin for pin in left if once[pin[0]] != pin[1]]


def _run(command: Sequence[str], folder: Path) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise NotAudited(f"{Path(command[0]).name} did not end within {SECONDS} s") from None


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or ["it said nothing"])[-1]


def _pip_audit(pins: Sequence[Pin], *options: str) -> list[dict[str, Any]]:
    """pip-audit's report on `pins`. Raises Unreadable, NotAudited.

    It leaves out what its own Python would not install: most of the bot's lock. So it gets the pins bare.
    """
    with tempfile.TemporaryDirectory() as folder:
        bare, report = Path(folder, "requirements.txt"), Path(folder, "report.json")
        bare.write_text("".join(f"{name}=={version}\n" for name, version in pins), encoding="utf-8")
        command = [sys.executable, "-m", "pip_audit", "--requirement", str(bare), "--no-deps", "--disable-pip"]
        command += ["--strict", "--vulnerability-service", "osv", "--format", "json", "--output", str(report)]
        command += ["--progress-spinner", "off", "--cache-dir", str(Path(folder, "cache"))]
        # Its collecting alone fails only for reasons that lie here.
        collected = _run([*command, "--dry-run"], ROOT)
        if collected.returncode:
            raise Unreadable(f"pip-audit: {_last_line(collected.stderr)}")
        report.unlink(missing_ok=True)
        done = _run(command, ROOT)
        if not report.is_file() or not report.stat().st_size:
            raise NotAudited(f"OSV: {_last_line(done.stderr)}")
        return list(json.loads(report.read_text(encoding="utf-8"))["dependencies"])


def audit_python(locks: Sequence[str], root: Path) -> tuple[dict[str, int], list[Finding]]:
    """How many pins each Python lock has, and what is known of them. Raises Unreadable, NotAudited."""
    pins = {lock: pins_of(root / lock) for lock in locks}
    every = sorted({pin for of_lock in pins.values() for pin in of_lock})
    read = [row for part in _without_twins(every) for row in _pip_audit(part)]
    known: dict[Pin, Any] = {(canonicalize_name(row["name"]), row["version"]): row["vulns"] for row in read}
    if set(known) != set(every):
        raise Unreadable("pip-audit did not read every package of the Python locks")
    findings = [_finding(lock, pin, row) for lock, of_lock in pins.items() for pin in of_lock for row in known[pin]]
    return {lock: len(of_lock) for lock, of_lock in pins.items()}, findings


def _finding(lock: str, pin: Pin, row: Mapping[str, Any]) -> Finding:
    fixed = ", ".join(row["fix_versions"]) or "no version yet"
    told = f"{row['description']} Mended in {fixed}."
    return Finding(lock, *pin, (row["id"], *sorted(row["aliases"])), told)


def audit_npm(locks: Sequence[str], root: Path) -> tuple[dict[str, int], list[Finding]]:
    """How many packages each npm lock has, and what is known of them. Raises Unreadable, NotAudited."""
    counts: dict[str, int] = {}
    findings: list[Finding] = []
    for lock in locks:
        packages, report = _npm_audit(lock, root / lock)
        counts[lock] = report["metadata"]["dependencies"]["total"]
        if counts[lock] != len([path for path in packages if path]):
            raise Unreadable(f"npm did not read all of {lock}")
        findings += _npm_findings(lock, packages, report["vulnerabilities"])
    return counts, findings


def _npm_audit(lock: str, file: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """The packages of an npm lock, and npm's report on them."""
    try:
        packages = json.loads(file.read_text(encoding="utf-8"))["packages"]
    except (OSError, ValueError, KeyError):
        raise Unreadable(f"{lock} cannot be read") from None
    npm = shutil.which("npm")
    if npm is None:
        raise NotAudited("npm is not installed")
    retries = ["--fetch-retries=1", "--fetch-retry-mintimeout=1000"]
    done = _run([npm, "audit", "--json", "--package-lock-only", *retries], file.parent)
    try:
        report = json.loads(done.stdout)
    except ValueError:
        raise NotAudited(f"npm: {_last_line(done.stderr)}") from None
    if "vulnerabilities" not in report:
        raise NotAudited(f"npm: {report.get('message') or _last_line(done.stderr)}")
    return packages, report


def _npm_findings(lock: str, packages: Mapping[str, Any], vulnerable: Mapping[str, Any]) -> Iterator[Finding]:
    for package, row in vulnerable.items():
        versions = sorted({packages[node]["version"] for node in row["nodes"] if node in packages})
        for via in row["via"]:
            # A package that only depends on a vulnerable one names it here; that one has a row of its own.
            if isinstance(via, dict):
                names = (via["url"].rsplit("/", 1)[-1], str(via["source"]))
                told = f"{via['title']} Versions {via['range']}."
                yield Finding(lock, package, ", ".join(versions), names, told)


def audit(root: Path = ROOT) -> Result:
    """Audits every lock file under `root`; raises Unreadable."""
    result = Result()
    for look, locks in ((audit_python, PYTHON_LOCKS), (audit_npm, NPM_LOCKS)):
        try:
            counts, findings = look(locks, root)
        except NotAudited as problem:
            result.missed |= dict.fromkeys(locks, str(problem))
        else:
            result.audited |= counts
            result.findings += findings
    return result


def judge(result: Result, accepted: Sequence[Acceptance], today: date) -> tuple[int, list[str]]:
    """The code to end with, and what to say."""
    said = [f"{lock}: {count} packages audited" for lock, count in result.audited.items()]
    said += _missed(result.missed)
    listed = [(finding, [entry for entry in accepted if entry.covers(finding)]) for finding in result.findings]
    found = [_found(finding, by) for finding, by in listed if all(entry.until < today for entry in by)]
    said += found
    if not result.missed:
        said += _stale(result.findings, accepted)
    if not result.audited:
        return NOT_AUDITED, said
    said.append(f"{len(listed)} findings, {sum(bool(by) for _, by in listed)} of them listed in {ACCEPTED.name}")
    return FOUND if found else NOT_AUDITED if result.missed else PASSED, said


def _missed(missed: Mapping[str, str]) -> Iterator[str]:
    """The lock files that were not audited, together where the reason is the same."""
    for why in dict.fromkeys(missed.values()):
        locks = ", ".join(lock for lock, reason in missed.items() if reason == why)
        yield f"NOT AUDITED {locks}: {_plain(why)}"


def _found(finding: Finding, by: Sequence[Acceptance]) -> str:
    return f"FOUND {finding}" + "".join(f" It was accepted until {entry.until}." for entry in by)


def _stale(findings: Sequence[Finding], accepted: Sequence[Acceptance]) -> list[str]:
    """What is accepted and does not occur any more."""
    return [
        f"STALE {entry.package}: {entry.id} does not occur any more: take it out of {ACCEPTED.name}"
        for entry in accepted
        if not any(entry.covers(finding) for finding in findings)
    ]


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", text)[:300]


def main(arguments: Sequence[str] | None = None) -> int:
    """Audits, prints, and returns the code to end with."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--accepted", type=Path, default=ACCEPTED, help="the list of accepted findings")
    parser.add_argument("--root", type=Path, default=ROOT, help="the folder that the lock files lie in")
    parser.add_argument(
        "--allow-unreachable",
        action="store_true",
        help="end with 0 where a service could not be asked and nothing else is wrong",
    )
    chosen = parser.parse_args(arguments)
    try:
        accepted = read_accepted(chosen.accepted)
        code, said = judge(audit(chosen.root), accepted, datetime.now(UTC).date())
    except Unreadable as problem:
        print(f"The dependencies cannot be audited: {problem}")
        return UNREADABLE
    print(*said, sep=os.linesep)
    return PASSED if code == NOT_AUDITED and chosen.allow_unreachable else code


if __name__ == "__main__":
    sys.exit(main())
