"""A fact changes: how long until an arm answers right again, whether what was deleted is gone, and what else broke.

The experiment edits the documents once and asks every arm before and after. It doesn't know what a document is: `edit`
makes the change, `relearn` runs an arm's own way of learning it. An arm that would have to be retrained and isn't is
measured as what it is then: stale.
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from groundtune.comparison.matching import states
from groundtune.comparison.measure import NOT_A_FAILURE
from groundtune.comparison.scoring import score_answer
from groundtune.comparison.tasks import DEFAULT_ANSWER_CHARS
from groundtune.errors import Stopped
from groundtune.i18n import t
from groundtune.progress import Progress, Silent
from groundtune.storage.codec import from_json, to_json
from groundtune.types import Arm, Case, Output

Change = Literal["update", "add", "delete", "untouched"]


@dataclass(frozen=True, slots=True)
class Probe:
    """One way of asking for one fact, with what is right before the edit and after it.

    An added fact must be refused before, a deleted one after; an untouched fact has the same case twice. Several probes
    with one `fact` are paraphrases: the fact counts as learnt when all of them are answered right.
    """

    fact: str
    change: Change
    before: Case
    after: Case


@dataclass(frozen=True, slots=True)
class Learner:
    """An arm and its own way of learning what the edit changed; `relearn` gives the arm to ask afterwards."""

    arm: Arm
    relearn: Callable[[], Arm] | None = None


@dataclass(frozen=True, slots=True)
class ArmFreshness:
    """What one arm knew before the edit, and what it did after it. Shares are 0 to 1; `None`: nothing was asked."""

    arm: str
    family: str
    update: str
    probes: int
    right_before: float | None
    right_after: Mapping[str, float]
    """Share of probes answered right after the edit, by kind of change."""
    facts_learnt: int
    """Changed facts (updated, added, deleted) of which every paraphrase is right after the edit."""
    facts_changed: int
    stale: float | None
    """Share of the probes on updated facts that still state the old value."""
    leaked: float | None
    """Share of the probes on deleted facts whose answer or quotes still state them."""
    collateral: float | None
    """Share of the untouched probes that were right before and are not any more."""
    relearn_seconds: float | None
    """`None` when the arm was asked without relearning."""
    training_seconds: float | None
    """What training it took the first time: how long it stays stale at least."""
    seconds_to_right: float | None
    """From the start of the edit until every changed fact was answered right; `None` when that did not happen."""
    failures: int


@dataclass(frozen=True, slots=True)
class Freshness:
    edit_seconds: float
    """Changing the documents, until the change was on disk."""
    facts: Mapping[str, int]
    """Number of facts by kind of change."""
    arms: tuple[ArmFreshness, ...]

    def arm(self, name: str) -> ArmFreshness | None:
        return next((arm for arm in self.arms if arm.arm == name), None)

    def to_json(self) -> dict[str, Any]:
        plain: dict[str, Any] = to_json(self)
        return plain

    @staticmethod
    def from_json(value: Mapping[str, Any]) -> Freshness:
        return from_json(Freshness, value)


def measure_freshness(
    edit: Callable[[], object],
    learners: Sequence[Learner],
    probes: Sequence[Probe],
    *,
    answer_chars: int = DEFAULT_ANSWER_CHARS,
    progress: Progress | None = None,
    stop: threading.Event | None = None,
) -> Freshness:
    """Asks all, edits once, lets each arm learn, asks all again. Raises Stopped between two questions when asked to."""
    progress, stop = progress or Silent(), stop or threading.Event()
    progress.start(t("A fact changes"), 2 * len(learners) * len(probes))
    try:
        ask = _Asker(answer_chars, progress, stop)
        before = {
            learner.arm.name: ask(learner.arm, [(probe, probe.before) for probe in probes]) for learner in learners
        }
        start = time.perf_counter()
        edit()
        edit_seconds = time.perf_counter() - start
        arms = []
        for learner in learners:
            start = time.perf_counter()
            arm = learner.relearn() if learner.relearn is not None else learner.arm
            relearnt = time.perf_counter() - start if learner.relearn is not None else None
            after = ask(arm, [(probe, probe.after) for probe in probes])
            arms.append(_summary(learner.arm, before[learner.arm.name], after, edit_seconds, relearnt))
    finally:
        progress.finish()
    facts = {change: {probe.fact for probe in probes if probe.change == change} for change in _CHANGES}
    return Freshness(edit_seconds, {change: len(named) for change, named in facts.items() if named}, tuple(arms))


_CHANGES: tuple[Change, ...] = ("update", "add", "delete", "untouched")


@dataclass(frozen=True, slots=True)
class _Reply:
    probe: Probe
    output: Output
    right: bool
    failed: bool
    seconds: float


@dataclass(frozen=True, slots=True)
class _Asker:
    answer_chars: int
    progress: Progress
    stop: threading.Event

    def __call__(self, arm: Arm, questions: Sequence[tuple[Probe, Case]]) -> list[_Reply]:
        """Changed facts first, so that the time to being right isn't spent on untouched ones."""
        replies = []
        for probe, case in sorted(questions, key=lambda question: question[0].change == "untouched"):
            if self.stop.is_set():
                raise Stopped(t("The experiment"))
            if arm.reads(case.language):
                replies.append(self._ask(arm, probe, case))
            self.progress.advance(note=arm.name)
        return replies

    def _ask(self, arm: Arm, probe: Probe, case: Case) -> _Reply:
        start = time.perf_counter()
        try:
            output = arm.run(case.input)
            right, failed = score_answer(case, output, self.answer_chars)["correct"] == 1.0, False
        except NOT_A_FAILURE:
            raise
        except Exception:  # an arm that breaks, or says nothing, is counted, as in a comparison
            output, right, failed = Output(), False, True
        return _Reply(probe, output, right, failed, time.perf_counter() - start)


