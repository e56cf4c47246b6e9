"""Checking a backup without restoring it: every file is there and is what was written, and the dump can be read.

Data flow: manifest.json -> files, sha256 -> the manifest, or what is wrong.
"""

from pathlib import Path

from trimestre.backups.manifest import AIRFLOW_DUMP, DUMP, Manifest, read
from trimestre.backups.places import sha256_of
from trimestre.backups.programs import program, run_alone
from trimestre.errors import PermanentError
from trimestre.texts import BACKUPS

_SHOWN = 5


def check(folder: Path) -> Manifest:
    """The manifest of a whole backup; :class:`PermanentError` that names the files that are gone or changed."""
    manifest = read(folder)
    wrong = []
    for name, file in manifest.files.items():
        path = folder / name
        if not _stays_inside(name):
            wrong.append(BACKUPS["leads_out"].format(name=name))
        elif not path.is_file():
            wrong.append(BACKUPS["gone"].format(name=name))
        elif path.stat().st_size != file.bytes:
            wrong.append(BACKUPS["size"].format(name=name, found=path.stat().st_size, expected=file.bytes))
        elif sha256_of(path) != file.sha256:
            wrong.append(BACKUPS["other_content"].format(name=name))
    if DUMP not in manifest.files:
        wrong.append(BACKUPS["not_listed"].format(name=DUMP))
    if wrong:
        more = BACKUPS["more"].format(count=len(wrong) - _SHOWN) if len(wrong) > _SHOWN else ""
        raise PermanentError(BACKUPS["damaged"].format(folder=folder, wrong=", ".join(wrong[:_SHOWN]), more=more))
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
