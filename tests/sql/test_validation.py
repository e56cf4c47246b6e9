"""Given staged rows -> exactly the expected failed rows, on a real PostgreSQL through the real Great Expectations."""

import itertools
import logging
import re
import subprocess
import sys
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from trimestre.contracts.base import read_yaml
from trimestre.contracts.corrections import Corrections
from trimestre.contracts.courses import Course, Delivery, Edition, Module
from trimestre.contracts.events import Event
from trimestre.contracts.expectations import Rule, Suite
from trimestre.contracts.framework import Framework, Periods
from trimestre.contracts.identity import Identity
from trimestre.contracts.indicators import Indicator, Texts
from trimestre.contracts.project import Project
from trimestre.contracts.surveys import Survey
from trimestre.embedded import EmbeddedPostgres
from trimestre.errors import ContractError, PermanentError, TransientError
from trimestre.pipeline import validation
from trimestre.pipeline.validation import RuleOutcome, explain, validate
from trimestre.texts import BATCH_STATES
from trimestre.warehouse.database import connect, planned
from trimestre.warehouse.entities import ENTITIES, OPTIONAL_KEYS
from trimestre.warehouse.tables import STAGING, metadata

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2020, 7, 1, 3, 0, tzinfo=UTC)
BATCH = 7
SECRET = "GARL800101MDFRRS09"  # stands for personal data: must show up nowhere
TEXTS = {"what": "Qué", "why": "Por qué", "how_to_fix": "Cómo"}


@pytest.fixture(scope="module")
def warehouse(
    postgres: EmbeddedPostgres, make_database: Callable[[str], str], migrated_template: str
) -> Iterator[sa.Engine]:
    """A warehouse for the tests of this module: its suites ask the functions of the schema, too."""
    name = make_database(migrated_template)
    engine = connect(postgres.url(name))
    yield engine
    engine.dispose()
    postgres.drop_database(name)


@pytest.fixture
def engine(warehouse: sa.Engine) -> sa.Engine:
    """The warehouse with empty tables."""
    with warehouse.begin() as connection:
        for table in (*STAGING.values(), metadata.tables["staging.failed_row"], metadata.tables["ops.rule_result"]):
            connection.execute(sa.delete(table))
        connection.execute(sa.delete(metadata.tables["staging.record"]))
        connection.execute(sa.delete(metadata.tables["ops.batch"]))
        connection.execute(
            sa.text(
                "INSERT INTO ops.batch (batch_id, source, state, started_at) SELECT n, 'moodle', 'staged', now()"
                " FROM unnest(ARRAY[1, 7]) AS n"
            )
        )
    return warehouse


@pytest.fixture(scope="module")
def project() -> Project:
    """The contracts of a small project with the real suites."""
    text = Texts(es="x", en="x")
    edition = Edition(
        edition="ED-1",
        name="Uno",
        opens_on=date(2020, 4, 1),
        closes_on=date(2020, 6, 30),
        delivered_by=(Delivery(source="moodle", course="1"),),
    )
    return Project(
        root=ROOT,
        framework=Framework(project="1", name="Proyecto", timezone="America/Mexico_City", lines=()),
        periods=Periods(first="2020-Q1", last="2020-Q4"),
        identity=Identity(keys=("email",), sex_order=()),
        corrections=Corrections(),
        courses=(
            Course(
                course="C",
                name="Curso",
                line="L2",
                modules=(Module(module="M1", name="Uno"), Module(module="M2", name="Dos")),
                editions=(edition,),
            ),
        ),
        surveys=(Survey(survey="S-1", name="Salida", source="e", survey_id="1", closes_on=date(2020, 6, 30)),),
        events=(Event(event="EV-1", name="Evento", held_on=date(2020, 5, 27), line="L2"),),
        indicators=(
            Indicator(
                code="L1-01",
                state="vigente",
                name=text,
                definition=text,
                line="L1",
                unit="mecanismos",
                evidence="reported_values",
                measure="latest",
                attribution="event",
            ),
        ),
        suites={
            suite.entity: suite
            for suite in (read_yaml(path, Suite) for path in sorted((ROOT / "expectations").glob("*.yaml")))
        },
        sources={},
    )


def key(ref: str) -> uuid.UUID:
    """The account key of a local id."""
    return uuid.uuid5(uuid.NAMESPACE_OID, ref)


def stage(engine: sa.Engine, entity: str, rows: list[dict[str, Any]], batch_id: int = BATCH) -> list[int]:
    """Stage rows; their staged_id in order. ``account`` is short for account_ref and account_key."""
    staged = []
    with engine.begin() as connection:
        for number, row in enumerate(rows, 1):
            values = {"batch_id": batch_id, "record_no": number, **row}
            if account := values.pop("account", None):
                values |= {"account_ref": account, "account_key": key(account)}
            inserted = connection.execute(sa.insert(STAGING[entity]).values(**values))
            staged.append(inserted.inserted_primary_key[0])
    return staged


