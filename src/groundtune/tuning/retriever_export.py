"""Writes a trained retriever as an embedder that needs no torch, and checks that it is the one that was trained.

The fp32 graph must give the trained model's vectors on validation texts, read back from disk by the code that will
serve it. int8 is served where its vectors are near to those; what it loses in ranks is told.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from groundtune.i18n import t
from groundtune.models.e5 import E5Embedder
from groundtune.models.embedder_tuned import GRAPH_NAME, Description, open_tuned_embedder
from groundtune.models.graph import Precision
from groundtune.tuning.base import Base
from groundtune.tuning.retriever_data import RetrieverData
from groundtune.tuning.retriever_module import Floats, RetrieverModule, RetrieverRecipe, pool, reciprocal_ranks

LEAST_COSINE = 0.9999
"""Between a text's vector of the trained model and of its fp32 export."""
_COMPARED = 32
"""Questions, and as many passages, that the trained model reads once more."""
LEAST_MEAN_COSINE = 0.995
"""Between the vectors of both exports, for int8 to be served; a rank or two among few questions would tell less."""


@dataclass(frozen=True, slots=True)
class RetrieverParity:
    """How the exports compare with the trained model, and with each other, on the validation side."""

    texts: int
    """That the trained model read as well."""
    least_cosine: float
    """Of any text's vector, fp32 export against the trained model."""
    int8_mean_cosine: float
    """Between the two exports."""
    int8_mrr_lost: float
    served: Precision
    unfit: str | None
    """Why the version must not be promoted; `None` when it may."""


def export_retriever(
    job: RetrieverModule, base: Base, recipe: RetrieverRecipe, data: RetrieverData, name: str, folder: Path
) -> RetrieverParity:
    """Writes the served graph, `embedder.json` and, where the base has one, the tokenizer to `folder`."""
    from groundtune.models.graph import write_encoder_graph

    questions = [lesson.question for lesson in data.validation]
    keys = pool(data.validation)
    passages = [data.passages[key].text for key in keys]
    asked, shown = questions[:_COMPARED], passages[:_COMPARED]
    trained = job.embed([*(recipe.query + text for text in asked), *(recipe.passage + text for text in shown)])
    encoder = job.merged()
    window = int(encoder.config.max_position_embeddings)
    weights = {name: value.detach().numpy() for name, value in encoder.state_dict().items()}
    if base.words is not None:
        del weights["embeddings.word_embeddings.weight"]
    base.save_tokens(folder)

    def write(precision: Precision) -> E5Embedder:
        write_encoder_graph(
            weights,
            folder / GRAPH_NAME,
            heads=encoder.config.num_attention_heads,
            epsilon=encoder.config.layer_norm_eps,
            precision=precision,
        )
        digest = hashlib.sha256((folder / GRAPH_NAME).read_bytes()).hexdigest()
        identity = f"tuned:{name}@{digest[:12]}"
        Description(identity, base.name, recipe.query, recipe.passage, window, precision).save(folder)
        return open_tuned_embedder(folder)

    full = _vectors(write("fp32"), questions, passages)
    small = _vectors(write("int8"), questions, passages)

    def mrr(vectors: Floats) -> float:
        likeness = vectors[: len(questions)] @ vectors[len(questions) :].T
        return float(reciprocal_ranks(likeness, keys, data.validation, data).mean())

    lost = mrr(full) - mrr(small)
    mean = float((full * small).sum(axis=1).mean())
    served: Precision = "int8" if mean >= LEAST_MEAN_COSINE else "fp32"
    if served == "fp32":
        write("fp32")
    same = np.concatenate([full[: len(asked)], full[len(questions) : len(questions) + len(shown)]])
    least = float((trained * same).sum(axis=1).min())
    unfit = None
    if least < LEAST_COSINE:
        unfit = t("the exported model's vectors differ from the trained one's: cosine {least}", least=f"{least:.4f}")
    return RetrieverParity(len(same), least, mean, lost, served, unfit)


def _vectors(embedder: E5Embedder, questions: Sequence[str], passages: Sequence[str]) -> Floats:
    return np.concatenate([embedder.embed_queries(questions), embedder.embed_passages(passages)])
