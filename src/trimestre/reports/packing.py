"""Office files whose bytes depend on what they say and on nothing else.

A .docx or .xlsx is a zip, and a zip remembers when and in which order its parts were written. Here every part gets the
same date and a fixed place, so that the same figures and words give the same file.

Data flow: a file just written -> the same file, packed anew in its place.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import IO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

CONTENT_TYPES = "[Content_Types].xml"
_UNIX = 3
_EARLIEST = datetime(1980, 1, 1, tzinfo=UTC)
"""A zip knows no time before it."""


def deterministic(path: Path, at: datetime | None) -> Path:
    """Pack an office file anew, its parts dated ``at`` (``None`` = the earliest a zip knows); returns the path."""
    with ZipFile(path) as packed:
        parts = {info.filename: packed.read(info) for info in packed.infolist() if not info.is_dir()}
    pack(parts, path, at)
    return path


def pack(parts: Mapping[str, bytes], file: Path | IO[bytes], at: datetime | None) -> None:
    """Write parts (name -> content) as an office file: the types first, the others by name."""
    moment = max((at or _EARLIEST).astimezone(UTC), _EARLIEST)
    with ZipFile(file, "w") as packed:
        for name in sorted(parts, key=lambda part: (part != CONTENT_TYPES, part)):
            info = ZipInfo(name, moment.timetuple()[:6])
            info.create_system, info.external_attr = _UNIX, 0o600 << 16
            packed.writestr(info, parts[name], ZIP_DEFLATED, 6)
