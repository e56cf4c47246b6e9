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
    "a fifth quarter": ({"targets": {"2020-Q5": 1}}, ["targets.2020-Q5", "'2020-Q5'"]),
    "a quarter the other way round": ({"targets": {"Q2-2020": 1}}, ["targets.Q2-2020", "'Q2-2020'"]),
    "a Spanish trimester": ({"targets": {"2020-T2": 1}}, ["targets.2020-T2"]),
    "a third semester": ({"targets": {"2020-H3": 1}}, ["targets.2020-H3"]),
    "a fiscal quarter as a target": ({"targets": {"FY2020-Q3": 1}}, ["targets.FY2020-Q3"]),
    "a target that is a word": ({"targets": {"2020-Q2": "muchas"}}, ["targets.2020-Q2", "'muchas'"]),
    "a target of yes": ({"targets": {"2020-Q2": True}}, ["targets.2020-Q2", "yes, no, on and off"]),
    "a target of the project among the others": (
        {"targets": {"project": 500}},
        ["targets.project: found 500, expected quarters, semesters or years. Move it to life_of_project_target."],
    ),
    "targets where a total means nothing": (
        {"total": False},
        ["targets: found ['2020-Q2'], expected none where total: false."],
    ),
    "a target of the project where a total means nothing": (
        {"total": False, "targets": {}, "life_of_project_target": 5},
        ["life_of_project_target: found 5, expected none where total: false. Remove it."],
    ),
    "a category target of a breakdown that is none": (
        {"category_targets": [WOMEN | {"disaggregation": "state"}]},
        ["category_targets.0.disaggregation: found 'state', expected one of disaggregations: sex, edition, "],
    ),
    "a category target of the total": (
        {"category_targets": [WOMEN | {"disaggregation": "total", "category": "total"}]},
        ["category_targets.0.disaggregation: found 'total'"],
    ),
    "two targets for the same thing": (
        {"category_targets": [WOMEN, WOMEN | {"target": 300}]},
        ["category_targets.1: found '2020-Q2 sex mujer', expected one target for each period"],
    ),
    "a baseline without its day": (
        {"baseline": {"value": 3}},
        ["baseline.measured_on: found nothing, expected the day of a value that is known. Add it, or value: null."],
    ),
    "a baseline without a value": ({"baseline": {}}, ["baseline.value: found nothing, expected a value. Add the key."]),
    "a baseline of no": ({"baseline": {"value": False}}, ["baseline.value"]),
    "a second version without its entry": (
        {"version": 2},
        ["changes: found [], expected an entry for version 2. Say there what changed, and who decided."],
    ),
    "an entry of a later version": (
        {"changes": [CHANGE]},
        ["version: found 1, expected 2, the last version in changes."],
    ),
    "entries out of order": (
        {"version": 3, "changes": [CHANGE | {"version": 3}, CHANGE]},
        ["changes: found [3, 2], expected entries in the order of their versions and days. Order them."],
    ),
    "a version zero": ({"version": 0}, ["version: found 0"]),
    "a revision whose new value is not in force": (
        {"revisions": [REVISION | {"new": 500}]},
        ["revisions.0.new: found 500, expected 420, as the target of 2020-Q2 says. Correct one of the two."],
    ),
    "a revision that does not begin where the one before ended": (
        {"revisions": [REVISION | {"new": 410}, REVISION | {"old": 405}]},
        ["revisions.1.old: found 405, expected 410, as the revision before left it."],
    ),
    "revisions out of order": (
        {"revisions": [REVISION | {"new": 410}, REVISION | {"old": 410, "effective_from": "2020-Q1"}]},
        ["revisions.1.effective_from: found '2020-Q1', expected 2020-Q2 or later"],
    ),
    "a revision of a target without what it covers": (
        {"revisions": [{name: REVISION[name] for name in REVISION if name != "period"}]},
        ["revisions.0.period: found nothing, expected what the target covers, such as 2020-Q2."],
    ),
    "a revision of the baseline with a period": (
        {"revisions": [REVISION | {"what": "baseline"}]},
        ["revisions.0.period: found '2020-Q2', expected none for what: baseline."],
    ),
    "a revision that changes nothing": (
        {"revisions": [REVISION | {"old": 420}]},
        ["revisions.0.new: found 420, expected another value than old (420)."],
    ),
    "a revision without a letter": (
        {"revisions": [{name: REVISION[name] for name in REVISION if name != "letter"}]},
        ["revisions.0.letter: found nothing, expected a value. Add the key."],
    ),
    "a revision of a breakdown that is none": (
        {"revisions": [REVISION | {"disaggregation": "state", "category": "09", "new": None}]},
        ["revisions.0.disaggregation: found 'state', expected one of disaggregations"],
    ),
    "a milestone without stages": (
        STAGES | {"stages": []},
        ["stages: found nothing, expected two or more stages for a milestone. List them from 0 on."],
    ),
    "stages of a count": ({"stages": ["a", "b"]}, ["stages: found ['a', 'b'], expected stages for measure: milestone"]),
    "a stage twice": (STAGES | {"stages": ["a", "a"]}, ["stages: found ['a', 'a'], expected every stage once."]),
    "a target beyond the last stage": (
        STAGES | {"targets": {"2020-Q2": 3}},
        ["targets.2020-Q2: found 3, expected the number of a stage, from 0 to 2."],
    ),
    "a baseline between two stages": (
        STAGES | {"baseline": {"value": 0.5, "measured_on": "2020-01-01"}},
        ["baseline.value: found 0.5, expected the number of a stage, from 0 to 2."],
    ),
    "a milestone with decimals": (STAGES | {"decimals": 1}, ["decimals: found 1, expected 0 for a milestone"]),
    "new persons that accumulate": (
        {"measure": "new_persons", "span": "cumulative"},
        ["span: found 'cumulative', expected period for measure: new_persons."],
    ),
    "a count of the latest quarter": (
        {"span": "latest"},
        ["span: found 'latest', expected period or cumulative for measure: count."],
    ),
    "a span that is none": ({"span": "anual"}, ["span: found 'anual'", "'period', 'cumulative' or 'latest'"]),
    "a representative count": (
        {"representative": {"denominator": "enrolments_entered"}},
        ["representative: found 'count', expected a measure of scores: mean or top_two_box. Remove it."],
    ),
    "a top-two-box of certificates": (
        {"measure": "top_two_box"},
        ["evidence: found 'certificates', expected scored_answers for measure: top_two_box."],
    ),
    "a share of typed figures": (
        {"measure": "share", "evidence": "reported_values"},
        ["evidence: found 'reported_values', expected rows of which each hits or not for measure: share."],
    ),
    "a reconciliation by the official rule": (
        {"reconciliation": ["edition"]},
        ["reconciliation: found ['edition'], expected [event]: the other one than attribution."],
    ),
    "a breakdown twice": (
        {"disaggregations": ["sex", "sex"]},
        ["disaggregations.1: found 'sex', expected every breakdown once. Remove one."],
    ),
    "a crossed breakdown the other way round": (
        {"disaggregations": [["sex", "edition"], ["edition", "sex"]]},
        ["disaggregations.1: found 'edition×sex', expected every breakdown once."],
    ),
    "a breakdown crossed with itself": (
        {"disaggregations": [["sex", "sex"]]},
        ["disaggregations.0: found ['sex', 'sex'], expected two different dimensions."],
    ),
    "a breakdown in Spanish": ({"disaggregations": ["sexo"]}, ["disaggregations.0", "'sexo'"]),
    "a percentage that is a count": (
        {"data_type": "percentage"},
        ["data_type: found 'percentage', expected a type that measure: count with decimals: 0 gives."],
    ),
    "whole numbers with decimals": (SCORE | {"data_type": "integer"}, ["data_type: found 'integer'"]),
    "a range the wrong way round": (
        {"plausible": {"min": 5, "max": 1}},
        ["plausible.max: found 1, expected at or above min (5)."],
    ),
    "a band the wrong way round": ({"change_band": {"min": 50, "max": -50}}, ["change_band.max: found -50"]),
    "a negative tolerance": ({"tolerance": -1}, ["tolerance: found -1"]),
    "too many decimals": ({"decimals": 9}, ["decimals: found 9"]),
    "a state in English": ({"state": "draft"}, ["state: found 'draft'", "'borrador', 'vigente' or 'retirado'"]),
    "a level that is none": ({"level": "output"}, ["level: found 'output'", "'producto', 'efecto'"]),
    "a name in one language": ({"name": {"es": "x"}}, ["name.en: found nothing, expected a value. Add the key."]),
    "an empty definition": ({"definition": {"es": "", "en": "x"}}, ["definition.es: found ''"]),
    "a code with a blank": ({"code": "T 1"}, ["code: found 'T 1'"]),
    "an evidence with a path": ({"evidence": "../certificates"}, ["evidence: found '../certificates'"]),
    "a key that is none": ({"metas": {}}, ["metas: found an unknown key", "Remove or rename it."]),
    "an assessment planned in the past": (
        {"assessments": [{"assessed_on": "2020-05-01", "reviewer": "Puesto"}], "next_assessment_on": "2020-04-01"},
        ["next_assessment_on: found '2020-04-01', expected a day after the last assessment (2020-05-01)."],
    ),
    "a year of three digits": ({"report_years": [202]}, ["report_years.0: found 202, expected a year such as 2020."]),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_definition_is_told_with_file_key_value_and_mend(tmp_path: Path, what: str) -> None:
    changes, expected = WRONG[what]
    message = told(tmp_path, changes)
    for line in message.splitlines():
        assert line.startswith("T-1.yaml: ")
        assert ": found " in line
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
            "limits.0.period: found '2021-Q1', expected a quarter from 2020-Q1 to 2020-Q4",
        ),
        ([LIMIT, LIMIT], "limits.1.period: found '2020-Q2', expected one limit a quarter. Remove one."),
        (
            [LIMIT | {"received_until": "2020-06-15"}],
            "limits.0.received_until: found '2020-06-15', expected a day at or after the end of 2020-Q2.",
        ),
        ([{"period": "2020-Q2", "received_until": "2020-07-15"}], "limits.0.reason: found nothing"),
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
            "status.on_track: found 100, expected at most achieved (90).",
        ),
        ({"project_status": {"achieved": 50}}, "project_status.on_track: found 75, expected at most achieved (50)."),
        (
            {"approvers": [{"user": "ana", "name": "A"}, {"user": "ana", "name": "B"}]},
            "approvers: found 'ana', expected every one once. Remove one.",
        ),
        ({"fiscal_year_starts": 9}, "fiscal_year_starts: found 9"),
        ({"small_cell": 0}, "small_cell: found 0"),
        ({"minimum_n": 0}, "minimum_n: found 0"),
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
        "L2-02.yaml: parent: found 'PR-9', expected one of: EF-1, EF-2, OB-1, PR-1.1",
    ),
    "a level above its parent's": (
        "indicators/L2-02.yaml",
        {"level": "efecto"},
        "L2-02.yaml: level: found 'efecto', expected one that fits its parent PR-2.1 of level producto.",
    ),
    "a target of another decade": (
        "indicators/L2-02.yaml",
        {"targets": {"2202-Q2": 1}},
        "L2-02.yaml: targets.2202-Q2: found '2202-Q2', expected a part of the project from 2020-Q1 to 2020-Q4.",
    ),
    "a revision after the last quarter": (
        "indicators/L2-02.yaml",
        {"revisions": [REVISION | {"effective_from": "2021-Q1"}]},
        "L2-02.yaml: revisions.0.effective_from: found '2021-Q1', expected a quarter from 2020-Q1 to 2020-Q4.",
    ),
    "a category in English": (
        "indicators/L2-02.yaml",
        {"category_targets": [WOMEN | {"category": "female"}]},
        "L2-02.yaml: category_targets.0.category: found 'female', expected one of sex: mujer, hombre",
    ),
    "an edition that is none": (
        "indicators/L2-02.yaml",
        {"category_targets": [WOMEN | {"disaggregation": "edition", "category": "NEISP"}]},
        "category_targets.0.category: found 'NEISP', expected one of edition: NEISP-2020-1, EISP-UIF-2020.",
    ),
    "half of a crossed category": (
        "indicators/L2-06.yaml",
        {"category_targets": [WOMEN | {"disaggregation": "module×edition", "category": "M1"}]},
        "category_targets.0.category: found 'M1', expected a category of module×edition, such as 'M1 × NEISP-2020-1'.",
    ),
    "a question that has no scores": (
        "indicators/L2-09.yaml",
        {"parameters": {"survey": "salida-neisp", "question": "P09", "sub_code": ""}},
        "L2-09.yaml: parameters.question: found 'P09', expected one of the scored questions of salida-neisp: P01",
    ),
    "an output above an outcome": (
        "results.yaml",
        {"results": [
            {"result": "PR-2.1", "level": "producto", "name": {"es": "x", "en": "x"}},
            {"result": "EF-2", "level": "efecto", "name": {"es": "x", "en": "x"}, "parent": "PR-2.1"},
        ]},
        "results.yaml: EF-2: parent: found 'PR-2.1' of level producto, expected one above efecto.",
    ),
    "an output below an output": (
        "results.yaml",
        {"results": [
            {"result": "PR-1", "level": "producto", "name": {"es": "x", "en": "x"}},
            {"result": "PR-2", "level": "producto", "name": {"es": "x", "en": "x"}, "parent": "PR-1"},
        ]},
        "results.yaml: PR-2: parent: found 'PR-1' of level producto, expected one above producto.",
    ),
    "a circle of results": (
        "results.yaml",
        {"results": [
            {"result": "RI-1", "level": "resultado_intermedio", "name": {"es": "x", "en": "x"}, "parent": "RI-2"},
            {"result": "RI-2", "level": "resultado_intermedio", "name": {"es": "x", "en": "x"}, "parent": "RI-1"},
        ]},
        "results.yaml: RI-1: parent: found 'RI-2', expected no circle: it contributes to itself.",
    ),
    "a result twice": (
        "results.yaml",
        {"results": [{"result": "OB-1", "level": "objetivo", "name": {"es": "x", "en": "x"}}] * 2},
        "results: found result OB-1 twice, expected unique codes.",
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
        ({"measure": "share"}, "measure: found 'share', expected one that needs no hit: the evidence 'certificates'"),
        ({"measure": "response_rate"}, "measure: found 'response_rate', expected one that needs no hit"),
        ({"measure": "sum"}, "measure: found 'sum', expected one that needs no value"),
        (
            {"evidence": "reported_values", "measure": "persons", "attribution": "event", "disaggregations": []},
            "measure: found 'persons', expected one that needs no account_key",
        ),
        (
            {"evidence": "attendances", "disaggregations": []},
            "attribution: found 'edition', expected event: rows of 'attendances' are of no edition.",
        ),
        (
            {"disaggregations": ["module"]},
            "disaggregations: found 'module', expected what rows of 'certificates' have: course, edition, institution,",
        ),
        (
            {"parameters": {"encuesta": "salida"}},
            "parameters.encuesta: found a parameter that 'certificates' does not take, expected one of: none.",
        ),
    ],
)
def test_a_definition_that_asks_what_its_evidence_has_not_is_told(changes: dict[str, Any], expected: str) -> None:
    (problem,) = misfits(Indicator(**(RIGHT | changes)))
    assert problem.startswith(f"indicator T-1: {expected}"), problem


def test_every_definition_of_the_project_fits_its_evidence_and_has_a_whole_sheet() -> None:
    for indicator in load_project(ROOT).indicators:
        assert misfits(indicator) == []
        assert pirs_gaps(indicator) == []


def test_a_sheet_tells_what_it_lacks() -> None:
    bare = ["parent", "unit_en", "rationale", "data_source", "method", "responsible", "limitations", "updated_on"]
    assert pirs_gaps(Indicator(**RIGHT)) == bare
    assert pirs_gaps(Indicator(**RIGHT, direction="decrease")) == [*bare, "baseline"]
