"""What the tests of the marts share: the demo's case without a wrong cell, and ways to look at the marts."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from the_case import case_project, new_world

from trimestre.contracts.indicators import FROZEN, Indicator
from trimestre.pipeline import night
from trimestre.pipeline.plant import Plant
from trimestre.simulators import LimeSurveySimulator, MoodleSimulator, World, write_drop_files
from trimestre.sources.base import Connection
from trimestre.warehouse.tables import metadata

NOW = datetime(2020, 7, 20, tzinfo=UTC)

SUMS = {
    "certificates": ("certificate", "attribution_rule = :rule", "NULL", "NULL"),
    "enrolments_entered": ("enrolment", "entered_at IS NOT NULL", "certified", "NULL"),
    "enrolments_invited": ("enrolment", "population_known", "entered_at IS NOT NULL", "NULL"),
    "module_completions": ("enrolment_module", "(passed OR passed_late)", "NULL", "NULL"),
    "attendances": ("attendance", "TRUE", "responded", "NULL"),
    "scored_answers": ("answer", "survey = :survey AND question = :question AND score IS NOT NULL", "NULL", "score"),
}
"""Evidence -> the mart that an analyst sums up, which of its rows that count, what is a hit, what is a value."""


@contextmanager
def clean_case(engine: sa.Engine, folder: Path) -> Iterator[tuple[Plant, World]]:
    """A plant over the simulators, on a migrated warehouse."""
    world = new_world()
    write_drop_files(world, folder / "drop")
    with MoodleSimulator(world) as moodle, LimeSurveySimulator(world) as limesurvey:
        connections = {
            "moodle_pnud": Connection(moodle.url, password=moodle.token),
            "encuestas": Connection(limesurvey.endpoint, limesurvey.username, limesurvey.password),
        }
        yield (
            Plant(
                engine=engine,
                project=case_project(),
                landing=folder / "landing",
                drop=folder / "drop",
                key=b"k" * 32,
                connection_of=connections.get,
            ),
            world,
        )


def a_night(plant: Plant) -> None:
    """Every source, then the quarters that moved."""
    for source in plant.source_codes():
        night.ingest(plant, source, NOW)
    night.compute_quarters(plant, night.pending_quarters(plant.engine, plant.project))


def rows(engine: sa.Engine, statement: str, **parameters: Any) -> list[dict[str, Any]]:
    """The rows of a query."""
    with engine.connect() as connection:
        return [dict(row._mapping) for row in connection.execute(sa.text(statement), parameters)]


def written(engine: sa.Engine) -> dict[str, dict[str, str]]:
    """Every row of the marts by its key, with the transaction that wrote it."""
    found = {}
    for table in metadata.tables.values():
        if table.schema == "marts":
            key = ", ".join(column.name for column in table.primary_key.columns)
            text = f"SELECT CAST(ROW({key}) AS text) AS key, CAST(xmin AS text) AS written FROM {table.fullname}"
            found[table.name] = {str(row["key"]): str(row["written"]) for row in rows(engine, text)}
    return found


def summed(ask: Callable[..., Any], indicator: Indicator, rule: str, period: str) -> dict[tuple[str, str], Any]:
    """The cells of an indicator as an analyst gets them from a mart: (breakdown, category) -> (n, value)."""
    mart, which, hit, value = SUMS[indicator.evidence]
    formula = {
        "count": "count(*)",
        "persons": "count(DISTINCT person_key)",
        "share": f"100.0 * count(*) FILTER (WHERE {hit}) / nullif(count({hit}), 0)",
        "mean": f"avg({value})",
    }[indicator.measure]
    found = {}
    window = "<=" if indicator.span == "cumulative" else "="
    period_of = "passed_period" if mart == "enrolment_module" else "attributed_period"
    counted, described = f"SELECT * FROM marts.{mart} WHERE counted AND {which}", _category
    if indicator.measure == "persons":
        first = "is_first DESC" if mart == "certificate" else "attributed_period, held_on"
        counted, described = _with_first_reach(counted, first), _category_at_first_reach
    for breakdown in [(), *indicator.breakdowns()]:
        category = " || ' × ' || ".join(map(described, breakdown)) or "'total'"
        asked = ask(
            f"SELECT {category} AS category, count(*) AS n, {formula} AS value FROM ({counted}) AS m"
            f" WHERE {period_of} {window} :period AND {category} IS NOT NULL GROUP BY 1",
            **{name: text for name, text in {**indicator.parameters, "rule": rule}.items() if f":{name}" in which},
            period=period,
        )
        for row in asked:
            found["×".join(breakdown) or "total", row["category"]] = (row["n"], row["value"])
    return found


def _category(dimension: str) -> str:
    """Whoever has no institution is in a category, too; what an event or edition says is never missing."""
    return f"coalesce({dimension}, 'no_especificado')" if dimension in FROZEN else dimension


def _category_at_first_reach(dimension: str) -> str:
    return f"coalesce(first_{dimension}, 'no_especificado')" if dimension in FROZEN else dimension


def _with_first_reach(counted: str, first: str) -> str:
    """Rows with what their person was when it was first reached."""
    known = "".join(f", first_value({name}) OVER reached AS first_{name}" for name in FROZEN)
    return f"SELECT *{known} FROM ({counted}) AS c WINDOW reached AS (PARTITION BY person_key ORDER BY {first})"


def compare(ask: Callable[..., Any], indicator: Indicator, rule: str, period: str) -> None:
    """Assert that every cell of an indicator's line is what the marts sum up to, and that there is no other."""
    sums = summed(ask, indicator, rule, period)
    cells = ask(
        "SELECT * FROM marts.indicator_value WHERE is_current AND indicator = :code AND attribution_rule = :rule"
        " AND period = :period",
        code=indicator.code,
        rule=rule,
        period=period,
    )
    assert cells
    for cell in cells:
        n, value = sums.pop((cell["disaggregation"], cell["category"]), (0, None))
        assert n == cell["n"], (indicator.code, cell["disaggregation"], cell["category"])
        if cell["value"] is None:
            assert cell["obs_status"] in ("n. d.", "n. a.")
            assert n == 0 or not indicator.total or value is None or cell["obs_note"] == "n_insuficiente"
        elif value is not None or indicator.measure not in ("count", "persons"):
            step = Decimal(1).scaleb(-indicator.decimals)
            assert Decimal(value).quantize(step, ROUND_HALF_UP) == cell["value"], (indicator.code, cell["category"])
        else:
            assert cell["value"] == 0
    assert sums == {}, "a category that the indicator does not know"
