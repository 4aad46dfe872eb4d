"""Reads what was found: each file whose contents are not known to be as they were. Knows what is stored of each file,
and stores nothing.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from groundtune.errors import BadDocument
from groundtune.i18n import t
from groundtune.knowledge.options import Options
from groundtune.knowledge.outcome import Refusal
from groundtune.knowledge.remote.fetch import Gone, Interrupted, Signature
from groundtune.knowledge.sources import Found, Loaded, Read, SourceFile, origin_of, read_file
from groundtune.progress import Progress
from groundtune.storage.documents import DocumentStore
from groundtune.storage.encoding import check_text
from groundtune.storage.erasures import Erased
from groundtune.storage.rows import NewRefusal
from groundtune.types import Document


@dataclass(slots=True)
class Looked:
    """What one run found out about its places."""

    found: Found
    loaded: list[Loaded] = field(default_factory=list)
    read: dict[str, Signature | None] = field(default_factory=dict)
    """Origins that were read, and by what each is known again."""
    as_they_were: dict[str, frozenset[str]] = field(default_factory=dict)
    """Origins that were not read because nothing has changed, and the documents that each holds."""
    refused: list[Refusal] = field(default_factory=list)
    missing: dict[str, bool] = field(default_factory=dict)
    """Origins at addresses that documents came from and no listing names, and whether each is known to be gone."""
    erased: list[Refusal] = field(default_factory=list)
    """Those of them that are refused for what was erased. They go on no list: their paths may name the person."""

    def to_list(self) -> list[Refusal]:
        """Those that go on the list."""
        return [refusal for refusal in self.refused if refusal not in self.erased]

    def origins_refused(self) -> set[str]:
        return {refusal.path for refusal in self.refused}

    def places(self) -> list[str]:
        """What was looked at; a place that could not be reached was looked at, too."""
        return [*self.read, *(root.name for root in self.found.roots if root.name not in self.found.files)]


def look(
    found: Found,
    store: DocumentStore,
    options: Options,
    *,
    progress: Progress,
    stop: threading.Event,
) -> Looked:
    """Reads until `stop`."""
    looked = Looked(found, refused=[refusal_of(error) for error in found.unlisted])
    guard = store.erasures.guard()
    on_list = {row.path for row in store.refusals.all()}
    progress.start(t("Reading"), len(found.files))
    for file in list(found.files.values()):
        if stop.is_set():
            break
        held = store.origins.find(file.origin) if file.entry is not None else None
        trusted = held is not None and not (options.again and file.origin in on_list)
        known = Signature.read(held.signature) if held is not None and trusted else Signature()
        try:
            read = read_file(file, known, options, stop)
        except Gone:
            del found.files[file.origin]
            file.root.files -= 1
        except Interrupted:
            break
        else:
            if read.found is None:
                looked.as_they_were[file.origin] = held.documents if held is not None else frozenset()
            else:
                _take(file, read, looked, guard)
        progress.advance()
    progress.finish()
    return looked


def refusal_of(error: BadDocument) -> Refusal:
    source = str(error.path) if error.path is not None else ""
    return Refusal(origin_of(source), error.reason, error.line or line_of(source))


def line_of(source: str) -> int | None:
    line = source.rpartition(":")[2]
    return int(line) if origin_of(source) != source else None


def for_the_list(refusal: Refusal, looked: Looked, options: Options) -> NewRefusal:
    """A refusal as it is kept, with the hash of what was refused."""
    signature = looked.read.get(refusal.path)
    sha256 = signature.sha256 if signature is not None else _hash_of_file(Path(refusal.path), options.bounds.max_bytes)
    return NewRefusal(refusal.path, refusal.line, refusal.reason, sha256)


def _take(file: SourceFile, read: Read, looked: Looked, guard: Callable[[Document], None]) -> None:
    looked.read[file.origin] = read.signature
    for found in read.found or ():
        try:
            if isinstance(found, BadDocument):
                raise found
            check_text(found.document)
            guard(found.document)
        except BadDocument as error:
            looked.refused.append(refusal_of(error))
            if isinstance(error, Erased):
                looked.erased.append(looked.refused[-1])
                looked.read.pop(file.origin, None)
        else:
            looked.loaded.append(found)


def _hash_of_file(path: Path, max_bytes: int) -> str | None:
    try:
        if path.stat().st_size > max_bytes:
            return None
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None  # a file that can't be read is on the list all the same
