"""Case files are read strictly, with the line of what is wrong."""

import json
from datetime import date

import pytest

from groundtune.comparison.cases import cases_hash, input_hash, read_answer_cases
from groundtune.errors import BadData
from groundtune.types import Fact, Question, Reader

TODAY = date(2026, 11, 22)
ROW = {
    "id": "1",
    "language": "ko",
    "question": "연차는 며칠입니까?",
    "facts": [["25일", "25 days"]],
    "relevant": ["ko/leave"],
}


def lines(path, *rows):
    path.write_text("\n".join(r if isinstance(r, str) else json.dumps(r, ensure_ascii=False) for r in rows), "utf-8")
    return path


def test_a_case_is_read_whole(tmp_path):
    row = ROW | {"as_of": "2025-01-01", "groups": ["hr"], "fact_ids": ["leave"]}
    (case,) = read_answer_cases(lines(tmp_path / "cases.jsonl", row), today=TODAY)
    assert case.input == Question("연차는 며칠입니까?", date(2025, 1, 1), Reader(frozenset({"hr"})), "ko")
    assert case.required == (Fact(("25일", "25 days")),)
    assert case.fact_ids == ("leave",)


def test_a_case_without_a_date_asks_about_today(tmp_path):
    (case,) = read_answer_cases(lines(tmp_path / "cases.jsonl", ROW), today=TODAY)
    assert case.input.as_of == TODAY


@pytest.mark.parametrize(
    "row",
    [
        "{not json",
        "[]",
        ROW | {"answer": "25"},
        ROW | {"facts": []},
        ROW | {"facts": ["25일"]},
        ROW | {"kind": "off_topic"},
        ROW | {"kind": "easy"},
        ROW | {"as_of": "yesterday"},
        ROW | {"question": " "},
        ROW,
    ],
    ids=["json", "list", "key", "no-facts", "flat-facts", "off-topic-with-facts", "kind", "date", "empty", "same-id"],
)
def test_a_wrong_row_is_named_by_its_line(tmp_path, row):
    path = lines(tmp_path / "cases.jsonl", ROW, "", row)
    with pytest.raises(BadData) as caught:
        read_answer_cases(path, today=TODAY)
    assert caught.value.line == 3
    assert str(path) in str(caught.value)


def test_an_outcome_is_kept_by_what_the_arm_saw_and_a_test_set_by_everything(tmp_path):
    (case,) = read_answer_cases(lines(tmp_path / "a.jsonl", ROW), today=TODAY)
    (mended,) = read_answer_cases(lines(tmp_path / "b.jsonl", ROW | {"facts": [["25일"]]}), today=TODAY)
    assert input_hash(case) == input_hash(mended)
    assert cases_hash([case]) != cases_hash([mended])
