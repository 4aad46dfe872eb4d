"""`groundtune cases make` and `groundtune cases review`."""

from __future__ import annotations

import getpass
import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from groundtune.cli.output import Groups, emit, json_option, open_workspace, reader_of, workspace_option
from groundtune.i18n import t

if TYPE_CHECKING:
    from groundtune.drafting.make import Made
    from groundtune.drafting.review import Row


@click.group("cases")
def cases_command() -> None:
    """Draft question cases from the documents, and check the drafts."""


@cases_command.command("make")
@click.option("--documents", multiple=True, metavar="ID", help=t("Draft from this document; may be repeated."))
@click.option("-n", "n", default=50, show_default=True, type=click.IntRange(1, 10_000), help=t("How many drafts."))
@click.option("--language", type=click.Choice(["ko", "en"]), help=t("From documents in this language only."))
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help=t("A new file for the drafts; by default they are printed."),
)
@click.option("--with-chat", is_flag=True, help=t("Let the workspace's chat model draft half of the questions."))
@click.option("--seed", default=0, show_default=True, help=t("Another seed draws other drafts."))
@click.option(
    "--group", "groups", type=Groups(), multiple=True, help=t("Also from documents of this group; may be repeated.")
)
@json_option
@workspace_option
def make_command(
    documents: tuple[str, ...],
    n: int,
    language: str | None,
    output: Path | None,
    with_chat: bool,
    seed: int,
    groups: tuple[frozenset[str], ...],
    as_json: bool,
    workspace_path: Path | None,
) -> None:
    """Draft question cases from what is in force today: amounts, dates, tables, definitions, and what isn't answered.

    Every draft is marked as such until a person has checked it (`groundtune cases review`), and counts in no figure
    beside those of people.
    """
    from groundtune.drafting.make import Wanted, make_cases
    from groundtune.errors import UsageError
    from groundtune.progress import Bar, stoppable

    if output is not None and output.exists():
        raise UsageError(t("{path} is there already; drafts go into a file of their own.", path=output))
    if output is not None and not output.resolve().parent.is_dir():
        raise UsageError(t("There is no folder {folder} for the drafts.", folder=output.parent))
    workspace = open_workspace(workspace_path)
    wanted = Wanted(n, (language,) if language else (), documents, seed)
    with stoppable() as stop:
        made = make_cases(
            workspace.store,
            workspace.searcher,
            wanted,
            day=date.today(),
            reader=reader_of(groups),
            chat=workspace.chat() if with_chat else None,
            progress=Bar(),
            stop=stop,
        )
    rows = [draft.row() for draft in made.drafts]
    lines = [json.dumps(row, ensure_ascii=False) for row in rows]
    if output is not None and rows:
        with output.open("x", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
    if as_json:
        emit(
            "cases-make/1",
            {
                "file": output if rows else None,
                "cases": rows,
                "wanted": n,
                "seed": seed,
                "dropped": made.dropped,
                "restricted": made.restricted,
            },
        )
        return
    if output is None:
        for line in lines:
            click.echo(line)
    _say(made, n, output if rows else None)


def _say(made: Made, wanted: int, output: Path | None) -> None:
    """On the error stream, since the drafts may be printed on the other."""
    from groundtune.drafting.checks import REASONS

    def say(text: str) -> None:
        click.echo(text, err=True)

    unanswered = sum(draft.asked.how == "unanswered" for draft in made.drafts)
    say(
        t(
            "{n} {n:|case|cases} drafted, {unanswered} of which the documents don't answer.",
            n=len(made.drafts),
            unanswered=unanswered,
        )
    )
    for reason, count in sorted(made.dropped.items(), key=lambda item: -item[1]):
        say("  " + t("{n} dropped: {why}", n=count, why=REASONS[reason]))
    if len(made.drafts) < wanted:
        say(t("The documents gave no more that stands the checks."))
    if made.restricted:
        say(
            t(
                "{n} {n:|document|documents} that not everybody may read {n:|was|were} passed over (--group).",
                n=made.restricted,
            )
        )
    if output is not None:
        say(t("They are drafts until a person has checked them: groundtune cases review {path}", path=output))


@cases_command.command("review")
@click.argument("path", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--accept", "accepted", metavar="LINES", help=t("Accept the drafts in these lines: 1,4-6, or all."))
@click.option("--reject", "rejected", metavar="LINES", help=t("Remove the drafts in these lines."))
@click.option("--who", default=None, help=t("Who decided; by default the user who runs this."))
@json_option
def review_command(path: Path, accepted: str | None, rejected: str | None, who: str | None, as_json: bool) -> None:
    """Go through the drafted cases in FILE one by one: accept, edit or reject. Accepted ones count from then on."""
    from groundtune.drafting.review import accept, drafted_rows, read_lines, reject
    from groundtune.errors import UsageError

    who = getpass.getuser() if who is None else who
    done: dict[str, list[str]] = {"accepted": [], "rejected": []}
    if accepted is None and rejected is None:
        if as_json:
            raise UsageError(t("Name the lines with --accept or --reject; one by one prints no JSON."))
        _one_by_one(path, who, done)
    else:
        taken = [] if accepted is None else read_lines(accepted, path)
        removed = [] if rejected is None else read_lines(rejected, path)
        if set(taken) & set(removed):
            raise UsageError(t("Line {line} can't be accepted and rejected.", line=min(set(taken) & set(removed))))
        if taken:
            done["accepted"] = accept(path, taken, who=who)
        if removed:
            done["rejected"] = reject(path, removed)
    left = len(drafted_rows(path))
    if as_json:
        emit("cases-review/1", {"file": path, "who": who, **done, "left": left})
        return
    click.echo(
        t(
            "{accepted} accepted, {rejected} rejected; {left} {left:|draft|drafts} left to check.",
            accepted=len(done["accepted"]),
            rejected=len(done["rejected"]),
            left=left,
        )
    )


def _one_by_one(path: Path, who: str, done: dict[str, list[str]]) -> None:
    """Each decision is kept at once, so that the next time goes on behind it."""
    from groundtune.drafting.review import accept, drafted_rows, reject

    skipped: set[str] = set()
    while True:
        rows = [row for row in drafted_rows(path) if row.values["id"] not in skipped]
        if not rows:
            return
        row = rows[0]
        _show(row, len(rows))
        choice = click.prompt(
            t("a: accept, e: edit, r: reject, s: skip, q: quit"),
            type=click.Choice(["a", "e", "r", "s", "q"]),
            show_choices=False,
        )
        if choice == "q":
            return
        if choice == "s":
            skipped.add(row.values["id"])
        elif choice == "r":
            done["rejected"] += reject(path, [row.line])
        else:
            changes = _edited(row) if choice == "e" else {}
            done["accepted"] += accept(path, [row.line], who=who, changes=changes)


def _show(row: Row, left: int) -> None:
    values, came_from = row.values, row.values.get("drafted_from") or {}
    click.echo()
    click.echo(t("Line {line}, {left} left to check", line=row.line, left=left))
    click.echo(click.style(f"  {values['question']}", bold=True))
    if values.get("kind", "answerable") == "answerable":
        click.echo("  " + t("A right answer states: {facts}", facts=_facts_shown(values)))
    else:
        click.echo("  " + t("This question must be refused."))
    if came_from.get("quote"):
        click.echo(f"  “{came_from['quote']}”")
    click.echo(f"  {came_from.get('passage') or came_from.get('document') or ''}")


def _facts_shown(values: Any) -> str:
    return "; ".join(" / ".join(variants) for variants in values.get("facts", []))


def _edited(row: Row) -> dict[str, Any]:
    """The question and the facts as a person writes them: facts by “;”, a fact's variants by “ / ”."""
    changes: dict[str, Any] = {"question": click.prompt(t("Question"), default=row.values["question"]).strip()}
    if row.values.get("kind", "answerable") == "answerable":
        written = click.prompt(t("Facts (a / b; c)"), default=_facts_shown(row.values))
        facts = [[v.strip() for v in fact.split(" / ") if v.strip()] for fact in written.split(";")]
        changes["facts"] = [variants for variants in facts if variants]
    return changes
