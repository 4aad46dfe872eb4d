"""Bytes as a file that a library can open by its path."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
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
