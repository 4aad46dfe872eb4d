"""Answering as arms of a comparison: callables from a question to an output. What is measured here is what is served.

Every arm that writes has the same length cap and the same rule for "I don't know".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from groundtune.answering.answer import Answerer
from groundtune.answering.asked import language_of
from groundtune.answering.augment import ANSWER_TOKENS
from groundtune.answering.retrieve import Search
from groundtune.answering.sentences import readable
from groundtune.comparison.scoring import reads_as_refusal
from groundtune.models import prompts
from groundtune.models.protocols import ChatModel
from groundtune.settings import EXTRACTIVE
from groundtune.types import Answer, Hit, Output, Question

Run = Callable[[Question], Output]


def rag(answerer: Answerer, *, writes: bool = False) -> Run:
    """Retrieval and an answer with evidence; extractive or written, as the answerer was made. `writes` says that a
    model is to write: then each output tells whether a sentence of the model's own is in it."""

    def run(question: Question) -> Output:
        answer = answerer.answer(question)
        if not writes:
            return output(answer)
        return replace(output(answer), written=not answer.refused and answer.model != EXTRACTIVE)

    return run


def chat_alone(chat: ChatModel) -> Run:
    """The chat model without any document."""

    def run(question: Question) -> Output:
        language = question.language or language_of(question.text)
        messages = prompts.question_alone(question.text, language)
        completion = chat.complete(messages, max_tokens=ANSWER_TOKENS, temperature=0.0, seed=0)
        text = readable(completion.text)
        return Output(
            text=text,
            refused=not text or reads_as_refusal(text),
            prompt_tokens=completion.prompt_tokens,
            completion_tokens=completion.completion_tokens,
        )

    return run


def oracle(answerer: Answerer, search: Search, relevant: Callable[[Question], Sequence[str]]) -> Run:
    """A ceiling: the passages come from the documents that hold the answer (`relevant`: their ids, or passages' as
    DOCUMENT#ORDINAL); a question without any is refused."""

    def run(question: Question) -> Output:
        wanted = set(relevant(question))
        found = search.search(question.text, k=_ALL, as_of=question.as_of, reader=question.reader)
        hits = [hit for hit in found if wanted & {hit.passage.document_id, _public_id(hit)}]
        if not hits:
            return Output(refused=True)
        return output(answerer.answer_from(question, hits))

    return run


_ALL = 400
"""Passages among which the oracle's are looked for."""


def output(answer: Answer) -> Output:
    """An answer as the instrument sees it."""
    quotes = tuple(quote for sentence in answer.sentences for quote in sentence.evidence)
    retrieved = dict.fromkeys(
        [quote.document_id for quote in quotes] + [hit.passage.document_id for hit in answer.nearest]
    )
    return Output(
        text=answer.text,
        refused=answer.refused,
        evidence=quotes,
        retrieved=tuple(retrieved),
        conflicts=tuple(conflict.text for conflict in answer.conflicts),
        probability=answer.probability,
        prompt_tokens=answer.prompt_tokens,
        completion_tokens=answer.completion_tokens,
    )


def _public_id(hit: Hit) -> str:
    return f"{hit.passage.document_id}#{hit.passage.ordinal}"
