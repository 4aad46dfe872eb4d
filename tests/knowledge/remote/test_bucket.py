"""Documents from a bucket: against a server of S3 on this machine, spoken to as any other."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from groundtune.errors import MissingExtra
from groundtune.storage.documents import DocumentStore
from tests.knowledge.remote.conftest import LOCAL, Adding
from tests.knowledge.remote.file_server import Reply, serving

LEAVE, TRAVEL = b"# Leave\n\nFifteen days.", b"# Travel\n\nBy train."


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    from moto.server import ThreadedMotoServer

    running = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    yield f"http://{host}:{port}"
    running.stop()


@pytest.fixture
def bucket(server: str, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[Any]:
    """A bucket of this test's own, as somebody else's program fills it."""
    import boto3

    _environment(monkeypatch, server)
    made = boto3.resource("s3").Bucket(f"docs-{abs(hash(request.node.name)) % 10**12}")
    made.create()
    made.put_object(Key="hand/leave.md", Body=LEAVE)
    made.put_object(Key="hand/sub/여비 1.md", Body=TRAVEL)
    made.put_object(Key="hand/", Body=b"")
    made.put_object(Key="hand/.hidden.md", Body=b"# Hidden")
    made.put_object(Key="hand/logo.png", Body=b"\x89PNG")
    made.put_object(Key="hand-old/leave.md", Body=b"# Old")
    yield made
    made.objects.all().delete()
    made.delete()


def _environment(monkeypatch: pytest.MonkeyPatch, server: str) -> None:
    for name, value in {
        "AWS_ENDPOINT_URL": server,
        "AWS_ACCESS_KEY_ID": "an-id",
        "AWS_SECRET_ACCESS_KEY": "s3cr3t-key",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }.items():
        monkeypatch.setenv(name, value)


def test_a_prefix_goes_in_as_a_folder_does(run: Adding, store: DocumentStore, bucket: Any) -> None:
    report = run(f"s3://{bucket.name}/hand")
    assert report.added == ["leave.md", "sub/여비 1.md"]
    assert report.passed_over == [f"s3://{bucket.name}/hand/logo.png"]
    assert [info.source for info in store.documents()] == [
        f"s3://{bucket.name}/hand/leave.md",
        f"s3://{bucket.name}/hand/sub/여비 1.md",
    ]
    assert run(f"s3://{bucket.name}/hand/").unchanged == ["leave.md", "sub/여비 1.md"]


def test_what_the_listing_says_is_unchanged_is_not_fetched(
    run: Adding, bucket: Any, caplog: pytest.LogCaptureFixture
) -> None:
    run(f"s3://{bucket.name}/hand")
    bucket.put_object(Key="hand/leave.md", Body=b"# Leave\n\nSixteen days.")
    with caplog.at_level(logging.INFO, logger="werkzeug"):
        assert run(f"s3://{bucket.name}/hand").updated == ["leave.md"]
    assert f"GET /{bucket.name}/hand/leave.md" in caplog.text
    assert "GET /" in caplog.text
    assert f"/{bucket.name}/hand/sub/%EC" not in caplog.text


def test_what_is_deleted_there_goes_when_it_is_pruned(run: Adding, bucket: Any) -> None:
    run(f"s3://{bucket.name}/hand", f"s3://{bucket.name}/hand-old/leave.md")
    bucket.Object("hand/sub/여비 1.md").delete()
    assert run(f"s3://{bucket.name}/hand").removed == []
    assert run(f"s3://{bucket.name}/hand", prune=True).removed == ["sub/여비 1.md"]


def test_an_object_that_is_named_itself_goes_with_it(run: Adding, bucket: Any) -> None:
    place = f"s3://{bucket.name}/hand/leave.md"
    assert run(place).added == ["leave.md"]
    assert run(place).unchanged == ["leave.md"]
    bucket.Object("hand/leave.md").delete()
    report = run(place, prune=True)
    assert (report.removed, report.refused) == (["leave.md"], [])
    assert [refusal.reason for refusal in run(place).refused] == ["There is nothing at this address."]


def test_an_empty_prefix_is_not_believed_unless_it_is_allowed(run: Adding, bucket: Any) -> None:
    place = f"s3://{bucket.name}/hand"
    run(place)
    bucket.objects.filter(Prefix="hand/").delete()
    report = run(place, prune=True)
    assert (report.removed, [refusal.path for refusal in report.refused]) == ([], [place])
    assert run(place, prune=True, allow_empty=True).removed == ["leave.md", "sub/여비 1.md"]


def test_a_bucket_that_is_not_there_is_not_an_empty_one(run: Adding, store: DocumentStore, bucket: Any) -> None:
    place = f"s3://{bucket.name}/hand"
    run(place)
    bucket.objects.all().delete()
    bucket.delete()
    report = run(place, f"s3://{bucket.name}/hand/leave.md", prune=True, allow_empty=True)
    bucket.create()
    assert (report.removed, len(store.documents())) == ([], 2)
    assert {refusal.reason for refusal in report.refused} == {f"There is no bucket {bucket.name}."}


def test_a_server_that_does_not_answer_deletes_nothing(
    run: Adding, store: DocumentStore, bucket: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(f"s3://{bucket.name}/hand")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    report = run(f"s3://{bucket.name}/hand", prune=True, allow_empty=True)
    assert (report.removed, len(report.refused), len(store.documents())) == ([], 1, 2)
    assert "s3cr3t" not in repr(report)


def test_a_listing_that_breaks_off_deletes_nothing(
    run: Adding, store: DocumentStore, bucket: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(f"s3://{bucket.name}/hand")
    new = b"# New\n\nWords."

    def reply(path: str, headers: Mapping[str, str]) -> Reply:
        if "continuation-token" in path or ("list-type" not in path and "new.md" not in path):
            return 403, {}, b"<Error><Code>AccessDenied</Code><Message>no</Message></Error>"
        if "list-type" in path:
            return 200, {"Content-Type": "application/xml"}, _listing("hand/new.md", new)
        return 200, {"ETag": '"1"', "Last-Modified": "Sun, 22 Nov 2026 10:00:00 GMT"}, new

    with serving(reply) as half:
        monkeypatch.setenv("AWS_ENDPOINT_URL", half.url)
        report = run(f"s3://{bucket.name}/hand/", prune=True, allow_empty=True)
        assert any("continuation-token" in path for path, _ in half.requests)
    assert (report.removed, len(store.documents())) == ([], 2)
    assert [refusal.path for refusal in report.refused] == [f"s3://{bucket.name}/hand/"]


def _listing(key: str, body: bytes) -> bytes:
    """The first page of two."""
    return (
        "<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken>"
        f"<Contents><Key>{key}</Key><LastModified>2026-11-22T10:00:00.000Z</LastModified><ETag>&quot;1&quot;</ETag>"
        f"<Size>{len(body)}</Size></Contents></ListBucketResult>"
    ).encode()


def test_an_object_that_is_too_big_is_refused_without_being_fetched(
    run: Adding, bucket: Any, caplog: pytest.LogCaptureFixture
) -> None:
    bucket.put_object(Key="hand/big.md", Body=b"a" * (2 << 20))
    with caplog.at_level(logging.INFO, logger="werkzeug"):
        report = run(f"s3://{bucket.name}/hand", bounds=replace(LOCAL, max_bytes=1 << 20))
    assert report.added == ["leave.md", "sub/여비 1.md"]
    assert "The file has 2 MB" in report.refused[0].reason
    assert f"GET /{bucket.name}/hand/big.md" not in caplog.text


def test_without_keys_it_says_how_to_give_them(
    run: Adding, bucket: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    (refusal,) = run(f"s3://{bucket.name}/hand").refused
    assert "AWS_ACCESS_KEY_ID" in refusal.reason


def test_without_the_library_the_extra_is_named_and_nothing_is_changed(
    run: Adding, store: DocumentStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "s3fs", None)
    with pytest.raises(MissingExtra, match=r"groundtune\[sources\]"):
        run("s3://docs/hand", prune=True)
    assert store.documents() == []


def test_no_library_for_addresses_is_loaded_before_one_is_named() -> None:
    code = (
        "import sys, groundtune.workspace.documents, groundtune.cli.documents;"
        "print({name.split('.')[0] for name in sys.modules} & {'fsspec', 's3fs', 'botocore', 'aiohttp', 'httpx'})"
    )
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert printed.strip() == "set()"
