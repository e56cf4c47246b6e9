"""What passes every rule and would count nothing is told by `trimestre check`, before a night is spent on it."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from fakes import change

from trimestre.cli import check as cli_check
from trimestre.contracts import load_project
from trimestre.contracts.in_vain import errors_in_vain, warnings_in_vain
from trimestre.errors import ContractError
from trimestre.pipeline import judgeable
from trimestre.pipeline.conditions import arguments_of

ROOT = Path(__file__).resolve().parents[2]
COURSE = "framework/courses/etica-integridad.yaml"


def test_of_the_projects_own_files_nothing_is_in_vain() -> None:
    project = load_project(ROOT)
    assert (errors_in_vain(project), warnings_in_vain(project)) == ([], [])


@pytest.mark.parametrize(
    ("file", "edit", "said"),
    [
        (
            COURSE,
            lambda d: d["editions"][1]["delivered_by"][0].update(source="eventos"),
            "edición EISP-UIF-2020: delivered_by: se encontró «eventos»",
        ),
        (
            "sources/moodle_pnud.yaml",
            lambda d: d["sex_values"].update(Mujer="mujr"),
            "moodle_pnud.yaml: sex_values: Mujer: se encontró «mujr», se esperaba uno de: mujer, hombre, ",
        ),
        (
            "framework/surveys/encuesta-salida.yaml",
            lambda d: d["sex_values"].update(F="Mujer"),
            "encuesta salida-neisp: sex_values: F: se encontró «Mujer»",
        ),
        (
            "sources/plataforma_sfp.yaml",
            lambda d: d["datasets"][0]["columns"]["sexo"]["values"].update(Hombre="hombr"),
            "plataforma_sfp.yaml: dataset avance: columna sexo: values: Hombre: se encontró «hombr»",
        ),
    ],
)
def test_what_would_count_nobody_is_an_error(
    project: Path, file: str, edit: Callable[[dict[str, Any]], object], said: str
) -> None:
    change(project / file, edit)
    (error,) = errors_in_vain(load_project(project))
    assert error.startswith(said)


@pytest.mark.parametrize(
    ("file", "edit", "said"),
    [
        (
            COURSE,
            lambda d: d["editions"][0]["delivered_by"][0]["activities"].pop("M3"),
            "Aviso: edición NEISP-2020-1: ninguna actividad ni columna trae M3,",
        ),
        (
            COURSE,
            lambda d: d["editions"][0]["delivered_by"][0].update(activities={}),
            "Aviso: edición NEISP-2020-1: ninguna actividad ni columna trae M1, M2, M3,",
        ),
        (
            "sources/plataforma_sfp.yaml",
            lambda d: d["datasets"][0]["rows"].pop(3),
            "Aviso: edición EISP-UIF-2020: ninguna actividad ni columna trae M1,",
        ),
        (
            COURSE,
            lambda d: d["editions"][0].update(opens_on=date(2019, 4, 7), closes_on=date(2019, 5, 18)),
            "Aviso: edición NEISP-2020-1: va del 07/04/2019 al 18/05/2019, y el proyecto, de 2020-Q1 a 2020-Q4",
        ),
        (
            COURSE,
            lambda d: d["editions"][0].update(opens_on=date(2021, 1, 1), closes_on=date(2021, 5, 18)),
            "Aviso: edición NEISP-2020-1: va del 01/01/2021",
        ),
        (
            "framework/events/2020.yaml",
            lambda d: d["events"][0].update(held_on=date(2002, 5, 27)),
            "Aviso: evento MAPEO-2020-05-27: fue el 27/05/2002",
        ),
    ],
)
def test_what_may_be_meant_is_a_warning(
    project: Path, file: str, edit: Callable[[dict[str, Any]], object], said: str
) -> None:
    change(project / file, edit)
    (warning,) = warnings_in_vain(load_project(project))
    assert warning.startswith(said)


def test_a_word_for_a_sex_that_the_rules_were_told_of_is_no_error(project: Path) -> None:
    change(project / "expectations/account.yaml", lambda d: d["rules"][2]["kwargs"]["value_set"].append("intersexual"))
    change(project / "sources/moodle_pnud.yaml", lambda d: d["sex_values"].update(Intersexual="intersexual"))
    assert errors_in_vain(load_project(project)) == []
    change(project / "expectations/account.yaml", lambda d: d["rules"][2]["kwargs"]["value_set"].remove("otro"))
    change(project / "sources/moodle_pnud.yaml", lambda d: d["sex_values"].update(Otro="otro"))
    (error,) = errors_in_vain(load_project(project))
    assert error.startswith("moodle_pnud.yaml: sex_values: Otro: se encontró «otro», se esperaba uno de: mujer, hombre")


def test_modules_that_the_files_themselves_name_are_no_gap(project: Path) -> None:
    change(
        project / "sources/plataforma_sfp.yaml", lambda d: d["datasets"][0]["rows"][3]["fields"].update(module="folio")
    )
    assert warnings_in_vain(load_project(project)) == []


CORRECTION = {
    "source": "eventos", "entity": "account", "where": {"sex": "x"}, "set": {"sex": None}, "reason": "r",
    "decided_by": "d", "decided_on": "2020-07-01",
}  # fmt: skip


@pytest.mark.parametrize(
    ("file", "edit", "said"),
    [
        (
            "sources/eventos.yaml",
            lambda d: d["datasets"][0]["rows"][0]["fields"].update(sexo="institucion"),
            "eventos.yaml: dataset asistencia_mapeo: filas de account: se encontró el campo «sexo»",
        ),
        (
            "sources/eventos.yaml",
            lambda d: d["datasets"][0]["format"].update(encoding="latin-uno"),
            "eventos.yaml: dataset asistencia_mapeo: encoding: se encontró «latin-uno»",
        ),
        (
            "framework/corrections.yaml",
            lambda d: d.update(corrections=[CORRECTION | {"set": {"sexo": None}}]),
            "corrections.yaml: se encontraron para account los campos sexo",
        ),
        (
            "framework/corrections.yaml",
            lambda d: d.update(corrections=[CORRECTION | {"entity": "acount"}]),
            "corrections.yaml: se encontraron para acount los campos sex",
        ),
    ],
)
def test_what_would_stop_the_night_of_a_source_is_an_error(
    project: Path, monkeypatch: pytest.MonkeyPatch, file: str, edit: Callable[[dict[str, Any]], object], said: str
) -> None:
    change(project / file, edit)
    monkeypatch.setenv("TRIMESTRE_PROJECT", str(project))
    monkeypatch.setenv("TRIMESTRE_WAREHOUSE_URL", "")
    with pytest.raises(ContractError) as raised:
        cli_check.check()
    assert str(raised.value).startswith(said)


RULES = "expectations/account.yaml"


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (lambda d: d["rules"][2].update(column="sexo"), "account: sexo_reconocido: column: se encontró «sexo»"),
        (
            lambda d: d["rules"][2]["kwargs"].update(value_set=["mujer", False]),
            "account: sexo_reconocido: value_set: se encontró false, se esperaba un texto",
        ),
        (
            lambda d: d["rules"][2].update(expectation="expect_column_values_to_be_in_sett"),
            "sexo_reconocido: se encontró expect_column_values_to_be_in_sett, se esperaba una expectativa",
        ),
        (lambda d: d.update(entity="acount"), "se encontró la entidad acount, se esperaba una de: "),
    ],
)
def test_a_rule_that_no_night_could_judge_by_is_told_without_great_expectations(
    project: Path, edit: Callable[[dict[str, Any]], object], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judgeable, "import_ahead", lambda: pytest.fail("it takes seconds"))
    change(project / RULES, edit)
    read = load_project(project)
    errors = [error for suite in read.suites.values() for error in judgeable.not_judgeable(read, suite)]
    assert [error.startswith(f"expectations: {said}") for error in errors] == [True], errors


def test_numbers_that_a_rule_lists_are_compared_with_texts(project: Path) -> None:
    """A night ended in an error of SQL as soon as a row had another one."""
    change(project / RULES, lambda d: d["rules"][2]["kwargs"].update(value_set=[2, "x", 10]))
    read = load_project(project)
    assert arguments_of(read, read.suites["account"].rules[2]) == {"value_set": ["10", "2", "x"]}


@pytest.mark.parametrize("value", [".nan", ".inf"])
def test_a_target_that_is_no_number_is_told(project: Path, value: str) -> None:
    """No value is below it and none above: the quarter's status would be nonsense."""
    change(project / "framework/indicators/L2-01.yaml", lambda d: d.update(targets={"2020-Q2": float(value[1:])}))
    with pytest.raises(ContractError, match=r"L2-01\.yaml: targets\.2020-Q2: .*se esperaba: un número"):
        load_project(project)


def test_a_kind_that_is_a_list_is_told(project: Path) -> None:
    (project / "sources/eventos.yaml").write_text("source: eventos\nkind: [tabular]\n")
    with pytest.raises(ContractError, match=r"eventos\.yaml: kind: se encontró"):
        load_project(project)
