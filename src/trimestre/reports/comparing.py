"""What differs as people read it: drift of published figures, and two sets of figures side by side.

Pure: tables for a terminal, in Spanish, from what was compared.
"""

import json
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from trimestre import texts
from trimestre.contracts import Project
from trimestre.contracts.indicators import TOTAL, Indicator
from trimestre.indicators.comparing import Comparison, Pair, Side
from trimestre.periods import PROJECT
from trimestre.reports.figures import number

Row = Mapping[str, Any]


def drift_table(project: Project, title: str, parts: Iterable[Row]) -> Table:
    """The drift of one vintage: a line an indicator, with the part of each reason. ``parts``: rows of results.drift."""
    table = _table(title, texts.DRIFT_COLUMNS, words={"Indicador", "Por qué"})
    found: dict[str, list[Row]] = {}
    for part in parts:
        found.setdefault(part["indicator"], []).append(part)
    for code, reasons in found.items():
        indicator = _indicator(project, code)
        first = reasons[0]
        moved = None if first["published"] is None or first["now"] is None else first["now"] - first["published"]
        table.add_row(
            escape(code),
            escape(indicator.name.es if indicator else ""),
            _figure(indicator, first["published"]),
            _figure(indicator, first["now"]),
            _moved(indicator, moved),
            "\n".join(_part(indicator, reason) for reason in reasons),
        )
    return table


def drift_rows_table(title: str, rows: Iterable[Row]) -> Table:
    """The rows of one indicator that came, went or changed: rows of results.drift_row."""
    table = _table(title, texts.DRIFT_ROW_COLUMNS, words={"Por qué", "Registro", "Qué cambió"})
    for row in rows:
        table.add_row(
            texts.DRIFT_REASONS[row["reason"]],
            texts.DRIFT_MOVEMENTS[row["movement"]],
            escape(row["evidence_key"]),
            escape(_changes(row["before"] or {}, row["after"] or {})),
            *(escape(str(row[name] or "")) for name in ("batch_id", "landed_file_id", "position")),
        )
    return table


def side_name(side: Side) -> str:
    """What a side is called."""
    return texts.COMPARE_CLI[side.kind].format(number=side.number)


def comparison_table(project: Project, comparison: Comparison) -> Table:
    """The cells that differ, a line each."""
    names = {"left": side_name(comparison.left), "right": side_name(comparison.right)}
    title = texts.COMPARE_CLI["title"].format(period=comparison.period, **names)
    headings = [heading.format(**names) for heading in texts.COMPARE_COLUMNS]
    table = _table(title, headings, words={"Desglose", "Estado"})
    for pair in comparison.pairs:
        table.add_row(*_compared(_indicator(project, pair.key[0]), pair))
    return table


def edits_table(comparison: Comparison) -> Table:
    """The keys of definitions that differ."""
    names = {"left": side_name(comparison.left), "right": side_name(comparison.right)}
    headings = [heading.format(**names) for heading in texts.EDIT_COLUMNS]
    table = _table(texts.COMPARE_CLI["edits_title"], headings, words=set(headings))
    for edit in comparison.edits:
        table.add_row(
            escape(edit.subject), escape(edit.key or texts.COMPARE_CLI["whole"]), _said(edit.left), _said(edit.right)
        )
    return table


def _compared(indicator: Indicator | None, pair: Pair) -> tuple[str, ...]:
    code, official, covers, disaggregation, category = pair.key
    left, right = pair.left, pair.right
    values = [side["value"] if side else None for side in (left, right)]
    moved = None if values[0] is None or values[1] is None else values[1] - values[0]
    where = "" if disaggregation == TOTAL else f"{_dimension(disaggregation)}: {category}"
    if not official:
        where = f"{texts.COMPARE_CLI['reconciliation']} {where}".rstrip()
    return (
        escape(code),
        texts.FINDING_PARTS["project"] if covers == PROJECT else covers,
        escape(where),
        *(_cell(indicator, side) for side in (left, right)),
        _moved(indicator, moved) if moved else "",
        _both(left, right, lambda cell: f"{cell['n']:,}"),
        _both(
            left, right, lambda cell: "" if cell["target"] is None else _figure(indicator, cell["target"], exact=True)
        ),
        _both(left, right, lambda cell: texts.STATUS.get(cell["status"] or "", "")),
    )


