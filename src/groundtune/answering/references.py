"""What a quoted sentence refers to, followed one step: “제60조제1항에 따른”, “under Section 4.2(b)”, “see Annex B”.

The clause is looked up in the revision that was quoted, or in the document of that title, in force on the question's
day and under its reader's rights. It is shown beside the answer, never as the answer; what is not there is named.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache

from groundtune.answering.evidence import evidence_at
from groundtune.answering.sentences import pieces
from groundtune.knowledge.citations import SHORT, Citation, aliases, citations
from groundtune.knowledge.clauses import clauses_in, place_of
from groundtune.knowledge.standing import AUTHORITIES, authority_of
from groundtune.storage.documents import DocumentStore
from groundtune.types import Evidence, Question, Reference, Revision

MOST = 3
"""References that are shown, and at most as many again that were not found."""
LONGEST = 300
"""Characters of a reference's quote, which is cut between sentences; its first sentence is always whole."""
_WORDS_BEFORE = 6
"""Words before “보장법 제4조” that may belong to the document's title."""

ReadRevision = Callable[[int], Revision | None]


def references(
    quotes: Sequence[Evidence], read: ReadRevision, store: DocumentStore, question: Question
) -> tuple[Reference, ...]:
    """In the order of the quotes. What the answer quotes already is left out."""
    found: dict[tuple[int, int], Reference] = {}
    missing: dict[str, Reference] = {}
    for quote in quotes:
        revision = read(quote.revision_id)
        if revision is None:
            continue
        own = cache(lambda: clauses_in(revision.text))  # noqa: B023 - called before the next revision is read
        for citation in citations(revision.text, quote.start, quote.end, lambda a, b: own()(a, b)):  # noqa: B023
            target, place = follow(citation, revision, store, question)
            if target is None or place is None:
                name = _name(citation, citation.document and _in_full(citation.document, revision))
                missing.setdefault(name, Reference(name))
                continue
            start, end = excerpt(target.text, *place)
            holds_quote = target.id == quote.revision_id and place[0] <= quote.start and quote.end <= place[1]
            if start == end or holds_quote or (target.id, start) in found or _is_quoted(quotes, target.id, start, end):
                continue
            passage = store.passage_at(target.id, start, reader=question.reader, as_of=question.as_of)
            if passage is not None:
                name = _name(citation, target.title if target.id != revision.id else None)
                found[target.id, start] = Reference(name, evidence_at(passage, target, start, end))
        if len(found) >= MOST:
            break
    return (*list(found.values())[:MOST], *list(missing.values())[:MOST])


def _name(citation: Citation, document: str | None) -> str:
    """“「근로기준법」 제60조 제1항”, “Travel Policy, Section 4.2(b)”."""
    if re.search("[가-힣]", citation.clause[0]):
        return " ".join(filter(None, (f"「{document}」" if document else None, *citation.clause)))
    return ", ".join(filter(None, (document, "".join(citation.clause))))


def follow(
    citation: Citation, revision: Revision, store: DocumentStore, question: Question
) -> tuple[Revision | None, tuple[int, int] | None]:
    """The revision that is referred to and where its clause stands; an annex may be a document of its own."""
    target = revision
    if citation.document is not None:
        named = _named(citation, citation.document, revision, store, question)
        if named is None:
            return None, None
        target = named
    place = place_of(target.text, citation.clause)
    if place is None and len(citation.clause) == 1 and not citation.clause[0].startswith(("제", "Section")):
        for title in (f"{target.title} {citation.clause[0]}", citation.clause[0]):
            annex = _best(store.titled(title, reader=question.reader, as_of=question.as_of), revision)
            if annex is not None:
                return annex, (0, len(annex.text))
    return target, place


def _named(
    citation: Citation, name: str, revision: Revision, store: DocumentStore, question: Question
) -> Revision | None:
    """The document that a text names, in force and readable; `None` for none, or several that nothing tells apart."""
    in_marks = revision.text.startswith("「", citation.start)
    before = "" if in_marks else revision.text[max(0, citation.start - 80) : citation.start]
    for title in _titles(name, before, revision):
        if _squeezed(title) == _squeezed(revision.title):
            return revision
        found = _best(store.titled(title, reader=question.reader, as_of=question.as_of), revision)
        if found is not None:
            return found
    return None


def _in_full(name: str, revision: Revision) -> str:
    """What a short name such as “법” stands for in this text, as far as that can be told."""
    return next(_titles(name, "", revision), name)


def _titles(name: str, before: str, revision: Revision) -> Iterator[str]:
    """What a name may stand for, the likeliest first."""
    first, _, rest = name.partition(" ")
    law = re.sub(r"\s?시행(?:령|규칙)$", "", revision.title)
    short = first if first in SHORT else name
    meant = aliases(revision.text).get(_squeezed(short)) if re.search("[가-힣]", name) else None
    if meant is not None:
        yield f"{meant} {rest}" if short != name and rest else meant
    elif first in SHORT:
        if first in ("법", "법률") and law != revision.title:
            yield f"{law} {rest}".strip()
        elif first in ("영", "시행령") and law != revision.title:
            yield f"{law} 시행령"
        elif revision.title.endswith(first) and not rest:
            yield revision.title
    elif re.search("[가-힣]", name):
        words = before.split()[-_WORDS_BEFORE:] if before.endswith(" ") else []
        for count in range(len(words), -1, -1):
            yield " ".join((*words[len(words) - count :], name))
    else:
        words = name.removeprefix("The ").split()
        for count in range(len(words), 0, -1):
            yield " ".join(words[:count])


def _best(found: Sequence[Revision], near: Revision) -> Revision | None:
    """The one of highest authority; among equals the one in the language of the revision that refers to it."""

    def order(revision: Revision) -> tuple[int, bool]:
        authority = authority_of(revision.metadata.get("authority"))
        return AUTHORITIES.index(authority) if authority else len(AUTHORITIES), revision.language != near.language

    ranked = sorted(found, key=order)
    return ranked[0] if len(ranked) == 1 or (len(ranked) > 1 and order(ranked[0]) < order(ranked[1])) else None


def excerpt(text: str, start: int, end: int) -> tuple[int, int]:
    """The clause's first sentence, and those behind it as far as they fit; a clause without any, whole."""
    inside = [piece for piece in pieces(text, start, end) if start <= piece.start and piece.end <= end]
    if not inside:
        words = text[start:end].strip()
        begin = start + text[start:end].find(words)
        return begin, begin + min(len(words), LONGEST)
    last = inside[0]
    for piece in inside[1:]:
        if piece.end - inside[0].start > LONGEST:
            break
        last = piece
    return inside[0].start, last.end


def _is_quoted(quotes: Sequence[Evidence], revision_id: int, start: int, end: int) -> bool:
    return any(quote.revision_id == revision_id and quote.start < end and start < quote.end for quote in quotes)


def _squeezed(name: str) -> str:
    return re.sub(r"\s", "", name).lower()
