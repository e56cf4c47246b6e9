"""docker-compose.yaml and Dockerfile are what they claim to be, as far as reading them can tell."""

import importlib.util
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import make_url

from trimestre.orchestration.launcher import PRELOADED

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
COMPONENTS = {"api-server", "scheduler", "dag-processor", "triggerer"}
DOCKERFILE = re.sub(r"\\\n", " ", (ROOT / "Dockerfile").read_text()).splitlines()


def instructions(name: str) -> list[list[str]]:
    return [shlex.split(line)[1:] for line in DOCKERFILE if line.startswith(f"{name} ")]


def variables() -> Iterator[tuple[str, str, str]]:
    for name, service in SERVICES.items():
        for key, value in service["environment"].items():
            yield name, key, value


def volumes_of(service: dict[str, Any]) -> dict[str, str]:
    return {target: source for source, target in (v.split(":")[:2] for v in service.get("volumes", []))}


def test_the_parts_are_postgres_and_four_components_of_one_image() -> None:
    assert set(SERVICES) == {"postgres", "migrate", *COMPONENTS}
    assert SERVICES["postgres"]["image"] == "postgres:18"
    assert {SERVICES[name]["image"] for name in COMPONENTS} == {"trimestre"}
    assert {SERVICES[name]["environment"]["AIRFLOW__CORE__EXECUTOR"] for name in COMPONENTS} == {"LocalExecutor"}


@pytest.mark.parametrize("name", sorted(COMPONENTS))
def test_each_component_runs_by_our_launcher(name: str) -> None:
    command = SERVICES[name]["command"]
    assert command[:4] == ["python", "-m", "trimestre.orchestration.launcher", name]
    assert importlib.util.find_spec(command[2])
    assert name in PRELOADED


def test_the_scheduler_preloads_great_expectations() -> None:
    assert "great_expectations" in PRELOADED["scheduler"]


@pytest.mark.parametrize("name", sorted({"postgres", *COMPONENTS}))
def test_each_lasting_service_has_a_health_check_and_comes_back(name: str) -> None:
    check = SERVICES[name]["healthcheck"]
    assert check["test"][0] == "CMD"
    assert check["interval"]
    assert check["timeout"]
    assert SERVICES[name]["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", sorted(COMPONENTS))
def test_each_component_waits_for_the_migration(name: str) -> None:
    assert SERVICES[name]["depends_on"] == {
        "migrate": {"condition": "service_completed_successfully"},
        "postgres": {"condition": "service_healthy"},
    }


def test_no_secret_stands_in_clear() -> None:
    for name, key, value in variables():
        if "://" in value:
            url = value if "${" in value else make_url(value)
            assert "@" not in value or getattr(url, "password", "") is None, f"{name}: {key}"
        elif re.search(r"PASSWORD|PASSFILE|SECRET|KEY|TOKEN", key):
            assert key.endswith(("_FILE", "_CMD", "PASSFILE")), f"{name}: {key} holds a value"
            path = value.removeprefix("cat ")
            assert path.startswith(("/run/secrets/", "/var/lib/trimestre/auth/")), f"{name}: {key}"
        else:
            # A random word of 20 letters and digits is a secret, whatever the variable is called.
            assert not re.search(r"(?=\w*\d)(?=\w*[a-zA-Z])\b\w{20,}\b", value), f"{name}: {key}"


def test_every_secret_is_a_file_without_a_default() -> None:
    for name, secret in COMPOSE["secrets"].items():
        assert set(secret) == {"file"}
        assert re.fullmatch(r"\$\{TRIMESTRE_SECRETS:\?[^}]+\}/" + re.escape(name), secret["file"])


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_each_service_gets_the_secrets_it_reads_and_no_other(name: str) -> None:
    text = yaml.safe_dump({k: v for k, v in SERVICES[name].items() if k in ("environment", "command")})
    read = set(re.findall(r"/run/secrets/([\w.]+)", text))
    given = set(SERVICES[name]["secrets"])
    assert given <= set(COMPOSE["secrets"])
    assert given <= read
    # The migration inherits the variables of the others, and runs without the secrets it has no use for.
    if name != "migrate":
        assert given == read


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_what_a_service_refers_to_exists(name: str) -> None:
    service = SERVICES[name]
    assert set(service.get("depends_on", {})) <= set(SERVICES)
    for config in service.get("configs", []):
        assert COMPOSE["configs"][config["source"]]["content"]
    for source in volumes_of(service).values():
        assert source in COMPOSE["volumes"], "only named volumes: a bind mount has the rights of the host's folder"


def test_the_web_interface_is_published_to_loopback_only() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert len(ports) == 1
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_what_the_components_write_is_a_volume_that_their_user_owns() -> None:
    made = next(line for line in DOCKERFILE if "install -d" in line)
    owned = set(re.findall(r"/var/lib/trimestre/[\w-]+", made))
    given = [words for words in instructions("COPY") if words[0] == "--chown=trimestre:trimestre"]
    owned |= {f"/opt/trimestre/{words[1]}" for words in given}
    for name in COMPONENTS:
        assert SERVICES[name]["read_only"]
        assert set(volumes_of(SERVICES[name])) == owned


def test_the_image_runs_as_an_ordinary_user() -> None:
    (user,) = instructions("USER")
    assert user == ["trimestre"]
    assert DOCKERFILE.index("USER trimestre") > max(i for i, line in enumerate(DOCKERFILE) if line.startswith("RUN"))


def test_every_package_of_the_image_is_pinned_with_its_hash() -> None:
    installs = re.findall(r"pip install (.*)", "\n".join(DOCKERFILE))
    assert installs == ["--no-deps --require-hashes -r requirements.lock", "--no-deps --no-build-isolation -e ."]


def copied() -> list[str]:
    """What the image is given of the checkout."""
    return [word for words in instructions("COPY") for word in words[:-1] if not word.startswith("--")]


@pytest.mark.parametrize("source", copied())
def test_what_the_image_copies_exists(source: str) -> None:
    assert (ROOT / source).exists()


def test_the_image_holds_the_folders_that_the_components_are_told() -> None:
    there = {f"/opt/trimestre/{source}" for source in copied()}
    environment = SERVICES["scheduler"]["environment"]
    for key in ("AIRFLOW__CORE__DAGS_FOLDER", "AIRFLOW__CORE__PLUGINS_FOLDER"):
        assert environment[key] in there
    assert {f"/opt/trimestre/{d}" for d in ("sources", "framework", "expectations", "sql")} <= there
