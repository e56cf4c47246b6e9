"""docker-compose.yaml, Dockerfile and the chart's values are what they claim to be, as far as reading them can tell."""

import importlib.util
import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import make_url

from trimestre import settings
from trimestre.embedded.data import DataFolder
from trimestre.orchestration.launcher import PRELOADED, modules
from trimestre.pipeline.uploads.uploading import MAX_BYTES
from trimestre.web.receiving import FIELD_BYTES, FIELDS

ROOT = Path(__file__).parents[2]
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
COMPONENTS = {"api-server", "scheduler", "dag-processor", "triggerer", "worker"}
LASTING = {"postgres", "redis", "proxy", *COMPONENTS}
DOCKERFILE = re.sub(r"\\\n", " ", (ROOT / "Dockerfile").read_text()).splitlines()


def instructions(name: str) -> list[list[str]]:
    return [shlex.split(line)[1:] for line in DOCKERFILE if line.startswith(f"{name} ")]


def variables() -> Iterator[tuple[str, str, str]]:
    for name, service in SERVICES.items():
        for key, value in service.get("environment", {}).items():
            yield name, key, value


def volumes_of(service: dict[str, Any]) -> dict[str, str]:
    return {target: source for source, target in (v.split(":")[:2] for v in service.get("volumes", []))}


def test_the_parts_are_database_queue_proxy_and_components_of_one_image() -> None:
    assert set(SERVICES) == {"migrate", *LASTING}
    assert {SERVICES[name]["image"] for name in {"migrate", *COMPONENTS}} == {f"trimestre:{VERSION}"}
    executors = {SERVICES[name]["environment"]["AIRFLOW__CORE__EXECUTOR"] for name in COMPONENTS}
    assert executors == {"${TRIMESTRE_EXECUTOR:-CeleryExecutor}"}
    assert SERVICES["proxy"]["profiles"] == ["tls"]


def test_every_image_names_its_version() -> None:
    images = [service["image"] for service in SERVICES.values()]
    assert all(re.fullmatch(r"[a-z/]+:\d+(\.\d+)*", image) for image in images)
    (base,) = instructions("FROM")
    assert re.fullmatch(r"python:3\.\d+-slim", base[0])


@pytest.mark.parametrize("name", sorted(COMPONENTS))
def test_each_component_runs_by_our_launcher(name: str) -> None:
    command, component = SERVICES[name]["command"], "celery" if name == "worker" else name
    assert command[:4] == ["python", "-m", "trimestre.orchestration.launcher", component]
    assert importlib.util.find_spec(command[2])
    assert component in PRELOADED


def test_whatever_forks_tasks_preloads_great_expectations() -> None:
    assert "great_expectations" in modules("scheduler", "LocalExecutor")
    assert "great_expectations" in modules("celery", "CeleryExecutor")
    # The scheduler of a server with workers runs none: a quarter of a gigabyte for nothing.
    assert "great_expectations" not in modules("scheduler", "CeleryExecutor")


