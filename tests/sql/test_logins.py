"""Log-ins for analysts' tools: they read what analysts may read, change nothing, and are only ours to change."""

import os
import secrets
import stat
import sys
from collections.abc import Callable, Iterator
from configparser import ConfigParser
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from trimestre import cli
from trimestre.errors import ContractError, PermanentError
from trimestre.warehouse.database import connect
from trimestre.warehouse.logins import Login, login_file, make_login, remove_login, rotate_login

ROOT = Path(__file__).resolve().parents[2]
ZONE = "America/Mexico_City"
UNTIL = datetime.now(UTC).replace(microsecond=0) + timedelta(days=30)


@pytest.fixture
def name(warehouse: sa.Engine) -> Iterator[str]:
    """An unused name; roles belong to the server, not to a database."""
    chosen = f"ana_{secrets.token_hex(4)}"
    yield chosen
    with warehouse.begin() as connection:
        connection.exec_driver_sql(f"DROP ROLE IF EXISTS {chosen}")


@pytest.fixture
def login(warehouse: sa.Engine, name: str) -> Login:
    with warehouse.begin() as connection:
        return make_login(connection, name, until=UNTIL, zone=ZONE)


def session(login: Login) -> psycopg.Connection:
    return psycopg.connect(login.url("postgresql"), autocommit=True)


