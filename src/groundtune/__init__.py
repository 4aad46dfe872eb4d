"""Groundtune: choose between RAG, fine-tuning and both by measuring them on your own cases.

These names are the library; everything else may change. Each is imported when it is first used, so `import groundtune`
brings nothing heavy.

    Workspace                       one folder; opens and puts together all that follows
    Document, Passage, Hit          what is stored, and what a search finds of it
    Question, Reader                what is asked, as of which day, and by whom
    Answer, Sentence, Evidence      what comes back: sentences with verbatim quotes, or a reasoned refusal
    Task, read_task                 a task's TOML file: data, needs, prices
    Case, Output, Arm               what is measured: any callable from a task's input to its output
    Comparison, Advice              what was measured, and what it recommends
    GroundtuneError                 anything that we can explain
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from groundtune.comparison.result import Comparison
    from groundtune.comparison.tasks import Task, read_task
    from groundtune.comparison.verdict import Advice
    from groundtune.errors import GroundtuneError
    from groundtune.types import (
        Answer,
        Arm,
        Case,
        Document,
        Evidence,
        Hit,
        Output,
        Passage,
        Question,
        Reader,
        Sentence,
    )
    from groundtune.workspace import Workspace

__all__ = [
    "Advice",
    "Answer",
    "Arm",
    "Case",
    "Comparison",
    "Document",
    "Evidence",
    "GroundtuneError",
    "Hit",
    "Output",
    "Passage",
    "Question",
    "Reader",
    "Sentence",
    "Task",
    "Workspace",
    "read_task",
]

_ELSEWHERE = {
    "Advice": "comparison.verdict",
    "Comparison": "comparison.result",
    "GroundtuneError": "errors",
    "Task": "comparison.tasks",
    "Workspace": "workspace",
    "read_task": "comparison.tasks",
}
"""Where a name is defined that is not one of the nouns in `types`."""


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'groundtune' has no attribute {name!r}")
    return getattr(importlib.import_module(f"groundtune.{_ELSEWHERE.get(name, 'types')}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
