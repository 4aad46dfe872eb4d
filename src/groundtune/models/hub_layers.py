"""What a sentence-transformers model does with its tokens' states: pooling, then layers upon the pooled vector.

Reads `modules.json` and the folders that it names, as sentence-transformers (5 and 6) writes and runs them, without
needing it. What it doesn't know exactly it refuses: a vector that is slightly wrong looks like any other.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from groundtune.i18n import t

Tensor = Any
_OURS = "sentence_transformers."
_POOLED = "sentence_embedding"
_MODES = {
    "pooling_mode_cls_token": "cls",
    "pooling_mode_max_tokens": "max",
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_mean_sqrt_len_tokens": "mean_sqrt_len_tokens",
    "pooling_mode_weightedmean_tokens": "weightedmean",
    "pooling_mode_lasttoken": "lasttoken",
}
"""The older flags, in the order in which several are joined, and the names that stand for them now."""


@dataclass(frozen=True, slots=True)
class Layers:
    """Everything behind the transformer, and where the transformer is."""

    transformer: str = ""
    """The folder of its weights and tokenizer, within the model's."""
    modes: tuple[str, ...] = ("mean",)
    include_prompt: bool = True
    """Whether the tokens of the form before the text are pooled as well."""
    steps: tuple[Callable[[Tensor], Tensor], ...] = ()

    def vector(self, tokens: Tensor, prompt_tokens: int) -> Tensor:
        """(dimension,) float32 from `tokens`, (n, hidden), of one text without padding, its form first."""
        start = 0 if self.include_prompt else prompt_tokens
        pooled = _joined([_pooled(mode, tokens.float(), start) for mode in self.modes])
        for step in self.steps:
            pooled = step(pooled)
        return pooled


def read_layers(model: str) -> Layers:
    """The layers of an id or folder; one without `modules.json` is a bare encoder, whose tokens are averaged.

    Raises ValueError, naming it, for whatever would not be run as sentence-transformers does.
    """
    modules = read_json(model, "modules.json")
    if modules is None:
        return Layers()
    kinds = [_kind(module["type"]) for module in modules]
    if kinds[:2] != ["Transformer", "Pooling"]:
        raise ValueError(t("its modules are {kinds}; groundtune runs Transformer, Pooling, …", kinds=", ".join(kinds)))
    pooling = read_json(model, _in(modules[1]["path"], "config.json"))
    if pooling is None:
        raise ValueError(t("{file} is missing", file=_in(modules[1]["path"], "config.json")))
    return Layers(
        transformer=modules[0]["path"],
        modes=_modes(pooling),
        include_prompt=bool(pooling.get("include_prompt", True)),
        steps=tuple(_step(model, kind, module["path"]) for kind, module in zip(kinds[2:], modules[2:], strict=True)),
    )


def read_json(model: str, file: str) -> Any:
    """A file of the model's, `None` when it has none."""
    path = _path(model, file)
    if path is None:
        return None
    with open(path, encoding="utf-8") as lines:
        return json.load(lines)


def _kind(name: str) -> str:
    if not name.startswith(_OURS):
        raise ValueError(t("it runs code of its own ({kind}), which groundtune doesn't", kind=name))
    return name.rsplit(".", 1)[-1]


def _modes(config: dict[str, Any]) -> tuple[str, ...]:
    stated = config.get("pooling_mode")
    if stated is None:
        known = [mode for flag, mode in _MODES.items() if config.get(flag)]
        unknown = [key for key, on in config.items() if key.startswith("pooling_mode_") and on and key not in _MODES]
        modes = tuple(known + unknown) or ("mean",)
    else:
        modes = (stated,) if isinstance(stated, str) else tuple(stated)
    for mode in modes:
        if mode not in _MODES.values():
            raise ValueError(t("it pools by {kind}, which groundtune doesn't do", kind=mode))
    return modes


