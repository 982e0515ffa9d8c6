"""What a contract hands to the app factory."""

from dataclasses import dataclass

from fastapi import APIRouter

from booking_api.http.errors import Renderer, detail_and_code
from booking_api.http.rate_classes import Classify, alike
from booking_api.identity import Identify, by_headers


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """One public interface: its routers, the paths it speaks for, and what its document says of
    all of them: the shape of errors, the classes of rate limits, and what shows who asks.

    `prefixes` are the starts of its paths; where two contracts share one, either's ways may be
    used. `tags` are `(name, description)`, in the order in which `/docs` lists them.
    """

    name: str
    prefixes: tuple[str, ...]
    routers: tuple[APIRouter, ...]
    render: Renderer = detail_and_code
    rate_class: Classify = alike
    identify: Identify = by_headers
    tags: tuple[tuple[str, str], ...] = ()
