import pytest

from groundtune.answering.verify import OverlapScorer, contradiction
from groundtune.knowledge.analyse import open_analyser
from tests.answering.worlds import embedder

QUOTE = "Visitors park free for 30 minutes and pay 600 won per 10 minutes."


@pytest.mark.parametrize(
    ("claim", "quote", "what"),
    [
        ("Visitors park free for 30 minutes.", QUOTE, None),
        ("Visitors park free for 40 minutes.", QUOTE, "number 40"),
        ("Visitors do not park free for 30 minutes.", QUOTE, "negation"),
        ("Visitors of Samsung park free for 30 minutes.", QUOTE, "name samsung"),
        ("The first hour is free.", "The second hour is free.", "number 1."),
        ("The fee is 1000 won.", "The fee is 1,000 won.", None),
        ("연차는 25일입니다.", "연차는 15일로 한다.", "number 25"),
        ("휴학생에게 지급한다.", "휴학생에게는 지급하지 아니한다.", "negation"),
        ("휴학생에게는 지급하지 않습니다.", "휴학생에게는 지급하지 아니한다.", None),
        ("2026년 3월 1일부터 시행합니다.", "2026. 3. 1.부터 시행한다.", None),
    ],
)
def test_numbers_names_and_negations_must_be_those_of_the_quote(claim: str, quote: str, what: str | None) -> None:
    assert contradiction(claim, quote) == what


def test_a_number_of_the_question_may_be_repeated_beside_one_of_the_quote() -> None:
    quote = "3 years, less than 5: 18 days"
    assert contradiction("After 4 years you get 18 days.", quote, "What do I get after 4 years?") is None
    assert contradiction("You get 4 days.", quote, "What do I get after 4 years?") == "number 4"


def test_likeness_of_words_and_meaning_is_support() -> None:
    scorer = OverlapScorer(open_analyser("bigram"), embedder())
    near = scorer.score("Visitors may park for 30 minutes without paying.", QUOTE)
    far = scorer.score("The library is closed on Sundays.", QUOTE)
    assert far < 0.4 < near <= 1
