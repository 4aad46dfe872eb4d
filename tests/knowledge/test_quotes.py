"""A quote that a later revision holds is unchanged wherever it stands; one that is put in another light is not."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

import groundtune_hr
from groundtune.knowledge.quotes import Later
from groundtune.types import Revision

BEFORE = """# Lighthouse

## Lamps

The big lamp burns from seven. The small lamp burns from eight.

- a lantern
- matches

| Lamp | Litres |
|---|---|
| big | 12 |
| small | 5 |

## Boats

Two boats are kept. The fee is 5 euros.
"""


def revision(text: str, number: int) -> Revision:
    return Revision(number, "d", number, "Lighthouse", text, "", "en", None, None, datetime.now(UTC), "d.md")


def says(quote: str, after: str, before: str = BEFORE) -> bool:
    assert quote in before
    return Later().says(quote, revision(before, 1), revision(after, 2))


@pytest.mark.parametrize(
    "after",
    [
        BEFORE,
        f"A new first paragraph.\n\n{BEFORE}",
        BEFORE.replace("The big lamp burns from seven.", "**The big lamp**\nburns   from seven."),
        BEFORE.replace("Two boats", "Three boats"),
        BEFORE.replace(" The small lamp burns from eight.", ""),
        "# Boats\n\nTwo boats are kept.\n\n# Night\n\nThe big lamp burns from seven.\n",
        BEFORE.replace("The big lamp burns", "1. The big lamp burns"),
    ],
)
def test_layout_place_and_other_sentences_make_no_difference(after: str) -> None:
    assert says("The big lamp burns from seven.", after)


@pytest.mark.parametrize(
    ("quote", "old", "new"),
    [
        ("The big lamp burns from seven.", "from seven", "from six"),
        ("The big lamp burns from seven.", "The big lamp burns from seven. ", ""),
        ("The big lamp burns from seven.", "from seven.", "from seven. However, it stays dark on Sundays."),
        ("The big lamp burns from seven.", "The big lamp", "Until May, The big lamp"),
        ("a lantern", "- a lantern", "- a lantern, but no candle"),
        ("a lantern", "- a lantern", "- a lantern of brass"),
        ("| small | 5 |", "| small | 5 |", "| small | 15 |"),
        ("| small | 5 |", "| small | 5 |", "| small | 5 | brass |"),
        ("The fee is 5 euros.", "fee is 5", "fee is 5.5"),
        ("The fee is 5 euros.", "The fee is 5 euros.", "The fee is 15 euros."),
    ],
)
def test_what_reads_otherwise_now_has_changed(quote: str, old: str, new: str) -> None:
    assert old in BEFORE
    assert not says(quote, BEFORE.replace(old, new))


def test_a_number_that_goes_on_behind_the_quote_is_another_number() -> None:
    assert not says("The fee is 5.", "The fee is 5.5 euros.", before="The fee is 5.")


def test_one_of_two_equal_sentences_that_went_is_a_change() -> None:
    twice = "# A\n\nIt is free.\n\n# B\n\nIt is free.\n"
    assert not says("It is free.", twice.replace("# B\n\nIt is free.", "# B\n\nIt costs 5 euros."), before=twice)


def test_korean_is_compared_by_its_letters_not_by_its_spaces() -> None:
    before = "제3조(등불) ① 등불은 저녁 일곱 시에 켠다. ② 유리는 아침마다 닦는다.\n"
    quote = "유리는 아침마다 닦는다."
    assert says(quote, before.replace("아침마다 닦는다", "아침 마다  닦는다"), before=before)
    assert not says(quote, before.replace("② 유리는", "② 여름에만 유리는"), before=before)
    assert not says(quote, before.replace("닦는다.", "닦는다. 다만, 비가 오면 닦지 않는다."), before=before)


def sample() -> Iterator[tuple[Revision, int, int]]:
    """Two stretches of each page of the sample's handbook: sentences, items, rows."""
    pages = sorted((Path(groundtune_hr.__file__).parent / "sample" / "handbook").rglob("*.md"))
    draw = random.Random(2026)
    for number, path in enumerate(pages):
        text = path.read_text("utf-8").partition("\n---\n")[2]
        marked = [found.span() for found in re.finditer(r"(?<=\n)(?:\|.*\||[^#|\n-][^\n]*?[.다])(?=\n)", text)]
        counted = [
            (start, end) for start, end in marked if text.count(text[start:end]) == 1 and "--" not in text[start:end]
        ]
        for start, end in draw.sample(counted, min(2, len(counted))):
            yield revision(text, number), start, end


def test_edits_within_quotes_are_changes_and_edits_around_them_are_none_on_the_whole_sample() -> None:
    draw = random.Random(2026)
    quotes = list(sample())
    assert len(quotes) > 60
    for page, start, end in quotes:
        text, quote = page.text, page.text[start:end]
        words = list(re.finditer(r"[^\W_]{2,}", quote))
        word = draw.choice(words)
        middle = text.index("\n\n", len(text) // 2)
        for harmless in (
            f"A first paragraph.\n\n{text}\n\n## More\n\nA last one.\n",
            text.replace("\n", "\r\n"),
            re.sub(r"(?<=\S) (?=\S)", "  ", text),
            f"{text[middle:]}\n\n{text[:middle]}",
        ):
            assert Later().says(quote, page, revision(harmless, -1)), quote
        for harm in (
            text[:start] + text[end:],
            text[:start] + quote[: word.start()] + "xyz" + quote[word.end() :] + text[end:],
            text[:start] + quote[: word.start()] + quote[word.end() :] + text[end:],
        ):
            assert not Later().says(quote, page, revision(harm, -1)), quote


def test_what_became_of_a_quote_is_told_word_by_word() -> None:
    before, after = revision(BEFORE, 1), revision(BEFORE.replace("from seven", "from six"), 2)
    (change,) = Later().became("The big lamp burns from seven.", before, after)
    assert (change.kind, change.heading_path) == ("changed", ("Lamps",))
    assert [(run.kind, run.text) for run in change.words if run.kind != "same"] == [
        ("removed", "seven"), ("added", "six"),
    ]  # fmt: skip
    gone = revision(BEFORE.replace("Two boats are kept. The fee is 5 euros.", ""), 3)
    (change,) = Later().became("Two boats are kept.", before, gone)
    assert (change.kind, change.before, change.after) == (
        "removed", "Two boats are kept. The fee is 5 euros.", None,
    )  # fmt: skip
