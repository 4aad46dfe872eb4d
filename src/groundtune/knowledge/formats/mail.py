"""A mail to text: who wrote to whom and when, the body, and the documents attached.

The body comes through the reader of HTML where it has one. Nothing is fetched; an attachment's name is shown and leads
nowhere.
"""

from __future__ import annotations

from email import message_from_bytes
from email.message import EmailMessage, MIMEPart
from email.policy import default
from pathlib import Path

from groundtune.errors import BadDocument
from groundtune.i18n import t
from groundtune.knowledge.formats.html import read_html
from groundtune.knowledge.formats.in_memory import as_file
from groundtune.knowledge.formats.plain import decode_bytes
from groundtune.knowledge.formats.reading import Alive, Limits, Part, Reading, Request, Unreadable

_DEEPEST = 3
"""Mails within mails."""
_MOST = 100
"""Attachments that are read."""
_HEADERS = ("From", "To", "Cc", "Date")
_KOREAN = frozenset({"euc-kr", "ks_c_5601-1987", "ks_c_5601", "ksc5601", "cp949", "windows-949", "x-windows-949"})


def read_mail(path: str, limits: Limits, alive: Alive) -> Reading:
    """Raises Unreadable when there is no text in it, or too much within it."""
    message = message_from_bytes(Path(path).read_bytes(), policy=default)
    assert isinstance(message, EmailMessage)
    return _reading(message, limits, alive, depth=0)


def _reading(message: EmailMessage, limits: Limits, alive: Alive, depth: int) -> Reading:
    title = _header(message, "Subject") or None
    attached = list(message.iter_attachments()) if message.is_multipart() else []
    lines = [f"{name}: {value}" for name in _HEADERS if (value := _header(message, name))]
    if attached:
        lines.append(t("Attached: {names}", names=", ".join(_name(part) for part in attached)))
    head = [f"# {title}"] if title else []
    body = _body(message)
    words = "\n\n".join(filter(None, [*head, "  \n".join(lines), body.parts[0].text]))
    parts, notices = [Part(words)], list(body.notices)
    if len(attached) > _MOST:
        notices.append(t("Of {count} attachments the first {limit} were read.", count=len(attached), limit=_MOST))
    for part in attached[:_MOST]:
        name = _name(part)
        try:
            inner = _attachment(part, name, limits, alive, depth)
        except Unreadable as error:
            notices.append(t("The attachment {name} was left out: {reason}", name=name, reason=error.reason))
            continue
        text = "\n\n".join(piece.text for piece in inner.parts)
        parts.append(Part(f"# {name}\n\n{text}", "attachment", name))
        notices.extend(f"{name}: {notice}" for notice in inner.notices)
    if not body.parts[0].text and len(parts) == 1:
        raise Unreadable("\n".join(notices) or t("There is no text in it."))
    return Reading(tuple(parts), title, tuple(notices))


def _body(message: EmailMessage) -> Reading:
    """One part, which may be empty."""
    plain = message.get_body(("plain",))
    page = message.get_body(("html",))
    if page is not None:
        reading = read_html(_decoded(page))
        if reading.parts[0].text or plain is None:
            return reading
    return Reading((Part(_decoded(plain).strip() if plain is not None else ""),))


def _decoded(part: MIMEPart) -> str:
    data = part.get_payload(decode=True)
    assert isinstance(data, bytes)
    charset = (part.get_content_charset() or "").lower()
    try:
        return data.decode("cp949" if charset in _KOREAN else charset or "utf-8")
    except (LookupError, UnicodeDecodeError):
        return decode_bytes(data)


def _attachment(part: MIMEPart, name: str, limits: Limits, alive: Alive, depth: int) -> Reading:
    from groundtune.knowledge.formats.properties import keys_of
    from groundtune.knowledge.formats.readers import read_path
    from groundtune.knowledge.formats.sniff import sniff
    from groundtune.knowledge.stated import is_guarded

    if part.get_content_type() == "message/rfc822":
        if depth == _DEEPEST:
            raise Unreadable(t("it is nested too deeply"))
        inner = part.get_payload(0)
        assert isinstance(inner, EmailMessage)
        return _reading(inner, limits, alive, depth + 1)
    data = part.get_payload(decode=True)
    if not isinstance(data, bytes) or not data:
        raise Unreadable(t("The file is empty."))
    with as_file(data, Path(name).suffix) as path:
        try:
            kind = sniff(path, named=Path(name).suffix)
        except BadDocument as error:
            raise Unreadable(error.reason) from error
        if kind == "mail":
            raise Unreadable(t("it is nested too deeply"))
        if kind in ("markdown", "text", "jsonl"):
            reading = Reading((Part(decode_bytes(data)),))
        else:
            reading = read_path(Request(kind, str(path), limits), alive)
        alive()
        for key in keys_of(kind, str(path)):
            if is_guarded(key):  # a mail is one document: who may read a part of it can't be kept
                raise Unreadable(t("it states “{key}”, which holds for a file of its own; add it as one", key=key))
        return reading


def _header(message: EmailMessage, name: str) -> str:
    try:
        raw = str(message.get(name, "")).encode("utf-8", "surrogateescape")  # old Korean mails have bare cp949 here
        return " ".join(decode_bytes(raw).split()) if raw.strip() else ""
    except (
        ValueError,
        LookupError,
        IndexError,
        Unreadable,
    ):  # some broken headers make the parser fail
        return ""


def _name(part: MIMEPart) -> str:
    stated = part.get_filename() or (t("a mail") if part.get_content_type() == "message/rfc822" else "")
    return Path(stated.replace("\\", "/")).name or part.get_content_type()
