"""Which addresses a link of a sheet may lead to: those of the public internet only.

A sheet may come from anybody. A link in it must not make this machine ask a server of its own
network, or itself.
"""

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

_CLOUD_METADATA: Final = frozenset(map(ip_address, ("168.63.129.16",)))  # global by its number
_NAT64: Final = ip_network("64:ff9b::/96")
_COMPATIBLE: Final = ip_network("::/96")  # IPv4 in IPv6, before it was mapped
_FIRST_OPEN_PORT: Final = 1024
_WEB_PORTS: Final = frozenset({80, 443})


def is_public(address: str) -> bool:
    """Say whether an IP address belongs to the public internet."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    return all(map(_is_global, _addresses_in(found)))


def is_numeric(host: str) -> bool:
    """Say whether a host is an address, or what a resolver may take for one (127.1, 2130706433)."""
    return ":" in host or host.replace(".", "").isdigit()


def is_web_port(port: int | None) -> bool:
    """Say whether a server of the web may listen there: 25 is a mail server's."""
    return port in _WEB_PORTS or (port is not None and port >= _FIRST_OPEN_PORT)


def _is_global(address: IPv4Address | IPv6Address) -> bool:
    return address.is_global and not address.is_multicast and address not in _CLOUD_METADATA


def _addresses_in(address: IPv4Address | IPv6Address) -> Iterator[IPv4Address | IPv6Address]:
    """Yield the address, and the IPv4 address that is embedded in it."""
    if isinstance(address, IPv4Address):
        yield address
        return
    embedded = _embedded_ipv4(address)
    if address.ipv4_mapped is None:
        yield address
    if embedded is not None:
        yield embedded


def _embedded_ipv4(address: IPv6Address) -> IPv4Address | None:
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    if _is_in(address, _NAT64) or _is_in(address, _COMPATIBLE):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return None


def _is_in(address: IPv6Address, network: object) -> bool:
    return isinstance(network, IPv6Network) and address in network
