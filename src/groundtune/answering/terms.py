"""The words of a question, weighed by how rare they are in the documents, and how far a text covers them.

A word of mere talk, "I was wondering", is rare in rulebooks and still says little of what is asked: it weighs less.
A Korean word is covered by its morphemes or by its bigrams, whichever covers more: particles and endings don't count.
Knows the analyser's terms, not passages or models.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from groundtune.answering.asked import Asked

Tokens = Callable[[str], Sequence[str]]
"""A text to its lexical terms, as the index has them."""
Rarity = Callable[[Sequence[str]], Mapping[str, float]]
"""Terms to their inverse document frequency among the passages, 0 to 1; 1 where no passage has the term."""


@dataclass(frozen=True, slots=True)
class Term:
    """One word of a question."""

    word: str
    """As it stands in the question."""
    weight: float
    """Its share of the question, by rarity; the weights of a question's terms add up to 1."""
    rarity: float
    """0 to 1; 1 where no passage has it."""
    morphemes: frozenset[str]
    bigrams: frozenset[str]

    def covered(self, tokens: frozenset[str]) -> float:
        """0 to 1: how much of the word stands in a text with these terms."""
        shares = [len(keys & tokens) / len(keys) for keys in (self.morphemes, self.bigrams) if keys]
        return max(shares, default=0.0)


def read_terms(asked: Asked, tokens: Tokens, rarity: Rarity) -> tuple[Term, ...]:
    """The question's content words; empty where it has none."""
    keys = [_keys(word, tokens) for word in asked.words]
    rare = rarity([key for morphemes, bigrams in keys for key in (*morphemes, *bigrams)])
    found: list[tuple[str, float, frozenset[str], frozenset[str]]] = []
    for word, (morphemes, bigrams) in zip(asked.words, keys, strict=True):
        if not morphemes and not bigrams:
            continue
        scores = [max(rare.get(key, 1.0) for key in group) for group in (morphemes, bigrams) if group]
        spoken = _SPOKEN if _TALK.fullmatch(word) else 1.0
        found.append((word, min(scores) * spoken, morphemes, bigrams))
    total = sum(score for _, score, _, _ in found) or 1.0
    return tuple(
        Term(word, score / total, score, morphemes, bigrams) for word, score, morphemes, bigrams in found if score > 0
    )


def coverage(terms: Sequence[Term], tokens: frozenset[str]) -> float:
    """0 to 1: the share of the question that a text with these terms covers, by rarity. 1 for a question without."""
    return sum(term.weight * term.covered(tokens) for term in terms) if terms else 1.0


def _keys(word: str, tokens: Tokens) -> tuple[frozenset[str], frozenset[str]]:
    """The word's morphemes (an English word: its stem) and its bigrams, the one that holds the particle left out."""
    terms = tokens(word)
    bigrams = [term for term in terms if term.startswith("_")]
    if len(bigrams) > 1:
        bigrams = bigrams[:-1]
    return frozenset(term for term in terms if not term.startswith("_")), frozenset(bigrams)


_SPOKEN = 0.4
"""What a word of mere talk weighs of what its rarity would give it."""
_TALK = re.compile(
    r"(?:go|come|put|say|tell|ask|know|think|feel|see|look|watch|hear|find|seem|try|start|begin|turn|bring|hold|pick|show"
    r"|sit|stand|stay|live|expect|hope|wish|wonder|plan|decide|happen|become|set|use|like|love|help|mean|matter|forget"
    r"|remember|understand|talk|speak|wait|follow|keep|buy|spend|count|reach|land|hit|face|deal|fall|grow|catch|throw"
    r"|suppose|guess|figure|reckon|imagine|promise|prefer|mind|care|bother|manage|handle|sort|belong|apply|concern|involve"
    r"|include|consider|thing|way|kind|lot|bit|side|point|case|fact|idea|question|answer|reason|problem|chance|moment"
    r"|guy|folk|friend|colleague|mate|boss|somebody|nobody|everybody|anybody|anything|something|everything|nothing|lad)"
    r"(?:e?s|e?d|ing)?"
    r"|went|gone|came|said|told|knew|known|thought|felt|saw|seen|heard|found|began|begun|brought|held|showed|shown|sat|stood"
    r"|lived|living|using|used|meant|forgot|forgotten|understood|spoke|kept|bought|spent|caught|fell|fallen|grew|deciding"
    r"|decided|becoming|became|people|person|man|men|woman|women|kids?|good|bad|big|large|small|little|long|short|high|low"
    r"|early|earlier|late|later|latest|new|old|older|young|fast|quick|quickly|slow|slowly|easy|easily|hard|full|whole|right"
    r"|wrong|true|sure|clear|ready|busy|happy|fine|nice|great|real|same|different|own|certain|usual|normal|special|exact"
    r"|actual|total|main|extra|best|better|worse|worst|several|few|fewer|both|really|actually|exactly|usually|normally"
    r"|already|always|never|sometimes|ever|soon|now|today|tomorrow|yesterday|tonight|again|together|away|back|here|everywhere"
    r"|somewhere|anywhere|maybe|perhaps|probably|quite|rather|pretty|almost|enough|less|least|though|although|because|since"
    r"|until|while|during|whether|without|instead|against|between|through|around|over|under|off|down|yet|else|even|well"
    r"|yes|hi|hello|hey|thanks|ok|okay|sorry|well|anyway|apart|besides|two|three|four|five|six|seven|eight|nine|ten|next|last"
    r"|[가-힣]+(?:나요|까요|가요|어요|아요|여요|에요|예요|해요|돼요|워요|니까|습니다|는지|은지|려고|느라|지만|거나|는데|은데|인데|했는데|어서|아서|해서"
    r"|[가-힣]면|을까|하면|되면|할까|었어|았어|네요|군요|지요|거든요)",
    re.IGNORECASE,
)
"""Words that nobody looks up: common verbs and adverbs in English, predicates by their endings in Korean."""
