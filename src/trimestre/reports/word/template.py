"""The templates of the quarterly report as they are at first; from then on people change them in Word.

A template is an ordinary document with fields (docs/informe.md). Nothing of it comes back: `trimestre report-template`
writes one only where there is none.

Data flow: texts of a language -> framework/templates/informe-es.docx.
"""

from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import docx
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from trimestre.errors import ContractError
from trimestre.reports.documents import Language
from trimestre.reports.packing import deterministic
from trimestre.texts.report_labels import REPORT_REFUSALS
from trimestre.texts.report_template import TEMPLATE_WORDS

_BLUE, _GREY = RGBColor(0x1B, 0x4F, 0x72), RGBColor(0x55, 0x5F, 0x68)
_FONT = "Arial"
_WIDTHS = (3.9, 3.0, 1.9, 1.6, 2.4, 1.9, 2.9)
"""Of the columns of the table of indicators, in cm: 17.6 together, the width of the text."""

Document = Any


def template_path(root: Path, language: Language) -> Path:
    """Where a project keeps the template of a language."""
    return root / "framework" / "templates" / f"informe-{language}.docx"


def write_template(path: Path, language: Language) -> Path:
    """Write the first template of a language; :class:`ContractError` where there is one."""
    if path.exists():
        raise ContractError(REPORT_REFUSALS["template_exists"].format(path=path))
    said = TEMPLATE_WORDS[language]
    document = docx.Document()
    _page(document, said)
    _styles(document, language)
    _heads(document, said)
    _section(document, said["administrative"], "administrativas", said["no_administrative"])
    _line(document, said)
    _risks(document, said)
    _closing(document, said)
    properties = document.core_properties
    properties.title, properties.author, properties.comments = said["title"], "", ""
    path.parent.mkdir(parents=True, exist_ok=True)
    for name, relation in list(document.part.package.rels.items()):
        if relation.reltype.endswith("/thumbnail"):  # of the empty document that python-docx begins with
            del document.part.package.rels[name]
    written = BytesIO()
    document.save(written)
    path.write_bytes(written.getvalue())
    return deterministic(path, None)


def _page(document: Document, said: Mapping[str, str]) -> None:
    """Letter, as Mexico prints; which figures these are, at the foot of every page."""
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21.59), Cm(27.94)
    section.left_margin = section.right_margin = Cm(2)
    section.top_margin = section.bottom_margin = Cm(2)
    foot = section.footer.paragraphs[0]
    foot.text = "{{ pie }} · " + said["page"] + " "
    _field(foot, "PAGE")
    foot.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    for run in foot.runs:
        run.font.size, run.font.color.rgb = Pt(8), _GREY


def _styles(document: Document, language: Language) -> None:
    styles = document.styles
    normal = styles["Normal"]
    normal.font.name, normal.font.size = _FONT, Pt(11)
    normal.element.rPr.rFonts.set(qn("w:eastAsia"), _FONT)
    tongue = OxmlElement("w:lang")
    tongue.set(qn("w:val"), "es-MX" if language == "es" else "en-US")
    normal.element.rPr.append(tongue)
    normal.paragraph_format.space_after = Pt(6)
    for name, size in (("Title", 18), ("Heading 1", 14), ("Heading 2", 12), ("Heading 3", 11)):
        style = styles[name]
        style.font.name, style.font.size, style.font.color.rgb = _FONT, Pt(size), _BLUE
        fonts = style.element.rPr.rFonts
        for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            fonts.attrib.pop(qn(f"w:{theme}"), None)
        style.paragraph_format.space_before, style.paragraph_format.space_after = Pt(size - 2), Pt(4)
        style.paragraph_format.keep_with_next = True
    for name in ("Trimestre celda", "Trimestre nota"):
        style = styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        style.base_style, style.font.size = normal, Pt(8.5)
        style.paragraph_format.space_after = Pt(1)
    styles["Trimestre nota"].font.color.rgb = _GREY
    note = styles.add_style("footnote text", WD_STYLE_TYPE.PARAGRAPH)
    note.base_style, note.font.size = normal, Pt(8.5)
    note.paragraph_format.space_after = Pt(0)
    reference = styles.add_style("footnote reference", WD_STYLE_TYPE.CHARACTER)
    reference.font.superscript = True


