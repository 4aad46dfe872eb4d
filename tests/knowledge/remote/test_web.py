"""Documents by http, from a real server on this machine: what is the same is not fetched, what is gone goes, what is
not known stays, and nothing leads where the person did not mean to go.
"""

from __future__ import annotations

import gzip
import itertools
import logging
import sqlite3
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
import trustme

from groundtune.knowledge.add import AddReport
from groundtune.progress import Silent
from groundtune.storage.documents import DocumentStore
from tests.knowledge.formats import files as made
from tests.knowledge.remote.conftest import LOCAL, Adding
from tests.knowledge.remote.file_server import Files, Reply, serving

LEAVE, TRAVEL = "# Leave\n\nFifteen days.", "# Travel\n\nBy train."


def handbook() -> Files:
    return Files({"/h/leave.md": LEAVE, "/h/sub/travel.md": TRAVEL, "/h/logo.png": b"\x89PNG", "/other/x.md": "# X"})


def reasons(report: AddReport) -> list[str]:
    return [refusal.reason for refusal in report.refused]


def test_a_file_goes_in_under_its_name_and_stays_the_same_document(run: Adding, store: DocumentStore) -> None:
    site = Files({"/h/leave.md": LEAVE})
    with serving(site) as server:
        assert run(f"{server.url}/h/leave.md?token=abc").added == ["leave.md"]
        (info,) = store.documents()
        assert (info.source, info.title) == (f"{server.url}/h/leave.md", "Leave")
        site.files["/h/leave.md"] = b"# Leave\n\nSixteen days."
        assert run(f"{server.url}/h/leave.md?token=another").updated == ["leave.md"]
    assert [revision.text[-13:] for revision in store.revisions("leave.md")] == ["Fifteen days.", "Sixteen days."]


def test_what_is_unchanged_is_asked_for_by_its_etag_and_not_sent_again(run: Adding) -> None:
    with serving(Files({"/leave.md": LEAVE})) as server:
        run(f"{server.url}/leave.md")
        assert run(f"{server.url}/leave.md").unchanged == ["leave.md"]
        assert "If-None-Match" not in server.requests[0][1]
        assert "If-None-Match" in server.requests[1][1]


def test_without_an_etag_what_is_unchanged_is_known_by_its_contents_and_not_read_again(
    run: Adding, store: DocumentStore
) -> None:
    with serving(Files({"/a.docx": made.docx(made.paragraph(made.run("Fifteen days.")))}, etags=False)) as server:
        run(f"{server.url}/a.docx")
        before = store.last_change()
        report = run(f"{server.url}/a.docx")
    assert (report.unchanged, report.revisions, store.last_change()) == (["a.docx"], 0, before)


@pytest.mark.parametrize(("seconds", "asked"), [(60, True), (0, False)])
def test_a_time_of_change_is_trusted_only_where_it_can_tell_two_changes_apart(
    run: Adding, seconds: int, asked: bool
) -> None:
    times = {
        "Date": "Sun, 22 Nov 2026 10:01:00 GMT",
        "Last-Modified": f"Sun, 22 Nov 2026 10:0{1 - seconds // 60}:00 GMT",
    }

    def reply(path: str, headers: Mapping[str, str]) -> Reply:
        return (304, times, b"") if "If-Modified-Since" in headers else (200, times, LEAVE.encode())

    with serving(reply) as server:
        run(f"{server.url}/leave.md")
        assert run(f"{server.url}/leave.md").unchanged == ["leave.md"]
        assert ("If-Modified-Since" in server.requests[1][1]) == asked