def test_it_reads_what_analysts_read_and_nothing_that_names_people(login: Login) -> None:
    with session(login) as here:
        here.execute("SELECT * FROM warehouse.certificate").fetchall()
        here.execute("SELECT * FROM results.indicator_value").fetchall()
        marts = here.execute("SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname = 'marts'")
        for (mart,) in marts.fetchall():
            here.execute(f"SELECT * FROM {mart} LIMIT 1")  # type: ignore[arg-type]
        for table in ("restricted.account_identity", "quarantine.row", "staging.account", "ops.batch"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                here.execute(f"SELECT * FROM {table}")  # type: ignore[arg-type]


def test_it_changes_nothing_even_when_it_says_it_wants_to(login: Login) -> None:
    with session(login) as here:
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            here.execute("CREATE TEMPORARY TABLE mine (a integer)")
        here.execute("SET default_transaction_read_only = off")
        for statement in (
            "DELETE FROM warehouse.certificate",
            "CREATE TABLE marts.mine (a integer)",
            "CREATE ROLE other",
            "SET ROLE trimestre_pipeline",
            "COPY (SELECT 1) TO PROGRAM 'cat'",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                here.execute(statement)  # type: ignore[arg-type]


def test_a_careless_query_harms_nobody(login: Login, warehouse: sa.Engine) -> None:
    with session(login) as here:
        assert here.execute("SHOW statement_timeout").fetchone() == ("5min",)
        assert here.execute("SHOW timezone").fetchone() == (ZONE,), "dates of instants would be another day's"
    with warehouse.connect() as connection:
        row = connection.execute(
            sa.text(
                "SELECT rolconnlimit, rolvaliduntil, rolsuper OR rolcreaterole OR rolcreatedb OR rolbypassrls"
                " FROM pg_roles WHERE rolname = :name"
            ),
            {"name": login.name},
        ).one()
    assert tuple(row) == (5, UNTIL, False)


def test_the_password_leaves_no_trace(login: Login, warehouse: sa.Engine) -> None:
    assert login.password not in repr(login)
    with warehouse.connect() as connection:
        kept = connection.execute(sa.text("SELECT rolpassword FROM pg_authid WHERE rolname = :n"), {"n": login.name})
        assert kept.scalar_one().startswith("SCRAM-SHA-256$")


def test_a_new_password_ends_the_old_one(login: Login, warehouse: sa.Engine) -> None:
    later = UNTIL + timedelta(days=5)
    with warehouse.begin() as connection:
        renewed = rotate_login(connection, login.name, until=later)
    with session(renewed) as here:
        assert here.execute("SELECT session_user").fetchone() == (login.name,)
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        session(login)


def test_an_expired_password_no_longer_opens(name: str, warehouse: sa.Engine) -> None:
    with warehouse.begin() as connection:
        past = make_login(connection, name, until=datetime.now(UTC) - timedelta(days=1), zone=ZONE)
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        session(past)


def test_removing_ends_its_sessions(login: Login, warehouse: sa.Engine) -> None:
    here = session(login)
    with warehouse.begin() as connection:
        remove_login(connection, login.name)
    with pytest.raises(psycopg.OperationalError):
        here.execute("SELECT 1")
    with pytest.raises(psycopg.OperationalError):
        session(login)


def test_a_role_that_somebody_else_made_is_left_alone(warehouse: sa.Engine, name: str) -> None:
    with warehouse.begin() as connection:
        connection.exec_driver_sql(f"CREATE ROLE {name} NOLOGIN")
    for change in (
        lambda connection: make_login(connection, name, until=UNTIL, zone=ZONE),
        lambda connection: rotate_login(connection, name, until=UNTIL),
        lambda connection: remove_login(connection, name),
    ):
        with pytest.raises(ContractError, match="se encontró un rol"), warehouse.begin() as connection:
            change(connection)
    with warehouse.connect() as connection:
        assert not connection.execute(
            sa.text("SELECT rolcanlogin FROM pg_roles WHERE rolname = :name"), {"name": name}
        ).scalar_one()


def test_a_login_of_another_warehouse_on_the_server_is_left_alone(warehouse: sa.Engine, login: Login) -> None:
    with warehouse.begin() as connection:
        connection.exec_driver_sql(f"COMMENT ON ROLE {login.name} IS 'trimestre analyst-login: other'")
    with pytest.raises(ContractError, match="no hizo para este almacén"), warehouse.begin() as connection:
        remove_login(connection, login.name)


@pytest.mark.parametrize(
    "wrong", ["", "Ana", "1ana", "ana-bi", "a" * 32, "ana;drop", "pg_ana", "trimestre_owner", "public", "../x", "ana\n"]
)
def test_a_name_that_is_none_never_reaches_the_database(warehouse: sa.Engine, wrong: str) -> None:
    for change in (lambda c: make_login(c, wrong, until=UNTIL, zone=ZONE), lambda c: remove_login(c, wrong)):
        with pytest.raises(ContractError, match="de la a a la z"), warehouse.begin() as connection:
            change(connection)


def test_a_name_may_be_a_word_of_sql(warehouse: sa.Engine) -> None:
    with warehouse.begin() as connection:
        made = make_login(connection, "user", until=UNTIL, zone=ZONE)
    with session(made) as here:
        assert here.execute("SELECT session_user").fetchone() == ("user",)
    with warehouse.begin() as connection:
        remove_login(connection, "user")


def test_who_may_not_make_roles_gets_the_statements_for_who_may(
    warehouse: sa.Engine, login: Login, name: str, make_role: Callable[[str], sa.Engine]
) -> None:
    plain = make_role("")
    for change, todo in (
        (lambda c: make_login(c, "other_name", until=UNTIL, zone=ZONE), r'CREATE ROLE "other_name" LOGIN.*\\password'),
        (lambda c: rotate_login(c, name, until=UNTIL), r"ALTER ROLE .*VALID UNTIL.*\\password"),
        (lambda c: remove_login(c, name), "DROP ROLE"),
    ):
        told_so = pytest.raises(PermanentError, match=f"(?s)se esperaban CREATEROLE.*{todo}")
        with told_so as told, plain.begin() as connection:
            change(connection)
        assert login.password not in str(told.value)


def test_the_right_to_make_roles_is_enough(
    warehouse: sa.Engine, name: str, make_role: Callable[[str], sa.Engine]
) -> None:
    """The warehouse's user need not be a superuser."""
    maker = make_role("CREATEROLE")
    with warehouse.begin() as connection:
        connection.exec_driver_sql(f"GRANT trimestre_analyst TO {maker.url.username} WITH ADMIN OPTION")
    with maker.begin() as connection:
        made = make_login(connection, name, until=UNTIL, zone=ZONE)
    with session(made) as here:
        here.execute("SELECT * FROM warehouse.certificate LIMIT 1")
    with maker.begin() as connection:
        rotate_login(connection, name, until=UNTIL)
    with maker.begin() as connection:
        remove_login(connection, name)


@pytest.fixture
def make_role(warehouse: sa.Engine) -> Iterator[Callable[[str], sa.Engine]]:
    """Make a log-in with some attribute, and an engine of its own."""
    made: list[sa.Engine] = []

    def make(attribute: str) -> sa.Engine:
        role, password = f"test_{secrets.token_hex(6)}", secrets.token_hex(16)
        with warehouse.begin() as connection:
            connection.exec_driver_sql(f"CREATE ROLE {role} LOGIN {attribute} PASSWORD '{password}'")
        made.append(connect(warehouse.url.set(username=role, password=password).render_as_string(hide_password=False)))
        return made[-1]

    yield make
    for engine in made:
        engine.dispose()
        with warehouse.begin() as connection:
            connection.exec_driver_sql(f"DROP OWNED BY {engine.url.username} CASCADE")
            connection.exec_driver_sql(f"DROP ROLE {engine.url.username}")


def test_the_file_is_one_that_libpq_reads(login: Login, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "service"
    path.write_text(login_file(login, path))
    monkeypatch.setenv("PGSERVICEFILE", str(path))
    with psycopg.connect(f"service={login.name}") as here:
        assert here.execute("SELECT session_user").fetchone() == (login.name,)
    lines = [line.removeprefix("# ") for line in path.read_text().splitlines()]
    engine = connect(next(line for line in lines if line.startswith("postgresql+psycopg://")))
    with engine.connect() as connection:
        assert connection.execute(sa.text("SELECT 1")).scalar_one() == 1
    engine.dispose()
    monkeypatch.setenv("PGPASSFILE", str(tmp_path / "pgpass"))
    (tmp_path / "pgpass").write_text(next(line for line in lines if line.endswith(f":{login.password}")))
    (tmp_path / "pgpass").chmod(0o600)
    target = f"host={login.host} port={login.port} dbname={login.database} user={login.name}"
    with psycopg.connect(target) as here:
        assert here.execute("SELECT session_user").fetchone() == (login.name,)


def test_an_address_of_version_six_and_a_mode_of_tls_stay_in_the_urls() -> None:
    login = Login("ana", "::1", 5432, "my db", UNTIL, "require", "secret")
    assert login.url("postgresql") == "postgresql://ana:secret@[::1]:5432/my%20db?sslmode=require"
    text = login_file(login, Path("x"))
    assert r"\:\:1:5432:my db:ana:secret" in text
    assert "\nsslmode=require\n" in text


# -- the command -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Said:
    """What a command gave."""

    code: int
    text: str
    home: Path = field(repr=False)


@pytest.fixture
def say(
    warehouse: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Said]:
    """Run a command in this process, on the warehouse of the test."""
    for variable in list(os.environ):
        if variable.startswith("TRIMESTRE_"):
            monkeypatch.delenv(variable)
    monkeypatch.setenv("TRIMESTRE_PROJECT", str(ROOT))
    monkeypatch.setenv("TRIMESTRE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TRIMESTRE_WAREHOUSE_URL", warehouse.url.render_as_string(hide_password=False))

    def run(*words: str) -> Said:
        monkeypatch.setattr(sys, "argv", ["trimestre", *words])
        code = 0
        try:
            cli.main()
        except SystemExit as stopped:
            code = int(stopped.code or 0)
        said = capsys.readouterr()
        return Said(code, said.out + said.err, tmp_path / "home")

    return run


def test_the_command_tells_where_the_password_is_and_never_the_password(say: Callable[..., Said], name: str) -> None:
    said = say("analyst-login", name, "--days", "30", "--host", "db.example.org", "--port", "6543")
    path = said.home / "secrets" / f"analyst_{name}.conf"
    assert said.code == 0
    assert str(path) in said.text
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    found = ConfigParser()
    found.read(path)
    assert found[name]["password"] not in said.text
    assert (found[name]["host"], found[name]["port"]) == ("db.example.org", "6543")

    assert say("analyst-login", name).code == 1, "made a second time"
    assert found[name]["password"] in path.read_text(), "the file no longer tells the password that holds"

    assert say("analyst-login", name, "--rotate").code == 0
    assert found[name]["password"] not in path.read_text()
    assert say("analyst-login", name, "--rotate", "--remove").code == 1
    assert say("analyst-login", name, "--remove").code == 0
    assert not path.exists()
    assert say("analyst-login", name, "--remove").code == 1


def test_a_login_whose_password_could_not_be_kept_is_not_made(
    say: Callable[..., Said], name: str, tmp_path: Path, warehouse: sa.Engine
) -> None:
    (tmp_path / "home").write_text("a file where the folder should be")
    said = say("analyst-login", name)
    assert said.code == 1
    assert "TRIMESTRE_HOME" in said.text
    with warehouse.connect() as connection:
        count = connection.execute(sa.text("SELECT count(*) FROM pg_roles WHERE rolname = :n"), {"n": name})
        assert count.scalar_one() == 0
