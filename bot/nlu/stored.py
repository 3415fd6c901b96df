"""What a component that keeps something in the model archive is to Rasa."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage

Self = TypeVar("Self", bound="StoredComponent")


class StoredComponent(GraphComponent):
    """A component that writes what it has learnt or compiled into the archive, and is made of it again.

    A subclass writes into its resource in `train`, gives the parts in `read`, and takes them in its constructor, in
    that order, behind what Rasa hands over; before training it has none of them.
    """

    def __init__(self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, *parts: Any) -> None:
        self._config = config
        self._model_storage = model_storage
        self._resource = resource

    @classmethod
    def read(cls, folder: Path) -> tuple[Any, ...]:
        """The parts that `train` wrote into the folder of its resource; raises OSError where it wrote none."""
        raise NotImplementedError

    @classmethod
    def create(
        cls: type[Self],
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> Self:
        """The component before training."""
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls: type[Self],
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> Self:
        """The component of a trained model."""
        with model_storage.read_from(resource) as folder:
            return cls(config, model_storage, resource, *cls.read(folder))
