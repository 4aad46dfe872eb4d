"""What people say of answers, and what a person's review makes of it: cases to measure on, or pairs to learn from.

A question is never both: what a retriever learns from can't measure it. Questions that are nearly equal go to the same
side; of the others half goes to each.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from groundtune.comparison.case_files import append_rows, same_question
from groundtune.comparison.cases import json_rows
from groundtune.errors import UnknownName, UsageError
from groundtune.i18n import t
from groundtune.storage.feedback import Feedback, FeedbackStore, Verdict
from groundtune.storage.kept import KeptAnswer
from groundtune.types import Reader

if TYPE_CHECKING:
    from groundtune.workspace.answers import Answers
    from groundtune.workspace.opening import Workspace

Side = Literal["cases", "pairs"]


@dataclass(frozen=True, slots=True)
class CaseFiles:
    """Where reviewed feedback goes. They hold what people asked: personal data may be among it."""

    retrieval: Path
    """Cases of `groundtune eval retrieval`."""
    answers: Path
    """Cases of an answer task."""
    pairs: Path
    """Questions with the passages that answer them, for tuning a retriever."""

    @classmethod
    def below(cls, root: Path) -> CaseFiles:
        folder = root / "feedback"
        return cls(folder / "retrieval.jsonl", folder / "answers.jsonl", folder / "pairs.jsonl")


@dataclass(frozen=True, slots=True)
class Written:
    """A row that acceptance has made; `line` is where the same row stood before, and nothing was written then."""

    file: Path
    row: Mapping[str, Any]
    line: int | None


class Reviewing:
    """Feedback on the answers of one workspace."""

    def __init__(self, workspace: Workspace, answers: Answers) -> None:
        self._workspace, self._answers = workspace, answers
        self.store = FeedbackStore(workspace.database)

    def mark(
        self,
        answer_id: int,
        verdict: Verdict,
        *,
        passage: str | None = None,
        note: str = "",
        reader: Reader | None = None,
    ) -> int:
        """Says what an answer is; returns the feedback's number. `passage`, "leave#3" or "leave", answers the question.

        Raises UnknownName for an answer that `reader` may not see, and for a passage that the asker may not read or
        that was not in force on the day asked about.
        """
        kept = self._answers.store.get(answer_id, reader)
        key, ordinal = (None, None) if passage is None else self._passage(passage, kept)
        return self.store.add(
            answer_id, verdict, given_at=datetime.now(UTC), document_key=key, ordinal=ordinal, note=note
        )

    def open(self, reader: Reader | None = None) -> list[tuple[Feedback, KeptAnswer]]:
        """What nobody has reviewed, with its answers, oldest first."""
        feedback = self.store.open()
        kept = {one.id: one for one in self._answers.store.some({one.answer_id for one in feedback}, reader)}
        return [(one, kept[one.answer_id]) for one in feedback if one.answer_id in kept]

    def accept(
        self,
        feedback_id: int,
        *,
        who: str,
        facts: Sequence[Sequence[str]] = (),
        into: Side | None = None,
        files: CaseFiles | None = None,
    ) -> list[Written]:
        """Closes open feedback; what it says goes into the files, before the feedback counts as reviewed.

        `facts` are what a right answer states, each with its variants: with them there is a case for an answer task.
        Raises UnknownName for feedback that is not open, BadData for a file that is no JSONL.
        """
        files = files or CaseFiles.below(self._workspace.settings.root)
        at = datetime.now(UTC)
        with self.store.reviewed(feedback_id, "accepted", at) as feedback:
            kept = self._answers.store.get(feedback.answer_id)
            row = _row(kept) | {"origin": "reviewed", "reviewed_by": who, "reviewed_at": at.isoformat("T", "seconds")}
            relevant = _relevant(feedback, kept)
            wanted: list[tuple[Path, dict[str, Any]]] = []
            if feedback.verdict == "right" and kept.refused:
                kind = "off_topic" if kept.reason_code == "off_topic" else "near_topic"
                wanted.append((files.answers, row | {"kind": kind}))
            elif facts:
                if into == "pairs":
                    raise UsageError(t("A case with facts measures; its question can't be learnt from as well."))
                wanted.append((files.answers, row | {"facts": [list(one) for one in facts], "relevant": relevant}))
                into = "cases"
            if relevant:
                side = into or _side(kept.question.text, files)
                wanted.append((files.retrieval if side == "cases" else files.pairs, row | {"relevant": relevant}))
            return [Written(path, row, append_rows(path, [row])[1][0]) for path, row in wanted]

    def reject(self, feedback_id: int) -> None:
        """Closes open feedback; nothing comes of it. Raises UnknownName."""
        with self.store.reviewed(feedback_id, "rejected", datetime.now(UTC)):
            pass

    def _passage(self, name: str, kept: KeptAnswer) -> tuple[int, int | None]:
        document_id, ordinal = _split(name, lambda id: bool(self._workspace.store.revisions(id)))
        asker, past = kept.question.reader, self._answers.past
        if not self._workspace.store.revisions(document_id, asker):
            raise UnknownName(t("document"), document_id, [])
        key = past.key_of(document_id)
        revision = past.in_force(key, kept.question.as_of)
        if revision is None:
            raise UsageError(t("{document} was not in force on {day}.", document=document_id, day=kept.question.as_of))
        count = past.passages(revision)
        if ordinal is not None and ordinal >= count:
            raise UnknownName(t("passage"), name, [f"{document_id}#{place}" for place in range(min(count, 10))])
        return key, ordinal


def _split(name: str, is_document: Callable[[str], bool]) -> tuple[str, int | None]:
    """A document's id may hold a “#” itself."""
    document_id, mark, ordinal = name.rpartition("#")
    if mark and ordinal.isdigit() and not is_document(name):
        return document_id, int(ordinal)
    return name, None


def _row(kept: KeptAnswer) -> dict[str, Any]:
    row: dict[str, Any] = {"id": f"answer-{kept.id}", "language": kept.language, "question": kept.question.text}
    row["as_of"] = kept.question.as_of.isoformat()
    if kept.question.reader.groups:
        row["groups"] = sorted(kept.question.reader.groups)
    return row


def _relevant(feedback: Feedback, kept: KeptAnswer) -> list[str]:
    """The passages that answer: the one that was named, or those that a right answer quotes."""
    if feedback.passage is not None:
        return [feedback.passage]
    if feedback.verdict != "right" or kept.answer is None:
        return []
    quoted = [quote for sentence in kept.answer.sentences for quote in sentence.evidence]
    return list(dict.fromkeys(quote.passage or quote.document_id for quote in quoted))


def _side(question: str, files: CaseFiles) -> Side:
    from groundtune.tuning.duplicates import near_duplicates

    sides: tuple[tuple[Side, Path], ...] = (
        ("cases", files.retrieval), ("cases", files.answers), ("pairs", files.pairs),
    )  # fmt: skip
    there = [
        (same_question(str(row.get("question"))), side)
        for side, path in sides
        if path.exists()
        for _, row in json_rows(path)
    ]
    mine = same_question(question)
    near = [other for one, other in near_duplicates([mine, *(text for text, _ in there)]) if one == 0]
    if near:
        return there[near[0] - 1][1]
    return "cases" if hashlib.sha256(mine.encode()).digest()[0] % 2 else "pairs"
