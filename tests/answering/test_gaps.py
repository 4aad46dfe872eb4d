"""Questions that are nearly equal are one question; those that differ in a word are two."""

from __future__ import annotations

import pytest

from groundtune.answering.gaps import same_questions
from groundtune.knowledge.analyse import open_analyser
from tests.answering.worlds import embedder


def groups(*texts: str) -> list[list[int]]:
    return same_questions(texts, open_analyser("bigram"), embedder().embed_queries)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("주차비가 얼마예요?", "주차비 얼마인가요"),
        ("자격증 응시료 지원되나요", "자격증 응시료를 지원하나요?"),
        ("Is there a gym?", "is there a gym here"),
        ("Can I bring my dog to the office?", "bringing dogs into the office"),
    ],
)
def test_rewordings_are_one_question(one: str, other: str) -> None:
    assert groups(one, other, one) == [[0, 1, 2]]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("자격증 응시료 지원되나요", "자격증 교육비 지원되나요"),
        ("통근버스 시간표 알려주세요", "통근버스 노선 알려주세요"),
        ("When is the next bonus paid?", "When is the next salary paid?"),
        ("Can I bring my dog to the office?", "Can I bring my child to the office?"),
    ],
)
def test_another_wish_is_another_question(one: str, other: str) -> None:
    assert groups(one, other) == [[0], [1]]


def test_no_question_makes_no_group_and_one_without_a_word_stands_alone() -> None:
    assert groups() == []
    assert groups("?", "Is there a gym?", "?") == [[0, 2], [1]]
