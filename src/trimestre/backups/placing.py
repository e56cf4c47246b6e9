"""The files of a backup put where they belong, without overwriting anything.

What is there with the same content stays. What differs, or is there and not in the backup, is in the way: it stops the
restore before anything is touched, unless somebody names a folder to move it to.

Data flow: manifest + folders -> what is in the way -> moved aside -> files copied.
"""

import itertools
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from trimestre.backups.manifest import FILES, TREES, Manifest
from trimestre.backups.places import copy, sha256_of, walk
from trimestre.errors import ContractError, PermanentError
from trimestre.texts import BACKUPS

_SHOWN = 5
_KEPT = "drop"
"""The tree in which files that the backup does not know may stay: people bring them."""

_LANDED = 0o440
_OTHER = 0o640


@dataclass(frozen=True)
class Placement:
    """What putting the files in place means."""

    new: tuple[tuple[str, Path], ...]
    """Path in the backup, and where it goes."""
    in_the_way: tuple[tuple[str, Path], ...]
    """Path below the folder it would be moved to, and where it is."""
    same: int


def plan(manifest: Manifest, places: dict[str, Path]) -> Placement:
    """What to do; nothing is touched. :class:`PermanentError` when a folder that would change can't be written."""
    new, in_the_way, same = [], [], 0
    wanted: dict[str, set[Path]] = {tree: set() for tree in places}
    for name, file in manifest.files.items():
        tree = _tree(name)
        if tree not in places:
            continue
        target = places[tree] / name.split("/", 2)[2]
        wanted[tree].add(target)
        if target.is_file() and target.stat().st_size == file.bytes and sha256_of(target) == file.sha256:
            same += 1
            continue
        if os.path.lexists(target):
            in_the_way.append((name[len(FILES) + 1 :], target))
        new.append((name, target))
    for tree, root in places.items():
        if tree != _KEPT and root.is_dir():
            # Half a copy of a restore that was cut off is in nobody's way: the next one writes it anew.
            known = wanted[tree] | {_partial(target) for target in wanted[tree]}
            extra = (path for path, _ in walk(root) if path not in known)
            in_the_way += [(f"{tree}/{path.relative_to(root).as_posix()}", path) for path in extra]
    _check_writable({target for _, target in (*new, *in_the_way)})
    return Placement(tuple(new), tuple(in_the_way), same)


def refuse(placement: Placement) -> None:
    """:class:`ContractError` when something is in the way."""
    if placement.in_the_way:
        names = [name for name, _ in placement.in_the_way]
        more = BACKUPS["more"].format(count=len(names) - _SHOWN) if len(names) > _SHOWN else ""
        raise ContractError(BACKUPS["others"].format(names=", ".join(names[:_SHOWN]), more=more))


def put(placement: Placement, backup: Path, aside: Path | None) -> None:
    """Move what is in the way aside, then copy the files; begun again after a cut, it goes on."""
    for name, path in placement.in_the_way:
        if aside is None:
            raise ContractError(BACKUPS["in_the_way"])
        to = _unused(aside / name)
        to.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        shutil.move(path, to)
    for name, target in placement.new:
        partial = _partial(target)
        partial.unlink(missing_ok=True)
        copy(backup / name, partial, _LANDED if _tree(name) == "landing" else _OTHER)
        partial.replace(target)


def _partial(target: Path) -> Path:
    return target.with_name(f".{target.name}.partial")


def _unused(path: Path) -> Path:
    """The path, or one with a number behind it: what an earlier restore moved there stays, too."""
    numbered = (path.with_name(f"{path.name}.{number}") for number in itertools.count(2))
    return next(one for one in itertools.chain([path], numbered) if not os.path.lexists(one))


def _tree(name: str) -> str | None:
    parts = name.split("/", 2)
    return parts[1] if len(parts) == 3 and parts[0] == FILES and parts[1] in TREES else None


def _check_writable(targets: set[Path]) -> None:
    for folder in sorted({target.parent for target in targets}):
        there = folder
        while not there.exists():
            there = there.parent
        if not os.access(there, os.W_OK | os.X_OK):
            raise PermanentError(BACKUPS["read_only"].format(there=there))
