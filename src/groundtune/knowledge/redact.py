"""A revision without what is to be taken out of it: its text, what it states of itself, and its passages made anew.

Offsets follow the text: pages and sheets begin where they began. Knows no person: it is told what to take out.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from groundtune.knowledge.add import content_hash
from groundtune.knowledge.analyse import Analyser
from groundtune.knowledge.prepare import passages_of, prepare
from groundtune.models.protocols import Embedder
from groundtune.privacy import MARK, Finder, replaced
from groundtune.storage.documents import NewPassage
from groundtune.types import Document, Location, Revision


@dataclass(frozen=True, slots=True)
class Redacted:
    """What takes the place of revision `revision_id`, as long as its content hash is still `instead_of`."""

    revision_id: int
    instead_of: str
    document: Document
    passages: tuple[NewPassage, ...]
    content_hash: str


def texts_of(revision: Revision) -> list[str]:
    """Everything of a revision in which somebody can be named, but its text."""
    metadata = [word for pair in revision.metadata.items() for word in pair]
    return [revision.title, revision.source, *metadata, *revision.notices, *(at.name for at in revision.locations)]


def redacted(revision: Revision, finder: Finder, analyser: Analyser, embedder: Embedder) -> Redacted:
    """Splits, analyses and embeds what is left."""
    places = finder.mentions(revision.text)
    moved = _mover(places)
    clean: Callable[[str], str] = finder.redacted
    document = Document(
        id=clean(revision.document_id),
        title=clean(revision.title),
        text=replaced(revision.text, places),
        source=clean(revision.source),
        language=revision.language,
        effective_from=revision.effective_from,
        effective_to=revision.effective_to,
        metadata={clean(key): clean(value) for key, value in revision.metadata.items()},
        locations=tuple(Location(moved(at.start), at.kind, clean(at.name)) for at in revision.locations),
        notices=tuple(map(clean, revision.notices)),
    )
    (passages,) = passages_of([prepare(document, embedder)], analyser, embedder)
    hashed = content_hash(replace(document, notices=()))
    return Redacted(revision.id, revision.content_hash, document, tuple(passages), hashed)


def _mover(places: Sequence[tuple[int, int]]) -> Callable[[int], int]:
    """Where an offset stands once each of `places` has been replaced by MARK."""
    ends = [end for _, end in places]
    shifts = [0, *accumulate(len(MARK) - (end - start) for start, end in places)]
    return lambda offset: offset + shifts[bisect_right(ends, offset)]
