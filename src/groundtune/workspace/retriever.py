"""Tunes a retriever on a workspace's own questions and measures it on questions and documents that it has not seen.

Pairs and documents → lessons → training → an index beside made with what was trained → the held-out questions on both →
a version with its card. Nothing that is in use changes: that takes `groundtune reindex`, which goes on with this index.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import threading
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from groundtune.comparison.retrieval import RetrievalCase, read_retrieval_cases
from groundtune.comparison.retrieval_change import Changed, RetrievalChange
from groundtune.errors import BadData, UsageError
from groundtune.i18n import t
from groundtune.progress import Progress, Silent
from groundtune.storage.registry import Metric, ModelVersion, NewModel
from groundtune.tuning.classify import library_versions
from groundtune.tuning.data import normalised
from groundtune.tuning.recipe import to_toml
from groundtune.tuning.retriever import TunedRetriever, fingerprint, tune_retriever
from groundtune.tuning.retriever_card import write_retriever_cards
from groundtune.tuning.retriever_data import RetrieverData, Sides, split_questions
from groundtune.tuning.retriever_module import RetrieverRecipe, read_retriever_recipe
from groundtune.types import Reader
from groundtune.workspace.retriever_lessons import Found, counts, known_cases, make_lessons
from groundtune.workspace.switching import KIND, Switch, in_use

if TYPE_CHECKING:
    from groundtune.comparison.tasks import Task
    from groundtune.workspace.opening import Workspace

K = 10
"""Passages that count when it is measured."""
_SPLIT = "split.json"
_FEWEST = 4
"""Questions that training, and that validation, needs at least."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """Everything that a run depends on."""

    found: Found
    sides: Sides
    data: RetrieverData
    recipe: RetrieverRecipe
    default_day: date | None

    def cases_of(self, positions: Sequence[int]) -> list[RetrievalCase]:
        return [self.found.answering[i].case for i in positions]


def tune_retriever_task(
    workspace: Workspace,
    task: Task,
    *,
    name: str | None = None,
    progress: Progress | None = None,
    stop: threading.Event | None = None,
) -> tuple[ModelVersion, bool]:
    """A version tuned on the task's pairs, and whether it was made now: the same run is not made twice.

    Raises BadData for pairs that can't be taken or are too few, UsageError when another process makes this very
    version, and Stopped; the same call then continues.
    """
    name = name or task.name
    progress = progress or Silent()
    ready = prepare_retriever(workspace, task, progress)
    known = _known(workspace, name, ready)
    if known is not None:
        return known, False
    with workspace.registry.workplace(name, fingerprint(ready.data, ready.sides, ready.recipe)) as run:
        known = _known(workspace, name, ready)  # another process may have made it just now
        version = known or _make(workspace, name, ready, run, progress, stop)
        shutil.rmtree(run, ignore_errors=True)
    return version, known is None


def prepare_retriever(workspace: Workspace, task: Task, progress: Progress | None = None) -> Prepared:
    """Reads and splits the pairs and mines what looks like their answers; the same documents give the same."""
    progress = progress or Silent()
    recipe = read_retriever_recipe(task.tuning, task.path)
    recipe = replace(recipe, loop=replace(recipe.loop, seed=task.seed))
    cases = _read(task.data.pairs)
    reader = Reader(frozenset(recipe.groups))
    found = known_cases(cases, workspace.store, reader)
    answering, learnt = found.answering, _learnt_by_present(workspace)
    sides = split_questions(
        [one.case.question for one in answering],
        [one.documents for one in answering],
        seed=task.seed,
        test_share=task.data.test_share,
        may_test=[one.case.origin != "drafted" and _digest(one.case.question) not in learnt for one in answering],
    )
    _check_size(task, len(sides.train), len(sides.validation), len(sides.tested), len(cases))
    day = None if task.data.any_date else date.today()
    progress.start(t("Mining"), len(sides.train) + len(sides.validation))
    data = make_lessons(
        found,
        sides,
        workspace.searcher,
        workspace.store,
        reader=reader,
        default_day=day,
        mined=recipe.mined,
        with_headings=recipe.heading_share > 0,
        progress=progress,
    )
    progress.finish()
    _check_size(task, len(data.train), len(data.validation), len(sides.tested), len(cases))
    return Prepared(found, sides, data, recipe, day)


def _check_size(task: Task, train: int, validation: int, tested: int, all: int) -> None:
    if min(train, validation) < _FEWEST or not tested:
        reason = t(
            "Too few questions: {train} to train on, {validation} to validate and {tested} to test on, of {all}. "
            "Others name documents that aren't here, aren't in force on their day, or that training may not read.",
            train=train,
            validation=validation,
            tested=tested,
            all=all,
        )
        raise BadData(reason, path=task.data.pairs[0])


def _learnt_by_present(workspace: Workspace) -> frozenset[str]:
    """What the embedder in use was itself tuned on: asked of it again, these questions would flatter it."""
    name = in_use(workspace, "embedder")
    if name.partition("@")[0] not in workspace.registry.names(KIND):
        return frozenset()
    path = workspace.registry.get(*name.split("@", 1)).folder / _SPLIT
    return frozenset(json.loads(path.read_text("utf-8"))["learnt"])


def _digest(question: str) -> str:
    return hashlib.sha256(normalised(question).encode()).hexdigest()[:16]


def _read(paths: Sequence[Path]) -> list[RetrievalCase]:
    """The pairs of all files; where two have one id, it is told apart by its file."""
    if not paths:
        raise UsageError(t("There are no pairs to tune on."))
    every: list[RetrievalCase] = []
    taken: set[str] = set()
    for path in paths:
        for case in read_retrieval_cases(path):
            own = case if case.id not in taken else replace(case, id=f"{path}:{case.id}")
            taken.add(own.id)
            every.append(own)
    return every


def _known(workspace: Workspace, name: str, ready: Prepared) -> ModelVersion | None:
    wanted = (ready.data.hash, ready.sides.hash, json.loads(json.dumps(ready.recipe.resolved())))
    for version in reversed(workspace.registry.list(name)):
        if (version.data_hash, version.split_hash, version.recipe) == wanted:
            return version
    return None


def _make(
    workspace: Workspace, name: str, ready: Prepared, run: Path, progress: Progress, stop: threading.Event | None
) -> ModelVersion:
    tuned = tune_retriever(name, ready.data, ready.recipe, run, progress=progress, stop=stop)
    switch = Switch(workspace, embedder=f"tuned:{tuned.folder}")
    switch.build(progress, stop)
    change = switch.measure(ready.cases_of(ready.sides.tested), K, ready.default_day, progress)
    if not change.better:
        switch.leave()
    model = NewModel(
        name=name,
        kind=KIND,
        base_model=tuned.base_model,
        data_hash=ready.data.hash,
        split_hash=ready.sides.hash,
        recipe=ready.recipe.resolved(),
        seed=ready.recipe.loop.seed,
        metrics=_metrics(tuned, change, ready),
        libraries=library_versions(),
        unfit=tuned.parity.unfit,
    )
    _write(tuned.folder, model, tuned, change, ready)
    return workspace.registry.register(model, tuned.folder)


def sides_of(change: RetrievalChange, ready: Prepared) -> dict[str, list[Changed]]:
    """Each arm's change on all that was held out, and on each kind of it that there is."""
    sides = {"held_out": ready.sides.tested}
    sides["unseen_questions"] = ready.sides.unseen_questions
    sides["unseen_documents"] = ready.sides.unseen_documents
    return {
        side: [arm.of([case.id for case in ready.cases_of(positions)]) for arm in change.arms]
        for side, positions in sides.items()
        if positions
    }


