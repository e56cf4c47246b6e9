"""Where the folders of a backup belong, and files copied so that a cut of power leaves no half one.

Data flow: settings -> tree -> folder; file -> copy + its sha256.
"""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from trimestre.contracts import Project
from trimestre.contracts.sources import TabularSource
from trimestre.settings import Settings
from trimestre.sources.tabular.drop import shown

_BLOCK = 1 << 20


def places(here: Settings) -> dict[str, Path]:
    """Tree of a backup -> its folder. A drop folder that is a URL is not ours to copy (see :func:`elsewhere`)."""
    found = {
        "landing": here.landing,
        **{name: here.project / name for name in ("framework", "sources", "expectations")},
        "documents": here.documents,
        "uploads": here.uploads,
    }
    return found | ({"drop": here.drop} if isinstance(here.drop, Path) else {})


def elsewhere(here: Settings, project: Project) -> tuple[str, ...]:
    """Drop folders that no backup holds, as ``source: place``: addresses (without their secrets), and places of this
    machine that are not below the drop folder.
    """
    found = []
    for code, source in sorted(project.sources.items()):
        if isinstance(source, TabularSource):
            place = _elsewhere(here.drop, source.folder)
            found += [f"{code}: {place}"] if place else []
    return tuple(found)


def _elsewhere(drop: Path | str, folder: str) -> str | None:
    if "://" in folder:
        return shown(folder)
    if not isinstance(drop, Path):
        return folder if folder.startswith("/") else f"{shown(drop).rstrip('/')}/{folder}"
    place = (drop / folder).resolve()
    return None if place.is_relative_to(drop.resolve()) else str(place)


def secret_files(here: Settings) -> set[Path]:
    """Files that never go into a backup, wherever somebody put them."""
    beside = here.key_file.parent.glob(f"{here.key_file.name}*") if here.key_file.parent.is_dir() else ()
    return {path.resolve() for path in (here.key_file, *beside)}


def walk(root: Path) -> Iterator[tuple[Path, bool]]:
    """Everything in a folder that is no folder, and whether it is a plain file; links are not followed.

    ``OSError`` for a folder that can't be looked into: what is in it must not seem not to be there.
    """
    for folder, below, names in os.walk(root, onerror=_refuse):
        for name in sorted([*names, *(name for name in below if Path(folder, name).is_symlink())]):
            path = Path(folder, name)
            yield path, path.is_file() and not path.is_symlink()


def _refuse(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError):  # that one was taken away meanwhile
        raise error


def is_text(name: str) -> bool:
    """Whether a name is UTF-8: of any other bytes a manifest would keep another name, of a file that is not there."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def copy(source: Path, target: Path, mode: int) -> tuple[str, int]:
    """Copy a file to where none is, written through to the disk; its sha256 and length."""
    checksum = hashlib.sha256()
    size = 0
    target.parent.mkdir(parents=True, exist_ok=True)
    with (
        source.open("rb") as reading,
        os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as to,
    ):
        while block := reading.read(_BLOCK):
            checksum.update(block)
            size += len(block)
            to.write(block)
        to.flush()
        os.fsync(to.fileno())
    return checksum.hexdigest(), size


def sha256_of(path: Path) -> str:
    """sha256 of a file."""
    checksum = hashlib.sha256()
    with path.open("rb") as reading:
        while block := reading.read(_BLOCK):
            checksum.update(block)
    return checksum.hexdigest()
