"""Quarters made up in memory, for what the demo does not have: odd names, missing and hidden values, restatements."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st
from the_case import case_project

from trimestre.contracts import Project
from trimestre.contracts.indicators import Indicator
from trimestre.indicators.small_cells.suppression import SUPPRESSED
from trimestre.periods import PROJECT as WHOLE
from trimestre.periods import Period
from trimestre.reports.quarter import Figure, Quarter, Version

PROJECT = case_project()
"""The demo's."""
Q1, Q2 = Period(2020, 1), Period(2020, 2)
OFFICIAL = Version(
    "oficial", vintage=1, hash="ab" * 32, decided_by="coordinacion", decided_at=datetime(2020, 7, 20, 18, tzinfo=UTC)
)
HOSTILE = ("<b>&amp;", "]]>", "=HYPERLINK(1)", "\x00\x0b\ufffe", "\U0001f600 ñ", "a\"b'c", " ", "+1")
_NUMBERS = st.one_of(st.none(), st.decimals(-999, 99_999, places=2))


def indicator(code: str = "X-01", **changes: Any) -> Indicator:
    """An indicator of counts with sexes; ``changes``: keys of its YAML."""
    base: dict[str, Any] = {
        "code": code,
        "state": "vigente",
        "name": {"es": "Nombre", "en": "Name"},
        "definition": {"es": "Definición.", "en": "Definition."},
        "line": "L1",
        "unit": "personas",
        "evidence": "certificates",
        "measure": "count",
        "attribution": "event",
        "disaggregations": ["sex"],
        "targets": {"2020-Q2": 10},
    }
    return Indicator.model_validate(base | changes)


def cell(code: str, value: Any, **changes: Any) -> dict[str, Any]:
    """A cell of 2020-Q2, its total unless ``changes`` say another place."""
    return {
        "indicator": code, "covers": "2020-Q2", "disaggregation": "total", "category": "total", "official": True,
        "value": value, "obs_status": "n_d" if value is None else "normal", "target": None,
        "percent_of_target": None, "percent_of_progress": None, "status": "sin_meta", "n": 1, "late": 0,
        "adjustment": None, "accumulated": None, "response_rate": None, "numerator": None, "denominator": None,
    } | changes  # fmt: skip


def quarter(
    figures: Iterable[tuple[Indicator, Iterable[dict[str, Any]]]],
    *,
    period: Period = Q2,
    version: Version = OFFICIAL,
    audience: str = "public",
    project: Project | None = None,
    earlier: tuple[Quarter, ...] = (),
) -> Quarter:
    """A quarter with these cells, of the project of the demo with these indicators."""
    known = [(item, [{**one, "period": str(period)} for one in cells]) for item, cells in figures]
    base = project or PROJECT
    return Quarter(
        project=replace(base, indicators=tuple(item for item, _ in known)),
        period=period,
        version=version,
        audience=audience,
        figures=tuple(
            Figure(
                indicator=item,
                cells=tuple(one for one in cells if one["covers"] == str(period)),
                reconciliation=(),
                spans=tuple(one for one in cells if one["covers"] != str(period)),
                series=(),
                explanation=None,
            )
            for item, cells in known
        ),
        project_status={},
        earlier=earlier,
    )


@st.composite
def quarters(draw: st.DrawFn) -> Quarter:
    """Any quarter: missing and hidden values, decreasing and qualitative indicators, hostile names and categories."""
    figures = []
    for number in range(draw(st.integers(0, 4))):
        code = f"X-{number}"
        name = draw(st.sampled_from(HOSTILE))
        kind = draw(st.sampled_from(["count", "share", "milestone", "no_total"]))
        special: dict[str, Any] = {
            "count": {"direction": draw(st.sampled_from(["increase", "decrease"]))},
            "share": {"measure": "share", "unit": "porcentaje", "decimals": 1},
            "milestone": {
                "measure": "milestone", "evidence": "reported_values", "stages": ["nada", name], "disaggregations": [],
            },
            "no_total": {"total": False, "disaggregations": ["module"]},
        }[kind]  # fmt: skip
        baseline = draw(
            st.one_of(st.none(), st.just({"value": None}), st.just({"value": 1, "measured_on": "2020-01-01"}))
        )
        item = indicator(
            code,
            name={"es": name, "en": name},
            parent=draw(st.sampled_from([None, "PR-1.1", "EF-2", "OB-1"])),
            level="producto",
            baseline=None if kind == "no_total" else baseline,
            life_of_project_target=None if kind == "no_total" else draw(st.sampled_from([None, 1])),
            targets={"2020-Q2": 10} if kind in {"count", "share"} else {},
            **special,
        )
        cells = [_drawn(draw, code, "total", "total")]
        breakdown = "sex" if ("sex",) in item.breakdowns() else "module"
        names = ("mujer", "hombre", "no_especificado") if breakdown == "sex" else ("M1", name)
        if item.disaggregations:
            cells += [_drawn(draw, code, breakdown, category) for category in names]
        cells.append(cell(code, draw(_NUMBERS), covers=WHOLE))
        figures.append((item, cells))
    version = draw(
        st.sampled_from([OFFICIAL, replace(OFFICIAL, restates=True, reason="Oficio <3>"), Version("preliminar")])
    )
    return quarter(figures, version=version)


def _drawn(draw: st.DrawFn, code: str, disaggregation: str, category: str) -> dict[str, Any]:
    value: Decimal | None = draw(_NUMBERS)
    status = draw(st.sampled_from(["n_d", SUPPRESSED])) if value is None else "normal"
    place = {"disaggregation": disaggregation, "category": category, "obs_status": status}
    return cell(code, value, target=draw(_NUMBERS), **place)
