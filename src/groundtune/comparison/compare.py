"""Runs every arm on the same held-out cases and says what that shows.

An arm is any callable; this module doesn't know what stands behind one. Each outcome is kept at once, so that a run
that was stopped or killed goes on where it was, and what was measured is not measured again.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import sys
import threading
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib import metadata

from groundtune.comparison import scoring
from groundtune.comparison.cases import cases_hash, input_hash
from groundtune.comparison.measure import measure
from groundtune.comparison.result import CaseRecord, Comparison, MeasuredArm, OutcomeRecord, Provenance, Quote
from groundtune.comparison.slices import PRIMARY, Measurements, seen, slices
from groundtune.comparison.statistics import RESAMPLES, percentile
from groundtune.comparison.tasks import Task
from groundtune.errors import UsageError
from groundtune.i18n import Message, t
from groundtune.progress import Progress
from groundtune.storage.results import Measured, Results
from groundtune.types import Arm, Case, Outcome, Question

COMPARISON, FIRST_LOOK = "comparison", "first_look"
"""As what a finding is kept: on all held-out cases, or on some of them."""
_LIBRARIES = ("groundtune", "numpy", "onnxruntime", "torch", "transformers", "scikit-learn", "xllamacpp")


def compare(
    task: Task,
    arms: Sequence[Arm],
    cases: Sequence[Case],
    results: Results,
    progress: Progress | None = None,
    stop: threading.Event | None = None,
    *,
    missing: Mapping[str, Message] | None = None,
    held_out: int | None = None,
) -> Comparison:
    """Measures what isn't measured yet, then scores and compares everything. Keeps the finding and returns it.

    `missing` names arms that could not be built, and why. `held_out` says how many cases there are where `cases` may be
    some of them: then it is a first look, which is kept apart from comparisons on all. Raises Stopped when `stop` is
    set (the same call continues), UsageError for arms or cases that can't be compared.
    """
    _check(arms, cases)
    manifest = manifest_hash(task, arms, cases)
    measured = measure(task.name, arms, cases, results, progress, stop)
    outcomes = _scored(task, arms, cases, measured)
    tables = slices(Measurements(task.comparable_kind(), cases, arms, outcomes, _labels(task, cases), task.seed))
    found = Comparison(
        task=task.name,
        kind=task.comparable_kind(),
        metric=PRIMARY[task.kind],
        compared_at=datetime.now(UTC).replace(microsecond=0),
        needs=task.needs,
        prices=task.prices,
        arms=tuple(_measured_arm(task, arm, cases, measured, outcomes, results) for arm in arms),
        slices=tables,
        cases=tuple(_record(case, arms, outcomes) for case in cases),
        provenance=Provenance(
            manifest_hash=manifest,
            cases_hash=cases_hash(cases),
            openings=results.openings(cases_hash(cases)),
            scorer=scoring.VERSION,
            answer_chars=task.answer_chars,
            seed=task.seed,
            resamples=RESAMPLES,
            versions=_versions(),
            machine=f"{platform.system()} {platform.machine()}, {os.cpu_count()} CPUs",
            held_out=held_out if held_out is not None else len(cases),
        ),
        missing=missing or {},
    )
    results.add_finding(task.name, FIRST_LOOK if found.is_first_look else COMPARISON, found.to_json())
    return found


def manifest_hash(task: Task, arms: Sequence[Arm], cases: Sequence[Case]) -> str:
    """Names what is compared: the task, the cases, each arm's fingerprint, and how answers are scored."""
    manifest = {
        "task": task.name,
        "cases": cases_hash(cases),
        "arms": {arm.name: arm.fingerprint for arm in arms},
        "scorer": scoring.VERSION,
        "answer_chars": task.answer_chars,
    }
    return hashlib.sha256(json.dumps(manifest, sort_keys=True).encode()).hexdigest()[:32]


def _check(arms: Sequence[Arm], cases: Sequence[Case]) -> None:
    names = [arm.name for arm in arms]
    if not names or not cases:
        raise UsageError(
            t(
                "There is nothing to compare: {arms} {arms:|arm|arms}, {cases} {cases:|case|cases}.",
                arms=len(arms),
                cases=len(cases),
            )
        )
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise UsageError(t("Two arms are named “{name}”; an arm's name must be its own.", name=twice[0]))
    nameless = [arm.name for arm in arms if not arm.fingerprint]
    if nameless:
        raise UsageError(
            t(
                "The arm “{name}” has no fingerprint, so its outcomes could not be told from another's.",
                name=nameless[0],
            )
        )


