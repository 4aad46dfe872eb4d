"""Documents to drafted cases. The same documents and the same seed give the same cases.

Passages are read in an order that the seed draws, each document in turn, so that no long document takes all; of what
can be asked of a passage what stands the checks is kept, at most one question a sentence. One in five is a question
that the documents don't answer.
"""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain, zip_longest

from groundtune.answering.asked import language_of, read_question
from groundtune.answering.holds import holds
from groundtune.answering.retrieve import Search
from groundtune.answering.sentences import pieces
from groundtune.drafting import by_chat, definitions, sentences, tables, unanswered
from groundtune.drafting.checks import Checks, Reason
from groundtune.drafting.drafts import Asked, Draft, Source
from groundtune.errors import Stopped, UnknownName, UsageError
from groundtune.i18n import say, t
from groundtune.knowledge.analyse import squeeze
from groundtune.models.protocols import ChatModel
from groundtune.progress import Progress, Silent
from groundtune.storage.documents import DocumentInfo, DocumentStore
from groundtune.types import EVERYBODY, Passage, Reader, Revision

UNANSWERED = 0.2
"""Share of the drafts that the documents don't answer."""
BY_CHAT = 0.5
"""Share of the answerable ones that a chat model may draft, where one is asked."""
_ENOUGH = 60
"""Sentences and rows that are looked at for each case that is wanted, where there are more."""
_TRIES = 8
"""Passages that a chat model may fail on, for each that it doesn't."""
_ONE_LANGUAGE = 200
"""Documents after which no other language is looked for."""
_WORK = say("Drafting cases")


@dataclass(frozen=True, slots=True)
class Made:
    drafts: tuple[Draft, ...]
    dropped: Mapping[Reason, int]
    """How many candidates did not stand which check."""
    restricted: int
    """Documents that were passed over since this reader may not read them."""


@dataclass(frozen=True)
class Wanted:
    """How many drafts of what. `documents` names some; empty means all."""

    n: int = 50
    languages: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    seed: int = 0


def make_cases(
    store: DocumentStore,
    search: Search,
    wanted: Wanted,
    *,
    day: date,
    reader: Reader = EVERYBODY,
    chat: ChatModel | None = None,
    progress: Progress | None = None,
    stop: threading.Event | None = None,
) -> Made:
    """Drafts from what is in force on `day` and `reader` may read. Raises UnknownName, UsageError, Stopped."""
    progress, stop = progress or Silent(), stop or threading.Event()
    infos = _chosen(store.documents(reader, as_of=day), wanted.documents)
    if not infos:
        raise UsageError(t("There is no document to draft cases from. Add some: groundtune add PATH."))
    work = _Work(store, search, wanted, day, reader, chat, stop)
    progress.start(str(_WORK), wanted.n)
    try:
        drafts = list(work.drafts(infos, progress))
    finally:
        progress.finish()
    drafts.sort(key=lambda draft: (draft.source.passage.document_id, draft.source.piece.start, draft.id))
    return Made(tuple(drafts), dict(work.dropped), len(store.documents()) - len(store.documents(reader)))


def _chosen(infos: Sequence[DocumentInfo], names: Sequence[str]) -> list[DocumentInfo]:
    known = {info.id: info for info in infos}
    for name in names:
        if name not in known:
            raise UnknownName(t("document"), name, sorted(known)[:10])
    return [known[name] for name in dict.fromkeys(names)] if names else list(infos)


