"""The example workflow of the bus document as it is printed: curl against a server process,
unchanged but for the address, ids and dates."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.support.api_scripts import curl
from tests.support.api_shapes import misfits
from tests.support.serving import get, served

REGISTER = """
curl -X POST "http://localhost:8000/users/register" \\
  -H "Content-Type: application/json" \\
  -d '{
    "email": "john.doe@example.com",
    "password": "SecurePass123",
    "first_name": "John",
    "last_name": "Doe",
    "phone_number": "1234567890"
  }'
"""
LOGIN = """
curl -X POST "http://localhost:8000/users/login" \\
  -H "Content-Type: application/json" \\
  -d '{
    "email": "john.doe@example.com",
    "password": "SecurePass123"
  }'
"""
SEARCH = """
curl -X GET "http://localhost:8000/schedules/search?\
origin_city=Mumbai&destination_city=Pune&date=2024-01-20" \\
  -H "Authorization: Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9..."
"""
RESERVE = """
curl -X POST "http://localhost:8000/reservations/create" \\
  -H "Authorization: Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9..." \\
  -H "Content-Type: application/json" \\
  -d '{
    "schedule_id": "schedule-123",
    "seat_ids": ["seat-001", "seat-002"]
  }'
"""
PAY = """
curl -X POST "http://localhost:8000/payments/initiate" \\
  -H "Authorization: Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9..." \\
  -H "Content-Type: application/json" \\
  -d '{
    "reservation_id": "reservation-456",
    "payment_method": "upi",
    "amount": 1000.00
  }'
"""
DETAILS = """
curl -X GET "http://localhost:8000/bookings/booking-789/details" \\
  -H "Authorization: Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9..."
"""
BOOKED = {
    "id": "booking-789",
    "booking_reference": "BK20240115001",
    "status": "confirmed",
    "total_amount": 1000.00,
    "schedule": {
        "departure_datetime": "2024-01-20T08:00:00Z",
        "bus": {"bus_number": "MH-12-AB-1234"},
        "route": {"origin_city": "Mumbai", "destination_city": "Pune"},
    },
    "seats": [{"seat_number": "A1", "seat_type": "standard"}],
    "ticket": {
        "ticket_number": "TKT20240115001",
        "qr_code": "data:image/png;base64,iVBORw0KGgoAAAANS...",
        "validity_status": "valid",
    },
}


def test_the_printed_commands_work(sqlite_url: str, tmp_path: Path) -> None:
    day = (datetime.now(UTC) + timedelta(days=3)).date().isoformat()
    ours = {"2024-01-20": day}
    with served(sqlite_url, tmp_path / "log", "--demo") as address:
        john = curl(REGISTER, address, ours)
        login = curl(LOGIN, address, ours)
        assert (john["role"], login["user_id"]) == ("customer", john["id"])
        ours["eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9..."] = login["access_token"]

        schedule = curl(SEARCH, address, ours)["schedules"][0]
        assert (schedule["base_price"], schedule["available_seats"]) == (500.00, 40)
        ours["schedule-123"] = schedule["id"]
        seats = get(f"{address}/schedules/{schedule['id']}/seats")[1]["seats"]
        ours["seat-001"], ours["seat-002"] = seats[0]["seat_id"], seats[1]["seat_id"]

        reservation = curl(RESERVE, address, ours)
        assert (reservation["status"], reservation["total_amount"]) == ("active", 1000.00)
        ours["reservation-456"] = reservation["id"]
        paid = curl(PAY, address, ours)
        assert paid["status"] == "succeeded"

        booked = curl(DETAILS, address, {**ours, "booking-789": paid["booking_id"]})
        assert misfits(BOOKED, booked) == []
        today = datetime.now(UTC).strftime("%Y%m%d")
        assert booked["booking_reference"] == f"BK{today}001"
        assert [seat["seat_number"] for seat in booked["seats"]] == ["A1", "A2"]
    assert "Traceback" not in (tmp_path / "log").read_text()
