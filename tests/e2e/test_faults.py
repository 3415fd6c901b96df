"""Two bots and two action servers under load, while one thing after the other is killed, cut, hung, filled or stepped.

After each: no answer and no request is lost or doubled, each message is answered or its sender told to send it again,
order is kept, an emergency is answered, and all is well again without a hand. `MARROW_TEST_FAULTS=all` plays every
fault (a few unless set), `MARROW_TEST_SOAK` says how many messages are sent, `MARROW_TEST_FIGURES` names
a file for the figures.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis

from scripts.cluster import Cluster
from scripts.cluster_files import PORTS, SERVERS
from scripts.servers import CannotStart
from tests.clinic.mail_and_web import MailServer, serving
from tests.e2e.gated_clinic import UNLIMITED, wait_until
from tests.e2e.gates import Gate
from tests.e2e.load import Load
from tests.e2e.servers import trained_model
from tests.ports import free_port

ALL = os.environ.get("MARROW_TEST_FAULTS") == "all"
SOAK = int(os.environ.get("MARROW_TEST_SOAK", "0"))
FIGURES = os.environ.get("MARROW_TEST_FIGURES", "")
PATIENTS = 6 if ALL else 3
# One of each kind in the short form.
ROLLED = tuple(SERVERS) if ALL else ("actions", "bot")
HOLD_SECONDS = 6.0 if ALL else 3.0
RECOVERY_SECONDS = 240
# More than PostgreSQL lets its log grow to.
DISK = "2g"
CLOCK = next(map(str, Path("/usr/lib").glob("*/faketime/libfaketime.so.1")), "")
STEP_SECONDS = 3600


@dataclass
class Scene:
    """The cluster, what stands before its parts, and what was found so far."""

    cluster: Cluster
    load: Load
    gates: dict[str, Gate]
    mail: MailServer
    clock: Path
    has_small_disk: bool
    figures: list[dict[str, Any]] = field(default_factory=list)

    def kill(self, name: str) -> None:
        """SIGKILLs one process; the supervisor starts it again."""
        os.kill(self.cluster.pid(name), signal.SIGKILL)

    def redis(self) -> Any:
        """A client of the cluster's Redis."""
        return redis.Redis(port=self.cluster.ports["redis"])

    def is_well(self) -> bool:
        """Whether all processes run, both bots have their database, and both sides can be asked."""
        states = {info["name"]: info["statename"] for info in self.cluster.supervisor.getAllProcessInfo()}
        if set(states.values()) != {"RUNNING"}:
            return False
        try:
            self.cluster.wait_until_ready()
            self.cluster.requests()
            return bool(self.redis().ping())
        except (CannotStart, psycopg.Error, redis.RedisError):
            return False


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    trained_model()
    folder = tmp_path_factory.mktemp("cluster")
    ports = {name: free_port() for name in PORTS}
    clock = folder / "clock"
    clock.write_text("+0")
    with contextlib.ExitStack() as undo:
        mail = undo.enter_context(serving(MailServer()))
        gates = {
            "database": Gate(("127.0.0.1", ports["postgres"])),
            "action servers": Gate(("127.0.0.1", ports["balancer"])),
            "mail": Gate(("127.0.0.1", mail.port)),
        }
        cluster = Cluster(
            folder / "cluster",
            ports,
            limits=False,
            **UNLIMITED,
            MARROW_DATABASE_URL=f"postgresql+psycopg://marrow_clinic@127.0.0.1:{gates['database'].port}/marrow_clinic",
            MARROW_TRACKER_URL=f"postgresql://marrow_bot@127.0.0.1:{gates['database'].port}/marrow_conversations",
            MARROW_ACTIONS_URL=f"http://127.0.0.1:{gates['action servers'].port}/webhook",
            MARROW_NOTIFY_EMAIL_TO="desk@clinic.example",
            MARROW_SMTP_PORT=str(gates["mail"].port),
            MARROW_ACTION_TIMEOUT="5" if ALL else "15",
        )
        undo.callback(cluster.remove)
        cluster.postgres_folder.mkdir(parents=True, mode=0o700)
        mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(cluster.postgres_folder)]
        small = ALL and subprocess.run(mount, capture_output=True, check=False).returncode == 0
        if small:
            undo.callback(lambda: subprocess.run(["umount", "-l", str(cluster.postgres_folder)], check=False))
        try:
            cluster.prepare()
        except CannotStart as problem:
            if os.environ.get("CI"):
                pytest.fail(str(problem))
            pytest.skip(str(problem))
        undo.callback(cluster.stop)
        faked = {"LD_PRELOAD": CLOCK, "FAKETIME_TIMESTAMP_FILE": str(clock), "FAKETIME_CACHE_DURATION": "1"}
        faked["FAKETIME_DONT_FAKE_MONOTONIC"] = faked["DONT_FAKE_MONOTONIC"] = "1"
        cluster.start(**(faked if CLOCK and ALL else {}))
        cluster.wait_until_ready()
        for gate in gates.values():
            undo.callback(gate.close)
        load = Load(cluster, PATIENTS)
        undo.callback(load.end)
        yield Scene(cluster, load, gates, mail, clock, small)


