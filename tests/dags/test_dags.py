"""The DAGs as Airflow sees them: parsed in fresh processes, from this project and from one with broken sources."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
SOURCES = {path.stem: yaml.safe_load(path.read_text()) for path in sorted((ROOT / "sources").glob("*.yaml"))}
FORMS = {"retirar_lote", "decidir_identidad", "corregir_retenidos"}
CLOSING_FORMS = {"explicar_desviacion", "estado_informe"}
WAIT_FOR_PEOPLE = {"close_quarter"}
HEAVY = (
    "great_expectations", "pandas", "pyarrow", "openpyxl", "citric", "trimestre.pipeline", "trimestre.simulators",
)  # fmt: skip

PARSE = """
import json, sys
from pathlib import Path
from airflow.dag_processing.dagbag import BundleDagBag

def leaves(condition):
    "The assets of a condition such as a | b | c."
    parts = getattr(condition, "objects", None)
    if parts is None:
        return [condition] if hasattr(condition, "uri") else []
    return [asset for part in parts for asset in leaves(part)]

folder = Path(sys.argv[1])
before = set(sys.modules)
bag = BundleDagBag(dag_folder=folder, bundle_path=folder, bundle_name="dags-folder")
imported = sorted(set(sys.modules) - before)
dags = {}
for dag in bag.dags.values():
    dags[dag.dag_id] = {
        "tasks": {
            task.task_id: [sorted(task.upstream_task_ids), task.retries, bool(task.retry_exponential_backoff)]
            for task in dag.tasks
        },
        "outlets": {task.task_id: [asset.uri for asset in task.outlets] for task in dag.tasks if task.outlets},
        "watched": [
            bool(task.on_failure_callback and task.on_success_callback and task.on_skipped_callback)
            for task in dag.tasks
        ],
        "max_active_runs": dag.max_active_runs,
        "catchup": dag.catchup,
        "cron": getattr(dag.timetable, "expression", None) or getattr(dag.timetable, "_expression", None),
        "zone": str(getattr(dag.timetable, "timezone", None) or getattr(dag.timetable, "_timezone", None)),
        "timetable": type(dag.timetable).__name__,
        "runtime_partitions": getattr(dag.timetable, "partitioned_at_runtime", False),
        "params": {
            name: [param.schema, param.value if param.has_value else None] for name, param in dag.params.items()
        },
        "names": [dag.dag_display_name, dag.description, dag.doc_md, *(task.task_display_name for task in dag.tasks)],
        "paused": dag.is_paused_upon_creation,
        "tags": sorted(dag.tags),
        "listens_to": sorted(asset.uri for asset in leaves(getattr(dag.timetable, "asset_condition", None))),
    }
raised = {}
for dag in bag.dags.values():
    if set(dag.task_dict) == {"contract_error"}:
        try:
            dag.task_dict["contract_error"].python_callable()
        except BaseException as error:
            raised[dag.dag_id] = [type(error).__name__, str(error)]
print(json.dumps({"errors": bag.import_errors, "dags": dags, "imported": imported, "all": sorted(sys.modules),
                  "raised": raised}))
"""


def parse(home: Path, project: Path = ROOT, dags: Path = ROOT / "dags") -> dict[str, Any]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("AIRFLOW", "TRIMESTRE"))}
    environment |= {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(home / "plugins"),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/none.db",
        "TRIMESTRE_PROJECT": str(project),
        "TRIMESTRE_HOME": str(home),
    }
    run = subprocess.run(
        [sys.executable, "-c", PARSE, str(dags)], env=environment, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr[-3000:]
    found: dict[str, Any] = json.loads(run.stdout.splitlines()[-1])
    return found


@pytest.fixture(scope="module")
def parsed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """This project's DAGs."""
    return parse(tmp_path_factory.mktemp("airflow"))


# -- this project ----------------------------------------------------------------------------------------------


def test_there_is_one_dag_a_source_and_the_indicators_the_close_the_forms_upkeep_and_the_watch(
    parsed: dict[str, Any],
) -> None:
    assert parsed["errors"] == {}
    ingests = {"ingest__framework", *(f"ingest__{name}" for name in SOURCES)}
    assert set(parsed["dags"]) == ingests | {"indicators", "upkeep", "watch", "close_quarter"} | FORMS | CLOSING_FORMS
    assert len(SOURCES) >= 5


def test_parsing_loads_nothing_heavy(parsed: dict[str, Any]) -> None:
    heavy = [name for name in parsed["all"] if name in HEAVY or name.startswith(tuple(f"{h}." for h in HEAVY))]
    assert heavy == []
    assert "trimestre.orchestration.tasks" in parsed["imported"]


