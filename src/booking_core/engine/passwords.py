"""Hashing passwords, and comparing them with their hashes."""

import os
from base64 import b64encode
from functools import cached_property
from threading import BoundedSemaphore
from typing import TYPE_CHECKING

from booking_core.domain.policies import passwords
from booking_core.domain.policies.passwords import HashingPolicy, hashed_form

if TYPE_CHECKING:
    from argon2 import PasswordHasher

# Each hash takes a core and much memory; more of them at once would only take the memory.
_AT_ONCE = BoundedSemaphore(max(2, os.cpu_count() or 2))


class Passwords:
    """argon2id by a policy. Thread-safe."""

    def __init__(self, policy: HashingPolicy | None = None) -> None:
        self._policy = policy or passwords.HASHING

    @cached_property
    def _hasher(self) -> "PasswordHasher":
        from argon2 import PasswordHasher  # noqa: PLC0415 - takes long, few need it

        return PasswordHasher(
            time_cost=self._policy.time_cost,
            memory_cost=self._policy.memory_kib,
            parallelism=self._policy.parallelism,
        )

    @cached_property
    def _decoy(self) -> str:
        """What looks like the hash of a password, and is that of none that anybody knows."""
        salt, digest = (
            b64encode(os.urandom(length)).rstrip(b"=").decode()
            for length in (self._hasher.salt_len, self._hasher.hash_len)
        )
        policy = self._policy
        costs = f"m={policy.memory_kib},t={policy.time_cost},p={policy.parallelism}"
        return f"$argon2id$v=19${costs}${salt}${digest}"

    def hash(self, password: str) -> str:
        """The hash to store, salt and parameters included."""
        with _AT_ONCE:
            return self._hasher.hash(hashed_form(password))

    def matches(self, stored: str | None, password: str) -> bool:
        """Whether this is the password. Without an account to compare with it takes as long."""
        candidate = hashed_form(password)
        with _AT_ONCE:
            is_right = self._verify(stored or self._decoy, candidate)
        return is_right and stored is not None

    def is_outdated(self, stored: str) -> bool:
        """Whether a hash was made by other parameters than those of today."""
        return self._hasher.check_needs_rehash(stored)

    def _verify(self, stored: str, candidate: str) -> bool:
        from argon2.exceptions import (  # noqa: PLC0415 - as above
            InvalidHashError,
            VerificationError,
        )

        try:
            return self._hasher.verify(stored, candidate)
        except (VerificationError, InvalidHashError):
            return False
