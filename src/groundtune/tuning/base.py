"""The encoder that tuning starts from: its tokenizer, its word embeddings, and its layers as a torch module.

Tokenizer and word embeddings need no torch, for prediction uses them too. The bundled encoder's word embeddings stay in
its four-bit file and are looked up outside of the module, so a tuned model holds its layers alone. Knows nothing of
labels.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from groundtune.errors import MissingExtra, ModelUnavailable, UnknownName
from groundtune.i18n import t

Words = Callable[[npt.NDArray[np.int64]], npt.NDArray[np.float32]]
"""(n,) ids to their (n, hidden) word embeddings."""

ATTENTION = "eager"
"""How torch computes attention: on a processor the fused kernel's backward pass takes a third of a step's time more."""

_TOKENIZER = "tokenizer.json"


class Base(Protocol):
    """An encoder before tuning."""

    @property
    def name(self) -> str:
        """What it is, to the version: opened again by it, it gives the same."""

    @property
    def words(self) -> Words | None:
        """Looks up word embeddings outside of the module; `None` when the module holds its own."""

    def encode(self, text: str, window: int) -> list[int]:
        """The ids of `text`, special tokens included, at most `window`."""

    def count(self, text: str) -> int:
        """Tokens of `text` itself, however long it is."""

    def module(self) -> Any:
        """Its layers as a new transformers BertModel without dropout in it. Needs torch."""

    def save_tokens(self, folder: Path) -> None:
        """Puts into `folder` what prediction needs to make ids, if that isn't installed with groundtune."""


def open_base(name: str) -> Base:
    """ "bundled:e5", or "hf:FOLDER" with a BERT encoder. Raises UnknownName, ModelUnavailable, MissingExtra."""
    provider, _, rest = name.partition(":")
    if provider == "bundled" and rest.partition("@")[0] == "e5":
        return BundledE5(rest.partition("@")[2])
    if provider == "hf" and rest:
        return LocalBert(Path(rest))
    raise UnknownName(t("encoder"), name, ["bundled:e5", "hf:FOLDER"])


class BundledE5:
    def __init__(self, version: str = "") -> None:
        """Of `version`, or of the one that is installed; raises ModelUnavailable when another is installed."""
        from groundtune.models.e5 import bundled_e5_file, bundled_e5_tokenizer
        from groundtune.models.e5_file import find_bundled_e5

        _, installed = find_bundled_e5(version)
        self.name = f"bundled:e5@{installed}"
        self._file, self._tokenizer = bundled_e5_file(), bundled_e5_tokenizer()
        self.words: Words | None = self._file.word_embeddings

    def encode(self, text: str, window: int) -> list[int]:
        return _cut(self._tokenizer.encode(text), window)

    def count(self, text: str) -> int:
        return self._tokenizer.count(text)

    def module(self) -> Any:
        try:
            import torch
            from transformers import BertConfig, BertModel
        except ImportError as error:
            raise MissingExtra("transformers", "tuning") from error
        shape = self._file.shape
        config = BertConfig(
            vocab_size=1,  # its word embeddings are looked up outside
            hidden_size=shape.hidden,
            num_hidden_layers=shape.layers,
            num_attention_heads=shape.heads,
            intermediate_size=shape.feed_forward,
            max_position_embeddings=shape.positions,
            type_vocab_size=shape.token_types,
            layer_norm_eps=shape.epsilon,
            pad_token_id=None,
        )
        module = BertModel(config, add_pooling_layer=False)
        module.set_attn_implementation(ATTENTION)
        weights = {name: torch.from_numpy(value) for name, value in self._file.weights().items()}
        module.load_state_dict(weights, strict=False)
        return module

    def save_tokens(self, folder: Path) -> None:
        pass


class LocalBert:
    """A folder that transformers wrote, with a BERT encoder and a `tokenizer.json`."""

    def __init__(self, folder: Path) -> None:
        try:
            from tokenizers import Tokenizer
        except ImportError as error:
            raise MissingExtra("tokenizers", "tuning") from error
        self.name = f"hf:{folder}"
        self.words: Words | None = None
        self._folder = folder
        if not (folder / _TOKENIZER).is_file():
            raise ModelUnavailable(
                t("{folder} holds no {file}: download the model there first.", folder=folder, file=_TOKENIZER)
            )
        self._tokenizer = Tokenizer.from_file(str(folder / _TOKENIZER))

    def encode(self, text: str, window: int) -> list[int]:
        return _cut(self._tokenizer.encode(text).ids, window)

    def count(self, text: str) -> int:
        return len(self._tokenizer.encode(text, add_special_tokens=False).ids)

    def module(self) -> Any:
        try:
            from transformers import AutoModel
        except ImportError as error:
            raise MissingExtra("transformers", "tuning") from error
        module = AutoModel.from_pretrained(self._folder, local_files_only=True, add_pooling_layer=False)
        module.set_attn_implementation(ATTENTION)
        if module.config.model_type != "bert":
            raise ModelUnavailable(
                t(
                    "{folder} holds a “{kind}” model; a BERT encoder is needed.",
                    folder=self._folder,
                    kind=module.config.model_type,
                )
            )
        return module

    def save_tokens(self, folder: Path) -> None:
        shutil.copyfile(self._folder / _TOKENIZER, folder / _TOKENIZER)


def open_saved(name: str, folder: Path) -> Base:
    """The encoder `name` for prediction, with the tokenizer that `save_tokens` put into `folder` where there is one."""
    return LocalBert(folder) if (folder / _TOKENIZER).is_file() else open_base(name)


def _cut(ids: list[int], window: int) -> list[int]:
    """Keeps the last, special token."""
    return ids if len(ids) <= window else [*ids[: window - 1], ids[-1]]
