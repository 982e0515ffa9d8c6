"""The code that starts a trip: derived when it is needed, stored nowhere.

Six digits are guessed in a million tries, so five wrong ones end a code; a stored code could be
read by whoever reads the database, a derived one cannot.
"""

import hmac
import re
from dataclasses import replace
from datetime import datetime

from booking_core.domain.policies.rides import CodePolicy
from booking_core.domain.rides import RIDE_TRANSITIONS, Ride, RideState, started
from booking_core.errors import InvalidRequest, OtpExhausted, OtpExpired, OtpInvalid, Refused

DIGITS = 6
_FORM = re.compile(rf"[0-9]{{{DIGITS}}}")


def code_of(key: bytes, number: int, issue: int) -> str:
    """The code of one issue for one ride: HMAC-SHA256 over both, cut to six decimal digits as in
    HOTP (RFC 4226, section 5.3)."""
    digest = hmac.digest(key, f"{number}:{issue}".encode(), "sha256")
    offset = digest[-1] & 0x0F
    word = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return f"{word % 10**DIGITS:0{DIGITS}}"


def is_good(ride: Ride, now: datetime, policy: CodePolicy) -> bool:
    """Whether the ride's code would start it now."""
    return (
        ride.state in {RideState.ACCEPTED, RideState.ARRIVED}
        and not _is_over(ride, now, policy)
        and ride.otp_tries < policy.tries
    )


def guessed(
    ride: Ride, guess: str, key: bytes, now: datetime, policy: CodePolicy
) -> tuple[Ride, Refused | None]:
    """The ride after a guess, and the refusal to tell of. To be stored in both cases: a wrong guess
    counts. Call it under the ride's lock.

    Raises what ends no try: InvalidRequest for what is no code, OtpExhausted, OtpExpired, and
    IllegalTransition where there is nothing to start.
    """
    if not _FORM.fullmatch(guess):
        raise InvalidRequest(f"The code has {DIGITS} digits.", field="otp")
    RIDE_TRANSITIONS.require(ride.state, RideState.ON_TRIP)
    if ride.otp_tries >= policy.tries:
        raise OtpExhausted(
            f"The code was guessed wrong {policy.tries} times. The rider has to ask for a new one.",
            field="otp",
            attempts_left=0,
        )
    if _is_over(ride, now, policy):
        raise OtpExpired(
            "The code's time is over. The rider has to ask for a new one.", field="otp"
        )
    if hmac.compare_digest(guess, code_of(key, ride.number, ride.otp_issue)):
        return started(ride, now), None
    left = policy.tries - ride.otp_tries - 1
    refusal = OtpInvalid(
        f"This is not the rider's code; {left} tries are left.", field="otp", attempts_left=left
    )
    return replace(ride, otp_tries=ride.otp_tries + 1), refusal


def _is_over(ride: Ride, now: datetime, policy: CodePolicy) -> bool:
    if ride.arrived_at is None:
        return False
    since = max(ride.arrived_at, ride.otp_issued_at or ride.arrived_at)
    return now >= since + policy.good_for
