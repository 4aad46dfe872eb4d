"""What a packed file holds (ZIP or OLE), told from its members, and whether it is fit to be unpacked.

Reads lists of names and sizes, no contents but a mark or two. Knows nothing of texts.
"""

from __future__ import annotations

import mmap
import re
import zipfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from groundtune.i18n import t
from groundtune.knowledge.formats.reading import Limits, Unreadable

_TEXT = re.compile(r"\.(?:xml|rels|vml|x?html?|opf|ncx|css|txt)$", re.IGNORECASE)
_RATIO = 300
_SMALL = 16 << 20
"""A member below this may be packed as tightly as it likes."""


def zip_kind(path: str, limits: Limits) -> str:
    """ "docx", "pptx", "xlsx", "hwpx" or "epub". Raises Unreadable for any other archive, and for a bomb."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            _refuse_bombs(members, limits)
            names = {member.filename for member in members}
            mark = archive.read("mimetype")[:64].strip() if _is_small(members, "mimetype") else b""
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError) as error:
        raise Unreadable(t("The file is damaged: {error}", error=error)) from error
    except RuntimeError as error:  # what zipfile raises for a member that needs a password
        raise Unreadable(t("The file is encrypted. Remove its password first.")) from error
    for kind, member in (("docx", "word/document.xml"), ("pptx", "ppt/presentation.xml"), ("xlsx", "xl/workbook.xml")):
        if member in names:
            return kind
    if mark == b"application/hwp+zip":
        return "hwpx"
    if mark == b"application/epub+zip" or "META-INF/container.xml" in names:
        return "epub"
    raise Unreadable(t("This is a ZIP archive, but no document. Unpack it and add what it holds."))


def _is_small(members: Sequence[zipfile.ZipInfo], name: str) -> bool:
    return any(member.filename == name and member.file_size <= 256 for member in members)


def _refuse_bombs(members: Sequence[zipfile.ZipInfo], limits: Limits) -> None:
    if len(members) > limits.members:
        raise Unreadable(
            t("It holds {count} files within; above {limit} it is not read.", count=len(members), limit=limits.members)
        )
    if any(member.flag_bits & 1 for member in members):
        raise Unreadable(t("The file is encrypted. Remove its password first."))
    twice = [name for name, count in Counter(member.filename for member in members).items() if count > 1]
    if twice:
        raise Unreadable(t("The file is damaged: {error}", error=t("it holds {name} twice", name=twice[0])))
    texts = sum(member.file_size for member in members if _TEXT.search(member.filename))
    if texts > limits.unpacked_bytes:
        raise Unreadable(
            t(
                "Unpacked it would hold {size} MB of text; above {limit} MB it is not read.",
                size=texts >> 20,
                limit=limits.unpacked_bytes >> 20,
            )
        )
    for member in members:
        if member.file_size > _SMALL and member.file_size > _RATIO * max(member.compress_size, 1):
            raise Unreadable(
                t(
                    "{name} within it unpacks to {ratio} times its size: it is made to swell, and is not read.",
                    name=member.filename,
                    ratio=member.file_size // max(member.compress_size, 1),
                )
            )


def ole_kind(path: str) -> str:
    """ "hwp". Raises Unreadable for what else comes in an OLE file: what is encrypted, and Office before 2007."""
    with Path(path).open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        if content.find(_utf16("EncryptedPackage")) >= 0:
            raise Unreadable(t("The file is encrypted. Remove its password first."))
        if content.find(b"HWP Document File") >= 0 and content.find(_utf16("BodyText")) >= 0:
            return "hwp"
    raise Unreadable(t("This is an old Office file. Save it as DOCX, XLSX, PPTX or PDF."))


def _utf16(name: str) -> bytes:
    return name.encode("utf-16-le")