@pytest.mark.parametrize("name", sorted(LASTING))
def test_each_lasting_service_has_a_health_check_and_comes_back(name: str) -> None:
    check = SERVICES[name]["healthcheck"]
    assert check["test"][0] == "CMD"
    assert check["interval"]
    assert check["timeout"]
    assert SERVICES[name]["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_what_a_service_prints_does_not_fill_the_disk(name: str) -> None:
    # Docker's own default keeps every line for ever; this one keeps a hundred megabytes a container.
    assert SERVICES[name]["logging"] == {"driver": "local"}


MIB = {"m": 1, "g": 1024}


def memory_of(name: str) -> int:
    """Limit of a service's memory where nobody sets one, in MiB."""
    limit = SERVICES[name]["deploy"]["resources"]["limits"]["memory"]
    found = re.fullmatch(r"\$\{TRIMESTRE_([A-Z_]+)_MEMORY:-(\d+)([mg])\}", limit)
    assert found, limit
    assert found[1] == name.upper().replace("-", "_")
    return int(found[2]) * MIB[found[3]]


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_no_service_takes_the_memory_of_the_whole_machine(name: str) -> None:
    """And whoever plans a machine reads the same sizes that the services have."""
    told = (ROOT / "docs" / "server.md").read_text()
    (row,) = re.findall(rf"^\| `{name}` \| `TRIMESTRE_(\w+)_MEMORY` \| (\d+) MiB \|", told, re.MULTILINE)
    assert row == (name.upper().replace("-", "_"), str(memory_of(name)))


def test_a_worker_and_the_database_hold_a_night() -> None:
    tasks = int(with_defaults(SERVICES["worker"]["environment"]["AIRFLOW__CELERY__WORKER_CONCURRENCY"]))
    # A task of a night of a million learners takes up to 400, and Airflow around it some more; an idle worker 240.
    assert memory_of("worker") >= tasks * (400 + 150) + 240
    (buffers,) = re.findall(r"shared_buffers=(\d+)MB", SERVICES["postgres"]["command"])
    # Half of it is left to sorts and hashes (64 to 256 MB each, a few a merge), to sessions and to the system's cache.
    assert memory_of("postgres") >= 2 * (int(buffers) + 256) + 1024


@pytest.mark.parametrize("name", sorted(COMPONENTS))
def test_each_component_waits_for_the_migration(name: str) -> None:
    expected = {
        "migrate": {"condition": "service_completed_successfully"},
        "postgres": {"condition": "service_healthy"},
    }
    # The others run without a queue too, as LocalExecutor does.
    assert SERVICES[name]["depends_on"] == expected | (
        {"redis": {"condition": "service_healthy"}} if name == "worker" else {}
    )


def is_no_secret(key: str, value: str) -> bool:
    """Whether a variable holds nothing that nobody may know: no password in a URL, and secrets by file or command."""
    if key.endswith("_CMD"):
        # A command that prints: the secret is in a file, and the rest of what it prints is none.
        return "/run/secrets/" in value and not re.search(r"://[^\s\"]*:(?!%s)[^\s\"/%]+@", value)
    if "://" in value:
        return "@" not in value or ("${" not in value and make_url(value.removeprefix("db+")).password is None)
    if key.endswith(("_FILE", "PASSFILE")):
        return value.startswith(("/run/secrets/", "/opt/trimestre/deploy/"))
    if re.search(r"PASSWORD|SECRET|KEY|TOKEN", key):
        return False
    # A random word of 20 letters and digits is a secret, whatever the variable is called.
    return not re.search(r"(?=\w*\d)(?=\w*[a-zA-Z])\b\w{20,}\b", value)


def test_no_secret_stands_in_clear() -> None:
    assert [f"{name}: {key}" for name, key, value in variables() if not is_no_secret(key, value)] == []


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("AIRFLOW__CELERY__BROKER_URL", "redis://:clave@redis:6379/0"),
        ("AIRFLOW__CELERY__BROKER_URL_CMD", "echo redis://:clave@redis:6379/0"),
        ("AIRFLOW__CELERY__RESULT_BACKEND", "db+postgresql+psycopg2://trimestre:clave@postgres:5432/airflow"),
        ("TRIMESTRE_ACCOUNT_KEY", "clave"),
        ("ANYTHING", "a1b2c3d4e5f6a7b8c9d0e1f2"),
        ("TRIMESTRE_ACCOUNT_KEY_FILE", "clave"),
    ],
)
def test_a_secret_in_clear_would_be_found(key: str, value: str) -> None:
    assert not is_no_secret(key, value)


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
        found = COMPOSE["configs"][config["source"]]
        assert found.get("content") or (ROOT / found["file"]).is_file()
    for source in volumes_of(service).values():
        assert source in COMPOSE["volumes"], "only named volumes: a bind mount has the rights of the host's folder"


