"""Passages to the pieces that might answer, each described by the few figures that choosing and refusing go by.

Few pieces are embedded: words choose which. Knows no weights: those are in `weighing`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from groundtune.answering.amounts import in_range
from groundtune.answering.asked import language_of
from groundtune.answering.holds import holds
from groundtune.answering.retrieve import Retrieved, Search
from groundtune.answering.scope import stated_scope
from groundtune.answering.sentences import Piece, pieces
from groundtune.answering.terms import coverage
from groundtune.answering.vectors import PieceVectors
from groundtune.types import Hit, Revision

READ = 8
"""Passages that are read sentence by sentence."""
DOCUMENTS = 3
"""Documents of which all passages found are read."""
EMBEDDED = 20
"""Pieces that are embedded."""
_CONTEXT = 160
"""Characters of headings that a piece is embedded with."""
_NAMED = 0.34
"""The share of a scope's words from which a question names it."""
_LABEL = 40
"""Characters that an item's label may have."""

ReadRevision = Callable[[int], Revision | None]
"""A revision's id to the revision, under the reader's rights; `None` where it is there no more."""


@dataclass(frozen=True)
class Candidate:
    """A piece of a passage that might answer."""

    piece: Piece
    hit: Hit
    revision: Revision
    tokens: frozenset[str]
    """The piece's terms, with those of what introduces it."""
    context: frozenset[str]
    """The terms of its headings and its document's title."""
    likeness: float
    """Cosine of question and piece, -1 to 1."""
    covered: float
    """The share of the question that the piece covers, 0 to 1."""
    covered_in_context: float
    """… with its headings."""
    covered_nearby: float
    """… with its headings and the piece before it, which it may refer to."""
    labelled: float
    """The share of a row's or item's label that the question names, 0 to 1; 0 without a label."""
    behind: float
    """How much less of the question it covers than the best of its siblings, the rows of its table or items of its
    list, 0 to 1."""
    opening: float
    """1 for the first piece below a heading, less for each further one."""
    scope_named: bool | None
    """Whether the question names for whom or where the document holds; `None` where it holds for all."""
    fits: bool | None
    """Whether it holds a thing of the kind that was asked for; `None` where form can't tell."""
    in_range: bool | None
    """Whether the amount that the question names lies in the piece's range; `None` where one of them has none."""
    same_language: bool
    drops: npt.NDArray[np.float32]
    """(terms of the question,): how far the likeness falls when the question loses a term. One that means nothing to
    the piece makes it rise."""