@pytest.mark.parametrize("path", sorted((ROOT / "dags").glob("*.py")), ids=lambda path: path.name)
def test_a_dag_file_only_wires(path: Path) -> None:
    assert len(path.read_text().splitlines()) < 80


@pytest.mark.parametrize("source", ["framework", *SOURCES])
def test_an_ingest_is_seven_steps_in_order_that_are_tried_again(parsed: dict[str, Any], source: str) -> None:
    dag = parsed["dags"][f"ingest__{source}"]
    assert {name: sorted(task[0]) for name, task in dag["tasks"].items()} == {
        "land": [],
        "divide": ["land"],
        "stage": ["divide"],
        "complete": ["land", "stage"],
        "validate": ["complete"],
        "merge": ["validate"],
        "publish": ["merge"],
    }
    assert all(task[1:] == [3, True] for task in dag["tasks"].values())
    assert dag["outlets"] == {"publish": [f"trimestre://warehouse/{source}"]}


def test_no_dag_runs_beside_itself(parsed: dict[str, Any]) -> None:
    assert {name: (dag["max_active_runs"], dag["catchup"]) for name, dag in parsed["dags"].items()} == {
        # A close that waits for its answer holds up no newer candidate.
        name: (500 if name in WAIT_FOR_PEOPLE else 1, False)
        for name in parsed["dags"]
    }


@pytest.mark.parametrize("source", SOURCES)
def test_an_ingest_runs_when_its_yaml_says(parsed: dict[str, Any], source: str) -> None:
    dag = parsed["dags"][f"ingest__{source}"]
    assert dag["timetable"] == "NightlyRuntimePartitions"
    assert dag["runtime_partitions"]
    assert (dag["cron"], dag["zone"]) == (SOURCES[source]["schedule"], SOURCES[source]["timezone"])


def test_the_indicators_follow_every_source_and_every_decision(parsed: dict[str, Any]) -> None:
    dag = parsed["dags"]["indicators"]
    assert dag["timetable"] == "PartitionedAssetTimetable"
    assert dag["listens_to"] == sorted(f"trimestre://warehouse/{name}" for name in ["framework", "decisions", *SOURCES])
    assert {name: task[0] for name, task in dag["tasks"].items()} == {"compute": [], "refresh_marts": ["compute"]}


@pytest.mark.parametrize("form", sorted(FORMS))
def test_a_form_decides_once_and_then_names_the_quarters(parsed: dict[str, Any], form: str) -> None:
    dag = parsed["dags"][form]
    assert {name: task[0] for name, task in dag["tasks"].items()} == {"decide": [], "publish": ["decide"]}
    assert dag["outlets"] == {"publish": ["trimestre://warehouse/decisions"]}
    assert (dag["timetable"], dag["tags"]) == ("NullTimetable", ["formularios"])
    # Paused, it would take what somebody sends and do nothing with it.
    assert dag["paused"] is False


@pytest.mark.parametrize("form", sorted(CLOSING_FORMS))
def test_a_form_of_the_close_keeps_what_is_said_and_moves_no_figure(parsed: dict[str, Any], form: str) -> None:
    dag = parsed["dags"][form]
    assert {name: task[0] for name, task in dag["tasks"].items()} == {"decide": [], "refresh_marts": ["decide"]}
    assert dag["outlets"] == {}
    assert (dag["timetable"], dag["tags"], dag["paused"]) == ("NullTimetable", ["cierre", "formularios"], False)


def test_a_close_waits_for_an_answer_and_only_then_names_the_quarters(parsed: dict[str, Any]) -> None:
    dag = parsed["dags"]["close_quarter"]
    assert {name: task[0] for name, task in dag["tasks"].items()} == {
        "prepare": [],
        "summarise": ["prepare"],
        "approve": ["summarise"],
        "decide": ["approve", "prepare"],
        "write_documents": ["decide"],
        "publish": ["decide"],
        "refresh_marts": ["decide"],
    }
    assert dag["outlets"] == {"publish": ["trimestre://warehouse/decisions"]}
    assert (dag["timetable"], dag["tags"], dag["paused"]) == ("NullTimetable", ["cierre", "formularios"], False)


REQUIRED = {
    "retirar_lote": {"lote", "motivo"},
    "close_quarter": {"trimestre", "forzar"},
    "explicar_desviacion": {"indicador", "trimestre", "texto"},
    "estado_informe": {"trimestre", "estado", "motivo"},
}


