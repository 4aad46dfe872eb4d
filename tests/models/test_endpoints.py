from __future__ import annotations

import base64
from typing import Any

import numpy as np
import pytest

from groundtune.errors import ModelError, ModelUnavailable, UnknownName
from groundtune.models import Message, open_chat, open_embedder
from groundtune.models.chat_endpoint import EndpointChat
from groundtune.models.endpoint import ATTEMPTS, EndpointClient
from groundtune.settings import Endpoint
from tests.models.http_server import Reply, chat_reply, serving

ASK = [Message("user", "How many days?")]


def test_a_chat_endpoint_is_sent_the_conversation_and_its_reply_is_read() -> None:
    with serving(lambda path, body: (200, chat_reply("Fifteen."))) as server:
        chat = open_chat("openai:qwen@house", {"house": Endpoint(server.url, languages=("ko", "en"))})
        completion = chat.complete(ASK, max_tokens=20, temperature=0.5, seed=3, stop=["\n"])
    path, _, body = server.requests[0]
    assert path == "/v1/chat/completions"
    assert body == {
        "model": "qwen",
        "messages": [{"role": "user", "content": "How many days?"}],
        "max_tokens": 20,
        "temperature": 0.5,
        "seed": 3,
        "stop": ["\n"],
    }
    assert (completion.text, completion.prompt_tokens, completion.completion_tokens) == ("Fifteen.", 7, 3)
    assert completion.finished
    assert chat.languages == {"ko", "en"}
    assert chat.offline


def test_a_model_on_another_machine_is_not_offline() -> None:
    assert not open_chat("openai:gpt@cloud", {"cloud": Endpoint("https://api.example.com/v1")}).offline


def test_an_answer_that_was_cut_off_is_not_finished() -> None:
    with serving(lambda path, body: (200, chat_reply("Fif", "length"))) as server:
        chat = open_chat("openai:qwen@house", {"house": Endpoint(server.url)})
        assert not chat.complete(ASK, max_tokens=1).finished


def test_unknown_usage_stays_unknown() -> None:
    with serving(lambda path, body: (200, {"choices": [{"message": {"content": "Yes"}}]})) as server:
        completion = open_chat("openai:qwen@house", {"house": Endpoint(server.url)}).complete(ASK, max_tokens=9)
    assert completion.prompt_tokens is None
    assert completion.completion_tokens is None


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_endpoint_is_asked_again_with_growing_pauses(status: int) -> None:
    replies: list[Reply] = [(status, {"error": {"message": "busy"}}), (status, "busy"), (200, chat_reply("Now."))]
    pauses: list[float] = []
    with serving(lambda path, body: replies.pop(0)) as server:
        client = EndpointClient("house", Endpoint(server.url), pause=pauses.append)
        completion = EndpointChat("openai:m@house", "m", client, None).complete(ASK, max_tokens=9)
    assert completion.text == "Now."
    assert pauses == [0.5, 1.0]


def test_the_pause_that_an_endpoint_asks_for_is_kept() -> None:
    replies: list[Reply] = [(429, "slow down", {"Retry-After": "7"}), (200, chat_reply("Now."))]
    pauses: list[float] = []
    with serving(lambda path, body: replies.pop(0)) as server:
        EndpointClient("house", Endpoint(server.url), pause=pauses.append).post("/chat/completions", {})
    assert pauses == [7.0]


def test_an_endpoint_that_keeps_failing_is_given_up_with_its_reason() -> None:
    with serving(lambda path, body: (500, {"error": {"message": "out of memory"}})) as server:
        client = EndpointClient("house", Endpoint(server.url), pause=lambda seconds: None)
        with pytest.raises(ModelError, match="HTTP 500: out of memory"):
            client.post("/chat/completions", {})
        assert len(server.requests) == ATTEMPTS


def test_a_request_that_is_refused_is_not_repeated() -> None:
    with serving(lambda path, body: (400, {"error": {"message": "too long"}})) as server:
        with pytest.raises(ModelError, match="HTTP 400: too long"):
            EndpointClient("house", Endpoint(server.url)).post("/chat/completions", {})
        assert len(server.requests) == 1


def test_a_refused_key_names_its_variable_and_never_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOUSE_KEY", "sk-very-secret")
    with serving(lambda path, body: (401, {"error": "bad key"})) as server:
        client = EndpointClient("house", Endpoint(server.url, "HOUSE_KEY"))
        with pytest.raises(ModelUnavailable, match="HOUSE_KEY") as caught:
            client.post("/chat/completions", {})
        assert server.requests[0][1]["Authorization"] == "Bearer sk-very-secret"
    assert "secret" not in str(caught.value) + repr(client) + repr(caught.value)


