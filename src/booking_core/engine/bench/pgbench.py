"""The same hold as plain SQL, one transaction each, driven by pgbench with prepared statements.

The same rows but for counters and version, and without an inventory lock: claims by per-seat
upsert. It runs in a schema of its own, with the same columns, indexes, checks and foreign keys,
which is dropped afterwards.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

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

_NO_SCHEMA = ("DROP SCHEMA IF EXISTS {schema} CASCADE",)
# LIKE does not take over how full pages are packed.
_TABLE = "CREATE TABLE {schema}.{table} (LIKE {table} INCLUDING ALL) WITH (fillfactor = {fill})"
_UPDATED_IN_PLACE = {"inventories", "tiers", "claims"}
_FOREIGN_KEY = (
    "ALTER TABLE {schema}.{table} ADD FOREIGN KEY ({column}) REFERENCES {schema}.{parent} (id)"
)
_BENCH_INVENTORY = """
INSERT INTO {schema}.inventories (id, name, kind, starts_at, time_zone, currency, on_sale,
    version, layout_version, capacity, hold_seconds, longest_hold_seconds, customer_limit,
    orphan_rule, refunds, created_at, waiters)
VALUES ('{inventory}', 'Baseline', 'seated', now() + interval '1 year', 'UTC', 'INR', true,
    0, 1, {seats}, 900, 3600, 10, 'off', '[]', now(), 0)
"""
_BENCH_SEATS = """
INSERT INTO {schema}.seats (id, inventory_id, tier_id, ordinal, section, row, number, position,
    type)
SELECT {seat}, '{inventory}', '{tier}', n, '', 'R' || n / 50, n::text, n, 'standard'
FROM generate_series(0, {seats} - 1) AS n
"""
_BOOKING = "('00000000-0000-7000-a000-' || lpad(to_hex(:key::bigint), 12, '0'))::uuid"
_UNTIL = "now() + interval '{hold_seconds} seconds'"

# `:n` counts up within a client, so that ids and seqs are nearly ascending, as the engine's are.
_SCRIPT = """
\\set n :n + 1
\\set key :client_id * 1000000000 + :n
\\set seat random(0, {seats} / 2 - 1) * 2
BEGIN;
INSERT INTO {schema}.bookings (id, inventory_id, customer_id, state, items, places, from_leg,
    to_leg, amount, currency, held_at, expires_at)
VALUES ({booking}, '{inventory}', 'bench-' || :key::text, 'held',
    json_build_array(
        json_build_object('tier_id', '{tier}', 'label', 'R0001-1', 'unit_price', 50000,
            'quantity', 1, 'seat_id', {first}),
        json_build_object('tier_id', '{tier}', 'label', 'R0001-2', 'unit_price', 50000,
            'quantity', 1, 'seat_id', {second})),
    2, 0, 1, 100000, 'INR', now(), {until});
{claim_first}
{claim_second}
INSERT INTO {schema}.activity_log (inventory_id, seq, at, actor, action, entity, entity_id, after,
    hash)
VALUES ('{inventory}', :key::bigint, now(), 'bench-' || :key::text, 'held', 'booking', {booking},
    json_build_object('state', 'held', 'expires_at', {until}),
    encode(sha256(({booking})::text::bytea), 'hex'));
INSERT INTO {schema}.outbox (inventory_id, seq, at, kind, payload)
VALUES ('{inventory}', :key::bigint, now(), 'held',
    json_build_object('booking_id', {booking}, 'state', 'held',
        'seats', json_build_array({first}, {second}), 'legs', json_build_array(0, 1),
        'places', 2, 'expires_at', {until}));
COMMIT;
"""
_CLAIM = """
INSERT INTO {schema}.claims (seat_id, leg, inventory_id, booking_id, expires_at)
VALUES ({seat}, 0, '{inventory}', {booking}, {until})
ON CONFLICT (seat_id, leg) DO UPDATE
SET booking_id = excluded.booking_id, expires_at = excluded.expires_at
WHERE claims.expires_at <= now();
"""


def is_installed() -> bool:
    """Whether there is a `pgbench` on the PATH."""
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
    common = {
        "schema": _SCHEMA,
        "inventory": _INVENTORY,
        "booking": _BOOKING,
        "until": _UNTIL.format(hold_seconds=workload.hold_seconds),
    }
    first, second = _SEAT.format(n=":seat"), _SEAT.format(n=":seat::bigint + 1")
    return _SCRIPT.format(
        tier=_TIER,
        seats=workload.seats,
        first=first,
        second=second,
        claim_first=_CLAIM.format(seat=first, **common),
        claim_second=_CLAIM.format(seat=second, **common),
        **common,
    )


def _create_schema(database: Database, seats: int) -> None:
    statements = [*_NO_SCHEMA, "CREATE SCHEMA {schema}"]
    statements += [
        _TABLE.format(
            table=table, schema="{schema}", fill=50 if table in _UPDATED_IN_PLACE else 100
        )
        for table in _TABLES
    ]
    statements += [
        _FOREIGN_KEY.format(table=table, column=column, parent=parent, schema="{schema}")
        for table, column, parent in _FOREIGN_KEYS
    ]
    statements += [_BENCH_INVENTORY, _BENCH_SEATS]
    statements += [f"ANALYZE {{schema}}.{table}" for table in _TABLES]
    _execute(database, statements, seats)


def _drop_schema(database: Database) -> None:
    _execute(database, _NO_SCHEMA)


def _execute(database: Database, templates: Sequence[str], seats: int = 0) -> None:
    filling = {
        "schema": _SCHEMA,
        "inventory": _INVENTORY,
        "tier": _TIER,
        "seat": _SEAT.format(n="n"),
        "seats": seats,
    }
    with database.connect() as connection:
        for template in templates:
            connection.exec_driver_sql(template.format(**filling))
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
