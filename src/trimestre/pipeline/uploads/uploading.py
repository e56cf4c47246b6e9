"""Uploads: files that people bring by the page or a command, kept as they came until somebody takes or discards them.

A file is first received into a room of its own, where it is checked; refused, nothing of it is left. What passes is
moved to its place below the folder of uploads under a name made by us, and gets its row in ``ops.upload``: what it
would change, and later who took it. Files that hold people's data (for a drop folder, corrections) go when they are
taken.

Data flow: name + content -> received -> checks -> kept (previewed) -> taken or discarded.
"""

import hashlib
import secrets
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

import sqlalchemy as sa

from trimestre.errors import ContractError
from trimestre.pipeline.uploads.upload_checks import UploadRefused, safe_name, shown
from trimestre.texts import CAPTURE_REFUSALS, UPLOAD_STATES
from trimestre.warehouse.database import transaction
from trimestre.warehouse.decisions import is_personal
from trimestre.warehouse.tables.by_hand import upload

MAX_BYTES = 32 * 1024 * 1024
"""A larger file is refused."""

PREVIEWED, TAKEN, DISCARDED = "previewed", "taken", "discarded"
FILE, VERIFICATION = "archivo", "verificacion"
"""Kinds of upload beside those of workbooks."""

PASSING = frozenset({FILE, "correcciones"})
"""Kinds whose files hold people's data: once decided they are not kept here."""

WAITS = timedelta(days=14)
"""After so long an upload that nobody decided is discarded."""

_LEFT = timedelta(days=1)
_BLOCK = 1024 * 1024
_RECEIVED = ".received"


@dataclass(frozen=True)
class Received:
    """A file in a room of its own."""

    path: Path
    """Under the name it came under."""
    name: str
    sha256: str
    size: int