def test_a_missing_key_names_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOUSE_KEY", raising=False)
    with pytest.raises(ModelUnavailable, match="HOUSE_KEY"):
        open_chat("openai:m@house", {"house": Endpoint("http://127.0.0.1:1/v1", "HOUSE_KEY")})


def test_an_endpoint_that_is_not_there_says_where_it_was_sought() -> None:
    with serving(lambda path, body: (200, {})) as server:
        pass
    client = EndpointClient("house", Endpoint(server.url), pause=lambda seconds: None)
    with pytest.raises(ModelUnavailable, match=server.url):
        client.post("/chat/completions", {})


def test_an_unknown_endpoint_is_answered_with_the_known_ones() -> None:
    with pytest.raises(UnknownName, match="house"):
        open_chat("openai:qwen@hose", {"house": Endpoint("http://127.0.0.1:1/v1")})


@pytest.mark.parametrize("reply", ["<html>", {"detail": "?"}, {"choices": []}, {"choices": [{"message": None}]}])
def test_a_reply_of_another_form_is_an_error_not_an_answer(reply: Any) -> None:
    with serving(lambda path, body: (200, reply)) as server:
        chat = open_chat("openai:m@house", {"house": Endpoint(server.url)})
        with pytest.raises(ModelError, match="can't read"):
            chat.complete(ASK, max_tokens=9)


def test_a_schema_is_sent_and_an_answer_that_is_no_json_is_an_error() -> None:
    schema = {"type": "object", "properties": {}, "additionalProperties": False}
    with serving(lambda path, body: (200, chat_reply("Sure! Here it is"))) as server:
        chat = open_chat("openai:m@house", {"house": Endpoint(server.url)})
        with pytest.raises(ModelError, match="Sure!"):
            chat.complete(ASK, max_tokens=9, schema=schema)
    assert server.requests[0][2]["response_format"]["json_schema"]["schema"] == schema


def _embeddings(path: str, body: dict[str, Any], *, as_text: bool = False) -> Reply:
    rows = []
    for i, text in enumerate(body["input"]):
        vector = np.array([3.0, float(len(text)), 0.0, 4.0], "<f4")
        embedding = base64.b64encode(vector.tobytes()).decode() if as_text else vector.tolist()
        rows.append({"index": i, "embedding": embedding})
    return 200, {"data": rows[::-1]}


@pytest.mark.parametrize("as_text", [False, True])
def test_embeddings_are_read_as_numbers_or_base64_in_any_order_and_scaled(as_text: bool) -> None:
    with serving(lambda path, body: _embeddings(path, body, as_text=as_text)) as server:
        embedder = open_embedder("openai:bge@house", {"house": Endpoint(server.url)})
        vectors = embedder.embed_passages(["a", "bbbb" * 10])
    assert embedder.dimension == 4
    expected = np.array([[3.0, 1, 0, 4], [3.0, 40, 0, 4]])
    np.testing.assert_allclose(vectors, expected / np.linalg.norm(expected, axis=1, keepdims=True), rtol=1e-6)


def test_an_e5_model_behind_an_endpoint_is_given_the_forms_that_it_was_trained_with() -> None:
    with serving(_embeddings) as server:
        embedder = open_embedder("openai:multilingual-e5-small@house", {"house": Endpoint(server.url)})
        embedder.embed_queries(["leave"])
        embedder.embed_passages(["leave"])
    assert [body["input"] for _, _, body in server.requests[1:]] == [["query: leave"], ["passage: leave"]]


def test_many_texts_are_sent_in_batches_and_long_ones_cut() -> None:
    with serving(_embeddings) as server:
        embedder = open_embedder("openai:bge@house", {"house": Endpoint(server.url)})
        assert embedder.embed_passages(["연차" * 1000] * 130).shape == (130, 4)
    assert [len(body["input"]) for _, _, body in server.requests[1:]] == [64, 64, 2]
    assert len(server.requests[1][2]["input"][0]) == embedder.window


@pytest.mark.parametrize("vectors", [[[0.0, 0.0]], [[1.0, float("nan")]], [[1.0, 0.0], [1.0, 0.0]], [["a"]]])
def test_vectors_that_are_none_are_an_error(vectors: list[list[Any]]) -> None:
    data = {"data": [{"index": i, "embedding": vector} for i, vector in enumerate(vectors)]}
    with serving(lambda path, body: (200, data)) as server, pytest.raises(ModelError, match="can't read"):
        open_embedder("openai:bge@house", {"house": Endpoint(server.url)})
