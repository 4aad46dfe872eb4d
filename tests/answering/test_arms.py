from groundtune.answering.arms import chat_alone, oracle, rag
from groundtune.models.fakes import ScriptedChat
from groundtune.types import Question
from tests.answering.worlds import TODAY, World

PERMIT = Question("What does a monthly permit cost?", TODAY)


def test_the_retrieving_arm_gives_what_is_served(town: World) -> None:
    output = rag(town.answerer())(PERMIT)
    answer = town.answerer().answer(PERMIT)
    assert (output.text, output.refused) == (answer.text, False)
    assert output.evidence == answer.sentences[0].evidence
    assert output.retrieved[0] == "parking"


def test_a_refusal_is_an_output_too(town: World) -> None:
    output = rag(town.answerer())(Question("Who won the football world cup in 1998?", TODAY))
    assert output.refused
    assert output.evidence == ()


def test_a_model_alone_may_say_that_it_does_not_know() -> None:
    assert chat_alone(ScriptedChat({"": "I don't know."}))(PERMIT).refused
    told = chat_alone(ScriptedChat({"": "It costs 50,000 won."}))(PERMIT)
    assert (told.refused, told.text, told.evidence) == (False, "It costs 50,000 won.", ())


def test_a_model_alone_sees_no_document(town: World) -> None:
    chat = ScriptedChat({"": "It costs 50,000 won."})
    chat_alone(chat)(PERMIT)
    assert all("35,000" not in message.content for call in chat.calls for message in call)


def test_the_oracle_answers_from_the_documents_that_it_is_given(town: World) -> None:
    assert "35,000 won" in oracle(town.answerer(), town.searcher, lambda question: ["parking"])(PERMIT).text
    assert oracle(town.answerer(), town.searcher, lambda question: [])(PERMIT).refused
    only_library = oracle(town.answerer(), town.searcher, lambda question: ["library"])(PERMIT)
    assert {quote.document_id for quote in only_library.evidence} == {"library"}
