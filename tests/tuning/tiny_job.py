"""A small network with dropout on numbers that are made on the spot; run as a program, it trains in `sys.argv[1]`."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from groundtune.tuning.loop import LoopRecipe, Validation, batches_by_length, groups, train

RECIPE = LoopRecipe(epochs=4, learning_rate=0.01, checkpoint_steps=3, patience=4, bf16=False, threads=1, seed=3)


class TinyJob:
    """Learns the sign of a sum; `die_at` kills the process without warning in the middle of that step."""

    def __init__(self, seed: int = 0, die_at: int | None = None) -> None:
        numbers = torch.Generator().manual_seed(seed)
        self.x = torch.randn(120, 8, generator=numbers)
        self.y = (self.x.sum(1) > 0).long()
        torch.manual_seed(seed)
        self.module = torch.nn.Sequential(
            torch.nn.Linear(8, 16),
            torch.nn.LayerNorm(16),
            torch.nn.ReLU(),
            torch.nn.Dropout(0.3),
            torch.nn.Linear(16, 2),
        )
        self._die_at, self._steps = die_at, 0

    def parameter_groups(self, recipe: LoopRecipe) -> list[dict[str, Any]]:
        return groups(self.module, recipe)

    def batches(self, epoch: int) -> Sequence[Any]:
        return batches_by_length([i % 7 for i in range(100)], 8, seed=3, epoch=epoch)

    def loss(self, batch: Any) -> torch.Tensor:
        self._steps += 1
        if self._steps == self._die_at:
            os.kill(os.getpid(), signal.SIGKILL)
        return torch.nn.functional.cross_entropy(self.module(self.x[batch]), self.y[batch])

    def validate(self) -> Validation:
        right = (self.module(self.x[100:]).argmax(1) == self.y[100:]).float().mean()
        return Validation(float(right), {"accuracy": float(right)})


if __name__ == "__main__":
    job = TinyJob(die_at=int(sys.argv[2]))
    train(job, RECIPE, Path(sys.argv[1]))
    torch.save(job.module.state_dict(), Path(sys.argv[1]) / "final.pt")