def failed(engine: sa.Engine, rule: str, entity: str | None = None) -> set[int]:
    """Staged rows marked as failing a rule."""
    with engine.connect() as connection:
        return set(
            connection.scalars(
                sa.text(
                    "SELECT staged_id FROM staging.failed_row WHERE batch_id = :batch AND rule = :rule"
                    " AND (CAST(:entity AS text) IS NULL OR entity = :entity)"
                ),
                {"batch": BATCH, "rule": rule, "entity": entity},
            )
        )


def suite_of(project: Project, entity: str, *rules: dict[str, Any]) -> Project:
    """The project with one suite of the given rules."""
    made = Suite(entity=entity, rules=tuple(Rule(**{"severity": "critical", **TEXTS, **rule}) for rule in rules))
    return replace(project, suites={entity: made})


def enrolment(account: str, **values: Any) -> dict[str, Any]:
    """A good staged enrolment."""
    return {
        "account": account,
        "edition": "ED-1",
        "role": "student",
        "active": "true",
        "suspended": "false",
        "enrolled_at": "2020-04-02T09:00:00-05:00",
        "accessed_at": "2020-04-03T10:30:00.5+00:00",
        **values,
    }


def completion(account: str, **values: Any) -> dict[str, Any]:
    """A good staged module completion."""
    good = {"edition": "ED-1", "module": "M1", "state": "completed", "completed_at": "2020-05-04T12:00:00Z"}
    return {"account": account, **good, **values}


GOOD_ROWS: dict[str, dict[str, Any]] = {
    "period": {
        "period": "2020-Q2",
        "ordinal": "2",
        "starts_on": "2020-04-01",
        "ends_on": "2020-06-30",
        "fiscal_year": "FY2020",
        "fy_period": "FY2020-Q3",
        "timezone": "America/Mexico_City",
    },
    "state": {"state": "09", "name": "Ciudad de México", "short_name": "CDMX"},
    "institution": {"institution": "SFP", "name": "Secretaría de la Función Pública", "state": "09"},
    "alias": {"kind": "institution", "alias": "FUNCION PUBLICA", "code": "SFP"},
    "edition_course": {
        "edition": "ED-1",
        "delivered_by": "moodle",
        "source_course": "CURSO",
        "activities": '{"M1": "Uno"}',
    },
    "milestone": {"indicator": "L1-01", "stage": "0", "name": "Sin avance"},
    "course": {"course": "C", "name": "Curso", "line": "L2"},
    "course_edition": {
        "edition": "ED-1",
        "course": "C",
        "name": "Uno",
        "opens_on": "2020-04-01",
        "closes_on": "2020-06-30",
        "last_day": "2020-07-07",
        "population": "enrolled",
        "timezone": "America/Mexico_City",
    },
    "module": {"course": "C", "module": "M1", "name": "Uno", "ordinal": "1"},
    "event": {"event": "EV-1", "name": "Evento", "held_on": "2020-05-27", "line": "L2"},
    "survey": {
        "survey": "S-1",
        "name": "Salida",
        "closes_on": "2020-06-30",
        "timezone": "America/Mexico_City",
        "reached_by": "enrolment",
        "repeated": "last",
    },
    "indicator": {"indicator": "L1-01", "version": "1", "definition": '{"a": 1}'},
    "question": {"survey": "S-1", "question": "P01", "sub_code": "", "type": "choice", "ordinal": "1", "text": "¿?"},
    "question_option": {"survey": "S-1", "question": "P01", "code": "A1", "score": "1.5", "ordinal": "1"},
    "account": {"account": "a", "kind": "learner", "sex": "mujer", "state": "09"},
    "account_identity": {
        "account": "a",
        "full_name": "Ana",
        "email": "ana@ejemplo.mx",
        "legal_id": "HEGG560427MVZRRL04",
    },
    "enrolment": enrolment("a"),
    "module_completion": completion("a"),
    "certificate": {"account": "a", "edition": "ED-1", "state": "obtained", "obtained_at": "2020-05-04T12:00:00Z"},
    "invitation": {"account": "a", "target_kind": "survey", "target": "S-1"},
    "response": {
        "account": "a",
        "survey": "S-1",
        "response_id": "1",
        "complete": "true",
        "submitted_at": "2020-06-01T10:00:00Z",
    },
    "answer": {"account": "a", "survey": "S-1", "response_id": "1", "question": "P01", "value": "A5"},
    "attendance": {"account": "a", "event": "EV-1", "registered_at": None},
    "attendance_interval": {
        "account": "a",
        "event": "EV-1",
        "joined_at": "2020-05-27T15:00:00+00:00",
        "left_at": "2020-05-27T16:00:00+00:00",
        "seconds": "3600",
    },
    "reported_value": {
        "indicator": "L1-01",
        "period": "2020-Q2",
        "value": "0",
        "reported_on": "2020-06-30",
        "verification": "Acta",
    },
}


