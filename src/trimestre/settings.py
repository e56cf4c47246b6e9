"""Where the project, the landing folder, the drop folder and the warehouse are: the only reader of the environment.

Data flow: environment -> Settings -> passed on as arguments; nothing but ``cli`` and ``orchestration`` calls this.
"""

import contextlib
import hashlib
import json
import os
import secrets
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from trimestre.errors import ContractError
from trimestre.sources.base import Connection


@dataclass(frozen=True)
class Settings:
    """The surroundings of one installation (one project each)."""

    project: Path
    """Folder with ``sources/``, ``framework/``, ``expectations/`` and ``sql/``."""
    home: Path
    """Folder for what this machine keeps: embedded database, logs, secrets."""
    landing: Path
    """Root of the landed files."""
    drop: Path | Any
    """Root of the drop folders of tabular sources: a folder of this machine (Path), or an fsspec URL (str)."""
    warehouse_url: str | None
    """SQLAlchemy URL of the warehouse; ``None`` = not configured (the demo starts an embedded one)."""
    key_file: Path
    """File with the HMAC key of ``account_key``; never in the project folder."""
    key: str | None = None
    """The HMAC key itself where the environment gives it."""

    def require_warehouse(self) -> str:
        """The warehouse URL, or a :class:`ContractError` that says how to set it."""
        if not self.warehouse_url:
            raise ContractError(
                "warehouse: found no TRIMESTRE_WAREHOUSE_URL, expected postgresql+psycopg://user:password@host/db. "
                "Set it, or run `make demo` once: it starts an embedded PostgreSQL."
            )
        return self.warehouse_url

    def account_hmac_key(self) -> bytes:
        """The 32-byte key behind every ``account_key``; made once when neither environment nor file has one."""
        if self.key:
            return hashlib.sha256(self.key.encode()).digest()
        try:
            if not self.key_file.exists():
                self._make_key()
            text = self.key_file.read_text().strip()
        except OSError as error:
            raise ContractError(
                f"account key: found no usable {self.key_file.name} ({error.strerror}), expected a key. "
                "Set TRIMESTRE_ACCOUNT_KEY or make the folder writable."
            ) from None
        if not text:
            raise ContractError(
                f"account key: found {self.key_file.name} empty, expected a key. Restore it from a backup, or, if "
                "nothing was ever loaded, remove the file: a new key is made. TRIMESTRE_ACCOUNT_KEY works too."
            )
        return hashlib.sha256(text.encode()).digest()

    def _make_key(self) -> None:
        """Write a new key whole or not at all; of two processes that do, the first one's key holds."""
        self.key_file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, name = tempfile.mkstemp(dir=self.key_file.parent)  # made with mode 0600
        try:
            with os.fdopen(handle, "w") as file:
                file.write(secrets.token_hex(32))
            with contextlib.suppress(FileExistsError):
                os.link(name, self.key_file)
        finally:
            Path(name).unlink()


def from_environment() -> Settings:
    """Read ``TRIMESTRE_*``; every folder has a default below the project."""
    project = Path(os.environ.get("TRIMESTRE_PROJECT") or _default_project()).resolve()
    home = Path(os.environ.get("TRIMESTRE_HOME") or project / ".trimestre").resolve()
    return Settings(
        project=project,
        home=home,
        landing=Path(os.environ.get("TRIMESTRE_LANDING") or home / "landing").resolve(),
        drop=_drop(os.environ.get("TRIMESTRE_DROP") or str(home / "drop")),
        warehouse_url=os.environ.get("TRIMESTRE_WAREHOUSE_URL") or None,
        key_file=Path(os.environ.get("TRIMESTRE_ACCOUNT_KEY_FILE") or home / "secrets" / "account_key"),
        key=os.environ.get("TRIMESTRE_ACCOUNT_KEY") or None,
    )


def connection_from_environment(name: str) -> Connection | None:
    """The connection ``name`` from ``AIRFLOW_CONN_<NAME>`` (JSON or URI, as Airflow reads it); None = not set."""
    text = os.environ.get(f"AIRFLOW_CONN_{name.upper()}")
    if not text:
        return None
    if text.lstrip().startswith("{"):
        try:
            fields = json.loads(text)
        except json.JSONDecodeError:
            raise ContractError(
                f"AIRFLOW_CONN_{name.upper()}: found text that is not JSON, expected "
                '{"conn_type": …, "host": …, "login": …, "password": …}. Correct the variable.'
            ) from None
        return connection(
            host=fields.get("host"),
            schema=fields.get("schema"),
            port=fields.get("port"),
            login=fields.get("login"),
            password=fields.get("password"),
            extra=_extra(name, fields.get("extra")),
        )
    parts = urlsplit(text)
    try:
        port = parts.port
    except ValueError:
        raise ContractError(
            f"AIRFLOW_CONN_{name.upper()}: found a port that is no number, expected "
            "type://login:password@host:port (with / and : in login or password written %2F and %3A). Correct it."
        ) from None
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    return connection(
        host=parts.hostname,
        schema=parts.path.strip("/") or None,
        port=port,
        login=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        extra=_extra(name, query.pop("__extra__", None)) | query,
    )


def _extra(name: str, extra: Any) -> dict[str, Any]:
    """What a connection has beside its fields: JSON, as text or as it is."""
    try:
        fields = json.loads(extra or "{}") if isinstance(extra, str) else extra or {}
    except json.JSONDecodeError:
        fields = None
    if not isinstance(fields, dict):
        raise ContractError(
            f"AIRFLOW_CONN_{name.upper()}: found an extra that is no JSON object, expected "
            '{"option": "value", …}. Correct it.'
        )
    return fields


def connection(
    *,
    host: str | None,
    schema: str | None,
    port: int | None,
    login: str | None,
    password: str | None,
    extra: dict[str, Any] | None = None,
) -> Connection:
    """A connection from the fields that Airflow keeps; ``host`` may be a whole address or a bare name."""
    address = unquote(host or "")
    if address and "://" not in address:
        address = f"{schema or 'https'}://{address}"
    if port and urlsplit(address).port is None:
        parts = urlsplit(address)
        address = parts._replace(netloc=f"{parts.netloc}:{port}").geturl()
    return Connection(host=address.rstrip("/"), login=login or "", password=password or "", extra=extra or {})


def who() -> str:
    """Who decides at the command line: the operating system's user."""
    import getpass

    return getpass.getuser()


def _drop(place: str) -> Path | str:
    """A folder of this machine by its absolute path; a URL as it stands."""
    return place if "://" in place else Path(place).resolve()


def _default_project() -> Path:
    """The checkout the package runs from, else the current folder."""
    checkout = Path(__file__).resolve().parents[2]
    return checkout if (checkout / "framework").is_dir() else Path.cwd()