def test_another_version_of_groundtune_reads_what_is_unchanged_again(
    run: Adding, store: DocumentStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(Files({"/leave.md": LEAVE})) as server:
        run(f"{server.url}/leave.md")
        monkeypatch.setattr("groundtune.knowledge.remote.fetch.version", lambda name: "99.0")
        run(f"{server.url}/leave.md")
        assert ["If-None-Match" in headers for _, headers in server.requests] == [False, False]


def test_a_document_that_was_deleted_here_comes_back_when_it_is_added_again(run: Adding, store: DocumentStore) -> None:
    with serving(Files({"/leave.md": LEAVE})) as server:
        run(f"{server.url}/leave.md")
        store.delete("leave.md")
        assert run(f"{server.url}/leave.md").added == ["leave.md"]


def test_a_page_that_lists_files_is_a_folder(run: Adding, store: DocumentStore) -> None:
    with serving(handbook()) as server:
        report = run(f"{server.url}/h/")
        assert (report.added, report.passed_over) == (["leave.md", "sub/travel.md"], [f"{server.url}/h/logo.png"])
        assert [info.source for info in store.documents()] == [
            f"{server.url}/h/leave.md",
            f"{server.url}/h/sub/travel.md",
        ]
        assert "/other/x.md" not in [path for path, _ in server.requests]
        assert run(f"{server.url}/h/").unchanged == ["leave.md", "sub/travel.md"]


def test_foreign_letters_are_read_as_letters(run: Adding, store: DocumentStore) -> None:
    page = b'<a href="%EC%97%B0%EC%B0%A8%201.md">1</a>'

    def reply(path: str, headers: Mapping[str, str]) -> Reply:
        folder = path == "/%EA%B7%9C%EC%A0%95/"
        return (200, {"Content-Type": "text/html"}, page) if folder else (200, {}, LEAVE.encode())

    with serving(reply) as server:
        run(f"{server.url}/규정/")
        (info,) = store.documents()
        assert (info.id, info.source) == ("연차 1.md", f"{server.url}/규정/연차%201.md")


def test_what_the_server_says_is_gone_goes_when_it_is_pruned(run: Adding) -> None:
    site = handbook()
    with serving(site) as server:
        run(f"{server.url}/h/", f"{server.url}/other/x.md")
        del site.files["/h/sub/travel.md"], site.files["/other/x.md"]
        assert run(f"{server.url}/h/").removed == [], "nobody asked for it"
        report = run(f"{server.url}/h/", f"{server.url}/other/x.md", prune=True)
        assert (report.removed, report.refused) == (["sub/travel.md", "x.md"], [])


def test_what_the_page_no_longer_lists_and_the_server_still_has_stays(run: Adding, store: DocumentStore) -> None:
    site = handbook()
    hidden = False

    def reply(path: str, headers: Mapping[str, str]) -> Reply:
        if path == "/h/" and hidden:
            return 200, {"Content-Type": "text/html"}, b'<form>Log in</form><a href="leave.md">leave.md</a>'
        return site(path, headers)

    with serving(reply) as server:
        run(f"{server.url}/h/")
        hidden = True
        assert run(f"{server.url}/h/", prune=True).removed == []
    assert [info.id for info in store.documents()] == ["leave.md", "sub/travel.md"]


@pytest.mark.parametrize("status", [401, 403, 429, 500, 503])
@pytest.mark.parametrize("path", ["/h/", "/h/sub/", "/h/leave.md"])
def test_a_server_that_refuses_deletes_nothing(run: Adding, store: DocumentStore, status: int, path: str) -> None:
    site, refusing = handbook(), False

    def reply(asked: str, headers: Mapping[str, str]) -> Reply:
        if refusing and asked.startswith(path):
            return status, {}, b"no"
        return site(asked, headers)

    with serving(reply) as server:
        run(f"{server.url}/h/")
        refusing = True
        report = run(f"{server.url}/h/", prune=True)
        assert report.removed == []
        assert any(str(status) in reason for reason in reasons(report))


def test_a_server_that_is_not_there_deletes_nothing_and_is_told_of(run: Adding, store: DocumentStore) -> None:
    with serving(handbook()) as server:
        run(f"{server.url}/h/", f"{server.url}/other/x.md")
    report = run(f"{server.url}/h/", f"{server.url}/other/x.md", prune=True, allow_empty=True)
    assert (report.removed, len(store.documents())) == ([], 3)
    assert [refusal.path for refusal in report.refused] == [f"{server.url}/h/", f"{server.url}/other/x.md"]
    assert {row.path for row in store.refusals.all()} == {f"{server.url}/h/", f"{server.url}/other/x.md"}


def test_a_page_that_lists_nothing_any_more_is_not_believed_unless_it_is_allowed(run: Adding) -> None:
    site = handbook()
    with serving(site) as server:
        run(f"{server.url}/h/")
        site.files = {}
        report = run(f"{server.url}/h/", prune=True)
        assert report.removed == []
        assert "They were kept" in reasons(report)[0]
        assert run(f"{server.url}/h/", prune=True, allow_empty=True).removed == ["leave.md", "sub/travel.md"]


def test_an_address_without_anything_is_told_of(run: Adding) -> None:
    with serving(Files({})) as server:
        assert reasons(run(f"{server.url}/nowhere.md")) == ["There is nothing at this address."]


def test_a_redirect_is_followed_and_the_document_keeps_the_name_that_was_given(
    run: Adding, store: DocumentStore
) -> None:
    site = Files({"/new/leave.md": LEAVE})

    def reply(path: str, headers: Mapping[str, str]) -> Reply:
        return (302, {"Location": "/new/leave.md?signature=abc"}, b"") if path == "/leave.md" else site(path, headers)

    with serving(reply) as server:
        run(f"{server.url}/leave.md")
        (info,) = store.documents()
        assert (info.id, info.source) == ("leave.md", f"{server.url}/leave.md")


@pytest.mark.parametrize(
    "target",
    [
        "file:///etc/passwd",
        "ftp://127.0.0.1/x",
        "gopher://127.0.0.1:70/x",
        "http://169.254.169.254/latest/meta-data/",
        "http://[::ffff:169.254.169.254]/",
        "http://localhost:{port}/secret.md",
        "//0.0.0.0:{port}/secret.md",
        "/round-and-round.md",
        "http://[bad/secret.md",
        "http://127.0.0.1:99999999/secret.md",
        "http://\udcff.example/secret.md",
    ],
)
def test_a_redirect_leads_to_no_other_scheme_and_no_forbidden_machine(run: Adding, target: str) -> None:
    def reply(path: str, headers: Mapping[str, str]) -> Reply:
        if path == "/secret.md":
            return 200, {}, b"# Secret"
        return 302, {"Location": target.format(port=server.host.partition(":")[2])}, b""

    with serving(reply) as server:
        report = run(f"{server.url}/a.md")
        assert (report.added, len(report.refused)) == ([], 1)
        assert "/secret.md" not in [path for path, _ in server.requests]
        assert len(server.requests) <= 6


def test_a_proxy_that_the_environment_names_is_asked_and_resolves_the_name(
    run: Adding, store: DocumentStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(Files({"http://policies.example/leave.md": LEAVE})) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        assert run("http://policies.example/leave.md").added == ["leave.md"]
        hosts = ("169.254.169.254", "localhost", "localhost.", "127.1", "0x7f.1", "2130706433", "[::1]")
        report = run(*(f"http://{host}/leave.md" for host in hosts))
        assert (report.added, len(report.refused)) == ([], len(hosts))
        assert [path for path, _ in proxy.requests] == ["http://policies.example/leave.md"]
        with serving(Files({"/travel.md": TRAVEL})) as server:
            assert run(f"{server.url}/travel.md").added == ["travel.md"], "this machine needs no proxy"
        assert len(proxy.requests) == 1
    assert store.documents()[0].source == "http://policies.example/leave.md"


@pytest.mark.parametrize(("name", "goes_in"), [("localhost", True), ("another.example", False)])
def test_a_certificate_is_checked_for_the_name_that_was_given(
    run: Adding, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, goes_in: bool
) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    with serving(Files({"/leave.md": LEAVE}), context) as server:
        address = f"https://localhost:{server.host.partition(':')[2]}/leave.md"
        report = run(address, bounds=replace(LOCAL, allowed_hosts=frozenset({"localhost"})))
    assert (len(report.added), len(report.refused)) == (int(goes_in), int(not goes_in))
    assert goes_in or "certificate" in reasons(report)[0].lower()


def test_a_login_is_sent_to_the_server_it_is_for_and_to_no_other(run: Adding) -> None:
    with serving(Files({"/leave.md": LEAVE})) as other:

        def reply(path: str, headers: Mapping[str, str]) -> Reply:
            return 302, {"Location": f"{other.url}/leave.md" if path == "/b.md" else "/b.md"}, b""

        with serving(reply) as server:
            assert run(f"http://me:pass@{server.host}/a.md").added == ["a.md"]
            assert ["Authorization" in headers for _, headers in server.requests] == [True, True]
            assert ["Authorization" in headers for _, headers in other.requests] == [False]


def test_nothing_secret_of_an_address_is_kept_told_or_logged(
    run: Adding, store: DocumentStore, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    site = Files({"/h/leave.md": LEAVE, "/h/bad.pdf": b"no pdf"})

    def reply(path: str, headers: Mapping[str, str]) -> Reply:
        if path.startswith("/moved/"):
            return 302, {"Location": "/h/leave.md?key=s3cr3t-signed"}, b""
        return (500, {}, b"") if path.startswith("/broken") else site(path, headers)

    with serving(reply) as server:
        login = f"http://s3cr3t-name:s3cr3t-word@{server.host}"
        told = [
            run(f"{login}{path}?token=s3cr3t-token&n=s3cr3t-n", prune=True)
            for path in ("/h/", "/h/bad.pdf", "/moved/a.md", "/broken.md", "/gone.md")
        ]
    told.append(run(f"{login}/h/leave.md?token=s3cr3t-token", prune=True))  # nobody answers any more
    assert len(store.documents()) == 2
    assert "s3cr3t" not in repr(told)
    assert "s3cr3t" not in caplog.text
    kept = "\n".join(sqlite3.connect(tmp_path / "store.sqlite").iterdump())
    assert "leave.md" in kept
    assert "s3cr3t" not in kept


@pytest.mark.parametrize("told", [True, False])
def test_a_file_that_is_too_big_is_refused_before_or_while_it_comes(run: Adding, scratch: Path, told: bool) -> None:
    sent = []

    def pieces() -> object:
        for _ in range(1000):
            sent.append(1)
            yield b"a" * 65536

    def reply(path: str, headers: Mapping[str, str]) -> Reply:
        return 200, {"Content-Length": str(1000 * 65536)} if told else {}, pieces()  # type: ignore[return-value]

    with serving(reply) as server:
        report = run(f"{server.url}/a.md", bounds=replace(LOCAL, max_bytes=1 << 20))
    assert "1 MB" in reasons(report)[0]
    assert len(sent) < 500
    assert not scratch.exists()


def test_a_page_that_unpacks_without_end_is_stopped(run: Adding) -> None:
    body = gzip.compress(b"a" * (8 << 20))

    def reply(path: str, headers: Mapping[str, str]) -> Reply:
        return 200, {"Content-Encoding": "gzip"}, body

    with serving(reply) as server:
        report = run(f"{server.url}/a.md", bounds=replace(LOCAL, max_bytes=1 << 20))
    assert "1 MB" in reasons(report)[0]


def slowly(pieces: int, seconds: float) -> object:
    """A body whose end nobody waits for."""
    ended = threading.Event()
    for _ in range(pieces):
        yield b"# "
        ended.wait(seconds)


def test_a_server_that_never_comes_to_an_end_costs_its_own_file(run: Adding, scratch: Path) -> None:
    def reply(path: str, headers: Mapping[str, str]) -> Reply:
        if path == "/slow.md":
            return 200, {}, slowly(600, 0.05)  # type: ignore[return-value]
        return 200, {}, LEAVE.encode()

    with serving(reply) as server:
        begun = time.monotonic()
        report = run(f"{server.url}/slow.md", f"{server.url}/leave.md", bounds=replace(LOCAL, seconds=2.0))
        assert time.monotonic() - begun < 15
    assert (report.added, reasons(report)) == (["leave.md"], ["It took longer than 2 seconds."])
    assert not scratch.exists()


def test_a_server_that_says_nothing_costs_its_own_file(run: Adding) -> None:
    heard = threading.Event()

    def reply(path: str, headers: Mapping[str, str]) -> Reply:
        heard.wait(3)
        return 200, {}, LEAVE.encode()

    with serving(reply) as server:
        report = run(f"{server.url}/a.md", bounds=replace(LOCAL, silent_seconds=0.2))
        heard.set()
    assert "could not be fetched" in reasons(report)[0]


def test_a_download_that_is_stopped_leaves_nothing_and_the_rest_is_not_asked_for(
    run: Adding, store: DocumentStore, scratch: Path
) -> None:
    stop = threading.Event()

    def endless() -> object:
        for number in itertools.count():
            if number == 3:
                stop.set()
            yield b"word " * 1000
            if stop.wait(0.01) and number > 50:
                return

    def reply(path: str, headers: Mapping[str, str]) -> Reply:
        return 200, {}, endless()  # type: ignore[return-value]

    with serving(reply) as server:
        report = run(f"{server.url}/a.md", f"{server.url}/b.md", stop=stop, prune=True, progress=Silent())
        assert [path for path, _ in server.requests] == ["/a.md"]
    assert (report.stopped, report.refused, store.documents()) == (True, [], [])
    assert not scratch.exists()


def test_what_a_killed_download_left_is_removed_by_the_next(run: Adding, scratch: Path) -> None:
    left = scratch / "999999999-abcd"
    left.mkdir(parents=True)
    (left / "a.md").write_text("half of a fi")
    with serving(Files({"/leave.md": LEAVE})) as server:
        run(f"{server.url}/leave.md")
    assert not left.exists()


def test_what_was_refused_is_fetched_again_by_a_person_and_known_by_its_hash(run: Adding, store: DocumentStore) -> None:
    with serving(Files({"/a.pdf": b"no pdf"})) as server:
        run(f"{server.url}/a.pdf")
        (first,) = store.refusals.all()
        assert first.sha256 is not None
        assert len(run(f"{server.url}/a.pdf").refused) == 1
    assert store.refusals.all() == [first]


def test_a_page_can_not_make_the_search_for_links_long(run: Adding) -> None:
    page = b"<a " * 200_000 + b'<a href="' + b"a" * 500_000 + b'<a href="leave.md">'

    def reply(path: str, headers: Mapping[str, str]) -> Reply:
        return (200, {"Content-Type": "text/html"}, page) if path == "/h/" else (200, {}, LEAVE.encode())

    with serving(reply) as server:
        begun = time.process_time()
        assert run(f"{server.url}/h/").added == ["leave.md"]
        assert time.process_time() - begun < 3


def test_a_page_is_left_for_nothing_above_beside_or_hidden(run: Adding) -> None:
    links = ["../up.md", "/up.md", "//127.0.0.1:1/x.md", "%2e%2e/up.md", ".hidden.md", "a/../../up.md", "leave.md?x=1",
             "javascript:x.md", "http://[bad/x.md", "~$leave.docx", "leave.md#top"]  # fmt: skip
    page = "".join(f"<a href='{link}'>x</a>" for link in links).encode()

    def reply(path: str, headers: Mapping[str, str]) -> Reply:
        return (200, {"Content-Type": "text/html"}, page) if path == "/h/" else (200, {}, LEAVE.encode())

    with serving(reply) as server:
        run(f"{server.url}/h/")
        assert [path for path, _ in server.requests] == ["/h/", "/h/leave.md"]
