"""A survey that comes as a Google sheet through whole nights: its figures, an edit, and a deletion."""

import os
import random
import shutil
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import yaml

from trimestre.contracts import load_project
from trimestre.pipeline.night import compute_quarters, ingest
from trimestre.pipeline.plant import Plant

NOW = datetime(2026, 1, 1, tzinfo=UTC)
PROJECT = Path(__file__).resolve().parents[2]
EVENT = "MAPEO-2020-05-27"

FORM = """
source: formularios
name: Formularios de Google
kind: tabular
folder: formularios
delivers: snapshot per file scope
datasets:
  - dataset: taller
    extends: google_forms
    files: "taller*.csv"
    survey: salida-taller
    questions:
      - question: P01
        headings: ["¿Qué tan satisfecha está con el taller?"]
        type: choice
        options:
          - {code: 5, label: Muy satisfecha, score: 5}
          - {code: 4, label: Satisfecha, score: 4}
          - {code: 3, label: Regular, score: 3}
          - {code: 2, label: Poco satisfecha, score: 2}
      - {question: P02, headings: [Comentarios], type: text}
"""
LIST = """
source: lista
name: Lista de asistencia
kind: tabular
folder: lista
delivers: snapshot per file scope
datasets:
  - dataset: firmas
    files: "lista*.csv"
    event: MAPEO-2020-05-27
    columns:
      correo: {headings: [Correo]}
    rows:
      - entity: account
        fields: {email: correo, kind: {value: attendee}}
      - entity: account_identity
        fields: {email: correo}
      - entity: attendance
        fields: {email: correo, event: {value: $event}}
"""
NUMBERED = FORM.replace(
    "    extends: google_forms\n",
    """    columns:
      numero: {headings: [Número]}
      marca: {headings: [Fecha], type: instant, formats: ["%d/%m/%Y %H:%M:%S"]}
    rows:
      - entity: response
        fields:
          fallback_id: numero
          survey: {value: $survey}
          response_id: numero
          complete: {value: "true"}
          submitted_at: marca
""",
)
TYPED = """
source: tecleados
name: Datos de captura manual
kind: tabular
folder: tecleados
delivers: snapshot per file scope
datasets:
  - dataset: captura
    files: "captura*.csv"
    scope: captura
    columns:
      categoria: {headings: [Categoría]}
      valor: {headings: [Valor], type: number}
    rows:
      - entity: reported_value
        fields:
          indicator: {value: L1-01}
          period: {value: 2020-Q2}
          disaggregation: {value: sex}
          category: categoria
          value: valor
          reported_on: {value: "2020-06-30"}
          verification: {value: Acta 7}
"""
SURVEY = {
    "survey": "salida-taller",
    "name": "Salida del taller",
    "source": "formularios",
    "survey_id": "hoja-1",
    "event": EVENT,
    "reached_by": "attendance",
    "closes_on": "2020-06-30",
    "scored": [{"question": "P01"}],
}
ABOUT: dict[str, Any] = {
    "version": 1,
    "state": "vigente",
    "name": {"es": "Prueba", "en": "Test"},
    "definition": {"es": "Prueba.", "en": "Test."},
    "line": "L2",
    "level": "producto",
    "attribution": "event",
    "decimals": 2,
    "targets": {},
}
INDICATORS = (
    ABOUT
    | {"code": "T-01", "unit": "puntos", "evidence": "scored_answers", "measure": "mean"}
    | {"parameters": {"survey": "salida-taller", "question": "P01", "sub_code": ""}},
    ABOUT | {"code": "T-02", "unit": "porcentaje", "evidence": "attendances", "measure": "share"},
)


@pytest.fixture
def plant(warehouse: sa.Engine, tmp_path: Path, request: pytest.FixtureRequest) -> Plant:
    root = tmp_path / "project"
    for folder in ("framework", "sources", "expectations"):
        shutil.copytree(PROJECT / folder, root / folder)
    framework = root / "framework" / "framework.yaml"
    framework.write_text(framework.read_text(encoding="utf-8").replace("minimum_n: 10", "minimum_n: 1"), "utf-8")
    written = {f"indicators/{one['code']}": yaml.safe_dump(one) for one in INDICATORS}
    for path, text in ({"surveys/salida-taller": yaml.safe_dump(SURVEY)} | written).items():
        (root / "framework" / f"{path}.yaml").write_text(text, encoding="utf-8")
    sources = {"formularios": getattr(request, "param", FORM), "lista": LIST, "tecleados": TYPED}
    for name, text in sources.items():
        (root / "sources" / f"{name}.yaml").write_text(text, encoding="utf-8")
    return Plant(warehouse, load_project(root), tmp_path / "landing", tmp_path / "drop", b"k" * 32, {}.get)


def deliver(plant: Plant, source: str, name: str, lines: Sequence[str]) -> None:
    """Put a file into the drop folder that nobody has touched for a while, in place of the one before."""
    path = Path(plant.drop) / source / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    os.utime(path, (1_600_000_000, 1_600_000_000))


def rows(plant: Plant, what: str) -> list[Any]:
    with plant.engine.connect() as connection:
        return list(connection.execute(sa.text(what)))


def figures(plant: Plant) -> dict[str, float]:
    """The total of each indicator, as a night computes and stores it."""
    compute_quarters(plant, ["2020-Q2"])
    found = rows(
        plant,
        "SELECT v.indicator, v.value FROM results.indicator_value AS v"
        " INNER JOIN results.computation AS c USING (computation_id)"
        " WHERE c.current AND v.official AND v.disaggregation = 'total' AND v.indicator LIKE 'T-%'",
    )
    return {row.indicator: float(row.value) for row in found}


