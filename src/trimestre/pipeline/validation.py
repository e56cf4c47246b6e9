"""Judging the staged rows of a batch: Great Expectations in the database, failing rows marked by their own predicate.

Data flow: staging.<entity> (in scope) + expectations/<entity>.yaml -> staging.suspect (rows that some rule may fail,
from one scan an entity) -> Great Expectations -> ops.rule_result, staging.failed_row.

Great Expectations counts the failing rows of each rule among the suspects, since it scans what it is shown twice a rule
and fetches it once; which rows they are is asked of the database by the rule's own predicate, because the lists in its
results end after 20 rows. If the two numbers differ, nothing is written. No value of a row is logged or put into a
message.
"""

import logging
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from trimestre.contracts.expectations import Rule
from trimestre.contracts.project import Project
from trimestre.errors import ContractError, PermanentError, TransientError
from trimestre.late_imports import UNUSED, lightly
from trimestre.pipeline.correcting import TO_REVIEW
from trimestre.pipeline.honouring import tell_rules, warn_of_accepted
from trimestre.pipeline.lost import expect_staged_records
from trimestre.pipeline.transactions import Place, joined
from trimestre.reports.texts import COMMON_RULES
from trimestre.warehouse.entities import ENTITIES, OPTIONAL_KEYS, Entity
from trimestre.warehouse.tables import STAGING

KEY_CONFLICT = "clave_en_conflicto"
"""The rule that every entity has without any YAML: one natural key, one content."""

_MOVING_FIELDS = {
    "enrolment": ("accessed_at",),
    "certificate": ("obtained_at",),
    "attendance": ("registered_at", "seconds"),
}
"""Fields that change while the same thing is fetched twice in one night: no conflict (the merge takes the best)."""

_SESSION = {"options": "-c timezone=UTC -c datestyle=ISO -c jit=off", "application_name": "trimestre"}


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
    checked = _staged_rows(place, batch_id)
    missing = sorted(set(checked) - set(project.suites))
    if missing:
        raise ContractError(f"expectations: found no suite for {', '.join(missing)}, expected one file each. Add it.")
    suspected = _suspect(place, project, list(checked), batch_id, now)
    judged: list[_Judged] = []
    if suspected:  # importing Great Expectations costs three seconds: a night without a suspect does not pay them
        with _great_expectations(place) as source:
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
    suite = project.suites.get(entity)
    found = COMMON_RULES.get(rule) or (suite.rule(rule) if suite else None)
    if found is None:
        raise ContractError(f"expectations/{entity}.yaml: found no rule {rule!r}, expected one. Check the name.")
    return found


# ---------------------------------------------------------------- conditions in SQL
def _well_formed(column: str, pattern: str, kind: str) -> str:
    return f"(r.{column} ~ '{pattern}' AND pg_input_is_valid(r.{column}, '{kind}'))"


def _instant(column: str) -> str:
    zone = "(Z|[+-][0-9]{2}(:?[0-9]{2})?)"
    time = "[0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?"
    return _well_formed(column, f"^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}[T ]{time}{zone}$", "timestamptz")


