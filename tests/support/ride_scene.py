"""What every operation of rides can be asked about: Ann's ride, as far along as it has to be."""

from collections.abc import Callable
from typing import Any

from tests.support.api_shop import Caller, Shop, done
from tests.support.ride_town import Town, act, asked_for, papers

PREFIXES = ("/rides", "/driver")
ABSENT = "999999999"
"""A number that no ride has."""

_PENDING = ("/accept", "/decline")
_COMPLETED = ("/rate",)
_BEGUN = ("/complete",)
_ARRIVED = ("/start",)

BODIES: dict[tuple[str, str], Callable[[dict[str, str]], Any]] = {
    ("POST", "/rides/quote"): lambda _: asked_for(),
    ("POST", "/rides"): lambda _: asked_for(),
    ("POST", "/rides/{booking_id}/rate"): lambda _: {"stars": 5},
    ("POST", "/driver/register"): lambda _: papers(),
    ("PUT", "/driver/status"): lambda _: {"online": True},
    ("PUT", "/driver/location"): lambda _: {"lat": 19.076, "lng": 72.8777},
    ("POST", "/driver/rides/{booking_id}/start"): lambda i: {"otp": i["otp"]},
}


async def set_up(shop: Shop, template: str) -> tuple[Caller, dict[str, str], Caller]:
    """Ann, what paths and bodies may name, and her driver."""
    town = Town(shop)
    town.open()
    driver, ann = await town.driver(), await town.rider()
    ids: dict[str, str] = {}
    if "{booking_id}" in template:
        ride = await town.request(ann)
        ids = {"booking_id": str(ride), "otp": "000000"}
        if not template.endswith(_PENDING):
            done(await act(driver, ride, "accept"), 200)
            ids["otp"] = (await ann.read(f"/rides/{ride}"))["otp"]
        if template.endswith(_ARRIVED + _BEGUN + _COMPLETED):
            done(await act(driver, ride, "arrived"), 200)
        if template.endswith(_BEGUN + _COMPLETED):
            done(await act(driver, ride, "start", otp=ids["otp"]), 200)
        if template.endswith(_COMPLETED):
            done(await act(driver, ride, "complete"), 200)
    return ann, ids, driver
