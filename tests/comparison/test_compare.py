"""Arms side by side: counted, resumed, kept, never flattered."""

import threading
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from groundtune.comparison.compare import compare
from groundtune.comparison.result import Comparison
from groundtune.comparison.tasks import Task
from groundtune.errors import Stopped, StoreError, UsageError
from groundtune.storage.database import Database
from groundtune.storage.results import Results
from groundtune.types import Arm, Case, Fact, Output, Question

TASK = Task(name="policy", kind="answer", path=Path("policy.toml"))
DAY = date(2026, 1, 1)


@pytest.fixture
def results(tmp_path):
    return Results(Database(tmp_path / "groundtune.sqlite"))


def questions(n=20, language="en"):
    return [
        Case(
            id=f"{language}-{i}",
            input=Question(f"question {i}", as_of=DAY, language=language),
            language=language,
            kind="answerable" if i % 4 else "off_topic",
            required=(Fact((f"{i} days",)),) if i % 4 else (),
            fact_ids=(f"fact-{i}",) if i % 4 else (),
        )
        for i in range(n)
    ]


def knows(*numbers, name="arm", **rest):
    """An arm that answers the questions with these numbers and refuses the others."""

    def run(question):
        number = int(question.text.split()[-1])
        return Output(f"{number} days") if number in numbers else Output(refused=True)

    return Arm(name=name, run=run, family="rag", fingerprint=f"{name}/{numbers}", **rest)


def test_right_is_the_share_of_right_answers_and_right_refusals(results):
    found = compare(TASK, [knows(1, 2, 3, 4)], questions(20), results)
    # 3 of 15 answerable are answered right; 4 must be refused but is answered; 4 of 5 are refused right
    score = found.slice().score("arm")
    assert score.primary.value == pytest.approx(7 / 20)
    assert score.others["wrong"].value == pytest.approx(1 / 20)
    assert score.others["correct_answerable"].value == pytest.approx(3 / 15)
    assert score.others["refused_where_due"].value == pytest.approx(4 / 5)


def test_a_failure_is_counted_apart_and_not_right(results):
    def breaks(question):
        if question.text.endswith("1"):
            raise RuntimeError("out of memory")
        return Output(refused=True)

    found = compare(TASK, [Arm("arm", breaks, "rag", fingerprint="x"), knows(name="other")], questions(20), results)
    score = found.slice().score("arm")
    assert (score.n, score.failures) == (20, 2)
    assert found.arm("arm").failures == 2
    assert score.primary.value == found.slice().score("other").primary.value == 5 / 20
    broken = next(case for case in found.cases if case.id == "en-1")
    assert broken.outcomes["arm"].error == "RuntimeError: out of memory"
    assert not broken.outcomes["arm"].scores


def test_an_empty_answer_is_a_failure(results):
    found = compare(TASK, [Arm("arm", lambda q: Output(""), "prompt", fingerprint="x")], questions(8), results)
    assert found.slice().score("arm").failures == 8


def test_a_wrong_set_up_ends_the_comparison_and_is_nobodys_failure(results):
    def unready(question):
        raise StoreError("run `groundtune reindex`")

    with pytest.raises(StoreError, match="reindex"):
        compare(TASK, [Arm("arm", unready, "rag", fingerprint="x")], questions(8), results)
    mended = compare(TASK, [Arm("arm", knows(1).run, "rag", fingerprint="x")], questions(8), results)
    assert mended.arm("arm").failures == 0


def test_what_was_measured_is_not_measured_again(results):
    calls = []
    arm = knows(1, name="counted")

    def counting(question):
        calls.append(question.text)
        return arm.run(question)

    counted = replace(arm, run=counting)
    first = compare(TASK, [counted], questions(10), results)
    assert len(calls) == 11  # the first call is for warming up
    second = compare(TASK, [counted], questions(10), results)
    assert len(calls) == 11
    assert second.slices == first.slices
    assert second.arms == first.arms


def test_an_arm_that_changed_is_measured_again(results):
    compare(TASK, [knows(1)], questions(10), results)
    changed = compare(TASK, [knows(1, 2, 3)], questions(10), results)
    assert changed.slice().score("arm").primary.value == pytest.approx((3 + 3) / 10)


def test_a_stopped_run_goes_on_where_it_was_and_ends_with_the_same_figures(results, tmp_path):
    stop, calls = threading.Event(), []

    def stopping(question):
        calls.append(question.text)
        if len(calls) == 6:
            stop.set()
        return knows(1, 2).run(question)

    arm = Arm("arm", stopping, "rag", fingerprint="same")
    with pytest.raises(Stopped):
        compare(TASK, [arm], questions(10), results, stop=stop)
    continued = compare(TASK, [arm], questions(10), results)
    assert len(calls) == 1 + 10 + 1  # each case once; a warming call for each of the two runs
    unbroken = compare(TASK, [arm], questions(10), Results(Database(tmp_path / "other.sqlite")))
    assert continued.slices == unbroken.slices


