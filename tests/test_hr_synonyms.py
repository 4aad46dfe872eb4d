"""The HR pack's list of words that say the same can be read, and finds both languages."""

from __future__ import annotations

from groundtune.knowledge.analyse import open_analyser
from groundtune.knowledge.synonyms import Synonyms, read_groups
from groundtune_hr.pack import pack


def test_the_list_finds_formal_words_for_everyday_ones_and_words_of_the_other_language() -> None:
    path = pack().synonyms
    assert path is not None
    analyser = open_analyser("auto")
    synonyms = Synonyms(read_groups(path), analyser)
    for question, word in (
        ("알바인데 해고당했어요", "단시간근로자"),
        ("야근수당을 못 받았어요", "가산임금"),
        ("연차 며칠이에요?", "annual leave"),
        ("How much PTO do I get?", "연차"),
        ("When is payday?", "급여일"),
        ("Can I work from home?", "재택근무"),
    ):
        assert word in synonyms.of(question, analyser.tokens(question)), question
