"""What a watch tells of itself, each thing once. Knows nothing of how changes are noticed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from groundtune.knowledge.outcome import AddReport

Kind = Literal["added", "updated", "removed", "refused", "notice", "trouble", "watching", "ended"]


@dataclass(frozen=True, slots=True)
class Event:
    """One change, or one reason why there is none."""

    kind: Kind
    at: datetime
    document: str | None = None
    """Its id; `None` for what concerns no single document."""
    source: str | None = None
    """The file or address; `None` where `document` says it."""
    line: int | None = None
    reason: str | None = None


Tell = Callable[[Event], None]


@dataclass(slots=True)
class Teller:
    listener: Tell
    _refused: dict[str, set[tuple[str, int | None, str]]] = field(default_factory=dict)
    """By place, what the last look at all of it refused."""
    _trouble: dict[str, str] = field(default_factory=dict)
    """By place, what is not going well there."""

    def tell(
        self,
        kind: Kind,
        *,
        document: str | None = None,
        source: str | None = None,
        line: int | None = None,
        reason: str | None = None,
    ) -> None:
        self.listener(Event(kind, datetime.now(UTC), document, source, line, reason))

    def trouble(self, place: str, reason: str) -> None:
        """Once, until something goes well there again."""
        if self._trouble.get(place) != reason:
            self._trouble[place] = reason
            self.tell("trouble", source=place, reason=reason)

    def well(self, place: str) -> None:
        """Something went well there."""
        self._trouble.pop(place, None)

    def report(self, report: AddReport, *, whole: str | None = None) -> None:
        """What a look brought; of a look at a `whole` place nothing that the last one brought as well."""
        for document in report.added:
            self.tell("added", document=document)
        for document in report.updated:
            self.tell("updated", document=document)
        for document in report.removed:
            self.tell("removed", document=document)
        refused = {(refusal.path, refusal.line, refusal.reason) for refusal in report.refused}
        news = refused - self._refused.get(whole, set()) if whole is not None else refused
        for source, line, reason in sorted(news, key=lambda refusal: (refusal[0], refusal[1] or 0)):
            self.tell("refused", source=source, line=line, reason=reason)
        if whole is not None:
            self._refused[whole] = refused
        changed = {*report.added, *report.updated}
        for notice in report.notices:
            if notice.document_id in changed or any(source == notice.path for source, _, _ in news):
                self.tell("notice", document=notice.document_id, source=notice.path, reason=notice.notice)
