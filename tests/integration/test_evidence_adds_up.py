"""Whoever adds up marts.indicator_evidence gets every figure to report, cell by cell, whatever came late."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from three_quarters import Learner, ThreeQuarters

from trimestre.indicators.status import rounded
from trimestre.pipeline.night import refresh_marts

Row = Mapping[str, Any]


@pytest.fixture
def marts(warehouse: sa.Engine, tmp_path: Path) -> ThreeQuarters:
    """Two quarters closed, somebody late for each, two people who return."""
    made = ThreeQuarters(warehouse, tmp_path)
    made.night(
        Learner("Ana", "E1", "2020-02-20 10:00"),
        Learner("Eva", "E1", "2020-02-22 10:00", institution="UIF"),
        Learner("Juan", "E2", "2020-05-20 12:00", sex="hombre"),
        Learner("Iris", "E2"),
    )
    made.close("2020-Q1")
    made.night(
        Learner("Luz", "E1", "2020-02-23 10:00"),
        Learner("Ana", "E2", "2020-05-23 10:00"),
        Learner("Tina", "E2X", "2020-07-20 10:00"),
    )
    made.close("2020-Q2")
    made.night(Learner("Zoe", "E2", "2020-05-24 10:00"), Learner("Eva", "E3", "2020-08-10 10:00", institution="UIF"))
    refresh_marts(made.plant)
    return made


def added_up(figure: Row, evidence: Sequence[Row]) -> Decimal:
    """A figure as an analyst makes it of the rows of its indicator."""

    def inside(row: Row) -> bool:
        return all(row[name] == category for name, category in zip(dimensions, categories, strict=True))

    total = figure["disaggregation"] == "total"
    dimensions = () if total else figure["disaggregation"].split("×")
    categories = () if total else figure["category"].split(" × ")
    until = [row for row in evidence if row["counted"] and row["period"] <= figure["period"] and inside(row)]
    rows = until if figure["span"] == "cumulative" else [row for row in until if row["period"] == figure["period"]]
    persons = {row["person_key"] for row in rows}
    match figure["measure"]:
        case "count":
            return Decimal(len(rows))
        case "share":
            return rounded(Decimal(100 * sum(row["hit"] for row in rows)) / len(rows), 1)
        case "new_persons":
            return Decimal(len(persons - {row["person_key"] for row in until if row["period"] < figure["period"]}))
        case _:
            return Decimal(len(persons))


def test_every_figure_to_report_is_its_rows(marts: ThreeQuarters) -> None:
    evidence = defaultdict(list)
    for row in marts.rows("SELECT * FROM marts.indicator_evidence"):
        evidence[row["indicator"]].append(row)
    figures = marts.rows("SELECT * FROM marts.indicator_value WHERE official AND in_force AND value IS NOT NULL")
    assert {figure["kind"] for figure in figures} == {"calculo", "oficial"}
    told = {tuple(f[n] for n in ("indicator", "period", "disaggregation", "category")): f["value"] for f in figures}
    found = {key: added_up(figure, evidence[key[0]]) for key, figure in zip(told, figures, strict=True)}
    assert {key: (told[key], value) for key, value in found.items() if told[key] != value} == {}
    assert told["CERT", "2020-Q3", "total", "total"] == 3, "Eva of the quarter, Zoe and Tina late"
