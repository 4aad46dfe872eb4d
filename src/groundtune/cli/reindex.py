"""`groundtune reindex`."""

from __future__ import annotations

import getpass
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from groundtune.cli.output import emit, json_option, open_workspace, table, workspace_option
from groundtune.i18n import t

if TYPE_CHECKING:
    from groundtune.comparison.retrieval import RetrievalCase
    from groundtune.comparison.retrieval_change import RetrievalChange
    from groundtune.comparison.statistics import Interval
    from groundtune.workspace.switching import Rooms


@click.command("reindex")
@click.option("--embedder", help=t("Switch to this embedder: “provider:name”, or a tuned one's NAME or NAME@VERSION."))
@click.option("--analyser", help=t("Switch to this analyser."))
@click.option(
    "--cases",
    "cases_path",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help=t("Measure both on these cases before anything is switched."),
)
@click.option("-k", default=10, show_default=True, type=click.IntRange(1, 1000), help=t("How many passages count."))
@click.option("--any-date", is_flag=True, help=t("A case without as_of asks any date, not today."))
@click.option("--yes", is_flag=True, help=t("Don't ask."))
@click.option("--discard", is_flag=True, help=t("Remove what a run that was stopped has left, and nothing else."))
@json_option
@workspace_option
def reindex_command(
    embedder: str | None,
    analyser: str | None,
    cases_path: Path | None,
    k: int,
    any_date: bool,
    yes: bool,
    discard: bool,
    as_json: bool,
    workspace_path: Path | None,
) -> None:
    """Split, analyse and embed all documents anew, beside the index that answers, and switch to it in one step.

    With --embedder or --analyser it asks before it switches, and with --cases it measures both first. A run that was
    stopped or killed leaves the old index in use; the same command continues.
    """
    from groundtune.comparison.retrieval import read_retrieval_cases
    from groundtune.progress import Bar, stoppable
    from groundtune.workspace import switching

    workspace = open_workspace(workspace_path)
    if discard:
        _discard(switching.discard_unfinished(workspace), as_json)
        return
    cases = [case for case in read_retrieval_cases(cases_path) if case.origin != "drafted"] if cases_path else []
    switch = switching.Switch(workspace, embedder=embedder, analyser=analyser)
    if cases:
        switch.check_present()
    asks = embedder is not None or analyser is not None or bool(cases)
    with stoppable() as stop:
        rooms = switch.build(Bar(), stop)
        change = switch.measure(cases, k, None if any_date else date.today(), Bar()) if cases else None
        if not as_json and asks:
            _print_rooms(rooms)
        if change is not None and not as_json:
            _print_change(change, k)
        switched = yes or not asks or _wanted(switch.embedder_name, switch.analyser_name, as_json)
        if switched:
            why = None if embedder is None else _reason(change, cases)
            passages = switch.make(who=getpass.getuser(), why=why, progress=Bar(), stop=stop)
        else:
            switch.leave()
            passages = rooms.present.passages
    if as_json:
        told = {"embedder": switch.embedder_name, "analyser": switch.analyser_name, "switched": switched}
        emit("reindex/1", {"passages": passages, **told, "rooms": rooms, "change": change})
    elif not switched:
        click.echo(t("Nothing was switched; the new index is removed."))
    else:
        click.echo(t("{count} {count:|passage was|passages were} indexed anew.", count=passages))
        if asks:
            names = {"embedder": switch.embedder_name, "analyser": switch.analyser_name}
            click.echo(t("In use from now on: {embedder}, {analyser}.", **names))


def _wanted(embedder: str, analyser: str, as_json: bool) -> bool:
    question = t("Switch to {embedder}, {analyser}?", embedder=embedder, analyser=analyser)
    return click.confirm(question, default=False, err=as_json)


def _reason(change: RetrievalChange | None, cases: Sequence[RetrievalCase]) -> str:
    """For the promotion log."""
    if change is None:
        return "reindex, not measured"
    return f"reindex: MRR {_signed(change.main.mrr)} over {len(cases)} cases"


def _discard(room: Any, as_json: bool) -> None:
    if as_json:
        emit("reindex-discard/1", {"discarded": room})
    elif room is None:
        click.echo(t("No unfinished run had left anything."))
    else:
        count, size = room.passages, f"{room.bytes / 1e6:.1f}"
        click.echo(t("Removed {count} {count:|passage|passages} ({size} MB) of an index.", count=count, size=size))


def _print_rooms(rooms: Rooms) -> None:
    click.echo(
        t(
            "Both indexes are there now: {present} MB in use, {beside} MB beside it. The database's file keeps the "
            "room for what comes later.",
            present=f"{rooms.present.bytes / 1e6:.1f}",
            beside=f"{rooms.beside.bytes / 1e6:.1f}",
        )
    )


def _print_change(change: RetrievalChange, k: int) -> None:
    rows = []
    for arm in change.arms:
        for name, before, after, difference in (
            (f"recall@{k}", arm.before.recall, arm.after.recall, arm.recall),
            (f"MRR@{k}", arm.before.mrr, arm.after.mrr, arm.mrr),
            (f"nDCG@{k}", arm.before.ndcg, arm.after.ndcg, arm.ndcg),
        ):
            rows.append([arm.arm, name, f"{before.value:.3f}", f"{after.value:.3f}", _signed(difference)])
    table([t("arm"), t("Measure"), t("now"), t("then"), t("Difference, 95 %")], rows)
    said = (
        t("{count} {count:|case|cases}: then, more is found, beyond chance.", count=change.main.after.n)
        if change.better
        else t("{count} {count:|case|cases}: no gain beyond chance.", count=change.main.after.n)
    )
    click.echo(said)


def _signed(interval: Interval) -> str:
    return f"{interval.value:+.3f} [{interval.low:+.3f}, {interval.high:+.3f}]"
