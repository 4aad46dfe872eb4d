"""Each format's headings, tables and places survive; what can't be read says why, and costs nothing else."""

from __future__ import annotations

import base64
import struct
import zipfile
import zlib
from email.message import EmailMessage
from pathlib import Path

import pypdfium2
import pytest

from groundtune.errors import BadDocument
from groundtune.knowledge.formats import ocr
from groundtune.knowledge.formats.reading import Limits
from groundtune.knowledge.load import load
from groundtune.types import Document
from tests.knowledge.formats import files
from tests.knowledge.formats.test_seen_pdf import pdf
from tests.knowledge.test_load import pdf_with

RULE = "제1조(목적) 이 규칙은 근로조건을 정한다."
GRADES = [["등급", "일수"], ["A", "15일"]]
GRADES_TABLE = "| 등급 | 일수 |\n| --- | --- |\n| A | 15일 |"


def loaded(folder: Path, name: str, content: bytes, **options) -> Document:
    path = folder / name
    path.write_bytes(content)
    (document,) = load(path, document_id=name, **options)
    assert isinstance(document, Document)
    return document


def reason(folder: Path, name: str, content: bytes, **options) -> str:
    with pytest.raises(BadDocument) as caught:
        loaded(folder, name, content, **options)
    return caught.value.reason


def places(document: Document) -> list[tuple[str, str, str]]:
    """Kind and name of each location, and the first words there."""
    return [(at.kind, at.name, document.text[at.start :].split("\n")[0]) for at in document.locations]


@pytest.mark.parametrize(("name", "make"), [("a.hwp", files.hwp), ("a.hwpx", files.hwpx)])
def test_hangul_files_keep_articles_and_tables(tmp_path: Path, name: str, make) -> None:
    document = loaded(tmp_path, name, make([RULE, GRADES, "끝."]))
    assert document.text == f"{RULE}\n\n{GRADES_TABLE}\n\n끝."
    assert document.language == "ko"


def test_slides_keep_titles_tables_and_numbers_and_hidden_ones_are_left_out(tmp_path: Path) -> None:
    document = loaded(
        tmp_path, "a.pptx", files.pptx([("휴가", "연차는 15일"), ("x", "no"), ("표", GRADES)], hidden=[2])
    )
    assert places(document) == [("slide", "1", "# 휴가"), ("slide", "3", "# 표")]
    assert GRADES_TABLE in document.text
    assert "no" not in document.text
    assert document.notices == ("Slide 2 is hidden and was left out.",)


def test_sheets_are_tables_under_their_names_and_hidden_ones_are_left_out(tmp_path: Path) -> None:
    content = files.xlsx({"휴가": GRADES, "Sheet2": [["City"], ["Seoul"]], "old": [["x"]]}, hidden=["old"])
    document = loaded(tmp_path, "rules.xlsx", content)
    assert places(document) == [("sheet", "휴가", "## 휴가"), ("sheet", "Sheet2", "## Sheet2")]
    assert GRADES_TABLE in document.text
    assert document.title == "rules"
    assert document.notices == ("The sheet “old” is hidden and was left out.",)


def test_a_book_is_read_in_the_order_of_its_spine(tmp_path: Path) -> None:
    document = loaded(tmp_path, "a.epub", files.epub({"b.xhtml": "<h1>One</h1><p>first", "a.xhtml": "<p>second"}))
    assert document.text == "# One\n\nfirst\n\nsecond"
    assert document.title == "A book"


def mail(**attached: bytes) -> EmailMessage:
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = "연차 안내", "Kim <kim@example.com>", "all@example.com"
    message["Message-ID"] = "<1@example.com>"
    message.set_content("plain words")
    message.add_alternative("<p>연차는 <b>15일</b>입니다.</p><table><tr><td>A<td>15</table>", subtype="html")
    for name, content in attached.items():
        message.add_attachment(content, "application", "octet-stream", filename=name.replace("_", "."))
    return message


