"""Drop folders: on this machine, or anywhere fsspec reads (s3://, gs://, abfs://, sftp://, …).

Data flow: TRIMESTRE_DROP + ``folder`` of a source + connection -> DropFolder -> names, looks, copies for fetch.

A message names the folder without its credentials; errors of the libraries behind fsspec are never quoted, since their
texts may hold addresses with a password.
"""

import errno
import json
import logging
import secrets
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Literal, NamedTuple, Protocol
from urllib.parse import unquote, urlsplit

from trimestre.errors import ContractError, PermanentError, TransientError
from trimestre.sources.base import Connection
from trimestre.texts import FOLDER

log = logging.getLogger(__name__)

IGNORED_ENDINGS = (".part", ".tmp", ".crdownload", ".filepart")
"""Endings that programs give to a file while they write it."""

_EXTRAS = {
    "s3": "s3", "s3a": "s3", "gs": "gcs", "gcs": "gcs", "abfs": "azure", "abfss": "azure", "az": "azure",
    "sftp": "sftp", "ssh": "sftp",
}  # fmt: skip
"""Protocol -> extra of this package that brings what fsspec needs for it."""

_CREDENTIALS = {
    "s3": ("key", "secret"),
    "gcs": ("project", "token"),
    "azure": ("account_name", "account_key"),
}
"""Extra -> what its file system calls login and password; the others say ``username`` and ``password``."""

_MARKS = ("ETag", "etag", "generation", "LastModified", "last_modified", "updated", "mtime", "modify", "created")
"""What file systems tell about the state of a file, beside its size."""

_REFUSED = {
    "AuthenticationException", "BadHostKeyException", "ClientAuthenticationError", "DefaultCredentialsError",
    "NoCredentialsError", "PartialCredentialsError", "RefreshError", "error_perm",
}  # fmt: skip
"""Classes by which the libraries behind fsspec say that an account is missing or not accepted."""

Reason = Literal["missing", "forbidden", "package", "options"]


class Look(NamedTuple):
    """How a file was seen: the same size and marks = nobody wrote into it between two looks."""

    size: int | None
    marks: tuple[str, ...]
    changed: int | None = None
    """Time of its last change in ns of this machine's clock, or null where another clock tells."""


class FolderRefusal(PermanentError):
    """A drop folder that can't be read; ``reason`` is the key of its Spanish sentence."""

    def __init__(self, message: str, reason: Reason) -> None:
        super().__init__(message)
        self.reason = reason


class DropFolder(Protocol):
    """A folder into which people or programs put files."""

    shown: str
    """Name or address as it may be shown: without credentials."""
    outside: Sequence[str]
    """Names of the links that lead out of it, as it was last listed: nobody reads what they lead to."""

    def names(self) -> list[str]:
        """Names of the files directly in it, sorted."""

    def look(self, name: str) -> Look | None:
        """How a file is right now, or null when it is gone."""

    def copy(self, name: str, target: Path) -> None:
        """Bring a file over; ``OSError`` when this file can't be read while others may."""

    def put(self, name: str, source: Path) -> None:
        """Put a file there, whole or not at all, in the place of one with its name."""


def ignored(name: str) -> bool:
    """Whether a name says that the file is hidden, a lock, or not yet whole."""
    return name.startswith(("~$", ".")) or name.casefold().endswith(IGNORED_ENDINGS)


