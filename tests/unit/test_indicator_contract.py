"""A wrong definition is told with file, key, value and mend: each way in which a sheet can be wrong."""

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from trimestre.contracts import load_project
from trimestre.contracts.base import read_yaml
from trimestre.contracts.framework import Framework, Periods
from trimestre.contracts.indicators import Indicator
from trimestre.errors import ContractError
from trimestre.indicators.fitting import misfits, pirs_gaps

ROOT = Path(__file__).resolve().parents[2]
RIGHT: dict[str, Any] = {
    "code": "T-1",
    "state": "vigente",
    "name": {"es": "Certificados", "en": "Certificates"},
    "definition": {"es": "Definición.", "en": "Definition."},
    "line": "L1",
    "unit": "certificados",
    "evidence": "certificates",
    "measure": "count",
    "attribution": "edition",
    "disaggregations": ["sex", "edition", ["sex", "edition"]],
    "targets": {"2020-Q2": 420},
}
SCORE = {"evidence": "scored_answers", "measure": "mean", "decimals": 2, "disaggregations": []}
STAGES = {"evidence": "reported_values", "measure": "milestone", "span": "cumulative", "attribution": "event",
          "stages": ["no iniciado", "borrador", "publicado"], "disaggregations": [], "targets": {}}  # fmt: skip
WOMEN = {"period": "2020-Q2", "disaggregation": "sex", "category": "mujer", "target": 200}
CHANGE = {"version": 2, "changed_on": "2020-05-01", "change": {"es": "x", "en": "x"}, "changed_by": "Coordinación"}
REVISION = {"what": "target", "period": "2020-Q2", "old": 400, "new": 420, "effective_from": "2020-Q2",
            "letter": "Oficio 1", "approved_on": "2020-04-01", "approved_by": "Donante"}  # fmt: skip


def written(folder: Path, content: dict[str, Any], name: str = "T-1.yaml") -> Path:
    path = folder / name
    path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return path


def told(folder: Path, changes: dict[str, Any]) -> str:
    with pytest.raises(ContractError) as raised:
        read_yaml(written(folder, RIGHT | changes), Indicator)
    return str(raised.value)


def test_the_definition_that_the_wrong_ones_are_made_of_is_right(tmp_path: Path) -> None:
    for changes in ({}, SCORE, STAGES, {"category_targets": [WOMEN]}, {"revisions": [REVISION]}):
        assert read_yaml(written(tmp_path, RIGHT | changes), Indicator).code == "T-1"


