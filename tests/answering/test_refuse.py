import pytest

from groundtune.answering.asked import read_question
from groundtune.answering.refuse import missing, name_of
from groundtune.answering.retrieve import retrieve
from groundtune.answering.terms import read_terms
from groundtune.knowledge.analyse import open_analyser
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
        ("수영장에 고양이를 데려가도 되나요?", ["고양이"]),
        ("수영장에서 클라이밍 배우는 시간이 있나요?", ["클라이밍"]),
        ("Is midnight paid parking possible?", ["midnight"]),
    ],
)
def test_what_is_missing_is_named_in_the_questions_own_words(town: World, question: str, words: list[str]) -> None:
    found = retrieve(Question(question, TODAY), town.searcher)
    assert missing(found) == words


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("육아휴가가 있나요?", ["육아휴가"]),
        ("고양이 휴가", ["고양이", "휴가"]),
        ("제주도 자전거로", ["제주도", "자전거"]),
        ("강아지를 데려가도 되나요?", ["강아지", ""]),
        ("시험공부하느라 밤샐 건데", ["", "", ""]),
    ],
)
def test_a_missing_word_is_named_whole_and_without_its_particle(question: str, names: list[str]) -> None:
    analyser = pytest.importorskip("lindera") and open_analyser("lindera")
    terms = read_terms(read_question(question), analyser.tokens, lambda keys: {})
    assert [name_of(term, frozenset()) for term in terms] == names
