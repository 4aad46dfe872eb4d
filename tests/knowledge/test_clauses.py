"""A quote's clause is named as the text numbers it, and never finer than is sure."""

from __future__ import annotations

import pytest

from groundtune.knowledge.clauses import beyond_headings, clause_at

STATUTE = """# 등대 관리법

## 제2장 근무

##### 제7조 (교대)

**①** 등대지기는 다음 각 호의 어느 하나에 해당하면 교대한다. 다만, 안개가 끼면 미룬다.

  1\\. 밤을 새운 사람
  1의2\\. 배를 놓친 사람
  2\\. 다음 각 목의 어느 하나에 해당하는 사람
    가. 등불을 두 번 켠 사람
    나. 종을 친 사람
      1) 큰 종
      2) 작은 종

**②** 교대한 사람은 하루를 쉰다.

##### 제7조의2 (식사)

식사는 두 끼를 준다.

##### 제7조의3 (배)

1. 배는 두 척이다.
2. 노는 네 개다.

## 부칙

부칙 <제12호,2020.3.1>
제1조 (시행일) 이 법은 4월부터 시행한다.
제2조(경과조치) ① 먼저 켠 등은 그대로 둔다. ② 먼저 친 종은 다시 친다.

부칙 <제34호,2022.5.1>
이 법은 가을부터 시행한다.

[별표 1] 등불의 밝기(제7조 관련)

1. 큰 등: 백 촉
2. 작은 등
  가. 바다 쪽: 열 촉

[별지 제3호서식] 교대 신청서

이름을 적는다.
"""


def at(text: str, quote: str) -> str | None:
    start = text.index(quote)
    return clause_at(text, start, start + len(quote))


@pytest.mark.parametrize(
    ("quote", "clause"),
    [
        ("다만, 안개가 끼면 미룬다.", "제7조 제1항"),
        ("밤을 새운 사람", "제7조 제1항 제1호"),
        ("배를 놓친 사람", "제7조 제1항 제1호의2"),
        ("다음 각 목의 어느", "제7조 제1항 제2호"),
        ("등불을 두 번 켠", "제7조 제1항 제2호 가목"),
        ("    나. 종을 친 사람\n", "제7조 제1항 제2호 나목"),
        ("작은 종", "제7조 제1항 제2호 나목 2)"),
        ("교대한 사람은 하루를 쉰다.", "제7조 제2항"),
        ("식사는 두 끼를 준다.", "제7조의2"),
        ("##### 제7조의2 (식사)\n\n식사는", "제7조의2"),
        ("노는 네 개다.", "제7조의3 제2호"),
        ("이 법은 4월부터", "부칙 <제12호,2020.3.1> 제1조"),
        ("먼저 켠 등은", "부칙 <제12호,2020.3.1> 제2조 제1항"),
        ("먼저 친 종은", "부칙 <제12호,2020.3.1> 제2조 제2항"),
        ("이 법은 가을부터", "부칙 <제34호,2022.5.1>"),
        ("백 촉", "별표 1 제1호"),
        ("열 촉", "별표 1 제2호 가목"),
        ("이름을 적는다.", "별지 제3호서식"),
    ],
)
def test_a_statutes_quote_names_article_paragraph_item_and_letter(quote: str, clause: str) -> None:
    assert at(STATUTE, quote) == clause


def test_what_spans_clauses_has_the_name_of_the_one_that_holds_them() -> None:
    start, end = STATUTE.index("밤을 새운"), STATUTE.index("종을 친")
    assert clause_at(STATUTE, start, end) == "제7조 제1항"
    assert clause_at(STATUTE, start, STATUTE.index("하루를")) == "제7조"
    assert clause_at(STATUTE, start, STATUTE.index("두 끼를")) is None


def test_what_follows_a_list_belongs_to_the_paragraph_and_the_list_goes_on() -> None:
    text = "제4조(배)\n\n① 배는 다음과 같다.\n\n1. 큰 배\n\n큰 배는 붉다.\n\n2. 작은 배\n"
    assert at(text, "큰 배는 붉다.") == "제4조 제1항"
    assert at(text, "작은 배") == "제4조 제1항 제2호"


