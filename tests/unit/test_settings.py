"""Where an installation keeps what: defaults, the account key, and connections as Airflow reads them."""

import contextlib
import hashlib
import json
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from trimestre import settings
from trimestre.errors import ContractError
from trimestre.sources.base import Connection
from trimestre.warehouse.database import connect

NAMES = ("PROJECT", "HOME", "LANDING", "DROP", "WAREHOUSE_URL", "ACCOUNT_KEY", "ACCOUNT_KEY_FILE")


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(f"TRIMESTRE_{name}", raising=False)


def test_every_folder_has_a_default_below_the_project(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TRIMESTRE_PROJECT", str(tmp_path))
    here = settings.from_environment()
    home = tmp_path / ".trimestre"
    assert (here.project, here.home, here.landing, here.drop) == (tmp_path, home, home / "landing", home / "drop")
    assert here.key_file == home / "secrets" / "account_key"
    assert here.warehouse_url is None


def test_every_folder_can_be_moved(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("PROJECT", "HOME", "LANDING", "DROP"):
        monkeypatch.setenv(f"TRIMESTRE_{name}", str(tmp_path / name))
    monkeypatch.setenv("TRIMESTRE_WAREHOUSE_URL", "postgresql://x@y/z")
    monkeypatch.setenv("TRIMESTRE_ACCOUNT_KEY_FILE", str(tmp_path / "key"))
    here = settings.from_environment()
    assert [here.project, here.home, here.landing, here.drop] == [tmp_path / n for n in NAMES[:4]]
    assert (here.warehouse_url, here.key_file) == ("postgresql://x@y/z", tmp_path / "key")


def test_an_empty_variable_is_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    # docker compose passes a variable that is not set as an empty one.
    monkeypatch.setenv("TRIMESTRE_PROJECT", str(tmp_path))
    for name in NAMES[1:6]:
        monkeypatch.setenv(f"TRIMESTRE_{name}", "")
    here = settings.from_environment()
    assert here.home == tmp_path / ".trimestre"
    assert here.warehouse_url is None
    assert here.key is None


@pytest.mark.parametrize("text", ["~/entregas", '"{}/entregas"', "'{}/entregas'", " {}/entregas\r"])
def test_a_folder_is_the_one_that_was_meant(text: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Else a file of variables that came from Windows, or keeps its quotes, begins a landing folder of another name."""
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("HOME", "LANDING", "DROP", "ACCOUNT_KEY_FILE"):
        monkeypatch.setenv(f"TRIMESTRE_{name}", text.format(tmp_path))
    monkeypatch.setenv("TRIMESTRE_WAREHOUSE_URL", '"postgresql://x@y/z"\r')
    here = settings.from_environment()
    assert {here.home, here.landing, here.drop, here.key_file} == {tmp_path / "entregas"}
    assert here.warehouse_url == "postgresql://x@y/z"


def test_the_key_stays_the_same_wherever_a_command_is_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TRIMESTRE_ACCOUNT_KEY_FILE", "llave")
    monkeypatch.chdir(tmp_path)
    here = settings.from_environment()
    made = here.account_hmac_key()
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert here.account_hmac_key() == made


def test_a_variable_that_was_mistyped_is_not_just_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LANDIG", "WAREHOUSE", "HOST", "PORT", "WORKER_MEMORY", "LANDING"):
        monkeypatch.setenv(f"TRIMESTRE_{name}", "x")
    assert settings.mistyped() == [
        ("TRIMESTRE_LANDIG", "TRIMESTRE_LANDING"), ("TRIMESTRE_WAREHOUSE", "TRIMESTRE_WAREHOUSE_URL"),
    ]  # fmt: skip


@pytest.mark.parametrize("url", ["postgresql://a:s3cret@host:p0rt/x", "postgresql://a:s3cr/et:1@host:1x/x"])
def test_a_wrong_address_of_the_warehouse_is_told_without_its_password(url: str) -> None:
    with pytest.raises(ContractError, match="se encontró un texto que no es una URL") as raised:
        connect(url)
    assert "s3cr" not in str(raised.value)


def test_without_a_warehouse_it_is_told_how_to_set_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TRIMESTRE_PROJECT", str(tmp_path))
    with pytest.raises(ContractError, match=r"TRIMESTRE_WAREHOUSE_URL.*postgresql\+psycopg://.*make demo"):
        settings.from_environment().require_warehouse()


# -- the key behind every account_key --------------------------------------------------------------------------


def installation(tmp_path: Path, key: str | None = None) -> settings.Settings:
    return settings.Settings(
        tmp_path, tmp_path, tmp_path / "landing", tmp_path / "drop", None, tmp_path / "secrets" / "account_key", key
    )


def test_the_account_key_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    here = installation(tmp_path)
    key = here.account_hmac_key()
    assert len(key) == 32
    assert stat.S_IMODE(here.key_file.stat().st_mode) == 0o600
    assert stat.S_IMODE(here.key_file.parent.stat().st_mode) == 0o700
    assert installation(tmp_path).account_hmac_key() == key


def test_two_installations_have_different_keys(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    assert installation(tmp_path / "a").account_hmac_key() != installation(tmp_path / "b").account_hmac_key()


def test_the_key_of_the_environment_writes_no_file(tmp_path: Path) -> None:
    here = installation(tmp_path, "a key")
    assert here.account_hmac_key() == installation(tmp_path, "a key").account_hmac_key()
    assert here.account_hmac_key() != installation(tmp_path, "another").account_hmac_key()
    assert not here.key_file.exists()


def test_a_line_break_at_the_end_of_the_key_file_makes_no_other_key(tmp_path: Path) -> None:
    here = installation(tmp_path)
    key = here.account_hmac_key()
    here.key_file.write_text(here.key_file.read_text() + "\n")
    assert here.account_hmac_key() == key


@pytest.mark.parametrize("place", ["/proc/nobody/secrets/account_key", "{tmp}/file/account_key"])
def test_a_key_that_cannot_be_written_is_told(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("a file where the folder should be")
    here = replace(installation(tmp_path), key_file=Path(place.format(tmp=tmp_path)))
    with pytest.raises(ContractError, match=r"llave de las cuentas: .*TRIMESTRE_ACCOUNT_KEY"):
        here.account_hmac_key()


def test_an_empty_key_file_is_not_taken_for_a_key(tmp_path: Path) -> None:
    """What a run leaves that is killed between making and writing it: everybody knows the key of nothing."""
    here = installation(tmp_path)
    here.key_file.parent.mkdir()
    here.key_file.touch(0o600)
    with contextlib.suppress(ContractError):
        assert here.account_hmac_key() != hashlib.sha256(b"").digest()


# -- connections -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            json.dumps({"conn_type": "moodle", "host": "https://aula.example", "password": "t"}),
            Connection("https://aula.example", "", "t"),
        ),
        (
            json.dumps({"conn_type": "limesurvey", "host": "http://127.0.0.1:8081/x/", "login": "a", "password": "b"}),
            Connection("http://127.0.0.1:8081/x", "a", "b"),
        ),
        (json.dumps({"host": "aula.example", "password": "t"}), Connection("https://aula.example", "", "t")),
        (
            json.dumps({"host": "aula.example", "schema": "http", "port": 8080, "password": "t"}),
            Connection("http://aula.example:8080", "", "t"),
        ),
        ("moodle://:tok%2Fen@aula.example", Connection("https://aula.example", "", "tok/en")),
        ("moodle://https://:t@aula.example:8443", Connection("https://aula.example:8443", "", "t")),
        ("moodle://:t@aula.example:8443/http", Connection("http://aula.example:8443", "", "t")),
        (
            "limesurvey://lector:p%40ss@https%3A%2F%2Fencuestas.example%2Findex.php",
            Connection("https://encuestas.example/index.php", "lector", "p@ss"),
        ),
    ],
)
def test_a_connection_is_read_as_airflow_reads_it(
    monkeypatch: pytest.MonkeyPatch, text: str, expected: Connection
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_AULA", text)
    assert settings.connection_from_environment("aula") == expected


def test_an_address_with_a_port_that_is_no_number_is_left_to_who_refuses_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """It ended the night of its source in a trace."""
    monkeypatch.setenv("AIRFLOW_CONN_AULA", json.dumps({"host": "https://aula.example:puerto", "port": 443}))
    assert settings.connection_from_environment("aula") == Connection("https://aula.example:puerto", "", "")


def test_an_address_keeps_its_capital_letters(monkeypatch: pytest.MonkeyPatch) -> None:
    """The path of an address is not its host: /LimeSurvey is another folder than /limesurvey."""
    monkeypatch.setenv("AIRFLOW_CONN_AULA", "limesurvey://a:b@https%3A%2F%2Fx.example%2FLimeSurvey")
    found = settings.connection_from_environment("aula")
    assert found is not None
    assert found.host == "https://x.example/LimeSurvey"


def test_a_connection_that_is_not_set_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AIRFLOW_CONN_AULA", raising=False)
    assert settings.connection_from_environment("aula") is None
    monkeypatch.setenv("AIRFLOW_CONN_AULA", "")
    assert settings.connection_from_environment("aula") is None


@pytest.mark.parametrize(
    "text",
    ['{"host": "x", "password": "s3cret",}', "moodle://:s3cret/x@aula.example", "moodle://:s3cret@aula.example:https"],
)
def test_a_wrong_connection_is_told_without_its_secret(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_AULA", text)
    with pytest.raises(ContractError) as raised:
        settings.connection_from_environment("aula")
    assert "AIRFLOW_CONN_AULA" in str(raised.value)
    assert "s3cret" not in str(raised.value)


def test_who_decides_is_the_user_of_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "especialista")
    assert settings.who() == "especialista"


def test_a_user_without_a_name_is_told_how_to_give_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a container that runs as any number: it ended in a trace."""
    monkeypatch.setattr("getpass.getuser", lambda: {}["getpwuid(): uid not found: 10002"])
    with pytest.raises(ContractError, match="LOGNAME"):
        settings.who()


def test_a_change_of_key_that_is_cut_off_leaves_a_key_in_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between two names there was none, and the next command made one that no warehouse knows."""
    here = installation(tmp_path)
    key = here.account_hmac_key()
    made, path = here.key_to_rotate_to()
    assert path is not None
    rename = Path.rename

    def cut(old: Path, target: Path) -> Path:
        if old == path:
            raise KeyboardInterrupt
        return rename(old, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", cut)
        patch.setattr(Path, "replace", cut)
        with pytest.raises(KeyboardInterrupt):
            here.take_up_key(path)
    assert here.account_hmac_key() == key
    here.take_up_key(path)
    assert here.account_hmac_key() == made
    assert here.account_hmac_key().older == (key,)


def test_a_mistyped_name_of_the_file_with_the_key_is_told_as_such(tmp_path: Path) -> None:
    """Whoever restores at night is not sent to look for rights of a folder."""
    with pytest.raises(ContractError, match=r"no se encontró el archivo .*acount_key, se .* --key ARCHIVO"):
        settings.key_in_file(tmp_path / "acount_key")
