"""Files without a place on disk: bytes that a library can open by a path, and an archive with other members."""

from __future__ import annotations

import os
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path


@contextmanager
def as_file(data: bytes, suffix: str) -> Iterator[Path]:
    """A path from which `data` can be read; in memory alone where the system can, so that nothing stays on disk."""
    if hasattr(os, "memfd_create"):
        number = os.memfd_create("document")
        with os.fdopen(number, "wb") as file:
            file.write(data)
            file.flush()
            yield Path(f"/proc/self/fd/{number}")
    else:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"document{suffix}"
            path.write_bytes(data)
            yield path


def repacked(archive: zipfile.ZipFile, changed: Mapping[str, bytes]) -> bytes:
    """The archive with the contents of some members changed."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as copy:
        for name in archive.namelist():
            copy.writestr(name, changed[name] if name in changed else archive.read(name))
    return out.getvalue()
