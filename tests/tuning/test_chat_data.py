"""Question–answer examples are read strictly and kept apart from the held-out questions."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from groundtune.errors import BadData
from groundtune.tuning.chat_data import (
    ChatExample,
    data_hash,
    read_chat_examples,
    refuse_held_out_questions,
    split_by_fact,
)


def written(folder: Path, *rows: object) -> Path:
    path = folder / "examples.jsonl"
    lines = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("{not json", "not valid JSON"),
        ({"question": "How long?", "answer": "  "}, "answer"),
        ({"question": "How long?", "answer": "Two days.", "anwser": "x"}, "anwser"),
        (["a list"], "object"),
    ],
)
def test_a_malformed_row_is_named_with_its_line(tmp_path: Path, row: object, reason: str) -> None:
    path = written(tmp_path, {"question": "Who?", "answer": "Everybody."}, row)
    with pytest.raises(BadData, match=reason) as caught:
        read_chat_examples(path)
    assert caught.value.line == 2


def test_an_id_is_used_once(tmp_path: Path) -> None:
    row = {"id": "a", "question": "Who?", "answer": "Everybody."}
    with pytest.raises(BadData, match="line 1"):
        read_chat_examples(written(tmp_path, row, row))


def test_a_question_like_a_held_out_one_is_refused_and_another_on_the_same_fact_is_not() -> None:
    held_out = ["How many days can I carry over into next year?"]
    near = ChatExample("near", "How many days can I carry over to next year?", "6 days.", line=7)
    same_fact = ChatExample("fact", "I still have holiday left in December. What happens to it?", "6 days are kept.")
    with pytest.raises(BadData, match="carry over") as caught:
        refuse_held_out_questions([same_fact, near], held_out, Path("examples.jsonl"))
    assert caught.value.line == 7
    assert refuse_held_out_questions([same_fact], held_out, Path("examples.jsonl")) < 0.3


def test_examples_on_one_fact_stay_on_one_side() -> None:
    examples = [
        ChatExample(f"{fact}-{n}", f"Question {fact} {n}?", "Yes.", fact_ids=(fact,))
        for fact in "abcdefgh"
        for n in range(3)
    ]
    training, validation = split_by_fact(examples, share=0.25, seed=3)
    assert len(training) + len(validation) == len(examples)
    assert len(validation) >= 6
    assert {e.fact_ids for e in training}.isdisjoint(e.fact_ids for e in validation)
    assert split_by_fact(examples, share=0.25, seed=3) == (training, validation)


def test_data_are_named_by_content_and_not_by_order_or_line() -> None:
    one, two = ChatExample("1", "Who?", "You.", line=1), ChatExample("2", "When?", "Now.", line=2)
    moved = ChatExample("1", "Who?", "You.", line=9)
    assert data_hash([one, two]) == data_hash([two, moved])
    assert data_hash([one, two]) != data_hash([one, ChatExample("2", "When?", "Later.", line=2)])
