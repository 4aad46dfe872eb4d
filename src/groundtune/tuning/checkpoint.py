"""Where a training run stands, on disk: one file, written beside the old one and then put in its place."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from groundtune.tuning.processor import import_torch

S = TypeVar("S")
"""What the loop knows of its own place; pickled with the rest."""
_LATEST = "checkpoint.pt"
_BEST = "best.pt"


def save(folder: Path, module: Any, optimiser: Any, state: S) -> None:
    """Everything that decides the next step: trained weights, optimiser, random numbers, threads, and `state`."""
    torch = import_torch()
    whole = {
        "weights": _weights(module),
        "optimiser": optimiser.state_dict(),
        "random": torch.get_rng_state(),
        "threads": torch.get_num_threads(),
        "state": state,
    }
    _write(folder / _LATEST, whole)


def load(folder: Path, module: Any, optimiser: Any, kind: type[S]) -> S | None:
    """Puts back what `save` wrote and returns its state, a `kind`; `None` where nothing was saved."""
    torch = import_torch()
    path = folder / _LATEST
    if not path.is_file():
        return None
    whole = torch.load(path, weights_only=False)
    _put(module, whole["weights"])
    optimiser.load_state_dict(whole["optimiser"])
    torch.set_rng_state(whole["random"])
    torch.set_num_threads(whole["threads"])
    state = whole["state"]
    assert isinstance(state, kind)
    return state


def save_best(folder: Path, module: Any) -> None:
    """The trained weights of the best epoch so far."""
    _write(folder / _BEST, _weights(module))


def load_best(folder: Path, module: Any) -> None:
    """Puts the weights of the best epoch into `module`."""
    _put(module, import_torch().load(folder / _BEST, weights_only=False))


def _weights(module: Any) -> dict[str, Any]:
    return {name: parameter.detach() for name, parameter in module.named_parameters() if parameter.requires_grad}


def _put(module: Any, weights: Mapping[str, Any]) -> None:
    torch = import_torch()
    parameters = dict(module.named_parameters())
    with torch.no_grad():
        for name, value in weights.items():
            parameters[name].copy_(value)


def _write(path: Path, value: Any) -> None:
    """Writes `value` beside `path`, waits for the disk, and only then puts it in its place."""
    torch = import_torch()
    beside = path.with_suffix(".new")
    with beside.open("wb") as file:
        torch.save(value, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(beside, path)
    handle = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
