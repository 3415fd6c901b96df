"""The served model is the trained one, without TensorFlow and without reading its domain five times."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MODEL = ROOT / "models" / "marrow.tar.gz"
SERVED = """
from bot.without_tensorflow import leave_tensorflow_asleep
leave_tensorflow_asleep()
from bot.model_loading import serve_models_quickly
serve_models_quickly()
"""
LOAD = """
import json, sys
from rasa.core.agent import Agent
from rasa.graph_components.providers.domain_provider import DomainProvider
import rasa.shared.core.domain
read = []
from_yaml = rasa.shared.core.domain.Domain.from_yaml.__func__
rasa.shared.core.domain.Domain.from_yaml = classmethod(lambda cls, *words: read.append(1) or from_yaml(cls, *words))
agent = Agent.load(sys.argv[1])
nodes = agent.processor.graph_runner._instantiated_nodes
provider = next(node._component for node in nodes.values() if node._component_class is DomainProvider)
print("RESULT", json.dumps({
    "tensorflow": "tensorflow" in sys.modules,
    "read": len(read),
    "domain": provider.provide_inference().as_dict(),
    "nodes": sorted(nodes),
}, sort_keys=True))
"""
WAKE = """
import sys
import rasa.utils
from rasa.nlu.extractors.extractor import EntityExtractorMixin
before = "tensorflow" in sys.modules
import rasa.utils.train_utils
from rasa.utils.train_utils import init_split_entities
import rasa.nlu.classifiers.diet_classifier
print("RESULT", before, "tensorflow" in sys.modules, init_split_entities(True, False))
"""


def run(code: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "LOG_LEVEL": "ERROR", "RASA_TELEMETRY_ENABLED": "false"}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code, str(MODEL)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return next(line.removeprefix("RESULT ") for line in done.stdout.splitlines() if line.startswith("RESULT "))


@pytest.mark.skipif(not MODEL.exists(), reason="no trained model: run `make train`")
def test_a_served_model_is_the_trained_one():
    plain, served = json.loads(run(LOAD)), json.loads(run(SERVED + LOAD))
    assert plain["tensorflow"]
    assert not served["tensorflow"]
    assert plain["read"] == 1
    assert served["read"] == 0
    assert served["nodes"] == plain["nodes"]
    assert served["domain"] == plain["domain"]


def test_a_model_that_needs_tensorflow_wakes_it():
    assert run(SERVED + WAKE) == "False True {'split_entities_by_comma': True}"
