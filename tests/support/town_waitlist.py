"""What can be wrong with the waitlist and the vouchers of the town."""

from booking_core import BookingSystem
from booking_core.domain.vouchers import VoucherDraft, VoucherKind
from tests.support.builders import counted


def build_waitlist(system: BookingSystem) -> dict[str, str]:
    """A festival without a free place where one has an offer and two wait, and a voucher that is
    good for one use; the ids of what is named."""
    fair = system.create_inventory(counted({"General": 2}))
    given_back = system.hold_places(fair, "dan", 1)
    system.hold_places(fair, "eve", 1)
    offered, waiting, last = (system.waitlist.join(fair, name) for name in ("ann", "bob", "carol"))
    system.release(given_back.id)
    draft = VoucherDraft("ONCE", VoucherKind.PERCENT, 10, max_uses=1)
    voucher = system.vouchers.create(draft, actor="op")
    return {
        "fair": fair,
        "fair_tier": next(iter(system.layout(fair).tiers)),
        "offered": offered.id,
        "waiting": waiting.id,
        "last": last.id,
        "offer": system.waitlist.get(offered.id).booking_id or "",
        "voucher": voucher.id,
    }


_USES = """INSERT INTO voucher_uses (booking_id, voucher_id, discount)
SELECT id, {voucher}, 1 FROM bookings WHERE id IN ({held}, {sold})"""

# check -> (what is wrong, name of the id that is to be reported, how it is made so)
WAITLIST_PLANTS: dict[str, list[tuple[str, str | None, str]]] = {
    "waitlist entry and booking are in step": [
        (
            "sold but offered",
            "offered",
            "UPDATE bookings SET state = 'confirmed' WHERE id = {offer}",
        ),
        (
            "held but declined",
            "offered",
            "UPDATE waitlist_entries SET state = 'declined' WHERE id = {offered}",
        ),
        (
            "offered nothing",
            "waiting",
            "UPDATE waitlist_entries SET state = 'accepted' WHERE id = {waiting}",
        ),
        ("anothers", "offered", "UPDATE bookings SET customer_id = 'eve' WHERE id = {offer}"),
        ("elsewhere", "offered", "UPDATE bookings SET inventory_id = {bus} WHERE id = {offer}"),
        ("too few", "offered", "UPDATE waitlist_entries SET quantity = 2 WHERE id = {offered}"),
        (
            "for longer",
            "offered",
            """UPDATE waitlist_entries SET offer_expires_at = '2036-01-01 00:00:00.000000'
            WHERE id = {offered}""",
        ),
        ("a booking gone", "offered", "DELETE FROM bookings WHERE id = {offer}"),
        (
            "expired, but held",
            "offered",
            "UPDATE waitlist_entries SET state = 'expired' WHERE id = {offered}",
        ),
    ],
    "those who wait are counted": [
        ("more", "fair", "UPDATE inventories SET waiters = 4 WHERE id = {fair}"),
        ("nobody", "bus", "UPDATE inventories SET waiters = 1 WHERE id = {bus}"),
        ("left", "fair", "UPDATE waitlist_entries SET state = 'left' WHERE id = {waiting}"),
    ],
    "the order of joining has no gap": [
        ("one gone", "fair", "DELETE FROM waitlist_entries WHERE id = {waiting}"),
        ("a leap", "fair", "UPDATE waitlist_entries SET seq = 9 WHERE id = {last}"),
    ],
    "nobody waits for what is free": [
        ("a place", "waiting", "UPDATE tiers SET capacity = 3 WHERE id = {fair_tier}"),
        (
            "of the tier",
            "last",
            """UPDATE tiers SET capacity = 3 WHERE id = {fair_tier};
            UPDATE waitlist_entries SET tier_id = {fair_tier} WHERE id = {last}""",
        ),
    ],
    "a customer waits once": [
        (
            "twice",
            "fair",
            """DROP INDEX uq_waitlist_entries_live;
            UPDATE waitlist_entries SET customer_id = 'bob' WHERE id = {last}""",
        ),
    ],
    "no voucher is used too often": [("two of one", "voucher", _USES)],
}
