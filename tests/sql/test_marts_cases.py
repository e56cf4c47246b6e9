"""Marts in the cases that are not in the demo: two platforms, repeated answers, invitations, presence, late results."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from evidence.given import Given, indicator, key
from mart_case import compare, rows

from trimestre.contracts.indicators import Indicator
from trimestre.contracts.surveys import Survey
from trimestre.indicators.computing import compute_all
from trimestre.pipeline.marts.refreshing import refresh

INDICATORS = (
    indicator("entered", code="X-1"),
    indicator("completion rate", code="X-2", decimals=1),
    indicator("coverage", code="X-3"),
    indicator("certificates", code="X-4", reconciliation=("event",)),
    indicator("certified persons", code="X-5", reconciliation=("event",)),
    indicator("modules", code="X-6"),
    indicator("attendees", code="X-7", disaggregations=("sex", "organisation_type", "event")),
    indicator("response rate", code="X-8"),
    indicator("satisfaction", code="X-9"),
)
INVITED = Survey(
    survey="S-IN", name="S", source="encuestas", survey_id="2", reached_by="invitation", closes_on="2020-06-30"
)
OF_THE_EVENT = tuple(
    Survey(
        survey=code, name="S", source="encuestas", survey_id=code, event="EV-1", reached_by="attendance",
        closes_on="2020-06-30",
    )
    for code in ("S-EV", "S-EV2")
)  # fmt: skip


def replace_breakdowns(line: Indicator) -> Indicator:
    """The same by institution and state, and by one rule only."""
    return line.model_copy(
        update={"disaggregations": ("institution", "state", ("institution", "state")), "reconciliation": ()}
    )


class Marts:
    """A warehouse being filled, and its marts."""

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine
        with engine.begin() as connection:
            self.given = Given(connection)
        self.project = replace(
            self.given.project, indicators=INDICATORS, surveys=(*self.given.project.surveys, INVITED, *OF_THE_EVENT)
        )
        for ordinal, module in enumerate(("M1", "M2"), start=1):
            self.put(
                lambda g, m=module, o=ordinal: g.put("module", "framework", course="C", module=m, name=m, ordinal=o)
            )

    def put(self, what: Callable[[Given], None]) -> None:
        """Let something be merged."""
        with self.engine.begin() as connection:
            self.given.connection = connection
            what(self.given)

    def ask(self, statement: str, **parameters: Any) -> list[dict[str, Any]]:
        """Bring everything up to date and ask."""
        compute_all(self.engine, self.project, self.project.periods.all())
        refresh(self.engine, self.project)
        return rows(self.engine, statement, **parameters)

    def of(self, mart: str, account: str, columns: str) -> dict[str, Any]:
        """The one row of an account."""
        (row,) = self.ask(f"SELECT {columns} FROM marts.{mart} WHERE account_key = :key", key=key(account))
        return row


@pytest.fixture
def marts(warehouse: sa.Engine) -> Marts:
    return Marts(warehouse)


def a_bit_of_everything(given: Given) -> None:
    """People on two platforms, with two accounts, outside of the population, late, below the presence asked for."""
    given.scores(A4=4, A5=5)
    given.scheduled("10:00", "12:00")
    sexes = ("mujer", "hombre", "mujer", "no_especificado", "hombre", "mujer", "otro", "hombre")
    for number, sex in enumerate(sexes):
        name = f"a{number}"
        given.learner(
            name,
            "ED-B" if number % 3 == 0 else "ED-A",
            entered="2020-06-05 10:00" if number % 3 == 0 else "2020-04-10 10:00" if number != 4 else None,
            certificate=("2020-05-02 10:00", "2020-05-30 10:00")[number == 7] if number % 2 else None,
            modules={"M1": "2020-04-20 10:00", "M2": "2020-05-25 10:00" if number == 5 else None},
            sex=sex,
            institution=f"I{number % 2}",
        )
        given.account(f"{name} at the event", "eventos", name, sex=sex)
        given.present(f"{name} at the event", organisation_type="academia" if number % 2 else "osc")
        given.connected(f"{name} at the event", "10:00", "11:50" if number < 6 else "10:20")
        given.account(f"{name} in the survey", "encuestas", name, sex=sex)
        given.response(f"{name} in the survey", "S-ED", "2020-06-01 10:00", answer="A4" if number % 2 else None)
        given.response(f"{name} in the survey", "S-EV", "2020-06-01 10:00", f"{name} ev", complete=number < 5)
    given.response("a1 in the survey", "S-ED", "2020-06-02 10:00", "again", answer="A5")
    given.response("a2 in the survey", "S-ED", "2020-07-02 10:00", "late", answer="A5")
    given.learner("a0 again", "ED-B", "sfp", person="a0", certificate="2020-06-20 10:00", sex="mujer")
    given.learner("a1 again", "ED-A", person="a1", certificate="2020-05-01 10:00", sex="hombre")
    given.learner("a2 in another edition", "ED-C", person="a2", certificate="2020-08-01 10:00", sex="mujer")
    given.account("a3 elsewhere", "sfp", "a3")
    given.module("a3 elsewhere", "M2", "2020-06-20 10:00", "ED-B", "sfp")
    given.account("nobody", sex="mujer")
    given.certificate("nobody", "2020-05-02 10:00")
    given.account("teacher")
    given.enrolled("teacher", role="editingteacher", in_population=False)


def people_who_moved(given: Given) -> None:
    """Accounts that say where their person works and lives, each another; and some that leave it to the person."""
    for code, state in (("UIF", "09"), ("SAT", "14")):
        given.put("institution", "framework", institution=code, name=f"La {code}", order_of_government="F", state=state)
        given.put("alias", "framework", kind="institution", alias=f"LA {code}", code=code)
        given.put("state", "framework", state=state, name=f"Estado {state}")
        given.put("alias", "framework", kind="state", alias=f"ESTADO {state}", code=state)
    for number in range(4):
        name = f"m{number}"
        given.learner(
            name, entered="2020-04-10 10:00", certificate="2020-05-02 10:00", modules={"M1": "2020-04-20 10:00"},
            institution="SAT", state="14", institution_listed=True,
        )  # fmt: skip
        given.learner(f"{name} later", "ED-C", person=name, certificate="2020-08-01 10:00")
        given.account(f"{name} elsewhere", "sfp", name)
        given.module(f"{name} elsewhere", "M2", "2020-04-22 10:00", "ED-A", "sfp")
        given.account(f"{name} at the event", "eventos", name)
        given.present(f"{name} at the event", institution=("La UIF", None)[number % 2])
        given.account(f"{name} in the survey", "encuestas", name)
        given.response(f"{name} in the survey", "S-ED", "2020-06-01 10:00", answer="A4")
    given.next_night()
    for name, source, institution, state in (
        ("m0", "moodle", "LA UIF", None), ("m1", "moodle", "Una que nadie conoce", "Estado 14"),
        ("m1 later", "moodle", "La UIF", None), ("m2 later", "moodle", "La SAT", "Estado 09"),
        ("m2 elsewhere", "sfp", "La UIF", None), ("m2 at the event", "eventos", "La UIF", None),
        ("m3 at the event", "eventos", "La UIF", None), ("m3 in the survey", "encuestas", "La UIF", None),
    ):  # fmt: skip
        given.put("account", source, account_key=key(name), institution=institution, state=state)


@pytest.mark.parametrize("line", INDICATORS[:-1], ids=lambda line: line.evidence + line.code)
def test_an_analyst_finds_the_institutions_and_states_of_every_indicator(marts: Marts, line: Indicator) -> None:
    """As the account says them, the list of an event or else the person: the same in the marts as in the figures."""
    line = replace_breakdowns(line)
    marts.project = replace(marts.project, indicators=(line,))
    marts.put(people_who_moved)
    for period in ("2020-Q2", "2020-Q3"):
        compare(marts.ask, line, line.attribution, period)
    told = marts.ask("SELECT DISTINCT category FROM marts.indicator_value WHERE disaggregation = 'institution'")
    assert {row["category"] for row in told} >= {"SAT", "UIF"}


def test_the_name_of_an_institution_is_that_of_the_one_shown(marts: Marts) -> None:
    marts.put(people_who_moved)
    columns = "institution, institution_name, institution_listed, state, state_name, order_of_government"
    uif = ("UIF", "La UIF", True, "09", "Estado 09", "F")
    assert tuple(marts.of("enrolment", "m0", columns).values()) == uif
    assert tuple(marts.of("enrolment", "m1", columns).values()) == (
        "Una que nadie conoce", "Una que nadie conoce", False, "14", "Estado 14", None,
    )  # fmt: skip
    assert tuple(marts.of("enrolment", "m3", columns).values())[:5] == ("SAT", "La SAT", True, "14", "Estado 14")
    assert tuple(marts.of("attendance", "m0 at the event", columns).values())[:3] == uif[:3]
    passed = marts.ask(
        f"SELECT module, {columns} FROM marts.enrolment_module WHERE account_key = :key AND passed ORDER BY module",
        key=key("m2"),
    )
    assert [row["institution"] for row in passed] == ["SAT", "UIF"], "each module where it was passed"
    assert tuple(passed[1].values())[1:] == uif


@pytest.mark.parametrize("period", ["2020-Q1", "2020-Q2", "2020-Q3"])
def test_every_figure_summed_up_from_the_marts_is_the_indicator(marts: Marts, period: str) -> None:
    marts.put(a_bit_of_everything)
    for line in INDICATORS:
        for rule in (line.attribution, *line.reconciliation):
            compare(marts.ask, line, rule, period)


def test_what_is_left_out_adds_up_to_the_indicators(marts: Marts) -> None:
    marts.put(a_bit_of_everything)
    found = marts.ask(
        "SELECT v.indicator, v.period, v.attribution_rule, v.excluded, v.value,"
        " (SELECT coalesce(sum(x.rows), 0) FROM marts.exclusion AS x WHERE (x.indicator, x.period, x.attribution_rule)"
        "   = (v.indicator, v.period, v.attribution_rule)) AS told,"
        " (SELECT min(x.value) FROM marts.exclusion AS x WHERE (x.indicator, x.period, x.attribution_rule)"
        "   = (v.indicator, v.period, v.attribution_rule)) AS told_value"
        " FROM marts.indicator_value AS v WHERE v.is_current AND v.disaggregation = 'total'"
    )
    assert all(row["told"] == row["excluded"] for row in found)
    assert all(row["told_value"] in (None, row["value"]) for row in found)
    reasons = {row["reason"] for row in marts.ask("SELECT DISTINCT reason FROM marts.exclusion")}
    assert reasons >= {
        "otra_cuenta_de_la_persona", "fuera_de_la_poblacion",
        "permanencia_insuficiente", "respuesta_repetida", "poblacion_desconocida", "sin_respuesta",
    }  # fmt: skip


def test_a_path_is_that_of_the_person_on_all_platforms(marts: Marts) -> None:
    marts.put(a_bit_of_everything)
    path = "counted, excluded, stage, modules_completed, last_module, certified, certified_late"
    assert marts.of("enrolment", "a3", path) == {
        "counted": True, "excluded": None, "stage": "certificado", "modules_completed": 2, "last_module": "M2",
        "certified": True, "certified_late": False,
    }  # fmt: skip
    assert marts.of("enrolment", "a7", "stage, certified, certified_late") == {
        "stage": "modulo", "certified": False, "certified_late": True,
    }  # fmt: skip
    # Each of both enrolments is told, the one that entered first counts, with the certificate of its platform.
    assert marts.of("enrolment", "a0 again", "counted, certified") == {"counted": True, "certified": True}
    assert marts.of("enrolment", "a0", "counted, excluded, certified") == {
        "counted": False, "excluded": "otra_cuenta_de_la_persona", "certified": False,
    }  # fmt: skip
    assert marts.of("enrolment", "teacher", "counted, excluded") == {
        "counted": False, "excluded": "fuera_de_la_poblacion",
    }  # fmt: skip
    assert marts.of("enrolment", "a3 elsewhere", "enrolled, counted") == {"enrolled": False, "counted": False}


def test_a_certificate_that_does_not_count_makes_nobody_late(marts: Marts) -> None:
    def twice(given: Given) -> None:
        given.learner("ana", entered="2020-04-10 10:00")
        given.account("ana who teaches", person="ana")
        given.enrolled("ana who teaches", role="editingteacher", in_population=False)
        given.certificate("ana who teaches", "2020-05-02 10:00")

    marts.put(twice)
    assert marts.of("enrolment", "ana", "counted, stage, certified, certified_late, certified_at") == {
        "counted": True, "stage": "ingreso", "certified": False, "certified_late": False, "certified_at": None,
    }  # fmt: skip
    (edition,) = marts.ask("SELECT * FROM marts.edition WHERE edition = 'ED-A'")
    assert (edition["certified"], edition["certified_late"]) == (0, 0)


def test_who_was_invited_and_never_enrolled_is_at_the_first_stage(marts: Marts) -> None:
    def invited(given: Given) -> None:
        for name in ("ana", "eva"):
            given.account(f"{name} by mail", "encuestas", name, sex="mujer")
            given.put(
                "invitation", "encuestas", account_key=key(f"{name} by mail"), target_kind="edition", target="ED-B",
                delivered=True,
            )  # fmt: skip
        given.learner("eva", "ED-B", entered=None, sex="mujer")

    marts.put(invited)
    columns = "stage, counted, excluded, invited, enrolled"
    assert marts.of("enrolment", "ana by mail", columns) == {
        "stage": "invitada", "counted": False, "excluded": "sin_inscripcion", "invited": True, "enrolled": False,
    }  # fmt: skip
    assert marts.of("enrolment", "eva", columns) == {
        "stage": "inscrita", "counted": True, "excluded": None, "invited": True, "enrolled": True,
    }  # fmt: skip
    assert len(marts.ask("SELECT 1 FROM marts.enrolment")) == 2


def test_a_survey_by_invitation_has_those_invited_for_its_denominator(marts: Marts) -> None:
    def asked(given: Given) -> None:
        given.survey("S-IN", reached_by="invitation", edition="ED-A")
        given.survey("S-OPEN")
        for name in ("ana", "eva", "iris", "luz"):
            given.account(name, "encuestas")
            given.invited(name, sent=None if name == "luz" else "2020-06-01 09:00")
        given.response("ana", "S-IN", "2020-06-03 10:00")
        given.response("ana", "S-IN", "2020-06-04 10:00", "twice")
        given.response("eva", "S-IN", "2020-07-03 10:00")
        given.response("iris", "S-IN", None, complete=False)
        given.response("ana", "S-OPEN", "2020-06-03 10:00", "open")

    marts.put(asked)
    surveys = {row["survey"]: row for row in marts.ask("SELECT * FROM marts.survey")}
    counted = ("reached", "invited", "responded", "reached_responded", "incomplete", "repeated_out", "late")
    assert [surveys["S-IN"][name] for name in counted] == [3, 3, 1, 1, 1, 1, 1]
    assert (surveys["S-IN"]["response_rate"], surveys["S-IN"]["obs_status"]) == (Decimal("33.3"), "preliminar")
    opened = surveys["S-OPEN"]
    assert [opened[name] for name in ("reached", "invited", "responded", "response_rate")] == [None, None, 1, None]
    assert (opened["obs_status"], opened["obs_note"]) == ("n. d.", "no_calculable")


def present_at_the_event(given: Given) -> None:
    """Ana, Eva and Iris, of whom Ana answered the event's survey, and Eva and Iris another one of it."""
    given.survey("S-EV2", event="EV-1", reached_by="attendance")
    for name in ("ana", "eva", "iris", "luz"):
        given.account(f"{name} at the event", "eventos", name)
        given.present(f"{name} at the event")
        given.account(f"{name} in the survey", "encuestas", name)
    given.response("ana in the survey", "S-EV", "2020-06-01 10:00")
    for name in ("ana", "eva", "iris"):
        given.response(f"{name} in the survey", "S-EV2", "2020-06-01 10:00", f"{name} 2")


