"""Looks for what a patient typed where it must not be: in logs, and unencrypted on disk."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from tests.e2e.servers import Stack


def leaks_in_logs(stack: Stack, values: Iterable[str]) -> list[str]:
    """`server: value` for each of `values` that stands in a log of `stack`."""
    return [
        f"{name}: {value}" for name, server in stack.servers.items() for value in values if _holds(server.log, value)
    ]


def leaks_on_disk(stack: Stack, values: Iterable[str]) -> list[str]:
    """`file: value` for each of `values` that lies readable in a file of the data directory."""
    files = [path for path in sorted(stack.data_dir.rglob("*")) if path.is_file()]
    return [f"{path.name}: {value}" for path in files for value in values if _holds(path, value)]


def _holds(path: Path, value: str) -> bool:
    content = path.read_bytes().lower()
    # JSON writes other scripts as escapes.
    return any(form.lower().encode() in content for form in (value, ascii(value)[1:-1]))
