"""The server of the tests: the embedded PostgreSQL where a database, of which every test has its own, costs little.

Making one means a thousand small files, and ext4 looks at every file removed in the last five seconds before it makes
the next: a test that drops its database makes that of the next test cost 0.7 s instead of 0.04 s. Hence in memory where
there is enough of it; elsewhere databases are dropped many at a time, long after most others are made.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

import psutil
import psycopg
from psycopg import sql

from trimestre.embedded import EmbeddedPostgres

MEMORY = Path("/dev/shm")  # noqa: S108
NEEDED = 1 << 30
"""Bytes of memory for each server: ten templates of 20 MB, the log of writes, and what a test makes."""

DROPPED_AT_ONCE = 20
"""Databases of 15 MB that wait on disk for their end."""

SETTINGS = {
    # Tests lose nothing in a power cut.
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    # The log of writes is in memory, too.
    "max_wal_size": "128MB",
    "min_wal_size": "64MB",
    # It would look through databases that live for a second.
    "autovacuum": "off",
}


class QuickPostgres(EmbeddedPostgres):
    """A server that copies databases as files, and drops them when enough have gathered."""

    dropped_at_once = 1
    _unused: tuple[str, ...] = ()
    _kept: psycopg.Connection | None = None

    @contextmanager
    def quick_to_talk_to(self) -> Iterator[None]:
        """Within, one connection takes all orders, and the password is looked at once instead of 4,096 times over.

        Connecting takes a third of the CPU that an order about a database takes with it; a test gives two.
        """
        with super()._connect() as self._kept:
            self._kept.execute("SET scram_iterations = 1")
            superuser, password = sql.Identifier(self._kept.info.user), sql.Literal(self._password)
            self._kept.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(superuser, password))
            yield
        self._kept = None

    def _connect(self) -> AbstractContextManager[psycopg.Connection]:  # type: ignore[override]
        """The connection that is kept, if one is."""
        return nullcontext(self._kept) if self._kept else super()._connect()

    def create_database(self, name: str, template: str = "template0") -> None:
        """Copy the template file by file: page by page through the log, as by default, costs three times the CPU."""
        copy = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy")
        with self._connect() as connection:
            connection.execute(copy.format(sql.Identifier(name), sql.Identifier(template)))

    def drop_database(self, name: str) -> None:
        """Drop the database, now or with later ones."""
        self._unused += (name,)
        if len(self._unused) >= self.dropped_at_once:
            for unused in self._unused:
                super().drop_database(unused)
            self._unused = ()


@contextmanager
def running(workers: int) -> Iterator[QuickPostgres]:
    """A server until the end of the session, one of as many as there are workers."""
    in_memory = _has_room(workers)
    # The number says whose it is to whoever finds it after a killed session.
    home = Path(tempfile.mkdtemp(prefix=f"trimestre-test-{os.getpid()}-", dir=MEMORY if in_memory else None))
    if os.geteuid() == 0:
        home.chmod(0o711)
    with QuickPostgres.start(home, SETTINGS) as server, server.quick_to_talk_to():
        server.dropped_at_once = 1 if in_memory else DROPPED_AT_ONCE
        yield server
    shutil.rmtree(home)


def _has_room(workers: int) -> bool:
    """Whether so many servers fit into memory, of which a container may have less than its machine."""
    if not os.access(MEMORY, os.W_OK):
        return False
    for left in MEMORY.glob("trimestre-test-[0-9]*-*"):
        if not psutil.pid_exists(int(left.name.split("-")[2])):
            shutil.rmtree(left, ignore_errors=True)
    needed = workers * NEEDED
    return shutil.disk_usage(MEMORY).free > needed and psutil.virtual_memory().available > 2 * needed
