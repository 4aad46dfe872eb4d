"""Training stops, dies and continues, and ends where an unbroken run ends."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from groundtune.errors import Stopped  # noqa: E402
from groundtune.tuning.loop import LoopRecipe, Trained, Validation, batches_by_length, groups, train  # noqa: E402
from tests.tuning import tiny_job  # noqa: E402
from tests.tuning.tiny_job import RECIPE, TinyJob  # noqa: E402

Weights = dict[str, "torch.Tensor"]


def same_bits(a: Weights, b: Weights) -> bool:
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


def unbroken(folder: Path) -> tuple[Weights, Trained]:
    job = TinyJob()
    trained = train(job, RECIPE, folder)
    return job.module.state_dict(), trained


def test_a_run_killed_again_and_again_ends_with_the_same_bits(tmp_path: Path) -> None:
    expected, _ = unbroken(tmp_path / "unbroken")
    folder = tmp_path / "killed"
    killed = 0
    for die_at in (2, 8, 11, 14, 17, 10**9):  # counted from each start
        program = [sys.executable, tiny_job.__file__, str(folder), str(die_at)]
        ended = subprocess.run(program, check=False)
        killed += ended.returncode == -signal.SIGKILL
        if ended.returncode == 0:
            break
    assert killed >= 4
    assert same_bits(expected, torch.load(folder / "final.pt"))


def test_a_stopped_run_continues_to_the_same_bits_and_the_same_curve(tmp_path: Path) -> None:
    expected, whole = unbroken(tmp_path / "unbroken")

    class StopsAt:
        def __init__(self, step: int) -> None:
            self.event, self._left = threading.Event(), step

        def start(self, what: str, total: int) -> None:
            pass

        def advance(self, steps: int = 1, note: str = "") -> None:
            self._left -= 1
            if self._left == 0:
                self.event.set()

        def finish(self) -> None:
            pass

    for step in (5, 14):
        progress = StopsAt(step)
        with pytest.raises(Stopped, match="same command"):
            train(TinyJob(), RECIPE, tmp_path / "stopped", progress=progress, stop=progress.event)
    job = TinyJob()
    trained = train(job, RECIPE, tmp_path / "stopped")
    assert same_bits(expected, job.module.state_dict())
    assert trained.continued
    assert (trained.history, trained.best_epoch, trained.steps) == (whole.history, whole.best_epoch, whole.steps)


def test_a_finished_run_is_not_trained_again(tmp_path: Path) -> None:
    expected, first = unbroken(tmp_path / "run")
    job = TinyJob(die_at=1)
    again = train(job, RECIPE, tmp_path / "run")
    assert same_bits(expected, job.module.state_dict())
    assert again.steps == first.steps


def test_half_a_checkpoint_beside_the_whole_one_does_no_harm(tmp_path: Path) -> None:
    expected, _ = unbroken(tmp_path / "unbroken")
    folder = tmp_path / "run"
    program = [sys.executable, tiny_job.__file__, str(folder), "9"]
    subprocess.run(program, check=False)
    (folder / "checkpoint.new").write_bytes(b"half")
    job = TinyJob()
    train(job, RECIPE, folder)
    assert same_bits(expected, job.module.state_dict())


class Scripted(TinyJob):
    """Validates to what it was told, epoch after epoch."""

    def __init__(self, metrics: list[float]) -> None:
        super().__init__()
        self._metrics, self.seen = iter(metrics), []

    def validate(self) -> Validation:
        self.seen.append({name: value.clone() for name, value in self.module.state_dict().items()})
        return Validation(next(self._metrics), {})


def test_training_ends_early_and_keeps_the_best_epoch(tmp_path: Path) -> None:
    job = Scripted([0.5, 0.7, 0.6, 0.7, 0.9])
    trained = train(job, replace(RECIPE, epochs=5, patience=2), tmp_path)
    assert (trained.best_epoch, len(trained.history)) == (2, 4)
    assert same_bits(job.module.state_dict(), job.seen[1])


def test_training_learns(tmp_path: Path) -> None:
    _, trained = unbroken(tmp_path)
    assert trained.history[-1].train_loss < trained.history[0].train_loss * 0.8
    assert trained.history[trained.best_epoch - 1].validation.metric > 0.8


def test_weight_decay_spares_biases_and_norms_and_rates_follow_the_name() -> None:
    module = TinyJob().module
    found = groups(module, LoopRecipe(learning_rate=1.0, weight_decay=0.1), {"0.": 0.5})
    sizes = {(g["lr"], g["weight_decay"]): sum(p.numel() for p in g["params"]) for g in found}
    assert sizes == {(0.5, 0.1): 128, (0.5, 0.0): 16, (1.0, 0.0): 34, (1.0, 0.1): 32}


def test_batches_hold_texts_of_one_length_and_depend_on_seed_and_epoch_alone() -> None:
    lengths = [(i * 37) % 200 for i in range(500)]
    batches = batches_by_length(lengths, 8, seed=1, epoch=2)
    assert sorted(i for batch in batches for i in batch) == list(range(500))
    assert batches == batches_by_length(lengths, 8, seed=1, epoch=2)
    assert batches != batches_by_length(lengths, 8, seed=1, epoch=3)
    padded = sum(max(lengths[i] for i in batch) * len(batch) for batch in batches)
    assert padded < 1.2 * sum(lengths)


def test_the_schedule_rises_and_falls(tmp_path: Path) -> None:
    trained = train(TinyJob(), replace(RECIPE, schedule="cosine"), tmp_path)
    rates = [epoch.learning_rate for epoch in trained.history]
    assert rates == sorted(rates, reverse=True)
    assert rates[-1] < 0.001
