"""Which answers that were given does what happened since make doubtful, and why.

Each quote is compared with the text that is in force now for the day that was asked about, where a correction may have
come later, and with today's text, by which the same question would be answered otherwise. A quote that is still there
makes no doubt, wherever it stands. Knows nothing of how answers are found.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Literal

from groundtune.errors import UnknownName
from groundtune.knowledge.changes import Change
from groundtune.knowledge.quotes import Later
from groundtune.storage.documents import DocumentStore
from groundtune.storage.kept import KeptAnswer, evidence_in
from groundtune.storage.past import Past
from groundtune.types import Evidence, Reader, Revision

Cause = Literal["changed", "not_in_force", "not_readable", "deleted", "erased"]


@dataclass(frozen=True, slots=True)
class Doubt:
    """What became of one piece of evidence; of a deleted document nothing is known but when it went."""

    cause: Cause
    evidence: Evidence | None = None
    now: Revision | None = None
    """The revision that holds in place of the quoted one."""
    changes: tuple[Change, ...] = ()
    """The quoted paragraphs, as they were and as they are."""
    at: datetime | None = None
    """When the document was deleted."""


@dataclass(frozen=True, slots=True)
class Doubtful:
    """An answer with its doubts: for the day that was asked about, and for today where that is another."""

    kept: KeptAnswer
    for_its_day: tuple[Doubt, ...]
    for_today: tuple[Doubt, ...]

    def __bool__(self) -> bool:
        return bool(self.for_its_day or self.for_today)


class Doubter:
    """Looks at kept answers as of one day. Whoever calls sees to it that they may be shown."""

    def __init__(self, documents: DocumentStore, past: Past, today: date) -> None:
        self._documents, self._past, self._today = documents, past, today
        self._later = Later()
        self._revision = lru_cache(maxsize=64)(documents.revision)
        self._in_force = lru_cache(maxsize=4096)(past.in_force)

    def doubts(self, kept: KeptAnswer) -> Doubtful:
        """Empty where everything still stands. A refusal rests on no quote and is never in doubt here."""
        if kept.refused:
            return Doubtful(kept, (), ())
        if kept.answer is None:
            gone = self._past.deleted_at([s.document_key for s in kept.sources if s.document_id is None])
            return Doubtful(kept, tuple(Doubt("deleted", at=at) for at in gone.values()) or (Doubt("deleted"),), ())
        keys = {source.revision_id: source.document_key for source in kept.sources}
        its_day: list[Doubt] = []
        today: list[Doubt] = []
        for quote in evidence_in(kept.answer):
            its_day.extend(self._doubts(quote, keys[quote.revision_id], kept.question.as_of, kept.question.reader))
            if self._was_about_now(kept):
                today.extend(self._changed(quote, keys[quote.revision_id], self._today, kept.question.as_of))
        return Doubtful(kept, tuple(its_day), tuple(today))

    def _was_about_now(self, kept: KeptAnswer) -> bool:
        """Whether the asker wanted to know what holds, not what held or will hold on another day."""
        return kept.asked_at.astimezone().date() <= kept.question.as_of < self._today

    def _doubts(self, quote: Evidence, key: int, day: date, asker: Reader) -> Iterator[Doubt]:
        try:
            revision = self._revision(quote.revision_id, asker)
        except UnknownName:
            yield Doubt("not_readable", quote)
            return
        if quote.quote not in revision.text:
            yield Doubt("erased", quote)
        else:
            yield from self._changed(quote, key, day)

    def _changed(self, quote: Evidence, key: int, day: date, compared: date | None = None) -> Iterator[Doubt]:
        """Nothing where the revision in force on `day` is that of the day `compared` before."""
        now = self._in_force(key, day)
        if now == quote.revision_id or (compared is not None and now == self._in_force(key, compared)):
            return
        if now is None:
            yield Doubt("not_in_force", quote)
            return
        before, after = self._revision(quote.revision_id), self._revision(now)
        said = [quote.quote] if quote.header is None else [quote.quote, quote.header]
        lost = [words for words in said if not self._later.says(words, before, after)]
        if lost:
            changes = tuple(change for words in lost for change in self._later.became(words, before, after))
            yield Doubt("changed", quote, after, changes)
