"""The file of a server's first accounts: what is wrong with it is told, and none of its values is."""

import json
from pathlib import Path
from typing import Any

import pytest

from trimestre.errors import PermanentError
from trimestre.orchestration.accounts import check_password, read_accounts

GOOD = {
    "username": "coordinacion",
    "first_name": "Nombre",
    "last_name": "Ilustrativo",
    "email": "coordinacion@example.org",
    "role": "Admin",
    "password": "cuatro palabras al azar",
}
OTHER = GOOD | {"username": "lectura", "email": "lectura@example.org", "role": "Viewer"}


def written(folder: Path, *accounts: dict[str, Any]) -> Path:
    path = folder / "airflow_accounts.json"
    path.write_text(json.dumps(accounts))
    return path


def test_a_good_file_is_read_and_keeps_its_passwords_to_itself(tmp_path: Path) -> None:
    accounts = read_accounts(written(tmp_path, GOOD, OTHER))
    assert [(account.username, account.role) for account in accounts] == [
        ("coordinacion", "Admin"),
        ("lectura", "Viewer"),
    ]
    assert GOOD["password"] not in repr(accounts)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"password": "corta"}, "0.password: una contraseña de pocos signos"),
        ({"password": "aaaaaaaaaaaaaaaaaaaa"}, "0.password: una contraseña de pocos signos"),
        ({"password": "Coordinacion 2020 sexenio"}, "0: el nombre del usuario en la contraseña"),
        ({"role": "Public"}, "0.role: algo distinto de uno de: Viewer, User, Op, Admin"),
        ({"email": "nobody"}, "0.email: algo distinto de un correo, como"),
        ({"username": "una persona"}, "0.username: algo distinto de un nombre de hasta 64 letras"),
        ({"pasword": "cuatro palabras al azar"}, "0.pasword: una clave que no existe"),
        ({"first_name": ""}, "0.first_name: algo distinto de un texto de al menos 1 caracteres"),
    ],
)
def test_a_file_that_cannot_be_used_is_told_in_spanish_without_its_values(
    tmp_path: Path, change: dict[str, str], said: str
) -> None:
    with pytest.raises(PermanentError) as told:
        read_accounts(written(tmp_path, GOOD | change))
    assert f"airflow_accounts.json: se encontró {said}" in str(told.value)
    for value in (GOOD["password"], GOOD["email"], change.get("password", "\0")):
        assert value not in str(told.value)


def test_what_is_no_json_is_told_in_spanish(tmp_path: Path) -> None:
    path = written(tmp_path)
    path.write_text("[{]")
    with pytest.raises(PermanentError, match="se encontró algo que no es JSON; se esperaba una lista"):
        read_accounts(path)


@pytest.mark.parametrize("twice", ["username", "email"])
def test_no_two_accounts_share_a_name_or_an_e_mail(tmp_path: Path, twice: str) -> None:
    with pytest.raises(PermanentError, match="dos veces"):
        read_accounts(written(tmp_path, GOOD, OTHER | {twice: GOOD[twice].upper()}))


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(PermanentError, match="No such file"):
        read_accounts(tmp_path / "none.json")


def test_a_long_password_of_plain_words_is_accepted() -> None:
    check_password("cuatro palabras al azar")
