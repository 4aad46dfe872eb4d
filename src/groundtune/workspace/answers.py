"""Questions to a workspace, and what becomes of the answers: kept, given again, doubted when their ground changes."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from importlib import metadata
from typing import TYPE_CHECKING, Any

from groundtune.errors import StoreError
from groundtune.models.protocols import ChatModel
from groundtune.settings import EXTRACTIVE
from groundtune.storage.answers import AnswerStore
from groundtune.storage.kept import AnswerSettings, KeptAnswer, NewAnswer, PromptMessage
from groundtune.storage.past import Past
from groundtune.types import Answer, Question, Reader

if TYPE_CHECKING:
    from groundtune.answering.doubt import Doubtful
    from groundtune.workspace.opening import Workspace
    from groundtune.workspace.replaying import Replay
    from groundtune.workspace.reviewing import Reviewing


class Answers:
    """The answers of one workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    @cached_property
    def store(self) -> AnswerStore:
        """What is kept; answers whose days are over go when it is opened."""
        store, days = AnswerStore(self._workspace.database), self._days
        if days is not None:
            store.expire(datetime.now(UTC) - timedelta(days=days))
        return store

    @property
    def _days(self) -> int | None:
        keep = self._workspace.settings.keep_answers
        return None if isinstance(keep, bool) else keep

    @cached_property
    def past(self) -> Past:
        return Past(self._workspace.database)

    @cached_property
    def reviewing(self) -> Reviewing:
        from groundtune.workspace.reviewing import Reviewing

        return Reviewing(self._workspace, self)

    def ask(self, question: Question, model: str | None = None) -> NewAnswer:
        """Answers as `Workspace.answerer` does, with all that is needed to answer so again. Keeps nothing."""
        workspace = self._workspace
        asked_at, change = datetime.now(UTC), workspace.store.last_change()
        name = model_name(workspace, model)
        chat = None if name == EXTRACTIVE else workspace.chat(name)
        answer, prompt = workspace.answerer_with(chat).answer_and_prompt(question)
        return NewAnswer(
            question=question,
            asked_at=asked_at,
            change_number=change,
            answer=answer,
            settings=settings_of(workspace, name, chat),
            prompt=tuple(PromptMessage(said.role, said.content) for said in prompt.messages) if prompt else (),
            read=tuple(hit.passage for hit in prompt.hits) if prompt else (),
        )

    def keep(self, new: NewAnswer) -> tuple[int | None, str | None]:
        """The id under which it is kept, `None` where the settings keep none; and why it could not be kept, in words.

        Whoever asked has the answer in any case: nothing is raised for a database that refuses.
        """
        if self._workspace.settings.keep_answers is False:
            return None, None
        try:
            return self.store.put(new, keep_days=self._days), None
        except (StoreError, sqlite3.Error, UnicodeEncodeError) as error:
            return None, str(error)

    def replay(self, answer_id: int, reader: Reader | None = None) -> Replay:
        """The kept question asked again of what was known then; `reader` is whoever looks. Raises UnknownName."""
        from groundtune.workspace.replaying import replay

        return replay(self._workspace, self.store.get(answer_id, reader), reader)

    def doubtful(
        self, reader: Reader | None = None, *, document_id: str | None = None, today: date | None = None
    ) -> list[Doubtful]:
        """The answers that something since makes doubtful, oldest first; of one document, or of all."""
        if document_id is None:
            kept = self.store.all(reader, refused=False)
        else:
            from groundtune.workspace import documents

            documents.known(self._workspace, [document_id], reader)
            kept = self.store.resting_on([self.past.key_of(document_id)], reader)
        return list(self._in_doubt(kept, today))

    def doubtful_since(self, change: int) -> int:
        """How many answers rest on documents that changed after this change, and are doubtful now."""
        if not self.store.count():
            return 0
        keys = {changed.document_key for changed in self._workspace.store.changes_since(change)}
        return sum(1 for _ in self._in_doubt(self.store.resting_on(keys), None))

    def _in_doubt(self, kept: Iterable[KeptAnswer], today: date | None) -> Iterator[Doubtful]:
        from groundtune.answering.doubt import Doubter

        doubter = Doubter(self._workspace.store, self.past, today or date.today())
        return (found for one in kept if (found := doubter.doubts(one)))

    def answerable_now(
        self, since: datetime, reader: Reader | None = None, *, today: date | None = None
    ) -> list[tuple[KeptAnswer, Answer]]:
        """Refusals given since then whose questions the documents answer now, by quoting; each question once.

        Asked of today where it was asked of its own day, else of the same day.
        """
        today = today or date.today()
        answerer = self._workspace.answerer(EXTRACTIVE)
        newest: dict[Question, KeptAnswer] = {}
        for kept in self.store.all(reader, since=since, refused=True):
            of_its_day = kept.asked_at.astimezone().date() == kept.question.as_of
            newest[replace(kept.question, as_of=today) if of_its_day else kept.question] = kept
        asked = [(kept, answerer.answer(question)) for question, kept in newest.items()]
        return [(kept, answer) for kept, answer in asked if not answer.refused]


def model_name(workspace: Workspace, model: str | None) -> str:
    """The model that a question is put to, by the name under which the same one is found again."""
    name = model or workspace.settings.answer_with
    if name == "chat":
        name = workspace.settings.chat
    if name.partition("@")[0] in workspace.registry.names():
        return str(workspace.registry.get(*name.split("@", 1)))
    return name


def settings_of(workspace: Workspace, name: str, chat: ChatModel | None) -> AnswerSettings:
    """What decides an answer here besides question and documents, with this model."""
    from groundtune.answering.retrieve import DEPTH, MORE
    from groundtune.workspace.calibration import answerer_name, bars_in_use

    format = workspace.store.format()
    return AnswerSettings(
        version=metadata.version("groundtune"),
        model=name,
        embedder=format.embedder if format else "",
        analyser=format.analyser if format else "",
        chat_identity=None if chat is None else _identity(workspace, chat),
        parameters={} if chat is None else _parameters(),
        k=DEPTH + MORE,
        lexical_weight=workspace.settings.lexical_weight,
        pack=workspace.settings.pack,
        bars=bars_in_use(workspace, answerer_name(chat))[0],
        synonyms=_synonyms(workspace),
    )


def _synonyms(workspace: Workspace) -> str | None:
    files = [workspace.pack.synonyms if workspace.pack else None, workspace.settings.synonyms]
    held = [file.read_bytes() for file in files if file is not None and file.is_file()]
    return hashlib.sha256(b"\0".join(held)).hexdigest()[:16] if held else None


def _identity(workspace: Workspace, chat: ChatModel) -> str:
    from groundtune.workspace.arms import fingerprint, model_identity

    return fingerprint(chat.name, model_identity(chat.name, workspace.settings.endpoints))


def _parameters() -> dict[str, Any]:
    from groundtune.answering.augment import ANSWER_TOKENS, PASSAGE_TOKENS, PASSAGES
    from groundtune.models import prompts

    return {
        "max_tokens": ANSWER_TOKENS,
        "temperature": 0.0,
        "seed": 0,
        "passages": PASSAGES,
        "passage_tokens": PASSAGE_TOKENS,
        "prompt_version": prompts.VERSION,
    }
