"""PDFs with Korean text, written by hand: lines of a font that every reader knows, none embedded."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

Placed = tuple[float, float, float, str]
"""Left, foot, size, all in points, and the text of one line. A letter is as wide as it is high."""

_FONT = (
    "<< /Type /Font /Subtype /Type0 /BaseFont /HYSMyeongJo-Medium-UniKS-UTF16-H /Encoding /UniKS-UTF16-H "
    "/DescendantFonts [<< /Type /Font /Subtype /CIDFontType0 /BaseFont /HYSMyeongJo-Medium /DW 1000 "
    "/CIDSystemInfo << /Registry (Adobe) /Ordering (Korea1) /Supplement 1 >> "
    "/FontDescriptor << /Type /FontDescriptor /FontName /HYSMyeongJo-Medium /Flags 6 /Ascent 752 /Descent -271 "
    "/CapHeight 737 /ItalicAngle 0 /StemV 58 /FontBBox [0 -148 1001 880] >> >>] >>"
)


def write_pdf(path: Path, pages: Sequence[Sequence[Placed]]) -> Path:
    """A4 pages, 595 × 842 points."""
    kids = " ".join(f"{4 + 2 * i} 0 R" for i in range(len(pages)))
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>", _FONT]
    for i, lines in enumerate(pages):
        drawn = "\n".join(
            f"BT /F {size} Tf {left} {foot} Td <{text.encode('utf-16-be').hex()}> Tj ET"
            for left, foot, size, text in lines
        )
        objects.append(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F 3 0 R >> >> "
            f"/Contents {5 + 2 * i} 0 R >>"
        )
        objects.append(f"<< /Length {len(drawn)} >>\nstream\n{drawn}\nendstream")
    body = b"%PDF-1.5\n"
    places = []
    for number, content in enumerate(objects, start=1):
        places.append(len(body))
        body += f"{number} 0 obj\n{content}\nendobj\n".encode()
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    size = len(objects) + 1
    body += f"xref\n0 {size}\n0000000000 65535 f \n{table}trailer\n<< /Size {size} /Root 1 0 R >>\n".encode()
    path.write_bytes(body + f"startxref\n{body.rindex(b'xref')}\n%%EOF\n".encode())
    return path


def column(lines: Sequence[str], left: float, top: float, size: float = 10, leading: float = 15) -> list[Placed]:
    """Lines below each other; an empty one leaves the space of a paragraph."""
    return [(left, top - leading * i, size, text) for i, text in enumerate(lines) if text]
