"""`groundtune answers`: what was asked and answered, asked again, and doubted."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from groundtune.cli.doubtful import doubtful_command
from groundtune.cli.feedback import mark_command, review_command
from groundtune.cli.gaps import gaps_command
from groundtune.cli.kept import midnight, short, state, summary
from groundtune.cli.output import Day, emit, json_option, open_workspace, reader_option, table, workspace_option
from groundtune.i18n import t

if TYPE_CHECKING:
    from groundtune.storage.kept import Source
    from groundtune.types import Reader
    from groundtune.workspace.replaying import Cause, Replay


@click.group("answers")
def answers_command() -> None:
    """List the answers that were given, give them again, see which are doubtful, and learn from what people say."""


for _command in (doubtful_command, mark_command, review_command, gaps_command):
    answers_command.add_command(_command)


@answers_command.command("list")
@click.option("--refused", is_flag=True, help=t("Only refusals."))
@click.option("--since", type=Day(), default=None, help=t("Only what was asked on this day or later."))
@reader_option
@json_option
@workspace_option
def list_command(
    refused: bool, since: date | None, reader: Reader | None, as_json: bool, workspace_path: Path | None
) -> None:
    """List the answers that are kept, oldest first."""
    kept = open_workspace(workspace_path).answers.store.all(
        reader, since=None if since is None else midnight(since), refused=True if refused else None
    )
    if as_json:
        emit("answers/1", {"answers": [summary(one) for one in kept]})
        return
    rows = [
        (str(one.id), f"{one.asked_at.astimezone():%Y-%m-%d %H:%M}", str(one.question.as_of), state(one), short(one))
        for one in kept
    ]
    table((t("id"), t("asked"), t("as of"), t("outcome"), t("question")), rows)
    click.echo(t("{count} {count:|answer|answers}.", count=len(rows)))


@answers_command.command("show")
@click.argument("answer_id", metavar="ID", type=int)
@click.option("--prompt", "with_prompt", is_flag=True, help=t("Show what a chat model was told."))
@reader_option
@json_option
@workspace_option
def show_command(
    answer_id: int, with_prompt: bool, reader: Reader | None, as_json: bool, workspace_path: Path | None
) -> None:
    """Show an answer as it was given, with what decided it."""
    from groundtune.cli.ask import answer_for_programs, print_answer

    workspace = open_workspace(workspace_path)
    kept = workspace.answers.store.get(answer_id, reader)
    if as_json:
        answer = None if kept.answer is None else answer_for_programs(kept.answer)
        sources = [_plain_source(source) for source in kept.sources]
        more = {"settings": kept.settings, "answer": answer, "prompt": kept.prompt, "sources": sources}
        emit("kept-answer/1", summary(kept) | more)
        return
    click.secho(kept.question.text, bold=True)
    groups = ", ".join(sorted(kept.question.reader.groups)) or t("everybody")
    when = f"{kept.asked_at.astimezone():%Y-%m-%d %H:%M}"
    click.echo(t("Asked {when} by a reader of: {groups}", when=when, groups=groups) + "\n")
    if kept.answer is None:
        click.echo(t("A document that this answer showed was deleted; its words went with it."))
    else:
        print_answer(kept.answer)
    told = kept.settings
    settings = " · ".join(filter(None, (f"groundtune {told.version}", told.embedder, told.analyser)))
    click.echo(settings)
    for message in kept.prompt if with_prompt else ():
        click.secho(f"\n{message.role}", bold=True)
        click.echo(message.content)


@answers_command.command("forget")
@click.argument("answer_ids", metavar="[ID]...", nargs=-1, type=int)
@click.option("--before", type=Day(), default=None, help=t("All that was asked before this day."))
@click.option("--yes", is_flag=True, help=t("Don't ask."))
@json_option
@workspace_option
def forget_command(
    answer_ids: tuple[int, ...], before: date | None, yes: bool, as_json: bool, workspace_path: Path | None
) -> None:
    """Remove answers, with what people said of them, to the byte."""
    from groundtune.errors import UsageError

    if not answer_ids and before is None:
        raise UsageError(t("Name answers by their ids, or a day with --before."))
    store = open_workspace(workspace_path).answers.store
    ids = {store.get(answer_id).id for answer_id in answer_ids}
    if before is not None:
        ids |= {kept.id for kept in store.all() if kept.asked_at < midnight(before)}
    if not yes:
        click.confirm(t("Remove {count} {count:|answer|answers}?", count=len(ids)), abort=True, err=as_json)
    gone = store.erase(ids)
    if as_json:
        emit("forget/1", {"forgotten": sorted(ids)})
    else:
        click.echo(t("Removed {count} {count:|answer|answers}.", count=gone))


@answers_command.command("replay")
@click.argument("answer_id", metavar="ID", type=int)
@reader_option
@json_option
@workspace_option
def replay_command(answer_id: int, reader: Reader | None, as_json: bool, workspace_path: Path | None) -> None:
    """Ask the question again, as of the same day, of the revisions that were known then, and compare."""
    from groundtune.cli.ask import answer_for_programs

    replay = open_workspace(workspace_path).answers.replay(answer_id, reader)
    if as_json:
        found = {"same": replay.same, "differences": replay.differences, "causes": replay.causes}
        emit("replay/1", {"id": answer_id, **found, "answer": answer_for_programs(replay.answer)})
        return
    _print_replay(replay)


def _plain_source(source: Source) -> dict[str, Any]:
    return {
        "use": source.use,
        "document": source.document_id,
        "revision": source.revision_number,
        "ordinal": source.ordinal,
        "start": source.start,
        "end": source.end,
        "content_hash": source.content_hash,
    }


def _print_replay(replay: Replay) -> None:
    kept, now = replay.kept, replay.answer
    if replay.same:
        click.echo(t("Answer {number} comes out the same, to the letter.", number=kept.id))
    elif kept.answer is None or replay.differences is None:
        click.echo(t("A document that this answer showed was deleted; its words went with it."))
        click.echo(t("Today: {text}", text=now.text))
    else:
        click.secho(t("Answer {number} comes out otherwise.", number=kept.id), bold=True)
        if kept.answer.text != now.text:
            click.secho(f"  - {kept.answer.text}", fg="red")
            click.secho(f"  + {now.text}", fg="green")
        named = ", ".join(f"{name} ({count})" for name, count in Counter(d.field for d in replay.differences).items())
        click.echo("  " + t("What differs: {fields}", fields=named))
    for line in _causes(replay.causes):
        click.echo(f"→ {line}")
    if replay.differences and not replay.causes:
        click.echo(t("Nothing that is kept of what decides it has changed; a chat model need not answer alike twice."))


def _causes(causes: tuple[Cause, ...]) -> list[str]:
    lines = [
        t("The setting “{name}” was {then} and is {now}.", name=cause.name, then=cause.then, now=cause.now)
        for cause in causes
        if cause.kind == "setting"
    ]
    gone = [cause for cause in causes if cause.kind == "deleted"]
    if gone:
        shown = sum(cause.shown for cause in gone)
        lines.append(
            t(
                "{count} {count:|document was|documents were} deleted since, {shown} of which it showed.",
                count=len(gone),
                shown=shown,
            )
        )
    lines += [
        t("Who may read {document} was changed on {day}.", document=cause.name, day=f"{cause.now:%Y-%m-%d}")
        for cause in causes
        if cause.kind == "readers"
    ]
    lines += [
        t("Whoever asked may not read {document} any more.", document=cause.name)
        for cause in causes
        if cause.kind == "not_readable"
    ]
    lines += [
        t("Words of {document} were erased since.", document=cause.name) for cause in causes if cause.kind == "erased"
    ]
    if any(cause.kind == "reindexed" for cause in causes):
        lines.append(t("Documents were indexed anew since."))
    return lines
