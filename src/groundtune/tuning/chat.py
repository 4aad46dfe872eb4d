"""Fine-tunes a causal chat model on question–answer examples, from a task to a registered version with its card.

read → check against the held-out questions → split by fact → train → export the adapters as a file that the chat
runtime loads → compare what is served with what was trained → card → register. Needs torch; what it made does not.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import threading
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path
from typing import Any

from groundtune.comparison.cases import read_answer_cases
from groundtune.comparison.tasks import Task
from groundtune.errors import UsageError
from groundtune.i18n import t
from groundtune.models import prompts
from groundtune.models.causal import open_causal
from groundtune.progress import Progress
from groundtune.storage.registry import Metric, ModelVersion, NewModel, Registry
from groundtune.tuning.chat_card import write_chat_cards
from groundtune.tuning.chat_export import COMPARED, agreement, export_chat, why_unfit
from groundtune.tuning.chat_module import ChatRecipe, LoraChat
from groundtune.tuning.chat_prepare import ChatData, prepare_chat, read_chat_recipe
from groundtune.tuning.classify import library_versions
from groundtune.tuning.loop import train
from groundtune.tuning.processor import import_torch
from groundtune.tuning.recipe import to_toml

KIND = "answer"
FACTS_SEEN = "facts_seen.json"


def tune_chat_task(
    name: str,
    task: Task,
    registry: Registry,
    *,
    progress: Progress | None = None,
    stop: threading.Event | None = None,
) -> tuple[ModelVersion, bool]:
    """Tunes on the task's examples. The version, and whether it was made now: the same run is not made twice.

    Raises UsageError for a task without examples, BadData for examples that can't be taken.
    """
    if task.data.examples is None:
        raise UsageError(t("The task “{name}” has no question–answer examples to tune on.", name=task.name))
    recipe = read_chat_recipe(task.tuning, task.path)
    recipe = replace(recipe, loop=replace(recipe.loop, seed=task.seed))
    cases = read_answer_cases(task.data.cases, today=date.today()) if task.data.cases else []
    data = prepare_chat(task.data.examples, [case.input.text for case in cases], recipe)
    return tune_chat(name, data, recipe, registry, progress=progress, stop=stop)


def tune_chat(
    name: str,
    data: ChatData,
    recipe: ChatRecipe,
    registry: Registry,
    *,
    progress: Progress | None = None,
    stop: threading.Event | None = None,
) -> tuple[ModelVersion, bool]:
    """Trains, exports, compares served with trained, registers; continues from the last checkpoint of the same run.

    Raises Stopped when `stop` is set, UsageError when another process makes this very version.
    """
    resolved = _plain(asdict(recipe) | {"prompts": prompts.VERSION})
    known = _known(name, data, resolved, registry)
    if known is not None:
        return known, False
    with registry.workplace(name, _fingerprint(data, resolved)) as run:
        known = _known(name, data, resolved, registry)  # another process may have made it just now
        version = known or _make(name, data, recipe, resolved, registry, run, progress, stop)
        shutil.rmtree(run, ignore_errors=True)
    return version, known is None


def _known(name: str, data: ChatData, resolved: dict[str, Any], registry: Registry) -> ModelVersion | None:
    for version in reversed(registry.list(name)):
        if (version.data_hash, version.split_hash, version.recipe) == (data.hash, data.split_hash, resolved):
            return version
    return None


def _make(
    name: str,
    data: ChatData,
    recipe: ChatRecipe,
    resolved: dict[str, Any],
    registry: Registry,
    run: Path,
    progress: Progress | None,
    stop: threading.Event | None,
) -> ModelVersion:
    torch = import_torch()
    base, tokenizer = open_causal(recipe.base_model)
    config = base.config
    job = LoraChat(base, tokenizer, recipe, data.train, data.validation)
    with torch.no_grad():
        job.module.eval()
        before = job.mean_loss(job.validation)
    trained = train(job, recipe.loop, run / "checkpoints", progress=progress, stop=stop)
    staged = run / "version"
    shutil.rmtree(staged, ignore_errors=True)
    staged.mkdir(parents=True)
    export_chat(staged, job, config, recipe)
    agreed = agreement(job, tokenizer, staged, data.validation[:COMPARED])
    best = trained.history[trained.best_epoch - 1].validation.values
    model = NewModel(
        name=name,
        kind=KIND,
        base_model=recipe.base_model,
        data_hash=data.hash,
        split_hash=data.split_hash,
        recipe=resolved,
        seed=recipe.loop.seed,
        metrics={
            "validation_loss": Metric(best["validation_loss"]),
            "validation_loss_before": Metric(before),
            "train_loss": Metric(best["train_loss"]),
            "served_like_trained": Metric(agreed),
            "training_seconds": Metric(trained.seconds),
        },
        libraries=library_versions(),
        unfit=why_unfit(agreed),
    )
    (staged / "recipe.toml").write_text(to_toml(resolved), "utf-8")
    (staged / "curve.json").write_text(json.dumps([asdict(epoch) for epoch in trained.history], indent=1), "utf-8")
    (staged / FACTS_SEEN).write_text(json.dumps(data.facts, ensure_ascii=False), "utf-8")
    write_chat_cards(staged, model, data, trained)
    return registry.register(model, staged)


def _fingerprint(data: ChatData, resolved: Mapping[str, Any]) -> str:
    """Of everything that decides the trained weights; a checkpoint of another run is never continued."""
    told = json.dumps([data.hash, data.split_hash, resolved, library_versions()], sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return dict(json.loads(json.dumps(values)))
