"""pg_dump and pg_restore: the right one is chosen, and its complaints tell no values."""

from pathlib import Path

import pytest

from trimestre.backups import programs
from trimestre.errors import PermanentError


def made(folder: Path, version: str, *, error: str = "", code: int = 0) -> Path:
    """A program that tells its version, and ends as it is told."""
    folder.mkdir(parents=True)
    path = folder / "pg_dump"
    path.write_text(
        f"#!/bin/sh\n[ \"$1\" = --version ] && echo 'pg_dump (PostgreSQL) {version}' && exit\n"
        f"cat >&2 <<'END'\n{error}\nEND\nexit {code}\n"
    )
    path.chmod(0o700)
    return path


def offer(monkeypatch: pytest.MonkeyPatch, *paths: Path) -> None:
    monkeypatch.setattr(programs, "_candidates", lambda name: paths)


def test_a_server_newer_than_the_wheel_takes_the_program_of_the_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """pg_dump refuses servers newer than itself: an older one is passed over, and its lack is told with its mend."""
    wheel, path = made(tmp_path / "wheel", "18.6"), made(tmp_path / "path", "19.1 (Debian 19.1-1)")
    offer(monkeypatch, wheel, path)
    assert programs.program("pg_dump", 16) == wheel
    assert programs.program("pg_dump", 19) == path
    with pytest.raises(PermanentError, match=r"se encontró 18, 19, .* 20 o posterior.*postgresql-client-20"):
        programs.program("pg_dump", 20)
    offer(monkeypatch)
    with pytest.raises(PermanentError, match="se encontró ninguno, se esperaba la versión 16"):
        programs.program("pg_dump", 16)


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        (
            'pg_dump: error: connection to server at "db" failed: fe_sendauth: no password supplied',
            "no password supplied",
        ),
        (
            'pg_restore: error: COPY failed for table "account": ERROR:  invalid byte: ana@example.org',
            'table "account"',
        ),
        ('pg_restore: error: COPY failed\nCONTEXT:  COPY account, line 1: "ana@example.org"', "COPY failed"),
    ],
)
def test_a_failed_program_is_told_without_what_rows_hold(tmp_path: Path, told: str, kept: str) -> None:
    """A restore that fails half-way would else print a row, with names in it, into the log of the night."""
    program = made(tmp_path / "one", "18.6", error=told, code=1)
    with pytest.raises(PermanentError) as error:
        programs.run_alone(program, "--list")
    assert kept in str(error.value)
    assert "example.org" not in str(error.value)
