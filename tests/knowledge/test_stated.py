"""Who may read a document, and when it is in force: read as people write it, and never lost by a slip."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from groundtune.errors import BadDocument
from groundtune.knowledge.load import load
from groundtune.types import Document
from tests.knowledge.test_load import pdf_with


def found(path: Path) -> Document | BadDocument:
    try:
        (only,) = load(path, document_id=path.name)
    except BadDocument as error:
        return error
    return only


def page(folder: Path, text: str, name: str = "a.md") -> Document | BadDocument:
    (folder / name).write_text(text, "utf-8")
    return found(folder / name)


def row(folder: Path, **keys: Any) -> Document | BadDocument:
    return page(folder, json.dumps({"id": "a", "text": "Pay bands"} | keys), "a.jsonl")


@pytest.mark.parametrize(
    "line",
    [
        "readers: hr",
        "Readers: hr",
        "READERS: [hr]",
        "'readers': hr",
        "readers:\n- hr",
        "readers:\n  - hr",
        "열람 그룹: hr",
        "열람그룹: hr",
        "열람자: hr",
        "열람권한: hr",
    ],
)
@pytest.mark.parametrize("name", ["a.md", "a.txt"])
def test_readers_are_read_as_people_write_them(tmp_path: Path, line: str, name: str) -> None:
    document = page(tmp_path, f"---\nid: pay\n{line}\n---\n\nPay bands.", name)
    assert isinstance(document, Document)
    assert document.readers == {"hr"}


@pytest.mark.parametrize(
    "line",
    [
        "reader: hr",
        "raeders: hr",
        "readrs: hr",
        "allowed_readers: hr",
        "readers:hr",
        "readers = hr",
        "readers：hr",
        " readers: hr",
        "access:\n  readers: hr",
        "access:\n- readers: hr",
        "열람: 인사팀",
        "열람 제한: 인사팀",
        "공개 범위: 인사팀",
        "acl: hr",
        "readers: [hr,\n  managers]",
        "readers: |\n  hr",
        'readers: "hr", "managers"',
        "readers: hr\nReaders: managers",
        "readers: hr\n열람 그룹: managers",
        "effective_form: 2026-01-01",
        "시행일시: 2026-01-01",
    ],
)
def test_a_slip_in_the_key_is_refused_with_its_line_rather_than_shown_to_all(tmp_path: Path, line: str) -> None:
    refused = page(tmp_path, f"---\nid: pay\n{line}\n---\n\nPay bands.")
    assert isinstance(refused, BadDocument), refused
    assert refused.line in (3, 4)


@pytest.mark.parametrize(
    "text", ["---\nreaders: hr\n\n# Pay\n\nBands.", "\n---\nreaders: hr\n# Pay", "--- \nreaders: hr"]
)
def test_front_matter_that_is_not_closed_is_refused(tmp_path: Path, text: str) -> None:
    refused = page(tmp_path, text)
    assert isinstance(refused, BadDocument)
    assert "closed" in refused.reason
    assert refused.line == text.count("\n", 0, text.index("---")) + 1


@pytest.mark.parametrize("above", ["Title\n\n", "# Salary\n", "<!-- by the tool -->\n"])
def test_front_matter_below_other_lines_that_names_readers_is_refused_with_its_line(tmp_path: Path, above: str) -> None:
    document = page(tmp_path, f"{above}---\nowner: pay\nreaders: hr\n---\nSecret.")
    assert isinstance(document, BadDocument)
    assert document.line == above.count("\n") + 3
    assert isinstance(page(tmp_path, f"{above}---\nowner: pay\n---\nOpen."), Document)


@pytest.mark.parametrize("key", ["permissions", "Access"])
def test_other_tools_words_for_readers_are_not_passed_over(tmp_path: Path, key: str) -> None:
    assert isinstance(page(tmp_path, f"---\n{key}: hr\n---\nSecret."), BadDocument)


def test_front_matter_in_toml_is_refused(tmp_path: Path) -> None:
    assert isinstance(page(tmp_path, '+++\nreaders = ["hr"]\n+++\nPay'), BadDocument)


def test_rules_around_prose_are_no_front_matter(tmp_path: Path) -> None:
    text = "---\n\nJust words, between rules.\n\n---\n\nAnd more."
    document = page(tmp_path, text)
    assert isinstance(document, Document)
    assert document.text == text


@pytest.mark.parametrize("key", ["keywords", "headers", "leaders", "reading time", "시행령", "법령구분", "audience"])
def test_other_keys_are_kept_as_they_are(tmp_path: Path, key: str) -> None:
    document = page(tmp_path, f"---\n{key}: some\nmore:\n  nested: words\n# a remark\n---\n\nText.")
    assert isinstance(document, Document)
    assert document.readers is None
    assert document.metadata[key] == "some"


@pytest.mark.parametrize("keys", [{"Readers": ["hr"]}, {"READERS": "hr"}, {"열람 그룹": ["hr"]}])
def test_a_rows_readers_are_read_whatever_the_case(tmp_path: Path, keys: dict[str, Any]) -> None:
    document = row(tmp_path, **keys)
    assert isinstance(document, Document)
    assert document.readers == {"hr"}


@pytest.mark.parametrize(
    "keys",
    [
        {"reader": ["hr"]},
        {"metadata": {"readers": ["hr"]}},
        {"metadata": [{"열람그룹": ["hr"]}]},
        {"readers": True},
        {"readers": {"hr": 1}},
        {"readers": [["hr"]]},
        {"readers": []},
        {"readers": ["hr"], "Readers": None},
        {"text": "---\nreaders: hr\n---\nPay"},
        {"text": "---\nreaders: hr\nPay"},
    ],
)
def test_a_row_that_may_be_restricted_is_refused_with_its_line(tmp_path: Path, keys: dict[str, Any]) -> None:
    refused = row(tmp_path, **keys)
    assert isinstance(refused, BadDocument), refused
    assert refused.line == 1


def test_a_row_that_states_a_key_twice_is_refused(tmp_path: Path) -> None:
    refused = page(tmp_path, '{"id": "a", "readers": ["hr"], "text": "Pay", "readers": null}', "a.jsonl")
    assert isinstance(refused, BadDocument)


def test_a_page_may_name_its_readers_in_a_meta_element(tmp_path: Path) -> None:
    head = '<html><head><meta name="viewport" content="x"><meta name="{name}" content="hr, board"></head>'
    document = page(tmp_path, head.format(name="Readers") + "<body><p>Pay bands.</p></body></html>", "a.html")
    assert isinstance(document, Document)
    assert (document.readers, document.metadata) == ({"hr", "board"}, {})
    refused = page(tmp_path, head.format(name="reader") + "<body><p>Pay bands.</p></body></html>", "a.html")
    assert isinstance(refused, BadDocument)


def test_a_pages_front_matter_counts(tmp_path: Path) -> None:
    document = page(tmp_path, "---\nreaders: hr\n---\n<html><body><p>Pay bands.</p></body></html>", "a.html")
    assert isinstance(document, Document)
    assert document.readers == {"hr"}


@pytest.mark.parametrize(
    "text",
    [
        "<html><head><meta name=readers content=hr><meta name=readers content=staff></head><p>Secret.</html>",
        "---\nreaders: hr\n---\n<html><head><meta name=readers content=staff></head><p>Secret.</html>",
        "---\nreaders: hr\nreaders: staff\n---\n<html><p>Secret.</html>",
    ],
)
def test_a_page_that_states_its_readers_in_two_ways_is_refused(tmp_path: Path, text: str) -> None:
    document = page(tmp_path, text, "a.html")
    assert isinstance(document, BadDocument)
    assert "twice" in document.reason


def test_a_pages_front_matter_is_no_text(tmp_path: Path) -> None:
    document = page(tmp_path, "---\nreaders: hr\n---\n<html><body><p>Fifteen days.</body></html>", "a.html")
    assert isinstance(document, Document)
    assert document.text == "Fifteen days."


def test_a_word_file_may_name_its_readers_in_a_custom_property(tmp_path: Path) -> None:
    docx = pytest.importorskip("docx")
    word = docx.Document()
    word.add_paragraph("Pay bands.")
    word.save(str(tmp_path / "a.docx"))
    office = "http://schemas.openxmlformats.org/officeDocument/2006"
    properties = (
        f'<Properties xmlns="{office}/custom-properties" xmlns:vt="{office}/docPropsVTypes">'
        '<property pid="2" name="Readers"><vt:lpwstr>hr</vt:lpwstr></property>'
        '<property pid="3" name="effective_from"><vt:filetime>2026-01-01T00:00:00Z</vt:filetime></property>'
        "</Properties>"
    )
    with zipfile.ZipFile(tmp_path / "a.docx", "a") as archive:
        archive.writestr("docProps/custom.xml", properties)
    document = found(tmp_path / "a.docx")
    assert isinstance(document, Document)
    assert (document.readers, str(document.effective_from)) == ({"hr"}, "2026-01-01")


def test_a_pdf_may_name_its_readers_in_an_entry(tmp_path: Path) -> None:
    content = pdf_with("Pay bands")
    entry, table = len(content) + 1, content.rindex(b"xref\n0")
    content += b"\n6 0 obj<</Readers(hr)>>endobj\n"
    update = f"xref\n6 1\n{entry:010d} 00000 n \ntrailer<</Size 7/Root 1 0 R/Info 6 0 R/Prev {table}>>\n"
    content += update.encode() + f"startxref\n{len(content)}\n%%EOF".encode()
    (tmp_path / "a.pdf").write_bytes(content)
    document = found(tmp_path / "a.pdf")
    assert isinstance(document, Document)
    assert document.readers == {"hr"}


@pytest.mark.parametrize(
    "written",
    ["2026-01-02", "2026-1-2", "2026.1.2", "2026.01.02.", "2026. 1. 2.", "2026년 1월 2일", "2026년1월2일", "20260102"],
)
def test_a_date_is_read_as_koreans_write_it(tmp_path: Path, written: str) -> None:
    document = page(tmp_path, f"---\n시행일: {written}\n---\nText")
    assert isinstance(document, Document)
    assert str(document.effective_from) == "2026-01-02"


@pytest.mark.parametrize("written", ["1.2.2026", "26.1.2", "2026년 13월 1일", "2026년 1월", "2026. 1. 2. 개정"])
def test_what_may_be_another_date_is_refused_under_the_key_as_it_is_written(tmp_path: Path, written: str) -> None:
    refused = page(tmp_path, f"---\n시행 일자: {written}\n---\nText")
    assert isinstance(refused, BadDocument)
    assert refused.line == 2
    assert refused.reason.startswith(f"시행 일자: “{written}”")


@pytest.mark.parametrize("end", ["2025-01-01", "2026-01-01"])
def test_a_document_that_would_never_be_in_force_is_refused(tmp_path: Path, end: str) -> None:
    refused = page(tmp_path, f"---\neffective_from: 2026-01-01\neffective_to: {end}\n---\nText")
    assert isinstance(refused, BadDocument)
    assert refused.line == 3
    assert end in refused.reason


@pytest.mark.parametrize(
    ("value", "authority"),
    [
        ("law", "law"),
        ("법령", "law"),
        ("Collective Agreement", "collective agreement"),
        ("단체협약", "collective agreement"),
        ("취업규칙", "rulebook"),
        ("규정", "rulebook"),
        ("guide", "guide"),
        ("notice", "guide"),
        ("안내", "guide"),
    ],
)
@pytest.mark.parametrize("key", ["authority", "Authority", "문서 등급"])
def test_authority_is_kept_in_one_spelling(tmp_path: Path, key: str, value: str, authority: str) -> None:
    stated = page(tmp_path, f"---\n{key}: {value}\n---\n# Lamps\n\nLit at dusk.\n")
    assert isinstance(stated, Document)
    assert stated.metadata["authority"] == authority
    assert "authority" not in page(tmp_path, "# Lamps\n\nLit at dusk.").metadata  # type: ignore[union-attr]


def test_scope_is_kept_in_one_spelling(tmp_path: Path) -> None:
    for line in ("scope: country: KR, site: Seoul", "적용 범위: country:KR; site : Seoul"):
        stated = page(tmp_path, f"---\n{line}\n---\n# Lamps\n\nLit at dusk.\n")
        assert isinstance(stated, Document)
        assert stated.metadata == {"scope": "country: KR, site: Seoul"}
    for scope in ({"country": "KR", "site": "Seoul"}, ["country: KR", "site: Seoul"], "country: KR, site: Seoul"):
        stated = row(tmp_path, scope=scope)
        assert isinstance(stated, Document)
        assert stated.metadata["scope"] == "country: KR, site: Seoul"


@pytest.mark.parametrize(
    "lines",
    [
        "authority: council",
        "authority:",
        "authority: [law, guide]",
        "scope: Seoul",
        "scope: site: A, site: B",
        "scope:\n  country: KR",
        "scope: {country: KR}",
        "scope:",
    ],
)
def test_an_authority_or_scope_that_cannot_be_read_is_refused_with_its_line(tmp_path: Path, lines: str) -> None:
    refused = page(tmp_path, f"---\nid: a\n{lines}\n---\n# Lamps\n\nLit at dusk.\n")
    assert isinstance(refused, BadDocument)
    assert refused.line == 3


@pytest.mark.parametrize("keys", [{"authority": 3}, {"scope": {"site": ["A"]}}, {"scope": {}}, {"scope": 3}])
def test_a_rows_authority_and_scope_are_words(tmp_path: Path, keys: dict[str, Any]) -> None:
    assert isinstance(row(tmp_path, **keys), BadDocument)


@pytest.mark.parametrize(
    "stated",
    [{"readers": {"name": "Kim Yuna"}}, {"readers": [["Kim Yuna"]]}, {"readers": "Kim [Yuna]"}]
    + [{key: value} for key in ("authority", "scope") for value in ("Kim Yuna", ["Kim Yuna"])],
)
def test_a_refusal_repeats_nothing_of_what_stands_in_the_wrong_place(tmp_path: Path, stated: dict[str, object]) -> None:
    refused = row(tmp_path, **stated)
    assert isinstance(refused, BadDocument)
    (key,) = stated
    assert f"“{key}”" in refused.reason
    assert "Yuna" not in refused.reason
