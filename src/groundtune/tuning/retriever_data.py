"""What a retriever learns from: questions with the passages that answer them and passages that only look like it.

Plain texts under keys; whoever has documents makes them. Knows which side of the split a question stands on, nothing
of files, indexes or rights.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from groundtune.tuning.duplicates import components, near_duplicates

Origin = Literal["pair", "heading", "title"]
"""Who asked: a person, or the documents' own headings and titles."""


@dataclass(frozen=True, slots=True)
class Searched:
    """A passage as it is embedded, and the document that it is of."""

    text: str
    document: str


@dataclass(frozen=True, slots=True)
class Lesson:
    question: str
    positives: tuple[str, ...]
    """Keys of passages that answer it."""
    negatives: tuple[str, ...]
    """Keys of passages that search found for it and that don't, as far as anybody said."""
    documents: frozenset[str]
    """Whose passages may answer it too, and are never taken for negatives."""
    origin: Origin = "pair"


@dataclass(frozen=True, slots=True)
class RetrieverData:
    passages: Mapping[str, Searched]
    train: tuple[Lesson, ...]
    headings: tuple[Lesson, ...]
    """Lessons that the documents give themselves; each epoch takes some of them."""
    validation: tuple[Lesson, ...]

    @property
    def hash(self) -> str:
        """Of every text that training sees, and of which belong together."""
        digest = hashlib.sha256()
        for name in ("train", "headings", "validation"):
            for lesson in getattr(self, name):
                told = [
                    name,
                    lesson.question,
                    lesson.origin,
                    [self.passages[key].text for key in lesson.positives],
                    [self.passages[key].text for key in lesson.negatives],
                    sorted(lesson.documents),
                ]
                digest.update(json.dumps(told, ensure_ascii=False).encode())
        return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class Sides:
    """Positions of questions. Of a held-out document nothing is learnt: no question, no heading, no passage."""

    train: tuple[int, ...]
    validation: tuple[int, ...]
    unseen_questions: tuple[int, ...]
    """Held-out questions about documents that training may see."""
    unseen_documents: tuple[int, ...]
    """Held-out questions about held-out documents."""
    left_out: tuple[int, ...]
    """Questions about a held-out document and another one as well."""
    held_out: frozenset[str]
    """The held-out documents."""
    seed: int

    @property
    def tested(self) -> tuple[int, ...]:
        return tuple(sorted((*self.unseen_questions, *self.unseen_documents)))

    @property
    def hash(self) -> str:
        told = [self.train, self.validation, self.unseen_questions, self.unseen_documents, sorted(self.held_out)]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def split_questions(
    questions: Sequence[str],
    documents: Sequence[frozenset[str]],
    *,
    seed: int = 0,
    test_share: float = 0.4,
    validation_share: float = 0.1,
    may_test: Sequence[bool] | None = None,
) -> Sides:
    """Deals questions out; `documents` are those that answer each. Nearly equal questions stay on one side.

    Half of `test_share` asks about held-out documents, as far as questions that share documents allow it, the other
    half about the rest. A question that `may_test` forbids is trained or validated on, never tested on.
    """
    count = len(questions)
    allowed = [True] * count if may_test is None else list(may_test)
    units = _units(questions, documents, allowed)
    order = [units[i] for i in np.random.default_rng(seed).permutation(len(units))]
    held, inside, touched = _hold_out(order, count * test_share / 2, count * test_share / 2)
    rest = [unit for unit in order if unit not in touched]
    sides: dict[str, list[int]] = {"unseen_questions": [], "validation": [], "train": []}
    wanted = {"unseen_questions": count * test_share / 2, "validation": count * validation_share}
    for unit in rest:
        may = {"unseen_questions": unit.may_test, "validation": True}
        open_sides = [side for side, size in wanted.items() if may[side] and len(sides[side]) < size]
        sides[open_sides[0] if open_sides else "train"] += unit.questions
    return Sides(
        train=tuple(sorted(sides["train"])),
        validation=tuple(sorted(sides["validation"])),
        unseen_questions=tuple(sorted(sides["unseen_questions"])),
        unseen_documents=tuple(sorted(i for unit in inside for i in unit.questions)),
        left_out=tuple(sorted(i for unit in touched if unit not in inside for i in unit.questions)),
        held_out=held,
        seed=seed,
    )


@dataclass(frozen=True, slots=True)
class _Unit:
    """Questions that are nearly the same, with all documents that answer them."""

    questions: tuple[int, ...]
    documents: frozenset[str]
    may_test: bool


def _units(questions: Sequence[str], documents: Sequence[frozenset[str]], allowed: Sequence[bool]) -> tuple[_Unit, ...]:
    first: dict[str, int] = {}
    same = [(first.setdefault(" ".join(text.split()), i), i) for i, text in enumerate(questions)]
    together = components(len(questions), [*same, *near_duplicates(questions)])
    members: dict[int, list[int]] = {}
    for i, component in enumerate(together.tolist()):
        members.setdefault(component, []).append(i)
    return tuple(
        _Unit(tuple(each), frozenset().union(*(documents[i] for i in each)), all(allowed[i] for i in each))
        for each in members.values()
    )


def _hold_out(
    order: Sequence[_Unit], wanted: float, most_lost: float
) -> tuple[frozenset[str], list[_Unit], set[_Unit]]:
    """Documents to hold out, the units that ask about these alone, and all units that ask about any of them.

    Documents come unit by unit; a unit whose documents would cost too many questions (they share a document with it but
    have others besides) is passed over.
    """
    asking: dict[str, set[_Unit]] = {}
    for unit in order:
        for document in unit.documents:
            asking.setdefault(document, set()).add(unit)
    held: frozenset[str] = frozenset()
    inside: list[_Unit] = []
    touched: set[_Unit] = set()
    for unit in order:
        if sum(len(u.questions) for u in inside) >= wanted:
            break
        if unit in touched or not unit.may_test:
            continue
        would_hold = held | unit.documents
        would_touch = touched.union(*(asking[document] for document in unit.documents))
        would_be_inside = [u for u in would_touch if u.documents <= would_hold and u.may_test]
        lost = sum(len(u.questions) for u in would_touch) - sum(len(u.questions) for u in would_be_inside)
        if lost <= most_lost:
            held, touched, inside = would_hold, would_touch, would_be_inside
    return held, inside, touched
