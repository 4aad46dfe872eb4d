"""Errors say what happened and what to do next, in the reader's language throughout."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from groundtune.errors import IndexMismatch, UnknownName
from groundtune.i18n import t
from groundtune.models import open_chat, open_embedder
from groundtune.models.endpoint import find_endpoint
from groundtune.packs import open_pack

SRC = Path(__file__).parent.parent / "src" / "groundtune"


def test_the_kind_of_what_is_unknown_is_named_in_the_readers_language() -> None:
    wrong = []
    for file in sorted(SRC.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            named = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id
            if named in ("UnknownName", "IndexMismatch") and not isinstance(node.args[0], ast.Call):
                wrong.append(f"{file.relative_to(SRC)}:{node.lineno}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("opened", [open_chat, open_embedder, open_pack, lambda name: find_endpoint(name, {})])
def test_a_korean_reader_reads_no_english_word_but_names(opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROUNDTUNE_LANG", "ko")
    with pytest.raises(UnknownName) as caught:
        opened("nope")
    said = str(caught.value).partition("사용할")[0].partition("groundtune.toml")[0]
    assert "이름이 “nope”인 것은 없" in said
    assert not any(word in said for word in ("model", "embedder", "pack", "endpoint", "There"))


def test_what_may_be_named_is_what_a_person_may_use() -> None:
    with pytest.raises(UnknownName) as caught:
        open_chat("nope:nope")
    assert "gguf:PATH" in str(caught.value)
    assert not any(inner in str(caught.value) for inner in ("fake:", "tuned:FOLDER", "adapter:"))


def test_where_there_is_no_name_at_all_the_next_step_is_told() -> None:
    with pytest.raises(UnknownName, match=r"nor any other\. Add a table \[endpoints\.NAME\]"):
        find_endpoint("some@where", {})


@pytest.mark.parametrize(
    ("stored", "wanted"),
    [
        ("bundled:e5@int8.2 (384)", "bundled:e5@int8.3 (384)"),
        ("hf:org/one@0123 (384)", "hf:org/one@4567 (384)"),
        ("lindera-ko-dic@2.0/1", "lindera-ko-dic@2.0/2"),
    ],
)
def test_where_only_the_version_differs_nobody_is_sent_to_the_settings(stored: str, wanted: str) -> None:
    said = str(IndexMismatch(t("embedder"), stored, wanted))
    assert "groundtune reindex" in said
    assert "groundtune.toml" not in said


@pytest.mark.parametrize(
    ("stored", "wanted"),
    [
        ("bundled:e5@int8.2 (384)", "fake:hash384@1 (384)"),
        ("openai:a@one (384)", "openai:a@two (384)"),
        ("hf:org/one (384)", "hf:org/two (384)"),
        ("bigram/1", "lindera-ko-dic@2.0/1"),
    ],
)
def test_another_model_can_be_set_back(stored: str, wanted: str) -> None:
    assert "groundtune.toml" in str(IndexMismatch(t("embedder"), stored, wanted))
