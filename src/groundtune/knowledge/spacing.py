"""A Korean question written without spaces, with spaces again: 주차장은언제문을여나요 as 주차장은 언제 문을 여나요.

A space goes where a word that carries meaning follows a particle, an ending or an adverb. Compounds stay as they are.
Knows the analyser's tags, no ranking.
"""

from __future__ import annotations

import re

from groundtune.knowledge.analyse import Analyser

_LEAST = 8
"""Syllables without a space from which a run is looked at. Measured: docs/decisions/0014-wording.md."""
_RUN = re.compile(rf"[가-힣]{{{_LEAST},}}")
_CLOSING = ("J", "E", "MAG")
"""Particles, endings and adverbs."""
_OPENING = ("N", "V", "M", "I", "XP", "XR")
_LEANING = ("NNB", "VC")
"""What is written close to the word before, though it is a noun or a verb."""


def spaced(text: str, analyser: Analyser) -> str:
    """`text` with spaces in its long runs of Hangul; the same with an analyser that gives no tags."""
    return _RUN.sub(lambda match: _spaced(match[0], analyser), text)


def _spaced(run: str, analyser: Analyser) -> str:
    parts = analyser.tagged(run)
    if "".join(surface for surface, _ in parts) != run:
        return run
    text, before = "", ""
    for surface, tag in parts:
        first, _, last = tag.partition("+")
        opens = first.startswith(_OPENING) and not first.startswith(_LEANING)
        text += f" {surface}" if before.startswith(_CLOSING) and opens else surface
        before = last.rpartition("+")[2] or first
    return text
