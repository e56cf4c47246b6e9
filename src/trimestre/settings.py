"""Where the project, the landing folder, the drop folder and the warehouse are: the only reader of the environment.

Data flow: environment -> Settings -> passed on as arguments; nothing but ``cli`` and ``orchestration`` calls this.
"""

import contextlib
import difflib
import json
import os
import secrets
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from trimestre.errors import ContractError
from trimestre.keys import AccountKey, from_text, mark
from trimestre.sources.base import Connection
from trimestre.texts import INSTALLED

_READ = (
    "PROJECT", "HOME", "LANDING", "DROP", "WAREHOUSE_URL",
    "ACCOUNT_KEY", "ACCOUNT_KEY_FILE", "ACCOUNT_KEY_NEW", "ACCOUNT_KEY_OLD",
)  # fmt: skip
"""What is read of the environment, after ``TRIMESTRE_``."""


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
    new_key: str | None = None
    """The key to rotate to where the environment gives it."""
    old_keys: tuple[str, ...] = ()
    """Keys before this one, which tombstones of erased accounts were made with; ``file:PATH`` = what the file holds."""

    @property
    def uploads(self) -> Path:
        """Root of what people brought by the page, as it came."""
        return self.home / "uploads"

    @property
    def documents(self) -> Path:
        """Root of the documents that closes wrote: a folder a quarter, below it one a version."""
        return self.home / "documents"

    @property
    def watched_places(self) -> dict[str, Path]:
        """Folders whose disks are watched, under the names that the texts have for them."""
        return {"landing": self.landing, "home": self.home}

    @property
    def outage_mark(self) -> Path:
        """File that is there while people know that the warehouse does not answer."""
        return self.home / "watching" / "warehouse_down"

    def require_warehouse(self) -> str:
        """The warehouse URL, or a :class:`ContractError` that says how to set it."""
        if not self.warehouse_url:
            raise ContractError(INSTALLED["no_warehouse"])
        return self.warehouse_url

    def account_hmac_key(self) -> AccountKey:
        """The 32-byte key behind every ``account_key``; made once when neither environment nor file has one.

        The keys before it come along: those that were given, and those that a rotation left beside the key's file.
        """
        left = sorted(self.key_file.parent.glob(f"{self.key_file.name}.old.*"))
        older = [_key_in(Path(text[5:])) if text.startswith("file:") else from_text(text) for text in self.old_keys]
        older += [_key_in(path) for path in left]
        if self.key:
            return AccountKey(from_text(self.key), older)
        if not self._exists(self.key_file):
            self.make_key(self.key_file, secrets.token_hex(32))
        return AccountKey(_key_in(self.key_file), older)

    def present_key(self) -> AccountKey | None:
        """The key where there is one; unlike :meth:`account_hmac_key` it makes none."""
        return self.account_hmac_key() if self.key or self._exists(self.key_file) else None

    def below(self, home: Path) -> "Settings":
        """The same installation with everything that belongs to it in one folder, as a drill of a restore has it."""
        home = home.resolve()
        return replace(
            self,
            project=home / "project",
            home=home,
            landing=home / "landing",
            drop=home / "drop",
            warehouse_url=None,
            key_file=home / "secrets" / "account_key",
        )

    def key_to_rotate_to(self) -> tuple[bytes, Path | None]:
        """The new key, and the file beside the present one that holds it; ``None`` = the environment gives both.

        Made at random where the environment gives none; the same again until :meth:`take_up_key`.
        """
        if self.key and self.new_key:
            return from_text(self.new_key), None
        path = self.key_file.with_name(f"{self.key_file.name}.new")
        if not self._exists(path):
            self.make_key(path, self.new_key or secrets.token_hex(32))
        made = _key_in(path)
        if self.new_key and made != from_text(self.new_key):
            raise ContractError(INSTALLED["other_new_key"].format(name=path.name))
        return made, path

    def take_up_key(self, path: Path) -> None:
        """Put the new key into the place of the present one, which stays beside it for the tombstones.

        There is a key at any moment: whoever finds none makes one.
        """
        if self._exists(self.key_file):
            kept = self.key_file.with_name(f"{self.key_file.name}.old.{mark(_key_in(self.key_file))}")
            self.make_key(kept, self.key_file.read_text())
        path.replace(self.key_file)

    @staticmethod
    def _exists(path: Path) -> bool:
        try:
            return path.exists()
        except OSError as error:
            raise _unusable(path, error) from None

    @staticmethod
    def make_key(path: Path, text: str) -> None:
        """Write a key whole or not at all, for its owner only; of two processes that do, the first one's key holds."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle, name = tempfile.mkstemp(dir=path.parent)  # made with mode 0600
        except OSError as error:
            raise _unusable(path, error) from None
        try:
            with os.fdopen(handle, "w") as file:
                file.write(text)
            with contextlib.suppress(FileExistsError):
                os.link(name, path)
        finally:
            Path(name).unlink()


def _key_in(path: Path) -> bytes:
    """The key that a file holds; a line break at its end makes no other key."""
    try:
        text = path.read_text().strip()
    except OSError as error:
        raise _unusable(path, error) from None
    if not text:
        raise ContractError(INSTALLED["empty_key"].format(name=path.name))
    return from_text(text)


def _unusable(path: Path, error: OSError) -> ContractError:
    return ContractError(INSTALLED["no_usable_key"].format(name=path.name, why=error.strerror))


def from_environment() -> Settings:
    """Read ``TRIMESTRE_*``; every folder has a default below the project."""
    project = _folder("TRIMESTRE_PROJECT", _default_project())
    home = _folder("TRIMESTRE_HOME", project / ".trimestre")
    drop = _given("TRIMESTRE_DROP")
    return Settings(
        project=project,
        home=home,
        landing=_folder("TRIMESTRE_LANDING", home / "landing"),
        drop=drop if "://" in drop else _folder("TRIMESTRE_DROP", home / "drop"),
        warehouse_url=_given("TRIMESTRE_WAREHOUSE_URL") or None,
        key_file=_folder("TRIMESTRE_ACCOUNT_KEY_FILE", home / "secrets" / "account_key"),
        key=os.environ.get("TRIMESTRE_ACCOUNT_KEY") or None,
        new_key=os.environ.get("TRIMESTRE_ACCOUNT_KEY_NEW") or None,
        old_keys=tuple(filter(None, map(str.strip, os.environ.get("TRIMESTRE_ACCOUNT_KEY_OLD", "").split(",")))),
    )


def mistyped() -> list[tuple[str, str]]:
    """Variables that nothing reads and that are called almost as one of ours, with that one: a slip is no setting."""
    begin = "TRIMESTRE_"
    found = sorted(name.removeprefix(begin) for name in os.environ if name.startswith(begin))
    like = {name: difflib.get_close_matches(name, _READ, 1, 0.75) for name in found if name not in _READ}
    return [(begin + name, begin + near[0]) for name, near in like.items() if near]


def airflow_database() -> str | None:
    """SQLAlchemy URL of Airflow's own database, where the environment gives it."""
    return os.environ.get("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN") or None