def _date(column: str) -> str:
    return _well_formed(column, "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "date")


def _within(column: str, comparison: str) -> str:
    """A comparison of an instant or date; false for text that is neither, which another rule reports."""
    return (
        f"CASE WHEN {_instant(column)} THEN CAST(r.{column} AS timestamptz) {comparison}"
        f" WHEN {_date(column)} THEN CAST(r.{column} AS date) {comparison} ELSE FALSE END"
    )


def _check(check: str, column: str, now: datetime) -> str:
    """The condition that holds for rows which fail a named check (null: the row passes)."""
    tomorrow = f"timestamptz '{(now + timedelta(days=1)).isoformat()}'"
    future, undated = _within(column, f"> {tomorrow}"), _within(column, "< timestamptz '2000-01-01T00:00:00+00:00'")
    conditions = {
        "instant": f"NOT {_instant(column)}",
        "date": f"NOT {_date(column)}",
        "integer": f"NOT {_well_formed(column, '^-?[0-9]+$', 'integer')}",
        "number": f"NOT {_well_formed(column, '^-?[0-9]+([.][0-9]+)?$', 'numeric')}",
        "boolean": f"r.{column} NOT IN ('true', 'false')",
        "json": f"NOT pg_input_is_valid(r.{column}, 'jsonb')",
        "not_future": future,
        "dated": undated,
        "plausible": f"({future}) OR ({undated})",
    }
    return conditions[check]


def _may_fail(project: Project, rule: Rule, now: datetime) -> str:
    """A condition that holds at least for the rows that fail a rule, and is cheap on those that pass it."""
    column = f"r.{rule.column}"
    if rule.unexpected_rows is not None:
        return f"({rule.unexpected_rows})"
    # Most instants are written as we write them ourselves: equal text says so at a fifth of the cost of a pattern.
    written = f"replace(CAST(CAST({column} AS timestamptz) AS text), ' ', 'T') || ':00'"
    cheaper = {
        "instant": f"CASE WHEN pg_input_is_valid({column}, 'timestamptz') THEN {written} <> {column} ELSE TRUE END",
        # As text, with two days for the widest zones: what is no instant or date passes these rules anyway.
        "not_future": f"{column} COLLATE \"C\" > '{(now - timedelta(days=2)).date().isoformat()}'",
        "dated": f"{column} COLLATE \"C\" < '2000-01-03'",
    }
    cheaper["plausible"] = f"({cheaper['not_future']} OR {cheaper['dated']})"
    if rule.check is not None and rule.column is not None:
        condition = cheaper.get(rule.check) or _check(rule.check, rule.column, now)
        return f"({column} IS NOT NULL AND {condition})"
    arguments = _arguments(project, rule)
    match rule.expectation, sorted(arguments):
        case "expect_column_values_to_not_be_null", []:
            return f"{column} IS NULL"
        case "expect_column_values_to_be_in_set", ["value_set"]:
            known = ", ".join(map(_literal, arguments["value_set"]))
            return f"{column} NOT IN ({known})" if known else f"{column} IS NOT NULL"
        case "expect_column_values_to_match_regex", ["regex"]:
            return f"{column} !~ {_literal(arguments['regex'])}"
    return "TRUE"


def _literal(value: Any) -> str:
    return "'" + str(value).replace("'", "''") + "'"


def _batch_rows(name: str, batch_id: int, *, suspect: bool = False) -> str:
    """The rows that are judged: those in scope of the batch; of them only the suspects where asked."""
    columns = ", ".join(column.name for column in STAGING[name].columns)
    only = (
        " AND staged_id IN (SELECT suspect.staged_id FROM staging.suspect"
        f" WHERE suspect.batch_id = {batch_id:d} AND suspect.entity = '{name}')"
    )
    return (
        f"SELECT {columns} FROM staging.{name} WHERE batch_id = {batch_id:d} AND out_of_scope IS NULL"
        f"{only if suspect else ''}"
    )


def _key_columns(entity: Entity, of: str) -> list[str]:
    """The natural key of staged rows, with what null means in it."""
    return [
        f"coalesce({of}.{name}, '{OPTIONAL_KEYS[name]}')" if name in OPTIONAL_KEYS else f"{of}.{name}"
        for name in entity.key_columns
        if name != "source"
    ]


def _same_keys(entity: Entity, batch_id: int) -> str:
    """Every row whose natural key comes more than once in the batch; a row without a full key is no case.

    They are few, and found without sorting the rows. The merge looks for copies among them, too.
    """
    key = ", ".join(_key_columns(entity, "r"))
    full = " AND ".join(
        f"r.{name} IS NOT NULL" for name in entity.key_columns if name not in ("source", *OPTIONAL_KEYS)
    )
    every = f"({_batch_rows(entity.name, batch_id)}) AS r"
    several = f"SELECT {key} FROM {every} WHERE {full} GROUP BY {key} HAVING count(*) > 1"
    return f"SELECT r.staged_id FROM {every} WHERE {full} AND ({key}) IN ({several})"


def _key_conflict(entity: Entity, batch_id: int) -> str:
    """Every row whose natural key has rows with different content in the batch, by what ``_same_keys`` found.

    Of sightings, different content within one scope; between scopes only the columns that must agree.
    """
    partition = _key_columns(entity, "r")
    content = [
        name for name in entity.fields if name not in (*entity.key_columns, *_MOVING_FIELDS.get(entity.name, ()))
    ]
    fingerprint = f'md5(CAST(ROW({", ".join(f"r.{name}" for name in content)}) AS text)) COLLATE "C"'
    rows = (
        f"staging.same_key AS k INNER JOIN ({_batch_rows(entity.name, batch_id)}) AS r"
        f" ON k.batch_id = {batch_id:d} AND k.entity = '{entity.name}' AND r.staged_id = k.staged_id"
    )
    same, differs = partition, f"min({fingerprint}) OVER same <> max({fingerprint}) OVER same"
    if entity.sighting:
        rows += f" LEFT JOIN staging.record AS d ON d.batch_id = {batch_id:d} AND d.record_no = r.record_no"
        same = [*partition, "d.dataset", "d.scope"]
        for name in entity.agreed:
            differs += f" OR coalesce(min(r.{name}) OVER every <> max(r.{name}) OVER every, FALSE)"
    return (
        f"SELECT r.staged_id FROM (SELECT r.staged_id, {differs} AS differs FROM {rows}"
        f" WINDOW same AS (PARTITION BY {', '.join(same)}), every AS (PARTITION BY {', '.join(partition)})) AS r"
        " WHERE r.differs"
    )


def _note_same_keys(connection: sa.Connection, batch_id: int, entities: Iterable[str]) -> None:
    """Find, once for the conflicts and for the merge, the rows whose key other rows of the batch have."""
    connection.execute(sa.text("DELETE FROM staging.same_key WHERE batch_id = :batch_id"), {"batch_id": batch_id})
    for name in entities:
        connection.exec_driver_sql(
            "INSERT INTO staging.same_key (batch_id, entity, staged_id)"
            f" SELECT {batch_id:d}, '{name}', same.staged_id FROM ({_same_keys(ENTITIES[name], batch_id)}) AS same"
        )
    connection.execute(sa.text("ANALYZE staging.same_key"))


# ---------------------------------------------------------------- Great Expectations
class _Lent:
    """A driver's connection lent to another engine, which can neither end its transaction nor close it."""

    def __init__(self, lent: Any) -> None:
        self._lent = lent

    def __getattr__(self, name: str) -> Any:
        return getattr(self._lent, name)

    def commit(self) -> None:
        """Left to whoever lent it."""

    rollback = close = commit


@contextmanager
def _great_expectations(place: Place) -> Iterator[Any]:
    """A silent Great Expectations data source over the warehouse; its connections are closed after.

    Over a connection it judges within the transaction there, since nobody else sees rows that are not committed.
    """
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "False")  # read once, while it is imported
    logger = logging.getLogger("great_expectations")
    propagate, nobody = logger.propagate, logging.NullHandler()
    # Its messages quote statements and database errors, so values of rows: what failed is told by our own errors.
    logger.propagate = False
    logger.addHandler(nobody)
    try:
        with lightly(*UNUSED):
            import great_expectations as gx
        from great_expectations.data_context.types.base import ProgressBarsConfig

        url = place.engine.url
        url = url if url.host else url.set(host="localhost")  # a socket's `?host=` still wins
        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = ProgressBarsConfig(globally=False)
        source = context.data_sources.add_postgres(
            "warehouse",
            connection_string=url.render_as_string(hide_password=False),
            # hstore is not used, and asking for it wants a connection of the driver's own, not a lent one
            kwargs={"connect_args": _SESSION, "use_native_hstore": False},
        )
        if isinstance(place, sa.Connection):
            lent = _Lent(place.connection.driver_connection)
            sa.event.listen(source.get_execution_engine().engine, "do_connect", lambda *_: lent)
        try:
            yield source
        finally:
            source.get_execution_engine().close()
            source.get_engine().dispose()
    except (PermanentError, TransientError):
        raise
    except (sa.exc.OperationalError, sa.exc.InterfaceError):
        raise TransientError(
            "validation: found the connection to the warehouse lost, expected it to last. Try again later."
        ) from None
    except Exception as error:
        raise PermanentError(
            f"validation: found {type(error).__name__} inside Great Expectations, expected it to judge the batch. "
            "Check the suites and the connection to the warehouse."
        ) from None
    finally:
        logger.removeHandler(nobody)
        logger.propagate = propagate


