"""What is published outlives the keys of people and their names: a rotation, an erasure, and who may read it."""

import secrets
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from closing_case import Closing

from trimestre.indicators.candidates import prepare
from trimestre.indicators.drafting import draft
from trimestre.indicators.evidence import pins_at
from trimestre.indicators.explaining import explain
from trimestre.indicators.placing import base_of
from trimestre.indicators.vintages import candidate_of, verify_hash
from trimestre.keys import AccountKey
from trimestre.periods import Period
from trimestre.pipeline import acts
from trimestre.warehouse.database import connect, transaction, whole_tables

if TYPE_CHECKING:
    from conftest import Case

QUARTER = Period(2020, 2)
NEW = b"n" * 32
NOW = datetime(2020, 12, 1, tzinfo=UTC)


@pytest.fixture
def candidate(case: "Case") -> int:
    """A candidate of the case's quarter."""
    with transaction(case.plant.engine) as connection:
        for indicator in case.plant.project.indicators:
            explain(connection, case.plant.project, indicator.code, QUARTER, "Como se esperaba", "prueba")
    return prepare(case.plant.engine, case.plant.project, QUARTER, prepared_by="prueba", now=NOW).candidate_id


def holds(case: "Case", candidate: int) -> tuple[bool, bool]:
    """Whether what is stored gives the hash, and whether working it out again does."""
    with transaction(case.plant.engine) as connection:
        stored = verify_hash(connection, candidate)
        found = candidate_of(connection, candidate)
        base = base_of(connection, case.plant.project, found["base"], QUARTER)
        whole_tables(connection)
        again = draft(connection, case.plant.project, QUARTER, pins_at(connection, found["pins"]), base)
    return stored, again.hash == found["hash"]


def test_a_rotation_and_an_erasure_leave_the_hash_and_no_old_key(case: "Case", candidate: int) -> None:
    assert holds(case, candidate) == (True, True)
    old = {row.account_key for row in case.rows("SELECT account_key FROM restricted.account_ref")}
    kept = "SELECT count(*) FROM results.evidence WHERE account_key = ANY(:old) OR person_key = ANY(:old)"
    assert case.value(kept, old=list(old)) > 0
    acts.rotate_key(case.plant, NEW, reason="cada año", decided_by="prueba")
    case.plant = replace(case.plant, key=AccountKey(NEW, (case.plant.key,)))
    assert case.value(kept, old=list(old)) == 0
    assert holds(case, candidate) == (True, True)
    email = case.value(
        "SELECT i.email_normalised FROM results.evidence AS e INNER JOIN restricted.account_identity AS i"
        " USING (account_key) WHERE e.excluded IS NULL AND i.valid_to = 'infinity' AND e.edition IS NOT NULL"
        " ORDER BY 1 LIMIT 1"
    )
    accounts = len(acts.find_person(case.plant, "email", email).accounts)
    acts.erase(case.plant, "email", email, accounts=accounts, reason="lo pidió", decided_by="prueba")
    assert holds(case, candidate) == (True, True)


def test_a_rotation_keeps_apart_who_was_counted_apart(case: "Case", candidate: int) -> None:
    """Six who turned out to be one after the close are six in what was published, called as the links call them."""
    persons = "SELECT e.set_id, count(DISTINCT e.person_key) AS n FROM results.evidence AS e GROUP BY 1 ORDER BY 1"
    counted = case.rows(persons)
    six = case.rows(
        "SELECT DISTINCT CAST(e.account_key AS text) AS account FROM results.evidence AS e"
        " WHERE e.account_key = e.person_key AND e.excluded IS NULL ORDER BY 1 LIMIT 6 OFFSET 6"
    )
    accounts = [row.account for row in six]
    acts.decide_identity(case.plant, "merge_persons", accounts, reason="acta 12", decided_by="prueba")
    acts.rotate_key(case.plant, NEW, reason="cada año", decided_by="prueba")
    assert case.rows(persons) == counted
    strange = (
        "SELECT count(*) FROM results.evidence AS e INNER JOIN warehouse.person_link AS k USING (account_key, source)"
        " CROSS JOIN results.candidate AS c WHERE k.valid_from <= c.known_at AND k.valid_to > c.known_at"
        " AND k.person_key <> e.person_key"
    )
    assert case.value(strange) == 0


