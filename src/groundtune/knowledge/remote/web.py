"""Files by http and https, and pages that list files: one request at a time, each to a machine that was looked at.

Requests are sent by a transport of httpx, below its client: a client follows redirects by itself and writes every
address, with its query, to the log. A page that is named with a slash at its end is read as a listing; the files are
what it links to below itself.
"""

from __future__ import annotations

import base64
import html
import logging
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urljoin, urlsplit
from urllib.request import getproxies, proxy_bypass

from groundtune.i18n import t
from groundtune.knowledge.remote.address import SAFE, Address
from groundtune.knowledge.remote.fetch import (
    Bounds,
    Copy,
    Entry,
    Gone,
    Interrupted,
    Signature,
    file_name,
    keep,
    too_big,
)
from groundtune.knowledge.remote.guard import Unreached, look_up

if TYPE_CHECKING:
    import httpx

_REDIRECTS = frozenset((301, 302, 303, 307, 308))
_MOST_REDIRECTS = 5
_PAGE_BYTES = 8 << 20
_DEEPEST = 12
_LINK = re.compile(
    r"""<a\b[^<>]{0,500}?\bhref\s{0,8}=\s{0,8}(?:"([^"<>]{1,2000})"|'([^'<>]{1,2000})'|([^\s"'<>]{1,2000}))""",
    re.IGNORECASE,
)
"""Bounded everywhere: a page can't make it search for long."""
_SUFFIX_OF = {
    "text/html": ".html",
    "text/markdown": ".md",
    "text/plain": ".txt",
    "application/pdf": ".pdf",
    "application/x-ndjson": ".jsonl",
    "application/jsonl": ".jsonl",
}
_LOGS = ("httpcore.connection", "httpcore.http11", "httpcore.proxy")


class Web:
    """What one address of http or https names."""

    def __init__(self, address: Address, bounds: Bounds) -> None:
        self._address, self._bounds, self._closed = address, bounds, False
        self._transports: dict[tuple[str, str, int], httpx.HTTPTransport] = {}

    def files(self) -> Iterator[Entry]:
        if not self._address.is_folder:
            yield Entry(self._address, self._address.document_id)
            return
        waiting, seen = [""], {""}
        while waiting:
            folder = waiting.pop(0)
            for path in self._links(folder):
                if path in seen:
                    continue
                seen.add(path)
                if len(seen) > self._bounds.max_files:
                    raise Unreached(t("It lists more than {limit} files.", limit=self._bounds.max_files))
                if not path.endswith("/"):
                    yield Entry(self._address.below(path), unquote(path))
                elif path.count("/") <= _DEEPEST:
                    waiting.append(path)

    def fetch(self, entry: Entry, known: Signature, folder: Path) -> Copy | None:
        with self._asking(entry.address, known) as reply:
            if reply.status_code == 304 and known != Signature():
                return None
            _refuse_unless_found(reply)
            size = reply.headers.get("content-length", "")
            if size.isdigit() and int(size) > self._bounds.max_bytes:
                raise Unreached(too_big(int(size), self._bounds))
            name = file_name(entry.address.file_name)
            if "." not in name:
                name += _SUFFIX_OF.get(reply.headers.get("content-type", "").partition(";")[0], "")
            path = folder / name
            length, sha256 = keep(reply.iter_bytes(), path, self._bounds)
            if sha256 == known.sha256:
                path.unlink()
                return None
            return Copy(path, Signature(reply.headers.get("etag"), _modified(reply), length, sha256))

    def is_gone(self, address: Address) -> bool:
        with self._asking(address, Signature()) as reply:
            return reply.status_code in (404, 410)

    def close(self) -> None:
        self._closed = True
        for transport in list(self._transports.values()):
            transport.close()

    def _links(self, folder: str) -> Iterator[str]:
        """Paths below the address, as they are written there, to which the page at `folder` links."""
        with self._asking(self._address.below(folder), Signature()) as reply:
            _refuse_unless_found(reply)
            page = bytearray()
            for chunk in reply.iter_bytes():
                page += chunk
                if len(page) > _PAGE_BYTES:
                    raise Unreached(too_big(len(page), Bounds(_PAGE_BYTES)))
        if not reply.headers.get("content-type", "text/html").startswith(("text/html", "application/xhtml")):
            raise Unreached(t("It ends in a slash but is no page that lists files. Name each file."))
        here = str(reply.extensions["asked"])
        here = here[: here.rindex("/") + 1]
        for match in _LINK.finditer(page.decode("utf-8", errors="replace")):
            try:
                link = urlsplit(urljoin(here, html.unescape(next(filter(None, match.groups())))))
            except ValueError:
                continue
            whole = quote(link._replace(query="", fragment="").geturl(), safe=SAFE)
            path = whole.removeprefix(here)
            parts = unquote(path).split("/")
            if path and path != whole and not link.query and not any(part.startswith((".", "~$")) for part in parts):
                yield folder + path

    @contextmanager
    def _asking(self, address: Address, known: Signature) -> Iterator[httpx.Response]:
        """The reply to a request for `address`, open; its `extensions["asked"]` is the address that gave it."""
        import httpx

        try:
            with _silent():
                reply = self._follow(address, _conditions(known))
            try:
                yield reply
            finally:
                reply.close()
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError, ValueError) as error:
            said = address.without_secrets(str(error)) or type(error).__name__
            raise Unreached(t("It could not be fetched: {error}", error=said)) from None

    def _follow(self, address: Address, conditions: Mapping[str, str]) -> httpx.Response:
        url, login, only_public = address.url, address.login, False
        for _ in range(_MOST_REDIRECTS + 1):
            if self._closed:
                raise Interrupted
            reply, is_public = self._send(url, login, conditions, only_public)
            if reply.status_code not in _REDIRECTS:
                reply.extensions["asked"] = quote(url.partition("?")[0], safe=SAFE)
                return reply
            reply.close()
            before, after = urlsplit(url), urlsplit(urljoin(url, reply.headers.get("location", "")))
            if after.scheme != before.scheme and (before.scheme, after.scheme) != ("http", "https"):
                raise Unreached(t("It leads to an address of another kind, {scheme}:.", scheme=after.scheme[:20]))
            url = after._replace(netloc=after.netloc.rpartition("@")[2], fragment="").geturl()
            only_public = only_public or is_public
            if (before.scheme, before.netloc) != (after.scheme, after.netloc):
                login = None
        raise Unreached(t("It leads on more than {count} times.", count=_MOST_REDIRECTS))

    def _send(
        self, url: str, login: tuple[str, str] | None, conditions: Mapping[str, str], only_public: bool
    ) -> tuple[httpx.Response, bool]:
        """The reply of one machine, and whether that is a public one."""
        import httpx

        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
        proxy = _proxy(parts.scheme, host)
        to, is_public = host, True
        if proxy is None or _is_of_this_machine(host):
            place = look_up(host, port, self._bounds.allowed_hosts, only_public=only_public)
            proxy = None if place.is_this_machine else proxy
            to, is_public = (place.address if proxy is None else host), place.is_public
        headers = {
            "Host": parts.netloc,
            "User-Agent": "groundtune",
            "Accept": "*/*",
            "Accept-Encoding": "identity",
            **conditions,
        }
        if login is not None:
            headers["Authorization"] = f"Basic {base64.b64encode(':'.join(login).encode()).decode()}"
        timeout = httpx.Timeout(self._bounds.silent_seconds).as_dict()
        where = f"{parts.scheme}://{f'[{to}]' if ':' in to else to}:{port}{parts.path or '/'}"
        request = httpx.Request(
            "GET",
            where + (f"?{parts.query}" if parts.query else ""),
            headers=headers,
            extensions={"timeout": timeout, "sni_hostname": host},
        )
        return self._transport(parts.scheme, host, port, proxy).handle_request(request), is_public

    def _transport(self, scheme: str, host: str, port: int, proxy: str | None) -> httpx.HTTPTransport:
        """One for each host: two hosts behind one IP address never share a connection."""
        import httpx

        key = (scheme, host, port)
        if key not in self._transports:
            try:
                self._transports[key] = httpx.HTTPTransport(proxy=proxy, trust_env=True)
            except (ImportError, ValueError) as error:
                raise Unreached(t("The proxy that the environment names can't be used here.")) from error
        return self._transports[key]


