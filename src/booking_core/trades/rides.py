"""Rides: the trade's policies, and the tariffs it begins with."""

from booking_core.domain.fares import Tariff, VehicleType
from booking_core.domain.policies.rides import RidePolicy

POLICY = RidePolicy()
# Paise: what a start, a kilometre and a minute cost, the least fare, the fee of a late
# cancellation, the percentage at night, and the speed in km/h that a time is estimated by.
TARIFFS = (
    Tariff(VehicleType.ECONOMY, 5_000, 1_400, 150, 8_000, 4_000, 125, 22),
    Tariff(VehicleType.PREMIUM, 9_000, 2_200, 250, 15_000, 7_500, 125, 24),
    Tariff(VehicleType.VAN, 10_000, 2_500, 250, 18_000, 8_000, 125, 20),
)
