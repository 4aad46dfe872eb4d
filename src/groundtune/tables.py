"""A TOML file that is read key by key, strictly: a key of the wrong type or one too many is an error that names it.

Knows no key. Settings and tasks are read with it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from groundtune.errors import BadInput
from groundtune.i18n import t

_NAME = re.compile(r"\w(?:[\w .-]{0,98}[\w.-])?")


def read_toml(path: Path) -> Table:
    """Raises BadInput for what is no TOML."""
    try:
        return Table(tomllib.loads(path.read_text("utf-8")), path)
    except FileNotFoundError as error:
        raise BadInput(t("There is no such file."), path=path) from error
    except OSError as error:
        reason = t("The file can't be read: {error}", error=error.strerror or error)
        raise BadInput(reason, path=path) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(t("This is not valid TOML: {error}", error=error), path=path) from error


class Table:
    """A TOML table of which each key is asked for; what is left over is an error, most likely a misspelt key."""

    def __init__(self, values: Mapping[str, Any], path: Path, name: str = "") -> None:
        self._values, self._path, self._name = values, path, name
        self._known: list[str] = []

    def text(self, key: str) -> str | None:
        value = self._take(key)
        if value is not None and (not isinstance(value, str) or not value.strip()):
            raise self._bad(key, value, t("a text"))
        return value

    def name(self, key: str) -> str | None:
        """A text that can be the name of a file: nothing that leads into another folder."""
        value = self.text(key)
        if value is not None and not _NAME.fullmatch(value):
            raise self._bad(key, value, t("a name of letters, digits, spaces, dots, dashes and underscores"))
        return value

    def flag(self, key: str) -> bool:
        value = self._take(key)
        if value is not None and not isinstance(value, bool):
            raise self._bad(key, value, t("true or false"))
        return bool(value)

    def flag_or_count(self, key: str) -> bool | int | None:
        """True, false, or a whole number of at least 1."""
        value = self._take(key)
        if value is None or isinstance(value, bool):
            return value
        if not isinstance(value, int) or value < 1:
            raise self._bad(key, value, t("true, false or a whole number of at least {least}", least=1))
        return value

    def number(self, key: str, *, least: float = 0.0, most: float = float("inf")) -> float | None:
        value = self._take(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not least <= value <= most:
            wanted = t("a number of at least {least}", least=f"{least:g}")
            if most != float("inf"):
                wanted = t("a number from {least} to {most}", least=f"{least:g}", most=f"{most:g}")
            raise self._bad(key, value, wanted)
        return float(value)

    def address(self, key: str) -> str:
        value = self.text(key)
        if value is None or not value.startswith(("http://", "https://")):
            shown = None if value is None else "…"  # it may hold a password
            raise self._bad(key, shown, t("an address that begins with http:// or https://"))
        return value

    def choice(self, key: str, among: tuple[str, ...]) -> str:
        value = self._take(key)
        if value not in among:
            raise self._bad(key, value, t("one of {names}", names=", ".join(among)))
        return str(value)

    def file(self, key: str, *, needed: bool = False) -> Path | None:
        """A path relative to the task file, which must be a file."""
        name = self.text(key)
        if name is None:
            if needed:
                raise self._bad(key, None, t("the path of a file"))
            return None
        path = (self._path.parent / name).resolve()
        if not path.is_file():
            raise self._bad(key, name, t("the path of a file (there is none at {path})", path=path))
        return path

    def files(self, key: str) -> tuple[Path, ...]:
        """Paths relative to the task file, one or a list, each of which must be a file; at least one."""
        value = self._take(key)
        names = [value] if isinstance(value, str) else value
        if not isinstance(names, list) or not names or not all(isinstance(name, str) for name in names):
            raise self._bad(key, value, t("the path of a file"))
        paths = tuple((self._path.parent / name).resolve() for name in names)
        for name, path in zip(names, paths, strict=True):
            if not path.is_file():
                raise self._bad(key, name, t("the path of a file (there is none at {path})", path=path))
        return paths

    def names(self, key: str) -> tuple[str, ...]:
        value = self._take(key)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self._bad(key, value, t("a list of names"))
        return tuple(value)

    def texts(self, key: str) -> dict[str, str]:
        """A table of names and texts, or a list of names."""
        value = self._take(key)
        if value is None:
            return {}
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return dict.fromkeys(value, "")
        if isinstance(value, dict) and all(isinstance(item, str) for item in value.values()):
            return dict(value)
        raise self._bad(key, value, t("a list of labels, or a table of labels with their definitions"))

    def table(self, key: str) -> Table:
        return Table(self.anything(key), self._path, f"{self._name}{key}.")

    def anything(self, key: str) -> Mapping[str, Any]:
        value = self._take(key)
        if value is not None and not isinstance(value, dict):
            raise self._bad(key, value, t("a table"))
        return value or {}

    def tables(self, key: str) -> dict[str, Table]:
        """A table of tables, by their names."""
        held = self.table(key)
        return {name: held.table(name) for name in held._values}

    def without(self, key: str, wanted: str) -> None:
        """Raises when `key` is there."""
        if key in self._values:
            raise self._bad(key, self._values[key], wanted)

    def no_more(self) -> None:
        """Raises when the table holds keys that nobody asked for."""
        for key in self._values:
            if key not in self._known:
                raise BadInput(
                    t("Unknown key “{key}”. Known here: {known}.", key=self._name + key, known=_listed(self._known)),
                    path=self._path,
                )

    def _take(self, key: str) -> Any:
        self._known.append(key)
        return self._values.get(key)

    def _bad(self, key: str, value: object, wanted: str) -> BadInput:
        found = t("it is missing") if value is None else t("it is {value}", value=repr(value))
        return BadInput(
            t("“{key}” must be {wanted}; {found}.", key=self._name + key, wanted=wanted, found=found), path=self._path
        )


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