def test_nothing_in_results_says_who_somebody_is(case: "Case", candidate: int) -> None:
    """Analysts read it: neither e-mails nor names, and of the project's files only what values depend on."""
    held = "\n".join(
        row.held
        for table in ("candidate", "candidate_value", "evidence_set", "evidence")
        for row in case.rows(f"SELECT CAST(to_jsonb(t) AS text) AS held FROM results.{table} AS t")
    )
    people = case.rows("SELECT email_normalised, full_name FROM restricted.account_identity WHERE email IS NOT NULL")
    assert len(people) > 300
    assert [row.full_name for row in people if row.email_normalised in held or str(row.full_name) in held] == []
    assert "@" not in held


def test_a_published_figure_is_the_aggregate_of_the_rows_that_are_kept(case: "Case", candidate: int) -> None:
    told = case.rows(
        "SELECT v.indicator, v.official, v.value, v.n, k.rows, k.persons FROM results.candidate_value AS v"
        " INNER JOIN results.evidence_set AS s USING (candidate_id, indicator, official)"
        " CROSS JOIN LATERAL (SELECT count(*) AS rows, count(DISTINCT e.person_key) AS persons"
        " FROM results.evidence AS e WHERE e.set_id = s.set_id AND e.excluded IS NULL"
        " AND e.period BETWEEN s.first_period AND s.last_period) AS k"
        " WHERE v.candidate_id = :candidate AND v.covers = v.period AND v.disaggregation = 'total'",
        candidate=candidate,
    )
    measures = {indicator.code: indicator.measure for indicator in case.plant.project.indicators}
    counts = [row for row in told if measures[row.indicator] == "count" and row.value is not None]
    persons = [row for row in told if measures[row.indicator] == "persons"]
    assert (len(counts), len(persons)) >= (3, 2)
    assert [row.indicator for row in counts if not row.value == row.n == row.rows] == []
    assert [row.indicator for row in persons if row.value != row.persons] == []


@pytest.fixture
def log_in(warehouse: sa.Engine) -> Iterator[Callable[[str], sa.Engine]]:
    """An engine whose log-in belongs to a role."""
    made: list[tuple[str, sa.Engine]] = []

    def make(role: str) -> sa.Engine:
        name, password = f"test_{secrets.token_hex(6)}", secrets.token_hex(16)
        with warehouse.begin() as connection:
            connection.exec_driver_sql(f"CREATE ROLE {name} LOGIN PASSWORD '{password}' IN ROLE {role}")
        made.append(
            (name, connect(warehouse.url.set(username=name, password=password).render_as_string(hide_password=False)))
        )
        return made[-1][1]

    yield make
    for name, engine in made:
        engine.dispose()
        with warehouse.begin() as connection:
            connection.exec_driver_sql(f"DROP OWNED BY {name}")
            connection.exec_driver_sql(f"DROP ROLE {name}")


def test_the_pipeline_closes_and_analysts_read_what_was_closed_but_no_yaml(
    warehouse: sa.Engine, log_in: Callable[[str], sa.Engine]
) -> None:
    closing = Closing(warehouse)
    closing.engine = log_in("trimestre_pipeline")
    closing.close()
    analyst = log_in("trimestre_analyst")
    with analyst.connect() as connection:
        assert connection.exec_driver_sql("SELECT state FROM results.candidate").scalars().all() == ["vintage"]
        assert connection.exec_driver_sql("SELECT count(account_key) FROM results.evidence").scalar_one() > 0
    for refused in ("SELECT files FROM restricted.contract", "UPDATE results.candidate SET report_state = 'enviada'"):
        with analyst.connect() as connection, pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
            connection.exec_driver_sql(refused)
