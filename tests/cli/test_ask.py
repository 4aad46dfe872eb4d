"""Questions from the command line."""

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
effective_from: 2026-02-01
---

# Parking

A monthly permit costs 35,000 won for staff. Visitors park free for 30 minutes.
"""


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ask")
    (folder / "parking.md").write_text(PAGE, "utf-8")
    ask_nothing = CliRunner()
    environment = {"GROUNDTUNE_LANG": "en", "GROUNDTUNE_ANALYSER": "bigram"}
    assert ask_nothing.invoke(root, ["init", str(folder / "ws")], env=environment).exit_code == 0
    added = ask_nothing.invoke(root, ["add", str(folder / "parking.md"), "-w", str(folder / "ws")], env=environment)
    assert added.exit_code == 0, added.output
    return folder / "ws"


def ask(workspace: Path, *arguments: str, language: str = "en") -> Result:
    environment = {"GROUNDTUNE_LANG": language, "GROUNDTUNE_ANALYSER": "bigram"}
    command = ["ask", *arguments, "--model", "extractive", "-w", str(workspace)]
    return CliRunner().invoke(root, command, env=environment)


def test_a_person_sees_the_answer_its_place_its_date_and_the_quote(workspace: Path) -> None:
    result = ask(workspace, "What does a monthly permit cost?")
    assert result.exit_code == 0, result.output
    assert "Parking · in force from 2026-02-01" in result.output
    assert "“A monthly permit costs 35,000 won for staff.”" in result.output


def test_a_program_gets_each_quote_with_its_place(workspace: Path) -> None:
    payload: dict[str, Any] = json.loads(ask(workspace, "What does a monthly permit cost?", "--json").stdout)
    assert payload["schema"] == "groundtune.answer/1"
    assert payload["refused"] is False
    quote = payload["sentences"][0]["evidence"][0]
    assert (quote["document"], quote["revision"], quote["effective_from"]) == ("parking", 1, "2026-02-01")
    assert quote["end"] - quote["start"] == len(quote["quote"])
    assert {"retrieve", "extract", "total"} <= set(payload["timings_ms"])


def test_a_quotes_passage_is_named_as_search_and_cases_name_it(workspace: Path) -> None:
    payload = json.loads(ask(workspace, "What does a monthly permit cost?", "--json").stdout)
    assert payload["sentences"][0]["evidence"][0]["passage"] == "parking#0"
    refused = json.loads(ask(workspace, "Who won the football world cup in 1998?", "--json").stdout)
    assert refused["nearest"][0]["passage"] == "parking#0"


def test_a_quote_of_a_superseded_revision_tells_until_when_it_held(tmp_path: Path) -> None:
    environment = {"GROUNDTUNE_LANG": "en", "GROUNDTUNE_ANALYSER": "bigram"}
    (tmp_path / "old.md").write_text(PAGE, "utf-8")
    (tmp_path / "new.md").write_text(PAGE.replace("2026-02-01", "2026-07-01").replace("35,000", "40,000"), "utf-8")
    for command in (["init", "ws"], ["add", "old.md", "new.md", "-w", "ws"]):
        words = [str(tmp_path / word) if word in ("ws", "old.md", "new.md") else word for word in command]
        assert CliRunner().invoke(root, words, env=environment).exit_code == 0
    asked = "What does a monthly permit cost?"
    quote = json.loads(ask(tmp_path / "ws", asked, "--as-of", "2026-03-01", "--json").stdout)
    quote = quote["sentences"][0]["evidence"][0]
    assert (quote["effective_from"], quote["effective_to"], quote["in_force_until"]) == (
        "2026-02-01",
        None,
        "2026-07-01",
    )
    assert "before 2026-07-01" in ask(tmp_path / "ws", asked, "--as-of", "2026-03-01").output
    found = ["search", "permit", "--as-of", "2026-08-01", "--json", "-w", str(tmp_path / "ws")]
    (hit,) = json.loads(CliRunner().invoke(root, found, env=environment).stdout)["hits"]
    assert (hit["effective_from"], hit["in_force_until"]) == ("2026-07-01", None)


def test_a_refusal_shows_the_nearest_passages(workspace: Path) -> None:
    result = ask(workspace, "Who won the football world cup in 1998?")
    assert result.exit_code == 0
    assert result.output.startswith("No answer: ")
    assert "Nearest passages\n  Parking" in result.output
    payload = json.loads(ask(workspace, "Who won the football world cup in 1998?", "--json").stdout)
    assert (payload["answer"], payload["refused"]) == (None, True)
    assert payload["nearest"][0]["document"] == "parking"


def test_a_day_before_the_document_is_in_force_finds_nothing(workspace: Path) -> None:
    payload = json.loads(ask(workspace, "What does a permit cost?", "--as-of", "2025-01-01", "--json").stdout)
    assert (payload["reason_code"], payload["as_of"]) == ("no_passage", "2025-01-01")
    assert payload["notices"] == [
        "From 2026-02-01 on there are documents in force that you may read. Ask as of a later day."
    ]


def test_the_frame_speaks_the_askers_language_whatever_the_terminals_is(workspace: Path) -> None:
    korean = ask(workspace, "주차비가 얼마인가요?", "--as-of", "2025-01-01", language="en").output
    assert korean.startswith("답변할 수 없습니다: ")
    assert "2025-01-01 기준" in korean
    english = ask(workspace, "Who won the football world cup in 1998?", language="ko").output
    assert english.startswith("No answer: ")
    assert "Nearest passages" in english


RULES = """---
id: harbour
title: 항만 규칙
authority: 규정
scope: country: KR, site: 부두
effective_from: 2026-02-01
---

