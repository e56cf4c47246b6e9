"""What an export knows of a column: its kind, the expression that reads it, and what the dictionary says of it."""

from collections.abc import Sequence

import sqlalchemy as sa

from trimestre import texts


def kind(column: sa.Column[object]) -> str:
    """Kind of a column: text, uuid, integer, double, decimal, boolean, date, instant, list or json.

    Numbers are decimals where the table gives them a precision; else doubles, which every tool can add up.
    """
    match column.type:
        case sa.Uuid():
            return "uuid"
        case sa.Boolean():
            return "boolean"
        case sa.Integer():
            return "integer"
        case sa.Numeric() as number if number.precision is not None:
            return "decimal"
        case sa.Numeric() | sa.Float():
            return "double"
        case sa.DateTime():
            return "instant"
        case sa.Date():
            return "date"
        case sa.ARRAY():
            return "list"
        case sa.JSON():
            return "json"
        case _:
            return "text"


def expressions(table: sa.Table, **written: str) -> dict[str, str]:
    """Column -> SQL that reads it; ``written`` says for kinds how they are written (``{0}`` = the value).

    A list and JSON become texts, and are written as texts are.
    """
    plain = {"list": "array_to_string({0}, ' | ')", "json": "CAST({0} AS text)", "uuid": "CAST({0} AS text)"}
    found = {}
    for column in table.columns:
        what = kind(column)
        value = plain.get(what, "{0}").format(f"t.{column.name}")
        found[column.name] = written.get("text" if what in {"list", "json"} else what, "{0}").format(value)
    return found


def select(table: sa.Table, columns: dict[str, str]) -> str:
    """The statement that reads a table in the order of its key, which is the same on every machine."""
    keys = ", ".join(
        f't.{column.name} COLLATE "C"' if kind(column) == "text" else f"t.{column.name}"
        for column in table.primary_key.columns
    )
    listed = ", ".join(f"{value} AS {name}" for name, value in columns.items())
    return f"SELECT {listed} FROM {table.fullname} AS t" + (f" ORDER BY {keys}" if keys else "")


def described(column: sa.Column[object], zone: str) -> tuple[str, str, str, str, str]:
    """Kind, meaning, «aditiva sobre», codes and limits of a column, as an analyst reads them."""
    codes: dict[str, str] = column.info.get("codes", {})
    return (
        texts.DATA_KINDS[kind(column)].format(zone=zone),
        str(column.info.get("meaning", column.comment or "")),
        str(column.info.get("additive", "")),
        "; ".join(f"{code} = {label}" for code, label in codes.items()),
        str(column.info.get("limits", "")),
    )


def dictionary(tables: Sequence[sa.Table], zone: str) -> list[tuple[str, ...]]:
    """One row per table (without a column) and one per column of it, in the order of ``texts.EXPORT_COLUMNS``."""
    rows: list[tuple[str, ...]] = []
    for table in tables:
        rows.append((table.name, "", "", table.comment or "", "", "", ""))
        rows += [(table.name, column.name, *described(column, zone)) for column in table.columns]
    return rows