def test_a_continued_run_opens_the_test_set_once_and_another_arm_opens_it_again(results):
    first = compare(TASK, [knows(1)], questions(10), results)
    assert first.provenance.openings == 1
    assert compare(TASK, [knows(1)], questions(10), results).provenance.openings == 1
    assert compare(TASK, [knows(1, 2)], questions(10), results).provenance.openings == 2


def test_when_an_arm_was_measured_stays_with_its_latency(results):
    (first,) = compare(TASK, [knows(1)], questions(10), results).arms
    assert first.measured_from <= first.measured_to
    later = compare(TASK, [knows(1), knows(2, name="new")], questions(10), results).arm("arm")
    assert (later.measured_from, later.measured_to) == (first.measured_from, first.measured_to)


def test_a_renamed_task_shows_the_cases_to_no_new_arms(results):
    compare(TASK, [knows(1)], questions(10), results)
    assert compare(replace(TASK, name="renamed"), [knows(1)], questions(10), results).provenance.openings == 1


def test_a_first_look_is_kept_apart_from_the_whole(results):
    whole = compare(TASK, [knows(1)], questions(10), results)
    look = compare(TASK, [knows(1)], questions(10)[:2], results, held_out=10)
    assert (whole.is_first_look, look.is_first_look) == (False, True)
    assert Comparison.from_json(results.latest_finding("policy", "comparison")) == whole
    assert Comparison.from_json(results.latest_finding("policy", "first_look")) == look


def test_an_arm_that_cannot_read_a_language_is_not_applicable_there(results):
    cases = questions(8, "en") + questions(8, "ko")
    english = knows(1, 2, 3, name="english", languages=frozenset({"en"}))
    found = compare(TASK, [english, knows(1, 2, 3, name="both")], cases, results)
    assert found.languages == ("en", "ko")
    assert found.slice("en").score("english").applicable
    assert found.slice("ko").score("english").primary is None
    assert not found.slice().score("english").applicable
    assert not found.slice("ko").pairs


def test_facts_that_training_stated_are_reported_apart(results):
    trained = knows(1, 2, 3, name="tuned", trained_facts=frozenset({"fact-1", "fact-2", "fact-3"}))
    found = compare(TASK, [trained], questions(16), results)
    assert found.slice(part="seen").score("tuned").primary.value == 1.0
    assert found.slice(part="unseen").score("tuned").primary.value == 0.0
    assert (found.slice(part="seen").n, found.slice(part="unseen").n) == (3, 9)


def test_a_pair_tells_on_how_many_cases_only_one_is_right(results):
    found = compare(TASK, [knows(*range(20), name="a"), knows(1, name="b")], questions(20), results)
    (pair,) = found.slice().pairs
    # a answers everything, also the 5 that must be refused; b answers one and refuses the rest
    assert (pair.only_a, pair.only_b) == (14, 5)
    assert pair.difference.value == pytest.approx(9 / 20)
    assert pair.p_mcnemar == pytest.approx(0.0636, abs=1e-4)
    assert pair.p_holm == pytest.approx(pair.p)


def test_a_diagnostic_arm_costs_the_others_no_correction(results):
    arms = [knows(1, name="a"), knows(2, name="b"), knows(*range(20), name="oracle", recommendable=False)]
    pairs = {(p.a, p.b): p for p in compare(TASK, arms, questions(20), results).slice().pairs}
    assert pairs["a", "b"].p_holm == pytest.approx(pairs["a", "b"].p)
    assert pairs["a", "oracle"].p_holm is None


def test_a_comparison_survives_the_way_through_json(results):
    found = compare(TASK, [knows(1, name="a", languages=frozenset({"en"})), knows(name="b")], questions(8), results)
    assert Comparison.from_json(found.to_json()) == found
    assert Comparison.from_json(results.latest_finding("policy", "comparison")) == found


def test_classification_is_measured_by_macro_f1_with_a_wrong_label_set_against_it(results):
    cases = [Case(id=str(i), input=f"text {i}", label="ab"[i % 2]) for i in range(20)]
    always = Arm("always", lambda text: Output(label="a", probabilities={"a": 1.0}), "baseline", fingerprint="1")
    outside = Arm("outside", lambda text: Output(label="z"), "prompt", fingerprint="2")
    found = compare(Task(name="c", kind="classify", path=Path()), [always, outside], cases, results)
    score = found.slice().score("always")
    assert found.metric == "macro_f1"
    assert score.primary.value == pytest.approx((2 / 3 + 0) / 2)
    assert score.classes == {"a": pytest.approx(2 / 3), "b": 0.0}
    assert score.others["ece"].value == pytest.approx(0.5)
    assert found.slice().score("outside").primary.value == 0.0


@pytest.mark.parametrize(
    "arms", [[], [knows(1), knows(2)], [Arm("nameless", lambda q: Output(), "rag")]], ids=["none", "twice", "nameless"]
)
def test_arms_that_cannot_be_told_apart_are_refused_before_anything_runs(results, arms):
    with pytest.raises(UsageError):
        compare(TASK, arms, questions(4), results)
    assert results.latest_finding("policy", "comparison") is None
