"""PostgreSQL's data folder: how it is made and checked, and which processes work in it.

Data flow: password -> initdb -> data folder; ``postmaster.pid`` and the working folders of processes -> who runs.
"""

import contextlib
import os
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]

from trimestre.errors import PermanentError
from trimestre.texts import INSTALLED

SUPERUSER = "postgres"


class DataFolder:
    """A data folder, the programs of PostgreSQL for it, and the user who runs them.

    ``as_user`` are arguments of subprocess that drop root's rights; empty for everybody else.
    """

    def __init__(self, path: Path, binaries: Path, as_user: dict[str, Any] | None = None) -> None:
        self.path, self.binaries, self.as_user = path, binaries, as_user or {}

    # -- its content -----------------------------------------------------------------------------------------

    def ensure(self, password: str) -> None:
        """Make the data folder, at once by a rename: a killed ``initdb`` leaves only ``*.partial`` behind."""
        partial = self.path.with_name("postgres.partial")
        if partial.exists():
            shutil.rmtree(partial)
        if self.path.exists():
            if any(self.path.iterdir()):
                self._check()
                return
            self.path.rmdir()
        partial.mkdir(mode=0o700)
        self._initdb(partial, password)
        partial.rename(self.path)

    def _initdb(self, folder: Path, password: str) -> None:
        password_file = folder.with_suffix(".password")
        try:
            password_file.touch(mode=0o600)
            password_file.write_text(password)
            if self.as_user:
                for path in (folder, password_file):
                    shutil.chown(path, self.as_user["user"], self.as_user["group"])
            # The same order and case rules on every machine, whatever its locale.
            locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
            access = [f"--pwfile={password_file}", "--auth=scram-sha-256"]
            self._run("initdb", "-D", folder, "-U", SUPERUSER, *access, "--encoding=UTF8", *locale)
        finally:
            password_file.unlink(missing_ok=True)

    def _check(self) -> None:
        version = self.path / "PG_VERSION"
        found = version.read_text().strip() if version.exists() else INSTALLED["no_version"]
        expected = self._run("postgres", "--version").split()[-1].split(".")[0]
        if found != expected or not (self.path / "global" / "pg_control").exists():
            raise PermanentError(INSTALLED["data_folder"].format(path=self.path, found=found, expected=expected))

    def reset_password(self, password: str) -> None:
        """Give the superuser the new password: its file was lost, and only we can start the server so."""
        self.remove_stale_pid_file()
        statement = f"alter user {SUPERUSER} password '{password}'\n"
        self._run("postgres", "--single", "-D", self.path, SUPERUSER, text=statement)

    def _run(self, program: str, *words: str | Path, text: str = "") -> str:
        result = subprocess.run(
            [self.binaries / program, *words],
            input=text,
            capture_output=True,
            text=True,
            check=False,
            env=server_environment(),
            cwd="/",
            **self.as_user,
        )
        if result.returncode:
            raise PermanentError(
                INSTALLED["program"].format(program=program, code=result.returncode, said=result.stderr[-1500:])
            )
        return str(result.stdout)

    # -- who works in it -------------------------------------------------------------------------------------

    @property
    def _pid_file(self) -> Path:
        return self.path / "postmaster.pid"

    def port(self) -> int | None:
        """The port that the running server notes in ``postmaster.pid``, ``None`` before it does."""
        lines = self._pid_file.read_text().splitlines()
        return int(lines[3]) if len(lines) > 3 else None

    def says_ready(self, port: int) -> bool:
        """Whether the server notes that it takes connections on this port."""
        with contextlib.suppress(OSError):
            lines = self._pid_file.read_text().splitlines()
            return len(lines) > 7 and lines[3] == str(port) and lines[7].strip() == "ready"
        return False

    def postmaster(self) -> psutil.Process | None:
        """The process of ``postmaster.pid`` if it is verifiably the server of this data folder."""
        try:
            process = psutil.Process(self._noted_pid())
            return process if self._is_ours(process) else None
        except (OSError, ValueError, psutil.Error):
            return None

    def leftovers(self) -> list[psutil.Process]:
        """Processes of this data folder: the children of a killed postmaster need a moment to notice."""
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error, OSError):
                if process.status() != psutil.STATUS_ZOMBIE and self._is_ours(process):
                    found.append(process)
        return found

    def remove_stale_pid_file(self) -> None:
        """Remove a dead server's ``postmaster.pid`` whose number another program has by now.

        PostgreSQL clears the file itself unless some process of that number lives. Safe, because nobody comes here
        before seeing to it that no process of this data folder is left.
        """
        with contextlib.suppress(OSError, ValueError):
            if psutil.pid_exists(self._noted_pid()) and not self.leftovers():
                self._pid_file.unlink()

    def _noted_pid(self) -> int:
        return int(self._pid_file.read_text().split("\n", 1)[0])

    def _is_ours(self, process: psutil.Process) -> bool:
        # Every process of a PostgreSQL server has its data folder as working directory, and no other has.
        return bool(process.name().startswith("postgres") and Path(process.cwd()) == self.path.resolve())


def end(process: psutil.Process) -> None:
    """Stop one server process: fast, then at once (recovers at next start), then for good."""
    for sig, seconds in ((signal.SIGINT, 30), (signal.SIGQUIT, 10), (signal.SIGKILL, 10)):
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(sig)
            with contextlib.suppress(psutil.TimeoutExpired):
                process.wait(seconds)
                return
        if not process.is_running():
            return


def server_environment() -> dict[str, str]:
    """The environment of PostgreSQL's programs.

    Nothing inherited: PGPORT, PGDATA, TZ or a locale of the user's shell would change the server.
    """
    return {"PATH": os.defpath, "LC_ALL": "C"}
