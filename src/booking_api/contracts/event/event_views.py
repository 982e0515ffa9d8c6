"""Events and venues as the event contract shows them."""

from typing import Annotated, Any

from pydantic import Field

from booking_api.amounts import AmountOut, major
from booking_api.models import Answer, Instant
from booking_core.domain.programme import EventOffer, EventStatus, Venue


class VenueName(Answer):
    id: str
    name: str = Field(examples=["Central Park Arena"])
    city: str = Field(examples=["New York"])
    capacity: int = Field(examples=[50_000])


class VenueView(VenueName):
    address: str = Field(examples=["123 Park Avenue"])
    state: str = Field(examples=["NY"])
    country: str = Field(examples=["USA"])
    postal_code: str = Field(examples=["10001"])
    layout_config: dict[str, Any]
    time_zone: str = Field(examples=["America/New_York"])


class EventSummary(Answer):
    """`capacity` is the ceiling of what may be on sale; prices are in `currency`."""

    id: str
    name: str = Field(examples=["Summer Music Festival"])
    description: str
    venue: VenueName
    start_time: Instant
    end_time: Instant
    capacity: int
    available_seats: int
    status: EventStatus
    min_price: AmountOut
    max_price: AmountOut
    currency: str = Field(examples=["INR"])


class TierView(Answer):
    tier: str = Field(examples=["VIP"])
    price: AmountOut
    capacity: int
    available: Annotated[int, Field(description="Free now.")]


class EventDetails(EventSummary):
    """`seating` says whether one books numbered seats, or counted places of a tier."""

    venue: VenueView
    price_tiers: list[TierView]
    seating: str = Field(examples=["seated", "counted"])
    on_sale: bool
    created_at: Instant


def venue_of(venue: Venue) -> VenueView:
    return VenueView.model_validate(venue)


def summary_of(offer: EventOffer) -> EventSummary:
    return EventSummary(**_summary(offer), venue=VenueName.model_validate(offer.event.venue))


def details_of(offer: EventOffer) -> EventDetails:
    event = offer.event
    return EventDetails(
        **_summary(offer),
        venue=venue_of(event.venue),
        price_tiers=[
            TierView(
                tier=tier.tier,
                price=major(tier.price, event.currency),
                capacity=tier.capacity,
                available=tier.available,
            )
            for tier in offer.tiers
        ],
        seating=str(event.kind),
        on_sale=event.on_sale,
        created_at=event.created_at,
    )


def _summary(offer: EventOffer) -> dict[str, Any]:
    event = offer.event
    return {
        "id": event.id,
        "name": event.name,
        "description": event.description,
        "start_time": event.starts_at,
        "end_time": event.ends_at,
        "capacity": event.capacity,
        "available_seats": offer.available,
        "status": offer.status,
        "min_price": major(offer.min_price, event.currency),
        "max_price": major(offer.max_price, event.currency),
        "currency": event.currency,
    }
