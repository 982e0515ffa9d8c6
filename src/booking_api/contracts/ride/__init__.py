"""The ride contract: riders, drivers, and what the two are told live."""

from booking_api.contract import Contract
from booking_api.contracts.ride import driver, driving, rides, sockets
from booking_api.contracts.ride.errors import render

CONTRACT = Contract(
    name="ride",
    prefixes=("/rides", "/driver", "/ws/bookings", "/ws/driver"),
    routers=(rides.router, driving.router, driver.router, sockets.router),
    render=render,
    tags=(
        ("Rides", "Ride contract: ask for a ride, follow it, rate it."),
        ("Drivers", "Ride contract: who drives, where they are, what they earned."),
        ("Driving", "Ride contract: take a ride, and drive it to its end."),
    ),
)
