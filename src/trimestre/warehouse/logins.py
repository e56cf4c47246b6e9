"""Log-ins of analysts for their own tools: a PostgreSQL role each, in trimestre_analyst and nothing else.

What a log-in may do comes from trimestre_analyst alone (sql/roles.sql); read-only, a limit of time and of connections
are set on it so that a careless query harms nobody. The password is generated here and leaves as a SCRAM verifier: no
log of the server holds it.

Data flow: name -> role in PostgreSQL + file of connection details (0600) -> the analyst's tool.
"""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa

from trimestre import texts
from trimestre.errors import ContractError, PermanentError
from trimestre.texts import WAREHOUSE

ROLE = "trimestre_analyst"
_NAME = re.compile(r"[a-z][a-z0-9_]{0,30}")
_SETTINGS = {"default_transaction_read_only": "on", "statement_timeout": "5min"}
_CONNECTIONS = 5


@dataclass(frozen=True)
class Login:
    """How a tool logs in."""

    name: str
    host: str
    port: int
    database: str
    until: datetime
    sslmode: str | None
    password: str = field(repr=False)

    def url(self, scheme: str) -> str:
        """The address as one URL, with the password."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        query = f"?sslmode={self.sslmode}" if self.sslmode else ""
        return f"{scheme}://{self.name}:{self.password}@{host}:{self.port}/{quote(self.database)}{query}"


def make_login(
    connection: sa.Connection,
    name: str,
    *,
    until: datetime,
    zone: str,
    host: str | None = None,
    port: int | None = None,
) -> Login:
    """Make the role in the open transaction; ``zone`` is the zone in which its sessions show instants.

    :class:`ContractError` for a name that is none or taken, :class:`PermanentError` without the right to make roles.
    """
    _check_name(name)
    if _mark(connection, name) is not None:
        raise ContractError(WAREHOUSE["role_taken"].format(name=name))
    then = [f"ALTER ROLE \"{name}\" SET {key} TO '{value}'" for key, value in {**_SETTINGS, "timezone": zone}.items()]
    then.append(f"COMMENT ON ROLE \"{name}\" IS '{_our_mark(connection)}'")
    create = (
        f"CREATE ROLE \"{name}\" LOGIN CONNECTION LIMIT {_CONNECTIONS} IN ROLE {ROLE} VALID UNTIL '{until.isoformat()}'"
    )
    _check_rights(connection, name, [create, *then], password=True)
    login = _login(connection, name, until, host, port)
    for statement in (f"{create} PASSWORD '{_verifier(connection, login)}'", *then):
        connection.exec_driver_sql(statement)
    return login


def rotate_login(
    connection: sa.Connection, name: str, *, until: datetime, host: str | None = None, port: int | None = None
) -> Login:
    """Give a log-in another password and validity; open sessions stay. Errors as :func:`remove_login`."""
    _check_ours(connection, name)
    alter = f"ALTER ROLE \"{name}\" VALID UNTIL '{until.isoformat()}'"
    _check_rights(connection, name, [alter], password=True)
    login = _login(connection, name, until, host, port)
    connection.exec_driver_sql(f"{alter} PASSWORD '{_verifier(connection, login)}'")
    return login


def remove_login(connection: sa.Connection, name: str) -> None:
    """End the sessions of a log-in and drop it; :class:`ContractError` for a role that was not made here."""
    _check_ours(connection, name)
    drop = f'DROP ROLE "{name}"'
    _check_rights(connection, name, [drop])
    connection.execute(
        sa.text(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE usename = :name AND pg_has_role(usesysid, 'USAGE')"
        ),
        {"name": name},
    )
    connection.exec_driver_sql(drop)


def login_file(login: Login, path: Path) -> str:
    """The text of the file with the connection details: a libpq service file that also says the other ways."""
    service = {"host": login.host, "port": login.port, "dbname": login.database, "user": login.name}
    if login.sslmode:
        service["sslmode"] = login.sslmode
    pgpass = ":".join(re.sub(r"([:\\])", r"\\\1", str(part)) for part in (*list(service.values())[:4], login.password))
    said = texts.LOGIN_CLI
    lines = [
        f"# {said['file']}",
        f"# {said['until'].format(until=f'{login.until:%d/%m/%Y}', name=login.name)}",
        f"# {said['service'].format(path=path, name=login.name)}",
        f"[{login.name}]",
        *(f"{key}={value}" for key, value in service.items()),
        f"password={login.password}",
        f"# {said['pgpass']}",
        f"# {pgpass}",
        f"# {said['url']}",
        f"# {login.url('postgresql')}",
        f"# {said['sqlalchemy']}",
        f"# {login.url('postgresql+psycopg')}",
    ]
    return "\n".join(lines) + "\n"


def _login(connection: sa.Connection, name: str, until: datetime, host: str | None, port: int | None) -> Login:
    url = connection.engine.url
    server = connection.execute(sa.text("SELECT current_database(), current_setting('port')")).one()
    sslmode = url.query.get("sslmode")
    return Login(
        name=name,
        host=host or url.host or str(url.query.get("host") or "localhost"),
        port=port or url.port or int(server[1]),
        database=server[0],
        until=until,
        sslmode=sslmode if isinstance(sslmode, str) else None,
        password=secrets.token_hex(20),
    )


def _verifier(connection: sa.Connection, login: Login) -> str:
    """What PostgreSQL keeps of a password; worked out here, so that the password itself is never sent."""
    raw: Any = connection.connection.driver_connection
    made: bytes = raw.pgconn.encrypt_password(login.password.encode(), login.name.encode(), b"scram-sha-256")
    return made.decode()


def _our_mark(connection: sa.Connection) -> str:
    """What tells a role that was made here, for this warehouse, from others; roles belong to the whole server."""
    database = connection.execute(sa.text("SELECT current_database()")).scalar_one()
    return f"trimestre analyst-login: {database}".replace("'", "''")


def _mark(connection: sa.Connection, name: str) -> str | None:
    """The comment of a role, empty without one; ``None`` when there is no such role."""
    found: str | None = connection.execute(
        sa.text("SELECT coalesce(shobj_description(oid, 'pg_authid'), '') FROM pg_roles WHERE rolname = :name"),
        {"name": name},
    ).scalar_one_or_none()
    return found


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name) or name.startswith(("pg_", "trimestre_")) or name in {"public", "none"}:
        raise ContractError(WAREHOUSE["role_name"].format(name=name))


def _check_ours(connection: sa.Connection, name: str) -> None:
    _check_name(name)
    mark = _mark(connection, name)
    if mark is None:
        raise ContractError(WAREHOUSE["no_role"].format(name=name))
    if mark.replace("'", "''") != _our_mark(connection):
        raise ContractError(WAREHOUSE["strange_role"].format(name=name))


def _check_rights(connection: sa.Connection, name: str, todo: Sequence[str], *, password: bool = False) -> None:
    """Only who may make roles and give trimestre_analyst can go on; others are told what the administrator runs."""
    allowed = connection.execute(
        sa.text(
            "SELECT rolsuper OR (rolcreaterole AND pg_has_role(CAST(:role AS name), 'MEMBER WITH ADMIN OPTION'))"
            " FROM pg_roles WHERE rolname = current_user"
        ),
        {"role": ROLE},
    ).scalar_one()
    if not allowed:
        statements = [f"{statement};" for statement in todo] + [f"\\password {name}"] * password
        raise PermanentError(WAREHOUSE["no_createrole"].format(name=name, role=ROLE) + "\n".join(statements))
