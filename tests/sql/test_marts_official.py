"""Marts once a quarter is closed: what is official, what came late, what differs, and every row behind a figure."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from closing_case import PERSONS, Q2, Q3, Closing, one_more
from evidence.given import Given, indicator

from trimestre.errors import ContractError
from trimestre.indicators.computing import compute_all
from trimestre.indicators.drift import refresh_drift
from trimestre.indicators.explaining import explain
from trimestre.indicators.sampling import record_result, sample
from trimestre.indicators.tracing import asked_category, trace
from trimestre.pipeline.marts.refreshing import Refreshed, refresh
from trimestre.reports.behind import Wanted, behind_of, page_of
from trimestre.reports.facts import facts_of
from trimestre.reports.quarter import quarter_of

FIGURE = "indicator = 'X-1' AND official AND disaggregation = 'total'"


def brought_up_to_date(closing: Closing) -> Refreshed:
    """What a night does after loading."""
    compute_all(closing.engine, closing.project, closing.project.periods.all())
    refresh_drift(closing.engine, closing.project)
    return refresh(closing.engine, closing.project)


def the_quarters(given: Given) -> None:
    """The quarters of 2020 as framework/periods.yaml brings them."""
    for n in (1, 2, 3, 4):
        starts, ends = date(2020, 3 * n - 2, 1), date(2020 + n // 4, 3 * n % 12 + 1, 1)
        given.put(
            "period", "framework", period=f"2020-Q{n}", ordinal=n, starts_on=starts, ends_on=ends - timedelta(days=1),
            starts_at=datetime(starts.year, starts.month, 1, 6, tzinfo=UTC),
            ends_at=datetime(ends.year, ends.month, 1, 6, tzinfo=UTC), fiscal_year="FY2020", fy_period=f"FY2020-Q{n}",
        )  # fmt: skip


@pytest.fixture
def closing(warehouse: sa.Engine) -> Closing:
    made = Closing(warehouse)
    made.then(the_quarters)
    return made


@pytest.fixture
def late(closing: Closing) -> Closing:
    """The second quarter is closed with three certificates; a fourth one comes late."""
    brought_up_to_date(closing)
    closing.close(reason=None)
    closing.then(one_more)
    brought_up_to_date(closing)
    return closing


def test_the_figure_to_report_is_the_official_one_and_elsewhere_todays(late: Closing) -> None:
    told = late.rows(f"SELECT period, value, kind, vintage FROM marts.indicator_value WHERE {FIGURE} AND in_force")
    assert sorted(told) == [
        ("2020-Q1", 0, "calculo", None), ("2020-Q2", 3, "oficial", 1), ("2020-Q3", 1, "calculo", None),
        ("2020-Q4", 0, "calculo", None),
    ]  # fmt: skip
    cells = (
        "SELECT count(*), count(DISTINCT (period, indicator, attribution_rule, disaggregation, category))"
        " FROM marts.indicator_value WHERE {}"
    )
    for which in ("in_force", "is_current"):
        ((rows, keys),) = late.rows(cells.format(which))
        assert rows == keys > 0
    ((state, status),) = late.rows(
        f"SELECT vintage_state, obs_status FROM marts.indicator_value WHERE {FIGURE} AND kind = 'oficial'"
    )
    assert (state, status) == ("borrador", "normal")


def test_what_came_late_counts_once_and_leads_back_to_its_file(late: Closing) -> None:
    rows = late.rows(
        "SELECT period, natural_period, late, vintage, count(*) FROM marts.indicator_evidence"
        " WHERE indicator = 'X-1' AND counted GROUP BY 1, 2, 3, 4 ORDER BY 1"
    )
    assert rows == [("2020-Q2", "2020-Q2", False, 1, 3), ("2020-Q3", "2020-Q2", True, None, 1)]
    assert not late.rows("SELECT 1 FROM marts.indicator_evidence WHERE batch_id IS NULL OR position IS NULL")
    ((previous, vintage, added, adjustment, accumulated),) = late.rows(
        "SELECT previous_value, previous_vintage, added, adjustment, accumulated FROM marts.quarter_bridge"
        " WHERE indicator = 'X-1' AND period = '2020-Q3'"
    )
    assert (previous, vintage, accumulated) == (3, 1, 4)
    assert previous + added + adjustment == accumulated


def test_evidence_adds_up_to_every_figure_that_is_computed(late: Closing) -> None:
    assert not late.rows(
        "SELECT v.period FROM marts.indicator_value AS v WHERE v.indicator = 'X-1' AND v.official AND v.is_current"
        " AND v.disaggregation = 'total' AND v.period <> '2020-Q2' AND v.n <> (SELECT count(*) FROM"
        " marts.indicator_evidence AS e WHERE e.indicator = v.indicator AND e.period = v.period AND e.counted)"
    )


def test_what_differs_from_what_was_published_is_told_with_its_reason(late: Closing) -> None:
    ((now, published, reason),) = late.rows(
        "SELECT now, published, reason_text FROM marts.drift WHERE indicator = 'X-1' AND period = '2020-Q2'"
    )
    assert (now, published) == (4, 3)
    assert reason == "Registros que llegaron después."


def test_an_approval_alone_reaches_the_marts(closing: Closing) -> None:
    brought_up_to_date(closing)
    assert brought_up_to_date(closing) == Refreshed((), 0)
    prepared = closing.prepare()
    refresh(closing.engine, closing.project)
    assert closing.rows("SELECT state, vintage FROM marts.vintage") == [("pending", None)]
    closing.decide(prepared.candidate_id, comment="Conforme.")
    refresh(closing.engine, closing.project)
    assert closing.rows("SELECT state, vintage, in_force, comment FROM marts.vintage") == [
        ("vintage", 1, True, "Conforme.")
    ]


def test_an_explanation_stands_beside_the_figure(closing: Closing) -> None:
    brought_up_to_date(closing)
    with closing.engine.begin() as connection:
        explain(connection, closing.project, "X-1", Q2, "La edición abrió un mes después.", "especialista")
    refresh(closing.engine, closing.project)
    told = f"SELECT deviation_explanation FROM marts.indicator_value WHERE {FIGURE} AND period = '2020-Q2'"
    assert closing.rows(f"{told} AND is_current") == [("La edición abrió un mes después.",)]
    closing.close()
    refresh(closing.engine, closing.project)
    assert closing.rows(f"{told} AND kind = 'oficial'") == [("La edición abrió un mes después.",)]


# -- why this number -------------------------------------------------------------------------------------------


def traced(closing: Closing, code: str = "X-1", **how: Any) -> list[dict[str, Any]]:
    with closing.engine.begin() as connection:
        return trace(connection, closing.project, code, how.pop("period", Q2), **{"category": {}, **how})


def test_a_category_opens_down_to_its_rows(late: Closing) -> None:
    women = traced(late, period=Q3, category=asked_category("sexo=F"))
    assert [(row["sex"], row["late"]) for row in women] == [("mujer", True)]
    assert traced(late, period=Q3, category=asked_category("sex=hombre")) == []
    published = traced(late, vintage=1)
    assert len(published) == 3
    assert all(str(row["account_key"]) not in row["evidence_key"] for row in published)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("", {}), ("sex=female", {"sex": "mujer"}), ("Sexo=Hombre, entidad=9", {"sex": "hombre", "state": "09"}),
        ("sex=unknown", {"sex": "no_especificado"}), ("institution=SFP", {"institution": "SFP"}),
    ],
)  # fmt: skip
def test_categories_are_understood_in_the_usual_names(text: str, read: dict[str, str]) -> None:
    assert asked_category(text) == read


@pytest.mark.parametrize("text", ["sex", "sex=", "colour=red", "sex=F,sexo=H", "sex=M"])
def test_a_category_that_could_mean_anything_is_refused(text: str) -> None:
    with pytest.raises(ContractError, match="categoría: se encontró"):
        asked_category(text)


def test_a_version_that_there_is_not_is_refused(late: Closing) -> None:
    with pytest.raises(ContractError, match=r"se encontró la versión 2, se esperaba .* con registros: 1\."):
        traced(late, vintage=2)
    with pytest.raises(ContractError, match="se esperaba una desagregación de X-1"):
        traced(late, category={"survey": "S"})


@pytest.mark.parametrize("vintage", [None, 1])
def test_a_category_that_there_is_not_is_told_with_those_that_there_are(late: Closing, vintage: int | None) -> None:
    """An empty table would say that nobody counts."""
    with pytest.raises(
        ContractError, match=r"se encontró sex=femme, se esperaba una categoría de sex en X-1: .*hombre.*mujer"
    ):
        traced(late, vintage=vintage, category=asked_category("sex=femme"))
    assert traced(late, vintage=vintage, category=asked_category("sex=no_binario")) == []


def test_what_a_version_counted_opens_by_its_own_definition(late: Closing) -> None:
    """Years later the indicator has another breakdown, or is no more: what was published of it is asked for still."""
    late.define(indicator("certificates", disaggregations=("edition",)), PERSONS)
    assert len(traced(late, vintage=1, category={"sex": "mujer"})) == 2
    late.define(PERSONS)
    assert len(traced(late, vintage=1)) == 3
    with pytest.raises(ContractError, match="indicador: se encontró «X-9»"):
        traced(late, "X-9", vintage=1)


def test_behind_a_latest_value_stand_the_rows_of_its_quarter_only(closing: Closing) -> None:
    """A figure that holds until another is typed: the one that it took the place of is not behind it."""
    typed = indicator("typed latest", span="latest")

    def a_night(given: Given) -> None:
        given.put("indicator", "framework", indicator="X-1", version=1, definition=typed.model_dump(mode="json"))
        given.typed("2020-Q1", 5, "2020-03-31")
        given.typed("2020-Q2", 7, "2020-06-30")

    closing.define(typed)
    closing.then(a_night)
    brought_up_to_date(closing)
    closing.close()
    assert [row["value"] for row in traced(closing, vintage=1)] == [7]
    with closing.engine.begin() as connection:
        for period in (Q2, Q3):
            quarter = quarter_of(connection, closing.project, period)
            (figure,) = quarter.figures
            rows, _ = page_of(connection, behind_of(connection, quarter, figure.indicator), Wanted(), 1, 9)
            assert [row["value"] for row in rows] == [7], period
            assert facts_of(connection, quarter).evidence["X-1"].counted == figure.total["n"] == 1, period


# -- verification ----------------------------------------------------------------------------------------------


def test_a_result_needs_a_sample_and_reaches_the_assessment(closing: Closing) -> None:
    brought_up_to_date(closing)
    told = {"rows": 3, "agreed": 2, "reason": "Falta una constancia.", "who": "especialista"}
    with closing.engine.begin() as connection:
        with pytest.raises(ContractError, match="no se encontró muestra de verificación"):
            record_result(connection, closing.project, "X-1", Q2, **told)
        drawn = {"rows": 3, "reason": "DQA", "who": "especialista", "names": True}
        first = sample(connection, closing.project, "X-1", Q2, seed="2020", **drawn)
        assert first == sample(connection, closing.project, "X-1", Q2, seed="2020", **drawn)
        record_result(connection, closing.project, "X-1", Q2, **told)
        with pytest.raises(ContractError, match="cuando más los 3"):
            record_result(connection, closing.project, "X-1", Q2, **{**told, "rows": 4})
    refresh(closing.engine, closing.project)
    assert closing.rows("SELECT indicator, rows, agreed, percent_agreed, verified_by FROM marts.verification") == [
        ("X-1", 3, 2, Decimal("66.7"), "especialista")
    ]


def test_an_amount_of_millions_of_millions_is_told_to_analysts_whole(closing: Closing) -> None:
    closing.define(indicator("typed sum", code="X-9", unit="pesos"))
    closing.then(lambda given: given.typed("2020-Q2", 3e12, "2020-05-05", indicator="X-9"))
    brought_up_to_date(closing)
    ((value, explanation),) = closing.rows(
        "SELECT value, explanation FROM marts.indicator_value WHERE indicator = 'X-9' AND period = '2020-Q2'"
    )
    assert value == 3_000_000_000_000
    assert explanation.startswith("3,000,000,000,000:")
