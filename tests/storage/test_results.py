"""What was measured stays as it was measured."""

from datetime import date

import pytest

from groundtune.storage.database import Database
from groundtune.storage.results import Measured, Results
from groundtune.types import Evidence, Output

QUOTE = Evidence("d", "Leave", 3, 2, date(2026, 1, 1), None, 7, ("A", "B"), "25 days", 4, 11)
OUTPUT = Output("25 days", evidence=(QUOTE,), retrieved=("d",), probabilities={"a": 0.5}, prompt_tokens=12)


@pytest.fixture
def results(tmp_path):
    return Results(Database(tmp_path / "groundtune.sqlite"))


def test_an_outcome_comes_back_whole_with_its_evidence_and_dates(results):
    results.put("task", "input", "fingerprint", "arm", "case", Measured(OUTPUT, 12.5))
    assert results.measured("task", "fingerprint", ["input", "other"]) == {"input": Measured(OUTPUT, 12.5)}
    assert results.measured("task", "another", ["input"]) == {}
    assert results.measured("other task", "fingerprint", ["input"]) == {}


def test_what_was_measured_first_stays(results):
    results.put("task", "input", "fingerprint", "arm", "case", Measured(OUTPUT, 1.0))
    results.put("task", "input", "fingerprint", "arm", "case", Measured(Output("else"), 9.0))
    assert results.measured("task", "fingerprint", ["input"])["input"].output == OUTPUT


def test_only_failures_are_forgotten_when_asked(results):
    results.put("task", "good", "f", "arm", "1", Measured(OUTPUT, 1.0))
    results.put("task", "bad", "f", "arm", "2", Measured(Output(), 1.0, "RuntimeError: no memory"))
    results.put("other", "bad", "f", "arm", "2", Measured(Output(), 1.0, "RuntimeError: no memory"))
    assert results.forget_failures("task") == 1
    assert set(results.measured("task", "f", ["good", "bad"])) == {"good"}
    assert set(results.measured("other", "f", ["bad"])) == {"bad"}


def test_a_test_set_is_opened_once_for_each_manifest(results):
    for manifest in ("first", "first", "second"):
        results.open_test("task", "cases", manifest)
    assert results.openings("cases") == 2
    assert results.openings("other cases") == 0


def test_findings_are_added_and_the_latest_of_a_kind_is_read(results):
    assert results.latest_finding("task", "comparison") is None
    for number in (1, 2):
        results.add_finding("task", "comparison", {"number": number, "한": "글"})
    results.add_finding("task", "freshness", {"number": 3})
    assert results.latest_finding("task", "comparison") == {"number": 2, "한": "글"}


def test_the_first_call_is_kept_as_it_was_the_first_time(results):
    assert results.first_call_ms("task", "f") is None
    results.put_first_call("task", "f", 900.0)
    results.put_first_call("task", "f", 5.0)
    assert results.first_call_ms("task", "f") == 900.0
