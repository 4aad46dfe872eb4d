"""A person is found however his or her name is written, and nobody else is."""

from __future__ import annotations

import json
import unicodedata
from urllib.parse import quote

import pytest

from groundtune.errors import UsageError
from groundtune.privacy import MARK, Finder, Person


def finder(*names: str, **more: tuple[str, ...]) -> Finder:
    return Finder(Person(names, **more))


@pytest.mark.parametrize(
    "text",
    [
        "담당자는 홍길동입니다.",
        "홍길동님께",
        "홍길동은, 홍길동에게서",
        "홍 길동 과장",
        "홍 길 동",
        "홍길\n동이 한다",
        "홍\u200b길동",
        "대표홍길동",
        unicodedata.normalize("NFD", "홍길동의 자리"),
        "people/홍길동.md",
        json.dumps("홍길동"),
        quote("홍길동"),
        "&#54861;&#44600;&#46041;",
    ],
)
def test_a_korean_name_is_found_with_its_particles_spaces_and_forms(text: str) -> None:
    assert finder("홍길동").names(text), text
    assert not finder("홍길동").names(finder("홍길동").redacted(text))


@pytest.mark.parametrize("text", ["홍길순", "길동 홍보", "김홍 길동네", "홍 길동무", "홍길 동네", "동"])
def test_another_name_or_word_is_not_a_korean_name(text: str) -> None:
    assert not finder("홍길동").names(text), text


def test_a_name_of_two_syllables_is_found_where_it_stands_alone_or_with_a_particle() -> None:
    short = finder("김솔")
    assert [short.names(text) for text in ("김솔 과장", "김솔은", "김솔님", "담당 김솔.")] == [True] * 4
    assert [short.names(text) for text in ("김솔빛", "새김솔", "김 솔솔")] == [False] * 3


@pytest.mark.parametrize(
    "text",
    [
        "Gildong Hong",
        "HONG, Gildong",
        "hong gildong's desk",
        "gildong.hong@corp.example",
        "GildongHong.pdf",
        "Gildong\nHong",
        "Gildong Hong은",
        "Ｇｉｌｄｏｎｇ Hong",
    ],
)
def test_a_latin_name_is_found_in_either_order_and_case(text: str) -> None:
    assert finder("Gildong Hong").names(text), text


@pytest.mark.parametrize("text", ["Gildongs Hongkong", "Hong Kong", "Gildong and Hong", "gildong"])
def test_another_word_is_not_a_latin_name(text: str) -> None:
    assert not finder("Gildong Hong").names(text), text


def test_accents_are_found_however_they_are_composed() -> None:
    name = "José Núñez"
    assert finder(name).names(unicodedata.normalize("NFD", f"Ask {name} about it."))
    assert finder(name).names(name.upper())


def test_telephone_numbers_addresses_and_ids_are_found_as_people_write_them() -> None:
    someone = finder("홍길동", phones=("010-1234-5678",), emails=("hong@corp.example",), ids=("E-10432",))
    for text in ("01012345678", "+82 10 1234 5678", "(010) 1234.5678", "HONG@corp.example", "사번 e-10432."):
        assert someone.names(text), text
    for text in ("01012345679", "9010123456780", "hong@corp.exampled", "E-104321", "ahong@corp.example"):
        assert not someone.names(text), text


def test_what_is_redacted_keeps_everything_else_to_the_letter() -> None:
    text = "앞 홍길동은 뒤, 홍 길동."
    assert finder("홍길동").redacted(text) == f"앞 {MARK}은 뒤, {MARK}."


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be", "cp949"])
@pytest.mark.parametrize("name", ["홍길동", "Gildong Hong"])
def test_a_name_is_found_in_bytes_of_any_encoding(encoding: str, name: str) -> None:
    data = b"\x00\x01\xff" + f"ab {name} cd".encode(encoding) + b"\xff\xfe"
    assert list(finder(name).bytes_found(data))
    assert not list(finder(name).bytes_found(data.replace(name[1].encode(encoding), b"xx")))


def test_a_name_is_found_in_the_bytes_of_json_html_and_addresses() -> None:
    for text in (
        json.dumps({"a": "홍길동"}),
        quote("/홍길동.pdf"),
        "&#xD64D;&#xAE38;&#xB3D9;",
        unicodedata.normalize("NFD", "홍길동"),
    ):
        assert list(finder("홍길동").bytes_found(text.encode())), text
    assert not list(finder("홍길동").bytes_found("박홍 길동무".encode()))


def test_what_is_too_short_to_tell_anybody_by_is_refused_or_left_to_texts() -> None:
    for name in ("김", "Li", "."):
        with pytest.raises(UsageError, match="too short"):
            finder(name)
    with pytest.raises(UsageError, match="too short"):
        finder("홍길동", ids=("12",))
    assert finder("홍길동").in_bytes
    assert not finder("김솔").in_bytes
    assert not finder("Gildong").in_bytes
