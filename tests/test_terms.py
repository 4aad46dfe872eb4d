"""The same word for the same thing: docs/terms.md says which, and which never."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent


def terms() -> Iterator[tuple[str, list[str]]]:
    """The Korean word of each row, and its variants that must not be used."""
    for line in (ROOT / "docs" / "terms.md").read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) == 6 and cells[1] not in ("English", "---"):
            yield cells[2], [variant.strip() for variant in cells[4].split(",") if variant.strip()]


def korean_texts() -> Iterator[tuple[str, str]]:
    """Place and text of everything Korean that a person reads."""
    for file in sorted((ROOT / "src" / "groundtune" / "locale" / "ko").glob("*.toml")):
        for text in tomllib.loads(file.read_text("utf-8")).values():
            yield file.name, text
    for page in [ROOT / "README.ko.md", *sorted((ROOT / "docs").rglob("*.ko.md"))]:
        for number, line in enumerate(page.read_text("utf-8").splitlines(), 1):
            yield f"{page.name}:{number}", line


def test_no_korean_text_uses_another_word_than_the_list_has() -> None:
    found = [
        f"{place}: “{variant}” in “{text}”; write {word}"
        for word, variants in terms()
        for place, text in korean_texts()
        for variant in variants
        if variant in text
    ]
    assert not found, "\n".join(found)


def test_no_word_of_the_list_stands_for_two_things_or_is_forbidden_by_another() -> None:
    words = [word for word, _ in terms()]
    assert len(words) == len(set(words))
    assert not [(word, variant) for word in words for _, variants in terms() for variant in variants if variant in word]


def test_the_list_is_about_words_that_are_used() -> None:
    everything = "\n".join(text for _, text in korean_texts())
    unused = [word for words, _ in terms() for word in words.split(", ") if word not in everything]
    assert not unused
