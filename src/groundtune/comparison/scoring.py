"""One scorer for every arm. It sees the case and the output, never which arm spoke, and asks no model.

An `answer` is right when it states every required fact and no forbidden one within its first `answer_chars`
characters; a question that the documents don't answer is right when it is refused. A `classify` output is right when
its label is. An output that can't be read as an answer is invalid: it counts as a failure, listed apart, and as not
correct. A score that has no meaning for a case is absent, not zero.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence

from groundtune.comparison.matching import normalise, states
from groundtune.comparison.tasks import DEFAULT_ANSWER_CHARS, Task
from groundtune.types import Case, Output

VERSION = "1"
"""Changes whenever the same output may get another score."""

Scores = Mapping[str, float]
Scorer = Callable[[Case, Output], Scores]


class InvalidOutput(ValueError):
    """The arm came back with something that is no answer at all."""


def scorer(task: Task, labels: Sequence[str] = ()) -> Scorer:
    """The scorer of a task; `labels` are the allowed ones of a classify task."""
    if task.kind == "answer":
        return lambda case, output: score_answer(case, output, task.answer_chars)
    allowed = frozenset(labels or task.labels)
    return lambda case, output: score_label(case, output, allowed)


def score_answer(case: Case, output: Output, answer_chars: int = DEFAULT_ANSWER_CHARS) -> dict[str, float]:
    """Scores of one answer, each 0 to 1 but `length` (characters, of the whole text).

    correct             all required facts and no forbidden one; or refused, where it had to be
    first_correct       the first sentence alone is correct: an arm that quotes several sentences has several tries at
                        the facts, and a reader begins with the first; absent where it had to refuse
    refused_right       refused exactly when it had to be
    wrong               answered, and not correct: what harms a reader
    evidence_precision  share of the quotes that state a required fact and, where the case names its documents, come
                        from one of them; absent when nothing was quoted
    relevance           the answer is about the right thing: it states a required fact or quotes a document that holds
                        the answer; 0 where it should have refused; absent when it refused
    written             the answer holds a sentence of the model's own, else it was quoted; absent when it refused, and
                        for an arm in which no model writes

    Raises InvalidOutput for an answer without text.
    """
    text = output.text[:answer_chars]
    if not output.refused and not text.strip():
        raise InvalidOutput("the answer is empty")
    stated = [states(text, fact) for fact in case.required]
    refused = output.refused or (not output.evidence and not (stated and all(stated)) and reads_as_refusal(text))
    must_refuse = case.kind != "answerable"
    clean = not any(states(text, fact) for fact in case.forbidden)
    correct = clean and (refused if must_refuse else not refused and all(stated))
    scores = {
        "correct": float(correct),
        **({} if must_refuse else {"first_correct": float(not refused and _first_states(case, text))}),
        "refused": float(refused),
        "refused_right": float(refused == must_refuse),
        "wrong": float(not refused and not correct),
        "length": float(len(output.text)),
    }
    if refused:
        return scores
    from_relevant = [_is_relevant(quote.document_id, case.relevant) for quote in output.evidence]
    if output.evidence:
        good = [
            any(states(quote.quote, fact) for fact in case.required) and (relevant or not case.relevant)
            for quote, relevant in zip(output.evidence, from_relevant, strict=True)
        ]
        scores["evidence_precision"] = sum(good) / len(good)
    scores["evidence_rate"] = float(bool(output.evidence))
    if output.written is not None:
        scores["written"] = float(output.written)
    scores["relevance"] = float(not must_refuse and (any(stated) or any(from_relevant)))
    return scores


def score_label(case: Case, output: Output, allowed: frozenset[str]) -> dict[str, float]:
    """`correct`, `outside` (a label that is not among the allowed: wrong), and with probabilities `confidence` (of the
    label given) and `brier` (0 to 2, over all labels). Raises InvalidOutput when there is no label."""
    if output.label is None:
        raise InvalidOutput("there is no label")
    scores = {
        "correct": float(output.label == case.label),
        "outside": float(bool(allowed) and output.label not in allowed),
    }
    if output.probabilities is not None:
        scores["confidence"] = float(output.probabilities.get(output.label, 0.0))
        named = {name for name in (*output.probabilities, case.label) if name is not None}
        scores["brier"] = math.fsum((output.probabilities.get(n, 0.0) - (n == case.label)) ** 2 for n in named)
    return scores


_REFUSALS = re.compile(
    r"\bi (?:do not|don't|really don't) know|\bi(?:'m| am)? (?:not sure|unsure|unable)|\bunable to (?:answer|find)"
    r"|\b(?:can ?not|can't|could not|couldn't) (?:answer|find|help|provide|determine)"
    r"|\b(?:document|handbook|polic(?:y|ie)|context|passage|text|information|guide)\w* (?:provided |given |above )?"
    r"(?:doe? not|don't|doesn't) (?:mention|say|state|contain|cover|specify|answer|address|provide|include|describe)"
    r"|\bno (?:\w+ )?information|\bnot (?:mentioned|stated|specified|covered|provided|available|found) in\b"
    r"|\bnot (?:answered|addressed) (?:by|in)\b"
    r"|알 수 없|모르겠|모릅니다|찾을 수 없|찾지 못|확인할 수 없|나와 있지 않|나오지 않|적혀 있지 않"
    r"|언급되(?:어 있)?지 않|답(?:변)?(?:을|해)? ?(?:드릴|할) ?수 ?없|답하지 못|답변이 어렵"
    r"|(?:문서|규정|자료|내용|정보)\w*(?:에는|에|가|이|는|은)? ?없(?:습니다|어|다|음|는 내용)"
)


def reads_as_refusal(text: str) -> bool:
    """Whether the first sentence says that the answer isn't known, in English or Korean: a rule for free text from a
    model that can't refuse in any other way. Applied only where no evidence is shown and the facts aren't all there."""
    return bool(_REFUSALS.search(_plain(_first_sentence(text))))


def _first_states(case: Case, text: str) -> bool:
    first = _first_sentence(text)
    return all(states(first, fact) for fact in case.required) and not any(states(first, f) for f in case.forbidden)


def _first_sentence(text: str) -> str:
    return re.split(r"(?<=[.!?。])\s|\n", text.strip(), maxsplit=1)[0]


def _plain(text: str) -> str:
    return normalise(text.replace("’", "'"))


def _is_relevant(document_id: str, relevant: Sequence[str]) -> bool:
    """`relevant` holds ids of documents, or of passages as DOCUMENT#ORDINAL."""
    return any(document_id == name or document_id == name.rsplit("#", 1)[0] for name in relevant)
