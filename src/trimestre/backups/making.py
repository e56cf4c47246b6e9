"""Making a backup while nights run: a snapshot of the warehouse, then the files that it knows.

Files of a batch are there before its rows are committed, so whatever the snapshot knows can be copied after it. Landed
files never change: what an earlier backup in the same folder has is linked, and only new files are copied and checked
against what was landed. Links are between backups, never to the originals: what happens to those must not reach here.

Data flow: snapshot -> pg_dump + numbers for the manifest -> files -> manifest -> the folder takes its name; the
warehouse is told when, for the watch.
"""

import fcntl
import hashlib
import logging
import os
import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path, PurePosixPath
from typing import Any

import sqlalchemy as sa
import zstandard

from trimestre.backups.manifest import (
    AIRFLOW_DUMP,
    DUMP,
    FILES,
    MANIFEST,
    PARTIAL,
    BackedFile,
    BackedVintage,
    Manifest,
    finished,
    read,
)
from trimestre.backups.places import copy, places, secret_files, sha256_of, walk
from trimestre.backups.programs import program, run
from trimestre.errors import ContractError, PermanentError, TransientError, TrimestreError
from trimestre.pipeline.landing import MANIFEST as BATCH_MANIFEST
from trimestre.settings import Settings
from trimestre.warehouse.database import connect, one_state, transaction
from trimestre.warehouse.tables import SCHEMAS
from trimestre.watching.marks import mark

log = logging.getLogger(__name__)

COUNTED = ("ops.batch", "ops.landed_file", "ops.decision", "restricted.tombstone", "results.candidate")
_WAITED = "60s"
_LONGEST_LOAD = "1h"
"""For how long a backup waits for a first load, which has its tables for itself to its commit."""
_BLOCK = 1 << 20


@dataclass(frozen=True)
class Made:
    """A finished backup."""

    folder: Path
    manifest: Manifest
    copied: int
    """Files that no earlier backup in the same folder had."""
    bytes: int
    """Their length together."""


@dataclass
class _Work:
    """A backup in the making."""

    folder: Path
    earlier: Path | None
    known: Mapping[str, BackedFile]
    """Files of the earlier backup that may be linked."""
    never: set[Path]
    files: dict[str, BackedFile] = field(default_factory=dict)
    copied: int = 0
    bytes: int = 0
    skipped: int = 0

    def take(self, source: Path, name: str) -> bool:
        """Take a file over, by a link where the earlier backup has it; whether it was copied.

        ``FileNotFoundError`` when it is gone.
        """
        status = source.stat()
        target = self.folder / name
        before = self.known.get(name)
        if before and (before.bytes, before.modified_ns) == (status.st_size, status.st_mtime_ns):
            with suppress(OSError):  # a file system without links, or an earlier backup that lost the file
                target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                target.hardlink_to(self.earlier / name)  # type: ignore[operator]
                self.files[name] = before
                return False
        digest, size = copy(source, target, 0o600)
        self.files[name] = BackedFile(sha256=digest, bytes=size, modified_ns=status.st_mtime_ns)
        self.copied += 1
        self.bytes += size
        return True

    def add(self, name: str) -> None:
        """Note a file that was written into the backup itself."""
        path = self.folder / name
        path.chmod(0o600)
        status = path.stat()
        self.files[name] = BackedFile(
            sha256=sha256_of(path), bytes=status.st_size, modified_ns=status.st_mtime_ns
        )  # fmt: skip
        self.copied += 1
        self.bytes += status.st_size


def make(
    engine: sa.Engine, here: Settings, into: Path, *, zone: str, now: datetime, airflow: str | None = None
) -> Made:
    """Write a backup of the warehouse and the files of ``here`` into a new folder of ``into``.

    ``airflow``: URL of Airflow's own database, to be dumped too. A damaged landed file stops nothing: it is named in
    the manifest. :class:`ContractError` for a folder that would hold itself, :class:`PermanentError` when it can't be
    written, :class:`TransientError` while another backup is being made there. Nothing but a folder ``*.partial``, swept
    by the next one, is left of what failed.
    """
    within = [root for root in places(here).values() if into.resolve().is_relative_to(root.resolve())]
    if within:
        raise ContractError(
            f"backup {into}: found it within {within[0]}, which is backed up itself, expected a folder apart. Choose "
            "another, best on another disk."
        )
    try:
        with _alone(into):
            made = _make(engine, here, into, zone, now, airflow)
    except OSError as error:
        raise PermanentError(
            f"backup {into}: found «{error.strerror}» at {error.filename}, expected readable files and a folder with "
            "room for them. Make room or correct the permissions."
        ) from None
    if not made.manifest.damaged:
        _mark(engine, now)
    return made


def _mark(engine: sa.Engine, now: datetime) -> None:
    """Let the watch know; what could not be noted is a backup all the same, such as one of a standby."""
    try:
        with transaction(engine) as connection:
            mark(connection, "backup", now)
    except (TrimestreError, sa.exc.SQLAlchemyError) as error:
        log.warning("backup: found no way to note it in the warehouse (%s), expected one.", type(error).__name__)


