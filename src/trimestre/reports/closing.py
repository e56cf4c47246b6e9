"""The summary of a candidate: what its approver reads in Airflow before answering, in Spanish and Markdown.

Figures, counts, batches and what people wrote as explanations; no row and no key of a person. Pure: everything comes
from what the candidate stored, so that it says the same whenever it is read.

Data flow: candidate + its cells + cells of before -> Markdown.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from trimestre import texts
from trimestre.contracts import Project
from trimestre.contracts.indicators import TOTAL, Indicator
from trimestre.indicators.closing import Cells, Closing, Earlier, quarter_before
from trimestre.periods import Period
from trimestre.reports.coherence import without_ask
from trimestre.reports.figures import flow_parts, method_change, number, sample_of, signed
from trimestre.texts.page_board import BOARD
from trimestre.warehouse.entities import FRAMEWORK_SOURCE, IDENTITY_SOURCE

_RETENTION = {"retained_rows", "late_sources"}
"""Checks that are told in a section of their own."""

_SIGNS = re.compile(r"([\\`*_~|&<>\[\]])")
"""What Markdown reads as markup within a line, pictures and links among it; before each a backslash makes it a sign."""

SAID = texts.CLOSING


Findings = Sequence[tuple[Mapping[str, Any], str]]
"""What the coherence checks found, each with its sentence."""


def labels(project: Project, period: str) -> tuple[str, str]:
    """Both labels of a quarter: ``2020-Q2`` and the donor's ``FY2020-Q3``."""
    return period, f"FY{Period.parse(period).fiscal(project.framework.fiscal_year_starts)}"


def summary(project: Project, closing: Closing, findings: Findings) -> str:
    """The whole summary of a candidate, Markdown."""
    candidate = closing.candidate
    sections = [
        _head(project, candidate),
        _figures(project, closing, findings),
        _flows(project, closing),
        _findings(candidate, findings),
        _retained(findings),
        *(_difference(project, closing, earlier) for earlier in closing.earlier),
        "" if closing.earlier else SAID["first"],
        _status(candidate),
        _methods(project, closing),
        SAID["answer"].format(
            vintage=closing.next_vintage,
            period=candidate["period"],
            by=_cell(candidate["prepared_by"]),
            number=candidate["candidate_id"],
        ),
    ]
    return "\n\n".join(section for section in sections if section)


def pins_told(project: Project, pins: Mapping[str, int]) -> str:
    """The last batch of each source that a candidate knew, by the names that people gave the sources."""
    named = {FRAMEWORK_SOURCE: BOARD["framework"]} | {code: source.name for code, source in project.sources.items()}
    told = {named.get(code, code): batch for code, batch in pins.items() if code != IDENTITY_SOURCE}
    return ", ".join(f"{name}: {batch:,}" for name, batch in sorted(told.items()))


# ---------------------------------------------------------------- sections
def _head(project: Project, candidate: Mapping[str, Any]) -> str:
    period, fiscal = labels(project, candidate["period"])
    mark = texts.ILLUSTRATIVE if project.framework.illustrative else ""
    pins = _cell(pins_told(project, candidate["pins"]))
    rows = [
        (SAID["prepared"], f"{_cell(candidate['prepared_by'])}, {_instant(project, candidate['prepared_at'])}"),
        (SAID["known_until"], _instant(project, candidate["known_at"]) if pins else SAID["no_data"]),
        (SAID["batches"], pins or SAID["no_data"]),
        (SAID["hash"], f"`{candidate['hash'][:12]}`"),
        *([(SAID["forced"], SAID["forced_yes"])] if candidate["forced"] else []),
        *([(SAID["reason"], _cell(candidate["reason"]))] if candidate["reason"] else []),
    ]
    head = SAID["head"].format(
        kind=texts.CANDIDATE_KINDS[candidate["kind"]],
        period=period,
        fiscal=fiscal,
        number=candidate["candidate_id"],
        mark=mark,
    )
    return head + "\n\n" + "\n".join([SAID["facts"], *(f"| {name} | {value} |" for name, value in rows)])


