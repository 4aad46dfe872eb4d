import pytest

from groundtune.answering.refuse import missing
from groundtune.answering.retrieve import retrieve
from groundtune.types import Question
from tests.answering.worlds import TODAY, World


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("Does the library have a coffee machine?", ["coffee machine"]),
        ("Can staff bring a dog to the library?", ["dog"]),
        ("How many books may an undergraduate borrow?", []),
        ("수영장에서 수건을 빌려주나요?", ["수건"]),
        ("수영장 회원권에 아기 수영도 포함되나요?", ["아기 수영"]),
    ],
)
def test_what_is_missing_is_named_in_the_questions_own_words(town: World, question: str, words: list[str]) -> None:
    found = retrieve(Question(question, TODAY), town.searcher)
    assert missing(found) == words
