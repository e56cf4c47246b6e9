"""Retained rows and what they should say: number, field, value, reason. Values are personal data.

They are shown nowhere: not in the preview, not in a message, not in ``ops.upload``; the workbook goes out without them.

Data flow: quarantine.row -> workbook -> decisions «correct_row», applied as `trimestre retained correct` does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any, cast

import sqlalchemy as sa

from trimestre import texts
from trimestre.contracts import Project
from trimestre.periods import Period
from trimestre.reports.workbooks.model import Edit, Field, Line, Lists, Row, Sheet, Taking, Told, plain
from trimestre.warehouse.decisions import is_personal
from trimestre.warehouse.entities import ENTITIES
from trimestre.warehouse.sqlfiles import statement

_MOST = 500
"""Retained rows that go out; newest first."""
_OWNER = "account_ref"
"""Whose row it is: not corrected here."""


class Corrections:
    """One row per retained row, and blank ones for further fields of one."""

    kind = "correcciones"
    blank = 30
    fields: tuple[Field, ...] = (
        Field("number", "number", "key", 12),
        Field("source", "text", "shown", 20),
        Field("entity", "text", "shown", 22),
        Field("rule", "text", "shown", 50),
        Field("where", "text", "shown", 30),
        Field("field", "choice", width=34, choices="fields", required=True),
        Field("value", width=34, personal=True, longest=500),
        Field("reason", width=50, required=True, longest=500),
    )

    def lists(self, project: Project) -> Lists:
        """Every field of every entity that a source delivers."""
        names = sorted({name for entity in ENTITIES.values() for name in entity.fields} - {_OWNER})
        return {"fields": {_said(name): name for name in names}}

    def lines(self, connection: sa.Connection, project: Project, period: Period, partner: str | None) -> list[Line]:
        """Open retained rows, whatever quarter they are of."""
        wanted = {"source": None, "rule": None, "state": "open", "entity": None, "number": None}
        rows = connection.execute(sa.text(statement("retained/list")), wanted).all()[:_MOST]
        lines = []
        for row in sorted(rows, key=lambda row: int(row.retained_id)):
            fields = [_said(name) for name in _fields_of(row.entity)]
            values = {
                "number": Decimal(row.retained_id),
                "source": row.source,
                "entity": texts.ENTITIES.get(row.entity, row.entity),
                "rule": f"{row.rule}: {row.what or ''}".rstrip(": "),
                "where": texts.RETAINED_CLI["where"].format(file=row.landed_file_id, position=row.position),
            }
            lines.append(Line(values, (str(row.retained_id),), {"field": fields} if fields else {}))
        return lines

    def judge(self, connection: sa.Connection, project: Project, sheet: Sheet, told: Told) -> tuple[list[Edit], int]:
        """Which fields of which rows would be written; what was decided just so changes nothing."""
        edits: list[Edit] = []
        unchanged = 0
        seen: dict[tuple[str, str], Row] = {}
        held = self._held(connection, [str(row.values.get("number") or "") for row in sheet.rows])
        for row in sheet.rows:
            if all(row.values.get(item.name) is None for item in self.fields if item.part == "input"):
                unchanged += 1
                continue
            number = self._checked(row, held, told)
            if number is None:
                continue
            place = number, str(row.values["field"])
            if place in seen:
                told.wrong(row, self.fields[5], "twice", other=seen[place].places["field"])
                continue
            seen[place] = row
            edits.append(Edit((number,), {}, row.values, row))
        of_row: dict[str, list[Edit]] = {}
        for edit in edits:
            of_row.setdefault((edit.key or ("",))[0], []).append(edit)
        wanted: list[Edit] = []
        for number, own in of_row.items():
            state = held[number]["state"]
            if state == "corrected" and self._written(connection, held[number]["decision_id"]) == _changes(
                project, own
            ):
                unchanged += len(own)
            elif state != "open":
                told.wrong(own[0].row, self.fields[0], "not_open", state=texts.RETAINED_STATES[state])
            else:
                wanted += own
        return wanted, unchanged

    def changes(self, project: Project, edits: Sequence[Edit]) -> list[dict[str, Any]]:
        """Number and field; neither the old value nor the new one."""
        hidden = texts.WORKBOOK_SAID["hidden"]
        return [
            {
                "what": texts.WORKBOOK_SAID["correction"],
                "place": texts.WORKBOOK_SAID["retained"].format(
                    number=(edit.key or ("",))[0], field=_said((edit.after or {})["field"])
                ),
                "before": hidden,
                "after": texts.WORKBOOK_SAID["corrected"].format(reason=(edit.after or {})["reason"]),
            }
            for edit in edits
        ]

    def records(self, edits: Sequence[Edit]) -> list[dict[str, Any]]:
        """They are decisions."""
        return []

    def apply(self, taking: Taking, edits: Sequence[Edit]) -> list[str]:
        """Correct row by row, all within the open transaction."""
        from trimestre.pipeline import acts

        inside = replace(taking.plant, engine=cast(sa.Engine, _Inside(taking.connection)))
        lines = []
        for number in dict.fromkeys((edit.key or ("",))[0] for edit in edits):
            own = [edit for edit in edits if edit.key == (number,)]
            reason = "; ".join(dict.fromkeys(str((edit.after or {})["reason"]) for edit in own))
            changes = _changes(taking.plant.project, own)
            done = acts.correct_row(inside, int(number), changes, taking.now, reason=reason, decided_by=taking.who)
            said = "entered" if done.entered else "held"
            lines.append(texts.WORKBOOK_SAID[f"row_{said}"].format(
                number=number, again=", ".join(map(str, done.again or done.held)) or "–",
                quarters=", ".join(done.quarters) or "–"))  # fmt: skip
        return lines

    def _held(self, connection: sa.Connection, numbers: Sequence[str]) -> dict[str, Mapping[str, Any]]:
        rows = connection.execute(
            sa.text("SELECT retained_id, entity, state, decision_id FROM quarantine.row WHERE retained_id = ANY(:ids)"),
            {"ids": sorted({int(number) for number in numbers if number.isdigit()})},
        )
        return {str(row.retained_id): dict(row._mapping) for row in rows}

    def _checked(self, row: Row, held: Mapping[str, Mapping[str, Any]], told: Told) -> str | None:
        """The retained row that a row is about; ``None`` when something of it is wrong."""
        number, field, value, reason = self.fields[0], self.fields[5], self.fields[6], self.fields[7]
        found = str(row.values.get("number") or "")
        if found not in held:
            told.wrong(row, number, "retained")
            return None
        problems = len(told.problems)
        for column in (field, reason):
            if row.values.get(column.name) is None:
                told.wrong(row, column, "required")
        known = _fields_of(held[found]["entity"])
        if row.values.get("field") is not None and row.values["field"] not in known:
            told.wrong(row, field, "field_of_entity", known=", ".join(map(_said, known)) or "–")
        if row.values.get("value") is None:
            told.wrong(row, value, "value_or_empty", empty=texts.WORKBOOK_SAID["empty"])
        if is_personal(str(row.values.get("reason") or "")):
            told.wrong(row, reason, "personal")
        return found if len(told.problems) == problems else None

    def _written(self, connection: sa.Connection, decision_id: int | None) -> dict[str, str | None]:
        rows = connection.execute(
            sa.text("SELECT field, value FROM quarantine.correction WHERE decision_id = :id"), {"id": decision_id}
        )
        return {row.field: row.value for row in rows}


def _fields_of(entity: str) -> list[str]:
    """What of a row of an entity can be corrected."""
    return [name for name in ENTITIES[entity].fields if name != _OWNER] if entity in ENTITIES else []


def _said(field: str) -> str:
    """A field as people read it, with the name that the command line knows."""
    return texts.WORKBOOK_CORRECTABLE.get(field, field)


class _Inside:
    """What begins no transaction of its own: everything happens in one that is open, by savepoints."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def begin(self) -> "_Savepoint":
        return _Savepoint(self._connection)


class _Savepoint:
    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        self._point: Any = None

    def __enter__(self) -> sa.Connection:
        self._point = self._connection.begin_nested()
        self._point.__enter__()
        return self._connection

    def __exit__(self, *error: Any) -> None:
        self._point.__exit__(*error)


def _changes(project: Project, edits: Sequence[Edit]) -> dict[str, str | None]:
    """Field -> value as connectors normalise it; ``None`` = empty."""
    return {str((e.after or {})["field"]): _normalised(project, (e.after or {}).get("value")) for e in edits}


def _normalised(project: Project, value: Any) -> str | None:
    """Days and instants of the project's zone in ISO 8601; other texts as they were typed."""
    text = str(plain(value) or "")
    if text.casefold() == texts.WORKBOOK_SAID["empty"]:
        return None
    for pattern in ("%d/%m/%Y %H:%M", "%d/%m/%Y %H:%M:%S"):
        try:
            at = datetime.strptime(text, pattern).replace(tzinfo=project.framework.zone)
        except ValueError:
            continue
        return at.isoformat()
    try:
        return datetime.strptime(text, "%d/%m/%Y").date().isoformat()  # noqa: DTZ007 (a day has no zone)
    except ValueError:
        return text
