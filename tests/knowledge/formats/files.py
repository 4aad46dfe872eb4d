"""Small office files, written by hand so that a test says all that is in them."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from io import BytesIO
from itertools import pairwise
from xml.sax.saxutils import escape

_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_A = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
_P = f'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" xmlns:r="{_OFFICE}" {_A}'
_S = f'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="{_OFFICE}"'

Table = Sequence[Sequence[str]]


def zipped(members: Mapping[str, str | bytes]) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def related(*targets: str) -> str:
    """The relationships rId1, rId2, … of a part; the kind of each is its file's name without digits."""
    kinds = {"document": "officeDocument", "presentation": "officeDocument", "workbook": "officeDocument"}
    rows = []
    for number, target in enumerate(targets, start=1):
        stem = target.rpartition("/")[2].partition(".")[0].rstrip("0123456789")
        kind = kinds.get(stem, {"sheet": "worksheet"}.get(stem, stem))
        rows.append(f'<Relationship Id="rId{number}" Type="{_OFFICE}/{kind}" Target="{target}"/>')
    return f'<Relationships xmlns="{_PACKAGE}">{"".join(rows)}</Relationships>'


def docx(body: str, **more: str) -> bytes:
    """`body` is what stands in w:body; `more` holds further members of word/, by their stem."""
    return zipped(
        {
            "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
            "_rels/.rels": related("word/document.xml"),
            "word/_rels/document.xml.rels": related(*(f"{name}.xml" for name in more)),
            "word/document.xml": f"<w:document {_W}><w:body>{body}</w:body></w:document>",
            **{f"word/{name}.xml": content for name, content in more.items()},
        }
    )


def run(text: str, properties: str = "") -> str:
    return f"<w:r><w:rPr>{properties}</w:rPr><w:t xml:space='preserve'>{escape(text)}</w:t></w:r>"


def paragraph(*runs: str, properties: str = "") -> str:
    return f"<w:p><w:pPr>{properties}</w:pPr>{''.join(runs)}</w:p>"


def pptx(slides: Sequence[tuple[str, str | Table]], hidden: Sequence[int] = ()) -> bytes:
    """Slides with a title and a text or a table each; `hidden` holds numbers of slides, from 1."""
    members: dict[str, str | bytes] = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        "_rels/.rels": related("ppt/presentation.xml"),
        "ppt/_rels/presentation.xml.rels": related(*(f"slides/slide{n}.xml" for n, _ in enumerate(slides, start=1))),
    }
    listed = "".join(f'<p:sldId id="{255 + n}" r:id="rId{n}"/>' for n, _ in enumerate(slides, start=1))
    members["ppt/presentation.xml"] = f"<p:presentation {_P}><p:sldIdLst>{listed}</p:sldIdLst></p:presentation>"
    for number, (title, content) in enumerate(slides, start=1):
        show = ' show="0"' if number in hidden else ""
        inner = _shape("title", title) + (_shape("body", content) if isinstance(content, str) else _frame(content))
        members[f"ppt/slides/slide{number}.xml"] = (
            f"<p:sld {_P}{show}><p:cSld><p:spTree><p:nvGrpSpPr/><p:grpSpPr/>{inner}</p:spTree></p:cSld></p:sld>"
        )
    return zipped(members)


def _shape(kind: str, text: str) -> str:
    lines = "".join(f"<a:p><a:r><a:t>{escape(line)}</a:t></a:r></a:p>" for line in text.split("\n"))
    named = f'<p:nvSpPr><p:cNvPr id="2" name="{kind}"/><p:cNvSpPr/><p:nvPr><p:ph type="{kind}"/></p:nvPr></p:nvSpPr>'
    return f"<p:sp>{named}<p:spPr/><p:txBody><a:bodyPr/>{lines}</p:txBody></p:sp>"


def _frame(table: Table) -> str:
    cell = "<a:tc><a:txBody><a:bodyPr/><a:p><a:r><a:t>{}</a:t></a:r></a:p></a:txBody></a:tc>"
    rows = "".join(f'<a:tr h="1">{"".join(cell.format(escape(word)) for word in row)}</a:tr>' for row in table)
    named = (
        '<p:nvGraphicFramePr><p:cNvPr id="4" name="t"/><p:cNvGraphicFramePr/><p:nvPr/></p:nvGraphicFramePr><p:xfrm/>'
    )
    kind = "http://schemas.openxmlformats.org/drawingml/2006/table"
    inner = f'<a:graphic><a:graphicData uri="{kind}"><a:tbl>{rows}</a:tbl></a:graphicData></a:graphic>'
    return f"<p:graphicFrame>{named}<p:xfrm/>{inner}</p:graphicFrame>"


