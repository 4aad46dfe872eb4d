"""Folders as sentence-transformers writes them give its vectors, or are refused; each is made on the spot."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from groundtune.errors import ModelUnavailable  # noqa: E402
from groundtune.models import open_embedder  # noqa: E402
from tests.models.test_hub_models import hidden_states, unit, write_encoder  # noqa: E402

TEXT = "annual leave days"
HIDDEN = 32


def write_model(
    folder: Path,
    pooling: dict[str, Any],
    *layers: str,
    dense: dict[str, Any] | None = None,
    transformer: dict[str, Any] | None = None,
    settings: dict[str, Any] | None = None,
) -> Path:
    """An encoder with a pooling configuration and `layers` behind it; a Dense halves the dimension."""
    write_encoder(folder)
    kinds = ["Transformer", "Pooling", *layers]
    paths = ["", *(f"{i}_{kind}" for i, kind in enumerate(kinds) if i)]
    table = [
        {
            "idx": i,
            "name": str(i),
            "path": path,
            "type": kind if "." in kind else f"sentence_transformers.models.{kind}",
        }
        for i, (kind, path) in enumerate(zip(kinds, paths, strict=True))
    ]
    (folder / "modules.json").write_text(json.dumps(table))
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling" / "config.json").write_text(json.dumps({"word_embedding_dimension": HIDDEN, **pooling}))
    if transformer is not None:
        (folder / "sentence_bert_config.json").write_text(json.dumps(transformer))
    if settings is not None:
        (folder / "config_sentence_transformers.json").write_text(json.dumps(settings))
    for path, kind in zip(paths[2:], layers, strict=True):
        (folder / path).mkdir()
        if kind == "Dense":
            _write_dense(folder / path, dense or {})
    return folder


def _write_dense(folder: Path, changes: dict[str, Any]) -> None:
    from safetensors.torch import save_file

    config = {"in_features": HIDDEN, "out_features": HIDDEN // 2, "bias": True}
    config |= {"activation_function": "torch.nn.modules.activation.Tanh"} | changes
    (folder / "config.json").write_text(json.dumps(config))
    torch.manual_seed(5)
    weights = {"linear.weight": torch.randn(HIDDEN // 2, HIDDEN), "linear.bias": torch.randn(HIDDEN // 2)}
    if not config["bias"]:
        del weights["linear.bias"]
    save_file(weights, folder / "model.safetensors")


def dense_weights(folder: Path) -> tuple[Any, Any]:
    from safetensors.numpy import load_file

    found = load_file(next(folder.glob("*_Dense")) / "model.safetensors")
    return found["linear.weight"], found.get("linear.bias", 0.0)


POOLED = {
    "cls_token": lambda tokens: tokens[0],
    "mean_tokens": lambda tokens: tokens.mean(0),
    "max_tokens": lambda tokens: tokens.max(0),
    "mean_sqrt_len_tokens": lambda tokens: tokens.sum(0) / np.sqrt(len(tokens)),
    "weightedmean_tokens": lambda tokens: np.average(tokens, axis=0, weights=range(1, len(tokens) + 1)),
    "lasttoken": lambda tokens: tokens[-1],
}


@pytest.mark.parametrize("way", POOLED)
@pytest.mark.parametrize("layers", [(), ("Normalize",), ("Dense",), ("Dense", "Normalize"), ("Normalize", "Dense")])
def test_tokens_are_pooled_and_layered_as_the_folder_says(tmp_path: Path, way: str, layers: tuple[str, ...]) -> None:
    folder = write_model(tmp_path / "m", {f"pooling_mode_{way}": True, "pooling_mode_none": False}, *layers)
    embedder = open_embedder(f"hf:{folder}")
    expected = POOLED[way](hidden_states(folder, TEXT))
    for layer in layers:
        if layer == "Normalize":
            expected = unit(expected)
        else:
            matrix, bias = dense_weights(folder)
            expected = np.tanh(matrix @ expected + bias)
    found = embedder.embed_passages([TEXT])[0]
    np.testing.assert_allclose(found, unit(expected), atol=1e-5)
    assert embedder.dimension == len(found) == (HIDDEN // 2 if "Dense" in layers else HIDDEN)


def test_the_newer_spelling_and_several_ways_at_once_are_read(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "m", {"pooling_mode": ["cls", "mean"]})
    tokens = hidden_states(folder, TEXT)
    found = open_embedder(f"hf:{folder}").embed_queries([TEXT])[0]
    np.testing.assert_allclose(found, unit(np.concatenate([tokens[0], tokens.mean(0)])), atol=1e-6)


def test_a_dense_layer_without_bias_or_activation_is_a_matrix(tmp_path: Path) -> None:
    plain = {"bias": False, "activation_function": "torch.nn.modules.linear.Identity"}
    folder = write_model(tmp_path / "m", {"pooling_mode_mean_tokens": True}, "Dense", dense=plain)
    expected = dense_weights(folder)[0] @ hidden_states(folder, TEXT).mean(0)
    np.testing.assert_allclose(open_embedder(f"hf:{folder}").embed_queries([TEXT])[0], unit(expected), atol=1e-5)


def test_the_form_before_a_text_is_not_pooled_where_the_model_says_so(tmp_path: Path) -> None:
    prompts = {"prompts": {"query": "query : ", "document": ""}}
    config = {"pooling_mode_mean_tokens": True, "include_prompt": False}
    folder = write_model(tmp_path / "m", config, settings=prompts)
    embedder = open_embedder(f"hf:{folder}")
    tokens = hidden_states(folder, f"query : {TEXT}")
    np.testing.assert_allclose(embedder.embed_queries([TEXT])[0], unit(tokens[3:].mean(0)), atol=1e-6)
    plain = hidden_states(folder, TEXT)
    np.testing.assert_allclose(embedder.embed_passages([TEXT])[0], unit(plain.mean(0)), atol=1e-6)


def test_what_the_model_states_about_length_case_and_dimension_holds(tmp_path: Path) -> None:
    folder = write_model(
        tmp_path / "m",
        {"pooling_mode_mean_tokens": True},
        transformer={"max_seq_length": 8, "do_lower_case": True},
        settings={"truncate_dim": 10},
    )
    embedder = open_embedder(f"hf:{folder}")
    assert (embedder.window, embedder.dimension) == (6, 10)
    expected = unit(hidden_states(folder, TEXT).mean(0)[:10])
    np.testing.assert_allclose(embedder.embed_passages(["Annual LEAVE days"])[0], expected, atol=1e-6)
    long = embedder.embed_passages([" ".join([TEXT] * 2), " ".join([TEXT] * 5)])
    np.testing.assert_array_equal(long[0], long[1])


def test_a_transformer_in_a_folder_of_its_own_is_found(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "m", {"pooling_mode_cls_token": True})
    inner = folder / "0_Transformer"
    inner.mkdir()
    for file in ("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"):
        (folder / file).rename(inner / file)
    table = json.loads((folder / "modules.json").read_text())
    table[0]["path"] = "0_Transformer"
    (folder / "modules.json").write_text(json.dumps(table))
    found = open_embedder(f"hf:{folder}").embed_queries([TEXT])[0]
    np.testing.assert_allclose(found, unit(hidden_states(inner, TEXT)[0]), atol=1e-6)


@pytest.mark.parametrize(
    ("pooling", "layers", "options", "named"),
    [
        ({"pooling_mode": "attention"}, (), {}, "attention"),
        ({"pooling_mode_new_tokens": True}, (), {}, "pooling_mode_new_tokens"),
        ({}, ("LSTM",), {}, "LSTM"),
        ({}, ("custom_st.Dense",), {}, "custom_st.Dense"),
        ({}, ("Dense",), {"dense": {"activation_function": "my_code.Swish"}}, "my_code.Swish"),
        ({}, ("Dense",), {"dense": {"module_input_name": "token_embeddings"}}, "token_embeddings"),
        ({}, ("Dense",), {"dense": {"out_features": 7}}, "config.json"),
        ({}, (), {"transformer": {"transformer_task": "fill-mask"}}, "fill-mask"),
    ],
)
def test_what_would_be_run_otherwise_is_refused_by_name(
    tmp_path: Path, pooling: dict[str, Any], layers: tuple[str, ...], options: dict[str, Any], named: str
) -> None:
    folder = write_model(tmp_path / "m", pooling, *layers, **options)
    with pytest.raises(ModelUnavailable, match=named):
        open_embedder(f"hf:{folder}")


def test_a_pooling_folder_that_is_named_and_missing_is_refused(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "m", {})
    (folder / "1_Pooling" / "config.json").unlink()
    with pytest.raises(ModelUnavailable, match=r"1_Pooling/config\.json"):
        open_embedder(f"hf:{folder}")


def test_a_bare_model_that_writes_text_is_refused_rather_than_averaged(tmp_path: Path) -> None:
    folder = write_encoder(tmp_path / "m")
    config = transformers.LlamaConfig(
        vocab_size=12, hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=64
    )
    transformers.LlamaForCausalLM(config).save_pretrained(folder)
    with pytest.raises(ModelUnavailable, match="pools"):
        open_embedder(f"hf:{folder}")


def test_roberta_is_never_given_more_tokens_than_it_has_places_for(tmp_path: Path) -> None:
    folder = write_encoder(tmp_path / "m")
    config = transformers.RobertaConfig(
        vocab_size=12, hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=64,
        max_position_embeddings=20, pad_token_id=0,
    )  # fmt: skip
    transformers.RobertaModel(config).save_pretrained(folder)
    embedder = open_embedder(f"hf:{folder}")
    assert embedder.window == 20 - 1 - 2
    assert embedder.embed_passages(["annual " * 40]).shape == (1, 32)
