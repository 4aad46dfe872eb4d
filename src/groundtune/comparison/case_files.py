"""Writing a JSONL file of cases: whole or not at all, and no row that is there already. Knows no row's meaning."""

from __future__ import annotations

import json
import os
import tempfile
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from groundtune.comparison.cases import json_rows


def append_rows(path: Path, rows: Sequence[Mapping[str, Any]]) -> tuple[list[Mapping[str, Any]], list[int | None]]:
    """Adds `rows` behind those that `path` holds; returns those added, and each row's line where it was there before.

    The same question of the same day and groups is the same row. The file is replaced in one step: a process that is
    killed leaves the old one. Raises BadData for a file that is no JSONL.
    """
    there = {_identity(row): line for line, row in json_rows(path)} if path.exists() else {}
    known: list[int | None] = []
    added: list[Mapping[str, Any]] = []
    for row in rows:
        known.append(there.get(_identity(row)))
        if known[-1] is None:
            there[_identity(row)] = 0
            added.append(row)
    if added:
        _replace(path, [json.dumps(row, ensure_ascii=False) for row in added])
    return added, known


def same_question(text: str) -> str:
    """What two spellings of one question have in common: width, case, spaces and closing signs make no difference."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split()).rstrip("?.!。 ")


def _identity(row: Mapping[str, Any]) -> tuple[str, str, tuple[str, ...]]:
    return same_question(str(row.get("question"))), str(row.get("as_of")), tuple(sorted(row.get("groups") or ()))


def _replace(path: Path, lines: Sequence[str]) -> None:
    before = path.read_text("utf-8-sig") if path.exists() else ""
    if before and not before.endswith("\n"):
        before += "\n"
    replace_whole(path, before + "".join(f"{line}\n" for line in lines))


def replace_whole(path: Path, text: str, check: Callable[[Path], object] | None = None) -> None:
    """Writes `text` in the file's place in one step, and not at all where `check` raises on what is to stand there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if check is not None:
            check(Path(beside))
        if path.exists():
            os.chmod(beside, path.stat().st_mode)
        os.replace(beside, path)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise
