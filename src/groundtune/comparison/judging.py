"""A judge on top of the scorer: answers on a blind sheet, verdicts of people or of a model, and how far they agree.

A sheet names no approach, and answers that are the same are asked about once. Verdicts never enter the primary metric:
they stand beside it, with the share on which they agree with it and with each other. Reads no file and runs no model.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from groundtune.comparison.exact import interval_of
from groundtune.comparison.result import CaseRecord, Comparison, OutcomeRecord
from groundtune.comparison.statistics import Interval

Question = Literal["right", "relevant", "supported"]
QUESTIONS: tuple[Question, ...] = ("right", "relevant", "supported")
"""Does it answer rightly? Does what is quoted concern the question? Do the quotes carry what is said?"""


@dataclass(frozen=True, slots=True)
class Item:
    """One answer to one question, without the name of whoever gave it."""

    id: str
    """Of the case and all that is shown of the answer."""
    case: str
    language: str | None
    question: str
    as_of: str | None
    refused: bool
    answer: str
    quotes: tuple[str, ...]
    expected: tuple[str, ...]
    """What a right answer states; empty where the question must be refused."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`None`: the judge didn't say, or the question has no meaning there (a refusal quotes nothing)."""

    right: bool | None = None
    relevant: bool | None = None
    supported: bool | None = None
    note: str = ""

    def of(self, question: Question) -> bool | None:
        answers: dict[Question, bool | None] = {
            "right": self.right,
            "relevant": self.relevant,
            "supported": self.supported,
        }
        return answers[question]


@dataclass(frozen=True, slots=True)
class Judge:
    name: str
    kind: Literal["person", "model"]
    verdicts: Mapping[str, Verdict]
    """By item id."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """Of two judges, or of a judge and the scorer, on what both have judged."""

    one: str
    other: str
    question: Question
    language: str | None
    n: int
    same: Interval
    kappa: float | None
    """Cohen's (1960): 1 is full agreement, 0 what chance gives; `None` where both say one thing throughout."""


@dataclass(frozen=True, slots=True)
class Share:
    """What a judge says of one arm's answers."""

    arm: str
    judge: str
    language: str | None
    question: Question
    n: int
    yes: Interval
    scorer: float | None
    """The scorer's share of right answers on the same cases; for "right" alone."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What all judges said of one comparison."""

    shares: tuple[Share, ...] = ()
    agreements: tuple[Agreement, ...] = ()
    unjudged: Mapping[str, int] = field(default_factory=dict)
    """By judge: verdicts on answers that this comparison doesn't hold any more."""


SCORER = "scorer"


def items(found: Comparison, *, arms: Sequence[str] = (), per_language: int | None = None, seed: int = 0) -> list[Item]:
    """The answers of some arms (empty: of all that could be recommended), in an order that tells nothing.

    `per_language` takes so many cases of each language. Calls that failed have no answer to judge.
    """
    wanted = set(arms) or {arm.name for arm in found.arms if arm.recommendable}
    numbers = random.Random(seed)
    chosen = list(found.counted)
    numbers.shuffle(chosen)
    taken: dict[str | None, int] = {}
    listed: dict[str, Item] = {}
    for case in chosen:
        if per_language is not None and taken.get(case.language, 0) >= per_language:
            continue
        taken[case.language] = taken.get(case.language, 0) + 1
        for arm, outcome in case.outcomes.items():
            if arm in wanted and not outcome.error:
                item = _item(case, outcome)
                listed[item.id] = item
    shown = list(listed.values())
    numbers.shuffle(shown)
    return shown


def item_id(case: CaseRecord, outcome: OutcomeRecord) -> str:
    shown = [case.id, str(outcome.refused), outcome.text, *(quote.quote for quote in outcome.quotes)]
    return hashlib.sha256("\x00".join(shown).encode()).hexdigest()[:12]


def _item(case: CaseRecord, outcome: OutcomeRecord) -> Item:
    quotes = tuple(" › ".join(filter(None, (q.title, q.heading))) + f": “{q.quote}”" for q in outcome.quotes)
    return Item(
        id=item_id(case, outcome),
        case=case.id,
        language=case.language,
        question=case.input,
        as_of=case.as_of,
        refused=outcome.refused,
        answer=outcome.text,
        quotes=quotes,
        expected=case.expected,
    )


def judged(found: Comparison, judges: Sequence[Judge]) -> Judgement | None:
    """Each judge's shares by arm and language, and who agrees with whom, per language; `None` without a judge."""
    if not judges:
        return None
    answers = [
        (arm, case, outcome, item_id(case, outcome))
        for case in found.counted
        for arm, outcome in case.outcomes.items()
        if not outcome.error
    ]
    known = {id for *_, id in answers}
    languages: tuple[str | None, ...] = found.languages or (None,)
    scored = Judge(SCORER, "model", {id: Verdict(right=outcome.correct) for _, _, outcome, id in answers})
    everybody = [*judges, scored]
    shares: list[Share] = []
    agreements: list[Agreement] = []
    for language in languages:
        here = [entry for entry in answers if language is None or entry[1].language == language]
        ids = {id for *_, id in here}
        for judge in judges:
            for arm in (arm.name for arm in found.arms):
                shares.extend(_shares([entry for entry in here if entry[0] == arm], arm, judge, language))
        for number, one in enumerate(judges):
            for other in everybody[number + 1 :]:
                agreements.extend(_agreements(one, other, ids, language))
    unjudged = {judge.name: len(judge.verdicts.keys() - known) for judge in judges}
    return Judgement(tuple(shares), tuple(agreements), {name: n for name, n in unjudged.items() if n})


def _shares(
    answers: Sequence[tuple[str, CaseRecord, OutcomeRecord, str]], arm: str, judge: Judge, language: str | None
) -> Iterator[Share]:
    for question in QUESTIONS:
        said = [
            (verdict, outcome.correct)
            for _, _, outcome, id in answers
            if id in judge.verdicts and (verdict := judge.verdicts[id].of(question)) is not None
        ]
        if said:
            yes = interval_of(sum(verdict for verdict, _ in said), len(said))
            scorer = sum(correct for _, correct in said) / len(said) if question == "right" else None
            yield Share(arm, judge.name, language, question, len(said), yes, scorer)


def _agreements(one: Judge, other: Judge, ids: Iterable[str], language: str | None) -> Iterator[Agreement]:
    for question in QUESTIONS:
        pairs = [
            (a, b)
            for id in ids
            if id in one.verdicts and id in other.verdicts
            if (a := one.verdicts[id].of(question)) is not None and (b := other.verdicts[id].of(question)) is not None
        ]
        if pairs:
            same = interval_of(sum(a == b for a, b in pairs), len(pairs))
            yield Agreement(one.name, other.name, question, language, len(pairs), same, kappa(pairs))


def kappa(pairs: Sequence[tuple[bool, bool]]) -> float | None:
    """Cohen's kappa (1960) of two judges' yes and no."""
    n = len(pairs)
    first, second = sum(a for a, _ in pairs) / n, sum(b for _, b in pairs) / n
    by_chance = first * second + (1 - first) * (1 - second)
    if by_chance == 1:
        return None
    return (sum(a == b for a, b in pairs) / n - by_chance) / (1 - by_chance)
