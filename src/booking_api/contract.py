"""What a contract hands to the app factory."""

from dataclasses import dataclass

from fastapi import APIRouter

from booking_api.http.errors import Renderer, detail_and_code


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """One public interface: its routers, the paths it speaks for, and the shape of its errors.

    `prefixes` are the starts of its paths; where two contracts share one, either's shape may be
    used. `tags` are `(name, description)`, in the order in which `/docs` lists them.
    """

    name: str
    prefixes: tuple[str, ...]
    routers: tuple[APIRouter, ...]
    render: Renderer = detail_and_code
    tags: tuple[tuple[str, str], ...] = ()
