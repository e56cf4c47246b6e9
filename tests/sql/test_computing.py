"""Computing a quarter: stored once, again only when something moved, never half; statuses and rounding."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from evidence.given import Given, indicator

from trimestre.contracts import Project
from trimestre.contracts.framework import StatusThresholds
from trimestre.contracts.indicators import CategoryTarget, Revision
from trimestre.errors import ContractError
from trimestre.indicators import computing, evidence
from trimestre.indicators.computing import compute, definitions_digest
from trimestre.indicators.values import current_values, evidence_rows
from trimestre.periods import Period

Q2 = Period(2020, 2)
CERTIFICATES = indicator("certificates", targets={"2020-Q2": 2})


def certified(given: Given) -> None:
    given.learner("ana", certificate="2020-05-02 10:00", sex="mujer")
    given.learner("luis", certificate="2020-05-03 10:00", sex="hombre")


def one_more(given: Given) -> None:
    given.next_night()
    given.learner("eva", certificate="2020-05-04 10:00", sex="mujer")


def nothing_that_counts(given: Given) -> None:
    given.next_night()
    given.learner("iris", sex="mujer")


def another_quarters_batch(given: Given) -> None:
    given.next_night()
    number, _ = given.batch("moodle")
    given.connection.execute(
        sa.text("UPDATE ops.batch SET quarters = '{2020-Q3}' WHERE batch_id = :number"), {"number": number}
    )


class Filled:
    """A warehouse with two certificates, and the project that counts them."""

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine
        with engine.begin() as connection:
            self._given = Given(connection)
            certified(self._given)
        self.project: Project = replace(self._given.project, indicators=(CERTIFICATES,))

    def then(self, what: Callable[[Given], None]) -> None:
        """Let something be merged."""
        with self.engine.begin() as connection:
            self._given.connection = connection
            what(self._given)

    def stored(self) -> list[tuple[int, bool, int]]:
        """Every stored computation: its number, whether it is the current one, and its cells."""
        with self.engine.connect() as connection:
            rows = connection.execute(
                sa.text(
                    "SELECT c.computation_id, c.current,"
                    " (SELECT count(*) FROM results.indicator_value AS v WHERE v.computation_id = c.computation_id)"
                    " + (SELECT count(*) FROM results.span_value AS s WHERE s.computation_id = c.computation_id)"
                    " FROM results.computation AS c ORDER BY 1"
                )
            )
            return [tuple(row) for row in rows]

    def total(self) -> tuple[Any, ...]:
        """The stored official total: value, target, percentage, status."""
        with self.engine.connect() as connection:
            row = current_values(connection, Q2)[0]
        return row["value"], row["target"], row["percent_of_target"], row["status"]


@pytest.fixture
def filled(warehouse: sa.Engine) -> Filled:
    return Filled(warehouse)


# -- once, and again -----------------------------------------------------------------------------------------


def test_a_quarter_is_stored_once_and_left_alone_while_nothing_moved(filled: Filled) -> None:
    first = compute(filled.engine, filled.project, Q2)
    assert first.moved
    stored = filled.stored()
    assert [(current, cells) for _, current, cells in stored] == [(True, len(first.values))]
    assert filled.total() == (2, 2, 100, "alcanzada")
    again = compute(filled.engine, filled.project, Q2)
    assert (again.moved, again.values) == (False, ())
    assert filled.stored() == stored


def test_a_merge_of_the_quarter_computes_it_anew_and_one_of_another_quarter_does_not(filled: Filled) -> None:
    compute(filled.engine, filled.project, Q2)
    stored = filled.stored()
    filled.then(another_quarters_batch)
    assert not compute(filled.engine, filled.project, Q2).moved
    assert filled.stored() == stored
    filled.then(one_more)
    assert compute(filled.engine, filled.project, Q2).moved
    assert [current for _, current, _ in filled.stored()] == [False, True], "what was said before can be read"
    assert filled.total() == (3, 2, 150, "alcanzada")


def test_the_same_figures_make_no_new_version(filled: Filled) -> None:
    """A night that corrects what no figure shows would otherwise add one a quarter, night after night."""
    compute(filled.engine, filled.project, Q2)
    stored = filled.stored()
    filled.then(nothing_that_counts)
    assert compute(filled.engine, filled.project, Q2).moved
    assert filled.stored() == stored
    assert not compute(filled.engine, filled.project, Q2).moved, "it is known to hold up to the newest merge"


def test_a_changed_definition_computes_the_quarter_anew(filled: Filled) -> None:
    compute(filled.engine, filled.project, Q2)
    changed = replace(filled.project, indicators=(indicator("certificates", targets={"2020-Q2": 4}),))
    assert compute(filled.engine, changed, Q2).moved
    assert filled.total() == (2, 4, 50, "con_rezago")
    assert not compute(filled.engine, changed, Q2).moved


def test_the_thresholds_and_every_statement_are_part_of_a_definition(
    filled: Filled, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The people who could have answered included: their number is the response rate."""
    asked = indicator("satisfaction", representative={"denominator": "enrolments_entered"})
    project = replace(filled.project, indicators=(asked,))
    known = definitions_digest(project)
    stricter = project.framework.model_copy(update={"status": StatusThresholds(on_track=95)})
    assert definitions_digest(replace(project, framework=stricter)) != known
    texts = evidence.evidence_text
    for changed in ("scored_answers", "enrolments_entered"):
        monkeypatch.setattr(
            evidence, "evidence_text", lambda name, *_, changed=changed: texts(name) + " " * (name == changed)
        )
        assert definitions_digest(project) != known, changed
    monkeypatch.undo()
    read = computing.read
    monkeypatch.setattr(computing, "read", lambda name: read(name) + " " * (name == "compute/cells"))
    assert definitions_digest(project) != known


