"""Sentences become questions that are grammatical by construction, or none."""

import pytest

from groundtune.answering.sentences import pieces
from groundtune.comparison.matching import states
from groundtune.drafting import english, korean
from groundtune.drafting.definitions import of_sentence
from groundtune.drafting.drafts import Source
from groundtune.drafting.tables import of_label, of_row
from groundtune.drafting.values import english_values, korean_values
from groundtune.types import Passage


def asked_in_korean(sentence):
    return [korean.question(sentence, value) for value in korean_values(sentence)]


def asked_in_english(sentence):
    return [english.question(sentence, value) for value in english_values(sentence)]


def source(text, language="en", title="Using the library", heading=()):
    passage = Passage(1, "doc", 1, 0, text, 0, len(text), heading, title, 1, None, None, language)
    return [Source(passage, piece, language) for piece in pieces(text)]


@pytest.mark.parametrize(
    ("sentence", "questions"),
    [
        ("책은 14일 동안 빌릴 수 있다.", ["책은 며칠 동안 빌릴 수 있나요?"]),
        ("신청은 3일 이내에 하여야 한다.", ["신청은 며칠 이내에 하여야 하나요?"]),
        ("열쇠를 잃어버리면 18,000원을 낸다.", ["열쇠를 잃어버리면 얼마를 내나요?"]),
        ("보증금은 30만 원이다.", ["보증금은 얼마인가요?"]),
        ("방값은 한 달 95,000원이고 전기료는 따로 낸다.", ["방값은 한 달 얼마인가요?"]),
        ("입주 기간은 10개월이며, 연장할 수 있다.", ["입주 기간은 몇 개월인가요?"]),
        ("창문은 9시에 열고 18시에 닫습니다.", ["창문은 몇 시에 여나요?", "창문은 9시에 열고 몇 시에 닫습니까?"]),
        ("책은 12권까지 신청할 수 있으며, 심사한다.", ["책은 몇 권까지 신청할 수 있나요?"]),
        ("접수는 3월 31일까지 받는다.", ["접수는 몇 월 며칠까지 받나요?"]),
        ("관리비는 매월 7일에 낸다.", ["관리비는 매월 며칠에 내나요?"]),
        ("연체료는 미납액의 2퍼센트로 한다.", ["연체료는 미납액의 몇 퍼센트로 하나요?"]),
        ("주차는 최대 5일까지 가능", ["주차는 최대 며칠까지 가능한가요?"]),
    ],
)
def test_korean_asks_in_place_with_the_particles_right(sentence, questions) -> None:
    assert asked_in_korean(sentence) == questions


@pytest.mark.parametrize(
    "sentence",
    [
        "이 경우 3일 안에 알린다.",  # leans on what was before
        "다음 각 호에 해당하면 3일 안에 알린다.",  # points elsewhere
        "하루 15,000원을 넘지 않습니다.",  # names nothing that it is about
        "신고서는 장비실(지하 1층)에 냅니다.",  # a remark in brackets
        "버스는 9시와 15시에 다닙니다.",  # one alone is half an answer
        "제3조에 따라 처리한다.",
        "기간은 3일~5일로 한다.",
        "1인당 두 장까지 받는다.",
        "2026년에 시행한다.",
    ],
)
def test_korean_leaves_alone_what_it_cannot_ask_surely(sentence) -> None:
    assert [question for question in asked_in_korean(sentence) if question] == []


@pytest.mark.parametrize(
    ("sentence", "questions"),
    [
        ("Members may borrow up to 12 books a term.", ["How many books a term may members borrow?"]),
        ("Requests must be sent at least 14 days before the event.", [
            "How many days before the event must requests be sent?"]),
        ("The permit is valid for 14 days.", ["For how many days is the permit valid?"]),
        ("A stay lasts 10 months and can be extended.", ["How many months does a stay last?"]),
        ("A decision usually takes three weeks.", ["How many weeks does a decision usually take?"]),
        ("The deposit is 1,700,000 won.", ["How much is the deposit?"]),
        ("The loan period is 14 days.", ["How long is the loan period?"]),
        ("Report a defect within 24 hours.", ["Within how many hours must you report a defect?"]),
        ("Fees are debited on the 7th of each month.", ["On which day of each month are fees debited?"]),
        ("Proposals must arrive by 20 March.", ["By what date must proposals arrive?"]),
        ("Korean courses cost 90 euros a term.", ["How much a term do Korean courses cost?"]),
    ],
)  # fmt: skip
def test_english_asks_first_and_turns_the_auxiliary(sentence, questions) -> None:
    assert asked_in_english(sentence) == questions


