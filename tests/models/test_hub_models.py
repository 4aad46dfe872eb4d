"""Models from folders, as a hub's are once they are downloaded: tiny ones, made on the spot."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from groundtune.errors import ModelError, ModelUnavailable  # noqa: E402
from groundtune.models import Message, open_chat, open_embedder  # noqa: E402

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "query", "passage", ":", "annual", "leave", "days", "연차", "휴가"]


def _tokenizer(**options: Any) -> Any:
    from tokenizers import Tokenizer, models, pre_tokenizers, processors

    tokenizer = Tokenizer(models.WordLevel({word: i for i, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    if not options.get("chat_template"):
        tokenizer.post_processor = processors.TemplateProcessing(
            single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
        )
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]", eos_token="[SEP]", **options
    )


def write_encoder(folder: Path, modules: list[str] | None = None, pooling: str = "mean_tokens") -> Path:
    torch.manual_seed(0)
    config = transformers.BertConfig(
        vocab_size=len(WORDS), hidden_size=32, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=64, max_position_embeddings=24,
    )  # fmt: skip
    transformers.BertModel(config).save_pretrained(folder)
    _tokenizer(model_max_length=24).save_pretrained(folder)
    if modules is not None:
        table = [
            {"path": f"{i}_{kind}" if i else "", "type": f"sentence_transformers.models.{kind}"}
            for i, kind in enumerate(modules)
        ]
        (folder / "modules.json").write_text(json.dumps(table))
        (folder / "1_Pooling").mkdir()
        (folder / "1_Pooling" / "config.json").write_text(json.dumps({f"pooling_mode_{pooling}": True}))
    return folder


def hidden_states(folder: Path, text: str) -> Any:
    ids = transformers.AutoTokenizer.from_pretrained(folder)(text, return_tensors="pt")
    with torch.inference_mode():
        return transformers.AutoModel.from_pretrained(folder).eval()(**ids).last_hidden_state[0].numpy()


def unit(vector: Any) -> Any:
    return vector / np.linalg.norm(vector)


def test_a_folder_s_embedder_pools_the_mean_and_keeps_the_contract(tmp_path: Path) -> None:
    folder = write_encoder(tmp_path / "tiny")
    embedder = open_embedder(f"hf:{folder}")
    texts = ["annual leave", "연차 휴가 days", ""]
    vectors = embedder.embed_passages(texts)
    assert vectors.shape == (3, 32)
    np.testing.assert_allclose(vectors[1], unit(hidden_states(folder, texts[1]).mean(0)), atol=1e-6)
    assert (embedder.embed_passages(texts[1:2])[0] == vectors[1]).all()
    assert embedder.count_tokens(texts) == [2, 3, 0]
    assert embedder.token_offsets("연차 휴가") == [(0, 2), (3, 5)]
    assert embedder.window == 22


def test_the_first_token_is_pooled_where_the_model_says_so(tmp_path: Path) -> None:
    folder = write_encoder(tmp_path / "tiny", ["Transformer", "Pooling", "Normalize"], "cls_token")
    vector = open_embedder(f"hf:{folder}").embed_queries(["annual leave"])[0]
    np.testing.assert_allclose(vector, unit(hidden_states(folder, "annual leave")[0]), atol=1e-6)


def test_e5_and_models_with_prompts_are_given_what_they_were_trained_with(tmp_path: Path) -> None:
    folder = write_encoder(tmp_path / "my-e5-small")
    embedder = open_embedder(f"hf:{folder}")
    np.testing.assert_allclose(
        embedder.embed_queries(["leave"])[0], unit(hidden_states(folder, "query: leave").mean(0)), atol=1e-6
    )
    assert embedder.window == 20
    prompts = {"prompts": {"query": "annual ", "document": "days "}}
    (folder / "config_sentence_transformers.json").write_text(json.dumps(prompts))
    np.testing.assert_allclose(
        open_embedder(f"hf:{folder}").embed_passages(["leave"])[0],
        unit(hidden_states(folder, "days leave").mean(0)),
        atol=1e-6,
    )


def test_only_a_model_s_own_name_tells_its_forms(tmp_path: Path) -> None:
    folder = write_encoder(tmp_path / "my-e5-models" / "plain")
    np.testing.assert_allclose(
        open_embedder(f"hf:{folder}").embed_queries(["leave"])[0],
        unit(hidden_states(folder, "leave").mean(0)),
        atol=1e-6,
    )


def test_a_folder_without_a_model_says_so(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match=str(tmp_path)):
        open_embedder(f"hf:{tmp_path}")
    with pytest.raises(ModelUnavailable, match=str(tmp_path)):
        open_chat(f"hf:{tmp_path}")


@pytest.fixture(scope="module")
def chat_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("chat")
    torch.manual_seed(0)
    config = transformers.LlamaConfig(
        vocab_size=len(WORDS), hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=64,
        max_position_embeddings=32, eos_token_id=3, pad_token_id=0, bos_token_id=2,
    )  # fmt: skip
    transformers.LlamaForCausalLM(config).save_pretrained(folder)
    template = "{% for m in messages %}{{ m['role'] }} : {{ m['content'] }} {% endfor %}query :"
    _tokenizer(chat_template=template).save_pretrained(folder)
    return folder


ASK = [Message("user", "annual leave days")]


def test_a_folder_s_chat_model_is_greedy_and_knows_its_window(chat_folder: Path) -> None:
    chat = open_chat(f"hf:{chat_folder}")
    first = chat.complete(ASK, max_tokens=5)
    assert first.text == chat.complete(ASK, max_tokens=5, seed=9).text
    assert first.prompt_tokens == 7
    assert first.completion_tokens is not None
    assert first.completion_tokens <= 5
    assert chat.window == 32
    with pytest.raises(ModelError, match="32"):
        chat.complete([Message("user", "leave " * 40)], max_tokens=5)
    with pytest.raises(ModelError, match="schema"):
        chat.complete(ASK, max_tokens=5, schema={"type": "object"})


def test_an_adapter_s_folder_is_opened_on_the_base_that_it_names(chat_folder: Path, tmp_path: Path) -> None:
    peft = pytest.importorskip("peft")
    base = transformers.AutoModelForCausalLM.from_pretrained(chat_folder)
    config = peft.LoraConfig(target_modules=["q_proj", "lm_head"], init_lora_weights=False, task_type="CAUSAL_LM")
    torch.manual_seed(3)
    tuned = peft.get_peft_model(base, config)
    tuned.peft_config["default"].base_model_name_or_path = str(chat_folder)
    tuned.save_pretrained(tmp_path)
    chat = open_chat(f"adapter:{tmp_path}")
    prompt = transformers.AutoTokenizer.from_pretrained(chat_folder)(
        "user : annual leave days query :", return_tensors="pt"
    )
    with torch.inference_mode():
        next_word = int(tuned.eval()(**prompt).logits[0, -1].argmax())
    assert chat.complete(ASK, max_tokens=1).text == ("" if next_word in (0, 1, 3) else WORDS[next_word])


def test_a_folder_without_an_adapter_says_so(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="adapter"):
        open_chat(f"adapter:{tmp_path}")
