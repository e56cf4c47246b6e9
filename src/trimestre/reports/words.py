"""Figures, dates and names as every document and the page print them, in Spanish (es-MX) or English.

«n. d.» (not available), «n. a.» (not applicable) and 0 are three things. Pure; the sentences are in ``texts.words``.

Data flow: cells and codes of a Quarter -> text.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from trimestre.contracts import Project
from trimestre.contracts.indicators import TOTAL, Indicator, Texts
from trimestre.periods import PROJECT
from trimestre.reports.figures import number
from trimestre.reports.quarter import INHERITED, PRELIMINARY, Quarter
from trimestre.texts.words import (
    DIMENSION_WORDS,
    MONTHS_EN,
    SEX_WORDS,
    STATUS_WORDS,
    UNITS_EN,
    WORDS,
)

_CROSS = "×"
_UNSPECIFIED = "no_especificado"


def told(texts: Texts | None, language: str) -> str:
    """A text of the project in a language, on one line; empty when there is none."""
    return " ".join((texts.en if language == "en" else texts.es).split()) if texts else ""


def is_percent(indicator: Indicator) -> bool:
    """Whether its values are percentages."""
    return indicator.kind_of_value == "percentage"


def value_text(indicator: Indicator, cell: Mapping[str, Any] | None, language: str = "es") -> str:
    """The value of a cell (or of a ``Point``'s fields as a mapping): ``1,234``, ``87.1%``, ``n. d.``, a stage by name.

    ``None`` = nothing is known: «n. d.». A total that means nothing is «n. a.».
    """
    words = WORDS[language]
    status = cell["obs_status"] if cell else "n_d"
    if status == "n_a" or (cell and not indicator.total and cell.get("disaggregation") == TOTAL):
        return words["n_a"]
    if status == "no_calculable":
        return words["not_calculable"]
    if status == "suprimido":
        return words["suppressed"]
    return _amount(indicator, cell["value"] if cell else None, language, indicator.decimals)


def target_text(indicator: Indicator, target: Decimal | float | None, language: str = "es") -> str:
    """A target with as many decimals as it was written with; empty when there is none."""
    return "" if target is None else _amount(indicator, target, language, _decimals(target))


def baseline_text(indicator: Indicator, period: str, language: str = "es") -> str:
    """The baseline in force for a quarter: a value, «n. d.» (there is none yet) or «n. a.» (none is asked for)."""
    if indicator.baseline is None:
        return WORDS[language]["n_a"]
    base = indicator.base(period)
    return _amount(indicator, base, language, _decimals(base))


def percent_text(value: Decimal | float | None, language: str = "es", decimals: int = 1) -> str:
    """A percentage of a target or of progress, ``114.3%``; empty when there is none to tell."""
    return "" if value is None else _number(value, language, decimals, percent=True)


def status_text(status: str | None, language: str = "es") -> str:
    """A status in words; empty below the total."""
    return STATUS_WORDS[language].get(status or "", "")


def unit_text(indicator: Indicator, language: str = "es") -> str:
    """What is counted."""
    if language == "es":
        return indicator.unit
    return indicator.unit_en or UNITS_EN.get(indicator.unit, indicator.unit)


def day(value: date | datetime | None, language: str = "es") -> str:
    """``30/06/2020``, in English ``30 Jun 2020``, which nobody reads as another day; empty without one."""
    if value is None:
        return ""
    if language == "en":
        return f"{value.day} {MONTHS_EN[value.month - 1]} {value.year}"
    return f"{value:%d/%m/%Y}"


def version_text(quarter: Quarter, language: str = "es") -> str:
    """Which version is shown: «versión oficial 1, aprobada el 01/08/2020» or «preliminar»."""
    version, words = quarter.version, WORDS[language]
    if version.kind == PRELIMINARY:
        return words["preliminary"]
    local = version.decided_at.astimezone(quarter.project.framework.zone) if version.decided_at else None
    kind = "inherited" if version.kind == INHERITED else "restated" if version.restates else "official"
    return words[kind].format(vintage=version.vintage, day=day(local, language))


def illustrative_text(project: Project, indicator: Indicator | None = None, language: str = "es") -> str:
    """«ilustrativo» where the whole project is, or the targets and baseline of an indicator are; else empty."""
    shown = project.framework.illustrative or (indicator is not None and indicator.illustrative_target)
    return WORDS[language]["illustrative"] if shown else ""


def covers_name(covers: str, language: str = "es") -> str:
    """What a figure covers: a quarter and a year as they are, «Año fiscal 2020», «Vida del proyecto»."""
    words = WORDS[language]
    if covers == PROJECT:
        return words["project"]
    if covers.startswith("FY"):
        return words["fiscal"].format(year=covers.removeprefix("FY"))
    year, _, part = covers.partition("-H")
    return words["half"].format(half=part, year=year) if part else covers


def disaggregation_name(disaggregation: str, language: str = "es") -> str:
    """Name of a breakdown: «Sexo», «Módulo por edición»; of the whole «Total»."""
    if disaggregation == TOTAL:
        return WORDS[language]["total"]
    names = [DIMENSION_WORDS[language].get(part, part) for part in disaggregation.split(_CROSS)]
    first, *others = names
    return WORDS[language]["crossed"].join([first, *(name.lower() for name in others)])


def category_name(project: Project, disaggregation: str, category: str, language: str = "es") -> str:
    """Name of a category: mujer → «Mujeres», an edition, course, state or institution by its name.

    What the project's files do not list stays as it came.
    """
    parts = disaggregation.split(_CROSS)
    values = category.split(f" {_CROSS} ")
    if len(parts) != len(values):
        return category
    return f" {_CROSS} ".join(_name(project, part, value, language) for part, value in zip(parts, values, strict=True))


def category_names(
    project: Project, disaggregation: str, categories: Iterable[str], language: str = "es"
) -> dict[str, str]:
    """Names of the categories of a breakdown; of two that are called alike each has its code beside its name."""
    names = {category: category_name(project, disaggregation, category, language) for category in categories}
    often = Counter(names.values())
    return {code: f"{name} ({code})" if often[name] > 1 and name != code else name for code, name in names.items()}


def _name(project: Project, dimension: str, category: str, language: str) -> str:
    if category == TOTAL:
        return WORDS[language]["total"]
    if category == _UNSPECIFIED:
        return WORDS[language]["unspecified"]
    match dimension:
        case "sex":
            return SEX_WORDS[language].get(category, category)
        case "edition":
            found = project.editions().get(category)
            return found[1].name if found else category
        case "module":
            return _module(project, category)
    names = {
        "course": ((item.course, item.name) for item in project.courses),
        "institution": ((item.institution, item.name) for item in project.institutions),
        "state": ((item.state, item.name) for item in project.states),
        "event": ((item.event, item.name) for item in project.events),
        "survey": ((item.survey, item.name) for item in project.surveys),
    }
    return dict(names.get(dimension, ())).get(category, category)


def _module(project: Project, category: str) -> str:
    """Modules have codes of their course: two courses that call M1 by different names leave the code."""
    names = {item.name for course in project.courses for item in course.modules if item.module == category}
    return names.pop() if len(names) == 1 else category


def _amount(indicator: Indicator, value: Decimal | float | None, language: str, decimals: int) -> str:
    if value is not None and indicator.stages and value in range(len(indicator.stages)):
        stage = int(value)
        return WORDS[language]["stage"].format(stage=stage, name=indicator.stages[stage])
    return _number(value, language, decimals, percent=is_percent(indicator))


def _number(value: Decimal | float | None, language: str, decimals: int, *, percent: bool) -> str:
    # Mexico and the English of the reports write numbers alike: 1,234.5.
    return WORDS[language]["n_d"] if value is None else number(value, decimals, percent=percent)


def _decimals(value: Decimal | float | None) -> int:
    """As many as a number was written with."""
    exponent = Decimal(str(value)).normalize().as_tuple().exponent if value is not None else 0
    return max(0, -exponent) if isinstance(exponent, int) else 0
