"""Where a request comes from, past the proxies that are trusted."""

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address

from starlette.datastructures import Headers
from starlette.types import Scope

_NOWHERE = "unknown"


def client_address(scope: Scope, trusted: Sequence[IPv4Network | IPv6Network]) -> str:
    """The client's address. X-Forwarded-For is believed from the right, for as long as each who
    wrote an entry is trusted."""
    peer = scope.get("client")
    address = _plain(peer[0]) if peer else _NOWHERE
    if not trusted or not _is_trusted(address, trusted):
        return address
    forwarded = ",".join(Headers(scope=scope).getlist("x-forwarded-for"))
    for entry in reversed([part.strip() for part in forwarded.split(",") if part.strip()]):
        if not _is_address(entry):
            break
        address = _plain(entry)
        if not _is_trusted(address, trusted):
            break
    return address


def _plain(address: str) -> str:
    """An IPv4 address that came through a socket of IPv6 is one of IPv4."""
    if ":" not in address or not _is_address(address):
        return address
    mapped = getattr(ip_address(address), "ipv4_mapped", None)
    return address if mapped is None else str(mapped)


def _is_trusted(address: str, trusted: Sequence[IPv4Network | IPv6Network]) -> bool:
    if not _is_address(address):
        return False
    found = ip_address(address)
    return any(found in network for network in trusted)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
