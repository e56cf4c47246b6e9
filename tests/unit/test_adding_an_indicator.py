"""Adding an indicator or a course costs one YAML, and a wrong one is answered with what to mend."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from trimestre.contracts import load_project
from trimestre.errors import ContractError
from trimestre.indicators.computing import compute, definitions_digest
from trimestre.periods import Period

if TYPE_CHECKING:
    from conftest import DemoPlant

ROOT = Path(__file__).resolve().parents[2]

WOMEN_BY_INSTITUTION = """\
code: L2-11
version: 1
state: vigente
name: {es: Personas que concluyeron el módulo 3, en: People who passed module 3}
definition:
  es: Personas distintas que aprobaron algún módulo, por institución y sexo.
  en: Distinct people who passed any module, by institution and sex.
line: L2
unit: personas
evidence: module_completions
measure: persons
attribution: edition
disaggregations: [sex, institution, [institution, sex]]
targets: {2020-Q2: 400}
"""

INTEGRIDAD_CORPORATIVA = """\
course: integridad-corporativa
name: Integridad Corporativa
line: L2
certificate_label: constancia descargada
modules:
  - {module: M1, name: Módulo 1}
  - {module: M2, name: Módulo 2}
  - {module: M3, name: Módulo 3}
editions:
  - edition: IC-2020-1
    name: Integridad Corporativa, primera edición (mipymes)
    opens_on: 2020-10-05
    closes_on: 2020-11-30
    delivered_by:
      - source: moodle_pnud
        course: IC-2020-1
        activities: {M1: Módulo 1, M2: Módulo 2, M3: Módulo 3, certificate: Constancia}
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A copy of the project's own files."""
    for folder in ("framework", "sources", "expectations"):
        shutil.copytree(ROOT / folder, tmp_path / "project" / folder)
    return tmp_path / "project"


def add(root: Path, text: str, name: str = "L2-11.yaml") -> Path:
    path = root / "framework" / "indicators" / name
    path.write_text(text, encoding="utf-8")
    return path


def test_one_yaml_makes_a_new_indicator(demo_after_a_night: "DemoPlant", root: Path) -> None:
    """Computed on what was merged before anybody thought of it; the figures of the others stay."""
    plant = demo_after_a_night.plant
    before = compute(plant.engine, plant.project, Period(2020, 2)).values
    add(root, WOMEN_BY_INSTITUTION)
    project = load_project(root)
    computed = compute(plant.engine, project, Period(2020, 2))
    assert computed.moved, "a new definition needs no new data"
    assert [value for value in computed.values if value.indicator != "L2-11"] == list(before)
    of_the_quarter = [v for v in computed.values if (v.indicator, v.covers) == ("L2-11", "2020-Q2")]
    cells = {(v.disaggregation, v.category): v for v in of_the_quarter}
    total = cells["total", "total"]
    assert total.value == 412  # 417 enrolments passed module 1, and five people passed it in both editions
    assert (total.target, total.status) == (400, "alcanzada")
    assert sum(v.value or 0 for (kind, _), v in cells.items() if kind == "sex") == total.value
    assert {kind for kind, _ in cells} == {"total", "sex", "institution", "institution×sex"}


