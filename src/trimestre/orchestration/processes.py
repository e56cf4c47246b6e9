"""The processes of a local Airflow: started with a mark in their environment, by which they are found again.

Data flow: command + environment -> marked process and its log; home of an Airflow -> what any run of it left.
"""

import contextlib
import os
import signal
import socket
import subprocess
from collections.abc import Iterable
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from trimestre.embedded import die_with_parent
from trimestre.errors import PermanentError
from trimestre.texts import INSTALLED

MARK = "TRIMESTRE_LOCAL_AIRFLOW"
"""The variable that names the home; children inherit it."""


def spawn(command: list[str], airflow_home: Path, log: Path, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    """Start a process whose output goes to ``log``; the log of the run before is kept beside it."""
    if log.exists():
        log.replace(log.with_suffix(".log.1"))
    with log.open("wb") as file:
        return subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=file,
            stderr=subprocess.STDOUT,
            env={
                **environment,
                MARK: str(airflow_home),
                "SPT_NOENV": "1",  # setproctitle would overwrite the environment, and with it the mark
            },
            cwd=airflow_home,
            start_new_session=True,  # Ctrl-C is for us; we end them in order
            preexec_fn=die_with_parent(signal.SIGTERM),
        )


def marked(airflow_home: Path) -> list[psutil.Process]:
    """Every process that a run of this home started, and their children, however they were left."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.pid != os.getpid() and process.environ().get(MARK) == str(airflow_home):
                found.append(process)
    return found


def end(processes: Iterable[psutil.Process]) -> None:
    """Ask processes to end, and kill those that do not within five seconds."""
    alive = list(processes)
    for method, seconds in (("terminate", 5), ("kill", 5)):
        for process in alive:
            with contextlib.suppress(psutil.NoSuchProcess):
                getattr(process, method)()
        _, alive = psutil.wait_procs(alive, timeout=seconds)


def first_free_port(first: int) -> int:
    """The first free port of 127.0.0.1 from ``first`` on."""
    for port in range(first, min(first + 200, 65536)):
        with socket.socket() as probe, contextlib.suppress(OSError):
            # A port whose last connections are only being forgotten (TIME_WAIT) is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return port
    raise PermanentError(INSTALLED["port"].format(first=first, last=first + 199))
