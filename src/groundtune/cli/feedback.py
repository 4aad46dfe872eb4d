"""`groundtune answers mark` and `groundtune answers review`."""

from __future__ import annotations

import getpass
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from groundtune.cli.kept import heading, summary
from groundtune.cli.output import emit, json_option, open_workspace, reader_option, workspace_option
from groundtune.i18n import t

if TYPE_CHECKING:
    from groundtune.storage.feedback import Feedback
    from groundtune.storage.kept import KeptAnswer
    from groundtune.types import Reader
    from groundtune.workspace.reviewing import CaseFiles, Reviewing, Side, Written

_VERDICTS = ("right", "wrong", "missing")


@click.command("mark")
@click.argument("answer_id", metavar="ID", type=int)
@click.argument("verdict", type=click.Choice(_VERDICTS))
@click.option(
    "--passage", default=None, metavar="NAME", help=t("The passage or document that answers, such as leave#3.")
)
@click.option("--note", default="", help=t("What whoever reviews it should know."))
@reader_option
@json_option
@workspace_option
def mark_command(
    answer_id: int,
    verdict: Any,
    passage: str | None,
    note: str,
    reader: Reader | None,
    as_json: bool,
    workspace_path: Path | None,
) -> None:
    """Say that an answer is right or wrong, or that something is missing in it."""
    reviewing = open_workspace(workspace_path).answers.reviewing
    number = reviewing.mark(answer_id, verdict, passage=passage, note=note, reader=reader)
    if as_json:
        emit("feedback/1", {"feedback": number, "id": answer_id, "verdict": verdict, "passage": passage, "note": note})
    else:
        click.echo(t("Noted as feedback {number}. Next: groundtune answers review", number=number))


@click.command("review")
@click.option("--accept", "accepted", type=int, multiple=True, metavar="N", help=t("Accept this feedback."))
@click.option("--reject", "rejected", type=int, multiple=True, metavar="N", help=t("Reject this feedback."))
@click.option(
    "--fact",
    "facts",
    multiple=True,
    metavar="TEXT",
    help=t("With one --accept: what a right answer states, variants as “20 days|20일”; may be repeated."),
)
@click.option(
    "--into",
    type=click.Choice(["cases", "pairs"]),
    default=None,
    help=t("To measure on or to learn from; by default as nearly equal questions, else by halves."),
)
@click.option("--cases", type=click.Path(dir_okay=False, path_type=Path), help=t("The file of retrieval cases."))
@click.option("--answer-cases", type=click.Path(dir_okay=False, path_type=Path), help=t("The file of answer cases."))
@click.option("--pairs", type=click.Path(dir_okay=False, path_type=Path), help=t("The file of training pairs."))
@click.option("--who", default=None, help=t("Who reviews; by default the user who runs this."))
@json_option
@workspace_option
def review_command(
    accepted: tuple[int, ...],
    rejected: tuple[int, ...],
    facts: tuple[str, ...],
    into: Any,
    cases: Path | None,
    answer_cases: Path | None,
    pairs: Path | None,
    who: str | None,
    as_json: bool,
    workspace_path: Path | None,
) -> None:
    """Walk through open feedback and accept or reject it; only what is accepted becomes cases or training pairs."""
    from groundtune.errors import UsageError
    from groundtune.workspace.reviewing import CaseFiles

    if facts and len(accepted) != 1:
        raise UsageError(t("--fact goes with one --accept."))
    workspace = open_workspace(workspace_path)
    usual = CaseFiles.below(workspace.settings.root)
    files = CaseFiles(cases or usual.retrieval, answer_cases or usual.answers, pairs or usual.pairs)
    decide = _Decide(workspace.answers.reviewing, files, who or getpass.getuser(), into, as_json)
    for number in accepted:
        decide.accept(number, [fact.split("|") for fact in facts])
    for number in rejected:
        decide.reject(number)
    left = workspace.answers.reviewing.open()
    if as_json:
        made = {"accepted": accepted, "rejected": rejected, "written": decide.written}
        emit("review/1", {**made, "open": [_plain(*one) for one in left]})
    elif not accepted and not rejected:
        _walk(left, decide)


class _Decide:
    """Takes decisions to the workspace and says what came of them."""

    def __init__(self, reviewing: Reviewing, files: CaseFiles, who: str, into: Side | None, silent: bool) -> None:
        self._reviewing, self._files, self._who, self._into, self._silent = reviewing, files, who, into, silent
        self.written: list[dict[str, Any]] = []

    def accept(self, number: int, facts: Sequence[Sequence[str]]) -> None:
        rows = self._reviewing.accept(number, who=self._who, facts=facts, into=self._into, files=self._files)
        self.written += [{"feedback": number, "file": row.file, "line": row.line, "row": dict(row.row)} for row in rows]
        if not self._silent:
            for line in map(_said, rows) if rows else [t("Accepted; it names no passage, so no case comes of it.")]:
                click.echo(f"{number}: {line}")

    def reject(self, number: int) -> None:
        self._reviewing.reject(number)
        if not self._silent:
            click.echo(f"{number}: {t('Rejected.')}")


def _said(row: Written) -> str:
    if row.line is not None:
        return t("The same question is in {file} already, line {line}.", file=row.file, line=row.line)
    return t("Added to {file}.", file=row.file)


def _walk(left: Sequence[tuple[Feedback, KeptAnswer]], decide: _Decide) -> None:
    from groundtune.cli.ask import print_answer

    if not left:
        click.echo(t("No feedback is open."))
    for feedback, kept in left:
        click.secho(heading(kept), bold=True)
        if kept.answer is not None:
            print_answer(kept.answer)
        click.echo("  " + " · ".join(filter(None, (t(feedback.verdict), feedback.passage, feedback.note))))
        choice = click.prompt(t("Accept [a], reject [r], skip [s] or stop [q]?"), type=click.Choice(list("arsq")))
        if choice == "q":
            return
        if choice == "a":
            said = click.prompt(
                t("What does a right answer state? Variants as “20 days|20일”, facts apart by “;”, or nothing"),
                default="",
                show_default=False,
            )
            decide.accept(feedback.id, [fact.strip().split("|") for fact in said.split(";") if fact.strip()])
        elif choice == "r":
            decide.reject(feedback.id)


def _plain(feedback: Feedback, kept: KeptAnswer) -> dict[str, Any]:
    return {
        "feedback": feedback.id,
        "given_at": feedback.given_at,
        "verdict": feedback.verdict,
        "passage": feedback.passage,
        "note": feedback.note,
        "answer": summary(kept),
    }
