"""The training loop: any torch module, one schedule, early stopping, and the same bits after a crash.

A `Trainable` brings the module, its batches, its loss and its validation; the loop knows nothing of what is learnt.
Everything that decides the next step is in one checkpoint file (weights that are trained, optimiser, random numbers,
position in the data), written beside the old one and then put in its place. Batches depend on the seed and the epoch
alone, so a run that was killed and continued on the same processor with as many threads ends with the same weights.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np

from groundtune.errors import Stopped
from groundtune.i18n import t
from groundtune.progress import Progress, Silent
from groundtune.tuning import checkpoint
from groundtune.tuning.processor import exactly, import_torch, native_bf16

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, slots=True)
class LoopRecipe:
    """How long and how fast to learn. The same for every kind of module."""

    epochs: int = 8
    learning_rate: float = 1e-4
    schedule: Literal["linear", "cosine", "constant"] = "linear"
    warmup: float = 0.1
    """Share of all steps over which the rate rises from zero."""
    weight_decay: float = 0.01
    """Not applied to biases and layer norms."""
    clip: float = 1.0
    """The largest norm of a step's gradient."""
    patience: int = 3
    """Validations without a better metric after which training ends."""
    checkpoint_steps: int = 100
    """Steps between checkpoints; there is one after each epoch besides."""
    bf16: bool | None = None
    """Multiply in bfloat16; `None` where the processor does so natively."""
    threads: int | None = None
    """Threads of torch; `None` leaves its own choice, the processor's cores."""
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Validation:
    """What a validation found. `metric` decides (higher is better); `values` are kept for the card."""

    metric: float
    values: Mapping[str, float]


class Trainable(Protocol):
    """What the loop trains. Its buffers don't change; parameters that don't require gradients are not saved."""

    @property
    def module(self) -> torch.nn.Module: ...

    def parameter_groups(self, recipe: LoopRecipe) -> list[dict[str, Any]]:
        """The optimiser's groups, each with `params`, `lr` and `weight_decay`; see `groups`."""

    def batches(self, epoch: int) -> Sequence[Any]:
        """The batches of an epoch, in order; the same for the same epoch, whoever asks and when."""

    def loss(self, batch: Any) -> torch.Tensor:
        """The batch's mean loss, a scalar."""

    def validate(self) -> Validation:
        """Measures the module as it is; called in evaluation mode, without gradients."""


@dataclass(frozen=True, slots=True)
class Epoch:
    """One line of the learning curve."""

    number: int
    """From 1."""
    train_loss: float
    validation: Validation
    learning_rate: float


@dataclass(frozen=True, slots=True)
class Trained:
    """What training came to; the module holds the weights of the best epoch."""

    history: tuple[Epoch, ...]
    best_epoch: int
    steps: int
    examples: int
    """Examples learnt from, repeats counted."""
    seconds: float
    """Time spent in training steps, over all starts."""
    continued: bool
    """Whether it went on from a checkpoint."""


@dataclass
class _State:
    """Where a run stands; saved and loaded whole."""

    epoch: int = 0
    batch: int = 0
    """Batches of this epoch that are done."""
    step: int = 0
    examples: int = 0
    seconds: float = 0.0
    loss_sum: float = 0.0
    best_metric: float = -math.inf
    best_epoch: int = 0
    history: tuple[Epoch, ...] = ()


def train(
    job: Trainable,
    recipe: LoopRecipe,
    folder: Path,
    *,
    progress: Progress | None = None,
    stop: threading.Event | None = None,
    keep: Literal["best", "last"] = "best",
) -> Trained:
    """Trains `job.module`, keeping checkpoints in `folder`, and leaves it with the weights of its best epoch, or with
    those of its last one where nothing is validated.

    Continues where `folder` has a checkpoint, so a folder belongs to one job and recipe. Raises Stopped, after writing
    a checkpoint, when `stop` is set.
    """
    torch = import_torch()
    progress = progress or Silent()
    folder.mkdir(parents=True, exist_ok=True)
    with exactly(recipe.threads):
        torch.manual_seed(recipe.seed)
        optimiser = torch.optim.AdamW(job.parameter_groups(recipe), fused=True)
        rates = [group["lr"] for group in optimiser.param_groups]
        lengths = [len(job.batches(epoch)) for epoch in range(recipe.epochs)]
        state = checkpoint.load(folder, job.module, optimiser, _State) or _State()
        continued = state.step > 0
        progress.start(t("Training"), sum(lengths))
        progress.advance(state.step)
        while state.epoch < recipe.epochs and not _patience_is_over(state, recipe):
            batches = job.batches(state.epoch)
            while state.batch < len(batches):
                batch = batches[state.batch]
                factor = _factor(recipe, state.step, sum(lengths))
                for group, rate in zip(optimiser.param_groups, rates, strict=True):
                    group["lr"] = rate * factor
                _step(job, batch, recipe, optimiser, state)
                progress.advance(note=_note(state))
                if stop is not None and stop.is_set():
                    checkpoint.save(folder, job.module, optimiser, state)
                    progress.finish()
                    raise Stopped(t("Training"))
                if state.step % recipe.checkpoint_steps == 0 and state.batch < len(batches):
                    checkpoint.save(folder, job.module, optimiser, state)
            job.module.eval()
            with torch.no_grad(), autocast(recipe):
                validation = job.validate()
            _end_epoch(folder, job.module, state, validation, optimiser.param_groups[-1]["lr"])
            checkpoint.save(folder, job.module, optimiser, state)
        progress.finish()
        if keep == "best":
            checkpoint.load_best(folder, job.module)
        job.module.eval()
    return Trained(state.history, state.best_epoch, state.step, state.examples, state.seconds, continued)


