"""The floors that every approach has to beat."""

import numpy as np
import pytest

from groundtune.comparison import baselines
from groundtune.types import Case

TRAIN = [
    Case(id=f"{label}{i}", input=f"{words} {i}", label=label)
    for label, words in (("cook", "kitchen menu oven"), ("drive", "lorry road wheel"), ("teach", "school pupil lesson"))
    for i in range(8 if label == "cook" else 6)
]


def embed(texts):
    """Counts of three words, so that similarity is known."""
    counts = np.array([[text.count(word) + 1e-3 for word in ("oven", "road", "school")] for text in texts])
    return (counts / np.linalg.norm(counts, axis=1, keepdims=True)).astype(np.float32)


def test_majority_gives_the_most_frequent_label_and_the_shares():
    output = baselines.majority(TRAIN).run("anything")
    assert output.label == "cook"
    assert output.probabilities["drive"] == pytest.approx(6 / 20)


def test_tfidf_learns_words_and_says_what_was_chosen():
    pytest.importorskip("sklearn")
    arm = baselines.tfidf_linear(TRAIN, folds=2)
    assert arm.run("a lorry on the road").label == "drive"
    assert "C=" in arm.notes
    assert arm.fingerprint == baselines.tfidf_linear(TRAIN, folds=2).fingerprint
    assert arm.fingerprint != baselines.tfidf_linear(TRAIN[1:], folds=2).fingerprint


def test_nearest_examples_vote_and_their_shares_sum_to_one():
    arm = baselines.nearest_examples(TRAIN, embed, embedder="counts")
    output = arm.run("a school with an oven and another school")
    assert output.label == "teach"
    assert sum(output.probabilities.values()) == pytest.approx(1.0)
