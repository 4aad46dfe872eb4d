"""What all ways of fetching have in common: limits, what a file is known again by, and the copy that is read.

A copy lies in a private folder, under its own name because that tells its kind, for as long as it is read. Knows no
protocol.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Protocol, TypeVar

from groundtune.i18n import t
from groundtune.knowledge.load import MAX_BYTES
from groundtune.knowledge.remote.address import Address
from groundtune.knowledge.remote.guard import Unreached

T = TypeVar("T")

_NAME_BYTES = 120
_LOOK_SECONDS = 0.05
_LEFT_SECONDS = 24 * 3600
"""After which a folder whose process seems to be alive is another's: process numbers are given again."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a person allows an address to cost."""

    max_bytes: int = MAX_BYTES
    """Of one file; a larger one is refused before it is fetched where its size is told, else while it comes."""
    seconds: float = 600.0
    """For one file or listing, from its first byte to its last."""
    silent_seconds: float = 10.0
    """Without a sign of life."""
    max_files: int = 100_000
    """In one listing."""
    allowed_hosts: frozenset[str] = frozenset()
    """Hosts that may be this machine itself or link-local, "name" or "name:port"."""


class Gone(Exception):
    """Whoever knows says that the file is not there."""


class Interrupted(Exception):
    """The person stopped the work."""


@dataclass(frozen=True, slots=True)
class Signature:
    """By what a file is known to be as it was. `None` for what the other side does not tell."""

    etag: str | None = None
    modified: str | None = None
    size: int | None = None
    sha256: str | None = None
    read_by: str = ""
    """The version of groundtune that read it: another may read more of it."""

    @classmethod
    def read(cls, text: str | None) -> Signature:
        """What was kept; one that matches nothing where nothing was, or another version's."""
        kept = json.loads(text) if text else {}
        return cls(**kept) if kept.get("read_by") == version("groundtune") else cls()

    def kept(self) -> str:
        return json.dumps({**asdict(self), "read_by": version("groundtune")})

    def same_as(self, listed: Signature) -> bool:
        """Whether a listing tells that nothing has changed since."""
        if listed.size is None or (listed.etag is None and listed.modified is None):
            return False
        return (self.etag, self.modified, self.size) == (listed.etag, listed.modified, listed.size)


@dataclass(frozen=True, slots=True)
class Entry:
    """One file at an address."""

    address: Address
    below: str
    """Its path below the folder that was named; its file's name where it was named itself."""
    size: int | None = None
    signature: Signature = Signature()


@dataclass(frozen=True, slots=True)
class Copy:
    """A file as it was fetched."""

    path: Path
    signature: Signature


class Remote(Protocol):
    """One address that a person named, as a protocol knows it."""

    def files(self) -> Iterator[Entry]:
        """All files. Raises Unreached, where what came before is not all; Gone where there is no such file."""
        ...

    def fetch(self, entry: Entry, known: Signature, folder: Path) -> Copy | None:
        """Copies the file into `folder`; `None`, and nothing there, where it is as `known`. Raises Unreached, Gone."""
        ...

    def is_gone(self, address: Address) -> bool:
        """Whether a file that the listing does not name is known not to be there. Raises Unreached."""
        ...

    def close(self) -> None:
        """Ends what is under way."""
        ...


def in_time(work: Callable[[], T], remote: Remote, bounds: Bounds, stop: threading.Event) -> T:
    """What `work`, which asks `remote`, returns or raises; it is left alone when time is up or the person stops it.

    Whoever is asked may answer a byte every nine seconds: only another thread's clock ends that. Raises Unreached,
    Interrupted.
    """
    done = threading.Event()
    returned: list[T] = []
    raised: list[BaseException] = []

    def run() -> None:
        try:
            returned.append(work())
        except BaseException as error:
            raised.append(error)
        finally:
            done.set()

    threading.Thread(target=run, daemon=True).start()
    end = time.monotonic() + bounds.seconds
    while not done.wait(_LOOK_SECONDS):
        if stop.is_set() or time.monotonic() > end:
            remote.close()
            if stop.is_set():
                raise Interrupted
            raise Unreached(t("It took longer than {seconds} seconds.", seconds=round(bounds.seconds)))
    if raised:
        raise raised[0]
    return returned[0]


def keep(chunks: Iterable[bytes], into: Path, bounds: Bounds) -> tuple[int, str]:
    """Writes what comes; its size and SHA-256. Raises Unreached where it is too much."""
    sha256, size = hashlib.sha256(), 0
    with into.open("xb") as file:
        for chunk in chunks:
            size += len(chunk)
            if size > bounds.max_bytes:
                raise Unreached(too_big(None, bounds))
            sha256.update(chunk)
            file.write(chunk)
    return size, sha256.hexdigest()


def too_big(size: int | None, bounds: Bounds) -> str:
    limit = bounds.max_bytes >> 20
    if size is None:
        return t("The file has more than {limit} MB; fetching it was stopped.", limit=limit)
    return t("The file has {size} MB; files above {limit} MB are not read.", size=size >> 20, limit=limit)


def file_name(name: str) -> str:
    """`name` as every file system takes it, its suffix kept."""
    if len(name.encode()) <= _NAME_BYTES:
        return name if name.strip(".") else "file"
    stem, _, suffix = name.rpartition(".")
    room = _NAME_BYTES - len(suffix.encode()) - 1
    return f"{stem.encode()[:room].decode(errors='ignore')}.{suffix}" if room > 0 else "file"


@contextmanager
def private_folder(below: Path | None) -> Iterator[Path]:
    """An empty folder that only this process and user can read; gone afterwards with what it holds.

    It lies below `below`, which is made where it is not there, or where the system keeps temporary files. What
    processes left there that were killed is removed first.
    """
    if below is not None:
        below.mkdir(parents=True, exist_ok=True, mode=0o700)
        _sweep(below)
    folder = Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-", dir=below))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if below is not None:
            with suppress(OSError):  # another process fetches there
                below.rmdir()


def _sweep(folder: Path) -> None:
    for left in folder.iterdir():
        pid = left.name.partition("-")[0]
        with suppress(OSError):
            if not pid.isdigit() or not _is_alive(int(pid)) or time.time() - left.stat().st_mtime > _LEFT_SECONDS:
                shutil.rmtree(left, ignore_errors=True)


def _is_alive(pid: int) -> bool:
    if os.name == "nt":  # where asking would end it
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
