"""Text of pictures and scanned pages, by the tesseract program where it is installed. Nothing is downloaded.

Korean and English. Knows nothing of documents.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import cache
from typing import Any

from groundtune.i18n import t
from groundtune.knowledge.formats.reading import Alive, Limits, Part, Reading, Unreadable

_DOTS_PER_INCH = 200


def is_available() -> bool:
    return shutil.which("tesseract") is not None


def how_to_install(found: str) -> str:
    """`found` says what needs recognition."""
    return t(
        "{found} To recognise it install tesseract with Korean data (Debian: apt install tesseract-ocr-kor), "
        "and add the file again.",
        found=found,
    )


def read_image(path: str, limits: Limits, alive: Alive) -> Reading:
    """The text of a picture, each page of a TIFF apart. Raises Unreadable when there is none."""
    if not is_available():
        raise Unreadable(how_to_install(t("This is a picture.")))
    pages = _tesseract([path, "stdout"], b"", limits).split("\f")
    alive()
    numbered = [(str(number), text.strip()) for number, text in enumerate(pages, start=1) if text.strip()]
    if not numbered:
        raise Unreadable(t("There is no text in it."))
    parts = tuple(Part(text, "page" if len(numbered) > 1 else None, number) for number, text in numbered)
    return Reading(parts, notices=(t("The text was recognised from a picture; it may hold errors."),))


def recognise_page(page: Any, limits: Limits) -> str:
    """The text of one page of a PDF, rendered in grey."""
    largest = 10_000  # a page whose box is made huge is rendered small, not refused
    scale = min(_DOTS_PER_INCH / 72, largest / max(*page.get_size(), 1))
    bitmap = page.render(scale=scale, grayscale=True)
    rows = memoryview(bitmap.buffer).cast("B")
    grey = b"".join(bytes(rows[y * bitmap.stride : y * bitmap.stride + bitmap.width]) for y in range(bitmap.height))
    picture = b"P5 %d %d 255\n" % (bitmap.width, bitmap.height) + grey
    return _tesseract(["stdin", "stdout", "--dpi", str(_DOTS_PER_INCH)], picture, limits).replace("\f", "").strip()


def _tesseract(arguments: list[str], picture: bytes, limits: Limits) -> str:
    command = ["tesseract", *arguments, "-l", "+".join(languages())]
    done = subprocess.run(
        command,
        input=picture,
        capture_output=True,
        timeout=limits.seconds,
        check=False,
        env=os.environ | {"OMP_THREAD_LIMIT": "1"},  # several threads are far slower on a busy machine
    )
    if done.returncode:
        words = done.stderr.decode(errors="replace").strip().splitlines()
        raise Unreadable(t("Its text could not be recognised: {error}", error=words[-1] if words else done.returncode))
    return done.stdout.decode("utf-8", errors="replace")


@cache
def languages() -> tuple[str, ...]:
    """Korean and English as far as they are installed; English alone always comes with tesseract."""
    listed = subprocess.run(["tesseract", "--list-langs"], capture_output=True, text=True, check=False)
    return tuple(name for name in ("kor", "eng") if name in listed.stdout.split()) or ("eng",)
