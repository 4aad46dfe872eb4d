"""Help and usage errors speak the reader's language, click's own words included."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from importlib import resources
from pathlib import Path

import pytest

CLICKS_OWN = tomllib.loads((resources.files("groundtune") / "locale/ko/click.toml").read_text("utf-8"))
ENGLISH = {part.strip() for text in CLICKS_OWN for part in re.split(r"{[^}]*}", text)} | {
    "OPTIONS", "COMMAND", "ARGS", "DIRECTORY", "INTEGER", "TEXT", "Options:", "Commands:"
}  # fmt: skip
"""What click says between the values that it fills in."""


def run(*words: str, language: str = "ko", folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    """The program itself, in a new process: a language is chosen when it starts."""
    environment = {**os.environ, "GROUNDTUNE_LANG": language, "COLUMNS": "100"}
    script = "import sys; sys.argv[0] = 'groundtune'; from groundtune.cli import main; sys.exit(main())"
    return subprocess.run(
        [sys.executable, "-c", script, *words], env=environment, cwd=folder, capture_output=True, text=True
    )


def english_left(text: str) -> set[str]:
    """Click's English in `text`; its single small words are names of options and commands as well."""
    telling = {part for part in ENGLISH if len(part) > 3 and (len(part) > 8 or part.isupper() or part.endswith(":"))}
    return {part for part in telling if part in text}


def test_korean_help_has_no_english_of_click_s() -> None:
    assert not english_left(run("--help").stdout)
    shown = run("add", "--help").stdout
    assert shown.startswith("사용법: groundtune add [옵션] PLACES...")
    assert "-w, --workspace 폴더" in shown
    assert not english_left(shown)
    assert "모든 문서를 오늘 시행 중인 개정본 기준으로 나열합니다." in run("documents", "--help").stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["add"], "빠진 인자"),
        (["ad"], "명령이 없습니다"),
        (["documents", "shw"], "'show'을(를) 찾으셨습니까?"),
        (["search", "--bad", "x"], "옵션이 없습니다"),
        (["search", "x", "-k", "many"], "정수 값이 아닙니다"),
        (["search", "x", "-k", "0"], "허용 범위"),
        (["search", "x", "-k"], "값이 필요합니다"),
        (["search", "x", "--legs", "all"], "고를 수 있는 값: 'hybrid', 'lexical', 'dense'"),
        (["ask", "x", "y"], "남는 인자"),
        (["eval", "retrieval", "nothing"], "파일 'nothing'이(가) 없습니다"),
    ],
)
def test_a_usage_error_is_korean_and_exits_as_in_english(words: list[str], said: str, tmp_path: Path) -> None:
    korean, english = run(*words, folder=tmp_path), run(*words, language="en", folder=tmp_path)
    assert said in korean.stderr
    assert not english_left(korean.stderr)
    assert english_left(english.stderr)
    assert korean.returncode == english.returncode == 2


def test_english_help_is_click_s_own() -> None:
    shown = run("search", "--help", language="en").stdout
    assert "Usage: groundtune search [OPTIONS] QUERY" in shown
    assert "Show this message and exit." in shown
