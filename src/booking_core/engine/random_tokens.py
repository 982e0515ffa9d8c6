"""Random tokens, of which only digests are kept."""

import hashlib
import secrets

_BYTES = 32
_LONGEST = 128


def new_token() -> str:
    """256 random bits, as text that needs no quoting in headers and addresses."""
    return secrets.token_urlsafe(_BYTES)


def digest_of(token: str) -> str:
    """SHA-256 suffices for 256 random bits; a text that no token can be gets the digest of none."""
    plausible = token if token.isascii() and len(token) <= _LONGEST else ""
    return hashlib.sha256(plausible.encode()).hexdigest()
