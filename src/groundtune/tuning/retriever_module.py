"""The encoder learning to find: a question nearer to its passage than to all others of the batch. Needs torch.

The loss is InfoNCE over the batch's passages and mined hard negatives (Henderson et al. 2017; van den Oord et al. 2018)
at the temperature that the base model was made with (E5: Wang et al. 2022), so that cosines keep their scale. Passages
of a document that may answer a question, and texts equal to its answer, are no negatives of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from groundtune.errors import BadInput
from groundtune.i18n import t
from groundtune.tuning.base import Base
from groundtune.tuning.encoder import Encoder, Ids, sorted_batches
from groundtune.tuning.loop import LoopRecipe, Validation, batches_by_length, groups
from groundtune.tuning.processor import import_torch
from groundtune.tuning.recipe import checked
from groundtune.tuning.retriever_data import Lesson, RetrieverData

if TYPE_CHECKING:
    import torch

Floats = npt.NDArray[np.float32]

_AT = 10
"""Ranks that count for the reciprocal rank."""
_POOL = 10
"""Mined passages of each validation question that it and the others are asked among."""


@dataclass(frozen=True, slots=True)
class RetrieverRecipe:
    """What a retriever's training run is told."""

    base_model: str = "bundled:e5"
    method: Literal["full", "top", "lora"] = "top"
    """`full` trains every layer, `top` the topmost `top_layers`, `lora` adapters; word embeddings stay."""
    top_layers: int = 6
    lora_rank: int = 16
    query: str = "query: "
    passage: str = "passage: "
    """Put before questions and passages, as the base model was trained with."""
    question_window: int = 96
    passage_window: int = 128
    """Tokens that training reads; the tuned model reads as many as its base."""
    batch_size: int = 16
    """Questions; each brings its passage and `negatives` more."""
    negatives: int = 1
    """Hard negatives of each question in a step, drawn anew in each epoch."""
    mined: int = 30
    """Passages that are mined for each question."""
    heading_share: float = 0.3
    """Share of an epoch's questions that are the documents' own headings and titles; 0 leaves them out."""
    temperature: float = 0.01
    dropout: float = 0.0
    groups: tuple[str, ...] = ()
    """Training reads what a reader of these groups may read; without any, what everybody may."""
    loop: LoopRecipe = field(default_factory=lambda: LoopRecipe(epochs=4, learning_rate=5e-5, patience=2))

    def resolved(self) -> dict[str, Any]:
        """Every value that the run depends on, as plain data."""
        return {**asdict(self), "groups": list(self.groups)}


def read_retriever_recipe(table: Mapping[str, Any], path: Path | None = None) -> RetrieverRecipe:
    """A recipe from a task's [tuning] table, with `loop` as a table in it. Raises BadInput naming the key."""
    values = dict(table)
    loop, groups_named = values.pop("loop", {}), values.pop("groups", [])
    if not isinstance(loop, Mapping):
        raise BadInput(t("“{key}” must be a table.", key="loop"), path=path)
    if not isinstance(groups_named, list) or not all(isinstance(name, str) for name in groups_named):
        raise BadInput(
            t("“{key}” must be a list of texts; it is {value}.", key="groups", value=groups_named), path=path
        )
    default = RetrieverRecipe()
    recipe = RetrieverRecipe(
        **checked(RetrieverRecipe, values, path),
        groups=tuple(groups_named),
        loop=replace(default.loop, **checked(LoopRecipe, loop, path)),
    )
    if not 0 <= recipe.heading_share < 1 or recipe.temperature <= 0 or recipe.batch_size < 2:
        reason = t("heading_share is 0 to 1 (less than 1), temperature above 0, batch_size at least 2.")
        raise BadInput(reason, path=path)
    return recipe


@dataclass(frozen=True, slots=True)
class _Step:
    """One question of an epoch with what was drawn for it."""

    lesson: Lesson
    positive: str
    negatives: tuple[str, ...]


