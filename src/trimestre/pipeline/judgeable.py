"""What of ``expectations/*.yaml`` no night could judge rows by, found without a warehouse.

Great Expectations, whose import takes seconds, is asked only about what is none of the usual forms.

Data flow: suite -> errors, a line each, for ``trimestre check``.
"""

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from trimestre.contracts import Project
from trimestre.contracts.expectations import Rule, Suite
from trimestre.contracts.telling import shown
from trimestre.errors import ContractError
from trimestre.pipeline.expecting import expectation_of, import_ahead
from trimestre.texts import IN_VAIN, NIGHT
from trimestre.warehouse.entities import ENTITIES
from trimestre.warehouse.tables import STAGING

_USUAL = {
    "expect_column_values_to_not_be_null": [],
    "expect_column_values_to_be_in_set": ["value_set"],
    "expect_column_values_to_match_regex": ["regex"],
}
"""Expectations of which it is known what they take."""


def not_judgeable(project: Project, suite: Suite) -> Iterator[str]:
    """What is wrong with the rules of an entity."""
    if suite.entity not in ENTITIES:
        yield IN_VAIN["no_entity"].format(entity=suite.entity, known=", ".join(ENTITIES))
        return
    columns = [column.name for column in STAGING[suite.entity].columns]
    for rule in suite.rules:
        named = {"entity": suite.entity, "rule": rule.rule}
        if rule.column is not None and rule.column not in columns:
            yield IN_VAIN["no_column"].format(
                **named, found=rule.column, known=", ".join(ENTITIES[suite.entity].fields)
            )
        elif rule.expectation is not None:
            yield from _of_expectation(project, rule, named)


def _of_expectation(project: Project, rule: Rule, named: dict[str, str]) -> Iterator[str]:
    listed = rule.kwargs.get("value_set", ())
    for value in () if isinstance(listed, str) else listed:
        if isinstance(value, bool):
            yield IN_VAIN["yes_or_no"].format(**named, found=shown(value))
    if _USUAL.get(rule.expectation or "") == sorted(rule.kwargs):
        return
    if not _is_known(rule.expectation or ""):
        yield NIGHT["expectation"].format(rule=rule.rule, found=rule.expectation)
        return
    import_ahead()
    try:
        expectation_of(project, rule, None)
    except ContractError as error:
        yield str(error)
    except ValueError:  # a ValidationError of pydantic's first version, whose text is long and English
        yield IN_VAIN["arguments"].format(**named, found=shown(rule.kwargs), expectation=rule.expectation)


def _is_known(name: str) -> bool:
    """Whether Great Expectations has an expectation of that name, as its files tell."""
    package = find_spec("great_expectations")  # which imports nothing
    places = package.submodule_search_locations if package else None
    return any((Path(place) / "expectations" / "core" / f"{name}.py").is_file() for place in places or ())
