"""Loads a trained model without reading again what has just been read.

A model's archive holds its domain twice: as JSON in its metadata, which Rasa reads and serves conversations from, and
as YAML, which it then reads four times over for the policies. It also holds the graph that trained it, whose components
are imported (TensorFlow with them) and not run.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import rasa.shared.utils.io
from rasa.engine.storage.local_model_storage import MODEL_ARCHIVE_METADATA_FILE, LocalModelStorage
from rasa.engine.storage.storage import ModelMetadata, ModelStorage
from rasa.graph_components.providers.domain_provider import DomainProvider
from rasa.shared.core.domain import Domain

from bot.copies import copy_quickly
from bot.events import read_events_once
from bot.graph_runner import SequentialGraphRunner
from bot.rasa_version import is_checked
from bot.states import cut_states

_from_archive = LocalModelStorage.from_model_archive.__func__
_load_from_yaml = DomainProvider.load.__func__


def read_metadata(directory: Path) -> ModelMetadata:
    """The metadata of an unpacked model, its training graph left out: nobody trains on from it here."""
    written = rasa.shared.utils.io.read_json_file(directory / MODEL_ARCHIVE_METADATA_FILE)
    return ModelMetadata.from_dict({**written, "train_schema": {"nodes": {}}})


class ServedModelStorage(LocalModelStorage):
    """Rasa's storage of an unpacked model, which remembers the domain that its metadata held."""

    domain: Domain | None = None

    @classmethod
    def from_model_archive(cls, storage_path: Path, model_archive_path: str | Path) -> Any:
        """The storage and the metadata; raises what Rasa's own raises for an archive it cannot read."""
        storage, metadata = _from_archive(cls, storage_path, model_archive_path)
        storage.domain = metadata.domain
        return storage, metadata

    _load_metadata = staticmethod(read_metadata)


def load_domain(
    cls: type[DomainProvider], config: Any, model_storage: ModelStorage, resource: Any, *rest: Any, **more: Any
) -> Any:
    """The provider of the domain that the storage remembers, or of the YAML's where it remembers none."""
    domain = getattr(model_storage, "domain", None)
    if domain is None:
        return _load_from_yaml(cls, config, model_storage, resource, *rest, **more)
    return cls(model_storage, resource, domain)


def serve_models_quickly() -> None:
    """Call before a model is loaded to be talked to; not where one is trained."""
    if not is_checked("Loading and running a model quickly"):
        return
    from rasa.core import processor

    processor.LocalModelStorage = ServedModelStorage
    processor.DaskGraphRunner = SequentialGraphRunner
    DomainProvider.load = classmethod(load_domain)
    read_events_once()
    copy_quickly()
    cut_states()
