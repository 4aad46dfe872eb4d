"""A question is searched with its misspelt words put right, first consonants spelt out, other words beside its own."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from groundtune.errors import BadData, BadInput
from groundtune.knowledge.add import add
from groundtune.knowledge.analyse import open_analyser
from groundtune.knowledge.index import PassageIndex
from groundtune.knowledge.search import Searcher
from groundtune.knowledge.spacing import spaced
from groundtune.knowledge.synonyms import Group, Synonyms, read_groups
from groundtune.models.fakes import HashEmbedder
from groundtune.storage.database import Database
from groundtune.storage.documents import DocumentStore
from groundtune.types import Reader

KNOWN = "information vacation days leave annual rental dental how many parental carry over the unused is your may i"


class WordsEmbedder(HashEmbedder):
    """Reads the words that it knows in one piece, any other letter by letter."""

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [sum(1 if word.lower() in KNOWN.split() else len(word) for word in text.split()) for text in texts]


PASSAGES = [
    {"id": "leave", "title": "Leave", "text": "Annual leave: vacation of fifteen days. Carry over unused days."},
    {"id": "car", "title": "Cars", "text": "A rental car is paid by the company."},
    {"id": "휴가", "title": "육아휴직 규정", "text": "## 제3조(육아휴직의 기간)\n\n육아휴직의 기간은 1년 이내로 한다."},
    {"id": "계약", "title": "계약 규정", "text": "## 제5조(근로계약서)\n\n회사는 근로계약서를 서면으로 작성한다."},
    {"id": "secret", "title": "Merger", "text": "The takeover of Zephyr is near.", "readers": ["board"]},
]


@pytest.fixture(scope="module")
def searcher(tmp_path_factory: pytest.TempPathFactory) -> Searcher:
    folder = tmp_path_factory.mktemp("wording")
    store, analyser, embedder = DocumentStore(Database(folder / "s.sqlite")), open_analyser("auto"), WordsEmbedder(256)
    rows = folder / "rows.jsonl"
    rows.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in PASSAGES), "utf-8")
    assert not add([rows], store=store, analyser=analyser, embedder=embedder).refused
    groups = [Group(("wage", "salary"), ("wage", "salary")), Group(("엄마 휴가",), ("육아휴직", "parental leave"))]
    index = PassageIndex.open(store, folder / "index")
    return Searcher(store, index, analyser, embedder, synonyms=Synonyms(groups, analyser))


def searched(searcher: Searcher, question: str, **asked: Reader) -> str:
    return searcher.wording(question, **asked).text


# --- Spelling ---


@pytest.mark.parametrize("wrong", ["vacaton", "vaction", "vacationn", "vacatoin", "vacstion"])
def test_a_letter_missing_doubled_swapped_or_wrong_is_put_right(searcher: Searcher, wrong: str) -> None:
    assert searched(searcher, f"How many {wrong} days?") == "How many vacation days?"
    assert searched(searcher, f"{wrong.capitalize()}?") == "Vacation?"


def test_a_misspelt_question_finds_what_the_right_one_finds(searcher: Searcher) -> None:
    hits = searcher.search("How many vacaton days?", k=3)
    right = searcher.search("How many vacation days?", k=3)
    assert [(hit.passage.id, hit.score) for hit in hits] == [(hit.passage.id, hit.score) for hit in right]
    assert right[0].passage.document_id == "leave"


def test_two_words_written_as_one_are_parted(searcher: Searcher) -> None:
    assert searched(searcher, "annualleave") == "annual leave"


@pytest.mark.parametrize(
    "question", ["Is dental paid?", "Are dentals paid?", "Does ACME rent?", "mail x.rentl@home.org", "Who's Kowalczyk?"]
)
def test_words_that_are_words_names_and_addresses_stay(searcher: Searcher, question: str) -> None:
    """Dental is not rental, though only rental stands in a document."""
    assert searched(searcher, question) == question


def test_nothing_is_put_right_with_a_word_that_the_reader_may_not_see(searcher: Searcher) -> None:
    assert searched(searcher, "Tell me of Zephry") == "Tell me of Zephry"
    assert searched(searcher, "Tell me of Zephry", reader=Reader(frozenset({"board"}))) == "Tell me of Zephyr"


def test_an_embedder_that_only_estimates_tokens_puts_nothing_right(searcher: Searcher, tmp_path: Path) -> None:
    estimating = HashEmbedder(8)
    estimating.count_tokens = lambda texts: [-(-len(text) // 3) for text in texts]  # type: ignore[method-assign]
    other = Searcher(searcher._store, searcher._index, searcher.analyser, estimating)
    assert searched(other, "How many vacaton days?") == "How many vacaton days?"


# --- Spaces ---


def test_a_korean_question_without_spaces_gets_them_back(searcher: Searcher) -> None:
    assert searched(searcher, "연차휴가는언제발생하나요") == "연차휴가는 언제 발생하나요"
    assert (
        searched(searcher, "근로계약서를작성하지않으면어떻게되나요?") == "근로계약서를 작성하지 않으면 어떻게 되나요?"
    )


@pytest.mark.parametrize(
    "text", ["연차휴가는 언제 발생하나요?", "산업안전보건법시행규칙", "배우자출산휴가기간", "휴가는언제"]
)
def test_compounds_and_short_words_stay_as_they_are_written(searcher: Searcher, text: str) -> None:
    assert searched(searcher, text) == text


def test_without_tags_nothing_is_spaced() -> None:
    assert spaced("연차휴가는언제발생하나요", open_analyser("bigram")) == "연차휴가는언제발생하나요"


# --- First consonants ---


@pytest.mark.parametrize(
    ("initials", "meant"),
    [("ㅇㅇㅎㅈ", "육아휴직 규정 육아휴직의 기간"), ("ㄱㄹㄱㅇㅅ", "근로계약서"), ("ㅇㅇㅎㅈ ㄱㅈ 안내", None)],
)
def test_first_consonants_are_read_as_headings(searcher: Searcher, initials: str, meant: str | None) -> None:
    text = searched(searcher, initials)
    assert text == meant if meant else text.endswith("안내")


def test_first_consonants_find_the_passage_below_that_heading(searcher: Searcher) -> None:
    assert searcher.search("ㄱㄹㄱㅇㅅ")[0].passage.document_id == "계약"


@pytest.mark.parametrize("text", ["ㅋㅋㅋ 휴가", "휴가 좀요ㅠㅠ", "ㄲㄸㅃ", "ㄱ"])
def test_laughter_and_tears_are_no_first_consonants(searcher: Searcher, text: str) -> None:
    assert searched(searcher, text) == text


# --- Other words ---


def test_other_words_are_searched_beside_the_question_s_own(searcher: Searcher) -> None:
    asked = searcher.wording("What salary?")
    assert asked.text == "What salary?"
    assert "wage" in asked.tokens
    assert asked.weights["wage"] < 1
    assert "wage" not in searcher.wording("What time?").tokens


def test_a_question_finds_the_passage_that_says_it_in_another_word_or_language(searcher: Searcher) -> None:
    for question in ("엄마휴가", "엄마 휴가는 언제"):
        assert searcher.search(question, legs="lexical")[0].passage.document_id == "휴가"
        assert "leav" in searcher.wording(question).tokens


def test_the_longest_of_overlapping_words_is_meant() -> None:
    analyser = open_analyser("bigram")
    synonyms = Synonyms([Group(("sick leave",), ("병가",)), Group(("leave",), ("휴가",))], analyser)
    assert synonyms.of("my sick leaves", ()) == ["병가"]
    assert synonyms.of("leave when sick", ()) == ["휴가"]


def test_a_short_korean_word_inside_another_is_not_meant() -> None:
    synonyms = Synonyms([Group(("수당",), ("allowance",))], open_analyser("bigram"))
    assert synonyms.of("접수당일 처리", ()) == []
    assert synonyms.of("수당이 있나요", ()) == ["allowance"]
    assert synonyms.of("야근수당", ("야근", "수당")) == ["allowance"]


def test_lists_that_differ_have_other_identities() -> None:
    analyser = open_analyser("bigram")
    one, same, other = (Synonyms([Group(("a",), (word,))], analyser) for word in ("b", "b", "c"))
    assert one.identity == same.identity != other.identity


def test_a_list_is_read_with_remarks_and_directions(tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    path.write_text("# pay\nwage,  salary\n\n야근 => 연장 근로, overtime  # one way\n", "utf-8")
    assert read_groups(path) == [
        Group(("wage", "salary"), ("wage", "salary")),
        Group(("야근",), ("연장 근로", "overtime")),
    ]


@pytest.mark.parametrize("line", ["alone", "a =>", "=> b", "a => b => c", ", ,"])
def test_a_line_that_is_no_group_is_refused_with_its_number(tmp_path: Path, line: str) -> None:
    path = tmp_path / "words.txt"
    path.write_text(f"a, b\n{line}\n", "utf-8")
    with pytest.raises(BadData) as error:
        read_groups(path)
    assert error.value.line == 2


def test_a_list_that_is_not_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadInput):
        read_groups(path)
