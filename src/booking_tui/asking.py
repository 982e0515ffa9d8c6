"""Asking the backend without keeping anybody waiting."""

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar, cast

from textual import on
from textual.screen import Screen

from booking_core.errors import (
    BookingError,
    InternalError,
    NotAuthenticated,
    StorageError,
)
from booking_tui.backend import Backend
from booking_tui.messages import Answered, Failed

if TYPE_CHECKING:
    from booking_tui.app import Console

T = TypeVar("T")
R = TypeVar("R")


class AskingScreen(Screen[R]):
    """A screen whose questions are answered by workers, one message for each."""

    _is_looking = False
    _wants_another_look = False

    @property
    def console_app(self) -> "Console":
        return cast("Console", self.app)

    def ask(
        self,
        job: Callable[[Backend], T],
        then: Callable[[T], None],
        otherwise: Callable[[BookingError], None] | None = None,
    ) -> None:
        """Run `job` on a thread; `then` gets its answer, back on the screen's own."""
        console = self.console_app

        def work() -> None:
            self.post_message(_outcome(job, console.wait_for_backend, then, otherwise))

        self.run_worker(work, thread=True, exit_on_error=False)

    def look_by(
        self,
        job: Callable[[Backend], T],
        then: Callable[[T], None],
        otherwise: Callable[[BookingError], None] | None = None,
    ) -> None:
        """`ask` for what is shown: one question at a time, and once more after it where another
        look was wanted meanwhile."""
        if self._is_looking:
            self._wants_another_look = True
            return
        self._is_looking = True

        def answered(value: T) -> None:
            self._is_looking = False
            then(value)
            self._look_once_more()

        def refused(error: BookingError) -> None:
            self._is_looking = False
            if otherwise is not None:
                otherwise(error)

        self.ask(job, answered, refused)

    def look(self) -> None:
        """Ask for what is shown."""

    def _look_once_more(self) -> None:
        if self._wants_another_look:
            self._wants_another_look = False
            self.look()

    @on(Answered)
    def take_answer(self, message: Answered) -> None:
        message.stop()
        self.console_app.note_alive()
        message.then(message.value)

    @on(Failed)
    def take_failure(self, message: Failed) -> None:
        message.stop()
        if message.then is not None:
            message.then(message.error)
        self.console_app.note_failure(message.error)


def _outcome(
    job: Callable[[Backend], T],
    backend: Callable[[], Backend],
    then: Callable[[T], None],
    otherwise: Callable[[BookingError], None] | None,
) -> Answered | Failed:
    try:
        return Answered(job(backend()), then)
    except BookingError as error:
        return Failed(error, otherwise)
    except Exception as error:  # noqa: BLE001 - a defect of one question must not end the console
        defect = InternalError(
            f"The console failed on a defect of its own ({type(error).__name__})."
        )
        return Failed(defect, otherwise)


def is_loss(error: BookingError) -> bool:
    """Whether it is the database or the server that is lost, and may come back."""
    return isinstance(error, StorageError)


def is_end(error: BookingError) -> bool:
    """Whether the operator has to come in anew."""
    return isinstance(error, NotAuthenticated)