def test_who_answered_one_survey_of_an_event_did_not_answer_the_other(marts: Marts) -> None:
    marts.put(present_at_the_event)
    surveys = {row["survey"]: row for row in marts.ask("SELECT * FROM marts.survey")}
    counted = ("reached", "responded", "reached_responded", "response_rate")
    assert [surveys["S-EV"][name] for name in counted] == [4, 1, 1, Decimal("25.0")]
    assert [surveys["S-EV2"][name] for name in counted] == [4, 3, 3, Decimal("75.0")]


def test_who_answered_an_anonymous_survey_of_an_event_is_not_known_and_no_zero(marts: Marts) -> None:
    def asked(given: Given) -> None:
        for name in ("ana", "eva"):
            given.account(f"{name} at the event", "eventos", name)
            given.present(f"{name} at the event")
            given.account(f"{name} anonymous", "encuestas")
            given.response(f"{name} anonymous", "S-EV", "2020-06-01 10:00", name)

    marts.put(asked)
    (survey,) = marts.ask("SELECT * FROM marts.survey WHERE survey = 'S-EV'")
    counted = ("reached", "responded", "reached_responded", "response_rate", "obs_status")
    assert [survey[name] for name in counted] == [2, 2, None, None, "n. d."]
    assert marts.ask("SELECT responded, response_rate FROM marts.event") == [{"responded": None, "response_rate": None}]
    assert marts.ask(
        "SELECT value, n, obs_status FROM marts.indicator_value WHERE indicator = 'X-8' AND disaggregation = 'total'"
        " AND period = '2020-Q2' AND is_current"
    ) == [{"value": None, "n": 2, "obs_status": "n. d."}]


