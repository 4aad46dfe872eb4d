"""A classifier is trained, calibrated, exported, checked against the trained model, and registered with its card."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

from groundtune.errors import ModelError, Stopped, UsageError
from groundtune.models.graph import Head
from groundtune.storage.database import Database
from groundtune.storage.registry import ModelVersion, Registry
from groundtune.tuning.classifier_module import shortened
from groundtune.tuning.classify import tune_classifier
from groundtune.tuning.data import read_labelled
from groundtune.tuning.export import fitted_head
from groundtune.tuning.loop import LoopRecipe
from groundtune.tuning.predict import Classifier, open_classifier
from groundtune.tuning.recipe import ClassifyRecipe
from groundtune.tuning.split import split
from groundtune.tuning.words import WordModel
from tests.tuning.tiny_bert import write_encoder, write_labelled

LOOP = LoopRecipe(epochs=6, learning_rate=3e-3, threads=1, bf16=False, patience=6)


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_encoder(tmp_path_factory.mktemp("encoder"))


def registry_in(folder: Path) -> Registry:
    return Registry(Database(folder / "db.sqlite"), folder / "models")


def tuned(
    folder: Path, encoder: Path, stop: threading.Event | None = None, **changes: object
) -> tuple[ModelVersion, bool]:
    folder.mkdir(exist_ok=True)
    data = read_labelled(write_labelled(folder / "data.csv"))
    recipe = ClassifyRecipe(base_model=f"hf:{encoder}", prefix="", window=40, head_strength=0.01, loop=LOOP)
    return tune_classifier("jobs", data, split(data), replace(recipe, **changes), registry_in(folder), stop=stop)


def weights_of(version: ModelVersion) -> dict[str, str]:
    """The hash of each file that decides a prediction's numbers."""
    hashes = {file.path: file.sha256 for file in version.details}
    return {path: hashes[path] for path in ("fp32.onnx", "int8.onnx", "words.npz")}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, encoder: Path) -> tuple[ModelVersion, Path]:
    folder = tmp_path_factory.mktemp("workspace")
    return tuned(folder, encoder)[0], folder


def test_the_model_learns_what_the_labels_mean(made: tuple[ModelVersion, Path]) -> None:
    version, _ = made
    metrics = version.metrics
    assert metrics["macro_f1"].value > 0.8
    assert metrics["macro_f1"].low is not None
    assert metrics["macro_f1"].low <= metrics["macro_f1"].value
    prediction = open_classifier(version).predict(["the ward shift and a patient dose bedside"])[0]
    assert prediction.label == "nurse"
    assert abs(sum(prediction.probabilities.values()) - 1) < 1e-9


def test_the_export_is_the_trained_model_and_int8_states_its_loss(made: tuple[ModelVersion, Path]) -> None:
    version, _ = made
    assert (version.state, version.state_note) == ("ready", "")
    assert version.metrics["export_difference"].value <= 1e-4
    parity = json.loads((version.folder / "evaluation.json").read_text())["parity"]
    assert parity["other_labels"] == 0
    assert abs(parity["int8_macro_f1_lost"]) < 0.2


def test_the_head_of_int8_takes_back_what_rounding_did_to_every_text_alike() -> None:
    numbers = np.random.default_rng(0)
    vectors = numbers.normal(size=(300, 16)).astype(np.float32)
    rounded = vectors * np.float32(0.95) + np.float32(0.1)
    head = Head(numbers.normal(size=(5, 16)).astype(np.float32), numbers.normal(size=5).astype(np.float32))

    def logits(of: Head, given: np.ndarray) -> np.ndarray:
        return given @ of.weight.T + of.bias

    wanted = logits(head, vectors)
    fitted = fitted_head(head, wanted[:200], logits(head, rounded[:200]))
    before = np.abs(logits(head, rounded[200:]) - wanted[200:]).max()
    after = np.abs(logits(fitted, rounded[200:]) - wanted[200:]).max()
    assert after < before / 4


