"""Writes a BERT encoder, with or without a classification head, as an ONNX graph. Written from arrays; needs no torch.

A graph reads one text, without padding and so without a mask. In int8, weights are scaled by output channel; what
attention reads is scaled by text, all else by token, so that one token's outliers cost the others nothing. Knows
nothing of tokenizers, files of weights or what the outputs mean.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from groundtune.errors import MissingExtra

GRAPH_FORMAT = 4
"""Goes up when the same weights would give other outputs; part of an embedder's name and of a cached graph's."""

Precision = Literal["fp32", "int8"]
Floats = npt.NDArray[np.float32]

LEAST_GELU = -0.1701
"""No number that comes out of GELU is smaller, nor out of its approximation by tanh (-0.17004 at least)."""

_ORT = "com.microsoft"


@dataclass(frozen=True, slots=True)
class Head:
    """What follows the pooled vector: `dense` with tanh where there is one, then a linear layer.

    `weight` (outputs, hidden), `bias` (outputs,); `dense` the same two arrays, (hidden, hidden) and (hidden,).
    """

    weight: Floats
    bias: Floats
    dense: tuple[Floats, Floats] | None = None


def write_encoder_graph(
    weights: Mapping[str, npt.NDArray[Any]],
    path: Path,
    *,
    heads: int,
    epsilon: float,
    head: Head | None = None,
    pooling: Literal["mean", "first"] = "mean",
    precision: Precision = "fp32",
) -> None:
    """Writes the encoder to `path`.

    `weights` has the names of a transformers BertModel's state dict ("embeddings.LayerNorm.weight",
    "encoder.layer.0.attention.self.query.weight", …; a pooler in it is ignored). `heads` is the number of attention
    heads, `epsilon` that of the layer norms.

    With "embeddings.word_embeddings.weight" among the weights the graph's input is `ids` (1, length) int64;
    without it, it is `words` (1, length, hidden) float32, the tokens' word embeddings, looked up outside. The
    output is `output` (1, n) float32: the logits of `head`, or without one the pooled vector, not of unit length.
    """
    try:
        import onnx
    except ImportError as error:
        raise MissingExtra("onnx", "tuning") from error
    writer = _Writer(
        {name: np.asarray(array, np.float32) for name, array in weights.items()}, heads, epsilon, precision
    )
    onnx.save(writer.model(head, pooling), path)


@dataclass(frozen=True, slots=True)
class _Factor:
    """The left side of a product: floats, or one-byte numbers with a scale and a zero, and perhaps a further scale by
    token, (1, length, 1), that the product is multiplied by."""

    name: str
    scale: str | None = None
    zero: str | None = None
    by_token: str | None = None


class _Writer:
    """Collects nodes and initial values; each method adds some nodes and returns the name of their output."""

    def __init__(self, weights: Mapping[str, Floats], heads: int, epsilon: float, precision: Precision) -> None:
        self._weights, self._heads, self._epsilon, self._precision = weights, heads, epsilon, precision
        self._nodes: list[Any] = []
        self._values: list[Any] = []
        self._layers = 1 + max(int(name.split(".")[2]) for name in weights if name.startswith("encoder.layer."))
        self._hidden = weights["embeddings.LayerNorm.weight"].shape[0]
        self._has_middles = False

    def model(self, head: Head | None, pooling: str) -> Any:
        from onnx import TensorProto, helper

        words = self._weights.get("embeddings.word_embeddings.weight")
        if words is None:
            given = helper.make_tensor_value_info("words", TensorProto.FLOAT, [1, "length", self._hidden])
            x = "words"
        else:
            given = helper.make_tensor_value_info("ids", TensorProto.INT64, [1, "length"])
            x = self._node("Gather", [self._value("embeddings.words", words), "ids"], "embeddings.word")
        x = self._embeddings(x)
        for layer in range(self._layers):
            x = self._layer(x, f"encoder.layer.{layer}.")
        x = self._pooled(x, pooling)
        outputs = self._hidden
        if head is not None:
            if head.dense is not None:
                x = self._node("Tanh", [self._linear(x, *head.dense, "head.dense")], "head.tanh")
            x = self._linear(x, head.weight, head.bias, "head.output")
            outputs = head.weight.shape[0]
        self._node("Identity", [x], "output")
        graph = helper.make_graph(
            self._nodes,
            "encoder",
            [given],
            [helper.make_tensor_value_info("output", TensorProto.FLOAT, [1, outputs])],
            self._values,
        )
        return helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", 23), helper.make_opsetid(_ORT, 1)], ir_version=11
        )

    def _embeddings(self, words: str) -> str:
        """Word, position and type added up, and normalised."""
        places = self._weights["embeddings.position_embeddings.weight"]
        places = places + self._weights["embeddings.token_type_embeddings.weight"][0]
        length = self._node("Shape", [words], "length", start=1, end=2)
        first = [self._value("embeddings.positions", places), self._value("zero", np.zeros(1, np.int64)), length]
        x = self._node("Add", [words, self._node("Slice", first, "embeddings.position")], "embeddings.sum")
        return self._norm(x, "embeddings.LayerNorm")

    def _layer(self, x: str, at: str) -> str:
        """The bias of the keys moves all of a query's scores alike and the softmax takes it away again; that of the
        values comes out of attention as it went in, and is added with the next product's."""
        attention, output = f"{at}attention.self", f"{at}attention.output"
        given = self._by_text(x, attention)
        query, key, value = (
            self._product(given, self._weights[f"{attention}.{part}.weight"], bias, f"{attention}.{part}")
            for part, bias in (("query", self._weights[f"{attention}.query.bias"]), ("key", None), ("value", None))
        )
        attended = self._node(
            "Attention",
            [query, key, value],
            f"{attention}.context",
            q_num_heads=self._heads,
            kv_num_heads=self._heads,
        )
        weight, bias = self._weights[f"{output}.dense.weight"], self._weights[f"{output}.dense.bias"]
        bias = bias + weight @ self._weights[f"{attention}.value.bias"]
        branch = self._product(self._by_token(attended, output), weight, bias, f"{output}.dense")
        x = self._norm(self._node("Add", [branch, x], f"{output}.sum"), f"{output}.LayerNorm")

        weight, bias = self._weights[f"{at}intermediate.dense.weight"], self._weights[f"{at}intermediate.dense.bias"]
        wide = self._product(self._by_token(x, f"{at}intermediate"), weight, None, f"{at}intermediate")
        wide = self._gelu(wide, bias, f"{at}gelu")
        weight, bias = self._weights[f"{at}output.dense.weight"], self._weights[f"{at}output.dense.bias"]
        branch = self._product(self._by_token(wide, f"{at}output", LEAST_GELU), weight, bias, f"{at}output.dense")
        return self._norm(self._node("Add", [branch, x], f"{at}output.sum"), f"{at}output.LayerNorm")

    def _gelu(self, x: str, bias: Floats, at: str) -> str:
        """In int8 by way of tanh, which differs by less than 5e-4: far less than a step of eight bits."""
        kind = "BiasGelu" if self._precision == "fp32" else "FastGelu"
        return self._node(kind, [x, self._value(f"{at}.bias", bias)], at, _ORT)

    def _norm(self, x: str, at: str) -> str:
        # ONNX Runtime's fused SkipLayerNormalization takes eight times as long as this
        inputs = [x, self._weight(f"{at}.weight"), self._weight(f"{at}.bias")]
        return self._node("LayerNormalization", inputs, f"{at}.output", axis=-1, epsilon=self._epsilon)

    def _pooled(self, x: str, pooling: str) -> str:
        if pooling == "mean":
            return self._node("ReduceMean", [x, self._value("pooled.axis", np.ones(1, np.int64))], "pooled", keepdims=0)
        return self._node("Gather", [x, self._value("pooled.first", np.int64(0))], "pooled", axis=1)

    def _linear(self, x: str, weight: Floats, bias: Floats, at: str) -> str:
        """A head's layer: always in full precision, it costs nothing."""
        product = self._node("MatMul", [x, self._value(f"{at}.weight", weight.T)], f"{at}.product")
        return self._node("Add", [product, self._value(f"{at}.bias", bias)], at)

    def _by_text(self, x: str, at: str) -> _Factor:
        """For tokens of about one size: in int8 one scale and one zero for the whole text, numbers 0…255."""
        if self._precision == "fp32":
            return _Factor(x)
        parts = [f"{at}.numbers", f"{at}.scale", f"{at}.zero"]
        self._nodes.append(_make_node("DynamicQuantizeLinear", [x], parts))
        return _Factor(*parts)

    def _by_token(self, x: str, at: str, least: float | None = None) -> _Factor:
        """For tokens of which some are much larger: in int8 a scale for each, numbers 1…255 around 128.

        `least` is a bound that no number of `x` falls below; with it the largest number alone tells the scale.
        """
        if self._precision == "fp32":
            return _Factor(x)
        sizes = x if least is not None else self._node("Abs", [x], f"{at}.sizes")
        largest = self._node("ReduceMax", [sizes, self._value("last", np.full(1, -1, np.int64))], f"{at}.largest")
        smallest = self._value(f"least{least or ''}", np.float32(-least if least is not None else 1e-9))
        largest = self._node("Max", [largest, smallest], f"{at}.range")
        scale = self._node("Mul", [largest, self._value("127th", np.float32(1 / 127))], f"{at}.scale")
        scales = self._node("Reshape", [scale, self._value("all", np.full(1, -1, np.int64))], f"{at}.scales")
        numbers = self._node("QuantizeLinear", [x, scales, self._middles()], f"{at}.numbers", axis=1)
        return _Factor(numbers, self._value("one", np.float32(1)), self._value("middle", np.uint8(128)), scale)

    def _middles(self) -> str:
        """(length,) uint8: 128 for each token."""
        from onnx import numpy_helper

        if not self._has_middles:
            self._has_middles = True
            middle = numpy_helper.from_array(np.full(1, 128, np.uint8))
            self._node("ConstantOfShape", ["length"], "middles", value=middle)
        return "middles"

    def _product(self, factor: _Factor, weight: Floats, bias: Floats | None, at: str) -> str:
        """x @ weight.T + bias, (…, columns) by (rows, columns)."""
        if factor.scale is None or factor.zero is None:
            product = self._node("MatMul", [factor.name, self._value(f"{at}.weight", weight.T)], f"{at}.product")
            return self._plus(product, bias, at)
        scales = (np.maximum(np.abs(weight).max(axis=1), 1e-12) / 127).astype(np.float32)
        numbers = self._value(f"{at}.weight", np.rint(weight / scales[:, None]).astype(np.int8).T)
        inputs = [factor.name, numbers, factor.scale, self._value(f"{at}.scales", scales), factor.zero]
        if factor.by_token is None:
            inputs += [] if bias is None else ["", self._value(f"{at}.bias", bias)]
            return self._node("MatMulIntegerToFloat", inputs, f"{at}.product", _ORT)
        product = self._node("MatMulIntegerToFloat", inputs, f"{at}.unscaled", _ORT)
        return self._plus(self._node("Mul", [product, factor.by_token], f"{at}.product"), bias, at)

    def _plus(self, x: str, bias: Floats | None, at: str) -> str:
        return x if bias is None else self._node("Add", [x, self._value(f"{at}.bias", bias)], f"{at}.moved")

    def _node(self, kind: str, inputs: list[str], output: str, domain: str = "", **attributes: Any) -> str:
        self._nodes.append(_make_node(kind, inputs, [output], domain, **attributes))
        return output

    def _weight(self, name: str) -> str:
        return self._value(name, self._weights[name])

    def _value(self, name: str, array: npt.NDArray[Any] | np.generic) -> str:
        """An initial value; a name that is there already keeps its first."""
        from onnx import numpy_helper

        name = f"value.{name}"
        if all(value.name != name for value in self._values):
            self._values.append(numpy_helper.from_array(np.ascontiguousarray(array).reshape(np.shape(array)), name))
        return name


def _make_node(kind: str, inputs: list[str], outputs: list[str], domain: str = "", **attributes: Any) -> Any:
    from onnx import helper

    return helper.make_node(kind, inputs, outputs, domain=domain, **attributes)