def test_a_draft_may_be_proposed_before_its_evidence_exists(root: Path) -> None:
    known = load_project(root)
    add(root, WOMEN_BY_INSTITUTION.replace("vigente", "borrador").replace("module_completions", "not_written_yet"))
    project = load_project(root)
    assert project.indicator("L2-11").state == "borrador"
    assert definitions_digest(project) == definitions_digest(known), "nothing is computed anew for a draft"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "measure: persons",
            "measure: personas",
            "L2-11.yaml: measure: se encontró «personas», se esperaba: uno de: count, persons, new_persons, "
            "share, response_rate, top_two_box, mean, sum, latest, milestone. Corrija el valor.",
        ),
        (
            "measure: persons",
            "meassure: persons",
            "L2-11.yaml: meassure: se encontró una clave que no existe, se esperaban sólo las "
            "documentadas. Quítela o corrija su nombre.",
        ),
        ("measure: persons\n", "", "L2-11.yaml: measure: no se encontró nada, se esperaba un valor. Agregue la clave."),
        ("2020-Q2: 400", "2020-2: 400", "L2-11.yaml: targets.2020-2: se encontró «2020-2», se esperaba: "),
        ("2020-Q2: 400", "2020-Q2: muchas", "L2-11.yaml: targets.2020-Q2: se encontró «muchas», se esperaba: "),
        (
            "[sex, institution, ",
            "[sexo, institution, ",
            "L2-11.yaml: disaggregations.0: se encontró «sexo», se esperaba: uno de: sex, ",
        ),
        (
            "measure: persons",
            "measure: milestone",
            "L2-11.yaml: stages: no se encontró nada, se esperaba: dos o más etapas, porque measure "
            "es milestone. Escríbalas desde la etapa 0.",
        ),
        ("line: L2", "line: L9", "L2-11.yaml: line: se encontró «L9», se esperaba una de: L1, L2. Corrija la clave."),
        (
            "code: L2-11",
            "code: L2-01",
            "L2-01.yaml, L2-11.yaml: code: se encontró «L2-01» en más de un archivo, se esperaban claves únicas.",
        ),
        ("state: vigente", "state vigente", "L2-11.yaml, línea 4: se encontró texto que no es YAML"),
    ],
)
def test_a_wrong_indicator_is_told_with_file_key_value_and_mend(root: Path, old: str, new: str, message: str) -> None:
    assert old in WOMEN_BY_INSTITUTION
    add(root, WOMEN_BY_INSTITUTION.replace(old, new))
    with pytest.raises(ContractError) as raised:
        load_project(root)
    assert message in str(raised.value)


def test_an_evidence_that_does_not_exist_is_told_with_the_indicator_and_the_known_ones(root: Path) -> None:
    add(root, WOMEN_BY_INSTITUTION.replace("module_completions", "modules"))
    with pytest.raises(ContractError) as raised:
        definitions_digest(load_project(root))
    assert str(raised.value) == (
        "indicador L2-11: evidence: se encontró «modules», se esperaba uno de sql/evidence: "
        "attendances, certificates, enrolments_entered, "
        "enrolments_invited, module_completions, reported_values, scored_answers, survey_reach. "
        "Corrija el YAML del indicador."
    )


def test_a_third_course_is_one_yaml_of_less_than_thirty_lines(root: Path) -> None:
    assert len(INTEGRIDAD_CORPORATIVA.splitlines()) < 30
    before = load_project(root)
    (root / "framework" / "courses" / "integridad-corporativa.yaml").write_text(INTEGRIDAD_CORPORATIVA, "utf-8")
    project = load_project(root)
    course, edition = project.editions()["IC-2020-1"]
    assert [module.module for module in course.modules] == ["M1", "M2", "M3"]
    assert (edition.last_day.isoformat(), edition.population) == ("2020-11-30", "unknown")
    assert [e.edition for _, e, _ in project.deliveries("moodle_pnud")] == ["NEISP-2020-1", "IC-2020-1"]
    changed = {s for s in project.sources if project.fingerprint(s, "1") != before.fingerprint(s, "1")}
    assert changed == {"moodle_pnud"}, "no other source is read again"
    assert replace(project, courses=before.courses, root=before.root) == replace(before, root=before.root)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "source: moodle_pnud",
            "source: moodle",
            "edición IC-2020-1: source: se encontró «moodle», se esperaba una de: ",
        ),
        (
            "{M1: Módulo 1,",
            "{M9: Módulo 1,",
            "IC-2020-1.delivered_by.0.activities: se encontró «M9», se esperaba: módulos del curso",
        ),
        ("closes_on: 2020-11-30", "closes_on: 2020-09-30", "closes_on: se encontró «2020-09-30», se esperaba: "),
        ("edition: IC-2020-1", "edition: EISP-UIF-2020", "edición EISP-UIF-2020: se encontró dos veces"),
    ],
)
def test_a_wrong_course_is_told(root: Path, old: str, new: str, message: str) -> None:
    assert old in INTEGRIDAD_CORPORATIVA
    text = INTEGRIDAD_CORPORATIVA.replace(old, new)
    (root / "framework" / "courses" / "integridad-corporativa.yaml").write_text(text, "utf-8")
    with pytest.raises(ContractError) as raised:
        load_project(root)
    assert message in str(raised.value)
