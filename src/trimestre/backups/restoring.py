"""Restoring: everything is checked before anything is touched, and the figures are worked out again afterwards.

The files go first and the database last, in one transaction of pg_restore: a restore that was cut off is begun again.
Rights come from ``sql/roles.sql``, as after any migration; a backup of an older schema is migrated.

Data flow: backup -> checked -> key compared -> files in place -> database -> migrated -> erasures -> reproduced.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from trimestre.backups import placing, target
from trimestre.backups.checking import check, server_major
from trimestre.backups.dumping import counts
from trimestre.backups.manifest import DUMP, BackedVintage, Manifest
from trimestre.backups.places import places
from trimestre.backups.programs import program, run
from trimestre.contracts import Project
from trimestre.contracts.decisions import ExportedDecision
from trimestre.errors import ContractError, PermanentError, TrimestreError
from trimestre.indicators.reproducing import Reproduced, reproduce
from trimestre.indicators.vintages import verify_hash, vintage_of
from trimestre.keys import AccountKey, mark
from trimestre.periods import Period
from trimestre.settings import Settings
from trimestre.texts import BACKUPS
from trimestre.warehouse.database import connect, transaction
from trimestre.warehouse.migrate import alembic_config, migrate


@dataclass(frozen=True)
class Plan:
    """A restore that was found possible: nothing has been touched."""

    folder: Path
    manifest: Manifest
    state: target.State
    placement: placing.Placement
    keys_missing: tuple[str, ...]
    """Marks of earlier keys that people were erased under and that are not at hand."""


@dataclass(frozen=True)
class Restored:
    """What a restore did."""

    files: int
    same: int
    """Files that were in place already."""
    aside: int
    kept: str | None
    """Name under which the database that was there is kept."""
    migrated_from: str | None
    """Revision of the backup when it is not the newest."""


@dataclass(frozen=True)
class Again:
    """A published quarter in the restored warehouse."""

    published: BackedVintage
    reproduced: Reproduced | None
    """None = figures of before Trimestre, which can't be worked out, or an error."""
    intact: bool
    """Whether what is stored gives the hash of the manifest."""
    error: str | None = None

    @property
    def same(self) -> bool:
        """Whether it is what was published."""
        return self.intact and self.error is None and (self.reproduced is None or self.reproduced.same)


def plan(
    folder: Path,
    here: Settings,
    url: str,
    *,
    key: AccountKey | None,
    aside: Path | None,
    erasures: list[ExportedDecision],
) -> Plan:
    """Check the backup, its versions, the key, the database and the folders; nothing is touched.

    ``aside`` = folder for what is in the way, which else is refused. :class:`PermanentError` or :class:`ContractError`
    say what is wrong.
    """
    manifest = check(folder)
    _check_revision(manifest)
    _check_key(manifest, key)
    if erasures and key is None:
        raise ContractError(BACKUPS["no_key_to_erase"])
    state = target.state_of(url)
    if state == "filled" and aside is None:
        target.refuse(url)
    with _room():
        placement = placing.plan(manifest, places(here))
    if aside is None:
        placing.refuse(placement)
    known = {mark(older) for older in key.older} if key else set()
    return Plan(folder, manifest, state, placement, tuple(m for m in manifest.older_key_marks if m not in known))


def restore(planned: Plan, url: str, *, aside: Path | None, now: datetime) -> Restored:
    """Put the files in place, fill the database and bring it to the newest schema."""
    manifest = planned.manifest
    with _room():
        placing.put(planned.placement, planned.folder, aside)
    kept = target.prepare(url, planned.state, now)
    _fill(planned, url)
    with _connected(url) as connection:
        found = counts(connection, manifest.counts)
    if wrong := ", ".join(f"{name} {rows:,}" for name, rows in found.items() if rows != manifest.counts[name]):
        raise PermanentError(BACKUPS["other_rows"].format(wrong=wrong))
    migrate(url)
    head = newest_revision()
    return Restored(
        files=len(planned.placement.new),
        same=planned.placement.same,
        aside=len(planned.placement.in_the_way),
        kept=kept,
        migrated_from=manifest.revision if manifest.revision != head else None,
    )


def prove(engine: sa.Engine, project: Project, manifest: Manifest) -> list[Again]:
    """Work out every published quarter of the backup again: stored hash, then hash of a new computation."""
    return [_again(engine, project, published) for published in manifest.vintages]


def _again(engine: sa.Engine, project: Project, published: BackedVintage) -> Again:
    period = Period.parse(published.period)
    try:
        with transaction(engine) as connection:
            found = vintage_of(connection, period, published.vintage)
            intact = found["hash"] == published.hash and verify_hash(connection, found["candidate_id"])
        again = None if published.kind == "inherited" else reproduce(engine, project, period, published.vintage)
    except TrimestreError as error:
        return Again(published, None, False, str(error))
    return Again(published, again, intact)


def newest_revision() -> str:
    """The newest schema that this version knows."""
    from alembic.script import ScriptDirectory

    return str(ScriptDirectory.from_config(alembic_config()).get_current_head())


def _check_revision(manifest: Manifest) -> None:
    from alembic.script import ScriptDirectory

    known = {script.revision for script in ScriptDirectory.from_config(alembic_config()).walk_revisions()}
    if manifest.revision not in known:
        raise PermanentError(
            BACKUPS["newer_schema"].format(
                found=manifest.revision, version=manifest.trimestre, newest=newest_revision()
            )
        )


def _check_key(manifest: Manifest, key: AccountKey | None) -> None:
    """The key that the warehouse was loaded with is no part of a backup: it must be at hand."""
    if manifest.key_mark is None:
        return
    if key is None:
        raise ContractError(BACKUPS["no_key"].format(mark=manifest.key_mark))
    if mark(key) != manifest.key_mark:
        raise ContractError(BACKUPS["other_key"].format(found=mark(key), mark=manifest.key_mark))


def _fill(planned: Plan, url: str) -> None:
    with _connected(url) as connection:
        server: int = connection.execute(sa.text("SHOW server_version_num")).scalar_one()
        newest = max(int(server) // 10_000, server_major(planned.manifest))
        options = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges"]
        run(program("pg_restore", newest), connection, *options, planned.folder / DUMP)


@contextmanager
def _room() -> Iterator[None]:
    """What the folders of the installation refuse, in words."""
    try:
        yield
    except OSError as error:
        raise PermanentError(BACKUPS["no_room"].format(why=error.strerror, where=error.filename)) from None


@contextmanager
def _connected(url: str) -> Iterator[sa.Connection]:
    """A transaction on a database that nothing else here is connected to."""
    engine = connect(url)
    try:
        with transaction(engine) as connection:
            yield connection
    finally:
        engine.dispose()
