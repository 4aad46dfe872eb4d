"""One scorer: what is right, what is wrong, and what is merely a failure."""

from datetime import date

import pytest

from groundtune.comparison.scoring import InvalidOutput, reads_as_refusal, score_answer, score_label
from groundtune.types import Case, Evidence, Fact, Output, Question

QUESTION = Question("How many days of leave?", as_of=date(2026, 1, 1))
LEAVE = Case(
    id="leave",
    input=QUESTION,
    required=(Fact(("25 days", "25일")), Fact(("31 March",))),
    forbidden=(Fact(("20 days",)),),
    relevant=("en/leave",),
)
NEAR = Case(id="near", input=QUESTION, kind="near_topic")


def quote(text, document="en/leave"):
    return Evidence(document, "Leave", 1, 1, None, None, 1, (), text, 0, len(text))


def test_all_required_facts_are_needed():
    assert score_answer(LEAVE, Output("25 days, until 31 March."))["correct"] == 1
    half = score_answer(LEAVE, Output("25 days."))
    assert (half["correct"], half["wrong"], half["relevance"]) == (0, 1, 1)


def test_a_forbidden_fact_makes_a_full_answer_wrong():
    assert score_answer(LEAVE, Output("25 days (before: 20 days), until 31 March."))["correct"] == 0


def test_what_stands_behind_the_cap_is_not_read():
    answer = Output("25 days. " + "x" * 100 + " 31 March")
    assert score_answer(LEAVE, answer, answer_chars=50)["correct"] == 0
    assert score_answer(LEAVE, answer, answer_chars=500)["correct"] == 1


def test_an_answerable_question_must_not_be_refused():
    scores = score_answer(LEAVE, Output("Not in the documents.", refused=True))
    assert (scores["correct"], scores["refused_right"], scores["wrong"]) == (0, 0, 0)
    assert "relevance" not in scores


def test_a_question_that_the_documents_do_not_answer_must_be_refused():
    assert score_answer(NEAR, Output(refused=True))["correct"] == 1
    answered = score_answer(NEAR, Output("It is 3 days.", evidence=(quote("3 days"),)))
    assert (answered["correct"], answered["wrong"], answered["relevance"]) == (0, 1, 0)
    assert answered["evidence_precision"] == 0


@pytest.mark.parametrize(
    "text",
    [
        "I don't know.",
        "I'm sorry, but I cannot answer that.",
        "The handbook does not mention this.",
        "죄송하지만 문서에 없는 내용입니다.",
        "해당 내용은 찾을 수 없습니다.",
    ],
)
def test_a_model_that_says_in_words_that_it_does_not_know_has_refused(text):
    assert score_answer(NEAR, Output(text))["correct"] == 1


@pytest.mark.parametrize(
    "text", ["연차는 다음 해로 이월할 수 없습니다.", "The policy does not allow it.", "You may take 25 days."]
)
def test_a_negative_answer_is_not_a_refusal(text):
    assert not reads_as_refusal(text)


def test_an_answer_that_states_everything_is_no_refusal_whatever_its_first_words():
    assert score_answer(LEAVE, Output("I'm not sure, but it is 25 days until 31 March."))["correct"] == 1


def test_a_quote_counts_when_it_states_a_fact_and_comes_from_the_right_document():
    answer = Output(
        "25 days until 31 March.",
        evidence=(quote("You get 25 days."), quote("You get 25 days.", "en/other"), quote("Leave is nice.")),
    )
    assert score_answer(LEAVE, answer)["evidence_precision"] == pytest.approx(1 / 3)


def test_without_evidence_its_precision_is_unknown_and_not_zero():
    assert "evidence_precision" not in score_answer(LEAVE, Output("25 days until 31 March."))


def test_an_empty_answer_is_invalid():
    with pytest.raises(InvalidOutput):
        score_answer(LEAVE, Output("  "))


def test_a_label_outside_the_set_is_wrong_and_listed():
    case = Case(id="1", input="text", label="sales")
    assert score_label(case, Output(label="cooking"), frozenset({"sales"})) == {"correct": 0, "outside": 1}
    with pytest.raises(InvalidOutput):
        score_label(case, Output(text="sales, I think"), frozenset({"sales"}))


def test_a_score_is_the_same_to_the_last_bit_whatever_the_order_of_the_labels():
    shares = {f"label {n}": 1 / (3 + n) for n in range(12)}
    case = Case(id="x", input="text", label="label 3")
    orders = (list(shares), list(reversed(shares)), sorted(shares, key=lambda name: shares[name] % 0.07))
    found = [
        score_label(case, Output(label="label 3", probabilities={n: shares[n] for n in order}), frozenset())
        for order in orders
    ]
    assert len({one["brier"] for one in found}) == 1


def test_brier_is_the_squared_distance_over_all_labels():
    case = Case(id="1", input="text", label="a")
    scores = score_label(case, Output(label="a", probabilities={"a": 0.7, "b": 0.2, "c": 0.1}), frozenset("abc"))
    assert scores["brier"] == pytest.approx(0.3**2 + 0.2**2 + 0.1**2)
    assert scores["confidence"] == pytest.approx(0.7)


def test_the_first_sentence_is_scored_by_itself_beside_the_whole():
    late = score_answer(LEAVE, Output("Leave is a good thing. It is 25 days, until 31 March."))
    early = score_answer(LEAVE, Output("It is 25 days, until 31 March. Leave is a good thing."))
    assert (late["correct"], late["first_correct"]) == (1.0, 0.0)
    assert (early["correct"], early["first_correct"]) == (1.0, 1.0)
    assert score_answer(LEAVE, Output(refused=True))["first_correct"] == 0.0
    assert "first_correct" not in score_answer(NEAR, Output(refused=True))