def test_a_roll_out_fails_no_turn(scene: Scene) -> None:
    """Model, code and tables: the tables are upgraded first, then each server is restarted, and nobody notices."""
    before = scene.load.ledger.retries, scene.load.ledger.asked_again
    pids = {name: scene.cluster.pid(name) for name in ROLLED}
    scene.cluster.upgrade()
    scene.cluster.roll(ROLLED)
    assert all(scene.cluster.pid(name) not in (0, pids[name]) for name in ROLLED)
    assert (scene.load.ledger.retries, scene.load.ledger.asked_again) == before
    assert scene.load.ledger.wrong == []


def _restart(name: str) -> Callable[[Scene], None]:
    def act(scene: Scene) -> None:
        scene.cluster.supervisor.stopProcess(name, True)
        scene.cluster.supervisor.startProcess(name, False)

    return act


def _kill(name: str) -> Callable[[Scene], None]:
    return lambda scene: scene.kill(name)


def _cut_connections(scene: Scene) -> None:
    with psycopg.connect(scene.cluster.database("postgres"), autocommit=True) as connection:
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")


@contextlib.contextmanager
def _hung_action_server(scene: Scene) -> Iterator[None]:
    pid = scene.cluster.pid("actions")
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def _slow(gate: str, seconds: float) -> Callable[[Scene], contextlib.AbstractContextManager[None]]:
    @contextlib.contextmanager
    def act(scene: Scene) -> Iterator[None]:
        scene.gates[gate].delay = seconds
        try:
            yield
        finally:
            scene.gates[gate].delay = 0.0

    return act


def _gate(name: str, how: str) -> Callable[[Scene], contextlib.AbstractContextManager[None]]:
    @contextlib.contextmanager
    def act(scene: Scene) -> Iterator[None]:
        getattr(scene.gates[name], how)()
        try:
            yield
        finally:
            scene.gates[name].open()

    return act


@contextlib.contextmanager
def _full_disk(scene: Scene) -> Iterator[None]:
    if not scene.has_small_disk:
        pytest.skip("no small disk can be mounted here")
    filler = scene.cluster.postgres_folder / "filler"
    with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while file.write(b"0" * 65536):
            pass
    try:
        yield
    finally:
        filler.unlink()


@contextlib.contextmanager
def _clock(scene: Scene) -> Iterator[None]:
    if not CLOCK:
        pytest.skip("libfaketime is not installed")
    scene.clock.write_text(f"+{STEP_SECONDS}")
    try:
        yield
    finally:
        scene.clock.write_text("+0")


