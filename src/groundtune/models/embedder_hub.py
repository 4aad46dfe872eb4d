"""An embedder from a Hugging Face id or a local folder: sentence-transformers models, run by transformers.

Reads how such a model pools its tokens and what it wants before a text. One text at a time, so that a vector depends on
its text alone. Naming an id allows its download, unless HF_HUB_OFFLINE is set.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from groundtune.errors import MissingExtra, ModelUnavailable
from groundtune.i18n import t
from groundtune.models.forms import Forms, forms_of
from groundtune.models.protocols import Vectors
from groundtune.progress import Progress

_LONGEST_WINDOW = 8192


class HubEmbedder:
    def __init__(self, model: str) -> None:
        try:
            import torch
            from transformers import AutoModel, AutoTokenizer
        except ImportError as error:
            raise MissingExtra("transformers", "tuning") from error
        self.name = f"hf:{model}"
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        try:
            self._first_token = _pools_first_token(model)
            self._forms = _forms(model)
            self._tokenizer: Any = AutoTokenizer.from_pretrained(model)
            self._model: Any = AutoModel.from_pretrained(model).eval().to(self._device)
        except (OSError, ValueError) as error:
            raise ModelUnavailable(
                t("The embedder {name} can't be loaded: {error}", name=self.name, error=str(error)[:300])
            ) from error
        commit = getattr(self._model.config, "_commit_hash", None)
        if commit:
            self.name += f"@{commit[:12]}"
        self.dimension = int(self._model.config.hidden_size)
        places = getattr(self._model.config, "max_position_embeddings", _LONGEST_WINDOW)
        self._places = min(int(self._tokenizer.model_max_length), int(places), _LONGEST_WINDOW)
        self.window = self._places - len(self._tokenizer(self._forms.passage.strip())["input_ids"])

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        return self._embed(self._forms.query, texts, None)

    def embed_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        return self._embed(self._forms.passage, texts, progress)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return (
            [len(ids) for ids in self._tokenizer(list(texts), add_special_tokens=False)["input_ids"]] if texts else []
        )

    def token_offsets(self, text: str) -> list[tuple[int, int]]:
        encoded = self._tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
        return [(int(start), int(end)) for start, end in encoded["offset_mapping"]]

    def _embed(self, form: str, texts: Sequence[str], progress: Progress | None) -> Vectors:
        import torch

        vectors = np.empty((len(texts), self.dimension), np.float32)
        for row, text in zip(vectors, texts, strict=True):
            encoded = self._tokenizer(form + text, truncation=True, max_length=self._places, return_tensors="pt")
            with torch.inference_mode():
                tokens = self._model(**encoded.to(self._device)).last_hidden_state[0]
                pooled = tokens[0] if self._first_token else tokens.mean(dim=0)
                row[:] = torch.nn.functional.normalize(pooled.float(), dim=0).cpu().numpy()
            if progress is not None:
                progress.advance()
        return vectors


def _pools_first_token(model: str) -> bool:
    """Whether the first token stands for the text, rather than the mean of all. Raises ValueError for other ways."""
    modules = _json(model, "modules.json") or []
    kinds = [module["type"].rsplit(".", 1)[-1] for module in modules]
    other = [kind for kind in kinds if kind not in ("Transformer", "Pooling", "Normalize")]
    if other:
        raise ValueError(t("it has a layer of the kind {kind}, which groundtune doesn't run", kind=other[0]))
    pooling = next((module["path"] for module in modules if module["type"].endswith(".Pooling")), None)
    chosen = _json(model, f"{pooling}/config.json") if pooling else None
    ways = [way for way, on in (chosen or {}).items() if way.startswith("pooling_mode_") and on]
    if ways not in ([], ["pooling_mode_mean_tokens"], ["pooling_mode_cls_token"]):
        raise ValueError(t("it pools by {kind}, which groundtune doesn't do", kind=", ".join(ways)))
    return ways == ["pooling_mode_cls_token"]


def _forms(model: str) -> Forms:
    prompts = (_json(model, "config_sentence_transformers.json") or {}).get("prompts") or {}
    query, passage = prompts.get("query"), prompts.get("passage", prompts.get("document"))
    return Forms(query or "", passage or "") if query or passage else forms_of(model)


def _json(model: str, file: str) -> Any:
    """A file of the model's, `None` when it has none."""
    from transformers.utils import cached_file

    path = cached_file(model, file, _raise_exceptions_for_missing_entries=False)
    if path is None:
        return None
    with open(path, encoding="utf-8") as lines:
        return json.load(lines)
