"""The words of a text as evidence of their own, beside the encoder: TF-IDF and logistic regression in plain arrays.

An encoder knows what a text is about, a word list knows the few words that tell two neighbouring labels apart; where
labelled texts are few, they err on different texts and their sum errs less (the wide and the deep part of Cheng et al.
2016). Fitting needs scikit-learn; a saved word model needs numpy alone. Knows nothing of encoders.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from groundtune.errors import MissingExtra, ModelError
from groundtune.i18n import t
from groundtune.tuning.calibrate import Labels
from groundtune.tuning.logistic import logistic_regression

_WORD = re.compile(r"\w\w+")
_HANGUL = re.compile("[가-힣]")


def terms_of(text: str) -> list[str]:
    """Words of two letters or more in lower case; a word with Hangul in it as its pairs of neighbouring letters, for
    Korean endings would make a new word of each of its forms."""
    found: list[str] = []
    for word in _WORD.findall(unicodedata.normalize("NFKC", text).lower()):
        if _HANGUL.search(word):
            found += [word[i : i + 2] for i in range(len(word) - 1)]
        else:
            found.append(word)
    return found


@dataclass(frozen=True)
class WordModel:
    terms: tuple[str, ...]
    """In order; other words of a text are passed over."""
    rarity: npt.NDArray[np.float32]
    """(terms,) inverse document frequency, smoothed."""
    weight: npt.NDArray[np.float32]
    """(terms, classes)."""
    bias: npt.NDArray[np.float32]
    """(classes,)."""

    def logits(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """(n, classes) float32; each text's are the same whatever it is asked with."""
        out = np.tile(self.bias, (len(texts), 1))
        for row, text in enumerate(texts):
            numbers, values = self._vector(text)
            out[row] += values @ self.weight[numbers]
        return out

    def save(self, path: Path) -> None:
        terms = np.frombuffer("\n".join(self.terms).encode(), np.uint8)
        np.savez(path, terms=terms, rarity=self.rarity, weight=self.weight, bias=self.bias)

    @classmethod
    def load(cls, path: Path) -> WordModel:
        """Raises ModelError when `path` holds no word model."""
        try:
            with np.load(path, allow_pickle=False) as saved:
                terms = saved["terms"].tobytes().decode()
                return cls(tuple(terms.split("\n")), saved["rarity"], saved["weight"], saved["bias"])
        except (OSError, ValueError, KeyError, BadZipFile) as error:
            raise ModelError(t("{path} holds no word model: {error}", path=path, error=error)) from error

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {term: number for number, term in enumerate(self.terms)}

    def _vector(self, text: str) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
        """The numbers of the terms in `text`, rising, and their values, a vector of unit length."""
        counts = Counter(self._numbers[term] for term in terms_of(text) if term in self._numbers)
        numbers = np.array(sorted(counts), np.int64)
        often = np.array([counts[number] for number in numbers.tolist()], np.float32)
        values = (1 + np.log(often)) * self.rarity[numbers]
        return numbers, values / max(float(np.sqrt(values @ values)), 1e-12)


def fit_words(texts: Sequence[str], truth: Labels, n_classes: int, *, strength: float, balanced: bool) -> WordModel:
    """A word model of `texts`. `strength` is the regression's inverse regularisation."""
    try:
        from scipy.sparse import csr_array
    except ImportError as error:
        raise MissingExtra("scipy", "tuning") from error
    held = Counter(term for text in texts for term in set(terms_of(text)))
    terms = tuple(sorted(held)) or ("",)
    rarity = np.log((1 + len(texts)) / (1 + np.array([held[term] for term in terms]))) + 1
    empty = WordModel(
        terms, rarity.astype(np.float32), np.zeros((len(terms), n_classes), np.float32), np.zeros(n_classes, np.float32)
    )
    vectors = [empty._vector(text) for text in texts]
    ends = np.cumsum([0, *(len(numbers) for numbers, _ in vectors)])
    rows = csr_array(
        (np.concatenate([v for _, v in vectors]).astype(np.float64), np.concatenate([n for n, _ in vectors]), ends),
        shape=(len(texts), len(terms)),
    )
    weight, bias = logistic_regression(rows, truth, n_classes, strength=strength, balanced=balanced)
    return WordModel(terms, empty.rarity, np.ascontiguousarray(weight.T, np.float32), bias.astype(np.float32))
