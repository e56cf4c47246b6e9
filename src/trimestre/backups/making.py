"""Making a backup while nights run: a snapshot of the warehouse, then the files that it knows.

Files of a batch are there before its rows are committed, so whatever the snapshot knows can be copied after it. Landed
files never change: what an earlier backup in the same folder has is linked, and only new files are copied and checked
against what was landed. Links are between backups, never to the originals: what happens to those must not reach here.

Data flow: snapshot -> pg_dump + numbers for the manifest -> files -> manifest -> the folder takes its name; the
warehouse is told when, for the watch.
"""

import fcntl
import logging
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import sqlalchemy as sa

from trimestre.backups.dumping import dump, dump_airflow
from trimestre.backups.gathering import Work, take_landed, take_tree
from trimestre.backups.manifest import FILES, MANIFEST, PARTIAL, BackedFile, Manifest, finished, read, stamp
from trimestre.backups.places import places, secret_files
from trimestre.errors import ContractError, PermanentError, TransientError, TrimestreError
from trimestre.settings import Settings
from trimestre.texts import BACKUPS
from trimestre.warehouse.database import transaction
from trimestre.watching.marks import mark

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Made:
    """A finished backup."""

    folder: Path
    manifest: Manifest
    copied: int
    """Files that no earlier backup in the same folder had."""
    bytes: int
    """Their length together."""


def make(
    engine: sa.Engine,
    here: Settings,
    into: Path,
    *,
    zone: str,
    now: datetime,
    airflow: str | None = None,
    elsewhere: tuple[str, ...] = (),
) -> Made:
    """Write a backup of the warehouse and the files of ``here`` into a new folder of ``into``.

    ``airflow``: URL of Airflow's own database, to be dumped too. ``elsewhere``: drop folders that it does not hold, for
    its manifest. A damaged landed file stops nothing: it is named in
    the manifest. :class:`ContractError` for a folder that would hold itself, :class:`PermanentError` when it can't be
    written, :class:`TransientError` while another backup is being made there. Nothing but a folder ``*.partial``, swept
    by the next one, is left of what failed.
    """
    within = [root for root in places(here).values() if into.resolve().is_relative_to(root.resolve())]
    if within:
        raise ContractError(BACKUPS["within"].format(folder=into, within=within[0]))
    try:
        with _alone(into):
            made = _make(engine, here, into, zone, now, airflow, elsewhere)
    except OSError as error:
        raise PermanentError(
            BACKUPS["not_written"].format(folder=into, why=error.strerror, where=error.filename)
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
        log.warning(BACKUPS["not_noted"].format(kind=type(error).__name__))


@contextmanager
def _alone(into: Path) -> Iterator[None]:
    """The folder for one backup at a time, without what killed ones left."""
    into.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (into / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise TransientError(BACKUPS["at_work"].format(folder=into)) from None
        for left in into.glob(f"*{PARTIAL}"):
            shutil.rmtree(left)
        yield


def _make(
    engine: sa.Engine,
    here: Settings,
    into: Path,
    zone: str,
    now: datetime,
    airflow: str | None,
    elsewhere: tuple[str, ...],
) -> Made:
    name = stamp(now)
    final, partial = into / name, into / f"{name}{PARTIAL}"
    if final.exists():
        raise TransientError(BACKUPS["this_second"].format(folder=final))
    earlier, known = _earlier(into)
    partial.mkdir(mode=0o700)
    try:
        work = Work(partial, earlier, known, secret_files(here))
        told, files, batches = dump(engine, work)
        if airflow:
            dump_airflow(airflow, work)
        damaged = take_landed(engine, work, here.landing, files, batches)
        for tree, root in places(here).items():
            if tree != "landing" and root.is_dir():
                take_tree(work, tree, root)
        manifest = Manifest(
            format=1, trimestre=version("trimestre"), taken_at=now.astimezone(UTC), zone=zone, damaged=damaged,
            skipped=work.skipped, elsewhere=elsewhere, files=dict(sorted(work.files.items())), **told,
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
