"""Looks at the data directory: rights, room, and the files that hold keys and data."""

import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from clinic.doctor.findings import Finding, advice, ok, problem
from clinic.settings import Settings

_LEAST_ROOM = 500 * 1024 * 1024
_SECRET_FILES = ("*.key", "*.db", "*.db-wal", "*.db-shm", "*.log")


def file_findings(settings: Settings, env_file: Path = Path(".env")) -> Iterator[Finding]:
    """Yield what is found about the data directory and the file of settings."""
    directory = settings.data_dir
    if env_file.exists() and _open_to_others(env_file):
        yield problem(str(env_file), "may be read by other accounts", f"chmod 600 {env_file}")
    if not directory.exists():
        yield ok("data directory", f"{directory} does not exist yet; the first start makes it")
        return
    if not directory.is_dir():
        yield problem("data directory", f"{directory} is no directory", "Set MARROW_DATA_DIR to another place.")
        return
    yield from _directory(directory)
    yield from _erasure_log(settings.erasure_log_path)


def _directory(directory: Path) -> Iterator[Finding]:
    if not os.access(directory, os.W_OK | os.X_OK):
        yield problem(
            "data directory",
            f"{directory} cannot be written by this account",
            "Run the command as the account that Marrow runs as, or give that account the directory.",
        )
    if _open_to_others(directory):
        yield problem("data directory", f"{directory} may be entered by other accounts", f"chmod 700 {directory}")
        # Within a closed directory the rights of a file do not matter.
        for pattern in _SECRET_FILES:
            for path in sorted(directory.glob(pattern)):
                if _open_to_others(path):
                    yield problem(path.name, "may be read by other accounts", f"chmod 600 {path}")
    room = shutil.disk_usage(directory).free
    if room < _LEAST_ROOM:
        yield problem(
            "disk",
            f"{room // 2**20} MB are left for {directory}",
            "Make room: when the disk is full, answers and erasures cannot be kept.",
        )
    else:
        yield ok("data directory", f"{directory}, {room // 2**30} GB left")


def _erasure_log(log: Path) -> Iterator[Finding]:
    place = log if log.exists() else log.parent
    if place.is_dir() and place == log:
        yield problem("erasure log", f"{log} is a directory", "Set MARROW_ERASURE_LOG to a file.")
    elif not place.exists() or not os.access(place, os.W_OK):
        yield problem(
            "erasure log",
            f"{log} cannot be written, so that no patient can withdraw a request",
            "Give this account its directory, or set MARROW_ERASURE_LOG.",
        )
    elif not log.exists():
        yield ok("erasure log", f"{log} does not exist yet; the first erasure or backup makes it")
    elif _open_to_others(log):
        yield advice("erasure log", "may be read by other accounts", f"chmod 600 {log}")
    else:
        yield ok("erasure log", str(log))


def _open_to_others(path: Path) -> bool:
    return bool(stat.S_IMODE(path.stat().st_mode) & 0o077)
