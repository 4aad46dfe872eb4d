"""Calibrates refusing on the workspace's own cases: each is answered without a bar, scored, and the bar is fitted."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from groundtune.answering import arms as answering
from groundtune.answering import weights
from groundtune.answering.asked import language_of
from groundtune.comparison.cases import case_hash, cases_hash, input_hash
from groundtune.comparison.measure import measure
from groundtune.comparison.risk import Reply, held_out, language_risk
from groundtune.comparison.scoring import InvalidOutput, score_answer
from groundtune.errors import UsageError
from groundtune.i18n import say, t
from groundtune.models.protocols import ChatModel
from groundtune.progress import Progress
from groundtune.settings import EXTRACTIVE
from groundtune.storage.registry import ModelVersion
from groundtune.storage.results import Measured
from groundtune.types import Arm, Case
from groundtune.workspace.answer_arms import decides_finding, decides_writing
from groundtune.workspace.arms import fingerprint
from groundtune.workspace.calibration import DEFAULT_TOLERATED, Calibration, answerer_name, identity

if TYPE_CHECKING:
    from groundtune.workspace.opening import Workspace

_TASK = "calibrate"
"""The outcomes of cases without a bar are kept under this name, so that a run that was stopped goes on."""
_WORK = say("The calibration")


def calibrate(
    workspace: Workspace,
    cases: Sequence[Case],
    *,
    model: str | None = None,
    tolerated_wrong: float | None = None,
    confidence: float = 0.95,
    with_drafted: bool = False,
    progress: Progress | None = None,
    stop: threading.Event | None = None,
) -> Calibration:
    """Measures what isn't measured yet; keeps no bar. By default the settings' answerer and tolerated share.

    Drafted cases that nobody has checked are evidence only `with_drafted`. Raises UsageError where no case is left,
    and Stopped (the same call continues).
    """
    tolerated = tolerated_wrong or workspace.settings.tolerated_wrong or DEFAULT_TOLERATED
    chosen = [case for case in cases if with_drafted or not case.drafted]
    if not chosen:
        raise UsageError(
            t(
                "Nobody has checked any of the {n} drafted {n:|case|cases}, so nothing can be promised from them. "
                "Check them with `groundtune cases review`, or add --drafted for a sketch.",
                n=len(cases),
            )
        )
    name = model or workspace.settings.answer_with
    chat = None if name == EXTRACTIVE else workspace.chat(None if name == "chat" else name)
    arm = _without_bar(workspace, chat, _version(workspace, name))
    measured = measure(_TASK, [arm], chosen, workspace.results, progress, stop, work=_WORK)
    replies = [_reply(case, measured[arm.name, input_hash(case)]) for case in chosen if arm.reads(case.language)]
    if not replies:
        raise UsageError(t("{model} reads the language of none of these cases.", model=arm.name))
    by_language = {
        language: [reply for reply in replies if reply.language == language]
        for language in sorted({reply.language for reply in replies})
    }
    parts = [
        language_risk(
            language,
            some,
            tolerated=tolerated,
            confidence=confidence,
            default_bar=weights.ANSWER_FROM.get(language, weights.ANSWER_FROM["en"]),
        )
        for language, some in by_language.items()
    ]
    return Calibration(
        answerer=answerer_name(chat),
        identity=identity(workspace, answerer_name(chat)),
        made_at=datetime.now(UTC).replace(microsecond=0),
        tolerated_wrong=tolerated,
        confidence=confidence,
        cases_hash=cases_hash(chosen),
        case_hashes=tuple(sorted(case_hash(case) for case in chosen)),
        documents_hash=fingerprint(decides_finding(workspace)[0]),
        origins={origin: sum(c.origin == origin for c in chosen) for origin in ("human", "reviewed", "drafted")},
        failures=sum(call.error is not None for call in measured.values()),
        languages=tuple(parts),
        overall=held_out(
            list(by_language.values()), tolerated=tolerated, confidence=confidence, floors=[p.floor for p in parts]
        ),
    )


def _version(workspace: Workspace, name: str) -> ModelVersion | None:
    """The tuned version that a name means; `None` for any other model."""
    registry = workspace.registry
    return registry.get(*name.split("@", 1)) if name.partition("@")[0] in registry.names() else None


def _without_bar(workspace: Workspace, chat: ChatModel | None, version: ModelVersion | None) -> Arm:
    """The answerer as it is served, but for refusing what is improbable."""
    answerer = workspace.answerer_with(chat, calibrated=False)
    writing = [] if chat is None else decides_writing(workspace, chat, version)
    return Arm(
        name=answerer_name(chat),
        run=answering.rag(answerer),
        family="rag",
        cites=True,
        languages=None,
        fingerprint=fingerprint("without bar", decides_finding(workspace), *writing),
    )


def _reply(case: Case, call: Measured) -> Reply:
    """A call that failed, and a reply that refuses whatever the bar, show nothing."""
    language = case.language or language_of(case.input.text)
    group = case.group if case.group is not None else f"case {case.id}"
    probability, wrong = call.output.probability, False
    try:
        scores = score_answer(case, call.output) if call.error is None else None
    except InvalidOutput:
        scores = None
    if scores is None or scores["refused"]:
        probability = None
    else:
        wrong = bool(scores["wrong"])
    return Reply(case.id, language, group, case.kind != "answerable", probability, wrong)
