"""Drafting, reviewing and calibrating from the command line, with the figures of drafts apart."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from groundtune.cli import root
from groundtune.errors import UsageError

PAGE = """---
id: parking
title: Parking
language: en
---

# Parking

A monthly permit costs 35,000 won for staff. Appeals must be sent within 7 days of the fine.

| Car | Fee |
|---|---|
| Small car | 20,000 won |
| Large car | 45,000 won |
"""


def run(*words: str | Path, language: str = "en", input: str | None = None) -> Result:
    environment = {"GROUNDTUNE_LANG": language, "GROUNDTUNE_ANALYSER": "bigram", "GROUNDTUNE_EMBEDDER": "fake:hash"}
    return CliRunner().invoke(root, [str(word) for word in words], env=environment, input=input)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cases")
    (folder / "parking.md").write_text(PAGE, "utf-8")
    assert run("init", folder / "ws").exit_code == 0
    assert run("add", folder / "parking.md", "-w", folder / "ws").exit_code == 0
    return folder


@pytest.fixture
def drafts(place: Path, tmp_path: Path) -> Path:
    file = tmp_path / "drafts.jsonl"
    result = run("cases", "make", "-n", "6", "--output", file, "-w", place / "ws")
    assert result.exit_code == 0, result.output
    return file


def rows(file: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


def test_drafts_are_printed_or_go_into_a_new_file(place: Path, drafts: Path) -> None:
    printed = run("cases", "make", "-n", "6", "-w", place / "ws")
    assert printed.stdout == drafts.read_text("utf-8")
    assert {row["origin"] for row in rows(drafts)} == {"drafted"}
    before = drafts.read_bytes()
    again = run("cases", "make", "-n", "6", "--output", drafts, "-w", place / "ws")
    assert isinstance(again.exception, UsageError)
    assert drafts.read_bytes() == before
    nowhere = run("cases", "make", "--output", drafts.parent / "missing" / "drafts.jsonl", "-w", place / "ws")
    assert isinstance(nowhere.exception, UsageError)


def test_programs_get_the_cases_and_what_was_dropped(place: Path) -> None:
    made = json.loads(run("cases", "make", "-n", "6", "--json", "-w", place / "ws").stdout)
    assert made["schema"] == "groundtune.cases-make/1"
    assert made["file"] is None
    assert all(case["drafted_from"]["document"] == "parking" for case in made["cases"])
    assert isinstance(made["dropped"], dict)


def test_lines_are_accepted_and_rejected_by_who_says_so(drafts: Path) -> None:
    decided = json.loads(
        run("cases", "review", drafts, "--accept", "1,3", "--reject", "2", "--who", "kim", "--json").stdout
    )
    assert decided["schema"] == "groundtune.cases-review/1"
    assert (len(decided["accepted"]), len(decided["rejected"])) == (2, 1)
    assert decided["left"] == len(rows(drafts)) - 2
    assert [row.get("reviewed_by") for row in rows(drafts)][:2] == ["kim", "kim"]


def test_one_by_one_each_decision_is_kept_at_once(drafts: Path) -> None:
    n = len(rows(drafts))
    result = run("cases", "review", drafts, "--who", "kim", input="a\ns\nr\nq\n")
    assert result.exit_code == 0, result.output
    assert "A right answer states:" in result.output
    assert [row["origin"] for row in rows(drafts)] == ["reviewed", *["drafted"] * (n - 2)]
    edited = run(
        "cases", "review", drafts, "--who", "lee", input="e\nWhat does it really cost?\n1 won / 1원; 2 won\nq\n"
    )
    assert edited.exit_code == 0, edited.output
    second = rows(drafts)[1]
    assert (second["question"], second["reviewed_by"]) == ("What does it really cost?", "lee")
    if second["kind"] == "answerable":
        assert second["facts"] == [["1 won", "1원"], ["2 won"]]


def test_retrieval_is_measured_apart_on_drafts(place: Path, drafts: Path) -> None:
    alone = run("eval", "retrieval", drafts, "-w", place / "ws")
    assert "checked by nobody: a sketch" in alone.output
    run("cases", "review", drafts, "--accept", "all", "--who", "kim")
    extra = drafts.parent / "both.jsonl"
    draft = {**rows(drafts)[0], "id": "another", "origin": "drafted", "relevant": ["parking"]}
    extra.write_text(drafts.read_text("utf-8") + json.dumps(draft) + "\n", "utf-8")
    both = json.loads(run("eval", "retrieval", extra, "--json", "-w", place / "ws").stdout)
    answerable = sum(row["kind"] == "answerable" for row in rows(drafts))
    assert both["cases"] == answerable
    assert both["drafted"]["cases"] == 1
    assert {arm["n"] for arm in both["arms"]} == {answerable}
    assert {arm["n"] for arm in both["drafted"]["arms"]} == {1}


def test_drafts_alone_promise_nothing_unless_asked_for(place: Path, drafts: Path) -> None:
    refused = run("calibrate", drafts, "-w", place / "ws")
    assert isinstance(refused.exception, UsageError)
    assert "groundtune cases review" in str(refused.exception)
    sketch = run("calibrate", drafts, "--drafted", "--dry-run", "-w", place / "ws")
    assert sketch.exit_code == 0, sketch.output
    assert "A sketch:" in sketch.output
    assert "not enough cases" in sketch.output
    page = (place / "ws" / "reports" / "calibration.html").read_text("utf-8")
    assert "A sketch:" in page
    assert "밑그림" in page
    assert "<svg" in page


def test_a_calibration_is_kept_used_and_dropped(place: Path, tmp_path: Path) -> None:
    cases = [
        {"id": f"a{i}", "question": f"What does a monthly permit cost for staff, time {i}?", "facts": [["35,000 won"]]}
        for i in range(70)
    ] + [{"id": f"r{i}", "question": f"Who won cup {i}?", "kind": "off_topic"} for i in range(10)]
    file = tmp_path / "cases.jsonl"
    file.write_text("".join(json.dumps(case) + "\n" for case in cases), "utf-8")
    found = json.loads(run("calibrate", file, "--tolerated-wrong", "0.1", "--json", "-w", place / "ws").stdout)
    assert found["schema"] == "groundtune.calibrate/1"
    assert found["kept"] is True
    (english,) = found["calibration"]["languages"]
    assert english["bar"] is not None
    assert english["held_out"]["cases"] == 80
    shown = run("calibrate", "-w", place / "ws").output
    assert "Calibrated on" in shown
    assert "Not in use" not in shown
    toml = place / "ws" / "groundtune.toml"
    before = toml.read_text("utf-8")
    toml.write_text(f"lexical_weight = 0.9\n{before}", "utf-8")
    changed = run("calibrate", "-w", place / "ws").output
    toml.write_text(before, "utf-8")
    assert "Not in use, since this changed after it: the weight of the words." in changed
    ask = ("ask", "What does a monthly permit cost for staff?", "--json", "-w", place / "ws")
    reply = json.loads(run(*ask).stdout)
    assert reply["probability"] >= english["bar"] or reply["refused"]
    dropped = json.loads(run("calibrate", "--drop", "--json", "-w", place / "ws").stdout)
    assert dropped["dropped"] is True
    assert "no calibration to drop" in run("calibrate", "--drop", "-w", place / "ws").output
    assert "Nothing was calibrated" in run("calibrate", "-w", place / "ws").output


def test_it_says_all_of_it_in_korean(place: Path, drafts: Path) -> None:
    result = run("calibrate", drafts, "--drafted", "--dry-run", "-w", place / "ws", language="ko")
    assert "밑그림" in result.output
    assert "사례가 모자랍니다" in result.output
    for english in ("cases", "answered", "wrong", "sketch"):
        assert english not in result.output.replace(str(place), "").replace("calibration.html", "")