def key_in_file(path: Path) -> AccountKey:
    """The key that a file holds, such as one from its own backup.

    Raises:
        ContractError: there is no such file, or no key in it.
    """
    if not path.is_file():
        raise ContractError(INSTALLED["no_key_file"].format(path=path))
    return AccountKey(_key_in(path))


def connection_from_environment(name: str) -> Connection | None:
    """The connection ``name`` from ``AIRFLOW_CONN_<NAME>`` (JSON or URI, as Airflow reads it); None = not set."""
    text = os.environ.get(f"AIRFLOW_CONN_{name.upper()}")
    if not text:
        return None
    if text.lstrip().startswith("{"):
        try:
            fields = json.loads(text)
        except json.JSONDecodeError:
            raise ContractError(INSTALLED["connection_json"].format(name=name.upper())) from None
        return connection(
            host=fields.get("host"),
            schema=fields.get("schema"),
            port=fields.get("port"),
            login=fields.get("login"),
            password=fields.get("password"),
            extra=_extra(name, fields.get("extra")),
        )
    protocol = ""
    if text.count("://") > 1:  # type://https://…
        text = text.partition("://")[2]
        protocol = f"{urlsplit(text).scheme}://"
    parts = urlsplit(text)
    try:
        port = parts.port
    except ValueError:
        raise ContractError(INSTALLED["connection_port"].format(name=name.upper())) from None
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    return connection(
        host=f"{protocol}{parts.hostname or ''}",
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
        raise ContractError(INSTALLED["connection_extra"].format(name=name.upper()))
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
    with contextlib.suppress(ValueError):  # an address with a wrong port is refused, in words, by whoever uses it
        parts = urlsplit(address)
        if port and parts.port is None:
            address = parts._replace(netloc=f"{parts.netloc}:{port}").geturl()
    return Connection(host=address.rstrip("/"), login=login or "", password=password or "", extra=extra or {})


def who() -> str:
    """Who decides at the command line: the operating system's user, by its name."""
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container that runs as a number nobody gave a name
        raise ContractError(INSTALLED["no_name"].format(uid=os.getuid())) from None


def _given(name: str) -> str:
    """A variable as it is meant: a file of them keeps the quotes around a value, and Windows' end of its line."""
    text = os.environ.get(name, "").strip()
    quoted = len(text) > 1 and text[0] == text[-1] and text[0] in "\"'"
    return text[1:-1].strip() if quoted else text


def _folder(name: str, default: Path) -> Path:
    """A place of this machine by its absolute path; ``~`` is the home of the user, as a shell has it."""
    text = _given(name)
    try:
        return Path(text).expanduser().resolve() if text else default.resolve()
    except RuntimeError:  # a user without a home
        raise ContractError(INSTALLED["no_home"].format(name=name)) from None


def _default_project() -> Path:
    """The checkout the package runs from, else the current folder."""
    checkout = Path(__file__).resolve().parents[2]
    return checkout if (checkout / "framework").is_dir() else Path.cwd()
