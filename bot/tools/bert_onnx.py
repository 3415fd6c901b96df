"""Writes a BERT sentence encoder as an ONNX graph, straight from its published weights."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET = 17
MASKED = -1e4


@dataclass(frozen=True)
class BertShape:
    """The numbers of a BERT encoder that its weights alone do not tell.

    Attributes:
        layers: number of transformer layers.
        heads: attention heads in a layer.
        hidden: width of a token vector.
        epsilon: added to the variance in layer normalisation.
    """

    layers: int
    heads: int
    hidden: int
    epsilon: float

    @classmethod
    def from_config(cls, config: Mapping[str, object]) -> BertShape:
        """Reads the shape from a Hugging Face `config.json`.

        Args:
            config: the decoded JSON.

        Returns:
            The shape.

        Raises:
            ValueError: if the model is not a BERT with the activation written here.
        """
        if config.get("model_type") != "bert" or config.get("hidden_act") != "gelu":
            raise ValueError("the encoder's config.json does not describe a BERT model with gelu activation")
        return cls(
            layers=int(str(config["num_hidden_layers"])),
            heads=int(str(config["num_attention_heads"])),
            hidden=int(str(config["hidden_size"])),
            epsilon=float(str(config["layer_norm_eps"])),
        )


@dataclass
class _Graph:
    """Collects nodes and weights; every method returns the name of the value it adds."""

    nodes: list[onnx.NodeProto] = field(default_factory=list)
    weights: list[onnx.TensorProto] = field(default_factory=list)

    def weight(self, name: str, value: np.ndarray) -> str:
        self.weights.append(numpy_helper.from_array(np.asarray(value, order="C"), name))
        return name

    def add(self, kind: str, inputs: list[str], name: str, **attributes: object) -> str:
        self.nodes.append(helper.make_node(kind, inputs, [name], name=name, **attributes))
        return name

    def dense(self, value: str, weight: np.ndarray, bias: np.ndarray, name: str) -> str:
        product = self.add("MatMul", [value, self.weight(f"{name}/weight", weight.T)], f"{name}/matmul")
        return self.add("Add", [product, self.weight(f"{name}/bias", bias)], name)

    def normalise(self, value: str, scale: np.ndarray, bias: np.ndarray, epsilon: float, name: str) -> str:
        inputs = [value, self.weight(f"{name}/scale", scale), self.weight(f"{name}/bias", bias)]
        return self.add("LayerNormalization", inputs, name, axis=-1, epsilon=epsilon)


def sentence_encoder(weights: Mapping[str, np.ndarray], shape: BertShape) -> onnx.ModelProto:
    """Builds the whole encoder: tokens in, one vector of length 1 a sentence out.

    The token vectors of the last layer are averaged over the attention mask and divided by their
    Euclidean norm, as sentence-transformers does for all-MiniLM-L6-v2.

    Args:
        weights: the tensors of `BertModel` by their published names.
        shape: layers, heads and width.

    Returns:
        A checked model with inputs `input_ids` and `attention_mask` (both int64 [batch, tokens]) and
        the output `embedding` (float32 [batch, hidden]).
    """
    graph = _Graph()
    hidden = _embeddings(graph, weights, shape)
    bias = _attention_bias(graph)
    for layer in range(shape.layers):
        hidden = _layer(graph, weights, shape, layer, hidden, bias)
    _pool(graph, hidden)
    tokens = ["batch", "tokens"]
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "sentence_encoder",
            [
                helper.make_tensor_value_info("input_ids", TensorProto.INT64, tokens),
                helper.make_tensor_value_info("attention_mask", TensorProto.INT64, tokens),
            ],
            [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["batch", shape.hidden])],
            initializer=graph.weights,
        ),
        opset_imports=[helper.make_opsetid("", OPSET)],
        producer_name="marrow",
    )
    model.ir_version = 8
    onnx.checker.check_model(model)
    return model


def _embeddings(graph: _Graph, weights: Mapping[str, np.ndarray], shape: BertShape) -> str:
    words = graph.weight("embeddings/words", weights["embeddings.word_embeddings.weight"])
    # A single sentence has token type 0 throughout, so that row is part of the position table.
    positions = weights["embeddings.position_embeddings.weight"] + weights["embeddings.token_type_embeddings.weight"][0]
    table = graph.weight("embeddings/positions", positions)
    length = graph.add("Shape", ["input_ids"], "tokens", start=1, end=2)
    zero = graph.weight("zero", np.array([0], dtype=np.int64))
    position = graph.add("Slice", [table, zero, length, zero], "embeddings/position")
    word = graph.add("Gather", [words, "input_ids"], "embeddings/word", axis=0)
    total = graph.add("Add", [word, position], "embeddings/sum")
    return graph.normalise(
        total,
        weights["embeddings.LayerNorm.weight"],
        weights["embeddings.LayerNorm.bias"],
        shape.epsilon,
        "embeddings/out",
    )


def _attention_bias(graph: _Graph) -> str:
    mask = graph.add("Cast", ["attention_mask"], "mask", to=TensorProto.FLOAT)
    axes = graph.weight("mask/axes", np.array([1, 2], dtype=np.int64))
    wide = graph.add("Unsqueeze", [mask, axes], "mask/wide")
    one = graph.weight("one", np.array(1.0, dtype=np.float32))
    absent = graph.add("Sub", [one, wide], "mask/absent")
    return graph.add("Mul", [absent, graph.weight("masked", np.array(MASKED, np.float32))], "mask/bias")


def _layer(
    graph: _Graph, weights: Mapping[str, np.ndarray], shape: BertShape, index: int, hidden: str, bias: str
) -> str:
    source = f"encoder.layer.{index}"
    name = f"layer{index}"

    def tensor(part: str) -> np.ndarray:
        return weights[f"{source}.{part}"]

    width = shape.hidden // shape.heads
    # Folding 1/sqrt(width) into the query saves one multiplication a layer.
    scale = np.float32(1.0 / math.sqrt(width))
    parts = ("query", "key", "value")
    factors = (scale, np.float32(1.0), np.float32(1.0))
    joined = graph.dense(
        hidden,
        np.concatenate([tensor(f"attention.self.{p}.weight") * f for p, f in zip(parts, factors, strict=True)]),
        np.concatenate([tensor(f"attention.self.{p}.bias") * f for p, f in zip(parts, factors, strict=True)]),
        f"{name}/qkv",
    )
    heads = graph.weight(f"{name}/heads", np.array([0, 0, 3, shape.heads, width], dtype=np.int64))
    split = graph.add("Reshape", [joined, heads], f"{name}/split")

    def part(position: int, permutation: list[int]) -> str:
        which = graph.weight(f"{name}/{parts[position]}/index", np.array(position, dtype=np.int64))
        picked = graph.add("Gather", [split, which], f"{name}/{parts[position]}", axis=2)
        return graph.add("Transpose", [picked], f"{name}/{parts[position]}/heads", perm=permutation)

    query, key, value = part(0, [0, 2, 1, 3]), part(1, [0, 2, 3, 1]), part(2, [0, 2, 1, 3])
    scores = graph.add("MatMul", [query, key], f"{name}/scores")
    masked = graph.add("Add", [scores, bias], f"{name}/masked")
    attention = graph.add("Softmax", [masked], f"{name}/attention", axis=-1)
    context = graph.add("MatMul", [attention, value], f"{name}/context")
    back = graph.add("Transpose", [context], f"{name}/context/tokens", perm=[0, 2, 1, 3])
    flat = graph.weight(f"{name}/flat", np.array([0, 0, shape.hidden], dtype=np.int64))
    merged = graph.add("Reshape", [back, flat], f"{name}/context/flat")
    attended = graph.dense(
        merged,
        tensor("attention.output.dense.weight"),
        tensor("attention.output.dense.bias"),
        f"{name}/attended",
    )
    first = graph.normalise(
        graph.add("Add", [attended, hidden], f"{name}/attended/residual"),
        tensor("attention.output.LayerNorm.weight"),
        tensor("attention.output.LayerNorm.bias"),
        shape.epsilon,
        f"{name}/attended/norm",
    )
    inner = graph.dense(first, tensor("intermediate.dense.weight"), tensor("intermediate.dense.bias"), f"{name}/inner")
    outer = graph.dense(
        _gelu(graph, inner, f"{name}/gelu"),
        tensor("output.dense.weight"),
        tensor("output.dense.bias"),
        f"{name}/outer",
    )
    return graph.normalise(
        graph.add("Add", [outer, first], f"{name}/outer/residual"),
        tensor("output.LayerNorm.weight"),
        tensor("output.LayerNorm.bias"),
        shape.epsilon,
        f"{name}/out",
    )


def _gelu(graph: _Graph, value: str, name: str) -> str:
    root = graph.weight(f"{name}/root", np.array(math.sqrt(2.0), dtype=np.float32))
    half = graph.weight(f"{name}/half", np.array(0.5, dtype=np.float32))
    one = graph.weight(f"{name}/one", np.array(1.0, dtype=np.float32))
    error = graph.add("Erf", [graph.add("Div", [value, root], f"{name}/scaled")], f"{name}/erf")
    factor = graph.add("Add", [error, one], f"{name}/factor")
    product = graph.add("Mul", [value, factor], f"{name}/product")
    return graph.add("Mul", [product, half], f"{name}/out")


def _pool(graph: _Graph, hidden: str) -> None:
    last = graph.weight("pool/axis", np.array([-1], dtype=np.int64))
    first = graph.weight("pool/tokens", np.array([1], dtype=np.int64))
    wide = graph.add("Unsqueeze", ["mask", last], "pool/mask")
    kept = graph.add("Mul", [hidden, wide], "pool/kept")
    total = graph.add("ReduceSum", [kept, first], "pool/total", keepdims=0)
    # The mean's divisor cancels in the normalisation, so the sum is enough.
    graph.add("LpNormalization", [total], "embedding", axis=-1, p=2)