def _refuse_unless_found(reply: httpx.Response) -> None:
    status = reply.status_code
    if status in (404, 410):
        raise Gone
    if status in (401, 403):
        raise Unreached(t("The server lets nobody in without a login, or not with this one ({status}).", status=status))
    if status != 200:
        raise Unreached(t("The server answers with status {status}.", status=status))


def _conditions(known: Signature) -> dict[str, str]:
    given = {"If-None-Match": known.etag, "If-Modified-Since": known.modified}
    return {name: value for name, value in given.items() if value is not None}


def _modified(reply: httpx.Response) -> str | None:
    """When it was changed last, where that tells changes apart: it counts in seconds, and two may share one."""
    try:
        modified = parsedate_to_datetime(reply.headers["last-modified"])
        said = parsedate_to_datetime(reply.headers["date"])
    except (KeyError, ValueError):
        return None
    return str(reply.headers["last-modified"]) if said - modified >= timedelta(seconds=2) else None


def _proxy(scheme: str, host: str) -> str | None:
    """The proxy that the environment names. It resolves names itself, so that what they resolve to is its concern."""
    proxies = getproxies()
    found = proxies.get(scheme) or proxies.get("all")
    return None if not found or proxy_bypass(host) else found


def _is_of_this_machine(host: str) -> bool:
    """Whether a host is an IP address, however it is written, or a name that every machine has for itself."""
    last = host.rstrip(".").rpartition(".")[2].lower()
    return ":" in host or last.isdigit() or last.startswith("0x") or last == "localhost"


@contextmanager
def _silent() -> Iterator[None]:
    """Nothing of this thread's requests is logged: a redirect's address may hold somebody's key."""
    thread = threading.get_ident()

    def others(record: logging.LogRecord) -> bool:
        return record.thread != thread

    loggers = [logging.getLogger(name) for name in _LOGS]
    for logger in loggers:
        logger.addFilter(others)
    try:
        yield
    finally:
        for logger in loggers:
            logger.removeFilter(others)
