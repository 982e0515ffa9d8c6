"""Customers who buy while something goes wrong."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from threading import Event

from booking_core import BookingSystem
from tests.support.faults_diary import Diary
from tests.support.faults_waiting import Later
from tests.support.faults_writer import CUSTOMERS, Customer, Shop


def buy_until(stop: Event, customer: Customer) -> None:
    while not stop.is_set():
        customer.act()


def rush(system: BookingSystem, shop: Shop, diary: Path, disturb: Callable[[], None]) -> None:
    """Customers buy while the server is disturbed."""
    written, stop = Diary(diary), Event()
    customers = [Customer(system, shop, number, written) for number in range(CUSTOMERS)]
    buying = [Later(partial(buy_until, stop, customer)).start() for customer in customers]
    try:
        disturb()
    finally:
        stop.set()
    for buyer in buying:
        buyer.result()