def test_an_answer_keeps_the_wording_of_when_it_was_loaded(marts: Marts) -> None:
    def worded(text: str, **texts: str) -> Callable[[Given], None]:
        return lambda given: given.put(
            "question", "encuestas", first={"type": "choice", "ordinal": 1, "free_text": False},
            survey="S-ED", question="P01", sub_code="", text=text, texts={"es-MX": text, **texts},
        )  # fmt: skip

    def answered(name: str, **values: Any) -> Callable[[Given], None]:
        def put(given: Given) -> None:
            given.account(name, "encuestas")
            given.response(name, "S-ED", "2020-06-01 10:00", answer="A4", **values)

        return put

    marts.put(lambda given: given.scores(A4=4))
    marts.put(worded("¿Le gustó?", en="Did you like it?"))
    marts.put(answered("ana"))
    marts.put(lambda given: given.next_night())
    marts.put(worded("¿Qué tanto le gustó?", en="How much did you like it?"))
    marts.put(answered("eva", language="en"))
    marts.put(lambda given: given.next_night())
    marts.put(answered("ana", language="es-MX"))  # a later version of her response, loaded first before the change
    told = {row["response_id"]: row for row in marts.ask("SELECT * FROM marts.answer")}
    assert (told["ana"]["wording"], told["ana"]["wording_version"]) == ("¿Le gustó?", 1)
    assert (told["eva"]["wording"], told["eva"]["wording_version"]) == ("How much did you like it?", 2)
    assert (told["eva"]["score"], told["eva"]["counted"]) == (4, True)


def test_presence_is_told_with_what_it_left_out(marts: Marts) -> None:
    marts.put(a_bit_of_everything)
    (event,) = marts.ask("SELECT * FROM marts.event")
    counted = ("registered", "attended", "left_out_presence", "women", "men", "sex_unknown", "responded")
    assert [event[name] for name in counted] == [8, 6, 2, 3, 2, 1, 5]
    assert marts.of("attendance", "a0 at the event", "seconds, counted") == {"seconds": 6600, "counted": True}
    assert marts.of("attendance", "a7 at the event", "excluded") == {"excluded": "permanencia_insuficiente"}


def test_a_person_who_attended_and_later_took_a_course_is_one(marts: Marts) -> None:
    marts.put(a_bit_of_everything)
    (person,) = marts.ask("SELECT * FROM marts.person WHERE person_key = :key", key=key("a2"))
    assert (person["sources"], person["accounts"], person["events_attended"]) == ("encuestas, eventos, moodle", 4, 1)
    assert (person["certificates"], person["first_certified_period_by_event"]) == (1, "2020-Q3")
