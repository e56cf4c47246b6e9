"""The expectation suites of the project fit the entities, the staging tables and Great Expectations."""

from pathlib import Path

import pytest

from trimestre.contracts import load_project
from trimestre.contracts.base import read_yaml
from trimestre.contracts.common_rules import COMMON_RULES
from trimestre.contracts.expectations import Rule, Suite
from trimestre.errors import ContractError
from trimestre.pipeline.judgeable import not_judgeable
from trimestre.warehouse.entities import ENTITIES
from trimestre.warehouse.tables import STAGING

ROOT = Path(__file__).resolve().parents[2]
PATHS = sorted((ROOT / "expectations").glob("*.yaml"))
SUITES = {path.stem: read_yaml(path, Suite) for path in PATHS}
RULES = [pytest.param(entity, rule, id=f"{entity}.{rule.rule}") for entity, s in SUITES.items() for rule in s.rules]
GOOD = {"rule": "r", "severity": "critical", "what": "Q", "why": "P", "how_to_fix": "C", "column": "edition"}


def test_every_entity_has_the_suite_of_its_name() -> None:
    assert {stem: suite.entity for stem, suite in SUITES.items()} == {name: name for name in ENTITIES}


@pytest.mark.parametrize(("entity", "rule"), RULES)
def test_columns_exist_and_texts_are_sentences(entity: str, rule: Rule) -> None:
    assert rule.column in STAGING[entity].columns
    assert rule.rule not in COMMON_RULES
    for text in (rule.what, rule.why, rule.how_to_fix):
        assert text[0].isupper()
        assert text.endswith(".")


def test_every_expectation_exists_and_takes_its_arguments() -> None:
    import great_expectations.expectations as gxe

    for suite in SUITES.values():
        for rule in suite.rules:
            if rule.expectation:
                kind = getattr(gxe, "".join(part.title() for part in rule.expectation.split("_")))
                arguments = {name: [] if name == "value_set" else value for name, value in rule.kwargs.items()}
                kind(column=rule.column, severity=rule.severity, meta={"rule": rule.rule}, **arguments)


def test_great_expectations_is_asked_about_arguments_of_an_unusual_form() -> None:
    """By `trimestre check`; the night was the first to tell."""
    project = load_project(ROOT)

    def found(**kwargs: int) -> list[str]:
        asked = {"expectation": "expect_column_value_lengths_to_be_between", "kwargs": kwargs}
        rule = SUITES["account"].rules[2].model_copy(update=asked)
        return list(not_judgeable(project, SUITES["account"].model_copy(update={"rules": (rule,)})))

    assert found(min_value=1, max_value=9) == []
    (error,) = found(min_value=1, maximum=9)
    assert "se esperaba lo que pide expect_column_value_lengths_to_be_between" in error


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({}, "una de expectation, check y unexpected_rows"),
        ({"check": "date", "unexpected_rows": "FALSE"}, "una de expectation, check y unexpected_rows"),
        ({"check": "date", "column": None}, "la columna de la expectativa o del check"),
        ({"check": "date", "kwargs": {"regex": "x"}}, "ninguno sin expectation"),
        (
            {"expectation": "expect_column_max_to_be_between"},
            "el nombre de una expectativa de columna",
        ),
        (
            {"expectation": "expect_column_values_to_not_be_null", "kwargs": {"mostly": 0.9}},
            "que son de la regla: mostly",
        ),
        (
            {"expectation": "expect_column_values_to_be_in_set", "kwargs": {"value_set": "$editons"}},
            "o de: $editions",
        ),
        ({"unexpected_rows": "FALSE; DROP TABLE x"}, "una sola condición de SQL"),
        ({"check": "date", "severity": "info"}, "uno de: critical, warning"),
    ],
)
def test_a_wrong_rule_is_told(tmp_path: Path, change: dict[str, object], message: str) -> None:
    import yaml

    path = tmp_path / "enrolment.yaml"
    path.write_text(yaml.safe_dump({"entity": "enrolment", "rules": [{**GOOD, **change}]}), encoding="utf-8")
    with pytest.raises(ContractError) as raised:
        read_yaml(path, Suite)
    assert message in str(raised.value)


def test_a_rule_stands_once_in_a_suite() -> None:
    rule = Rule(**GOOD, check="date")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="una clave por regla"):
        Suite(entity="enrolment", rules=(rule, rule))
