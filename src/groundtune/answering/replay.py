"""What differs between an answer that was given and the same question's answer in a replay. Knows not why.

How long it took, and the numbers under which passages are stored, are no difference; figures that are equal to a
ten-thousandth are equal.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from groundtune.storage.codec import to_json
from groundtune.types import Answer

_NO_DIFFERENCE = ("timings_ms", "passage_id")
_NEAR = 1e-4


@dataclass(frozen=True, slots=True)
class Difference:
    """`path` is such as "sentences.0.evidence.0.quote"; a side that is not there is `None`."""

    path: str
    then: Any
    now: Any

    @property
    def field(self) -> str:
        """The answer's field in which it lies."""
        return self.path.partition(".")[0]


def differences(then: Answer, now: Answer) -> tuple[Difference, ...]:
    """None where the two are the same to the letter."""
    return tuple(_between("", to_json(then), to_json(now)))


def _between(path: str, then: Any, now: Any) -> Iterator[Difference]:
    if isinstance(then, Mapping) and isinstance(now, Mapping):
        for name in dict.fromkeys((*then, *now)):
            if name not in _NO_DIFFERENCE and (name, path.rpartition(".")[2]) != ("id", "passage"):
                yield from _between(f"{path}.{name}".lstrip("."), then.get(name), now.get(name))
    elif _is_list(then) and _is_list(now):
        for place, (one, other) in enumerate(zip_longest(then, now)):
            yield from _between(f"{path}.{place}", one, other)
    elif isinstance(then, float) and isinstance(now, float):
        if not math.isclose(then, now, rel_tol=_NEAR, abs_tol=_NEAR):
            yield Difference(path, then, now)
    elif then != now:
        yield Difference(path, then, now)


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)
