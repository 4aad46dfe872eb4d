"""What a comparison found, as plain data that goes to JSON and back. Nothing here computes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from groundtune.comparison.statistics import Interval
from groundtune.comparison.tasks import Needs, Prices
from groundtune.i18n import Message
from groundtune.storage.codec import from_json, to_json
from groundtune.types import Origin

SCHEMA = 1
Part = Literal["all", "seen", "unseen", "drafted"]


@dataclass(frozen=True, slots=True)
class MeasuredArm:
    """An arm's description, and what was measured beside its scores. Times are of this machine, one call at a time."""

    name: str
    family: str
    fingerprint: str
    cites: bool
    offline: bool
    recommendable: bool
    update: Literal["immediate", "retrain", "none"]
    languages: tuple[str, ...] | None
    training_seconds: float | None
    training_examples: int | None
    notes: str
    calls: int
    """Measured calls, failed ones included; the first call of all is apart."""
    failures: int
    first_call_ms: float | None
    latency_mean_ms: float | None
    latency_p50_ms: float | None
    latency_p95_ms: float | None
    prompt_tokens: float | None
    """Mean per call."""
    completion_tokens: float | None
    model: str | None = None
    """NAME@VERSION of the tuned model that answers."""
    measured_from: datetime | None = None
    measured_to: datetime | None = None
    """When its calls were made; latencies of arms that ran at other times met another load of the machine."""


@dataclass(frozen=True, slots=True)
class ArmScore:
    """One arm on one slice. Not applicable when it can't read a language of the slice: nothing is known, not zero."""

    arm: str
    applicable: bool
    n: int = 0
    failures: int = 0
    primary: Interval | None = None
    others: Mapping[str, Interval] = field(default_factory=dict)
    """Secondary metrics by name; one that has no meaning here is absent."""
    classes: Mapping[str, float | None] = field(default_factory=dict)
    """F1 of each label (classify)."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two arms on the same cases: `difference` is a's primary metric minus b's."""

    a: str
    b: str
    n: int
    difference: Interval
    p: float
    """Two-sided, from the bootstrap."""
    p_holm: float | None
    """Corrected over the recommendable pairs of the slice; `None` for a pair with a diagnostic arm."""
    only_a: int
    """Cases on which only a is right."""
    only_b: int
    p_mcnemar: float
    smallest_difference: float
    """What this many cases could have shown with 80 % power."""
    variance: float
    """Of one case's difference; says how many cases a given difference needs."""


@dataclass(frozen=True, slots=True)
class Slice:
    """A part of the cases: all or one language; whole, or only facts that were (not) in the training examples. What
    nobody has checked is in the "drafted" parts and in no other."""

    language: str | None
    part: Part
    n: int
    groups: int
    arms: tuple[ArmScore, ...]
    pairs: tuple[Pair, ...] = ()

    def score(self, arm: str) -> ArmScore | None:
        return next((score for score in self.arms if score.arm == arm), None)


@dataclass(frozen=True, slots=True)
class Quote:
    title: str
    heading: str
    quote: str
    revision: int


@dataclass(frozen=True, slots=True)
class OutcomeRecord:
    """What one arm gave for one case."""

    text: str
    label: str | None
    refused: bool
    correct: bool
    latency_ms: float
    scores: Mapping[str, float] = field(default_factory=dict)
    quotes: tuple[Quote, ...] = ()
    conflicts: tuple[str, ...] = ()
    """Where documents contradict each other, in words."""
    error: str | None = None
    probability: float | None = None
    """That it is right, as the arm itself has it."""


@dataclass(frozen=True, slots=True)
class CaseRecord:
    id: str
    language: str | None
    group: str | None
    kind: str
    input: str
    as_of: str | None
    expected: tuple[str, ...]
    """The label, or each required fact with its variants joined by " / "."""
    seen: bool | None
    """Whether the tuned arms' training examples state its facts; `None` when nobody was trained on facts."""
    outcomes: Mapping[str, OutcomeRecord]
    """By arm; an arm that can't read the case's language is absent."""
    origin: Origin = "human"

    @property
    def label_only(self) -> bool:
        """Whether the case asks for a label."""
        return any(outcome.label is not None for outcome in self.outcomes.values())

    @property
    def differs(self) -> bool:
        """Whether one arm is right on it and another isn't."""
        return self.differs_among(self.outcomes.keys())

    def differs_among(self, arms: Collection[str]) -> bool:
        return len({outcome.correct for name, outcome in self.outcomes.items() if name in arms}) > 1


@dataclass(frozen=True, slots=True)
class Provenance:
    """What one needs to repeat or to doubt a comparison."""

    manifest_hash: str
    cases_hash: str
    openings: int
    """How many different sets of arms these held-out cases have been shown to, this one included."""
    scorer: str
    answer_chars: int
    seed: int
    resamples: int
    versions: Mapping[str, str]
    machine: str
    held_out: int | None = None
    """Held-out cases that there are; more than were compared in a first look."""


@dataclass(frozen=True, slots=True)
class LearningPoint:
    """What an arm reached when it was trained on fewer examples."""

    arm: str
    examples: int
    metric: Interval


@dataclass(frozen=True, slots=True)
class Comparison:
    task: str
    kind: Literal["answer", "classify"]
    metric: str
    """The primary metric, 0 to 1, higher is better."""
    compared_at: datetime
    needs: Needs
    prices: Prices
    arms: tuple[MeasuredArm, ...]
    slices: tuple[Slice, ...]
    cases: tuple[CaseRecord, ...]
    provenance: Provenance
    missing: Mapping[str, Message] = field(default_factory=dict)
    """Arms that could not be built, each with what would open it."""
    schema: int = SCHEMA

    def arm(self, name: str) -> MeasuredArm:
        return next(arm for arm in self.arms if arm.name == name)

    def slice(self, language: str | None = None, part: str = "all") -> Slice | None:
        return next((s for s in self.slices if s.language == language and s.part == part), None)

    @property
    def is_first_look(self) -> bool:
        """Whether it was made on some of the held-out cases only."""
        return (self.provenance.held_out or 0) > len(self.cases)

    @property
    def is_sketch(self) -> bool:
        """Whether nobody has checked any of its cases: then its figures sketch, and nothing is chosen by them."""
        return bool(self.cases) and all(case.origin == "drafted" for case in self.cases)

    @property
    def main_part(self) -> Part:
        """The part whose slices are the comparison's figures."""
        return "drafted" if self.is_sketch else "all"

    @property
    def counted(self) -> tuple[CaseRecord, ...]:
        """The cases that its figures are of: those that people made or checked; of a sketch, all."""
        return tuple(case for case in self.cases if self.is_sketch or case.origin != "drafted")

    @property
    def drafted(self) -> int:
        """Cases that stand apart, since nobody has checked them."""
        return len(self.cases) - len(self.counted)

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that have a slice of their own; empty when the cases are of one language only."""
        return tuple(s.language for s in self.slices if s.language is not None and s.part == self.main_part)

    def to_json(self) -> dict[str, Any]:
        plain: dict[str, Any] = to_json(self)
        return plain

    @staticmethod
    def from_json(value: Mapping[str, Any]) -> Comparison:
        return from_json(Comparison, value)
