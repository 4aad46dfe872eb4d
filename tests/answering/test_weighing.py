from groundtune.answering.candidates import candidates
from groundtune.answering.retrieve import retrieve
from groundtune.answering.weighing import answerable, rank
from groundtune.types import EVERYBODY, Question
from tests.answering.worlds import TODAY, World


def _drops(town: World, question: str, words: str) -> dict[str, float]:
    """How far the likeness of the piece with these words falls without each word of the question."""
    found = retrieve(Question(question, TODAY), town.searcher)
    some = candidates(found, town.searcher, lambda revision: town.store.revision(revision, EVERYBODY))
    piece = next(candidate for candidate in some if words in candidate.piece.words)
    return dict(zip([term.word for term in found.terms], map(float, piece.drops), strict=True))


def _probability(town: World, question: str) -> float:
    found = retrieve(Question(question, TODAY), town.searcher)
    some = candidates(found, town.searcher, lambda revision: town.store.revision(revision, EVERYBODY))
    return answerable(found, rank(some))


def test_a_word_that_is_foreign_to_a_piece_makes_it_less_alike(town: World) -> None:
    drops = _drops(town, "What does a monthly permit for a submarine cost?", "permit costs 35,000 won")
    assert drops["submarine"] < 0 < drops["permit"]


def test_a_question_of_one_word_loses_nothing(town: World) -> None:
    found = retrieve(Question("Parking?", TODAY), town.searcher)
    assert len(found.without) == len(found.terms) == 1
    assert found.without[0] @ found.vector > 0.999


def test_the_topic_with_another_qualifier_is_less_likely_answered(town: World) -> None:
    for answered, other in (
        ("How much is a monthly permit for staff?", "How much is a monthly permit for a caravan?"),
        ("사물함 요금은 한 학기에 얼마인가요?", "사물함 열쇠를 잃어버리면 얼마인가요?"),
    ):
        assert _probability(town, answered) > _probability(town, other)