WRONG: dict[str, tuple[dict[str, Any], list[str]]] = {
    "a fifth quarter": ({"targets": {"2020-Q5": 1}}, ["targets.2020-Q5", "«2020-Q5»"]),
    "a quarter the other way round": ({"targets": {"Q2-2020": 1}}, ["targets.Q2-2020", "«Q2-2020»"]),
    "a Spanish trimester": ({"targets": {"2020-T2": 1}}, ["targets.2020-T2"]),
    "a third semester": ({"targets": {"2020-H3": 1}}, ["targets.2020-H3"]),
    "a fiscal quarter as a target": ({"targets": {"FY2020-Q3": 1}}, ["targets.FY2020-Q3"]),
    "a target that is a word": ({"targets": {"2020-Q2": "muchas"}}, ["targets.2020-Q2", "«muchas»"]),
    "a target of yes": ({"targets": {"2020-Q2": True}}, ["targets.2020-Q2", "yes, no, on y off"]),
    "a target of the project among the others": (
        {"targets": {"project": 500}},
        [
            "targets.project: se encontró 500, se esperaba: trimestres, semestres o años. Pásela a "
            "life_of_project_target."
        ],
    ),
    "targets where a total means nothing": (
        {"total": False},
        ['targets: se encontró ["2020-Q2"], se esperaba: ninguna, porque total es false.'],
    ),
    "a target of the project where a total means nothing": (
        {"total": False, "targets": {}, "life_of_project_target": 5},
        ["life_of_project_target: se encontró 5, se esperaba: ninguna, porque total es false. Quítelo."],
    ),
    "a category target of a breakdown that is none": (
        {"category_targets": [WOMEN | {"disaggregation": "state"}]},
        ["category_targets.0.disaggregation: se encontró «state», se esperaba: una de disaggregations: sex, edition, "],
    ),
    "a category target of the total": (
        {"category_targets": [WOMEN | {"disaggregation": "total", "category": "total"}]},
        ["category_targets.0.disaggregation: se encontró «total»"],
    ),
    "two targets for the same thing": (
        {"category_targets": [WOMEN, WOMEN | {"target": 300}]},
        ["category_targets.1: se encontró «2020-Q2 sex mujer», se esperaba: una meta por periodo"],
    ),
    "a baseline without its day": (
        {"baseline": {"value": 3}},
        [
            "baseline.measured_on: no se encontró nada, se esperaba: el día en que se midió el "
            "valor. Agréguelo, o ponga value: null."
        ],
    ),
    "a baseline without a value": (
        {"baseline": {}},
        ["baseline.value: no se encontró nada, se esperaba un valor. Agregue la clave."],
    ),
    "a baseline of no": ({"baseline": {"value": False}}, ["baseline.value"]),
    "a second version without its entry": (
        {"version": 2},
        [
            "changes: no se encontró nada, se esperaba: una entrada de la versión 2. Diga ahí qué "
            "cambió y quién lo decidió."
        ],
    ),
    "an entry of a later version": (
        {"changes": [CHANGE]},
        ["version: se encontró 1, se esperaba: 2, la última versión de changes."],
    ),
    "entries out of order": (
        {"version": 3, "changes": [CHANGE | {"version": 3}, CHANGE]},
        ["changes: se encontró [3, 2], se esperaba: entradas en el orden de sus versiones y días. Ordénelas."],
    ),
    "a version zero": ({"version": 0}, ["version: se encontró 0"]),
    "a revision whose new value is not in force": (
        {"revisions": [REVISION | {"new": 500}]},
        ["revisions.0.new: se encontró 500, se esperaba: 420, como dice la meta de 2020-Q2. Corrija uno de los dos."],
    ),
    "a revision that does not begin where the one before ended": (
        {"revisions": [REVISION | {"new": 410}, REVISION | {"old": 405}]},
        ["revisions.1.old: se encontró 405, se esperaba: 410, como lo dejó la revisión anterior."],
    ),
    "revisions out of order": (
        {"revisions": [REVISION | {"new": 410}, REVISION | {"old": 410, "effective_from": "2020-Q1"}]},
        ["revisions.1.effective_from: se encontró «2020-Q1», se esperaba: 2020-Q2 o después"],
    ),
    "a revision of a target without what it covers": (
        {"revisions": [{name: REVISION[name] for name in REVISION if name != "period"}]},
        ["revisions.0.period: no se encontró nada, se esperaba: lo que abarca la meta, como 2020-Q2."],
    ),
    "a revision of the baseline with a period": (
        {"revisions": [REVISION | {"what": "baseline"}]},
        ["revisions.0.period: se encontró «2020-Q2», se esperaba: nada, porque what es baseline."],
    ),
    "a revision that changes nothing": (
        {"revisions": [REVISION | {"old": 420}]},
        ["revisions.0.new: se encontró 420, se esperaba: un valor distinto de old (420)."],
    ),
    "a revision without a letter": (
        {"revisions": [{name: REVISION[name] for name in REVISION if name != "letter"}]},
        ["revisions.0.letter: no se encontró nada, se esperaba un valor. Agregue la clave."],
    ),
    "a revision of a breakdown that is none": (
        {"revisions": [REVISION | {"disaggregation": "state", "category": "09", "new": None}]},
        ["revisions.0.disaggregation: se encontró «state», se esperaba: una de disaggregations"],
    ),
    "a milestone without stages": (
        STAGES | {"stages": []},
        [
            "stages: no se encontró nada, se esperaba: dos o más etapas, porque measure es "
            "milestone. Escríbalas desde la etapa 0."
        ],
    ),
    "stages of a count": (
        {"stages": ["a", "b"]},
        ['stages: se encontró ["a", "b"], se esperaba: etapas sólo con measure: milestone'],
    ),
    "a stage twice": (
        STAGES | {"stages": ["a", "a"]},
        ['stages: se encontró ["a", "a"], se esperaba: cada etapa una vez.'],
    ),
    "a target beyond the last stage": (
        STAGES | {"targets": {"2020-Q2": 3}},
        ["targets.2020-Q2: se encontró 3, se esperaba: el número de una etapa, de 0 a 2."],
    ),
    "a baseline between two stages": (
        STAGES | {"baseline": {"value": 0.5, "measured_on": "2020-01-01"}},
        ["baseline.value: se encontró 0.5, se esperaba: el número de una etapa, de 0 a 2."],
    ),
    "a milestone with decimals": (
        STAGES | {"decimals": 1},
        ["decimals: se encontró 1, se esperaba: 0, porque measure es milestone"],
    ),
    "new persons that accumulate": (
        {"measure": "new_persons", "span": "cumulative"},
        ["span: se encontró «cumulative», se esperaba: period, porque measure es new_persons."],
    ),
    "a count of the latest quarter": (
        {"span": "latest"},
        ["span: se encontró «latest», se esperaba: period o cumulative, porque measure es count."],
    ),
    "a span that is none": ({"span": "anual"}, ["span: se encontró «anual»", "uno de: period, cumulative, latest"]),
    "a representative count": (
        {"representative": {"denominator": "enrolments_entered"}},
        ["representative: se encontró «count», se esperaba: una medida de puntajes: mean o top_two_box. Quítelo."],
    ),
    "a top-two-box of certificates": (
        {"measure": "top_two_box"},
        ["evidence: se encontró «certificates», se esperaba: scored_answers, porque measure es top_two_box."],
    ),
    "a share of typed figures": (
        {"measure": "share", "evidence": "reported_values"},
        [
            "evidence: se encontró «reported_values», se esperaba: registros de los que cada uno "
            "cumple o no, porque measure es share."
        ],
    ),
    "a reconciliation by the official rule": (
        {"reconciliation": ["edition"]},
        ['reconciliation: se encontró ["edition"], se esperaba: [event]: la que no es attribution.'],
    ),
    "a breakdown twice": (
        {"disaggregations": ["sex", "sex"]},
        ["disaggregations.1: se encontró «sex», se esperaba: cada desagregación una vez. Quite uno."],
    ),
    "a crossed breakdown the other way round": (
        {"disaggregations": [["sex", "edition"], ["edition", "sex"]]},
        ["disaggregations.1: se encontró «edition×sex», se esperaba: cada desagregación una vez."],
    ),
    "a breakdown crossed with itself": (
        {"disaggregations": [["sex", "sex"]]},
        ['disaggregations.0: se encontró ["sex", "sex"], se esperaba: dos desagregaciones distintas.'],
    ),
    "a breakdown in Spanish": ({"disaggregations": ["sexo"]}, ["disaggregations.0", "«sexo»"]),
    "a percentage that is a count": (
        {"data_type": "percentage"},
        ["data_type: se encontró «percentage», se esperaba: un tipo que dé measure: count con decimals: 0."],
    ),
    "whole numbers with decimals": (SCORE | {"data_type": "integer"}, ["data_type: se encontró «integer»"]),
    "a range the wrong way round": (
        {"plausible": {"min": 5, "max": 1}},
        ["plausible.max: se encontró 1, se esperaba: 5 o más, porque min es 5."],
    ),
    "a band the wrong way round": ({"change_band": {"min": 50, "max": -50}}, ["change_band.max: se encontró -50"]),
    "a negative tolerance": ({"tolerance": -1}, ["tolerance: se encontró -1"]),
    "too many decimals": ({"decimals": 9}, ["decimals: se encontró 9"]),
    "a state in English": ({"state": "draft"}, ["state: se encontró «draft»", "uno de: borrador, vigente, retirado"]),
    "a level that is none": ({"level": "output"}, ["level: se encontró «output»", "uno de: producto, efecto"]),
    "a name in one language": (
        {"name": {"es": "x"}},
        ["name.en: no se encontró nada, se esperaba un valor. Agregue la clave."],
    ),
    "an empty definition": ({"definition": {"es": "", "en": "x"}}, ["definition.es: no se encontró nada"]),
    "a code with a blank": ({"code": "T 1"}, ["code: se encontró «T 1»"]),
    "an evidence with a path": ({"evidence": "../certificates"}, ["evidence: se encontró «../certificates»"]),
    "a key that is none": (
        {"metas": {}},
        ["metas: se encontró una clave que no existe", "Quítela o corrija su nombre."],
    ),
    "an assessment planned in the past": (
        {"assessments": [{"assessed_on": "2020-05-01", "reviewer": "Puesto"}], "next_assessment_on": "2020-04-01"},
        [
            "next_assessment_on: se encontró «2020-04-01», se esperaba: un día después de la última "
            "evaluación (2020-05-01)."
        ],
    ),
    "a year of three digits": (
        {"report_years": [202]},
        ["report_years.0: se encontró 202, se esperaba: un año como 2020."],
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_definition_is_told_with_file_key_value_and_mend(tmp_path: Path, what: str) -> None:
    changes, expected = WRONG[what]
    message = told(tmp_path, changes)
    for line in message.splitlines():
        assert line.startswith("T-1.yaml: ")
        assert "se encontró " in line
    assert [part for part in expected if part not in message] == [], message


def test_every_problem_of_a_definition_is_told_at_once(tmp_path: Path) -> None:
    message = told(tmp_path, {"total": False, "stages": ["a", "b"], "version": 2})
    assert [line.split(": ")[1] for line in message.splitlines()] == ["stages", "targets", "changes"]


# -- framework.yaml and periods.yaml -------------------------------------------------------------------------------

LIMIT = {"period": "2020-Q2", "received_until": "2020-07-15", "reason": "Oficio"}


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        (
            [LIMIT | {"period": "2021-Q1"}],
            "limits.0.period: se encontró «2021-Q1», se esperaba: un trimestre de 2020-Q1 a 2020-Q4",
        ),
        ([LIMIT, LIMIT], "limits.1.period: se encontró «2020-Q2», se esperaba: un límite por trimestre. Quite uno."),
        (
            [LIMIT | {"received_until": "2020-06-15"}],
            "limits.0.received_until: se encontró «2020-06-15», se esperaba: el último día de 2020-Q2 o después.",
        ),
        ([{"period": "2020-Q2", "received_until": "2020-07-15"}], "limits.0.reason: no se encontró nada"),
    ],
)
def test_a_wrong_limit_of_a_quarter_is_told(tmp_path: Path, limits: list[dict[str, Any]], expected: str) -> None:
    content = {"first": "2020-Q1", "last": "2020-Q4", "limits": limits}
    with pytest.raises(ContractError) as raised:
        read_yaml(written(tmp_path, content, "periods.yaml"), Periods)
    assert str(raised.value).startswith("periods.yaml: ")
    assert expected in str(raised.value)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"status": {"achieved": 90, "on_track": 100}},
            "status.on_track: se encontró 100, se esperaba: 90 cuando más, el valor de achieved.",
        ),
        (
            {"project_status": {"achieved": 50}},
            "project_status.on_track: se encontró 75, se esperaba: 50 cuando más, el valor de achieved.",
        ),
        (
            {"approvers": [{"user": "ana", "name": "A"}, {"user": "ana", "name": "B"}]},
            "approvers: se encontró «ana», se esperaba: cada uno una vez. Quite uno.",
        ),
        ({"fiscal_year_starts": 9}, "fiscal_year_starts: se encontró 9"),
        ({"small_cell": 0}, "small_cell: se encontró 0"),
        ({"minimum_n": 0}, "minimum_n: se encontró 0"),
    ],
)
def test_a_wrong_framework_is_told(tmp_path: Path, changes: dict[str, Any], expected: str) -> None:
    content = yaml.safe_load((ROOT / "framework/framework.yaml").read_text(encoding="utf-8")) | changes
    with pytest.raises(ContractError) as raised:
        read_yaml(written(tmp_path, content, "framework.yaml"), Framework)
    assert f"framework.yaml: {expected}" in str(raised.value)


