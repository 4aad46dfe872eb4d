"""Whether to refuse, and how to say what is missing: the words of the question that no passage covers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from groundtune.answering import weights
from groundtune.answering.retrieve import Retrieved
from groundtune.answering.terms import Term, coverage
from groundtune.answering.weighing import Ranked, answerable
from groundtune.i18n import t_in

Code = Literal["no_passage", "off_topic", "not_in_documents", "unsupported"]


@dataclass(frozen=True, slots=True)
class Refusal:
    code: Code
    reason: str
    """In the asker's language."""


def refusal(found: Retrieved, ranked: Sequence[Ranked], bar: float | None = None) -> Refusal | None:
    """`None` where the documents seem to answer: where that is as probable as `bar` says, by default the fitted one."""
    language = found.asked.language
    if bar is None:
        bar = weights.ANSWER_FROM.get(language, weights.ANSWER_FROM["en"])
    if not found.hits:
        return Refusal(
            "no_passage", t_in(language, "There is no document that you may read and that was in force then.")
        )
    if not found.asked.words:
        return Refusal("off_topic", t_in(language, "The question names nothing that could be looked for."))
    if ranked and answerable(found, ranked) >= bar:
        return None
    code: Code = "off_topic" if _is_off_topic(found) else "not_in_documents"
    words = missing(found)
    foreign = code == "off_topic" and sum(len(word.split()) for word in words) >= max(3, len(found.terms))
    if words and not foreign:
        named = "’, ‘".join(words)
        return Refusal(code, t_in(language, "The documents say nothing about ‘{words}’.", words=named))
    if code == "off_topic":
        return Refusal(code, t_in(language, "The documents are not about this."))
    return Refusal(code, t_in(language, "The documents come near this question but do not answer it."))


def unsupported(language: str) -> Refusal:
    return Refusal("unsupported", t_in(language, "What was found could not be confirmed word for word."))


def missing(found: Retrieved) -> list[str]:
    """Up to two words of the question that no passage found covers, whole, each with the noun that it qualifies."""
    if not found.hits or found.hits[0].passage.language not in (None, found.asked.language):
        return []
    everything = frozenset().union(*(found.tokens_of(hit) for hit in found.hits))
    names = [name_of(term, everything) for term in found.terms]
    named: list[str] = []
    joined = -1
    for place, term in enumerate(found.terms):
        word = names[place]
        if place <= joined or not word or _VAGUE.fullmatch(word.lower()) or term.covered(everything) >= 0.5:
            continue
        while word.endswith(found.terms[place].word) and _adjoins(found, place, names, everything):
            place += 1
            word = f"{word} {names[place]}"
            joined = place
        named.append(word)
    return named[:2]


def _adjoins(found: Retrieved, place: int, names: Sequence[str], everything: frozenset[str]) -> bool:
    """Whether the next term is a noun that stands right behind this one: "coffee" and "machine". An English word that
    the documents have may as well be a verb."""
    if place + 1 >= len(found.terms) or not names[place + 1]:
        return False
    one, two = found.terms[place], found.terms[place + 1]
    noun = bool(_HANGUL.search(two.word)) or (two.covered(everything) < 0.5 and not _VAGUE.fullmatch(two.word.lower()))
    return noun and bool(re.search(rf"{re.escape(one.word)}\s+{re.escape(two.word)}", found.asked.text))


def _is_off_topic(found: Retrieved) -> bool:
    best = max(coverage(found.terms, found.tokens_of(hit)) for hit in found.hits[:6])
    nearest = max(hit.dense or 0.0 for hit in found.hits)
    return best < weights.OFF_TOPIC_COVERED and nearest < weights.OFF_TOPIC_NEAREST


_VAGUE = re.compile(
    r"documents?|new|old|large|big|small|little|long|short|wrong|right|different|extra|total|still|already|again|ever|before|after"
    r"|lots|things?|people|person|somebody|first|last|next|latest|soon|anything|something|possible|ok|fine|hire"
    r"|whether|while|during|until|without|between|early|late|later|really|actually|exactly|usually|normally|instead"
    r"|go(?:es|ing)|com(?:e|es|ing)|keep(?:s|ing)?|us(?:e|es|ed|ing)|pay(?:s|ing)?|paid|find|see|look|try|put|say|ask|stay"
    r"|나중|빨리|제일|먼저|다시|직접|혹시|주십시오|건네|정도|길이|사람|분들"
)
"""Words of which nobody asks what the documents say."""
_HANGUL = re.compile(r"[가-힣]")
_PARTICLES = re.compile(
    r"(?<=[가-힣A-Za-z0-9])(?:에서는|에게는|으로는|까지는|부터는|에서도|이라도|에서|에게|한테|으로|까지|부터|처럼|보다|마다|이나|이랑|하고"
    r"|은|는|이|가|을|를|에|의|도|와|과|로|만|랑)$"
)
_SURE = re.compile(r"(?:에서는|에게는|으로는|까지는|부터는|에서도|에서|에게|한테|으로|까지|부터|을|를|은)$")
"""Particles with which hardly a noun ends; with 이, 가, 도, 의 or 로 many do."""
_PREDICATE = re.compile(
    r"(?:나요|까요|가요|어요|아요|여요|에요|예요|해요|돼요|워요|니까|니다|는지|은지|면|려고|느라|지만|거나|해도|가도|어도|아도|워도|여도"
    r"|[가-힣]데|[^광창보신경권참]고|는|던|을까|할|될|갈|낼|볼|쓸|줄|올|샐|된|한|온|려|해|워|져)$"
)


def name_of(term: Term, everything: frozenset[str]) -> str:
    """The word as a reader would look it up: whole, without a particle where that is sure; "" for a predicate, and for
    what may be one.

    Where the analyser knows morphemes, the noun ends with one of them. Where it doesn't, the word stands as it was
    written unless the particle can be nothing else, or what is left is a word of the documents.
    """
    word = term.word
    if not _HANGUL.search(word):
        return word
    bare = _PARTICLES.sub("", word)
    if word.endswith("는"):
        return ""
    nouns = [noun for noun in (word, bare) if len(noun) > 1 and any(noun.endswith(m) for m in term.morphemes)]
    if nouns and not _PREDICATE.search(word):
        return nouns[0]
    if len(bare) < 2:
        return ""
    if bare != word and (_SURE.search(word) or _stands_in(bare, everything)):
        return bare
    return "" if _PREDICATE.search(word) else word


def _stands_in(word: str, everything: frozenset[str]) -> bool:
    return all(f"_{word[i : i + 2]}" in everything for i in range(len(word) - 1))
