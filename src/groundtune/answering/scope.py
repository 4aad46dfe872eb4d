"""For whom or where a text holds: what a document states of itself ("applies at the South Station only", its scope),
and the case that a sentence begins with ("During probation, …"). Form only, Korean and English.
"""

from __future__ import annotations

import re

from groundtune.types import Revision

_OPENING = 800
"""Characters at a document's beginning in which it may say for whom it holds."""
_ONLY = re.compile(
    r"\b(?:appl(?:y|ies)|holds?|(?:is|are) valid|(?:is|are) meant|counts?)\s+(?:to|in|at|for|on|aboard)\s+"
    r"(?P<behind>[^.,;:\n]{2,60}?)\s+only\b"
    r"|\b(?:appl(?:y|ies)|holds?|(?:is|are) valid|(?:is|are) meant|counts?)\s+only\s+(?:to|in|at|for|on|aboard)\s+"
    r"(?P<before>[^.,;:\n]{2,60})"
    r"|\bonly\s+(?:applies|apply|holds?|counts?)\s+(?:to|in|at|for|on|aboard)\s+(?P<first>[^.,;:\n]{2,60})"
    r"|(?:이|본) [가-힣 ]{1,12}[은는]\s+(?P<korean>[^.,;:\n]{2,40}?)"
    r"(?:에만|에게만|에서만|에게 한하여|에 한하여|에 한해|에 한정하여)\s",
    re.IGNORECASE,
)
_CASE = re.compile(
    r"[^.,]{1,24}?(?:(?:중|경우|동안|에게|에서|이전|이후|[전후])에?는|경우|때는|때에는|[가-힣]면|마친 \S+)(?=[\s,])"
    r"|(?:during|after|before|in|if|when|for|until|within|while|where|on|at)\b(?P<case>[^,.]{1,60}),"
    r"|during (?P<bare>(?:(?:the|your|a) )?[a-z]+(?: [a-z]+)?) (?=the\b|you\b|either\b|an?\b|no\b|\d)",
    re.IGNORECASE,
)
"""A sentence that begins with the case that it is for."""


def stated_scope(source: Revision) -> str:
    """In words, for whom or where the whole document holds; "" where it says nothing of that."""
    stated = source.metadata.get("scope")
    pairs = re.findall(r"[:：]\s*([^,，;]+)", stated) if isinstance(stated, str) else []
    found = _ONLY.search(source.text, 0, _OPENING)
    words = [group for group in found.groups() if group] if found else []
    return " ".join((*pairs, *words))


def case_of(words: str) -> str:
    """The case that a sentence begins with; "" for a sentence that begins with none."""
    case = _CASE.match(words)
    return (case["case"] or case["bare"] or case.group()).strip() if case else ""


def names_case(question: str, case: str) -> bool:
    """Whether the question names something of the case."""
    question = question.lower()
    words = re.findall(r"[가-힣]{2,}|[a-z]{4,}", case.lower())
    return any((word[:2] if word[0] >= "가" else word) in question for word in words)
