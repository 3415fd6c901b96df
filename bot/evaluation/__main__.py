"""Command line of the evaluation; see `make evaluate` and docs/understanding.md."""

from __future__ import annotations

import os

# One thread, so that times compare; before anything imports TensorFlow or numpy.
for _variable in (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "TF_INTRA_OP_PARALLELISM_THREADS",
    "TF_INTER_OP_PARALLELISM_THREADS",
):
    os.environ.setdefault(_variable, "1")

import argparse  # noqa: E402
import hashlib  # noqa: E402
import itertools  # noqa: E402
import logging  # noqa: E402
import subprocess  # noqa: E402
import sys  # noqa: E402
import warnings  # noqa: E402
from collections.abc import Mapping  # noqa: E402
from pathlib import Path  # noqa: E402

import structlog  # noqa: E402
import yaml  # noqa: E402

from bot.evaluation import report, safety  # noqa: E402
from bot.evaluation.data import DataError, read  # noqa: E402
from bot.evaluation.scores import ALARMS, score  # noqa: E402
from bot.evaluation.understanding import Understood, understand  # noqa: E402
from bot.quiet import ignore_deprecations  # noqa: E402

OWN_DATA = Path("tests/evaluation")
MODEL = Path("models/marrow.tar.gz")
BASELINE_CONFIG = Path("bot/evaluation/baseline.yml")
TRAINED_ON = (Path("data/nlu.yml"), Path("data/responses.yml"), BASELINE_CONFIG)
TRAINED_ON_FOLDERS = (Path("data/nlu"), Path("data/knowledge"))


def baseline_config(epochs: int | None, folder: Path) -> Path:
    """The stock configuration; with `epochs`, a copy of it that is trained for so many only."""
    if epochs is None:
        return BASELINE_CONFIG
    config = yaml.safe_load(BASELINE_CONFIG.read_text(encoding="utf-8"))
    for component in config["pipeline"]:
        if "epochs" in component:
            component["epochs"] = epochs
    config["importers"][0]["content"] = str(Path("data").resolve())
    folder.mkdir(parents=True, exist_ok=True)
    shortened = folder / f"{epochs}-epochs.yml"
    shortened.write_text(yaml.safe_dump(config), encoding="utf-8")
    return shortened


def baseline_model(epochs: int | None = None) -> Path:
    """Rasa's stock pipeline trained on the same data; trained once for each state of the data."""
    digest = hashlib.sha256(str(epochs or "").encode())
    for path in (*TRAINED_ON, *(path for folder in TRAINED_ON_FOLDERS for path in sorted(folder.iterdir()))):
        digest.update(path.read_bytes())
    folder = Path(os.environ.get("MARROW_CACHE_DIR") or ".cache") / "baseline"
    name = digest.hexdigest()[:16]
    model = folder / f"nlu-{name}.tar.gz"
    if not model.exists():
        print("Training Rasa's stock pipeline on the same data (an hour or more, once) ...", flush=True)
        config = baseline_config(epochs, folder)
        command = [sys.executable, "-m", "bot", "train", "nlu", "--config", str(config), "--nlu", "data"]
        threads = {**os.environ, "TF_INTRA_OP_PARALLELISM_THREADS": "2", "OMP_NUM_THREADS": "2"}
        subprocess.run([*command, "--out", str(folder), "--fixed-model-name", model.name], check=True, env=threads)
    return model


def asked_for() -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m bot.evaluation", description=__doc__)
    parser.add_argument("--file", type=Path, default=OWN_DATA, help="a .jsonl file, or a folder of them")
    parser.add_argument("--model", type=Path, default=MODEL, help="the trained model")
    parser.add_argument("--baseline", action="store_true", help="measure Rasa's stock pipeline beside it")
    parser.add_argument("--epochs", type=int, help="train the stock pipeline for fewer epochs than its 100: a preview")
    parser.add_argument("--out", type=Path, default=Path("reports"), help="folder of the report")
    return parser.parse_args()


def keep_quiet() -> None:
    """Keeps libraries from printing between the figures, and Rasa from logging each message it parses."""
    logging.disable(logging.WARNING)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    warnings.simplefilter("ignore")
    ignore_deprecations()


def write_safety(sets: Mapping[Path, list[safety.Line]], understood: list[Understood], out: Path) -> None:
    """Prints and writes what was heard of the safety sets; `understood` holds their lines, set by set."""
    heard = iter([result.intent in ALARMS for result in understood])
    for folder, found in sets.items():
        shares = safety.count(found, list(itertools.islice(heard, len(found))))
        print(f"{report.write_safety(out, shares, folder.name)}\n")


def main() -> None:
    """Measures and writes the report."""
    arguments = asked_for()
    keep_quiet()
    try:
        messages = read(arguments.file)
    except DataError as problem:
        sys.exit(f"Cannot evaluate: {problem}")
    if not arguments.model.exists():
        sys.exit(f"Cannot evaluate: {arguments.model} is not there. Train it first: make train")
    models = {"Marrow": arguments.model}
    if arguments.baseline:
        short = f", {arguments.epochs} epochs" if arguments.epochs else ""
        models[f"Rasa's stock pipeline{short}"] = baseline_model(arguments.epochs)
    is_own = arguments.file == OWN_DATA
    sets = {folder: safety.read_set(folder) for folder in (safety.SET, safety.STRANGERS)} if is_own else {}
    lines = [line for found in sets.values() for line in found]
    answers = understand(models, [*messages.texts, *(line.text for line in lines)])
    results = {name: understood[: len(messages.texts)] for name, understood in answers.items()}
    columns = {name: score(messages, understood) for name, understood in results.items()}
    print(f"\n{report.table(columns)}\n")
    write_safety(sets, answers["Marrow"][len(messages.texts) :], arguments.out)
    source = "the project's own evaluation set" if is_own else arguments.file.name
    for path in report.write(arguments.out, source, messages, results, columns):
        print(f"written: {path}")


if __name__ == "__main__":
    main()
