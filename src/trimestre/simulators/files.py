"""The files that people put into the drop folder, written the same byte for byte from the same world.

The workbooks are written by hand rather than by openpyxl: that one stamps the moment of writing into them,
and two nights with the same rows would then look like two different files.
"""

import csv
import io
import zipfile
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from xml.sax.saxutils import escape

from trimestre.simulators.people import wall_clock
from trimestre.simulators.world import World

SFP_FILE = Path("plataforma_sfp/EISP-UIF-2020.csv")
EVENT_FILE = Path("eventos/lista_asistencia_2020-05-27.xlsx")
CAPTURED_FILE = Path("datos_capturados/datos_capturados.xlsx")

_SFP_HEADER = (
    "Folio", "Nombre completo", "Correo electrónico", "CURP", "Sexo", "Dependencia", "Fecha de inscripción",
    "Primer acceso", "Módulo 1", "Módulo 2", "Módulo 3", "Constancia",
)  # fmt: skip
_EVENT_HEADER = (
    "No.",
    "Nombre",
    "Correo electrónico",
    "Institución",
    "Tipo de organización",
    "Hora de registro",
)
_CAPTURED_HEADER = (
    "Indicador", "Trimestre", "Desagregación", "Categoría", "Valor", "Fecha", "Medio de verificación",
    "Comentario",
)  # fmt: skip

Cell = str | float | int | datetime | None


def write_drop_files(world: World, folder: Path) -> None:
    """Write the three files of the case below ``folder``, each in the folder of its source."""
    with world.lock:
        contents = {
            SFP_FILE: _sfp_csv(world),
            EVENT_FILE: _workbook("Asistencia", _event_rows(world)),
            CAPTURED_FILE: _workbook("Captura", _captured_rows(world)),
        }
    for name, content in contents.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        # A reader that comes in between sees the old file or the new one, never half of it.
        part = path.with_name(f".{path.name}.part")
        part.write_bytes(content)
        part.replace(path)


def _sfp_csv(world: World) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(_SFP_HEADER)
    for learner in world.sfp:
        times = (
            learner.enrolled_at, learner.entered_at, learner.module_1_at, learner.module_2_at,
            learner.module_3_at, learner.certified_at,
        )  # fmt: skip
        dates = [time.strftime("%d/%m/%Y %H:%M") if time else "" for time in times]
        row = (learner.folio, learner.name, learner.email, learner.curp, learner.sex, learner.institution)
        writer.writerow((*row, *dates))
    return text.getvalue().encode("cp1252")


def _event_rows(world: World) -> Iterable[Sequence[Cell]]:
    yield ("Mapeo de metodologías de riesgos de corrupción",)
    yield ("Lista de asistencia, 27 de mayo de 2020 (en línea)",)
    yield ()
    yield _EVENT_HEADER
    for line in world.attendance:
        who = line.attendee
        if who is None:
            yield ()
        else:
            yield (
                line.number,
                who.name,
                who.email,
                who.institution,
                who.organisation_type,
                who.registered_at,
            )


def _captured_rows(world: World) -> Iterable[Sequence[Cell]]:
    yield _CAPTURED_HEADER
    for row in world.captured:
        yield (
            row.indicator, row.period, row.disaggregation or None, row.category or None, row.value, row.date,
            row.verification, row.comment or None,
        )  # fmt: skip


_CONTENT_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/xl/workbook.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>'
    '<Override PartName="/xl/styles.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/></Types>'
)
_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
#: Cell formats: 0 as is, 1 a date, 2 a date with time.
_STYLES = (
    f'<styleSheet xmlns="{_MAIN}"><numFmts count="2"><numFmt numFmtId="164" formatCode="dd/mm/yyyy"/>'
    '<numFmt numFmtId="165" formatCode="dd/mm/yyyy\\ hh:mm"/></numFmts>'
    '<fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)


def _workbook(sheet: str, rows: Iterable[Sequence[Cell]]) -> bytes:
    """A workbook of one sheet; an empty row is left out, as spreadsheet programs do."""
    lines = "".join(_row(number, cells) for number, cells in enumerate(rows, start=1) if cells)
    parts = {
        "[Content_Types].xml": _CONTENT_TYPES,
        "_rels/.rels": _relations("officeDocument", "xl/workbook.xml"),
        "xl/workbook.xml": (
            f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATION}"><sheets>'
            f'<sheet name="{escape(sheet)}" sheetId="1" r:id="rId1"/></sheets></workbook>'
        ),
        "xl/_rels/workbook.xml.rels": _relations("worksheet", "worksheets/sheet1.xml", "styles", "styles.xml"),
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{_MAIN}"><sheetData>{lines}</sheetData></worksheet>',
        "xl/styles.xml": _STYLES,
    }
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, xml in parts.items():
            # Stored, not deflated: the bytes then don't depend on the version of zlib either.
            info = zipfile.ZipInfo(name, date_time=(2020, 7, 1, 0, 0, 0))
            info.create_system = 3
            archive.writestr(info, '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n' + xml)
    return target.getvalue()


def _relations(*kinds_and_targets: str) -> str:
    pairs = zip(kinds_and_targets[::2], kinds_and_targets[1::2], strict=True)
    links = "".join(
        f'<Relationship Id="rId{number}" Type="{_RELATION}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(pairs, start=1)
    )
    return f'<Relationships xmlns="{_PACKAGE}">{links}</Relationships>'


def _row(number: int, cells: Sequence[Cell]) -> str:
    inner = "".join(
        _cell(f"{chr(ord('A') + column)}{number}", value) for column, value in enumerate(cells) if value is not None
    )
    return f'<row r="{number}">{inner}</row>'


def _cell(reference: str, value: Cell) -> str:
    if isinstance(value, datetime):
        days = (value - wall_clock(1899, 12, 30)).total_seconds() / 86400
        style = 1 if value.hour == value.minute == 0 else 2
        return f'<c r="{reference}" s="{style}"><v>{days:.10f}</v></c>'
    if isinstance(value, str):
        text = f'<is><t xml:space="preserve">{escape(value)}</t></is>'
        return f'<c r="{reference}" t="inlineStr">{text}</c>'
    return f'<c r="{reference}"><v>{value:g}</v></c>'
