"""`python -m bot train` says a line a step; bars and colours are for terminals."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROJECT = {
    "config.yml": "recipe: default.v1\nassistant_id: test\nlanguage: en\npipeline: [{name: KeywordIntentClassifier}]\n"
    "policies: [{name: MemoizationPolicy}, {name: RulePolicy}]\n",
    "domain.yml": 'version: "3.1"\nintents: [greet, thank]\nresponses: {utter_greet: [{text: Hello}]}\n',
    "data/nlu.yml": 'version: "3.1"\nnlu:\n- intent: greet\n  examples: |\n    - hello\n    - hi\n'
    "- intent: thank\n  examples: |\n    - thanks\n    - thank you\n",
    "data/rules.yml": 'version: "3.1"\nrules:\n- rule: greet\n  steps: [{intent: greet}, {action: utter_greet}]\n'
    "stories:\n- story: greet\n  steps: [{intent: greet}, {action: utter_greet}]\n",
}
STEPS = ("KeywordIntentClassifier", "MemoizationPolicy", "RulePolicy")


def written(folder: Path) -> Path:
    for name, text in PROJECT.items():
        file = folder / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
    return folder


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return written(tmp_path)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A project that was trained once, and what was printed; each training imports all of Rasa."""
    folder = written(tmp_path_factory.mktemp("trained"))
    return folder, train(folder)


def train(project: Path, *options: str, terminal: bool = False) -> str:
    """What a training prints, into a file or on a terminal."""
    command = [sys.executable, "-m", "bot", "train", *options]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONWARNINGS": "ignore"}
    # Rasa sets it in the process that runs the tests, and would show no bar.
    environment.pop("LOG_LEVEL", None)
    if not terminal:
        done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=True)
        return done.stdout + done.stderr
    ours, theirs = pty.openpty()
    # One without columns has no room for a bar.
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
    with subprocess.Popen(command, cwd=project, env=environment, stdin=theirs, stdout=theirs, stderr=theirs):
        os.close(theirs)
        printed = b""
        try:
            while part := os.read(ours, 4096):
                printed += part
        except OSError:
            # Linux ends a terminal that nobody has open any more with an error.
            pass
        os.close(ours)
    return printed.decode()


def test_a_file_gets_one_line_a_step(trained: tuple[Path, str]) -> None:
    _, printed = trained
    steps = [line for line in printed.splitlines() if line.startswith("  ")]
    assert sorted(steps) == [f"  learning: {name}" for name in STEPS]
    assert "trained and saved at" in printed
    assert "INFO" not in printed
    assert "%|" not in printed
    assert "\x1b" not in printed


def test_what_has_not_changed_is_said_to_be_so(trained: tuple[Path, str]) -> None:
    project, _ = trained
    with (project / "data" / "nlu.yml").open("a") as file:
        file.write("    - many thanks\n")
    printed = train(project)
    assert "  learning: KeywordIntentClassifier" in printed
    assert "  unchanged: RulePolicy" in printed


def test_a_terminal_gets_a_bar(project: Path) -> None:
    printed = train(project, terminal=True)
    assert "100%|" in printed
    assert "  learning: RulePolicy" in printed


def test_who_asks_for_rasas_log_gets_it(project: Path) -> None:
    assert "rasa.engine.training.hooks" in train(project, "--verbose")
