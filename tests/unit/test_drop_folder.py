"""Drop folders of any kind: every whole file is taken, no half-written one is, and no message shows a password."""

import hashlib
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import fsspec
import pytest
import zstandard
from fsspec.implementations.memory import MemoryFileSystem
from pydantic import ValidationError
from the_case import new_world

from trimestre import settings
from trimestre.contracts import load_project
from trimestre.contracts.sources import TabularSource
from trimestre.errors import ContractError, PermanentError, TransientError
from trimestre.sources.base import Connection
from trimestre.sources.registry import folder_of
from trimestre.sources.tabular import fetch
from trimestre.sources.tabular.drop import FolderRefusal, RemoteFolder, drop_folder, ignored, shown, storage_options
from trimestre.sources.tabular.fetch import fetch_folder

ROOT = Path(__file__).parents[2]
CONTENT = b"Folio,Nombre\n1,Ana\n"


class Landing:
    """Keeps name -> content."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.left: dict[str, str] = {}

    def store_file(self, dataset: str, scope: str, path: Path) -> None:
        self.files[path.name] = path.read_bytes()

    def leave_out(self, dataset: str, scope: str, name: str, reason: str) -> None:
        self.left[name] = reason

    def open_answers(self, dataset: str, scope: str) -> Any:
        raise NotImplementedError


class FakeSftp(MemoryFileSystem):
    """Files behind an account; remembers with what it was opened and does what a test says at a call."""

    protocol = "fakesftp"
    store: ClassVar[dict[str, Any]] = {}
    pseudo_dirs: ClassVar[list[str]] = [""]
    cachable = False
    opened_with: ClassVar[list[dict[str, Any]]] = []
    fails: ClassVar[dict[str, Exception]] = {}

    def __init__(self, **options: Any) -> None:
        self.opened_with.append(options)
        if "connect" in self.fails:
            raise self.fails["connect"]
        super().__init__()

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return "/" + path.partition("://")[2].partition("/")[2].strip("/") if "://" in path else path

    @staticmethod
    def _get_kwargs_from_urls(path: str) -> dict[str, Any]:
        user, at, host = path.partition("://")[2].partition("/")[0].rpartition("@")
        return {"host": host} | ({"username": user.partition(":")[0]} if at else {})

    def ls(self, path: str, detail: bool = True, **options: Any) -> Any:
        self._fail("ls")
        return super().ls(path, detail, **options)

    def info(self, path: str, **options: Any) -> dict[str, Any]:
        self._fail("info")
        found: dict[str, Any] = super().info(path, **options)
        return found

    def get_file(self, rpath: str, lpath: str, **options: Any) -> None:  # type: ignore[override]
        self._fail("get")
        super().get_file(rpath, lpath, **options)

    def _fail(self, call: str) -> None:
        if call in self.fails:
            raise self.fails[call]


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(fetch, "SETTLE_SECONDS", 0.0)
    fsspec.register_implementation("fakesftp", FakeSftp, clobber=True)
    yield
    for kept in (FakeSftp.store, MemoryFileSystem.store, FakeSftp.fails):
        kept.clear()
    FakeSftp.opened_with.clear()


def source(folder: str = "prueba", **changes: Any) -> TabularSource:
    return TabularSource.model_validate(
        {
            "source": "prueba",
            "name": "Prueba",
            "kind": "tabular",
            "folder": folder,
            "delivers": "snapshot per file scope",
            "datasets": [
                {
                    "dataset": "lista",
                    "files": "*.csv",
                    "format": {"type": "csv"},
                    "scope": "S1",
                    "columns": {"folio": {"headings": ["Folio"]}, "nombre": {"headings": ["Nombre"]}},
                    "rows": [{"entity": "account_identity", "fields": {"local_id": "folio", "full_name": "nombre"}}],
                }
            ],
        }
        | changes
    )


def land(folder: str, drop: Path | str = Path("/nowhere"), connection: Connection | None = None) -> dict[str, bytes]:
    landing = Landing()
    contract = source(folder)
    fetch_folder(contract, drop_folder("prueba", drop, folder, connection), landing)
    return landing.files


def put(name: str, content: bytes = CONTENT, files: type[MemoryFileSystem] = FakeSftp) -> None:
    files.store[name] = stored = fsspec.implementations.memory.MemoryFile(None, name, content)
    stored.seek(0)


# -- where a folder is ---------------------------------------------------------------------------------------------


def test_a_name_is_a_folder_below_the_drop_folder_wherever_that_is(tmp_path: Path) -> None:
    (tmp_path / "prueba").mkdir()
    (tmp_path / "prueba" / "a.csv").write_bytes(CONTENT)
    fsspec.filesystem("memory").pipe_file("/bucket/prefijo/prueba/b.csv", CONTENT)
    assert land("prueba", tmp_path) == {"a.csv": CONTENT}
    assert land("prueba", "memory://bucket/prefijo/") == {"b.csv": CONTENT}
    assert land("prueba", f"file://{tmp_path}") == {"a.csv": CONTENT}


def test_a_folder_may_be_a_place_of_its_own(tmp_path: Path) -> None:
    folder = tmp_path / "Entregas 2020"
    folder.mkdir()
    (folder / "a.csv").write_bytes(CONTENT)
    fsspec.filesystem("memory").pipe_file("/otro/b.csv", CONTENT)
    for drop in (Path("/nowhere"), "memory://bucket"):
        assert land(str(folder), drop) == {"a.csv": CONTENT}
        assert land(folder.as_uri(), drop) == {"a.csv": CONTENT}
        assert land("memory://otro", drop) == {"b.csv": CONTENT}


@pytest.mark.parametrize("folder", ["prueba", "/mnt/entregas 2020", "s3://cubo/prefijo", "sftp://ana@sitio:22/a"])
def test_folders_that_a_contract_takes(folder: str) -> None:
    assert source(folder).folder == folder


@pytest.mark.parametrize("folder", ["", "../otra", "a/b", "s3:cubo", "S3://cubo", "s3://", "s3://a\nb", "con espacio"])
def test_folders_that_a_contract_refuses(folder: str) -> None:
    with pytest.raises(ValidationError):
        source(folder)


def test_the_environment_may_name_a_url_as_drop_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TRIMESTRE_DROP", "s3://cubo/prefijo")
    assert settings.from_environment().drop == "s3://cubo/prefijo"
    monkeypatch.setenv("TRIMESTRE_DROP", str(tmp_path / "x" / ".." / "drop"))
    assert settings.from_environment().drop == tmp_path / "drop"


# -- credentials ---------------------------------------------------------------------------------------------------


def test_a_connection_becomes_the_options_of_the_file_system() -> None:
    connection = Connection("", "usuario", "clave", {"endpoint_url": "https://minio.example"})
    assert storage_options("s3", connection) == {
        "key": "usuario",
        "secret": "clave",
        "endpoint_url": "https://minio.example",
    }
    assert storage_options("abfs", connection)["account_key"] == "clave"
    assert storage_options("ftp", connection)["username"] == "usuario"
    assert storage_options("sftp", Connection("", "ana", "x")) == {"timeout": 60, "username": "ana", "password": "x"}
    assert storage_options("gs", Connection("", password='{"type": "service_account"}')) == {
        "token": {"type": "service_account"}
    }
    assert storage_options("s3", None) == {}


def test_the_connection_opens_the_folder_and_the_address_wins() -> None:
    put("/a/x.csv")
    connection = Connection("https://otra", "ana", "s3cret", {"look_for_keys": False})
    assert land("fakesftp://sitio/a", connection=connection) == {"x.csv": CONTENT}
    assert FakeSftp.opened_with == [{"host": "sitio", "username": "ana", "password": "s3cret", "look_for_keys": False}]
    land("fakesftp://eva@sitio/a", connection=connection)
    assert FakeSftp.opened_with[-1]["username"] == "eva"


def test_a_named_connection_must_be_there_and_nothing_is_connected_before_it_is_asked() -> None:
    contract = source("fakesftp://sitio/a", connection="entregas")
    with pytest.raises(ContractError, match=r"no se encontró la conexión «entregas».*AIRFLOW_CONN_ENTREGAS"):
        folder_of(contract, Path("/nowhere"), None)
    folder_of(contract, Path("/nowhere"), Connection("", "ana", "x"))
    assert FakeSftp.opened_with == []


def test_extras_of_a_connection_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_A", '{"login": "u", "password": "p", "extra": {"anon": false}}')
    monkeypatch.setenv("AIRFLOW_CONN_B", '{"login": "u", "extra": "{\\"anon\\": true}"}')
    monkeypatch.setenv("AIRFLOW_CONN_C", "s3://u:p@/?endpoint_url=https%3A%2F%2Fminio")
    monkeypatch.setenv("AIRFLOW_CONN_D", "s3://u:p@/?__extra__=%7B%22anon%22%3A+true%7D")
    found = [settings.connection_from_environment(name) for name in "abcd"]
    assert [connection.extra if connection else None for connection in found] == [
        {"anon": False},
        {"anon": True},
        {"endpoint_url": "https://minio"},
        {"anon": True},
    ]
    monkeypatch.setenv("AIRFLOW_CONN_E", '{"login": "u", "extra": "s3cret"}')
    with pytest.raises(ContractError, match="AIRFLOW_CONN_E: se encontró un extra") as told:
        settings.connection_from_environment("e")
    assert "s3cret" not in str(told.value)


def test_a_password_in_a_contract_is_refused_and_in_no_message() -> None:
    assert shown("sftp://ana:s3cret@sitio:22/a?b=s3cret") == "sftp://sitio:22/a"
    with pytest.raises(ContractError, match=r"folder: se encontró una contraseña en sftp://sitio/a") as told:
        drop_folder("prueba", Path("/nowhere"), "sftp://ana:s3cret@sitio/a")
    assert "s3cret" not in str(told.value)


# -- which files are taken ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a.csv.part", "b.TMP", "c.crdownload", "d.csv.filepart", "~$e.xlsx", ".f.csv"])
def test_files_that_somebody_is_writing_are_known_by_their_names(name: str) -> None:
    assert ignored(name)
    put(f"/a/{name}")
    put("/a/x.csv")
    assert land("fakesftp://sitio/a") == {"x.csv": CONTENT}


def test_only_files_directly_in_the_folder_are_taken_and_strangers_are_named(caplog: pytest.LogCaptureFixture) -> None:
    for name in ("/a/x.csv", "/a/sub/y.csv", "/ab/z.csv", "/a/lista.txt"):
        put(name)
    assert land("fakesftp://sitio/a/") == {"x.csv": CONTENT}
    assert "el archivo lista.txt no corresponde a ningún conjunto" in caplog.text


def test_the_mark_of_a_folder_in_an_object_store_is_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    entries = [
        {"name": "cubo/a", "type": "file", "size": 0},
        {"name": "cubo/a/", "type": "file", "size": 0},
        {"name": "cubo/a/x.csv", "type": "file", "size": 1},
        {"name": "cubo/a/sub", "type": "directory", "size": 0},
    ]
    monkeypatch.setattr(FakeSftp, "ls", lambda *_, **__: entries)
    assert RemoteFolder("prueba", "fakesftp://x/cubo/a").names() == ["x.csv"]


@pytest.mark.parametrize("seen", ["size", "ETag", "mtime"])
def test_a_remote_file_that_changes_between_two_looks_waits(
    seen: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    put("/a/x.csv")
    looks = iter(range(100))
    plain = MemoryFileSystem.info
    monkeypatch.setattr(FakeSftp, "info", lambda self, path, **_: plain(self, path) | {seen: next(looks)})
    assert land("fakesftp://sitio/a") == {}
    assert "x.csv: todavía está cambiando. Se queda para la siguiente noche." in caplog.text


def test_a_remote_file_is_looked_at_after_the_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    put("/a/x.csv")
    pauses: list[float] = []
    monkeypatch.setattr(fetch, "SETTLE_SECONDS", 2.0)

    def grow(seconds: float) -> None:
        pauses.append(seconds)
        put("/a/x.csv", CONTENT + b"2,Eva\n")

    monkeypatch.setattr("time.sleep", grow)
    assert land("fakesftp://sitio/a") == {}
    monkeypatch.setattr("time.sleep", pauses.append)
    assert land("fakesftp://sitio/a") == {"x.csv": CONTENT + b"2,Eva\n"}
    assert pauses == [2.0, 2.0]


def test_a_remote_file_that_changes_while_it_is_downloaded_waits(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    put("/a/x.csv")

    def half(self: Any, rpath: str, lpath: str, **_: Any) -> None:
        Path(lpath).write_bytes(CONTENT)
        put("/a/x.csv", b"Folio,Nombre\n1,Eva\n")

    monkeypatch.setattr(FakeSftp, "get_file", half)
    assert land("fakesftp://sitio/a") == {}
    assert "cambió mientras se copiaba" in caplog.text


def test_a_download_that_ends_early_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    put("/a/x.csv")
    monkeypatch.setattr(FakeSftp, "get_file", lambda self, rpath, lpath, **_: Path(lpath).write_bytes(CONTENT[:-3]))
    assert land("fakesftp://sitio/a") == {}


def test_a_file_that_goes_away_takes_no_other_with_it(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    put("/a/x.csv")
    put("/a/y.csv")
    plain = MemoryFileSystem.get_file

    def get(self: Any, rpath: str, lpath: str, **_: Any) -> None:
        if rpath.endswith("x.csv"):
            raise FileNotFoundError(rpath)
        plain(self, rpath, lpath)

    monkeypatch.setattr(FakeSftp, "get_file", get)
    assert list(land("fakesftp://sitio/a")) == ["y.csv"]
    assert "x.csv: no se pudo leer" in caplog.text


def test_the_same_file_is_the_same_content_from_anywhere(tmp_path: Path) -> None:
    content = hashlib.sha256(b"1").hexdigest().encode() * 50_000
    (tmp_path / "x.csv").write_bytes(content)
    put("/a/x.csv", content)
    assert land("fakesftp://sitio/a") == land(str(tmp_path)) == {"x.csv": content}


# -- what is said when it can't be read -------------------------------------------------------------------------------


class AuthenticationException(Exception):
    """As paramiko calls it."""


class HttpError(Exception):
    """As gcsfs calls it."""

    code = 403


SECRET = "sftp://ana:s3cret@sitio/a"


@pytest.mark.parametrize(
    ("call", "error", "expected", "reason"),
    [
        ("connect", AuthenticationException(SECRET), FolderRefusal, "forbidden"),
        ("connect", TypeError(SECRET), FolderRefusal, "options"),
        ("connect", ConnectionRefusedError(SECRET), TransientError, None),
        ("connect", TimeoutError(SECRET), TransientError, None),
        ("ls", PermissionError(SECRET), FolderRefusal, "forbidden"),
        ("ls", HttpError(SECRET), FolderRefusal, "forbidden"),
        ("ls", FileNotFoundError(SECRET), FolderRefusal, "missing"),
        ("ls", EOFError(SECRET), TransientError, None),
        ("info", OSError(5, SECRET), TransientError, None),
        ("get", PermissionError(SECRET), FolderRefusal, "forbidden"),
        ("get", TimeoutError(SECRET), TransientError, None),
    ],
)
def test_what_is_worth_a_retry_is_told_from_what_a_person_must_mend(
    call: str, error: Exception, expected: type[Exception], reason: str | None
) -> None:
    put("/a/x.csv")
    FakeSftp.fails[call] = error
    with pytest.raises(expected) as told:
        land("a", "fakesftp://ana:s3cret@sitio", connection=Connection("", "ana", "s3cret"))
    assert getattr(told.value, "reason", None) == reason
    assert "fuente prueba: " in str(told.value)
    assert "fakesftp://sitio/a" in str(told.value)
    assert "s3cret" not in str(told.value)
    assert told.value.__suppress_context__


def test_a_missing_package_is_named_with_its_extra() -> None:
    for url, extra in {
        "s3://cubo/a": "s3",
        "sftp://sitio/a": "sftp",
        "abfs://c@d/a": "azure",
        "gs://c/a": "gcs",
    }.items():
        try:
            fsspec.get_filesystem_class(url.partition("://")[0])
        except ImportError:
            with pytest.raises(FolderRefusal, match=f"pip install 'trimestre.{extra}.'") as told:
                land(url)
            assert told.value.reason == "package"


def test_an_unknown_kind_of_address_is_refused() -> None:
    with pytest.raises(PermanentError, match="una dirección u opciones que su sistema de archivos rechaza"):
        land("nube://cubo/a")


# -- a night --------------------------------------------------------------------------------------------------------


def test_a_source_of_the_project_is_read_from_a_bucket(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    from trimestre.simulators.files import write_drop_files
    from trimestre.sources.base import LandedFile
    from trimestre.sources.registry import connector_for

    write_drop_files(new_world(), tmp_path)
    fsspec.filesystem("memory").put(f"{tmp_path}/", "/cubo/drop/", recursive=True)
    landing = Landing()
    with caplog.at_level(logging.WARNING):
        connector = connector_for(load_project(ROOT), "plataforma_sfp", drop="memory://cubo/drop")
        connector.fetch(landing)
    ((name, content),) = landing.files.items()
    target = tmp_path / "1.zst"
    target.write_bytes(zstandard.compress(content))
    landed = LandedFile(1, "avance", "EISP-UIF-2020", target, name, hashlib.sha256(content).hexdigest())
    assert sum(len(chunk.records) for chunk in connector.chunks([landed])) == 41
