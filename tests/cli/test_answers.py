"""`groundtune answers`, from a question to its replay, its doubts and what people say of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from groundtune.cli import root

PAGE = """---
id: parking
title: Parking
language: en
---

# Parking

A monthly permit costs {fee} won for staff. Visitors park free for 30 minutes.
"""
PERMIT = "What does a monthly permit cost?"


def run(folder: Path, *words: str, language: str = "en", keys: str | None = None) -> Result:
    environment = {"GROUNDTUNE_LANG": language, "GROUNDTUNE_ANALYSER": "bigram"}
    return CliRunner().invoke(root, [*words, "-w", str(folder / "ws")], env=environment, input=keys)


def shown(folder: Path, *words: str, language: str = "en", keys: str | None = None) -> str:
    result = run(folder, *words, language=language, keys=keys)
    assert result.exit_code == 0, result.output
    return result.stdout


def data(folder: Path, *words: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(shown(folder, *words, "--json"))
    return found


def add(folder: Path, fee: str) -> str:
    (folder / "parking.md").write_text(PAGE.format(fee=fee), "utf-8")
    return shown(folder, "add", str(folder / "parking.md"))


@pytest.fixture
def town(tmp_path: Path) -> Path:
    """One page, one answer and one refusal."""
    assert CliRunner().invoke(root, ["init", str(tmp_path / "ws")]).exit_code == 0
    add(tmp_path, "35,000")
    assert "Kept as answer 1: groundtune answers show 1" in shown(tmp_path, "ask", PERMIT)
    assert data(tmp_path, "ask", "Who won the football world cup in 1998?")["id"] == 2
    return tmp_path


def test_answers_are_listed_and_shown_as_they_were_given(town: Path) -> None:
    assert [row.split()[-1] for row in shown(town, "answers", "list").splitlines()] == [
        "question", "cost?", "1998?", "answers.",
    ]  # fmt: skip
    (refused,) = data(town, "answers", "list", "--refused")["answers"]
    assert (refused["id"], refused["refused"], refused["documents"]) == (2, True, ["parking"])
    assert data(town, "answers", "list", "--since", "2999-01-01")["answers"] == []
    assert "“A monthly permit costs 35,000 won for staff.”" in shown(town, "answers", "show", "1")
    kept = data(town, "answers", "show", "1")
    assert (kept["schema"], kept["answer"]["sentences"][0]["evidence"][0]["passage"]) == (
        "groundtune.kept-answer/1", "parking#0",
    )  # fmt: skip
    assert kept["settings"]["model"] == "extractive"
    missing = run(town, "answers", "show", "99")
    assert (missing.exit_code, type(missing.exception).__name__) == (1, "UnknownName")


def test_a_replay_says_whether_it_is_the_same(town: Path) -> None:
    assert "Answer 1 comes out the same, to the letter." in shown(town, "answers", "replay", "1")
    assert data(town, "answers", "replay", "2")["same"] is True
    shown(town, "documents", "delete", "parking", "--yes")
    gone = shown(town, "answers", "replay", "1")
    assert "its words went with it" in gone
    assert "1 document was deleted since, 1 of which it showed." in gone
    payload = data(town, "answers", "replay", "1")
    assert (payload["same"], payload["differences"]) == (False, None)
    assert "gone" in shown(town, "answers", "list")


def test_adding_a_correction_says_how_many_answers_it_makes_doubtful(town: Path) -> None:
    assert "doubtful" not in add(town, "35,000")
    assert "1 past answer is doubtful now: groundtune answers doubtful" in add(town, "40,000")
    told = shown(town, "answers", "doubtful")
    assert "for its day: Parking: revision 2 holds in place of 1" in told
    assert "~ A monthly permit costs [-35,000-]{+40,000+} won for staff." in told
    (doubtful,) = data(town, "answers", "doubtful", "--document", "parking")["answers"]
    (doubt,) = doubtful["doubts"]
    assert (doubt["for"], doubt["cause"], doubt["revision"], doubt["revision_now"]) == ("its_day", "changed", 1, 2)
    assert data(town, "answers", "doubtful", "--refused")["refusals"] == []
    deleted = data(town, "documents", "delete", "parking", "--yes")
    assert deleted["doubtful_answers"] == 1
    assert "a document that it showed was deleted" in shown(town, "answers", "doubtful")


def test_a_reader_is_shown_what_he_may_see(town: Path) -> None:
    page = PAGE.format(fee="35,000").replace("language: en", "language: en\nreaders: staff")
    (town / "parking.md").write_text(page, "utf-8")
    shown(town, "add", str(town / "parking.md"))
    for words in (("answers", "list"), ("answers", "doubtful"), ("answers", "list", "--refused")):
        assert data(town, *words, "--group", "guests")["answers"] == []
    assert [row["id"] for row in data(town, "answers", "list", "--group", "staff")["answers"]] == [1, 2]
    for words in (("show", "1"), ("replay", "1"), ("mark", "1", "right")):
        refused = run(town, "answers", *words, "--group", "guests")
        assert type(refused.exception).__name__ == "UnknownName"


def test_feedback_is_walked_through_by_a_person(town: Path) -> None:
    shown(town, "answers", "mark", "1", "right")
    shown(town, "answers", "mark", "1", "wrong", "--note", "old fee")
    shown(town, "answers", "mark", "2", "right")
    told = shown(town, "answers", "review", keys="a\n35,000 won|35,000원\nr\nq\n")
    assert "wrong · old fee" in told
    assert told.count("Added to") == 2
    (row,) = map(json.loads, (town / "ws" / "feedback" / "answers.jsonl").read_text("utf-8").splitlines())
    assert row["facts"] == [["35,000 won", "35,000원"]]
    assert [one["feedback"] for one in data(town, "answers", "review")["open"]] == [3]


def test_feedback_is_reviewed_by_scripts_into_files_that_they_name(town: Path) -> None:
    number = data(town, "answers", "mark", "2", "missing", "--passage", "parking")["feedback"]
    shown(town, "answers", "mark", "1", "wrong")
    pairs = town / "pairs.jsonl"
    decided = data(
        town, "answers", "review", "--accept", str(number), "--reject", "2", "--into", "pairs", "--pairs", str(pairs),
        "--who", "kim",
    )  # fmt: skip
    assert (decided["accepted"], decided["rejected"], decided["open"]) == ([number], [2], [])
    row = json.loads(pairs.read_text("utf-8"))
    assert (row["relevant"], row["reviewed_by"]) == (["parking"], "kim")
    both = run(town, "answers", "review", "--accept", "1", "--accept", "2", "--fact", "x")
    assert type(both.exception).__name__ == "UsageError"


def test_answers_are_forgotten_by_number_or_by_day(town: Path) -> None:
    assert run(town, "answers", "forget", "1", keys="n\n").exit_code == 1
    assert type(run(town, "answers", "forget", "1", "99", "--yes").exception).__name__ == "UnknownName"
    assert data(town, "answers", "forget", "1", "--before", "2000-01-01", "--yes")["forgotten"] == [1]
    assert [row["id"] for row in data(town, "answers", "list")["answers"]] == [2]
    assert "Removed 1 answer." in shown(town, "answers", "forget", "--before", "2999-01-01", "--yes")
    assert type(run(town, "answers", "forget", "--yes").exception).__name__ == "UsageError"


def test_gaps_are_told_with_how_often_and_what_comes_near(town: Path) -> None:
    for question in ("Is there a sauna?", "is there a sauna here"):
        shown(town, "ask", question)
    told = shown(town, "answers", "gaps")
    assert "is there a sauna here\n  asked 2 times, last on " in told
    assert "nearest: Parking (parking#0)" in told
    (gap,) = data(town, "answers", "gaps")["gaps"]
    assert (gap["count"], gap["nearest"]["passage"]) == (2, "parking#0")


def test_all_of_it_speaks_korean(town: Path) -> None:
    assert "답변 1번을 다시 만들어도 글자까지 같습니다." in shown(town, "answers", "replay", "1", language="ko")
    assert "답변 2건입니다." in shown(town, "answers", "list", language="ko")
    assert "재확인이 필요한 답변은 0건입니다." in shown(town, "answers", "doubtful", language="ko")
    assert "살펴볼 문서는 0건입니다." in shown(town, "answers", "gaps", language="ko")
