import pytest

from groundtune.answering.amounts import in_range
from groundtune.answering.asked import language_of, read_question
from groundtune.answering.holds import holds


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("연차는 며칠인가요?", "duration"),
        ("언제까지 신청해야 하나요?", "time"),
        ("보증금이 얼마예요?", "money"),
        ("담당자가 누구인가요?", "person"),
        ("어디에 알려야 하나요?", "place"),
        ("학부생도 빌릴 수 있나요?", "whether"),
        ("How long is the loan period?", "duration"),
        ("When is the pool closed?", "time"),
        ("How much is a locker?", "money"),
        ("Whom do I call when I get sick?", "person"),
        ("May I use my laptop?", "whether"),
        ("Tell me about yoga.", "thing"),
        ("limit for taxis home", "count"),
        ("cut-off for the form", "time"),
        ("notice after the trial period", "duration"),
        ("How fast must a fault be reported?", "duration"),
        ("검진 지원 액수를 알려 주세요", "count"),
        ("regular notice for somebody who is past the trial", "duration"),
        ("How much time do I have to object?", "duration"),
        ("얼마나 일찍 신청해야 하나요?", "duration"),
        ("교육은 얼마나 자주 받나요?", "time"),
    ],
)
def test_a_question_says_what_kind_of_thing_it_asks_for(question: str, kind: str) -> None:
    assert read_question(question).kind == kind


def test_the_unit_that_is_asked_for_must_be_there() -> None:
    asked = read_question("하루 몇 시간까지 쓸 수 있나요?")
    assert holds(asked, "하루 4시간까지 예약할 수 있습니다.")
    assert not holds(asked, "한 학기에 12권까지 신청할 수 있습니다.")


def test_a_deadline_is_not_a_length() -> None:
    asked = read_question("결혼하면 며칠 쉬나요?")
    assert not holds(asked, "예식일부터 100일 안에 씁니다.")
    assert holds(asked, "대상: 본인 결혼; 휴가: 6일")
    assert holds(read_question("며칠 전에 신청하나요?"), "9일 전까지 신청합니다.")


def test_a_length_of_paid_days_is_no_time_and_no_deadline() -> None:
    assert not holds(read_question("When is salary paid?"), "Everyone has 9 days of paid sick leave.")
    assert holds(read_question("When is salary paid?"), "It is paid on the 23rd of the month.")
    assert holds(read_question("급여는 언제 나오나요?"), "매월 24일에 지급한다.")
    assert not holds(read_question("급여는 언제 나오나요?"), "유급 16일을 준다.")
    assert holds(read_question("How many days is the leave?"), "There are 16 days of paid leave.")


def test_who_asks_how_soon_wants_a_deadline() -> None:
    asked = read_question("How early must I apply?")
    assert holds(asked, "Apply at least 40 days before.")
    assert holds(asked, "The leave lasts 104 days.") is None
    assert holds(asked, "Ask the desk.") is False


def test_who_names_a_thing_wants_its_amount_before_its_deadline() -> None:
    asked = read_question("leave for partners")
    assert holds(asked, "Partners take 16 working days.")
    assert holds(asked, "Ask within 110 days after the birth.") is False
    assert holds(asked, "Partners are welcome.") is None


@pytest.mark.parametrize("words", ["국외: 미화 50불", "1박에 9,000엔", "12 pounds a day", "a fee of GBP 12"])
def test_money_of_other_countries_is_money(words: str) -> None:
    assert holds(read_question("얼마인가요?"), words)


@pytest.mark.parametrize(
    ("question", "row", "inside"),
    [
        ("4년차는 며칠인가요?", "근속: 3년 이상 5년 미만; 일수: 18일", True),
        ("4년차는 며칠인가요?", "근속: 5년 이상 8년 미만; 일수: 20일", False),
        ("What do I get after 5 years?", "Service: 5 years, less than 8; Days: 20", True),
        ("What do I get after 8 years?", "Service: 5 years, less than 8; Days: 20", False),
        ("What do I get after 20 years?", "17 years or more: 27 days", True),
        ("How many days do I get?", "17 years or more: 27 days", None),
        ("6개월 일했어요", "1년 미만", None),
        ("I have been here for 8 years.", "From the sixth year on it is 26 days.", True),
        ("I have been here for 3 years.", "From the sixth year on it is 26 days.", False),
        ("8년째 다니고 있어요", "6년째부터는 26일입니다.", True),
    ],
)
def test_an_amount_is_looked_up_in_the_ranges_of_a_row(question: str, row: str, inside: bool | None) -> None:
    assert in_range(question, row) is inside


def test_question_words_and_particles_carry_no_meaning() -> None:
    assert read_question("How much does the deposit cost?").words == ("deposit", "cost")
    assert read_question("언제까지 보증금을 내야 하나요?").words == ("보증금을", "내야")


def test_words_are_read_whole() -> None:
    assert read_question("naïve café résumés?").words == ("naïve", "café", "résumés")
    assert read_question("I can’t open the e-mail").words == ("open", "e-mail")


def test_a_korean_question_with_english_names_is_korean() -> None:
    assert language_of("KTX 요금이 얼마예요?") == "ko"
    assert language_of("What does 김치 cost?") == "en"
