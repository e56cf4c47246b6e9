"""Checking a backup without restoring it: every file is there and is what was written, and the dump can be read.

Data flow: manifest.json -> files, sha256 -> the manifest, or what is wrong.
"""

from pathlib import Path

from trimestre.backups.manifest import AIRFLOW_DUMP, DUMP, Manifest, read
from trimestre.backups.places import sha256_of
from trimestre.backups.programs import program, run_alone
from trimestre.errors import PermanentError

_SHOWN = 5


def check(folder: Path) -> Manifest:
    """The manifest of a whole backup; :class:`PermanentError` that names the files that are gone or changed."""
    manifest = read(folder)
    wrong = []
    for name, file in manifest.files.items():
        path = folder / name
        if not _stays_inside(name):
            wrong.append(f"{name} (leads out of the backup)")
        elif not path.is_file():
            wrong.append(f"{name} (gone)")
        elif path.stat().st_size != file.bytes:
            wrong.append(f"{name} ({path.stat().st_size:,} bytes of {file.bytes:,})")
        elif sha256_of(path) != file.sha256:
            wrong.append(f"{name} (other content)")
    if DUMP not in manifest.files:
        wrong.append(f"{DUMP} (not in the manifest)")
    if wrong:
        more = f" and {len(wrong) - _SHOWN} more" if len(wrong) > _SHOWN else ""
        raise PermanentError(
            f"backup {folder}: found {', '.join(wrong[:_SHOWN])}{more}, expected every file as it was written. "
            "Nothing was restored. Use another backup, and look after the disk that this one is on."
        )
    restore = program("pg_restore", server_major(manifest))
    for name in (DUMP, AIRFLOW_DUMP):
        if name in manifest.files:
            run_alone(restore, "--list", folder / name)
    return manifest


def _stays_inside(name: str) -> bool:
    """Whether a name leads to a place in the backup, and what is left of it when its first folders are taken off.

    ``files/landing//etc/x`` is a file of the backup, and ``/etc/x`` once its tree has a place.
    """
    return not {"", ".", ".."} & set(name.split("/")) and "\0" not in name


def server_major(manifest: Manifest) -> int:
    """Major version of the server that the dump came from."""
    return int(manifest.postgresql.split(".")[0].split()[0])
