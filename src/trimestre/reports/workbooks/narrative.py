"""The words of a quarter's report, paragraph by paragraph.

Data flow: results.narrative + free places -> workbook -> results.narrative.
"""

import re
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from trimestre import texts
from trimestre.contracts import Project
from trimestre.periods import Period
from trimestre.reports.word.tokens import folded
from trimestre.reports.workbooks.model import Edit, Field, Key, Line, Lists, Sheet, Taking, Told, Values, plain
from trimestre.reports.workbooks.versions import Versioned, lines_of_action
from trimestre.warehouse.tables.by_hand import narrative

PLACES = {"titulo": 1, "descripcion": 4, "administrativas": 6, "linea": 6, "cierre": 3}
"""Section -> paragraphs that a blank workbook has room for; of ``linea`` for each line of action."""

LARGEST_ORDINAL = 99
_TOKEN = re.compile(r"\{\{([^{}]*)\}\}")


class Narrative(Versioned):
    """Paragraphs by section, line and place."""

    kind = "narrativa"
    table = narrative
    keys = ("section", "line", "ordinal")
    fields: tuple[Field, ...] = (
        Field("section", "choice", "key", 34, "sections"),
        Field("line", "choice", "key", 64, "lines"),
        Field("ordinal", "text", "key", 10),
        Field("text", width=110, longest=5_000),
    )

    def lists(self, project: Project) -> Lists:
        """Sections and lines of action."""
        return {"sections": {name: code for code, name in texts.WORKBOOK_SECTIONS.items()},
                "lines": lines_of_action(project)}  # fmt: skip

    def within(self, period: Period) -> sa.ColumnElement[bool]:
        """Its own paragraphs."""
        return narrative.c.period == str(period)

    def title(self, edit: Edit) -> str:
        """«Línea de acción L2, párrafo 3»."""
        section, line, ordinal = edit.key or ("", "", "")
        parts = {"section": texts.WORKBOOK_SECTIONS.get(section, section), "line": line, "ordinal": ordinal}
        return texts.WORKBOOK_SAID["paragraph_of_line" if line else "paragraph"].format(**parts)

    def lines(self, connection: sa.Connection, project: Project, period: Period, partner: str | None) -> list[Line]:
        """Paragraphs as they are, and free places; two more than there are."""
        now = self.now(connection, period)
        lines = []
        for section, places in PLACES.items():
            for line in [item.line for item in project.framework.lines] if section == "linea" else [""]:
                own = {int(key[2]): record for key, record in now.items() if key[:2] == (section, line)}
                room = max(places, max(own, default=0) + (2 if section != "titulo" else 0))
                for ordinal in range(1, room + 1):
                    text = own[ordinal]["text"] if ordinal in own else None
                    values = {"section": section, "line": line or None, "ordinal": str(ordinal), "text": text}
                    lines.append(Line(values, (section, line, str(ordinal))))
        return lines

    def check(self, project: Project, sheet: Sheet, edits: Sequence[Edit], told: Told) -> None:
        """The place is one of a report, and tokens name indicators."""
        named = {folded(indicator.code) for indicator in project.indicators} | {"quarter", "statuses"}
        section, line, ordinal, text = self.fields
        for edit in edits:
            if edit.key is None:
                told.wrong(edit.row, section, "required")
                continue
            if edit.key[0] not in PLACES:
                told.wrong(edit.row, section, "required")
            if (edit.key[0] == "linea") != bool(edit.key[1]):
                told.wrong(edit.row, line, "line_of_section")
            if not edit.key[2].isdecimal() or not 1 <= int(edit.key[2]) <= LARGEST_ORDINAL:
                told.wrong(edit.row, ordinal, "ordinal", most=LARGEST_ORDINAL)
            for token in _TOKEN.findall(str((edit.after or {}).get("text") or "")):
                if re.split(r"[./]", folded(token.strip()).removeprefix("chart:"))[0] not in named:
                    told.warn(edit.row, text, "token", token=token.strip())

    def stored(self, taking: Taking, key: Key | None, values: Values, before: Values | None) -> dict[str, Any]:
        """The paragraph at its place."""
        section, line, ordinal = key or ("", "", "0")
        period = str(taking.sheet.period)
        return {"period": period, "section": section, "line": line, "ordinal": int(ordinal),
                "text": plain(values.get("text"))}  # fmt: skip