def candidates(
    found: Retrieved, search: Search, revision: ReadRevision, embed: PieceVectors | None = None
) -> list[Candidate]:
    """The pieces of the first passages, those first that cover most of the question. A question is no answer."""
    drafts: list[_Draft] = []
    for hit in _to_read(found):
        source = revision(hit.passage.revision_id)
        if source is not None:
            drafts.extend(_drafts(found, search, hit, source))
    drafts = _each_once(drafts)
    drafts.sort(key=lambda draft: (-draft.promise, draft.hit.rank, draft.piece.start))
    drafts = drafts[:EMBEDDED]
    texts = [f"{_place(draft.hit)}\n{draft.piece.full_words}" for draft in drafts]
    vectors = (embed or search.embedder.embed_passages)(texts)
    likeness = vectors @ found.vector
    drops = likeness[:, None] - vectors @ found.without.T
    return [
        Candidate(
            draft.piece,
            draft.hit,
            draft.revision,
            draft.tokens,
            draft.context,
            float(like),
            draft.covered,
            draft.covered_in_context,
            draft.covered_nearby,
            draft.labelled,
            draft.behind,
            draft.opening,
            draft.scope_named,
            draft.fits,
            draft.in_range,
            _language(draft.revision, draft.piece.words) == found.asked.language,
            drop,
        )
        for draft, like, drop in zip(drafts, likeness, drops, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class _Draft:
    """A candidate before it is embedded."""

    hit: Hit
    revision: Revision
    piece: Piece
    tokens: frozenset[str]
    context: frozenset[str]
    covered: float
    covered_in_context: float
    covered_nearby: float
    labelled: float
    behind: float
    opening: float
    scope_named: bool | None
    fits: bool | None
    in_range: bool | None

    @property
    def promise(self) -> float:
        form = (0.3 if self.fits else 0.0) + (0.5 if self.in_range else 0.0)
        return self.covered + self.covered_nearby + form + 1.5 / math.sqrt(self.hit.rank)


def _drafts(found: Retrieved, search: Search, hit: Hit, source: Revision) -> Iterator[_Draft]:
    def terms_of(words: str) -> frozenset[str]:
        return frozenset(search.analyser.tokens(words))

    asked = terms_of(found.asked.text)
    context = terms_of(" ".join((hit.passage.title, *hit.passage.heading_path)))
    scope = stated_scope(source)
    scope_named = _share_named(scope, asked, search) >= _NAMED if scope else None
    read = pieces(source.text, hit.passage.start, hit.passage.end)
    tokens = [terms_of(f"{piece.lead_words} {piece.words}") for piece in read]
    covered = [coverage(found.terms, those) for those in tokens]
    best_of: dict[object, float] = {}
    for piece, share in zip(read, covered, strict=True):
        best_of[_siblings(piece)] = max(share, best_of.get(_siblings(piece), 0.0))
    before: frozenset[str] = frozenset()
    for number, piece in enumerate(read):
        those, share = tokens[number], covered[number]
        if not piece.words.endswith(("?", "？")):
            yield _Draft(
                hit,
                source,
                piece,
                those,
                context,
                share,
                coverage(found.terms, those | context),
                coverage(found.terms, those | context | before),
                _share_named(_label(piece), asked, search),
                best_of[_siblings(piece)] - share if piece.kind != "sentence" else 0.0,
                1 / (1 + number),
                scope_named,
                holds(found.asked, piece.full_words),
                in_range(found.asked.text, piece.words),
            )
        before = those if piece.kind != "row" else frozenset()


def _siblings(piece: Piece) -> tuple[str, tuple[int, int] | None]:
    """Tells the rows of one table, or the items of one list, from those of another in the same passage."""
    return piece.kind, piece.lead


def _label(piece: Piece) -> str:
    """What a row or an item is about: its first cell's words, or what stands before a colon."""
    if piece.kind == "row":
        return piece.words.partition(";")[0].partition(": ")[2] or piece.words.partition(";")[0]
    label, colon, _ = piece.words.partition(":")
    return label if colon and piece.kind == "item" and len(label) <= _LABEL else ""


def _share_named(words: str, asked: frozenset[str], search: Search) -> float:
    """The share of some words' terms that the question has, 0 to 1; 0 of none."""
    terms = {term for term in search.analyser.tokens(words) if not term.startswith("_")} or set(
        search.analyser.tokens(words)
    )
    return len(terms & asked) / len(terms) if terms else 0.0


def _to_read(found: Retrieved) -> list[Hit]:
    """The best passages, and what else was found of the best documents."""
    first = _readable_first(found)[:READ]
    best = list(dict.fromkeys(hit.passage.revision_id for hit in first))[:DOCUMENTS]
    known = {hit.passage.id for hit in first}
    others = (*found.hits, *found.more)
    return first + [h for h in others if h.passage.revision_id in best and h.passage.id not in known]


def _readable_first(found: Retrieved) -> list[Hit]:
    """The hits, those in the asker's language before others that are about as good."""
    spread = [hit.score for hit in found.hits]
    margin = 0.25 * (max(spread) - min(spread)) if spread else 0.0
    same = [_language_of_hit(hit) == found.asked.language for hit in found.hits]
    order = sorted(range(len(same)), key=lambda i: -(found.hits[i].score + margin * same[i]))
    return [found.hits[i] for i in order]


def _each_once(drafts: Sequence[_Draft]) -> list[_Draft]:
    seen: dict[tuple[int, int, int], _Draft] = {}
    for draft in drafts:
        seen.setdefault((draft.revision.id, draft.piece.start, draft.piece.end), draft)
    return list(seen.values())


def _place(hit: Hit) -> str:
    return " > ".join(dict.fromkeys((hit.passage.title, *hit.passage.heading_path)))[-_CONTEXT:]


def _language_of_hit(hit: Hit) -> str:
    return hit.passage.language or language_of(hit.passage.text)


def _language(source: Revision, words: str) -> str:
    return source.language or language_of(words)
