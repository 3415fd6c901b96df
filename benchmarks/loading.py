"""What loading a model costs, as Rasa does it and as it is served: `.venv-bot/bin/python -m benchmarks.loading`."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

MODEL = Path("models/marrow.tar.gz")
LOAD = """
import json, resource, sys, time
from rasa.core.agent import Agent
Agent.load(sys.argv[1])
print("RESULT", json.dumps([time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))
"""
FAULTY_RESOLVER = """
from ruamel.yaml.resolver import VersionedResolver
from bot import yaml_resolver
VersionedResolver.resolve = yaml_resolver._resolve
"""
QUICKLY = """
from bot.model_loading import serve_models_quickly
from bot.without_tensorflow import leave_tensorflow_asleep
leave_tensorflow_asleep()
serve_models_quickly()
"""
WAYS = {
    "Rasa's own": FAULTY_RESOLVER + LOAD,
    "with the YAML library mended": "import bot\n" + LOAD,
    "as served": QUICKLY + LOAD,
}
RUNS = 3


def once(code: str) -> tuple[float, float]:
    """Seconds of processor time from the start of Python, and the greatest memory in MB."""
    environment = {**os.environ, "LOG_LEVEL": "ERROR", "RASA_TELEMETRY_ENABLED": "false", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code, str(MODEL)],
        env={**environment, "PYTHONPATH": "."},
        capture_output=True,
        text=True,
        check=True,
    )
    line = next(line for line in done.stdout.splitlines() if line.startswith("RESULT "))
    seconds, memory = json.loads(line.removeprefix("RESULT "))
    return seconds, memory


def main() -> None:
    """The ways take turns, so that a machine that is slow for a while is slow for all; medians are printed."""
    figures: dict[str, list[tuple[float, float]]] = {name: [] for name in WAYS}
    for run in range(RUNS):
        for name, code in WAYS.items():
            figures[name].append(once(code))
            print(f"run {run + 1}, {name}: {figures[name][-1][0]:.1f} s", file=sys.stderr, flush=True)
    for name, found in figures.items():
        seconds, memory = (statistics.median(column) for column in zip(*found, strict=True))
        print(f"{name:30} {seconds:6.1f} s of processor time {memory:6.0f} MB")


if __name__ == "__main__":
    main()
