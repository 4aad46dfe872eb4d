"""A sentence with an amount to questions for it, each naming what it is about where the sentence doesn't."""

from __future__ import annotations

import re
from collections.abc import Callable

from groundtune.drafting import english, korean
from groundtune.drafting.drafts import Asked, Source
from groundtune.drafting.values import values_of

_CITED = re.compile(r"\s?\([^()]*(?:제\d+조|\bSection \d|\bArt(?:icle|\.) ?\d)[^()]*\)")
"""A reference to a clause in brackets, which no question needs."""
_LONGEST_TITLE = 30
Tokens = Callable[[str], frozenset[str]]
"""A text to its lexical terms."""


def of_sentence(source: Source, tokens: Tokens) -> list[Asked]:
    """One question for each amount that can be asked for."""
    words = _CITED.sub("", source.piece.words)
    if _is_two_things(source.quote, words):
        return []
    make = korean.question if source.language == "ko" else english.question
    asked = []
    for value in values_of(words, source.language):
        question = make(words, value)
        named = None if question is None else _named(question, source, tokens)
        if named is not None:
            asked.append(Asked(named, (value.fact,), "amount"))
    return asked


def _is_two_things(quote: str, words: str) -> bool:
    """Whether a title without marks stands before the sentence, or a bracket or quotation is torn."""
    first, broken, _ = quote.partition("\n")
    torn = words.count("(") != words.count(")") or words.count("“") != words.count("”")
    return torn or (bool(broken) and len(first) <= _LONGEST_TITLE and not first.rstrip().endswith((".", ",")))


def _named(question: str, source: Source, tokens: Tokens) -> str | None:
    """The question with the document's title before it, unless it speaks of that already."""
    is_korean = source.language == "ko"
    topic = (korean.topic_of if is_korean else english.topic_of)(source.passage.title)
    if topic is not None and tokens(topic) & tokens(question):
        return question
    topic = topic or (korean.topic_of if is_korean else english.topic_of)(source.topic)
    if topic is None:
        return None
    if is_korean:
        return f"{topic}의 경우, {question}"
    return f"Under “{topic}”, {question[0].lower()}{question[1:]}"


def with_scope(question: str, scope: str, language: str) -> str:
    """The question for those for whom `scope` (“country: KR, site: Seoul”) holds."""
    where = ", ".join(part.partition(": ")[2] for part in scope.split(", "))
    if language == "ko":
        return f"{where}의 경우, {question}"
    return f"For {where}: {question[0].lower()}{question[1:]}"