def xlsx(sheets: Mapping[str, Table], hidden: Sequence[str] = ()) -> bytes:
    members: dict[str, str | bytes] = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        "_rels/.rels": related("xl/workbook.xml"),
        "xl/_rels/workbook.xml.rels": related(*(f"worksheets/sheet{n}.xml" for n, _ in enumerate(sheets, start=1))),
    }
    listed = []
    for number, (name, table) in enumerate(sheets.items(), start=1):
        state = ' state="hidden"' if name in hidden else ""
        listed.append(f'<sheet name="{escape(name)}" sheetId="{number}"{state} r:id="rId{number}"/>')
        rows = []
        for y, row in enumerate(table, start=1):
            cells = "".join(
                f'<c r="{chr(65 + x)}{y}" t="inlineStr"><is><t>{escape(word)}</t></is></c>'
                for x, word in enumerate(row)
            )
            rows.append(f'<row r="{y}">{cells}</row>')
        members[f"xl/worksheets/sheet{number}.xml"] = (
            f"<worksheet {_S}><sheetData>{''.join(rows)}</sheetData></worksheet>"
        )
    members["xl/workbook.xml"] = f"<workbook {_S}><sheets>{''.join(listed)}</sheets></workbook>"
    return zipped(members)


def epub(pages: Mapping[str, str], title: str = "A book", **more: str) -> bytes:
    items = "".join(f'<item id="{name}" href="{name}" media-type="application/xhtml+xml"/>' for name in pages)
    spine = "".join(f'<itemref idref="{name}"/>' for name in pages)
    named = f'<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{title}</dc:title></metadata>'
    return zipped(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": (
                '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
                '<rootfile full-path="OEBPS/book.opf" media-type="application/oebps-package+xml"/>'
                "</rootfiles></container>"
            ),
            "OEBPS/book.opf": (
                f'<package xmlns="http://www.idpf.org/2007/opf">{named}'
                f"<manifest>{items}</manifest><spine>{spine}</spine></package>"
            ),
            **{f"OEBPS/{name}": f"<html><body>{content}</body></html>" for name, content in pages.items()},
            **more,
        }
    )


def hwpx(paragraphs: Sequence[str | Table], header: str = "", section: str = "") -> bytes:
    """`header` is what the header says of looks, `section` further paragraphs as they stand in the file."""
    named = (
        'xmlns:hp="http://www.hancom.co.kr/hwpml/2011/paragraph" xmlns:hs="http://www.hancom.co.kr/hwpml/2011/section"'
    )
    inner = "".join(f"<hp:p>{_hwpx_run(content)}</hp:p>" for content in paragraphs)
    manifest = (
        '<opf:package xmlns:opf="http://www.idpf.org/2007/opf/"><opf:manifest>'
        '<opf:item id="header" href="Contents/header.xml" media-type="application/xml"/>'
        '<opf:item id="section0" href="Contents/section0.xml" media-type="application/xml"/></opf:manifest>'
        '<opf:spine><opf:itemref idref="section0"/></opf:spine></opf:package>'
    )
    return zipped(
        {
            "mimetype": "application/hwp+zip",
            "Contents/content.hpf": manifest,
            "Contents/section0.xml": f"<hs:sec {named}>{inner}{section}</hs:sec>",
            "Contents/header.xml": (
                '<hh:head xmlns:hh="http://www.hancom.co.kr/hwpml/2011/head" '
                f'xmlns:hc="http://www.hancom.co.kr/hwpml/2011/core">{header}</hh:head>'
            ),
        }
    )


def _hwpx_run(content: str | Table) -> str:
    if isinstance(content, str):
        return f"<hp:run><hp:t>{escape(content)}</hp:t></hp:run>"
    rows = "".join(
        "<hp:tr>"
        + "".join(
            f"<hp:tc><hp:subList><hp:p><hp:run><hp:t>{escape(word)}</hp:t></hp:run></hp:p></hp:subList>"
            f'<hp:cellAddr colAddr="{x}" rowAddr="{y}"/><hp:cellSpan colSpan="1" rowSpan="1"/></hp:tc>'
            for x, word in enumerate(row)
        )
        + "</hp:tr>"
        for y, row in enumerate(content)
    )
    return f'<hp:run><hp:tbl rowCnt="{len(content)}" colCnt="{len(content[0])}">{rows}</hp:tbl></hp:run>'


