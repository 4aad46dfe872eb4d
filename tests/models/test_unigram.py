from __future__ import annotations

import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundtune.models.unigram import Unigram
from groundtune.models.vocabulary import Vocabulary

PIECES = ["<s>", "<unk>", "▁", "▁ab", "a", "b", "c", "▁a", "bc", "가", "▁나"]
SCORES = [0.0, 0.0, -3.0, -2.0, -4.0, -4.0, -4.0, -2.5, -3.0, -4.0, -2.0]
NORMALISATION = {ord("①"): "a", ord("㍿"): "ab c", ord("\u200b"): " ", 1: ""}


@pytest.fixture(scope="module")
def small() -> Unigram:
    return Unigram(
        Vocabulary.of(PIECES, SCORES, ["<s>", "<unk>"]),
        {ord("①"): "a", ord("㍿"): "ab c", ord("\u200b"): " ", 1: ""},
        unknown=1,
    )


def pieces(unigram: Unigram, text: str) -> list[str]:
    return [PIECES[id] for id in unigram.encode(text)]


def test_the_best_scoring_path_wins_over_the_longest_piece(small: Unigram) -> None:
    assert pieces(small, "abc") == ["▁a", "bc"]  # -5.5, where ▁ab + c has -6


def test_white_space_only_parts_words(small: Unigram) -> None:
    assert pieces(small, "  ab\t\n ab\u3000") == ["▁ab", "▁ab"]
    assert small.encode(" \n ") == []


def test_neighbouring_unknown_characters_are_one_piece(small: Unigram) -> None:
    assert pieces(small, "zzza zz") == ["▁", "<unk>", "a", "▁", "<unk>"]


def test_special_tokens_in_a_text_are_not_special(small: Unigram) -> None:
    assert "<s>" not in pieces(small, "<s>")


def test_offsets_point_into_the_text_as_it_was_written(small: Unigram) -> None:
    text = "ab  ①bc\u200b나"
    assert [text[start:end] for start, end in small.offsets(text)] == ["ab", "①", "bc", "나"]


def test_a_character_that_stands_for_several_words_keeps_its_place(small: Unigram) -> None:
    assert pieces(small, "㍿") == ["▁ab", "▁", "c"]
    assert small.offsets("㍿") == [(0, 1), (0, 1), (0, 1)]


def test_decomposed_hangul_gives_the_pieces_of_composed_hangul(small: Unigram) -> None:
    decomposed = unicodedata.normalize("NFD", "나가")
    assert pieces(small, decomposed) == ["▁나", "가"]
    assert [unicodedata.normalize("NFC", decomposed[start:end]) for start, end in small.offsets(decomposed)] == [
        "나",
        "가",
    ]


@given(st.text(alphabet=st.sampled_from("abc가나 \t\n①㍿\u200b\x01z\u1102\u1161\u0301é"), max_size=40))
@settings(max_examples=300, deadline=None)
def test_there_is_one_span_for_each_piece_and_they_go_forward(text: str) -> None:
    unigram = Unigram(
        Vocabulary.of(PIECES, SCORES, ["<s>", "<unk>"]),
        {ord("①"): "a", ord("㍿"): "ab c", ord("\u200b"): " ", 1: ""},
        unknown=1,
    )
    spans = unigram.offsets(text)
    assert len(spans) == len(unigram.encode(text))
    assert all(0 <= start <= end <= len(text) for start, end in spans)
    assert all(before[0] <= after[0] and before[1] <= after[1] for before, after in pairwise(spans))
