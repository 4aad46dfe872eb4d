"""A workspace refuses by the bar that its own cases gave, as long as what they measured is what answers."""

from dataclasses import replace
from datetime import date

import pytest

from groundtune.errors import Stopped, UsageError
from groundtune.progress import Silent
from groundtune.settings import load_settings
from groundtune.types import Case, Fact, Question
from groundtune.workspace.calibrating import calibrate
from groundtune.workspace.calibration import bars_in_use, drop, keep, kept
from groundtune.workspace.comparing import Options, run_comparison
from tests.workspace.small import answer_task, workspace

DAY = date(2026, 11, 22)


def cases(n=80, origin="human"):
    """Questions that the pages answer, and as many again that they don't."""
    answered = [
        Case(
            f"{origin}-a{i}",
            Question(
                f"What does a monthly parking permit cost for staff, asked for the {i}. time?", DAY, language="en"
            ),
            "en",
            required=(Fact(("35,000 won",)),),
            origin=origin,
        )
        for i in range(n)
    ]
    refused = [
        Case(
            f"{origin}-r{i}",
            Question(f"Who won cup number {i}?", DAY, language="en"),
            "en",
            kind="off_topic",
            origin=origin,
        )
        for i in range(n // 4)
    ]
    return answered + refused


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    return workspace(tmp_path_factory.mktemp("calibrating"))


@pytest.fixture(scope="module")
def found(small):
    return calibrate(small, cases(), tolerated_wrong=0.1)


def test_the_bar_holds_to_the_share_and_says_what_it_was_made_of(small, found) -> None:
    (english,) = found.languages
    assert english.bar is not None
    assert (english.cases, english.must_refuse) == (100, 20)
    assert english.fitted is not None
    assert english.fitted.shown >= 60
    assert found.origins == {"human": 100, "reviewed": 0, "drafted": 0}
    assert found.answerer == "extractive"
    assert len(found.case_hashes) == 100


def test_measuring_again_asks_nothing(small, found) -> None:
    class Refusing(Silent):
        def start(self, what, total):
            raise AssertionError("something was asked again")

    again = calibrate(small, cases(), tolerated_wrong=0.1, progress=Refusing())
    assert again.languages == found.languages


def test_a_kept_bar_decides_and_goes_when_it_is_dropped(small, found) -> None:
    question = Question("What does a monthly parking permit cost for staff, asked time 3?", DAY, language="en")
    assert not small.answerer().answer(question).refused
    high = replace(found, languages=(replace(found.languages[0], bar=1.5),))
    keep(small, high)
    try:
        answer = small.answerer().answer(question)
        assert answer.refused
        assert answer.probability is not None
        assert small.answerer_with(None, calibrated=False).answer(question).refused is False
    finally:
        assert drop(small, "extractive")
    assert not drop(small, "extractive")
    assert kept(small, "extractive") is None
    assert not small.answerer().answer(question).refused


def test_a_bar_of_another_embedder_is_not_used_and_each_reply_says_so(small, found) -> None:
    keep(small, found)
    try:
        assert bars_in_use(small, "extractive") == (found.bars, ())
        keep(small, replace(found, identity={**found.identity, "embedder": "another"}))
        assert bars_in_use(small, "extractive")[0] == {}
        reply = small.answerer().answer(Question("What does a monthly parking permit cost for staff?", DAY))
        assert any("since the embedder changed" in notice for notice in reply.notices)
        in_korean = small.answerer().answer(Question("주차 허가증은 얼마인가요?", DAY))
        assert any("임베딩 모델" in notice for notice in in_korean.notices)
    finally:
        drop(small, "extractive")


def test_a_share_that_the_settings_state_otherwise_ends_it(small, found) -> None:
    keep(small, found)
    try:
        toml = small.settings.root / "groundtune.toml"
        before = toml.read_text("utf-8")
        toml.write_text(f"{before}[answering]\ntolerated_wrong = 0.01\n", "utf-8")
        strict = type(small)(load_settings(small.settings.root))
        assert strict.settings.tolerated_wrong == 0.01
        assert bars_in_use(strict, "extractive")[0] == {}
        toml.write_text(before, "utf-8")
    finally:
        drop(small, "extractive")


def test_drafted_cases_are_no_evidence_unless_asked_for(small) -> None:
    drafts = cases(8, "drafted")
    with pytest.raises(UsageError, match="Nobody has checked any of the 10 drafted cases"):
        calibrate(small, drafts)
    mixed = calibrate(small, [*cases(8), *drafts])
    assert mixed.origins == {"human": 10, "reviewed": 0, "drafted": 0}
    asked_for = calibrate(small, [*cases(8), *drafts], with_drafted=True)
    assert asked_for.origins == {"human": 10, "reviewed": 0, "drafted": 10}
    assert asked_for.languages[0].cases == 20


def test_a_calibration_that_was_stopped_goes_on(small, tmp_path) -> None:
    import threading

    other = workspace(tmp_path)
    stop = threading.Event()

    class StopAfterThree(Silent):
        done = 0

        def advance(self, steps=1, note=""):
            self.done += steps
            if self.done == 3:
                stop.set()

    with pytest.raises(Stopped):
        calibrate(other, cases(8), progress=StopAfterThree(), stop=stop)

    class Counting(Silent):
        total = None

        def start(self, what, total):
            Counting.total = total

    calibrate(other, cases(8), progress=Counting())
    assert Counting.total == 7


def test_what_is_compared_is_what_is_served_and_the_page_draws_its_risk(small, found, tmp_path) -> None:
    from groundtune.comparison.report import render

    rows = [
        {
            "id": case.id,
            "question": case.input.text,
            "kind": case.kind,
            "facts": [["35,000 won"]] if case.required else [],
        }
        for case in cases(24)
    ]
    task = answer_task(tmp_path, 'arms = ["rag-extractive"]', cases=rows)
    before = run_comparison(small, task, Options(), Silent())
    page = render([before])
    assert "Risk and coverage" in page
    assert "위험과 답변율" in page
    keep(small, replace(found, languages=(replace(found.languages[0], bar=1.5),)))
    try:
        after = run_comparison(small, task, Options(), Silent())
    finally:
        drop(small, "extractive")
    one, other = (report.comparison.arm("rag-extractive") for report in (before, after))
    assert one.fingerprint != other.fingerprint
    assert any(not case.outcomes["rag-extractive"].refused for case in before.comparison.cases)
    assert all(case.outcomes["rag-extractive"].refused for case in after.comparison.cases)


def test_a_comparison_says_that_its_bar_was_fitted_on_its_cases(small, found, tmp_path) -> None:
    rows = [
        {"id": case.id, "question": case.input.text, "as_of": str(DAY), "facts": [["35,000 won"]]}
        for case in cases(4)[:4]
    ]
    task = answer_task(tmp_path, 'arms = ["rag-extractive"]', cases=rows)
    keep(small, calibrate(small, small.cases(task), tolerated_wrong=0.1))
    try:
        without_bar = run_comparison(small, task, Options(), Silent()).advice.notes
        keep(small, replace(calibrate(small, small.cases(task), tolerated_wrong=0.1), languages=found.languages))
        with_bar = run_comparison(small, task, Options(), Silent()).advice.notes
    finally:
        drop(small, "extractive")
    assert not [note for note in without_bar if "was fitted on" in str(note)], "four cases give no bar"
    assert [str(note) for note in with_bar if "was fitted on 4 of these cases" in str(note)]
