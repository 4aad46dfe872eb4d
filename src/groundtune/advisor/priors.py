"""The field's rules of thumb, each beside what was measured here. A rule is a guess until a measurement speaks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Literal

from groundtune.advisor.choose import difference, points, surely, value
from groundtune.comparison.freshness import ArmFreshness, Freshness
from groundtune.comparison.result import Comparison, MeasuredArm, Slice
from groundtune.comparison.statistics import FEWEST_DISCORDANT, Interval, difference_interval
from groundtune.comparison.tasks import Needs
from groundtune.comparison.verdict import Finding, Prior
from groundtune.i18n import Message, say

LARGE_EXAMPLES = 300
"""From how many labelled examples on the field speaks of large labelled data."""
Status = Literal["confirmed", "contradicted", "undecided"]
_RAG, _TUNED = ("rag", "tuned_rag"), ("tuned",)


def priors(needs: Needs, found: Comparison, freshness: Freshness | None) -> tuple[Prior, ...]:
    examples = max((arm.training_examples or 0 for arm in found.arms), default=0)
    changing = (needs.knowledge_changes_per_month or 0.0) >= 1
    return (
        Prior(
            "labelled-data",
            say("Large labelled data and a fixed task: fine-tuning."),
            found.kind == "classify" and examples >= LARGE_EXAMPLES,
            _per_slice(found, lambda part: _labelled_data(found, part, examples)),
        ),
        Prior(
            "changing-information",
            say("Information that changes fast: RAG."),
            changing,
            (_changing_information(freshness),),
        ),
        Prior(
            "needs-documents",
            say("Answers that need documents: RAG."),
            found.kind == "answer",
            _per_slice(found, lambda part: _needs_documents(found, part)),
        ),
        Prior(
            "light-and-fast",
            say("Light and fast deployment: fine-tuning."),
            needs.p95_latency_ms is not None or needs.offline,
            _per_slice(found, lambda part: _light_and_fast(found, part)),
        ),
        Prior(
            "cite-at-high-risk",
            say("High risk, where each answer must cite: RAG."),
            needs.high_risk or needs.must_cite,
            _per_slice(found, lambda part: _cite_at_high_risk(found, part)),
        ),
    )


def _per_slice(found: Comparison, judge: Callable[[Slice], Finding]) -> tuple[Finding, ...]:
    judged = [judge(part) for part in found.slices if part.part == "all" and part.language in languages(found)]
    if all(finding.figures == judged[0].figures for finding in judged):  # the same for every language
        return (replace(judged[0], language=None),)
    return tuple(judged)


def languages(found: Comparison) -> Sequence[str | None]:
    """The languages that get a verdict each; one `None` when the cases are of one language."""
    return found.languages or (None,)


def _labelled_data(found: Comparison, part: Slice, examples: int) -> Finding:
    if found.kind != "classify":
        return _untested(part, say("This task's answers are free text, not labels."))
    if examples < LARGE_EXAMPLES:
        why = say("{n} labelled examples; the rule speaks of {large} or more.", n=examples, large=LARGE_EXAMPLES)
        return _untested(part, why)
    return _against(found, part, _TUNED, ("rag", "prompt", "baseline"))


def _needs_documents(found: Comparison, part: Slice) -> Finding:
    if found.kind != "answer":
        return _untested(part, say("This task's answers come from labels, not from documents."))
    return _against(found, part, _RAG, ("prompt", "tuned"))


def _changing_information(freshness: Freshness | None) -> Finding:
    if freshness is None:
        return _untested(None, say("No fact was changed in an experiment."))
    rag, tuned = _quickest(freshness, _RAG), _quickest(freshness, (*_TUNED, "tuned_rag"), update="retrain")
    if rag is None or tuned is None:
        return _untested(None, say("One of the two kinds was not in the experiment."))
    if tuned.relearn_seconds is None and tuned.seconds_to_right is None:
        return _untested(None, _bound(rag, tuned))
    if rag.seconds_to_right is None:
        best = max((arm for arm in freshness.arms if arm.family in _RAG), key=lambda arm: arm.facts_learnt)
        told = say(
            "{arm} had learnt {n} of {all} changed facts, {tuned} {m}.",
            arm=best.arm,
            n=best.facts_learnt,
            all=best.facts_changed,
            tuned=tuned.arm,
            m=tuned.facts_learnt,
        )
        if best.facts_learnt == tuned.facts_learnt:
            return Finding(None, "undecided", told)
        return Finding(None, "confirmed" if best.facts_learnt > tuned.facts_learnt else "contradicted", told)
    if tuned.seconds_to_right is None:
        told = say(
            "{rag} was right again after {seconds} s; {tuned} had learnt {n} of {all} changed facts.",
            rag=rag.arm,
            seconds=f"{rag.seconds_to_right:.1f}",
            tuned=tuned.arm,
            n=tuned.facts_learnt,
            all=tuned.facts_changed,
        )
        return Finding(None, "confirmed", told)
    told = say(
        "{rag} was right again after {seconds} s, {tuned} after {longer} s.",
        rag=rag.arm,
        seconds=f"{rag.seconds_to_right:.1f}",
        tuned=tuned.arm,
        longer=f"{tuned.seconds_to_right:.1f}",
    )
    return Finding(None, "confirmed" if rag.seconds_to_right < tuned.seconds_to_right else "contradicted", told)


def _bound(rag: ArmFreshness, tuned: ArmFreshness) -> Message:
    """What can be said where nothing was tuned anew: it would have been right then by memory only."""
    figures = {
        "rag": rag.arm,
        "tuned": tuned.arm,
        "n": rag.facts_learnt,
        "all": rag.facts_changed,
        "longer": f"{tuned.training_seconds:,.0f}" if tuned.training_seconds is not None else "–",
    }
    if rag.seconds_to_right is None:
        return say(
            "{rag} had learnt {n} of {all} changed facts. {tuned} was not tuned anew, so it could not learn them "
            "(its first training took {longer} s); --facts --retrain measures it.",
            **figures,
        )
    return say(
        "{rag} was right again after {seconds} s. {tuned} was not tuned anew, so it could not be; its first training "
        "took {longer} s, and --facts --retrain measures the next.",
        seconds=f"{rag.seconds_to_right:.1f}",
        **figures,
    )


def _light_and_fast(found: Comparison, part: Slice) -> Finding:
    """Fine-tuning is the faster one at a quality that isn't surely worse, or it isn't."""
    tuned, other = _best(found, part, _TUNED), _best(found, part, ("rag", "tuned_rag", "prompt"))
    if tuned is None or other is None or tuned.latency_p50_ms is None or other.latency_p50_ms is None:
        return _untested(part, say("One of the two kinds was not measured."))
    behind = difference(part, tuned.name, other.name)
    told = say(
        "{tuned} takes {fast} ms (p50), {other} {slow} ms; quality {difference} points [{low}, {high}].",
        tuned=tuned.name,
        fast=f"{tuned.latency_p50_ms:,.0f}",
        other=other.name,
        slow=f"{other.latency_p50_ms:,.0f}",
        **_figures(behind),
    )
    faster = tuned.latency_p50_ms < other.latency_p50_ms
    if not faster or surely(part, other.name, tuned.name):
        return Finding(part.language, "contradicted", told)
    return Finding(part.language, "confirmed" if behind.low > -0.05 else "undecided", told)


def _cite_at_high_risk(found: Comparison, part: Slice) -> Finding:
    """RAG is the arm that cites, and its readers meet fewer wrong answers."""
    citing = [a for a in _competing(found, part, _RAG) if a.cites]
    silent = [a for a in _competing(found, part, ("prompt", "tuned")) if not a.cites]
    if found.kind != "answer" or not citing or not silent:
        return _untested(part, say("One of the two kinds was not measured."))
    rag, other = max(citing, key=lambda a: value(part, a.name)), max(silent, key=lambda a: value(part, a.name))
    cases = [c for c in found.counted if part.language is None or c.language == part.language]
    wrong = [
        [0.0 if c.outcomes[arm.name].error else c.outcomes[arm.name].scores["wrong"] for c in cases]
        for arm in (rag, other)
    ]
    fewer = difference_interval(wrong[0], wrong[1], [c.group for c in cases], seed=found.provenance.seed)
    told = say(
        "{rag} cites; wrong answers against {other}: {difference} points [{low}, {high}].",
        rag=rag.name,
        other=other.name,
        **_figures(fewer),
    )
    differing = sum(a != b for a, b in zip(*wrong, strict=True))
    if differing < FEWEST_DISCORDANT or fewer.low <= 0 <= fewer.high:
        return Finding(part.language, "undecided", told)
    return Finding(part.language, "confirmed" if fewer.high < 0 else "contradicted", told)


def _against(found: Comparison, part: Slice, ours: Sequence[str], theirs: Sequence[str]) -> Finding:
    """The best arm of the families that the rule favours against the best of the others."""
    one, other = _best(found, part, ours), _best(found, part, theirs)
    if one is None or other is None:
        return _untested(part, say("One of the two kinds was not measured."))
    ahead = difference(part, one.name, other.name)
    told = say(
        "{arm} against {other}: {difference} points [{low}, {high}].", arm=one.name, other=other.name, **_figures(ahead)
    )
    status: Status = "undecided"
    if surely(part, one.name, other.name):
        status = "confirmed"
    elif surely(part, other.name, one.name):
        status = "contradicted"
    return Finding(part.language, status, told)


def _untested(part: Slice | None, why: Message) -> Finding:
    return Finding(part.language if part is not None else None, "untested", why)


def _figures(found: Interval) -> dict[str, str]:
    return {"difference": points(found.value), "low": points(found.low), "high": points(found.high)}


def _competing(found: Comparison, part: Slice, families: Iterable[str]) -> list[MeasuredArm]:
    wanted = set(families)
    return [
        arm
        for arm in found.arms
        if arm.family in wanted and arm.recommendable and (score := part.score(arm.name)) and score.applicable
    ]


def _best(found: Comparison, part: Slice, families: Iterable[str]) -> MeasuredArm | None:
    return max(_competing(found, part, families), key=lambda arm: value(part, arm.name), default=None)


def _quickest(freshness: Freshness, families: Iterable[str], update: str | None = None) -> ArmFreshness | None:
    wanted = set(families)
    arms = [a for a in freshness.arms if a.family in wanted and (update is None or a.update == update)]
    return min(
        arms,
        key=lambda a: (a.seconds_to_right is None, a.seconds_to_right or 0.0, -a.facts_learnt),
        default=None,
    )
