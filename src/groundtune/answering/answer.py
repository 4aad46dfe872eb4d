"""Question to answer, step by step: retrieve → extract → refuse? → augment → generate → verify → show.

The steps are the modules of this folder, in that order; here they only meet. Without a chat model, for a language that
it doesn't read, and whenever nothing it wrote stands the check, the best sentences are quoted instead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from time import perf_counter

from groundtune.answering.asked import language_of
from groundtune.answering.augment import Prompt, augment
from groundtune.answering.candidates import candidates
from groundtune.answering.conflicts import contrasts, higher_first
from groundtune.answering.extract import Quote, complete, evidence, extract
from groundtune.answering.generate import Generated, generate
from groundtune.answering.notices import contrast, notices, other_days
from groundtune.answering.references import references
from groundtune.answering.refuse import Refusal, refusal, unsupported
from groundtune.answering.retrieve import Retrieved, Search, retrieve
from groundtune.answering.vectors import PieceVectors
from groundtune.answering.verify import Bound, OverlapScorer, SupportScorer, verify
from groundtune.answering.weighing import Ranked, answerable, rank
from groundtune.errors import ModelError, UnknownName
from groundtune.i18n import Message, t_in
from groundtune.models.protocols import ChatModel
from groundtune.settings import EXTRACTIVE
from groundtune.storage.documents import DocumentStore
from groundtune.types import Answer, Contrast, Evidence, Hit, Question, Revision, Sentence

NEAREST = 3
"""Passages that a refusal shows."""
RELEVANT = 0.2
"""The least share, of the best piece's, of a piece that may carry a written sentence. What merely supports itself, and
does not answer the question, is no answer."""


class Answerer:
    """Answers questions from one store. Safe to share between threads as far as its models are."""

    def __init__(
        self,
        searcher: Search,
        store: DocumentStore,
        chat: ChatModel | None = None,
        *,
        binding_notice: Mapping[str, str] | None = None,
        scorer: SupportScorer | None = None,
        quote_when_chat_fails: bool = True,
        bars: Mapping[str, float] | None = None,
        standing_notices: Sequence[Message] = (),
        today: Callable[[], date] = date.today,
    ) -> None:
        """`binding_notice` tells, by language, whom to ask for an answer that binds; it is shown with each answer.

        A chat model that fails is told in a notice and the answer is quoted; with `quote_when_chat_fails` off its
        ModelError is raised, for whoever measures the model. `bars` says, by the question's language, how probable a
        right answer must be; a language that it doesn't name has the fitted one. `standing_notices` go with each reply.
        """
        self._search = searcher
        self._store = store
        self._chat = chat
        self._binding_notice = dict(binding_notice or {})
        self._quote_when_chat_fails = quote_when_chat_fails
        self._bars = dict(bars or {})
        self._standing_notices = tuple(standing_notices)
        self._today = today
        self._embed = PieceVectors(searcher.embedder)
        self._scorer = scorer or OverlapScorer(searcher.analyser, searcher.embedder)

    def answer(self, question: Question) -> Answer:
        """The answer with its evidence, or a refusal that says why."""
        return self.answer_and_prompt(question)[0]

    def answer_and_prompt(self, question: Question) -> tuple[Answer, Prompt | None]:
        """As `answer`, with what a chat model was shown for it; `None` where none was asked."""
        work = _Work(question)
        with work.timed("retrieve"):
            found = retrieve(question, self._search)
        return self._answer_from(found, work), work.prompt

    def answer_from(self, question: Question, hits: Sequence[Hit]) -> Answer:
        """As `answer`, with these passages in place of what search finds, and without refusing beforehand."""
        work = _Work(question, refusing=False)
        with work.timed("retrieve"):
            found = retrieve(question, self._search, hits)
        return self._answer_from(found, work)

    def _answer_from(self, found: Retrieved, work: _Work) -> Answer:
        with work.timed("extract"):
            ranked = rank(candidates(found, self._search, lambda id: self._revision(id, work), self._embed))
        work.probability = answerable(found, ranked) if ranked else None
        work.notices.extend(notice.in_(work.language) for notice in self._standing_notices)
        if found.asked.text != work.question.text:
            work.notices.append(t_in(work.language, "Searched for: {text}", text=found.asked.text))
        bar = self._bars.get(found.asked.language)
        refused = refusal(found, ranked, bar) if work.refusing or not ranked else None
        if refused is not None:
            return self._refuse(refused, found, work)
        with work.timed("relate"):
            ranked = work.ranked = list(higher_first(ranked, found, self._embed))
        chat = self._chat
        if chat is not None and (chat.languages is None or found.asked.language in chat.languages):
            written = self._write(found, ranked, chat, work)
            if isinstance(written, Refusal):
                return self._refuse(written, found, work)
            if written is not None:
                return self._show(written, found, work, chat.name)
        with work.timed("extract"):
            quoted = [Bound(quote.words, (quote,), 1.0) for quote in extract(ranked, found.asked)]
        return self._show(quoted, found, work, EXTRACTIVE)

    def _write(
        self, found: Retrieved, ranked: Sequence[Ranked], chat: ChatModel, work: _Work
    ) -> list[Bound] | Refusal | None:
        """What the model wrote and a quote carries; `None` to quote instead."""
        prompt = work.prompt = augment(found, ranked, chat)
        try:
            with work.timed("generate"):
                work.generated = generate(prompt, chat)
        except ModelError as error:
            if not self._quote_when_chat_fails:
                raise
            work.notices.append(
                t_in(work.language, "The chat model failed, so the answer is quoted: {error}", error=error)
            )
            return None
        if work.generated.says_unknown:
            return None
        shown = {hit.passage.id for hit in prompt.hits}
        carriers = [
            entry
            for entry in ranked
            if entry.candidate.hit.passage.id in shown and entry.share >= RELEVANT * ranked[0].share
        ]
        with work.timed("verify"):
            bound = verify(work.generated.claims, carriers, self._scorer, found.asked.text)
        return bound or None

    def _show(self, bound: Sequence[Bound], found: Retrieved, work: _Work, model: str) -> Answer:
        """Re-reads what is quoted under the reader's rights; what is not there to the letter is dropped."""
        with work.timed("check"):
            kept = [(claim, quotes) for claim in bound if (quotes := self._unchanged(claim.quotes, work))]
        if not kept:
            return self._refuse(unsupported(work.language), found, work)
        sentences = tuple(
            Sentence(claim.claim, tuple(shown for _, shown in quotes), round(claim.support, 3))
            for claim, quotes in kept
        )
        with work.timed("relate"):
            quoted = [quote for _, quotes in kept for quote, _ in quotes]
            conflicts, elsewhere = self._contrasts(quoted, found, work)
            shown = [quote for sentence in sentences for quote in sentence.evidence]
            read = lambda id: self._revision(id, work)  # noqa: E731
            referred = references(shown, read, self._store, work.question)
            work.notices.extend(notices(sentences, conflicts, self._store, work.question, work.language, self._today()))
        if self._binding_notice:
            binding = self._binding_notice.get(work.language) or next(iter(self._binding_notice.values()))
            work.notices.append(binding)
        return Answer(
            question=work.question.text,
            as_of=work.question.as_of,
            text=_joined(sentences),
            language=work.language,
            sentences=sentences,
            notices=tuple(dict.fromkeys(work.notices)),
            conflicts=conflicts,
            elsewhere=elsewhere,
            references=referred,
            model=model,
            probability=work.probability,
            timings_ms=work.timings(),
            prompt_tokens=work.generated.completion.prompt_tokens if work.generated else None,
            completion_tokens=work.generated.completion.completion_tokens if work.generated else None,
        )

    def _refuse(self, refused: Refusal, found: Retrieved, work: _Work) -> Answer:
        if refused.code == "no_passage":
            work.notices.extend(other_days(self._store, work.question, work.language))
        return Answer(
            question=work.question.text,
            as_of=work.question.as_of,
            text=refused.reason,
            language=work.language,
            refused=True,
            reason=refused.reason,
            reason_code=refused.code,
            notices=tuple(work.notices),
            nearest=self._nearest(found, work.question),
            model=self._chat.name if work.generated and self._chat else EXTRACTIVE,
            probability=work.probability,
            timings_ms=work.timings(),
            prompt_tokens=work.generated.completion.prompt_tokens if work.generated else None,
            completion_tokens=work.generated.completion.completion_tokens if work.generated else None,
        )

    def _nearest(self, found: Retrieved, question: Question) -> tuple[Hit, ...]:
        """The best passages, re-read under the reader's rights: those may have changed while a model wrote."""
        ids = [hit.passage.id for hit in found.hits]
        allowed = self._store.places(ids, reader=question.reader, as_of=question.as_of)
        return tuple(hit for hit in found.hits if hit.passage.id in allowed)[:NEAREST]

    def _revision(self, revision_id: int, work: _Work) -> Revision | None:
        """`None` for one that was deleted or restricted since the search."""
        if revision_id not in work.revisions:
            try:
                work.revisions[revision_id] = self._store.revision(revision_id, work.question.reader)
            except UnknownName:
                return None
        return work.revisions[revision_id]

    def _contrasts(
        self, quotes: Sequence[Quote], found: Retrieved, work: _Work
    ) -> tuple[tuple[Contrast, ...], tuple[Contrast, ...]]:
        """What contradicts the quotes, and what differs from them by scope; both re-read like what is quoted."""
        conflicts: list[Contrast] = []
        elsewhere: list[Contrast] = []
        quoted = {id(quote.candidate): quote for quote in quotes}
        for pair in contrasts([quote.candidate for quote in quotes], work.ranked, found, self._embed):
            sides = (quoted[id(pair.quoted)], complete(pair.other, found.asked))
            kept = self._unchanged(sides, work)
            if len(kept) == len(sides):
                (_, first), (_, second) = kept
                said = contrast(pair, first, second, work.language)
                (conflicts if pair.scopes is None else elsewhere).append(said)
        return tuple(conflicts), tuple(elsewhere)

    def _unchanged(self, quotes: Sequence[Quote], work: _Work) -> list[tuple[Quote, Evidence]]:
        """The quotes that may still be shown, each as evidence."""
        question = work.question
        ids = [quote.candidate.hit.passage.id for quote in quotes]
        allowed = self._store.places(ids, reader=question.reader, as_of=question.as_of)
        kept = []
        for quote in quotes:
            shown = evidence(quote)
            try:
                text = self._store.revision(shown.revision_id, question.reader).text
            except UnknownName:
                continue
            if shown.passage_id in allowed and text[shown.start : shown.end] == shown.quote and shown.quote:
                kept.append((quote, shown))
        return kept


