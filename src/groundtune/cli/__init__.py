"""The command line: one noun per file. A command's module is imported when it runs, so `--help` answers at once."""

from __future__ import annotations

import importlib
import sys
from typing import Any

import click

from groundtune.cli.words import give_click_our_words, in_the_readers_language
from groundtune.i18n import t

COMMANDS: dict[str, tuple[str, str]] = {
    # name: (module, one line of help)
    "demo": ("demo", "Show the whole way on the bundled sample: documents, tuning, comparison, recommendation."),
    "init": ("workspace", "Make a workspace: one folder with settings, database, models and reports."),
    "doctor": ("doctor", "Show versions, devices, models found and paths."),
    "add": ("add", "Add or update documents: files, folders, addresses, JSONL."),
    "watch": ("watch", "Follow folders and addresses: what changes there is found, what is deleted there is gone."),
    "documents": ("documents", "List, show and delete documents and their revisions."),
    "erase": ("erase", "Erase a person from documents, answers, cases, traces and indexes, and prove it."),
    "diff": ("diff", "Show what changed between two revisions of a document, clause by clause."),
    "reindex": ("reindex", "Analyse and embed all documents anew; switch to another embedder or analyser."),
    "search": ("search", "Find passages, in Korean and English."),
    "eval": ("evaluate", "Measure retrieval on cases."),
    "ask": ("ask", "Answer a question from the documents, with evidence, or say that they don't answer it."),
    "cases": ("cases", "Draft question cases from the documents, and check the drafts."),
    "calibrate": ("calibrate", "Find from cases when to refuse, so that a tolerated share of the answers is wrong."),
    "answers": ("answers", "List, show, replay and doubt the answers that were given, and learn from them."),
    "data": ("data", "Check labelled data and split it without leakage."),
    "tune": ("tune", "Fine-tune a model for a task; the same command continues after a stop."),
    "models": ("models", "List, show, promote and roll back tuned models."),
    "predict": ("predict", "Label texts with a tuned model, without torch."),
    "compare": ("compare", "Measure every approach to a task on the same held-out cases."),
    "judge": ("judge", "Let people or a chat model judge a comparison's answers, on top of the scorer."),
    "advise": ("advise", "Recommend an approach, with reasons and what would change them."),
}


class LazyGroup(click.Group):
    """Imports a command's module only when that command runs; the list of commands needs none of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"groundtune.cli.{COMMANDS[cmd_name][0]}")
        command: click.Command = getattr(module, f"{cmd_name}_command")
        return in_the_readers_language(command)

    def make_context(self, *arguments: Any, **extra: Any) -> click.Context:
        give_click_our_words()
        return super().make_context(*arguments, **extra)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section(t("Commands")):
            formatter.write_dl([(name, t(line)) for name, (_, line) in COMMANDS.items()])


@click.command(
    cls=LazyGroup,
    help=t("Choose between RAG, fine-tuning and both by measuring them on your own cases."),
    options_metavar=t("[OPTIONS]"),
    subcommand_metavar=t("COMMAND [ARGS]..."),
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(package_name="groundtune", message="%(prog)s %(version)s", help=t("Show the version and exit."))
def root() -> None:
    """The command that all others stand below."""


def main(arguments: list[str] | None = None) -> Any:
    """Runs the command line; errors that we can explain are printed without a traceback. Exit codes: docs/cli.md."""
    from groundtune.errors import GroundtuneError, StoreError

    try:
        return root.main(args=arguments, standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo(t("Stopped."), err=True)
        sys.exit(130)
    except GroundtuneError as error:
        click.echo(f"{t('Error:')} {error}", err=True)
        sys.exit(error.exit_code)
    except _damage() as error:
        said = t("The database can't be read: {error}. Run `groundtune doctor`.", error=error)
        click.echo(f"{t('Error:')} {said}", err=True)
        sys.exit(StoreError.exit_code)


def _damage() -> type[Exception]:
    """What SQLite raises for a damaged file; asked for when something was raised, so that `--help` doesn't load it."""
    from sqlite3 import DatabaseError

    return DatabaseError
