"""Fine-tunes an embedder on questions and their passages: train → the best epoch → export → check the export.

Where it is measured and registered whoever has documents decides. Needs torch; what it makes does not.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from groundtune.progress import Progress
from groundtune.tuning.base import Base, open_base
from groundtune.tuning.classify import library_versions
from groundtune.tuning.loop import Trained, autocast, train
from groundtune.tuning.processor import import_torch
from groundtune.tuning.retriever_data import RetrieverData, Sides
from groundtune.tuning.retriever_export import RetrieverParity, export_retriever
from groundtune.tuning.retriever_module import RetrieverModule, RetrieverRecipe

_VERSION = "version"


@dataclass(frozen=True, slots=True)
class TunedRetriever:
    """What training came to."""

    folder: Path
    """Holds the embedder, which may be opened as "tuned:FOLDER"."""
    base_model: str
    trained: Trained
    before: Mapping[str, float]
    """On the validation questions before the first step: `mrr`, `loss`, and `nearest`, the cosine of the passage that
    is nearest to a question, on average."""
    after: Mapping[str, float]
    """The same with the epoch that was kept."""
    parity: RetrieverParity


def tune_retriever(
    name: str,
    data: RetrieverData,
    recipe: RetrieverRecipe,
    run: Path,
    *,
    progress: Progress | None = None,
    stop: threading.Event | None = None,
) -> TunedRetriever:
    """Trains in the folder `run`, which belongs to this data and recipe, and leaves the embedder in `run/version`.

    Raises Stopped when `stop` is set; the same call then continues from the last checkpoint.
    """
    base: Base = open_base(recipe.base_model)
    torch = import_torch()
    torch.manual_seed(recipe.loop.seed)
    job = RetrieverModule(base, recipe, data)
    before = run / "before.json"
    if not before.exists():
        job.module.eval()
        with torch.no_grad(), autocast(recipe.loop):
            before.write_text(json.dumps(dict(job.validate().values)), "utf-8")
    trained = train(job, recipe.loop, run / "checkpoints", progress=progress, stop=stop)
    parity = _exported(job, base, recipe, data, name, run)
    return TunedRetriever(
        folder=run / _VERSION,
        base_model=base.name,
        trained=trained,
        before=json.loads(before.read_text("utf-8")),
        after=trained.history[trained.best_epoch - 1].validation.values,
        parity=parity,
    )


def _exported(
    job: RetrieverModule, base: Base, recipe: RetrieverRecipe, data: RetrieverData, name: str, run: Path
) -> RetrieverParity:
    """Exports, unless an earlier start of this run has done so."""
    staged, told = run / _VERSION, run / "exported.json"
    if told.exists() and staged.is_dir():
        return RetrieverParity(**json.loads(told.read_text("utf-8")))
    shutil.rmtree(staged, ignore_errors=True)
    staged.mkdir(parents=True)
    parity = export_retriever(job, base, recipe, data, name, staged)
    beside = told.with_suffix(".new")
    beside.write_text(json.dumps(asdict(parity)), "utf-8")
    beside.replace(told)
    return parity


def fingerprint(data: RetrieverData, sides: Sides, recipe: RetrieverRecipe) -> str:
    """Of everything that decides the trained weights and what they are measured on."""
    told = [data.hash, sides.hash, recipe.resolved(), open_base(recipe.base_model).name, library_versions()]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16]
