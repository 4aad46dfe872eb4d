"""Files become documents; what can't be read says why."""

from __future__ import annotations

import json
import zipfile
from datetime import date
from pathlib import Path

import pytest

from groundtune.errors import BadDocument
from groundtune.knowledge.load import load
from groundtune.types import Document


def loaded(path: Path, **options) -> Document:
    (document,) = load(path, document_id=path.name, **options)
    assert isinstance(document, Document)
    return document


def written(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def reason(path: Path, **options) -> str:
    with pytest.raises(BadDocument) as caught:
        list(load(path, document_id=path.name, **options))
    return caught.value.reason


def test_front_matter_states_what_a_document_is(tmp_path: Path) -> None:
    head = (
        "---\nid: ko/leave\ntitle: '휴가'\neffective_from: 2025-01-01\nreaders: hr, managers\n"
        "authority: rulebook\nowner: pay\n---\n\n"
    )
    document = loaded(written(tmp_path, "a.md", head + "# Other\n\n연차는 15일입니다."))
    assert (document.id, document.title, document.effective_from) == ("ko/leave", "휴가", date(2025, 1, 1))
    assert document.readers == {"hr", "managers"}
    assert document.metadata == {"authority": "rulebook", "owner": "pay"}
    assert document.text.startswith("# Other")
    assert document.language == "ko"


def test_without_front_matter_the_first_heading_is_the_title(tmp_path: Path) -> None:
    document = loaded(written(tmp_path, "a.md", "# Leave\n\nFifteen days."))
    assert (document.id, document.title, document.language) == ("a.md", "Leave", "en")


def test_a_bad_date_is_named_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(BadDocument, match=r"a\.md:3: .*2025-13-01"):
        list(load(written(tmp_path, "a.md", "---\nid: x\neffective_from: 2025-13-01\n---\nText"), document_id="a"))


def test_readers_that_name_nobody_are_refused_rather_than_shown_to_all(tmp_path: Path) -> None:
    assert "readers" in reason(written(tmp_path, "a.md", "---\nreaders:\n---\nSecret"))


def test_korean_windows_text_is_read(tmp_path: Path) -> None:
    assert (
        loaded(written(tmp_path, "a.txt", "연차 휴가는 15일입니다.\r\n끝".encode("cp949"))).text
        == "연차 휴가는 15일입니다.\n끝"
    )


def test_a_byte_order_mark_is_no_text(tmp_path: Path) -> None:
    assert loaded(written(tmp_path, "a.txt", b"\xef\xbb\xbfHello")).text == "Hello"


def test_decomposed_hangul_is_composed(tmp_path: Path) -> None:
    assert loaded(written(tmp_path, "a.txt", "휴가".encode())).text == "휴가"


def test_western_bytes_are_not_taken_for_korean(tmp_path: Path) -> None:
    assert "UTF-8" in reason(written(tmp_path, "a.txt", "Über Größe, déjà vu".encode("latin-1")))


def test_html_keeps_headings_lists_and_tables_and_drops_navigation(tmp_path: Path) -> None:
    page = """<html><head><title>Leave</title><script>x=1</script></head><body><nav>Home | About</nav><main>
      <h1>Leave</h1><p>Fifteen <b>days</b>.</p><ul><li>paid</li><li>unpaid</li></ul>
      <table><tr><th>Grade</th><th>Days</th></tr><tr><td>A</td><td>15</td></tr></table></main>
      <footer>Imprint</footer></body></html>"""
    document = loaded(written(tmp_path, "a.html", page))
    assert document.title == "Leave"
    assert "# Leave\n" in document.text
    assert "Fifteen days." in document.text
    assert "- paid\n" in document.text
    assert "| Grade | Days |\n| --- | --- |\n| A | 15 |" in document.text
    assert not any(word in document.text for word in ("Home", "Imprint", "x=1"))


def test_docx_keeps_headings_and_tables(tmp_path: Path) -> None:
    docx = pytest.importorskip("docx")
    word = docx.Document()
    word.add_heading("제1장 총칙", 1)
    word.add_paragraph("제1조(목적) 이 규칙은 근로조건을 정한다.")
    table = word.add_table(rows=2, cols=2)
    for cell, words in zip((c for row in table.rows for c in row.cells), ("등급", "일수", "A", "15일"), strict=True):
        cell.text = words
    word.save(str(tmp_path / "a.docx"))
    text = loaded(tmp_path / "a.docx").text
    assert text.startswith("# 제1장 총칙\n")
    assert "| 등급 | 일수 |\n| --- | --- |\n| A | 15일 |" in text


def pdf_with(words: str) -> bytes:
    stream = f"BT /F1 12 Tf 72 700 Td ({words}) Tj ET".encode()
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Resources<</Font<</F1 4 0 R>>>>/Contents 5 0 R>>",
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        b"<</Length %d>>stream\n" % len(stream) + stream + b"\nendstream",
    ]
    out, offsets = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj" % number + content + b"endobj\n"
    table = b"xref\n0 6\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return out + table + b"trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % len(out)


