"""What advice consists of, as plain data. Messages are put into the reader's language where they are shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from groundtune.comparison.statistics import Interval
from groundtune.i18n import Message
from groundtune.storage.codec import to_json

Status = Literal["recommended", "not_enough_data", "not_useful", "impossible", "sketch"]
"""`not_useful`: nothing is surely better than the trivial floor. `impossible`: no arm meets the hard needs. `sketch`:
nobody has checked the cases, so nothing is chosen by them."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one arm stands in one language: excluded, a candidate, beaten, or undecided."""

    arm: str
    place: Literal["candidate", "beaten", "undecided", "excluded", "not_applicable", "diagnostic"]
    why: Message
    behind_best: Interval | None = None
    """The arm's primary metric minus the best arm's; `None` for the best itself and for those that didn't compete."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The choice for one language (`None`: for all cases)."""

    language: str | None
    status: Status
    arm: str | None
    """The recommended arm; with `not_enough_data` the one to take until more is known."""
    headline: Message
    reasons: tuple[Message, ...]
    standings: tuple[Standing, ...]
    flips: tuple[Message, ...]
    """What would change the choice."""
    margin: float
    """How much of the primary metric may be given up for a better place in what is asked next."""
    cases: int
    more_cases: int | None = None
    """About how many more held-out cases would decide; only with `not_enough_data`."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What the measurement says of a rule of thumb in one language (`None`: for all)."""

    language: str | None
    status: Literal["confirmed", "contradicted", "undecided", "untested"]
    figures: Message


@dataclass(frozen=True, slots=True)
class Prior:
    """A rule of thumb of the field, beside what was measured here. `undecided`: measured, but too few cases to tell."""

    name: str
    rule: Message
    applies: bool
    """Whether the task's needs and data are those that the rule speaks of."""
    findings: tuple[Finding, ...]

    @property
    def status(self) -> str:
        """The one status of all tested findings; "mixed" where they differ."""
        tested = {finding.status for finding in self.findings} - {"untested"}
        return "untested" if not tested else tested.pop() if len(tested) == 1 else "mixed"


@dataclass(frozen=True, slots=True)
class Advice:
    task: str
    kind: Literal["answer", "classify"]
    verdicts: tuple[Verdict, ...]
    priors: tuple[Prior, ...]
    notes: tuple[Message, ...] = ()
    """What limits the advice: arms that could not be had, prices that are not known."""

    @property
    def split(self) -> bool:
        """Whether different languages get different arms."""
        return len({verdict.arm for verdict in self.verdicts}) > 1

    def to_json(self, lang: str) -> dict[str, Any]:
        """Plain JSON with every message in `lang`."""
        plain: dict[str, Any] = to_json(_worded(self, lang))
        plain["split"] = self.split
        for prior, entry in zip(self.priors, plain["priors"], strict=True):
            entry["status"] = prior.status
        return plain


def _worded(value: Any, lang: str) -> Any:
    """A copy as plain containers, messages replaced by their words."""
    if isinstance(value, Message):
        return value.in_(lang)
    if isinstance(value, tuple):
        return [_worded(item, lang) for item in value]
    if hasattr(value, "__dataclass_fields__"):
        return {name: _worded(getattr(value, name), lang) for name in value.__dataclass_fields__}
    return value
