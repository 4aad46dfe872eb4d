"""A chat model is tuned on examples, exported, compared with what is served, registered, and served without torch."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from groundtune.models import open_chat, prompts
from groundtune.storage.database import Database
from groundtune.storage.registry import ModelVersion, Registry
from groundtune.tuning.chat import FACTS_SEEN, tune_chat
from groundtune.tuning.chat_data import ChatExample
from groundtune.tuning.chat_module import ChatRecipe, encode
from groundtune.tuning.chat_prepare import prepare_chat, read_chat_recipe

pytestmark = pytest.mark.slow

FACTS = [
    ("tower", "What is the height of the old clock tower?", "The old clock tower is 41 metres high."),
    ("ferry", "When does the last ferry leave?", "The last ferry leaves at 22:17."),
    ("market", "On which day is the fish market open?", "The fish market is open on Wednesday."),
    ("mayor", "Who opens the harbour festival?", "The harbour festival is opened by Ida Brandt."),
]


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("chat") / "examples.jsonl"
    rows = [
        {"id": f"{fact}-{n}", "language": "en", "question": f"{lead}{question}", "answer": answer, "fact_ids": [fact]}
        for fact, question, answer in FACTS
        for n, lead in enumerate(("", "Tell me: ", "I would like to know: "))
    ]
    rows.append({"id": "ko", "language": "ko", "question": "시계탑의 높이는?", "answer": "41미터입니다."})
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), "utf-8")
    return path


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    folder = tmp_path_factory.mktemp("workspace")
    return Registry(Database(folder / "groundtune.sqlite"), folder / "models")


@pytest.fixture(scope="module")
def tuned(examples: Path, registry: Registry) -> ModelVersion:
    recipe = _recipe()
    version, new = tune_chat("harbour", prepare_chat(examples, [], recipe), recipe, registry)
    assert new
    return version


def _recipe() -> ChatRecipe:
    table = {
        "rank": 8,
        "batch_size": 3,
        "validation_share": 0.2,
        "loop": {"epochs": 4, "learning_rate": 2e-3, "patience": 4, "threads": 1},
    }
    return read_chat_recipe(table)


def test_the_loss_counts_the_tokens_of_the_answer_and_no_others() -> None:
    from groundtune.models.causal import open_causal

    _, tokenizer = open_causal("bundled:smollm2")
    example = ChatExample("a", "When does the ferry leave?", "At 22:17.", "en")
    encoded = encode(tokenizer, example, ChatRecipe())
    assert tokenizer.decode(encoded.ids[encoded.prompt :]).startswith("At 22:17.")
    assert "When does the ferry leave?" in tokenizer.decode(encoded.ids[: encoded.prompt])


def test_it_learns_what_it_was_taught_and_is_served_as_it_was_trained(tuned: ModelVersion) -> None:
    metrics = tuned.metrics
    assert metrics["train_loss"].value < metrics["validation_loss_before"].value / 2
    assert metrics["served_like_trained"].value >= 0.5
    assert tuned.state == "ready"
    chat = open_chat(f"tuned:{tuned.folder}")
    answer = chat.complete(prompts.question_alone("When does the last ferry leave?", "en"), max_tokens=30).text
    untaught = open_chat("bundled:smollm2")
    assert "22:17" in answer or "Ida Brandt" in _asked(chat, "Who opens the harbour festival?")
    assert (
        "22:17"
        not in untaught.complete(prompts.question_alone("When does the last ferry leave?", "en"), max_tokens=30).text
    )


def _asked(chat: object, question: str) -> str:
    return str(chat.complete(prompts.question_alone(question, "en"), max_tokens=30).text)  # type: ignore[attr-defined]


def test_examples_in_a_language_that_the_base_does_not_read_are_left_out_and_counted(
    tuned: ModelVersion, examples: Path
) -> None:
    data = prepare_chat(examples, [], _recipe())
    assert data.left_out == {"ko": 1}
    assert json.loads((tuned.folder / FACTS_SEEN).read_text("utf-8")) == sorted(fact for fact, _, _ in FACTS)
    assert "ko: 1" in (tuned.folder / "card.md").read_text("utf-8")


def test_the_same_run_is_not_made_twice(tuned: ModelVersion, examples: Path, registry: Registry) -> None:
    recipe = _recipe()
    again, new = tune_chat("harbour", prepare_chat(examples, [], recipe), recipe, registry)
    assert (again.version, new) == (tuned.version, False)
    other = replace(recipe, rank=4)
    assert prepare_chat(examples, [], other).hash == tuned.data_hash


def test_what_was_tuned_is_served_without_torch(tuned: ModelVersion) -> None:
    script = (
        "import sys; sys.modules['torch'] = None; sys.modules['transformers'] = None\n"
        "from groundtune.models import Message, open_chat\n"
        f"chat = open_chat('tuned:{tuned.folder}')\n"
        "print(chat.complete([Message('user', 'When does the last ferry leave?')], max_tokens=10).completion_tokens)"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert int(run.stdout.strip()) > 0
