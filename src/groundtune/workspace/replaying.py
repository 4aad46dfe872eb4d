"""A kept question asked again, as of the same day, of the very revisions that were known then.

What was deleted since can't come back and who may read what is as it is now; both are told. The fusion's weight and the
day of asking are those of then; embedder, analyser, chat model and bars are today's, and a change is told as well.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from groundtune.answering.replay import Difference, differences
from groundtune.errors import UnknownName
from groundtune.i18n import t
from groundtune.settings import EXTRACTIVE
from groundtune.storage import locks
from groundtune.storage.database import Database
from groundtune.storage.kept import AnswerSettings, KeptAnswer
from groundtune.storage.locks import held
from groundtune.storage.past import Happened, Past
from groundtune.types import Answer, Reader
from groundtune.workspace.answers import settings_of

if TYPE_CHECKING:
    from groundtune.workspace.opening import Workspace


@dataclass(frozen=True, slots=True)
class Cause:
    """Something that is not as it was when the question was asked, and may make its answer another.

    `name` is the setting's or the document's; of a document that is gone nothing is known but when it went.
    """

    kind: Literal["setting", "deleted", "readers", "reindexed", "not_readable", "erased"]
    name: str | None = None
    then: Any = None
    now: Any = None
    shown: bool = False
    """Whether the answer shows something of the document."""


@dataclass(frozen=True, slots=True)
class Replay:
    kept: KeptAnswer
    answer: Answer
    """As it comes out now."""
    differences: tuple[Difference, ...] | None
    """`None` where the answer of then is gone with a document that it showed."""
    causes: tuple[Cause, ...]

    @property
    def same(self) -> bool:
        """To the letter."""
        return self.differences == ()


def replay(workspace: Workspace, kept: KeptAnswer, reader: Reader | None = None) -> Replay:
    """Raises what opening its model raises; nothing of it is kept. `reader` is whoever looks: of documents that he or
    she may not read nothing is told, not even that they changed."""
    past = Past(workspace.database)
    happened = past.since(kept.change_number)
    with _as_known_then(workspace, past, kept, happened) as then:
        name = kept.settings.model
        chat = None if name == EXTRACTIVE else workspace.chat(name)
        asked_on = kept.asked_at.astimezone().date()
        now = then.answerer_with(chat, today=lambda: asked_on).answer(kept.question)
        settings = settings_of(then, name, chat)
    return Replay(
        kept,
        now,
        None if kept.answer is None else differences(kept.answer, now),
        (*_of_settings(kept.settings, settings), *dict.fromkeys(_of_documents(workspace, kept, happened, reader))),
    )


@contextmanager
def _as_known_then(
    workspace: Workspace, past: Past, kept: KeptAnswer, happened: Sequence[Happened]
) -> Iterator[Workspace]:
    """A workspace that holds what was known when the question was asked: a copy, where documents came since."""
    from groundtune.knowledge.index import PassageIndex

    then = type(workspace)(replace(workspace.settings, lexical_weight=kept.settings.lexical_weight))
    then.embedder, then.analyser = workspace.embedder, workspace.analyser
    if all(change.kind != "put" for change in happened):
        then.database, then.index = workspace.database, workspace.index
        yield then
        return
    with held(_place(workspace), lambda _: t("Another replay is at work here.")) as folder:
        try:
            _empty(folder)
            past.copy(folder / "then.sqlite", kept.asked_at)
            then.database = Database(folder / "then.sqlite")
            then.index = PassageIndex.open(then.store, folder / "index")
            yield then
            then.database.close()
        finally:
            _empty(folder)


def forget_copies(workspace: Workspace) -> None:
    """Removes what a replay that was killed has left: a copy of documents that may be gone by now."""
    folder = _place(workspace)
    nobodys = locks.lock(folder) if folder.is_dir() else None
    if nobodys is not None:
        shutil.rmtree(folder, ignore_errors=True)
        locks.release(folder, nobodys)


def _place(workspace: Workspace) -> Path:
    return workspace.settings.derived / "replay"


def _empty(folder: Any) -> None:
    """Also of what a replay that was killed has left."""
    for path in folder.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def _of_settings(then: AnswerSettings, now: AnswerSettings) -> Iterator[Cause]:
    for setting in fields(AnswerSettings):
        one, other = getattr(then, setting.name), getattr(now, setting.name)
        if isinstance(one, Mapping) and isinstance(other, Mapping):
            for name in dict.fromkeys((*one, *other)):
                if one.get(name) != other.get(name):
                    yield Cause("setting", name, one.get(name), other.get(name))
        elif one != other:
            yield Cause("setting", setting.name, one, other)


def _of_documents(
    workspace: Workspace, kept: KeptAnswer, happened: Sequence[Happened], reader: Reader | None
) -> Iterator[Cause]:
    shown = {source.document_key for source in kept.sources}
    for change in happened:
        is_shown = change.document_key in shown
        if change.kind == "delete" and (is_shown or reader is None):  # who could read it is not known any more
            yield Cause("deleted", now=change.at, shown=is_shown)
        elif change.kind == "readers" and workspace.store.revisions(change.document_id or "", reader):
            yield Cause("readers", change.document_id, now=change.at, shown=is_shown)
    if any(change.kind == "reindex" for change in happened):
        yield Cause("reindexed")
    for source in {source.revision_id: source for source in kept.sources if source.document_id}.values():
        try:
            revision = workspace.store.revision(source.revision_id, kept.question.reader)
        except UnknownName:
            yield Cause("not_readable", source.document_id, shown=True)
        else:
            if revision.content_hash != source.content_hash:  # only erasing changes a revision where it stands
                yield Cause("erased", source.document_id, shown=True)