class _Work:
    """What drafting gathers on its way."""

    def __init__(
        self,
        store: DocumentStore,
        search: Search,
        wanted: Wanted,
        day: date,
        reader: Reader,
        chat: ChatModel | None,
        stop: threading.Event,
    ) -> None:
        self._store, self._wanted, self._day, self._reader = store, wanted, day, reader
        self._chat, self._stop = chat, stop
        self._rng = random.Random(wanted.seed)
        self._revisions: dict[int, Revision] = {}
        self._checks = Checks(search, day, reader, lambda passage: self._revision(passage).metadata.get("scope"))
        self._keys = {change.document_id: change.document_key for change in store.changes_since(0)}
        self._seen: set[str] = set()
        self._used: set[tuple[int, int]] = set()
        self.dropped: Counter[Reason] = Counter()

    def drafts(self, infos: Sequence[DocumentInfo], progress: Progress) -> Iterator[Draft]:
        """As many as are wanted, of each language as many, as far as the documents give them."""
        by_language: dict[str, list[list[Source]]] = {}
        for read, info in enumerate(self._rng.sample(list(infos), len(infos)), start=1):
            self._go_on()
            found = self._sources(info)
            if found and (not self._wanted.languages or found[0].language in self._wanted.languages):
                by_language.setdefault(found[0].language, []).append(found)
            enough = all(sum(map(len, held)) >= _ENOUGH * self._wanted.n for held in by_language.values())
            if by_language and enough and (len(by_language) > 1 or self._wanted.languages or read >= _ONE_LANGUAGE):
                break
        left = self._wanted.n
        for number, language in enumerate(sorted(by_language)):
            quota = -(-left // (len(by_language) - number))
            for draft in self._of_language(by_language[language], quota):
                left -= 1
                progress.advance(note=language)
                yield draft

    def _of_language(self, held: Sequence[Sequence[Source]], quota: int) -> Iterator[Draft]:
        lacking = round(quota * UNANSWERED)
        by_model = round((quota - lacking) * BY_CHAT) if self._chat is not None else 0
        kept = 0
        for draft in self._by_chat(held, by_model):
            kept += 1
            yield draft
        for source in _in_turn(held):
            if kept >= quota - lacking:
                break
            best = self._best(source)
            if best is not None:
                kept += 1
                yield best
        yield from self._unanswered(held, min(lacking, -(-kept // 4)))

    def _best(self, source: Source) -> Draft | None:
        """The first question of a sentence that stands, in an order that the seed draws."""
        self._go_on()
        if (source.passage.revision_id, source.piece.start) in self._used:
            return None
        asked = list(_askable(source, self._checks))
        for candidate in self._rng.sample(asked, len(asked)):
            draft = self._kept(candidate, source)
            if draft is not None:
                return draft
        return None

    def _by_chat(self, held: Sequence[Sequence[Source]], most: int) -> Iterator[Draft]:
        """Ends early where nothing that the model gives stands."""
        tried: set[int] = set()
        kept = 0
        for source in _in_turn(held):
            if self._chat is None or kept == most or len(tried) >= _TRIES * (kept + 1):
                return
            if source.passage.id in tried:
                continue
            tried.add(source.passage.id)
            self._go_on()
            given = by_chat.draft(source.passage, source.language, self._chat, self._wanted.seed)
            if given is None:
                continue
            asked, answer = given
            stands_in = next(
                (s for some in held for s in some if s.passage.id == source.passage.id and answer in s.quote), None
            )
            found = self._kept(asked, stands_in) if stands_in is not None else None
            if found is not None:
                kept += 1
                yield found

    def _unanswered(self, held: Sequence[Sequence[Source]], most: int) -> Iterator[Draft]:
        named: set[tuple[str, str]] = set()
        for source in _in_turn(held):
            if most <= 0:
                return
            of_title = (source.passage.document_id, "") not in named
            key = (source.passage.document_id, "" if of_title else source.topic)
            if key in named:
                continue
            named.add(key)
            self._go_on()
            text = self._revision(source.passage).text
            asked = unanswered.draft(source, self._checks.find, text, self._rng, of_title=of_title)
            if asked is not None and self._is_new(asked):
                most -= 1
                day = self._day if source.revisions > 1 else None
                groups = tuple(sorted(self._reader.groups)) if source.readers is not None else ()
                yield Draft(asked, source, as_of=day, groups=groups)

    def _kept(self, asked: Asked, source: Source) -> Draft | None:
        found = self._checks.stand(asked, source)
        if isinstance(found, str):
            self.dropped[found] += 1
            return None
        if not self._is_new(found.asked):
            self.dropped["duplicate"] += 1
            return None
        self._used.add((source.passage.revision_id, source.piece.start))
        return found

    def _is_new(self, asked: Asked) -> bool:
        key = squeeze(asked.question)
        if key in self._seen:
            return False
        self._seen.add(key)
        return True

    def _sources(self, info: DocumentInfo) -> list[Source]:
        """The document's pieces that are in force, in an order that the seed draws."""
        states = self._store.states(self._keys[info.id])
        passages = self._store.passages([state.passage_id for state in states], reader=self._reader, as_of=self._day)
        found = []
        for passage in passages.values():
            revision = self._revision(passage)
            for piece in pieces(revision.text, passage.start, passage.end):
                if piece.start >= passage.start and piece.end <= passage.end:
                    found.append(
                        Source(
                            passage,
                            piece,
                            passage.language if passage.language in ("ko", "en") else language_of(passage.text),
                            revision.metadata.get("scope"),
                            info.readers,
                            info.revisions,
                        )
                    )
        return self._rng.sample(found, len(found))

    def _revision(self, passage: Passage) -> Revision:
        if passage.revision_id not in self._revisions:
            self._revisions[passage.revision_id] = self._store.revision(passage.revision_id, self._reader)
        return self._revisions[passage.revision_id]

    def _go_on(self) -> None:
        if self._stop.is_set():
            raise Stopped(str(_WORK))


def _in_turn(held: Sequence[Sequence[Source]]) -> Iterator[Source]:
    """The first of each, then the second of each, and so on."""
    return (source for source in chain.from_iterable(zip_longest(*held)) if source is not None)


def _askable(source: Source, checks: Checks) -> Iterator[Asked]:
    """Everything that could be asked of one piece."""
    if source.piece.kind == "row":
        yield from tables.of_row(source)
        return
    yield from definitions.of_sentence(source)
    yield from tables.of_label(source)
    yield from sentences.of_sentence(source, checks.tokens)
    if source.topic.endswith(("?", "？")):
        asked = read_question(source.topic, source.language)
        fitting = [p for p in pieces(source.passage.text) if holds(asked, p.words)]
        if len(fitting) == 1 and fitting[0].words == source.piece.words:
            yield from tables.of_heading(source, source.piece)
