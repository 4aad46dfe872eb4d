"""What an embedding model wants to see before a query and before a passage, as far as its name tells."""

from __future__ import annotations

import re
from typing import NamedTuple


class Forms(NamedTuple):
    query: str = ""
    passage: str = ""


E5 = Forms("query: ", "passage: ")

_E5_NAME = re.compile(r"(?:^|[-_/])e5(?:[-_]|$)")


def forms_of(model: str) -> Forms:
    """The forms that the E5 family was trained with; models of other names are given texts as they are."""
    instructed = "instruct" in model.lower()
    return E5 if _E5_NAME.search(model.lower()) and not instructed else Forms()
