"""A question's misspelt English words, read as words that the passages hold: one letter wrong, missing, doubled or
swapped with the next, or a space lost between two words.

Only a word that no readable passage holds and that the embedder doesn't know either is looked at, and only words of
readable passages are offered: nothing that a reader may not see can come of it. Korean is left as it is: its bigrams
find a word by the syllables that are right, and what reads like an error is often another word. Knows no ranking.
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
_WORD = re.compile(r"(?<![\w'’@.])[A-Za-z]{4,40}(?![\w@]|['’.]\w)")


def corrected(
    text: str, analyser: Analyser, unheld: Callable[[Sequence[str]], set[str]], held: Held, pieces: Pieces
) -> str:
    """`text` with its misspelt words put right; the same text where there is none. `unheld` tells those of some terms
    that no passage holds which may be read.
    """
    if pieces([_KNOWN_TO_ALL])[0] > 1:
        return text  # counts that are estimated tell no word from another
    found = [match for match in _WORD.finditer(text) if not match[0].isupper()]
    missing = unheld([term for match in found for term in analyser.tokens(match[0])])
    doubtful = [match for match in found if missing.intersection(analyser.tokens(match[0]))]
    for match in reversed(doubtful[:_MOST_LOOKED_AT]):
        better = _right(match[0], analyser, held, pieces)
        if better is not None:
            text = text[: match.start()] + better + text[match.end() :]
    return text


def _right(word: str, analyser: Analyser, held: Held, pieces: Pieces) -> str | None:
    small = word.lower()
    if min(pieces([small, *analyser.tokens(small)])) == 1:
        return None  # a word or a form of one, though not one of these documents
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