@contextmanager
def received(uploads: Path, name: str, content: BinaryIO, limit: int = MAX_BYTES) -> Iterator[Received]:
    """Write a file to disk, block by block, for as long as it is looked at; :class:`UploadRefused` when it may not be.

    Whatever happens, nothing is left here: who wants to have it calls :func:`keep`.
    """
    safe = safe_name(name)
    if is_personal(safe):
        raise UploadRefused(CAPTURE_REFUSALS["name_personal"])
    room = uploads / _RECEIVED / secrets.token_hex(8)
    room.mkdir(parents=True, mode=0o700)
    try:
        path, digest, size = room / safe, hashlib.sha256(), 0
        with path.open("xb") as target:
            while block := content.read(_BLOCK):
                size += len(block)
                if size > limit:
                    raise UploadRefused(CAPTURE_REFUSALS["large"].format(name=shown(name), limit=limit // _BLOCK))
                digest.update(block)
                target.write(block)
        if not size:
            raise UploadRefused(CAPTURE_REFUSALS["empty"].format(name=shown(name)))
        yield Received(path, safe, digest.hexdigest(), size)
    finally:
        shutil.rmtree(room, ignore_errors=True)


def keep(
    connection: sa.Connection,
    uploads: Path,
    file: Received,
    kind: str,
    preview: Mapping[str, Any],
    *,
    who: str,
    now: datetime,
    state: str = PREVIEWED,
) -> int:
    """Move a received file to its place and note it; returns its number. ``preview`` holds nobody's personal data."""
    path = Path(kind) / f"{now:%Y}" / f"{secrets.token_hex(16)}{Path(file.name).suffix.casefold()}"
    (uploads / path).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    file.path.rename(uploads / path)
    try:
        decided = {"decided_by": who, "decided_at": now} if state != PREVIEWED else {}
        number: int = connection.execute(
            sa.insert(upload)
            .values(
                kind=kind,
                file_name=file.name,
                sha256=file.sha256,
                bytes=file.size,
                path=str(path),
                state=state,
                preview=dict(preview),
                uploaded_by=who,
                uploaded_at=now,
                **decided,
            )
            .returning(upload.c.upload_id)
        ).scalar_one()
    except BaseException:
        (uploads / path).unlink(missing_ok=True)
        raise
    return number


def upload_of(connection: sa.Connection, upload_id: int) -> dict[str, Any]:
    """An upload by its number, all columns; :class:`ContractError` when there is none."""
    row = connection.execute(sa.select(upload).where(upload.c.upload_id == upload_id)).one_or_none()
    if row is None:
        raise ContractError(CAPTURE_REFUSALS["no_upload"].format(number=upload_id))
    return dict(row._mapping)


def uploads_of(connection: sa.Connection, limit: int, *, waiting: bool | None = None) -> Sequence[Mapping[str, Any]]:
    """The newest uploads; with ``waiting`` only those that wait, or only those that don't."""
    found = sa.select(upload).order_by(upload.c.upload_id.desc()).limit(limit)
    if waiting is not None:
        found = found.where((upload.c.state == PREVIEWED) == sa.literal(waiting))
    return [dict(row._mapping) for row in connection.execute(found)]


def hold(connection: sa.Connection, upload_id: int) -> dict[str, Any]:
    """An upload that waits, held until commit so that it is decided once; :class:`ContractError` when it does not."""
    connection.execute(sa.select(upload.c.upload_id).where(upload.c.upload_id == upload_id).with_for_update())
    found = upload_of(connection, upload_id)
    if found["state"] != PREVIEWED:
        said = {"number": upload_id, "state": UPLOAD_STATES[found["state"]], "who": found["decided_by"]}
        raise ContractError(CAPTURE_REFUSALS["decided"].format(**said))
    return found


def decide(
    connection: sa.Connection, upload_id: int, state: str, *, who: str, now: datetime, done: Sequence[str] = ()
) -> None:
    """Note who took or discarded an upload, and beside its preview what was ``done``, in sentences."""
    said = {"preview": upload.c.preview.op("||")(sa.cast({"done": list(done)}, upload.c.preview.type))} if done else {}
    connection.execute(
        sa.update(upload)
        .where(upload.c.upload_id == upload_id)
        .values(state=state, decided_by=who, decided_at=now, **said)
    )


def file_of(uploads: Path, found: Mapping[str, Any]) -> Path:
    """The file of an upload; :class:`ContractError` when it is no longer kept."""
    path: Path = uploads / found["path"]
    if not path.is_file():
        raise ContractError(CAPTURE_REFUSALS["file_gone"].format(number=found["upload_id"]))
    return path


def forget(uploads: Path, found: Mapping[str, Any], state: str) -> None:
    """Remove the file of a decided upload where it is not to be kept: discarded, or of a kind that only passes."""
    if state == DISCARDED or found["kind"] in PASSING:
        (uploads / found["path"]).unlink(missing_ok=True)


def discard(engine: sa.Engine, uploads: Path, upload_id: int, *, who: str, now: datetime) -> dict[str, Any]:
    """Discard an upload that waits, and its file."""
    with transaction(engine) as connection:
        found = hold(connection, upload_id)
        decide(connection, upload_id, DISCARDED, who=who, now=now)
    forget(uploads, found, DISCARDED)
    return found


def discard_forgotten(engine: sa.Engine, uploads: Path, *, now: datetime) -> int:
    """Discard what has waited for longer than :data:`WAITS`, in the name of who brought it; returns how many."""
    with transaction(engine) as connection:
        gone = connection.execute(
            sa.update(upload)
            .where(upload.c.state == PREVIEWED, upload.c.uploaded_at < now - WAITS)
            .values(state=DISCARDED, decided_by=upload.c.uploaded_by, decided_at=now)
            .returning(upload)
        ).all()
    for row in gone:
        forget(uploads, dict(row._mapping), DISCARDED)
    for room in (uploads / _RECEIVED).glob("*"):
        with suppress(FileNotFoundError):  # somebody is done with it just now
            if room.stat().st_mtime < (now - _LEFT).timestamp():  # of a process that was killed while it looked
                shutil.rmtree(room, ignore_errors=True)
    return len(gone)