# -- across files --------------------------------------------------------------------------------------------------


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A copy of the project's own files."""
    for folder in ("framework", "sources", "expectations"):
        shutil.copytree(ROOT / folder, tmp_path / "project" / folder)
    return tmp_path / "project"


def told_across(root: Path, file: str, changes: dict[str, Any]) -> str:
    path = root / "framework" / file
    written(path.parent, yaml.safe_load(path.read_text(encoding="utf-8")) | changes, path.name)
    with pytest.raises(ContractError) as raised:
        load_project(root)
    return str(raised.value)


ACROSS: dict[str, tuple[str, dict[str, Any], str]] = {
    "an unknown parent": (
        "indicators/L2-02.yaml",
        {"parent": "PR-9"},
        "L2-02.yaml: parent: se encontró «PR-9», se esperaba una de: EF-1, EF-2, OB-1, PR-1.1",
    ),
    "a level above its parent's": (
        "indicators/L2-02.yaml",
        {"level": "efecto"},
        "L2-02.yaml: level: se encontró «efecto», se esperaba uno que quepa en PR-2.1, de nivel producto.",
    ),
    "a target of another decade": (
        "indicators/L2-02.yaml",
        {"targets": {"2202-Q2": 1}},
        "L2-02.yaml: targets.2202-Q2: se encontró «2202-Q2», se esperaba una parte del proyecto, de 2020-Q1 a 2020-Q4.",
    ),
    "a revision after the last quarter": (
        "indicators/L2-02.yaml",
        {"revisions": [REVISION | {"effective_from": "2021-Q1"}]},
        "L2-02.yaml: revisions.0.effective_from: se encontró «2021-Q1», se esperaba un trimestre de 2020-Q1 a 2020-Q4.",
    ),
    "a category in English": (
        "indicators/L2-02.yaml",
        {"category_targets": [WOMEN | {"category": "female"}]},
        "L2-02.yaml: category_targets.0.category: se encontró «female», se esperaba una de sex: mujer, hombre",
    ),
    "an edition that is none": (
        "indicators/L2-02.yaml",
        {"category_targets": [WOMEN | {"disaggregation": "edition", "category": "NEISP"}]},
        "category_targets.0.category: se encontró «NEISP», se esperaba una de edition: NEISP-2020-1, EISP-UIF-2020.",
    ),
    "half of a crossed category": (
        "indicators/L2-06.yaml",
        {"category_targets": [WOMEN | {"disaggregation": "module×edition", "category": "M1"}]},
        "category_targets.0.category: se encontró «M1», se esperaba una categoría de module×edition, "
        "como «M1 × NEISP-2020-1».",
    ),
    "a question that has no scores": (
        "indicators/L2-09.yaml",
        {"parameters": {"survey": "salida-neisp", "question": "P09", "sub_code": ""}},
        "L2-09.yaml: parameters.question: se encontró «P09», se esperaba una de las preguntas con "
        "puntaje de salida-neisp: P01",
    ),
    "an output above an outcome": (
        "results.yaml",
        {"results": [
            {"result": "PR-2.1", "level": "producto", "name": {"es": "x", "en": "x"}},
            {"result": "EF-2", "level": "efecto", "name": {"es": "x", "en": "x"}, "parent": "PR-2.1"},
        ]},
        "results.yaml: EF-2: parent: se encontró «PR-2.1», de nivel producto, se esperaba uno por encima de efecto.",
    ),
    "an output below an output": (
        "results.yaml",
        {"results": [
            {"result": "PR-1", "level": "producto", "name": {"es": "x", "en": "x"}},
            {"result": "PR-2", "level": "producto", "name": {"es": "x", "en": "x"}, "parent": "PR-1"},
        ]},
        "results.yaml: PR-2: parent: se encontró «PR-1», de nivel producto, se esperaba uno por encima de producto.",
    ),
    "a circle of results": (
        "results.yaml",
        {"results": [
            {"result": "RI-1", "level": "resultado_intermedio", "name": {"es": "x", "en": "x"}, "parent": "RI-2"},
            {"result": "RI-2", "level": "resultado_intermedio", "name": {"es": "x", "en": "x"}, "parent": "RI-1"},
        ]},
        "results.yaml: RI-1: parent: se encontró «RI-2», no se esperaba un círculo: contribuye a sí mismo.",
    ),
    "a result twice": (
        "results.yaml",
        {"results": [{"result": "OB-1", "level": "objetivo", "name": {"es": "x", "en": "x"}}] * 2},
        "resultado OB-1: se encontró dos veces, se esperaban claves únicas.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", ACROSS)
def test_what_no_single_file_can_break_is_told_with_file_key_value_and_mend(root: Path, what: str) -> None:
    message = told_across(root, *ACROSS[what][:2])
    assert ACROSS[what][2] in message, message


# -- what an evidence can give -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"measure": "share"},
            "measure: se encontró «share», se esperaba una que no necesite hit: los registros de «certificates»",
        ),
        ({"measure": "response_rate"}, "measure: se encontró «response_rate», se esperaba una que no necesite hit"),
        ({"measure": "sum"}, "measure: se encontró «sum», se esperaba una que no necesite value"),
        (
            {"evidence": "reported_values", "measure": "persons", "attribution": "event", "disaggregations": []},
            "measure: se encontró «persons», se esperaba una que no necesite account_key",
        ),
        (
            {"evidence": "attendances", "disaggregations": []},
            "attribution: se encontró «edition», se esperaba event: los registros de «attendances» "
            "no son de ninguna edición.",
        ),
        (
            {"disaggregations": ["module"]},
            "disaggregations: se encontró «module», se esperaba algo que tengan los registros de "
            "«certificates»: course, edition, institution,",
        ),
        (
            {"parameters": {"encuesta": "salida"}},
            "parameters.encuesta: se encontró un parámetro que «certificates» no admite, se esperaba uno de: ninguno.",
        ),
    ],
)
def test_a_definition_that_asks_what_its_evidence_has_not_is_told(changes: dict[str, Any], expected: str) -> None:
    (problem,) = misfits(Indicator(**(RIGHT | changes)))
    assert problem.startswith(f"indicador T-1: {expected}"), problem


def test_every_definition_of_the_project_fits_its_evidence_and_has_a_whole_sheet() -> None:
    for indicator in load_project(ROOT).indicators:
        assert misfits(indicator) == []
        assert pirs_gaps(indicator) == []


def test_a_sheet_tells_what_it_lacks() -> None:
    bare = ["parent", "unit_en", "rationale", "data_source", "method", "responsible", "limitations", "updated_on"]
    assert pirs_gaps(Indicator(**RIGHT)) == bare
    assert pirs_gaps(Indicator(**RIGHT, direction="decrease")) == [*bare, "baseline"]
