"""Runs arms on cases and keeps each outcome at once, so that what was measured is not measured again.

An arm is any callable; this module doesn't know what stands behind one, nor how an outcome is scored. A call that
raises is a failure: counted apart, and not correct. Only what tells of a wrong set-up ends the measuring.
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Sequence
from dataclasses import replace

from groundtune.comparison.cases import cases_hash, input_hash
from groundtune.errors import MissingExtra, ModelUnavailable, Stopped, StoreError, UsageError
from groundtune.i18n import Message, say
from groundtune.progress import Progress, Silent
from groundtune.storage.results import Measured, Results
from groundtune.types import Arm, Case, Output

NOT_A_FAILURE = (UsageError, StoreError, MissingExtra, ModelUnavailable, Stopped)
"""What says nothing of the arm, but that it wasn't set up: it ends the measuring and tells what to do."""
COMPARING = say("The comparison")


def measure(
    task: str,
    arms: Sequence[Arm],
    cases: Sequence[Case],
    results: Results,
    progress: Progress | None = None,
    stop: threading.Event | None = None,
    *,
    work: Message = COMPARING,
) -> dict[tuple[str, str], Measured]:
    """Every arm on every case whose language it reads; keyed by arm and input hash. `task` names what the outcomes are
    kept under, `work` what a person sees being done. Raises Stopped when `stop` is set."""
    progress = progress or Silent()
    hashes = {case.id: input_hash(case) for case in cases}
    known: dict[tuple[str, str], Measured] = {}
    pending: dict[str, list[Case]] = {}
    for arm in arms:
        readable = [case for case in cases if arm.reads(case.language)]
        kept = results.measured(task, arm.fingerprint, (hashes[case.id] for case in readable))
        known |= {(arm.name, name): measured for name, measured in kept.items()}
        pending[arm.name] = list({hashes[c.id]: c for c in readable if hashes[c.id] not in kept}.values())
    if not any(pending.values()):
        return known
    results.open_test(task, cases_hash(cases), arms_hash(arms))
    progress.start(str(work), sum(len(todo) for todo in pending.values()))
    try:
        for arm in arms:
            if pending[arm.name]:
                # The last case, so that what an arm remembers of it has had time to give way before it is timed
                results.put_first_call(task, arm.fingerprint, _call(arm, pending[arm.name][-1]).latency_ms)
            for case in pending[arm.name]:
                if stop is not None and stop.is_set():
                    raise Stopped(str(work))
                measured = _call(arm, case)
                at = results.put(task, hashes[case.id], arm.fingerprint, arm.name, case.id, measured)
                known[arm.name, hashes[case.id]] = replace(measured, at=at)
                progress.advance(note=arm.name)
    finally:
        progress.finish()
    return known


def _call(arm: Arm, case: Case) -> Measured:
    start = time.perf_counter()
    try:
        output, error = arm.run(case.input), None
    except NOT_A_FAILURE:
        raise
    except Exception as raised:  # whatever an arm raises is its failure, and belongs into the table
        output, error = Output(), f"{type(raised).__name__}: {raised}"
    return Measured(output, (time.perf_counter() - start) * 1000, error)


def arms_hash(arms: Sequence[Arm]) -> str:
    """Names a set of arms, whatever the task is called."""
    return hashlib.sha256(json.dumps(sorted(arm.fingerprint for arm in arms)).encode()).hexdigest()[:32]
