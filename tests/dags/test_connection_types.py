"""The connection types of Airflow's UI: what their forms ask for, and what the Test button says."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from the_case import new_world

from trimestre.orchestration.local import LocalAirflow
from trimestre.orchestration.provider import get_provider_info
from trimestre.simulators import LimeSurveySimulator, MoodleSimulator
from trimestre.simulators.kobo import KoboSimulator
from trimestre.simulators.server import Simulator
from trimestre.sources import http

PROJECT = Path(__file__).resolve().parents[2]
TYPES = {one["connection-type"]: one for one in get_provider_info()["connection-types"]}
Press = Callable[..., tuple[bool, str]]


@pytest.fixture
def sites() -> Iterator[dict[str, Simulator]]:
    world = new_world()
    with MoodleSimulator(world) as moodle, LimeSurveySimulator(world) as lime, KoboSimulator(world) as kobo:
        yield {"moodle": moodle, "limesurvey": lime, "kobo": kobo}


@pytest.fixture
def press(
    sites: dict[str, Simulator], monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> Press:
    """Press the Test button of a connection of a kind; changed fields replace the right ones."""
    monkeypatch.setattr(http, "BACKOFF_SECONDS", 0)
    monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path_factory.mktemp("airflow")))

    def press(kind: str, **changes: Any) -> tuple[bool, str]:
        from airflow.sdk.module_loading import import_string

        site = sites[kind]
        login = getattr(site, "username", None)
        secret = getattr(site, "token", None) or getattr(site, "password", None)
        # As the UI stores it: the port beside an address that has one as well.
        fields = {"conn_type": kind, "host": site.url, "port": site.port, "login": login, "password": secret, **changes}
        monkeypatch.setenv("AIRFLOW_CONN_PRUEBA_DE_CONEXION", json.dumps(fields))
        hook_class = import_string(TYPES[kind]["hook-class-name"])
        hook = hook_class(**{hook_class.conn_name_attr: "prueba_de_conexion"})
        found: tuple[bool, str] = hook.test_connection()
        assert "prueba_de_conexion" not in found[1]
        assert not any(value in found[1] for value in (str(secret), str(fields["password"]), "127.0.0.1"))
        return found

    return press


@pytest.mark.parametrize("kind", TYPES)
def test_a_right_connection_is_told_so(press: Press, kind: str) -> None:
    assert press(kind) == (True, f"Conexión correcta: {TYPES[kind]['hook-name']} acepta las credenciales.")


@pytest.mark.parametrize("kind", TYPES)
def test_a_wrong_secret_is_told_with_what_to_do(press: Press, kind: str) -> None:
    good, sentence = press(kind, password="equivocada")
    assert not good
    assert "no acepta la conexión" in sentence
    assert "clave" in sentence or "contraseña" in sentence


@pytest.mark.parametrize("kind", TYPES)
def test_a_site_that_is_down_is_told_apart_from_a_wrong_secret(
    press: Press, sites: dict[str, Simulator], kind: str
) -> None:
    sites[kind].fail_next(99)
    good, sentence = press(kind)
    assert not good
    assert "pruebe más tarde" in sentence


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("host", ["", "ftp://x", "a b"])
def test_an_address_that_is_none_is_told(press: Press, kind: str, host: str) -> None:
    good, sentence = press(kind, host=host, port=None)
    assert not good
    assert "dirección" in sentence


def test_the_address_of_another_platform_is_told(press: Press, sites: dict[str, Simulator]) -> None:
    for kind, other in (("moodle", "kobo"), ("limesurvey", "moodle"), ("kobo", "limesurvey")):
        good, sentence = press(kind, host=sites[other].url, port=sites[other].port)
        assert not good
        assert "dirección" in sentence


def test_a_lockout_after_bad_passwords_is_told_apart_from_a_wrong_address(press: Press) -> None:
    for _ in range(6):
        press("limesurvey", password="equivocada")
    assert "bloqueó" in press("limesurvey")[1]


def test_what_the_account_lacks_is_told(press: Press, sites: dict[str, Any]) -> None:
    sites["kobo"].form.viewable = False
    assert "no ve ningún proyecto" in press("kobo")[1]
    sites["moodle"].capabilities.discard("webservice/rest:use")
    assert not press("moodle")[0]


@pytest.mark.parametrize("kind", TYPES)
def test_the_form_is_in_spanish_and_asks_for_the_port_that_the_button_needs(kind: str) -> None:
    behaviour = TYPES[kind]["ui-field-behaviour"]
    shown = {"host", "login", "password", "port", "description"} - set(behaviour["hidden-fields"])
    assert shown == set(behaviour["relabeling"])
    assert {"host", "password", "port"} <= shown
    assert "botón de prueba" in behaviour["placeholders"]["port"]


def test_airflow_is_started_with_the_button_on(tmp_path: Path) -> None:
    # Off by default, and then the button is grey without a word.
    local = LocalAirflow(tmp_path, PROJECT, "postgresql://nobody@127.0.0.1:1/none")
    compose = yaml.safe_load((PROJECT / "docker-compose.yaml").read_text())
    for environment in (local._environment(), compose["x-airflow"]["environment"]):
        assert environment["AIRFLOW__CORE__TEST_CONNECTION"] == "Enabled"