def test_every_volume_and_secret_that_is_declared_is_used() -> None:
    mounted = {source for service in SERVICES.values() for source in volumes_of(service).values()}
    assert set(COMPOSE["volumes"]) == mounted
    assert set(COMPOSE["secrets"]) == {secret for service in SERVICES.values() for secret in service["secrets"]}


def test_nothing_but_the_proxy_serves_the_network() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert set(published) == {"api-server", "proxy"}
    assert all(port.startswith("127.0.0.1:") for port in published["api-server"])


def test_the_proxy_keeps_to_itself_what_only_tasks_and_programs_call() -> None:
    proxy = (ROOT / "deploy" / "Caddyfile").read_text()
    assert set(re.findall(r"\{\$(\w+)\}", proxy)) == set(SERVICES["proxy"]["environment"])
    assert re.search(r"@within path /execution /execution/\* /auth/token /auth/token/\*\n\trespond @within 404", proxy)
    published = {port.rsplit(":", 1)[1] for port in SERVICES["proxy"]["ports"]}
    assert published <= set(re.findall(r"^https?://\S*:(\d+) \{", proxy, re.MULTILINE))


def test_the_proxy_sends_a_browser_to_the_port_that_is_published() -> None:
    proxy = (ROOT / "deploy" / "Caddyfile").read_text()
    (port,) = [port.removesuffix(":8443") for port in SERVICES["proxy"]["ports"] if port.endswith(":8443")]
    assert SERVICES["proxy"]["environment"]["TRIMESTRE_HTTPS_PORT"] == port
    assert re.findall(r"redir (\S+)", proxy) == ["https://{$TRIMESTRE_HOST}:{$TRIMESTRE_HTTPS_PORT}{uri}"]


