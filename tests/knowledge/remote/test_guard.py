"""No address leads to what only this machine can reach, however it is written."""

from __future__ import annotations

import pytest

from groundtune.knowledge.remote.guard import Unreached, look_up

NOBODY: frozenset[str] = frozenset()


@pytest.mark.parametrize(
    "host",
    [
        "169.254.169.254", "127.0.0.1", "127.1", "2130706433", "0x7f000001", "0.0.0.0", "localhost", "::1",
        "::ffff:169.254.169.254", "::ffff:7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "fe80::1", "fd00:ec2::254",
        "100.100.100.200", "168.63.129.16", "192.0.0.192", "224.0.0.1", "255.255.255.255",
    ],
)  # fmt: skip
def test_this_machine_and_metadata_services_are_not_asked(host: str) -> None:
    with pytest.raises(Unreached):
        look_up(host, 80, NOBODY)


def test_what_the_person_allows_is_asked_and_only_that() -> None:
    assert look_up("127.0.0.1", 9000, frozenset({"127.0.0.1:9000"})).address == "127.0.0.1"
    assert look_up("127.0.0.1", 9000, frozenset({"127.0.0.1"})).address == "127.0.0.1"
    with pytest.raises(Unreached):
        look_up("127.0.0.1", 9001, frozenset({"127.0.0.1:9000"}))


def test_a_machine_inside_this_network_is_asked_when_it_is_named_and_not_when_a_public_one_leads_there() -> None:
    assert not look_up("10.1.2.3", 80, NOBODY).is_public
    assert look_up("8.8.8.8", 80, NOBODY, only_public=True).is_public
    for inside in ("10.1.2.3", "192.168.0.1", "172.16.0.1", "100.64.0.1", "fd12::1"):
        with pytest.raises(Unreached, match="inside"):
            look_up(inside, 80, NOBODY, only_public=True)


def test_a_name_is_refused_when_any_of_its_addresses_is(monkeypatch: pytest.MonkeyPatch) -> None:
    entries = [(2, 1, 6, "", ("8.8.8.8", 80)), (2, 1, 6, "", ("169.254.169.254", 80))]
    monkeypatch.setattr("socket.getaddrinfo", lambda *arguments, **options: entries)
    with pytest.raises(Unreached):
        look_up("two-faced.example", 80, NOBODY)
