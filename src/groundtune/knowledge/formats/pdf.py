"""PDF to Markdown, page by page: headings and tables where they are recognised, plain text where not, OCR of scans.

A page comes as `pdf_lines` gathers it from what pdfium says of its letters, or as dochan has it where that finds a
table and keeps the words.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from itertools import count
from typing import Any

from groundtune.i18n import t
from groundtune.knowledge.formats.pdf_lines import Unseen, pages_as_paragraphs
from groundtune.knowledge.formats.reading import Alive, Limits, Part, Reading, Unreadable
from groundtune.knowledge.formats.seen import left_out_notice
from groundtune.knowledge.formats.seen_pdf import unseen

_PAGE_NOISE = re.compile(r"^[ \t]*(?:<!--.*?-->|\[bookmark: [^\]\n]*\])[ \t]*$|^<!--[^\n]*$|^-->[ \t]*$", re.MULTILINE)

_OUTLINE = re.compile(r"^[ \t]*- .*\(p\.\d+\)[ \t]*$", re.MULTILINE)
"""A line of the file's bookmarks."""
_MARKS = re.compile(r"[#*|\\]|(?<!\S)-+(?!\S)")
_TABLE = re.compile(r"^\|[ \t]*:?-", re.MULTILINE)
_WORDS_KEPT = 0.9


def read_pdf(path: str, limits: Limits, alive: Alive, *, structure: bool = True) -> Reading:
    """The pages that have text. Raises Unreadable for a file without any."""
    import pypdfium2

    try:
        pdf = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise Unreadable(t("The file is encrypted. Remove its password first.")) from error
        raise Unreadable(t("The file is damaged: {error}", error=error)) from error
    if len(pdf) > limits.pages:
        raise Unreadable(
            t("It has {count} pages; above {limit} it is not read. Split it.", count=len(pdf), limit=limits.pages)
        )
    notices: list[str] = []
    doctored: set[int] = set()
    plain = pages_as_paragraphs(pdf, alive, _watching(notices, doctored))
    scanned = [number for number, text in enumerate(plain, start=1) if not text.strip() and number not in doctored]
    recognised: dict[int, str] = {}
    if scanned:
        recognised = _recognise(pdf, scanned, limits, alive, notices)
    if len(scanned) == len(plain):
        pages = recognised
    else:
        structured = {n: text for n, text in _structured(path).items() if n not in doctored} if structure else {}
        whole = {number: _better(structured.get(number, ""), text) for number, text in enumerate(plain, start=1)}
        pages = whole | recognised
    parts = tuple(Part(pages[number], "page", str(number)) for number in sorted(pages) if pages[number].strip())
    if not parts:
        raise Unreadable(t("There is no text in it."))
    return Reading(parts, notices=tuple(notices))


def _watching(notices: list[str], doctored: set[int]) -> Unseen:
    """Finds what nobody sees on each page in turn, and notes it and the page's number."""
    numbers = count(1)

    def look(page: Any, textpage: Any) -> set[int]:
        number = next(numbers)
        left_out = unseen(page, textpage)
        if left_out:
            doctored.add(number)
            words = "".join(textpage.get_text_range(i, 1) if i in left_out else " " for i in _run(left_out))
            notices.append(left_out_notice(t("p. {page}", page=number), words))
        return left_out

    return look


def _run(indices: set[int]) -> range:
    return range(min(indices), max(indices) + 1)


def _better(structured: str, plain: str) -> str:
    """`structured` where it found a table, without losing words of `plain` or running them together."""
    if not _TABLE.search(structured):
        return plain
    words, found = (Counter(_MARKS.sub(" ", text).split()) for text in (plain, structured))
    return structured if (words & found).total() >= _WORDS_KEPT * words.total() else plain


def _structured(path: str) -> dict[int, str]:
    """Each page with headings and tables, as dochan recognises them; empty where it fails."""
    from dochan import Dochan

    from groundtune.knowledge.formats.office import markdown, take_out_comments

    pages: dict[int, str] = {}
    try:
        document = Dochan(path).doc
        take_out_comments(document)
        for section in document.sections:
            number = section.provenance.page if section.provenance is not None else None
            if number is not None:
                words = _OUTLINE.sub("", _PAGE_NOISE.sub("", markdown(document, [section])))
                pages[number] = re.sub(r"\n{3,}", "\n\n", f"{pages.get(number, '')}\n\n{words}").strip()
    except Exception as error:  # any error of a parser on a strange file means the same: no structure to be had
        print(error, file=sys.stderr)
        return {}
    return pages


def _recognise(pdf: Any, scanned: list[int], limits: Limits, alive: Alive, notices: list[str]) -> dict[int, str]:
    """The text of scanned pages. Raises Unreadable when the whole file is scanned and nothing here can recognise it."""
    from groundtune.knowledge.formats import ocr

    whole = len(scanned) == len(pdf)
    pictured = scanned if whole else [number for number in scanned if _has_picture(pdf[number - 1])]
    if not pictured:
        return {}
    if not ocr.is_available():
        if whole:
            raise Unreadable(ocr.how_to_install(t("The PDF has no text; it may be scanned.")))
        notices.append(
            ocr.how_to_install(
                t("{count} {count:|page has|pages have} no text; {count:|it|they} may be scanned.", count=len(pictured))
            )
        )
        return {}
    if len(pictured) > limits.recognised_pages:
        left = len(pictured) - limits.recognised_pages
        notices.append(
            t(
                "{count} scanned {count:|page was|pages were} left out; {limit} are recognised at most.",
                count=left,
                limit=limits.recognised_pages,
            )
        )
        pictured = pictured[: limits.recognised_pages]
    texts = {}
    for number in pictured:
        texts[number] = ocr.recognise_page(pdf[number - 1], limits)
        alive()
    notices.append(
        t("The text of {count} scanned {count:|page|pages} was recognised; it may hold errors.", count=len(pictured))
    )
    return texts


def _has_picture(page: Any) -> bool:
    import pypdfium2.raw as raw

    return any(found.type == raw.FPDF_PAGEOBJ_IMAGE for found in page.get_objects())
