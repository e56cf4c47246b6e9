"""What may be typed: indicators, the rows that wait for a figure, whose they are, and the source that reads them.

Data flow: Project + quarter + partner -> keys of typed figures.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from trimestre import texts
from trimestre.contracts import Project
from trimestre.contracts.base import comparable
from trimestre.contracts.datasets import RowTemplate, TabularDataset
from trimestre.contracts.indicators import TOTAL, Indicator
from trimestre.contracts.indicators_across import categories_of
from trimestre.contracts.sources import TabularSource
from trimestre.errors import ContractError
from trimestre.periods import Period
from trimestre.reports.words import category_name
from trimestre.reports.workbooks.model import Key

EVIDENCE = "reported_values"
DIMENSIONS = ("sex", "institution", "state", "organisation_type")
"""Breakdowns that typed figures count in (see ``sql/evidence/reported_values.sql``)."""
_PREFILLED = 40
"""A breakdown with more categories than this is typed in blank rows."""


@dataclass(frozen=True)
class Typing:
    """Where typed figures go: a source, its dataset, and how a row of it becomes one."""

    source: TabularSource
    dataset: TabularDataset
    template: RowTemplate


def typing_of(project: Project) -> Typing:
    """The source of typed figures; :class:`ContractError` when the project has none."""
    for _, source in sorted(project.sources.items()):
        if not isinstance(source, TabularSource):
            continue
        for dataset in source.datasets:
            for template in dataset.rows:
                if template.entity == "reported_value" and dataset.format.type == "xlsx":
                    return Typing(source, dataset, template)
    raise ContractError(texts.WORKBOOK_REFUSALS["no_typing"])


def typed_indicators(project: Project) -> dict[str, Indicator]:
    """Code -> indicator in force over typed figures."""
    return {item.code: item for item in project.indicators if item.evidence == EVIDENCE and item.state == "vigente"}


def places_of(project: Project, period: Period, partner: str | None) -> Iterator[Key]:
    """The rows that wait for a figure: the whole, and categories that are few; of a partner only what is its own."""
    known = categories_of(project) | {"institution": [item.institution for item in project.institutions]}
    institution = _partner(project, partner) if partner is not None else None
    for code, indicator in typed_indicators(project).items():
        own = partner is not None and comparable(indicator.responsible) == comparable(partner)
        if partner is None or own:
            yield code, str(period), TOTAL, TOTAL
        for dimension in DIMENSIONS:
            if (dimension,) not in indicator.breakdowns():
                continue
            categories = known.get(dimension, [])
            if institution is not None and dimension == "institution" and not own:
                categories = [institution]
            elif partner is not None and not own:
                continue
            if len(categories) <= _PREFILLED:
                yield from ((code, str(period), dimension, category) for category in categories)


def partners(project: Project) -> list[str]:
    """Who may be given a copy with only its own rows: who answers for typed indicators, institutions by name."""
    typed = typed_indicators(project).values()
    of_institutions = [item.name for item in project.institutions] if any(
        ("institution",) in indicator.breakdowns() for indicator in typed) else []  # fmt: skip
    return [*sorted({indicator.responsible for indicator in typed} - {""}), *sorted(of_institutions)]


def _partner(project: Project, partner: str) -> str | None:
    """Code of an institution; ``None`` for somebody who answers for whole indicators."""
    for item in project.institutions:
        if comparable(partner) in map(comparable, item.names):
            return item.institution
    known = partners(project)
    if comparable(partner) in map(comparable, known):
        return None
    told = ", ".join(known[:12]) + (", …" if len(known) > 12 else "")
    raise ContractError(texts.WORKBOOK_REFUSALS["partner"].format(found=partner, known=told or "–"))


def category_of(project: Project, breakdown: str, said: Any) -> str | None:
    """The code of a category by its name; ``None`` when there is none such. Unlisted ones stay as they were typed."""
    if breakdown == TOTAL:
        return TOTAL if comparable(str(said or TOTAL)) == comparable(TOTAL) else None
    if not said:
        return None
    known = {item.institution: item.names for item in project.institutions} if breakdown == "institution" else {
        code: (code, category_name(project, breakdown, code)) for code in categories_of(project).get(breakdown, ())
    }  # fmt: skip
    for code, names in known.items():
        if comparable(str(said)) in map(comparable, names):
            return code
    return None if known and breakdown != "institution" else str(said)