def hwp(paragraphs: Sequence[str | Table], flags: int = 1, tiny: str | None = None) -> bytes:
    """HWP 5. `flags` of its header: 1 packed, 2 encrypted. The paragraph `tiny` is printed at half a point."""
    header = b"HWP Document File".ljust(32, b"\0") + bytes([0, 0, 0, 5]) + struct.pack("<I", flags)
    section = b"".join(
        _hwp_paragraph(content, 0, look=int(content == tiny)) if isinstance(content, str) else _hwp_table(content)
        for content in paragraphs
    )
    properties = _record(16, 0, struct.pack("<H", 1) + bytes(24))
    looks = b"".join(_record(21, 1, bytes(42) + struct.pack("<i", size) + bytes(28)) for size in (1000, 50))
    return compound(
        {
            "FileHeader": header.ljust(256, b"\0"),
            "DocInfo": _deflated(properties + looks),
            "BodyText": {"Section0": _deflated(section)},
        }
    )


def _deflated(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


def _record(tag: int, level: int, data: bytes) -> bytes:
    assert len(data) < 0xFFF
    return struct.pack("<I", tag | level << 10 | len(data) << 20) + data


def _hwp_paragraph(text: str, level: int, control: bytes = b"", look: int = 0) -> bytes:
    raw = control + f"{text}\r".encode("utf-16-le")
    header = struct.pack("<IIHBBHHHI", len(raw) // 2, 0, 0, 0, 0, 0, 0, 0, 0)
    return (
        _record(66, level, header) + _record(67, level + 1, raw) + _record(68, level + 1, struct.pack("<II", 0, look))
    )


def _hwp_table(table: Table) -> bytes:
    mark = struct.pack("<H4s8sH", 11, b" lbt", bytes(8), 11)
    size = struct.pack("<IHH", 0, len(table), len(table[0])) + bytes(10 + 2 * len(table) + 2)
    out = _hwp_paragraph("", 0, control=mark) + _record(71, 1, b" lbt" + bytes(42)) + _record(77, 2, size)
    for y, row in enumerate(table):
        for x, word in enumerate(row):
            out += _record(72, 2, struct.pack("<HIHHHHH", 1, 0, 0, x, y, 1, 1) + bytes(20)) + _hwp_paragraph(word, 2)
    return out


def compound(tree: Mapping[str, bytes | Mapping[str, bytes]]) -> bytes:
    """An OLE file of 512-byte sectors; streams below 4,096 bytes lie in the mini stream, as the format asks."""
    entries: list[dict[str, object]] = [{"name": "Root Entry", "kind": 5, "start": -2, "size": 0, "child": 0}]
    mini, mini_table = b"", []

    def add(name: str, content: bytes | Mapping[str, bytes]) -> int:
        nonlocal mini
        index = len(entries)
        if isinstance(content, bytes):
            assert 0 < len(content) < 4096
            start, count = len(mini) // 64, -(-len(content) // 64)
            mini += content.ljust(count * 64, b"\0")
            mini_table.extend([*range(start + 1, start + count), -2])
            entries.append({"name": name, "kind": 2, "start": start, "size": len(content), "child": -1})
            return index
        entry: dict[str, object] = {"name": name, "kind": 1, "start": 0, "size": 0, "child": -1}
        entries.append(entry)
        entry["child"] = chain(content)
        return index

    def chain(content: Mapping[str, bytes | Mapping[str, bytes]]) -> int:
        """Siblings, each to the right of the one before; the format's readers don't ask for a balanced tree."""
        places = [add(name, content[name]) for name in sorted(content, key=lambda name: (len(name), name.upper()))]
        for left, right in pairwise(places):
            entries[left]["right"] = right
        return places[0]

    entries[0]["child"] = chain(tree)
    directory = b"".join(_entry(entry) for entry in entries)
    sectors = [directory, struct.pack(f"<{len(mini_table)}i", *mini_table), mini]
    sectors = [part.ljust(-(-len(part) // 512) * 512, b"\xff" if i == 1 else b"\0") for i, part in enumerate(sectors)]
    table, starts = [-3], []
    for part in sectors:
        starts.append(len(table))
        table.extend([*range(len(table) + 1, len(table) + len(part) // 512), -2])
    assert len(table) <= 128
    directory = bytearray(sectors[0])
    struct.pack_into("<iQ", directory, 116, starts[2], len(mini))
    header = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(16)
    header += struct.pack("<HHHHH6xIIiIIiIiI", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, starts[0], 0, 4096, starts[1], 1, -2, 0)
    header += struct.pack("<i", 0) + b"\xff" * 432
    fat = struct.pack(f"<{len(table)}i", *table).ljust(512, b"\xff")
    return header + fat + bytes(directory) + sectors[1] + sectors[2]


def _entry(entry: Mapping[str, object]) -> bytes:
    name = str(entry["name"]).encode("utf-16-le") + b"\0\0"
    return (
        name.ljust(64, b"\0")
        + struct.pack("<HBB", len(name), entry["kind"], 1)
        + struct.pack("<iii", -1, entry.get("right", -1), entry["child"])
        + bytes(36)
        + struct.pack("<iQ", entry["start"], entry["size"])
    )
