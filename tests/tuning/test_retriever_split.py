"""Questions are dealt so that what is tested was not learnt: neither the question nor, on one side, its document."""

from __future__ import annotations

import random

import pytest

from groundtune.tuning.retriever_data import Sides, split_questions


def world(seed: int, count: int = 120, documents: int = 60) -> tuple[list[str], list[frozenset[str]]]:
    """Questions of random letters; some documents answer many, some questions have several."""
    numbers = random.Random(seed)
    questions = ["".join(numbers.choices("abcdefghijklmnopqrstuvwxyz ", k=40)) for _ in range(count)]
    popular = [f"d{min(int(numbers.expovariate(1) * documents / 4), documents - 1)}" for _ in range(2 * count)]
    return questions, [frozenset(numbers.sample(popular, numbers.choice((1, 1, 2)))) for _ in range(count)]


def everyone(sides: Sides) -> list[int]:
    parts = (sides.train, sides.validation, sides.unseen_questions, sides.unseen_documents, sides.left_out)
    return sorted(i for part in parts for i in part)


@pytest.mark.parametrize("seed", range(5))
def test_no_document_of_the_unseen_ones_is_asked_about_anywhere_else(seed: int) -> None:
    questions, documents = world(seed)
    sides = split_questions(questions, documents, seed=seed)
    assert everyone(sides) == list(range(len(questions)))
    assert min(map(len, (sides.train, sides.validation, sides.unseen_questions, sides.unseen_documents))) > 5
    for i in sides.unseen_documents:
        assert documents[i] <= sides.held_out
    for i in (*sides.train, *sides.validation, *sides.unseen_questions):
        assert documents[i].isdisjoint(sides.held_out)


def test_the_same_questions_and_seed_give_the_same_sides_and_another_seed_others() -> None:
    questions, documents = world(1)
    first = split_questions(questions, documents, seed=1)
    assert split_questions(questions, documents, seed=1) == first
    assert split_questions(questions, documents, seed=2).hash != first.hash


def test_questions_that_are_nearly_the_same_stand_on_one_side() -> None:
    questions, documents = world(2)
    questions += [f"{question} ".upper() for question in questions[:30]] + questions[30:40]
    documents += documents[:40]
    sides = split_questions(questions, documents, seed=0)
    side_of = {i: name for name in sides.__slots__ if name not in ("held_out", "seed") for i in getattr(sides, name)}
    for i in range(40):
        assert side_of[i] == side_of[120 + i]


def test_what_may_not_be_tested_is_not() -> None:
    questions, documents = world(3)
    allowed = [i % 3 == 0 for i in range(len(questions))]
    sides = split_questions(questions, documents, seed=0, may_test=allowed)
    assert sides.tested
    assert all(allowed[i] for i in sides.tested)
