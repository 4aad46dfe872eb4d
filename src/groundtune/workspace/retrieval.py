"""How retrieval cases are put to a search: each under its own date and groups, hits under their passages' names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from groundtune.comparison.retrieval_change import Finders

if TYPE_CHECKING:
    from groundtune.comparison.retrieval import HitIds, RetrievalCase
    from groundtune.knowledge.search import Searcher
    from groundtune.types import Hit

NamesOf = Callable[["Hit"], "HitIds"]


def hit_ids(hit: Hit) -> HitIds:
    """What a case may call it by: its document's id, and its passage's."""
    return (hit.passage.document_id, f"{hit.passage.document_id}#{hit.passage.ordinal}")


def finders(searcher: Searcher, k: int, default_day: date | None, names: NamesOf = hit_ids) -> Finders:
    """`default_day` is asked about by a case that names none; `None` means any date."""

    def by_leg(legs: Any) -> Callable[[RetrievalCase], Sequence[HitIds]]:
        def find(case: RetrievalCase) -> Sequence[HitIds]:
            hits = searcher.search(case.question, k=k, legs=legs, **rights(case, default_day))
            return [names(hit) for hit in hits]

        return find

    def by_weight(case: RetrievalCase, weights: Sequence[float]) -> Sequence[Sequence[HitIds]]:
        found = searcher.search_by_weight(case.question, weights, k=k, **rights(case, default_day))
        return [[names(hit) for hit in hits] for hits in found]

    return Finders(by_leg, by_weight)


def rights(case: RetrievalCase, default_day: date | None) -> dict[str, Any]:
    """The day asked about and who asks, as a search takes them."""
    from groundtune.types import Reader

    return {"as_of": case.as_of or default_day, "reader": Reader(case.groups)}
