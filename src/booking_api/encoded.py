"""Answers that are encoded once for all who ask."""

import gzip
from dataclasses import dataclass
from zlib import crc32

from fastapi import Request, Response

from booking_api.http.compression import accepts_gzip
from booking_api.seats import has_tag

# A large answer that changes with every sale: packing it better would take longer than it saves.
_LEVEL = 1
# A client may keep an answer, but asks each time whether it still holds.
_REVALIDATED = "no-cache"


@dataclass(frozen=True, slots=True)
class Encoded:
    """A JSON text, as it is and packed. `etag` names what it says, whoever encoded it."""

    etag: str
    plain: bytes
    packed: bytes

    @property
    def size(self) -> int:
        return len(self.plain) + len(self.packed)


def encoded(version: int, content: bytes, plain: bytes) -> Encoded:
    """`content` is the part that matters; the rest, as a time stamp, does not change the tag."""
    etag = f'"{version}-{crc32(content):08x}"'
    return Encoded(etag, plain, gzip.compress(plain, _LEVEL, mtime=0))


def answered(request: Request, found: Encoded) -> Response:
    """The answer, packed for whoever takes that; 304 for a client that has it already."""
    headers = {"Cache-Control": _REVALIDATED, "Vary": "Accept-Encoding"}
    if has_tag(request.headers.get("if-none-match", ""), found.etag):
        return Response(status_code=304, headers={**headers, "ETag": found.etag})
    if accepts_gzip(request.scope["headers"]):
        # The same thing in another coding is the same only weakly (RFC 9110, 8.8.1).
        headers |= {"ETag": f"W/{found.etag}", "Content-Encoding": "gzip"}
        return Response(found.packed, media_type="application/json", headers=headers)
    return Response(
        found.plain, media_type="application/json", headers={**headers, "ETag": found.etag}
    )
