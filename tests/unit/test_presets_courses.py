"""Grade reports of Open edX and Canvas: who is of the population, who passed, and which rows are nobody."""

from pathlib import Path
from typing import Any

import pytest
from test_connector_tabular import landed, read
from test_presets_attendance import counted, rows_of
from test_presets_attendance import source as preset_source

from trimestre.contracts.sources import TabularSource
from trimestre.errors import ContractError, PermanentError


def source(preset: str, **dataset: Any) -> TabularSource:
    return preset_source(preset, **{"event": None, "edition": "NEISP-2026-1"} | dataset)


# -- Open edX --------------------------------------------------------------------------------------------------


def test_open_edx_tells_who_is_enrolled_and_who_has_a_certificate(tmp_path: Path) -> None:
    frames = rows_of(tmp_path, source("openedx_grade_report"), "openedx_grade_report.csv")
    assert counted(frames, "enrolment", "account_ref", "edition", "active") == [
        ("1041", "NEISP-2026-1", "true"),
        ("1042", "NEISP-2026-1", "true"),
        ("1043", "NEISP-2026-1", "false"),
    ]
    assert counted(frames, "certificate", "account_ref", "state") == [
        ("1041", "obtained"), ("1042", "not_obtained"), ("1043", "not_obtained"),
    ]  # fmt: skip
    assert counted(frames, "account_identity", "email")[1] == ("bruno@educacion.example",)
    assert "module_completion" not in frames


@pytest.mark.parametrize(("mark", "second"), [({}, "completed"), ({"pass_mark": 0.8}, "not_completed")])
def test_a_module_of_open_edx_is_completed_from_the_pass_mark_on(
    tmp_path: Path, mark: dict[str, float], second: str
) -> None:
    modules = {"M1": ["Homework 1: Riesgos"], "M2": ["Homework 2: Denuncia"]}
    frames = rows_of(tmp_path, source("openedx_grade_report", modules=modules, **mark), "openedx_grade_report.csv")
    assert counted(frames, "module_completion", "account_ref", "module", "state") == [
        ("1041", "M1", "completed"),
        ("1041", "M2", second),
        ("1042", "M1", "completed" if not mark else "not_completed"),
        ("1042", "M2", "not_completed"),
        # What is not available is no row: nobody knows.
        ("1043", "M2", "not_completed"),
    ]


def test_an_older_open_edx_without_enrolment_status_lists_only_who_is_enrolled(tmp_path: Path) -> None:
    content = b"Student ID,Email,Username,Grade,Certificate Delivered\n7,a@b.example,ana,0.7,Y\n"
    (chunk,) = read(source("openedx_grade_report"), landed(tmp_path, content))
    assert counted(chunk.rows([0]), "enrolment", "account_ref", "active") == [("7", "true")]


def test_the_file_of_failed_grades_of_open_edx_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PermanentError, match="Certificate Delivered"):
        read(source("openedx_grade_report"), landed(tmp_path, b"Student ID,Username,Error\n7,ana,timeout\n"))


# -- Canvas ----------------------------------------------------------------------------------------------------


def test_canvas_counts_people_only_and_passes_by_the_final_score(tmp_path: Path) -> None:
    frames = rows_of(tmp_path, source("canvas_gradebook"), "canvas_gradebook_en.csv")
    assert counted(frames, "certificate", "account_ref", "state") == [
        ("7", "obtained"), ("8", "not_obtained"), ("9", "obtained"),
    ]  # fmt: skip
    assert frames["enrolment"]["out_of_scope"].dropna().tolist() == ["renglon_sin_persona", "puntos_posibles"]
    assert [role for role in frames["enrolment"]["role"].dropna() if role != "student"] == ["cuenta_de_prueba"]
    assert counted(frames, "account_identity", "account_ref", "full_name", "email", "employee_id") == [
        ("7", "Cárdenas Robles, Lucía", "lucia.cardenas@salud.example", "E-0041"),
        ("8", "Núñez, María José", None, "E-0042"),
        ("9", "Ortega, Bruno", "bruno@educacion.example", "E-0043"),
    ]


