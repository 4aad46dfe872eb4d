"""Bytes to text: UTF-8 first, then UTF-16 with its mark, then cp949; composed, with plain line ends."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

from groundtune.errors import BadDocument
from groundtune.i18n import t
from groundtune.knowledge.formats.reading import Unreadable

_HANGUL_OR_SIGN = re.compile(r"[가-힣ㄱ-ㆎ一-鿿　-〿！-￦①-⓿·×÷°§±…‘’“”]")
_ALL_BUT_COMPATIBILITY = re.compile(r"[^\uf900-\ufaff\U0002f800-\U0002fa1f]+")


def decode(data: bytes, path: Path) -> str:
    """The text of `data`, in the normal form that documents have. Raises BadDocument for what is no text."""
    try:
        return decode_bytes(data)
    except Unreadable as error:
        raise BadDocument(error.reason, path=path) from error


def decode_bytes(data: bytes) -> str:
    """As `decode`, for whoever has no path. Raises Unreadable."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        candidates = ["utf-16"]
    else:
        candidates = ["utf-8-sig", "cp949"]
    for encoding in candidates:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding == "cp949" and not _looks_korean(text):
            continue
        if "\0" in text:
            raise Unreadable(t("This is binary data, not text."))
        return normal(text)
    raise Unreadable(t("The text's encoding is neither UTF-8 nor cp949. Save it as UTF-8."))


def normal(text: str) -> str:
    """Hangul and accents composed (NFC), line ends as \\n, no byte-order mark: what every document's offsets count in.

    Compatibility ideographs, as in 辨濟金, stay as they are written, though NFC would replace them.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff")
    if unicodedata.is_normalized("NFC", text):
        return text
    return _ALL_BUT_COMPATIBILITY.sub(lambda run: unicodedata.normalize("NFC", run.group()), text)


def _looks_korean(text: str) -> bool:
    """cp949 reads many byte strings; Korean text is one whose signs beyond ASCII are Hangul or its punctuation."""
    beyond = [letter for letter in text if ord(letter) > 127]
    return len(_HANGUL_OR_SIGN.findall("".join(beyond))) >= 0.9 * len(beyond)
