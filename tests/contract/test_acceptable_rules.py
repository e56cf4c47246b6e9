"""Rules whose rows a person may accept: none that guards a cast, a key or a code, or the merge would break on them."""

from pathlib import Path
from typing import Any

import pytest

from trimestre.contracts.base import read_yaml
from trimestre.contracts.common_rules import COMMON_RULES
from trimestre.contracts.expectations import CASTS, Rule, Suite
from trimestre.warehouse.entities import ENTITIES

SUITES = [
    read_yaml(path, Suite) for path in sorted((Path(__file__).resolve().parents[2] / "expectations").glob("*.yaml"))
]
ACCEPTABLE = [
    pytest.param(suite.entity, rule, id=f"{suite.entity}.{rule.rule}")
    for suite in SUITES
    for rule in suite.rules
    if rule.acceptable
]
TEXTS = {"what": "Q.", "why": "P.", "how_to_fix": "C."}


@pytest.mark.parametrize(("entity", "rule"), ACCEPTABLE)
def test_an_accepted_row_can_be_merged(entity: str, rule: Rule) -> None:
    assert rule.severity == "critical"
    assert rule.check not in CASTS
    assert rule.expectation is None, "what is not in a set or missing is no value at all"
    assert ENTITIES[entity].name != "account_identity"


def test_some_rules_may_be_accepted_and_none_that_stands_in_no_suite() -> None:
    assert ACCEPTABLE
    assert not any(rule.acceptable for rule in COMMON_RULES.values())


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"severity": "warning", "check": "not_future"}, "porque severity es warning"),
        *(({"severity": "critical", "check": check}, "no se puede cargar") for check in CASTS),
        ({"severity": "critical", "expectation": "expect_column_values_to_not_be_null"}, "no se puede cargar"),
    ],
)
def test_a_rule_that_can_not_be_accepted_says_so(given: dict[str, Any], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        Rule(rule="r", column="edition", acceptable=True, **TEXTS, **given)


def test_what_may_be_accepted_is_no_reason_to_read_everything_again() -> None:
    rule = Rule(rule="r", severity="critical", column="edition", check="not_future", **TEXTS)
    accepted = rule.model_copy(update={"acceptable": True})
    one, other = (Suite(entity="enrolment", rules=(given,)) for given in (rule, accepted))
    assert one.judgement() == other.judgement()