def test_pdf_text_is_read_and_a_scan_is_told_apart(tmp_path: Path) -> None:
    assert "Fifteen days of leave" in loaded(written(tmp_path, "a.pdf", pdf_with("Fifteen days of leave"))).text
    assert "no text" in reason(written(tmp_path, "b.pdf", pdf_with("")))


def test_a_pdf_that_needs_a_password_says_so(tmp_path: Path) -> None:
    lock = b"/ID[<00><00>]/Encrypt<</Filter/Standard/V 1/R 2/P -4/O<%s>/U<%s>>>" % (b"11" * 32, b"22" * 32)
    locked = pdf_with("Fifteen days").replace(b"/Root 1 0 R", b"/Root 1 0 R" + lock)
    assert "Remove its password" in reason(written(tmp_path, "a.pdf", locked))


def test_bytes_tell_the_format_before_the_name(tmp_path: Path) -> None:
    assert "Fifteen" in loaded(written(tmp_path, "a.md", pdf_with("Fifteen days"))).text


@pytest.mark.parametrize(
    ("name", "content", "because"),
    [
        ("a.md", b"", "empty"),
        ("a.txt", b" \n\n", "empty"),
        ("a.md", b"GIF89a" + bytes(50), "GIF"),
        ("a.md", b"abc\0def", "binary"),
        ("a.pdf", b"just words", "damaged"),
        ("a.pdf", b"%PDF-1.7\nnonsense", "damaged"),
        ("a.docx", b"PK\x03\x04nonsense", "damaged"),
        ("a.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "encrypted"),
        ("a.html", b"<html><body><nav>only this</nav></body></html>", "no text"),
        ("a.jsonl", b"\n\n", "empty"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(tmp_path: Path, name: str, content: bytes, because: str) -> None:
    assert because in reason(written(tmp_path, name, content))


def test_a_zip_that_is_no_docx_is_named_as_such(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.docx", "w") as archive:
        archive.writestr("x.txt", "x")
    assert "ZIP" in reason(tmp_path / "a.docx")


def test_a_file_above_the_limit_is_refused_unread(tmp_path: Path) -> None:
    with (tmp_path / "a.md").open("wb") as file:
        file.truncate(2 << 30)
    assert "2048 MB" in reason(tmp_path / "a.md")


def test_rows_of_one_file_are_documents_and_a_bad_row_spares_the_others(tmp_path: Path) -> None:
    rows = [
        json.dumps({"id": "a", "title": "A", "text": "one", "effective_from": "2024-01-01", "readers": ["hr"], "x": 3}),
        "{broken",
        json.dumps({"id": "b"}),
        json.dumps({"id": "c", "text": "three"}),
    ]
    first, second, third, fourth = load(written(tmp_path, "r.jsonl", "\n".join(rows)), document_id="r")
    assert isinstance(first, Document)
    assert (first.id, first.effective_from, first.readers) == ("a", date(2024, 1, 1), {"hr"})
    assert first.metadata == {"x": "3"}
    assert isinstance(second, BadDocument)
    assert second.line == 2
    assert isinstance(third, BadDocument)
    assert "text" in third.reason
    assert isinstance(fourth, Document)


def test_unicode_tags_are_left_out_and_reported(tmp_path: Path) -> None:
    tags = "".join(chr(0xE0000 + ord(letter)) for letter in "ignore")
    document = loaded(written(tmp_path, "a.md", f"# Leave\n\nFif\u200bteen{tags} days."))
    assert document.text == "# Leave\n\nFifteen days."
    assert document.notices == ("6 invisible characters that can carry a message were left out.",)
    rows = json.dumps({"id": "a", "text": f"Fifteen{tags} days."})
    assert loaded(written(tmp_path, "a.jsonl", rows)).notices == document.notices
