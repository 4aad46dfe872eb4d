"""Reads every byte of a workspace for what was erased: names in all their encodings, terms, vectors. Changes nothing.

Archives are looked into. It knows nothing of compressed pages, of pictures, or of blocks of the disk that no file has.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from groundtune.i18n import t
from groundtune.knowledge.analyse import open_analyser
from groundtune.privacy import Finder, Person
from groundtune.progress import Progress, Silent
from groundtune.settings import Settings
from groundtune.workspace.erasing_files import Spared, places_in_archive

_CHUNK = 8
"""Bytes of a vector that are looked for first."""


@dataclass(frozen=True, slots=True)
class Scan:
    files: int
    bytes: int
    hits: tuple[str, ...]
    """Each place: the file, the offset, and in what form."""
    by_bytes: bool
    """False where the name is too short to be told by its bytes, or documents were excepted: then the database and
    what is derived from it were judged by their rows alone."""


def byte_forms(person: Person) -> list[bytes]:
    """A person's names as the terms of an index spell them, one a line."""
    analyser = open_analyser("bigram")
    terms = (analyser.tokens(name) for name in (*person.names, *person.emails))
    return [b"\n".join(term.encode() for term in found) for found in terms if len(found) > 1]


def scan(
    settings: Settings,
    finder: Finder,
    terms: Sequence[bytes],
    vectors: Sequence[bytes],
    spare: Spared | None = None,
    progress: Progress | None = None,
) -> Scan:
    """Every file below the workspace's folder, whatever made it.

    `spare` are files that mean somebody else; where there may be such, `None` being that there are none, the database
    and what is derived from it hold that other name, too.
    """
    progress = progress or Silent()
    files = [path for path in sorted(settings.root.rglob("*")) if path.is_file() and not path.is_symlink()]
    size, hits = 0, list[str]()
    progress.start(t("Reading every byte again"), len(files))
    for path in files:
        size += path.stat().st_size
        if path not in (spare or {}):
            hits += _hits(path, settings, finder, terms, vectors, by_rows=spare is not None)
        progress.advance()
    progress.finish()
    return Scan(len(files), size, tuple(hits), finder.in_bytes and spare is None)


def _hits(
    path: Path, settings: Settings, finder: Finder, terms: Sequence[bytes], vectors: Sequence[bytes], *, by_rows: bool
) -> Iterator[str]:
    name = str(path.relative_to(settings.root))
    if finder.names(name):
        yield name
    made_of_rows = settings.derived in path.parents or path.name.startswith(settings.database.name)
    with _mapped(path) as data:
        if not (made_of_rows and by_rows):
            yield from (f"{name} @{offset} ({form})" for offset, form in finder.bytes_found(data))
            yield from (f"{name} @{place} (terms)" for term in terms for place in _places(data, term))
        if made_of_rows:
            yield from (f"{name} @{place} (vector)" for place in _vectors(data, vectors))
    yield from (f"{path.relative_to(settings.root).parent}/{place}" for place in places_in_archive(path, finder))


@contextmanager
def _mapped(path: Path) -> Iterator[bytes | mmap.mmap]:
    with path.open("rb") as file:
        if path.stat().st_size == 0:
            yield b""
            return
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            yield data


def _places(data: bytes | mmap.mmap, sought: bytes) -> Iterator[int]:
    place = data.find(sought)
    while place >= 0:
        yield place
        place = data.find(sought, place + 1)


def _vectors(data: bytes | mmap.mmap, vectors: Sequence[bytes]) -> Iterator[int]:
    """Where one of `vectors` (float32, all of one length) stands, at whatever offset."""
    if not vectors or len(data) < len(vectors[0]):
        return
    chosen = {chunk: (start, vector) for vector in vectors for start, chunk in [_telling(vector)]}
    wanted: npt.NDArray[np.uint64] = np.unique(np.frombuffer(b"".join(chosen), "<u8"))
    for offset in range(_CHUNK):
        words = np.frombuffer(data, "<u8", count=(len(data) - offset) // _CHUNK, offset=offset)
        for place in np.flatnonzero(np.isin(words, wanted)).tolist():
            at = offset + _CHUNK * place
            start, vector = chosen[bytes(data[at : at + _CHUNK])]
            if at >= start and data[at - start : at - start + len(vector)] == vector:
                yield at - start
        del words  # it holds the mapped file


def _telling(vector: bytes) -> tuple[int, bytes]:
    """Two neighbouring numbers of a vector that are not zero, where there are such, and where they stand."""
    numbers = np.frombuffer(vector, "<f4")
    both = np.flatnonzero((numbers[:-1] != 0) & (numbers[1:] != 0))
    start = 4 * int(both[0]) if len(both) else 0
    return start, vector[start : start + _CHUNK]
