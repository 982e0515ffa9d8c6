"""What counts as one place in the network."""

from ipaddress import IPv6Address, ip_address

# Whoever has an IPv6 address has all others of its /64 too (RFC 6177).
_OWN_BITS = 64


def network_of(address: str | None) -> str:
    """Under what somebody's attempts are counted: an IPv4 address as it is, of an IPv6 address its
    `/64`. What is no address stands for itself; nothing is the empty text."""
    if address is None or ":" not in address:
        return address or ""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if not isinstance(found, IPv6Address):
        return address
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return f"{IPv6Address(int(found) >> _OWN_BITS << _OWN_BITS)}/{_OWN_BITS}"
