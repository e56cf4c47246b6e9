"""What programs that start servers on this machine need: secrets kept in files, children that do not outlive us.

Data flow: none of its own; used by the embedded PostgreSQL and by the local Airflow.
"""

import contextlib
import ctypes
import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path

_PR_SET_PDEATHSIG = 1


def die_with_parent(sig: int = signal.SIGTERM) -> Callable[[], None] | None:
    """Return a ``preexec_fn`` that has Linux send ``sig`` to the child when its parent dies, else ``None``.

    The kernel means the parent *thread*: from any thread but the main one the child would die too early.
    """
    if not sys.platform.startswith("linux") or threading.current_thread() is not threading.main_thread():
        return None
    libc = ctypes.CDLL(None)  # loaded before the fork, as nothing is safe to load after it
    parent = os.getpid()

    def set_death_signal() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, sig)
        if os.getppid() != parent:  # it died before the signal was asked for
            os._exit(1)

    return set_death_signal


def write_secret(path: Path, text: str) -> None:
    """Write ``text`` to ``path`` (0600, in a 0700 folder) at once: a killed run leaves no half secret."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    partial.unlink(missing_ok=True)
    partial.touch(mode=0o600)
    partial.write_text(text)
    partial.replace(path)


def ensure_secret(path: Path, make: Callable[[], str]) -> str:
    """Return the secret kept in ``path``; the first time, generate it by ``make``."""
    if path.exists() and (text := path.read_text().strip()):
        return text
    write_secret(path, text := make())
    return text


def tail(path: Path, lines: int) -> str:
    """The last lines of a log; nothing when it can't be read."""
    with contextlib.suppress(OSError):
        return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])
    return ""
