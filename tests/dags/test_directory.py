"""Who logs in by an LDAP directory: one person, one account, and nothing to read before somebody gives a role."""

from types import SimpleNamespace
from typing import Any

import pytest
from airflow.api_fastapi import app
from airflow.providers.fab.auth_manager.security_manager.override import FabAirflowSecurityManagerOverride

from trimestre.orchestration import page
from trimestre.orchestration.fab import OneNameEach


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("coordinacion", "coordinacion"),
        ("Coordinacion", "coordinacion"),
        ("12345", "12345"),
        ("ana.lopez@example.org", "ana.lopez@example.org"),
        # OpenLDAP takes each of these for the first one; as accounts of their own they would approve for it.
        ("coordinacion ", None),
        (" coordinacion", None),
        ("coordinacion\n", None),
        ("\uff43oordinacion", None),
        ("coordinaci\u00f3n", None),
        ("", None),
        (None, None),
    ],
)
def test_nobody_has_a_second_account_by_typing_the_name_otherwise(
    typed: str | None, asked: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def of_the_directory(self: object, username: str, password: str, rotate_session_id: bool = True) -> Any:
        return username

    monkeypatch.setattr(FabAirflowSecurityManagerOverride, "auth_user_ldap", of_the_directory)
    assert OneNameEach.__new__(OneNameEach).auth_user_ldap(typed, "x") == asked


@pytest.mark.parametrize(
    ("rights", "role"),
    [
        (set(), "NOBODY"),
        ({"view"}, "VIEWER"),
        ({"view", "dag"}, "USER"),
        ({"view", "dag", "connection"}, "OP"),
        ({"connection"}, "NOBODY"),
    ],
)
def test_the_page_is_for_whom_the_menu_shows_it_to(
    rights: set[str], role: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def may(kind: str) -> Any:
        return lambda **what: kind in rights and "access_entity" not in what

    manager = SimpleNamespace(**{f"is_authorized_{kind}": may(kind) for kind in ("view", "dag", "connection")})
    monkeypatch.setattr(app, "get_auth_manager", lambda: manager)
    assert page._role_of(SimpleNamespace()).name == role
