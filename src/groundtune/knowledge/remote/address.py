"""What an address names, without the secrets that it may carry. Asks nobody.

A name, a password and a query let somebody in; they are used for asking and are never kept, shown or logged. A query
may also tell documents apart (`download?id=7`): a fingerprint of it stands in the name then, without the parameters
that only sign the address, which change from one day to the next.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from groundtune.errors import UsageError
from groundtune.i18n import t

SCHEMES = ("https", "http", "s3", "file")
_PORTS = {"http": 80, "https": 443}
_SIGNS = re.compile(
    r"x-(amz|goog|oss|cos|ms)-.*|sig|signature|.*token|key|api[-_]?key|key-pair-id|policy|expires|expiry|"
    r"awsaccesskeyid|googleaccessid|ossaccesskeyid|hmac|hdnts|auth.*|jwt|code|secret|password|pw",
    re.IGNORECASE,
)
"""Parameters that let in or sign, and say nothing of what is meant."""
_SHARED_ACCESS = {"sv", "ss", "srt", "sp", "se", "st", "spr", "sr", "sig", "sip", "skoid", "sktid", "skt", "ske", "sks"}
_SHARED_ACCESS |= {"skv", "sdd", "si"}
"""Of Azure's signatures, which are known by their `sig`."""
SAFE = "/%:@!$&'()*+,;=~-._"
"""What stays in an address as it is."""
_FOREIGN_LETTERS = re.compile(r"(?:%[89A-Fa-f][0-9A-Fa-f])+")


@dataclass(frozen=True, slots=True)
class Address:
    """One address. Its `repr` holds no secret."""

    name: str
    """As it is kept and shown: "https://host/handbook/leave.pdf"; the same from one day to the next."""
    scheme: str
    url: str = field(repr=False)
    """As it is asked for, the query with it; in ASCII."""
    login: tuple[str, str] | None = field(repr=False, default=None)
    """Name and password."""

    @property
    def is_folder(self) -> bool:
        """Whether its path ends as folders do. A bucket's folders are known by asking."""
        return (self.name if self.scheme == "s3" else urlsplit(self.url).path).endswith("/")

    def below(self, path: str) -> Address:
        """What lies at `path` below this folder, asked for with the same login and query. Letters may be foreign."""
        if self.scheme == "s3":
            name = f"{self.name.rstrip('/')}/{path}"
            return Address(name, "s3", name)
        folder, mark, fingerprint = self.name.partition("?")
        asked, question, query = self.url.partition("?")
        path = quote(path, safe=SAFE)
        shown = _FOREIGN_LETTERS.sub(_as_letters, path)
        return replace(self, name=folder + shown + mark + fingerprint, url=asked + path + question + query)

    @property
    def file_name(self) -> str:
        """The last part of the path, without a folder in it; "index" where there is none."""
        path = unquote(urlsplit(self.url).path) if self.scheme != "s3" else self.name
        return path.rstrip("/").rpartition("/")[2].replace("\\", "_").replace("\0", "") or "index"

    @property
    def document_id(self) -> str:
        """Of a document that is named by itself and states no id."""
        return self.file_name + self.name[len(self.name.partition("?")[0]) :]

    def without_secrets(self, text: str) -> str:
        """`text`, which somebody else wrote, with what this address keeps secret taken out."""
        secrets = [value for value in self.login or () if value]
        query = urlsplit(self.url).query if self.scheme != "s3" else ""
        secrets += [query, *(value for _, value in parse_qsl(query))]
        for secret in sorted(filter(None, secrets), key=len, reverse=True):
            text = text.replace(secret, "••••").replace(quote(secret, safe=""), "••••")
        return text


def is_address(text: str) -> bool:
    return re.match(r"[A-Za-z][A-Za-z0-9+.-]*:(//|:)", text) is not None


def read_address(text: str) -> Address:
    """Raises UsageError, which repeats nothing that may be a secret."""
    scheme = text.partition(":")[0].lower()
    if scheme not in SCHEMES or "://" not in text:
        known = ", ".join(f"{name}://" for name in SCHEMES)
        raise UsageError(
            t("Addresses that begin with {scheme}: are not read; {known} are.", scheme=scheme, known=known)
        )
    if scheme == "s3":
        return _of_a_bucket(text)
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
        host = host.encode("idna").decode() if not host.isascii() else host
    except ValueError as error:  # its words would repeat the address
        raise UsageError(_unreadable(scheme)) from error
    if not host or not text.isprintable():
        raise UsageError(_unreadable(scheme))
    where = f"[{host}]" if ":" in host else host
    where += f":{port}" if port and port != _PORTS.get(scheme) else ""
    path = quote(_without_dots(parts.path), safe=SAFE)
    shown = _FOREIGN_LETTERS.sub(_as_letters, path)
    login = (unquote(parts.username or ""), unquote(parts.password or "")) if "@" in parts.netloc else None
    query = quote(parts.query, safe="%=&+/?:@!$'()*,;~-._")
    return Address(
        name=f"{scheme}://{where}{shown}{_fingerprint(parts.query)}",
        scheme=scheme,
        url=f"{scheme}://{where}{path}" + (f"?{query}" if query else ""),
        login=login,
    )


def _of_a_bucket(text: str) -> Address:
    bucket, _, key = text.partition("://")[2].partition("/")
    if "@" in bucket or ":" in bucket:
        reason = t(
            "Keys don't belong in an s3:// address: processes and histories show them. Set AWS_ACCESS_KEY_ID and "
            "AWS_SECRET_ACCESS_KEY, or AWS_PROFILE."
        )
        raise UsageError(reason)
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{1,254}", bucket):
        raise UsageError(_unreadable("s3"))
    name = f"s3://{bucket}/{key}"
    return Address(name, "s3", name)


def _unreadable(scheme: str) -> str:
    example = "s3://BUCKET/FOLDER" if scheme == "s3" else f"{scheme}://HOST/FOLDER/FILE.pdf"
    return t("An address can't be read; write it as {example}.", example=example)


def _fingerprint(query: str) -> str:
    """ "?" and eight digits for what a query says of the document; nothing where it only lets in."""
    pairs = parse_qsl(query, keep_blank_values=True)
    shared = _SHARED_ACCESS if any(name == "sig" for name, _ in pairs) else set()
    telling = [(name, value) for name, value in pairs if not _SIGNS.fullmatch(name) and name not in shared]
    return "?" + hashlib.sha256(urlencode(telling).encode()).hexdigest()[:8] if telling else ""


def _without_dots(path: str) -> str:
    """`path`, which always begins at the root, without "." and ".." in it."""
    parts: list[str] = []
    for part in path.split("/")[1:]:
        if part == "..":
            parts = parts[:-1]
        elif part != ".":
            parts.append(part)
    return "/" + "/".join(parts)


def _as_letters(escaped: re.Match[str]) -> str:
    try:
        return unquote(escaped.group(), errors="strict")
    except UnicodeDecodeError:
        return escaped.group()
