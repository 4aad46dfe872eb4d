"""The bars for refusing that a workspace was calibrated to, kept with what they hold for, and used while it holds.

A calibration is of one answerer: the embedder, the analyser, what weighs and the model that writes. When one of them
changes, the bar would promise what nobody measured: it isn't used, and each reply says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from groundtune.comparison.cases import case_hash
from groundtune.comparison.risk import HeldOut, LanguageRisk
from groundtune.i18n import Message, say
from groundtune.settings import EXTRACTIVE
from groundtune.storage.codec import from_json, to_json
from groundtune.workspace.arms import code_identity, fingerprint, model_identity

if TYPE_CHECKING:
    from groundtune.models.protocols import ChatModel
    from groundtune.types import Case
    from groundtune.workspace.opening import Workspace

CALIBRATION = "calibration"
"""As what a calibration is kept among the findings, under its answerer's name."""
EVERYTHING: Mapping[str, float] = {"ko": 0.0, "en": 0.0}
"""Bars that refuse nothing for being improbable."""
DEFAULT_TOLERATED = 0.05

_PARTS: dict[str, Message] = {
    "embedder": say("the embedder"),
    "analyser": say("the analyser"),
    "lexical_weight": say("the weight of the words"),
    "synonyms": say("the list of words that say the same"),
    "model": say("the chat model"),
    "code": say("the way of answering"),
    "tolerated": say("the tolerated share"),
}


@dataclass(frozen=True, slots=True)
class Calibration:
    """What was promised, on which cases, for which answerer."""

    answerer: str
    """ "extractive", or the chat model's name."""
    identity: Mapping[str, str]
    """What decides its replies, part by part, each as a hash."""
    made_at: datetime
    tolerated_wrong: float
    confidence: float
    cases_hash: str
    case_hashes: tuple[str, ...]
    documents_hash: str
    """The documents that were answered from; they may change without another bar."""
    origins: Mapping[str, int]
    """How many cases people wrote, people checked, and nobody has checked."""
    failures: int
    """Calls that failed; they show no answer."""
    languages: tuple[LanguageRisk, ...]
    overall: HeldOut
    dropped: bool = False

    @property
    def bars(self) -> dict[str, float]:
        return {part.language: part.bar for part in self.languages if part.bar is not None}


def keep(workspace: Workspace, found: Calibration) -> None:
    workspace.results.add_finding(found.answerer, CALIBRATION, to_json(found))


def kept(workspace: Workspace, answerer: str) -> Calibration | None:
    """The last calibration of this answerer; `None` where there is none, and where it was dropped."""
    finding = workspace.results.latest_finding(answerer, CALIBRATION)
    if finding is None or finding.get("dropped"):
        return None
    return from_json(Calibration, finding)


def drop(workspace: Workspace, answerer: str) -> bool:
    """Goes back to the bars that come with the product; whether there was something to drop."""
    if kept(workspace, answerer) is None:
        return False
    workspace.results.add_finding(answerer, CALIBRATION, {"dropped": True})
    return True


def bars_in_use(workspace: Workspace, answerer: str) -> tuple[dict[str, float], tuple[Message, ...]]:
    """By language, the bars that this answerer refuses by; and what its asker should know of those it doesn't."""
    found = kept(workspace, answerer)
    if found is None:
        return {}, ()
    changed = changes(workspace, found)
    if not changed:
        return found.bars, ()
    notice = say(
        "The calibration of {day} is not used any more, since {what} changed after it. The share of wrong answers that "
        "it held to is not assured; to measure it anew: groundtune calibrate.",
        day=found.made_at.date().isoformat(),
        what=changed[0],
    )
    return {}, (notice,)


def changes(workspace: Workspace, found: Calibration) -> list[Message]:
    """What decides the replies and isn't any more as it was; empty while the calibration holds."""
    now = identity(workspace, found.answerer)
    changed = [_PARTS[part] for part in now if now[part] != found.identity.get(part, "")]
    tolerated = workspace.settings.tolerated_wrong
    if tolerated is not None and tolerated != found.tolerated_wrong:
        changed.append(_PARTS["tolerated"])
    return changed


def notes_on(workspace: Workspace, cases: Sequence[Case]) -> list[Message]:
    """What limits a comparison on `cases`: bars in use that were fitted on some of them."""
    hashes = {case_hash(case) for case in cases}
    notes = []
    for answerer in dict.fromkeys((EXTRACTIVE, workspace.settings.chat)):
        found = kept(workspace, answerer)
        shared = 0 if found is None else len(hashes.intersection(found.case_hashes))
        if shared and bars_in_use(workspace, answerer)[0]:
            notes.append(
                say(
                    "The bar from which {answerer} answers was fitted on {n} of these cases; on them it may look "
                    "better than it is.",
                    answerer=answerer,
                    n=shared,
                )
            )
    return notes


def answerer_name(chat: ChatModel | None) -> str:
    return EXTRACTIVE if chat is None else chat.name


def identity(workspace: Workspace, answerer: str) -> dict[str, str]:
    """What decides an answerer's replies but for the documents, part by part."""
    endpoints = workspace.settings.endpoints
    return {
        "embedder": fingerprint(model_identity(workspace.embedder.name, endpoints)),
        "analyser": workspace.analyser.name,
        "lexical_weight": str(workspace.settings.lexical_weight),
        "synonyms": "" if workspace.synonyms is None else workspace.synonyms.identity,
        "model": EXTRACTIVE if answerer == EXTRACTIVE else fingerprint(model_identity(answerer, endpoints)),
        "code": code_identity("groundtune.answering", "groundtune.knowledge", "groundtune.comparison"),
    }
