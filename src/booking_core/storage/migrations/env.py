"""Runs migrations on the database handed over by `booking_core.storage.schema`."""

import sqlalchemy as sa
from alembic import context
from sqlmodel import SQLModel

import booking_core.storage.tables.registry  # noqa: F401 - registers every table
from booking_core.storage.database import Database

# Any number will do, as long as all our processes take the same.
_UPGRADE_LOCK = 7_310_424


def run() -> None:
    database: Database = context.config.attributes["database"]
    with database.engine.connect() as connection:
        if database.is_postgres:
            connection.execute(sa.text(f"SELECT pg_advisory_lock({_UPGRADE_LOCK})"))
            connection.commit()
        else:
            connection.execute(sa.text("BEGIN IMMEDIATE"))
        context.configure(
            connection=connection,
            target_metadata=SQLModel.metadata,
            render_as_batch=not database.is_postgres,
            transactional_ddl=True,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()


run()
