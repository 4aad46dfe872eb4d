"""A Unigram vocabulary that opens without being read: a piece is looked up when it is asked for, and then remembered.

A quarter of a million Python strings take longer to make than a query takes to embed, and a query needs a few hundred.
Knows nothing of words, normalisation or models.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

Found: TypeAlias = tuple[int, float] | Literal[False] | None
"""A piece's id and log probability; `None` for what is none but begins a longer one; `False` for what begins none."""

_HEAD = 8
"""Pieces are sorted by that many of their bytes."""
_MEMORY = 500_000
"""Texts remembered; memory stays below some 100 MB."""


class Vocabulary:
    """`text` holds the pieces' UTF-8 bytes one after another, piece i from `offsets[i]` to `offsets[i + 1]`.

    Pieces in `hidden` are never found: special tokens, which a text must not be able to write.
    """

    def __init__(
        self,
        text: npt.NDArray[np.uint8],
        offsets: npt.NDArray[np.uint32],
        scores: npt.NDArray[np.float32],
        hidden: Sequence[str] = (),
    ) -> None:
        self._text, self._offsets, self._scores, self._hidden = text, offsets, scores, frozenset(hidden)
        heads = _heads(text, offsets)
        self._order = np.argsort(heads)
        self._heads = heads[self._order]
        self.lowest_score = float(scores.min())
        self._known: dict[str, Found] = {}

    @classmethod
    def of(cls, pieces: Sequence[str], scores: Sequence[float], hidden: Sequence[str] = ()) -> Vocabulary:
        encoded = [piece.encode() for piece in pieces]
        offsets = np.cumsum([0, *map(len, encoded)])
        text = np.frombuffer(b"".join(encoded), np.uint8)
        return cls(text, offsets.astype(np.uint32), np.array(scores, np.float32), hidden)

    def __len__(self) -> int:
        return len(self._scores)

    def piece(self, id: int) -> str:
        return self._text[self._offsets[id] : self._offsets[id + 1]].tobytes().decode("utf-8")

    def score(self, id: int) -> float:
        """Its log probability."""
        return float(self._scores[id])

    def find(self, text: str) -> Found:
        try:
            return self._known[text]
        except KeyError:
            return self._look_up(text)

    def _look_up(self, text: str) -> Found:
        encoded = text.encode("utf-8", "surrogatepass")
        low = np.uint64(int.from_bytes(encoded[:_HEAD].ljust(_HEAD, b"\0"), "big"))
        high = np.uint64(int.from_bytes(encoded[:_HEAD].ljust(_HEAD, b"\xff"), "big"))
        first, last = int(np.searchsorted(self._heads, low, "left")), int(np.searchsorted(self._heads, high, "right"))
        begins = last > first
        if len(encoded) < _HEAD:  # all of these pieces begin so, and only the first can be the text itself
            last = min(last, first + 1)
        pieces = {self.piece(id): id for id in self._order[first:last].tolist()}
        if len(encoded) >= _HEAD:  # these pieces begin as the text's head does, and perhaps differ behind it
            begins = any(piece.startswith(text) for piece in pieces)
        found: Found = None if begins else False
        if text in pieces and text not in self._hidden:
            found = (pieces[text], self.score(pieces[text]))
        if len(self._known) >= _MEMORY:
            self._known.clear()
        self._known[text] = found
        return found


def _heads(text: npt.NDArray[np.uint8], offsets: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint64]:
    """(n,) each piece's first bytes as one number, so that numbers sort as texts do."""
    padded = np.concatenate([text, np.zeros(_HEAD, np.uint8)])
    heads = np.lib.stride_tricks.sliding_window_view(padded, _HEAD)[offsets[:-1]]
    inside = np.arange(_HEAD, dtype=np.uint32) < np.diff(offsets)[:, None]
    return np.where(inside, heads, np.uint8(0)).view(">u8")[:, 0].astype(np.uint64)
