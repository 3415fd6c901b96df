"""`make run` and `make shell`: start the processes, say when they are ready, stop them all."""

from __future__ import annotations

import argparse
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
import xmlrpc.client
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

from supervisor.xmlrpc import SupervisorTransport

from scripts.environment import MODEL, ROOT, SettingsFileError, for_supervisor, with_defaults

START_LIMIT_SECONDS = 180
SUPERVISOR = "deploy/supervisord.conf"
# A supervised program in one of these has ended while it was starting.
FAILED = frozenset({"BACKOFF", "FATAL", "EXITED"})
LINES_SHOWN = 15


class CannotStart(Exception):
    """Something the user can put right keeps Marrow from starting; the message says what."""


def port_of(environment: Mapping[str, str], variable: str) -> int:
    """The port that `variable` sets; raises CannotStart when it is no port."""
    value = environment[variable]
    if not value.isdigit() or not 0 < int(value) < 65536:
        raise CannotStart(f"{variable} is '{value}', which is no port. Set it to a number from 1 to 65535.")
    return int(value)


def check_free(environment: Mapping[str, str], variables: tuple[str, ...]) -> None:
    """Raises CannotStart for the first port of `variables` that another program uses."""
    for variable in variables:
        port = port_of(environment, variable)
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                raise CannotStart(
                    f"Port {port} is used by another program (perhaps Marrow is running already). "
                    f"Stop that program, or choose another port: {variable}={port + 1000} make run"
                ) from None


def is_up(address: str) -> bool:
    """Whether a server answers at `address`."""
    try:
        with urllib.request.urlopen(address, timeout=2) as reply:  # noqa: S310 (always http://127.0.0.1)
            return bool(reply.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def wait_until_up(address: str, has_failed: Callable[[], bool], what: str) -> bool:
    """Waits for `address`, with a sign of life every few seconds; False when it failed or time ran out."""
    begun = time.monotonic()
    while time.monotonic() - begun < START_LIMIT_SECONDS:
        if has_failed():
            return False
        if is_up(address):
            return True
        time.sleep(1)
        waited = int(time.monotonic() - begun)
        if waited and waited % 5 == 0:
            print(f"  ... {what} is starting ({waited} s; about 20 s in all)", flush=True)
    print(f"{what} has not come up within {START_LIMIT_SECONDS} s.", flush=True)
    return False


def state_of(environment: Mapping[str, str], program: str) -> str:
    """What the supervisor says of a program, such as "RUNNING", "BACKOFF" or "FATAL"; "" while it does not answer."""
    transport = SupervisorTransport("marrow", "marrow", f"unix://{environment['SUPERVISOR_SOCKET']}")
    try:
        supervisor = xmlrpc.client.ServerProxy("http://127.0.0.1", transport=transport)
        return str(cast(Any, supervisor.supervisor.getProcessInfo(program))["statename"])
    except (OSError, xmlrpc.client.Error):
        return ""


def first_accounts(environment: Mapping[str, str]) -> str:
    """What to print of accounts that were just made at the desk: the first admin, and the demo's team if it is wanted.

    In a production nobody is made by itself (docs/deployment.md). Raises CannotStart.
    """
    if environment["MARROW_ENVIRONMENT"] == "production":
        return ""
    command = [sys.executable, "-m", "scripts.demo", *([] if environment.get("MARROW_DEMO", "") else ["--admin-only"])]
    done = subprocess.run(command, cwd=ROOT, env=dict(environment), capture_output=True, text=True, check=False)
    if done.returncode:
        raise CannotStart(done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "the desk has no accounts")
    rows = "".join(f"    {line}\n" for line in done.stdout.splitlines())
    return f"  sign in there as (name, role, password; shown this once)\n{rows}" if rows else ""


def announce(environment: Mapping[str, str], process: subprocess.Popen[bytes], accounts: str) -> None:
    """Prints the addresses once all servers answer; stops everything when one of them cannot start."""
    bot = f"http://127.0.0.1:{environment['MARROW_BOT_PORT']}"
    actions = f"http://127.0.0.1:{environment['MARROW_ACTIONS_PORT']}"
    desk = f"http://127.0.0.1:{environment['MARROW_DESK_PORT']}"
    logs = Path(environment["SUPERVISOR_DATA_DIR"]) / "logs"
    for program, address, what in (
        ("actions", f"{actions}/health", "The action server"),
        ("desk", f"{desk}/health", "The desk"),
        ("bot", f"{bot}/status", "The bot"),
    ):

        def failed(program: str = program) -> bool:
            return process.poll() is not None or state_of(environment, program) in FAILED

        if wait_until_up(address, failed, what):
            continue
        if process.poll() is None:
            log = logs / f"{program}.log"
            print(f"{what} did not start. The end of its log, {log}:\n\n{end_of(log)}", flush=True)
            process.send_signal(signal.SIGTERM)
        return
    print(
        "\n"
        "Marrow is running. Stop it with Ctrl-C.\n"
        f"  chat in a browser   {bot}/     (a demo clinic's page)\n"
        f"  chat over HTTP      POST {bot}/webhooks/rest/webhook\n"
        f"  action server       {actions}/health\n"
        f"  the clinic's desk   {desk}/\n"
        f"{accounts}"
        "  requests            .venv/bin/marrow requests list\n"
        f"  logs                {logs}/\n",
        flush=True,
    )


def end_of(log: Path) -> str:
    """The last lines of a log."""
    if not log.exists():
        return "(it is empty)"
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-LINES_SHOWN:])