def test_a_number_that_stands_twice_names_nothing() -> None:
    text = "제4조(배)\n① 낮에는 다음과 같다.\n1. 큰 배\n밤에는 다음과 같다.\n1. 작은 배\n"
    assert at(text, "작은 배") == at(text, "큰 배") == "제4조 제1항"


def test_a_date_at_the_beginning_of_a_line_is_no_item() -> None:
    text = "제4조(배)\n① 다음과 같다.\n1. 큰 배는\n2. 1. 까지 쉰다.\n2026. 3. 1. 에 뜬다.\n"
    assert at(text, "까지 쉰다.") == "제4조 제1항"
    assert at(text, "에 뜬다.") == "제4조 제1항"


def test_an_annex_is_known_by_the_line_that_official_ones_begin_with() -> None:
    text = "■ 등대법 시행규칙 [별표 1의2] <개정 2020. 1. 1.>\n\n1. 큰 등: 백 촉\n\n■ 등대법 [별지 제3호서식]\n\n이름\n"
    assert at(text, "백 촉") == "별표 1의2 제1호"
    assert at(text, "이름") == "별지 제3호서식"
    assert at("■ 등대 [중요]\n\n1. 큰 등", "큰 등") is None


def test_the_days_that_a_publisher_adds_are_no_items_of_the_article() -> None:
    text = "제4조(배)\n① 배는 뜬다.\n\n[시행일] 다음 각 호의 날\n1. 큰 배: 2020년 3월 1일\n"
    assert at(text, "큰 배") == "제4조"


HANDBOOK = """# Handbook

## 4.2 Carry-over

Days may be carried over:

(a) once, if
    (i) the boat was late
    (ii) the boat sank
(h) never

## 5. Boats

5.1 Boats are red.

5.2 Oars are kept
(a) dry
(b) clean

## Article 9 Lamps

(1) Lamps are lit at dusk.

## 2026 prices

(a) ten coins
"""


@pytest.mark.parametrize(
    ("quote", "clause"),
    [
        ("Days may be carried", "Section 4.2"),
        ("once, if", "Section 4.2(a)"),
        ("the boat sank", "Section 4.2(a)(ii)"),
        ("Boats are red.", "Section 5.1"),
        ("clean", "Section 5.2(b)"),
        ("Lamps are lit", "Article 9(1)"),
        ("ten coins", None),
    ],
)
def test_a_handbook_is_named_by_section_and_letter(quote: str, clause: str | None) -> None:
    assert at(HANDBOOK, quote) == clause


def test_a_letter_that_does_not_follow_names_nothing() -> None:
    assert at(HANDBOOK, "never") == "Section 4.2"


def test_i_is_a_letter_after_h() -> None:
    text = "## 1.1 Keys\n\n" + "".join(f"({letter}) key {letter}\n" for letter in "abcdefghij")
    assert at(text, "key i") == "Section 1.1(i)"
    assert at(text, "key j") == "Section 1.1(j)"


def test_text_without_numbers_has_no_clause() -> None:
    assert at("# Leave\n\nFifteen days.", "Fifteen") is None
    assert at("Fifteen days.", "Fifteen") is None


def test_a_clause_is_shown_where_it_says_more_than_the_heading() -> None:
    assert beyond_headings("제7조 제1항", ("제7조(교대)",)) == "제7조 제1항"
    assert beyond_headings("제7조", ("제2장 근무", "제7조(교대)")) is None
    assert beyond_headings("부칙 <제1호> 제1조", ("부칙 <제1호>", "제1조(시행일)")) is None
    assert beyond_headings("별표 1", ("[별표 1] 밝기",)) is None
    assert beyond_headings("Section 4.2", ("4.2 Carry-over",)) is None
    assert beyond_headings("Section 4.2.1", ("4.2 Carry-over",)) == "Section 4.2.1"


def test_an_article_is_one_however_boldly_its_head_is_written() -> None:
    text = """# 규정

**제1조(목적)** ① 등대를 지킨다. ② 배를 돕는다.

**제2조의2**(휴가) 보름을 쉰다.

__제3조 (식사)__

두 끼를 준다. **제1조**에 따라 나눈다.
"""
    assert at(text, "배를 돕는다") == "제1조 제2항"
    assert at(text, "보름을 쉰다") == "제2조의2"
    assert at(text, "따라 나눈다") == "제3조"