def test_each_kind_of_rule_marks_exactly_the_failing_rows(engine: sa.Engine, project: Project) -> None:
    """Thirty failing rows a rule: more than the twenty at which Great Expectations cuts its lists."""
    judged = suite_of(
        project,
        "enrolment",
        {"rule": "presente", "column": "edition", "expectation": "expect_column_values_to_not_be_null"},
        {
            "rule": "conocida",
            "column": "edition",
            "expectation": "expect_column_values_to_be_in_set",
            "kwargs": {"value_set": "$editions"},
        },
        {
            "rule": "forma",
            "column": "role",
            "expectation": "expect_column_values_to_match_regex",
            # a percent sign, braces, a backslash and a quote: each is special to one of the layers
            "kwargs": {"regex": r"^(student|100% \w{3,9}|d'a)$"},
        },
        {"rule": "fecha", "column": "enrolled_at", "check": "instant"},
        {"rule": "condicion", "column": "active", "unexpected_rows": "r.active ~ '^n{1,2}:x%$' AND r.role LIKE 's%'"},
    )
    rows = [enrolment(f"a{n}") for n in range(40)]
    rows += [enrolment(f"b{n}", edition=None) for n in range(30)]
    rows += [enrolment(f"c{n}", edition="ED-9") for n in range(30)]
    rows += [enrolment(f"d{n}", role="teacher") for n in range(30)]
    rows += [enrolment(f"e{n}", role="100% abc") for n in range(5)] + [enrolment("e'", role="d'a")]
    rows += [enrolment(f"f{n}", enrolled_at="31/02/2020") for n in range(30)]
    rows += [enrolment(f"g{n}", active="nn:x%") for n in range(30)]
    ids = stage(engine, "enrolment", rows)
    stage(engine, "enrolment", [enrolment("other", edition=None)], batch_id=BATCH + 1)
    stage(engine, "enrolment", [enrolment("out", edition=None, out_of_scope="not counted")])

    outcomes = {outcome.rule: outcome for outcome in validate(engine, judged, BATCH, NOW)}

    assert failed(engine, "presente") == set(ids[40:70])
    assert failed(engine, "conocida") == set(ids[70:100])
    assert failed(engine, "forma") == set(ids[100:130])
    assert failed(engine, "fecha") == set(ids[136:166])
    assert failed(engine, "condicion") == set(ids[166:196])
    assert {outcome.failed for rule, outcome in outcomes.items() if rule != "clave_en_conflicto"} == {30}
    assert {outcome.checked for outcome in outcomes.values()} == {len(rows)}


@pytest.mark.parametrize(
    ("check", "good", "bad"),
    [
        (
            "instant",
            ["2020-05-18T23:12:00-05:00", "2020-05-18T23:12:00Z", "2020-05-18T23:12:00.123456+00:00", None],
            ["2020-05-18", "2020-05-18T23:12:00", "2020-02-30T10:00:00Z", "2020-05-18T25:00:00Z", "18/05/2020", ""],
        ),
        ("date", ["2020-02-29", None], ["2021-02-29", "2020-13-01", "2020-05-18T00:00:00Z", "29/02/2020", "ayer"]),
        ("integer", ["0", "-3", "12", None], ["1.0", "1e3", "", "99999999999", "uno"]),
        ("number", ["0", "-3", "12.50", None], ["1,5", "NaN", "1e3", "63%", "", ".5", "doce"]),
        ("boolean", ["true", "false", None], ["True", "1", "", "sí"]),
        ("json", ['{"a": 1}', None], ["{", ""]),
        (
            "not_future",
            ["2020-07-02T02:59:00Z", "2020-07-02", "1980-01-01", "no date", None],
            ["2020-07-02T03:01:00Z", "2020-07-03"],
        ),
        ("dated", ["2000-01-01", "2031-01-01T00:00:00Z", "x", None], ["1999-12-31", "1980-01-01T00:00:00-06:00"]),
        ("plausible", ["2020-06-30T23:59:59-05:00", "x", None], ["1980-01-01T00:00:00Z", "2020-07-03"]),
    ],
)
def test_named_checks(engine: sa.Engine, project: Project, check: str, good: list[Any], bad: list[Any]) -> None:
    judged = suite_of(project, "enrolment", {"rule": "revision", "column": "enrolled_at", "check": check})
    ids = stage(engine, "enrolment", [enrolment(f"a{n}", enrolled_at=value) for n, value in enumerate(good + bad)])
    validate(engine, judged, BATCH, NOW)
    assert failed(engine, "revision") == set(ids[len(good) :])


def test_real_suites_hold_good_rows_back_nowhere(engine: sa.Engine, project: Project) -> None:
    for entity, row in GOOD_ROWS.items():
        stage(engine, entity, [row])
    outcomes = validate(engine, project, BATCH, NOW)
    assert [outcome for outcome in outcomes if outcome.failed] == []
    assert {outcome.entity for outcome in outcomes} == set(ENTITIES)
    assert len(outcomes) == sum(len(suite.rules) + 1 for suite in project.suites.values())