def shown(url: str) -> str:
    """A URL as it may stand in a message: no user, password or query."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def drop_folder(
    source: str, drop: Path | str, folder: str, connection: Connection | None = None
) -> "LocalFolder | RemoteFolder":
    """The drop folder of a source: ``folder`` is a name below ``drop`` (a path or a URL), or a place of its own.

    :class:`ContractError` where a YAML file holds a password. Nothing is connected before the first question.
    """
    if "://" in folder:
        if urlsplit(folder).password is not None:
            raise ContractError(FOLDER["password"].format(source=source, folder=shown(folder)))
        url = folder
    elif isinstance(drop, Path) or folder.startswith("/"):
        return LocalFolder(source, Path(drop) / folder)
    else:
        url = f"{drop.rstrip('/')}/{folder}"
    if url.startswith("file://"):
        return LocalFolder(source, Path(unquote(urlsplit(url).path)))
    return RemoteFolder(source, url, connection)


class LocalFolder:
    """A folder of this machine."""

    def __init__(self, source: str, path: Path) -> None:
        self._source = source
        self._path = path
        self.shown = path.name
        self.outside: Sequence[str] = ()

    def names(self) -> list[str]:
        """Names of the files directly in it, sorted; without links that lead out of it."""
        try:
            found = [path for path in self._path.iterdir() if path.is_file()]
        except FileNotFoundError:
            raise FolderRefusal(
                FOLDER["missing"].format(source=self._source, folder=self.shown),
                "missing",
            ) from None
        except OSError as error:
            raise FolderRefusal(
                FOLDER["closed"].format(source=self._source, folder=self.shown, why=error.strerror),
                "forbidden",
            ) from None
        held = [path for path in found if self._holds(path)]
        self.outside = sorted(path.name for path in set(found) - set(held))
        if self.outside:
            log.warning(FOLDER["links"].format(source=self._source, count=len(self.outside)))
        return sorted(path.name for path in held)

    def look(self, name: str) -> Look | None:
        """Size and time of change."""
        try:
            seen = (self._path / name).stat()
        except OSError:
            return None
        return Look(seen.st_size, (), seen.st_mtime_ns)

    def copy(self, name: str, target: Path) -> None:
        """Copy a file; ``OSError`` for one that has become a link to elsewhere."""
        if not self._holds(self._path / name):
            raise FileNotFoundError(errno.ENOENT, "a link to elsewhere", name)
        shutil.copyfile(self._path / name, target)

    def put(self, name: str, source: Path) -> None:
        """Copy a file beside its place and move it there; the folder is made where it lacks."""
        partial = self._path / f".{secrets.token_hex(8)}.part"
        try:
            self._path.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, partial)
            partial.replace(self._path / name)
        except OSError as error:
            with suppress(OSError):
                partial.unlink(missing_ok=True)
            raise FolderRefusal(
                FOLDER["read_only"].format(source=self._source, folder=self.shown, why=error.strerror),
                "forbidden",
            ) from None

    def _holds(self, path: Path) -> bool:
        """Whether a file is here in truth: who may put a link into the folder may not have the keys of the server."""
        return not path.is_symlink() or path.resolve().is_relative_to(self._path.resolve())


class RemoteFolder:
    """A folder that fsspec reads."""

    def __init__(self, source: str, url: str, connection: Connection | None = None) -> None:
        self._source = source
        self._url = url
        self._connection = connection
        self._opened: tuple[Any, str] | None = None
        self.shown = shown(url)
        self.outside: Sequence[str] = ()

    def names(self) -> list[str]:
        """Names of the files directly in it, sorted."""
        with self._told():
            files, here = self._place()
            files.invalidate_cache()
            entries = files.ls(here, detail=True)
        paths = [entry["name"] for entry in entries if entry.get("type") == "file"]
        # Object stores mark a folder by an empty object of its own name.
        return sorted(
            path.rpartition("/")[2] for path in paths if path.strip("/") != here.strip("/") and path[-1] != "/"
        )

    def look(self, name: str) -> Look | None:
        """Size, checksum and times as the file system tells them."""
        try:
            with self._told(name):
                files, here = self._place()
                files.invalidate_cache()
                info = files.info(f"{here}/{name}")
        except FileNotFoundError:
            return None
        return Look(info.get("size"), tuple(f"{key}={info[key]}" for key in _MARKS if info.get(key) is not None))

    def copy(self, name: str, target: Path) -> None:
        """Download a file."""
        with self._told(name):
            files, here = self._place()
            files.get_file(f"{here}/{name}", str(target))

    def put(self, name: str, source: Path) -> None:
        """Upload a file: at once to an object store, where it appears whole; elsewhere beside its place first."""
        with self._told():
            files, here = self._place()
            if _EXTRAS.get(self._url.partition("://")[0]) in _CREDENTIALS:
                files.put_file(str(source), f"{here}/{name}")
                return
            files.makedirs(here, exist_ok=True)
            partial = f"{here}/.{secrets.token_hex(8)}.part"
            files.put_file(str(source), partial)
            files.mv(partial, f"{here}/{name}")

    def _place(self) -> tuple[Any, str]:
        if self._opened is None:
            self._opened = _file_system(self._source, self._url, self._connection)
        return self._opened

    @contextmanager
    def _told(self, name: str | None = None) -> Iterator[None]:
        """Errors of whatever library is behind a file system in the classes of the house; a file may be gone."""
        try:
            yield
        except (PermanentError, TransientError):
            raise
        except FileNotFoundError:
            if name is not None:
                raise
            raise FolderRefusal(
                FOLDER["missing_or_empty"].format(source=self._source, folder=self.shown),
                "missing",
            ) from None
        except Exception as error:
            raise _explained(FOLDER["where"].format(source=self._source, folder=self.shown), error) from None


def _explained(where: str, error: Exception) -> PermanentError | TransientError:
    """An error of a library as one of ours. Its text is left out: it may quote an address with its password."""
    kind = type(error).__name__
    status = {str(getattr(error, name, None)) for name in ("status_code", "code", "status")}
    names = {ancestor.__name__ for ancestor in type(error).__mro__}
    if isinstance(error, PermissionError) or names & _REFUSED or status & {"401", "403"}:
        return FolderRefusal(
            FOLDER["forbidden"].format(where=where, kind=kind),
            "forbidden",
        )
    if isinstance(error, (TypeError, ValueError, NotImplementedError)) or "ParamValidationError" in names:
        return FolderRefusal(
            FOLDER["options"].format(where=where, kind=kind),
            "options",
        )
    return TransientError(FOLDER["unreachable"].format(where=where, kind=kind))


def _file_system(source: str, url: str, connection: Connection | None) -> tuple[Any, str]:
    """The file system of a URL, made anew (credentials may have changed), and the path in it."""
    import fsspec
    from fsspec.core import url_to_fs

    protocol = url.partition("://")[0]
    try:
        said = fsspec.get_filesystem_class(protocol)._get_kwargs_from_urls(url)
    except ImportError:
        extra = _EXTRAS.get(protocol)
        mend = FOLDER["install"].format(extra=extra) if extra else FOLDER["install_other"]
        raise FolderRefusal(
            FOLDER["no_package"].format(source=source, protocol=protocol, mend=mend), "package"
        ) from None
    # What the address says holds: fsspec takes an option from one place only.
    options = {name: value for name, value in storage_options(protocol, connection).items() if name not in said}
    files, path = url_to_fs(url, skip_instance_cache=True, **options)
    return files, str(path).rstrip("/")


def storage_options(protocol: str, connection: Connection | None) -> dict[str, Any]:
    """A connection in the words of a file system; without one it looks into the environment itself."""
    extra = _EXTRAS.get(protocol, "")
    options: dict[str, Any] = {"timeout": 60} if extra == "sftp" else {}
    if connection is None:
        return options
    login, password = _CREDENTIALS.get(extra, ("username", "password"))
    if connection.login:
        options[login] = connection.login
    if connection.password:
        # The key of a Google service account is a JSON text.
        options[password] = json.loads(connection.password) if connection.password[0] == "{" else connection.password
    return options | connection.extra