def run(environment: dict[str, str]) -> int:
    """Starts action server, bot, desk and jobs under a supervisor that keeps them running; returns its exit code."""
    check_free(environment, ("MARROW_ACTIONS_PORT", "MARROW_BOT_PORT", "MARROW_DESK_PORT"))
    environment = {**environment, **for_supervisor(environment)}
    print("Starting Marrow: action server, bot and desk ...", flush=True)
    accounts = first_accounts(environment)
    command = [sys.executable, "-m", "supervisor.supervisord", "--configuration", str(ROOT / SUPERVISOR)]
    # Named, so that it does not warn of running as whoever started it.
    process = subprocess.Popen([*command, "--user", str(os.getuid())], cwd=ROOT, env=environment)
    threading.Thread(target=announce, args=(environment, process, accounts), daemon=True).start()
    return wait_and_stop(process)


def wait_and_stop(process: subprocess.Popen[bytes]) -> int:
    """Waits for `process`; Ctrl-C and SIGTERM are passed on, and end in order."""

    def stop(signum: int, frame: object) -> None:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    return process.wait()


def shell(environment: dict[str, str]) -> int:
    """Runs `rasa shell` with the action server started before and stopped after it."""
    # The shell serves its own bot; any free port will do for it.
    check_free(environment, ("MARROW_ACTIONS_PORT", "MARROW_BOT_PORT"))
    actions = subprocess.Popen([sys.executable, "-m", "actions.server"], cwd=ROOT, env=environment)
    try:
        address = f"http://127.0.0.1:{environment['MARROW_ACTIONS_PORT']}/health"
        if not wait_until_up(address, lambda: actions.poll() is not None, "The action server"):
            return 1
        print("Loading the bot (about 20 s) ...", flush=True)
        command = [str(ROOT / ".venv-bot/bin/python"), "-m", "bot.shell", "--model", str(MODEL)]
        command += ["--endpoints", "endpoints.yml", "--credentials", "credentials.yml"]
        command += ["-i", "127.0.0.1", "-p", environment["MARROW_BOT_PORT"]]
        return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
    except KeyboardInterrupt:
        return 0
    finally:
        actions.terminate()
        actions.wait(timeout=10)


def main() -> None:
    """Command line: `run` or `shell`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["run", "shell"])
    what = parser.parse_args().what
    try:
        environment = with_defaults()
        sys.exit(run(environment) if what == "run" else shell(environment))
    except (CannotStart, SettingsFileError) as problem:
        sys.exit(f"Marrow cannot start: {problem}")


if __name__ == "__main__":
    main()