class RetrieverModule:
    """Trains on `data.train` and some of `data.headings`; chooses the epoch by the reciprocal rank on the validation
    questions, each asked among the passages that were mined for any of them."""

    def __init__(self, base: Base, recipe: RetrieverRecipe, data: RetrieverData) -> None:
        self._base, self._recipe, self._data = base, recipe, data
        self._encoder = Encoder(
            base,
            recipe.method,
            dropout=recipe.dropout,
            lora_rank=recipe.lora_rank,
            seed=recipe.loop.seed,
            top_layers=recipe.top_layers,
        )
        self.module = self._encoder.layers
        self._ids: dict[str, list[int]] = {}
        self._epoch: tuple[int, list[_Step]] = (-1, [])

    # --- What the loop asks ------------------------------------------------------------------------------------------

    def parameter_groups(self, recipe: LoopRecipe) -> list[dict[str, Any]]:
        return groups(self.module, recipe)

    def batches(self, epoch: int) -> list[list[int]]:
        if self._epoch[0] != epoch:
            self._epoch = (epoch, self._steps(epoch))
        lengths = [len(self._passage_ids(step.positive)) for step in self._epoch[1]]
        return batches_by_length(lengths, self._recipe.batch_size, seed=self._recipe.loop.seed, epoch=epoch)

    def loss(self, batch: Sequence[int]) -> torch.Tensor:
        torch = import_torch()
        steps = [self._epoch[1][i] for i in batch]
        keys = list(dict.fromkeys(key for step in steps for key in (step.positive, *step.negatives)))
        questions = self._unit([self._question_ids(step.lesson.question) for step in steps])
        passages = self._unit([self._passage_ids(key) for key in keys])
        likeness = questions @ passages.T / self._recipe.temperature
        places = {key: place for place, key in enumerate(keys)}
        hidden = torch.from_numpy(np.stack([self._may_answer(step, keys) for step in steps]))
        target = torch.tensor([places[step.positive] for step in steps])
        loss: Any = torch.nn.functional.cross_entropy(likeness.masked_fill(hidden, -torch.inf), target)
        return loss

    def validate(self) -> Validation:
        lessons = self._data.validation
        keys = pool(lessons)
        likeness = self.questions([one.question for one in lessons]) @ self.passages(keys).T
        mrr = float(reciprocal_ranks(likeness, keys, lessons, self._data).mean())
        loss = self._validation_loss(likeness, keys)
        nearest = float(likeness.max(axis=1).mean())
        return Validation(mrr - 1e-3 * loss, {"mrr": mrr, "loss": loss, "nearest": nearest})

    # --- What others ask ---------------------------------------------------------------------------------------------

    def questions(self, texts: Sequence[str]) -> Floats:
        """(n, dimension) float32, unit length, in the precision that is set where it is called."""
        return self._vectors([self._question_ids(text) for text in texts])

    def passages(self, keys: Sequence[str]) -> Floats:
        """The same for passages of the data."""
        return self._vectors([self._passage_ids(key) for key in keys])

    def embed(self, texts: Sequence[str]) -> Floats:
        """(n, dimension) of texts with their forms, read as far as the model can."""
        window = int(self.module.config.max_position_embeddings)
        return self._vectors([self._base.encode(text, window) for text in texts])

    def merged(self) -> Any:
        """Plain layers; the module isn't trained afterwards."""
        return self._encoder.merged()

    # --- Inside ------------------------------------------------------------------------------------------------------

    def _steps(self, epoch: int) -> list[_Step]:
        """Every training question once and some headings, each with a passage and negatives that this epoch drew."""
        numbers = np.random.default_rng((self._recipe.loop.seed, epoch, 2))
        share = self._recipe.heading_share
        headings = self._data.headings
        wanted = min(len(headings), round(len(self._data.train) * share / (1 - share)))
        chosen = [headings[i] for i in numbers.permutation(len(headings))[:wanted]]
        steps = []
        for lesson in (*self._data.train, *chosen):
            positive = lesson.positives[int(numbers.integers(len(lesson.positives)))]
            drawn = numbers.permutation(len(lesson.negatives))[: self._recipe.negatives]
            steps.append(_Step(lesson, positive, tuple(lesson.negatives[i] for i in drawn)))
        return steps

    def _validation_loss(self, likeness: Floats, keys: Sequence[str]) -> float:
        """Mean of -log of the share of likeness that a question's own passages have among all."""
        scaled = np.exp((likeness - likeness.max(axis=1, keepdims=True)) / self._recipe.temperature)
        own = np.array([[key in lesson.positives for key in keys] for lesson in self._data.validation])
        return float(-np.log((scaled * own).sum(axis=1) / scaled.sum(axis=1) + 1e-12).mean())

    def _may_answer(self, step: _Step, keys: Sequence[str]) -> npt.NDArray[np.bool_]:
        """(keys,): those that are no negatives of this question, its own passage not among them."""
        passages = self._data.passages
        text = passages[step.positive].text
        return np.array(
            [
                key != step.positive and (passages[key].document in step.lesson.documents or passages[key].text == text)
                for key in keys
            ]
        )

    def _question_ids(self, text: str) -> list[int]:
        return self._kept("q" + text, self._recipe.query + text, self._recipe.question_window)

    def _passage_ids(self, key: str) -> list[int]:
        return self._kept("p" + key, self._recipe.passage + self._data.passages[key].text, self._recipe.passage_window)

    def _kept(self, name: str, text: str, window: int) -> list[int]:
        if name not in self._ids:
            self._ids[name] = self._base.encode(text, window)
        return self._ids[name]

    def _unit(self, ids: Ids) -> Any:
        torch = import_torch()
        return torch.nn.functional.normalize(self._encoder.mean(ids), dim=1)

    def _vectors(self, ids: Ids) -> Floats:
        torch = import_torch()
        self.module.eval()
        vectors = np.zeros((len(ids), self._encoder.dimension), np.float32)
        with torch.no_grad():
            for batch in sorted_batches(ids):
                vectors[batch] = self._unit([ids[i] for i in batch]).float().numpy()
        return vectors


def pool(lessons: Sequence[Lesson]) -> list[str]:
    """Keys of the passages that validation questions are asked among."""
    return list(dict.fromkeys(key for one in lessons for key in (*one.positives, *one.negatives[:_POOL])))


def reciprocal_ranks(likeness: Floats, keys: Sequence[str], lessons: Sequence[Lesson], data: RetrieverData) -> Floats:
    """(lessons,): one over the rank of each question's best own passage among `keys`, 0 beyond the tenth.

    `likeness` is (lessons, keys). Other passages of the documents that answer don't count against it.
    """
    place = {key: i for i, key in enumerate(keys)}
    documents = [data.passages[key].document for key in keys]
    ranks = np.zeros(len(lessons), np.float32)
    for row, lesson in enumerate(lessons):
        best = max(likeness[row, place[key]] for key in lesson.positives)
        others = np.array([document not in lesson.documents for document in documents])
        rank = 1 + int((likeness[row][others] > best).sum())
        ranks[row] = 1 / rank if rank <= _AT else 0.0
    return ranks