MERGED_AS_FALSE = {("question", "free_text"), ("invitation", "delivered"), ("attendance", "weak")}
"""Marks that most sources don't know: null is no (or, of an invitation, whether it has a date)."""


def test_what_the_warehouse_cannot_hold_is_held_back(engine: sa.Engine, project: Project) -> None:
    """A field that its merged table wants NOT NULL, staged as null, fails a critical rule of its own."""
    wanted = [
        (entity.name, field)
        for entity in ENTITIES.values()
        for field in (*entity.fields, *(("account_key",) if entity.has_account else ()))
        if field in metadata.tables[entity.table].columns
        and not metadata.tables[entity.table].columns[field].nullable
        and field not in OPTIONAL_KEYS
        and (entity.name, field) not in MERGED_AS_FALSE
    ]
    ids = {}
    for entity, field in wanted:
        row = {**GOOD_ROWS[entity], "account" if field == "account_key" else field: None}
        ids[entity, field] = stage(engine, entity, [row])[0]
    validate(engine, project, BATCH, NOW)
    with engine.connect() as connection:
        retained = connection.execute(
            sa.text(
                "SELECT DISTINCT entity, staged_id FROM staging.failed_row"
                " WHERE severity = 'critical' AND rule <> 'clave_en_conflicto'"
            )
        )
        marked = {(row.entity, row.staged_id) for row in retained}
    assert [case for case, staged_id in ids.items() if (case[0], staged_id) not in marked] == []


def test_what_no_index_can_hold_is_held_back_or_cut_and_said(engine: sa.Engine, project: Project) -> None:
    """A text pasted into the place of a key, or where the merge keeps none or only the beginning."""
    keys = [
        (entity.name, field)
        for entity in ENTITIES.values()
        if entity.has_account or entity.name in ("question", "question_option", "reported_value")
        for field in entity.fields
        if field in entity.key
    ]
    told = {
        "account": {"institution": 200, "state": 200, "order_of_government": 200, "organisation_type": 200},
        "attendance": {"institution": 200, "organisation_type": 200},
        "account_identity": {"legal_id": 640, "employee_id": 640, "email": 640},
    }
    ids = {}
    for entity, field in keys:
        ids[entity, field] = stage(engine, entity, [{**GOOD_ROWS[entity], field: "x" * 641}])[0]
    for entity, fields in told.items():
        for field, most in fields.items():
            ids[entity, field] = stage(engine, entity, [{**GOOD_ROWS[entity], field: "ñ" * (most + 1)}])[0]
    validate(engine, project, BATCH, NOW)
    with engine.connect() as connection:
        rows = connection.execute(
            sa.text("SELECT entity, staged_id, max(severity) FROM staging.failed_row"
                    " WHERE rule <> 'clave_en_conflicto' GROUP BY 1, 2")
        )  # fmt: skip
        found = {(entity, staged_id): severity for entity, staged_id, severity in rows}
    assert [place for place in keys if found.get((place[0], ids[place])) != "critical"] == []
    assert [
        (entity, field) for entity in told for field in told[entity] if (entity, ids[entity, field]) not in found
    ] == []


def test_as_much_as_the_merge_keeps_is_told_of_nobody(engine: sa.Engine, project: Project) -> None:
    stage(engine, "response", [{**GOOD_ROWS["response"], "response_id": "x" * 640}])
    about = dict.fromkeys(("institution", "state", "organisation_type"), "ñ" * 200)
    stage(engine, "account", [{**GOOD_ROWS["account"], **about}])
    stage(engine, "account_identity", [{**GOOD_ROWS["account_identity"], "employee_id": "9" + "E" * 639}])
    outcomes = validate(engine, project, BATCH, NOW)
    assert [outcome for outcome in outcomes if outcome.failed] == []


