"""The quarterly report (informe trimestral): a Word file from the project's template.

People change the template in Word; every figure of it stands in a content control with a tag, so that the figures of a
report that was edited can be brought up to date (:mod:`trimestre.reports.word.updating`). The same version and the same
narrative give the same bytes.

Data flow: framework/templates/informe-es.docx + Quarter -> fields (docxtpl) -> tokens -> controls -> informe-….docx.
"""

from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from docxtpl import DocxTemplate
from jinja2 import StrictUndefined, TemplateError, UndefinedError
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from lxml.etree import XMLSyntaxError

from trimestre.errors import ContractError
from trimestre.reports.documents import Language
from trimestre.reports.naming import file_name
from trimestre.reports.packing import pack
from trimestre.reports.quarter import Quarter
from trimestre.reports.word.context import Fields, fields_of
from trimestre.reports.word.filling import fill_tokens
from trimestre.reports.word.package import Package
from trimestre.reports.word.template import template_path
from trimestre.reports.word.updating import AUDIENCE_MARK
from trimestre.reports.word.values import values_of
from trimestre.texts.report_labels import REPORT_REFUSALS

_LOCALES = {"es": "es-MX", "en": "en-US"}


def write(quarter: Quarter, folder: Path, language: Language = "es") -> list[Path]:
    """Write the report of a quarter into a folder; returns the file.

    :class:`ContractError` when the template is missing, is no Word file or asks for a field that there is not.
    """
    template = template_path(quarter.project.root, language)
    if not template.is_file():
        raise ContractError(REPORT_REFUSALS["template"].format(path=template))
    at = quarter.version.decided_at or quarter.version.known_at
    values = values_of(quarter, language)
    fields, notes = fields_of(quarter, values, language)
    opened = Package.read(template, template.name)
    fill_tokens(opened, values)  # what people typed into the template; Jinja would take L2-01 for a subtraction
    packed = BytesIO()
    pack(opened.parts, packed, None)
    title = values.texts["quarter/heading"]
    rendered = _rendered(packed, fields, template.name, title, language, at, quarter.audience)
    package = Package.read(rendered, template.name)
    fill_tokens(package, values, notes)
    path = folder / file_name("informe", quarter, language, "docx")
    pack(package.parts, path, at)
    return [path]


def _rendered(
    template: BytesIO, fields: Fields, name: str, title: str, language: Language, at: datetime | None, audience: str
) -> BytesIO:
    """The template with its fields filled; its properties say which report it is."""
    document = DocxTemplate(template)
    environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=True)
    try:
        document.render(fields, environment, autoescape=True)
    except (UndefinedError, SecurityError) as error:
        raise ContractError(REPORT_REFUSALS["field"].format(name=name, found=error.message)) from None
    except (TemplateError, XMLSyntaxError) as error:
        raise ContractError(REPORT_REFUSALS["syntax"].format(name=name, found=error)) from None
    properties = document.docx.core_properties
    properties.title, properties.language = title, _LOCALES[language]
    properties.author = properties.last_modified_by = ""
    properties.revision = 1
    if audience != "internal":
        properties.category = AUDIENCE_MARK + audience
    properties.created = properties.modified = (at or datetime(1980, 1, 1, tzinfo=UTC)).astimezone(UTC)
    written = BytesIO()
    document.save(written)
    written.seek(0)
    return written
