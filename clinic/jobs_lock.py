"""Tells other programs on this machine that the jobs run: a lock on a file in the data directory."""

import fcntl
import os
from pathlib import Path

from clinic.settings import make_private_directory

_FILE = "jobs.lock"


def hold(data_dir: Path) -> int:
    """Say that the jobs run, until this process ends; return the open file's descriptor. Several may run at once.

    Raises:
        OSError: the file cannot be made.
    """
    make_private_directory(data_dir)
    descriptor = os.open(data_dir / _FILE, os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    return descriptor


def is_held(data_dir: Path) -> bool:
    """Say whether jobs run on this data directory."""
    try:
        descriptor = os.open(data_dir / _FILE, os.O_RDWR)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
