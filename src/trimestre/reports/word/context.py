"""What the template of the quarterly report may ask for: its fields by their Spanish names (docs/informe.md).

A figure is given as its token, ``{{L2-01/total/value}}``: what becomes of it in Word is decided in one place.

Data flow: Quarter + Values -> fields, footnotes by name.
"""

import re
from collections.abc import Iterator, Mapping
from html import unescape
from typing import Any

from trimestre.contracts.courses import Course, Edition
from trimestre.contracts.framework import Line
from trimestre.reports import words
from trimestre.reports.documents import Language
from trimestre.reports.quarter import Figure, Quarter
from trimestre.reports.word.controls import fit_for_xml
from trimestre.reports.word.filling import NOTE
from trimestre.reports.word.values import RESTATED_TAG, Values
from trimestre.texts.report_labels import REPORT_LABELS

Fields = dict[str, Any]
Notes = dict[str, str]

_BREAK = re.compile(r"</p\s*>|<br\s*/?>|\n", re.IGNORECASE)
_TAG = re.compile(r"</?(?:p|br|div|span|b|i|u|strong|em|ul|ol|li|a|font|h[1-6])(?:\s[^<>]*)?/?>", re.IGNORECASE)
_ENTERED, _MODULES = ("enrolments_entered", "count"), ("module_completions", "count")
_CERTIFICATES, _INVITED = ("certificates", "count"), ("enrolments_invited", "share")
"""Evidence and measure of the indicators that tell the results of a course, edition by edition."""

_SEXES = ("mujer", "hombre", "no_binario", "otro", "no_especificado")


def fields_of(quarter: Quarter, values: Values, language: Language = "es") -> tuple[Fields, Notes]:
    """The fields of the template, and the footnotes that they refer to."""
    written, notes = quarter.written, dict[str, str]()
    said, framework = REPORT_LABELS[language], quarter.project.framework
    version_note = ""
    if quarter.version.restates:
        version_note = _note(notes, "version", _token(RESTATED_TAG))
    fields = {
        "encabezado": _token("quarter/heading"),
        "titulo": " ".join(_paragraphs(written.paragraphs("titulo"))) or framework.name,
        "descripcion": " ".join(_paragraphs(written.paragraphs("descripcion"))) or said["nothing"],
        "periodo": _token("quarter/period"),
        "anio": _token("quarter/year"),
        "estado": _token("quarter/status"),
        "version": _token("quarter/version") + version_note,
        "pie": _token("quarter/version"),
        "administrativas": {
            "parrafos": _paragraphs(written.paragraphs("administrativas")),
            "actividades": _activities(quarter, "", said),
        },
        "lineas": [_line_of_action(quarter, values, line, notes, language) for line in framework.lines],
        "riesgos": [_risk(row, quarter, said) for row in written.risks],
        "observaciones": [_remark(row, said) for row in written.remarks],
        "cierre": _paragraphs(written.paragraphs("cierre")),
        "autores": [
            {"nombre": author.name, "puesto": author.post_en or author.post if language == "en" else author.post}
            for author in framework.authors
        ],
    }
    return fields, notes


def plain(text: str) -> list[str]:
    """A text as paragraphs: tags of the donor's form (``<p>``) are no words."""
    parts = (_line(unescape(_TAG.sub("", part))) for part in _BREAK.split(text))
    return [part for part in parts if part]


def _paragraphs(texts: list[str]) -> list[str]:
    return [part for text in texts for part in plain(text)]


def _line_of_action(quarter: Quarter, values: Values, line: Line, notes: Notes, language: Language) -> Fields:
    said = REPORT_LABELS[language]
    figures = [figure for figure in quarter.figures if figure.indicator.line == line.line]
    return {
        "clave": line.line,
        "nombre": line.name,
        "parrafos": _paragraphs(quarter.written.paragraphs("linea", line.line)),
        "actividades": _activities(quarter, line.line, said),
        "cursos": list(_courses(quarter, values, line.line, notes, language)),
        "indicadores": [_indicator(figure, values, notes, language) for figure in figures],
        "graficas": [
            {"clave": code, "nombre": _token(f"{code}/name"), "figura": _token(f"chart:{code}")}
            for code in (figure.indicator.code for figure in figures if _drawn(figure))
        ],
    }


