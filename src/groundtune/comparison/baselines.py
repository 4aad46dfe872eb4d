"""The arms that need nothing of the product: what any approach has to beat before it is worth anything.

Each takes training cases and gives an `Arm`; tuning happens inside the training cases only.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from groundtune.comparison.cases import cases_hash
from groundtune.errors import MissingExtra
from groundtune.types import Arm, Case, Output

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Embed = Callable[[Sequence[str]], NDArray[np.float32]]
    """Texts → (n, dimension) float32, unit length."""

_FEATURES: tuple[dict[str, Any], ...] = (
    {"analyzer": "word", "ngram_range": (1, 1)},
    {"analyzer": "word", "ngram_range": (1, 2)},
    {"analyzer": "char_wb", "ngram_range": (2, 4)},
    {"analyzer": "char_wb", "ngram_range": (3, 5)},
)
_STRENGTHS = (1.0, 10.0, 100.0)
_WEIGHTS = (None, "balanced")
_NEIGHBOURS = (1, 3, 5, 9, 15, 25)


def refuse_always() -> Arm:
    """Answers nothing. Right on every question that must be refused, and the floor of every `answer` comparison."""
    return Arm(
        name="refuse-always",
        run=lambda question: Output(refused=True),
        family="baseline",
        fingerprint="refuse-always/1",
        training_seconds=0.0,
        training_examples=0,
        recommendable=False,
        notes="Refuses every question.",
    )


def majority(train: Sequence[Case]) -> Arm:
    """Always the most frequent label, with the training shares as probabilities."""
    counts = Counter(_label(case) for case in train)
    label = min(counts, key=lambda name: (-counts[name], name))
    output = Output(label=label, probabilities={name: n / len(train) for name, n in sorted(counts.items())})
    return Arm(
        name="majority",
        run=lambda text: output,
        family="baseline",
        fingerprint=_fingerprint("majority/1", train),
        training_seconds=0.0,
        training_examples=len(train),
        update="retrain",
        recommendable=False,
        notes="Always the most frequent label.",
    )


def tfidf_linear(train: Sequence[Case], *, seed: int = 0, folds: int = 5) -> Arm:
    """TF-IDF and logistic regression; features, strength and class weights chosen by inner cross-validation on the
    training cases (stratified, groups kept together, macro-F1). Raises MissingExtra without scikit-learn.
    """
    start = time.perf_counter()
    texts, labels, groups = [str(c.input) for c in train], [_label(c) for c in train], [c.group for c in train]
    with _one_thread():
        pipeline, chosen = tuned_tfidf(texts, labels, groups, seed=seed, folds=folds)
    names = [str(name) for name in pipeline.classes_]

    def run(text: str) -> Output:
        shares = pipeline.predict_proba([text])[0]
        probabilities = {name: float(share) for name, share in zip(names, shares, strict=True)}
        return Output(label=max(probabilities, key=lambda name: probabilities[name]), probabilities=probabilities)

    return Arm(
        name="tfidf-linear",
        run=run,
        family="baseline",
        fingerprint=_fingerprint("tfidf-linear/1", train, seed, folds),
        training_seconds=time.perf_counter() - start,
        training_examples=len(train),
        update="retrain",
        notes=f"TF-IDF and logistic regression, chosen by {folds}-fold inner cross-validation: {chosen}",
    )


def tuned_tfidf(
    texts: Sequence[str], labels: Sequence[str], groups: Sequence[str | None], *, seed: int = 0, folds: int = 5
) -> tuple[Any, str]:
    """The pipeline fitted on all texts with the settings that inner cross-validation chose, and those in words."""
    try:
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.linear_model import LogisticRegression
        from sklearn.metrics import f1_score
        from sklearn.model_selection import StratifiedGroupKFold
    except ImportError as error:
        raise MissingExtra("scikit-learn", "tuning") from error
    together = [f"group {g}" if g is not None else f"case {i}" for i, g in enumerate(groups)]
    smallest = min(Counter(labels).values())
    n_splits = max(2, min(folds, smallest, len(set(together))))
    splits = list(StratifiedGroupKFold(n_splits, shuffle=True, random_state=seed).split(texts, labels, together))
    options = [(c, weight) for c in _STRENGTHS for weight in _WEIGHTS]

    def linear(c: float, weight: str | None) -> Any:
        return LogisticRegression(C=c, class_weight=weight, max_iter=1000)

    scores: dict[tuple[int, float, str | None], float] = {}
    for number, features in enumerate(_FEATURES):
        guesses: dict[tuple[float, str | None], list[tuple[str, str]]] = {option: [] for option in options}
        for inner, held_out in splits:
            vectorizer = TfidfVectorizer(sublinear_tf=True, lowercase=True, min_df=1, **features)
            space = _RowSpace(vectorizer.fit_transform([texts[i] for i in inner]))
            matrix, unseen = space.fitted, space.transform(vectorizer.transform([texts[i] for i in held_out]))
            truth = [labels[i] for i in inner]
            if len(set(truth)) < 2:
                continue
            for c, weight in options:
                guessed = linear(c, weight).fit(matrix, truth).predict(unseen)
                guesses[c, weight] += [(labels[i], str(g)) for i, g in zip(held_out, guessed, strict=True)]
        for (c, weight), rows in guesses.items():
            if rows:
                scores[number, c, weight] = f1_score(*zip(*rows, strict=True), average="macro")
    number, c, weight = max(scores, key=lambda key: scores[key]) if scores else (0, 1.0, None)
    vectorizer = TfidfVectorizer(sublinear_tf=True, lowercase=True, min_df=1, **_FEATURES[number])
    space = _RowSpace(vectorizer.fit_transform(texts))
    pipeline = _Pipeline(vectorizer, space, linear(c, weight).fit(space.fitted, list(labels)))
    low, high = _FEATURES[number]["ngram_range"]
    return pipeline, f"{_FEATURES[number]['analyzer']} {low}–{high}-grams, C={c:g}, class weights {weight or 'equal'}"


@contextmanager
def _one_thread() -> Iterator[None]:
    """Matrices this small are multiplied faster, and to the same bits, on one thread."""
    try:
        from threadpoolctl import threadpool_limits
    except ImportError as error:
        raise MissingExtra("scikit-learn", "tuning") from error
    with threadpool_limits(1):
        yield


class _RowSpace:
    """A sparse matrix in the coordinates of its own rows: a linear model with an L2 penalty finds there exactly what it
    would find in the original space, in as many dimensions as there are rows instead of tens of thousands.
    """

    def __init__(self, matrix: Any) -> None:
        """`matrix`: (n, features) sparse. `fitted`: (n, r) float64, r at most n."""
        import numpy as np

        values, vectors = np.linalg.eigh((matrix @ matrix.T).toarray())
        kept = values > 1e-9 * values.max()
        lengths = np.sqrt(values[kept])
        self.fitted = vectors[:, kept] * lengths
        self._matrix = matrix
        self._coordinates = vectors[:, kept] / lengths

    def transform(self, rows: Any) -> Any:
        """(m, features) sparse to (m, r); what no fitted row shares is lost, and no such model looks at it."""
        return (rows @ self._matrix.T) @ self._coordinates


@dataclass(frozen=True, slots=True)
class _Pipeline:
    vectorizer: Any
    space: _RowSpace
    model: Any

    @property
    def classes_(self) -> Any:
        return self.model.classes_

    def predict_proba(self, texts: Sequence[str]) -> Any:
        """(len(texts), classes) shares."""
        return self.model.predict_proba(self.space.transform(self.vectorizer.transform(texts)))

    def predict(self, texts: Sequence[str]) -> Any:
        return self.model.predict(self.space.transform(self.vectorizer.transform(texts)))


def nearest_examples(train: Sequence[Case], embed: Embed, *, embedder: str, identity: str = "") -> Arm:
    """The vote of the most similar training examples, weighted by similarity; how many is chosen by leaving each
    training example (with its group) out. `embedder` names what `embed` is, `identity` tells it from others of that
    name."""
    import numpy as np

    start = time.perf_counter()
    vote = _Vote(
        vectors=embed([str(case.input) for case in train]),
        labels=tuple(_label(case) for case in train),
        names=tuple(sorted({_label(case) for case in train})),
    )
    groups = [case.group if case.group is not None else i for i, case in enumerate(train)]
    alike = vote.vectors @ vote.vectors.T
    alike[np.array([[a == b for b in groups] for a in groups])] = -np.inf
    right = {
        k: sum(max(p := vote.of(alike[i], k), key=lambda n: p[n]) == vote.labels[i] for i in range(len(train)))
        for k in _NEIGHBOURS
        if k < len(train)
    }
    k = max(right, key=lambda n: (right[n], -n)) if right else 1

    def run(text: str) -> Output:
        probabilities = vote.of(vote.vectors @ embed([text])[0], k)
        return Output(label=max(probabilities, key=lambda name: probabilities[name]), probabilities=probabilities)

    return Arm(
        name="nearest-examples",
        run=run,
        family="rag",
        fingerprint=_fingerprint("nearest-examples/1", train, identity or embedder),
        training_seconds=time.perf_counter() - start,
        training_examples=len(train),
        update="immediate",
        notes=f"The vote of the {k} most similar training examples, by {embedder}.",
    )


@dataclass(frozen=True, slots=True)
class _Vote:
    vectors: NDArray[np.float32]
    """(n, dimension), unit length."""
    labels: tuple[str, ...]
    names: tuple[str, ...]

    def of(self, similarities: NDArray[np.float32], k: int) -> dict[str, float]:
        """Label → share of the k nearest's weight; weights fall off below the nearest one, temperature 0.05."""
        import numpy as np

        nearest = np.argsort(-similarities, kind="stable")[:k]
        weights = np.exp((similarities[nearest] - similarities[nearest[0]]) / 0.05)
        shares = dict.fromkeys(self.names, 0.0)
        for index, weight in zip(nearest, weights, strict=True):
            shares[self.labels[index]] += float(weight / weights.sum())
        return shares


def _label(case: Case) -> str:
    assert case.label is not None, f"case {case.id} has no label"
    return case.label


def _fingerprint(kind: str, train: Sequence[Case], *settings: object) -> str:
    named = json.dumps([kind, cases_hash(train), [str(setting) for setting in settings]])
    return hashlib.sha256(named.encode()).hexdigest()[:32]
