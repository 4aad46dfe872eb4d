"""Tuned models, their versions, and who promoted which, when and why. Knows nothing of what a model does.

A version is written once: its files are moved into `models/NAME/VERSION` and its row committed in the same transaction,
so a folder without a row is half a version; it is never seen and the next registration clears it away. What an alias
("champion") means is the newest line of a log that is only ever added to.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import sqlite3
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from groundtune.errors import StoreError, UnknownName, UsageError
from groundtune.i18n import t
from groundtune.storage import runs
from groundtune.storage.database import Database
from groundtune.storage.versions import Metric, ModelFile, ModelVersion, NewModel, Promotion

__all__ = ["CHAMPION", "Metric", "ModelVersion", "NewModel", "Promotion", "Registry", "check_name"]

CHAMPION = "champion"
"""The alias that is used where no version is named."""

_NAME = re.compile(r"[\w][\w.-]{0,99}")


class Registry:
    """Versions in the workspace's database, their files below `folder`."""

    def __init__(self, db: Database, folder: Path) -> None:
        self._db = db
        self._folder = folder
        self._runs = folder / ".runs"

    def register(self, model: NewModel, staged: Path) -> ModelVersion:
        """Takes the folder `staged` (on the same disk as the models) as the next version of `model.name`.

        Raises UsageError for a name that can't be a folder's, and StoreError when there is nothing in `staged`.
        """
        check_name(model.name)
        details = [
            ModelFile(str(f.relative_to(staged).as_posix()), _sha256(f), f.stat().st_size) for f in _files(staged)
        ]
        if not details:
            raise StoreError(t("There are no files to register in {folder}.", folder=staged))
        parent = self.champion(model.name)
        for file in _files(staged):
            _sync(file)
        with self._db.transaction() as connection:
            newest = connection.execute("SELECT max(version) FROM model_versions WHERE name = ?", (model.name,))
            version = int(newest.fetchone()[0] or 0) + 1
            target = self._folder / model.name / str(version)
            if target.exists():  # a registration that was killed before its row was committed
                shutil.rmtree(target)
            target.parent.mkdir(parents=True, exist_ok=True)
            os.replace(staged, target)
            _sync(target.parent)
            connection.execute(
                "INSERT INTO model_versions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    model.name,
                    version,
                    model.kind,
                    "ready" if model.unfit is None else "unfit",
                    model.unfit or "",
                    parent,
                    model.base_model,
                    model.data_hash,
                    model.split_hash,
                    _json(model.recipe),
                    model.seed,
                    _json({name: [m.value, m.low, m.high] for name, m in model.metrics.items()}),
                    _json(model.libraries),
                    _now(),
                ),
            )
            connection.executemany(
                "INSERT INTO model_files VALUES (?, ?, ?, ?, ?)",
                [(model.name, version, file.path, file.sha256, file.bytes) for file in details],
            )
        return self.get(model.name, version)

    def workplace(self, name: str, fingerprint: str) -> AbstractContextManager[Path]:
        """A folder for making a version of `name`, the same for the same `fingerprint`; it is no version yet.

        Entering it raises UsageError when another process works in it.
        """
        check_name(name)
        return runs.held(self._runs / f"{name}-{fingerprint}")

    def unfinished(self) -> tuple[runs.Run, ...]:
        """Runs that were begun and made no version, whether somebody works on them or not."""
        return runs.unfinished(self._runs)

    def forget_unfinished(self) -> tuple[runs.Run, ...]:
        """Removes the unfinished runs that nobody works on: they can't be continued any more. Returns them."""
        return runs.remove(self._runs)

    def get(self, name: str, version: int | str | None = None) -> ModelVersion:
        """A version by number or alias; by default the champion; where none was promoted the newest that may be used.

        Raises UnknownName.
        """
        rows = self._db.connection.execute(
            "SELECT * FROM model_versions WHERE name = ? ORDER BY version", (name,)
        ).fetchall()
        if not rows:
            raise UnknownName(t("model"), name, self.names(), otherwise=t("Next: groundtune tune TASK"))
        if version is None:
            fit = [row for row in rows if row["state"] == "ready"]
            number = self.champion(name) or int((fit or rows)[-1]["version"])
        elif str(version).isdigit():
            number = int(version)
        else:
            number = self._alias(name, str(version)) or 0
        for row in rows:
            if row["version"] == number:
                return self._version(row)
        known = [str(row["version"]) for row in rows]
        raise UnknownName(t("version"), f"{name}@{version}", [f"{name}@{one}" for one in known])

    def names(self, kind: str | None = None) -> tuple[str, ...]:
        """Of every model, or of those of one kind."""
        rows = self._db.connection.execute(
            "SELECT DISTINCT name FROM model_versions WHERE ?1 IS NULL OR kind = ?1 ORDER BY name", (kind,)
        )
        return tuple(row[0] for row in rows)

    def list(self, name: str | None = None) -> tuple[ModelVersion, ...]:
        """Every version, by name and number; of `name` alone when that is given."""
        rows = self._db.connection.execute(
            "SELECT * FROM model_versions WHERE ?1 IS NULL OR name = ?1 ORDER BY name, version", (name,)
        )
        return tuple(self._version(row) for row in rows)

    def champion(self, name: str) -> int | None:
        """The promoted version; `None` when there is none."""
        return self._alias(name, CHAMPION)

    def promote(self, name: str, version: int | str, *, who: str, why: str, alias: str = CHAMPION) -> Promotion:
        """Makes `alias` mean `version`. Raises UsageError when that version is unfit, StoreError when its files are
        not what was registered."""
        model = self.get(name, version)
        if model.state != "ready":
            raise UsageError(t("{model} must not be promoted: {why}", model=model, why=model.state_note))
        self.verify(model)
        return self._log(model, alias, "promote", who, why)

    def rollback(self, name: str, *, who: str, why: str, alias: str = CHAMPION) -> Promotion:
        """Makes `alias` mean the version that it meant before the newest promotion not yet rolled back."""
        earlier = []
        for line in self.promotions(name, alias):
            if line.kind == "promote":
                earlier.append(line.version)
            elif earlier:
                earlier.pop()
        if len(earlier) < 2:
            raise UsageError(t("“{name}” has no earlier {alias} to go back to.", name=name, alias=alias))
        model = self.get(name, earlier[-2])
        self.verify(model)
        return self._log(model, alias, "rollback", who, why)

    def promotions(self, name: str, alias: str | None = None) -> tuple[Promotion, ...]:
        """The log of `name`, oldest first."""
        rows = self._db.connection.execute(
            "SELECT * FROM model_promotions WHERE name = ?1 AND (?2 IS NULL OR alias = ?2) ORDER BY number",
            (name, alias),
        )
        return tuple(Promotion(**{**dict(row), "at": datetime.fromisoformat(row["at"])}) for row in rows)

    def verify(self, model: ModelVersion) -> None:
        """Raises StoreError when a file is gone or is not what was registered."""
        for file in model.details:
            path = model.folder / file.path
            if not path.is_file():
                raise StoreError(t("{model}: the file {path} is gone.", model=model, path=path))
            if _sha256(path) != file.sha256:
                raise StoreError(
                    t("{model}: the file {path} was changed after it was registered.", model=model, path=path)
                )

    def clear(self) -> tuple[Path, ...]:
        """Removes folders of versions that were never registered; returns them."""
        removed = []
        with self._db.transaction() as connection:
            rows = connection.execute("SELECT name, version FROM model_versions")
            known = {(row["name"], str(row["version"])) for row in rows}
            for folder in sorted(self._folder.glob("*/*")):
                if folder.is_dir() and folder.name.isdigit() and (folder.parent.name, folder.name) not in known:
                    shutil.rmtree(folder)
                    removed.append(folder)
        return tuple(removed)

    def _log(
        self, model: ModelVersion, alias: str, kind: Literal["promote", "rollback"], who: str, why: str
    ) -> Promotion:
        with self._db.transaction() as connection:
            connection.execute(
                "INSERT INTO model_promotions (name, alias, version, previous, kind, who, why, at) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (model.name, alias, model.version, self._alias(model.name, alias), kind, who, why, _now()),
            )
        return self.promotions(model.name, alias)[-1]

    def _alias(self, name: str, alias: str) -> int | None:
        row = self._db.connection.execute(
            "SELECT version FROM model_promotions WHERE name = ? AND alias = ? ORDER BY number DESC LIMIT 1",
            (name, alias),
        ).fetchone()
        return None if row is None else int(row["version"])

    def _version(self, row: sqlite3.Row) -> ModelVersion:
        name, version = str(row["name"]), int(row["version"])
        files = self._db.connection.execute(
            "SELECT path, sha256, bytes FROM model_files WHERE name = ? AND version = ? ORDER BY path", (name, version)
        )
        aliases = self._db.connection.execute(
            "SELECT DISTINCT alias FROM model_promotions WHERE name = ? ORDER BY alias", (name,)
        ).fetchall()
        metrics = json.loads(row["metrics"])
        return ModelVersion(
            name=name,
            version=version,
            kind=row["kind"],
            state=row["state"],
            state_note=row["state_note"],
            parent=row["parent"],
            base_model=row["base_model"],
            data_hash=row["data_hash"],
            split_hash=row["split_hash"],
            recipe=json.loads(row["recipe"]),
            seed=row["seed"],
            metrics={key: Metric(*value) for key, value in metrics.items()},
            libraries=json.loads(row["libraries"]),
            created_at=datetime.fromisoformat(row["created_at"]),
            folder=self._folder / name / str(version),
            details=tuple(ModelFile(**dict(file)) for file in files),
            aliases=tuple(a["alias"] for a in aliases if self._alias(name, a["alias"]) == version),
        )


def check_name(name: str) -> None:
    """Raises UsageError for a model's name that can't be a folder's."""
    if not _NAME.fullmatch(name):
        raise UsageError(
            t("“{name}” can't be a model's name. Use letters, digits, dots, dashes and underscores.", name=name)
        )


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
