"""Who may do what, over every address there is: a new one is refused to those who may only read, or the test fails."""

import re

from fastapi.routing import APIRoute

SAMPLES = {"number": "1", "upload_id": "1", "period": "2020-Q2", "version": "v1", "file": "x", "code": "L2-01"}


def addresses(app, method: str) -> list[str]:
    """Every address of a method, with something in place of its parameters."""
    found = [route.path for route in app.routes if isinstance(route, APIRoute) and method in route.methods]
    return [re.sub(r"{(\w+)}", lambda part: SAMPLES.get(part[1], "bitacora"), path) for path in found]


def test_nobody_who_may_only_read_changes_anything(ask) -> None:
    changes = addresses(ask("op").app, "POST")
    assert len(changes) >= 5
    for role in ("viewer", "user"):
        for address in changes:
            assert ask(role).post(address).status_code == 403, (role, address)


def test_whoever_is_not_logged_in_gets_nothing(ask) -> None:
    stranger = ask(None)
    for method in ("GET", "POST"):
        for address in addresses(stranger.app, method):
            assert stranger.request(method, address).status_code == 401, (method, address)


def test_no_address_changes_anything_by_being_read(ask) -> None:
    methods = {method for route in ask("op").app.routes if isinstance(route, APIRoute) for method in route.methods}
    assert methods == {"GET", "POST"}


def test_whoever_has_no_role_reads_no_figure(ask) -> None:
    """An LDAP directory logs in the whole house; Airflow's «Public» is a person to whom nobody gave a role."""
    visitor = ask("nobody")
    for method in ("GET", "POST"):
        for address in addresses(visitor.app, method):
            assert visitor.request(method, address).status_code == 403, (method, address)
    # Not to the log-in, from which he would come back here for ever.
    said = visitor.get("/", headers={"Accept": "text/html"})
    assert said.status_code == 403
    assert "aún no tiene permisos" in said.text