# 항만 규칙

## 제2장 등불

제7조의2(등불) ① 등불은 다음과 같이 켠다.
  1. 큰 등불은 저녁 일곱 시에 켠다.
  2. 작은 등불은 저녁 여덟 시에 켠다.
② 등불의 유리는 아침마다 닦는다.
"""


@pytest.fixture(scope="module")
def harbour(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("harbour")
    (folder / "harbour.md").write_text(RULES, "utf-8")
    environment = {"GROUNDTUNE_LANG": "en", "GROUNDTUNE_ANALYSER": "bigram"}
    for command in (["init", str(folder / "ws")], ["add", str(folder / "harbour.md"), "-w", str(folder / "ws")]):
        assert CliRunner().invoke(root, command, env=environment).exit_code == 0
    return folder / "ws"


@pytest.mark.parametrize("language", ["en", "ko"])
def test_a_quote_names_its_paragraph_and_item(harbour: Path, language: str) -> None:
    asked = "등불의 유리는 언제 닦나요?"
    payload = json.loads(ask(harbour, asked, "--json", language=language).stdout)
    (quote,) = payload["sentences"][0]["evidence"]
    assert (quote["clause"], quote["heading_path"]) == ("제7조의2 제2항", ["제2장 등불", "제7조의2(등불)"])
    shown = ask(harbour, asked, language=language).output
    place = "항만 규칙 › 제2장 등불 › 제7조의2(등불) · 제7조의2 제2항"
    assert f"{place} · 규정 · country: KR, site: 부두 · 2026-02-01부터 시행" in shown
    assert (quote["authority"], quote["scope"]) == ("rulebook", "country: KR, site: 부두")


def test_a_passage_of_several_clauses_names_the_one_that_holds_them(harbour: Path) -> None:
    environment = {"GROUNDTUNE_LANG": "en", "GROUNDTUNE_ANALYSER": "bigram"}
    found = CliRunner().invoke(root, ["search", "등불", "--json", "-k", "1", "-w", str(harbour)], env=environment)
    hit = json.loads(found.stdout)["hits"][0]
    assert (hit["clause"], hit["authority"], hit["scope"]) == ("제7조의2", "rulebook", "country: KR, site: 부두")


def test_authority_and_scope_are_listed_with_the_document(harbour: Path) -> None:
    environment = {"GROUNDTUNE_LANG": "en", "GROUNDTUNE_ANALYSER": "bigram"}
    for command in (["documents", "list"], ["documents", "show", "harbour"], ["search", "등불"]):
        shown = CliRunner().invoke(root, [*command, "-w", str(harbour)], env=environment)
        assert "rulebook · country: KR, site: 부두" in shown.output, command


@pytest.fixture(scope="module")
def lighthouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lighthouse")
    pages = {
        "law": (
            "등대법",
            "law",
            "##### 제7조 (휴가)\n\n등대지기에게는 「항만법」 제3조에도 불구하고 한 해에 15일의 휴가를 준다.",
        ),
        "guide": ("등대 안내", "guide", "등대지기의 휴가는 한 해에 10일입니다."),
    }
    for name, (title, authority, text) in pages.items():
        head = f"---\nid: {name}\ntitle: {title}\nauthority: {authority}\neffective_from: 2026-01-01\n---\n"
        (folder / f"{name}.md").write_text(f"{head}\n# {title}\n\n{text}\n", "utf-8")
    environment = {"GROUNDTUNE_LANG": "en", "GROUNDTUNE_ANALYSER": "bigram"}
    for command in (["init", str(folder / "ws")], ["add", *map(str, folder.glob("*.md")), "-w", str(folder / "ws")]):
        assert CliRunner().invoke(root, command, env=environment).exit_code == 0
    return folder / "ws"


LEAVE = "등대지기의 휴가는 한 해에 며칠인가요?"


def test_a_person_sees_what_contradicts_the_answer_and_what_it_refers_to(lighthouse: Path) -> None:
    shown = ask(lighthouse, LEAVE).output
    assert "상충: “등대법” (법령)에는 15일, “등대 안내” (안내)에는 10일(으)로 되어 있습니다." in shown
    assert (
        shown.index("한 해에 15일의 휴가를 준다")
        < shown.index("상충")
        < shown.index("“등대지기의 휴가는 한 해에 10일입니다.”")
    )
    assert "참조: 「항만법」 제3조" in shown
    assert "열람할 수 있는 시행 중인 문서에서 찾지 못했습니다" in shown


def test_a_program_gets_both_quotes_of_a_conflict(lighthouse: Path) -> None:
    payload: dict[str, Any] = json.loads(ask(lighthouse, LEAVE, "--json").stdout)
    (conflict,) = payload["conflicts"]
    assert [quote["document"] for quote in conflict["evidence"]] == ["law", "guide"]
    assert payload["elsewhere"] == []
    assert payload["references"] == [{"name": "「항만법」 제3조", "evidence": None}]
