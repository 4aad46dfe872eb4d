from groundtune.answering.asked import read_question
from groundtune.answering.terms import read_terms
from groundtune.knowledge.analyse import open_analyser


def _weights(question: str) -> dict[str, float]:
    analyser = open_analyser("bigram")
    return {term.word: term.weight for term in read_terms(read_question(question), analyser.tokens, lambda keys: {})}


def test_a_word_of_talk_weighs_less_than_what_is_asked_about() -> None:
    english = _weights("I was wondering whether the kayak is always insured")
    assert english["wondering"] == english["always"] < english["kayak"] == english["insured"]
    korean = _weights("카약을 잃어버렸는데 보험이 되나요")
    assert korean["잃어버렸는데"] < korean["카약을"] == korean["보험이"]


def test_the_weights_of_a_question_add_up_to_one() -> None:
    assert abs(sum(_weights("Does it always happen that people go home?").values()) - 1) < 1e-9
