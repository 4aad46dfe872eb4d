"""A tuned encoder and the graph that is written from its weights say the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from groundtune.models.graph import Head, write_encoder_graph  # noqa: E402
from groundtune.models.runtime import GraphRunner  # noqa: E402


@pytest.fixture(scope="module")
def bert() -> Any:
    from transformers import BertConfig, BertForSequenceClassification

    torch.manual_seed(1)
    config = BertConfig(
        vocab_size=50, hidden_size=64, num_hidden_layers=2, num_attention_heads=4, intermediate_size=128,
        max_position_embeddings=40, num_labels=3, initializer_range=0.1,
    )  # fmt: skip
    bert = BertForSequenceClassification(config).eval()
    for name, value in bert.named_parameters():
        if name.endswith("bias"):  # zero in a new model, in a trained one not
            torch.nn.init.normal_(value, std=0.5)
    return bert


def weights(module: Any) -> dict[str, Any]:
    return {name: value.detach().numpy() for name, value in module.state_dict().items()}


SEQUENCES = [[2, 5, 9, 3], [2, 3], [2, *range(4, 40), 3]]


@pytest.mark.parametrize(("precision", "tolerance"), [("fp32", 1e-4), ("int8", 0.05)])
def test_a_classifier_s_graph_gives_the_trained_model_s_logits(
    bert: Any, tmp_path: Path, precision: Any, tolerance: float
) -> None:
    pooler, classifier = weights(bert.bert.pooler), weights(bert.classifier)
    head = Head(classifier["weight"], classifier["bias"], (pooler["dense.weight"], pooler["dense.bias"]))
    path = tmp_path / "graph.onnx"
    write_encoder_graph(
        weights(bert.bert), path, heads=4, epsilon=1e-12, head=head, pooling="first", precision=precision
    )
    runner = GraphRunner(path)
    assert runner.outputs == 3
    for ids in SEQUENCES:
        with torch.inference_mode():
            expected = bert(torch.tensor([ids])).logits[0].numpy()
        np.testing.assert_allclose(runner.run(ids), expected, atol=tolerance)


def test_word_embeddings_from_outside_give_what_those_inside_give(bert: Any, tmp_path: Path) -> None:
    inside = weights(bert.bert)
    outside = dict(inside)
    words = outside.pop("embeddings.word_embeddings.weight")
    for name, given in (("inside", inside), ("outside", outside)):
        write_encoder_graph(given, tmp_path / name, heads=4, epsilon=1e-12)
    from_inside = GraphRunner(tmp_path / "inside")
    from_outside = GraphRunner(tmp_path / "outside", lambda ids: words[ids])
    for ids in SEQUENCES:
        assert (from_inside.run(ids) == from_outside.run(ids)).all()


def test_the_mean_of_all_tokens_is_pooled_unless_the_first_is_asked_for(bert: Any, tmp_path: Path) -> None:
    write_encoder_graph(weights(bert.bert), tmp_path / "graph", heads=4, epsilon=1e-12)
    with torch.inference_mode():
        expected = bert.bert(torch.tensor([SEQUENCES[2]])).last_hidden_state[0].mean(0).numpy()
    np.testing.assert_allclose(GraphRunner(tmp_path / "graph").run(SEQUENCES[2]), expected, atol=1e-4)


@pytest.mark.parametrize("precision", ["fp32", "int8"])
def test_an_output_does_not_depend_on_the_texts_beside_it(bert: Any, tmp_path: Path, precision: Any) -> None:
    write_encoder_graph(weights(bert.bert), tmp_path / "graph", heads=4, epsilon=1e-12, precision=precision)
    runner = GraphRunner(tmp_path / "graph")
    texts = ["5 9", "7", "5 9 11 13 30 31 32 33", "5 9"] * 50
    outputs = list(runner.run_all(texts, lambda text: [2, *map(int, text.split()), 3]))
    assert len(outputs) == 200
    for text, output in zip(texts, outputs, strict=True):
        assert (output == runner.run([2, *map(int, text.split()), 3])).all()
