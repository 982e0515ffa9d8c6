"""Programs that a test starts."""

import subprocess
from types import TracebackType


class Program(subprocess.Popen[str]):
    """A program that a test which fails meanwhile does not wait for: it would, for ever."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if kind is not None:
            self.kill()
        super().__exit__(kind, value, traceback)
