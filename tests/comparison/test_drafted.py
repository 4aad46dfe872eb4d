"""What nobody has checked is never mixed with what people have: not in a figure, not in a verdict, not on a page."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from groundtune.advisor import advise
from groundtune.comparison.baselines import refuse_always
from groundtune.comparison.cases import cases_hash, read_answer_cases
from groundtune.comparison.compare import compare
from groundtune.comparison.report import Report, render
from groundtune.comparison.retrieval import read_retrieval_cases
from groundtune.comparison.sample import some_cases
from groundtune.comparison.tasks import Task
from groundtune.errors import BadData
from groundtune.storage.database import Database
from groundtune.storage.results import Results
from groundtune.types import Arm, Case, Fact, Output, Question

DAY = date(2026, 1, 1)


def case(number, origin="human", language="en"):
    question = Question(f"how many days, {origin} {number}?", DAY, language=language)
    return Case(f"{origin}{language}{number}", question, language, required=(Fact(("5 days",)),), origin=origin)


def knows_drafts(question):
    """Right on every drafted case and wrong on all others; fails on one draft."""
    if question.text.endswith("drafted 3?"):
        raise RuntimeError("broke on a draft")
    return Output("5 days" if "drafted" in question.text else "no idea, 9 days")


@pytest.fixture
def measured(tmp_path):
    results = Results(Database(tmp_path / "groundtune.sqlite"))
    arms = [Arm("apt", knows_drafts, "rag", fingerprint="apt", training_seconds=0.0), refuse_always()]
    return lambda cases: compare(Task("policy", "answer", Path()), arms, cases, results)


def test_drafted_cases_have_parts_of_their_own_and_count_in_no_other(measured) -> None:
    found = measured([case(i, o) for o in ("human", "reviewed", "drafted") for i in range(10)])
    assert found.slice().n == 20
    assert found.slice().score("apt").primary.value == 0
    assert found.slice(part="drafted").n == 10
    assert found.slice(part="drafted").score("apt").primary.value == 0.9
    assert {part.part for part in found.slices} == {"all", "drafted"}
    arm = found.arm("apt")
    assert (arm.calls, arm.failures) == (20, 0), "the draft that broke is no failure among people's cases"
    advice = advise(found.needs, found)
    assert [verdict.cases for verdict in advice.verdicts] == [20]
    assert any("10 drafted cases that nobody has checked stand apart" in str(note) for note in advice.notes)


def test_the_page_shows_drafted_cases_in_a_section_of_their_own(measured) -> None:
    found = measured([case(i, o) for o in ("human", "drafted") for i in range(10)])
    page = render([Report(found, advise(found.needs, found))])
    assert "Drafted cases, checked by nobody" in page
    assert "아무도 검토하지 않은 초안 사례" in page
    assert "measured on the same 10 held-out cases" in page
    assert "broke on a draft" not in page
    assert "drafteden" not in page, "no drafted case among those on which approaches differ"
    kept = {record["id"]: record["origin"] for record in found.to_json()["cases"]}
    assert kept["humanen1"] == "human"
    assert kept["drafteden1"] == "drafted"


def test_drafted_cases_alone_make_a_sketch_from_which_nothing_is_recommended(measured) -> None:
    found = measured([case(i, "drafted", lang) for lang in ("en", "ko") for i in range(12)])
    assert found.is_sketch
    assert found.slice() is None
    advice = advise(found.needs, found)
    assert [(verdict.language, verdict.status, verdict.arm) for verdict in advice.verdicts] == [
        ("en", "sketch", None),
        ("ko", "sketch", None),
    ]
    assert "nobody has checked them" in str(advice.verdicts[0].headline)
    page = render([Report(found, advice)])
    assert "A sketch: 2 approaches on 24 cases" in page
    assert "rules of thumb" not in page


def test_who_made_a_case_changes_neither_its_name_nor_its_test_set() -> None:
    cases = [case(1), case(2)]
    assert cases_hash(cases) == cases_hash([replace(c, origin="reviewed") for c in cases])


def test_a_first_look_takes_as_many_drafted_cases_beside_the_others() -> None:
    cases = [case(i, o) for o in ("human", "drafted") for i in range(9)]
    assert sorted(c.origin for c in some_cases(cases, 3)) == ["drafted"] * 3 + ["human"] * 3


def test_a_row_says_who_made_it_and_a_reviewed_one_who_checked_it(tmp_path) -> None:
    file = tmp_path / "cases.jsonl"
    row = {"id": "a", "question": "How many days?", "facts": [["5 days"]], "relevant": ["leave"]}
    for origin, more in (("human", {}), ("reviewed", {"reviewed_by": "kim"}), ("drafted", {"drafted_from": {}})):
        file.write_text(json.dumps({**row, "origin": origin, **more}) + "\n", "utf-8")
        assert read_answer_cases(file, today=DAY)[0].origin == origin
        assert read_retrieval_cases(file)[0].origin == origin
    for wrong in ({"origin": "robot"}, {"origin": "reviewed"}):
        file.write_text(json.dumps({**row, **wrong}) + "\n", "utf-8")
        for read in (lambda path: read_answer_cases(path, today=DAY), read_retrieval_cases):
            with pytest.raises(BadData, match=r"cases\.jsonl:1"):
                read(file)


def test_a_question_that_must_be_refused_has_nothing_to_be_found(tmp_path) -> None:
    file = tmp_path / "cases.jsonl"
    rows = [
        {"id": "a", "question": "How many days?", "facts": [["5 days"]], "relevant": ["leave"]},
        {"id": "b", "question": "Who won?", "kind": "off_topic"},
    ]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    assert [found.id for found in read_retrieval_cases(file)] == ["a"]
