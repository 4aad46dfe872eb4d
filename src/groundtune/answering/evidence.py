"""A stretch of a revision as evidence: the verbatim quote with everything that says where it stands and counts."""

from __future__ import annotations

from groundtune.knowledge.clauses import clause_at
from groundtune.knowledge.standing import authority_of
from groundtune.knowledge.structure import header_row, tables
from groundtune.types import Evidence, Passage, Revision


def evidence_at(passage: Passage, revision: Revision, start: int, end: int) -> Evidence:
    """`revision.text[start:end]` as a quote; `passage` is the one of that revision in which it begins."""
    return Evidence(
        document_id=passage.document_id,
        title=passage.title,
        revision_id=passage.revision_id,
        revision_number=passage.revision_number,
        effective_from=passage.effective_from,
        effective_to=passage.effective_to,
        passage_id=passage.id,
        heading_path=passage.heading_path,
        quote=revision.text[start:end],
        start=start,
        end=end,
        locations=revision.locations_of(start, end),
        clause=clause_at(revision.text, start, end),
        passage=passage.name,
        authority=authority_of(revision.metadata.get("authority")),
        scope=revision.metadata.get("scope"),
        in_force_until=passage.in_force_until,
        header=header_row(revision.text, start, tables(revision.text)),
    )
