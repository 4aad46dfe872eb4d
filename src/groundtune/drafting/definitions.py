"""“X means Y” and “X란 Y를 말한다” to the question what X means. Form only."""

from __future__ import annotations

import re

from groundtune.drafting.drafts import Asked, Source
from groundtune.drafting.korean import particled
from groundtune.types import Fact

_SAYS = r"(?:을|를)\s(?:말한다|뜻한다|의미한다|말합니다|뜻합니다|의미합니다)\.?"
_KOREAN = re.compile(
    r"(?:\d+\.\s*)?[“\"‘'「](?P<term>[^”\"’'」]{2,30})[”\"’'」]\s?(?:이?란|(?:이라|라) ?함은)\s+(?P<meaning>.{6,200}?)"
    + _SAYS
    + r"|(?P<bare>[가-힣A-Za-z ]{2,20}?)(?:이란|란)\s+(?P<bare_meaning>.{6,200}?)"
    + _SAYS
)
_ENGLISH = re.compile(
    r"(?:The term )?[“\"‘'](?P<term>[^”\"’']{2,40})[”\"’'] (?:means|refers to) (?P<meaning>.{6,240}?)\.?"
    r"|(?P<bare>[A-Z][A-Za-z-]*(?: [a-z][a-z-]*){0,3}) means (?P<bare_meaning>(?:an?|the|any|every|each|all) .{6,240}?)"
    r"\.?"
)
_POINTS_ELSEWHERE = re.compile(
    r"다음(?:과|의| ?각)|각 ?호|제\d+조|(?:정하는|정한) |그 밖에|\b(?:following|below|above|section \d)", re.IGNORECASE
)
"""What is defined by another text says nothing here."""
_MOST_WORDS = 12
_LAST_WORDS = 6
_NO_BEGINNING = re.compile(
    r"(?:수|것.*|바|등.*|호.*|하고|및|또는|통해|위하여|위해|있도록|없이|따라|대하여|대해|의한|의하여)$"
)
"""A word that nothing may begin with."""


def of_sentence(source: Source) -> list[Asked]:
    pattern = _KOREAN if source.language == "ko" else _ENGLISH
    words = source.piece.words.strip()
    match = pattern.fullmatch(words) or pattern.search(words)
    if match is None or (match["bare"] and match.group() != words):
        return []
    term = (match["term"] or match["bare"]).strip()
    if _POINTS_ELSEWHERE.search(match.group()):
        return []
    meaning = _core((match["meaning"] or match["bare_meaning"]).strip(), source.language)
    if source.language == "ko":
        question = f"‘{term}’{particled(term, ('이란', '란'))[len(term) :]} 무엇을 말하나요?"
    else:
        question = f"What does “{term}” mean?"
    return [Asked(question, (Fact((meaning,)),), "definition")]


def _core(meaning: str, language: str) -> str:
    """The words that an answer can't do without: in Korean the last ones, which are its noun, in English the first."""
    words = meaning.split()
    if len(words) <= _MOST_WORDS:
        return meaning
    if language == "ko":
        last = words[-_LAST_WORDS:]
        while _NO_BEGINNING.match(last[0]):
            last = last[1:]
        return " ".join(last)
    return re.split(r"[,;:]| which | who ", " ".join(words[:_MOST_WORDS]))[0]
