"""Closing a quarter: what is proposed, who may approve it, what is official then, and when nobody can."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from closing_case import CERTIFICATES, PERSONS, Q2, Q3, Closing, one_more
from evidence.given import Given, indicator

from trimestre.contracts import Project
from trimestre.contracts.courses import Course, Edition
from trimestre.contracts.framework import Limit
from trimestre.contracts.indicators import Revision
from trimestre.errors import ContractError
from trimestre.indicators.candidates import NotReady, waiting_for
from trimestre.indicators.closing import closing_of
from trimestre.indicators.definitions import definition_findings, definitions_of, project_from
from trimestre.indicators.drift import refresh_drift
from trimestre.indicators.explaining import explain
from trimestre.indicators.project_status import decide_status
from trimestre.indicators.reproducing import reproduce
from trimestre.indicators.vintages import (
    candidate_of,
    candidates_of,
    set_report_state,
    verify_hash,
    vintage_in_force,
    vintages_of,
)
from trimestre.periods import Period
from trimestre.reports.closing import summary
from trimestre.reports.definitions import definition_sentence
from trimestre.warehouse.database import lock_warehouse, transaction
from trimestre.web.closing_tables import difference


@pytest.fixture
def closing(warehouse: sa.Engine) -> Iterator[Closing]:
    return Closing(warehouse)


# -- what is proposed --------------------------------------------------------------------------------------------


def test_a_candidate_holds_its_cells_and_every_row_behind_them(closing: Closing) -> None:
    prepared = closing.prepare()
    assert closing.states() == [("close", "pending", None)]
    assert closing.total(prepared.candidate_id) == 3
    lines = closing.rows(
        "SELECT indicator, official, attribution, first_period, last_period FROM results.evidence_set ORDER BY 1, 2"
    )
    assert lines == [
        ("X-1", False, "event", "2020-Q2", "2020-Q2"),
        ("X-1", True, "edition", "2020-Q2", "2020-Q2"),
        ("X-2", True, "edition", "", "2020-Q2"),
    ]
    counted = closing.rows(
        "SELECT s.indicator, s.official, count(*) FILTER (WHERE e.excluded IS NULL), count(*)"
        " FROM results.evidence_set AS s INNER JOIN results.evidence AS e USING (set_id) GROUP BY 1, 2 ORDER BY 1, 2"
    )
    assert counted == [("X-1", False, 2, 3), ("X-1", True, 3, 3), ("X-2", True, 3, 3)]
    assert len(closing.rows("SELECT DISTINCT set_id FROM results.evidence_set")) == 2, "the same rows are kept once"


def test_no_key_of_an_account_is_left_in_the_key_of_a_row(closing: Closing) -> None:
    closing.prepare()
    keys = closing.rows("SELECT evidence_key, CAST(account_key AS text) FROM results.evidence")
    assert {key for key, _ in keys} == {"ED-A/moodle/*"}
    assert all(account not in key for key, account in keys)


def test_the_yaml_of_the_moment_is_kept_once_and_out_of_sight(closing: Closing) -> None:
    first, second = closing.prepare(), closing.prepare()
    assert first.hash == second.hash
    kept = closing.rows("SELECT digest FROM restricted.contract")
    assert closing.rows("SELECT DISTINCT contract FROM results.candidate") == kept


def test_definitions_come_back_as_they_were(closing: Closing) -> None:
    number = closing.prepare().candidate_id
    with closing.engine.connect() as connection:
        stored = candidate_of(connection, number)["definitions"]
    assert stored == definitions_of(closing.project)
    assert "approvers" not in stored["framework"], "names of people are none of a value's definitions"
    back = project_from(stored, replace(closing.project, indicators=()))
    assert (back.indicators, back.framework, back.periods, back.surveys) == (
        closing.project.indicators,
        closing.project.framework,
        closing.project.periods,
        closing.project.surveys,
    )


def test_only_what_was_merged_until_an_instant_counts_where_one_is_given(closing: Closing) -> None:
    closing.then(one_more)
    known = closing.rows("SELECT min(merged_at) + interval '12 hours' FROM ops.batch")[0][0]
    assert closing.total(closing.prepare().candidate_id) == 4
    assert closing.total(closing.prepare(received_until=known).candidate_id) == 3
    with pytest.raises(ContractError, match="no se encontró ningún lote cargado hasta"):
        closing.prepare(received_until=known - timedelta(days=9))


def test_an_older_pending_candidate_becomes_void(closing: Closing) -> None:
    older = closing.prepare().candidate_id
    newer = closing.prepare().candidate_id
    assert closing.states() == [("close", "void", None), ("close", "pending", None)]
    with pytest.raises(ContractError, match=f"candidata {older}: se encontró sustituida por una más nueva"):
        closing.decide(older)
    assert closing.decide(newer).vintage == 1


# -- approving and sending back ----------------------------------------------------------------------------------


def test_approval_changes_the_state_and_recomputes_nothing(closing: Closing) -> None:
    prepared = closing.prepare()
    closing.then(one_more)
    before = closing.rows("SELECT to_jsonb(v) FROM results.candidate_value AS v ORDER BY 1")
    decided = closing.decide(prepared.candidate_id, comment=" De acuerdo ")
    assert (decided.state, decided.vintage) == ("vintage", 1)
    assert closing.rows("SELECT to_jsonb(v) FROM results.candidate_value AS v ORDER BY 1") == before
    with closing.engine.connect() as connection:
        official = vintage_in_force(connection, Q2)
        assert official is not None
        assert official["candidate_id"] == prepared.candidate_id
        assert (official["hash"], official["report_state"]) == (prepared.hash, "borrador")
        assert (official["decided_by"], official["comment"]) == ("coordinacion", "De acuerdo")
        assert [row["vintage"] for row in vintages_of(connection)] == [1]
    assert closing.rows("SELECT kind, subject, reason, decided_by FROM ops.decision") == [
        (
            "approve_candidate",
            {"candidate_id": prepared.candidate_id, "period": "2020-Q2", "hash": prepared.hash},
            "De acuerdo",
            "coordinacion",
        )
    ]


def test_a_candidate_sent_back_publishes_nothing_and_another_may_follow(closing: Closing) -> None:
    number = closing.prepare().candidate_id
    assert closing.decide(number, approve=False).state == "returned"
    assert closing.rows("SELECT kind, reason FROM ops.decision") == [("return_candidate", "Devuelta sin comentario")]
    with closing.engine.connect() as connection:
        assert vintage_in_force(connection, Q2) is None
        assert candidate_of(connection, number)["comment"] is None
    with pytest.raises(ContractError, match="se encontró devuelta, se esperaba en espera"):
        closing.decide(number)
    closing.close()
    assert closing.states() == [("close", "returned", None), ("close", "vintage", 1)]


def test_an_indicator_that_is_no_more_is_told_beside_the_candidate_that_had_it(closing: Closing) -> None:
    """Sent back for an indicator that then left the project: the next candidate could be neither read nor answered."""
    closing.decide(closing.prepare().candidate_id, approve=False, comment="Quite X-1.")
    closing.define(PERSONS)
    with closing.engine.connect() as connection:
        found = closing_of(connection, closing.prepare().candidate_id)
    assert "- **X-1** x: 3 → n. a." in summary(closing.project, found, ())
    _, _, table = difference(closing.project, found, found.earlier[0])
    assert table is not None
    assert [[cell.text for cell in row] for row in table.rows] == [["X-1", "x", "3", ""]]


@pytest.mark.parametrize(
    ("by", "problem"),
    [
        ("especialista", "se encontró a «especialista», que la preparó, se esperaba a otra persona"),
        ("otra", "se esperaba a una persona de `approvers:`"),
    ],
)
@pytest.mark.parametrize("approve", [True, False])
def test_neither_the_preparer_nor_anybody_decides(closing: Closing, by: str, problem: str, approve: bool) -> None:
    number = closing.prepare().candidate_id
    with pytest.raises(ContractError, match=problem):
        closing.decide(number, by=by, approve=approve)
    assert closing.states() == [("close", "pending", None)]
    assert closing.rows("SELECT 1 FROM ops.decision") == []


def test_a_comment_with_personal_data_is_refused(closing: Closing) -> None:
    number = closing.prepare().candidate_id
    with pytest.raises(ContractError, match="se encontró un correo o una CURP"):
        closing.decide(number, comment="Ver ana@sfp.example")
    assert closing.states() == [("close", "pending", None)]


def test_an_unknown_candidate_is_told(closing: Closing) -> None:
    with pytest.raises(ContractError, match="candidata 9: no se encontró"):
        closing.decide(9)


def test_a_candidate_is_not_approved_when_another_quarter_was_published_since(closing: Closing) -> None:
    """It was worked out without what is official now: a late row would count in both quarters."""
    third, second = closing.prepare(Q3).candidate_id, closing.prepare(Q2).candidate_id
    closing.decide(second)
    with pytest.raises(ContractError, match="se encontraron cifras de 2020-Q2 publicadas después de que se preparó"):
        closing.decide(third)
    closing.decide(third, approve=False)
    closing.close(Q3)


# -- restating ---------------------------------------------------------------------------------------------------


def test_a_restatement_needs_a_reason_and_is_the_next_vintage(closing: Closing) -> None:
    first = closing.close()
    closing.then(one_more)
    with pytest.raises(ContractError, match="rectificación de 2020-Q2: no se encontró motivo"):
        closing.prepare()
    second = closing.close(reason="Archivo tardío (oficio 7/2020)")
    assert closing.states() == [("close", "vintage", 1), ("restatement", "vintage", 2)]
    assert (closing.total(first), closing.total(second)) == (3, 4)
    with closing.engine.connect() as connection:
        in_force = vintage_in_force(connection, Q2)
        assert in_force is not None
        assert in_force["candidate_id"] == second
        assert in_force["base"] == {"2020-Q2": first}
        assert [row["candidate_id"] for row in candidates_of(connection, Q2)] == [first, second]


def test_a_reason_with_personal_data_is_refused(closing: Closing) -> None:
    with pytest.raises(ContractError, match="se encontró un correo o una CURP"):
        closing.prepare(reason="Lo pidió ana@sfp.example")
    assert closing.states() == []


def test_what_was_published_is_read_for_ever_whatever_rules_come_since(closing: Closing) -> None:
    """A later release refuses what a definition said at its close: no night, close or reproduction stops by it."""
    number = closing.close()
    with closing.engine.begin() as connection:
        connection.execute(
            sa.text(
                "UPDATE results.candidate SET definitions = jsonb_set(jsonb_set(definitions,"
                " '{indicators,X-2,data_type}', '\"percentage\"'), '{indicators,X-1,no_longer_known}', '1')"
            )
        )
        assert verify_hash(connection, number)
    closing.then(one_more)
    assert refresh_drift(closing.engine, closing.project).drifting == ("2020-Q2",)
    assert reproduce(closing.engine, closing.project, Q2).same
    closing.prepare(Q3)


# -- limits ------------------------------------------------------------------------------------------------------


def test_a_quarter_waits_for_its_reception_and_its_editions(closing: Closing) -> None:
    edition = Edition(
        edition="ED-B",
        name="B",
        opens_on=date(2020, 6, 1),
        closes_on=date(2020, 6, 30),
        cutoff={"day": date(2020, 7, 20), "reason": "Oficio"},
        delivered_by=(),
    )
    course = Course(course="C", name="C", line="L1", modules=(), editions=(edition,))
    project = replace(closing.project, courses=(course,))

    def waited(day: int, month: int = 7, project: Project = project) -> list[str]:
        return waiting_for(project, Q2, datetime(2020, month, day, 12, tzinfo=UTC))

    assert len(waited(30, 6)) == 3
    assert waited(15) == [
        "el último día de recepción (15/07/2020)",
        "el último día de la edición ED-B (20/07/2020)",
    ]
    assert waited(20) == ["el último día de la edición ED-B (20/07/2020)"]
    assert waited(21) == []
    late_in_utc = datetime(2020, 7, 21, 4, tzinfo=UTC)
    assert waiting_for(project, Q2, late_in_utc), "in Mexico it is still the 20th"
    limit = Limit(period="2020-Q2", received_until=date(2020, 8, 3), reason="Oficio")
    longer = replace(project, periods=project.periods.model_copy(update={"limits": (limit,)}))
    assert waited(21, project=longer) == ["el último día de recepción (03/08/2020)"]


def test_before_its_limits_a_quarter_is_closed_by_force_only_and_says_so(closing: Closing) -> None:
    early = datetime(2020, 7, 10, tzinfo=UTC)
    with pytest.raises(
        ContractError,
        match=r"hoy es 09/07/2020, .* pasado el último día de recepción \(15/07/2020\)",
    ):
        closing.prepare(now=early)
    with pytest.raises(ContractError, match="antes de sus plazos: no se encontró motivo"):
        closing.prepare(now=early, force=True)
    closing.prepare(now=early, force=True, reason="Lo pide el donante")
    closing.prepare(force=True)
    assert closing.rows("SELECT forced, reason FROM results.candidate ORDER BY candidate_id") == [
        (True, "Lo pide el donante"),
        (False, None),
    ]


def test_a_quarter_out_of_the_project_and_wrong_yaml_are_refused(closing: Closing) -> None:
    with pytest.raises(ContractError, match="trimestre: se encontró 2021-Q1, se esperaba uno de"):
        closing.prepare(Period(2021, 1))
    closing.project = replace(closing.project, broken_sources={"x": "x.yaml: found nonsense."})
    with pytest.raises(ContractError, match=r"se encontraron YAML mal escritos, .* Corríjalos primero:\nx.yaml"):
        closing.prepare()


# -- definitions and targets after a close -----------------------------------------------------------------------


def checks(closing: Closing, period: Period = Q3) -> list[tuple[str, str, str | None]]:
    with closing.engine.connect() as connection:
        found = definition_findings(connection, closing.project, period)
    assert {finding["severity"] for finding in found} <= {"error"}
    return [(finding["indicator"], finding["check"], finding["category"]) for finding in found]


def test_another_method_needs_another_version(closing: Closing) -> None:
    closing.define(CERTIFICATES.model_copy(update={"measure": "persons"}), PERSONS)
    assert checks(closing) == [], "nothing was published yet"
    closing.define(CERTIFICATES, PERSONS)
    closing.close()
    closing.define(CERTIFICATES.model_copy(update={"measure": "persons"}), PERSONS)
    assert checks(closing) == [("X-1", "method_without_version", None)]
    with pytest.raises(NotReady, match=r"se encontraron errores \(X-1\); se esperaban cifras sin errores") as refused:
        closing.prepare(Q3)
    assert [finding["indicator"] for finding in refused.value.findings] == ["X-1"]
    assert closing.states() == [("close", "vintage", 1)]
    closing.define(CERTIFICATES.model_copy(update={"measure": "persons", "version": 2}), PERSONS)
    assert checks(closing) == []
    closing.define(CERTIFICATES.model_copy(update={"limitations": None, "unit": "constancias"}), PERSONS)
    assert checks(closing) == [], "words are no method"


def test_the_target_of_a_closed_quarter_changes_by_a_revision_only(closing: Closing) -> None:
    closing.close()
    higher = CERTIFICATES.model_copy(update={"targets": {"2020-Q2": 9.0, "2020-Q3": 5.0}})
    closing.define(higher, PERSONS)
    assert checks(closing) == [("X-1", "target_without_revision", None)]
    revision = Revision(
        what="target",
        period="2020-Q2",
        old=2,
        new=9,
        effective_from="2020-Q3",
        letter="Oficio 31/2020",
        approved_on=date(2020, 7, 20),
        approved_by="Coordinación",
    )
    closing.define(higher.model_copy(update={"revisions": (revision,)}), PERSONS)
    assert checks(closing) == []
    backwards = revision.model_copy(update={"effective_from": "2020-Q2"})
    closing.define(higher.model_copy(update={"revisions": (backwards,)}), PERSONS)
    assert checks(closing, Q3) == [("X-1", "target_without_revision", None)], "what is closed keeps its target"
    assert checks(closing, Q2) == [], "unless it is restated"


def renamed(given: Given) -> None:
    """The edition has another code in the framework, and what the platform delivers is of that one."""
    given.put("course_edition", "framework", edition="ED-A", vanished=True)
    given.edition("ED-Z", "2020-04-07", "2020-05-18")
    given.learner("ana", "ED-Z", certificate="2020-05-02 10:00")


def test_what_was_published_of_an_edition_is_not_published_again_under_another_code(closing: Closing) -> None:
    closing.close()
    closing.then(renamed)
    assert set(checks(closing)) == {("X-1", "code_gone", None), ("X-2", "code_gone", None)}
    with pytest.raises(NotReady) as refused:
        closing.prepare(Q3)
    assert "2020-Q2 se publicó con registros de la edición «ED-A»" in definition_sentence(refused.value.findings[0])
    assert checks(closing, Q2) == [], "restated, the quarter knows them by their new code"
    closing.then(lambda given: given.edition("ED-A", "2020-04-07", "2020-05-18"))
    assert checks(closing) == [], "the code is back"


def test_baseline_category_and_annual_targets_are_held_to_it_too(closing: Closing) -> None:
    closing.close()
    closing.define(
        CERTIFICATES.model_copy(update={"targets": {"2020-Q2": 2.0, "2020": 8.0, "2021": 9.0}}),
        indicator(
            "certified persons",
            code="X-2",
            baseline={"value": 1, "measured_on": "2020-01-01"},
            category_targets=[
                {"period": "2020-Q2", "disaggregation": "sex", "category": "mujer", "target": 1},
                {"period": "2020-Q3", "disaggregation": "sex", "category": "mujer", "target": 1},
            ],
        ),
    )
    assert checks(closing) == [
        ("X-1", "target_without_revision", None),
        ("X-2", "target_without_revision", "sex=mujer"),
        ("X-2", "target_without_revision", None),
    ]


# -- with the donor ----------------------------------------------------------------------------------------------


def test_a_report_goes_its_way_with_the_donor(closing: Closing) -> None:
    with pytest.raises(ContractError, match="versión oficial de 2020-Q2: no se encontró ninguna"):
        set_report_state(closing.engine, Q2, None, "enviada", "especialista")
    closing.close()
    with pytest.raises(
        ContractError,
        match="«Borrador» y se pidió «Aceptada por el donante», se esperaba «Enviada",
    ):
        set_report_state(closing.engine, Q2, None, "aceptada", "especialista")
    for state in ("enviada", "con_observaciones", "enviada", "aceptada"):
        assert set_report_state(closing.engine, Q2, 1, state, "especialista", "Oficio 9") == 1
    assert closing.rows("SELECT report_state FROM results.candidate") == [("aceptada",)]
    moves = "SELECT subject ->> 'to', reason FROM ops.decision WHERE kind = 'report_state' ORDER BY decision_id"
    assert closing.rows(moves)[-1] == ("aceptada", "Oficio 9")
    with pytest.raises(ContractError, match="el donante ya lo aceptó"):
        set_report_state(closing.engine, Q2, None, "enviada", "especialista")
    with pytest.raises(ContractError, match="no se encontró la 2, se esperaba una de: 1"):
        set_report_state(closing.engine, Q2, 2, "enviada", "especialista")


# -- at the same time --------------------------------------------------------------------------------------------


def waits(closing: Closing, work: Callable[[], Any]) -> Any:
    """Start ``work`` while somebody holds the warehouse; it must wait, and goes on afterwards. Its result."""
    done: list[Any] = []
    thread = threading.Thread(target=lambda: done.append(work()))
    with transaction(closing.engine) as connection:
        lock_warehouse(connection)
        thread.start()
        for _ in range(100):
            blocked = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
            if closing.rows(blocked) != [(0,)]:
                break
            thread.join(0.02)
        assert done == []
    thread.join(20)
    return done[0]


def test_a_candidate_waits_for_a_merge_and_two_of_a_quarter_follow_one_another(closing: Closing) -> None:
    assert waits(closing, closing.prepare).candidate_id
    threads = [threading.Thread(target=closing.prepare) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert [state for _, state, _ in closing.states()] == ["void", "void", "pending"]


def test_an_approval_waits_for_a_candidate_that_is_being_written(closing: Closing) -> None:
    number = closing.prepare().candidate_id
    assert waits(closing, lambda: closing.decide(number)).vintage == 1


def test_a_merge_waits_while_a_candidate_is_written(closing: Closing) -> None:
    """What is proposed is what was known at one instant: the lock is held until the rows are stored."""
    seen: list[bool] = []

    def free(_: Any) -> None:
        with closing.engine.connect() as other:
            seen.append(
                other.execute(sa.text("SELECT pg_try_advisory_lock(:lock)"), {"lock": 7_074_230_146}).scalar_one()
            )

    sa.event.listen(closing.engine, "commit", free)
    closing.prepare()
    assert seen[-1] is False


# -- the hash ----------------------------------------------------------------------------------------------------


def test_figures_of_before_are_not_approved_over_a_quarter_that_was_closed_meanwhile(closing: Closing) -> None:
    """What the closed one counted would be told twice, or be taken off."""
    closing.close()
    imported = closing.prepare(Q3).candidate_id
    with closing.engine.begin() as connection:
        asked = sa.text("UPDATE results.candidate SET kind = 'inherited', base = '{}' WHERE candidate_id = :id")
        connection.execute(asked, {"id": imported})
    with pytest.raises(ContractError, match="se encontró 2020-Q2 publicado aquí después de la importación"):
        closing.decide(imported)
    assert closing.states() == [("close", "vintage", 1), ("inherited", "pending", None)]


def test_a_quarter_knows_all_that_an_earlier_one_was_published_with(closing: Closing) -> None:
    """Or what came last for the earlier one would be taken off as an adjustment, and given back by the next quarter."""
    known = closing.rows("SELECT max(merged_at) FROM ops.batch")[0][0]
    closing.then(one_more)
    closing.close()
    with pytest.raises(ContractError, match="se esperaba todo con lo que se publicó 2020-Q2"):
        closing.prepare(Q3, received_until=known)
    assert closing.states() == [("close", "vintage", 1)]
    closing.prepare(Q3, received_until=closing.rows("SELECT max(merged_at) FROM ops.batch")[0][0])


def test_what_is_stored_gives_its_hash_until_somebody_changes_it(closing: Closing) -> None:
    number = closing.close()

    def holds() -> bool:
        with closing.engine.connect() as connection:
            return verify_hash(connection, number)

    assert holds()
    for change in (
        "UPDATE results.candidate_value SET value = value + 1 WHERE indicator = 'X-1' AND official",
        "UPDATE results.evidence SET excluded = 'x' WHERE excluded IS NULL",
        "DELETE FROM results.evidence WHERE row_no = 1",
        "UPDATE results.candidate SET definitions = jsonb_set(definitions, '{indicators,X-1,decimals}', '2')",
        "UPDATE results.candidate SET definitions = jsonb_set(definitions, '{indicators,X-1,targets,2020-Q2}', '3')",
    ):
        with closing.engine.connect() as connection:
            connection.execute(sa.text(change))
            assert not verify_hash(connection, number), change
            connection.rollback()
    with closing.engine.begin() as connection:
        connection.execute(
            sa.text(
                "UPDATE results.evidence SET account_key = gen_random_uuid(), person_key = gen_random_uuid(),"
                " row_no = row_no + 100, batch_id = batch_id + 7, at = at + interval '1 second'"
            )
        )
    assert holds(), "keys, numbers and instants are no part of it"


# -- explanations and the project's status -----------------------------------------------------------------------


def test_a_deviation_waits_for_its_explanation_which_the_candidate_keeps(closing: Closing) -> None:
    framework = closing.project.framework.model_copy(update={"tolerance": 10.0})
    closing.project = replace(closing.project, framework=framework)
    with pytest.raises(NotReady, match=r"se encontraron desviaciones sin explicar \(X-1\); se esperaban"):
        closing.prepare()
    with closing.engine.begin() as connection:
        explain(connection, closing.project, "X-1", Q2, "Una edición más", "especialista")
    number = closing.prepare().candidate_id
    with closing.engine.begin() as connection:
        explain(connection, closing.project, "X-1", Q2, "Dos ediciones más", "especialista")
        kept = candidate_of(connection, number)
    assert (kept["explanations"]["X-1"]["text"], kept["explanations"]["X-1"]["by"]) == (
        "Una edición más",
        "especialista",
    )
    assert [(item["indicator"], item["check"]) for item in kept["findings"]] == [("X-1", "deviation")]


def test_the_status_of_the_project_is_proposed_and_goes_with_the_approval_as_decided(closing: Closing) -> None:
    number = closing.prepare().candidate_id
    with closing.engine.begin() as connection:
        assert candidate_of(connection, number)["project_status"]["proposed"] == "achieved"
        decide_status(connection, closing.project, Q2, "on_track", reason="Faltan convenios", who="coordinacion")
    closing.decide(number)
    with closing.engine.connect() as connection:
        status = candidate_of(connection, number)["project_status"]
    assert (status["proposed"], status["decided"], status["by"]) == ("achieved", "on_track", "coordinacion")


def test_figures_of_before_are_no_quarter_to_close(closing: Closing) -> None:
    """Rows of their quarters are left out: a candidate would say nothing in their place."""
    closing.close()
    with closing.engine.begin() as connection:
        connection.execute(sa.text("UPDATE results.candidate SET kind = 'inherited'"))
    with pytest.raises(ContractError, match="sus cifras en vigor son valores heredados"):
        closing.prepare(reason="x")
    assert checks(closing) == []


def test_the_status_decided_with_an_approval_is_published_with_it(closing: Closing) -> None:
    number = closing.prepare().candidate_id
    closing.decide(number, project_status=("on_track", "Oficio 14"))
    with closing.engine.connect() as connection:
        status = candidate_of(connection, number)["project_status"]
    assert (status["decided"], status["reason"], status["by"]) == ("on_track", "Oficio 14", "coordinacion")


def test_a_status_is_not_decided_by_who_may_not_approve(closing: Closing) -> None:
    number = closing.prepare().candidate_id
    with pytest.raises(ContractError, match="que la preparó"):
        closing.decide(number, by="especialista", project_status=("on_track", "Oficio 14"))
    assert closing.rows("SELECT 1 FROM ops.decision") == []