@pytest.mark.parametrize(
    "sentence",
    [
        "However, members may borrow 12 books.",
        "If you are late, you pay 5 euros.",
        "Members may not borrow more than 12 books.",
        "Whoever loses a key pays 20 euros.",
        "Apply at least 4 days before you need it.",
        "Window seats cost 3,000 won more.",
        "It opens at 9:00.",
        "The bus leaves at 9:00 and 15:00.",
        "Rooms are open from 9:00 to 18:00.",
    ],
)
def test_english_leaves_alone_what_it_cannot_ask_surely(sentence) -> None:
    assert [question for question in asked_in_english(sentence) if question] == []


def test_a_cell_is_asked_for_by_its_column_and_row() -> None:
    text = "| Reader | Loan period | Books | You get back |\n|---|---|---|---|\n| Alumni | 10 days | 3 | 40 % |\n"
    asked = [one for piece in source(text) for one in of_row(piece)]
    assert [one.question for one in asked] == [
        "Under “Using the library”, what is the loan period for “Alumni”?",
        "Under “Using the library”, what is given as “You get back” for “Alumni”?",
    ], "a small number alone is stated by too much else"
    assert asked[0].facts[0].variants == ("10 days", "10일")


def test_a_korean_cell_is_asked_for_with_the_word_for_its_unit() -> None:
    text = "| 머문 기간 | 환불 |\n|---|---|\n| 1개월 미만 | 85퍼센트 |\n| 기타 | 없음 |\n"
    (asked,) = [one for piece in source(text, "ko", "학사 입주 규정") for one in of_row(piece)]
    assert asked.question == "학사 입주에서 머문 기간이 1개월 미만이면 환불은 몇 퍼센트인가요?"


def test_a_labelled_line_is_asked_for_by_its_label() -> None:
    (piece,) = source("- 신청 기한: 시작 3일 전\n", "ko", "도서관 이용 안내")
    (asked,) = of_label(piece)
    assert asked.question == "도서관에서 신청 기한은 어떻게 되나요?"
    assert asked.facts[0].variants[0] == "3일"


@pytest.mark.parametrize(
    ("sentence", "language", "question", "fact"),
    [
        ("“가족”이란 배우자와 자녀를 말한다.", "ko", "‘가족’이란 무엇을 말하나요?", "배우자와 자녀"),
        (
            '"Season" means the months of spring.',
            "en",
            "What does “Season” mean?",
            "the months of spring",
        ),
    ],
)
def test_a_definition_is_asked_for_by_its_term(sentence, language, question, fact) -> None:
    (piece,) = source(sentence, language)
    (asked,) = of_sentence(piece)
    assert asked.question == question
    assert asked.facts[0].variants == (fact,)


@pytest.mark.parametrize(
    ("text", "spellings"),
    [
        ("3월 31일", ["until 31 March", "March 31 at the latest"]),
        ("30,000원", ["30,000 won", "3만 원"]),
        ("14일", ["14 days", "fourteen days"]),
        ("85퍼센트", ["85 per cent", "85%"]),
    ],
)
def test_a_value_is_known_in_the_other_language_too(text, spellings) -> None:
    (value,) = korean_values(f"기한은 {text}까지")
    for spelling in spellings:
        assert states(spelling, value.fact), spelling


def test_particles_follow_the_last_sound() -> None:
    words = ("기간", "휴가", "USB", "3층", "카메라(대)", "PIN", "사용료 1")
    assert [korean.particled(word, ("은", "는")) for word in words] == [
        "기간은", "휴가는", "USB는", "3층은", "카메라(대)는", "PIN은", "사용료 1은",
    ]  # fmt: skip
    assert korean.particled("서울", ("으로", "로")) == "서울로"
