"""Judging the staged rows of a batch: Great Expectations in the database, failing rows marked by their own predicate.

Data flow: staging.<entity> (in scope) + expectations/<entity>.yaml -> staging.suspect (rows that some rule may fail,
from one scan an entity) -> staging.same_key -> Great Expectations -> ops.rule_result, staging.failed_row.

Great Expectations counts the failing rows of each rule among the suspects, since it scans what it is shown twice a rule
and fetches it once; which rows they are is asked of the database by the rule's own predicate, because the lists in its
results end after 20 rows. If the two numbers differ, nothing is written. No value of a row is logged or put into a
message.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from trimestre.contracts.common_rules import find_rule
from trimestre.contracts.expectations import Rule
from trimestre.contracts.project import Project
from trimestre.errors import ContractError, PermanentError, TransientError
from trimestre.pipeline.behind import OneBehind
from trimestre.pipeline.conditions import batch_rows, condition_of, key_conflict, may_fail, rows_of_keys, same_keys
from trimestre.pipeline.correcting import TO_REVIEW
from trimestre.pipeline.expecting import expectation_of, great_expectations_on, import_ahead
from trimestre.pipeline.lost import expect_staged_records
from trimestre.pipeline.quarantine.honouring import tell_rules, warn_of_accepted
from trimestre.pipeline.transactions import Place, joined
from trimestre.texts import BATCH_STATES, NIGHT
from trimestre.warehouse.database import planned
from trimestre.warehouse.entities import ENTITIES, Entity

KEY_CONFLICT = "clave_en_conflicto"
"""The rule that every entity has without any YAML: one natural key, one content."""


@dataclass(frozen=True)
class RuleOutcome:
    """What one rule found in one batch, as stored in ``ops.rule_result``."""

    entity: str
    rule: str
    severity: str
    checked: int
    """Staged rows in scope."""
    failed: int


@dataclass(frozen=True)
class _Judged:
    """A rule with what Great Expectations counted, and the statement that gives the ``staged_id`` of failing rows."""

    entity: str
    rule: str
    severity: str
    failed: int
    failing: str


def validate(place: Place, project: Project, batch_id: int, now: datetime) -> list[RuleOutcome]:
    """Judge every staged row in scope of a batch; store and return the outcome of each rule of each staged entity.

    ``now`` (with zone) bounds what counts as the future. Running it again for the same batch replaces what it wrote.
    :class:`PermanentError` when the batch is not staged (what was found in a merged one stays), when a rule cannot be
    judged, or when its predicate and its count disagree.
    """
    with joined(place) as connection:
        _expect_staged(connection, batch_id)
        expect_staged_records(connection, batch_id)
    entities = _staged(place, batch_id)
    missing = sorted(set(entities) - set(project.suites))
    if missing:
        raise ContractError(NIGHT["no_suite"].format(missing=", ".join(missing)))
    checked, suspected = _suspect(place, project, entities, batch_id, now)
    with OneBehind() as behind:
        if suspected:  # importing Great Expectations costs seconds: a night without a suspect does not pay them
            behind.submit(import_ahead)
        _note_same_keys(place, batch_id, checked)
    judged: list[_Judged] = []
    if suspected:
        with great_expectations_on(place) as source:
            for name in suspected:
                judged += _judge(source, project, ENTITIES[name], batch_id, now)
    for name in checked:
        if name not in suspected:
            judged += [_Judged(name, rule.rule, rule.severity, 0, "") for rule in project.suites[name].rules]
    outcomes = _store(place, batch_id, checked, judged)
    with joined(place) as connection:
        warn_of_accepted(connection, batch_id)
        tell_rules(connection, project)
    return outcomes


def explain(project: Project, entity: str, rule: str) -> Rule:
    """The rule with its Spanish texts (what, why, how_to_fix) and the column to look at."""
    found = find_rule(project.suites, entity, rule)
    if found is None:
        raise ContractError(NIGHT["no_rule"].format(entity=entity, rule=rule))
    return found


def _note_same_keys(place: Place, batch_id: int, entities: Iterable[str]) -> None:
    """Find, once for the conflicts and for the merge, the rows whose key other rows of the batch have.

    The entities are asked about together, so that processes of PostgreSQL may share them.
    """
    asked = " UNION ALL ".join(f"({same_keys(ENTITIES[name], batch_id)})" for name in entities)
    noted = "INSERT INTO staging.same_key (batch_id, entity, staged_id) SELECT %(batch_id)s, CAST(%(entity)s AS text),"
    with joined(place) as connection:
        connection.execute(sa.text("DELETE FROM staging.same_key WHERE batch_id = :batch_id"), {"batch_id": batch_id})
        # Where most keys are of one row, sorting them costs a third of a table of them all.
        with planned(connection, enable_hashagg="off"):
            told = connection.exec_driver_sql(asked).all() if asked else []
        for item in told:
            about = {"batch_id": batch_id, "entity": item.entity}
            if item.pairs:
                text = f"{noted} unnest(CAST(%(pairs)s AS bigint[]))"
                connection.exec_driver_sql(text, about | {"pairs": item.pairs})
            if item.numbers:
                text = f"{noted} f.staged_id FROM ({rows_of_keys(ENTITIES[item.entity], batch_id)}) AS f"
                connection.exec_driver_sql(text, about | {"numbers": item.numbers})
        connection.execute(sa.text("ANALYZE staging.same_key"))


def _judge(source: Any, project: Project, entity: Entity, batch_id: int, now: datetime) -> list[_Judged]:
    """One validation of one entity: every rule of its suite, in the order of the suite."""
    from great_expectations import ExpectationSuite

    rows = batch_rows(entity.name, batch_id, suspect=True)
    rules = project.suites[entity.name].rules
    conditions = {rule.rule: condition_of(rule, now) for rule in rules}
    batch = source.add_query_asset(entity.name, query=rows).add_batch_definition_whole_table("batch").get_batch()
    suite = ExpectationSuite(
        name=entity.name, expectations=[expectation_of(project, rule, conditions[rule.rule]) for rule in rules]
    )
    validated = batch.validate(
        suite,
        result_format={
            "result_format": "BASIC",
            "partial_unexpected_count": 0,  # no failing value leaves the database
            "unexpected_index_column_names": ["staged_id"],
            "return_unexpected_index_query": True,
        },
    )
    # Results come in an order of their own; only `meta` tells which rule one belongs to.
    results = {result.expectation_config.meta["rule"]: result for result in validated.results}
    judged = []
    for rule in rules:
        failed, query = _counted(entity.name, rule.rule, results.get(rule.rule))
        condition = conditions[rule.rule]
        if condition is not None:
            query = f"SELECT r.staged_id FROM ({rows}) AS r WHERE {condition}"
        else:  # for a query asset it writes the batch into FROM without parentheses
            query = query.replace(f"FROM {rows}", f"FROM ({rows}) AS r", 1)
        judged.append(_Judged(entity.name, rule.rule, rule.severity, failed, query))
    return judged


def _counted(entity: str, rule: str, result: Any) -> tuple[int, str]:
    """Failing rows of one result and, for a column expectation, its query for them."""
    if result is None:
        raise PermanentError(NIGHT["no_result"].format(entity=entity, rule=rule))
    # Either one exception or one for each of its metrics; the text may quote values, so only the rule is named.
    info = result.exception_info or {}
    raised = [info] if "raised_exception" in info else list(info.values())
    if any(item.get("raised_exception") for item in raised):
        if "OperationalError" in str(info):
            raise TransientError(NIGHT["lost_at_rule"].format(entity=entity, rule=rule))
        raise PermanentError(NIGHT["error_of_rule"].format(entity=entity, rule=rule))
    counts = result.result
    failed = counts["unexpected_count"] if "unexpected_count" in counts else counts["observed_value"]
    return int(failed), str(counts.get("unexpected_index_query", "")).rstrip("; \n")


def _staged(place: Place, batch_id: int) -> list[str]:
    """The entities that have staged rows in scope, in their order."""
    asked = " UNION ALL ".join(
        f"SELECT '{name}' WHERE EXISTS"
        f" (SELECT 1 FROM staging.{name} WHERE batch_id = :batch_id AND out_of_scope IS NULL)"
        for name in ENTITIES
    )
    with joined(place) as connection:
        found = set(connection.scalars(sa.text(asked), {"batch_id": batch_id}))
    return [name for name in ENTITIES if name in found]


def _suspect(
    place: Place, project: Project, entities: list[str], batch_id: int, now: datetime
) -> tuple[dict[str, int], list[str]]:
    """Note the rows that may fail a rule, in one scan an entity.

    Entity -> staged rows in scope; the entities that have suspects.
    """
    checked: dict[str, int] = {}
    suspected = []
    with joined(place) as connection:
        connection.execute(sa.text("DELETE FROM staging.suspect WHERE batch_id = :batch_id"), {"batch_id": batch_id})
        for name in entities:
            checked[name], suspects = _looked_at(connection, project, name, batch_id, now)
            if suspects is not None:
                suspected.append(name)
                connection.execute(
                    sa.text(
                        "INSERT INTO staging.suspect (batch_id, entity, staged_id)"
                        " SELECT :batch_id, :entity, s.staged_id"
                        " FROM unnest(CAST(:suspects AS bigint[])) AS s (staged_id)"
                    ),
                    {"batch_id": batch_id, "entity": name, "suspects": suspects},
                )
        connection.execute(sa.text("ANALYZE staging.suspect"))
    return checked, suspected


def _looked_at(
    connection: sa.Connection, project: Project, name: str, batch_id: int, now: datetime
) -> tuple[int, str | None]:
    """How many rows of an entity are in scope, and which of them may fail a rule: an array as text, None without any.

    Several processes of PostgreSQL may scan for a query; for one that inserts what it finds only one may.
    """
    conditions = sorted({may_fail(project, rule, now) for rule in project.suites[name].rules}, key=len)
    text = (
        "SELECT count(*) AS checked, CAST(array_agg(r.staged_id) FILTER (WHERE {}) AS text) AS suspects"
        f" FROM ({batch_rows(name, batch_id)}) AS r"
    )
    try:
        with connection.begin_nested():
            asked = text.format(" OR ".join(conditions) or "FALSE")
            found = connection.exec_driver_sql(asked.replace("%", "%%")).one()
    except (sa.exc.DataError, sa.exc.ProgrammingError, sa.exc.InternalError):
        # One of the conditions can't be judged: with all rows shown, it is known which.
        found = connection.exec_driver_sql(text.format("TRUE")).one()
    return found.checked, found.suspects


def _expect_staged(connection: sa.Connection, batch_id: int) -> None:
    state = connection.execute(
        sa.text("SELECT state FROM ops.batch WHERE batch_id = :batch_id FOR UPDATE"), {"batch_id": batch_id}
    ).scalar()
    if state != "staged":
        raise PermanentError(
            NIGHT["judged"].format(
                batch=batch_id, found=BATCH_STATES.get(str(state), state), expected=BATCH_STATES["staged"]
            )
        )


def _store(place: Place, batch_id: int, checked: dict[str, int], judged: list[_Judged]) -> list[RuleOutcome]:
    """Replace what the batch has in ops.rule_result and staging.failed_row; all of it or nothing."""
    outcomes: list[RuleOutcome] = []
    with joined(place) as connection:
        _expect_staged(connection, batch_id)
        expect_staged_records(connection, batch_id)  # they may be gone since they were judged
        for table in ("ops.rule_result", "staging.failed_row"):
            connection.execute(
                sa.text(
                    f"DELETE FROM {table} WHERE batch_id = :batch_id AND entity = ANY(:entities) AND rule <> :staged"
                    " AND severity <> 'accepted'"
                ),
                {"batch_id": batch_id, "entities": list(ENTITIES), "staged": TO_REVIEW},
            )
        for item in judged:
            marked = 0
            if item.failed:
                marked = _mark(connection, batch_id, item.entity, item.rule, item.severity, item.failing)
            if marked != item.failed:
                raise PermanentError(
                    NIGHT["counts"].format(entity=item.entity, rule=item.rule, marked=marked, counted=item.failed)
                )
            outcomes.append(RuleOutcome(item.entity, item.rule, item.severity, checked[item.entity], marked))
        for name, rows in checked.items():
            failing = key_conflict(ENTITIES[name], batch_id)
            marked = _mark(connection, batch_id, name, KEY_CONFLICT, "critical", failing)
            outcomes.append(RuleOutcome(name, KEY_CONFLICT, "critical", rows, marked))
        connection.execute(sa.text("DELETE FROM staging.suspect WHERE batch_id = :batch_id"), {"batch_id": batch_id})
        if outcomes:
            connection.execute(
                sa.text(
                    "INSERT INTO ops.rule_result (batch_id, entity, rule, severity, checked, failed)"
                    " VALUES (:batch_id, :entity, :rule, :severity, :checked, :failed)"
                ),
                [{"batch_id": batch_id, **vars(outcome)} for outcome in outcomes],
            )
    return outcomes


def _mark(connection: sa.Connection, batch_id: int, entity: str, rule: str, severity: str, failing: str) -> int:
    """Insert the failing rows by their predicate; the number of rows."""
    failing = failing.replace("%", "%%")  # the driver's placeholders begin with a percent sign
    try:
        inserted = connection.exec_driver_sql(
            "INSERT INTO staging.failed_row (batch_id, entity, staged_id, rule, severity)"
            " SELECT %(batch_id)s, CAST(%(entity)s AS text), failing.staged_id, CAST(%(rule)s AS text),"
            f" CAST(%(severity)s AS text) FROM ({failing}) AS failing",
            {"batch_id": batch_id, "entity": entity, "rule": rule, "severity": severity},
        )
    except (sa.exc.DataError, sa.exc.ProgrammingError, sa.exc.InternalError) as error:
        raise PermanentError(
            NIGHT["condition"].format(entity=entity, rule=rule, kind=type(error.orig).__name__)
        ) from None
    return inserted.rowcount
