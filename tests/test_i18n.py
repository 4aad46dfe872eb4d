"""Everything that a person reads exists in English and Korean."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from groundtune.cli import COMMANDS
from groundtune.i18n import t, t_in

SRC = Path(__file__).parent.parent / "src" / "groundtune"
NAMES = re.compile(r"{(\w+)")


def texts_in_the_code() -> Iterator[tuple[str, str]]:
    """Place and text of every t("…"), say("…") and t_in(lang, "…")."""
    for file in sorted(SRC.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            position = {"t": 0, "say": 0, "t_in": 1}.get(node.func.id)
            if position is not None and len(node.args) > position and isinstance(node.args[position], ast.Constant):
                yield f"{file.name}:{node.lineno}", node.args[position].value
    for _, line in COMMANDS.values():
        yield "cli/__init__.py", line
    yield from help_of_the_commands()


def help_of_the_commands() -> Iterator[tuple[str, str]]:
    """Place and text of every paragraph of the commands' docstrings, which click shows as help."""
    for file in sorted((SRC / "cli").glob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef) and any(map(_makes_a_command, node.decorator_list)):
                for paragraph in filter(None, (ast.get_docstring(node) or "").split("\n\n")):
                    yield f"{file.name}:{node.lineno}", " ".join(paragraph.split())


def _makes_a_command(decorator: ast.expr) -> bool:
    """And takes its help from the docstring."""
    if not isinstance(decorator, ast.Call) or any(keyword.arg == "help" for keyword in decorator.keywords):
        return False
    return isinstance(decorator.func, ast.Attribute) and decorator.func.attr in ("command", "group")


def korean() -> dict[str, str]:
    texts: dict[str, str] = {}
    for file in sorted((SRC / "locale" / "ko").glob("*.toml")):
        for text, translation in tomllib.loads(file.read_text("utf-8")).items():
            assert text not in texts, f"{file.name}: “{text}” stands in another file as well"
            texts[text] = translation
    return texts


def clicks_own() -> set[str]:
    """What click says, in one version of it or another."""
    return set(tomllib.loads((SRC / "locale" / "ko" / "click.toml").read_text("utf-8")))


def test_every_text_has_its_korean() -> None:
    missing = [f"{place}: {text}" for place, text in texts_in_the_code() if text not in korean()]
    assert not missing, "\n".join(missing)


def test_korean_texts_take_the_same_values() -> None:
    for text, translation in korean().items():
        assert set(NAMES.findall(text)) == set(NAMES.findall(translation)), text


def test_no_korean_is_left_over() -> None:
    every_string = "\n".join(file.read_text("utf-8") for file in sorted(SRC.rglob("*.py")))
    used = {text for _, text in texts_in_the_code()} | clicks_own()
    left_over = [text for text in korean() if text not in used and text not in every_string]
    assert not left_over, "\n".join(left_over)


def test_one_thing_is_not_called_many() -> None:
    text = "{count} {count:|document|documents}."
    assert [t_in("en", text, count=count) for count in (0, 1, "1", 2)] == [
        "0 documents.", "1 document.", "1 document.", "2 documents.",
    ]  # fmt: skip
    assert t_in("ko", text, count=1) == "문서 1건입니다."


def test_no_text_leaves_the_plural_to_the_reader() -> None:
    assert not [text for _, text in texts_in_the_code() if "(s)" in text]


def test_counted_rows_and_characters_have_a_singular() -> None:
    counted = re.compile(r"{count} (?:rows|invisible characters)\b")
    assert not [f"{place}: {text}" for place, text in texts_in_the_code() if counted.search(text)]


def test_the_reader_chooses_the_language(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROUNDTUNE_LANG", "ko")
    assert t("Stopped.") == "중단했습니다."
    monkeypatch.setenv("GROUNDTUNE_LANG", "en")
    assert t("Stopped.") == "Stopped."
    assert t_in("ko", "Stopped.") == "중단했습니다."
