"""Identifiers: UUID version 7 (RFC 9562), as canonical lower-case strings; and storable text.

They sort by creation time, so rows written together lie together in every index.
"""

import os
import re
import time
import uuid

_CANONICAL = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def new_id() -> str:
    """A fresh UUIDv7: 48 bits of Unix milliseconds, then 74 random bits."""
    random = int.from_bytes(os.urandom(10), "big")
    return _format((time.time_ns() // 1_000_000), random)


def _format(milliseconds: int, random: int) -> str:
    value = (
        (milliseconds & 0xFFFFFFFFFFFF) << 80
        | 0x7 << 76
        | (random >> 68 & 0xFFF) << 64
        | 0x2 << 62
        | random & 0x3FFFFFFFFFFFFFFF
    )
    digits = f"{value:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def derived_id(*parts: str) -> str:
    """The same identifier for the same parts: a UUIDv5 (RFC 9562)."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, "\n".join(parts)))


def is_id(value: object) -> bool:
    """Whether `value` is a canonical identifier, so that it may reach the database."""
    return isinstance(value, str) and _CANONICAL.fullmatch(value) is not None


def is_storable(text: str) -> bool:
    """Whether both databases can store a text: PostgreSQL knows no U+0000, and a lone surrogate
    has no UTF-8 form."""
    if text.isascii():
        return "\x00" not in text
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\x00" not in text
