"""An encoder written as an ONNX graph, node by node from plain arrays: nothing is traced, so no torch is needed.

Weights of the large matrices are 8-bit numbers with one scale for each output; what they are multiplied with is
quantised while it runs. Everything else stays in 32-bit floating point. There is no mask for padding: texts of
different length are never read together, because the quantisation would let one text change the vector of another.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from onnx.external_data_helper import set_external_data

from minxin.classifier.encoder.weights import Arrays, Shape, Weights

OPSET, IR_VERSION = 20, 9
# Seven bits: without the VNNI instructions, processors add two products in 16 bits, which eight would overflow.
_LARGEST = 63
_LARGE_BYTES = _PAGE_BYTES = 4096  # what is larger is mapped, from the beginning of a page on
_SMOOTHED = 0.75  # how much of the difference between the channels moves from what is quantised into the weights

_Array = NDArray[Any]


def encoder_graph(weights: Weights) -> onnx.ModelProto:
    """Return the model: ``ids`` (text × token) in, ``vectors`` (text × hidden, of length one) out.

    Weights with a head have a second output, ``logits`` (text × label).
    """
    graph = _Graph()
    shape, arrays = weights.shape, weights.arrays
    tokens = _embedded(graph, shape, arrays)
    spread = _spread(arrays, "embeddings.LayerNorm")
    for layer in range(shape.layers):
        tokens = _layer(graph, shape, arrays, f"encoder.layer.{layer}", tokens, spread)
        spread = _spread(arrays, f"encoder.layer.{layer}.output.LayerNorm")
    mean = graph.node("ReduceMean", tokens, graph.ints([1]), keepdims=0)
    length = graph.node("ReduceL2", mean, graph.ints([1]), keepdims=1)
    graph.output("vectors", graph.node("Div", mean, graph.node("Max", length, graph.floats(1e-9))), shape.hidden)
    if "classifier.weight" in arrays:
        labels = graph.node("MatMul", mean, graph.floats(arrays["classifier.weight"].T))
        head = graph.node("Add", labels, graph.floats(arrays["classifier.bias"]))
        graph.output("logits", head, len(arrays["classifier.bias"]))
    return graph.model()


def weights_apart(model: onnx.ModelProto, name: str) -> bytes:
    """Take the large arrays out of the model; return the file of this name, beside it, in which it looks for them.

    What stands in a file of its own is mapped into memory when it runs, and not copied twice.
    """
    beside = bytearray()
    for array in model.graph.initializer:
        if len(array.raw_data) >= _LARGE_BYTES:
            beside.extend(bytes(-len(beside) % _PAGE_BYTES))
            set_external_data(array, name, offset=len(beside), length=len(array.raw_data))
            beside.extend(array.raw_data)
            array.ClearField("raw_data")
    return bytes(beside)


class _Graph:
    """Nodes and constants under names that are given in order."""

    def __init__(self) -> None:
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []
        self._outputs: list[onnx.ValueInfoProto] = []

    def node(self, kind: str, *inputs: str, **attributes: Any) -> str:
        return self.nodes(kind, inputs, 1, **attributes)[0]

    def nodes(self, kind: str, inputs: Sequence[str], outputs: int, **attributes: Any) -> list[str]:
        names = [f"{kind}_{len(self._nodes)}_{number}" for number in range(outputs)]
        self._nodes.append(helper.make_node(kind, inputs, names, **attributes))
        return names

    def constant(self, array: _Array) -> str:
        name = f"constant_{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def floats(self, values: Any) -> str:
        return self.constant(np.asarray(values, dtype=np.float32))

    def ints(self, values: Sequence[int]) -> str:
        return self.constant(np.asarray(values, dtype=np.int64))

    def output(self, name: str, value: str, width: int) -> None:
        self._nodes.append(helper.make_node("Identity", [value], [name]))
        self._outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, ["text", width]))

    def model(self) -> onnx.ModelProto:
        ids = helper.make_tensor_value_info("ids", TensorProto.INT64, ["text", "token"])
        graph = helper.make_graph(self._nodes, "encoder", [ids], self._outputs, self._constants)
        opsets = [helper.make_opsetid("", OPSET)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION, producer_name="minxin")


def _embedded(graph: _Graph, shape: Shape, arrays: Arrays) -> str:
    words, scales = _quantised(arrays["embeddings.word_embeddings.weight"], 127)
    rows = graph.node("Cast", graph.node("Gather", graph.constant(words), "ids"), to=TensorProto.FLOAT)
    rows = graph.node("Mul", rows, graph.node("Gather", graph.floats(scales[:, None]), "ids"))
    # All tokens are of the first type: it can be added to the places once and for all.
    places = arrays["embeddings.position_embeddings.weight"] + arrays["embeddings.token_type_embeddings.weight"][0]
    tokens = graph.node("Shape", "ids", start=1, end=2)
    rows = graph.node("Add", rows, graph.node("Slice", graph.floats(places), graph.ints([0]), tokens, graph.ints([0])))
    return _normal(graph, shape, arrays, "embeddings.LayerNorm", rows)


def _layer(graph: _Graph, shape: Shape, arrays: Arrays, name: str, tokens: str, spread: _Array) -> str:
    heard = _attention(graph, shape, arrays, f"{name}.attention.self", tokens, spread)
    heard = _dense(graph, heard, *_line(arrays, f"{name}.attention.output.dense"))
    tokens = graph.node("Add", tokens, heard)
    tokens = _normal(graph, shape, arrays, f"{name}.attention.output.LayerNorm", tokens)
    spread = _spread(arrays, f"{name}.attention.output.LayerNorm")
    inner = graph.node("Gelu", _smoothed(graph, tokens, spread, *_line(arrays, f"{name}.intermediate.dense")))
    tokens = graph.node("Add", tokens, _dense(graph, inner, *_line(arrays, f"{name}.output.dense")))
    return _normal(graph, shape, arrays, f"{name}.output.LayerNorm", tokens)


def _attention(graph: _Graph, shape: Shape, arrays: Arrays, name: str, tokens: str, spread: _Array) -> str:
    width = shape.hidden // shape.heads
    lines = [_line(arrays, f"{name}.{part}") for part in ("query", "key", "value")]
    # The one product is quantised once; the square root of the width is taken out of the questions beforehand.
    lines[0] = (lines[0][0] / np.float32(width**0.5), lines[0][1] / np.float32(width**0.5))
    weight, bias = (np.concatenate(parts) for parts in zip(*lines, strict=True))
    product = _smoothed(graph, tokens, spread, weight, bias)
    parts = graph.nodes("Split", [product], 3, axis=2, num_outputs=3)
    by_head = graph.ints([0, 0, shape.heads, width])
    query, key, value = (
        graph.node("Transpose", graph.node("Reshape", part, by_head), perm=perm)
        for part, perm in zip(parts, ([0, 2, 1, 3], [0, 2, 3, 1], [0, 2, 1, 3]), strict=True)
    )
    shares = graph.node("Softmax", graph.node("MatMul", query, key), axis=-1)
    heard = graph.node("Transpose", graph.node("MatMul", shares, value), perm=[0, 2, 1, 3])
    return graph.node("Reshape", heard, graph.ints([0, 0, shape.hidden]))


def _normal(graph: _Graph, shape: Shape, arrays: Arrays, name: str, tokens: str) -> str:
    scale, bias = graph.floats(arrays[f"{name}.weight"]), graph.floats(arrays[f"{name}.bias"])
    return graph.node("LayerNormalization", tokens, scale, bias, axis=-1, epsilon=shape.epsilon)


def _spread(arrays: Arrays, name: str) -> _Array:
    """Return how widely each channel of a normalised layer varies, which the normalisation itself says."""
    found: _Array = np.hypot(arrays[f"{name}.weight"], arrays[f"{name}.bias"])
    return found


def _smoothed(graph: _Graph, tokens: str, spread: _Array, weight: _Array, bias: _Array) -> str:
    """Multiply after the channels were made alike: a few wide ones would leave the others two or three bits.

    Xiao et al. 2023, "SmoothQuant", equation 4.
    """
    factors = np.maximum(spread, 1e-6) ** _SMOOTHED / np.maximum(np.abs(weight).max(axis=0), 1e-6) ** (1 - _SMOOTHED)
    return _dense(graph, graph.node("Mul", tokens, graph.floats(1.0 / factors)), weight * factors, bias)


def _dense(graph: _Graph, tokens: str, weight: _Array, bias: _Array) -> str:
    """Multiply in whole numbers; onnxruntime makes one operation of these nodes."""
    matrix, scales = _quantised(weight, _LARGEST)
    whole, scale, zero = graph.nodes("DynamicQuantizeLinear", [tokens], 3)
    product = graph.node("MatMulInteger", whole, graph.constant(matrix.T), zero)
    factors = graph.node("Mul", scale, graph.floats(scales))
    real = graph.node("Mul", graph.node("Cast", product, to=TensorProto.FLOAT), factors)
    return graph.node("Add", real, graph.floats(bias))


def _line(arrays: Arrays, name: str) -> tuple[_Array, _Array]:
    return arrays[f"{name}.weight"], arrays[f"{name}.bias"]


def _quantised(matrix: _Array, largest: int) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    scales = np.maximum(np.abs(matrix).max(axis=1), 1e-12).astype(np.float32) / np.float32(largest)
    return np.rint(matrix / scales[:, None]).astype(np.int8), scales
