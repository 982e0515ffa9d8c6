"""Many look-ups of single keys as few queries: whoever asks while one runs shares the next."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Batched(Generic[K, V]):
    """Looks keys up through `load`, a blocking call for many at once that leaves out the absent.

    A query starts only after the look-ups it serves arrived, so none is answered with what was
    true before it was asked. One query runs at a time, on a thread of its own. For one event loop.
    """

    def __init__(self, load: Callable[[Sequence[K]], Mapping[K, V]], name: str) -> None:
        self._load = load
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._waiting: list[tuple[K, asyncio.Future[V | None]]] = []
        self._running: asyncio.Task[None] | None = None

    async def get(self, key: K) -> V | None:
        """The value of a key, or None. Raises what `load` raised."""
        answer: asyncio.Future[V | None] = asyncio.get_running_loop().create_future()
        self._waiting.append((key, answer))
        if self._running is None:
            self._running = asyncio.create_task(self._work())
        return await answer

    async def _work(self) -> None:
        """The task starts in the loop's next turn, so all that arrive in this one go together."""
        while self._waiting:
            asked, self._waiting = self._waiting, []
            await self._answer(asked)
        self._running = None

    async def _answer(self, asked: list[tuple[K, asyncio.Future[V | None]]]) -> None:
        keys = list({key for key, _ in asked})
        try:
            loop = asyncio.get_running_loop()
            found = await loop.run_in_executor(self._thread, self._load, keys)
        except Exception as error:  # noqa: BLE001 - each caller raises it for himself
            for _, answer in asked:
                if not answer.done():
                    answer.set_exception(error)
            return
        for key, answer in asked:
            if not answer.done():
                answer.set_result(found.get(key))

    def close(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)
