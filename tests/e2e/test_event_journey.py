"""A sold-out evening, by the event and the admission contract, on both kinds of database."""

import pytest

from tests.support.api_house import CARD, buy, counted, failed, hold, seated, section, told
from tests.support.api_shop import Shop, done

pytestmark = pytest.mark.anyio


async def test_an_evening_sells_out_and_somebody_gives_a_seat_back(shop: Shop) -> None:
    ann, eve, joe = [await shop.customer() for _ in range(3)]
    show = await seated(shop, section("VIP", "A", 2, 300.0), section("General", "B", 1, 50.0))
    first = await buy(ann, show, "VIP A1", "VIP A2")
    await hold(eve, show, quantity=1, tier="General")
    asked = {"event_id": show.id, "quantity": 1}
    failed(await joe.post("/api/v1/bookings", asked), 409, "EVENT_SOLD_OUT")
    entry = told(await joe.post("/api/v1/waitlist/join", asked), 201)

    # Nobody pays for the seat in the balcony.
    shop.clock.advance(minutes=5)
    shop.api.system.expire()
    path = f"/api/v1/waitlist/{entry['waitlist_id']}/accept"
    offered = told(await joe.post(path), 200)["booking"]
    assert [seat["section"] for seat in offered["seats"]] == ["General"]
    told(await joe.post(f"/api/v1/bookings/{offered['id']}/confirm", CARD), 200)
    given_back = told(await ann.delete(f"/api/v1/bookings/{first['id']}"), 200)
    assert given_back["refund_amount"] == 600.0

    stats = told(await joe.get("/api/v1/users/profile"), 200)["stats"]
    assert (stats["total_bookings"], stats["total_spent"]) == (1, 50.0)
    figures = told(await shop.admin.get("/api/v1/admin/analytics/dashboard"), 200)
    assert figures["summary"]["total_revenue"] == 50.0
    assert figures["top_events"][0]["event_id"] == show.id
    report = (await shop.admin.get("/api/v1/admin/reports/sales.csv")).text.splitlines()
    assert len(report) == 3
    assert shop.api.system.fsck().violations == []


async def test_tickets_of_a_concert_that_is_called_off(shop: Shop) -> None:
    ann = await shop.customer()
    show = await counted(shop, ("Early", 20.0, 1), ("General", 25.0, 9))
    order = {"user_id": ann.id, "event_id": show.id, "number_of_tickets": 2}
    sold = done(await ann.post("/api/bookings/", order), 201)
    assert (sold["total_amount"], sold["status"]) == ("50.00", "confirmed")
    left = f"/api/events/{show.id}/availability/"
    assert done(await shop.nobody.get(left), 200)["available_tickets"] == 8

    told(await shop.admin.post(f"/api/v1/admin/events/{show.id}/cancel", {}), 200)
    shop.api.system.event_canceller().run_once()
    history = done(await ann.get(f"/api/users/{ann.id}/bookings/"), 200)["results"]
    assert [one["status"] for one in history] == ["cancelled"]
    done(await ann.post("/api/bookings/", order), 409)
    assert shop.api.system.fsck().violations == []
