"""What a person means by the paths and addresses given, and what each file of them holds.

A place that can't be reached or listed whole is told of, and nothing is concluded from what it does not show. Knows
loading and fetching, not what is already stored.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from groundtune.errors import BadDocument, UsageError
from groundtune.i18n import t
from groundtune.knowledge.folders import is_known_to_be_gone, is_read, list_folder
from groundtune.knowledge.load import load
from groundtune.knowledge.options import Options
from groundtune.knowledge.remote.address import Address, is_address, read_address
from groundtune.knowledge.remote.fetch import Bounds, Copy, Entry, Gone, Remote, Signature, in_time, private_folder
from groundtune.knowledge.remote.guard import Unreached
from groundtune.types import Document


@dataclass(slots=True)
class Root:
    """One place that a person named."""

    name: str
    """An absolute path, or an address without its secrets."""
    whole: bool = True
    """Whether all that is there is known."""
    files: int = 0
    """How many were found there, those of other kinds with them."""
    remote: Remote | None = None
    address: Address | None = None


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file. It lies at `path`, or is fetched as `entry` from its root's remote."""

    origin: str
    """What its documents and refusals name: an absolute path, or an address without its secrets."""
    document_id: str
    """Of a document that states none: the path below the folder that was named."""
    root: Root
    path: Path | None = None
    entry: Entry | None = None


@dataclass(slots=True)
class Found:
    """What the places given hold, before anything of it is read."""

    files: dict[str, SourceFile] = field(default_factory=dict)
    """By origin, in order."""
    passed_over: list[str] = field(default_factory=list)
    """Files in folders whose kind is not read."""
    roots: list[Root] = field(default_factory=list)
    unlisted: list[BadDocument] = field(default_factory=list)
    """Places that could not be reached or looked into."""

    def close(self) -> None:
        """Ends the connections to them."""
        for root in self.roots:
            if root.remote is not None:
                root.remote.close()


@dataclass(frozen=True, slots=True)
class Loaded:
    """What one file gave. `derived` tells whether the document's id comes from its path."""

    document: Document
    derived: bool


@dataclass(frozen=True, slots=True)
class Read:
    """What became of one file. `found` is `None` where it is as it was, and was not read."""

    found: tuple[Loaded | BadDocument, ...] | None
    signature: Signature | None = None
    """By which it is known again; `None` where it has to be read."""


def find(places: Sequence[Path | str], bounds: Bounds, stop: threading.Event) -> Found:
    """The files that are meant, in order. A file that is named itself is taken whatever its kind.

    Raises UsageError for a path that does not exist or an address that can't be read, MissingExtra where a library for
    it is missing; and Interrupted.
    """
    found = Found()
    for place in places:
        path = as_path(place)
        if path is None:
            _find_remote(read_address(str(place)), found, bounds, stop)
        else:
            _find_local(path.resolve(), path, found)
    return found


def as_path(place: Path | str) -> Path | None:
    """The path that is meant; `None` for an address of another machine."""
    if isinstance(place, Path) or not is_address(place):
        return Path(place)
    if read_address(place).scheme != "file":
        return None
    parts = urlsplit(place)
    if parts.netloc not in ("", "localhost"):
        raise UsageError(t("An address can't be read; write it as {example}.", example="file:///FOLDER/FILE.pdf"))
    return Path(url2pathname(parts.path))


def name_of(place: Path | str) -> str:
    """By what a place is known: its absolute path, or its address without secrets."""
    path = as_path(place)
    return read_address(str(place)).name if path is None else str(path.resolve())


def read_file(file: SourceFile, known: Signature, options: Options, stop: threading.Event) -> Read:
    """What `file` holds; a file that can't be read or fetched comes as one BadDocument. Raises Gone, Interrupted.

    A file that is fetched lies in a private folder while it is read.
    """
    bounds = options.bounds
    if file.path is not None:
        if is_known_to_be_gone(str(file.path)):
            raise Gone
        return Read(tuple(_load(file, file.path, bounds)))
    remote, entry = file.root.remote, file.entry
    assert remote is not None
    assert entry is not None
    with private_folder(options.scratch) as folder:
        try:
            copy: Copy | None = in_time(lambda: remote.fetch(entry, known, folder), remote, bounds, stop)
        except Unreached as error:
            return Read((BadDocument(str(error), path=file.origin),))
        if copy is None:
            return Read(None)
        return Read(tuple(_load(file, copy.path, bounds)), copy.signature)