Act = Callable[[Scene], "contextlib.AbstractContextManager[None] | None"]
# Those of the short form come first.
SHORT: dict[str, Act] = {
    "a bot is killed": _kill("bot"),
    "an action server is killed": _kill("actions-2"),
    "PostgreSQL is restarted": _restart("postgres"),
    "Redis is emptied": lambda scene: scene.redis().flushall(),
}
LONG: dict[str, Act] = {
    "the other bot is killed": _kill("bot-2"),
    "the desk is killed": _kill("desk"),
    "the jobs are killed": _kill("jobs"),
    "nginx is killed": _kill("nginx"),
    "Redis is killed": _kill("redis"),
    "PostgreSQL is killed": _kill("postgres"),
    "PostgreSQL's connections are cut": _cut_connections,
    "Redis is restarted": _restart("redis"),
    "PostgreSQL is away": _gate("database", "close"),
    "PostgreSQL is hung": _gate("database", "hang"),
    "PostgreSQL is slow": _slow("database", 0.05),
    "the action servers are away": _gate("action servers", "close"),
    "the action servers are hung": _gate("action servers", "hang"),
    "an action server is hung": _hung_action_server,
    "the action servers are slow": _slow("action servers", 1.5),
    "the mail server is away": _gate("mail", "close"),
    "the disk is full": _full_disk,
    "the clock is stepped by an hour, and back": _clock,
}
# Nobody can answer while the one door is gone.
NO_DOOR = {"nginx is killed"}


@pytest.mark.parametrize("fault", [*SHORT, *(LONG if ALL else {})])
def test_nothing_is_lost_or_doubled_when(scene: Scene, fault: str) -> None:
    ledger = scene.load.ledger
    before = (ledger.messages, ledger.retries, ledger.asked_again, len(ledger.alarms), len(ledger.late))
    if fault in NO_DOOR:
        scene.load.alarms_expected.clear()
        time.sleep(2)
    act = (SHORT | LONG)[fault](scene)
    if isinstance(act, contextlib.AbstractContextManager):
        with act:
            time.sleep(HOLD_SECONDS)
    began = time.monotonic()
    wait_until(scene.is_well, RECOVERY_SECONDS)
    well = time.monotonic() - began
    scene.load.alarms_expected.set()
    # All who were held up are answered, and more than that.
    answered = ledger.messages
    wait_until(lambda: bool(ledger.wrong) or ledger.messages > answered + 5 * PATIENTS, RECOVERY_SECONDS)
    alarms = ledger.alarms[before[3] :]
    scene.figures.append(
        {
            "fault": fault,
            "messages": ledger.messages - before[0],
            "retries": ledger.retries - before[1],
            "asked_to_send_again": ledger.asked_again - before[2],
            "slowest_emergency_seconds": round(max(alarms, default=0.0), 2),
            "well_again_seconds": round(well, 1),
        }
    )
    print(f"\n{json.dumps(scene.figures[-1])}")
    assert ledger.wrong == []
    # How long an emergency takes is told of a machine that is not shared.
    assert not ALL or ledger.late[before[4] :] == []


def test_all_that_was_accepted_is_there_once_and_in_order(scene: Scene) -> None:
    ledger = scene.load.ledger
    wait_until(lambda: bool(ledger.wrong) or (ledger.messages >= SOAK and bool(ledger.references)), 24 * 3600)
    ledger = scene.load.stop()
    figures = {
        "messages": ledger.messages,
        "chats": len(ledger.chats),
        "requests": len(ledger.references),
        "emergencies": len(ledger.alarms),
        "faults": len(scene.figures),
        "retries": ledger.retries,
        "asked_to_send_again": ledger.asked_again,
        "lost": ledger.lost,
        "doubled": ledger.doubled,
        "slowest_emergency_seconds": round(max(ledger.alarms, default=0.0), 2),
        "by_fault": scene.figures,
    }
    print(f"\n{json.dumps(figures)}")
    if FIGURES:
        Path(FIGURES).write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    assert ledger.wrong == []
    assert ledger.references
    # The clinic hears of each request; what a killed process had in hand waits for its lease.
    wait_until(lambda: all(reference in _told(scene) for reference in ledger.references), 600)


def _told(scene: Scene) -> str:
    return "".join(str(letter.get_payload()) for letter in scene.mail.letters)