@pytest.mark.parametrize("form", sorted(FORMS | CLOSING_FORMS | WAIT_FOR_PEOPLE))
def test_a_form_asks_in_spanish_for_what_it_needs_and_for_no_more(parsed: dict[str, Any], form: str) -> None:
    asked = {name: schema for name, (schema, _) in parsed["dags"][form]["params"].items()}
    # Airflow's form does not let go without a value of a type that is not null.
    required = {name for name, schema in asked.items() if "null" not in schema["type"]}
    assert required == REQUIRED.get(form, {"accion", "motivo"})
    assert not any(value for _, value in parsed["dags"][form]["params"].values()), "a form begins empty"
    for schema in asked.values():
        assert schema["title"]
        assert schema["description_md"].endswith(".")
        assert [str(code or "null") for code in schema.get("enum", [])] == list(schema.get("values_display", ()))
    assert all(parsed["dags"][form]["names"])


def test_a_source_is_chosen_by_its_name(parsed: dict[str, Any]) -> None:
    schema, _ = parsed["dags"]["corregir_retenidos"]["params"]["fuente"]
    assert schema["values_display"] == {name: source["name"] for name, source in SOURCES.items()} | {"null": "(vacío)"}


def test_an_indicator_is_chosen_by_its_code_and_name(parsed: dict[str, Any]) -> None:
    schema, _ = parsed["dags"]["explicar_desviacion"]["params"]["indicador"]
    assert schema["values_display"]["L2-01"] == "L2-01 · Personas certificadas (únicas)"
    assert len(schema["enum"]) == len(list((ROOT / "framework" / "indicators").glob("*.yaml")))


def test_upkeep_runs_after_the_ingests_in_the_zone_of_the_project(parsed: dict[str, Any]) -> None:
    dag = parsed["dags"]["upkeep"]
    assert (dag["cron"], dag["zone"]) == ("0 5 * * *", "America/Mexico_City")
    assert set(dag["tasks"]) == {"retention", "discard_uploads", "recheck_figures", "refresh_marts"}
    assert not any(task[0] for task in dag["tasks"].values())  # none waits for another


def test_the_watch_looks_every_hour_from_the_first_on_and_tells_whatever_it_found(parsed: dict[str, Any]) -> None:
    dag = parsed["dags"]["watch"]
    assert (dag["cron"], dag["paused"]) == ("10 * * * *", False)
    assert {name: task[0] for name, task in dag["tasks"].items()} == {"look": [], "tell": ["look"]}


WATCHED = {"indicators", "upkeep", "ingest__framework", *(f"ingest__{name}" for name in SOURCES)}


def test_whoever_has_to_know_is_told_of_nights_and_of_nobodys_typing_error(parsed: dict[str, Any]) -> None:
    """A form answers whoever sent it; a watch that fails has nobody else to tell."""
    told = {name for name, dag in parsed["dags"].items() if all(dag["watched"]) and dag["watched"]}
    assert told == WATCHED
    assert not any(any(dag["watched"]) for name, dag in parsed["dags"].items() if name not in WATCHED)


def test_only_the_page_is_taken_for_a_plugin() -> None:
    # Airflow would execute every other file under its bare name.
    lines = [line for line in (ROOT / "plugins" / ".airflowignore").read_text().splitlines() if line.strip()]
    assert lines == ["*", "!trimestre_page.py"]


# -- broken sources --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A project in which four sources are wrong, each in its way, and two files are copies that somebody left; all
    indicators are wrong; a schedule is another."""
    project = tmp_path_factory.mktemp("project")
    for folder in ("sources", "framework", "expectations"):
        shutil.copytree(ROOT / folder, project / folder)
    sources = project / "sources"
    text = (sources / "eventos.yaml").read_text()
    (sources / "eventos.yaml").write_text(text + "horario: nocturno\n")
    for copy in COPIES.values():
        (sources / f"{copy}.yaml").write_text(text)
    (sources / "encuestas.yaml").write_text("source: encuestas\nkind: limesurvey\nname: 'sin cerrar\n  x: [\n")
    (sources / "plataforma_sfp.yaml").write_text("source: plataforma_sfp\nkind: excel\n")
    text = (sources / "datos_capturados.yaml").read_text()
    (sources / "datos_capturados.yaml").write_text(re.sub("(?m)^schedule:.*\n", "", text) + 'schedule: "99 3 * * *"\n')
    text = (sources / "moodle_pnud.yaml").read_text()
    text = text.replace('schedule: "0 3 * * *"', 'schedule: "10 5 * * 1"').replace("America/Mexico_City", "Europe/Oslo")
    (sources / "moodle_pnud.yaml").write_text(text)
    for path in (project / "framework" / "indicators").glob("*.yaml"):
        path.write_text("code: [\n")
    return parse(tmp_path_factory.mktemp("airflow"), project)


COPIES = {"eventos--copia-": "eventos (copia)", f"Copia-de-{'eventos' * 34}"[:200]: f"Copia de {'eventos' * 34}"}
"""What is left of a name in the id of a DAG -> a file's name, as a file manager gives it; one as long as may be."""

