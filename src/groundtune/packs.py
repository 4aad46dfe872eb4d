"""What a domain pack is: data and a few texts that make the core speak a field. Found by entry point, never imported
by name; the core makes sense without any.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from pathlib import Path

from groundtune.errors import UnknownName
from groundtune.i18n import t

GROUP = "groundtune.packs"


@dataclass(frozen=True, slots=True)
class Sample:
    """A pack's bundled sample: everything that the demo needs, of invented people and companies."""

    documents: Path
    """A folder that `groundtune add` takes."""
    tasks: Path
    """A folder of task files and the data that they name."""
    answer_task: str
    classify_task: str
    """Names of two task files in it, without ".toml"."""
    answer_examples: str
    """The file in it that holds the question–answer examples for tuning."""
    labelled: Path
    """The classify task's rows."""
    questions: Mapping[str, str]
    """Three to show: "ko", "en", and "unanswered", which the documents don't answer."""


@dataclass(frozen=True, slots=True)
class Pack:
    """A field's words for the core: whom to ask for a binding answer, and a sample to try things on."""

    name: str
    title: Mapping[str, str]
    """By language, "en" and "ko"."""
    binding_notice: Mapping[str, str] = field(default_factory=dict)
    """By language: whom to ask for an answer that binds."""
    synonyms: Path | None = None
    """A list of words that say the same, in the form that `groundtune.knowledge.synonyms` tells."""
    sample: Sample | None = None


def installed_packs() -> dict[str, Pack]:
    """Every installed pack by its name."""
    return {entry.name: entry.load()() for entry in entry_points(group=GROUP)}


def open_pack(name: str) -> Pack:
    """The pack called `name`; raises UnknownName."""
    for entry in entry_points(group=GROUP, name=name):
        pack: Pack = entry.load()()
        return pack
    raise UnknownName(t("pack"), name, sorted(entry.name for entry in entry_points(group=GROUP)))
