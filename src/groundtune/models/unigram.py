"""Splits text into the pieces of a Unigram vocabulary, as SentencePiece does for XLM-RoBERTa and multilingual E5.

No piece reaches over a space, so each word is split for itself, by the best-scoring path, and remembered. Knows nothing
of models, prefixes or special tokens.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from groundtune.models.vocabulary import Vocabulary

SPACE = "▁"
"""Stands at the beginning of a word in the vocabulary."""

_WORD = re.compile(r"[^ ]+")
_MEMORY = 200_000
"""Words remembered; memory stays below some 60 MB."""


class Unigram:
    """`normalisation` is what stands for a character before it is looked up, `unknown` the id of an unknown piece."""

    def __init__(self, vocabulary: Vocabulary, normalisation: Mapping[int, str], unknown: int) -> None:
        self._vocabulary = vocabulary
        self._normalisation = dict(normalisation)
        self._unknown = unknown
        self._unknown_score = vocabulary.lowest_score - 10.0
        self._memory: dict[str, tuple[tuple[int, int], ...]] = {}

    def encode(self, text: str) -> list[int]:
        """The ids of the pieces of `text`."""
        return [piece for word in self._normalise(text).split() for piece, _ in self._split(SPACE + word)]

    def offsets(self, text: str) -> list[tuple[int, int]]:
        """Where each of those pieces begins and ends in `text`, in characters. The bare "▁" has no length."""
        normal, starts, ends = self._align(text)
        spans: list[tuple[int, int]] = []
        for word in _WORD.finditer(normal):
            at = word.start() - 1
            for _, length in self._split(SPACE + word.group()):
                first, last = max(at, word.start()), at + length - 1
                before = spans[-1][1] if spans else 0
                spans.append((starts[first], ends[last] if last >= first else max(starts[first], before)))
                at += length
        return spans

    def _normalise(self, text: str) -> str:
        return unicodedata.normalize("NFC", text).translate(self._normalisation)

    def _align(self, text: str) -> tuple[str, list[int], list[int]]:
        """The normalised text, white space as spaces, and where each of its characters starts and ends in `text`."""
        normal: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        for start, end in _composed(text):
            for character in self._normalise(text[start:end]):
                normal.append(" " if character.isspace() else character)
                starts.append(start)
                ends.append(end)
        return "".join(normal), starts, ends

    def _split(self, word: str) -> tuple[tuple[int, int], ...]:
        """(id, length in characters) of each piece of a word, by Viterbi; neighbouring unknown characters are one."""
        known = self._memory.get(word)
        if known is not None:
            return known
        size = len(word)
        find = self._vocabulary.find
        best = [float("-inf")] * (size + 1)
        best[0] = 0.0
        arrived: list[tuple[int, int]] = [(0, 0)] * (size + 1)
        for start in range(size):
            here = best[start]
            for end in range(start + 1, size + 1):
                piece = find(word[start:end])
                if piece is False:
                    break
                if isinstance(piece, tuple) and here + piece[1] > best[end]:
                    best[end] = here + piece[1]
                    arrived[end] = (piece[0], end - start)
            if here + self._unknown_score > best[start + 1]:
                best[start + 1] = here + self._unknown_score
                arrived[start + 1] = (self._unknown, 1)
        path: list[tuple[int, int]] = []
        at = size
        while at:
            id, length = arrived[at]
            at -= length
            if id == self._unknown and path and path[-1][0] == self._unknown:
                length += path.pop()[1]
            path.append((id, length))
        split = tuple(reversed(path))
        if len(self._memory) >= _MEMORY:
            self._memory.clear()
        self._memory[word] = split
        return split


def _composed(text: str) -> list[tuple[int, int]]:
    """Stretches of `text` that compose to characters on their own; single characters where it is composed already."""
    if unicodedata.is_normalized("NFC", text):
        return [(i, i + 1) for i in range(len(text))]
    stretches: list[tuple[int, int]] = []
    start = 0
    for i in range(1, len(text) + 1):
        if i == len(text) or _stands_alone(text[start:i], text[i]):
            stretches.append((start, i))
            start = i
    return stretches


def _stands_alone(before: str, character: str) -> bool:
    if unicodedata.combining(character):
        return False
    joined = unicodedata.normalize("NFC", before + character)
    return joined == unicodedata.normalize("NFC", before) + unicodedata.normalize("NFC", character)
