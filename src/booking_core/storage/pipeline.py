"""Statements over libpq's pipeline mode, sent together and answered together.

psycopg's own pipeline sends every statement by itself, which wakes the server once for each. Here
they gather in libpq's buffer until they are pushed or their answers are wanted.
"""

import select
from collections import deque
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from itertools import count
from re import compile as pattern
from typing import Any

import psycopg
from psycopg import pq
from psycopg.adapt import Transformer
from psycopg.errors import error_from_result

from booking_core.storage.statements import Row, Write, postgres_text

_PARAMETER = pattern(r"%\((\w+)\)s")
_DONE = {pq.ExecStatus.COMMAND_OK, pq.ExecStatus.TUPLES_OK}


class PipelineAnswer:
    """What a statement gave. Reading it waits for everything sent until the mark behind it, or
    until now where there is none."""

    def __init__(self, pipeline: "Pipeline", prepares: str | None = None) -> None:
        self._pipeline = pipeline
        self._rows: list[Sequence[Any]] = []
        self.prepares = prepares
        self.part: int | None = None
        """Which of the parts between marks it was sent in; None as long as it was not."""
        self.result: pq.abc.PGresult | None = None
        self.was_skipped = False
        """Whether the server said that it left this out because something before it failed."""

    def rows(self) -> list[Sequence[Any]]:
        self._pipeline.receive(self.part)
        if self.result is not None:
            self._rows, self.result = self._pipeline.load(self.result), None
        return self._rows

    @property
    def count(self) -> int:
        """Rows written."""
        self._pipeline.receive(self.part)
        return 0 if self.result is None else self.result.command_tuples or 0

    @property
    def tag(self) -> str:
        """What the server says it did, as `COMMIT`; nothing where it has not answered yet."""
        status = None if self.result is None else self.result.command_status
        return (status or b"").decode().partition(" ")[0]


class Pipeline:
    """A connection in pipeline mode for good, every statement prepared under its text.

    Raises psycopg's errors, the first of those since the last answers were read.
    """

    def __init__(self, connection: "psycopg.Connection[Any]") -> None:
        self._connection = connection
        self._libpq = connection.pgconn
        self._transformer = Transformer(connection)
        self._names: dict[str, bytes] = {}
        self._numbers = count()
        self._unanswered: deque[PipelineAnswer] = deque()
        # Parts end with a mark; the last one is open.
        self._part = self._answered_parts = 0
        self._poll = select.poll()
        self._poll.register(self._libpq.socket, select.POLLIN)
        self._libpq.enter_pipeline_mode()

    def send(
        self, text: str, parameters: Mapping[str, Any], answer: PipelineAnswer | None = None
    ) -> PipelineAnswer:
        """Queue a statement with `%(name)s` parameters; its answer may have been made before."""
        positional, names = _positional(text)
        if text not in self._names:
            name = f"s{next(self._numbers)}".encode()
            self._libpq.send_prepare(name, positional)
            self._expect(PipelineAnswer(self, prepares=text))
            self._names[text] = name
        values = [postgres_text(parameters[name]) for name in names]
        self._libpq.send_query_prepared(self._names[text], values)
        return self._expect(answer or PipelineAnswer(self))

    def _expect(self, answer: PipelineAnswer) -> PipelineAnswer:
        answer.part = self._part
        self._unanswered.append(answer)
        return answer

    def push(self) -> None:
        """Let the server begin with what is queued."""
        self._libpq.flush()

    def mark(self) -> None:
        """Have all that was sent so far answered by itself, whatever is sent behind it: the
        server keeps answers back until then. What fails takes nothing behind the mark along."""
        if self._unanswered and self._unanswered[-1].part == self._part:
            self._libpq.pipeline_sync()
            self._part += 1

    def receive(self, part: int | None = None) -> None:
        """Wait for the answers to a part and all before it, or to all that was sent."""
        if part is None or part == self._part:
            self.mark()
            part = self._part - 1
        failed: pq.abc.PGresult | None = None
        while self._answered_parts <= part:
            first = self._receive_part()
            failed = failed or first
        if failed is not None:
            raise error_from_result(failed, encoding="utf-8")

    def _receive_part(self) -> "pq.abc.PGresult | None":
        """The first failure of the next part."""
        failed: pq.abc.PGresult | None = None
        skipped: list[PipelineAnswer] = []
        while (result := self._next_result()).status != pq.ExecStatus.PIPELINE_SYNC:
            # A server that ends the session says so even when everything is answered.
            answer = self._unanswered.popleft() if self._unanswered else PipelineAnswer(self)
            if result.status in _DONE:
                answer.result = result
                continue
            failed = failed or result
            if result.status == pq.ExecStatus.PIPELINE_ABORTED:
                skipped.append(answer)
            if answer.prepares is not None:
                self._names.pop(answer.prepares)
        self._answered_parts += 1
        # libpq says so by itself once anything fails; only here has the server confirmed it.
        for answer in skipped:
            answer.was_skipped = True
        return failed

    def is_silent(self) -> bool:
        """Whether nothing has come that nobody asked for."""
        self._poll.modify(self._libpq.socket, select.POLLIN)
        return not self._unanswered and not self._poll.poll(0)

    def _next_result(self) -> "pq.abc.PGresult":
        """The next statement's result; libpq ends each statement's results with None."""
        while True:
            unsent = self._libpq.flush()
            while not self._libpq.is_busy():
                result = self._libpq.get_result()
                if result is not None:
                    return result
            events = select.POLLIN | (select.POLLOUT if unsent else 0)
            self._poll.modify(self._libpq.socket, events)
            self._poll.poll()
            self._libpq.consume_input()

    def load(self, result: "pq.abc.PGresult") -> list[Sequence[Any]]:
        """The rows of a result, as psycopg would give them."""
        self._transformer.set_pgresult(result)
        rows: list[Sequence[Any]] = self._transformer.load_rows(0, result.ntuples, tuple)
        return rows


class PostgresDraft:
    """What is to be written, made ready while the connection is busy with something else."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline
        self._ready: list[tuple[str, Mapping[str, Any], PipelineAnswer]] = []

    def write(
        self, write: Write, rows: Sequence[Row], *, now: datetime | None = None
    ) -> PipelineAnswer:
        answer = PipelineAnswer(self._pipeline)
        self._ready.append((*write.to_postgres(rows, now), answer))
        return answer

    def push(self) -> None:
        """Nothing: it is sent all at once."""

    def send(self) -> None:
        """Let the server begin with it."""
        for text, values, answer in self._ready:
            self._pipeline.send(text, values, answer)
        self._pipeline.push()


@cache
def _positional(text: str) -> tuple[bytes, tuple[str, ...]]:
    """A text with `$1` for its first parameter and so on, and the parameters' names in order."""
    names = tuple(dict.fromkeys(_PARAMETER.findall(text)))
    numbered = _PARAMETER.sub(lambda found: f"${names.index(found[1]) + 1}", text)
    return numbered.encode(), names
