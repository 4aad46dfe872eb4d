"""A person's decision is kept in the row, with who and when; everything else stays as it was."""

import json
from datetime import date

import pytest

from groundtune.comparison.cases import read_answer_cases
from groundtune.drafting.review import accept, drafted_rows, read_lines, reject
from groundtune.errors import BadData, UsageError


@pytest.fixture
def file(tmp_path):
    rows = [
        {"id": "human", "question": "Who decides?", "facts": [["the board"]]},
        *(
            {"id": f"draft{i}", "question": f"How many days, {i}?", "facts": [[f"{i} days"]], "origin": "drafted"}
            for i in range(3)
        ),
    ]
    path = tmp_path / "cases.jsonl"
    path.write_bytes("".join(f"{json.dumps(row)}  \r\n" for row in rows).encode() + b"\n")
    return path


def test_an_accepted_draft_says_who_checked_it_and_when(file) -> None:
    assert accept(file, [2, 4], who="kim") == ["draft0", "draft2"]
    row = json.loads(file.read_text("utf-8").splitlines()[1])
    assert row["origin"] == "reviewed"
    assert row["reviewed_by"] == "kim"
    assert row["reviewed_at"].startswith("20")
    assert [case.origin for case in read_answer_cases(file, today=date(2026, 1, 1))] == [
        "human", "reviewed", "drafted", "reviewed",
    ]  # fmt: skip


def test_rows_that_nobody_decided_on_stay_to_the_byte(file) -> None:
    before = file.read_bytes().split(b"\n")
    accept(file, [3], who="kim")
    after = file.read_bytes().split(b"\n")
    assert [after[i] for i in (0, 1, 3, 4)] == [before[i] for i in (0, 1, 3, 4)]
    assert after[2] != before[2]
    assert not list(file.parent.glob(".*")), "nothing is left beside it"


def test_a_rejected_draft_is_gone_and_the_others_are_still_there(file) -> None:
    assert reject(file, [3]) == ["draft1"]
    assert [case.id for case in read_answer_cases(file, today=date(2026, 1, 1))] == ["human", "draft0", "draft2"]


def test_an_edit_that_makes_no_case_changes_nothing(file) -> None:
    before = file.read_bytes()
    with pytest.raises(BadData, match=r"/cases\.jsonl:2: .*facts"):
        accept(file, [2], who="kim", changes={"facts": []})
    assert file.read_bytes() == before
    assert not list(file.parent.glob(".*"))
    accept(file, [2], who="kim", changes={"question": "How many days at most?"})
    assert "How many days at most?" in file.read_text("utf-8")


@pytest.mark.parametrize("line", [1, 9])
def test_only_drafts_are_decided_on(file, line) -> None:
    before = file.read_bytes()
    for decide in (lambda: accept(file, [2, line], who="kim"), lambda: reject(file, [2, line])):
        with pytest.raises(UsageError, match=str(line)):
            decide()
    assert file.read_bytes() == before


def test_nobody_is_no_reviewer(file) -> None:
    with pytest.raises(UsageError, match="--who"):
        accept(file, [2], who=" ")


def test_lines_are_named_one_by_one_by_range_or_all(file) -> None:
    assert read_lines("2, 3-4", file) == [2, 3, 4]
    assert read_lines("all", file) == [row.line for row in drafted_rows(file)] == [2, 3, 4]
    for wrong in ("", "two", "3-", "1;2"):
        with pytest.raises(UsageError):
            read_lines(wrong, file)
