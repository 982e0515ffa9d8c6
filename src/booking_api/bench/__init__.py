"""`booking bench http` and `booking bench sockets`: the server, measured from outside.

`python -m booking_api.bench` is the load generator. It prepares a database, starts real servers
as processes of their own, measures, ends them, and prints one JSON object.
"""
