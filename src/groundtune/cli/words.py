"""Help and usage errors in the reader's language: click's own words, and the docstrings that it shows as help.

click asks gettext's process-wide catalogue, which needs compiled files and listens to other variables than
GROUNDTUNE_LANG. So its modules are given our `t` in gettext's place; the Korean is in `locale/ko/click.toml`.
"""

from __future__ import annotations

import gettext
import sys
from copy import copy
from inspect import cleandoc
from typing import Any, TypeVar

import click

from groundtune.cli.output import columns
from groundtune.i18n import t

C = TypeVar("C", bound=click.Command)


def give_click_our_words() -> None:
    """From now on click's modules say what `t` says, and know that Hangul is two columns wide.

    What a later click does otherwise stays in English.
    """
    ours = {"_": t, "ngettext": _one_or_many, "term_len": lambda text: columns(click.unstyle(text))}
    theirs = {gettext.gettext, gettext.ngettext, getattr(sys.modules.get("click._compat"), "term_len", None)}
    for name, module in list(sys.modules.items()):
        if name.startswith("click.") and name != "click._compat":
            for attribute, function in ours.items():
                if getattr(module, attribute, None) in theirs - {None}:
                    setattr(module, attribute, function)


def _one_or_many(one: str, many: str, n: int) -> str:
    return t(one if n == 1 else many)


def in_the_readers_language(command: C) -> C:
    """A copy of `command`, and of the commands below it, whose help and names of values the reader understands."""
    told = copy(command)
    told.help = paragraphs(command.help) if command.help else None
    told.options_metavar = t("[OPTIONS]")
    told.params = [_told(parameter) for parameter in command.params]
    if isinstance(told, click.Group):
        told.subcommand_metavar = t(told.subcommand_metavar)
        told.commands = {name: in_the_readers_language(below) for name, below in told.commands.items()}
    return told


def paragraphs(text: str) -> str:
    """A docstring's paragraphs, each on one line, in the reader's language."""
    return "\n\n".join(t(" ".join(paragraph.split())) for paragraph in cleandoc(text).split("\n\n"))


def _told(parameter: click.Parameter) -> click.Parameter:
    told: Any = copy(parameter)
    told.type = copy(parameter.type)
    told.type.name = t(parameter.type.name)
    return told  # type: ignore[no-any-return]