def test_words_of_a_reference_sheet_compute_nothing_anew(filled: Filled) -> None:
    """A name or a reason corrected the evening before a close would otherwise move every quarter of the project."""
    known = definitions_digest(filled.project)
    text = {"es": "Otro", "en": "Other"}
    words = {"name": text, "definition": text, "rationale": text, "limitations": text, "responsible": "Otra persona"}
    reworded = indicator("certificates", targets={"2020-Q2": 2}, **words)
    assert definitions_digest(replace(filled.project, indicators=(reworded,))) == known
    by_sex = indicator("certificates", targets={"2020-Q2": 2}, disaggregations=("sex",))
    assert definitions_digest(replace(filled.project, indicators=(by_sex,))) != known


def test_a_dry_run_computes_in_any_case_and_stores_nothing(filled: Filled) -> None:
    assert compute(filled.engine, filled.project, Q2, dry_run=True).values
    assert filled.stored() == []
    compute(filled.engine, filled.project, Q2)
    stored = filled.stored()
    assert compute(filled.engine, filled.project, Q2, dry_run=True).values[0].value == 2
    assert filled.stored() == stored


def test_a_quarter_computed_in_parts_does_not_exist(filled: Filled) -> None:
    """An indicator that fails stores nothing of the others."""
    broken = indicator("satisfaction", code="X-2", parameters={})
    with pytest.raises(ContractError):
        compute(filled.engine, replace(filled.project, indicators=(CERTIFICATES, broken)), Q2)
    assert filled.stored() == []


def test_the_evidence_shown_is_that_of_the_stored_figure_and_not_of_later_merges(filled: Filled) -> None:
    compute(filled.engine, filled.project, Q2)
    filled.then(one_more)
    with filled.engine.connect() as connection:
        assert len(evidence_rows(connection, filled.project, "X-1", Q2)) == 2
    compute(filled.engine, filled.project, Q2)
    with filled.engine.connect() as connection:
        assert len(evidence_rows(connection, filled.project, "X-1", Q2)) == 3


# -- refusals --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("period", [Period(2019, 4), Period(2021, 1)])
def test_a_quarter_outside_of_the_project_is_refused(filled: Filled, period: Period) -> None:
    with pytest.raises(ContractError) as raised:
        compute(filled.engine, filled.project, period)
    assert str(raised.value) == (
        f"trimestre: se encontró {period}, se esperaba uno de 2020-Q1 a 2020-Q4. Corríjalo, o amplíe "
        "framework/periods.yaml."
    )
    with filled.engine.connect() as connection, pytest.raises(ContractError, match=f"trimestre: se encontró {period}"):
        evidence_rows(connection, filled.project, "X-1", period)


def test_a_parameter_left_out_is_named_with_its_indicator(filled: Filled) -> None:
    asked = indicator("satisfaction", code="L2-09", parameters={"survey": "S-ED"})
    with pytest.raises(ContractError) as raised:
        compute(filled.engine, replace(filled.project, indicators=(asked,)), Q2)
    assert str(raised.value) == (
        "indicador L2-09: parameters: no se encontró question, sub_code, se esperaba para «scored_answers». "
        "Agréguelo al YAML del indicador."
    )