def _pooled(mode: str, tokens: Tensor, start: int) -> Tensor:
    """(hidden,): one way of pooling `tokens` from `start` on. Weights of positions count from the very first token."""
    import torch

    chosen = tokens[start:]
    if mode == "cls":
        return chosen[0]
    if mode == "lasttoken":
        return chosen[-1]
    if mode == "max":
        return chosen.max(dim=0).values
    if mode == "weightedmean":
        weights = torch.arange(start + 1, len(tokens) + 1, device=tokens.device, dtype=torch.float32)
        return (chosen * weights[:, None]).sum(dim=0) / weights.sum()
    total = chosen.sum(dim=0)
    return total / len(chosen) if mode == "mean" else total / len(chosen) ** 0.5


def _joined(vectors: Sequence[Tensor]) -> Tensor:
    import torch

    return vectors[0] if len(vectors) == 1 else torch.cat(list(vectors))


def _step(model: str, kind: str, folder: str) -> Callable[[Tensor], Tensor]:
    """One layer upon the pooled vector."""
    import torch

    config = read_json(model, _in(folder, "config.json")) or {}
    for key in ("module_input_name", "module_output_name"):
        if config.get(key) not in (None, _POOLED):
            raise ValueError(
                t("its {kind} works on “{name}”, which groundtune doesn't do", kind=kind, name=config[key])
            )
    if kind == "Normalize":
        return lambda vector: torch.nn.functional.normalize(vector, dim=0)
    if kind == "Dropout":
        return lambda vector: vector
    if kind == "Dense":
        return _dense(_weights(model, folder), config)
    if kind == "LayerNorm":
        weights = _weights(model, folder)
        scale, shift = weights["norm.weight"], weights["norm.bias"]
        return lambda vector: torch.nn.functional.layer_norm(
            vector, scale.shape, scale.to(vector.device), shift.to(vector.device)
        )
    raise ValueError(t("it has a layer of the kind {kind}, which groundtune doesn't run", kind=kind))


def _dense(weights: dict[str, Tensor], config: dict[str, Any]) -> Callable[[Tensor], Tensor]:
    import torch

    matrix, bias = weights["linear.weight"], weights.get("linear.bias")
    if tuple(matrix.shape) != (config["out_features"], config["in_features"]) or (bias is None) == config.get(
        "bias", True
    ):
        raise ValueError(t("the weights of its Dense layer are not what its config.json says"))
    activation = _activation(config.get("activation_function", "torch.nn.modules.activation.Tanh"))
    around = config.get("use_residual", False)
    residual = weights["residual.weight"] if around and matrix.shape[0] != matrix.shape[1] else None

    def step(vector: Tensor) -> Tensor:
        at = vector.device
        out = activation(torch.nn.functional.linear(vector, matrix.to(at), None if bias is None else bias.to(at)))
        if not around:
            return out
        return out + (vector if residual is None else torch.nn.functional.linear(vector, residual.to(at)))

    return step


def _activation(name: str) -> Callable[[Tensor], Tensor]:
    """A module of torch.nn by its full name, such as "torch.nn.modules.activation.Tanh"."""
    import torch

    found = getattr(torch.nn, name.rsplit(".", 1)[-1], None) if name.startswith("torch.nn.") else None
    if not (isinstance(found, type) and issubclass(found, torch.nn.Module)):
        raise ValueError(t("its Dense layer has the activation {name}, which groundtune doesn't run", name=name))
    activation: Callable[[Tensor], Tensor] = found().eval()
    return activation


def _weights(model: str, folder: str) -> dict[str, Tensor]:
    """Float32 tensors by name."""
    import torch

    path = _path(model, _in(folder, "model.safetensors"))
    if path is not None:
        from safetensors.torch import load_file

        found = load_file(path)
    else:
        path = _path(model, _in(folder, "pytorch_model.bin"))
        if path is None:
            raise ValueError(t("{file} is missing", file=_in(folder, "model.safetensors")))
        found = torch.load(path, map_location="cpu", weights_only=True)
    return {name: value.float() for name, value in found.items()}


def _in(folder: str, file: str) -> str:
    return f"{folder}/{file}" if folder else file


def _path(model: str, file: str) -> str | None:
    from transformers.utils import cached_file

    path: str | None = cached_file(model, file, _raise_exceptions_for_missing_entries=False)
    return path
