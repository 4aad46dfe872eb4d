"""The user's cache folder: what is made from installed packages once, and may be deleted at any time.

A name carries everything that decides the content, so an entry never goes stale. It appears whole or not at all, and
two processes that make it at the same time do not disturb each other. Knows nothing of what is kept.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from groundtune.errors import ModelError
from groundtune.i18n import t


def cache_folder() -> Path:
    """GROUNDTUNE_CACHE, else `groundtune` in the user's cache folder; it need not exist yet."""
    chosen = os.environ.get("GROUNDTUNE_CACHE")
    if chosen:
        return Path(chosen)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "groundtune"


def cached(name: str, make: Callable[[Path], None]) -> Path:
    """The file or folder `name`; where there is none, `make` writes it to the path that it is given."""
    path = cache_folder() / name
    if path.exists():
        return path
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        workplace = Path(tempfile.mkdtemp(prefix=f".{path.name}-", dir=path.parent))
    except OSError as error:
        raise ModelError(
            t(
                "The cache folder {folder} can't be written ({error}). "
                "Set GROUNDTUNE_CACHE to a folder that can, with 600 MB free.",
                folder=path.parent,
                error=error.strerror or error,
            )
        ) from error
    try:
        made = workplace / path.name
        make(made)
        try:
            os.replace(made, path)
        except OSError:
            if not path.is_dir():  # a folder that another process put there in the meantime is as good
                raise
    finally:
        shutil.rmtree(workplace, ignore_errors=True)
    return path
