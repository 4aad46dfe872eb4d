"""Which machine an address may lead to. An address that a page, a redirect or a careless hand gives must not reach
what only this machine can reach: its own services, and the keys that a cloud's metadata service hands out.

A name is resolved once, all that it resolves to is looked at, and the connection is made to what was looked at: a name
that changes its mind in between gains nothing.
"""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

from groundtune.i18n import t

_METADATA = {"168.63.129.16", "100.100.100.200", "192.0.0.192", "fd00:ec2::254", "fd20:ce::254"}
"""Metadata services that don't lie in the link-local range: Azure, Alibaba, Oracle, AWS and Google by IPv6."""
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class Unreached(Exception):
    """An address could not be asked, or may not be; in words for whoever named it, without secrets."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a host's name leads."""

    address: str
    """The IP address to connect to."""
    is_public: bool
    is_this_machine: bool


def look_up(host: str, port: int, allowed: frozenset[str], *, only_public: bool = False) -> Place:
    """The machine behind `host`; raises Unreached where it may not be asked or is not known.

    `allowed` are hosts, "name" or "name:port", that may be this machine itself or link-local. `only_public` is for what
    a public machine redirects to.
    """
    free = host in allowed or f"{host}:{port}" in allowed
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unreached(t("Nobody knows the host {host}.", host=host)) from error
    addresses = [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
    for address in addresses:
        check(host, port, address, free=free, only_public=only_public)
    plain = [_plain(address) for address in addresses]
    return Place(
        address=str(addresses[0]),
        is_public=all(address.is_global for address in plain),
        is_this_machine=all(address.is_loopback for address in plain),
    )


def check(host: str, port: int, address: IPv4Address | IPv6Address, *, free: bool, only_public: bool) -> None:
    """Raises Unreached where `address`, behind `host`, may not be asked."""
    plain = _plain(address)
    special = plain.is_loopback or plain.is_link_local or plain.is_unspecified or str(plain) in _METADATA
    if (special and not free) or plain.is_multicast or (plain.is_reserved and not special):
        reason = t(
            "{host} is {address}: this machine itself, a metadata service or another address that is asked for nothing "
            "unless it is allowed. If you mean it: --allow-host {host}:{port}",
            host=host,
            address=plain,
            port=port,
        )
        raise Unreached(reason)
    if only_public and not plain.is_global and not free:
        reason = t(
            "A public address leads to {host}, which is {address}, inside this network.", host=host, address=plain
        )
        raise Unreached(reason)


def _plain(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The address that is meant, where one of IPv4 is written as one of IPv6."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address.sixtofour is not None:
            return address.sixtofour
        if address in _NAT64:
            return IPv4Address(int(address) & 0xFFFFFFFF)
    return address
