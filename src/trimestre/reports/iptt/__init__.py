"""The indicator performance tracking table (IPTT) of a quarter, as an Excel workbook.

Sheets: «IPTT», one per disaggregation, definitions, explanations, and what the table is.

Data flow: Quarter with ``earlier`` -> XlsxWriter -> workbook with fixed dates.
"""

from datetime import UTC, datetime
from pathlib import Path

from trimestre.reports.iptt import breakdowns, reading, tracking
from trimestre.reports.iptt.sheet import FONT, Book
from trimestre.reports.iptt.spans import Told
from trimestre.reports.naming import file_name
from trimestre.reports.packing import deterministic
from trimestre.reports.quarter import Quarter
from trimestre.reports.words import version_text
from trimestre.texts.tracking_labels import TRACKING

_NEVER = datetime(1980, 1, 1, tzinfo=UTC)
"""Date of a table over which nothing is known yet: the earliest of a zip."""


def write(quarter: Quarter, folder: Path, language: str = "es") -> list[Path]:
    """Write the table of a quarter and of those in ``quarter.earlier``; returns the file."""
    import xlsxwriter

    labels, version = TRACKING[language], quarter.version
    mark = labels["illustrative"] if quarter.project.framework.illustrative else ""
    caption = labels["shown"].format(
        period=quarter.period, fiscal=quarter.fiscal, version=version_text(quarter, language), mark=mark
    )
    footer = f"{labels['title']} · {version.hash[:12]}" if version.hash else labels["title"]
    path = folder / file_name("iptt", quarter, language, "xlsx")
    at = version.decided_at or version.known_at
    font = {"default_format_properties": {"font_name": FONT, "font_size": 10}}
    workbook = xlsxwriter.Workbook(str(path), {**font, "strings_to_formulas": False, "strings_to_urls": False})
    workbook.set_properties(
        {
            "title": f"{labels['title']} {quarter.period}",
            "subject": quarter.project.framework.name,
            "author": "Trimestre",
            "comments": caption,
            "created": (at or _NEVER).replace(tzinfo=None),
        }
    )
    book = Book(workbook, Told(quarter), language, caption, footer)
    places, columns = tracking.write(book)
    breakdowns.write(book, places, columns)
    reading.write_definitions(book)
    reading.write_explanations(book)
    reading.write_about(book)
    workbook.close()
    return [deterministic(path, at)]
