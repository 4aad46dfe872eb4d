"""Runs encoder graphs with ONNX Runtime: one text at a time, several texts at once.

One text at a time means no padding, and that a text's output is the same to the bit whatever it is run with; the cores
are kept busy by running texts side by side. Knows graphs as `graph` writes them, nothing of what they were trained for.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import numpy.typing as npt

from groundtune.errors import MissingExtra, ModelError
from groundtune.i18n import t

Floats = npt.NDArray[np.float32]
Ids = Sequence[int]

_AHEAD = 512
"""Texts handed to the threads at a time."""


class GraphRunner:
    """One open graph. Safe to use from several threads.

    `word_embeddings` gives the rows of ids, (length,) int64 to (length, hidden) float32, for a graph that takes them
    from outside; a graph that holds its own takes none.
    """

    def __init__(
        self,
        path: Path,
        word_embeddings: Callable[[npt.NDArray[np.int64]], Floats] | None = None,
        *,
        threads_of_one: int = 1,
    ) -> None:
        """`threads_of_one` work on one text together: for whoever waits for a single one."""
        try:
            import onnxruntime
        except ImportError as error:
            raise MissingExtra("onnxruntime", "tuning") from error
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = threads_of_one, 1
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except Exception as error:
            raise ModelError(
                t("The model {path} can't be opened: {error}", path=path, error=str(error).strip()[:300])
            ) from error
        self._word_embeddings = word_embeddings
        self._input = "ids" if word_embeddings is None else "words"
        self.outputs: int = self._session.get_outputs()[0].shape[1]
        """Numbers that come out for one text."""

    def run(self, ids: Ids) -> Floats:
        """(outputs,) for one text's ids, special tokens included."""
        numbers = np.asarray(ids, np.int64)
        given = numbers if self._word_embeddings is None else self._word_embeddings(numbers)
        output: Floats = self._session.run(None, {self._input: given[None]})[0][0]
        return output

    def run_all(self, texts: Sequence[str], encode: Callable[[str], Ids]) -> Iterator[Floats]:
        """(outputs,) for each text, in order, as they become ready."""
        if len(texts) < 2:
            yield from (self.run(encode(text)) for text in texts)
            return
        with ThreadPoolExecutor(threads()) as pool:
            for start in range(0, len(texts), _AHEAD):
                yield from pool.map(lambda text: self.run(encode(text)), texts[start : start + _AHEAD])


def threads() -> int:
    """How many texts are run at once: the processors that we may use, or fewer where OMP_NUM_THREADS says so."""
    available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    asked = os.environ.get("OMP_NUM_THREADS", "")
    return max(1, min(available, int(asked))) if asked.isdecimal() else available
