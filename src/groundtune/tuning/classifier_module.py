"""The encoder with a linear head as something the training loop can train. Needs torch.

The head starts as a logistic regression on the untrained encoder's mean vectors, so the first step already starts from
what the frozen model knows; training then moves every transformer layer (or LoRA adapters in them). Word embeddings
stay: on a few hundred texts most of their rows would never be met, and the exported model can share the base model's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from groundtune.comparison.statistics import macro_f1
from groundtune.tuning.base import Base
from groundtune.tuning.calibrate import Labels, log_loss, softmax
from groundtune.tuning.encoder import Encoder, Ids, sorted_batches
from groundtune.tuning.logistic import logistic_regression
from groundtune.tuning.loop import LoopRecipe, Validation, autocast, batches_by_length, groups
from groundtune.tuning.processor import import_torch
from groundtune.tuning.recipe import ClassifyRecipe
from groundtune.tuning.words import WordModel, fit_words

if TYPE_CHECKING:
    import torch

Side = tuple[Sequence[str], Labels]
"""Texts, and the class number of each."""

_SENTENCE = re.compile(r"\n+|(?<=[.!?。])\s+")


class EncoderClassifier:
    """Trains on `train`, chooses the best epoch by macro-F1 on `validation` (loss decides between equals)."""

    def __init__(
        self,
        base: Base,
        recipe: ClassifyRecipe,
        n_classes: int,
        train: Side,
        validation: Side,
    ) -> None:
        """The encoder's last hidden state is averaged over each text's tokens."""
        torch = import_torch()
        self._encoder = Encoder(
            base, recipe.method, dropout=recipe.dropout, lora_rank=recipe.lora_rank, seed=recipe.loop.seed
        )
        self._base = base
        self._recipe, self._n_classes = recipe, n_classes
        self._train, self._validation = train, validation
        self._epoch: tuple[int, Ids] = (-1, [])
        self.head = torch.nn.Linear(self._encoder.dimension, n_classes)
        self.module = torch.nn.ModuleDict({"encoder": self._encoder.layers, "head": self.head})
        self._centre, self._spread = torch.zeros(self.head.in_features), torch.ones(self.head.in_features)
        self._start_head()
        weights = np.ones(n_classes)
        if recipe.class_weights:
            counts = np.bincount(train[1], minlength=n_classes)
            weights = np.where(counts > 0, len(train[1]) / (np.maximum(counts, 1) * (counts > 0).sum()), 0.0)
        self._weights = torch.tensor(weights, dtype=torch.float32)
        self.word_model: WordModel | None = None
        if recipe.word_strength > 0:
            self.word_model = fit_words(*train, n_classes, strength=recipe.word_strength, balanced=recipe.class_weights)

    # --- What the loop asks ------------------------------------------------------------------------------------------

    def parameter_groups(self, recipe: LoopRecipe) -> list[dict[str, Any]]:
        layers = int(self._encoder.layers.config.num_hidden_layers)
        rates = {"head.": self._recipe.head_rate, "encoder.": self._recipe.layer_decay**layers}
        for layer in range(layers):
            for start in ("encoder.encoder.layer", "encoder.base_model.model.encoder.layer"):
                rates[f"{start}.{layer}."] = self._recipe.layer_decay ** (layers - 1 - layer)
        return groups(self.module, recipe, rates)

    def batches(self, epoch: int) -> list[list[int]]:
        seed = self._recipe.loop.seed
        if self._epoch[0] != epoch:
            texts = shortened(self._train[0], self._recipe.least_kept, seed=seed, epoch=epoch)
            self._epoch = (epoch, self._encoded(texts))
        lengths = [len(ids) for ids in self._epoch[1]]
        return batches_by_length(lengths, self._recipe.batch_size, seed=seed, epoch=epoch)

    def loss(self, batch: Sequence[int]) -> torch.Tensor:
        from torch import Tensor, from_numpy
        from torch.nn.functional import cross_entropy

        logits = self.head(self._pooled([self._epoch[1][i] for i in batch])).float()
        truth = from_numpy(self._train[1][list(batch)])
        smoothing = self._recipe.label_smoothing
        loss: Tensor = cross_entropy(logits, truth, weight=self._weights, label_smoothing=smoothing)
        return loss

    def validate(self) -> Validation:
        texts, truth = self._validation
        logits = self.logits(texts)
        score = macro_f1(truth, logits.argmax(axis=1), self._n_classes)
        loss = log_loss(softmax(logits), truth)
        return Validation(score - 1e-4 * loss, {"macro_f1": score, "loss": loss})

    # --- What others ask ---------------------------------------------------------------------------------------------

    def logits(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """(n, classes) float32, in the precision that is set where it is called."""
        torch = import_torch()
        self.module.eval()
        ids = self._encoded(texts)
        out = np.zeros((len(ids), self._n_classes), np.float32)
        with torch.no_grad():
            for batch in sorted_batches(ids):
                out[batch] = self.head(self._pooled([ids[i] for i in batch])).float().numpy()
        return out if self.word_model is None else out + self.word_model.logits(texts)

    def plain_head(self) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """Weight (classes, dimension) and bias (classes,) on the mean vector itself."""
        weight = self.head.weight.detach() / self._spread
        bias = self.head.bias.detach() - weight @ self._centre
        return weight.numpy(), bias.numpy()

    def merged(self) -> Any:
        """The encoder as plain layers, adapters merged into their weights. The module isn't trained afterwards."""
        return self._encoder.merged()

    # --- Inside ------------------------------------------------------------------------------------------------------

    def _encoded(self, texts: Sequence[str]) -> Ids:
        return [self._base.encode(self._recipe.prefix + text, self._recipe.window) for text in texts]

    def _pooled(self, ids: Ids) -> Any:
        return (self._encoder.mean(ids) - self._centre) / self._spread

    def _start_head(self) -> None:
        """Logistic regression on standardised vectors. What standardised them stays fixed and is folded at the end."""
        torch = import_torch()
        texts, truth = self._train
        ids = self._encoded(texts)
        vectors = np.zeros((len(ids), self.head.in_features), np.float32)
        self.module.eval()
        with torch.no_grad(), autocast(self._recipe.loop):
            for batch in sorted_batches(ids):
                vectors[batch] = self._pooled([ids[i] for i in batch]).numpy()
        centre, spread = vectors.mean(axis=0), vectors.std(axis=0) + 1e-6
        weight, bias = logistic_regression(
            (vectors - centre) / spread,
            truth,
            self._n_classes,
            strength=self._recipe.head_strength,
            balanced=self._recipe.class_weights,
        )
        self._centre, self._spread = torch.from_numpy(centre), torch.from_numpy(spread)
        with torch.no_grad():
            self.head.weight.copy_(torch.from_numpy(weight))
            self.head.bias.copy_(torch.from_numpy(bias))


def shortened(texts: Sequence[str], least_kept: float, *, seed: int, epoch: int) -> list[str]:
    """Each text with some of its lines and sentences left out at random, at least a share of `least_kept` staying.

    So no epoch shows the same text twice and no single sentence decides; what stays keeps its order. Depends on its
    arguments alone.
    """
    if least_kept >= 1:
        return list(texts)
    numbers = np.random.default_rng((seed, epoch, 1))
    found = []
    for text in texts:
        parts = [part for part in _SENTENCE.split(text) if part.strip()]
        count = max(1, round(len(parts) * numbers.uniform(least_kept, 1.0)))
        kept = sorted(numbers.permutation(len(parts))[:count].tolist())
        found.append("\n".join(parts[i] for i in kept))
    return found
