"""Two bots, two action servers, desk and jobs on loopback, with nginx, PostgreSQL and Redis of their own.

`.venv/bin/python -m scripts.cluster run` makes and starts it, `roll` restarts one server after the other while patients
are served.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import xmlrpc.client
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from supervisor.xmlrpc import SupervisorTransport

from scripts.cluster_files import BALANCED, SERVERS, Files
from scripts.environment import ROOT, for_supervisor
from scripts.servers import CannotStart, check_free, is_up, wait_and_stop

FOLDER = ROOT / "var" / "cluster"
SUPERVISOR = "deploy/cluster/supervisord.conf"
START_SECONDS = 600
# So long an old worker of nginx may take to answer what it has.
RELOAD_SECONDS = 90


class Cluster(Files):
    """A cluster's processes, under the supervisor that deploy/start starts."""

    def __init__(
        self, folder: Path = FOLDER, ports: Mapping[str, int] | None = None, *, limits: bool = True, **settings: str
    ) -> None:
        super().__init__(folder, ports, limits=limits, **settings)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, **environment: str) -> Cluster:
        """Starts all under the supervisor, as deploy/start does; it goes on until `stop`."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("MARROW_", "CLUSTER_"))}
        command = [str(ROOT / "deploy/start"), str(self.settings_file), SUPERVISOR]
        with (self.folder / "supervisor.txt").open("ab") as output:
            self._process = subprocess.Popen(
                command, cwd=ROOT, env={**clean, **environment}, stdout=output, stderr=subprocess.STDOUT,
                start_new_session=True,
            )  # fmt: skip
        return self

    def wait_until_ready(self, names: tuple[str, ...] = tuple(SERVERS)) -> None:
        """Waits until servers say that they are ready; raises CannotStart when one does not."""
        until = time.monotonic() + START_SECONDS
        for name in names:
            while not is_up(f"http://127.0.0.1:{self.ports[SERVERS[name]]}/ready"):
                if time.monotonic() > until or (self._process is not None and self._process.poll() is not None):
                    raise CannotStart(f"{name} does not get ready; its log is {self.log(name)}")
                time.sleep(0.3)

    def stop(self) -> None:
        """Stops everything that `start` started."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            for name in [*SERVERS, "jobs", "nginx", "redis", "postgres"]:
                if pid := self.pid(name):
                    os.kill(pid, signal.SIGKILL)
            process.kill()

    def remove(self) -> None:
        """Takes away all files."""
        shutil.rmtree(self.postgres_folder, ignore_errors=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def supervisor(self) -> Any:
        """The supervisor's interface."""
        socket = for_supervisor(self.environment)["SUPERVISOR_SOCKET"]
        transport = SupervisorTransport("marrow", "marrow", f"unix://{socket}")
        return cast(Any, xmlrpc.client.ServerProxy("http://127.0.0.1", transport=transport)).supervisor

    def pid(self, name: str) -> int:
        """The process of a program; 0 while it has none."""
        try:
            return int(self.supervisor.getProcessInfo(name)["pid"])
        except (OSError, xmlrpc.client.Error):
            return 0

    def roll(self, names: Sequence[str] = tuple(SERVERS)) -> None:
        """Restarts one server after the other, each out of nginx's sight, so that no turn fails."""
        for name in names:
            self.drain(name)
            self.supervisor.stopProcess(name, True)
            self.supervisor.startProcess(name, False)
            self.wait_until_ready((name,))
            self.write_servers()
            self.reload()
            print(f"{name} is renewed", flush=True)
        self.supervisor.stopProcess("jobs", True)
        self.supervisor.startProcess("jobs", False)

    def drain(self, name: str) -> None:
        """Has nginx send nothing more to a server, and waits until what it has is answered."""
        if name in BALANCED:
            self.write_servers(without=name)
            self.reload()

    def reload(self) -> None:
        """Has nginx read its files; its old worker answers what it has, and ends."""
        before = _children(self.pid("nginx"))
        self.supervisor.signalProcess("nginx", "HUP")
        until = time.monotonic() + RELOAD_SECONDS
        while before & _children(self.pid("nginx")) and time.monotonic() < until:
            time.sleep(0.1)


def _children(pid: int) -> set[int]:
    """The processes that a process has started; none where there is none."""
    path = Path(f"/proc/{pid}/task/{pid}/children")
    return {int(found) for found in path.read_text().split()} if pid and path.exists() else set()


def run() -> int:
    """Starts the cluster and prints its addresses; Ctrl-C stops all."""
    cluster = Cluster()
    names = {f"CLUSTER_{name.upper()}_PORT": str(port) for name, port in cluster.ports.items()}
    check_free(names, tuple(names))
    cluster.prepare()
    print("Starting two bots, two action servers, desk, jobs, nginx, PostgreSQL and Redis (about 30 s) ...", flush=True)
    command = [str(ROOT / "deploy/start"), str(cluster.settings_file), SUPERVISOR]
    process = subprocess.Popen(command, cwd=ROOT)

    def announce() -> None:
        try:
            cluster.wait_until_ready()
        except CannotStart as problem:
            print(problem, flush=True)
            process.terminate()
            return
        print(
            "\nThe cluster is running. Stop it with Ctrl-C."
            "\n  renew its servers   .venv/bin/python -m scripts.cluster roll"
            f"\n  chat in a browser   {cluster.url}/   (a certificate of this machine's own)"
            f"\n  the clinic's desk   {cluster.desk_url}/"
            f"\n  settings            {cluster.settings_file}"
            f"\n  logs                {cluster.log('bot').parent}/\n",
            flush=True,
        )

    threading.Thread(target=announce, daemon=True).start()
    return wait_and_stop(process)


def main() -> None:
    """Command line: `run` or `roll`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["run", "roll"])
    try:
        if parser.parse_args().what == "run":
            sys.exit(run())
        Cluster().roll()
    except CannotStart as problem:
        sys.exit(f"The cluster cannot start: {problem}")


if __name__ == "__main__":
    main()
