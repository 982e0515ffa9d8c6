"""What an ASGI server runs: the app on the database that the environment names."""

import os

from booking_api.app import create_app

app = create_app(os.environ["BOOKING_DATABASE_URL"])