def _scored(
    task: Task, arms: Sequence[Arm], cases: Sequence[Case], measured: Mapping[tuple[str, str], Measured]
) -> dict[tuple[str, str], Outcome]:
    score = scoring.scorer(task, _labels(task, cases))
    outcomes: dict[tuple[str, str], Outcome] = {}
    for arm in arms:
        for case in cases:
            if not arm.reads(case.language):
                continue
            call = measured[arm.name, input_hash(case)]
            error, scores = call.error, {}
            if error is None:
                try:
                    scores = dict(score(case, call.output))
                except scoring.InvalidOutput as invalid:
                    error = f"InvalidOutput: {invalid}"
            outcomes[arm.name, case.id] = Outcome(arm.name, case.id, call.output, scores, call.latency_ms, error)
    return outcomes


def _labels(task: Task, cases: Sequence[Case]) -> list[str]:
    return sorted(set(task.labels) | {case.label for case in cases if case.label is not None})


def _measured_arm(
    task: Task,
    arm: Arm,
    cases: Sequence[Case],
    measured: Mapping[tuple[str, str], Measured],
    outcomes: Mapping[tuple[str, str], Outcome],
    results: Results,
) -> MeasuredArm:
    counted = [case for case in cases if not case.drafted] or cases
    calls = [measured[arm.name, input_hash(case)] for case in counted if arm.reads(case.language)]
    times = [call.latency_ms for call in calls if call.error is None]
    moments = [call.at for call in calls if call.at is not None]
    return MeasuredArm(
        name=arm.name,
        family=arm.family,
        fingerprint=arm.fingerprint,
        cites=arm.cites,
        offline=arm.offline,
        recommendable=arm.recommendable,
        update=arm.update,
        languages=None if arm.languages is None else tuple(sorted(arm.languages)),
        training_seconds=arm.training_seconds,
        training_examples=arm.training_examples,
        notes=arm.notes,
        calls=len(calls),
        failures=sum(outcomes[arm.name, c.id].error is not None for c in counted if arm.reads(c.language)),
        first_call_ms=results.first_call_ms(task.name, arm.fingerprint),
        latency_mean_ms=sum(times) / len(times) if times else None,
        latency_p50_ms=percentile(times, 0.5),
        latency_p95_ms=percentile(times, 0.95),
        prompt_tokens=_mean([call.output.prompt_tokens for call in calls]),
        completion_tokens=_mean([call.output.completion_tokens for call in calls]),
        model=arm.model,
        measured_from=min(moments, default=None),
        measured_to=max(moments, default=None),
    )


def _mean(values: Sequence[int | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def _record(case: Case, arms: Sequence[Arm], outcomes: Mapping[tuple[str, str], Outcome]) -> CaseRecord:
    question = case.input if isinstance(case.input, Question) else None
    return CaseRecord(
        id=case.id,
        language=case.language,
        group=case.group,
        kind=case.kind,
        input=question.text if question else str(case.input),
        as_of=question.as_of.isoformat() if question else None,
        expected=(case.label,) if case.label is not None else tuple(" / ".join(f.variants) for f in case.required),
        seen=seen(case, arms),
        outcomes={
            arm.name: _outcome_record(outcomes[arm.name, case.id]) for arm in arms if (arm.name, case.id) in outcomes
        },
        origin=case.origin,
    )


def _outcome_record(outcome: Outcome) -> OutcomeRecord:
    return OutcomeRecord(
        text=outcome.output.text,
        label=outcome.output.label,
        refused=bool(outcome.scores.get("refused", outcome.output.refused)),
        correct=outcome.scores.get("correct") == 1.0,
        latency_ms=outcome.latency_ms,
        scores=outcome.scores,
        probability=outcome.output.probability,
        quotes=tuple(
            Quote(e.title, " › ".join(e.heading_path), e.quote, e.revision_number) for e in outcome.output.evidence
        ),
        conflicts=outcome.output.conflicts,
        error=outcome.error,
    )


def _versions() -> dict[str, str]:
    found = {"python": ".".join(map(str, sys.version_info[:3]))}
    for library in _LIBRARIES:
        try:
            found[library] = metadata.version(library)
        except metadata.PackageNotFoundError:
            continue
    return found
