"""Keys for one purpose each, derived from the installation's one secret (HKDF, RFC 5869).

A key that leaks, or is rotated, tells nothing about the others.
"""

import secrets
from functools import cached_property

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from booking_core.storage.database import Database
from booking_core.storage.repositories import installation

_KEPT_AS = "development_secret"
_TICKETS = "ticket-signing"


def installation_secret(database: Database) -> str:
    """The database's own secret, for servers that were given none: made when first asked for,
    then the same for every process. 256 random bits as 43 characters."""
    return installation.find(database, _KEPT_AS) or installation.keep(
        database, _KEPT_AS, secrets.token_urlsafe(32)
    )


def derive_key(secret: str, purpose: str, length: int = 32) -> bytes:
    """A key of `length` bytes for one purpose, always the same for the same secret."""
    derivation = HKDF(SHA256(), length, salt=b"booking-engine", info=purpose.encode())
    return derivation.derive(secret.encode())


class Keys:
    """The keys of an open system. Without a secret the installation's own is used, and made only
    when a key is first needed, so that opening a database writes nothing."""

    def __init__(self, database: Database, secret: str | None = None) -> None:
        self._database = database
        self._given = secret

    @cached_property
    def secret(self) -> str:
        """The secret everything is derived from. Never log it."""
        return self._given or installation_secret(self._database)

    def derive(self, purpose: str, length: int = 32) -> bytes:
        """See `derive_key`."""
        return derive_key(self.secret, purpose, length)

    @cached_property
    def tickets(self) -> Ed25519PrivateKey:
        """What tickets are signed with."""
        return Ed25519PrivateKey.from_private_bytes(self.derive(_TICKETS))