def test_a_file_too_large_for_the_proxy_is_refused_as_one_and_no_other_is() -> None:
    proxy = (ROOT / "deploy" / "Caddyfile").read_text()
    (most,) = re.findall(r"max_size (\d+)MB", proxy)
    assert int(most) * 1_000_000 > MAX_BYTES + FIELDS * FIELD_BYTES
    told = re.search(r'@cut_off expression .*too large"\)`\n\s+respond @cut_off "(.+)" 413', proxy)
    assert told
    assert re.findall(r"(\d+) MB", told[1]) == [most, str(MAX_BYTES // 1024 // 1024)]


def test_a_file_that_the_proxy_would_cut_off_is_refused_in_words() -> None:
    """Cut off in the middle, it ends in a 502 without a word."""
    proxy = (ROOT / "deploy" / "Caddyfile").read_text()
    (least,) = re.findall(r"@large header_regexp Content-Length (\S+)", proxy)
    (most,) = re.findall(r"max_size (\d+)MB", proxy)
    assert not re.search(least, str(MAX_BYTES + 2**20)), "the page itself tells who brings a little too much"
    assert all(re.search(least, str(size)) for size in (int(most) * 10**6, 99 * 10**6, 10**9))
    assert re.search(r"respond @large `[^`]*se esperaban cuando más 32\.[^`]*` 413", proxy)
    assert MAX_BYTES == 32 * 2**20


def test_the_queue_outlasts_the_longest_task() -> None:
    environment = SERVICES["scheduler"]["environment"]
    assert int(environment["AIRFLOW__CELERY_BROKER_TRANSPORT_OPTIONS__VISIBILITY_TIMEOUT"]) >= 86_400
    assert "appendonly yes" in SERVICES["redis"]["command"][2]


@pytest.mark.parametrize("name", sorted({"migrate", "redis", "proxy", *COMPONENTS}))
def test_the_code_of_a_container_cannot_be_changed_from_within(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"]
    assert "no-new-privileges:true" in service["security_opt"]
    if name != "redis":  # whose image takes its own user at the start
        assert service["cap_drop"] == ["ALL"]


def test_what_the_components_write_is_a_volume_that_their_user_owns() -> None:
    made = next(line for line in DOCKERFILE if "install -d" in line)
    owned = set(re.findall(r"/var/lib/trimestre/[\w-]+", made))
    given = [words for words in instructions("COPY") if words[0] == "--chown=trimestre:trimestre"]
    owned |= {f"/opt/trimestre/{words[1]}" for words in given}
    for name in COMPONENTS:
        assert set(volumes_of(SERVICES[name])) == owned


def test_every_folder_of_an_installation_can_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """What lies in no volume is read-only: where it was to be noted that a warehouse is down, nobody could write."""
    monkeypatch.setenv("TRIMESTRE_HOME", "/var/lib/trimestre")
    here = settings.from_environment()
    written = {here.landing, here.drop, here.uploads, here.documents, here.outage_mark.parent}
    assert {str(folder) for folder in written} <= set(volumes_of(SERVICES["worker"]))


def test_the_image_runs_as_an_ordinary_user() -> None:
    (user,) = instructions("USER")
    assert user == ["trimestre"]
    assert DOCKERFILE.index("USER trimestre") > max(i for i, line in enumerate(DOCKERFILE) if line.startswith("RUN"))


def test_every_package_of_the_image_is_pinned_with_its_hash() -> None:
    installs = re.findall(r"pip install (.*?)(?= && |$)", "\n".join(DOCKERFILE), re.MULTILINE)
    assert [" ".join(words.split()) for words in installs] == [
        "--no-deps --require-hashes -r requirements.lock",
        "--no-deps --require-hashes --no-build-isolation -r deploy/ldap.lock",
        "--no-deps --no-build-isolation -e .",
    ]


def copied() -> list[str]:
    """What the image is given of the checkout."""
    return [word for words in instructions("COPY") for word in words[:-1] if not word.startswith("--")]


@pytest.mark.parametrize("source", copied())
def test_what_the_image_copies_exists(source: str) -> None:
    assert (ROOT / source).exists()


def test_the_image_holds_the_folders_that_the_components_are_told() -> None:
    there = {f"/opt/trimestre/{source}" for source in copied()}
    environment = SERVICES["scheduler"]["environment"]
    for key in ("AIRFLOW__CORE__DAGS_FOLDER", "AIRFLOW__CORE__PLUGINS_FOLDER", "AIRFLOW__FAB__CONFIG_FILE"):
        assert environment[key] in there
    assert {f"/opt/trimestre/{d}" for d in ("sources", "framework", "expectations", "sql")} <= there


def test_docker_is_given_what_the_image_copies_and_no_more() -> None:
    lines = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    assert lines[0] == "*"
    assert {line[1:] for line in lines if line.startswith("!")} == set(copied())


VALUES: dict[str, Any] = yaml.safe_load((ROOT / "deploy" / "values.yaml").read_text())
OF_THE_CHART = {variable["name"]: variable["value"] for variable in VALUES["env"]}
PARTS = {
    "api-server": "apiServer",
    "dag-processor": "dagProcessor",
    "worker": "workers",
    "migrate": "migrateDatabaseJob",
}
"""Service -> part of the chart where it is called otherwise."""


def test_the_chart_runs_the_same_image_by_the_same_commands() -> None:
    assert VALUES["images"]["airflow"]["repository"].endswith("/trimestre")
    assert VALUES["images"]["airflow"]["tag"] == VERSION
    for name in {"migrate", *COMPONENTS}:
        assert VALUES[PARTS.get(name, name)]["args"] == SERVICES[name]["command"], name
    assert f"apache-airflow=={VALUES['airflowVersion']}" in (ROOT / "requirements.lock").read_text()


@pytest.mark.parametrize("name", sorted({"migrate", *COMPONENTS}))
def test_the_chart_limits_the_memory_to_the_same_and_asks_for_less(name: str) -> None:
    def mebibytes(text: str) -> int:
        found = re.fullmatch(r"(\d+)([MG])i", text)
        assert found, text
        return int(found[1]) * MIB[found[2].lower()]

    resources = VALUES[PARTS.get(name, name)]["resources"]
    assert mebibytes(resources["limits"]["memory"]) == memory_of(name)
    assert mebibytes(resources["requests"]["memory"]) < memory_of(name)
    assert re.fullmatch(r"\d+m", resources["requests"]["cpu"])


def test_the_chart_has_the_same_variables_but_for_hosts_and_the_file_of_passwords() -> None:
    ours = {key: with_defaults(value) for key, value in SERVICES["worker"]["environment"].items()}
    del ours["PGPASSFILE"]
    assert set(OF_THE_CHART) == set(ours)
    hosts = re.compile(r"@(postgres|redis)(\.example\.org)?(?=:)|http://(trimestre-)?api-server(?=:)")
    different = {
        key for key in ours if hosts.sub("host", ours[key].replace("$$", "$")) != hosts.sub("host", OF_THE_CHART[key])
    }
    assert different == {"AIRFLOW__API__BASE_URL"}


def with_defaults(value: str) -> str:
    """A value of docker-compose.yaml where nobody sets its variables."""
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", value)


def test_the_chart_holds_no_secret() -> None:
    assert [key for key, value in OF_THE_CHART.items() if not is_no_secret(key, value)] == []
    assert not any(VALUES["enableBuiltInSecretEnvVars"].values())
    assert {entry["envName"] for entry in VALUES["secret"]} == {"PGPASSWORD"}
    assert VALUES["webserver"]["defaultUser"] == {"enabled": False}


def test_the_chart_mounts_every_folder_that_the_components_write() -> None:
    mounts = {mount["mountPath"]: mount["name"] for mount in VALUES["volumeMounts"]}
    assert set(mounts) == {"/run/secrets", "/tmp", *volumes_of(SERVICES["worker"])}  # noqa: S108
    assert set(mounts.values()) == {volume["name"] for volume in VALUES["volumes"]}


def test_the_pods_run_as_the_image_s_user_and_change_none_of_its_code() -> None:
    user = re.search(r"useradd --uid (\d+)", (ROOT / "Dockerfile").read_text())
    assert user
    pod = VALUES["securityContexts"]["pod"]
    assert {VALUES["uid"], pod["runAsUser"], pod["fsGroup"]} == {int(user[1])}
    assert pod["runAsNonRoot"]
    containers = VALUES["securityContexts"]["containers"]
    assert containers["readOnlyRootFilesystem"]
    assert not containers["allowPrivilegeEscalation"]
    assert containers["capabilities"] == {"drop": ["ALL"]}


def test_the_commands_of_the_documentation_name_services_and_images_that_exist() -> None:
    """Whoever follows them at night finds each service, the image of this version, and all components stopped."""
    told = "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "docs").glob("*.md")))
    options = r"(?: +-(?:T|e \S+|-volume \S+|-[\w-]+))*"
    assert set(re.findall(rf"docker compose (?:run|exec){options} ([\w-]+)", told)) <= set(SERVICES)
    assert set(re.findall(r"docker run --rm (\S+)", told)) == {f"trimestre:{VERSION}"}
    stopped = re.findall(r"docker compose stop ((?:[\w-]+ ?)+)`", told)
    assert any(set(names.split()) == COMPONENTS for names in stopped)


def test_the_database_is_set_up_as_the_one_that_the_tests_run_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Without an encoding the first start of a server ended here: the builtin locale wants UTF-8, and C means ASCII.
    asked: list[str] = []
    monkeypatch.setattr(DataFolder, "_run", lambda self, program, *words: asked.extend(map(str, words)))
    DataFolder(tmp_path / "data", tmp_path)._initdb(tmp_path / "data", "x")
    told = shlex.split(SERVICES["postgres"]["environment"]["POSTGRES_INITDB_ARGS"])
    kinds = ("--encoding", "--locale", "--builtin")
    assert [word for word in told if word.startswith(kinds)] == [word for word in asked if word.startswith(kinds)]
