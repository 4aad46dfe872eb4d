"""Tokens of a text for a model whose tokenizer isn't here: four Latin letters, two digits, or one other character each.

Rather too many than too few: what fits by this count fits the models that we have measured it on.
"""

from __future__ import annotations

import re

_TOKEN = re.compile(r"[A-Za-z]{1,4}|[0-9]{1,2}|[^\sA-Za-z0-9]")


def estimated_tokens(text: str) -> int:
    return sum(1 for _ in _TOKEN.finditer(text))


def estimated_offsets(text: str) -> list[tuple[int, int]]:
    """Start and end of each estimated token, in characters."""
    return [match.span() for match in _TOKEN.finditer(text)]
