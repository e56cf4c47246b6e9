"""Rules that every entity has without any suite: no predicate, since the pipeline itself finds what fails them."""

from collections.abc import Mapping

from trimestre.contracts.expectations import Rule, Suite
from trimestre.texts.rules import COMMON_RULE_WORDS

COMMON_RULES = {
    rule: Rule(rule=rule, severity=severity, unexpected_rows="FALSE", **COMMON_RULE_WORDS[rule])
    for rule, severity in (
        ("clave_en_conflicto", "critical"),  # its predicate depends on the entity's key: trimestre.pipeline.validation
        ("registro_ilegible", "critical"),  # found while parsing, before there is any row
        ("correccion_por_revisar", "warning"),  # found while staging, by the correction itself
    )
}
"""Rules by code."""


def find_rule(suites: Mapping[str, Suite], entity: str, rule: str) -> Rule | None:
    """A rule by its entity and code, of a suite or one that every entity has; ``None`` when it has left its suite."""
    suite = suites.get(entity)
    return COMMON_RULES.get(rule) or (suite.rule(rule) if suite else None)
