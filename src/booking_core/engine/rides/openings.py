"""Where listening begins for who does not say where."""

from booking_core.domain.ride_messages import Channel, MessageKind
from booking_core.engine.rides.reads import RideReads

# An offer lasts seconds; what is farther back than this many messages is over.
_LONGEST_LOOK_BACK = 500


class RideOpenings(RideReads):
    """Reads that a live connection begins with."""

    def opening(self, recipient_id: str, channel: Channel) -> int:
        """The number after which a recipient reads on who names none: the last one, or on the
        channel of available rides the one before the oldest offer that is still open."""
        last = self.last_seq(recipient_id, channel)
        if channel is not Channel.AVAILABLE:
            return last
        offered = {ride.number for ride in self.offers_of(recipient_id)}
        if not offered:
            return last
        begin = max(0, last - _LONGEST_LOOK_BACK)
        recent = self.messages_after(recipient_id, channel, begin, _LONGEST_LOOK_BACK)
        asking = [
            message.seq
            for message in recent
            if message.kind is MessageKind.AVAILABLE and message.payload["booking_id"] in offered
        ]
        return min(asking, default=last + 1) - 1
