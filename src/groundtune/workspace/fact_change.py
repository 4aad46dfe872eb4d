"""A fact changes: edits a copy of the workspace's documents and asks every approach before and after.

The workspace itself is never touched: the experiment works on a copy of its database in a temporary folder, and a model
that is tuned anew is thrown away with it.
"""

from __future__ import annotations

import json
import sqlite3
import tempfile
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from groundtune.comparison.cases import json_rows
from groundtune.comparison.freshness import Change, Freshness, Learner, Probe, measure_freshness
from groundtune.comparison.tasks import Task
from groundtune.errors import BadData, UsageError
from groundtune.i18n import t
from groundtune.knowledge.add import add
from groundtune.progress import Progress
from groundtune.tuning.chat_data import read_chat_examples, refuse_held_out_questions
from groundtune.types import EVERYBODY, Arm, Case, Fact, Question
from groundtune.workspace.answer_arms import AnswerArms, ChatModels
from groundtune.workspace.arms import make_arms, refuse_unfit

if TYPE_CHECKING:
    from groundtune.workspace.opening import Workspace

ALONE = ("chat-alone", "tuned-chat-alone")
READING = ("rag-extractive", "rag-chat", "rag-tuned-chat")
"""Those that read documents are given the copy's."""


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
    fact_ids: tuple[str, ...] = ()
    """Facts whose training examples are out of date with it."""
    examples: tuple[Mapping[str, Any], ...] = ()
    """Training examples that state what it says now, as rows of a file of examples."""


def measure_fact_change(
    workspace: Workspace,
    task: Task,
    progress: Progress,
    stop: threading.Event | None = None,
    *,
    retrain: bool = False,
    only: Collection[str] = (),
) -> Freshness:
    """Every arm that knows facts, or those named in `only`. With `retrain` the tuned chat model is tuned anew, on
    examples that know the changes; without it, it is asked as what it is then: stale.

    Raises as `check_fact_change` does, and BadData for changes that don't fit the documents.
    """
    check_fact_change(task, retrain=retrain, only=only)
    assert task.data.changes is not None
    edits, untouched = read_changes(task.data.changes)
    cases = {case.id: case for case in workspace.cases(task)}
    with tempfile.TemporaryDirectory(prefix="groundtune-facts-") as folder:
        copy = _copy(workspace, Path(folder))
        models = ChatModels(workspace, task, progress, stop)
        anew = _tuned_anew(copy, task, edits, Path(folder), progress, stop) if retrain else None
        learners = [
            Learner(arm, anew if arm.update == "retrain" else None)
            for arm in _arms(workspace, copy, task, list(cases.values()), models, only)
        ]
        probes = [
            *[_probe(edit, question, number) for edit in edits for number, question in enumerate(edit.probes)],
            *[
                Probe(name, "untouched", cases[name], cases[name])
                for name in untouched
                if name in cases and not cases[name].drafted
            ],
        ]
        return measure_freshness(
            lambda: _apply(edits, copy, Path(folder) / "edited"),
            learners,
            probes,
            answer_chars=task.answer_chars,
            progress=progress,
            stop=stop,
        )


def check_fact_change(task: Task, *, retrain: bool = False, only: Collection[str] = ()) -> None:
    """Raises UsageError for a task without changes, or without examples to retrain on where that is asked, and for an
    arm that knows no facts; BadData for changes that can't be read."""
    if task.kind != "answer" or task.data.changes is None:
        raise UsageError(t("The task “{name}” names no changes to try ([data] changes).", name=task.name))
    for name in only:
        if name not in (*ALONE, *READING):
            raise UsageError(
                t("“{name}” learns no facts. Those that do: {known}.", name=name, known=", ".join((*ALONE, *READING)))
            )
    edits, _ = read_changes(task.data.changes)
    if retrain and (task.data.examples is None or not any(edit.examples for edit in edits)):
        raise UsageError(
            t(
                "There is nothing to retrain on: it takes examples in the task ([data] examples) and examples that "
                "state what changed (“examples” of a change in {path}).",
                path=task.data.changes,
            )
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
        fact_ids=tuple(row.get("fact_ids", [])),
        examples=tuple(dict(example) for example in row.get("examples", [])),
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
    workspace: Workspace, copy: Workspace, task: Task, cases: Sequence[Case], models: ChatModels, only: Collection[str]
) -> Sequence[Arm]:
    """The arms that know facts: those that read documents read the copy's."""
    alone, reading = (AnswerArms(documents, cases, models).makers for documents in (workspace, copy))
    makers = {name: alone[name] for name in ALONE} | {name: reading[name] for name in READING}
    return make_arms(task, {name: make for name, make in makers.items() if not only or name in only}).made


def _tuned_anew(
    copy: Workspace,
    task: Task,
    edits: Sequence[Edit],
    folder: Path,
    progress: Progress,
    stop: threading.Event | None,
) -> Callable[[], Arm]:
    """Tunes the chat model once more, as a person would after such an edit: what is out of date goes out of the
    examples, what is new comes in. Raises BadData for an example that asks as a probe does."""
    assert task.data.examples is not None
    gone = {fact for edit in edits for fact in edit.fact_ids}
    kept = [row for _, row in json_rows(task.data.examples) if gone.isdisjoint(row.get("fact_ids", []))]
    new = [
        {"id": f"{edit.id}/{number}", "language": edit.language, "fact_ids": [f"{edit.id}/after"], **example}
        for edit in edits
        for number, example in enumerate(edit.examples)
    ]
    assert task.data.changes is not None
    questions = [question for edit in edits for question in edit.probes]
    stated = [replace(example, line=0) for example in read_chat_examples(_written(new, folder / "new.jsonl"))]
    refuse_held_out_questions(stated, questions, task.data.changes)
    examples = _written([*kept, *new], folder / "examples.jsonl")
    changed = replace(task, data=replace(task.data, examples=examples))

    def tune() -> Arm:
        version, _ = copy.tune(changed, progress, stop)
        refuse_unfit(version)
        return AnswerArms(copy, (), ChatModels(copy, changed)).alone(
            "tuned-chat-alone", copy.chat(str(version)), version
        )

    return tune


def _written(rows: Sequence[Mapping[str, Any]], path: Path) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    return path


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
