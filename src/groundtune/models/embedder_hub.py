"""An embedder from a Hugging Face id or a local folder: sentence-transformers models, run by transformers.

Reads what such a model wants before a text, how much of it it reads, and, in `hub_layers`, what it makes of the tokens.
One text at a time, so that a vector depends on its text alone. Naming an id allows its download, unless HF_HUB_OFFLINE
is set; code that a model brings along is never run.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from groundtune.errors import MissingExtra, ModelUnavailable
from groundtune.i18n import t
from groundtune.models.forms import Forms, forms_of
from groundtune.models.hub import from_hub
from groundtune.models.hub_layers import Layers, read_json, read_layers
from groundtune.models.protocols import Vectors
from groundtune.progress import Progress

_LONGEST_WINDOW = 8192
_OF_THE_TRANSFORMER = tuple(
    f"sentence_{kind}_config.json"
    for kind in ("bert", "roberta", "distilbert", "camembert", "albert", "xlm-roberta", "xlnet")
)
"""What sentence-transformers says about the transformer stands in one of these, by its age."""
_ENCODERS_OF_PAIRS = frozenset({"t5", "mt5", "umt5", "longt5"})
"""Kinds with encoder and decoder of which sentence-transformers uses the encoder alone."""


class HubEmbedder:
    def __init__(self, model: str) -> None:
        try:
            import torch
            import transformers  # noqa: F401
        except ImportError as error:
            raise MissingExtra("transformers", "tuning") from error
        self.name = f"hf:{model}"
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        try:
            settings, stated = from_hub(self.name, model, lambda: self._load(model))
            self._model.to(self._device)
            self._places = _places(self._tokenizer, self._model, stated.get("max_seq_length"))
            self._form_tokens = {form: self._length(form) for form in self._forms}
            self.window = self._places - len(self._tokenizer(self._forms.passage.strip())["input_ids"])
            if self.window < 1:
                raise ValueError(t("it reads {count} tokens, its own form included", count=self._places))
            self._kept: int | None = settings.get("truncate_dim")
            self.dimension = len(self._vector("", ""))
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            raise ModelUnavailable(
                t("The embedder {name} can't be loaded: {error}", name=self.name, error=str(error)[:300])
            ) from error
        commit = getattr(self._model.config, "_commit_hash", None)
        if commit:
            self.name += f"@{commit[:12]}"

    def _load(self, model: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """Reads what the model's folder holds; returns what it says of itself and of its transformer."""
        self._layers = read_layers(model)
        stated = _stated(model, self._layers.transformer)
        settings = read_json(model, "config_sentence_transformers.json") or {}
        self._forms = _forms(model, settings.get("prompts") or {})
        self._tokenizer, self._model = _open(model, self._layers, bool(stated.get("do_lower_case")))
        return settings, stated

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
        vectors = np.empty((len(texts), self.dimension), np.float32)
        for row, text in zip(vectors, texts, strict=True):
            row[:] = self._vector(form, text)
            if progress is not None:
                progress.advance()
        return vectors

    def _vector(self, form: str, text: str) -> Any:
        """(dimension,) float32, unit length."""
        import torch

        encoded = self._tokenizer(form + text, truncation=True, max_length=self._places, return_tensors="pt")
        with torch.inference_mode():
            tokens = self._model(**encoded.to(self._device)).last_hidden_state[0]
            vector = self._layers.vector(tokens, min(self._form_tokens[form], len(tokens) - 1) if form else 0)
            return torch.nn.functional.normalize(vector[: self._kept], dim=0).cpu().numpy()

    def _length(self, form: str) -> int:
        """Tokens that `form` takes before a text, a special one at its end not counted."""
        ids = self._tokenizer(form)["input_ids"]
        return len(ids) - (bool(ids) and ids[-1] in self._tokenizer.all_special_ids)


def _open(model: str, layers: Layers, lower_case: bool) -> tuple[Any, Any]:
    """Tokenizer and module, in evaluation mode. Raises ValueError for a model whose tokens aren't states of a text."""
    from transformers import AutoConfig, AutoModel, AutoModelForTextEncoding, AutoTokenizer

    where = {"subfolder": layers.transformer, "trust_remote_code": False}
    config = AutoConfig.from_pretrained(model, **where)
    pair = bool(getattr(config, "is_encoder_decoder", False))
    if pair and config.model_type not in _ENCODERS_OF_PAIRS:
        raise ValueError(t("it is of the kind {kind}, which groundtune doesn't run", kind=config.model_type))
    if layers == Layers() and any(name.endswith("ForCausalLM") for name in config.architectures or ()):
        raise ValueError(t("it has no modules.json, and a model that writes text doesn't tell how it pools"))
    if not isinstance(getattr(config, "hidden_size", None), int):
        raise ValueError(t("it is of the kind {kind}, which groundtune doesn't run", kind=config.model_type))
    tokenizer = AutoTokenizer.from_pretrained(model, **where)
    if lower_case:
        _lower(tokenizer)
    kind = AutoModelForTextEncoding if pair else AutoModel
    return tokenizer, kind.from_pretrained(model, **where).eval()


def _lower(tokenizer: Any) -> None:
    """Lowers letters before anything else, so that offsets still count in the text itself."""
    from tokenizers.normalizers import Lowercase, Sequence

    backend = tokenizer.backend_tokenizer
    backend.normalizer = Sequence([Lowercase()] + ([backend.normalizer] if backend.normalizer is not None else []))


def _places(tokenizer: Any, module: Any, stated: int | None) -> int:
    """How many tokens are read, specials included: what the model states, and never more than it has places for."""
    places = getattr(module.config, "max_position_embeddings", None) or _LONGEST_WINDOW
    table: Any = getattr(getattr(module, "embeddings", None), "position_embeddings", None)
    if getattr(table, "padding_idx", None) is not None:  # RoBERTa and its kin count positions from there
        places -= table.padding_idx + 1
    return min(
        int(stated or tokenizer.model_max_length), int(places) if places > 0 else _LONGEST_WINDOW, _LONGEST_WINDOW
    )


def _stated(model: str, folder: str) -> dict[str, Any]:
    """What sentence-transformers keeps about the transformer. Raises ValueError where that asks for more than text."""
    places = (f"{folder}/{file}" if folder else file for file in _OF_THE_TRANSFORMER)
    stated: dict[str, Any] = next(filter(None, (read_json(model, place) for place in places)), {})
    text = (stated.get("modality_config") or {"text": {}}).get("text")
    for key, good in (
        ("transformer_task", stated.get("transformer_task", "feature-extraction") == "feature-extraction"),
        ("modality_config", text is not None and text.get("method_output_name") in (None, "last_hidden_state")),
        ("module_output_name", stated.get("module_output_name") in (None, "token_embeddings")),
        ("processing_kwargs", not any((stated.get("processing_kwargs") or {}).values())),
    ):
        if not good:
            raise ValueError(t("its {key} is {value}, which groundtune doesn't do", key=key, value=stated[key]))
    return stated


def _forms(model: str, prompts: dict[str, str]) -> Forms:
    """What the model states for queries and documents; for one that states nothing, what its name tells."""
    passage = next((prompts[name] for name in ("document", "passage", "corpus") if name in prompts), "")
    stated = Forms(prompts.get("query") or "", passage or "")
    return stated if any(stated) else forms_of(model.rstrip("/").rsplit("/", 1)[-1])