def _heads(document: Document, said: Mapping[str, str]) -> None:
    """The heads of the donor's form, in English in both languages."""
    document.add_paragraph("{{ encabezado }}", style="Title")
    table = document.add_table(rows=0, cols=2, style="Table Grid")
    for name, field in (
        ("Title", "{{ titulo }}"), ("Description", "{{ descripcion }}"), ("Period", "{{ periodo }}"),
        ("Year", "{{ anio }}"), ("Status", "{{ estado }}"),
    ):  # fmt: skip
        cells = table.add_row().cells
        cells[0].text, cells[1].text = name, field
        cells[0].paragraphs[0].runs[0].bold = True
    _shape(table, (3.2, 14.4))
    document.add_paragraph("{{ version }}", style="Trimestre nota").paragraph_format.space_before = Pt(4)
    document.add_paragraph(said["figures_note"], style="Trimestre nota")


def _section(document: Document, title: str, field: str, nothing: str) -> None:
    """Paragraphs, then dated activities as bullets."""
    document.add_heading(title, 1)
    _words(document, field)
    _when(document, f"not {field}.parrafos and not {field}.actividades", nothing)


def _words(document: Document, field: str) -> None:
    _each(document, "parrafo", f"{field}.parrafos", "{{ parrafo }}")
    document.add_paragraph(f"{{%p for actividad in {field}.actividades %}}")
    bullet = document.add_paragraph(style="List Bullet")
    bullet.add_run("{{ actividad.cuando }}").bold = True
    bullet.add_run("{% if actividad.cuando %}: {% endif %}{{ actividad.que }}")
    document.add_paragraph("{%p endfor %}")


def _line(document: Document, said: Mapping[str, str]) -> None:
    """A section for each line of action: activities, results of its courses, table of its indicators, charts."""
    document.add_paragraph("{%p for linea in lineas %}")
    document.add_heading("{{ linea.nombre }}", 1)
    _words(document, "linea")
    document.add_paragraph("{%p if linea.cursos %}")
    document.add_heading(said["courses"], 2)
    document.add_paragraph("{%p for curso in linea.cursos %}")
    document.add_heading("{{ curso.nombre }}", 3)
    document.add_paragraph("{%p for edicion in curso.ediciones %}")
    edition = document.add_paragraph()
    edition.add_run("{{ edicion.nombre }}").bold = True
    edition.add_run(" ({{ edicion.clave }}), {{ edicion.fechas }}:")
    edition.paragraph_format.keep_with_next = True
    _each(document, "cuenta", "edicion.cuentas", "{{ cuenta.etiqueta }}: {{ cuenta.cifra }}", "List Bullet")
    for _ in range(2):
        document.add_paragraph("{%p endfor %}")
    document.add_paragraph("{%p endif %}")
    document.add_heading(said["indicators"], 2)
    document.add_paragraph("{%p if linea.indicadores %}")
    _indicators(document, said)
    document.add_paragraph(said["legend"], style="Trimestre nota").paragraph_format.space_before = Pt(4)
    document.add_paragraph("{%p endif %}")
    _when(document, "not linea.indicadores", said["no_indicators"])
    document.add_paragraph("{%p for grafica in linea.graficas %}")
    caption = document.add_paragraph("{{ grafica.clave }} {{ grafica.nombre }}", style="Trimestre nota")
    caption.paragraph_format.space_before, caption.paragraph_format.keep_with_next = Pt(8), True
    document.add_paragraph("{{ grafica.figura }}")
    for _ in range(2):
        document.add_paragraph("{%p endfor %}")