@contextmanager
def _alone(into: Path) -> Iterator[None]:
    """The folder for one backup at a time, without what killed ones left."""
    into.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (into / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise TransientError(
                f"backup {into}: found another backup at work, expected one at a time. Begin again when it is done."
            ) from None
        for left in into.glob(f"*{PARTIAL}"):
            shutil.rmtree(left)
        yield


def _make(
    engine: sa.Engine, here: Settings, into: Path, zone: str, now: datetime, airflow: str | None
) -> Made:  # fmt: skip
    stamp = f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    final, partial = into / stamp, into / f"{stamp}{PARTIAL}"
    if final.exists():
        raise TransientError(f"backup {final}: found one of this second, expected none. Begin again.")
    earlier, known = _earlier(into)
    partial.mkdir(mode=0o700)
    try:
        work = _Work(partial, earlier, known, secret_files(here))
        told, files, batches = _dump(engine, work)
        if airflow:
            _dump_airflow(airflow, work)
        damaged = _landed(engine, work, here.landing, files, batches)
        for tree, root in places(here).items():
            if tree != "landing" and root.is_dir():
                _tree(work, tree, root)
        manifest = Manifest(
            format=1, trimestre=version("trimestre"), taken_at=now.astimezone(UTC), zone=zone, damaged=damaged,
            skipped=work.skipped, files=dict(sorted(work.files.items())), **told,
        )  # fmt: skip
        _close(partial, manifest)
        partial.rename(final)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    _sync(into)
    return Made(final, manifest, work.copied, work.bytes)


def _earlier(into: Path) -> tuple[Path | None, Mapping[str, BackedFile]]:
    """The newest backup of the folder and its files, without landed ones while any was damaged."""
    for folder in reversed(finished(into)):
        with suppress(PermanentError):
            found = read(folder)
            links = {name: file for name, file in found.files.items() if name.startswith(f"{FILES}/")}
            if found.damaged:
                links = {name: file for name, file in links.items() if not name.startswith(f"{FILES}/landing/")}
            return folder, links
    return None, {}


def _dump(engine: sa.Engine, work: _Work) -> tuple[dict[str, Any], list[dict[str, Any]], list[dict[str, Any]]]:
    """The warehouse as one snapshot sees it: dumped, described, and what it knows of landed files and batches."""
    tables = _tables(engine)
    with one_state(engine) as connection:
        _hold(connection, tables)  # before anything is looked at, which is what fixes the state
        server: int = connection.execute(sa.text("SHOW server_version_num")).scalar_one()
        if connection.scalar(sa.text("SELECT to_regclass('ops.schema_version')")) is None:
            raise PermanentError("backup: found no warehouse, expected a migrated one. Run `trimestre migrate` first.")
        path = program("pg_dump", int(server) // 10_000)
        connection.execute(sa.text("SET LOCAL idle_in_transaction_session_timeout = 0"))  # pg_dump may take hours
        snapshot: str = connection.execute(sa.text("SELECT pg_export_snapshot()")).scalar_one()
        schemas = [f"--schema={name}" for name in SCHEMAS]
        # Staged rows are of batches at work, which the next night gives up.
        options = ["--format=custom", "--no-unlogged-table-data", f"--lock-wait-timeout={_WAITED}"]
        (work.folder / DUMP).touch(mode=0o600)
        run(path, connection, *options, f"--snapshot={snapshot}", *schemas, f"--file={work.folder / DUMP}")
        work.add(DUMP)
        files = connection.execute(sa.text(
            "SELECT landed_file_id, path, sha256 FROM ops.landed_file WHERE removed_at IS NULL ORDER BY landed_file_id"
        )).mappings().all()  # fmt: skip
        batches = connection.execute(
            sa.text("SELECT source, batch_id FROM ops.batch WHERE landed_at IS NOT NULL ORDER BY batch_id")
        ).mappings()
        return _described(connection), [dict(row) for row in files], [dict(row) for row in batches]


def _tables(engine: sa.Engine) -> list[str]:
    """The tables of the house, quoted, in one order for everybody."""
    query = "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname = ANY(:schemas) ORDER BY 1"
    with transaction(engine) as connection:
        return list(connection.scalars(sa.text(query), {"schemas": list(SCHEMAS)}))


def _hold(connection: sa.Connection, tables: Sequence[str]) -> None:
    """Keep the shape of tables as it is to the end of the transaction; their rows may change meanwhile.

    A first load leaves indexes out and makes them anew at its end. pg_dump, which would meet it while it waits for the
    table, looks for indexes that are gone by then, and fails.
    """
    if not tables:
        return
    connection.execute(sa.text(f"SET LOCAL lock_timeout = '{_LONGEST_LOAD}'"))
    try:
        connection.execute(sa.text(f"LOCK TABLE {', '.join(tables)} IN ACCESS SHARE MODE"))
    except sa.exc.OperationalError as error:
        if getattr(error.orig, "sqlstate", None) != "55P03":
            raise
        raise TransientError(
            f"backup: found a table that somebody has had for himself for {_LONGEST_LOAD}, expected a first load or a "
            "migration to end before. Begin again when it is done."
        ) from None
    connection.execute(sa.text("SET LOCAL lock_timeout = DEFAULT"))


def _described(connection: sa.Connection) -> dict[str, Any]:
    """What the manifest says of the warehouse."""
    marks = connection.scalars(sa.text("SELECT DISTINCT key_mark FROM restricted.tombstone ORDER BY 1")).all()
    mark = connection.scalar(sa.text("SELECT value FROM ops.setting WHERE setting = 'account_key'"))
    vintages = connection.execute(sa.text(
        "SELECT DISTINCT ON (period) period, vintage, kind, hash FROM results.candidate WHERE state = 'vintage'"
        " ORDER BY period, vintage DESC"
    )).mappings()  # fmt: skip
    logins = connection.execute(sa.text(
        "SELECT r.rolname AS role, array_agg(CAST(m.rolname AS text) ORDER BY m.rolname) AS members"
        " FROM pg_auth_members AS a INNER JOIN pg_roles AS r ON a.roleid = r.oid"
        " INNER JOIN pg_roles AS m ON a.member = m.oid WHERE starts_with(r.rolname, 'trimestre_') GROUP BY 1"
    ))  # fmt: skip
    return {
        "revision": connection.execute(sa.text("SELECT version_num FROM ops.schema_version")).scalar_one(),
        "postgresql": connection.execute(sa.text("SHOW server_version")).scalar_one(),
        "key_mark": mark,
        "older_key_marks": tuple(found for found in marks if found != mark),
        "counts": counts(connection, COUNTED),
        "vintages": tuple(BackedVintage(**row) for row in vintages),
        "logins": {row.role: tuple(row.members) for row in logins},
    }


def counts(connection: sa.Connection, names: Collection[str]) -> dict[str, int]:
    """Rows of those of the tables that are counted."""
    return {
        name: connection.execute(sa.text(f"SELECT count(*) FROM {name}")).scalar_one()
        for name in COUNTED
        if name in names
    }


def _dump_airflow(url: str, work: _Work) -> None:
    """Airflow's own database, whole."""
    engine = connect(sa.make_url(url).set(drivername="postgresql+psycopg").render_as_string(hide_password=False))
    try:
        with transaction(engine) as connection:
            server: int = connection.execute(sa.text("SHOW server_version_num")).scalar_one()
            (work.folder / AIRFLOW_DUMP).touch(mode=0o600)
            path = program("pg_dump", int(server) // 10_000)
            run(path, connection, "--format=custom", f"--file={work.folder / AIRFLOW_DUMP}")
        work.add(AIRFLOW_DUMP)
    finally:
        engine.dispose()


def _landed(
    engine: sa.Engine, work: _Work, landing: Path, files: list[dict[str, Any]], batches: list[dict[str, Any]]
) -> tuple[int, ...]:
    """Take the landed files that the snapshot knows, and the manifests of its batches; numbers of the damaged ones."""
    damaged = []
    for row in files:
        name = f"{FILES}/landing/{PurePosixPath(row['path'])}"
        try:
            if work.take(landing / row["path"], name) and _content(work.folder / name) != row["sha256"]:
                damaged.append(row["landed_file_id"])
        except FileNotFoundError:
            damaged.append(row["landed_file_id"])
    for row in batches:
        path = f"{row['source']}/{row['batch_id']:08d}/{BATCH_MANIFEST}"
        with suppress(FileNotFoundError):  # retention takes it with the files
            work.take(landing / path, f"{FILES}/landing/{path}")
    if not damaged:
        return ()
    with transaction(engine) as connection:  # what retention removed while we copied is no damage
        removed = connection.scalars(
            sa.text(
                "SELECT landed_file_id FROM ops.landed_file WHERE landed_file_id = ANY(:ids) AND removed_at IS NOT NULL"
            ),
            {"ids": damaged},
        ).all()
    return tuple(number for number in damaged if number not in set(removed))


def _content(path: Path) -> str | None:
    """sha256 of what a landed file holds; ``None`` = it can't be read to its end."""
    checksum = hashlib.sha256()
    try:
        with path.open("rb") as raw, zstandard.ZstdDecompressor().stream_reader(raw) as reader:
            while block := reader.read(_BLOCK):
                checksum.update(block)
    except zstandard.ZstdError:
        return None
    return checksum.hexdigest()


def _tree(work: _Work, tree: str, root: Path) -> None:
    """Take a folder as it is now."""
    for path, plain in walk(root):
        if path.resolve() in work.never:
            continue
        if not plain:
            work.skipped += 1
            continue
        with suppress(FileNotFoundError):  # taken away meanwhile
            work.take(path, f"{FILES}/{tree}/{path.relative_to(root).as_posix()}")


def _close(partial: Path, manifest: Manifest) -> None:
    """Write the manifest, the last of all, through to the disk; folders are for their owner only."""
    with os.fdopen(os.open(partial / MANIFEST, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="utf-8") as file:
        file.write(manifest.model_dump_json(indent=1))
        file.flush()
        os.fsync(file.fileno())
    for folder, _, _ in os.walk(partial):
        Path(folder).chmod(0o700)
        _sync(Path(folder))


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
