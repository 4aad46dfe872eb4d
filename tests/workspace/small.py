"""A small workspace for the tests of what puts objects together: three pages, fakes for models, tasks on disk."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from groundtune.comparison.tasks import Task, read_task
from groundtune.knowledge.add import add
from groundtune.models.fakes import ScriptedChat
from groundtune.models.protocols import ChatModel, Message
from groundtune.settings import load_settings
from groundtune.workspace import Workspace

PAGES = {
    "parking": "A monthly parking permit costs 35,000 won for staff.",
    "library": "A borrowed library book has to come back after 21 days.",
    "gym": "The gym opens at 06:30 on weekdays.",
}
CASES: tuple[dict[str, Any], ...] = (
    {"id": "parking", "question": "What does a monthly parking permit cost for staff?", "facts": [["35,000 won"]]},
    {"id": "library", "question": "After how many days has a library book to come back?", "facts": [["21 days"]]},
    {"id": "cup", "question": "Who won the football cup?", "kind": "off_topic"},
)
Script = Callable[[Sequence[Message]], str]


class ScriptedWorkspace(Workspace):
    """Its chat model says what it is told to."""

    script: Script = staticmethod(lambda messages: "I don't know.")  # type: ignore[assignment]

    def chat(self, name: str | None = None) -> ChatModel:
        return ScriptedChat(type(self).script)

    def chat_is_found(self) -> bool:
        return True


def workspace(folder: Path, script: Script | None = None, pages: dict[str, str] | None = None) -> Workspace:
    """A workspace of its own class, so that scripts don't meet."""
    root = folder / "ws"
    Workspace.create(root)
    (root / "groundtune.toml").write_text('embedder = "fake:hash"\nanalyser = "bigram"\n', "utf-8")
    kind = type("Scripted", (ScriptedWorkspace,), {} if script is None else {"script": staticmethod(script)})
    made: Workspace = kind(load_settings(root))
    written = folder / "pages"
    written.mkdir(exist_ok=True)
    for name, text in (PAGES if pages is None else pages).items():
        head = f"---\nid: {name}\ntitle: {name.title()}\nlanguage: en\n---\n\n# {name.title()}\n\n"
        (written / f"{name}.md").write_text(f"{head}{text}\n", "utf-8")
    add([written], store=made.store, analyser=made.analyser, embedder=made.embedder)
    made.index.catch_up()
    return made


def answer_task(folder: Path, more: str = "", name: str = "policy", cases: Sequence[dict[str, Any]] = CASES) -> Task:
    """A task file with its cases; `more` is TOML that stands before the tables."""
    rows = [{"language": "en", **case} for case in cases]
    (folder / "cases.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    path = folder / f"{name}.toml"
    path.write_text(f'kind = "answer"\n{more}\n[data]\ncases = "cases.jsonl"\n', "utf-8")
    return read_task(path)
