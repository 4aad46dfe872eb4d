"""References are read as a lawyer reads them: lists, “같은 조”, other laws, and never 제43조 for 제43조의2."""

from __future__ import annotations

import pytest

from groundtune.knowledge.citations import aliases, citations
from groundtune.knowledge.clauses import clauses_in, place_of


def read(text: str) -> list[tuple[str | None, str]]:
    return [(one.document, " ".join(one.clause)) for one in citations(text, 0, len(text), clauses_in(text))]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("제36조, 제43조의2 및 제52조제2항제2호에 따른 금액", ["제36조", "제43조의2", "제52조 제2항 제2호"]),
        ("제52조제2항 및 제3항에 따른다", ["제52조 제2항", "제52조 제3항"]),
        ("제21조의2(제1항은 제외한다)를 적용한다", ["제21조의2", "제21조의2 제1항"]),
        ("제74조제1항부터 제3항까지의 규정", ["제74조 제1항", "제74조 제3항"]),
        ("제19조제1항과 같은 조 제4항 각 호", ["제19조 제1항", "제19조 제4항"]),
        ("별표 2의 제3호가목과 별지 제2호서식", ["별표 2", "별지 제2호서식"]),
        ("별표 4 제1호나목과 같은 표 제2호", ["별표 4 제1호 나목", "별표 4 제2호"]),
        ("부칙 제2조에 따른다", []),
        ("고시 제2020-110호와 법률 제12345호", []),
    ],
)
def test_a_list_is_as_many_references(words: str, found: list[str]) -> None:
    assert [clause for _, clause in read(words)] == found


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("「형법」 제127조 및 제129조를 적용한다", [("형법", "제127조"), ("형법", "제129조")]),
        ("제50조 또는 「산업안전보건법」 제139조제1항", [(None, "제50조"), ("산업안전보건법", "제139조 제1항")]),
        ("「고용보험법 시행령」 제3조와 같은 법 제15조", [("고용보험법 시행령", "제3조"), ("고용보험법", "제15조")]),
        ("「근로기준법」에서 위임한 사항은 같은 법 시행령 제3조", [("근로기준법 시행령", "제3조")]),
        ("법 제24조제3항에 따라", [("법", "제24조 제3항")]),
        ("취업규칙 제12조와 이 규정 제3조", [("취업규칙", "제12조"), (None, "제3조")]),
    ],
)
def test_another_document_is_named(words: str, found: list[tuple[str | None, str]]) -> None:
    assert read(words) == found


def test_a_relative_reference_is_made_whole_by_where_it_stands() -> None:
    text = "##### 제8조 (등)\n\n① 등을 켠다.\n\n② 제1항에 따른 등은 전항 제2호와 같다. 제3조 및 제1항에 따른다.\n"
    assert [clause for _, clause in read(text)][1:] == ["제8조 제1항", "제8조 제1항 제2호", "제3조", "제8조 제1항"]


def test_short_names_are_those_that_the_text_gives() -> None:
    text = '이 규칙은 「등대법」(이하 "법"이라 한다) 및 같은 법 시행령(이하 "영"이라 한다)에서 위임한 것을 정한다.'
    assert aliases(text) == {"법": "등대법", "영": "등대법 시행령"}


def test_english_sections_annexes_and_other_documents_are_read() -> None:
    text = (
        "# Pay\n\n## 4.2 Overtime\n\nUnder Section 4.2(b) and 4.3, see Annex B. Section 7 of the Travel Policy "
        "applies; see paragraph (a). The Remote Work Policy, Section 3, says so. Section 9 of this policy is short. "
        "Pay rose 5.1 per cent."
    )
    assert read(text) == [
        (None, "Section 4.2 (b)"),
        (None, "Section 4.3"),
        (None, "Annex B"),
        ("Travel Policy", "Section 7"),
        (None, "Section 4.2 (a)"),
        ("Remote Work Policy", "Section 3"),
        (None, "Section 9"),
    ]


LIGHTHOUSE = """# 등대법

##### 제43조 (불)

불은 밤에 켠다.

##### 제43조의2 (종)

① 종은 안개에 친다.

② 종은 다음과 같다.

1. 큰 종
2. 작은 종

[별표 2] 밝기

1. 큰 등: 백 촉

## 부칙

##### 제43조 (시행일)

이 법은 봄부터 시행한다.
"""


@pytest.mark.parametrize(
    ("clause", "begins"),
    [
        (("제43조",), "불은 밤에"),
        (("제43조의2", "제1항"), "① 종은 안개에"),
        (("제43조의2", "제2항", "제2호"), "2. 작은 종"),
        (("별표 2", "제1호"), "1. 큰 등"),
    ],
)
def test_a_clause_is_found_where_it_stands(clause: tuple[str, ...], begins: str) -> None:
    place = place_of(LIGHTHOUSE, clause)
    assert place is not None
    assert LIGHTHOUSE[slice(*place)].strip().startswith(begins)


@pytest.mark.parametrize("clause", [("제43조의3",), ("제43조", "제2항"), ("제4조",), ("별표 1",), ("Section 4.2",)])
def test_a_clause_that_is_not_there_is_not_replaced_by_a_like_one(clause: tuple[str, ...]) -> None:
    assert place_of(LIGHTHOUSE, clause) is None


def test_an_english_clause_is_found_as_a_heading_or_as_a_numbered_part() -> None:
    text = (
        "# Rules\n\n## 4. Leave\n\n4.1 Ask.\n\n4.2 Then go:\n\n(a) by boat;\n\n(b) on foot.\n\n## Annex B\n\nRates.\n"
    )
    for clause, words in (
        (("Section 4",), "4.1 Ask."),
        (("Section 4.2", "(b)"), "(b) on foot."),
        (("Annex B",), "Rates."),
    ):
        place = place_of(text, clause)
        assert place is not None, clause
        assert text[slice(*place)].strip().startswith(words)
    assert place_of(text, ("Annex C",)) is None