def test_real_suites_mark_bad_rows(engine: sa.Engine, project: Project) -> None:
    accounts = stage(
        engine,
        "account",
        [{"account": f"a{n}", "kind": "learner", "sex": sex} for n, sex in enumerate(["mujer", None, "F"])],
    )
    identities = stage(
        engine,
        "account_identity",
        [
            {"account": "a0", "full_name": "A", "email": "a.b@c.mx", "legal_id": "boxw310820hnerxn09"},
            {"account": "a1", "full_name": "B", "email": "a b@c.mx", "legal_id": "BOXW310820KNERXN09"},
            {"account": "a2", "full_name": "C", "legal_id": "xexx010101 hnexxxa4", "employee_id": "1007"},
            *(
                {"account": f"a{n}", "full_name": "D", "employee_id": employee}
                for n, employee in enumerate(
                    ["N/A", "0", "000", "no tengo", "-", "999", "s/n", "11", "E-7", "SIN01"], 3
                )
            ),
        ],
    )
    completions = stage(
        engine,
        "module_completion",
        [
            completion("a0", state="completed", completed_at=None),
            completion("a1", state="not_completed"),
            completion("a2", state="done"),
            completion("a3", completed_at="1980-01-01T00:00:00-06:00"),
            completion("a4", completed_at="2020-07-04T00:00:00Z"),
            completion("a5", module="M9"),
        ],
    )
    validate(engine, project, BATCH, NOW)
    assert failed(engine, "sexo_reconocido") == {accounts[2]}
    assert failed(engine, "correo_con_forma_de_correo") == {identities[1]}
    assert failed(engine, "curp_con_formato") == {identities[1], identities[2]}
    assert failed(engine, "curp_de_una_persona") == {identities[2]}
    assert failed(engine, "numero_de_empleado_de_una_persona") == set(identities[3:10])
    assert failed(engine, "concluido_con_fecha") == {completions[0]}
    # the unknown state is reported for its date as well: a date with neither completed nor failed
    assert failed(engine, "fecha_sin_conclusion") == {completions[1], completions[2]}
    assert failed(engine, "estado_conocido") == {completions[2]}
    assert failed(engine, "conclusion_con_fecha_creible") == {completions[3]}
    assert failed(engine, "conclusion_no_futura") == {completions[4]}
    assert failed(engine, "modulo_conocido") == {completions[5]}


def test_fillers_of_employee_numbers_are_known_whatever_stands_around_them(engine: sa.Engine, project: Project) -> None:
    """The rule's quick first half lets nothing pass that the second one knows: every text of up to five signs."""
    rule = project.suites["account_identity"].rule("numero_de_empleado_de_una_persona")
    assert rule is not None
    words = r"N[AD]|S[NDI]|NO(TENGO|TIENE|APLICA|DISPONIBLE)?|NINGUN[OA]|SIN(DATOS?)?|PENDIENTE|NULL"
    filler = re.compile(rf"(([0A-Z])\2*|(.)\3\3+|{words})?")
    texts = ["".join(signs) for length in range(6) for signs in itertools.product("019aN- ?", repeat=length)]
    texts += ["SIN DATOS", "no tengo", "n.a.", "s/n", "pendiente", "PENDIENTE 1", "GOMA800101AB1", "1234567890"]
    with engine.connect() as connection:
        found = connection.scalars(
            sa.text(
                f"SELECT r.employee_id FROM unnest(CAST(:texts AS text[])) AS r (employee_id)"
                f" WHERE {rule.unexpected_rows}"
            ),
            {"texts": texts},
        ).all()
    assert set(found) == {text for text in texts if filler.fullmatch(re.sub(r"[\s/._-]", "", text).upper())}


def test_warnings_are_marked_and_counted_as_such(engine: sa.Engine, project: Project) -> None:
    stage(engine, "account_identity", [{"account": f"a{n}", "full_name": "A", "email": "x"} for n in range(25)])
    outcomes = validate(engine, project, BATCH, NOW)
    assert RuleOutcome("account_identity", "correo_con_forma_de_correo", "warning", 25, 25) in outcomes
    with engine.connect() as connection:
        stored = connection.execute(
            sa.text("SELECT severity, checked, failed FROM ops.rule_result WHERE rule = 'correo_con_forma_de_correo'")
        ).one()
        severities = connection.scalars(sa.text("SELECT DISTINCT severity FROM staging.failed_row")).all()
    assert tuple(stored) == ("warning", 25, 25)
    assert severities == ["warning"]


@pytest.mark.parametrize("column", ["module", "indicator"])
def test_an_empty_set_of_known_values_knows_nothing(engine: sa.Engine, project: Project, column: str) -> None:
    entity = {"module": "module_completion", "indicator": "reported_value"}[column]
    row = completion("a") if column == "module" else {"indicator": "L1-01", "period": "2020-Q2"}
    ids = stage(engine, entity, [row])
    judged = suite_of(
        replace(project, courses=(), indicators=()),
        entity,
        {
            "rule": "conocido",
            "column": column,
            "expectation": "expect_column_values_to_be_in_set",
            "kwargs": {"value_set": [f"${column}s"]},
        },
    )
    validate(engine, judged, BATCH, NOW)
    assert failed(engine, "conocido") == set(ids)


