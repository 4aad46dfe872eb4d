"""A derived index on disk: numpy files in a folder of their own, and one small JSON that names the folder.

Written beside and put in place by one rename, so a reader sees the old index or the new one, whole. What is missing,
torn or foreign reads as nothing: the index is then made anew. Knows no search.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import zlib
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from groundtune.knowledge.bm25 import Postings
from groundtune.knowledge.codes import Codes
from groundtune.knowledge.slots import COLUMNS, SlotTable
from groundtune.storage import locks
from groundtune.storage.documents import IndexFormat, Position

LAYOUT = 2
"""Of the files; another layout is made anew."""
_POINTER = "index.json"
_CODES = ("numbers", "scales", "lost")
_POSTINGS = ("terms", "term_ends", "heads", "starts", "slots", "counts")


@dataclass(frozen=True, slots=True)
class Saved:
    """What is written and read. The vectors and their codes are mapped, not copied."""

    format: IndexFormat
    position: Position
    slots: SlotTable
    vectors: npt.NDArray[np.float32]
    """(slots, dimension)"""
    codes: Codes
    postings: Postings


def save(folder: Path, saved: Saved) -> None:
    """Replaces what `folder` holds. Two processes may save at once: the last one's stays.

    Where nothing can be written, nothing stays: the next process then makes the index anew.
    """
    fresh = folder / f"{saved.position.number}-{secrets.token_hex(6)}"
    mine: int | None = None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        mine = locks.lock(fresh)
        fresh.mkdir()
        _write_all(fresh, saved)
        (fresh / _POINTER).replace(folder / _POINTER)
    except OSError:
        shutil.rmtree(fresh, ignore_errors=True)
        forget(folder)
    else:
        _sweep(folder)
    finally:
        if mine is not None:
            locks.release(fresh, mine)


def _write_all(fresh: Path, saved: Saved) -> None:
    arrays: dict[str, npt.NDArray[Any]] = {name: saved.slots[name] for name in COLUMNS}
    arrays |= {f"postings_{name}": getattr(saved.postings, name) for name in _POSTINGS}
    sums = {name: _write(fresh / f"{name}.npy", array) for name, array in arrays.items()}
    large = {"vectors": saved.vectors} | {f"codes_{name}": getattr(saved.codes, name) for name in _CODES}
    for name, array in large.items():  # too large to be checked at each opening; the other files have checksums
        _write(fresh / f"{name}.npy", array)
        _sync(fresh / f"{name}.npy")
    state = {
        "layout": LAYOUT,
        "folder": fresh.name,
        "format": asdict(saved.format),
        "position": asdict(saved.position),
        "readers": [None if readers is None else sorted(readers) for readers in saved.slots.readers],
        "sums": sums,
    }
    (fresh / _POINTER).write_text(json.dumps(state, ensure_ascii=False), "utf-8")
    _sync(fresh / _POINTER)


def forget(folder: Path) -> None:
    """Removes what was saved."""
    with suppress(OSError):
        (folder / _POINTER).unlink()
    _sweep(folder)


def load(folder: Path, format: IndexFormat | None) -> Saved | None:
    """What was saved last for `format`, or `None`."""
    state = _pointer(folder)
    while state is not None and format is not None:
        saved = _read(folder, state, format)
        newest = _pointer(folder)
        if saved is not None or newest == state:
            return saved
        state = newest  # another process replaced the files while they were read
    return None


def _read(folder: Path, state: dict[str, Any], format: IndexFormat) -> Saved | None:
    try:
        if state["layout"] != LAYOUT or state["format"] != asdict(format):
            return None
        arrays = {name: _map(folder / state["folder"], name) for name in state["sums"]}
        if any(zlib.crc32(arrays[name].data) != total for name, total in state["sums"].items()):
            return None
        vectors = _map(folder / state["folder"], "vectors")
        readers = [None if groups is None else frozenset(groups) for groups in state["readers"]]
        slots = SlotTable({name: arrays[name] for name in COLUMNS}, readers)
        codes = Codes(*(_map(folder / state["folder"], f"codes_{name}") for name in _CODES))
        if vectors.shape != (len(slots), format.dimension) or vectors.dtype != np.float32:
            return None
        if codes.numbers.shape != vectors.shape or len(codes) != len(slots) or len(codes.lost) != len(slots):
            return None
        postings = Postings(**{name: arrays[f"postings_{name}"] for name in _POSTINGS})
        return Saved(format, Position(**state["position"]), slots, vectors, codes, postings)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _map(folder: Path, name: str) -> npt.NDArray[Any]:
    return np.asarray(np.load(folder / f"{name}.npy", mmap_mode="r"))


def _write(path: Path, array: npt.NDArray[Any]) -> int:
    """Returns the checksum of the array's bytes."""
    whole = np.ascontiguousarray(array)
    with path.open("wb") as file:
        np.save(file, whole)
    return zlib.crc32(whole.data)


def _sync(path: Path) -> None:
    """Waits until the file is on the disk."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _pointer(folder: Path) -> dict[str, Any] | None:
    try:
        state = json.loads((folder / _POINTER).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return state if isinstance(state, dict) else None


def _sweep(folder: Path) -> None:
    """Removes the files that were replaced, and those that a killed process left unfinished: all that are not in use
    and that no process is writing."""
    for entry in list(folder.iterdir()) if folder.is_dir() else ():
        if not entry.is_dir() or entry.name == (_pointer(folder) or {}).get("folder"):
            continue
        with suppress(OSError):
            nobodys = locks.lock(entry)
            if nobodys is not None:
                shutil.rmtree(entry, ignore_errors=True)
                locks.release(entry, nobodys)
