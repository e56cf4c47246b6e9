"""The hash of a candidate: what of cells and definitions changes it, and what does not."""

import json
from copy import deepcopy
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from the_case import case_project

from trimestre.contracts.indicators import Indicator
from trimestre.indicators.definitions import definitions_of
from trimestre.indicators.hashing import CELL, candidate_hash

CELLS = [
    {**dict.fromkeys(CELL), "indicator": "X-1", "official": True, "covers": "2020-Q2", "category": name, "value": value}
    for name, value in (("total", Decimal("3.0")), ("mujer", 2), ("hombre", 1.0))
]
EVIDENCE = {("X-1", True): "a" * 64, ("X-1", False): "b" * 64}


@pytest.fixture
def definitions() -> dict[str, Any]:
    project = case_project()
    asked = Indicator.model_validate(
        project.indicator("L2-02").model_dump()
        | {
            "code": "X-1",
            "targets": {"2020-Q2": 3, "2020-Q3": 4},
            "baseline": {"value": 1, "measured_on": "2020-01-01"},
        }
    )
    return definitions_of(replace(project, indicators=(asked,)))


def test_order_and_way_of_writing_numbers_change_nothing(definitions: dict[str, Any]) -> None:
    told = candidate_hash("2020-Q2", CELLS, definitions, EVIDENCE)
    again = [{**cell, "value": Decimal(str(cell["value"])).quantize(Decimal("0.00"))} for cell in reversed(CELLS)]
    stored = json.loads(json.dumps(definitions, sort_keys=True))
    assert candidate_hash("2020-Q2", again, stored, dict(reversed(EVIDENCE.items()))) == told
    assert candidate_hash("2020-Q2", [cell | {"value_exact": Decimal(7)} for cell in CELLS], stored, EVIDENCE) == told


@pytest.mark.parametrize("name", CELL)
def test_every_part_of_a_cell_changes_the_hash(definitions: dict[str, Any], name: str) -> None:
    told = candidate_hash("2020-Q2", CELLS, definitions, EVIDENCE)
    changed = [CELLS[0] | {name: "other"}, *CELLS[1:]]
    assert candidate_hash("2020-Q2", changed, definitions, EVIDENCE) != told


def test_quarter_lines_and_rows_change_the_hash(definitions: dict[str, Any]) -> None:
    told = candidate_hash("2020-Q2", CELLS, definitions, EVIDENCE)
    assert candidate_hash("2020-Q3", CELLS, definitions, EVIDENCE) != told
    assert candidate_hash("2020-Q2", CELLS, definitions, {("X-1", True): "a" * 64}) != told
    swapped = {("X-1", False): "a" * 64, ("X-1", True): "b" * 64}
    assert candidate_hash("2020-Q2", CELLS, definitions, swapped) != told


@pytest.mark.parametrize(
    ("path", "value", "moves"),
    [
        (("indicators", "X-1", "measure"), "persons", True),
        (("indicators", "X-1", "version"), 2, True),
        (("indicators", "X-1", "name"), {"es": "y", "en": "y"}, True),
        (("indicators", "X-1", "targets"), {"2020-Q2": 4}, True),
        (("indicators", "X-1", "targets"), {"2020-Q2": 3}, False),
        (("indicators", "X-1", "targets"), {"2020-Q2": 3, "2020": 9}, True),
        (("indicators", "X-1", "baseline"), {"value": 2, "measured_on": "2020-01-01"}, True),
        (("indicators", "X-1", "responsible"), "Otra persona", False),
        (("indicators", "X-1", "next_assessment_on"), "2021-01-01", False),
        (("framework", "name"), "Otro nombre", False),
        (("framework", "status"), {"achieved": 100, "on_track": 80}, True),
        (("surveys",), [], True),
    ],
)
def test_of_definitions_what_values_and_statuses_depend_on(
    definitions: dict[str, Any], path: tuple[str, ...], value: Any, moves: bool
) -> None:
    """Targets of other quarters, people and dates of assessments are none of it."""
    changed = deepcopy(definitions)
    place = changed
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    if path[-1] == "version":
        entry = {"version": 2, "changed_on": "2020-01-01", "change": {"es": "x", "en": "x"}, "changed_by": "x"}
        changed["indicators"]["X-1"]["changes"] = [entry]
    told, other = (candidate_hash("2020-Q2", CELLS, which, EVIDENCE) for which in (definitions, changed))
    assert (told != other) == moves
