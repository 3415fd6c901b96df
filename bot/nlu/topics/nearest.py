"""Finds how near the nearest training example of each label is."""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

OPSET = 17
# 7 bits: where a processor has no instruction of its own for it, the sum of two products must fit into 16 bits.
_STEPS = 63.0


class NearestExamples:
    """Cosine similarities to the nearest of many vectors, label by label.

    What takes the time is reading the examples from memory. So they are looked through as 8-bit numbers, and only the
    best of each label is compared again as it is.
    """

    def __init__(self, examples: np.ndarray, starts: np.ndarray) -> None:
        """Prepares the examples.

        Args:
            examples: float32 [examples, dimension], each of length 1, sorted by label.
            starts: int64 [labels + 1], where the examples of each label start, and the end; none is without examples.
        """
        self._examples = examples
        self._starts = starts[:-1]
        self._sizes = np.diff(starts)
        self._owners = np.repeat(np.arange(len(self._sizes)), self._sizes)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(
            _roughly(examples).SerializeToString(), options, providers=["CPUExecutionProvider"]
        )

    def similarities(self, vectors: np.ndarray) -> np.ndarray:
        """Compares messages with the examples.

        Args:
            vectors: float32 [messages, dimension], each of length 1.

        Returns:
            float32 [messages, labels], the cosine similarity to the label's nearest example.
        """
        rough = self._session.run(None, {"vectors": vectors})[0]
        best = np.maximum.reduceat(rough, self._starts, axis=1)
        messages, nearest = np.nonzero(rough == np.repeat(best, self._sizes, axis=1))
        exact = np.einsum("ij,ij->i", vectors[messages], self._examples[nearest])
        result = np.full(best.shape, -1.0, dtype=np.float32)
        np.maximum.at(result, (messages, self._owners[nearest]), exact)
        return result


def _roughly(examples: np.ndarray) -> onnx.ModelProto:
    """A graph that multiplies vectors with the examples, both as 8-bit numbers."""
    scales = np.maximum(np.abs(examples).max(axis=1), np.finfo(np.float32).tiny) / np.float32(_STEPS)
    steps = np.round(examples / scales[:, None]).astype(np.int8)
    nodes = [
        helper.make_node("DynamicQuantizeLinear", ["vectors"], ["small", "scale", "zero"]),
        helper.make_node("MatMulInteger", ["small", "examples", "zero"], ["product"]),
        helper.make_node("Cast", ["product"], ["number"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["scale", "scales"], ["both"]),
        helper.make_node("Mul", ["number", "both"], ["similarities"]),
    ]
    graph = helper.make_graph(
        nodes,
        "nearest_examples",
        [helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["messages", examples.shape[1]])],
        [helper.make_tensor_value_info("similarities", TensorProto.FLOAT, ["messages", len(examples)])],
        initializer=[
            numpy_helper.from_array(np.ascontiguousarray(steps.T), "examples"),
            numpy_helper.from_array(scales.astype(np.float32), "scales"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="marrow")
    model.ir_version = 8
    return model
