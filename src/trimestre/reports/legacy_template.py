"""The workbook in which figures of before Trimestre are typed: three sheets to fill and one that helps.

Data flow: Project -> XlsxWriter -> workbook; ``indicators.legacy`` reads it back.
"""

from collections.abc import Iterator
from pathlib import Path

from trimestre import texts
from trimestre.contracts import Project
from trimestre.contracts.indicators import Indicator
from trimestre.contracts.indicators_across import categories_of
from trimestre.errors import ContractError
from trimestre.texts import ASKED

_WIDTH = 18
_HELP_WIDTHS = (12, 48, 16, 16, 40, 60)


def write_template(project: Project, path: Path) -> None:
    """Write the workbook; :class:`ContractError` when there is a file already, or none can be written there."""
    import xlsxwriter

    if path.suffix.lower() != ".xlsx":
        raise ContractError(ASKED["template_name"].format(name=path.name))
    if path.exists():
        raise ContractError(ASKED["template_there"].format(path=path))
    book = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False})
    bold = book.add_format({"bold": True, "bg_color": "#DDEBF7", "bottom": 1})
    day = book.add_format({"num_format": "dd/mm/yyyy"})
    for name, (title, headings) in texts.LEGACY_SHEETS.items():
        sheet = book.add_worksheet(title)
        sheet.write_row(0, 0, list(headings.values()), bold)
        sheet.set_column(0, len(headings) - 1, _WIDTH)
        sheet.freeze_panes(1, 0)
        if name == "baselines":
            number = list(headings).index("day")
            sheet.set_column(number, number, _WIDTH, day)
        codes = [indicator.code for indicator in _in_force(project)]
        if codes:
            source = f"='{texts.LEGACY_HELP_SHEET}'!$A${_first_row() + 1}:$A${_first_row() + len(codes)}"
            sheet.data_validation(1, 0, 1000, 0, {"validate": "list", "source": source, "error_type": "warning"})
    help_sheet = book.add_worksheet(texts.LEGACY_HELP_SHEET)
    for column, width in enumerate(_HELP_WIDTHS):
        help_sheet.set_column(column, column, width)
    for number, rule in enumerate(texts.LEGACY_HELP["rules"]):
        help_sheet.write_string(number, 0, rule)
    help_sheet.write_row(_first_row() - 1, 0, texts.LEGACY_HELP["columns"], bold)
    for number, row in enumerate(_help(project), start=_first_row()):
        for column, text in enumerate(row):
            help_sheet.write_string(number, column, text)
    try:
        book.close()
    except (OSError, xlsxwriter.exceptions.FileCreateError) as error:
        raise ContractError(ASKED["template_read_only"].format(path=path, error=error)) from None


def _first_row() -> int:
    """Row of the first indicator on the help sheet, from 0: below the rules, a blank row and the headings."""
    return len(texts.LEGACY_HELP["rules"]) + 2


def _in_force(project: Project) -> list[Indicator]:
    return [indicator for indicator in project.indicators if indicator.state == "vigente"]


def _help(project: Project) -> Iterator[tuple[str, ...]]:
    """Code, name, type, span, breakdowns and their categories of each indicator."""
    known = categories_of(project)
    for indicator in _in_force(project):
        breakdowns = indicator.breakdowns()
        dimensions = dict.fromkeys(name for pair in breakdowns for name in pair)
        yield (
            indicator.code,
            indicator.name.es,
            texts.LEGACY_KINDS[indicator.kind_of_value],
            texts.LEGACY_SPANS[indicator.span],
            ", ".join("×".join(pair) for pair in breakdowns) or "–",
            "; ".join(f"{name}: {', '.join(known[name])}" for name in dimensions if known.get(name)) or "–",
        )
