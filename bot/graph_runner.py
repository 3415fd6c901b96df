"""Runs a model's graph node by node, in an order that is worked out once.

Rasa hands it to dask at each prediction, which builds and sorts the graph anew and calls the same nodes in the same
thread.
"""

from __future__ import annotations

from graphlib import TopologicalSorter
from typing import Any

from rasa.engine.exceptions import GraphRunError
from rasa.engine.runner.dask import DaskGraphRunner


class SequentialGraphRunner(DaskGraphRunner):
    """Rasa's runner with the same nodes, inputs and results."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        """As Rasa's."""
        super().__init__(*arguments, **more)
        self._orders: dict[tuple[str, ...], tuple[str, ...]] = {}

    def run(self, inputs: dict[str, Any] | None = None, targets: list[str] | None = None) -> dict[str, Any]:
        """The value of each target (the schema's own without `targets`); raises GraphRunError as Rasa's runner does."""
        wanted = tuple(targets or self._graph_schema.target_names)
        values = dict(inputs or {})
        try:
            for name in self._order(wanted):
                needs = self._graph_schema.nodes[name].needs.values()
                _, values[name] = self._instantiated_nodes[name](
                    *((need, values[need]) for need in needs if need in values)
                )
        except RuntimeError as error:
            raise GraphRunError("Error running runner.") from error
        return {name: values[name] for name in wanted}

    def _order(self, targets: tuple[str, ...]) -> tuple[str, ...]:
        """The nodes that `targets` need, each after those that it needs itself."""
        if targets not in self._orders:
            nodes = self._graph_schema.minimal_graph_schema(list(targets)).nodes
            needed = {name: [need for need in node.needs.values() if need in nodes] for name, node in nodes.items()}
            self._orders[targets] = tuple(TopologicalSorter(needed).static_order())
        return self._orders[targets]
