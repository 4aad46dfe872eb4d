"""Terms that find Korean and English text."""

from __future__ import annotations

import pytest

from groundtune.errors import UsageError
from groundtune.knowledge.analyse import open_analyser, reference_term


@pytest.fixture(scope="module", params=["bigram", "lindera"])
def analyser(request: pytest.FixtureRequest):
    return open_analyser(request.param)


def test_a_noun_is_found_whatever_particle_follows_it(analyser) -> None:
    assert set(analyser.tokens("휴가를")) & set(analyser.tokens("휴가는"))


def test_a_compound_is_found_by_its_parts() -> None:
    assert {"연차", "유급", "휴가"} <= set(open_analyser("lindera").tokens("연차유급휴가를 준다"))


def test_particles_and_endings_are_no_terms_of_their_own() -> None:
    morphemes = [term for term in open_analyser("lindera").tokens("휴가를 신청합니다") if not term.startswith("_")]
    assert morphemes == ["휴가", "신청"]


def test_a_branch_article_is_never_its_parent(analyser) -> None:
    assert "제43조의2" in analyser.tokens("제43조의2에 따라")
    assert "제43조" not in analyser.tokens("제43조의2에 따라")
    assert "제43조" in analyser.tokens("제43조에 따라")


def test_english_inflections_meet_in_one_stem(analyser) -> None:
    assert analyser.tokens("Employees' policies") == analyser.tokens("employee policy")


def test_numbers_are_kept_whole_and_without_their_commas(analyser) -> None:
    assert "1500000" in analyser.tokens("1,500,000원")
    assert "2.5" in analyser.tokens("2.5일")


def test_a_number_with_its_unit_is_found_by_the_number(analyser) -> None:
    assert "25" in analyser.tokens("25일")


def test_full_width_and_composed_letters_are_the_same_terms(analyser) -> None:
    assert analyser.tokens("ＡＰＩ") == analyser.tokens("api")


def test_one_text_may_mix_both_languages(analyser) -> None:
    terms = analyser.tokens("VPN 신청은 IT팀")
    assert {"vpn", "it", "_신청"} <= set(terms)


def test_a_document_named_in_a_passage_becomes_one_term(analyser) -> None:
    assert reference_term("근로 기준법") in analyser.tokens("「근로기준법」 제60조에 따른다")


def test_repeated_words_are_counted(analyser) -> None:
    assert analyser.tokens("leave leave leave").count("leav") == 3


def test_the_name_tells_analysers_apart() -> None:
    assert open_analyser("bigram").name != open_analyser("lindera").name


def test_an_unknown_analyser_is_refused_by_name() -> None:
    with pytest.raises(UsageError, match="mecab"):
        open_analyser("mecab")
