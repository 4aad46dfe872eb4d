"""The words' part of a classifier: what counts as a word, and that it is the regression that it claims to be."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from groundtune.errors import ModelError
from groundtune.tuning.words import WordModel, fit_words, terms_of

TEXTS = [
    "Sold contracts to clients in Busan; a client renewed.",
    "Closed deals, revenue up by 40%.",
    "Nursed patients on the night shift, twelve beds.",
    "Gave doses to patients at the bedside.",
    "Drove cargo by truck, no accident.",
    "트럭으로 화물을 운송했습니다.",
    "화물차를 12년 몰았습니다.",
]
TRUTH = np.array([0, 0, 1, 1, 2, 2, 2], np.int64)


@pytest.fixture(scope="module")
def model() -> WordModel:
    pytest.importorskip("sklearn")
    return fit_words(TEXTS, TRUTH, 4, strength=3.0, balanced=True)


def test_korean_words_are_found_whatever_their_ending() -> None:
    assert terms_of("화물을 운송") == ["화물", "물을", "운송"]
    assert set(terms_of("화물차")) & set(terms_of("화물을")) == {"화물"}


def test_words_are_compared_without_case_width_and_single_letters() -> None:
    assert terms_of("A Sales-Lead, ＳＱＬ e-mail C") == ["sales", "lead", "sql", "mail"]


def test_it_is_the_regression_that_scikit_learn_fits_on_sublinear_tfidf(model: WordModel) -> None:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    vectorizer = TfidfVectorizer(analyzer=terms_of, sublinear_tf=True)
    regression = LogisticRegression(C=3.0, class_weight="balanced", max_iter=1000)
    regression.fit(vectorizer.fit_transform(TEXTS), TRUTH)
    unseen = ["patients and cargo, cargo, cargo", "화물 트럭", "a contract"]
    expected = regression.decision_function(vectorizer.transform(unseen))
    assert np.abs(model.logits(unseen)[:, :3] - expected).max() < 1e-3


def test_a_class_without_texts_is_never_the_guess(model: WordModel) -> None:
    assert 3 not in model.logits([*TEXTS, "nothing known", ""]).argmax(axis=1)


def test_two_classes_get_a_row_each() -> None:
    pytest.importorskip("sklearn")
    model = fit_words(TEXTS[:4], TRUTH[:4], 2, strength=3.0, balanced=False)
    assert model.logits(TEXTS[:4]).argmax(axis=1).tolist() == [0, 0, 1, 1]


def test_texts_without_a_single_word_can_be_fitted_and_read() -> None:
    pytest.importorskip("sklearn")
    model = fit_words(["!", "?", ""], np.array([0, 1, 1], np.int64), 2, strength=3.0, balanced=True)
    assert np.isfinite(model.logits(["anything"])).all()


def test_saved_and_loaded_it_gives_the_same_bits_and_the_same_file(model: WordModel, tmp_path: Path) -> None:
    model.save(tmp_path / "words.npz")
    again = WordModel.load(tmp_path / "words.npz")
    assert np.array_equal(again.logits(TEXTS), model.logits(TEXTS))
    again.save(tmp_path / "again.npz")
    assert (tmp_path / "again.npz").read_bytes() == (tmp_path / "words.npz").read_bytes()


def test_a_text_is_read_alike_alone_and_among_others(model: WordModel) -> None:
    assert np.array_equal(model.logits(TEXTS), np.concatenate([model.logits([text]) for text in TEXTS]))


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "words.npz").write_bytes(b"PK\x03\x04 broken")
    with pytest.raises(ModelError, match=r"words\.npz"):
        WordModel.load(tmp_path / "words.npz")
    with pytest.raises(ModelError, match=r"words\.npz"):
        WordModel.load(tmp_path / "words.npz" / "missing")
