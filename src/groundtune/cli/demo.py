"""`groundtune demo`: the whole way on a pack's sample, with the commands that a person would type."""

from __future__ import annotations

import shutil
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from groundtune.i18n import language, t

if TYPE_CHECKING:
    from groundtune.packs import Sample


@click.command("demo")
@click.option(
    "--workspace",
    "-w",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("groundtune-demo"),
    show_default=True,
    help=t("Where the demo's workspace is made; one that is there already is made anew."),
)
@click.option(
    "--pack", "pack_name", default=None, help=t("The domain pack to use; by default the one that is installed.")
)
@click.option(
    "--quick", is_flag=True, help=t("Train and compare on very little: shows that everything runs, not how well.")
)
def demo_command(folder: Path, pack_name: str | None, quick: bool) -> None:
    """Show the whole way on the bundled sample: documents, answers, tuning, comparison, recommendation, report."""
    started = time.perf_counter()
    sample = _sample(pack_name)
    folder = folder.resolve()
    _make_anew(folder)
    _run("init", folder, *(["--pack", pack_name] if pack_name else []))
    answer, classify = _write_tasks(sample, folder, quick)
    at = ["--workspace", folder]

    _say(t("1. Documents: revisions with their dates, in two languages"))
    _run("add", sample.documents, *at)
    _say(t("2. Three questions; the documents don't answer the last one"))
    for name in ("ko", "en", "unanswered"):
        _run("ask", sample.questions[name], *at)
    _say(t("3. Labelled data: what is wrong with it, and a split without leakage"))
    _run("data", "check", classify)
    _say(t("4. Fine-tuning: a classifier, and the small chat model"))
    _run("tune", classify, *at)
    _run("tune", answer, *at)
    _say(t("5. Comparison on held-out cases, and the recommendation"))
    few = (4, 4) if quick else (30, 20)
    _run("compare", classify, "--cases", few[0], *at)
    _run("compare", answer, "--cases", few[1], *([] if quick else _FACTS), *at)

    report = _report(folder, (answer, classify))
    _say(t("Done in {minutes} minutes.", minutes=f"{(time.perf_counter() - started) / 60:.1f}"))
    if quick:
        click.echo(t("The figures above come from a shortened run: they show that everything works, nothing else."))
    click.echo(t("The report, with pictures: {path}", path=report))
    click.echo(
        t(
            "Next, all cases instead of a few: groundtune compare {path} --workspace {folder}",
            path=answer,
            folder=folder,
        )
    )
    click.echo(
        t("Your own documents: groundtune init my-workspace && groundtune add YOUR-FOLDER --workspace my-workspace")
    )


def _sample(pack_name: str | None) -> Sample:
    from groundtune.errors import UsageError
    from groundtune.packs import installed_packs, open_pack

    packs = [open_pack(pack_name)] if pack_name else list(installed_packs().values())
    for pack in packs:
        if pack.sample is not None:
            return pack.sample
    raise UsageError(t("No installed pack has a sample to show."))


def _make_anew(folder: Path) -> None:
    """Removes an earlier demo, and nothing that isn't one."""
    from groundtune.errors import UsageError

    if not folder.exists() or not any(folder.iterdir()):
        return
    if not (folder / "tasks" / "DEMO").is_file():
        raise UsageError(
            t("{folder} is not empty and holds no demo. Name another folder with --workspace.", folder=folder)
        )
    shutil.rmtree(folder)


def _write_tasks(sample: Sample, folder: Path, quick: bool) -> tuple[Path, Path]:
    """Copies the sample's tasks and data; returns the answer and the classify task.

    The classifier is tuned as the task says, and the chat model for fewer epochs than by default, so that the demo ends
    in time; `quick` shortens both to one.
    """
    from groundtune.workspace.sample import copy_tasks

    tasks = copy_tasks(sample, folder)
    (tasks / "DEMO").touch()
    if quick:
        _thin(tasks / sample.answer_examples, keep=4)
    answer, classify = (tasks / f"{name}.toml" for name in (sample.answer_task, sample.classify_task))
    shortened = {answer: 1, classify: 1} if quick else {answer: 3}
    for task, epochs in shortened.items():
        with task.open("a", encoding="utf-8") as file:
            file.write(f"\n[tuning.loop]\nepochs = {epochs}  # {_SHORTER}\n")
    return answer, classify


def _thin(file: Path, keep: int) -> None:
    """Keeps every `keep`-th line."""
    lines = file.read_text("utf-8").splitlines(keepends=True)
    file.write_text("".join(lines[::keep]), "utf-8")


_FACTS = (
    "--facts",
    *(word for arm in ("rag-extractive", "chat-alone", "tuned-chat-alone") for word in ("--facts-arm", arm)),
)
"""Without the arms that write from passages: they take minutes, and read the documents as the extractive one does."""
_SHORTER = "the demo's; without this table training takes what was found to be best"


def _report(folder: Path, tasks: tuple[Path, ...]) -> Path:
    """One page on every task that was compared."""
    from groundtune.comparison.report import write_report
    from groundtune.comparison.tasks import read_task
    from groundtune.workspace import Workspace
    from groundtune.workspace.comparing import kept_report

    workspace = Workspace.open(folder)
    reports = [kept_report(workspace, read_task(task)) for task in tasks]
    return write_report(reports, workspace.settings.reports / "demo.html", lang=language())


def _say(heading: str) -> None:
    click.echo()
    click.secho(heading, bold=True)
    sys.stdout.flush()


def _run(*words: object) -> None:
    """Shows a command as one would type it, and runs it."""
    from groundtune.cli import root

    arguments = [str(word) for word in words]
    shown = " ".join(f'"{word}"' if " " in word else word for word in arguments)
    click.secho(f"\n$ groundtune {shown}", fg="cyan")
    root.main(args=arguments, standalone_mode=False)
    sys.stdout.flush()
