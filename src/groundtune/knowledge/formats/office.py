"""Word, PowerPoint, Excel and Hangul files to Markdown, with the slide or sheet that each part comes from.

dochan reads them (MIT, pure Python, nothing else with it); what is here decides what of that is the document's text.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from groundtune.i18n import t
from groundtune.knowledge.formats.in_memory import as_file
from groundtune.knowledge.formats.reading import Part, Reading, Unreadable
from groundtune.knowledge.formats.seen import left_out_notice
from groundtune.knowledge.formats.seen_docx import seen_alone as seen_of_docx
from groundtune.knowledge.formats.seen_hwpx import seen_alone as seen_of_hwpx

_SEEN = {"docx": seen_of_docx, "hwpx": seen_of_hwpx}
_PROPERTIES = frozenset({"docProps/core.xml", "docProps/app.xml"})
_SMALLEST = 1.0
"""Points."""
_BOLD_HEADING = re.compile(r"^(#{1,6} )\*\*(.+?)\*\*[ \t]*$", re.MULTILINE)
_BOOKMARK = re.compile(r"\[bookmark: [^\]\n]*\] ?")
"""What dochan writes for a Hangul bookmark, which nobody sees."""
_COMMENT_MARK = re.compile(r"\[comment \d+\]")
_COMMENT = re.compile(r"\s*\[comment: .*\]\s*\Z", re.DOTALL)
"""What dochan puts into a cell or onto a slide."""
_OMITTED = "[nested table omitted: depth limit exceeded]"
_EMPTY_ROW = re.compile(r"^\|(?:[ \t]*\|)+\n(?!\|[ \t]*-)", re.MULTILINE)


def read_office(kind: str, path: str) -> Reading:
    """The text of a "docx", "pptx", "xlsx", "hwpx" or "hwp" file. Raises Unreadable when there is none."""
    from dochan import Dochan

    seen, notices = _SEEN[kind](path) if kind in _SEEN else (None, [])
    if seen is not None:
        with as_file(seen, f".{kind}") as copy:
            document = Dochan(str(copy), include_assets=kind != "hwpx").doc
    else:
        document = Dochan(path, include_assets=kind != "hwpx").doc
    if comments := take_out_comments(document):
        notices.append(t("{count} {count:|comment was|comments were} left out.", count=comments))
    if kind == "hwp" and (tiny := _take_out_tiny(document)):
        notices.append(left_out_notice("", tiny))
    if kind == "pptx":
        parts = _slides(document, path, notices)
    elif kind == "xlsx":
        parts = _sheets(document, notices)
    else:
        parts = [Part(markdown(document, document.sections))]
    problems = [str(error).removeprefix("ERR: ") for error in document.errors if str(error).startswith("ERR")]
    if any(_OMITTED in part.text for part in parts):
        problems.append(t("it is nested too deeply"))
        parts = [replace(part, text=part.text.replace(_OMITTED, "")) for part in parts]
    if not any(letter.isalnum() for part in parts for letter in part.text):
        raise Unreadable(_why(problems or ([] if document.sections else [t("nothing in it could be read")])))
    if problems:
        notices.append(t("Parts of it could not be read: {problem}", problem=problems[0]))
    title = Path(path).stem if kind == "xlsx" else None  # a sheet's name is not the whole file's
    return Reading(tuple(part for part in parts if part.text), title, tuple(notices))


def markdown(document: Any, sections: list[Any]) -> str:
    """Those sections of what dochan read, as Markdown, without the file's properties."""
    from dochan.output.markdown import to_markdown

    kept = [replace(section, elements=[e for e in section.elements if _is_text(e)]) for section in sections]
    words = to_markdown(replace(document, sections=kept))
    if document.source_format in ("hwp", "hwpx"):
        words = _BOOKMARK.sub("", words)
    words = _EMPTY_ROW.sub("", _BOLD_HEADING.sub(r"\1\2", words) + "\n")
    return re.sub(r"\n{3,}", "\n\n", words).strip()


def take_out_comments(document: Any) -> int:
    """Removes comments and the marks that lead to them: they are said about the text, and not seen on its pages."""
    comments = document.find_all("comment")
    gone = set(map(id, comments))
    for section in document.sections:
        section.elements = [element for element in section.elements if id(element) not in gone]
    for comment in comments:
        comment.paragraphs = []
    within = 0
    for paragraph in document.find_all("paragraph"):
        runs = [run for run in paragraph.runs if not _COMMENT_MARK.fullmatch(run.text.strip())]
        for run in runs:
            run.text, found = _COMMENT.subn("", run.text)
            within += found
        paragraph.runs = runs
    return len(comments) + within


def _take_out_tiny(document: Any) -> str:
    """Removes what is printed at a point or less, which is all that dochan says of how an HWP file looks."""
    words: list[str] = []
    for paragraph in document.find_all("paragraph"):
        unseen = [run for run in paragraph.runs if run.font_size_pt <= _SMALLEST and run.text.strip()]
        words.extend(run.text for run in unseen)
        paragraph.runs = [run for run in paragraph.runs if not any(run is other for other in unseen)]
    return " ".join(words)


def _is_text(element: Any) -> bool:
    return getattr(getattr(element, "provenance", None), "path", None) not in _PROPERTIES


def _slides(document: Any, path: str, notices: list[str]) -> list[Part]:
    parts = []
    for section in document.sections:
        place = section.provenance
        if place is not None and place.slide is not None and _is_hidden_slide(path, place.path):
            notices.append(t("Slide {number} is hidden and was left out.", number=place.slide))
        else:
            parts.append(Part(markdown(document, [section]), "slide", str(place.slide)))
    return parts


def _is_hidden_slide(path: str, member: str) -> bool:
    import zipfile

    with zipfile.ZipFile(path) as archive:
        start = archive.open(member).read(4096)
    root = re.search(rb"<(?:\w+:)?sld\b[^>]*>", start)
    return root is not None and re.search(rb"""\bshow\s*=\s*["'](?:0|false)["']""", root.group()) is not None


def _sheets(document: Any, notices: list[str]) -> list[Part]:
    parts = []
    for section in document.sections:
        name = str(section.provenance.sheet or "")
        if section.provenance.hidden:
            notices.append(t("The sheet “{name}” is hidden and was left out.", name=name))
            continue
        words = markdown(document, [section])
        if words and not words.startswith("#"):
            words = f"## {name}\n\n{words}"
        parts.append(Part(words, "sheet", name))
    return parts


def _why(problems: list[str]) -> str:
    if not problems:
        return t("There is no text in it.")
    if any("암호" in problem or "encrypt" in problem.lower() for problem in problems):
        return t("The file is encrypted. Remove its password first.")
    return t("The file is damaged: {error}", error=problems[0])
