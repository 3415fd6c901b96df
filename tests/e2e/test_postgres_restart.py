"""PostgreSQL is restarted, its connections cut, in the middle of an intake: nothing that was accepted is lost."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.conversations.checks import open_question
from tests.conversations.format import load_patients
from tests.conversations.player import REVIEW, ConversationError, Player
from tests.e2e.servers import Stack
from tests.ports import free_port

PATIENCE_SECONDS = 40
ACCOUNT = "postgres"


def programs() -> Path | None:
    """The folder of initdb and pg_ctl: on Debian they are not on the path."""
    found = [Path(name).parent for name in [shutil.which("initdb")] if name]
    return next(iter([*found, *sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)]), None)


class Cluster:
    """A PostgreSQL of the test's own; it refuses to run as root, so it gets Debian's account there."""

    def __init__(self, folder: Path, bin_folder: Path) -> None:
        self._bin = bin_folder
        self._data = folder / "data"
        self.port = free_port()
        self._as = ["runuser", "-u", ACCOUNT, "--"] if os.geteuid() == 0 else []
        self._log = folder / "log"
        self._run("initdb", "-D", str(self._data), "-A", "trust", "-U", ACCOUNT, "-E", "UTF8", "--no-sync")
        self._options = f"-p {self.port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        self.control("start")
        with psycopg.connect(f"postgresql://{ACCOUNT}@127.0.0.1:{self.port}/postgres", autocommit=True) as connection:
            for name in ("clinic", "conversations"):
                connection.execute(f"CREATE DATABASE {name}")  # type: ignore[arg-type]

    def url(self, name: str) -> str:
        """The address of a database."""
        return f"postgresql://{ACCOUNT}@127.0.0.1:{self.port}/{name}"

    def control(self, what: str, *options: str) -> None:
        """`pg_ctl`: start, restart or stop."""
        self._run("pg_ctl", "-D", str(self._data), "-l", str(self._log), "-o", self._options, "-w", *options, what)

    def _run(self, program: str, *arguments: str) -> None:
        command = [*self._as, str(self._bin / program), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd="/", stdin=subprocess.DEVNULL)
        assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    bin_folder = programs()
    if bin_folder is None:
        if os.environ.get("CI"):
            pytest.fail("PostgreSQL's server programs are not installed")
        pytest.skip("PostgreSQL's server programs are not installed")
    folder = Path(tempfile.mkdtemp(prefix="marrow-postgres-"))
    if os.geteuid() == 0:
        account = pwd.getpwnam(ACCOUNT)
        os.chown(folder, account.pw_uid, account.pw_gid)
    server = Cluster(folder, bin_folder)
    yield server
    server.control("stop", "-m", "immediate")
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def stack(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    urls = {
        "MARROW_DATABASE_URL": cluster.url("clinic").replace("postgresql:", "postgresql+psycopg:"),
        "MARROW_TRACKER_URL": cluster.url("conversations"),
    }
    stack = Stack(tmp_path_factory.mktemp("own-postgres"), **urls).start()
    yield stack
    stack.stop()


def say_until_taken(player: Player, answers: dict[str, str]) -> None:
    """Answers the open question, again as long as she is told that it could not be kept."""
    asked = open_question(player.replies)
    assert asked is not None
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        with contextlib.suppress(ConversationError):
            player.say(answers[asked["id"]])
        following = open_question(player.replies)
        if following is not None and following["id"] != asked["id"]:
            return
        assert time.monotonic() < until, f"{asked['id']} was never taken"
        time.sleep(1)


@pytest.mark.parametrize("how", ["fast", "immediate"])
def test_nothing_accepted_is_lost_when_postgres_restarts(stack: Stack, cluster: Cluster, how: str) -> None:
    answers = load_patients()["ana"]
    player = Player(stack, f"restart-{how}")
    player.answer_until("country", answers)
    cluster.control("restart", "-m", how)
    say_until_taken(player, answers)
    player.answer_until(REVIEW, answers)
    reference = player.send()
    stored = stack.show_request(reference)["answers"]
    assert stored["full_name"] == answers["full_name"]
    assert stored["country"]
