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
import logging  # noqa: E402
import subprocess  # noqa: E402
import sys  # noqa: E402
import warnings  # noqa: E402
from pathlib import Path  # noqa: E402

import structlog  # noqa: E402

from bot.evaluation import report  # noqa: E402
from bot.evaluation.data import DataError, read  # noqa: E402
from bot.evaluation.scores import score  # noqa: E402
from bot.evaluation.understanding import understand  # noqa: E402
from bot.quiet import ignore_deprecations  # noqa: E402

OWN_DATA = Path("tests/evaluation")
MODEL = Path("models/marrow.tar.gz")
BASELINE_CONFIG = Path("bot/evaluation/baseline.yml")
TRAINED_ON = (Path("data/nlu.yml"), Path("data/responses.yml"), BASELINE_CONFIG)


def baseline_model() -> Path:
    """Rasa's stock pipeline trained on the same data; trained once for each state of the data."""
    digest = hashlib.sha256()
    for path in (*TRAINED_ON, *sorted(Path("data/knowledge").glob("*.md"))):
        digest.update(path.read_bytes())
    folder = Path(os.environ.get("MARROW_CACHE_DIR") or ".cache") / "baseline"
    name = digest.hexdigest()[:16]
    model = folder / f"nlu-{name}.tar.gz"
    if not model.exists():
        print("Training Rasa's stock pipeline on the same data (10 to 20 minutes, once) ...", flush=True)
        command = [sys.executable, "-m", "bot", "train", "nlu", "--config", str(BASELINE_CONFIG), "--nlu", "data"]
        threads = {**os.environ, "TF_INTRA_OP_PARALLELISM_THREADS": "2", "OMP_NUM_THREADS": "2"}
        subprocess.run([*command, "--out", str(folder), "--fixed-model-name", model.name], check=True, env=threads)
    return model


def main() -> None:
    """Measures and writes the report."""
    parser = argparse.ArgumentParser(prog="python -m bot.evaluation", description=__doc__)
    parser.add_argument("--file", type=Path, default=OWN_DATA, help="a .jsonl file, or a folder of them")
    parser.add_argument("--model", type=Path, default=MODEL, help="the trained model")
    parser.add_argument("--baseline", action="store_true", help="measure Rasa's stock pipeline beside it")
    parser.add_argument("--out", type=Path, default=Path("reports"), help="folder of the report")
    arguments = parser.parse_args()
    logging.disable(logging.WARNING)
    # Rasa logs each message it parses at the debug level, which structlog prints unless told not to.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    warnings.simplefilter("ignore")
    ignore_deprecations()
    try:
        messages = read(arguments.file)
    except DataError as problem:
        sys.exit(f"Cannot evaluate: {problem}")
    if not arguments.model.exists():
        sys.exit(f"Cannot evaluate: {arguments.model} is not there. Train it first: make train")
    models = {"Marrow": arguments.model}
    if arguments.baseline:
        models["Rasa's stock pipeline"] = baseline_model()
    results = {name: understand(model, messages.texts, name) for name, model in models.items()}
    columns = {name: score(messages, understood) for name, understood in results.items()}
    print(f"\n{report.table(columns)}\n")
    source = arguments.file.name if arguments.file != OWN_DATA else "the project's own evaluation set"
    for path in report.write(arguments.out, source, messages, results, columns):
        print(f"written: {path}")


if __name__ == "__main__":
    main()
