"""Train, validation and test without leakage: what belongs together stays on one side.

Near duplicates and members of one group are connected; each connected component goes to one side whole, and labels are
spread as evenly as the components allow. The same data, seed and shares give the same split, whose hash is saved.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from groundtune.comparison.tasks import Data
from groundtune.errors import BadData
from groundtune.i18n import t
from groundtune.tuning.data import LabelledData
from groundtune.tuning.duplicates import components
from groundtune.tuning.labelled import Example

Positions = npt.NDArray[np.int64]
Side = Literal["train", "validation", "test"]
SIDES: tuple[Side, ...] = ("train", "validation", "test")
VALIDATION_SHARE = 0.15
"""Of the rows that aren't held out."""


def shares_of(held_out: float) -> tuple[float, float, float]:
    """The shares of the three sides where `held_out` of the rows test."""
    validation = VALIDATION_SHARE * (1 - held_out)
    return 1 - held_out - validation, validation, held_out


SHARES = shares_of(Data().test_share)


@dataclass(frozen=True, slots=True)
class KeptOut:
    """Lines of the training file that repeat rows of `path`, the held-out ones; each stands under one reason."""

    path: Path
    same_text: tuple[int, ...] = ()
    near_text: tuple[int, ...] = ()
    same_group: tuple[int, ...] = ()
    connected: tuple[int, ...] = ()
    """Nearly the text, or in the group, of another row that is kept out."""

    @property
    def count(self) -> int:
        return len(self.same_text) + len(self.near_text) + len(self.same_group) + len(self.connected)


@dataclass(frozen=True, slots=True)
class Split:
    """Positions in `LabelledData.examples`, ascending, on each side."""

    train: tuple[int, ...]
    validation: tuple[int, ...]
    test: tuple[int, ...]
    seed: int
    shares: tuple[float, float, float]
    data_hash: str
    train_only: tuple[str, ...] = ()
    """Labels with too few independent texts to be validated and tested on."""
    kept_out: KeptOut | None = None
    """Set where the test side is a file of its own; its examples' lines are that file's."""

    @property
    def hash(self) -> str:
        """Of the data and of who stands where."""
        digest = hashlib.sha256(self.data_hash.encode())
        digest.update(json.dumps([self.train, self.validation, self.test]).encode())
        return digest.hexdigest()

    def save(self, path: Path, data: LabelledData) -> None:
        """Writes the split with its hash as JSON; the sides as line numbers of the data file."""
        lines = {side: [data.examples[i].line for i in getattr(self, side)] for side in SIDES}
        record: dict[str, Any] = {
            "hash": self.hash,
            "data_hash": self.data_hash,
            "seed": self.seed,
            "shares": self.shares,
            "train_only": self.train_only,
            "lines": lines,
        }
        if self.kept_out is not None:
            record["test_file"] = str(self.kept_out.path)
            record["kept_out"] = {name: value for name, value in asdict(self.kept_out).items() if name != "path"}
        path.write_text(json.dumps(record, ensure_ascii=False, indent=2) + "\n", "utf-8")


def split(data: LabelledData, *, seed: int = 0, shares: tuple[float, float, float] = SHARES) -> Split:
    """Splits `data` by `shares` (train, validation, test).

    A label with fewer than three components stays in training. Raises BadData when fewer than two labels can be tested.
    """
    together = connected(data.examples, data.near_pairs)
    sides = deal(together, [example.label for example in data.examples], shares, seed)
    chosen = [tuple(np.flatnonzero(sides == side).tolist()) for side in range(3)]
    tested = {data.examples[i].label for i in chosen[2]}
    if len(tested) < 2 or not chosen[1]:
        raise BadData(
            t(
                "Too few independent examples to train, validate and test on: only {count} "
                "{count:|label reaches|labels reach} the test "
                "side. Label more texts, or name a group column with smaller groups.",
                count=len(tested),
            ),
            path=data.path,
        )
    kept_back = tuple(label for label in data.classes if label not in tested)
    return Split(chosen[0], chosen[1], chosen[2], seed, shares, data.data_hash, kept_back)


def connected(examples: Sequence[Example], near_pairs: Sequence[tuple[int, int]]) -> Positions:
    """(n,) int64: the component of each example, through near duplicates and groups."""
    pairs = list(near_pairs)
    first: dict[str, int] = {}
    for position, example in enumerate(examples):
        if example.group is not None:
            pairs.append((first.setdefault(example.group, position), position))
    return components(len(examples), pairs)


def deal(together: Positions, labels: Sequence[str], shares: Sequence[float], seed: int) -> Positions:
    """(n,) int64: the side of each example, 0 to len(shares) - 1; components stay whole.

    Rare labels first, large components before small ones, each to the side that lacks most of its labels (iterative
    stratification, Sechidis et al. 2011). A label with fewer components than sides goes to side 0 alone.
    """
    members: dict[int, list[int]] = defaultdict(list)
    for position, component in enumerate(together.tolist()):
        members[component].append(position)
    per_label: dict[str, set[int]] = defaultdict(set)
    for position, component in enumerate(together.tolist()):
        per_label[labels[position]].add(component)
    total = Counter(labels)
    order = np.random.default_rng(seed).permutation(sorted(members)).tolist()
    order.sort(key=lambda c: (min(len(per_label[labels[i]]) for i in members[c]), -len(members[c])))
    given: list[Counter[str]] = [Counter() for _ in shares]
    sides = np.zeros(len(labels), np.int64)
    for component in order:
        counts = Counter(labels[i] for i in members[component])
        if any(len(per_label[label]) < len(shares) for label in counts):
            side = 0
        else:

            def lack(candidate: int, counts: Counter[str] = counts) -> tuple[bool, float, float]:
                # A side without any of a label comes first; then the share that is still missing.
                empty = any(not given[candidate][label] for label in counts)
                missing = sum(
                    n * (1 - given[candidate][label] / (shares[candidate] * total[label]))
                    for label, n in counts.items()
                )
                return empty, missing, shares[candidate]

            side = max(range(len(shares)), key=lack)
        given[side].update(counts)
        sides[members[component]] = side
    return sides
