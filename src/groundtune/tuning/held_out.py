"""Held-out rows in a file of their own: they are the test side, and what repeats them is kept out of training.

A row repeats a held-out one by its text, by nearly its text, or by standing in its group; and what belongs together
with such a row goes with it, as it would in a split of one file.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from groundtune.errors import BadData
from groundtune.i18n import t
from groundtune.tuning.data import LabelledData, data_hash, normalised
from groundtune.tuning.duplicates import near_duplicates
from groundtune.tuning.labelled import Example
from groundtune.tuning.split import KeptOut, Split, connected, deal


def hold_out(data: LabelledData, held: LabelledData, *, validation: float, seed: int) -> tuple[LabelledData, Split]:
    """Both files' usable rows as one, training rows first, and their split: the held-out rows are its test side.

    `validation` is the share of the training rows by which the best epoch is chosen. Raises BadData for a held-out
    label that is never trained on, and where too little is left to train, validate or test on.
    """
    count = len(data.examples)
    every = [*data.examples, *held.examples]
    near = near_duplicates([example.text for example in every])
    together = connected(every, [*near, *_same(every)])
    repeated = set(together[count:].tolist())
    stays = [i for i in range(count) if together[i] not in repeated]
    kept_out = _reasons(every, count, set(range(count)) - set(stays), near, held)
    examples = (*(every[i] for i in stays), *held.examples)
    place = {old: new for new, old in enumerate([*stays, *range(count, len(every))])}
    near_pairs = tuple((place[a], place[b]) for a, b in near if a in place and b in place)
    joined = LabelledData(
        data.path, data.rows + held.rows, examples, (*data.problems, *held.problems), near_pairs, data_hash(examples)
    )
    shares = (1 - validation, validation)
    sides = deal(together[stays], [every[i].label for i in stays], shares, seed)
    train, validated = (tuple(np.flatnonzero(sides == side).tolist()) for side in range(2))
    trained = {examples[i].label for i in train}
    _refuse(held, trained, validated, kept_out)
    tested = {example.label for example in held.examples}
    return joined, Split(
        train=train,
        validation=validated,
        test=tuple(range(len(stays), len(examples))),
        seed=seed,
        shares=(*shares, 0.0),
        data_hash=joined.data_hash,
        train_only=tuple(label for label in joined.classes if label not in tested),
        kept_out=kept_out,
    )


def _same(examples: Sequence[Example]) -> list[tuple[int, int]]:
    first: dict[str, int] = {}
    return [(first.setdefault(normalised(e.text), i), i) for i, e in enumerate(examples)]


def _reasons(
    every: Sequence[Example], count: int, out: set[int], near: Sequence[tuple[int, int]], held: LabelledData
) -> KeptOut:
    """The lines kept out, each under the first reason that fits."""
    texts = {normalised(example.text) for example in held.examples}
    like = {a for a, b in near if a < count <= b}
    groups = {example.group for example in held.examples} - {None}
    lines: dict[str, list[int]] = {"same_text": [], "near_text": [], "same_group": [], "connected": []}
    for i in sorted(out):
        if normalised(every[i].text) in texts:
            reason = "same_text"
        elif i in like:
            reason = "near_text"
        elif every[i].group in groups:
            reason = "same_group"
        else:
            reason = "connected"
        lines[reason].append(every[i].line)
    return KeptOut(held.path, **{reason: tuple(found) for reason, found in lines.items()})


def _refuse(held: LabelledData, trained: set[str], validated: Sequence[int], kept_out: KeptOut) -> None:
    for example in held.examples:
        if example.label not in trained:
            raise BadData(
                t(
                    "The label “{label}” is held out, but no row to train on has it ({count} "
                    "{count:|row repeats|rows repeat} held-out ones and {count:|was|were} kept out of training).",
                    label=example.label,
                    count=kept_out.count,
                ),
                path=held.path,
                line=example.line,
            )
    if not validated or len({example.label for example in held.examples}) < 2:
        raise BadData(
            t(
                "Too few independent rows to train and validate on, or a single label held out: {count} "
                "{count:|row repeats|rows repeat} held-out ones and {count:|was|were} kept out of "
                "training. Label more texts.",
                count=kept_out.count,
            ),
            path=held.path,
        )