def test_a_mail_is_its_headers_its_page_and_its_attachments(tmp_path: Path) -> None:
    content = mail(rules_hwpx=files.hwpx([RULE]), logo_gif=b"GIF89a" + bytes(9)).as_bytes()
    document = loaded(tmp_path, "a.eml", content)
    assert document.title == "연차 안내"
    assert document.text.startswith("# 연차 안내\n\nFrom: Kim <kim@example.com>  \nTo: all@example.com")
    assert "연차는 15일입니다." in document.text
    assert "| A | 15 |" in document.text
    assert "plain words" not in document.text
    assert places(document) == [("attachment", "rules.hwpx", "# rules.hwpx")]
    assert RULE in document.text[document.locations[0].start :]
    assert len(document.notices) == 1
    assert "logo.gif" in document.notices[0]


RESTRICTED = {
    "a.md": b"---\nreaders: hr\n---\nSecret.",
    "ended.md": b"---\neffective_to: 2020-01-01\n---\nSecret.",
    "below.md": b"---\nrights:\n  readers: hr\n---\nSecret.",
    "a.html": b"<html><head><meta name=readers content=hr></head><body><p>Secret.</body></html>",
    "a.jsonl": b'{"id": "a", "text": "Secret.", "rights": {"readers": ["hr"]}}\n',
    "text.jsonl": b'{"id": "a", "text": "---\\nreaders: hr\\n---\\nSecret."}\n',
    "a.epub": files.epub({"a.xhtml": "<meta name=readers content=hr><p>Secret."}),
}


@pytest.mark.parametrize("name", RESTRICTED)
def test_an_attachment_that_states_who_may_read_it_or_when_is_left_out(tmp_path: Path, name: str) -> None:
    message = mail()
    message.add_attachment(RESTRICTED[name], "application", "octet-stream", filename=name)
    document = loaded(tmp_path, "a.eml", message.as_bytes())
    assert "Secret" not in document.text
    assert document.readers is None
    assert any(name in notice and "states" in notice for notice in document.notices)


def test_an_attachment_that_restricts_nothing_is_read(tmp_path: Path) -> None:
    message = mail()
    for name, content in {"a.md": b"---\nowner: pay\n---\nOne.", "r.jsonl": b'{"id": "a", "text": "Two."}\n'}.items():
        message.add_attachment(content, "application", "octet-stream", filename=name)
    document = loaded(tmp_path, "a.eml", message.as_bytes())
    assert "One." in document.text
    assert "Two." in document.text
    assert document.notices == ()


def test_attachments_beyond_those_that_are_read_are_told(tmp_path: Path) -> None:
    document = loaded(tmp_path, "a.eml", mail(**{f"f{number}_txt": b"words" for number in range(101)}).as_bytes())
    assert document.notices == ("Of 101 attachments the first 100 were read.",)


def test_the_readers_that_a_page_of_a_book_names_are_the_books(tmp_path: Path) -> None:
    book = files.epub({"a.xhtml": "<p>Open.", "b.xhtml": "<meta name=readers content=hr><p>Secret."})
    assert loaded(tmp_path, "a.epub", book).readers == {"hr"}


def test_a_mail_within_a_mail_is_read_and_endless_ones_are_not(tmp_path: Path) -> None:
    message = mail()
    for _ in range(6):
        outer = mail()
        outer.add_attachment(message)
        message = outer
    document = loaded(tmp_path, "a.eml", message.as_bytes())
    assert document.text.count("연차는 15일입니다.") == 4
    assert any("too deeply" in notice for notice in document.notices)


def test_an_old_korean_mail_is_decoded(tmp_path: Path) -> None:
    body = base64.encodebytes("연차는 15일입니다.".encode("cp949")).decode()
    head = 'From: a@b.c\nSubject: =?ks_c_5601-1987?B?v6zC9w==?=\nContent-Type: text/plain; charset="ks_c_5601-1987"\n'
    document = loaded(tmp_path, "a.eml", f"{head}Content-Transfer-Encoding: base64\n\n{body}".encode())
    assert document.title == "연차"
    assert "연차는 15일입니다." in document.text


