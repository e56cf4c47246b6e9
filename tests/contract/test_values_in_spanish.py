"""What pydantic and the reader of YAML find is told in Spanish, whatever of it our models can meet."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic_core._pydantic_core import list_all_errors

from trimestre.contracts import decisions, reading  # noqa: F401 - so that every model is known
from trimestre.contracts.base import Contract, read_yaml
from trimestre.contracts.framework import Periods
from trimestre.contracts.telling import rule_of
from trimestre.errors import ContractError
from trimestre.orchestration.accounts import Account
from trimestre.texts import PATTERN_RULES, VALUE_RULES

OF_KINDS = {
    "bool": {"bool_parsing", "bool_type"},
    "date": {"date_from_datetime_inexact", "date_from_datetime_parsing", "date_parsing", "date_type"},
    "datetime": {"datetime_from_date_parsing", "datetime_object_invalid", "datetime_parsing", "datetime_type"},
    "dict": {"dict_type"},
    "float": {"finite_number", "float_parsing", "float_type"},
    "int": {"finite_number", "int_from_float", "int_parsing", "int_parsing_size", "int_type"},
    "literal": {"literal_error"},
    "model": {"model_attributes_type", "model_type"},
    "model-fields": {"extra_forbidden", "missing", "model_attributes_type"},
    "str": {"string_type", "string_unicode"},
    "tuple": {"tuple_type"},
}
"""Kind of schema -> the errors that it can give."""

HOLDING = frozenset({
    "any", "chain", "default", "definition-ref", "definitions", "function-after", "function-before", "function-wrap",
    "model-field", "no-info", "nullable", "union", "with-info",
    "is-instance", "json-or-python", "lax-or-strict",  # what holds the text of a password
})  # fmt: skip
"""Kinds that hold others, or raise what their function does."""

OF_LIMITS = {
    ("str", "pattern"): "string_pattern_mismatch",
    ("str", "min_length"): "string_too_short",
    ("str", "max_length"): "string_too_long",
    ("tuple", "min_length"): "too_short",
    ("dict", "min_length"): "too_short",
    ("datetime", "tz_constraint"): "timezone_aware",
    **{(kind, "gt"): "greater_than" for kind in ("int", "float")},
    **{(kind, "ge"): "greater_than_equal" for kind in ("int", "float")},
    **{(kind, "lt"): "less_than" for kind in ("int", "float")},
    **{(kind, "le"): "less_than_equal" for kind in ("int", "float")},
}
"""Kind and limit -> the error of a value beyond it."""

LIMITS = frozenset({"pattern", "min_length", "max_length", "gt", "ge", "lt", "le", "multiple_of", "tz_constraint"})
TOLD_APART = frozenset({"extra_forbidden", "missing"})
"""Errors with a sentence of their own."""


def models(kind: type[Contract]) -> Iterator[type[Contract]]:
    yield kind
    for below in kind.__subclasses__():
        yield from models(below)


def parts(schema: Any) -> Iterator[dict[str, Any]]:
    """Every schema within a schema."""
    if isinstance(schema, dict):
        if isinstance(schema.get("type"), str):
            yield schema
        for key, value in schema.items():
            if key not in ("metadata", "default", "serialization"):
                yield from parts(value)
    elif isinstance(schema, list | tuple):
        for value in schema:
            yield from parts(value)


SCHEMAS = [
    part
    for model in models(Contract)
    if model is Account or model.__module__.startswith("trimestre.contracts.")  # of a backup nobody writes the manifest
    for part in parts(model.__pydantic_core_schema__)
]


def test_every_error_that_a_model_can_give_is_told_in_spanish() -> None:
    kinds = {part["type"] for part in SCHEMAS}
    assert kinds <= set(OF_KINDS) | HOLDING, "say which errors they can give"
    limits = {(part["type"], limit) for part in SCHEMAS for limit in LIMITS & set(part)}
    assert limits <= set(OF_LIMITS), "say which error they can give"
    errors = set().union(*(OF_KINDS[kind] for kind in kinds - HOLDING)) | {OF_LIMITS[limit] for limit in limits}
    assert sorted(errors - set(VALUE_RULES) - TOLD_APART) == []


def test_every_pattern_is_told_in_words() -> None:
    assert {part["pattern"] for part in SCHEMAS if isinstance(part.get("pattern"), str)} <= set(PATTERN_RULES)


@pytest.mark.parametrize(
    "error", [one for one in list_all_errors() if one["type"] in VALUE_RULES], ids=lambda e: e["type"]
)
def test_a_rule_gets_what_it_names(error: Any) -> None:
    assert "{" not in rule_of({"type": error["type"], "ctx": error["example_context"] or {}})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("first: 2020-Q1\n\tlast: 2020-Q2\n", "línea 2"),
        ("first: @2020\n", "póngalo entre comillas"),
        ("first: 2020-Q1: x\n", "dos veces «: »"),
        ("first: [2020-Q1\nlast: x\n", "falta"),
        ("first: 'a\n", "comillas que no se cierran"),
        ("first: *a\n", "empieza con *"),
        ("first: !a b\n", "no es YAML"),
        ("first: a\nfirst: b\n", "la clave «first» dos veces"),
        ("{a: [}\n", "línea 1"),
        ("? [a]: b\n: c\n", "no es YAML"),
    ],
)
def test_what_is_no_yaml_is_told_in_spanish_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "periods.yaml"
    path.write_text(text)
    with pytest.raises(ContractError) as raised:
        read_yaml(path, Periods)
    message = str(raised.value)
    assert said in message
    assert message.startswith("periods.yaml, línea ")
    assert not re.search(r"\b(found|expected|not|the)\b", message), message


def test_a_choice_is_told_by_its_values_alone(tmp_path: Path) -> None:
    assert rule_of({"type": "literal_error", "ctx": {"expected": "'a', 'b c' or 'd'"}}) == "uno de: a, b c, d"
    assert rule_of({"type": "literal_error", "ctx": {"expected": "1, 4, 7 or 10"}}) == "uno de: 1, 4, 7, 10"
