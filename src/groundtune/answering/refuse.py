"""Whether to refuse, and how to say what is missing: the words of the question that no passage covers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from groundtune.answering import weights
from groundtune.answering.retrieve import Retrieved
from groundtune.answering.terms import coverage
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
    """Up to two words of the question that no passage found covers, each with the noun that it qualifies."""
    if not found.hits or found.hits[0].passage.language not in (None, found.asked.language):
        return []
    everything = frozenset().union(*(found.tokens_of(hit) for hit in found.hits))
    named: list[str] = []
    joined = -1
    for place, term in enumerate(found.terms):
        word = _bare(term.word, found.asked.language)
        if place <= joined or not word or _VAGUE.fullmatch(word.lower()) or term.covered(everything) >= 0.5:
            continue
        while word.endswith(found.terms[place].word) and _adjoins(found, place):
            place += 1
            word = f"{word} {_bare(found.terms[place].word, found.asked.language)}"
            joined = place
        named.append(word)
    return named[:2]


def _adjoins(found: Retrieved, place: int) -> bool:
    """Whether the next term is a noun that stands right behind this one: "pet" and "insurance"."""
    if place + 1 >= len(found.terms):
        return False
    one, two = found.terms[place].word, found.terms[place + 1].word
    behind = re.search(rf"{re.escape(one)}\s+{re.escape(two)}", found.asked.text)
    return bool(behind and _bare(two, found.asked.language))


def _is_off_topic(found: Retrieved) -> bool:
    best = max(coverage(found.terms, found.tokens_of(hit)) for hit in found.hits[:6])
    nearest = max(hit.dense or 0.0 for hit in found.hits)
    return best < weights.OFF_TOPIC_COVERED and nearest < weights.OFF_TOPIC_NEAREST


_VAGUE = re.compile(
    r"documents?|new|old|large|big|small|little|long|short|wrong|right|different|extra|total|still|already|again|ever|before|after"
    r"|lots|things?|people|person|somebody|first|last|next|latest|soon|anything|something|possible|ok|fine|hire"
    r"|나중|빨리|제일|먼저|다시|직접|혹시|주십시오|건네|정도|길이|사람|분들"
)
"""Words of which nobody asks what the documents say."""
_PARTICLES = re.compile(
    r"(?<=[가-힣A-Za-z0-9])(?:에서는|에게는|으로는|까지는|부터는|에서도|이라도|에서|에게|한테|으로|까지|부터|처럼|보다|마다|이나|이랑|하고"
    r"|은|는|이|가|을|를|에|의|도|와|과|로|만|랑)$"
)
_PREDICATE = re.compile(
    r"(?:나요|까요|가요|어요|아요|여요|에요|예요|해요|돼요|워요|니까|니다|는지|은지|면|려고|해도|어도|아도|워도|여도|야|서|고|는|던|을까|할|될|갈|낼|볼|쓸|줄|된|한|간|온)$"
)


def _bare(word: str, language: str) -> str:
    """A noun without its particle; "" for what looks like a predicate."""
    if language != "ko" or not re.search(r"[가-힣]", word):
        return word
    stripped = _PARTICLES.sub("", word)
    if stripped == word and _PREDICATE.search(word) and len(word) > 1:
        return ""
    return stripped if len(stripped) > 1 else ""
