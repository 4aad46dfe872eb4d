"""A question to the passages that may hold its answer: a lexical and a dense leg, fused.

Date and reader filters act in the index before ranking; every hit is re-read from the store under the same rights
before it is given back. Knows nothing of answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Literal

import numpy as np
import numpy.typing as npt

from groundtune.knowledge.analyse import Analyser
from groundtune.knowledge.index import Legs, PassageIndex
from groundtune.models.protocols import Embedder
from groundtune.storage.documents import DocumentStore
from groundtune.types import EVERYBODY, Hit, Reader

LegNames = Literal["hybrid", "lexical", "dense"]

LEXICAL_WEIGHT = 0.35
"""Measured: docs/decisions/0005-fusion.md."""

TODAY = date.min
"""Stands for the day on which the question is asked."""

_DEPTH = 200
"""Candidates of each leg."""


class Searcher:
    """Searches one store through its index. `lexical_weight` None takes the default that was measured."""

    def __init__(
        self,
        store: DocumentStore,
        index: PassageIndex,
        analyser: Analyser,
        embedder: Embedder,
        lexical_weight: float | None = None,
    ) -> None:
        self._store = store
        self._index = index
        self._analyser = analyser
        self._embedder = embedder
        self.lexical_weight = LEXICAL_WEIGHT if lexical_weight is None else lexical_weight

    def search(
        self,
        text: str,
        *,
        k: int = 10,
        as_of: date | None = TODAY,
        reader: Reader = EVERYBODY,
        legs: LegNames = "hybrid",
    ) -> list[Hit]:
        """The `k` best passages that `reader` may read on `as_of`, best first; `None` means any date.

        A passage without a word of the question and without likeness may be among them: rank is not relevance.
        """
        if not text.strip() or k < 1:
            return []
        as_of = date.today() if as_of == TODAY else as_of
        self._index.catch_up()
        found = self._index.legs(
            None if legs == "dense" else self._analyser.tokens(text),
            None if legs == "lexical" else self._embedder.embed_queries([text])[0],
            reader=reader,
            as_of=as_of,
            depth=max(_DEPTH, 2 * k),
        )
        scores = self._fuse(found)
        order = np.argsort(-scores, kind="stable")
        return self._hits(found, scores, order, k, reader, as_of)

    @property
    def analyser(self) -> Analyser:
        return self._analyser

    @property
    def embedder(self) -> Embedder:
        return self._embedder

    def rarity(self, terms: Sequence[str]) -> dict[str, float]:
        """Inverse document frequency of each term among the passages, 0 to 1; 1 for a term that no passage has."""
        return self._index.rarity(terms)

    def _fuse(self, found: Legs) -> npt.NDArray[np.float32]:
        if found.lexical is None or found.dense is None:
            alone = found.dense if found.lexical is None else found.lexical
            assert alone is not None
            return alone
        return self.lexical_weight * _standard(found.lexical) + (1 - self.lexical_weight) * _standard(found.dense)

    def _hits(
        self,
        found: Legs,
        scores: npt.NDArray[np.float32],
        order: Sequence[int] | npt.NDArray[np.int64],
        k: int,
        reader: Reader,
        as_of: date | None,
    ) -> list[Hit]:
        hits: list[Hit] = []
        for start in range(0, len(order), 2 * k):
            some = [int(i) for i in order[start : start + 2 * k]]
            passages = self._store.passages([int(found.passage_ids[i]) for i in some], reader=reader, as_of=as_of)
            for i in some:
                passage = passages.get(int(found.passage_ids[i]))
                if passage is None:
                    continue
                hits.append(
                    Hit(
                        passage=passage,
                        rank=len(hits) + 1,
                        score=float(scores[i]),
                        lexical=None if found.lexical is None else float(found.lexical[i]),
                        dense=None if found.dense is None else float(found.dense[i]),
                    )
                )
                if len(hits) == k:
                    return hits
        return hits


def _standard(scores: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Scores less their mean, in units of their spread; all zero where there is no spread."""
    spread = float(scores.std()) if len(scores) else 0.0
    standard: npt.NDArray[np.float32] = (scores - scores.mean()) / spread if spread > 0 else np.zeros_like(scores)
    return standard
