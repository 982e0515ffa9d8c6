"""The fastest plain SQL found: one hold as a single statement, driven by pgbench.

The same rows but for counters and version, and no inventory lock: claims by per-seat upsert. It
runs in a schema of its own, with the same columns, indexes, checks and foreign keys, which is
dropped afterwards.
"""

import os
import re
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

import sqlalchemy as sa

from booking_core.engine.bench.load import warm_up_of
from booking_core.engine.bench.workload import Workload
from booking_core.errors import StorageError
from booking_core.storage.database import Database

MOST_CLIENTS = 32
_SCHEMA = "booking_bench_baseline"
_INVENTORY = "00000000-0000-7000-8000-000000000001"
_TIER = "00000000-0000-7000-8000-000000000002"

_TABLES = ("inventories", "tiers", "seats", "bookings", "claims", "activity_log", "outbox")
_FOREIGN_KEYS = (
    ("bookings", "inventory_id", "inventories"),
    ("claims", "seat_id", "seats"),
    ("claims", "booking_id", "bookings"),
)
_SEAT = "('00000000-0000-7000-9000-' || lpad(to_hex(({n})::bigint), 12, '0'))::uuid"

# `:n` counts up within a client, so that ids and seqs are nearly ascending, as the engine's are.
_SCRIPT = """
\\set n :n + 1
\\set key :client_id * 1000000000 + :n
\\set seat random(0, {seats} / 2 - 1) * 2
WITH booked AS (
    INSERT INTO {schema}.bookings (id, inventory_id, customer_id, state, items, places, from_leg,
        to_leg, amount, currency, held_at, expires_at)
    VALUES (('00000000-0000-7000-a000-' || lpad(to_hex(:key::bigint), 12, '0'))::uuid, '{inventory}',
        'bench-' || :key::text, 'held',
        json_build_array(
            json_build_object('tier_id', '{tier}', 'label', 'R0001-1', 'unit_price', 50000,
                'quantity', 1, 'seat_id', {first}),
            json_build_object('tier_id', '{tier}', 'label', 'R0001-2', 'unit_price', 50000,
                'quantity', 1, 'seat_id', {second})),
        2, 0, 1, 100000, 'INR', now(), now() + interval '{hold_seconds} seconds')
    RETURNING id, expires_at
), claimed AS (
    INSERT INTO {schema}.claims (seat_id, leg, inventory_id, booking_id, expires_at)
    SELECT seat, 0, '{inventory}'::uuid, booked.id, booked.expires_at
    FROM booked, (VALUES ({first}), ({second})) AS named (seat)
    ON CONFLICT (seat_id, leg) DO UPDATE
    SET booking_id = excluded.booking_id, expires_at = excluded.expires_at
    WHERE claims.expires_at <= now()
), logged AS (
    INSERT INTO {schema}.activity_log (inventory_id, seq, at, actor, action, booking_id, after)
    SELECT '{inventory}'::uuid, :key::bigint, now(), 'bench-' || :key::text, 'held', id,
        json_build_object('state', 'held', 'expires_at', expires_at) FROM booked
)
INSERT INTO {schema}.outbox (inventory_id, seq, at, kind, payload)
SELECT '{inventory}'::uuid, :key::bigint, now(), 'held',
    json_build_object('booking_id', id, 'state', 'held', 'seats', json_build_array({first}, {second}),
        'legs', json_build_array(0, 1), 'places', 2, 'expires_at', expires_at) FROM booked;
"""


def is_installed() -> bool:
    return shutil.which("pgbench") is not None


def run_pgbench(database: Database, workload: Workload) -> float:
    """Holds per second of the plain statement. Raises StorageError where pgbench fails."""
    clients = min(workload.callers, MOST_CLIENTS)
    _create_schema(database, workload.seats)
    try:
        with TemporaryDirectory() as folder:
            script = Path(folder) / "hold.sql"
            script.write_text(_script(workload))
            _run(database, script, clients, warm_up_of(workload.seconds))
            return _run(database, script, clients, workload.seconds, first_key=500_000_000)
    finally:
        _drop_schema(database)


def _script(workload: Workload) -> str:
    return _SCRIPT.format(
        schema=_SCHEMA,
        inventory=_INVENTORY,
        tier=_TIER,
        seats=workload.seats,
        hold_seconds=workload.hold_seconds,
        first=_SEAT.format(n=":seat"),
        second=_SEAT.format(n=":seat::bigint + 1"),
    )


def _create_schema(database: Database, seats: int) -> None:
    statements = [f"DROP SCHEMA IF EXISTS {_SCHEMA} CASCADE", f"CREATE SCHEMA {_SCHEMA}"]
    for table in _TABLES:
        statements.append(f"CREATE TABLE {_SCHEMA}.{table} (LIKE {table} INCLUDING ALL)")
    for table, column, parent in _FOREIGN_KEYS:
        statements.append(
            f"ALTER TABLE {_SCHEMA}.{table} ADD FOREIGN KEY ({column}) "
            f"REFERENCES {_SCHEMA}.{parent} (id)"
        )
    statements += [
        f"INSERT INTO {_SCHEMA}.inventories (id, name, kind, starts_at, time_zone, currency, "
        "on_sale, version, layout_version, capacity, hold_seconds, longest_hold_seconds, "
        "customer_limit, orphan_rule, refunds, created_at) "
        f"VALUES ('{_INVENTORY}', 'Baseline', 'seated', now() + interval '1 year', 'UTC', 'INR', "
        f"true, 0, 1, {seats}, 900, 3600, 10, 'off', '[]', now())",
        f"INSERT INTO {_SCHEMA}.seats (id, inventory_id, tier_id, ordinal, section, row, number, "
        f"position, type) SELECT {_SEAT.format(n='n')}, '{_INVENTORY}', '{_TIER}', n, '', "
        f"'R' || n / 50, n::text, n, 'standard' FROM generate_series(0, {seats - 1}) AS n",
        *(f"ANALYZE {_SCHEMA}.{table}" for table in _TABLES),
    ]
    _execute(database, statements)


def _drop_schema(database: Database) -> None:
    _execute(database, [f"DROP SCHEMA IF EXISTS {_SCHEMA} CASCADE"])


def _execute(database: Database, statements: list[str]) -> None:
    with database.connect() as connection:
        for statement in statements:
            connection.execute(sa.text(statement.replace("::", "\\:\\:")))
        connection.commit()


def _run(
    database: Database, script: Path, clients: int, seconds: float, first_key: int = 0
) -> float:
    url = database.url
    arguments = {
        "-h": url.host or url.query.get("host"),
        "-p": url.port,
        "-U": url.username,
    }
    command = ["pgbench", "--no-vacuum", "--protocol=prepared", f"--file={script}"]
    command += [f"--client={clients}", f"--jobs={min(clients, 2)}", f"--define=n={first_key}"]
    command.append(f"--time={max(1, round(seconds))}")
    for flag, value in arguments.items():
        if value is not None:
            command += [flag, str(value)]
    command.append(str(url.database))
    environment = {**os.environ, "PGPASSWORD": str(url.password or "")}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    found = re.search(r"^tps = ([0-9.]+)", done.stdout, re.MULTILINE)
    if done.returncode != 0 or found is None:
        raise StorageError(f"pgbench failed: {done.stderr.strip()[-300:]}")
    return float(found.group(1))