def _summary(
    arm: Arm, before: Sequence[_Reply], after: Sequence[_Reply], edit_seconds: float, relearn_seconds: float | None
) -> ArmFreshness:
    of_change = {change: [r for r in after if r.probe.change == change] for change in _CHANGES}
    changed = [r for r in after if r.probe.change != "untouched"]
    by_fact: dict[str, list[bool]] = defaultdict(list)
    for reply in changed:
        by_fact[reply.probe.fact].append(reply.right)
    learnt = sum(all(rights) for rights in by_fact.values())
    right_before = {id(r.probe): r.right for r in before}
    kept = [r for r in of_change["untouched"] if right_before.get(id(r.probe))]
    to_right = None
    if by_fact and learnt == len(by_fact):
        to_right = edit_seconds + (relearn_seconds or 0.0) + sum(r.seconds for r in changed)
    return ArmFreshness(
        arm=arm.name,
        family=arm.family,
        update=arm.update,
        probes=len(after),
        right_before=_share([r.right for r in before]),
        right_after={change: sum(r.right for r in rs) / len(rs) for change, rs in of_change.items() if rs},
        facts_learnt=learnt,
        facts_changed=len(by_fact),
        stale=_share([_states_old(r) for r in of_change["update"]]),
        leaked=_share([_states_old(r) for r in of_change["delete"]]),
        collateral=_share([not r.right for r in kept]),
        relearn_seconds=relearn_seconds,
        training_seconds=arm.training_seconds,
        seconds_to_right=to_right,
        failures=sum(r.failed for r in (*before, *after)),
    )


def _states_old(reply: _Reply) -> bool:
    """Whether the answer, whole, or one of its quotes states what was right before the edit."""
    texts = [reply.output.text, *(evidence.quote for evidence in reply.output.evidence)]
    old = reply.probe.before.required
    return bool(old) and any(all(states(text, fact) for fact in old) for text in texts)


def _share(found: Sequence[bool]) -> float | None:
    return sum(found) / len(found) if found else None
