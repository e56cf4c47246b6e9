"""Gathering the files of a backup: what an earlier one in the same folder has is linked, the rest copied and checked.

Data flow: files of the house, and those that a snapshot of the warehouse knows -> the folder of the backup + their
sums for its manifest.
"""

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

import sqlalchemy as sa
import zstandard

from trimestre.backups.manifest import FILES, BackedFile
from trimestre.backups.places import copy, is_text, sha256_of, walk
from trimestre.pipeline.landing import MANIFEST as BATCH_MANIFEST
from trimestre.warehouse.database import transaction

_BLOCK = 1 << 20


@dataclass
class Work:
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
        if self.earlier and before and (before.bytes, before.modified_ns) == (status.st_size, status.st_mtime_ns):
            with suppress(OSError):  # a file system without links, or an earlier backup that lost the file
                target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                target.hardlink_to(self.earlier / name)
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


def take_landed(
    engine: sa.Engine, work: Work, landing: Path, files: list[dict[str, Any]], batches: list[dict[str, Any]]
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


def take_tree(work: Work, tree: str, root: Path) -> None:
    """Take a folder as it is now."""
    for path, plain in walk(root):
        if path.resolve() in work.never:
            continue
        if not plain or not is_text(str(path.relative_to(root))):
            work.skipped += 1
            continue
        with suppress(FileNotFoundError):  # taken away meanwhile
            work.take(path, f"{FILES}/{tree}/{path.relative_to(root).as_posix()}")
