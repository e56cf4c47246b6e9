"""The rules of ``expectations/*.yaml`` as conditions in SQL over staged rows ``r``.

Each named check stands here once; beside it what a scan asks for suspects by, which is wider and cheaper.

Data flow: rule + the project's codes + instant of the night -> text of a condition or statement.
"""

from datetime import datetime, timedelta
from typing import Any

from trimestre.contracts.expectations import Rule
from trimestre.contracts.project import Project
from trimestre.warehouse.entities import OPTIONAL_KEYS, Entity
from trimestre.warehouse.tables import STAGING

_MOVING_FIELDS = {
    "enrolment": ("accessed_at",),
    "certificate": ("obtained_at",),
    "attendance": ("registered_at", "seconds"),
}
"""Fields that change while the same thing is fetched twice in one night: no conflict (the merge takes the best)."""


def condition_of(rule: Rule, now: datetime) -> str | None:
    """The rule's condition in SQL; None when Great Expectations makes it from a column expectation."""
    if rule.check is not None and rule.column is not None:
        return _check(rule.check, rule.column, now)
    return f"({rule.unexpected_rows})" if rule.unexpected_rows is not None else None


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


def may_fail(project: Project, rule: Rule, now: datetime) -> str:
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
    arguments = arguments_of(project, rule)
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


def batch_rows(name: str, batch_id: int, *, suspect: bool = False) -> str:
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


def same_keys(entity: Entity, batch_id: int) -> str:
    """Where natural keys come more than once in the batch, as one row; a row without a full key is no case.

    ``pairs`` are the rows of keys that come twice, ``numbers`` the keys that come more often (:func:`rows_of_keys`);
    both are arrays as text, null without any. Keys are compared by a number, which tells two apart but for one chance
    in 10^19: whoever reads these rows compares the keys themselves. The merge looks for copies among them, too.
    """
    number, keyed = _numbered(entity, batch_id)
    return (
        f"SELECT '{entity.name}' AS entity, CAST(array_agg(s.first) FILTER (WHERE s.rows = 2)"
        " || array_agg(s.last) FILTER (WHERE s.rows = 2) AS text) AS pairs,"
        " CAST(array_agg(s.number) FILTER (WHERE s.rows > 2) AS text) AS numbers FROM ("
        f"SELECT {number} AS number, count(*) AS rows, min(r.staged_id) AS first, max(r.staged_id) AS last"
        f" FROM {keyed} GROUP BY {number} HAVING count(*) > 1) AS s"
    )


def rows_of_keys(entity: Entity, batch_id: int) -> str:
    """The rows whose keys have the ``numbers``."""
    number, keyed = _numbered(entity, batch_id)
    return f"SELECT r.staged_id FROM {keyed} AND {number} = ANY(CAST(%(numbers)s AS bigint[]))"


def _numbered(entity: Entity, batch_id: int) -> tuple[str, str]:
    """The number of a row's natural key, and the rows that have all of it."""
    number = "0"
    for name in reversed(_key_columns(entity, "r")):
        number = f"{'uuid_hash_extended' if name == 'r.account_key' else 'hashtextextended'}({name}, {number})"
    full = " AND ".join(
        f"r.{name} IS NOT NULL" for name in entity.key_columns if name not in ("source", *OPTIONAL_KEYS)
    )
    return number, f"({batch_rows(entity.name, batch_id)}) AS r WHERE {full}"


def key_conflict(entity: Entity, batch_id: int) -> str:
    """Every row whose natural key has rows with different content in the batch, by what ``staging.same_key`` holds.

    Of sightings, different content within one scope; between scopes only the columns that must agree.
    """
    partition = _key_columns(entity, "r")
    content = [
        name for name in entity.fields if name not in (*entity.key_columns, *_MOVING_FIELDS.get(entity.name, ()))
    ]
    fingerprint = f'md5(CAST(ROW({", ".join(f"r.{name}" for name in content)}) AS text)) COLLATE "C"'
    rows = (
        f"staging.same_key AS k INNER JOIN ({batch_rows(entity.name, batch_id)}) AS r"
        f" ON k.batch_id = {batch_id:d} AND k.entity = '{entity.name}' AND r.staged_id = k.staged_id"
    )
    same, differs = partition, f"min({fingerprint}) OVER same <> max({fingerprint}) OVER same"
    if entity.sighting:
        rows += (
            f" LEFT JOIN staging.record AS d ON d.batch_id = {batch_id:d} AND d.status = 'parsed'"
            " AND d.record_no = r.record_no"
        )
        same = [*partition, "d.dataset", "d.scope"]
        for name in entity.agreed:
            differs += f" OR coalesce(min(r.{name}) OVER every <> max(r.{name}) OVER every, FALSE)"
    return (
        f"SELECT r.staged_id FROM (SELECT r.staged_id, {differs} AS differs FROM {rows}"
        f" WINDOW same AS (PARTITION BY {', '.join(same)}), every AS (PARTITION BY {', '.join(partition)})) AS r"
        " WHERE r.differs"
    )


def arguments_of(project: Project, rule: Rule) -> dict[str, Any]:
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
    return {**rule.kwargs, "value_set": sorted({str(value) for value in values})}  # what is staged is text
