"""Writes a trained classifier for prediction without torch, and checks that the export is the model that was trained.

The fp32 export must give the trained model's labels, and its probabilities to 1e-4, on every held-out text, read back
from disk by the code that will serve it. The int8 export is smaller and faster. Rounding moves its outputs in a way
that training texts show: its head is fitted to give there what fp32 gives (bias correction, Nagel et al. 2019, with a
matrix beside the bias). It states what it loses still, and is served when that is at most half a point of macro-F1 on
the validation side.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from groundtune.comparison.statistics import macro_f1
from groundtune.i18n import t
from groundtune.tuning.base import Base
from groundtune.tuning.calibrate import softmax
from groundtune.tuning.classifier_module import EncoderClassifier, Side
from groundtune.tuning.predict import WORDS_NAME, Classifier, Description, Precision

if TYPE_CHECKING:
    from groundtune.models.graph import Head

LARGEST_DIFFERENCE = 1e-4
"""Of a probability between the trained model and its fp32 export."""
LARGEST_LOSS = 0.005
"""Of macro-F1, on the validation side, for int8 to be served."""
_FITTED_TEXTS = 256
"""Training texts at most that int8's head is fitted on."""
_RIDGE = 10.0


@dataclass(frozen=True, slots=True)
class Parity:
    """How the exports compare with the trained model on the held-out texts (validation and test)."""

    texts: int
    other_labels: int
    """Texts to which the fp32 export gives another label."""
    largest_difference: float
    """Of any probability, fp32 export against the trained model."""
    int8_other_labels: int
    int8_macro_f1_lost: float
    """Macro-F1 of fp32 minus that of int8; negative when int8 happens to be better."""
    served: Precision
    unfit: str | None
    """Why the version must not be promoted; `None` when it may."""


def export(
    job: EncoderClassifier,
    base: Base,
    description: Description,
    folder: Path,
    *,
    training: Sequence[str],
    held_out: Side,
    n_validation: int,
) -> Parity:
    """Writes `fp32.onnx`, `int8.onnx`, `words.npz` and `classifier.json` to `folder` and compares what they give on the
    texts held out.

    The first `n_validation` texts are the validation side, by which alone the served precision is chosen.
    """
    from groundtune.models.graph import Head, write_encoder_graph

    texts, truth = held_out
    trained = job.logits(texts)
    encoder = job.merged()
    base.save_tokens(folder)
    if job.word_model is not None:
        job.word_model.save(folder / WORDS_NAME)
    weights = {name: value.detach().numpy() for name, value in encoder.state_dict().items()}
    if base.words is not None:
        del weights["embeddings.word_embeddings.weight"]
    config = encoder.config

    def write(precision: Precision, head: Head) -> None:
        write_encoder_graph(
            weights,
            folder / f"{precision}.onnx",
            heads=config.num_attention_heads,
            epsilon=config.layer_norm_eps,
            head=head,
            precision=precision,
        )

    def graph_logits(precision: Precision, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        logits = Classifier(folder, precision).logits(texts)
        return logits if job.word_model is None else logits - job.word_model.logits(texts)

    head = Head(*job.plain_head())
    description.save(folder)
    write("fp32", head)
    write("int8", head)
    some = training[:: 1 + (len(training) - 1) // _FITTED_TEXTS]
    write("int8", fitted_head(head, graph_logits("fp32", some), graph_logits("int8", some)))
    full, small = (Classifier(folder, precision).logits(texts) for precision in ("fp32", "int8"))
    classes = len(description.labels)

    def lost(rows: slice) -> float:
        f1 = [macro_f1(truth[rows], logits[rows].argmax(axis=1), classes) for logits in (full, small)]
        return f1[0] - f1[1]

    temperature = description.temperature
    difference = float(np.abs(softmax(trained, temperature) - softmax(full, temperature)).max())
    others = int((trained.argmax(axis=1) != full.argmax(axis=1)).sum())
    served: Precision = "int8" if lost(slice(n_validation)) <= LARGEST_LOSS else "fp32"
    replace(description, precision=served).save(folder)
    unfit = None
    if others or difference > LARGEST_DIFFERENCE:
        unfit = t(
            "the exported model gives {others} other {others:|label|labels} and probabilities that differ by up "
            "to {difference}",
            others=others,
            difference=f"{difference:.1e}",
        )
    return Parity(
        texts=len(texts),
        other_labels=others,
        largest_difference=difference,
        int8_other_labels=int((full.argmax(axis=1) != small.argmax(axis=1)).sum()),
        int8_macro_f1_lost=lost(slice(None)),
        served=served,
        unfit=unfit,
    )


def fitted_head(head: Head, full: npt.NDArray[np.float32], small: npt.NDArray[np.float32]) -> Head:
    """The head for int8: ridge regression from its logits `small` to those of fp32, both (texts, classes)."""
    from groundtune.models.graph import Head

    given = np.column_stack([small, np.ones(len(small))])
    change = np.linalg.solve(given.T @ given + _RIDGE * np.eye(given.shape[1]), given.T @ (full - small))
    turned = np.eye(full.shape[1]) + change[:-1].T
    return Head(
        (turned @ head.weight).astype(np.float32), (turned @ head.bias + change[-1]).astype(np.float32), head.dense
    )