BROKEN = {
    "eventos": ["eventos.yaml", "horario", "clave que no existe", "Quítela o corrija su nombre."],
    "encuestas": ["encuestas.yaml", "línea ", "no es YAML", "Revise ahí la sangría y las comillas"],
    "plataforma_sfp": ["plataforma_sfp.yaml", "kind", "«excel»", "moodle, limesurvey"],
    "datos_capturados": ["datos_capturados.yaml", "schedule", "«99 3 * * *»", "llegue algún día"],
}


@pytest.mark.parametrize("source", BROKEN)
def test_a_bad_source_has_a_dag_that_fails_with_the_reason(broken: dict[str, Any], source: str) -> None:
    dag = broken["dags"][f"ingest__{source}"]
    assert {name: task[:2] for name, task in dag["tasks"].items()} == {"contract_error": [[], 0]}
    kind, message = broken["raised"][f"ingest__{source}"]
    assert kind == "AirflowFailException"
    assert all(part in message for part in BROKEN[source]), message


def test_a_bad_source_stops_no_other(parsed: dict[str, Any], broken: dict[str, Any]) -> None:
    assert broken["errors"] == {}
    copies = {f"ingest__{source}" for source in COPIES}
    assert set(broken["dags"]) == set(parsed["dags"]) | copies
    for name in ("ingest__framework", "upkeep"):
        assert broken["dags"][name] == parsed["dags"][name]
    assert set(broken["dags"]["indicators"]["listens_to"]) > set(parsed["dags"]["indicators"]["listens_to"])
    assert set(broken["raised"]) == {f"ingest__{source}" for source in BROKEN} | copies


@pytest.mark.parametrize("source", COPIES)
def test_a_copy_of_a_source_that_somebody_left_stops_no_night(broken: dict[str, Any], source: str) -> None:
    kind, message = broken["raised"][f"ingest__{source}"]
    assert kind == "AirflowFailException"
    assert f"{COPIES[source]}.yaml: source: se encontró «eventos»" in message


def test_a_schedule_is_read_from_the_yaml(broken: dict[str, Any]) -> None:
    dag = broken["dags"]["ingest__moodle_pnud"]
    assert (dag["cron"], dag["zone"]) == ("10 5 * * 1", "Europe/Oslo")
    assert set(dag["tasks"]) == {"land", "divide", "stage", "complete", "validate", "merge", "publish"}


# -- who may import Airflow ------------------------------------------------------------------------------------


def ruff(name: str, text: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ruff", "check", "--no-cache", "--stdin-filename", name, "-"]
    return subprocess.run(command, cwd=ROOT, input=text, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("folder", ["pipeline", "indicators", "sources", "warehouse", "web", "."])
@pytest.mark.parametrize("line", ["import airflow", "from airflow.sdk import DAG"])
def test_airflow_is_refused_in_the_rest_of_the_package(folder: str, line: str) -> None:
    name = line.rsplit(maxsplit=1)[-1]
    run = ruff(f"src/trimestre/{folder}/bad.py", f'"""A module."""\n\n{line}\n\n__all__ = ["{name}"]\n')
    assert run.returncode == 1
    assert "TID251" in run.stdout


def test_airflow_is_allowed_where_it_belongs() -> None:
    text = '"""A module."""\n\nfrom airflow.sdk import DAG\n\n__all__ = ["DAG"]\n'
    for name in ("src/trimestre/orchestration/good.py", "dags/good.py", "plugins/good.py"):
        run = ruff(name, text)
        assert run.returncode == 0, run.stdout


def test_the_package_works_without_airflow() -> None:
    """What ruff can't see: a module that imports another one that imports Airflow."""
    modules = sorted(
        ".".join(path.relative_to(ROOT / "src").with_suffix("").parts).removesuffix(".__init__")
        for path in (ROOT / "src" / "trimestre").rglob("*.py")
        if "orchestration" not in path.parts
    )
    assert len(modules) > 40
    code = (
        "import importlib, sys\n"
        "class Refuse:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.partition('.')[0] == 'airflow':\n"
        "            raise ImportError('airflow is not here')\n"
        "sys.meta_path.insert(0, Refuse())\n"
        "for name in sys.argv[1:]:\n"
        "    importlib.import_module(name)\n"
    )
    run = subprocess.run([sys.executable, "-c", code, *modules], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr[-2000:]