def _drawn(figure: Figure) -> bool:
    """Whether the report shows a chart of an indicator by itself: where there is a course of time, or women and men."""
    known = [cell["value"] for cell in figure.of("sex") if cell["category"] in {"mujer", "hombre"}]
    courses = sum(point.value is not None for point in figure.series) > 1
    return courses or (figure.indicator.adds_up(("sex",)) and any(value is not None for value in known))


def _indicator(figure: Figure, values: Values, notes: Notes, language: Language) -> Fields:
    code = figure.indicator.code
    return {
        "clave": code,
        "nombre": _token(f"{code}/name"),
        "valor": _token(f"{code}/total/value") if figure.total else _token(f"{code}/before"),
        "partes": next((_token(tag) for tag in (f"{code}/sexes", f"{code}/parts") if tag in values.texts), ""),
        "meta": _token(f"{code}/target"),
        "porcentaje": _token(f"{code}/percent"),
        "estado": _token(f"{code}/status"),
        "cambio": _token(f"{code}/change"),
        "explicacion": _token(f"{code}/explanation"),
        "nota": _note(notes, code, _definition(figure, values, language)),
    }


def _definition(figure: Figure, values: Values, language: Language) -> str:
    """What a figure means, how it was measured and what of earlier quarters it mends."""
    indicator, total, said = figure.indicator, figure.total or {}, REPORT_LABELS[language]
    code = indicator.code
    parts = [said["note_definition"].format(text=words.told(indicator.definition, language))]
    if indicator.limitations:
        parts.append(said["note_limitations"].format(text=words.told(indicator.limitations, language)))
    if total.get("denominator") is not None and words.is_percent(indicator):
        measured = {name: _token(f"{code}/total/{name}") for name in ("numerator", "denominator")}
        parts.append(said["note_measured"].format(**measured))
    if total.get("response_rate") is not None and f"{code}/total/n" in values.texts:
        unlike = said["note_representative"] if total["obs_status"] == "no_representativo" else ""
        rate = _token(f"{code}/total/response_rate")
        parts.append(said["note_sample"].format(n=_token(f"{code}/total/n"), rate=rate, representative=unlike))
    for rule in indicator.reconciliation:
        if (tag := f"{code}/by_{rule}/value") in values.texts:
            parts.append(said[f"note_by_{rule}"].format(value=_token(tag)))
    if total.get("late"):
        late = {"n": _token(f"{code}/total/n"), "late": _token(f"{code}/late")}
        parts.append(said["note_late"].format(**late))
    if total.get("adjustment"):
        moved = {"adjustment": _token(f"{code}/adjustment"), "value": _token(f"{code}/project/value")}
        parts.append(said["note_adjustment"].format(**moved))
    for entry in indicator.changes:
        if entry.version == indicator.version > 1:
            day, text = words.day(entry.changed_on, language), words.told(entry.change, language)
            parts.append(said["note_method"].format(version=entry.version, day=day, text=text))
    return " ".join(parts)


# ---------------------------------------------------------------- courses
def _courses(quarter: Quarter, values: Values, line: str, notes: Notes, language: Language) -> Iterator[Fields]:
    """The courses of a line with an edition in the quarter, as the list of counts of each edition."""
    for course in quarter.project.courses:
        if course.line != line:
            continue
        editions = []
        for edition in sorted(course.editions, key=lambda item: (item.opens_on, item.edition)):
            if counts := _counts(quarter, values, course, edition, notes, language):
                editions.append(_edition(edition, counts, notes, language))
        if editions:
            yield {"nombre": course.name, "ediciones": editions}


def _edition(edition: Edition, counts: list[Fields], notes: Notes, language: Language) -> Fields:
    said = REPORT_LABELS[language]
    first, last = (words.day(day, language) for day in (edition.opens_on, edition.last_day))
    dates = said["dates"].format(first=first, last=last)
    if edition.cutoff:
        text = said["note_cutoff"].format(day=last, reason=_line(edition.cutoff.reason).rstrip("."))
        dates += _note(notes, f"cutoff:{edition.edition}", text)
    return {"clave": edition.edition, "nombre": edition.name, "fechas": dates, "cuentas": counts}


