"""Where to go: the bodies that ask for a ride or its price."""

from typing import Annotated

from pydantic import Field

from booking_api.models import Body
from booking_core.domain.fares import VehicleType
from booking_core.domain.geo import Place, checked_point
from booking_core.domain.rides import LONGEST_TEXT, checked_place_name

Latitude = Annotated[float, Field(strict=True, ge=-90, le=90, allow_inf_nan=False)]
Longitude = Annotated[float, Field(strict=True, ge=-180, le=180, allow_inf_nan=False)]
Name = Annotated[str, Field(min_length=1, max_length=LONGEST_TEXT)]


class Journey(Body):
    """From where to where, in degrees. Only a request has to say what people call the places."""

    pickup_location: Annotated[Name, Field(examples=["123 Street, City"])] | None = None
    pickup_lat: Annotated[Latitude, Field(examples=[19.0760])]
    pickup_lng: Annotated[Longitude, Field(examples=[72.8777])]
    dropoff_location: Annotated[Name, Field(examples=["456 Avenue, City"])] | None = None
    dropoff_lat: Annotated[Latitude, Field(examples=[19.0896])]
    dropoff_lng: Annotated[Longitude, Field(examples=[72.8656])]
    vehicle_type: VehicleType = VehicleType.ECONOMY

    @property
    def pickup(self) -> Place:
        """Raises InvalidRequest."""
        point = checked_point(self.pickup_lat, self.pickup_lng, "pickup_")
        return Place(checked_place_name("pickup_location", self.pickup_location or "pickup"), point)

    @property
    def dropoff(self) -> Place:
        """Raises InvalidRequest."""
        point = checked_point(self.dropoff_lat, self.dropoff_lng, "dropoff_")
        name = checked_place_name("dropoff_location", self.dropoff_location or "dropoff")
        return Place(name, point)


class Request(Journey):
    """A ride to be found a driver for."""

    pickup_location: Annotated[Name, Field(examples=["123 Street, City"])]
    dropoff_location: Annotated[Name, Field(examples=["456 Avenue, City"])]