def _figures(project: Project, closing: Closing, findings: Findings) -> str:
    """A line an indicator: its official total beside that of the quarter before."""
    period = closing.candidate["period"]
    before = {cell["indicator"]: cell for cell in _totals(closing.before)}
    asked = {finding["indicator"] for finding, _ in findings if finding["severity"] == "explanation"}
    title = SAID["before_official" if closing.before_vintage is not None else "before_preliminary"].format(
        period=quarter_before(Period.parse(period)), vintage=closing.before_vintage
    )
    lines = [SAID["figures"], "", SAID["columns"].format(before=title)]
    for cell in _totals(closing.values, period):
        indicator = project.indicator(cell["indicator"])
        earlier = before.get(indicator.code)
        columns = (
            indicator.code,
            _cell(indicator.name.es),
            f"**{figure(indicator, cell)}**" if indicator.total else texts.NOT_APPLICABLE,
            _value(indicator, cell["target"]) if cell["target"] is not None else "",
            number(cell["percent_of_target"], 1, percent=True) if cell["percent_of_target"] is not None else "",
            "; ".join(filter(None, (texts.STATUS.get(cell["status"] or "", ""), sample_of(project, indicator, cell)))),
            figure(indicator, earlier) if earlier and indicator.total else "",
            change(indicator, cell, earlier),
            _explanation(project, closing.candidate, indicator.code, asked=indicator.code in asked),
        )
        lines.append(f"| {' | '.join(columns)} |")
    return "\n".join(lines)


def _explanation(project: Project, candidate: Mapping[str, Any], code: str, *, asked: bool) -> str:
    said = candidate["explanations"].get(code)
    if not said:
        return SAID["missing"] if asked else ""
    return f"{_cell(said['text'])} {SAID['by'].format(by=_cell(said['by']), day=_day(project, said['at']))}"


def _flows(project: Project, closing: Closing) -> str:
    """What of the quarter is late, what it mends of earlier ones, and where the project stands with it."""
    lines = []
    for cell in _totals(closing.values, closing.candidate["period"]):
        indicator = project.indicator(cell["indicator"])
        if parts := flow_parts(indicator, cell):
            lines.append(SAID["flow"].format(code=indicator.code, parts="; ".join(parts)))
    return "\n".join([SAID["flows"], "", *lines]) if lines else ""


def _findings(candidate: Mapping[str, Any], findings: Findings) -> str:
    lines = []
    for finding, spoken in findings:
        if finding["check"] in _RETENTION:
            continue
        explained = finding["severity"] == "explanation" and finding["indicator"] in candidate["explanations"]
        severity = texts.CLOSING_SEVERITIES["explained" if explained else finding["severity"]]
        lines.append(f"- *{severity}* · {_line(without_ask(spoken) if explained else spoken)}")
    return "\n".join([SAID["findings"], "", *(lines or [SAID["no_findings"]])])


def _retained(findings: Findings) -> str:
    lines = [f"- {_line(sentence)}" for finding, sentence in findings if finding["check"] in _RETENTION]
    return "\n".join([SAID["retained"], "", *(lines or [SAID["none_retained"]])])


def _difference(project: Project, closing: Closing, earlier: Earlier) -> str:
    period, candidate = closing.candidate["period"], earlier.candidate
    if candidate["vintage"] is not None:
        what = SAID["what_official"].format(vintage=candidate["vintage"])
    else:
        state = texts.CANDIDATE_STATES[candidate["state"]]
        what = SAID["what_candidate"].format(number=candidate["candidate_id"], state=state)
    lines = [SAID["differences"].format(what=what), ""]
    if candidate["state"] == "returned" and candidate["comment"]:
        said = SAID["what_comment"].format(by=_cell(candidate["decided_by"]), comment=_cell(candidate["comment"]))
        lines += [said, ""]
    now, then = ({_place(cell, period): cell for cell in values} for values in (closing.values, earlier.values))
    moved = [place for place in dict.fromkeys([*now, *then]) if _told(now.get(place)) != _told(then.get(place))]
    totals = [place for place in moved if _is_total(place, period)]
    for place in totals:
        indicator = earlier.indicator(project, place[0])
        before, after = (
            figure(indicator, cells[place]) if place in cells else texts.NOT_APPLICABLE for cells in (then, now)
        )
        lines.append(
            SAID["moved"].format(code=indicator.code, name=_cell(indicator.name.es), before=before, after=after)
        )
    if len(moved) > len(totals):
        lines.append(SAID["moved_cells"].format(cells=number(len(moved) - len(totals))))
    if not moved:
        lines.append(SAID["equal"])
    return "\n".join(lines)