@pytest.mark.parametrize(
    ("changes", "begins"),
    [
        (
            {"evidence": "certificats"},
            "indicador X-1: evidence: se encontró «certificats», se esperaba uno de sql/evidence: attendances, ",
        ),
        (
            {"measure": "mean", "representative": {"denominator": "everybody"}},
            "indicador X-1: representative.denominator: se encontró «everybody», se esperaba uno de sql/evidence: ",
        ),
    ],
)
def test_an_unknown_evidence_is_told_with_its_indicator(filled: Filled, changes: dict[str, Any], begins: str) -> None:
    asked = indicator("certificates", **changes)
    with pytest.raises(ContractError) as raised:
        compute(filled.engine, replace(filled.project, indicators=(asked,)), Q2)
    assert str(raised.value).startswith(begins)
    assert str(raised.value).endswith("Corrija el YAML del indicador.")


@pytest.mark.parametrize("state", ["borrador", "retirado"])
def test_an_indicator_that_is_not_in_force_is_not_computed_and_stops_nothing(filled: Filled, state: str) -> None:
    """Partners propose indicators whose evidence nobody has written yet."""
    draft = indicator("certificates", code="X-2", state=state, evidence="not_written_yet")
    values = compute(filled.engine, replace(filled.project, indicators=(CERTIFICATES, draft)), Q2).values
    assert {value.indicator for value in values} == {"X-1"}


# -- published precision and targets ---------------------------------------------------------------------------


def test_a_share_is_rounded_from_its_exact_value(filled: Filled) -> None:
    """2 of 3 persons: 66.7 and not 67 / 100; the exact value is kept beside it."""
    filled.then(lambda given: given.learner("x"))
    asked = indicator("completion rate", decimals=1)
    total = compute(filled.engine, replace(filled.project, indicators=(asked,)), Q2, dry_run=True).values[0]
    assert (total.value, total.numerator, total.denominator) == (Decimal("66.7"), 2, 3)
    assert total.value_exact is not None
    assert abs(total.value_exact - Decimal(200) / 3) < Decimal("1e-20")


def test_only_the_official_line_has_targets_and_only_its_total_a_status(filled: Filled) -> None:
    women = {"period": "2020-Q2", "disaggregation": "sex", "category": "mujer", "target": 4}
    asked = indicator(
        "certificates", targets={"2020-Q2": 2}, reconciliation=("event",), category_targets=(CategoryTarget(**women),)
    )
    values = compute(filled.engine, replace(filled.project, indicators=(asked,)), Q2, dry_run=True).values
    told = {
        (v.official, v.disaggregation, v.category): (v.target, v.percent_of_target, v.status)
        for v in values
        if v.covers == "2020-Q2" and (v.status or v.target)
    }
    assert told == {(True, "total", "total"): (2, 100, "alcanzada"), (True, "sex", "mujer"): (4, 25, None)}
    assert any(not value.official for value in values)


def test_each_span_has_a_target_of_its_own_and_none_is_prorated(filled: Filled) -> None:
    """An annual target only is legitimate: the quarter has none."""
    asked = indicator("certificates", targets={"2020": 4, "FY2020": 2}, life_of_project_target=20)
    values = compute(filled.engine, replace(filled.project, indicators=(asked,)), Q2, dry_run=True).values
    told = {v.covers: (v.target, v.status) for v in values if v.disaggregation == "total"}
    assert told == {
        "2020-Q2": (None, "sin_meta"),
        "2020-H1": (None, "sin_meta"),
        "2020": (4, "con_rezago"),
        "FY2020": (2, "alcanzada"),
        "project": (20, "con_rezago"),
    }


def test_targets_and_baseline_are_those_in_force_for_the_quarter(filled: Filled) -> None:
    """Revised from the third quarter on, the second is still told against the old ones."""
    about = {"effective_from": "2020-Q3", "letter": "Oficio 1", "approved_on": "2020-08-01", "approved_by": "C"}
    asked = indicator(
        "certificates",
        direction="decrease",
        baseline={"value": 12, "measured_on": "2020-01-01"},
        targets={"2020-Q2": 1},
        revisions=(
            Revision(what="target", period="2020-Q2", old=7, new=1, **about),
            Revision(what="baseline", old=17, new=12, **about),
        ),
    )
    values = compute(filled.engine, replace(filled.project, indicators=(asked,)), Q2, dry_run=True).values
    assert (values[0].value, values[0].target, values[0].percent_of_target) == (2, 7, None)
    assert (values[0].percent_of_progress, values[0].status) == (150, "alcanzada"), "(2 - 17) / (7 - 17)"