def _metrics(tuned: TunedRetriever, change: RetrievalChange, ready: Prepared) -> dict[str, Metric]:
    def metric(interval: Any) -> Metric:
        return Metric(interval.value, interval.low, interval.high)

    found = {"mrr": metric(change.main.after.mrr), "mrr_in_use": metric(change.main.before.mrr)}
    for side, arms in sides_of(change, ready).items():
        dense, both = arms[0], arms[-1]
        found[f"mrr_gain_{side}"] = metric(both.mrr)
        found[f"recall_gain_{side}"] = metric(both.recall)
        found[f"dense_mrr_gain_{side}"] = metric(dense.mrr)
    return {
        **found,
        "validation_mrr": Metric(tuned.after["mrr"]),
        "validation_mrr_before": Metric(tuned.before["mrr"]),
        "nearest_cosine": Metric(tuned.after["nearest"]),
        "nearest_cosine_before": Metric(tuned.before["nearest"]),
        "export_cosine": Metric(tuned.parity.least_cosine),
        "training_seconds": Metric(tuned.trained.seconds),
    }


def _write(folder: Path, model: NewModel, tuned: TunedRetriever, change: RetrievalChange, ready: Prepared) -> None:
    """What stands beside the embedder: recipe, split (by case ids), evaluation, cards."""
    sides = ready.sides
    split = {
        side: [case.id for case in ready.cases_of(getattr(sides, side))]
        for side in ("train", "validation", "unseen_questions", "unseen_documents", "left_out")
    }
    documents = sorted({passage.document for passage in ready.data.passages.values()})
    learnt = [_digest(case.question) for case in ready.cases_of((*sides.train, *sides.validation))]
    record = {
        **split,
        "learnt": learnt,
        "unknown": ready.found.unknown,
        "seed": sides.seed,
        "documents_read": documents,
    }
    (folder / _SPLIT).write_text(json.dumps(record, ensure_ascii=False, indent=1) + "\n", "utf-8")
    (folder / "recipe.toml").write_text(to_toml(model.recipe), "utf-8")
    told: dict[str, Any] = {
        "parity": asdict(tuned.parity),
        "history": [asdict(epoch) for epoch in tuned.trained.history],
    }
    told |= {"k": K, "weights": [[w.weight for w in side] for side in change.weights]}
    told["arms"] = {side: [asdict(arm) for arm in arms] for side, arms in sides_of(change, ready).items()}
    (folder / "evaluation.json").write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", "utf-8")
    sizes = {side: len(split[side]) for side in split} | {"unknown": len(ready.found.unknown)}
    write_retriever_cards(
        folder, model, tuned, sides_of(change, ready), sizes, counts(ready.data), better=change.better
    )
