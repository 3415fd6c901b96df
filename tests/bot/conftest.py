"""The watch over messages with the detector of the trained model, as loading the model would set it up."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from rasa.engine.graph import ExecutionContext
from rasa.engine.storage.local_model_storage import LocalModelStorage

from bot.model_loading import serve_models_quickly
from bot.nlu.safety.component import SafetyDetector
from bot.safety import current, watch

# A production refuses to start with Rasa's usage reports on (bot/production.py).
os.environ.setdefault("RASA_TELEMETRY_ENABLED", "false")
serve_models_quickly()
MODEL = Path("models/marrow.tar.gz")


@pytest.fixture(scope="session")
def trained_detector(tmp_path_factory: pytest.TempPathFactory) -> SafetyDetector:
    """The trained detector; without the model's encoder it hears by its rules."""
    storage, metadata = LocalModelStorage.from_model_archive(tmp_path_factory.mktemp("detector"), MODEL)
    node = next(node for node in metadata.predict_schema.nodes.values() if node.uses is SafetyDetector)
    component = SafetyDetector.load(node.config, storage, node.resource, ExecutionContext(metadata.predict_schema))
    watch.use(None)
    current.install(None)
    return component


@pytest.fixture
def watching(trained_detector: SafetyDetector) -> Iterator[SafetyDetector]:
    """The watch, on."""
    watch.use(trained_detector)
    yield trained_detector
    watch.use(None)