def _counts(
    quarter: Quarter, values: Values, course: Course, edition: Edition, notes: Notes, language: Language
) -> list[Fields]:
    """Invited, entered, module by module, finished, women and men of one edition; what is not known is left out."""
    said, code = REPORT_LABELS[language], edition.edition
    label = course.certificate_label
    named = [
        (said["invited"], _INVITED, f"edition={code}/denominator" if edition.population == "enrolled" else ""),
        (said["entered"], _ENTERED, f"edition={code}/value"),
        *(
            (said["module"].format(module=module.name), _MODULES, f"module×edition={module.module} × {code}/value")
            for module in course.modules
        ),
        (said["certificates"].format(label=label), _CERTIFICATES, f"edition={code}/value"),
    ]
    counts = []
    for name, kind, tail in named:
        figure = _figure(quarter, kind)
        if figure and tail and values.tag(tag := f"{figure.indicator.code}/{tail}"):
            counts.append({"etiqueta": name, "cifra": _token(tag)})
    finished = _figure(quarter, _CERTIFICATES)
    cells = {cell["category"]: cell for cell in (finished.of("edition×sex") if finished and counts else ())}
    for sex in _SEXES:
        cell = cells.get(f"{code} × {sex}")
        if cell and (cell["value"] or sex != "no_especificado"):
            counts.append(_sex(quarter, values, cell, sex, notes, language))
    return counts


def _sex(
    quarter: Quarter, values: Values, cell: Mapping[str, Any], sex: str, notes: Notes, language: Language
) -> Fields:
    said, place = REPORT_LABELS[language], f"{cell['indicator']}/edition×sex={cell['category']}"
    name = words.category_name(quarter.project, "sex", sex, language)
    figure = _token(f"{place}/value")
    if values.tag(f"{place}/share"):
        told = "" if "shares" in notes else _note(notes, "shares", said["note_shares"])
        figure = f"{figure} ({_token(f'{place}/share')}){told}"
    return {"etiqueta": said["of_them"].format(sex=name.lower()), "cifra": figure}


def _figure(quarter: Quarter, kind: tuple[str, str]) -> Figure | None:
    """The first indicator of a kind of evidence and measure that is told edition by edition."""
    for figure in quarter.figures:
        item = figure.indicator
        if (item.evidence, item.measure) == kind and any("edition" in parts for parts in item.breakdowns()):
            return figure
    return None


# ---------------------------------------------------------------- words
def _activities(quarter: Quarter, line: str, said: Mapping[str, str]) -> list[Fields]:
    found = []
    for row in quarter.written.activities:
        if row["line"] == line:
            text = " ".join(plain(row["what"]))
            if row["counterpart"]:
                text = f"{text.rstrip('.')} {said['with'].format(text=_line(row['counterpart']))}"
            if row["agreement"]:
                text = f"{_ended(text)} {said['agreed'].format(text=' '.join(plain(row['agreement'])))}"
            happened = _line(row["happened"])
            found.append({"cuando": happened[:1].upper() + happened[1:], "que": _ended(text)})
    return found


def _risk(row: Mapping[str, Any], quarter: Quarter, said: Mapping[str, str]) -> Fields:
    name = " ".join(plain(row["description"]))
    kind = "risk_new" if row["opened_in"] == str(quarter.period) else "risk_since"
    parts = [
        said[part].format(text=" ".join(plain(row[part]))) for part in ("effect", "response", "owner") if row[part]
    ]
    risk = said[kind].format(risk=name.rstrip("."), period=row["opened_in"])
    return {"riesgo": _ended(risk), "detalle": " ".join(map(_ended, parts))}


def _remark(row: Mapping[str, Any], said: Mapping[str, str]) -> Fields:
    about = said["remark_about"].format(about=row["about"]) if row["about"] else ""
    text = said["remark_of"].format(period=row["period"], about=about, text=" ".join(plain(row["remark_text"])))
    answer = said["answer"].format(text=" ".join(plain(row["answer"]))) if row["answer"] else said["no_answer"]
    return {"observacion": _ended(text), "respuesta": _ended(answer)}


def _token(tag: str) -> str:
    return f"{{{{{tag}}}}}"


def _note(notes: Notes, name: str, text: str) -> str:
    """The token of a footnote, which is noted."""
    notes[name] = text
    return _token(f"{NOTE}{name}")


def _ended(text: str) -> str:
    """A text that ends as a sentence does."""
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."


def _line(text: str) -> str:
    """A text of people on one line."""
    return " ".join(fit_for_xml(text).split())
