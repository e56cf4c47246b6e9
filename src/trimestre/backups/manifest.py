"""The manifest of a backup: what is in it, of which versions, and what must be at hand besides.

Data flow: backup -> manifest.json -> whoever checks or restores it.
"""

import re
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from trimestre.contracts.base import Contract
from trimestre.errors import ContractError, PermanentError
from trimestre.texts import BACKUPS

MANIFEST = "manifest.json"
DUMP = "warehouse.dump"
AIRFLOW_DUMP = "airflow.dump"
FILES = "files"
PARTIAL = ".partial"
_STAMP = re.compile(r"\d{8}T\d{6}Z")

TREES = ("landing", "framework", "sources", "expectations", "documents", "uploads", "drop")
"""Folders below ``files/``, and what :func:`trimestre.backups.places.places` says where each belongs."""


class BackedFile(Contract):
    """One file of a backup."""

    sha256: str = Field(description="sha256 of the file as it lies in the backup.")
    bytes: int = Field(description="Length.")
    modified_ns: int = Field(description="When the original was last written, nanoseconds since 1970.")


class BackedVintage(Contract):
    """The version in force of a published quarter."""

    period: str = Field(description="Quarter.")
    vintage: int = Field(description="Number of the version.")
    kind: str = Field(description="close, restatement or inherited.")
    hash: str = Field(description="Its hash, as it was approved.")


class Manifest(Contract):
    """``manifest.json``."""

    format: Literal[1] = Field(description="Version of this layout.")
    trimestre: str = Field(description="Version of Trimestre that made it.")
    revision: str = Field(description="Revision of the warehouse's schema.")
    postgresql: str = Field(description="Version of the server.")
    taken_at: datetime = Field(description="Instant of the warehouse's snapshot (UTC).")
    zone: str = Field(description="Zone of the project.")
    key_mark: str | None = Field(description="Mark of the account key; null = nothing was ever loaded.")
    older_key_marks: tuple[str, ...] = Field(description="Marks of earlier keys that accounts were erased under.")
    counts: dict[str, int] = Field(description="Table -> rows, of a few that any restore must have whole.")
    vintages: tuple[BackedVintage, ...] = Field(description="Versions in force.")
    logins: dict[str, tuple[str, ...]] = Field(description="Role -> log-ins in it, which no database holds.")
    damaged: tuple[int, ...] = Field(description="Landed files (numbers) that were gone or not what was landed.")
    skipped: int = Field(description="Links and what else is no file, and names that are not UTF-8: left out.")
    elsewhere: tuple[str, ...] = Field(
        default=(), description="Drop folders that are not in it, as source: place; addresses without their secrets."
    )
    files: dict[str, BackedFile] = Field(description="Path below the backup -> the file.")


def read(folder: Path) -> Manifest:
    """The manifest of a backup; :class:`PermanentError` when it is none, or of another layout."""
    try:
        text = (folder / MANIFEST).read_text(encoding="utf-8")
    except OSError as error:
        raise PermanentError(
            BACKUPS["no_manifest"].format(folder=folder, manifest=MANIFEST, why=error.strerror)
        ) from None
    try:
        return Manifest.model_validate_json(text)
    except ValidationError as error:
        place = ".".join(str(part) for part in error.errors()[0]["loc"]) or "the whole file"
        raise PermanentError(BACKUPS["wrong_manifest"].format(folder=folder, manifest=MANIFEST, place=place)) from None


def newest(folder: Path) -> Path:
    """``folder`` if it is a backup, else the newest finished one in it; :class:`ContractError` when there is none."""
    if (folder / MANIFEST).is_file():
        return folder
    found = finished(folder)
    if not found:
        raise ContractError(BACKUPS["unfinished"].format(folder=folder))
    return found[-1]


def finished(folder: Path) -> list[Path]:
    """The finished backups in a folder, oldest first, whatever somebody called one to keep it.

    One whose manifest can't be read counts by its name, so that whoever asks for it is told what is wrong with it.
    """
    if not folder.is_dir():
        return []
    there = (path.parent for path in folder.glob(f"*/{MANIFEST}") if path.parent.suffix != PARTIAL)
    return sorted(there, key=lambda path: (_stamp(path), path.name))


def stamp(taken_at: datetime) -> str:
    """The name of a backup: its instant (UTC)."""
    return f"{taken_at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _stamp(folder: Path) -> str:
    if _STAMP.fullmatch(folder.name):
        return folder.name
    with suppress(PermanentError):
        return stamp(read(folder).taken_at)
    return folder.name