def _judge(source: Any, project: Project, entity: Entity, batch_id: int, now: datetime) -> list[_Judged]:
    """One validation of one entity: every rule of its suite, in the order of the suite."""
    from great_expectations import ExpectationSuite

    rows = _batch_rows(entity.name, batch_id, suspect=True)
    rules = project.suites[entity.name].rules
    conditions = {rule.rule: _condition(rule, now) for rule in rules}
    batch = source.add_query_asset(entity.name, query=rows).add_batch_definition_whole_table("batch").get_batch()
    suite = ExpectationSuite(
        name=entity.name, expectations=[_expectation(project, rule, conditions[rule.rule]) for rule in rules]
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


def _condition(rule: Rule, now: datetime) -> str | None:
    """The rule's condition in SQL; None when Great Expectations makes it from a column expectation."""
    if rule.check is not None and rule.column is not None:
        return _check(rule.check, rule.column, now)
    return f"({rule.unexpected_rows})" if rule.unexpected_rows is not None else None


def _expectation(project: Project, rule: Rule, condition: str | None) -> Any:
    """The rule as an object of Great Expectations, marked by ``meta``."""
    import great_expectations.expectations as gxe

    common: dict[str, Any] = {"meta": {"rule": rule.rule}, "severity": rule.severity}
    if condition is not None:
        # Braces are its placeholders and colons SQLAlchemy's: both are escaped in what we wrote ourselves. The inner
        # select is there because it adds an alias of its own to {batch}.
        escaped = condition.replace("{", "{{").replace("}", "}}").replace(":", r"\:")
        query = f"SELECT r.staged_id FROM (SELECT * FROM {{batch}}) AS r WHERE {escaped}"
        return gxe.UnexpectedRowsExpectation(unexpected_rows_query=query, **common)
    kind = getattr(gxe, "".join(part.title() for part in (rule.expectation or "").split("_")), None)
    if kind is None:
        raise ContractError(
            f"expectations: {rule.rule}: found {rule.expectation!r}, expected a column expectation that "
            "Great Expectations knows. Correct the name."
        )
    return kind(column=rule.column, **_arguments(project, rule), **common)


def _arguments(project: Project, rule: Rule) -> dict[str, Any]:
    """The arguments of an expectation with the placeholders of ``value_set`` replaced by the project's codes."""
    if "value_set" not in rule.kwargs:
        return rule.kwargs
    known = {
        "$editions": project.editions(),
        "$modules": [module.module for course in project.courses for module in course.modules],
        "$surveys": [survey.survey for survey in project.surveys],
        "$events": [event.event for event in project.events],
        "$indicators": project.indicator_codes(),
        "$periods": [str(period) for period in project.periods.all()],
    }
    listed = rule.kwargs["value_set"]
    values = [value for item in ([listed] if isinstance(listed, str) else listed) for value in known.get(item, [item])]
    return {**rule.kwargs, "value_set": sorted(set(values))}


def _counted(entity: str, rule: str, result: Any) -> tuple[int, str]:
    """Failing rows of one result and, for a column expectation, its query for them."""
    if result is None:
        raise PermanentError(f"rule {entity}.{rule}: found no result of Great Expectations, expected one. Report it.")
    # Either one exception or one for each of its metrics; the text may quote values, so only the rule is named.
    info = result.exception_info or {}
    raised = [info] if "raised_exception" in info else list(info.values())
    if any(item.get("raised_exception") for item in raised):
        if "OperationalError" in str(info):
            raise TransientError(
                f"rule {entity}.{rule}: found the connection to the warehouse lost, expected it to last. Try again."
            )
        raise PermanentError(
            f"rule {entity}.{rule}: found an error while it was judged, expected a result. "
            f"Check its column, arguments and condition in expectations/{entity}.yaml."
        )
    counts = result.result
    failed = counts["unexpected_count"] if "unexpected_count" in counts else counts["observed_value"]
    return int(failed), str(counts.get("unexpected_index_query", "")).rstrip("; \n")


# ---------------------------------------------------------------- database
def _staged_rows(place: Place, batch_id: int) -> dict[str, int]:
    """Entity -> staged rows in scope, for the entities that have any."""
    counts = " UNION ALL ".join(
        f"SELECT '{name}' AS entity, count(*) AS checked FROM staging.{name}"
        " WHERE batch_id = :batch_id AND out_of_scope IS NULL"
        for name in ENTITIES
    )
    with joined(place) as connection:
        found = {row.entity: row.checked for row in connection.execute(sa.text(counts), {"batch_id": batch_id})}
    return {name: found[name] for name in ENTITIES if found[name]}


def _suspect(place: Place, project: Project, entities: list[str], batch_id: int, now: datetime) -> list[str]:
    """Note the rows that may fail a rule, in one scan an entity; the entities that have any."""
    found = []
    with joined(place) as connection:
        connection.execute(sa.text("DELETE FROM staging.suspect WHERE batch_id = :batch_id"), {"batch_id": batch_id})
        for name in entities:
            noted = (
                f"INSERT INTO staging.suspect (batch_id, entity, staged_id) SELECT {batch_id:d}, '{name}', r.staged_id"
            )
            rows = f"FROM ({_batch_rows(name, batch_id)}) AS r"
            conditions = sorted({_may_fail(project, rule, now) for rule in project.suites[name].rules}, key=len)
            try:
                with connection.begin_nested():
                    statement = f"{noted} {rows} WHERE {' OR '.join(conditions) or 'FALSE'}"
                    count = connection.exec_driver_sql(statement.replace("%", "%%")).rowcount
            except (sa.exc.DataError, sa.exc.ProgrammingError, sa.exc.InternalError):
                # One of the conditions can't be judged: with all rows shown, it is known which.
                count = connection.exec_driver_sql(f"{noted} {rows}").rowcount
            if count:
                found.append(name)
        connection.execute(sa.text("ANALYZE staging.suspect"))
    return found


def _expect_staged(connection: sa.Connection, batch_id: int) -> None:
    state = connection.execute(
        sa.text("SELECT state FROM ops.batch WHERE batch_id = :batch_id FOR UPDATE"), {"batch_id": batch_id}
    ).scalar()
    if state != "staged":
        raise PermanentError(
            f"batch {batch_id}: found the state {state!r}, expected 'staged'. Run its source again; what a batch was "
            "judged by stays as it is."
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
                    f"rule {item.entity}.{item.rule}: found {marked} rows by its predicate and {item.failed} by its "
                    "count, expected the same number. Validate the batch again; if it stays so, report the rule."
                )
            outcomes.append(RuleOutcome(item.entity, item.rule, item.severity, checked[item.entity], marked))
        _note_same_keys(connection, batch_id, checked)
        for name, rows in checked.items():
            failing = _key_conflict(ENTITIES[name], batch_id)
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
            f"rule {entity}.{rule}: found {type(error.orig).__name__} in its predicate, expected it to run. "
            f"Check its condition in expectations/{entity}.yaml."
        ) from None
    return inserted.rowcount
