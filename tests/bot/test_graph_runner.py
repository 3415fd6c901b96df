"""The runner gives what Rasa's gives, for every graph and fault that Rasa's knows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from rasa.engine.exceptions import GraphRunError
from rasa.engine.graph import ExecutionContext, GraphComponent, GraphSchema, SchemaNode
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.engine.storage.local_model_storage import LocalModelStorage

from bot.graph_runner import SequentialGraphRunner

RUNS: list[str] = []


class Step(GraphComponent):
    """Adds its name to what it is given, or fails."""

    def __init__(self, name: str, fails: str) -> None:
        self.name, self.fails = name, fails

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"fails": ""}

    @classmethod
    def create(cls, config, model_storage, resource, execution_context):
        return cls(execution_context.node_name, config["fails"])

    def join(self, left: str, right: str = "") -> str:
        RUNS.append(self.name)
        if self.fails:
            raise RuntimeError(self.fails)
        return f"{self.name}({left},{right})"


def node(fails: str = "", **needs: str) -> SchemaNode:
    return SchemaNode(needs=needs, uses=Step, constructor_name="create", fn="join", config={"fails": fails}, eager=True)


GRAPH = {
    "last": node(left="middle", right="other"),
    "other": node(left="text"),
    "middle": node(left="first"),
    "first": node(left="text", right="more"),
    "aside": node(left="text"),
}


def runners(nodes: dict[str, SchemaNode], folder: Path) -> list[DaskGraphRunner]:
    schema = GraphSchema(nodes)
    context = ExecutionContext(schema, "a model")
    return [kind(schema, LocalModelStorage(folder), context) for kind in (DaskGraphRunner, SequentialGraphRunner)]


@pytest.mark.parametrize("targets", [["last"], ["middle", "aside"], ["first", "last", "other"]], ids=len)
def test_it_gives_what_rasas_runner_gives(tmp_path, targets):
    theirs, ours = runners(GRAPH, tmp_path)
    inputs = {"text": "a", "more": "b"}
    expected = theirs.run(inputs, targets)
    RUNS.clear()
    assert ours.run(inputs, targets) == expected
    assert ours.run({**inputs, "text": "c"}, targets) == theirs.run({**inputs, "text": "c"}, targets)


def test_each_needed_node_runs_once_and_no_other(tmp_path):
    _, ours = runners(GRAPH, tmp_path)
    RUNS.clear()
    ours.run({"text": "a", "more": "b"}, ["last"])
    assert sorted(RUNS) == ["first", "last", "middle", "other"]


def test_faults_are_told_as_rasas_runner_tells_them(tmp_path):
    for runner in runners({"first": node(left="text", right="more")}, tmp_path):
        with pytest.raises(GraphRunError):
            runner.run({"text": "a"}, ["first"])
    for runner in runners({"first": node("it fails", left="text")}, tmp_path):
        with pytest.raises(Exception, match="Error running graph component for node first"):
            runner.run({"text": "a"}, ["first"])
