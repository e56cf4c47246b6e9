"""Work done behind the caller's back, one piece at a time.

While PostgreSQL works for one chunk the client reads and parses the next: psycopg lets other threads run while it
waits.
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Self


class OneBehind:
    """A thread that does what it is given in order. Only one piece waits or is done at a time, so that what the caller
    makes meanwhile is all that is held; an error of a piece is raised by the next call, or at the end.
    """

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="behind")
        self._pending: Future[None] | None = None

    def submit(self, work: Callable[[], None]) -> None:
        """Do this next; waits until what was given before is done."""
        self.wait()
        self._pending = self._pool.submit(work)

    def wait(self) -> None:
        """Until everything is done: what the thread used is the caller's again."""
        pending, self._pending = self._pending, None
        if pending is not None:
            pending.result()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None or isinstance(error, Exception):
                self.wait()  # what failed here failed first
        finally:
            self._pool.shutdown()
