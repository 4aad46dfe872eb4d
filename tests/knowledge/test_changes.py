"""What changed between two revisions is told clause by clause, and nothing else is."""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from groundtune.knowledge.changes import Change, changes, paragraphs
from groundtune.types import Revision

FIRST = """# 등대 규칙

제3조(등불) ① 등불은 저녁 일곱 시에 켠다. ② 유리는 아침마다 닦는다.
  1. 큰 유리는 두 번 닦는다.
  2. 작은 유리는 한 번 닦는다.

제4조(배) 배는 두 척을 둔다.
"""
SECOND = """# 등대 규칙

제3조(등불)
**①** 등불은 저녁 여덟 시에   켠다.

**②** 유리는 아침마다 닦는다.

  1\\. 큰 유리는 두 번 닦는다.

제4조(배) 배는 두 척을 둔다.

제5조(종) 안개가 끼면 종을 친다.
"""


def revision(text: str, number: int = 1) -> Revision:
    return Revision(number, "d", number, "등대 규칙", text, "", "ko", None, None, datetime.now(UTC), "d.md")


def between(before: str, after: str) -> list[Change]:
    return changes(revision(before), revision(after, 2))


def test_a_change_names_its_clause_and_its_words_and_layout_is_none() -> None:
    found = [(change.kind, change.clause, change.before, change.after) for change in between(FIRST, SECOND)]
    assert found == [
        ("changed", "제3조 제1항", "① 등불은 저녁 일곱 시에 켠다.", "① 등불은 저녁 여덟 시에 켠다."),
        ("removed", "제3조 제2항 제2호", "2. 작은 유리는 한 번 닦는다.", None),
        ("added", "제5조", None, "제5조(종)"),
        ("added", "제5조", None, "안개가 끼면 종을 친다."),
    ]


def test_words_are_marked_and_numbers_stand_apart_from_their_units() -> None:
    (change,) = between("Leave\n\nFifteen or 15일 of leave a year.", "Leave\n\nFifteen or 16일 of paid leave a year.")
    assert [(run.kind, run.text) for run in change.words] == [
        ("same", "Fifteen or "),
        ("removed", "15"),
        ("added", "16"),
        ("same", "일 of"),
        ("added", " paid"),
        ("same", " leave a year."),
    ]


def test_a_clause_that_got_another_number_is_changed_not_replaced() -> None:
    before = "제3조(종)\n① 종은 낮에 두 번 친다.\n② 밤에는 아무도 종을 치지 않는다.\n"
    after = "제3조(종)\n① 종은 낮에 두 번 친다.\n② 안개가 끼면 쉰다.\n③ 밤에는 아무도 종을 치지 않는다.\n"
    assert [(change.kind, change.clause) for change in between(before, after)] == [
        ("added", "제3조 제2항"),
        ("changed", "제3조 제3항"),
    ]


def test_a_long_stretch_that_was_rewritten_takes_no_time_to_speak_of() -> None:
    chance = random.Random(1)
    words = [f"word{number}" for number in range(60)]
    before, after = ("\n\n".join(" ".join(chance.choices(words, k=80)) for _ in range(40)) for _ in range(2))
    begun = time.process_time()
    found = between(before, after)
    assert time.process_time() - begun < 1.5
    assert {change.kind for change in found} <= {"added", "removed", "changed"}
    assert sum(change.after is not None for change in found) == 40


LINE = st.sampled_from(
    ["# 규칙", "제3조(등불) 켠다.", "① 켠다. ② 끈다.", "1. 큰 등", "| a | b |", "", "word " * 5, "- 가 나", "다르다"]
)
TEXT = st.lists(LINE, max_size=12).map("\n".join)


@settings(max_examples=80, deadline=None)
@given(TEXT, TEXT)
def test_every_paragraph_of_either_revision_is_unchanged_or_told_once(before: str, after: str) -> None:
    found = between(before, after)
    old = [part.text for part in paragraphs(revision(before))]
    new = [part.text for part in paragraphs(revision(after))]
    gone = [change.before for change in found if change.before is not None]
    come = [change.after for change in found if change.after is not None]
    assert sorted([*(text for text in old), *come]) == sorted([*(text for text in new), *gone])
    for change in found:
        if change.kind == "changed":
            assert "".join(run.text for run in change.words if run.kind != "added") == change.before
            assert "".join(run.text for run in change.words if run.kind != "removed") == change.after


@given(TEXT)
def test_a_revision_does_not_differ_from_itself(text: str) -> None:
    assert between(text, text) == []