HEADER = "Marca temporal,Dirección de correo electrónico,¿Qué tan satisfecha está con el taller?,Comentarios"
ANA = "27/05/2020 12:01:00,ana@dominio.example,Muy satisfecha,Gracias a Luis"
ROSA = "27/05/2020 12:05:00,rosa@dominio.example,Muy satisfecha,"
PEOPLE = [f"{name}@dominio.example" for name in ("Ana", "luis", "eva", "sol", "pia")]
CURRENT = "valid_to = 'infinity' AND vanished_at IS NULL"


def test_mean_and_response_rate_follow_an_edit_and_a_deletion(plant: Plant) -> None:
    ingest(plant, "framework", NOW)
    deliver(plant, "lista", "lista.csv", ["Correo", *PEOPLE])
    ingest(plant, "lista", NOW)
    luis = "27/05/2020 12:02:00,luis@dominio.example,Satisfecha,"
    nobody = "27/05/2020 12:03:00,,Regular,Un texto"
    deliver(plant, "formularios", "taller.csv", [HEADER, ANA, luis, nobody, ROSA])
    assert ingest(plant, "formularios", NOW).changed
    assert rows(plant, "SELECT * FROM quarantine.row") == []
    # Four answered 5, 4, 3, 5; of the five present, two did; Rosa was not there.
    assert figures(plant) == {"T-01": 4.25, "T-02": 40}

    # The same answers in another order, with a column that somebody added: nothing happened.
    added = [f"{line},{note}" for line, note in ((HEADER, "Notas"), (ROSA, "ok"), (ANA, ""), (nobody, ""), (luis, ""))]
    deliver(plant, "formularios", "taller.csv", added)
    ingest(plant, "formularios", NOW)
    assert rows(plant, "SELECT count(*) FROM warehouse.response") == [(4,)]

    edited = "28/05/2020 09:00:00,luis@dominio.example,Poco satisfecha,"
    eva = "28/05/2020 10:00:00,EVA@dominio.example,Satisfecha,"
    deliver(plant, "formularios", "taller.csv", [HEADER, ANA, edited, eva, ROSA])
    assert ingest(plant, "formularios", NOW).changed
    assert figures(plant) == {"T-01": 4.0, "T-02": 60}
    assert rows(plant, f"SELECT count(*) FROM warehouse.response WHERE {CURRENT}") == [(4,)]
    assert rows(plant, "SELECT count(*) FROM warehouse.response WHERE vanished_at IS NOT NULL") == [(2,)]
    assert not ingest(plant, "formularios", NOW).changed


def test_free_text_and_texts_of_no_option_stay_out_of_the_warehouse(plant: Plant) -> None:
    ingest(plant, "framework", NOW)
    deliver(plant, "formularios", "taller.csv", [HEADER, ANA, "27/05/2020 12:03:00,,Muy feliz con Eva,"])
    ingest(plant, "formularios", NOW)
    answers = rows(plant, f"SELECT question, sub_code, value FROM warehouse.answer WHERE {CURRENT} ORDER BY 1, 2, 3")
    assert [tuple(row) for row in answers] == [("P01", "", "5"), ("P01", "unknown", None), ("P02", "", None)]
    counted = rows(plant, "SELECT rule, failed FROM ops.rule_result WHERE entity = 'answer' AND failed > 0")
    assert [tuple(row) for row in counted] == [("opcion_declarada", 1)]
    asked = rows(plant, f"SELECT question, type, text, free_text FROM warehouse.question WHERE {CURRENT} ORDER BY 1")
    assert [tuple(row) for row in asked] == [
        ("P01", "choice", "¿Qué tan satisfecha está con el taller?", False),
        ("P02", "text", "Comentarios", True),
    ]


@pytest.mark.parametrize("plant", [NUMBERED], indirect=True)
def test_a_text_pasted_into_the_place_of_a_key_holds_one_row_back_and_not_its_whole_list(plant: Plant) -> None:
    """As much as no index holds, even compressed: of a response, and of its answers, of the category of a figure."""
    pasted = random.Random(7).randbytes(4_000).hex()  # noqa: S311
    ingest(plant, "framework", NOW)
    asked = "Número,Fecha,¿Qué tan satisfecha está con el taller?,Comentarios"
    lines = [f"{number},27/05/2020 12:01:00,Satisfecha," for number in ("1", pasted, "2")]
    deliver(plant, "formularios", "taller.csv", [asked, *lines])
    assert ingest(plant, "formularios", NOW).changed
    deliver(plant, "tecleados", "captura.csv", ["Categoría,Valor", "female,3", f"{pasted},4", "male,5"])
    assert ingest(plant, "tecleados", NOW).changed
    kept = rows(plant, f"SELECT response_id FROM warehouse.response WHERE {CURRENT} ORDER BY 1")
    assert [tuple(row) for row in kept] == [("1",), ("2",)]
    typed = rows(plant, f"SELECT category, value FROM warehouse.reported_value WHERE {CURRENT} ORDER BY 1")
    assert [tuple(row) for row in typed] == [("female", 3), ("male", 5)]
    held = rows(plant, "SELECT entity, rule, position FROM quarantine.row ORDER BY 1")
    assert [tuple(row) for row in held] == [
        ("answer", "clave_con_largo_razonable", "2"),
        ("reported_value", "clave_con_largo_razonable", "2"),
        ("response", "clave_con_largo_razonable", "2"),
    ]