def test_pages_of_a_pdf_are_known(tmp_path: Path) -> None:
    document = loaded(tmp_path, "a.pdf", pdf_with("Fifteen days of leave"))
    assert places(document) == [("page", "1", "Fifteen days of leave")]


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.pdf", "a.docx", "a"])
def test_the_bytes_tell_the_format_whatever_the_name(tmp_path: Path, name: str) -> None:
    assert loaded(tmp_path, name, files.hwp([RULE])).text == RULE
    assert places(loaded(tmp_path, name, files.xlsx({"휴가": GRADES})))[0][:2] == ("sheet", "휴가")
    if name not in ("a.pdf", "a.docx"):  # a text under such a name is a damaged file
        assert loaded(tmp_path, name, mail().as_bytes()).title == "연차 안내"
        assert loaded(tmp_path, name, b"<!doctype html><title>Leave</title><p>Fifteen days").title == "Leave"


def test_a_memo_is_no_mail(tmp_path: Path) -> None:
    memo = "From: the office\nTo: everybody\nSubject: leave\nDate: today\n\nFifteen days."
    assert loaded(tmp_path, "a.txt", memo.encode()).text == memo


# --- Attacks ---


def test_an_archive_that_swells_is_refused(tmp_path: Path) -> None:
    assert "swell" in reason(tmp_path, "a.docx", files.docx(files.paragraph(files.run("0" * (20 << 20)))))


def test_an_archive_that_holds_too_much_is_refused(tmp_path: Path) -> None:
    book = files.epub({f"{n}.xhtml": "<p>x" for n in range(9)})
    assert "above 5" in reason(tmp_path, "a.epub", book, limits=Limits(members=5))
    assert "MB of text" in reason(tmp_path, "a.epub", book, limits=Limits(unpacked_bytes=10))


def test_a_text_that_is_too_long_is_refused(tmp_path: Path) -> None:
    assert "characters" in reason(tmp_path, "a.hwpx", files.hwpx(["ab" * 50]), limits=Limits(characters=99))


