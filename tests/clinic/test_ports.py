"""The ports that tests start their servers on."""

from __future__ import annotations

import socket
import subprocess
import sys

from tests.ports import FIRST, LAST, free_port

MANY = "from tests.ports import free_port; import sys; print(*[free_port() for _ in range(60)]); sys.stdin.read()"


def test_two_processes_at_once_never_get_the_same_port():
    running = [
        subprocess.Popen([sys.executable, "-c", MANY], stdin=subprocess.PIPE, stdout=subprocess.PIPE) for _ in range(3)
    ]
    given = []
    for process in running:
        assert process.stdout is not None
        given += process.stdout.readline().split()
    for process in running:
        process.communicate(b"")
    assert len(given) == 180
    assert len(set(given)) == 180


def test_a_port_is_one_that_no_outgoing_connection_is_given_and_that_is_free():
    port = free_port()
    assert FIRST <= port < LAST
    with socket.socket() as server:
        server.bind(("127.0.0.1", port))
