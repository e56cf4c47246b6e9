"""PostgreSQL's own programs: pg_dump and pg_restore, no older than the server, told where to connect.

The password goes by the environment of the child, never by its command line, which every user of a machine can read.
What the programs complain of may quote a row: only the part without values is passed on.

Data flow: an open connection -> how libpq connected -> program + arguments -> exit code, or an error without values.
"""

import re
import shutil
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from trimestre.embedded.data import server_environment
from trimestre.embedded.machine import die_with_parent
from trimestre.embedded.place import wheel_binaries
from trimestre.errors import PermanentError
from trimestre.texts import BACKUPS

_OURS = {"options", "application_name", "fallback_application_name", "client_encoding"}
"""What we say to the server, and the programs say otherwise."""

_VALUES = re.compile(r"(ERROR|CONTEXT|DETAIL|HINT|LINE \d+):.*", re.DOTALL)


def program(name: str, server: int) -> Path:
    """The program of the lowest sufficient trouble: the wheel's, else that of the PATH; ``server`` = its major version.

    :class:`PermanentError` when none is as new as the server.
    """
    found = []
    for path in _candidates(name):
        major = _major(path)
        if major >= server:
            return path
        found.append(str(major) if major else BACKUPS["does_not_run"])
    raise PermanentError(BACKUPS["version"].format(name=name, found=", ".join(found) or BACKUPS["none"], server=server))


def run(path: Path, connection: sa.Connection, *arguments: str | Path) -> None:
    """Run a program on the database of an open connection; :class:`PermanentError` when it fails."""
    info: Any = connection.connection.driver_connection
    parameters = {name: value for name, value in info.info.get_parameters().items() if name not in _OURS}
    from psycopg.conninfo import make_conninfo

    run_alone(path, f"--dbname={make_conninfo(**parameters)}", "--no-password", *arguments, password=info.info.password)


def run_alone(path: Path, *arguments: str | Path, password: str = "") -> str:
    """Run a program, and what it prints; :class:`PermanentError` when it fails. It ends with this process."""
    done = subprocess.run(
        [path, *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        env=server_environment() | ({"PGPASSWORD": password} if password else {}),
        preexec_fn=die_with_parent(),
    )
    if done.returncode:
        raise PermanentError(BACKUPS["exit_code"].format(name=path.name, code=done.returncode, said=_said(done.stderr)))
    return done.stdout


def _candidates(name: str) -> Sequence[Path]:
    found = []
    with suppress(PermanentError):  # a server of one's own needs no embedded one
        found.append(wheel_binaries() / name)
    if on_path := shutil.which(name):
        found.append(Path(on_path))
    return [path for path in found if path.exists()]


def _major(path: Path) -> int:
    """Major version of a program; 0 = it does not run."""
    try:
        told = subprocess.run(
            [path, "--version"], capture_output=True, text=True, check=False, env=server_environment()
        ).stdout
    except OSError:
        return 0
    number = re.search(r"\) (\d+)", told)
    return int(number[1]) if number else 0


def _said(text: str) -> str:
    """The first complaint without the values that a server quotes in its errors."""
    lines = [line for line in text.splitlines() if "error:" in line] or text.splitlines() or ["(nothing)"]
    return _VALUES.sub("…", lines[0])[:300].strip()