def test_an_assignment_of_canvas_with_a_score_is_a_completed_module(tmp_path: Path) -> None:
    modules = {"M1": ["Módulo 1 (101)"], "M2": ["Módulo 2 (102)"]}
    frames = rows_of(tmp_path, source("canvas_gradebook", modules=modules), "canvas_gradebook_en.csv")
    states = counted(frames, "module_completion", "account_ref", "module", "state")
    assert [row for row in states if row[2] == "completed"] == [
        ("7", "M1", "completed"), ("7", "M2", "completed"), ("8", "M1", "completed"),
    ]  # fmt: skip
    assert len(states) == 6


def test_canvas_with_the_name_in_two_columns(tmp_path: Path) -> None:
    content = (
        b"LastName,FirstName,ID,SIS Login ID,Section,Final Score\n    Points Possible,,,,,(read only)\n"
        b"Paz,Ana,7,ana@b.example,A,70\n"
    )
    (chunk,) = read(source("canvas_gradebook", pass_mark=70.5), landed(tmp_path, content))
    frames = chunk.rows(range(2))
    assert counted(frames, "account_identity", "full_name") == [("Paz, Ana",)]
    assert counted(frames, "certificate", "state") == [("not_obtained",)]


def test_canvas_in_spanish_with_semicolons_and_decimal_commas(tmp_path: Path) -> None:
    content = (
        "Estudiante;ID;SIS Login ID;Sección;Módulo 1 (101);Puntaje final\r\nPuntos posibles;;;;10;(solo lectura)\r\n"
        '"Cárdenas Robles, Lucía";7;lucia@salud.example;A;9,5;85,5\r\n"Núñez, Eva";8;eva;A;6;59,99\r\n'
    )
    (chunk,) = read(source("canvas_gradebook"), landed(tmp_path, content.encode("utf-8-sig")))
    assert counted(chunk.rows(range(3)), "certificate", "account_ref", "state") == [
        ("7", "obtained"), ("8", "not_obtained"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "name",
    ["Estudiante de prueba", "prueba, Estudiante de", "Prueba, Estudiante de", "Test Student", "Student, Test"],
)
def test_the_test_student_of_canvas_does_not_count_in_any_language(tmp_path: Path, name: str) -> None:
    content = f'Estudiante,ID,Puntaje final\n"{name}",6,99\n"Prueba Díaz, Eva",7,99\n'.encode()
    (chunk,) = read(source("canvas_gradebook"), landed(tmp_path, content))
    assert counted(chunk.rows([0, 1]), "certificate", "account_ref") == [("7",)]


@pytest.mark.parametrize(("score", "state"), [("59,125", "not_obtained"), ("104.5", "obtained"), ("59125", "59125")])
def test_a_score_of_canvas_with_three_decimals_is_no_thousand(tmp_path: Path, score: str, state: str) -> None:
    content = f'Student,ID,SIS Login ID,Section,Final Score\n"Paz, Ana",1,ana,A,"{score}"\n'.encode()
    (chunk,) = read(source("canvas_gradebook"), landed(tmp_path, content))
    assert counted(chunk.rows([0]), "certificate", "state") == [(state,)]


@pytest.mark.parametrize(("grade", "state"), [('"0,125"', "not_completed"), ("55%", "not_completed"), ("55", "55")])
def test_a_grade_of_open_edx_goes_from_0_to_1(tmp_path: Path, grade: str, state: str) -> None:
    content = f"Student ID,Email,Certificate Delivered,Homework 1\n1,a@x.example,N,{grade}\n".encode()
    (chunk,) = read(source("openedx_grade_report", modules={"M1": ["Homework 1"]}), landed(tmp_path, content))
    assert counted(chunk.rows([0]), "module_completion", "state") == [(state,)]


@pytest.mark.parametrize("preset", ["openedx_grade_report", "canvas_gradebook"])
def test_a_certificate_is_no_module_of_these_platforms(preset: str) -> None:
    with pytest.raises(ContractError, match="se encontró certificate, de lo que «wide» no dice nada"):
        source(preset, modules={"certificate": ["Final"]})
