"""Vectors of pieces, remembered: the same sentences come up for question after question."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from groundtune.models.protocols import Embedder

ROOM = 20_000
"""Vectors that are kept; 30 MB at 384 dimensions."""


class PieceVectors:
    """Embeds texts and keeps the vectors of those that were last asked for, in memory only."""

    def __init__(self, embedder: Embedder, room: int = ROOM) -> None:
        self._embedder = embedder
        self._room = room
        self._kept: OrderedDict[str, npt.NDArray[np.float32]] = OrderedDict()
        self._lock = threading.Lock()

    def __call__(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """(len(texts), dimension) float32, unit length."""
        with self._lock:
            known = {text: self._kept[text] for text in texts if text in self._kept}
        missing = [text for text in dict.fromkeys(texts) if text not in known]
        if missing:
            known |= zip(missing, self._embedder.embed_passages(missing), strict=True)
        with self._lock:
            for text in known:
                self._kept[text] = known[text]
                self._kept.move_to_end(text)
            while len(self._kept) > self._room:
                self._kept.popitem(last=False)
        if not texts:
            return np.empty((0, self._embedder.dimension), np.float32)
        return np.stack([known[text] for text in texts])
