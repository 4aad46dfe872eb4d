"""An embedder that was tuned: a folder with a graph, what tells how it is read, and a tokenizer where it has its own.

Needs no torch. Its name carries the graph's hash, so vectors of two versions are never taken for each other's.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from groundtune.errors import MissingExtra, ModelError
from groundtune.i18n import t
from groundtune.models.e5 import E5Embedder, TextTokenizer, bundled_e5_file, bundled_e5_tokenizer
from groundtune.models.e5_file import find_bundled_e5
from groundtune.models.forms import Forms
from groundtune.models.runtime import GraphRunner

FILE_NAME = "embedder.json"
GRAPH_NAME = "embedder.onnx"
TOKENIZER_NAME = "tokenizer.json"
FORMAT = 1


@dataclass(frozen=True, slots=True)
class Description:
    """What is in `embedder.json`."""

    name: str
    """What its vectors are stored under: "tuned:NAME@HASH"."""
    base_model: str
    """As it was opened, to the version: the bundled encoder's tokenizer and word embeddings are used."""
    query: str
    passage: str
    """Put before what is asked and what is searched."""
    window: int
    """Tokens that are read, the form and special ones included."""
    precision: str
    format: int = FORMAT

    def save(self, folder: Path) -> None:
        (folder / FILE_NAME).write_text(json.dumps(asdict(self), ensure_ascii=False, indent=2) + "\n", "utf-8")


def open_tuned_embedder(folder: Path) -> E5Embedder:
    """Raises ModelError for a folder that holds no embedder, ModelUnavailable where its base isn't installed."""
    described = _described(folder)
    forms = Forms(described.query, described.passage)
    if (folder / TOKENIZER_NAME).is_file():
        runner = GraphRunner(folder / GRAPH_NAME)
        return E5Embedder(described.name, runner, _FileTokenizer(folder / TOKENIZER_NAME, described.window), forms)
    find_bundled_e5(described.base_model.partition("@")[2])
    runner = GraphRunner(folder / GRAPH_NAME, bundled_e5_file().word_embeddings)
    tokenizer: TextTokenizer = bundled_e5_tokenizer()
    return E5Embedder(described.name, runner, tokenizer, forms)


class _FileTokenizer:
    """A tokenizer that lies in the embedder's own folder."""

    def __init__(self, path: Path, window: int) -> None:
        try:
            from tokenizers import Tokenizer
        except ImportError as error:
            raise MissingExtra("tokenizers", "tuning") from error
        self._tokenizer: Any = Tokenizer.from_file(str(path))
        self.window = window

    def encode(self, text: str) -> list[int]:
        ids: list[int] = self._tokenizer.encode(text).ids
        return ids if len(ids) <= self.window else [*ids[: self.window - 1], ids[-1]]

    def count(self, text: str) -> int:
        return len(self._tokenizer.encode(text, add_special_tokens=False).ids)

    def offsets(self, text: str) -> list[tuple[int, int]]:
        return list(self._tokenizer.encode(text, add_special_tokens=False).offsets)


def _described(folder: Path) -> Description:
    try:
        table = json.loads((folder / FILE_NAME).read_text("utf-8"))
        if table["format"] != FORMAT:
            raise ModelError(
                t(
                    "{folder} has the format {found}; this version reads {known}.",
                    folder=folder,
                    found=table["format"],
                    known=FORMAT,
                )
            )
        return Description(**table)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(t("{folder} holds no embedder: {error}", folder=folder, error=error)) from error
