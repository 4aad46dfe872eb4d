"""A smaller set of cases for a first look, the same for everybody who asks for as many.

Knows only what a case says of itself.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence

from groundtune.types import Case


def some_cases(cases: Sequence[Case], per_language: int) -> list[Case]:
    """At most `per_language` cases of each language, kinds and labels in turn, in the order of `cases`; and as many
    drafted ones, which stand apart.

    Which ones depends on their ids alone, so that a larger sample holds a smaller one.
    """
    strata: dict[tuple[str | None, bool], dict[tuple[str, str | None], list[Case]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for case in sorted(cases, key=lambda case: hashlib.sha256(case.id.encode()).digest()):
        strata[case.language, case.drafted][case.kind, case.label].append(case)
    chosen: set[str] = set()
    for kinds in strata.values():
        shares = [
            [((place + 0.5) / len(of_kind), case) for place, case in enumerate(of_kind)] for of_kind in kinds.values()
        ]
        in_turn = sorted((pair for share in shares for pair in share), key=lambda pair: pair[0])
        chosen |= {case.id for _, case in in_turn[:per_language]}
    return [case for case in cases if case.id in chosen]
