"""Which files a person means by the paths given, and what each holds. Knows loading, not what is already stored."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from groundtune.errors import BadDocument, UsageError
from groundtune.i18n import t
from groundtune.knowledge.formats.sniff import BY_SUFFIX, OF_OTHER_OFFICES
from groundtune.knowledge.load import MAX_BYTES, load
from groundtune.types import Document


@dataclass(frozen=True, slots=True)
class SourceFile:
    path: Path
    document_id: str
    """Of a document that states none: the path below the folder that was named."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What one file gave. `derived` tells whether the document's id comes from its path."""

    document: Document
    derived: bool


def find_files(paths: Sequence[Path]) -> tuple[list[SourceFile], list[Path]]:
    """The files that are meant, in order, and those in folders that are passed over for their kind.

    A file that is named itself is always taken. Hidden files and folders are not; a link that leads nowhere and a
    document of a kind that is not read are, so that they are refused by name. Raises UsageError for a path that does
    not exist.
    """
    files: dict[Path, SourceFile] = {}
    passed_over: list[Path] = []
    for path in paths:
        root = path.resolve()
        if root.is_file():
            files.setdefault(root, SourceFile(root, root.name))
        elif root.is_dir():
            for file in sorted(root.rglob("*")):
                below = file.relative_to(root)
                if any(part.startswith((".", "~$")) for part in below.parts):
                    continue
                if not file.is_file() and (file.exists() or not file.is_symlink()):  # a link to nothing is told of
                    continue
                if file.suffix.lower() in BY_SUFFIX.keys() | OF_OTHER_OFFICES:
                    files.setdefault(file, SourceFile(file, below.as_posix()))
                else:
                    passed_over.append(file)
        else:
            raise UsageError(t("There is no file or folder {path}.", path=path))
    return list(files.values()), passed_over


def load_file(file: SourceFile, max_bytes: int = MAX_BYTES) -> Iterator[Loaded | BadDocument]:
    """What `file` holds; a file that can't be read comes as one BadDocument."""
    try:
        for found in load(file.path, document_id=file.document_id, max_bytes=max_bytes):
            if isinstance(found, BadDocument):
                yield found
            else:
                yield Loaded(found, derived=found.id == file.document_id)
    except BadDocument as error:
        yield error


def file_of(source: str) -> Path:
    """The file that a document's `source` names: "folder/rows.jsonl:12" lies in "folder/rows.jsonl"."""
    name, colon, line = source.rpartition(":")
    return Path(name) if colon and line.isdigit() else Path(source)