def _status(candidate: Mapping[str, Any]) -> str:
    status = candidate["project_status"]
    lines = [SAID["status"], ""]
    if proposed := status.get("proposed"):
        counts = SAID["counts"].format(**status) if "indicators" in status else ""
        lines.append(SAID["proposed"].format(status=texts.PROJECT_STATUS[proposed], counts=counts))
    else:
        lines.append(SAID["not_proposed"])
    if decided := status.get("decided"):
        lines += ["", SAID["decided"].format(
            status=texts.PROJECT_STATUS[decided], by=_cell(status["by"]), reason=_cell(status["reason"])
        )]  # fmt: skip
    return "\n".join(lines)


def _methods(project: Project, closing: Closing) -> str:
    """Every definition that is not the first: whoever compares with earlier figures must know."""
    lines = []
    for cell in _totals(closing.values, closing.candidate["period"]):
        indicator = project.indicator(cell["indicator"])
        if entry := method_change(indicator):
            lines.append(
                SAID["method"].format(
                    code=indicator.code,
                    version=entry.version,
                    day=f"{entry.changed_on:%d/%m/%Y}",
                    change=_cell(entry.change.es),
                )
            )
    return "\n".join([SAID["methods"], "", *lines]) if lines else ""


# ---------------------------------------------------------------- figures and words
def figure(indicator: Indicator, cell: Mapping[str, Any]) -> str:
    """A cell as it is printed; a milestone by the name of its stage."""
    if cell["obs_status"] == "no_calculable":
        return texts.NOT_CALCULABLE
    return _value(indicator, cell["value"], indicator.decimals)


def change(indicator: Indicator, cell: Mapping[str, Any], before: Mapping[str, Any] | None) -> str:
    """By how much a cell differs from that of before: ``+15 (+3.9%)``, ``-3.2 puntos``; empty where it can't be."""
    if not before or cell["value"] is None or before["value"] is None or indicator.stages or not indicator.total:
        return ""
    difference = Decimal(cell["value"]) - Decimal(before["value"])
    amount = signed(difference, indicator.decimals)
    if _is_percent(indicator):
        return SAID["points"].format(change=amount)
    if not before["value"]:
        return amount
    return f"{amount} ({signed(100 * difference / abs(Decimal(before['value'])), 1)}%)"


def _value(indicator: Indicator, value: Decimal | None, decimals: int | None = None) -> str:
    if value is not None and value in range(len(indicator.stages)):
        return _cell(indicator.stages[int(value)])
    if decimals is None:  # as many as it was written with
        exponent = Decimal(value or 0).normalize().as_tuple().exponent
        decimals = max(0, -exponent) if isinstance(exponent, int) else 0
    return number(value, decimals, percent=_is_percent(indicator))


def _is_percent(indicator: Indicator) -> bool:
    return indicator.kind_of_value == "percentage"


Place = tuple[str, bool, str, str, str]
"""Indicator, official line, what it covers, breakdown, category."""


def _place(cell: Mapping[str, Any], period: str) -> Place:
    return (
        cell["indicator"],
        cell["official"],
        cell.get("covers", period),
        cell["disaggregation"],
        cell["category"],
    )


def _is_total(place: Place, period: str) -> bool:
    return place[1:] == (True, period, TOTAL, TOTAL)


def _totals(values: Cells, period: str | None = None) -> Iterable[Mapping[str, Any]]:
    """The official totals of a quarter, an indicator each."""
    return (
        cell for cell in values if _is_total(_place(cell, cell["period"]), cell["period"] if period is None else period)
    )


def _told(cell: Mapping[str, Any] | None) -> tuple[Any, ...] | None:
    """What of a cell is compared."""
    names = ("value", "numerator", "denominator", "obs_status", "target")
    return None if cell is None else tuple(cell[name] for name in names)


def _instant(project: Project, at: datetime) -> str:
    return f"{at.astimezone(project.framework.zone):%d/%m/%Y %H:%M}"


def _day(project: Project, at: str) -> str:
    return f"{datetime.fromisoformat(at).astimezone(project.framework.zone):%d/%m/%Y}"


def _line(text: str) -> str:
    """A text of ours on one line."""
    return " ".join(text.split())


def _cell(text: str) -> str:
    """A text of people on one line of Markdown, also of a table: shown as it was written, no markup of theirs."""
    return _SIGNS.sub(r"\\\1", _line(text))
