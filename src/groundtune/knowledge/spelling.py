"""A question's misspelt words, read as words that the passages hold: one letter wrong, missing, doubled or swapped in
an English word, one sound in a syllable of a Korean one, a space lost between two English words.

Only a word that no readable passage holds and that neither the embedder nor the dictionary knows is looked at, and only
words of readable passages are offered: nothing that a reader may not see can come of it. Knows no ranking.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from groundtune.knowledge.analyse import Analyser

Held = Callable[[Sequence[str]], Mapping[str, int]]
"""Terms to how many of the passages that may be read hold each."""
Pieces = Callable[[Sequence[str]], Sequence[int]]
"""Words to the number of pieces in which a language model reads each; one that it knows is one piece."""

_MOST_LOOKED_AT = 4
"""Words of a question: a text in a foreign language must not cost more than a misspelt one."""
_KNOWN_TO_ALL = "information"
_LEAST_HALF = 2
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_WORD = re.compile(r"(?<![\w'’@.])[A-Za-z]{4,40}(?![\w@]|['’.]\w)|[가-힣]{2,20}")
_LEADS, _VOWELS, _FINALS = 19, 21, 28


def corrected(
    text: str, analyser: Analyser, unheld: Callable[[Sequence[str]], set[str]], held: Held, pieces: Pieces
) -> str:
    """`text` with its misspelt words put right; the same text where there is none. `unheld` tells those of some terms
    that no passage holds which may be read.
    """
    if pieces([_KNOWN_TO_ALL])[0] > 1:
        return text  # counts that are estimated tell no word from another
    found = [match for match in _WORD.finditer(text) if not match[0].isupper()]
    terms = {match[0]: _terms(match[0], analyser) for match in found}
    missing = unheld([term for some in terms.values() for term in some])
    doubtful = [match for match in found if missing.intersection(terms[match[0]])]
    for match in reversed(doubtful[:_MOST_LOOKED_AT]):
        word = match[0]
        if word.isascii():
            better = _english(word, analyser, held, pieces)
        else:
            better = _korean(word, analyser, missing, held, pieces)
        if better is not None:
            text = text[: match.start()] + better + text[match.end() :]
    return text


def _terms(word: str, analyser: Analyser) -> Sequence[str]:
    return analyser.tokens(word) if word.isascii() else _bigrams(word)


# --- English ---


def _english(word: str, analyser: Analyser, held: Held, pieces: Pieces) -> str | None:
    small = word.lower()
    if pieces([small])[0] == 1:
        return None  # a word, though not one of these documents
    ways = {other: way for other, way in _edits(small) if len(analyser.tokens(other)) == 1}
    known = held([analyser.tokens(other)[0] for other in ways])
    likely = {
        other: way + math.log(known[term]) for other, way in ways.items() if known[term := analyser.tokens(other)[0]]
    }
    if likely:  # the index knows stems alone: of those that share one, what the embedder knows is a word
        broken = dict(zip(likely, pieces(list(likely)), strict=True))
        best = min(likely, key=lambda other: (broken[other] > 1, -likely[other], broken[other], other))
    else:
        parted = _parted(small, analyser, held, pieces)
        if parted is None:
            return None
        best = parted
    return best.capitalize() if word[0].isupper() else best


def _edits(word: str) -> Iterator[tuple[str, float]]:
    """Every text one edit away, with a weight for how likely that edit is. The first letter is seldom wrong."""
    for i in range(1, len(word) + 1):
        for letter in _LETTERS:
            yield word[:i] + letter + word[i:], 0.0
            if i < len(word):
                yield word[:i] + letter + word[i + 1 :], -1.0
    for i in range(1, len(word)):
        yield word[:i] + word[i + 1 :], 1.0 if word[i] == word[i - 1] else 0.0
    for i in range(len(word) - 1):
        if word[i] != word[i + 1]:
            yield word[:i] + word[i + 1] + word[i] + word[i + 2 :], 1.0


def _parted(word: str, analyser: Analyser, held: Held, pieces: Pieces) -> str | None:
    """Two words written as one."""
    cuts = [(word[:i], word[i:]) for i in range(_LEAST_HALF, len(word) - _LEAST_HALF + 1)]
    known = held([analyser.tokens(half)[0] for cut in cuts for half in cut])
    rarest = {cut: min(known[analyser.tokens(half)[0]] for half in cut) for cut in cuts}
    both = [(rarest[cut], " ".join(cut)) for cut in cuts if rarest[cut] and max(pieces(cut)) == 1]
    return max(both)[1] if both else None


# --- Korean ---


def _korean(run: str, analyser: Analyser, missing: set[str], held: Held, pieces: Pieces) -> str | None:
    """The run with one syllable read otherwise: one that no morpheme has and none of whose bigrams is known, where the
    bigrams are known then, make a morpheme that is known, and the embedder reads the run in fewer pieces.
    """
    morphemes = [term for term in analyser.tokens(run) if len(term) > 1]
    whole = pieces([run])[0]
    best: tuple[int, float, str] | None = None
    for i in range(len(run)):
        if not missing.issuperset(_around(run, i)) or any(_covers(run, term, i) for term in morphemes):
            continue
        others = [run[:i] + syllable + run[i + 1 :] for syllable in _one_sound_away(run[i])]
        there = held([gram for other in others for gram in _around(other, i)])
        broken = dict(zip(others, pieces(others), strict=True))
        for other in others:
            if broken[other] >= whole or not all(there[gram] for gram in _around(other, i)):
                continue
            words = [term for term in analyser.tokens(other) if len(term) > 1 and _covers(other, term, i)]
            known = held(words)
            if any(known.values()) or len(_around(other, i)) > 1:
                score = sum(map(math.log, (there[gram] for gram in _around(other, i))))
                score += math.log(max([1, *known.values()]))
                found = -broken[other], score, other
                best = max(best or found, found)
    return best[2] if best else None


def _covers(run: str, term: str, i: int) -> bool:
    """Whether `term` stands in `run` over its syllable `i`; never for a bigram, which is marked."""
    return run.find(term, max(i - len(term) + 1, 0), i + len(term)) >= 0


def _bigrams(run: str) -> list[str]:
    return [f"_{run[i : i + 2]}" for i in range(len(run) - 1)]


def _around(run: str, i: int) -> list[str]:
    """The bigrams that hold syllable `i`."""
    return [f"_{run[at : at + 2]}" for at in (i - 1, i) if 0 <= at < len(run) - 1]


def _one_sound_away(syllable: str) -> Iterator[str]:
    """The syllables that differ in their first, middle or last sound alone."""
    number = ord(syllable) - ord("가")
    lead, vowel, final = number // (_VOWELS * _FINALS), number // _FINALS % _VOWELS, number % _FINALS
    others = [
        *((other, vowel, final) for other in range(_LEADS)),
        *((lead, other, final) for other in range(_VOWELS)),
        *((lead, vowel, other) for other in range(_FINALS)),
    ]
    for one, two, three in others:
        if (one, two, three) != (lead, vowel, final):
            yield chr(ord("가") + (one * _VOWELS + two) * _FINALS + three)