def groups(
    module: torch.nn.Module, recipe: LoopRecipe, rate_of: Mapping[str, float] | None = None
) -> list[dict[str, Any]]:
    """The trained parameters by rate, with weight decay for matrices alone.

    `rate_of` maps the beginning of a parameter's name to a factor on the learning rate; the longest that fits counts.
    """
    found: dict[tuple[float, float], list[Any]] = {}
    for name, parameter in module.named_parameters():
        if not parameter.requires_grad:
            continue
        fitting = [start for start in rate_of or {} if name.startswith(start)]
        factor = (rate_of or {})[max(fitting, key=len)] if fitting else 1.0
        decay = recipe.weight_decay if parameter.dim() > 1 else 0.0
        found.setdefault((factor, decay), []).append(parameter)
    return [
        {"params": parameters, "lr": recipe.learning_rate * factor, "weight_decay": decay}
        for (factor, decay), parameters in found.items()
    ]


def batches_by_length(lengths: Sequence[int], size: int, *, seed: int, epoch: int) -> list[list[int]]:
    """Positions in batches of texts of about one length, so that little is padding; batches come in random order.

    Examples are shuffled, cut into stretches of 16 batches, and sorted by length within each; so an epoch's batches
    differ from the last one's. Depends on its arguments alone.
    """
    numbers = np.random.default_rng((seed, epoch))
    order = numbers.permutation(len(lengths))
    stretch = size * 16
    found: list[list[int]] = []
    for start in range(0, len(order), stretch):
        part = sorted(order[start : start + stretch].tolist(), key=lambda i: lengths[i])
        found += [part[i : i + size] for i in range(0, len(part), size)]
    return [found[i] for i in numbers.permutation(len(found))]


def uses_bf16(recipe: LoopRecipe) -> bool:
    return native_bf16() if recipe.bf16 is None else recipe.bf16


# --- Inside ----------------------------------------------------------------------------------------------------------


def _step(job: Trainable, batch: Any, recipe: LoopRecipe, optimiser: Any, state: _State) -> None:
    torch = import_torch()
    from time import perf_counter

    started = perf_counter()
    job.module.train()
    with autocast(recipe):
        loss = job.loss(batch)
    loss.backward()
    trained = [parameter for group in optimiser.param_groups for parameter in group["params"]]
    torch.nn.utils.clip_grad_norm_(trained, recipe.clip)
    optimiser.step()
    optimiser.zero_grad(set_to_none=True)
    state.loss_sum += loss.item()
    state.batch += 1
    state.step += 1
    state.examples += len(batch)
    state.seconds += perf_counter() - started


def _end_epoch(folder: Path, module: Any, state: _State, validation: Validation, rate: float) -> None:
    epoch = Epoch(state.epoch + 1, state.loss_sum / max(1, state.batch), validation, rate)
    state.history = (*state.history, epoch)
    if validation.metric > state.best_metric:
        state.best_metric, state.best_epoch = validation.metric, epoch.number
        checkpoint.save_best(folder, module)
    state.epoch, state.batch, state.loss_sum = state.epoch + 1, 0, 0.0


def _patience_is_over(state: _State, recipe: LoopRecipe) -> bool:
    return state.epoch - state.best_epoch >= recipe.patience and state.epoch > 0


def _factor(recipe: LoopRecipe, step: int, total: int) -> float:
    warmup = max(1, round(recipe.warmup * total))
    if step < warmup:
        return (step + 1) / warmup
    left = (total - step) / max(1, total - warmup)
    if recipe.schedule == "linear":
        return left
    if recipe.schedule == "cosine":
        return 0.5 * (1 + math.cos(math.pi * (1 - left)))
    return 1.0


def _note(state: _State) -> str:
    loss = f"loss {state.loss_sum / max(1, state.batch):.3f}"
    return loss if not state.history else f"{loss}, best {state.best_metric:.3f}"


def autocast(recipe: LoopRecipe) -> Any:
    """A context in which torch multiplies as `recipe` says."""
    torch = import_torch()
    return torch.autocast("cpu", torch.bfloat16, enabled=uses_bf16(recipe))
