"""How much an arm gains from more labelled examples: the same arm built on nested parts of the training examples.

Takes a callable that builds the arm; doesn't know how. For `classify` tasks.
"""

from __future__ import annotations

import hashlib
import threading
from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

from groundtune.comparison.result import Comparison, LearningPoint
from groundtune.comparison.statistics import macro_f1_interval
from groundtune.errors import Stopped
from groundtune.i18n import t
from groundtune.progress import Progress, Silent
from groundtune.storage.codec import from_json, to_json
from groundtune.types import Arm, Case

SHARES = (0.125, 0.25, 0.5)
"""Parts of the training examples; the whole is the comparison itself."""


def part_of(labels: Sequence[str], keys: Sequence[Hashable], share: float, seed: int = 0) -> list[int]:
    """Positions of a part of the examples: `share` of each label (at least one), in an order that `seed` and the keys
    decide, so that a larger part holds a smaller one."""
    by_label: dict[str, list[int]] = defaultdict(list)
    for position, label in enumerate(labels):
        by_label[label].append(position)
    chosen: list[int] = []
    for positions in by_label.values():
        ordered = sorted(positions, key=lambda p: hashlib.sha256(f"{seed}/{keys[p]}".encode()).digest())
        chosen += ordered[: max(1, round(share * len(ordered)))]
    return sorted(chosen)


def learning_points(
    build: Mapping[str, Callable[[float], tuple[Arm, int]]],
    cases: Sequence[Case],
    *,
    seed: int = 0,
    progress: Progress | None = None,
    stop: threading.Event | None = None,
) -> tuple[LearningPoint, ...]:
    """Each arm on each part: `build` maps its name to what gives, for a share, the arm and its number of examples.

    The metric is macro-F1 on `cases`, with its interval. Raises Stopped between two parts when asked to.
    """
    progress = progress or Silent()
    points = []
    progress.start(t("Learning curve"), len(build) * len(SHARES))
    try:
        for name, made in build.items():
            for share in SHARES:
                if stop is not None and stop.is_set():
                    raise Stopped(t("The experiment"))
                arm, examples = made(share)
                points.append(_point(name, arm, examples, cases, seed))
                progress.advance(note=name)
    finally:
        progress.finish()
    return tuple(points)


def with_whole(points: Sequence[LearningPoint], found: Comparison) -> tuple[LearningPoint, ...]:
    """The points, and for each of their arms the comparison's own figure on all training examples; without points,
    those of every arm of a `classify` task that learns from labels."""
    whole = found.slice()
    ends = []
    usable = [arm.name for arm in found.arms if found.kind == "classify" and arm.recommendable]
    for name in dict.fromkeys([point.arm for point in points] or usable):
        arm = next((arm for arm in found.arms if arm.name == name), None)
        score = whole.score(name) if whole is not None else None
        if arm is not None and arm.training_examples and score is not None and score.primary is not None:
            ends.append(LearningPoint(name, arm.training_examples, score.primary))
    return (*points, *ends)


def points_to_json(points: Sequence[LearningPoint]) -> dict[str, Any]:
    return {"points": [to_json(point) for point in points]}


def points_from_json(value: Mapping[str, Any] | None) -> tuple[LearningPoint, ...]:
    return tuple(from_json(LearningPoint, point) for point in value["points"]) if value else ()


def _point(name: str, arm: Arm, examples: int, cases: Sequence[Case], seed: int) -> LearningPoint:
    import numpy as np

    labels = sorted({case.label for case in cases if case.label is not None})
    number = {label: i for i, label in enumerate(labels)}
    truth = np.array([number[case.label or ""] for case in cases])
    predicted = np.array([number.get(arm.run(case.input).label or "", -1) for case in cases])
    groups = [case.group for case in cases]
    return LearningPoint(name, examples, macro_f1_interval(truth, predicted, len(labels), groups, seed=seed))
