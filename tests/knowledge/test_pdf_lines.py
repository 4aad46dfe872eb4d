"""A PDF's lines become the paragraphs that were written: columns, broken words, running heads, headings."""

from __future__ import annotations

from pathlib import Path

import pypdfium2

from groundtune.knowledge.formats.pdf_lines import pages_as_paragraphs
from tests.knowledge.tiny_pdf import Placed, column, write_pdf

LEAVE = [
    "제1조(목적) 이 규정은 임직원에게 부여하는 연차휴가의 일수와 사용 절",
    "차, 이월 기준을 정함으로써 구성원의 휴식권을 보장하는 것을 목적으로",
    "한다. 사용 절차는 따로 정한다.",
]
WHOLE = (
    "제1조(목적) 이 규정은 임직원에게 부여하는 연차휴가의 일수와 사용 절차, 이월 기준을 정함으로써 구성원의 "
    "휴식권을 보장하는 것을 목적으로 한다. 사용 절차는 따로 정한다."
)


def read(folder: Path, *pages: list[Placed]) -> list[str]:
    return pages_as_paragraphs(pypdfium2.PdfDocument(write_pdf(folder / "a.pdf", pages)))


def test_a_word_that_a_line_s_end_broke_is_whole_and_words_stay_apart(tmp_path: Path) -> None:
    assert read(tmp_path, column(LEAVE, 60, 700)) == [WHOLE]


def test_two_columns_are_read_one_after_the_other_and_a_sentence_goes_on_in_the_next(tmp_path: Path) -> None:
    left = [
        "제2조(일수) 한 해 동안 출근한 직원",
        "에게는 열다섯 날의 유급휴가를 준다.",
        "세 해가 지나면 하루를 더하여 유급",
    ]
    right = ["휴가를 준다. 다만 스물다섯 날을", "넘지 못한다.", "제3조(신청) 사흘 전에 신청한다."]
    (page,) = read(tmp_path, [*column(left, 50, 700), *column(right, 310, 700)])
    assert page == (
        "제2조(일수) 한 해 동안 출근한 직원에게는 열다섯 날의 유급휴가를 준다. 세 해가 지나면 하루를 더하여 유급"
        "휴가를 준다. 다만 스물다섯 날을 넘지 못한다.\n\n제3조(신청) 사흘 전에 신청한다."
    )


def test_running_heads_and_page_numbers_are_left_out_and_numbers_in_the_text_stay(tmp_path: Path) -> None:
    pages = [
        [(60, 810, 8, "한빛나루 사내 규정집"), *column([text, "", "2026"], 60, 700), (280, 30, 8, f"- {number} -")]
        for number, text in enumerate(("첫째 쪽의 글이다.", "둘째 쪽의 글이다.", "셋째 쪽의 글이다."), start=1)
    ]
    assert read(tmp_path, *pages)[1] == "둘째 쪽의 글이다.\n\n2026"


def test_what_stands_at_the_top_of_one_page_alone_is_its_text(tmp_path: Path) -> None:
    pages = [[(60, 800, 10, title), *column(["글이다."], 60, 700)] for title in ("첫째 글", "둘째 글", "셋째 글")]
    assert "둘째 글" in read(tmp_path, *pages)[1]


def test_hyphens_at_a_line_s_end_vanish_and_those_of_a_word_stay(tmp_path: Path) -> None:
    lines = [
        "The well-known rule on entitle-",
        "ments holds for all, as the well-",
        "known handbook of the house says.",
    ]
    assert read(tmp_path, column(lines, 60, 700)) == [
        "The well-known rule on entitlements holds for all, as the well-known handbook of the house says."
    ]


def test_larger_lines_are_headings_and_space_parts_paragraphs(tmp_path: Path) -> None:
    page = [
        (60.0, 740.0, 18.0, "연차휴가 규정"),
        *column([*LEAVE, "", *LEAVE], 60, 700),
        (60.0, 580.0, 13.0, "부서별 안내"),
        *column(["안내문이다."], 60, 560),
    ]
    assert read(tmp_path, page) == [f"# 연차휴가 규정\n\n{WHOLE}\n\n{WHOLE}\n\n## 부서별 안내\n\n안내문이다."]


def test_articles_and_items_begin_anew_even_without_space_between(tmp_path: Path) -> None:
    lines = ["제4조(이월) 다음 각 호의 휴가는 이월하여 쓸 수 있으나 그 밖에는 없다", "1. 남은 휴가", "2. 대체 휴가"]
    lines.append("제4조의2(소멸) 쓰지 않으면 사라진다.")
    assert read(tmp_path, column(lines, 60, 700))[0].split("\n\n") == lines


def test_numbers_keep_their_units_and_brackets_their_word(tmp_path: Path) -> None:
    lines = [
        "이 규정은 사내에서 정한 절차에 따라 검토를 거쳐서 2026",
        "년 1월부터 시행하고 신청은 따로 마련한 인사시스템",
    ]
    lines.append("(HRIS)에 올린다.")
    (page,) = read(tmp_path, column(lines, 60, 700))
    assert "2026년 1월부터" in page
    assert "인사시스템(HRIS)에 올린다." in page


def test_a_sentence_that_a_page_s_end_broke_stands_whole_on_the_page_where_it_begins(tmp_path: Path) -> None:
    first, rest = [*LEAVE, "", *LEAVE[:2]], [*LEAVE[2:], "", "제2조(일수) 열다섯 날이다."]
    assert read(tmp_path, column(first, 60, 160), column(rest, 60, 700)) == [
        f"{WHOLE}\n\n{WHOLE}",
        "제2조(일수) 열다섯 날이다.",
    ]


def test_a_page_of_one_line_is_not_drawn_into_the_one_before(tmp_path: Path) -> None:
    assert read(tmp_path, [(60, 500, 10, "연차휴가 안내")], [(60, 500, 10, "출장비 안내")]) == [
        "연차휴가 안내",
        "출장비 안내",
    ]


def test_a_page_without_text_is_empty(tmp_path: Path) -> None:
    assert read(tmp_path, [], column(["글이다."], 60, 700)) == ["", "글이다."]


def test_a_file_of_two_columns_is_added_as_paragraphs_not_as_lines(tmp_path: Path) -> None:
    from groundtune.knowledge.load import load

    left = [*LEAVE, "", *LEAVE]
    right = ["제9조(시행) 이 규정은 공포한 날부터 시행한다.", "부서장은 이를 알린다."]
    path = write_pdf(tmp_path / "a.pdf", [[*column(left, 30, 700, size=7), *column(right, 310, 700, size=7)]])
    (document,) = load(path, document_id="a")
    assert not isinstance(document, Exception)
    assert document.text.startswith(f"{WHOLE}\n\n{WHOLE}\n\n제9조(시행)")