def _joined(sentences: Sequence[Sentence]) -> str:
    """One after the other; what ends without a full stop, such as a table's row, has a line of its own."""
    text = ""
    for sentence in sentences:
        gap = " " if text.endswith((".", "!", "?", "。")) else "\n"
        text = f"{text}{gap}{sentence.text}" if text else sentence.text
    return text


@dataclass
class _Work:
    """What one question gathers on its way."""

    question: Question
    refusing: bool = True
    probability: float | None = None
    prompt: Prompt | None = None
    generated: Generated | None = None
    ranked: Sequence[Ranked] = ()
    notices: list[str] = field(default_factory=list)
    revisions: dict[int, Revision] = field(default_factory=dict)
    spent_ms: dict[str, float] = field(default_factory=dict)

    @property
    def language(self) -> str:
        return self.question.language or language_of(self.question.text)

    @contextmanager
    def timed(self, step: str) -> Iterator[None]:
        start = perf_counter()
        try:
            yield
        finally:
            self.spent_ms[step] = self.spent_ms.get(step, 0.0) + (perf_counter() - start) * 1000

    def timings(self) -> dict[str, float]:
        rounded = {step: round(spent, 1) for step, spent in self.spent_ms.items()}
        return rounded | {"total": round(sum(self.spent_ms.values()), 1)}