def _indicators(document: Document, said: Mapping[str, str]) -> None:
    """The table of indicators, in a control of its own: an update adds the rows of new ones to it."""
    table = document.add_table(rows=4, cols=len(_WIDTHS), style="Table Grid")
    heads, loop, row, end = table.rows
    for cell, name in zip(heads.cells, said["columns"].split("|"), strict=True):
        _cell(cell, name, bold=True)
        shade = OxmlElement("w:shd")
        for key, value in (("val", "clear"), ("color", "auto"), ("fill", "DCE6EE")):
            shade.set(qn(f"w:{key}"), value)
        cell._tc.get_or_add_tcPr().append(shade)
    heads._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
    _cell(loop.cells[0], "{%tr for fila in linea.indicadores %}")
    _cell(end.cells[0], "{%tr endfor %}")
    fields = (
        "{{ fila.clave }} {{ fila.nombre }}{{ fila.nota }}", "{{ fila.valor }}", "{{ fila.meta }}",
        "{{ fila.porcentaje }}", "{{ fila.estado }}", "{{ fila.cambio }}", "{{ fila.explicacion }}",
    )  # fmt: skip
    for cell, field in zip(row.cells, fields, strict=True):
        _cell(cell, field)
    value = row.cells[1]
    for text in ("{%p if fila.partes %}", "{{ fila.partes }}", "{%p endif %}"):
        value.add_paragraph(text, style="Trimestre celda")
    _shape(table, _WIDTHS)
    _wrap(table, "table:{{ linea.clave }}")


def _risks(document: Document, said: Mapping[str, str]) -> None:
    document.add_heading(said["risks"], 1)
    _each(document, "riesgo", "riesgos", "{{ riesgo.riesgo }} {{ riesgo.detalle }}", "List Bullet")
    _when(document, "not riesgos", said["no_risks"])
    document.add_heading(said["remarks"], 1)
    _each(document, "nota", "observaciones", "{{ nota.observacion }} {{ nota.respuesta }}", "List Bullet")
    _when(document, "not observaciones", said["no_remarks"])


def _closing(document: Document, said: Mapping[str, str]) -> None:
    _each(document, "parrafo", "cierre", "{{ parrafo }}")
    document.add_heading(said["prepared"], 1)
    document.add_paragraph("{%p for autor in autores %}")
    author = document.add_paragraph()
    author.add_run("{{ autor.nombre }}").bold = True
    author.add_run("\n{{ autor.puesto }}")
    author.paragraph_format.keep_together = True
    document.add_paragraph("{%p endfor %}")
    _when(document, "not autores", said["no_authors"])


# ---------------------------------------------------------------- parts
def _each(document: Document, name: str, of: str, text: str, style: str | None = None) -> None:
    document.add_paragraph(f"{{%p for {name} in {of} %}}")
    document.add_paragraph(text, style=style)
    document.add_paragraph("{%p endfor %}")


def _when(document: Document, condition: str, text: str) -> None:
    document.add_paragraph(f"{{%p if {condition} %}}")
    document.add_paragraph(text)
    document.add_paragraph("{%p endif %}")


def _cell(cell: Any, text: str, *, bold: bool = False) -> None:
    paragraph = cell.paragraphs[0]
    paragraph.style = "Trimestre celda"
    paragraph.add_run(text).bold = bold or None


def _shape(table: Any, widths: tuple[float, ...]) -> None:
    """Widths that hold in Word and in LibreOffice, which reads those of the cells only."""
    table.autofit = False
    for number, width in enumerate(widths):
        table.columns[number].width = Cm(width)
        for cell in table.columns[number].cells:
            cell.width = Cm(width)


def _wrap(table: Any, tag: str) -> None:
    """Put a table into a content control."""
    control, properties, content = (OxmlElement(f"w:{name}") for name in ("sdt", "sdtPr", "sdtContent"))
    for name, value in (("alias", tag), ("tag", tag), ("id", "1")):
        item = OxmlElement(f"w:{name}")
        item.set(qn("w:val"), value)
        properties.append(item)
    control.append(properties)
    control.append(content)
    table._tbl.addprevious(control)
    content.append(table._tbl)


def _field(paragraph: Any, name: str) -> None:
    """A field that Word works out by itself, such as the number of the page."""
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), name)
    run = OxmlElement("w:r")
    properties, size = OxmlElement("w:rPr"), OxmlElement("w:sz")
    size.set(qn("w:val"), "16")
    properties.append(size)
    run.append(properties)
    text = OxmlElement("w:t")
    text.text = "1"
    run.append(text)
    field.append(run)
    paragraph._p.append(field)
