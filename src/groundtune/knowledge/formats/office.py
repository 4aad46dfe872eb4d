"""PDF and DOCX to Markdown, in a process of its own with limits on time and memory.

A parser that hangs, crashes or eats memory on a strange file takes its own process with it and nothing else. Run as a
module it is that process: `python -m groundtune.knowledge.formats.office pdf FILE` prints one JSON object.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

from groundtune.errors import BadDocument
from groundtune.i18n import t

SECONDS = 180
MEMORY_BYTES = 4 << 30

_PAGE_NOISE = re.compile(r"^[ \t]*(?:<!--.*?-->|\[bookmark: [^\]\n]*\])[ \t]*$|^<!--[^\n]*$|^-->[ \t]*$", re.MULTILINE)


def read_office(kind: str, path: Path, *, seconds: float = SECONDS) -> str:
    """The text of a PDF ("pdf") or Word file ("docx"). Raises BadDocument with the reason when there is none."""
    command = [sys.executable, "-m", __name__, kind, str(path.resolve())]
    try:
        done = subprocess.run(command, capture_output=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired as error:
        raise BadDocument(
            t("Reading took longer than {seconds} seconds.", seconds=round(seconds)), path=path
        ) from error
    try:
        result = json.loads(done.stdout)
    except ValueError as error:
        raise BadDocument(
            t("The file made its reader fail (exit code {code}); it may be damaged or too big.", code=done.returncode),
            path=path,
        ) from error
    problem = result.get("problem")
    if problem == "encrypted":
        raise BadDocument(t("The file is encrypted. Remove its password first."), path=path)
    if problem == "scanned":
        raise BadDocument(t("The PDF has no text; it may be scanned. Run text recognition on it first."), path=path)
    if problem is not None:
        raise BadDocument(t("The file is damaged: {error}", error=problem), path=path)
    return str(result["text"])


def _pdf(path: str) -> dict[str, str]:
    import pypdfium2

    try:
        pdf = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        return {"problem": "encrypted" if "password" in str(error).lower() else str(error)}
    plain = "\n\n".join(page.get_textpage().get_text_bounded() for page in pdf)
    if not plain.strip():
        return {"problem": "scanned"}
    text = _structured(path)
    return {"text": text if _letters(text) >= 0.8 * _letters(plain) else plain}


def _docx(path: str) -> dict[str, str]:
    text = _structured(path)
    author, _, rest = text.partition("\n")
    return {"text": rest if author.startswith("Author: ") else text}


def _structured(path: str) -> str:
    """With headings and tables, as dochan recognises them; empty where it fails."""
    import dochan

    try:
        markdown = dochan.Dochan(path, include_assets=True).to_markdown()
    except Exception as error:  # any error of a parser on a strange file means the same: no structure to be had
        print(error, file=sys.stderr)
        return ""
    words = _PAGE_NOISE.sub("", markdown)
    words = re.sub(r"^(#{1,6} )\*\*(.+?)\*\*[ \t]*$", r"\1\2", words, flags=re.MULTILINE)
    return re.sub(r"\n{3,}", "\n\n", words).strip()


def _letters(text: str) -> int:
    return sum(letter.isalnum() for letter in text)


def main() -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    kind, path = sys.argv[1:]
    try:
        result = _pdf(path) if kind == "pdf" else _docx(path)
    except MemoryError:
        result = {"problem": t("reading it needs too much memory")}
    sys.stdout.write(json.dumps(result))


if __name__ == "__main__":
    main()