def _both(left: Row | None, right: Row | None, told: Any) -> str:
    """What both sides say, once where it is the same."""
    said = [told(side) if side else texts.COMPARE_CLI["absent"] for side in (left, right)]
    if said[0] == said[1]:
        return str(said[0])
    before, after = (text or texts.COMPARE_CLI["absent"] for text in said)
    return texts.COMPARE_CLI["change"].format(before=before, after=after)


def _cell(indicator: Indicator | None, cell: Row | None) -> str:
    if cell is None:
        return texts.COMPARE_CLI["absent"]
    if cell["obs_status"] == "n_a":
        return texts.NOT_APPLICABLE
    if cell["obs_status"] == "no_calculable":
        return texts.NOT_CALCULABLE
    return _figure(indicator, cell["value"])


def _figure(indicator: Indicator | None, value: Decimal | None, *, exact: bool = False) -> str:
    """A value as it is printed; ``exact``: with as many decimals as it was written with."""
    if value is None and indicator is not None and not indicator.total:
        return texts.NOT_APPLICABLE
    written = value.normalize().as_tuple().exponent if value is not None else 0
    decimals = max(0, -written) if isinstance(written, int) and (exact or indicator is None) else 0
    if indicator is not None and not exact:
        decimals = indicator.decimals
    return number(value, decimals, percent=indicator is not None and indicator.kind_of_value == "percentage")


def _moved(indicator: Indicator | None, amount: Decimal | None) -> str:
    """A difference with its sign; of percentages in points."""
    if amount is None:
        return ""
    written = ("+" if amount > 0 else "") + number(amount, indicator.decimals if indicator else 0)
    if indicator is not None and indicator.kind_of_value == "percentage":
        return texts.DRIFT_CLI["points"].format(amount=written)
    return written


def _part(indicator: Indicator | None, part: Row) -> str:
    said = texts.DRIFT_CLI
    unknown = said["unknown"] if indicator is None or indicator.total else texts.NOT_APPLICABLE
    return said["part"].format(
        reason=texts.DRIFT_REASONS[part["reason"]],
        amount=unknown if part["amount"] is None else _moved(indicator, part["amount"]),
        rows=said["counted"].format(rows=f"{part['rows']:,}") if part["rows"] else "",
    )


def _changes(before: Row, after: Row) -> str:
    """What a row says otherwise than it was published; of one that came or went only why it does not count."""
    names = [name for name in texts.SAID_OF_ROWS if before.get(name) != after.get(name)]
    if not before or not after:
        names = [name for name in names if name == "excluded"]
    change = texts.COMPARE_CLI["change"]
    return "; ".join(
        f"{texts.SAID_OF_ROWS[name]}: "
        + change.format(before=_plain(name, before.get(name)), after=_plain(name, after.get(name)))
        for name in names
    )


def _plain(name: str, value: Any) -> str:
    if value is None:
        return texts.COMPARE_CLI["absent"]
    if name == "excluded":
        return texts.EXCLUSIONS.get(value, str(value))
    return texts.YES_NO[value] if isinstance(value, bool) else str(value)


def _said(value: Any) -> str:
    """A value of a YAML on one line."""
    if value is None:
        return texts.COMPARE_CLI["absent"]
    return escape(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def _dimension(disaggregation: str) -> str:
    return " × ".join(texts.SAID_OF_ROWS.get(name, name) for name in disaggregation.split("×"))


def _indicator(project: Project, code: str) -> Indicator | None:
    """An indicator, unless the project no longer has it."""
    return next((indicator for indicator in project.indicators if indicator.code == code), None)


def _table(title: str, headings: Iterable[str], words: set[str]) -> Table:
    table = Table(title=escape(title), title_justify="left", box=SIMPLE_HEAD, padding=0)
    for place, heading in enumerate(headings):
        left = place == 0 or heading in words
        table.add_column(
            escape(heading), justify="left" if left else "right", no_wrap=heading not in words, overflow="fold"
        )
    return table
