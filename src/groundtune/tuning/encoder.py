"""A base's layers made ready for training, and token ids through them to mean vectors. Needs torch.

What is trained: every layer, the topmost ones, low-rank adapters in them, or none; word embeddings never are. On a few
hundred texts most of their rows would not be met, and the exported model can share the base model's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from groundtune.errors import MissingExtra
from groundtune.tuning.base import Base
from groundtune.tuning.processor import import_torch

Ids = list[list[int]]
"""Token ids of each text, prefix and special tokens included."""
Trained = Literal["full", "top", "lora", "head"]
"""Which layers learn; with "head" none does."""

_EVALUATION_BATCH = 32
_PADDED_TO = 8
"""Batches are as long as a multiple of this. torch keeps code and memory for each shape that it meets: a gigabyte more,
if every length were a shape of its own."""


class Encoder:
    """`layers` is the transformers module, with adapters in it where these are trained."""

    def __init__(
        self, base: Base, trained: Trained, *, dropout: float, lora_rank: int, seed: int, top_layers: int = 0
    ) -> None:
        torch = import_torch()
        self.layers = base.module()
        self._words = base.words
        self._pad = int(self.layers.config.pad_token_id or 0)
        self._with_adapters = trained == "lora"
        for part in self.layers.modules():
            if isinstance(part, torch.nn.Dropout):
                part.p = dropout
        for parameter in self.layers.parameters():
            parameter.requires_grad_(trained == "full")
        self.layers.embeddings.word_embeddings.weight.requires_grad_(False)
        if trained == "top":
            for layer in self.layers.encoder.layer[-top_layers:]:
                layer.requires_grad_(True)
        if self._with_adapters:
            self.layers = _with_adapters(self.layers, lora_rank, seed)

    @property
    def dimension(self) -> int:
        return int(self.layers.config.hidden_size)

    def mean(self, ids: Ids) -> Any:
        """(n, hidden) float32: the last hidden state averaged over each text's tokens, in one padded batch."""
        torch = import_torch()
        longest = max(len(one) for one in ids)
        longest = min(-(-longest // _PADDED_TO) * _PADDED_TO, int(self.layers.config.max_position_embeddings))
        padded = np.full((len(ids), longest), self._pad, np.int64)
        mask = np.zeros((len(ids), longest), np.int64)
        for row, one in enumerate(ids):
            padded[row, : len(one)] = one
            mask[row, : len(one)] = 1
        attention = torch.from_numpy(mask)
        if self._words is None:
            given = {"input_ids": torch.from_numpy(padded)}
        else:
            rows = self._words(padded.reshape(-1))
            given = {"inputs_embeds": torch.from_numpy(rows.reshape(*padded.shape, rows.shape[1]))}
        hidden = self.layers(**given, attention_mask=attention).last_hidden_state
        weight = attention[:, :, None].float()
        return (hidden.float() * weight).sum(1) / weight.sum(1)

    def merged(self) -> Any:
        """Plain layers, adapters merged into their weights. The module isn't trained afterwards."""
        return self.layers.merge_and_unload() if self._with_adapters else self.layers


def sorted_batches(ids: Sequence[Sequence[int]]) -> list[list[int]]:
    """Positions in batches of about one length, longest first, so that memory is asked for once."""
    order = sorted(range(len(ids)), key=lambda i: -len(ids[i]))
    return [order[i : i + _EVALUATION_BATCH] for i in range(0, len(order), _EVALUATION_BATCH)]


def _with_adapters(layers: Any, rank: int, seed: int) -> Any:
    try:
        import peft
    except ImportError as error:
        raise MissingExtra("peft", "tuning") from error
    import_torch().manual_seed(seed)
    targets = ["query", "key", "value", "attention.output.dense", "intermediate.dense", "output.dense"]
    return peft.get_peft_model(layers, peft.LoraConfig(r=rank, lora_alpha=2 * rank, target_modules=targets))