def test_an_export_that_differs_is_not_promoted(tmp_path: Path, encoder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from groundtune.models import graph

    write = graph.write_encoder_graph

    def spoilt(weights: dict[str, np.ndarray], *rest: object, **more: object) -> None:
        write({name: value * 1.5 for name, value in weights.items()}, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(graph, "write_encoder_graph", spoilt)
    version, _ = tuned(tmp_path, encoder, loop=replace(LOOP, epochs=1))
    assert version.state == "unfit"
    with pytest.raises(UsageError, match="must not be promoted"):
        registry_in(tmp_path).promote("jobs", 1, who="kim", why="hope")


def test_a_prediction_does_not_depend_on_its_neighbours(made: tuple[ModelVersion, Path]) -> None:
    classifier = open_classifier(made[0], "fp32")
    texts = ["truck route", "we look for a person who will work with our team every day", "deal"]
    together, alone = classifier.logits(texts), [classifier.logits([text])[0] for text in texts]
    assert np.array_equal(together, np.stack(alone))
    assert classifier.predict(texts) == [classifier.predict([text])[0] for text in texts]


def test_prediction_imports_neither_torch_nor_scikit_learn(made: tuple[ModelVersion, Path]) -> None:
    program = (
        "import sys; from pathlib import Path; from groundtune.tuning.predict import Classifier; "
        "found = Classifier(Path(sys.argv[1])).predict(['truck route cargo depot fuel']); "
        "print(found[0].label, bool({'torch', 'sklearn', 'scipy'} & set(sys.modules)))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program, str(made[0].folder)], capture_output=True, text=True, check=True
    )
    assert ended.stdout.split() == ["driver", "False"]


def test_the_words_are_part_of_the_version_and_of_its_predictions(made: tuple[ModelVersion, Path]) -> None:
    version, _ = made
    assert "words.npz" in {file.path for file in version.details}
    text = "truck route"
    whole = Classifier(version.folder, "fp32").logits([text])[0]
    words = WordModel.load(version.folder / "words.npz").logits([text])[0]
    driver = Classifier(version.folder).labels.index("driver")
    assert words.argmax() == driver
    assert (whole - words).std() > 0


def test_a_version_whose_words_are_lost_is_not_opened(made: tuple[ModelVersion, Path], tmp_path: Path) -> None:
    for name in ("classifier.json", "fp32.onnx", "tokenizer.json"):
        shutil.copy(made[0].folder / name, tmp_path / name)
    with pytest.raises(ModelError, match=r"words\.npz"):
        Classifier(tmp_path, "fp32")


def test_words_can_be_left_out(tmp_path: Path, encoder: Path) -> None:
    version, _ = tuned(tmp_path, encoder, word_strength=0.0, loop=replace(LOOP, epochs=1))
    assert not (version.folder / "words.npz").exists()
    assert (version.state, version.state_note) == ("ready", "")


def test_the_same_data_and_recipe_are_not_trained_twice(made: tuple[ModelVersion, Path], encoder: Path) -> None:
    version, folder = made
    again, new = tuned(folder, encoder)
    assert (again.version, new) == (version.version, False)


def test_training_again_elsewhere_gives_the_same_weights(
    made: tuple[ModelVersion, Path], encoder: Path, tmp_path: Path
) -> None:
    again, _ = tuned(tmp_path, encoder)
    assert weights_of(again) == weights_of(made[0])


def test_a_stopped_run_is_continued_by_the_same_call(
    made: tuple[ModelVersion, Path], encoder: Path, tmp_path: Path
) -> None:
    stop = threading.Event()
    stop.set()
    with pytest.raises(Stopped):
        tuned(tmp_path, encoder, stop)
    version, _ = tuned(tmp_path, encoder)
    assert json.loads((version.folder / "evaluation.json").read_text())["trained"]["continued"]
    assert weights_of(version) == weights_of(made[0])
    assert not list((tmp_path / "models" / ".runs").iterdir())


@pytest.mark.parametrize("method", ["lora", "head"])
def test_other_methods_train_and_export_alike(tmp_path: Path, encoder: Path, method: str) -> None:
    version, _ = tuned(tmp_path, encoder, method=method, lora_rank=4, loop=replace(LOOP, epochs=2))
    assert version.state == "ready"
    assert Classifier(version.folder).predict(["deal"])[0].label in ("sales", "nurse", "driver")


def test_shortened_texts_keep_their_share_and_order_and_differ_by_epoch() -> None:
    text = "One. Two! Three?\nFour\nFive. Six"
    parts = ["One.", "Two!", "Three?", "Four", "Five.", "Six"]
    epochs = [shortened([text], 0.5, seed=1, epoch=epoch)[0].split("\n") for epoch in range(20)]
    for kept in epochs:
        assert 3 <= len(kept) <= 6
        assert kept == [part for part in parts if part in kept]
    assert len({tuple(kept) for kept in epochs}) > 5
    assert shortened([text], 0.5, seed=1, epoch=3) == shortened([text], 0.5, seed=1, epoch=3)
    assert shortened([text, "whole"], 1.0, seed=1, epoch=3) == [text, "whole"]


def test_the_card_is_written_in_both_languages(made: tuple[ModelVersion, Path]) -> None:
    folder = made[0].folder
    english, korean = (folder / "card.md").read_text(), (folder / "card.ko.md").read_text()
    for card in (english, korean):
        assert "macro-F1" in card
        assert "nurse" in card
        assert "learning_rate = 0.003" in card
    assert "held-out" in english
    assert "검증" in korean
