"""Drivers by the H3 cell they are in (https://h3geo.org), to find those near a point without
looking at all."""

import math
from collections.abc import Container
from datetime import datetime
from heapq import nsmallest

from h3.api import basic_int as h3  # type: ignore[import-untyped]  # has no annotations

from booking_core.domain.drivers import NearDriver, Position
from booking_core.domain.geo import EARTH_RADIUS_M, Point, haversine_m

# Cells of about 0.74 km² to look drivers up, of about 5.2 km² to count demand in.
_FINE, _COARSE = 8, 7
# The smallest cells have three fifths of the mean area, and not all edges of one are alike.
_SHORTEST_EDGE_M: float = 0.7 * h3.average_hexagon_edge_length(_FINE, unit="m")


def demand_cell(point: Point) -> int:
    """The cell that requests at a point are counted in."""
    cell: int = h3.latlng_to_cell(point.lat, point.lng, _COARSE)
    return cell


class CellIndex:
    """Positions by cell. For one thread at a time."""

    def __init__(self) -> None:
        self._cells: dict[int, dict[str, Position]] = {}
        self._cell_of: dict[str, int] = {}

    def put(self, position: Position) -> bool:
        """Take a driver's position, unless a later one is known; whether it was taken."""
        known = self.get(position.driver_id)
        if known is not None and (known.at > position.at or known == position):
            return False
        cell = h3.latlng_to_cell(position.point.lat, position.point.lng, _FINE)
        before = self._cell_of.get(position.driver_id)
        if before is not None and before != cell:
            self._remove(position.driver_id, before)
        self._cell_of[position.driver_id] = cell
        self._cells.setdefault(cell, {})[position.driver_id] = position
        return True

    def _remove(self, driver_id: str, cell: int) -> None:
        drivers = self._cells[cell]
        del drivers[driver_id]
        if not drivers:
            del self._cells[cell]

    def get(self, driver_id: str) -> Position | None:
        cell = self._cell_of.get(driver_id)
        return None if cell is None else self._cells[cell][driver_id]

    def nearest(
        self,
        point: Point,
        radius_m: float,
        wanted: int,
        *,
        heard_after: datetime,
        but: Container[str],
    ) -> list[NearDriver]:
        """Up to `wanted` drivers within a radius who were heard of after a time, nearest first.

        Rings of cells are looked at from the inside out, until no ring farther out can hold
        anybody nearer than those that were found.
        """
        centre = h3.latlng_to_cell(point.lat, point.lng, _FINE)
        found: list[tuple[float, str, Position]] = []
        ring, enough = 0, radius_m
        while _least_distance_m(ring) <= enough:
            found += self._on_ring(centre, ring, point, heard_after, but)
            if len(found) >= wanted:
                found = nsmallest(wanted, found)
                enough = min(enough, math.sqrt(found[-1][0]))
            ring += 1
        near = [_near(point, position) for _, _, position in nsmallest(wanted, found)]
        return [one for one in near if one.distance_m <= radius_m]

    def _on_ring(
        self, centre: int, ring: int, point: Point, heard_after: datetime, but: Container[str]
    ) -> list[tuple[float, str, Position]]:
        """Those on one ring, with the square of the distance as on a plane: over a few kilometres
        it orders as the great circle does, at a fifth of the price."""
        scale = math.radians(1) * EARTH_RADIUS_M
        east = scale * math.cos(math.radians(point.lat))
        found = []
        for cell in h3.grid_ring(centre, ring):
            for driver_id, position in self._cells.get(cell, {}).items():
                if position.at > heard_after and driver_id not in but:
                    north_m = (position.point.lat - point.lat) * scale
                    # Across the edge of the map, too.
                    east_m = ((position.point.lng - point.lng + 180) % 360 - 180) * east
                    found.append((north_m * north_m + east_m * east_m, driver_id, position))
        return found


def _near(point: Point, position: Position) -> NearDriver:
    distance_m = round(haversine_m(point, position.point))
    return NearDriver(position.driver_id, distance_m, position.point)


def _least_distance_m(ring: int) -> float:
    """How near a cell of a ring may come to any point of the centre: centres of the n-th ring are
    at least `1.5 n` edges away, and both points up to one edge from theirs."""
    return max(1.5 * ring - 2, 0) * _SHORTEST_EDGE_M
