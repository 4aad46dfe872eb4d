"""An address is known by a name that stays the same and holds no secret."""

from __future__ import annotations

import pytest

from groundtune.errors import UsageError
from groundtune.knowledge.remote.address import read_address
from groundtune.knowledge.sources import lies_below

SIGNED = "https://store.example/files/pay.pdf?X-Amz-Date=20261122&X-Amz-Signature=0123abcd&response-content-type=x"


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("https://User:pass@HOST.example:443/a/./b/../c.pdf#page=2", "https://host.example/a/c.pdf"),
        ("http://host:8080/%EA%B7%9C%EC%A0%95/a%20b.md", "http://host:8080/규정/a%20b.md"),
        ("http://host:8080/규정/a b.md", "http://host:8080/규정/a%20b.md"),
        ("https://host/../../etc/x.md", "https://host/etc/x.md"),
        ("https://host//other.example/x.md", "https://host//other.example/x.md"),
        ("https://host", "https://host/"),
        ("https://host/x.pdf?sv=2024&se=2026-12-01&sp=r&sig=abc%3D", "https://host/x.pdf"),
        ("https://host/x.pdf?Expires=1&Signature=abc&Key-Pair-Id=K", "https://host/x.pdf"),
        ("https://[2001:db8::1]:8443/x.pdf", "https://[2001:db8::1]:8443/x.pdf"),
        ("s3://docs/hand book/a.md", "s3://docs/hand book/a.md"),
    ],
)
def test_the_name_is_the_address_without_secrets(given: str, name: str) -> None:
    assert read_address(given).name == name


def test_addresses_that_differ_in_what_they_ask_for_differ_in_name_and_those_signed_anew_do_not() -> None:
    first, second = (read_address(f"https://host/download?id={number}&token=abc").name for number in (1, 2))
    again = read_address("https://host/download?token=other&id=1").name
    assert first == again != second
    assert read_address(SIGNED).name == read_address(SIGNED.replace("20261122", "20261123")).name


def test_no_secret_stands_in_the_name_or_in_what_is_printed_of_it() -> None:
    address = read_address("https://user:p%40ss-word@host/x?jwt=abc.def&pin=4711&q=quarterly")
    for secret in ("user", "p@ss-word", "p%40ss-word", "abc.def", "4711", "quarterly"):
        assert secret not in address.name + repr(address)
        assert secret not in address.without_secrets(f"failed for {address.url} and {address.login}, {secret}!")


@pytest.mark.parametrize(
    "given",
    [
        "ftp://user:secret@host/x",
        "memory://secret",
        "simplecache::s3://secret/x",
        "https://user:sec#ret@host/x",
        "https://user:secret@[bad/x",
        "https://user:secret@host:port/x",
        "https:///secret",
        "https://host/\x07secret",
        "s3://key:secret@bucket/x",
        "s3://",
    ],
)
def test_an_address_that_can_not_be_read_is_refused_without_repeating_it(given: str) -> None:
    with pytest.raises(UsageError) as raised:
        read_address(given)
    assert "secret" not in str(raised.value)
    assert "ret@" not in str(raised.value)


def test_what_lies_below_a_folder_keeps_the_folders_query() -> None:
    folder = read_address("https://host/규정/?id=7&token=abc")
    below = folder.below("leave/휴가 1.md")
    assert below.name == folder.name.replace("규정/", "규정/leave/휴가%201.md")
    assert below.url.endswith("/leave/%ED%9C%B4%EA%B0%80%201.md?id=7&token=abc")
    assert lies_below(below.name, folder.name)
    assert not lies_below("https://host/규정/leave/x.md", folder.name)
    assert not lies_below("s3://docs/handbook-old/x.md", "s3://docs/handbook")
