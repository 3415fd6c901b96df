"""Ports for the servers that tests start, never the same for two tests that run at once."""

from __future__ import annotations

import fcntl
import random
import socket
import tempfile
from pathlib import Path
from typing import IO

# Below the ports that outgoing connections are given (32768 and up on Linux): one of those could take a port between
# the moment it is chosen and the moment its server listens.
FIRST, LAST = 20000, 32000
# Held until this process ends; another process that wants the same port finds its file locked.
_held: list[IO[bytes]] = []


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listens on, and that no other call gets while this process lives.

    Raises OSError where none is left.
    """
    folder = Path(tempfile.gettempdir()) / "marrow-test-ports"
    folder.mkdir(exist_ok=True)
    for port in random.SystemRandom().sample(range(FIRST, LAST), LAST - FIRST):
        file = (folder / str(port)).open("ab")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", port))
        except OSError:
            file.close()
            continue
        _held.append(file)
        return port
    raise OSError(f"no port between {FIRST} and {LAST} is free")