def origin_of(source: str) -> str:
    """The file that a document's `source` names: "folder/rows.jsonl:12" lies in "folder/rows.jsonl"."""
    name, colon, line = source.rpartition(":")
    return name if colon and line.isdigit() else source


def is_there(source: str, found: Found) -> bool:
    """Whether the file that `source` names is still there, as far as that is known."""
    origin = origin_of(source)
    if not is_address(origin):
        return not is_known_to_be_gone(origin)
    listed = any(root.whole and lies_below(origin, root.name) for root in found.roots)
    return not listed or origin in found.files


def lies_below(name: str, root: str) -> bool:
    """Whether a path or address is `root`, or in that folder."""
    name, of_name = _without_fingerprint(name)
    root, of_root = _without_fingerprint(root)
    slash = "/" if is_address(root) else os.sep
    return of_name == of_root and (name == root or name.startswith(root.rstrip(slash) + slash))


def path_below(name: str, root: str) -> str:
    """Where the address `name` lies in the folder `root`."""
    return _without_fingerprint(name)[0].removeprefix(_without_fingerprint(root)[0].rstrip("/")).lstrip("/")


def _without_fingerprint(name: str) -> tuple[str, str]:
    """An address of the web and what stands in its name for its query; a file or key may have a “?” in its name."""
    if not name.startswith(("http://", "https://")):
        return name, ""
    before, _, after = name.partition("?")
    return before, after


def _find_local(root: Path, named: Path, found: Found) -> None:
    here = Root(str(root))
    if root.is_file():
        here.files = 1
        found.files.setdefault(str(root), SourceFile(str(root), root.name, here, path=root))
    elif root.is_dir():
        listing = list_folder(root)
        for path in listing.files:
            file = SourceFile(str(path), path.relative_to(root).as_posix(), here, path=path)
            found.files.setdefault(file.origin, file)
        for error in listing.unlisted:
            reason = t("It can't be looked into: {error}", error=error.strerror or error)
            found.unlisted.append(BadDocument(reason, path=error.filename or str(root)))
        found.passed_over += map(str, listing.passed_over)
        here.files = len(listing.files) + len(listing.passed_over)
        here.whole = not listing.unlisted
    else:
        raise UsageError(t("There is no file or folder {path}.", path=named))
    found.roots.append(here)


def _find_remote(address: Address, found: Found, bounds: Bounds, stop: threading.Event) -> None:
    remote = _open(address, bounds)
    root = Root(address.name, remote=remote, address=address)
    found.roots.append(root)
    entries: list[Entry] = []

    def take() -> None:
        for entry in remote.files():
            entries.append(entry)

    try:
        in_time(take, remote, bounds, stop)
    except Gone:
        pass
    except Unreached as error:
        root.whole = False
        found.unlisted.append(BadDocument(str(error), path=address.name))
    for entry in list(entries):
        root.files += 1
        if entry.address == address or is_read(entry.below):
            file = SourceFile(entry.address.name, entry.below, root, entry=entry)
            found.files.setdefault(file.origin, file)
        else:
            found.passed_over.append(entry.address.name)


def _open(address: Address, bounds: Bounds) -> Remote:
    if address.scheme == "s3":
        from groundtune.knowledge.remote.bucket import Bucket

        return Bucket(address, bounds)
    from groundtune.knowledge.remote.web import Web

    return Web(address, bounds)


def _load(file: SourceFile, path: Path, bounds: Bounds) -> Iterator[Loaded | BadDocument]:
    """The documents of `path`, which is the file itself or a copy of it, under the file's own name."""
    try:
        for found in load(path, document_id=file.document_id, max_bytes=bounds.max_bytes):
            if isinstance(found, BadDocument):
                yield BadDocument(found.reason, path=file.origin, line=found.line)
            else:
                line = found.source.removeprefix(str(path))
                yield Loaded(replace(found, source=file.origin + line), derived=found.id == file.document_id)
    except BadDocument as error:
        yield BadDocument(error.reason, path=file.origin, line=error.line)