def test_results_are_matched_by_meta_whatever_their_order(
    engine: sa.Engine, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    from great_expectations.datasource.fluent.interfaces import Batch

    ids = stage(
        engine,
        "module_completion",
        [completion(f"a{n}", module="M9") for n in range(3)] + [completion("b", state="x", completed_at=None)],
    )
    judge = Batch.validate
    orders = []

    def reversed_order(self: Any, *args: Any, **options: Any) -> Any:
        validated = judge(self, *args, **options)
        validated.results.reverse()
        # no failing value may come out of the database, not even into the result
        assert all(not result.result.get("partial_unexpected_list") for result in validated.results)
        orders.append([result.expectation_config.meta["rule"] for result in validated.results])
        return validated

    monkeypatch.setattr(Batch, "validate", reversed_order)
    outcomes = {outcome.rule: outcome.failed for outcome in validate(engine, project, BATCH, NOW)}
    in_suite = [rule.rule for rule in project.suites["module_completion"].rules]
    assert orders != [in_suite]
    assert [outcome for outcome in outcomes if outcome != "clave_en_conflicto"] == in_suite
    assert failed(engine, "modulo_conocido") == set(ids[:3])
    assert failed(engine, "estado_conocido") == {ids[3]}
    assert outcomes["modulo_conocido"] == 3


def test_predicate_and_count_that_disagree_write_nothing(
    engine: sa.Engine, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage(engine, "enrolment", [enrolment("a", edition=SECRET)])
    counted = validation._counted
    monkeypatch.setattr(
        validation,
        "_counted",
        lambda entity, rule, result: (counted(entity, rule, result)[0] + 1, counted(entity, rule, result)[1]),
    )
    with pytest.raises(PermanentError, match=r"regla enrolment\.\w+: se encontraron \d filas por") as raised:
        validate(engine, project, BATCH, NOW)
    assert SECRET not in str(raised.value)
    with engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM ops.rule_result")) == 0
        assert connection.scalar(sa.text("SELECT count(*) FROM staging.failed_row")) == 0


def test_a_rule_that_cannot_be_judged_is_named_without_values(
    engine: sa.Engine, project: Project, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    stage(engine, "enrolment", [enrolment("a", edition=SECRET)])
    # PostgreSQL's own message quotes the value that it cannot cast
    judged = suite_of(
        project, "enrolment", {"rule": "numero", "column": "edition", "unexpected_rows": "CAST(r.edition AS int) > 0"}
    )
    with pytest.raises(PermanentError, match=r"regla enrolment\.numero: ") as raised:
        validate(engine, judged, BATCH, NOW)
    shown = capfd.readouterr()
    assert SECRET not in str(raised.value) + caplog.text + shown.out + shown.err
    assert raised.value.__suppress_context__ or raised.value.__context__ is None


def test_an_unknown_column_is_a_permanent_error(engine: sa.Engine, project: Project) -> None:
    stage(engine, "enrolment", [enrolment("a")])
    judged = suite_of(
        project, "enrolment", {"rule": "otra", "column": "nada", "expectation": "expect_column_values_to_not_be_null"}
    )
    with pytest.raises(PermanentError, match=r"regla enrolment\.otra: "):
        validate(engine, judged, BATCH, NOW)


def test_a_database_that_is_gone_is_a_transient_error(engine: sa.Engine, project: Project) -> None:
    nowhere = sa.create_engine(engine.url.set(port=1))
    with pytest.raises(TransientError):
        validate(nowhere, project, BATCH, NOW)


def test_no_value_reaches_logs_or_output(
    engine: sa.Engine,
    project: Project,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from great_expectations.datasource.fluent.interfaces import Batch

    judge = Batch.validate

    def talkative(self: Any, *args: Any, **options: Any) -> Any:
        logging.getLogger("great_expectations.execution_engine").warning("found %s", SECRET)
        return judge(self, *args, **options)

    monkeypatch.setattr(Batch, "validate", talkative)
    caplog.set_level(logging.DEBUG)
    stage(
        engine,
        "account_identity",
        [{"account": f"{SECRET}{n}", "full_name": SECRET, "email": SECRET, "legal_id": f"{SECRET}-"} for n in range(3)],
    )
    stage(engine, "account", [{"account": f"{SECRET}{n}", "kind": SECRET, "sex": SECRET} for n in range(3)])
    stage(engine, "module_completion", [completion(SECRET, completed_at=SECRET, state=SECRET, module=SECRET)])
    outcomes = validate(engine, project, BATCH, NOW)
    assert sum(outcome.failed for outcome in outcomes) > 10
    shown = capfd.readouterr()
    assert SECRET not in caplog.text + shown.out + shown.err + repr(outcomes)
    assert logging.getLogger("great_expectations").propagate


def test_conflicting_keys_are_all_retained_and_equal_rows_pass(engine: sa.Engine, project: Project) -> None:
    enrolments = stage(
        engine,
        "enrolment",
        [
            enrolment("equal"),
            enrolment("equal"),
            enrolment("moved", accessed_at="2020-04-03T10:30:00Z"),
            enrolment("moved", accessed_at="2020-04-04T10:30:00Z"),
            enrolment("two", enrolled_at=None),
            enrolment("two"),
            enrolment("two"),
            enrolment("out", role="teacher", out_of_scope="teacher"),
            enrolment("out"),
        ],
    )
    answer = {"account": "a", "survey": "S-1", "response_id": "1", "question": "P01", "value": "A1"}
    answers = stage(
        engine,
        "answer",
        [answer, {**answer, "sub_code": "", "value": "A2"}, {**answer, "sub_code": "SQ1", "value": "A2"}],
    )
    accounts = stage(
        engine,
        "account",
        [{"account": "a", "kind": "learner", "sex": sex} for sex in ("mujer", None)]
        + [{"kind": "learner", "sex": sex} for sex in ("mujer", None)],
    )
    value = {"indicator": "L1-01", "period": "2020-Q2", "value": "0", "reported_on": "2020-06-30"}
    values = stage(
        engine,
        "reported_value",
        [
            value,
            {**value, "value": "1", "disaggregation": "total", "category": "total"},
            {**value, "period": "2020-Q3"},
            {**value, "value": "2", "disaggregation": "sex", "category": "mujer"},
        ],
    )
    stage(engine, "enrolment", [enrolment("equal", role="teacher")], batch_id=BATCH + 1)

    validate(engine, project, BATCH, NOW)

    assert failed(engine, "clave_en_conflicto", "enrolment") == set(enrolments[4:7])
    assert failed(engine, "clave_en_conflicto", "answer") == set(answers[:2])
    assert failed(engine, "clave_en_conflicto", "account") == set(accounts[:2])  # no account, no key, no conflict
    assert failed(engine, "clave_en_conflicto", "reported_value") == set(values[:2])


def test_rows_that_several_processes_look_at_are_the_same_as_of_one(engine: sa.Engine, project: Project) -> None:
    """A row that no process looked at would pass every rule, and count as judged."""
    told = [
        completion(f"a{n // 2 * 2}", module=f"M{n}" if n % 5 else "M", completed_at="2020-05-0" if n % 7 == 0 else None)
        for n in range(60)
    ]
    stage(engine, "module_completion", [*told, *told[:6], completion("out", out_of_scope="teacher")])
    stage(engine, "enrolment", [enrolment(f"a{n // 2}") for n in range(60)])
    with engine.begin() as connection:
        connection.execute(sa.text("ANALYZE staging.module_completion, staging.enrolment"))
    found = []
    for processes in ("0", "2"):
        with (
            engine.begin() as connection,
            planned(
                connection,
                max_parallel_workers_per_gather=processes,
                min_parallel_table_scan_size="0",
                parallel_setup_cost="0",
                parallel_tuple_cost="0",
            ),
        ):
            checked, suspected = validation._suspect(
                connection, project, ["enrolment", "module_completion"], BATCH, NOW
            )
            validation._note_same_keys(connection, BATCH, checked)
            noted = [
                sorted(
                    tuple(row) for row in connection.execute(sa.text(f"SELECT entity, staged_id FROM staging.{name}"))
                )
                for name in ("suspect", "same_key")
            ]
            found.append((checked, suspected, *noted))
    assert found[0] == found[1]
    checked, _, suspects, same = found[0]
    assert checked == {"enrolment": 60, "module_completion": 66}
    assert suspects
    assert Counter(entity for entity, _ in same) == {"enrolment": 60, "module_completion": 12}


def test_great_expectations_that_cannot_be_imported_is_told_as_our_error(
    engine: sa.Engine, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage(engine, "enrolment", [enrolment("a", edition=None)])
    monkeypatch.setitem(sys.modules, "great_expectations", None)
    with pytest.raises(PermanentError, match="dentro de Great Expectations"):
        validate(engine, project, BATCH, NOW)


def test_every_row_of_a_key_told_several_times_is_known_to_the_merge(engine: sa.Engine, project: Project) -> None:
    """Copies that it did not hear of would become two versions of one thing."""
    told = [name for times, name in ((1, "once"), (2, "twice"), (3, "thrice"), (5, "often")) for _ in range(times)]
    ids = stage(engine, "enrolment", [enrolment(name) for name in told])
    modules = stage(engine, "module_completion", [completion("a", module=name) for name in told])
    validate(engine, project, BATCH, NOW)
    with engine.connect() as connection:
        known = connection.execute(sa.text("SELECT entity, staged_id FROM staging.same_key ORDER BY staged_id")).all()
    assert [row.staged_id for row in known if row.entity == "enrolment"] == ids[1:]
    assert [row.staged_id for row in known if row.entity == "module_completion"] == modules[1:]


def test_running_again_replaces_what_was_written(engine: sa.Engine, project: Project) -> None:
    ids = stage(engine, "enrolment", [enrolment("a", edition=None), enrolment("b")])
    with engine.begin() as connection:  # what other steps and batches marked stays
        connection.execute(
            sa.text(
                "INSERT INTO staging.failed_row VALUES (7, 'record', 1, 'unreadable', 'critical'),"
                " (8, 'enrolment', 1, 'clave_completa', 'critical')"
            )
        )

    def written() -> tuple[list[Any], list[Any]]:
        with engine.connect() as connection:
            return (
                list(connection.execute(sa.text("SELECT * FROM staging.failed_row ORDER BY 1, 2, 3, 4"))),
                list(connection.execute(sa.text("SELECT * FROM ops.rule_result ORDER BY 1, 2, 3"))),
            )

    first = validate(engine, project, BATCH, NOW)
    once = written()
    assert validate(engine, project, BATCH, NOW) == first
    assert written() == once
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE staging.enrolment SET edition = 'ED-1'"))
    validate(engine, project, BATCH, NOW)
    assert failed(engine, "clave_completa") == set()
    with engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM staging.enrolment WHERE staged_id = ANY(:ids)"), {"ids": ids})
    assert validate(engine, project, BATCH, NOW) == []
    marks, results = written()
    assert [tuple(mark)[:2] for mark in marks] == [(7, "record"), (8, "enrolment")]
    assert results == []


@pytest.mark.parametrize("state", ["landed", "validated", "merged", "rejected", "abandoned"])
def test_only_a_staged_batch_is_judged(engine: sa.Engine, project: Project, state: str) -> None:
    stage(engine, "enrolment", [enrolment("a", edition=None)])
    validate(engine, project, BATCH, NOW)
    with engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM staging.enrolment"))
        connection.execute(sa.text("UPDATE ops.batch SET state = :state WHERE batch_id = 7"), {"state": state})
    with pytest.raises(PermanentError, match=f"lote 7: se encontró «{BATCH_STATES[state]}», se esperaba «preparado»"):
        validate(engine, project, BATCH, NOW)
    with pytest.raises(PermanentError, match="lote 8: se encontró"):
        validate(engine, project, BATCH + 1, NOW)
    with engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM ops.rule_result WHERE failed > 0")) > 0


def test_sightings_differ_between_scopes_and_not_within_one(engine: sa.Engine, project: Project) -> None:
    said = [
        ("s1", "two scopes", "A", None), ("s2", "two scopes", "B", "mujer"), ("s2", "two scopes", "B", "mujer"),
        ("s1", "one scope", "A", None), ("s1", "one scope", "B", None), ("s2", "one scope", "C", None),
        ("s1", "two sexes", "A", "hombre"), ("s2", "two sexes", "A", "mujer"), ("s3", "two sexes", "A", None),
    ]  # fmt: skip
    with engine.begin() as connection:
        for number, (scope, *_) in enumerate(said, 1):
            connection.execute(
                sa.text(
                    "INSERT INTO staging.record (batch_id, landed_file_id, dataset, scope, position, record_no, status)"
                    " VALUES (7, 1, 'd', :scope, '1', :number, 'parsed')"
                ),
                {"scope": scope, "number": number},
            )
    accounts = stage(
        engine,
        "account",
        [{"account": a, "kind": "attendee", "institution": i, "sex": sex} for _, a, i, sex in said],
    )
    identities = stage(engine, "account_identity", [{"account": a, "full_name": i} for _, a, i, _ in said])
    validate(engine, project, BATCH, NOW)
    assert failed(engine, "clave_en_conflicto", "account") == {*accounts[3:5], *accounts[6:]}
    assert failed(engine, "clave_en_conflicto", "account_identity") == set(identities[3:5])


def test_a_staged_entity_without_a_suite_is_an_error(engine: sa.Engine, project: Project) -> None:
    stage(engine, "enrolment", [enrolment("a")])
    with pytest.raises(ContractError, match="no se encontraron reglas de enrolment"):
        validate(engine, replace(project, suites={}), BATCH, NOW)


def test_nothing_staged_does_not_import_great_expectations(engine: sa.Engine) -> None:
    """In a fresh interpreter, because the other tests have imported it here."""
    code = (
        "import sys, datetime, types\n"
        "from trimestre.warehouse.database import connect\n"
        "from trimestre.pipeline.validation import validate\n"
        "project = types.SimpleNamespace(suites={})\n"
        "now = datetime.datetime.now(datetime.UTC)\n"
        "assert validate(connect(sys.argv[1]), project, 1, now) == []\n"
        "assert 'great_expectations' not in sys.modules and 'pandas' not in sys.modules\n"
    )
    url = engine.url.render_as_string(hide_password=False)
    done = subprocess.run([sys.executable, "-c", code, url], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_connections_are_given_back(engine: sa.Engine, project: Project) -> None:
    stage(engine, "enrolment", [enrolment("a")])
    validate(engine, project, BATCH, NOW)
    engine.dispose()
    others = sa.text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    with engine.connect() as connection:
        deadline = time.monotonic() + 5  # a backend ends a moment after its client has gone
        while (left := connection.scalar(others)) and time.monotonic() < deadline:
            time.sleep(0.05)
            connection.rollback()
    assert left == 0


def test_every_rule_can_be_explained(project: Project) -> None:
    for entity, suite in project.suites.items():
        for rule in suite.rules:
            assert explain(project, entity, rule.rule).how_to_fix == rule.how_to_fix
        assert "misma clave" in explain(project, entity, "clave_en_conflicto").what
    assert "ilegible" in explain(project, "record", "registro_ilegible").why
    with pytest.raises(ContractError, match="no se encontró la regla «x»"):
        explain(project, "enrolment", "x")
