"""Rasa's stock pipeline and policies on the same data, as `rasa init` of 3.6 suggests them.

It is trained for one epoch only: its answers are of no interest here, and its speed does not depend on them.
"""

from __future__ import annotations

import hashlib
import os
import resource
import subprocess
import time
from pathlib import Path

import yaml

from tests.e2e.servers import ROOT, Server, bot_python, environment_for, webhook_of
from tests.ports import free_port

BASELINE = ROOT / "bot/evaluation/baseline.yml"
CACHE = ROOT / ".cache/benchmark"
INPUTS = ("domain.yml", "data", "bot/importers", "bot/evaluation/baseline.yml", "benchmarks/stock.py")
EPOCHS = 1
POLICIES = [
    {"name": "MemoizationPolicy"},
    {"name": "RulePolicy"},
    {"name": "UnexpecTEDIntentPolicy", "max_history": 5, "epochs": EPOCHS},
    {"name": "TEDPolicy", "max_history": 5, "epochs": EPOCHS, "constrain_similarities": True},
]


def written_config(folder: Path) -> Path:
    """The stock configuration, written into `folder`."""
    config = yaml.safe_load(BASELINE.read_text(encoding="utf-8"))
    for component in config["pipeline"]:
        if "epochs" in component:
            component["epochs"] = EPOCHS
    config["importers"][0]["content"] = str(ROOT / "data")
    config["policies"] = POLICIES
    path = folder / "stock.yml"
    path.write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")
    return path


def digest() -> str:
    """What tells one state of the data from another."""
    found = hashlib.sha256()
    for name in INPUTS:
        path = ROOT / name
        files = sorted(path.rglob("*")) if path.is_dir() else [path]
        for file in files:
            if file.is_file() and "__pycache__" not in file.parts:
                found.update(str(file.relative_to(ROOT)).encode() + file.read_bytes())
    return found.hexdigest()[:16]


def trained(command: list[str]) -> dict[str, float]:
    """Seconds that a training takes, by the clock and of the processor; raises CalledProcessError where it fails."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begun = time.perf_counter()
    environment = {**environment_for(CACHE / "training"), "LOG_LEVEL": "ERROR"}
    subprocess.run([bot_python(), "-m", *command], cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = time.perf_counter() - begun
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"seconds": round(seconds, 1), "processor_seconds": round(processor, 1)}


def stock_model() -> tuple[Path, dict[str, float] | None]:
    """The stock model, trained where the data has changed; and what that took, if it was done."""
    CACHE.mkdir(parents=True, exist_ok=True)
    model = CACHE / f"stock-{digest()}.tar.gz"
    if model.exists():
        return model, None
    for old in CACHE.glob("stock-*.tar.gz"):
        old.unlink()
    config = written_config(CACHE)
    name = model.name.removesuffix(".tar.gz")
    options = ["--config", str(config), "--out", str(CACHE), "--fixed-model-name", name]
    return model, trained(["bot", "train", "--skip-validation", *options])


def marrow_training() -> dict[str, float]:
    """What training Marrow's own model takes; the model is thrown away."""
    took = trained(["bot", "train", "--skip-validation", "--fixed-model-name", "again", "--out", str(CACHE), "--force"])
    (CACHE / "again.tar.gz").unlink()
    return took


def stock_server(model: Path, directory: Path) -> tuple[Server, str]:
    """Rasa as it is, over REST, with its own store in a SQLite file; and the address of its webhook."""
    directory.mkdir(parents=True, exist_ok=True)
    store = {"type": "SQL", "dialect": "sqlite", "db": str(directory / "stock.db")}
    endpoints, credentials = directory / "endpoints.yml", directory / "credentials.yml"
    endpoints.write_text(yaml.safe_dump({"tracker_store": store}), encoding="utf-8")
    credentials.write_text("rest:\n", encoding="utf-8")
    port = free_port()
    command = [bot_python(), "-m", "rasa", "run", "--enable-api", "-i", "127.0.0.1", "-p", str(port)]
    files = ["--model", str(model), "--endpoints", str(endpoints), "--credentials", str(credentials)]
    environment = {**environment_for(directory), "LOG_LEVEL": "WARNING", "PYTHONPATH": os.fspath(ROOT)}
    return (
        Server([*command, *files], environment, f"http://127.0.0.1:{port}/status", directory / "stock.log"),
        webhook_of(port),
    )