def test_a_member_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    content = files.docx(files.paragraph(files.run("one")))
    (tmp_path / "b.docx").write_bytes(content)
    with zipfile.ZipFile(tmp_path / "b.docx", "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("word/document.xml", "<w:document/>")
    assert "twice" in reason(tmp_path, "a.docx", (tmp_path / "b.docx").read_bytes())


LAUGHS = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'


def test_xml_entities_are_refused(tmp_path: Path) -> None:
    word = files.docx(files.paragraph(files.run("words")))
    (tmp_path / "b.docx").write_bytes(word)
    with zipfile.ZipFile(tmp_path / "b.docx") as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members["word/document.xml"] = LAUGHS.encode() + members["word/document.xml"].replace(b"words", b"&b;")
    assert reason(tmp_path, "a.docx", files.zipped(members))
    book = files.epub({"a.xhtml": "<p>x"}, **{"META-INF/encryption.xml": f"{LAUGHS}<x>&b;</x>"})
    assert "entities" in reason(tmp_path, "a.epub", book)


def test_xml_that_is_nested_without_end_is_refused(tmp_path: Path) -> None:
    deep = "<w:tbl><w:tr><w:tc>" * 5000 + "</w:tc></w:tr></w:tbl>" * 5000
    assert "nested" in reason(tmp_path, "a.docx", files.docx(deep))
    page = "<div>" * 3000 + "words"
    assert "nested" in reason(tmp_path, "a.html", b"<!doctype html>" + page.encode())


def test_names_that_lead_elsewhere_lead_nowhere(tmp_path: Path) -> None:
    (tmp_path / "secret.xhtml").write_text("<p>secret</p>")
    book = files.epub({"../../../secret.xhtml": "<p>inner"})
    assert "secret" not in reason(tmp_path, "a.epub", book).removeprefix("The file is damaged:").split("'")[0]
    document = loaded(tmp_path, "a.eml", mail(**{"../../etc/x_hwp": files.hwp([RULE])}).as_bytes())
    assert document.locations[0].name == "x.hwp"


@pytest.mark.parametrize("name", ["a.hwp", "a.hwpx", "a.pptx", "a.xlsx", "a.epub", "a.pdf"])
def test_a_file_cut_short_is_refused_or_says_what_is_missing(tmp_path: Path, name: str) -> None:
    whole = {
        "a.hwp": lambda: files.hwp([RULE] * 40),
        "a.hwpx": lambda: files.hwpx([RULE] * 40),
        "a.pptx": lambda: files.pptx([("휴가", RULE)] * 3),
        "a.xlsx": lambda: files.xlsx({"휴가": GRADES * 50}),
        "a.epub": lambda: files.epub({"a.xhtml": RULE * 40}),
        "a.pdf": lambda: pdf_with("words " * 40),
    }[name]()
    for share in (0.1, 0.4, 0.7):
        try:
            document = loaded(tmp_path, name, whole[: int(len(whole) * share)])
        except BadDocument:
            continue
        assert document.notices, share


def test_what_is_encrypted_or_no_document_says_so(tmp_path: Path) -> None:
    assert "encrypted" in reason(tmp_path, "a.hwp", files.hwp([RULE], flags=3))
    assert "old Office" in reason(tmp_path, "a.doc", files.compound({"WordDocument": b"x"}))
    assert "no document" in reason(tmp_path, "a.zip", files.zipped({"x.txt": "x"}))
    locked = {
        "META-INF/encryption.xml": '<e><EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#aes128-cbc"/></e>'
    }
    assert "encrypted" in reason(tmp_path, "a.epub", files.epub({"a.xhtml": "<p>x"}, **locked))


# --- Text recognition ---


@pytest.mark.skipif(ocr.is_available(), reason="tesseract is installed")
def test_without_tesseract_a_picture_says_how_to_get_it(tmp_path: Path) -> None:
    assert "tesseract" in reason(tmp_path, "a.png", b"\x89PNG\r\n\x1a\n" + bytes(60))


needs_tesseract = pytest.mark.skipif(not ocr.is_available(), reason="tesseract is not installed")


def printed(words: str) -> tuple[int, int, bytes]:
    """Width, height and grey pixels of a page."""
    bitmap = pypdfium2.PdfDocument(pdf_with(words))[0].render(scale=2, grayscale=True)
    rows = (bytes(bitmap.buffer)[y * bitmap.stride :][: bitmap.width] for y in range(bitmap.height))
    return bitmap.width, bitmap.height, b"".join(rows)


@needs_tesseract
def test_the_text_of_a_picture_is_recognised(tmp_path: Path) -> None:
    width, height, grey = printed("Fifteen days of leave")
    rows = b"".join(b"\0" + grey[y * width : (y + 1) * width] for y in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    png = b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks
    )
    document = loaded(tmp_path, "a.png", b"\x89PNG\r\n\x1a\n" + png)
    assert document.text == "Fifteen days of leave"
    assert "recognised" in document.notices[0]


@needs_tesseract
def test_a_scanned_page_is_recognised_and_named(tmp_path: Path) -> None:
    width, height, grey = printed("Fifteen days of leave")
    content = pdf("q 612 0 0 792 0 0 cm /I Do Q", picture=grey, size=(width, height))
    document = loaded(tmp_path, "a.pdf", content)
    assert places(document) == [("page", "1", "Fifteen days of leave")]
    assert "recognised" in document.notices[0]


@needs_tesseract
def test_a_picture_that_is_none_is_refused(tmp_path: Path) -> None:
    assert "recognised" in reason(tmp_path, "a.png", b"\x89PNG\r\n\x1a\n" + bytes(60))
