"""A fact changes: edits a copy of the workspace's documents and asks every approach before and after.

The workspace itself is never touched: the experiment works on a copy of its database in a temporary folder.
"""

from __future__ import annotations

import json
import sqlite3
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from groundtune.comparison.freshness import Change, Freshness, Learner, Probe, measure_freshness
from groundtune.comparison.tasks import Task
from groundtune.errors import BadData, UsageError
from groundtune.i18n import t
from groundtune.knowledge.add import add
from groundtune.progress import Progress
from groundtune.types import EVERYBODY, Arm, Case, Fact, Question
from groundtune.workspace.answer_arms import answer_arms, rag_arms

if TYPE_CHECKING:
    from groundtune.workspace.opening import Workspace


@dataclass(frozen=True, slots=True)
class Edit:
    """One change of one document, and three ways of asking for the fact that it changes."""

    id: str
    kind: Change
    document: str
    language: str | None
    find: str
    replace: str
    probes: tuple[str, ...]
    before: tuple[Fact, ...]
    after: tuple[Fact, ...]


def measure_fact_change(
    workspace: Workspace, task: Task, progress: Progress, stop: threading.Event | None = None
) -> Freshness:
    """Raises UsageError for a task without changes, BadData for changes that don't fit the documents."""
    if task.data.changes is None:
        raise UsageError(t("The task “{name}” names no changes to try ([data] changes).", name=task.name))
    edits, untouched = read_changes(task.data.changes)
    cases = {case.id: case for case in workspace.cases(task)}
    with tempfile.TemporaryDirectory(prefix="groundtune-facts-") as folder:
        copy = _copy(workspace, Path(folder))
        learners = [Learner(arm) for arm in _arms(workspace, copy, task, list(cases.values()), progress, stop)]
        probes = [
            *[_probe(edit, question, number) for edit in edits for number, question in enumerate(edit.probes)],
            *[Probe(name, "untouched", cases[name], cases[name]) for name in untouched if name in cases],
        ]
        return measure_freshness(
            lambda: _apply(edits, copy, Path(folder) / "edited"),
            learners,
            probes,
            answer_chars=task.answer_chars,
            progress=progress,
            stop=stop,
        )


def read_changes(path: Path) -> tuple[list[Edit], list[str]]:
    """The edits, and the ids of cases that must stay right. Raises BadData."""
    try:
        table = json.loads(path.read_text("utf-8"))
        edits = [_edit(row) for row in table["changes"]]
        return edits, [str(name) for name in table.get("untouched", [])]
    except (ValueError, KeyError, TypeError) as error:
        raise BadData(t("This is no file of changes: {error}", error=repr(error)), path=path) from error


def _edit(row: Mapping[str, Any]) -> Edit:
    return Edit(
        id=row["id"],
        kind=row["kind"],
        document=row["document"],
        language=row.get("language"),
        find=row.get("find", ""),
        replace=row.get("replace", ""),
        probes=tuple(row["probes"]),
        before=tuple(Fact(tuple(variants)) for variants in row.get("before", [])),
        after=tuple(Fact(tuple(variants)) for variants in row.get("after", [])),
    )


def _copy(workspace: Workspace, folder: Path) -> Workspace:
    """The same documents and models in another folder; what is open already is shared."""
    copy = type(workspace)(replace(workspace.settings, root=folder))
    source = workspace.database.connection
    target = sqlite3.connect(copy.settings.database)
    source.backup(target)
    target.close()
    for name in ("embedder", "analyser", "pack"):
        copy.__dict__[name] = getattr(workspace, name)
    return copy


def _arms(
    workspace: Workspace,
    copy: Workspace,
    task: Task,
    cases: Sequence[Case],
    progress: Progress,
    stop: threading.Event | None,
) -> list[Arm]:
    """The arms that know facts: those that read documents read the copy's."""
    built = {arm.name: arm for arm in answer_arms(workspace, task, cases, progress, stop)}
    alone = [arm for name, arm in built.items() if name in ("chat-alone", "tuned-chat-alone")]
    extractive = [arm for arm in rag_arms(copy, None, None, task) if arm.name in built]
    return [*alone, *extractive]


def _probe(edit: Edit, question: str, number: int) -> Probe:
    def case(facts: tuple[Fact, ...], forbidden: tuple[Fact, ...]) -> Case:
        return Case(
            id=f"{edit.id}-{number}",
            input=Question(question, date.today(), EVERYBODY, edit.language),
            language=edit.language,
            group=edit.id,
            kind="answerable" if facts else "near_topic",
            required=facts,
            forbidden=forbidden,
            relevant=(edit.document,),
        )

    return Probe(edit.id, edit.kind, case(edit.before, edit.after), case(edit.after, edit.before))


def _apply(edits: Sequence[Edit], workspace: Workspace, folder: Path) -> None:
    """Writes the edited documents as files and adds them: the way that a person's edit takes."""
    folder.mkdir()
    texts: dict[str, str] = {}
    titles: dict[str, tuple[str, str | None]] = {}
    for edit in edits:
        if edit.document not in texts:
            revisions = workspace.store.revisions(edit.document, EVERYBODY)
            today = [r for r in revisions if r.effective_from is None or r.effective_from <= date.today()]
            if not today:
                raise BadData(
                    t("The change “{id}” edits {document}, which is not there.", id=edit.id, document=edit.document)
                )
            newest = max(today, key=lambda r: (r.effective_from or date.min, r.number))
            texts[edit.document], titles[edit.document] = newest.text, (newest.title, newest.language)
        text = texts[edit.document]
        if edit.find and text.count(edit.find) != 1:
            raise BadData(
                t("“{find}” is not there exactly once in {document}.", find=edit.find, document=edit.document)
            )
        texts[edit.document] = text.replace(edit.find, edit.replace) if edit.find else f"{text}\n\n{edit.replace}\n"
    for number, (document, text) in enumerate(texts.items()):
        title, language = titles[document]
        head = ["---", f"id: {document}", f"title: {title}", f"effective_from: {date.today()}"]
        head += [f"language: {language}"] if language else []
        (folder / f"{number}.md").write_text("\n".join([*head, "---", "", text]), "utf-8")
    report = add([folder], store=workspace.store, analyser=workspace.analyser, embedder=workspace.embedder)
    if report.refused:
        raise BadData(t("The edited document was refused: {reason}", reason=report.refused[0].reason))
    workspace.index.catch_up()
